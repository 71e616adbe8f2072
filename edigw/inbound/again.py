"""A message that a person released: judged again by today's generation, its answer left as it was given.

A verdict once answered stands. What can change is whether there is a document: a map was
mended, a code table grew, whatever killed the worker is understood. Only a message that was
never judged still owes its answer, and gets it here.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from edigw.agreements import DOCUMENT_INCOMPLETE, RELEASED
from edigw.faults import Verdict
from edigw.inbound import closing
from edigw.inbound.outcome import Recorded, Setting
from edigw.inbound.spans import add_answers
from edigw.judge import FaultRow, Found, JudgedGroup, JudgedMessage
from edigw.ledger import Row, Tx
from edigw.states import DeliveryState, InterchangeIn, Kind, MessageIn

__all__ = ["RELEASED", "record_message"]


def record_message(tx: Tx, message: Row, one: JudgedMessage, found: Found, setting: Setting) -> Recorded:
    """*message* is received, released and ours; *one* is what judging it again came to.

    Raises Superseded when another has taken it on.
    """
    done = Recorded([message.interchange])
    answered = bool(message.verdict)
    verdict = message.verdict or one.verdict
    facts: dict[str, Any] = {
        "verdict": verdict,
        "kind": one.kind,
        "document": tx.payload(one.document) if one.document else None,
        "key": one.key,
        "standard": one.standard,
        "map": one.map,
        "deliver": one.deliver,
        "generation": setting.generation,
        "held": one.held,
        "reason": one.reason,
    }
    if not answered:
        facts |= {"faults": [asdict(fault) for fault in one.faults], "answer": one.answer}
    if one.keys:
        tx.keys(message, one.keys)
    if one.held or (verdict != Verdict.REJECTED.value and not one.document):
        facts["held"] = one.held or DOCUMENT_INCOMPLETE
        facts["reason"] = one.reason or "judged again, it is rejected; it was answered as accepted, so a person must decide"
        way = [MessageIn.ACCEPTED, MessageIn.HELD] if verdict else [MessageIn.HELD]
        tx.move(Kind.MESSAGE, [message], MessageIn.RECEIVED, way, facts["reason"], **facts)
        done.held.append((message.label, facts["held"], facts["reason"]))
        return done
    if verdict == Verdict.REJECTED.value:
        tx.move(Kind.MESSAGE, [message], MessageIn.RECEIVED, MessageIn.REJECTED, "its answer says why", **facts)
        done.rejected = 1
    else:
        (ours,) = tx.move(Kind.MESSAGE, [message], MessageIn.RECEIVED, closing.GOOD, "judged again", **facts)
        _make_due(tx, ours if isinstance(ours, Row) else message, setting)
        done.documents = 1
    done.messages = 1
    if not answered:
        _answer_now(tx, message.interchange, found, setting, done)
    tx.settle([message.interchange])
    return done


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
    delivery = closing.document_delivery(setting.book.gateway, message.partner, closing.told(message), replay_of)
    if before:
        delivery["webhook_id"] += f".{len(before) + 1}"
    tx.add(Kind.DELIVERY, [delivery], why="a document is due")


def _answer_now(tx: Tx, number: int, found: Found, setting: Setting, done: Recorded) -> None:
    """Give the answers that waited for this message, unless another of the interchange still waits."""
    interchange = tx.get(Kind.INTERCHANGE, number)
    rows = tx.rows(Kind.MESSAGE, interchange=number, replay_of=None, limit=closing.MOST_MESSAGES)
    if interchange is None or interchange.state is not InterchangeIn.CHECKED or closing.undecided(rows):
        return
    groups = [JudgedGroup(**{**group, "faults": _faults(group["faults"])}) for group in interchange.groups]
    partner = setting.book.partners[found.partner]
    parts = [closing.told(row) for row in rows]
    ending = closing.ending(found, groups, _faults(interchange.faults), parts, partner, setting.now)
    before = {(one["kind"], one["answers"]) for one in interchange.answers or ()}
    missing = [one for one in ending.answers if (one.kind, one.answers) not in before]
    (written,) = closing.write_answers(tx, [(partner, missing)], setting)
    add_answers(tx, number, written, done)
    answers = [*(interchange.answers or ()), *written.facts]
    why = "its last message is judged"
    tx.move(Kind.INTERCHANGE, [number], InterchangeIn.CHECKED, InterchangeIn.ANSWERED, why, answers=answers, answered_at=setting.now)


def _faults(stored: list[dict[str, Any]]) -> tuple[FaultRow, ...]:
    return tuple(FaultRow(**one) for one in stored)
