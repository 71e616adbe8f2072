"""Who works on what: the part of a step that takes, renews and ends leases of rows and of names.

A row's lease is for one piece of work; a named one is for a node, a channel, a duty. Both
belong to an owner, a node's one start, and end by themselves when it dies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from edigw.errors import Superseded
from edigw.ledger import claims, leases, locks, turns
from edigw.ledger.queries import Questions
from edigw.ledger.row import Row
from edigw.states import Kind


class Holding(Questions):
    """What a step may do with leases; see ``Tx``, which has the rest."""

    connection: Connection
    now: datetime
    owner: str
    _own_clock: bool
    _sqlite: bool
    _locked: set[str]

    # -- rows

    def in_turn(self, messages: Collection[Row]) -> frozenset[int]:
        """Ids of those of *messages* whose order key lets them be delivered now, by the rules that ``claim`` goes by."""
        return turns.in_turn(self.connection, messages)

    def bring_forward(self, lane: str) -> int:
        """Make every delivery that waits in *lane* due now; how many.

        All get one time, that of the first of them: among equals the oldest goes first.
        """
        return claims.bring_forward(self.connection, lane, self.now)

    def renew(self, kind: Kind, rows: Sequence[Row], lease: timedelta, *, now: datetime | None = None) -> list[Row]:
        """Begin the leases of *rows* anew; returns those that are still ours."""
        return claims.renew(self.connection, kind, rows, lease, now or self.now, given=now is not None)

    def release(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Let go of *rows* that were claimed and not moved; those no longer ours stay as they are."""
        claims.release(self.connection, kind, rows)

    def recover(self, node: str, *, now: datetime | None = None) -> int:
        """End the leases of *node*'s other starts; see ``Ledger.recover``."""
        return claims.expire(self.connection, node, self.owner, now or self.now, given=now is not None)

    # -- what is not a row yet

    def alone(self, keys: Iterable[str]) -> None:
        """Until our transaction ends no other node is in a step that names one of *keys*.

        What was looked for before and not found (the same bytes, the same control number, an
        earlier message of an order key) is then not there, for whoever wrote it was waited for.
        On SQLite every step is alone.
        """
        if not self._sqlite:
            self._locked |= locks.take(self.connection, set(keys) - self._locked)

    # -- names

    def lease(self, name: str, ttl: timedelta) -> int:
        """Hold the lease *name*, or hold it on; its fence, 0 when another who is alive holds it."""
        return leases.take(self.connection, name, self.owner, ttl, self.moment())

    def hold_on(self, prefix: str, ttl: timedelta) -> dict[str, int]:
        """Renew every lease of ours whose name begins with *prefix*: its fence, by its name."""
        return leases.hold_on(self.connection, prefix, self.owner, self.moment() + ttl)

    def give_up(self, *names: str) -> None:
        """Let go of these leases, as far as they are ours."""
        leases.give_up(self.connection, names, self.owner)

    def give_up_for(self, names: Collection[str]) -> None:
        """Forget these leases, whose holders are dead."""
        leases.give_up(self.connection, names)

    def holders(self, prefix: str) -> list[leases.Holder]:
        """Who holds leases whose names begin with *prefix*; see ``Ledger.holders``."""
        return leases.holders(self.connection, prefix, self.moment())

    def fenced(self, name: str, fence: int) -> None:
        """Go on only while we hold the lease *name* under *fence*, and nobody can take it before we commit. Raises Superseded."""
        if not leases.stands(self.connection, name, self.owner, fence):
            raise Superseded(f"{name} is another node's now")

    def moment(self) -> datetime:
        """Now, on a clock that all nodes share."""
        return claims.moment(self.connection, self.now, given=self._own_clock)

    def expire(self, owners: Collection[str]) -> int:
        """End the row leases of *owners*, who are dead or have left; how many."""
        return claims.expire_of(self.connection, owners, self.now, given=self._own_clock) if owners else 0

    def expire_strangers(self) -> int:
        """End the row leases of all who hold no node's lease; how many."""
        return claims.expire_strangers(self.connection, self.now, given=self._own_clock)
