"""This node among the nodes of its gateway: who is alive, and who polls which channel.

On SQLite there is one daemon, and a second is refused. On PostgreSQL there may be several
*nodes*, each with a name and a lease that it renews every few seconds. What a node that
died had in hand is due again as soon as another sees it: at once on the same machine, when
its lease ends on another.

A channel is polled by the node that holds its lease. Channels are shared out by a rule that
every node reckons for itself; one that has more than its share lets go between two takes.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Final

from edigw.errors import EdigwError, LedgerUnavailable
from edigw.fields import is_name
from edigw.ledger import NODE, Holder, Ledger, Tx
from edigw.log import get_logger
from edigw.records import dataclass

log = get_logger("daemon")

TTL: Final = timedelta(seconds=60)  # how long what we hold stays ours if we hang: a database that restarts takes less
TRUSTED: Final = 45.0  # seconds after a renewal in which we poll; the rest is for clocks and for what is under way
LEFT_FREE: Final = 10.0  # seconds until a channel that is not our share is taken, because its node does not
AWAY: Final = 15.0  # seconds for which others are thought alive after we could not renew: the database was gone for all
FORGOTTEN_AFTER: Final = timedelta(days=1)  # that a node which died is remembered
POLLS: Final = "polls:"  # of a node that has started and takes its share of the channels
CHANNEL: Final = "channel:"
ALERTS: Final = "duty:alerts"  # looking at the ledger for what is worth an alert
LONE: Final = "daemon"


class InstanceTaken(EdigwError):
    """Another daemon works on this instance, or as this node; two would do everything twice."""

    code = "EDIGW-DAEMON-E001"
    advice = "edigw status"

    def __init__(self, holder: Holder | None, *, node: str = "") -> None:
        who = f" (process {holder.pid})" if holder else ""
        super().__init__(f"another daemon runs as node {node}{who}" if node else f"another daemon runs on this instance{who}")
        if node:
            self.advice = "edigw status; a second node has a name of its own: edigw run --node NAME"


def host_node() -> str:
    """What a node is called that was given no name: its machine's name without the domain."""
    name = socket.gethostname().partition(".")[0]
    return name if is_name(name) else "node"


def share(channels: Collection[str], nodes: Collection[str], node: str) -> set[str]:
    """Those of *channels* that *node* polls while *nodes* are alive. Every node comes to the same."""
    order = sorted(nodes)
    return {name for at, name in enumerate(sorted(channels)) if order[at % len(order)] == node} if node in order else set()


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the nodes, our leases renewed with it."""

    nodes: tuple[str, ...]  #: alive, we among them
    polling: tuple[str, ...]  #: those of them that have started and poll
    held: Mapping[str, int]  #: our channels, each with the fence it is held under
    leads: bool  #: looking for alerts is ours
    dead: frozenset[str] = frozenset()  #: owners that died without a word
    recovered: int = 0  #: rows that they had in hand


@dataclass(slots=True)
class Presence:
    """What this node knows of the nodes, and holds. For one caller at a time, who may block."""

    ledger: Ledger
    clock: Callable[[], float] = time.monotonic
    seen: Seen = field(default_factory=lambda: Seen((), (), {}, leads=True))
    surplus: set[str] = field(default_factory=set)  #: held, and another's share since somebody came or the channels changed
    _shared_out: tuple[object, ...] = ()  #: what the channels were shared out by
    _free: dict[str, float] = field(default_factory=dict)  #: since when nobody polls a channel that is not our share
    _renewed: float = 0.0
    _lenient_until: float = 0.0

    @property
    def shared(self) -> bool:
        return self.ledger.shared

    @property
    def name(self) -> str:
        """Of the lease that says we run."""
        return f"{NODE}{self.ledger.node}" if self.shared else LONE

    def enter(self) -> int:
        """Begin; how many rows a dead start or node had in hand. Raises InstanceTaken."""
        if not self.shared:
            if not self.ledger.lease(LONE, TTL):
                raise InstanceTaken(self.ledger.holder(LONE))
            return self.ledger.recover()
        if (lone := self.ledger.holder(LONE)) is not None:  # of a version that knew no nodes
            raise InstanceTaken(lone)
        if not self.ledger.lease(self.name, TTL):
            raise InstanceTaken(self.ledger.holder(self.name), node=self.ledger.node)
        self._renewed = self.clock()
        return self.ledger.recover() + self.ledger.run(lambda tx: tx.expire_strangers(), name="")

    def attend(self, channels: Collection[str]) -> bool:
        """Renew what we hold, take of *channels* what is ours and free, and see to what a dead node left.

        False when another daemon runs as this node: then this one must stop. Raises LedgerUnavailable.
        """
        began = self.clock()
        if not self.shared:
            return self.ledger.lease(LONE, TTL)
        if began - self._renewed > TTL.total_seconds():
            self._lenient_until = began + AWAY
        seen = self.ledger.run(lambda tx: self._attend(tx, sorted(channels), began), name="")
        if seen is None:
            return False
        self._tell(seen)
        if (by := (seen.polling, tuple(sorted(channels)))) != self._shared_out:
            self._shared_out = by
            self.surplus = set(seen.held) - share(channels, seen.polling, self.ledger.node)
        self.surplus &= set(seen.held)
        self.seen, self._renewed = seen, began
        return True

    def trusted_until(self) -> float:
        """On our clock: until when nobody else polls what we hold."""
        return self._renewed + TRUSTED if self.shared else float("inf")

    def let_go(self, channel: str) -> None:
        """Give up a channel that nothing of ours is at work in any more."""
        self.ledger.give_up(f"{CHANNEL}{channel}")
        self.surplus.discard(channel)

    def leave(self) -> None:
        """Say goodbye: whatever is still in our hands is anybody's at once. Unsaid, it is when our leases have ended."""
        for last in (False, True):
            try:
                self._leave()
            except LedgerUnavailable as trouble:  # of a connection that broke meanwhile we learn when we use it
                if last:
                    further = f"nothing: what we held is anybody's in {TTL.total_seconds():.0f} s; mend the database"
                    log.warning("daemon.left_unsaid", code=trouble.code, error=str(trouble), next=further)
            else:
                return

    def _leave(self) -> None:
        def leave(tx: Tx) -> None:
            tx.expire([tx.owner])
            tx.give_up(self.name, f"{POLLS}{self.ledger.node}", *(f"{CHANNEL}{name}" for name in self.seen.held), ALERTS)

        if self.shared:
            self.ledger.run(leave, name="")
        else:
            self.ledger.give_up(LONE)

    # -- one look

    def _attend(self, tx: Tx, channels: Sequence[str], began: float) -> Seen | None:
        if not tx.lease(self.name, TTL):
            return None
        every = tx.holders(NODE)
        lenient = began < self._lenient_until
        cut_off = {one.owner for one in every if lenient and one.until <= tx.moment() and one.owner not in self.seen.dead}
        nodes = tuple(one.node for one in every if one.alive or one.owner in cut_off)
        dead = {one.owner: one for one in every if one.node not in nodes}
        recovered = tx.expire(dead.keys() - self.seen.dead)
        tx.give_up_for([one.name for one in dead.values() if tx.moment() - one.until > FORGOTTEN_AFTER])
        tx.lease(f"{POLLS}{self.ledger.node}", TTL)
        alive = {one.owner for one in every if one.node in nodes}
        polling = [one.node for one in tx.holders(POLLS) if one.owner in alive]
        held = {name.removeprefix(CHANNEL): fence for name, fence in tx.hold_on(CHANNEL, TTL).items()}
        # By owner and not by node: an earlier start of ours that was killed holds nothing.
        taken = {one.name.removeprefix(CHANNEL) for one in tx.holders(CHANNEL) if one.alive or one.owner in alive}
        mine = share(channels, polling, self.ledger.node)
        for name in channels:
            if name in held or name in taken:
                self._free.pop(name, None)
                continue
            if name not in mine and began - self._free.setdefault(name, began) < LEFT_FREE:
                continue
            if fence := tx.lease(f"{CHANNEL}{name}", TTL):
                held[name] = fence
                tx.event("gateway", 0, "channel taken", f"{self.ledger.node} polls it from now on", channel=name, fence=fence)
        for name in held.keys() - set(channels):  # the configuration has it no more
            tx.give_up(f"{CHANNEL}{name}")
            del held[name]
        leads = tx.lease(ALERTS, TTL) > 0
        return Seen(nodes, tuple(polling), held, leads, frozenset(dead), recovered)

    def _tell(self, seen: Seen) -> None:
        here = self.ledger.node
        for node in sorted(set(seen.nodes) - {*self.seen.nodes, here}):
            log.info("node.joined", node=node)
        for owner in sorted(seen.dead - self.seen.dead):
            node = owner.rpartition("/")[0]
            further = f"nothing is lost: this node goes on with its work; find out why it died, then start it: edigw run --node {node}"
            log.error("node.gone", node=node, rows=seen.recovered, code="EDIGW-NODE-E001", next=further)
        gone = {owner.rpartition("/")[0] for owner in seen.dead}
        for node in sorted(set(self.seen.nodes) - set(seen.nodes) - gone - {here}):
            log.info("node.left", node=node)
