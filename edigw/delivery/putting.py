"""Deliveries that become files: what each try of one did, and what an earlier one came to.

Before a second try the channel is looked at: what stands there under our names tells whether
the first one got through. Where nothing tells, the delivery is *uncertain*. Blocking; the
flow calls this from a thread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from edigw.delivery.lanes import Lane
from edigw.delivery.tries import UNEXPECTED, Tried, named
from edigw.errors import LedgerUnavailable, Superseded
from edigw.ledger import Ledger, Row, Tx
from edigw.log import get_logger
from edigw.states import DeliveryState as State
from edigw.states import Kind
from edigw.transports import TO_BE_MENDED, ChannelUnavailable, OutcomeUnknown, Placed, Probe, Target, TransportError

log = get_logger("delivery")


class Puts:
    """Puts files for the lanes. *again* says what becomes of a delivery that did not get through, and why."""

    def __init__(self, ledger: Ledger, again: Callable[[Lane, Row, str], Tried]) -> None:
        self._ledger = ledger
        self._again = again

    def put(self, lane: Lane, target: Target, rows: Sequence[tuple[Row, bytes]]) -> list[tuple[Row, Tried]]:
        """Put files into a channel, sharing their mark and their sync; runs in a thread."""
        tries: list[tuple[Row, Tried]] = []
        fresh: list[tuple[Row, bytes]] = []
        for row, body in rows:
            known = self._probe(lane, target, row, body) if row.attempt > 1 else None
            if known is not None:
                tries.append((row, known))
            else:
                fresh.append((row, body))
        items = [(named(row), body, row.label) for row, body in fresh]
        renaming: set[int] = set()

        def again(trouble: Exception | str) -> list[tuple[Row, Tried]]:
            # One that may have been renamed keeps its mark: the partner may fetch it before the next try.
            tried = [(row, self._missed(lane, row, trouble)) for row, _ in fresh]
            return [(row, replace(one, mark="renaming") if at in renaming else one) for at, (row, one) in enumerate(tried)]

        def mark(indexes: Sequence[int]) -> None:
            def mark_renaming(tx: Tx) -> None:
                tx.set(Kind.DELIVERY, [fresh[at][0] for at in indexes], mark="renaming")

            self._ledger.run(mark_renaming, name="mark")
            renaming.update(indexes)

        try:
            placed: Sequence[Placed | TransportError] = target.put_all(items, mark) if items else ()
        except (TransportError, LedgerUnavailable) as trouble:
            return tries + again(trouble)
        except Exception as trouble:
            log.exception(
                "delivery.failed", lane=lane.name, deliveries=[row.label for row, _ in fresh], code=UNEXPECTED, next="edigw status"
            )
            return tries + again(f"{type(trouble).__name__}: {trouble}")
        for (row, _), one in zip(fresh, placed, strict=True):
            if isinstance(one, Placed):
                tries.append((row, Tried(State.DONE, f"put as {named(row)}")))
            elif isinstance(one, OutcomeUnknown):
                tries.append((row, replace(self._missed(lane, row, one), mark="renaming")))
            elif isinstance(one, ChannelUnavailable):
                tries.append((row, self._missed(lane, row, one)))
            else:
                tries.append((row, Tried(State.GIVEN_UP, str(one))))
        return tries

    def _missed(self, lane: Lane, row: Row, trouble: Exception | str) -> Tried:
        """What becomes of a delivery that did not get through for *trouble*; one that a person must mend is told with its code."""
        cause = trouble.code if isinstance(trouble, TO_BE_MENDED) else ""
        why = f"{cause} {trouble}" if cause else str(trouble)
        return replace(self._again(lane, row, why), cause=cause, no_answer=isinstance(trouble, ChannelUnavailable))

    def _probe(self, lane: Lane, target: Target, row: Row, body: bytes) -> Tried | None:
        """What an earlier try came to, where that shows; None when it may be tried again."""
        try:
            probe = target.probe(named(row), row.label, hashlib.sha256(body).digest(), len(body))
            if probe is Probe.TEMPORARY and row.mark == "renaming":
                # Not renamed, then. Said before the file is written anew: a kill while it is not
                # there must not look like a file that the partner has fetched.
                self._ledger.run(lambda tx: tx.set(Kind.DELIVERY, [row], mark=None), name="unmark")
        except (ChannelUnavailable, LedgerUnavailable, Superseded) as trouble:
            # With its mark: what an earlier try came to is as unknown as before.
            return replace(self._missed(lane, row, trouble), mark=row.mark)
        if probe is Probe.DONE:
            return Tried(State.DONE, "found under its name with our bytes")
        if probe is Probe.ABSENT and row.mark == "renaming":
            return Tried(State.UNCERTAIN, f"{named(row)} was about to be renamed and is not there: the partner may have fetched it")
        return None
