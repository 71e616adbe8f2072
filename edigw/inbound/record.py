"""What judged files become in the ledger: everything that must be true together, in one transaction.

A batch of files costs a fixed number of statements, so rows are inserted in the state they
come to, each state with its event. Messages become *due* only in the transaction that closes
their interchange's envelope and records its answer, never before: a wrong IEA must still
refuse them. Duplicates are judged here too, because only the ledger knows what was seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from edigw.agreements import MESSAGE_NOT_AGREED, NUMBER_REUSED, RELEASE_NOT_AGREED, Partner
from edigw.delivery.witnessed import ANSWER_DIFFERS
from edigw.faults import FaultCode
from edigw.inbound import closing, repeats
from edigw.inbound.closing import Ending
from edigw.inbound.due import Batch, Due, deliver
from edigw.inbound.orderkey import order_key
from edigw.inbound.outcome import Recorded, Setting
from edigw.judge import FileJudged, Found, Judged, JudgedMessage
from edigw.ledger import Row, Tx, locked
from edigw.records import dataclass
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind

NUMBERS_UNIQUE_FOR = timedelta(days=180)  # the window in which a control number names one interchange
SPAN_LEASE = timedelta(minutes=10)  # longer than the next span takes in the pool, tried message by message; renewed with each
NOTHING_READABLE = FaultCode.NOTHING_READABLE.code
FILE_EMPTY = FaultCode.FILE_EMPTY.code

#: Held before it is answered: somebody must first say whether we trade this at all.
UNANSWERED = frozenset({RELEASE_NOT_AGREED, MESSAGE_NOT_AGREED})


@dataclass(slots=True)
class Case:
    """One interchange on its way into the ledger."""

    file: Row
    found: Found
    done: Recorded
    ending: Ending | None = None  #: decided when its only span is its last
    row: Row | None = None


def prepare(judged: FileJudged, setting: Setting) -> list[Ending | None]:
    """What can be decided about a file's interchanges before the transaction, without the ledger."""
    return [_ending(found, setting) for found in judged.found]


def _ending(found: Found, setting: Setting) -> Ending | None:
    judged = found.judged
    if found.held or judged is None or judged.resume is not None or _untraded(judged) is not None:
        return None
    return closing.ending(found, judged.groups, judged.faults, _messages_of(found), setting.book.partners[found.partner], setting.now)


def record_files(tx: Tx, batch: Batch, setting: Setting, room: Mapping[str, int] = MappingProxyType({})) -> list[Recorded]:
    """Split files into their interchanges and carry each as far as its first span allows.

    *room* is how many deliveries of each lane may be claimed by us at once; the others become due.

    The files must be archived and claimed by us. Raises Superseded when another has taken
    one of them on; then nothing is recorded.
    """
    dones = [Recorded() for _ in batch]
    left = dict(room)
    waiting: list[Case] = []
    split: list[Row] = []
    for (file, judged, endings), done in zip(batch, dones, strict=True):
        unreadable = [{"start": start, "end": end, "reason": reason} for start, end, reason in judged.unreadable]
        if judged.found:
            split.append(file)
            waiting += [Case(file, found, done, ending) for found, ending in zip(judged.found, endings, strict=True)]
        else:
            code, reason = (NOTHING_READABLE, judged.unreadable[0][2]) if judged.unreadable else (FILE_EMPTY, "the file is empty")
            quarantine(tx, file, code, reason, unreadable)
            done.quarantined = (code, reason)
        if unreadable and judged.found:
            tx.set(Kind.FILE, [file], unreadable=unreadable)
            done.unreadable += judged.unreadable
    if split:
        tx.move(Kind.FILE, split, FileState.ARCHIVED, FileState.SPLIT, "every interchange in it is a row", generation=setting.generation)
    while waiting:
        apart, waiting = _apart(waiting)
        _record(tx, apart, setting, left)
    # Whatever has a delivery due, a span to come or somebody to look at it cannot be settled yet.
    over = [done for done in dones if not (done.answers or done.documents or done.unfinished or done.held)]
    tx.settle([number for done in over for number in done.interchanges])
    return dones


def quarantine(tx: Tx, file: Row, code: str, why: str, unreadable: Sequence[dict[str, Any]] | None = None) -> None:
    """*file*, archived and ours, cannot be judged at all; a person looks at it."""
    tx.move(Kind.FILE, [file], FileState.ARCHIVED, FileState.QUARANTINED, why, held=code, reason=why, unreadable=unreadable)


def untraded(judged: Judged) -> tuple[str, str]:
    """The code and reason why a whole span waits for a person before it is answered, or empty texts."""
    found = _untraded(judged)
    return (found.held, found.reason) if found is not None else ("", "")


def _messages_of(found: Found) -> tuple[JudgedMessage, ...]:
    """Everything judged in a first span that becomes a message of its own, the TA1s behind the sets."""
    judged = found.judged
    if judged is None:
        raise ValueError("an interchange that is not held must come judged")
    if judged.resume is not None or not judged.loose:
        return judged.messages
    return judged.messages + closing.interchange_receipts(judged, found.span, len(judged.messages))


def _untraded(judged: Judged) -> JudgedMessage | None:
    return next((one for one in judged.messages if one.held in UNANSWERED), None)


def _apart(cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
    """Those of which none can be a duplicate or a reused number of another, and the rest for the next round."""
    seen: set[object] = set()
    now: list[Case] = []
    later: list[Case] = []
    for case in cases:
        marks = {case.found.digest, (case.found.sender, case.found.receiver, case.found.control_number)}
        (later if marks & seen else now).append(case)
        seen |= marks
    return now, later


def _record(tx: Tx, cases: Sequence[Case], setting: Setting, room: MutableMapping[str, int]) -> None:
    tx.alone(name for case in cases for name in _names(case, setting))
    digests, control_numbers = [case.found.digest for case in cases], [case.found.control_number for case in cases]
    earlier, numbered = tx.before(digests, control_numbers, setting.now - NUMBERS_UNIQUE_FOR)
    ways: dict[tuple[InterchangeIn, ...], list[Case]] = defaultdict(list)
    for case in cases:
        standing = closing.standing(earlier.get(case.found.digest, ()))
        held, reason, clash = _held(case, earlier.get(case.found.digest, ()), numbered)
        if standing is not None and not case.found.held:
            _duplicate(tx, case, standing, setting)
        elif held:
            _hold(tx, case, held, reason, setting)
            if clash is not None and case.row is not None:
                case.done.reused.append((case.row.id, clash.id))
        else:
            ways[case.ending.way if case.ending is not None else ()].append(case)
    ready = [case for some in ways.values() for case in some]
    _judge_keys(tx, ready, setting)
    written = iter(
        closing.write_answers(tx, [(_partner(case, setting), case.ending.answers if case.ending else ()) for case in ready], setting)
    )
    answered = [(case, next(written)) for case in ready]
    facts = {id(case): _facts(case, setting, earlier) | _end(case, setting, [*answer.facts]) for case, answer in answered}
    for way, some in ways.items():
        rows = tx.add(
            Kind.INTERCHANGE, [facts[id(case)] for case in some], to=way, why="found in the file", lease=None if way else SPAN_LEASE
        )
        for case, row in zip(some, rows, strict=True):
            case.row = row
            case.done.interchanges.append(row.id)
            if not way:
                case.done.unfinished.append((row.id, case.found))
    said = [one.document for case in ready for one in _judged(case).messages if one.document]
    kept = tx.payloads([*said, *(body for _, answer in answered for body in answer.bodies)])
    documents = _messages(tx, ready, kept[: len(said)], setting)
    at = iter(kept[len(said) :])
    due: list[Due] = []
    for case, answer in answered:
        case.done.answers += [row["name"] for row in answer.rows]
        for named, sent in zip(answer.rows, answer.bodies, strict=True):
            due.append(Due(case.done, {**named, "interchange": _number(case), "payload": next(at)}, sent, "an answer is due"))
    turn = tx.in_turn([message for _, message, _ in documents if room.get(message.deliver)])
    for case, message, body in documents:
        delivery = closing.document_delivery(setting, message.partner, closing.told(message))
        due.append(Due(case.done, delivery, body, "a document is due", message.id in turn))
    deliver(tx, due, room)


def _names(case: Case, setting: Setting) -> Iterator[str]:
    """What is asked about *case* before it is written, and may be another node's answer just now."""
    found = case.found
    yield f"bytes {found.digest}"
    yield f"number {found.syntax} {found.sender} {found.receiver} {found.control_number}"
    if found.judged is not None and found.partner:
        partner = setting.book.partners[found.partner]
        for one in found.judged.messages:
            if one.key:
                yield locked(f"{partner.name}/{one.kind}/{one.key}")
            if key := order_key(one, partner):
                yield locked(key)


def _judge_keys(tx: Tx, cases: Sequence[Case], setting: Setting) -> None:
    """Weigh documents whose number came before with other contents, and decide anew about their interchanges.

    Those of which spans are still to come are looked at when their envelope closes.
    """
    closed = [(case, _partner(case, setting), _judged(case)) for case in cases if case.ending is not None]
    said = repeats.Said.before(tx, ((partner, one) for _, partner, judged in closed for one in judged.messages))
    for case, partner, judged in closed:
        changed = said.changed(partner, judged.messages)
        if changed:
            messages = tuple(_reused(one, partner, changed.get(one.ordinal, "")) for one in judged.messages)
            case.found = replace(case.found, judged=replace(judged, messages=messages))
            case.ending = _ending(case.found, setting)
        if case.ending is not None:
            said.learn(partner, _judged(case).messages, case.ending, f"{case.file.label}'s interchange {case.found.control_number}")


def _reused(one: JudgedMessage, partner: Partner, why: str) -> JudgedMessage:
    if not why:
        return one
    made = repeats.weighed(one, partner, why)
    return replace(made, faults=(*made.faults, repeats.fault(why, one.span[0]))) if made.verdict != one.verdict else made


def _messages(tx: Tx, cases: Sequence[Case], payloads: Sequence[int], setting: Setting) -> list[tuple[Case, Row, bytes]]:
    """The rows of every message, *payloads* their documents; returns those whose document is due, with it."""
    documents = iter(payloads)
    made: list[tuple[Case, JudgedMessage, closing.Way]] = []
    every: list[dict[str, Any]] = []
    for case in cases:
        partner = _partner(case, setting)
        for one in _messages_of(case.found):
            way = case.ending.ways[one.ordinal] if case.ending is not None else closing.OPEN
            facts = message_facts(one, _number(case), case.file.id, partner, setting) | way.facts
            facts["document"] = next(documents) if one.document else None
            made.append((case, one, way))
            every.append(facts)
    due: list[tuple[Case, Row, bytes]] = []
    # In the order of their arrival, whatever becomes of them: an earlier one of an order has the lower id.
    rows = tx.add_each(Kind.MESSAGE, every, [(way.states, way.why) for _, _, way in made])
    for (case, one, way), row in zip(made, rows, strict=True):
        if one.keys:
            tx.keys(row, one.keys)
        case.done.count(row.label, row.held, row.reason, way.end, closing.faults_of(one.faults, one.group, _judged(case)))
        if way is closing.GOOD:
            due.append((case, row, one.document))
    return due


def _held(case: Case, earlier: Sequence[Row], numbered: Sequence[Row]) -> tuple[str, str, Row | None]:
    """The code and reason why it waits for a person, or empty texts; and whose control number it has, if that is why."""
    found = case.found
    if found.held:
        return found.held, found.reason, None
    waiting = next((row for row in earlier if row.state is InterchangeIn.HELD), None)
    if waiting is not None:
        return waiting.held, f"the same bytes as {waiting.label}, which is held; release or close that one first", None
    clash = next((row for row in numbered if _same_number(row, found)), None)
    if clash is not None and closing.standing(earlier) is None:
        was, now = clash.span_end - clash.span_start, found.span[1] - found.span[0]
        reason = (
            f"control number {found.control_number} was used by {clash.label} for other bytes ({was} then, {now} now); "
            f"ask the sender, then release or close this one"
        )
        return NUMBER_REUSED, reason, clash
    held, reason = untraded(found.judged) if found.judged is not None else ("", "")
    return held, reason, None


def _same_number(row: Row, found: Found) -> bool:
    ends = row.control_number == found.control_number and row.sender == ":".join(found.sender) and row.receiver == ":".join(found.receiver)
    return bool(ends and row.syntax == found.syntax and row.digest != found.digest)


def _hold(tx: Tx, case: Case, held: str, reason: str, setting: Setting) -> None:
    facts = {**_facts(case, setting, {}), "held": held, "reason": reason}
    (row,) = tx.add(Kind.INTERCHANGE, [facts], to=InterchangeIn.HELD, why=reason)
    case.row = row
    case.done.interchanges.append(row.id)
    case.done.held.append((row.label, held, reason))


def _duplicate(tx: Tx, case: Case, first: Row, setting: Setting) -> None:
    """The same bytes again: the stored answer again, byte for byte, at most once an hour."""
    facts = {**_facts(case, setting, {}), "duplicate_of": first.id, "answers": first.answers, "answered_at": setting.now}
    way = (InterchangeIn.DUPLICATE, InterchangeIn.ANSWERED)
    (row,) = tx.add(Kind.INTERCHANGE, [facts], to=way, why=f"the same bytes as {first.label}")
    case.done.interchanges.append(row.id)
    case.done.duplicates.append((row.id, first.id))
    case.done.left_due = True
    repeat_answer(tx, row.id, first, setting)


def repeat_answer(tx: Tx, number: int, first: Row, setting: Setting) -> None:
    """Deliver the stored answer of *first* again as interchange *number*'s, unless it just was."""
    stored = [row for row in tx.rows(Kind.DELIVERY, interchange=first.id) if row.what == "ack" and not _kept_back(row)]
    if not stored:
        return
    if first.answered_at is not None and setting.now - first.answered_at < closing.REPEAT_ANSWER_EVERY:
        tx.event(Kind.INTERCHANGE, number, "answer not repeated", f"{first.label} was answered {first.answered_at:%H:%M}Z")
        return
    tx.set(Kind.INTERCHANGE, [first.id], answered_at=setting.now)
    again = [
        {
            "what": "ack",
            "partner": row.partner,
            "interchange": number,
            "payload": row.payload,
            "sha256": row.sha256,
            "lane": row.lane,
            "name": row.name,
            "replay_of": row.id,
        }
        for row in stored
    ]
    tx.add(Kind.DELIVERY, again, why=f"the answer of {first.label} again")


def _kept_back(row: Row) -> bool:
    """Whether an answer waits for a person, or was closed by one, because another reader read it differently."""
    return row.held == ANSWER_DIFFERS and row.state in (DeliveryState.GIVEN_UP, DeliveryState.CLOSED)


def _facts(case: Case, setting: Setting, earlier: dict[str, list[Row]]) -> dict[str, Any]:
    found = case.found
    header = {
        "delimiters": found.delimiters,
        "charset": found.charset,
        "elements": found.header,
        "sender": found.sender,
        "receiver": found.receiver,
        "ack_requested": found.ack_requested,
    }
    before = earlier.get(found.digest)  # refused or rejected before: processed anew, linked
    return {
        "direction": "in",
        "file": case.file.id,
        "partner": found.partner,
        "channel": case.file.channel,
        "syntax": found.syntax,
        "version": found.version,
        "sender": ":".join(found.sender),
        "receiver": ":".join(found.receiver),
        "control_number": found.control_number,
        "prepared_at": found.prepared_at,
        "test": found.test,
        "span_start": found.span[0],
        "span_end": found.span[1],
        "cursor": found.span[0],
        "digest": found.digest,
        "header": header,
        "generation": setting.generation,
        "repeat_of": before[0].id if before else None,
    }


def _end(case: Case, setting: Setting, answers: list[dict[str, Any]]) -> dict[str, Any]:
    judged = _judged(case)
    if case.ending is None:
        return {"cursor": judged.next_offset, "resume": judged.resume}
    return {**closing.facts(case.ending, judged, setting), "answers": answers}


def _judged(case: Case) -> Judged:
    if case.found.judged is None:
        raise ValueError("an interchange that is not held must come judged")
    return case.found.judged


def _number(case: Case) -> int:
    if case.row is None:
        raise ValueError("the interchange has no row yet")
    return case.row.id


def _partner(case: Case, setting: Setting) -> Partner:
    return setting.book.partners[case.found.partner]


def message_facts(one: JudgedMessage, interchange: int, file: int, partner: Partner, setting: Setting) -> dict[str, Any]:
    """A judged message as a row, but for its document."""
    return {
        "direction": "in",
        "file": file,
        "interchange": interchange,
        "partner": partner.name,
        "generation": setting.generation,
        "ordinal": one.ordinal,
        "group": one.group,
        "type": one.type,
        "release": one.release,
        "association": one.association,
        "control_number": one.control_number,
        "span_start": one.span[0],
        "span_end": one.span[1],
        "verdict": one.verdict,
        "kind": one.kind,
        "key": one.key,
        "contents": one.contents,
        "order_key": order_key(one, partner),
        "standard": one.standard,
        "map": one.map,
        "deliver": one.deliver,
        "faults": [closing.rows_of(fault) for fault in one.faults],
        "answer": one.answer,
        "answers": one.answers.decode() if one.answers else None,
        "held": one.held,
        "reason": one.reason,
    }
