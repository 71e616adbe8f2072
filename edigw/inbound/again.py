"""A message that a person released: judged again by today's generation, its answer left as it was given.

A verdict once answered stands. What can change is whether there is a document: a map was
mended, a code table grew, whatever killed the worker is understood. Only a message that was
never judged still owes its answer, and gets it here. One that was answered as rejected and
kept is delivered all the same, as far as it can be read: that is what the person decided.

Where interchanges are taken whole or not at all, the last message to be decided takes those
along that waited for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from edigw.agreements import (
    BESIDE_REJECTED,
    BY_HAND,
    DOCUMENT_INCOMPLETE,
    GIVEN_UP,
    REJECTED_AND_KEPT,
    RELEASED,
    WAITS_FOR_OTHERS,
    Partner,
)
from edigw.faults import Verdict
from edigw.inbound import closing
from edigw.inbound.orderkey import order_key
from edigw.inbound.outcome import Recorded, Setting
from edigw.inbound.spans import add_answers, make_due
from edigw.judge import FaultRow, Found, JudgedGroup, JudgedMessage
from edigw.ledger import Row, Tx, locked
from edigw.states import DeliveryState, InterchangeIn, Kind, MessageIn

__all__ = ["RELEASED", "record_message"]

REJECTED = Verdict.REJECTED.value
#: Held for the sake of others, of a delivery or of a person: nobody waits for such a message.
_DECIDED = frozenset({WAITS_FOR_OTHERS, BY_HAND, GIVEN_UP, REJECTED_AND_KEPT, BESIDE_REJECTED})

_OF_MAPS = "EDIGW-MAP-"  # faults of map and document: they decide no answer


def record_message(tx: Tx, message: Row, one: JudgedMessage, found: Found, setting: Setting) -> Recorded:
    """*message* is received, released and ours; *one* is what judging it again came to.

    Raises Superseded when another has taken it on.
    """
    done = Recorded([message.interchange])
    partner = setting.book.partners[found.partner]
    answered = bool(message.verdict)
    facts: dict[str, Any] = {
        "verdict": message.verdict or one.verdict,
        "kind": one.kind,
        "document": tx.payload(one.document) if one.document else None,
        "key": one.key,
        "contents": one.contents,
        "order_key": order_key(one, partner) or message.order_key,
        "standard": one.standard,
        "map": one.map,
        "deliver": one.deliver or (_endpoint(partner, message) if answered else ""),
        "generation": setting.generation,
        "held": one.held,
        "reason": one.reason,
    }
    if not answered:
        facts |= {"faults": [asdict(fault) for fault in one.faults], "answer": one.answer}
    else:  # what was answered stays; what the map said is said by today's
        stays = [fault for fault in message.facts.get("faults") or () if not fault["code"].startswith(_OF_MAPS)]
        facts["faults"] = [*stays, *(asdict(fault) for fault in one.faults if fault.code.startswith(_OF_MAPS))]
    if facts["order_key"]:
        tx.alone([locked(facts["order_key"])])
    known = tx.known_by(message.id)
    if new := [key for key in one.keys if key not in known]:
        tx.keys(message, new)
    if (one.held or not one.document) and (answered or one.verdict != REJECTED):
        _hold(tx, message, one, facts, done)
        if not answered and one.verdict:
            _answer_now(tx, message.interchange, found, partner, setting, done)
        return done
    beside = _beside(tx, message)
    way = closing.GOOD
    if not answered:
        now = replace(closing.told(message), verdict=one.verdict, answer=one.answer, held="", reason="")
        way = _ending(tx, message.interchange, found, [*beside, now], partner, setting).ways[message.ordinal]
    elif _waits(partner, message, beside):
        way = closing.WAITING
    why = "judged again" if way is closing.GOOD else way.why
    (ours,) = tx.move(Kind.MESSAGE, [message], MessageIn.RECEIVED, way.states, why, **facts | way.facts)
    done.count(message.label, way.held, way.why, way.end, one.faults)
    if way is closing.GOOD:
        _make_due(tx, ours if isinstance(ours, Row) else message, setting)
    if not answered:
        _answer_now(tx, message.interchange, found, partner, setting, done)
    elif way is closing.GOOD:
        _let_go(tx, beside, {}, setting, done)
    tx.settle([message.interchange])
    return done


def _endpoint(partner: Partner, message: Row) -> str:
    """Where the document of a message goes that its judge gave none, for it is rejected."""
    agreed = partner.agreed(message.type, message.release)
    return agreed.deliver if agreed is not None else ""


def _hold(tx: Tx, message: Row, one: JudgedMessage, facts: dict[str, Any], done: Recorded) -> None:
    """There is no document, or somebody must look at it: held again, its verdict as it is."""
    facts["held"] = one.held or DOCUMENT_INCOMPLETE
    if not one.held:
        rejected = message.verdict != REJECTED and one.verdict == REJECTED
        facts["reason"] = "judged again, " + (
            "it is rejected; it was answered as accepted, so a person must decide" if rejected else "no document can be made of it"
        )
    accepted = facts["verdict"] not in ("", REJECTED)
    way = [MessageIn.ACCEPTED, MessageIn.HELD] if accepted else [MessageIn.HELD]
    tx.move(Kind.MESSAGE, [message], MessageIn.RECEIVED, way, facts["reason"], **facts)
    done.held.append((message.label, facts["held"], facts["reason"]))


# -- the other messages of its interchange


def _beside(tx: Tx, message: Row) -> list[closing.Told]:
    """The other messages of *message*'s interchange, unless it repeats one: then nothing hangs on it."""
    if message.replay_of is not None:
        return []
    rows = tx.rows(Kind.MESSAGE, interchange=message.interchange, replay_of=None, limit=closing.MOST_MESSAGES)
    return [closing.told(row) for row in rows if row.id != message.id and row.state is not MessageIn.CLOSED]


def _waits(partner: Partner, message: Row, beside: Sequence[closing.Told]) -> bool:
    """Whether *message*, answered as accepted, still waits for another of its interchange."""
    whole = partner.policies.forward == "all-or-nothing" and message.verdict != REJECTED
    waiting = any(one.held == WAITS_FOR_OTHERS for one in beside)
    return whole and waiting and any(one.held and one.held not in _DECIDED for one in beside)


def _ending(tx: Tx, number: int, found: Found, parts: Sequence[closing.Told], partner: Partner, setting: Setting) -> closing.Ending:
    """How the interchange ends with its messages as they are now."""
    interchange = tx.get(Kind.INTERCHANGE, number)
    if interchange is None:
        raise LookupError(f"interchange {number} is not in the ledger")
    groups = [JudgedGroup(**{**group, "faults": _faults(group["faults"])}) for group in interchange.groups]
    told = [replace(one, held="", reason="") if one.held == WAITS_FOR_OTHERS else one for one in parts]
    told.sort(key=lambda one: one.ordinal)
    return closing.ending(found, groups, _faults(interchange.faults), told, partner, setting.now)


def _let_go(tx: Tx, beside: Sequence[closing.Told], ways: dict[int, closing.Way], setting: Setting, done: Recorded) -> None:
    """Those *beside* that waited for the message just decided go their *ways*, by default on; unless another is still held."""
    waiting = [one for one in beside if one.held == WAITS_FOR_OTHERS]
    if not waiting or any(one.held and one.held not in _DECIDED for one in beside):
        return
    rejecting = (closing.REJECTED, closing.UNTOLD, closing.KEPT)
    refused = [one for one in waiting if ways.get(one.ordinal, closing.GOOD) in rejecting]
    good = [one for one in waiting if one not in refused]
    free = {"held": "", "reason": ""}
    tx.move(Kind.MESSAGE, [one.id for one in refused], MessageIn.HELD, MessageIn.REJECTED, "it is refused with the others", **free)
    way = closing.GOOD.states
    tx.move(Kind.MESSAGE, [one.id for one in good], MessageIn.HELD, way, "the message it waited for is decided", **free)
    make_due(tx, tx.rows(Kind.MESSAGE, id=[one.id for one in good], limit=len(good)) if good else [], setting)
    done.messages += len(waiting)
    done.rejected += len(refused)
    done.documents += len(good)


def _make_due(tx: Tx, message: Row, setting: Setting) -> None:
    """Deliver the document of *message*, which is mapped, and nothing else that was made of it before.

    One ``webhook-id`` always means the same bytes, for the first try may have got through: the
    same document goes on under its id, another one gets an id of its own, and says so.
    """
    before = tx.rows(Kind.DELIVERY, message=message.id)
    given_up = [row for row in before if row.state is DeliveryState.GIVEN_UP]
    same = next((row for row in given_up if row.payload == message.document), None)
    if replaced := [row for row in given_up if row is not same]:
        tx.move(Kind.DELIVERY, replaced, DeliveryState.GIVEN_UP, DeliveryState.CLOSED, "its message was judged again")
    if same is not None:
        why = "its message was released"
        tx.move(Kind.DELIVERY, [same], DeliveryState.GIVEN_UP, DeliveryState.DUE, why, lane=message.deliver, due_at=tx.now)
        return
    earlier = before or ([] if message.replay_of is None else tx.rows(Kind.DELIVERY, message=message.replay_of))
    replay_of = earlier[-1].webhook_id if earlier else ""
    again = len(before) + 1 if before else 0
    delivery = closing.document_delivery(setting, message.partner, closing.told(message), replay_of, again)
    tx.add(Kind.DELIVERY, [delivery], why="a document is due")


def _answer_now(tx: Tx, number: int, found: Found, partner: Partner, setting: Setting, done: Recorded) -> None:
    """Give the answers that waited for this message, unless another of the interchange still waits."""
    interchange = tx.get(Kind.INTERCHANGE, number)
    rows = tx.rows(Kind.MESSAGE, interchange=number, replay_of=None, limit=closing.MOST_MESSAGES)
    if interchange is None or interchange.state is not InterchangeIn.CHECKED or closing.undecided(rows):
        return
    parts = [closing.told(row) for row in rows]
    ending = _ending(tx, number, found, parts, partner, setting)
    before = {(one["kind"], one["answers"]) for one in interchange.answers or ()}
    missing = [one for one in ending.answers if (one.kind, one.answers) not in before]
    (written,) = closing.write_answers(tx, [(partner, missing)], setting)
    add_answers(tx, number, written, done)
    answers = [*(interchange.answers or ()), *written.facts]
    why = "its last message is judged"
    changes = {"answers": answers, "answered_at": setting.now, "acknowledge": ending.acknowledge}
    tx.move(Kind.INTERCHANGE, [number], InterchangeIn.CHECKED, InterchangeIn.ANSWERED, why, **changes)
    _let_go(tx, parts, dict(ending.ways), setting, done)


def _faults(stored: list[dict[str, Any]]) -> tuple[FaultRow, ...]:
    return tuple(FaultRow(**one) for one in stored)
