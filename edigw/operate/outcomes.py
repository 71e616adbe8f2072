"""A person's word on a delivery whose outcome nobody recorded: the receiver has it.

Only what is *uncertain* can be said to be done. ``retry`` is for the other answer, that it
never came; then it is sent again under its id and name.
"""

from __future__ import annotations

from edigw.ledger import Ledger, Row, Tx
from edigw.operate.orders import Done, NotDone, Order, named
from edigw.states import DeliveryState, Kind, MessageIn, show_id

SAID = "said to be there"  # how the events call it


def done(ledger: Ledger, number: int, by: Order) -> list[Done]:
    """Record that delivery *number* got through, for somebody has asked. Raises NotDone for what is not uncertain."""

    def act(tx: Tx) -> list[Done]:
        row = tx.get(Kind.DELIVERY, number)
        if row is None:
            raise NotDone(show_id(Kind.DELIVERY, number), "is not in the ledger", "edigw list --kind delivery --state uncertain")
        return step(tx, row, by.why(SAID))

    return ledger.run(act, name="person done")


def step(tx: Tx, row: Row, why: str) -> list[Done]:
    """``done`` of *row*, inside a transaction of the caller's. Raises NotDone before anything is written."""
    if row.state is not DeliveryState.UNCERTAIN:
        raise NotDone(row.label, f"is {row.state.value}, not uncertain", f"edigw show {row.label}")
    tx.move(Kind.DELIVERY, [row.id], DeliveryState.UNCERTAIN, DeliveryState.DONE, why, last_error=None, mark=None)
    if row.message is not None:
        tx.move(Kind.MESSAGE, [row.message], MessageIn.MAPPED, MessageIn.DELIVERED, why)
    interchanges = [row.interchange] if row.interchange is not None else []
    tx.settle(interchanges, messages=[row.message] if row.message is not None else [])
    return [Done(row.label, f"{named(row)} is done; it is not sent again")]
