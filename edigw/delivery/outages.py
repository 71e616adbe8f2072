"""What a lane does when its receiver does not answer: leave it alone, ask with one, then let the rest go.

After a few failures in a row the lane's breaker opens and nothing is sent. Then one
delivery goes ahead, the oldest. If it gets through, what waited is due at once in its
original order, and goes at a set rate until it is gone: a back office that has just come
up again must not be knocked over by a night's backlog.

A receiver that answers, even with a refusal of one document, is no outage.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import field

from edigw.errors import EdigwError, Superseded
from edigw.ledger import Ledger, Tx
from edigw.ledger.outage import recorded
from edigw.log import get_logger
from edigw.records import dataclass
from edigw.states import DeliveryState, Kind
from edigw.transports.breaker import Breaker

log = get_logger("delivery")

RATE = 50.0  # deliveries a second after an outage
LEFT_ALONE = "EDIGW-DELIVERY-E007"


@dataclass(slots=True)
class Outage:
    """One lane's breaker, and how fast it may go behind an outage."""

    breaker: Breaker
    rate: float = RATE
    clock: Callable[[], float] = time.monotonic
    behind: bool = False  #: an outage is over, and what waited is not gone yet
    tokens: float = 0.0
    cause: str = ""  #: the code of what a person must mend there
    _told: float = field(default=0.0)

    def told(self) -> str:
        """For people, while the receiver is left alone: why, since when, until when; else ""."""
        told = self.breaker.told()
        return f"{told}; next: edigw check --connect" if told and self.cause else told

    @property
    def holds_back(self) -> bool:
        """Whether the lane may not take whatever it has room for: its receiver is left alone, or has just come back."""
        return self.breaker.is_open or self.behind

    def room(self, capacity: int, busy: int) -> int:
        """How many of a lane's deliveries may be claimed now, *busy* of *capacity* being under way."""
        free = max(0, capacity - busy)
        if self.breaker.is_open:
            return 1 if free and busy == 0 and self.breaker.wait() <= 0 else 0
        if self.behind:
            now = self.clock()
            self.tokens = min(self.rate, capacity, self.tokens + (now - self._told) * self.rate)
            self._told = now
            return min(free, int(self.tokens))
        return free

    def claimed(self, asked: int, got: int) -> None:
        """*got* rows were claimed when *asked* might have been; fewer means that nothing waits any more."""
        if self.behind and not self.breaker.is_open:
            self.tokens -= got
            if got < asked:
                self.behind = False

    def over(self) -> None:
        """A try got through behind an outage: from now on the rest goes, at its rate."""
        self.behind, self.tokens, self._told = True, 1.0, self.clock()


def failed(outage: Outage, lane: str, why: str, asked: float | None, cause: str = "") -> None:
    """Count a failure of the receiver; say so when that leaves it alone, or when another *cause* that a person must mend does.

    *cause* is its code, "" for one that may be over by itself.
    """
    another = cause not in ("", outage.cause)
    outage.cause = cause
    opened = outage.breaker.failed(why, asked)
    if opened or (another and outage.breaker.is_open):
        first = "edigw check --connect; mend what it says" if cause else "mend the receiver"
        further = f"{first}; edigw status tells when it is tried, edigw retry tries it now"
        log.error("delivery.left_alone", lane=lane, why=outage.breaker.told(), code=cause or LEFT_ALONE, next=further)


def succeeded(outage: Outage, lane: str) -> bool:
    """Note that the receiver answers; True when that ends an outage, and what waits should be brought forward."""
    outage.cause = ""
    if not outage.breaker.succeeded():
        return False
    outage.over()
    log.info("delivery.receiver_back", lane=lane)
    return True


def oldest_first(ledger: Ledger, lane: str) -> None:
    """Make the oldest of what waits in *lane* the next to be claimed. Raises LedgerUnavailable.

    The waits of single deliveries have mixed up their order; the one that is asked with is the one that waits longest.
    """

    def step(tx: Tx) -> None:
        for row in tx.rows(Kind.DELIVERY, lane=lane, state=DeliveryState.DUE, limit=1):
            if row.due_at > row.created_at:
                tx.set(Kind.DELIVERY, [row.id], due_at=row.created_at)

    with contextlib.suppress(Superseded):  # another took it up just now, which is what was wanted
        ledger.run(step, name="oldest first")


async def bring_forward(lane: str, ledger: Ledger, stopping: Callable[[], bool], wake: Callable[[], None]) -> None:
    """Make what waits in *lane* due at once, in its order; waits for a database that cannot be reached.

    Cut off by a stop, or if it fails, the deliveries keep their own times, and the log says so.
    """

    def forward(tx: Tx) -> None:
        tx.bring_forward(lane)

    try:
        await recorded(lambda: ledger.submit(forward, name="forward"), stopping)
    except EdigwError as trouble:
        further = f"nothing: they are tried at their own times; edigw retry --where 'to={lane}' tries them now"
        log.error("delivery.not_brought_forward", lane=lane, code=trouble.code, error=str(trouble), next=further)
    wake()
