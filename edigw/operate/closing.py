"""Hold and close: what is not to go on, for now or for good."""

from __future__ import annotations

from edigw.agreements import BY_HAND, GIVEN_UP, WAITS_FOR_OTHERS
from edigw.ledger import Row, Tx
from edigw.operate.orders import MOST_AT_ONCE, Done, NotDone, named, wanted
from edigw.operate.releasing import waited_for
from edigw.operate.retrying import still_its
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn


def hold(tx: Tx, row: Row, why: str) -> list[Done]:
    """Keep *row* back until it is released. Raises NotDone for what is too far on its way."""
    if row.state is InterchangeIn.RECEIVED:
        tx.move(Kind.INTERCHANGE, [row.id], InterchangeIn.RECEIVED, InterchangeIn.HELD, why, held=BY_HAND, reason=why)
        return [Done(row.label, f"{named(row)} is not judged until it is released")]
    if row.state is FileState.ARCHIVED:  # nobody can read it, say, and what came behind it waits
        tx.move(Kind.FILE, [row.id], FileState.ARCHIVED, FileState.QUARANTINED, why, held=BY_HAND, reason=why)
        return [Done(row.label, f"{named(row)} is not judged until it is released, and nothing waits for it any more")]
    if row.state is not MessageIn.MAPPED:
        can = "a file is held while it is archived, an interchange while it is received, a message while its delivery is due"
        raise NotDone(row.label, f"is {row.state.value} and cannot be held: {can}", f"edigw show {row.label}")
    deliveries = tx.rows(Kind.DELIVERY, message=row.id, state=(DeliveryState.DUE, DeliveryState.UNDER_WAY, DeliveryState.UNCERTAIN))
    late = next((one for one in deliveries if one.state is not DeliveryState.DUE), None)
    if late is not None:
        raise NotDone(row.label, f"cannot be held: its delivery {late.label} is {late.state.value}", f"edigw show {late.label}")
    due = [one.id for one in deliveries]
    tx.move(Kind.DELIVERY, due, DeliveryState.DUE, DeliveryState.GIVEN_UP, why, last_error=why)
    tx.move(Kind.MESSAGE, [row.id], MessageIn.MAPPED, MessageIn.HELD, why, held=BY_HAND, reason=why)
    return [Done(row.label, f"{named(row)} is not delivered until it is released")]


def close(tx: Tx, row: Row, why: str) -> list[Done]:
    """Give *row* up, with what hangs on it. Raises NotDone for what goes on by itself."""
    match row.state:
        case MessageIn.HELD:
            return _close_message(tx, row, why)
        case InterchangeIn.HELD:
            return _close_interchange(tx, row, why)
        case FileState.QUARANTINED:
            tx.move(Kind.FILE, [row.id], FileState.QUARANTINED, FileState.CLOSED, why, held="", reason=why)
            return [Done(row.label, f"{named(row)} is given up; its bytes are kept")]
        case DeliveryState.GIVEN_UP | DeliveryState.UNCERTAIN:
            return _close_delivery(tx, row, why)
    can = "what is held, quarantined, given up or uncertain can be closed"
    raise NotDone(row.label, f"is {row.state.value}; {can}", f"edigw show {row.label}")


def _close_message(tx: Tx, row: Row, why: str) -> list[Done]:
    tx.move(Kind.MESSAGE, [row.id], MessageIn.HELD, MessageIn.CLOSED, why, held="", reason=why)
    given_up = tx.rows(Kind.DELIVERY, message=row.id, state=DeliveryState.GIVEN_UP)
    tx.move(Kind.DELIVERY, [one.id for one in given_up], DeliveryState.GIVEN_UP, DeliveryState.CLOSED, why)
    text = f"{named(row)} is given up; it reaches no back office"
    if not row.verdict and not row.answers:
        text += ". It was never judged, so its sender gets no answer: tell them by other means"
        _answered_without(tx, row.interchange, why)
    if waiting := _waiting(tx, row):
        text += f". {', '.join(one.label for one in waiting[:10])} waited for it, and can be released or closed now"
    if row.interchange is not None:
        tx.settle([row.interchange])
    return [Done(row.label, text), *(Done(one.label, f"{named(one)} is closed with it") for one in given_up)]


def _waiting(tx: Tx, row: Row) -> list[Row]:
    """The messages of *row*'s interchange that waited for it, if it was the last of those they waited for."""
    if row.interchange is None or row.held == WAITS_FOR_OTHERS or waited_for(tx, row.interchange):
        return []
    return tx.rows(Kind.MESSAGE, interchange=row.interchange, state=MessageIn.HELD, held=WAITS_FOR_OTHERS, limit=MOST_AT_ONCE)


def _answered_without(tx: Tx, number: int, why: str) -> None:
    """An interchange that waited with its answer for a message that is closed now has none left to give."""
    interchange = tx.get(Kind.INTERCHANGE, number)
    if interchange is None or interchange.state is not InterchangeIn.CHECKED:
        return
    ends = [state for state in MessageIn if state is not MessageIn.CLOSED]
    if not tx.count(Kind.MESSAGE, interchange=number, state=ends, verdict="", answers=None):
        tx.move(Kind.INTERCHANGE, [number], InterchangeIn.CHECKED, InterchangeIn.ANSWERED, why, answered_at=tx.now)


def _close_interchange(tx: Tx, row: Row, why: str) -> list[Done]:
    tx.move(Kind.INTERCHANGE, [row.id], InterchangeIn.HELD, InterchangeIn.CLOSED, why, held="", reason=why)
    read = [one.id for one in tx.rows(Kind.MESSAGE, interchange=row.id, state=MessageIn.RECEIVED, limit=1_000_000)]
    tx.move(Kind.MESSAGE, read, MessageIn.RECEIVED, [MessageIn.HELD, MessageIn.CLOSED], why, held="", reason=why)
    tx.settle([row.id])
    repeats = tx.rows(Kind.INTERCHANGE, digest=row.digest, state=InterchangeIn.HELD, limit=MOST_AT_ONCE)
    text = f"{named(row)} is given up, and nobody is answered"
    if repeats:
        text += f"; {', '.join(one.label for one in repeats[:10])}, the same bytes, stay held"
        if waiting := [one.id for one in repeats if f" {row.label}," in one.reason]:
            tx.set(Kind.INTERCHANGE, waiting, reason=f"the same bytes as {row.label}, which was closed; release or close this one")
    return [Done(row.label, text)]


def _close_delivery(tx: Tx, row: Row, why: str) -> list[Done]:
    if row.state is DeliveryState.GIVEN_UP:
        message = tx.get(Kind.MESSAGE, row.message) if row.message is not None else None
        if message is not None and still_its(row, message):
            return _close_message(tx, message, why)
        tx.move(Kind.DELIVERY, [row.id], DeliveryState.GIVEN_UP, DeliveryState.CLOSED, why)
    elif row.message is not None:
        tx.move(Kind.DELIVERY, [row.id], DeliveryState.UNCERTAIN, DeliveryState.GIVEN_UP, why)
        tx.move(Kind.MESSAGE, [row.message], MessageIn.MAPPED, MessageIn.HELD, why, held=GIVEN_UP, reason=why)
        return _close_message(tx, wanted(tx, Kind.MESSAGE, row.message), why)
    else:
        tx.move(Kind.DELIVERY, [row.id], DeliveryState.UNCERTAIN, [DeliveryState.GIVEN_UP, DeliveryState.CLOSED], why)
    if row.interchange is not None:
        tx.settle([row.interchange])
    return [Done(row.label, f"{named(row)} is not sent again")]
