"""The ledger as the rest of the gateway holds it.

Whatever is written goes through a step (``run``, ``submit``) and this process's one writer;
questions are answered by connections that can only read. Claims are steps too.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final, TypeVar

from sqlalchemy import CompoundSelect, Connection, PoolProxiedConnection, bindparam, func, select
from sqlalchemy.exc import DBAPIError

from edigw.archive import Archive, Packed, PayloadRemoved, unpack
from edigw.ledger import chains, check, claims, events, leases
from edigw.ledger.commits import CLAIM, Step, Writer
from edigw.ledger.engine import Database, open_database, unavailable
from edigw.ledger.lastids import LastIds
from edigw.ledger.leases import Holder
from edigw.ledger.queries import Questions
from edigw.ledger.row import Row
from edigw.ledger.transaction import Tx
from edigw.states import DeliveryState, Kind, State
from edigw.tables import delivery, payload

T = TypeVar("T")


def utcnow() -> datetime:
    return datetime.now(UTC)


class Ledger(Questions):
    """One open ledger. Safe for many threads; close it to commit what was submitted."""

    def __init__(self, database: Database, *, node: str, boot: str, person: str, clock: Callable[[], datetime], archive: Archive) -> None:
        self.node = node
        self.owner = f"{node}/{boot}"  #: who we are in claims, leases and events
        self.notice = database.notice  #: what the operator should know about the database, "" for nothing
        self._database = database
        self._clock = clock
        self._archive = archive
        self._writer = Writer(database.writing, events.Chain(self.owner, person, clock()), self._begin)
        self._watching = threading.Lock()
        self._watch: PoolProxiedConnection | None = None

    @classmethod
    def open(
        cls,
        url: str,
        *,
        node: str,
        clock: Callable[[], datetime] = utcnow,
        root: Path = Path(),
        archive: Archive | None = None,
        person: str = "",
        boot: str = "",
        module: ModuleType | None = None,
        asks: bool = False,
    ) -> Ledger:
        """Open the ledger at *url*, a relative SQLite file below *root*, and bring its schema up to date.

        *node* names this gateway's node, *boot* this start of it (drawn when not given), and
        *person* who sits at a command; all three go into every event. *archive* holds the
        large payloads, by default the folder ``archive`` below *root*. *module* is a SQLite
        driver to use instead of the newest found. Who only *asks* takes no lock: a ledger that
        another program writes, or holds, answers at once. Raises LedgerUnavailable.

        More than one process may have a ledger open; which of them is *the* daemon is decided
        by ``lease``.
        """
        database = open_database(url, root, module=module, asks=asks)
        made = archive if archive is not None else Archive(root / "archive")
        return cls(database, node=node, boot=boot or secrets.token_hex(4), person=person, clock=clock, archive=made)

    def close(self) -> None:
        """Commit what was submitted, then close every connection."""
        self._writer.close()
        with self._watching:
            if self._watch is not None:
                self._watch.close()
                self._watch = None
        self._database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- steps

    def run(self, step: Step[T], *, name: str = "") -> T:
        """Run *step* in a transaction and return what it returned, once that is on disk.

        It may share its commit with steps of other threads, and may be run more than once:
        it must change nothing but the ledger. What it raises is raised here, and then nothing
        of it was written. *name* is the step's in ``edges``, by default the function's.

        Raises LedgerUnavailable when the database cannot be reached or is locked too long.
        If the connection broke during the commit itself nobody knows whether it succeeded;
        the step run again will find out (Superseded, or what it looks for is there).
        """
        if self._writer.is_here():
            raise RuntimeError("a step cannot wait for another step; use its own tx")
        return self.submit(step, name=name).result()

    def submit(self, step: Step[T], *, name: str = "", patient: bool = False) -> Future[T]:
        """``run`` without waiting: the future has the result, or raises as ``run`` would.

        A *patient* step, one that nobody is kept waiting by, goes with the next commit that is
        made anyway, or after a moment; ``close`` commits it.
        """
        return self._writer.submit(step, name or getattr(step, "__name__", ""), patient=patient)

    @property
    def shared(self) -> bool:
        """Whether several nodes may work on this ledger at once: on PostgreSQL, not on SQLite."""
        return not self._database.sqlite

    @property
    def commits(self) -> tuple[int, int]:
        """How many commits this process made, and how many steps they carried."""
        return self._writer.commits, self._writer.steps

    # -- claims

    def claim(
        self,
        kind: Kind,
        state: State,
        *,
        to: State | None = None,
        limit: int,
        lease: timedelta,
        now: datetime | None = None,
        **filters: Any,
    ) -> list[Row]:
        """Take up to *limit* rows in *state* that are due, oldest first, for *lease*.

        With *to* they are moved there; rows already in *to* whose lease ended are taken too,
        and first. *filters* are those of ``rows`` (``lane="erp"``). Deliveries of one order
        key are only due in their order.

        A row belongs to one caller until its lease ends, even if the process dies; then it is
        due again. Callers must therefore bear being run twice for the same row. An empty list
        means nothing is due.

        *now* is for those who bring a clock of their own; by default it is ours on SQLite and
        the database's on PostgreSQL. Raises LedgerUnavailable; then nothing is claimed.
        """
        return self.submit_claim(kind, state, to=to, limit=limit, lease=lease, now=now, **filters).result()

    def submit_claim(
        self,
        kind: Kind,
        state: State,
        *,
        to: State | None = None,
        limit: int,
        lease: timedelta,
        now: datetime | None = None,
        **filters: Any,
    ) -> Future[list[Row]]:
        """``claim`` without waiting."""

        def claim(tx: Tx) -> list[Row]:
            return tx.claim(kind, state, to=to, limit=limit, lease=lease, now=now, **filters)

        return self.submit(claim, name=CLAIM)

    def renew(self, kind: Kind, rows: Sequence[Row], lease: timedelta, *, now: datetime | None = None) -> list[Row]:
        """Begin the leases of *rows* anew; returns those that are still ours. *now* as in ``claim``."""

        def renew(tx: Tx) -> list[Row]:
            return tx.renew(kind, rows, lease, now=now)

        return self.run(renew)

    def release(self, kind: Kind, rows: Sequence[Row]) -> None:
        """Let go of *rows* that were claimed and not moved; they are due at once."""

        def release(tx: Tx) -> None:
            tx.release(kind, rows)

        self.run(release)

    def due_lanes(self, now: datetime | None = None) -> list[str]:
        """Lanes that have a delivery due, or one under way whose lease ended."""
        clocked = not self._database.sqlite and now is None
        with self._reading() as connection:
            return sorted(connection.execute(_lanes(clocked), {} if clocked else {"moment": now or self._clock()}).scalars())

    def recover(self, *, now: datetime | None = None) -> int:
        """End the leases of this node's earlier starts, so that what they left is due at once; how many.

        Only for the daemon, when it holds its lease: then no earlier one is alive.
        """

        def recover(tx: Tx) -> int:
            return tx.recover(self.node, now=now)

        return self.run(recover)

    # -- named leases

    def lease(self, name: str, ttl: timedelta) -> bool:
        """Hold the lease *name* for *ttl*, or hold it on; False when another who is alive holds it."""

        def lease(tx: Tx) -> bool:
            return tx.lease(name, ttl) > 0

        return self.run(lease)

    def give_up(self, name: str) -> None:
        """Let go of the lease *name*, if it is ours."""

        def give_up(tx: Tx) -> None:
            tx.give_up(name)

        self.run(give_up)

    def holder(self, name: str) -> Holder | None:
        """Who holds the lease *name*; None: nobody who is alive."""
        with self._reading() as connection:
            return leases.holder(connection, name, self._moment(connection))

    def holders(self, prefix: str) -> list[Holder]:
        """Who holds leases whose names begin with *prefix*; those who died without a word too, not ``alive``."""
        with self._reading() as connection:
            return leases.holders(connection, prefix, self._moment(connection))

    def daemons(self) -> list[Holder]:
        """The daemons of this ledger, one for each node; also those that died without a word, not ``alive``."""
        return [*self.holders("daemon"), *self.holders(claims.NODE)]

    def _moment(self, connection: Connection) -> datetime:
        return claims.moment(connection, self._clock(), given=self._clock is not utcnow)

    # -- payloads

    def payload(self, number: int) -> bytes:
        """The bytes of a payload, verified against its hash. Raises PayloadDamaged, or KeyError for no such payload."""
        with self._reading() as connection:
            found = connection.execute(select(payload).where(payload.c.id == number)).one_or_none()
        if found is None:
            raise KeyError(f"there is no payload {number}")
        return self._unpack(found)

    def payloads(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """``payload`` for many at once, by id. Raises as ``payload`` does."""
        with self._reading() as connection:
            found = connection.execute(_PAYLOADS, {"ids": list(set(numbers))}).all()
        bodies = {one.id: self._unpack(one) for one in found}
        if missing := set(numbers) - bodies.keys():
            raise KeyError(f"there is no payload {min(missing)}")
        return bodies

    def payload_by_hash(self, sha256: bytes) -> bytes:
        """``payload`` by its hash."""
        with self._reading() as connection:
            found = connection.execute(select(payload).where(payload.c.sha256 == sha256)).one_or_none()
        if found is None:
            raise KeyError(f"there is no payload {sha256.hex()}")
        return self._unpack(found)

    def generation_bytes(self, digest: str) -> bytes:
        """The configuration whose digest this is. Raises KeyError when it was never kept."""
        return self.payload_by_hash(bytes.fromhex(digest))

    def _unpack(self, found: Any) -> bytes:
        if found.removed_at is not None:
            raise PayloadRemoved(found.sha256, f"was removed by retention at {found.removed_at:%Y-%m-%d %H:%M}Z")
        if found.codec == "archive":
            return self._archive.get(found.sha256)
        return unpack(Packed(found.sha256, found.size, found.codec, found.body))

    # -- whether all is well

    def verify_chain(self) -> list[str]:
        """Where events were changed, left out or cut off; empty when every chain is whole."""
        with self._reading() as connection:
            return [str(one) for one in chains.broken(connection)]

    def invariants(self, *, quiet: bool = False) -> list[str]:
        """What must always be true and is not, as text for people; see ``check``.

        *quiet*: nothing is at work, so nothing may be under way at all.
        """
        with self._reading() as connection:
            return check.problems(connection, self._clock(), quiet=quiet) + [str(one) for one in chains.broken(connection)]

    def watch(self) -> int:
        """A number that changes when the ledger was written, by us or by another process. Costs next to nothing."""
        if not self._database.sqlite:
            return self.last_event()
        with self._watching, self._available():
            if self._watch is None:
                self._watch = self._database.reading.raw_connection()  # outside of any transaction: within one it stands still
            cursor = self._watch.cursor()
            try:
                cursor.execute("PRAGMA data_version")
                (version,) = cursor.fetchone() or (0,)
                return int(version)
            finally:
                cursor.close()

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that only reads, and sees the ledger as it is now to its end; for the ledger's own modules.

        Short: SQLite cannot shrink its WAL meanwhile.
        """
        with self._available(), self._database.reading.connect() as connection:
            if not self._database.sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    # -- how it is done

    def _begin(self, connection: Connection, ids: LastIds) -> Tx:
        return Tx(connection, self._clock(), self.owner, ids, keep=self._archive.keep, own_clock=self._clock is not utcnow)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._available(), self._database.reading.connect() as connection:
            yield connection

    @contextmanager
    def _available(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as trouble:
            raise unavailable(trouble, self._database.reading.url) from trouble


_PAYLOADS: Final = select(payload).where(payload.c.id.in_(bindparam("ids", expanding=True)))


@lru_cache(maxsize=2)
def _lanes(clocked: bool) -> CompoundSelect[Any]:
    moment: Any = func.now() if clocked else bindparam("moment", type_=delivery.c.due_at.type)
    due = select(delivery.c.lane).where(delivery.c.state == DeliveryState.DUE.value, delivery.c.due_at <= moment)
    left = select(delivery.c.lane).where(delivery.c.state == DeliveryState.UNDER_WAY.value, delivery.c.lease_until <= moment)
    return due.union(left)
