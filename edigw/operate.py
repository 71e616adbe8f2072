"""What a person does to the ledger: release, replay, retry, hold, close.

Each action is one transaction that compares and sets, with the person's name and reason in
its events. Nothing is judged or sent here: a row is put where the daemon takes it up, and
what it comes to then is decided by the flows and by the configuration of that day.

A row that is not where the action expects it is left alone: ``NotDone`` says where it is
instead. A row that somebody else moved at the same moment raises Superseded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from edigw.agreements import BY_HAND, CHANNEL_DIFFERS, GIVEN_UP, REJECTED_AND_KEPT, RELEASED, WAITS_FOR_OTHERS
from edigw.errors import EdigwError
from edigw.ledger import Ledger, Row, Tx
from edigw.records import dataclass
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn, show_id

MOST_AT_ONCE = 5_000  # deliveries one ``retry_all`` moves: one transaction must not keep the daemon waiting for seconds

#: What a replay takes over from the message it repeats; the rest is judged anew.
_REPLAYED = (
    "direction", "file", "interchange", "partner", "ordinal", "group", "type", "release", "association", "control_number",
    "span_start", "span_end", "verdict", "kind", "key", "contents", "order_key", "standard", "map", "deliver", "faults",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """Who acts, and why. *reason* ``""``: none was given."""

    person: str
    reason: str = ""

    def why(self, done: str) -> str:
        """``released by ada: partner file added``, as the events say it."""
        return f"{done} by {self.person}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Done:
    """One row that was acted on: its id, and what becomes of it now."""

    label: str
    text: str


class NotDone(EdigwError):
    """The action does not fit the row's state; nothing was changed. *label* names the row."""

    code = "EDIGW-OPERATE-E001"

    def __init__(self, label: str, text: str, advice: str = "") -> None:
        self.label = label
        self.advice = advice
        super().__init__(f"{label} {text}")


def release(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Let what is held go on: an interchange with all that repeat its bytes, a message, a quarantined file.

    It is judged by the configuration that the daemon has then. A verdict that was answered
    stands. Raises NotDone for what is not held.
    """
    return _run(ledger, "released", by, lambda tx, why: _release(tx, _row(tx, kind, number), why))


def replay(ledger: Ledger, kind: Kind, number: int, by: Order, *, again: bool = False) -> list[Done]:
    """Do it once more: what is held goes on as with ``release``; a delivered message is delivered again.

    The repeat is a message of its own, linked to the first, judged by today's configuration
    and delivered under a new id, so its document reaches the back office twice: *again* says
    that this is meant. Raises NotDone without it, and for what cannot be replayed.
    """
    return _run(ledger, "replayed", by, lambda tx, why: _replay(tx, _row(tx, kind, number), why, again=again))


def retry(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Make a delivery due now, with its id and bytes; a message or an interchange names its deliveries.

    For one that was given up, is uncertain, or waits before its next try. Raises NotDone.
    """

    def work(tx: Tx, why: str) -> list[Done]:
        row = _row(tx, kind, number)
        every = _deliveries(tx, row)
        tries = [one for one in every if one.state in _RETRIED]
        if not tries and row.of is Kind.DELIVERY:
            raise NotDone(row.label, f"is {row.state.value}; there is nothing to retry", f"edigw show {row.label}")
        if not tries:
            found = ", ".join(f"{one.label} {one.state.value}" for one in every) or "none"
            raise NotDone(row.label, f"has nothing to retry; its deliveries: {found}", f"edigw show {row.label}")
        done, left = _retry(tx, tries, why)
        if not done:
            raise left[0]
        return done

    return _run(ledger, "retried", by, work)


def retry_all(ledger: Ledger, by: Order, *, lane: str = "", partner: str = "") -> list[Done]:
    """``retry`` whatever was given up or waits before its next try, on one *lane* or for one *partner* if given.

    Uncertain ones are left out: each needs a person who has asked whether it came through.
    So are those that a person holds back.
    At most MOST_AT_ONCE at a time, the oldest first.
    """
    filters: dict[str, Any] = {name: value for name, value in (("lane", lane), ("partner", partner)) if value}

    def work(tx: Tx, why: str) -> list[Done]:
        lost = tx.rows(Kind.DELIVERY, state=DeliveryState.GIVEN_UP, limit=MOST_AT_ONCE, **filters)
        due = tx.rows(Kind.DELIVERY, state=DeliveryState.DUE, limit=MOST_AT_ONCE - len(lost), **filters)
        messages = _messages_of(tx, lost)
        lost = [row for row in lost if row.message is None or messages[row.message].held != BY_HAND]
        return _retry(tx, [*lost, *(row for row in due if row.due_at > tx.now)], why)[0]

    return _run(ledger, "retried", by, work)


def hold(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Keep a message from being delivered, or an interchange from being judged, until it is released.

    Only while nobody works on it: a delivery under way cannot be called back. Raises NotDone.
    """
    return _run(ledger, "held", by, lambda tx, why: _hold(tx, _row(tx, kind, number), why))


def close(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Give up what is held, quarantined, given up or uncertain: nothing more comes of it. Raises NotDone.

    What was not answered stays unanswered; the texts say so where the sender must be told.
    """
    return _run(ledger, "closed", by, lambda tx, why: _close(tx, _row(tx, kind, number), why))


def step(tx: Tx, verb: str, row: Row, why: str) -> list[Done]:
    """What *verb* ("release", "replay", "retry", "close") does to *row*, inside a transaction of the caller's.

    A replay of a delivered message is meant to reach the back office twice. Raises NotDone before anything is written.
    """
    match verb:
        case "release":
            return _release(tx, row, why)
        case "replay":
            return _replay(tx, row, why, again=True)
        case "retry":
            done, left = _retry(tx, [row], why)
            if not done:
                raise left[0]
            return done
        case "close":
            return _close(tx, row, why)
    raise ValueError(f"{verb!r} is not done to many at once")


def _run(ledger: Ledger, verb: str, by: Order, work: Callable[[Tx, str], list[Done]]) -> list[Done]:
    def act(tx: Tx) -> list[Done]:
        return work(tx, by.why(verb))

    return ledger.run(act, name=f"person {verb}")


def _row(tx: Tx, kind: Kind, number: int) -> Row:
    row = tx.get(kind, number)
    if row is None:
        raise NotDone(show_id(kind, number), "is not in the ledger", "edigw find, edigw list")
    return row


# Rows are named by their ids below, never as rows that were read: one that carries its owner
# would be written as if the claim were ours. So one that somebody works on raises Superseded.

# -- release


def _release(tx: Tx, row: Row, why: str) -> list[Done]:
    if row.state is InterchangeIn.HELD:
        return _release_interchange(tx, row, why)
    if row.state is MessageIn.HELD:
        return [_release_message(tx, row, why)]
    if row.state is FileState.QUARANTINED:
        tx.move(Kind.FILE, [row.id], FileState.QUARANTINED, FileState.ARCHIVED, why, held="", reason="", unreadable=None)
        return [Done(row.label, f"{named(row)} is judged again")]
    if row.of is Kind.DELIVERY:
        raise NotDone(row.label, f"is {row.state.value}; a delivery is retried", f"edigw retry {row.label}")
    word = "quarantined" if row.of is Kind.FILE else "held"
    raise NotDone(row.label, f"is {row.state.value}, not {word}", f"edigw show {row.label}")


def _release_message(tx: Tx, row: Row, why: str) -> Done:
    if row.held == WAITS_FOR_OTHERS and (others := _waited_for(tx, row.interchange)):
        names = ", ".join(one.label for one in others[:10])
        raise NotDone(row.label, f"waits for {names}; it goes on with the last of them", f"edigw release {others[0].label}")
    tx.move(Kind.MESSAGE, [row.id], MessageIn.HELD, MessageIn.RECEIVED, why, held=RELEASED, reason="")
    told = "; its sender was told that it is rejected, and may send a corrected one" if row.held == REJECTED_AND_KEPT else ""
    return Done(row.label, f"{named(row)} goes on{told}")


def _waited_for(tx: Tx, interchange: int) -> list[Row]:
    """The messages that others of their interchange wait for: held themselves, or just released."""
    some = tx.rows(
        Kind.MESSAGE, interchange=interchange, replay_of=None, state=(MessageIn.HELD, MessageIn.RECEIVED), limit=MOST_AT_ONCE
    )
    return [one for one in some if one.held not in (WAITS_FOR_OTHERS, BY_HAND, GIVEN_UP)]


def _release_interchange(tx: Tx, row: Row, why: str) -> list[Done]:
    same = tx.rows(Kind.INTERCHANGE, digest=row.digest, state=InterchangeIn.HELD, limit=MOST_AT_ONCE)
    if same[0].id != row.id:
        first = same[0].label
        raise NotDone(row.label, f"has the same bytes as {first}, which is held; it goes on with that one", f"edigw release {first}")
    # Who releases one that came by another's channel vouches for it, and the code says so until it is taken up.
    for held in (CHANNEL_DIFFERS, ""):
        some = [one.id for one in same if (one.held == CHANNEL_DIFFERS) is bool(held)]
        tx.move(Kind.INTERCHANGE, some, InterchangeIn.HELD, InterchangeIn.RECEIVED, why, held=held, reason="")
    repeats = [Done(one.label, f"{named(one)}, the same bytes, goes on behind it") for one in same[1:]]
    return [Done(row.label, f"{named(row)} goes on"), *repeats]


# -- replay


def _replay(tx: Tx, row: Row, why: str, *, again: bool) -> list[Done]:
    if row.state in (MessageIn.HELD, InterchangeIn.HELD, FileState.QUARANTINED):
        return _release(tx, row, why)
    if row.of is Kind.MESSAGE:
        return [_replay_delivered(tx, row, why, again=again)]
    if row.of is Kind.INTERCHANGE:
        held = tx.rows(Kind.MESSAGE, interchange=row.id, state=MessageIn.HELD, limit=MOST_AT_ONCE)
        first = [one for one in held if one.held != WAITS_FOR_OTHERS] or held  # those that wait go on with the others
        if first:
            return [done for one in first for done in _release(tx, one, why)]
        raise NotDone(row.label, f"is {row.state.value}, and no message in it is held", f"edigw show {row.label}; then replay a message")
    if row.of is Kind.FILE:
        raise NotDone(row.label, f"is {row.state.value}, not quarantined", f"edigw show {row.label}; then replay a message")
    raise NotDone(row.label, f"is {row.state.value}; a delivery is retried", f"edigw retry {row.label}")


def _replay_delivered(tx: Tx, row: Row, why: str, *, again: bool) -> Done:
    if row.state is MessageIn.REJECTED:
        raise NotDone(row.label, "is rejected, and a rejected message is not replayed: its sender was told, and must send a corrected one")
    if row.state in (MessageIn.RECONCILED, MessageIn.UNMATCHED):
        raise NotDone(row.label, f"is {row.state.value}: an acknowledgement has no document to deliver")
    if row.state is MessageIn.MAPPED:
        raise NotDone(row.label, "is mapped: its first delivery is still due", f"edigw retry {row.label}")
    if row.state is not MessageIn.DELIVERED:
        raise NotDone(row.label, f"is {row.state.value}, neither held nor delivered", f"edigw show {row.label}")
    if not again:
        raise NotDone(row.label, "is delivered; replayed, its document reaches the back office a second time, under a new id", "add --yes")
    facts: dict[str, Any] = {name: row.facts[name] for name in _REPLAYED}
    (made,) = tx.add(Kind.MESSAGE, [{**facts, "replay_of": row.id, "held": RELEASED}], why=why)
    tx.keys(made, tx.known_by(row.id))
    tx.event(Kind.MESSAGE, row.id, "replayed", why, by=made.label)
    return Done(made.label, f"{named(row)} is judged again and delivered once more, after {row.label}")


# -- retry

_RETRIED = (DeliveryState.GIVEN_UP, DeliveryState.UNCERTAIN, DeliveryState.DUE)


def _deliveries(tx: Tx, row: Row) -> list[Row]:
    if row.of is Kind.DELIVERY:
        return [row]
    if row.of is Kind.FILE:
        raise NotDone(row.label, "is a file; its messages have deliveries", f"edigw show {row.label}")
    if row.of is Kind.MESSAGE:
        return tx.rows(Kind.DELIVERY, message=row.id, limit=MOST_AT_ONCE)
    return tx.rows(Kind.DELIVERY, interchange=row.id, limit=MOST_AT_ONCE)


def _retry(tx: Tx, rows: Sequence[Row], why: str) -> tuple[list[Done], list[NotDone]]:
    """Make *rows* due; what was done, and why the others were not."""
    messages = _messages_of(tx, rows)
    left: list[NotDone] = []
    lost: list[Row] = []
    for row in rows:
        if row.state is DeliveryState.DUE and row.due_at <= tx.now:
            left.append(NotDone(row.label, "is due already; it waits for its turn or for the daemon", "edigw status"))
        elif row.state is DeliveryState.GIVEN_UP and row.message is not None and not _still_its(row, messages.get(row.message)):
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


def _messages_of(tx: Tx, rows: Sequence[Row]) -> dict[int, Row]:
    wanted = [row.message for row in rows if row.message is not None]
    return {row.id: row for row in tx.rows(Kind.MESSAGE, id=wanted, limit=len(wanted))} if wanted else {}


def _still_its(delivery: Row, message: Row | None) -> bool:
    """Whether *message* is held for this delivery's sake and not for what it was judged to be since."""
    return (
        message is not None
        and message.state is MessageIn.HELD
        and message.held in (GIVEN_UP, BY_HAND)
        and message.document == delivery.payload
    )


# -- hold


def _hold(tx: Tx, row: Row, why: str) -> list[Done]:
    if row.state is InterchangeIn.RECEIVED:
        tx.move(Kind.INTERCHANGE, [row.id], InterchangeIn.RECEIVED, InterchangeIn.HELD, why, held=BY_HAND, reason=why)
        return [Done(row.label, f"{named(row)} is not judged until it is released")]
    if row.state is not MessageIn.MAPPED:
        can = "an interchange is held while it is received, a message while its delivery is due"
        raise NotDone(row.label, f"is {row.state.value} and cannot be held: {can}", f"edigw show {row.label}")
    deliveries = tx.rows(Kind.DELIVERY, message=row.id, state=(DeliveryState.DUE, DeliveryState.UNDER_WAY, DeliveryState.UNCERTAIN))
    late = next((one for one in deliveries if one.state is not DeliveryState.DUE), None)
    if late is not None:
        raise NotDone(row.label, f"cannot be held: its delivery {late.label} is {late.state.value}", f"edigw show {late.label}")
    due = [one.id for one in deliveries]
    tx.move(Kind.DELIVERY, due, DeliveryState.DUE, DeliveryState.GIVEN_UP, why, last_error=why)
    tx.move(Kind.MESSAGE, [row.id], MessageIn.MAPPED, MessageIn.HELD, why, held=BY_HAND, reason=why)
    return [Done(row.label, f"{named(row)} is not delivered until it is released")]


# -- close


def _close(tx: Tx, row: Row, why: str) -> list[Done]:
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
    if row.interchange is None or row.held == WAITS_FOR_OTHERS or _waited_for(tx, row.interchange):
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
        if message is not None and _still_its(row, message):
            return _close_message(tx, message, why)
        tx.move(Kind.DELIVERY, [row.id], DeliveryState.GIVEN_UP, DeliveryState.CLOSED, why)
    elif row.message is not None:
        tx.move(Kind.DELIVERY, [row.id], DeliveryState.UNCERTAIN, DeliveryState.GIVEN_UP, why)
        tx.move(Kind.MESSAGE, [row.message], MessageIn.MAPPED, MessageIn.HELD, why, held=GIVEN_UP, reason=why)
        return _close_message(tx, _row(tx, Kind.MESSAGE, row.message), why)
    else:
        tx.move(Kind.DELIVERY, [row.id], DeliveryState.UNCERTAIN, [DeliveryState.GIVEN_UP, DeliveryState.CLOSED], why)
    if row.interchange is not None:
        tx.settle([row.interchange])
    return [Done(row.label, f"{named(row)} is not sent again")]


def named(row: Row) -> str:
    """A row in the words of the trade: ``850 0001 from acme (PO-4711)``."""
    match row.of:
        case Kind.FILE:
            return f"file {row.name}" + (f" from {row.partner}" if row.partner else "")
        case Kind.INTERCHANGE:
            ends = f" from {row.partner or row.sender}" if row.direction == "in" else f" to {row.partner or row.receiver}"
            return f"interchange {row.control_number}{ends}"
        case Kind.MESSAGE:
            ends = " from " if row.direction == "in" else " to "
            return f"{row.type} {row.control_number}{ends}{row.partner}" + (f" ({row.key})" if row.key else "")
        case Kind.DELIVERY:
            what = "answer " + row.name if row.what == "ack" else row.what
            of = f" of M{row.message}" if row.message is not None else ""
            return f"{what}{of} to {row.lane}"
