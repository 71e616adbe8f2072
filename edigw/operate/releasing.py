"""Release and replay: what was held goes on, what was delivered goes once more.

Rows are named by their ids, never as rows that were read: one that carries its owner would be
written as if the claim were ours. So one that somebody works on raises Superseded. That holds for
all steps of this room.
"""

from __future__ import annotations

from typing import Any

from edigw.agreements import BY_HAND, CHANNEL_DIFFERS, GIVEN_UP, REJECTED_AND_KEPT, RELEASED, WAITS_FOR_OTHERS
from edigw.ledger import Row, Tx
from edigw.operate.orders import MOST_AT_ONCE, Done, NotDone, named
from edigw.states import FileState, InterchangeIn, Kind, MessageIn

#: What a replay takes over from the message it repeats; the rest is judged anew.
_REPLAYED = (
    "direction", "file", "interchange", "partner", "ordinal", "group", "type", "release", "association", "control_number",
    "span_start", "span_end", "verdict", "kind", "key", "contents", "order_key", "standard", "map", "deliver", "faults",
)  # fmt: skip


def release(tx: Tx, row: Row, why: str) -> list[Done]:
    """Let *row* go on. Raises NotDone for what is not held."""
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
    if row.held == WAITS_FOR_OTHERS and (others := waited_for(tx, row.interchange)):
        names = ", ".join(one.label for one in others[:10])
        raise NotDone(row.label, f"waits for {names}; it goes on with the last of them", f"edigw release {others[0].label}")
    tx.move(Kind.MESSAGE, [row.id], MessageIn.HELD, MessageIn.RECEIVED, why, held=RELEASED, reason="")
    told = "; its sender was told that it is rejected, and may send a corrected one" if row.held == REJECTED_AND_KEPT else ""
    return Done(row.label, f"{named(row)} goes on{told}")


def waited_for(tx: Tx, interchange: int) -> list[Row]:
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


def replay(tx: Tx, row: Row, why: str, *, again: bool) -> list[Done]:
    """``release`` for what is held; of what was delivered a second delivery, if *again*. Raises NotDone."""
    if row.state in (MessageIn.HELD, InterchangeIn.HELD, FileState.QUARANTINED):
        return release(tx, row, why)
    if row.of is Kind.MESSAGE:
        return [_replay_delivered(tx, row, why, again=again)]
    if row.of is Kind.INTERCHANGE:
        held = tx.rows(Kind.MESSAGE, interchange=row.id, state=MessageIn.HELD, limit=MOST_AT_ONCE)
        first = [one for one in held if one.held != WAITS_FOR_OTHERS] or held  # those that wait go on with the others
        if first:
            return [done for one in first for done in release(tx, one, why)]
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
