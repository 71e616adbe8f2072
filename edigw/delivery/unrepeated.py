"""Requests to a back office that cannot tell a repeat: each is sent once, and what became of a lost one is a person's to say.

Before a request leaves, the ledger knows that it is leaving. Whoever finds that mark later,
after a kill, sends nothing: the delivery is *uncertain*.
"""

from __future__ import annotations

import asyncio
from typing import Final

from edigw.delivery.tries import Tried
from edigw.ledger import Ledger, Row, Tx
from edigw.states import DeliveryState, Kind

SENDING: Final = "sending"  #: ``delivery.mark`` of one whose request has left, or is about to


def known(row: Row) -> Tried | None:
    """What becomes of *row* if a try of it was cut off, None if it may be sent."""
    if row.mark != SENDING:
        return None
    return Tried(DeliveryState.UNCERTAIN, "the gateway ended while it was being sent, and its receiver cannot tell a repeat")


async def leaving(ledger: Ledger, row: Row) -> None:
    """Mark that the request of *row* is about to leave. Raises LedgerUnavailable and Superseded; then it must not."""

    def mark(tx: Tx) -> None:
        tx.set(Kind.DELIVERY, [row], mark=SENDING)

    await asyncio.wrap_future(ledger.submit(mark, name="mark"))


def lost(why: str) -> Tried:
    """What becomes of a request of which nobody knows whether it was taken."""
    return Tried(DeliveryState.UNCERTAIN, f"{why}; its receiver cannot tell a repeat, so it is not sent again by itself")
