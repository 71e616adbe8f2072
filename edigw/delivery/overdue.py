"""What has waited longer than its endpoint's ``for:`` is given up, also while its receiver is left alone.

Only one delivery is tried then, so the others would wait for as long as the outage lasts, and
nobody would be asked what is to become of them. Given up they are held, and a person's
``retry`` lets all of them go on with their ids when the receiver is back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from edigw.agreements import GIVEN_UP
from edigw.delivery.lanes import Lane
from edigw.delivery.tries import Tried, say
from edigw.errors import Superseded
from edigw.ledger import Ledger, Row, Tx
from edigw.states import DeliveryState, Kind, MessageIn

PAGE: Final = 1_000  # rows given up in one transaction
LOOK_EVERY: Final = 10.0  # seconds between looks at one lane


def give_up(ledger: Ledger, lane: Lane, now: datetime) -> int:
    """Give up what has waited on *lane* for too long; how many. Raises LedgerUnavailable; then some may be given up."""
    why = f"{lane.outage.breaker.reason[:400]}; given up, for it has waited longer than its retry allows (for:)"
    count = after = 0
    while True:
        page = ledger.rows(Kind.DELIVERY, lane=lane.name, state=DeliveryState.DUE, limit=PAGE, after=after)
        # Since it became due: what a person has just retried begins anew.
        if old := [row for row in page if now - row.changed_at >= lane.retry.total]:
            try:
                given = ledger.run(partial(_given_up, rows=old, why=why), name="overdue")
            except Superseded:  # another node, or a person, took one of them up just now: the next look sees what is left
                return count
            count += len(given)
            for row in given:
                say(row, Tried(DeliveryState.GIVEN_UP, why))
        if len(page) < PAGE:
            return count
        after = page[-1].id


def _given_up(tx: Tx, rows: Sequence[Row], why: str) -> list[Row]:
    """Those of *rows* that are still due and nobody's, given up."""
    still = tx.rows(Kind.DELIVERY, id=[row.id for row in rows], state=DeliveryState.DUE, limit=PAGE)
    tx.move(Kind.DELIVERY, [row.id for row in still], DeliveryState.DUE, DeliveryState.GIVEN_UP, why, last_error=why)
    if messages := [row.message for row in still if row.message is not None]:
        tx.move(Kind.MESSAGE, messages, MessageIn.MAPPED, MessageIn.HELD, why, held=GIVEN_UP, reason=why)
    return still
