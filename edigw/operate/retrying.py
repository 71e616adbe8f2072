"""Retry: deliveries that were given up, are uncertain or wait for their next try are due now, under their ids."""

from __future__ import annotations

from collections.abc import Sequence

from edigw.agreements import BY_HAND, GIVEN_UP
from edigw.ledger import Row, Tx
from edigw.operate.orders import MOST_AT_ONCE, Done, NotDone, named
from edigw.states import DeliveryState, Kind, MessageIn

RETRIED = (DeliveryState.GIVEN_UP, DeliveryState.UNCERTAIN, DeliveryState.DUE)


def deliveries(tx: Tx, row: Row) -> list[Row]:
    """The deliveries of *row*. Raises NotDone for a file."""
    if row.of is Kind.DELIVERY:
        return [row]
    if row.of is Kind.FILE:
        raise NotDone(row.label, "is a file; its messages have deliveries", f"edigw show {row.label}")
    if row.of is Kind.MESSAGE:
        return tx.rows(Kind.DELIVERY, message=row.id, limit=MOST_AT_ONCE)
    return tx.rows(Kind.DELIVERY, interchange=row.id, limit=MOST_AT_ONCE)


def retry(tx: Tx, rows: Sequence[Row], why: str) -> tuple[list[Done], list[NotDone]]:
    """Make *rows* due; what was done, and why the others were not."""
    messages = messages_of(tx, rows)
    left: list[NotDone] = []
    lost: list[Row] = []
    for row in rows:
        if row.state is DeliveryState.DUE and row.due_at <= tx.now:
            left.append(NotDone(row.label, "is due already; it waits for its turn or for the daemon", "edigw status"))
        elif row.state is DeliveryState.GIVEN_UP and row.message is not None and not still_its(row, messages.get(row.message)):
            text = f"was given up, and M{row.message} went on without it; it is not delivered any more"
            left.append(NotDone(row.label, text, f"edigw show M{row.message}"))
        elif row.state is DeliveryState.GIVEN_UP:
            lost.append(row)
    done = lost + [row for row in rows if row.state is DeliveryState.UNCERTAIN]
    tx.move(Kind.DELIVERY, [row.id for row in lost], DeliveryState.GIVEN_UP, DeliveryState.DUE, why, due_at=tx.now, held="", reason="")
    held = [row.message for row in lost if row.message is not None]
    tx.move(Kind.MESSAGE, held, MessageIn.HELD, [MessageIn.ACCEPTED, MessageIn.MAPPED], why, held="", reason="")
    # Without its mark it is put again, although what was put before may have been fetched: that is what the person decides.
    uncertain = [row.id for row in done if row.state is DeliveryState.UNCERTAIN]
    tx.move(Kind.DELIVERY, uncertain, DeliveryState.UNCERTAIN, DeliveryState.DUE, why, due_at=tx.now, mark=None)
    waiting = [row for row in rows if row.state is DeliveryState.DUE and row.due_at > tx.now]
    if waiting:
        tx.set(Kind.DELIVERY, [row.id for row in waiting], due_at=tx.now)
        for row in waiting:
            tx.event(Kind.DELIVERY, row.id, "retried", why)
    return [Done(row.label, f"{named(row)} is due now") for row in sorted([*done, *waiting], key=lambda row: row.id)], left


def messages_of(tx: Tx, rows: Sequence[Row]) -> dict[int, Row]:
    """The messages that these deliveries are of, by their ids."""
    wanted = [row.message for row in rows if row.message is not None]
    return {row.id: row for row in tx.rows(Kind.MESSAGE, id=wanted, limit=len(wanted))} if wanted else {}


def still_its(delivery: Row, message: Row | None) -> bool:
    """Whether *message* is held for this delivery's sake and not for what it was judged to be since."""
    return (
        message is not None
        and message.state is MessageIn.HELD
        and message.held in (GIVEN_UP, BY_HAND)
        and message.document == delivery.payload
    )
