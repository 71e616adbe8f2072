"""The end of an interchange: what refuses its messages, its answer, and the documents that become due.

One transaction decides all three. The answer's control numbers are allocated in it, so a
number is given exactly when the answer that bears it is recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from edigw import acks, parsers
from edigw.agreements import Partner
from edigw.errors import NotWritable
from edigw.faults import Verdict
from edigw.inbound.outcome import Recorded, Setting
from edigw.judge import AnswerSegment, FaultRow, Found, Judged, JudgedGroup
from edigw.ledger import Row, Tx
from edigw.states import InterchangeIn, Kind, MessageIn
from edigw.transports.folder import file_name

MOST_MESSAGES = 1_000_000  # of one interchange: what a count of six digits can say
REPEAT_ANSWER_EVERY = timedelta(hours=1)  # the same bytes again get the stored answer again, at most this often
REFUSED = "refused"  #: ``interchange.acknowledge`` of one whose answer rejected all of it: a repeat is judged anew
ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the ledger as its interchange's answer and its own next step need it."""

    id: int
    ordinal: int
    group: int
    type: str
    release: str
    control_number: str
    verdict: str
    answer: tuple[AnswerSegment, ...]
    held: str
    reason: str
    deliver: str
    kind: str
    key: str
    document: int | None
    answers: str | None
    order_key: str


def close(tx: Tx, number: int, found: Found, judged: Judged, rows: Sequence[Row], setting: Setting, done: Recorded) -> None:
    """Close interchange *number*; *rows* are all its messages, in *received*, in the order sent."""
    partner = setting.book.partners[found.partner]
    messages = [told(row) for row in rows]
    refused = acks.refusal(judged.faults, judged.groups)
    rejected = [one for one in messages if one.verdict and (refused.covers(one.group) or one.verdict == Verdict.REJECTED.value)]
    gone = {one.id for one in rejected}
    receipts = [one for one in messages if one.answers and one.id not in gone]
    held = [one for one in messages if one.held and one.id not in gone]
    good = [one for one in messages if one.id not in gone and not one.held and not one.answers]
    undecided = any(not one.verdict and not one.answers for one in held)

    told_so = answer(tx, number, found, judged.groups, messages, judged.faults, partner, setting, done)
    whole = refused.whole or (bool(messages) and len(rejected) == len(messages))
    facts: dict[str, Any] = {
        "groups": [asdict(group) for group in judged.groups],
        "faults": [asdict(fault) for fault in judged.faults],
        "cursor": judged.next_offset,
        "resume": None,
        "acknowledge": REFUSED if whole else ANSWERED,
        "answered_at": setting.now,
        "answers": told_so,
    }
    path = [InterchangeIn.REFUSED] if refused.whole else [InterchangeIn.CHECKED]
    if not undecided:  # what cannot be judged yet is answered when somebody released it
        path.append(InterchangeIn.ANSWERED)
    why = _first_reject(judged.faults) if refused.whole else f"{len(messages)} messages, {len(rejected)} rejected"
    tx.move(Kind.INTERCHANGE, [number], InterchangeIn.RECEIVED, path, why, **facts)

    if rejected:
        tx.move(Kind.MESSAGE, [one.id for one in rejected], MessageIn.RECEIVED, MessageIn.REJECTED, "its answer says why")
    for one in held:
        way = [MessageIn.ACCEPTED, MessageIn.HELD] if one.verdict else [MessageIn.HELD]
        tx.move(Kind.MESSAGE, [one.id], MessageIn.RECEIVED, way, one.reason)
        done.held.append((f"M{one.id}", one.held, one.reason))
    if receipts:
        # What an acknowledgement speaks of is found by the reconcile flow; nothing of ours waits for one yet.
        tx.move(Kind.MESSAGE, [one.id for one in receipts], MessageIn.RECEIVED, MessageIn.UNMATCHED, "nothing sent bears these numbers")
    make_due(tx, setting.book.gateway, found.partner, good)
    done.rejected += len(rejected)
    done.documents += len(good)


def make_due(tx: Tx, gateway: str, partner: str, messages: Sequence[Told], *, why: str = "its document is due") -> None:
    """Messages in *received* whose document goes to its endpoint, each with a delivery of its own."""
    if not messages:
        return
    tx.move(Kind.MESSAGE, [one.id for one in messages], MessageIn.RECEIVED, [MessageIn.ACCEPTED, MessageIn.MAPPED], why)
    tx.add(Kind.DELIVERY, [document_delivery(gateway, partner, one) for one in messages], why=why)


def document_delivery(gateway: str, partner: str, one: Told, replay_of: str = "") -> dict[str, Any]:
    """The delivery of a message's document. ``webhook-id`` is the same on every try: the idempotency key."""
    headers = {"edigw-document": one.kind, "edigw-partner": partner, "edigw-key": one.key}
    if replay_of:
        headers["edigw-replay-of"] = replay_of
    return {
        "what": "document",
        "partner": partner,
        "message": one.id,
        "payload": one.document,
        "lane": one.deliver,
        "order_key": one.order_key,
        "headers": headers,
        "webhook_id": f"edigw:{gateway}:M{one.id}",
    }


def repeat_answer(tx: Tx, number: int, first: Row, now: datetime) -> None:
    """The same bytes again: the stored answer again, byte for byte, at most once an hour."""
    tx.move(
        Kind.INTERCHANGE, [number], InterchangeIn.RECEIVED, [InterchangeIn.DUPLICATE, InterchangeIn.ANSWERED],
        f"the same bytes as I{first.id}", duplicate_of=first.id, answers=first.answers, answered_at=now,
    )  # fmt: skip
    if first.answered_at is not None and now - first.answered_at < REPEAT_ANSWER_EVERY:
        tx.event(Kind.INTERCHANGE, number, "answer.not_repeated", answered_at=first.answered_at.isoformat())
        return
    tx.set(Kind.INTERCHANGE, [first.id], answered_at=now)
    stored = [row for row in tx.rows(Kind.DELIVERY, interchange=first.id) if row.what == "ack"]
    again = [
        {"what": "ack", "partner": row.partner, "interchange": number, "payload": row.payload, "sha256": row.sha256, "lane": row.lane, "name": row.name, "replay_of": row.id}
        for row in stored
    ]  # fmt: skip
    if again:
        tx.add(Kind.DELIVERY, again, why=f"the answer of I{first.id} again")


def answer(
    tx: Tx,
    number: int,
    found: Found,
    groups: Sequence[JudgedGroup],
    messages: Sequence[Told],
    faults: Sequence[FaultRow],
    partner: Partner,
    setting: Setting,
    done: Recorded,
    given: Sequence[dict[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Number, write and make due what answers the interchange but for what *given* lists; what was given in all."""
    answers = list(given)
    before = {(one["kind"], one["answers"]) for one in given}
    if trouble := acks.unanswerable(found):
        tx.event(Kind.INTERCHANGE, number, "answer.impossible", why=trouble)
    for one in acks.assemble(found, groups, messages, faults, now=setting.now, partner=partner):
        if (one.kind, one.answers) in before:
            continue
        ours, theirs = str(one.out.sender), str(one.out.receiver)
        usage = "test" if found.test else "production"
        interchange = tx.number(ours, theirs, "interchange", usage=usage, first=partner.interchange_number)
        group = tx.number(ours, theirs, "group", usage=usage, first=partner.group_number) if one.out.groups else 0
        try:
            written = parsers.write(acks.number(one, interchange, group or 1))
        except NotWritable as error:
            tx.event(Kind.INTERCHANGE, number, "answer.impossible", why=str(error)[:500], number=interchange)
            continue
        control = f"{interchange:09}" if found.syntax == "x12" else str(interchange)
        name = file_name(setting.names[partner.channel_out], {"kind": one.kind, "control": control, "partner": partner.name})
        row = {
            "what": "ack",
            "partner": partner.name,
            "interchange": number,
            "payload": tx.payload(written),
            "sha256": hashlib.sha256(written).digest(),
            "lane": partner.channel_out,
            "name": name,
        }
        tx.add(Kind.DELIVERY, [row], why=f"answers I{number}")
        answers.append({"kind": one.kind, "control_number": control, "answers": one.answers, "name": name})
        done.answers.append(name)
    return answers


def told(row: Row) -> Told:
    return Told(
        id=row.id,
        ordinal=row.ordinal,
        group=row.group,
        type=row.type,
        release=row.release,
        control_number=row.control_number,
        verdict=row.verdict,
        answer=tuple(tuple(segment) for segment in row.answer or ()),
        held=row.held,
        reason=row.reason,
        deliver=row.deliver,
        kind=row.kind,
        key=row.key,
        document=row.document,
        answers=row.answers,
        order_key=row.order_key,
    )


def _first_reject(faults: Sequence[FaultRow]) -> str:
    return next(f"{one.code} {one.text}" for one in faults if one.severity == "reject")
