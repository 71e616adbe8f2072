"""The end of an interchange: what becomes of each message, and what is answered.

Decisions and shapes only; ``record`` and ``spans`` write them. The answer's control numbers
are allocated in the transaction that records it, so a number is given exactly when the
answer that bears it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol

from edigw import acks, parsers
from edigw.agreements import BESIDE_REJECTED, HELD, REJECTED_AND_KEPT, WAITS_FOR_OTHERS, Partner
from edigw.channels import OUT_NAME
from edigw.delivery.witnessed import WITNESS, is_sampled
from edigw.errors import NotWritable
from edigw.faults import Verdict
from edigw.inbound.outcome import Setting
from edigw.judge import AnswerSegment, FaultRow, Found, Judged, JudgedGroup, JudgedMessage
from edigw.ledger import Row, Tx
from edigw.records import dataclass
from edigw.states import InterchangeIn, Kind, MessageIn, counted
from edigw.transports.folder import file_name

MOST_MESSAGES = 1_000_000  # of one interchange: what a count of six digits can say
REPEAT_ANSWER_EVERY = timedelta(hours=1)  # the same bytes again get the stored answer again, at most this often
US = "us"  # whose numbers they are; all our identities share a partner's line
REFUSED = "refused"  #: ``interchange.acknowledge`` of one whose answer rejected all of it: a repeat is judged anew
ANSWERED = "answered"


class Part(Protocol):
    """What decides a message's next step; ``JudgedMessage`` and ``Told`` are such."""

    @property
    def ordinal(self) -> int: ...
    @property
    def group(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def release(self) -> str: ...
    @property
    def control_number(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def answer(self) -> tuple[AnswerSegment, ...]: ...
    @property
    def answers(self) -> str | bytes | None: ...
    @property
    def held(self) -> str: ...


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
    answers: str | None
    held: str
    reason: str
    deliver: str
    kind: str
    key: str
    order_key: str
    document: int | None
    contents: str = ""


def told(row: Row) -> Told:
    """A message's row as ``Told``."""
    return Told(
        id=row.id,
        ordinal=row.ordinal,
        group=row.group,
        type=row.type,
        release=row.release,
        control_number=row.control_number,
        verdict=row.verdict,
        answer=tuple(tuple(segment) for segment in row.answer or ()),
        answers=row.answers,
        held=row.held,
        reason=row.reason,
        deliver=row.deliver,
        kind=row.kind,
        key=row.key,
        order_key=row.order_key,
        document=row.document,
        contents=row.contents,
    )


@dataclass(frozen=True, slots=True)
class Way:
    """Where a message of a closed interchange goes: step by step from *received*, and why."""

    states: tuple[MessageIn, ...]
    why: str
    held: str = ""  #: the code it is held by; "": the one it was judged with

    @property
    def end(self) -> MessageIn:
        return self.states[-1] if self.states else MessageIn.RECEIVED

    @property
    def facts(self) -> dict[str, str]:
        """``held`` and ``reason`` of a row, where they are not those it was judged with."""
        if self.end is MessageIn.REJECTED:
            return {"held": "", "reason": ""}  # nobody waits for what its document lacks
        return {"held": self.held, "reason": self.why} if self.held else {}


OPEN = Way((), "judged")  #: its interchange is not closed yet
GOOD = Way((MessageIn.ACCEPTED, MessageIn.MAPPED), "its document is due")
REJECTED = Way((MessageIn.REJECTED,), "its answer says why")
UNTOLD = Way((MessageIn.REJECTED,), "its sender asked for a receipt only, and is not told")
UNDECIDED = Way((MessageIn.HELD,), "it could not be judged")  #: never judged, so not answered
RECEIPT = Way((MessageIn.UNMATCHED,), "nothing sent bears these numbers")  # the reconcile flow finds what it speaks of
#: What ``policies.forward`` makes of rejected and good ones. All of these are answered as check said.
KEPT = Way((MessageIn.HELD,), "it was answered as rejected", REJECTED_AND_KEPT)
WITHHELD = Way((MessageIn.ACCEPTED, MessageIn.HELD), "another message of its interchange is rejected", BESIDE_REJECTED)
WAITING = Way((MessageIn.ACCEPTED, MessageIn.HELD), "another message of its interchange is held", WAITS_FOR_OTHERS)


@cache
def held_by(code: str) -> Way:
    """Answered as accepted, but a person must look at it: *code* says why, and the row more."""
    words, _ = HELD.get(code, ("", ""))
    return Way((MessageIn.ACCEPTED, MessageIn.HELD), f"{code} {words}".rstrip())


@dataclass(frozen=True, slots=True)
class Ending:
    """How an interchange that is judged to its end goes on."""

    ways: Mapping[int, Way]  #: by a message's ordinal
    way: tuple[InterchangeIn, ...]
    acknowledge: str  #: REFUSED or ANSWERED
    why: str
    answers: tuple[acks.Answer, ...]


def standing(earlier: Sequence[Row]) -> Row | None:
    """Of earlier receipts of the same bytes, the one that was answered with something to repeat."""
    ends = (InterchangeIn.ANSWERED, InterchangeIn.SETTLED, InterchangeIn.CHECKED)
    return next((row for row in earlier if row.state in ends and row.acknowledge != REFUSED), None)


def ending(
    found: Found, groups: Sequence[JudgedGroup], faults: Sequence[FaultRow], parts: Sequence[Part], partner: Partner, now: datetime
) -> Ending:
    """Decide about an interchange whose *groups*, *faults* and messages (*parts*) are complete."""
    refused = acks.refusal(faults, groups, parts, partner)
    ways = forwarded({one.ordinal: _way(one, refused) for one in parts}, partner)
    rejected = sum(way in (REJECTED, KEPT) for way in ways.values())
    if acks.receipt_only(found) and not refused.whole:
        ways = {ordinal: UNTOLD if way is REJECTED else way for ordinal, way in ways.items()}
    first = InterchangeIn.REFUSED if refused.whole else InterchangeIn.CHECKED
    undecided = any(way is UNDECIDED for way in ways.values())  # it is answered when somebody released it
    return Ending(
        ways,
        (first,) if undecided else (first, InterchangeIn.ANSWERED),
        REFUSED if refused.whole or (rejected and rejected == sum(not one.answers for one in parts)) else ANSWERED,
        _first_reject(faults) if refused.whole else f"{counted(Kind.MESSAGE, len(parts))}, {rejected} rejected",
        tuple(acks.assemble(found, groups, parts, faults, now=now, partner=partner)),
    )


def _way(one: Part, refused: acks.Refusal) -> Way:
    if one.verdict and (refused.covers(one.group) or one.verdict == Verdict.REJECTED.value):
        return RECEIPT if one.answers else REJECTED
    if one.held:
        return held_by(one.held) if one.verdict else UNDECIDED
    return RECEIPT if one.answers else GOOD


def forwarded(ways: Mapping[int, Way], partner: Partner) -> Mapping[int, Way]:
    """*ways* of an interchange's messages by the partner's ``forward``: it says what is passed on, never what is answered."""
    match partner.policies.forward:
        case "hold-bad" | "hold-all" as mode:
            bad = any(way in (REJECTED, UNDECIDED) for way in ways.values())
            good = WITHHELD if bad and mode == "hold-all" else GOOD
            return {ordinal: {REJECTED: KEPT, GOOD: good}.get(way, way) for ordinal, way in ways.items()}
        case "all-or-nothing" if any(way.end is MessageIn.HELD for way in ways.values()):
            return {ordinal: WAITING if way is GOOD else way for ordinal, way in ways.items()}
    return ways


def undecided(rows: Sequence[Row]) -> list[Row]:
    """Of an interchange's messages, those that its answer still waits for; one that a person closed is not answered."""
    return [row for row in rows if not row.verdict and not row.answers and row.state is not MessageIn.CLOSED]


def faults_of(own: Iterable[FaultRow], group: int, judged: Judged) -> Iterator[FaultRow]:
    """What may have rejected a message of *group*, nearest first: its *own* faults, its group's, its interchange's."""
    yield from own
    yield from (fault for one in judged.groups if one.ordinal == group for fault in one.faults)
    yield from judged.faults


def _first_reject(faults: Sequence[FaultRow]) -> str:
    return next(f"{one.code} {one.text}" for one in faults if one.severity == "reject")


def facts(ending: Ending, judged: Judged, setting: Setting) -> dict[str, Any]:
    """What a closed interchange's row says besides its envelope."""
    return {
        "groups": [rows_of(group) for group in judged.groups],
        "faults": [rows_of(fault) for fault in judged.faults],
        "cursor": judged.next_offset,
        "resume": None,
        "acknowledge": ending.acknowledge,
        "answered_at": setting.now,
    }


def interchange_receipts(judged: Judged, span: tuple[int, int], first: int) -> tuple[JudgedMessage, ...]:
    """The TA1s that stood in an interchange judged to its end, as messages that answer something; *first* is their first ordinal.

    They belong to no group and no set: they have no release, no number of their own, and are not answered.
    """
    found = []
    for ordinal, data in enumerate(judged.loose, first):
        said = acks.Receipt.from_json(data)
        found.append(
            JudgedMessage(
                ordinal=ordinal,
                group=-1,
                type="TA1",
                release="",
                association="",
                control_number=said.control_number,
                span=span,
                verdict=Verdict.ACCEPTED.value,
                standard="",
                map="",
                deliver="",
                kind="",
                document=b"",
                key="",
                keys=(),
                faults=(),
                answer=(),
                held="",
                reason="",
                answers=data,
            )
        )
    return tuple(found)


def rows_of(value: JudgedGroup | FaultRow) -> dict[str, Any]:
    """A record as the ledger keeps it. Faster than dataclasses.asdict, which copies deeply."""
    found = {name: getattr(value, name) for name in value.__slots__}
    if isinstance(value, JudgedGroup):
        found["faults"] = [rows_of(fault) for fault in value.faults]
    return found


# Answers: numbered and written in the transaction that records them.


@dataclass(slots=True)
class Written:
    """The answers of one interchange, written. *facts* go into its row, *rows* become deliveries."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)  #: of *rows*, in the same order


def write_answers(tx: Tx, wanted: Sequence[tuple[Partner, Sequence[acks.Answer]]], setting: Setting) -> list[Written]:
    """Number and write the answers of several interchanges; a fixed number of statements for each line of numbers."""
    numbers = _numbers(tx, [(partner, answer) for partner, answers in wanted for answer in answers])
    made: list[Written] = []
    for partner, answers in wanted:
        written = Written()
        made.append(written)
        for answer in answers:
            interchange, group = next(numbers)
            try:
                body = parsers.write(acks.number(answer, interchange, group))
            except NotWritable as error:
                tx.void(US, partner.name, "interchange", interchange, str(error)[:200])
                if answer.out.groups:
                    tx.void(US, partner.name, "group", group, str(error)[:200])
                written.facts.append({"kind": answer.kind, "answers": answer.answers, "impossible": str(error)[:500]})
                continue
            control = f"{interchange:09}" if answer.out.syntax == "x12" else str(interchange)
            name = file_name(
                setting.names.get(partner.channel_out, OUT_NAME), {"kind": answer.kind, "control": control, "partner": partner.name}
            )
            given = {"kind": answer.kind, "control_number": control, "answers": answer.answers, "name": name}
            written.facts.append(given | ({"group_number": group} if answer.out.groups else {}))
            mark = WITNESS if is_sampled(interchange, partner.interchange_number) else None
            written.rows.append(
                {
                    "what": "ack",
                    "partner": partner.name,
                    "sha256": hashlib.sha256(body).digest(),
                    "lane": partner.channel_out,
                    "name": name,
                    "mark": mark,
                }
            )
            written.bodies.append(body)
    return made


def _numbers(tx: Tx, answers: Sequence[tuple[Partner, acks.Answer]]) -> Iterator[tuple[int, int]]:
    """An interchange and a group number for each answer, in order.

    A partner has one line of numbers, whatever identities and test indicators its files bear:
    the number names the file in its outbox, and two lines would give it twice.
    """
    counts: dict[tuple[str, str], list[int]] = {}
    for partner, answer in answers:
        for level, first in (("interchange", partner.interchange_number), ("group", partner.group_number)):
            if level == "interchange" or answer.out.groups:
                counts.setdefault((partner.name, level), [0, first])[0] += 1
    given = {(name, level): iter(tx.numbers(US, name, level, count, first=first)) for (name, level), (count, first) in counts.items()}
    pairs = []
    for partner, answer in answers:
        interchange = next(given[partner.name, "interchange"])
        pairs.append((interchange, next(given[partner.name, "group"]) if answer.out.groups else 1))
    return iter(pairs)


def document_delivery(setting: Setting, partner: str, one: Told, replay_of: str = "", again: int = 0) -> dict[str, Any]:
    """The delivery of a message's document.

    ``webhook-id``, and the id in the name of a file, are the same on every try: by it a repeat is known. *again* counts
    from 2 where the message had another document before.
    """
    headers = {"edigw-document": one.kind, "edigw-partner": partner, "edigw-key": one.key}
    if replay_of:
        headers["edigw-replay-of"] = replay_of
    identity = f"M{one.id}.{again}" if again else f"M{one.id}"
    facts = {
        "what": "document",
        "partner": partner,
        "message": one.id,
        "payload": one.document,
        "lane": one.deliver,
        "order_key": one.order_key,
        "headers": headers,
        "webhook_id": f"edigw:{setting.book.gateway}:{identity}",
    }
    template = setting.names.get(one.deliver)
    if template is not None:
        words = {"document": one.kind or "document", "id": identity, "partner": partner, "number": one.key[:64]}
        facts["name"] = file_name(template, words)
    return facts
