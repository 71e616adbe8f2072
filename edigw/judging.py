"""One message on the bench: agreed, checked, read into its document, its answer prepared. Pure.

``judge`` walks a file and its interchanges; this decides what becomes of each message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from edigw import acks, standards
from edigw.agreements import (
    DOCUMENT_INCOMPLETE,
    MESSAGE_NOT_AGREED,
    PARTNER_BROKEN,
    POISON,
    RELEASE_NOT_AGREED,
    Acknowledge,
    Partner,
    Receive,
)
from edigw.errors import ConfigError
from edigw.faults import Fault, FaultCode, Level, Policy, Severity, Verdict, fault, verdict
from edigw.judged import AnswerSegment, FaultRow, JudgedMessage
from edigw.model import Group, Interchange, Message, Syntax
from edigw.records import dataclass
from edigw.standards import check, walk
from edigw.standards.schema import Node, Standard
from edigw.standards.walk import Unplaced

if TYPE_CHECKING:
    from edigw.mappings.library import Library, Program
    from edigw.standards.guide import Guide

MOST_SEGMENTS: Final = 200_000  # of one message; the largest real catalogues have some ten thousands
LONGEST_SEGMENT: Final = 1 << 20  # bytes; check and maps look at every element of a segment
MOST_ELEMENTS: Final = 1_000  # of one segment: no release has a tenth of it
LARGEST_DOCUMENT: Final = 32 << 20  # bytes of JSON; what a back office must take in one request

#: A header that lacks its message type: nothing can be said of a table for it.
_NAMELESS: Final = (FaultCode.X12_SET_ID, FaultCode.EDIFACT_UNH_INCOMPLETE)

#: What a map says of a value; where check says more of the same one, that is enough.
_ECHOES: Final = (FaultCode.MAP_VALUE, FaultCode.MAP_CODE_UNKNOWN, FaultCode.MAP_SECOND_VALUE, FaultCode.MAP_IS_DIFFERS)

_LEVELS: Final = {Level.ELEMENT: "structure", Level.CODES: "structure", Level.NOTES: "cross-field", Level.LENIENCY: "syntax"}


def rows(faults: Iterable[Fault]) -> Iterable[FaultRow]:
    """Faults as they cross the process border."""
    for one in faults:
        spelling = one.code.value
        yield FaultRow(
            code=spelling.code,
            severity=one.severity.word,
            level=_LEVELS.get(spelling.level, spelling.level.value),
            offset=one.at.offset,
            segment=bounded(one.segment),
            segment_position=one.at.segment,
            element=one.at.element,
            component=one.at.component,
            repeat=one.at.repeat,
            loop=one.loop,
            element_id=one.element_id,
            value=one.value,
            text=f"{spelling.text} ({one.note})" if one.note else spelling.text,
        )


def bounded(text: str, most: int = 200) -> str:
    """*text*, cut where it is longer than any value of an envelope can be."""
    return text if len(text) <= most else text[:most] + "…"


@dataclass(frozen=True, slots=True)
class Made:
    """What the map and the document model made of a message."""

    map: str = ""
    kind: str = ""
    document: bytes = b""
    keys: tuple[tuple[str, str], ...] = ()
    faults: tuple[Fault, ...] = ()
    held: str = ""
    reason: str = ""
    contents: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything a message is judged by: its interchange, the partner's agreements, the maps."""

    file: str
    interchange: Interchange
    partner: Partner | None
    policy: Policy
    library: Library | None  #: None: no map is read
    acknowledge: str = ""
    documents: bool = True

    def message(self, message: Message, group: Group | None) -> JudgedMessage:
        """Judge one message. Never raises, whatever it holds; what cannot be judged is held."""
        try:
            return self._message(message, group)
        except MemoryError:
            raise  # the pool cuts the span and finds the message that did it
        except Exception as trouble:  # noqa: BLE001  a mistake of ours must not take the neighbours along
            return self._undecided(message, POISON, f"judging it failed: {where(trouble)}")

    def poison(self, message: Message) -> JudgedMessage:
        """A message that ended its worker before: held, and not looked at again."""
        return self._undecided(message, POISON, "judging it ended the worker or overran its deadline")

    def _message(self, message: Message, group: Group | None) -> JudgedMessage:
        if message.type in acks.ANSWERS:
            return self._answer(message)
        agreed = self._agreed(message)
        if isinstance(agreed, JudgedMessage):
            return agreed
        syntax = message.notation.syntax
        standard = standards.find(syntax, message.type, message.release)
        if standard is None and self.partner is not None and self.partner.policies.unknown == "hold":
            return self._undecided(message, RELEASE_NOT_AGREED, self._unknown(message))
        if over := _beyond_limits(message):
            beyond = fault(syntax, FaultCode.LIMIT_EXCEEDED, message.position(1), note=over, segment=_header(message))
            found = self.policy.apply([*message.faults, beyond])
            return self._judged(message, agreed, standard, found, verdict(found), Made())
        table = standard or self._nearest(message)  # of another release: read as far as it goes, and refused
        try:
            program = self._program(message, agreed, table)
            guide = program.guide if program is not None else None
        except ConfigError as trouble:  # undecided, for without the partner's guide check would say something else
            return self._undecided(message, PARTNER_BROKEN, f"the map cannot be used: {trouble.problems[0]}; mend it, then edigw replay")
        faults, root, unplaced = self._checked(message, standard, table, guide)
        made = self._made(message, group, program, root, unplaced) if self.documents else Made()
        made = replace(made, faults=_untold(made.faults, faults))
        return self._judged(message, agreed, standard, faults, verdict(faults), made)

    def _checked(
        self, message: Message, standard: Standard | None, table: Standard | None, guide: Guide | None
    ) -> tuple[list[Fault], Node | None, Sequence[Unplaced]]:
        """What check says of a message, its tree (along the nearest *table* where there is no *standard*), and what is not in it."""
        if standard is not None:
            checked = check.check(message, standard, guide=guide, policy=self.policy)
            return checked.faults, checked.root, checked.unplaced
        walked = walk.walk(message, table) if table is not None else None
        root, unplaced = (walked.root, walked.unplaced) if walked is not None else (None, [])
        if any(one.code in _NAMELESS for one in message.faults):  # what it is, its header does not say: that was its fault
            return self.policy.apply(message.faults), root, unplaced
        syntax = message.notation.syntax
        value = message.release if table is not None else message.type
        at = message.position(1, *_identifier(syntax, release=table is not None))
        unknown = fault(syntax, FaultCode.MESSAGE_UNKNOWN, at, value, self._unknown(message), segment=_header(message))
        return self.policy.apply([*message.faults, unknown]), root, unplaced

    # What was agreed

    def _agreed(self, message: Message) -> Receive | JudgedMessage | None:
        """The agreement a message falls under; None without a partner; or the message held or refused."""
        if self.partner is None:
            return None
        entries = [one for one in self.partner.receive if one.message == message.type]
        for one in entries:
            if not one.releases or message.release in one.releases:
                return one
        if entries:
            return self._undecided(message, RELEASE_NOT_AGREED, self._other_release(message, entries))
        types = sorted({one.message for one in self.partner.receive})
        reason = f"{self.partner.name} has no receive: entry for {bounded(message.type, 20)}; agreed are {', '.join(types) or 'none'}"
        if self.partner.policies.unknown == "hold":
            return self._undecided(message, MESSAGE_NOT_AGREED, reason)
        syntax = message.notation.syntax
        at = message.position(1, *_identifier(syntax, release=False))
        refused = fault(syntax, FaultCode.MESSAGE_NOT_AGREED, at, message.type, reason, segment=_header(message))
        found = self.policy.apply([*message.faults, refused])
        return self._judged(message, None, None, found, verdict(found), Made())

    def _other_release(self, message: Message, entries: Sequence[Receive]) -> str:
        syntax, release = message.notation.syntax, message.release
        agreed = ", ".join(sorted({one for entry in entries for one in entry.releases}))
        near = "" if release in standards.releases(syntax, message.type) else standards.nearest(syntax, message.type, release)
        have = f"; we have no {bounded(release, 20)}, the nearest is {near}" if near else ""
        sent = bounded(release, 20) or "no release"
        return (
            f"{message.type} is agreed in {agreed} and came in {sent}{have}; add it to releases: ({entries[0].place}), then edigw release"
        )

    def _kind(self, message: Message, agreed: Receive | None) -> str:
        if self.acknowledge and message.notation.syntax == "x12":
            return self.acknowledge
        terms: Acknowledge = agreed.acknowledge if agreed is not None else acks.agreed(self.partner, message.type, message.release)
        return terms.standard

    def _unknown(self, message: Message) -> str:
        near = standards.nearest(message.notation.syntax, message.type, message.release)
        if near:
            return f"{bounded(message.type, 20)} in {bounded(message.release, 20) or 'no release'}; the nearest we have is {near}"
        return f"no table for {bounded(message.type, 20) or 'a message without a type'}"

    def _nearest(self, message: Message) -> Standard | None:
        syntax = message.notation.syntax
        near = standards.nearest(syntax, message.type, message.release)
        return standards.find(syntax, message.type, near) if near else None

    # The document

    def _program(self, message: Message, agreed: Receive | None, standard: Standard | None) -> Program | None:
        """The map a message is read with, and whose guide narrows the check; None if there is none."""
        if standard is None or self.library is None or (agreed is None and not self.documents):
            return None
        name = agreed.map if agreed is not None else f"{message.notation.syntax}/{message.type}"
        if agreed is None and name not in self.library:
            return None
        return self.library.program(name, standard)

    def _made(
        self, message: Message, group: Group | None, program: Program | None, root: Node | None, unplaced: Sequence[Unplaced]
    ) -> Made:
        """The document of a message. A map that raises what it should not holds this message only."""
        syntax = message.notation.syntax
        if program is None or root is None:
            nothing = fault(syntax, FaultCode.MAP_NOTHING, message.position(1), message.type, segment=_header(message))
            return Made(faults=self._weighed([nothing]))
        name = program.label
        try:
            return self._read(message, group, program, root, unplaced, name)
        except MemoryError:
            raise
        except Exception as trouble:  # noqa: BLE001  a map's mistake must not take the neighbours along
            return Made(map=name, held=POISON, reason=f"the map {program.name} failed: {where(trouble)}")

    def _read(
        self, message: Message, group: Group | None, program: Program, root: Node, unplaced: Sequence[Unplaced], name: str
    ) -> Made:
        from edigw import documents  # the models take long to load, and check alone does without

        read = program.read(root, message, unplaced)
        kind = program.kind
        fields = {**read.document, "source": self._source(message, group, name)}
        finished = documents.finish(kind, fields)
        syntax = message.notation.syntax
        place, tag = message.position(1), _header(message)
        found = list(read.faults)
        found += [fault(syntax, FaultCode.MAP_DOCUMENT, place, note=f"{path}: {text}", segment=tag) for path, text in finished.faults]
        counted = {"totals.lines"} if any(one.code is FaultCode.MAP_TOTAL for one in read.faults) else set()  # told where it was sent
        sums = [(path, text) for path, text in finished.notes if path not in counted]
        found += [fault(syntax, FaultCode.MAP_TOTAL, place, note=f"{path}: {text}", segment=tag) for path, text in sums]
        weighed = self._weighed(found)
        held = reason = ""
        document = finished.json
        if not document:
            held, reason = DOCUMENT_INCOMPLETE, "; ".join(f"{path}: {text}" for path, text in finished.faults[:5])
        elif len(document) > LARGEST_DOCUMENT:
            held, reason = (
                DOCUMENT_INCOMPLETE,
                f"the document is {len(document)} bytes, more than the {LARGEST_DOCUMENT} a back office is sent",
            )
            document = b""
        elif any(one.severity is Severity.REJECT for one in weighed):
            worst = next(one for one in weighed if one.severity is Severity.REJECT)
            held, reason = DOCUMENT_INCOMPLETE, str(worst)
        return Made(name, kind, document, finished.keys, weighed, held, reason, documents.contents(kind, fields, document))

    def _weighed(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Faults of map and document by the policy. Their notes are no leniencies: strictness leaves them notes."""
        plain = Policy(self.policy.levels, self.policy.codes)
        found = plain.apply(faults)
        return tuple(self.policy.weigh(one) if one.severity >= Severity.WARN else one for one in found)

    def _source(self, message: Message, group: Group | None, name: str) -> dict[str, object]:
        interchange = self.interchange
        decode = message.notation.decode
        facts: dict[str, object] = {
            # A name that is not UTF-8 comes with lone surrogates, which no JSON can hold: its bytes are shown as \xff.
            "file": self.file.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace"),
            "syntax": interchange.syntax,
            "interchange": decode(interchange.control_number),
            "group": decode(group.control_number) if group is not None else "",
            "message": decode(message.control_number),
            "type": message.type,
            "release": message.release,
            "association": decode(message.association),
            "sender": str(interchange.sender),
            "receiver": str(interchange.receiver),
            "test": interchange.test,
            "map": name,
        }
        return {key: value for key, value in facts.items() if value != ""}

    # Records

    def _answer(self, message: Message) -> JudgedMessage:
        """A received acknowledgement: what it says. It is never answered."""
        standard = standards.find(message.notation.syntax, message.type, message.release)
        faults = check.check(message, standard, policy=self.policy).faults if standard is not None else self.policy.apply(message.faults)
        return self._judged(message, None, standard, faults, Verdict.ACCEPTED, Made(), answers=acks.read(message).json())

    def _undecided(self, message: Message, held: str, reason: str) -> JudgedMessage:
        found = self.policy.apply(message.faults)
        return self._record(message, "", None, Made(held=held, reason=reason), found, "", (), b"")

    def _judged(
        self,
        message: Message,
        agreed: Receive | None,
        standard: Standard | None,
        faults: list[Fault],
        decided: Verdict,
        made: Made,
        answers: bytes = b"",
    ) -> JudgedMessage:
        deliver = agreed.deliver if agreed is not None and decided is not Verdict.REJECTED else ""
        part = acks.message_part(message, faults, decided, self._kind(message, agreed))
        return self._record(message, decided.value, standard, made, [*faults, *made.faults], deliver, part, answers)

    def _record(
        self,
        message: Message,
        decided: str,
        standard: Standard | None,
        made: Made,
        faults: Iterable[Fault],
        deliver: str,
        part: tuple[AnswerSegment, ...],
        answers: bytes,
    ) -> JudgedMessage:
        decode = message.notation.decode
        return JudgedMessage(
            ordinal=message.ordinal,
            group=message.group,
            type=bounded(decode(message.type)),
            release=bounded(decode(message.release)),
            association=bounded(decode(message.association)),
            control_number=bounded(decode(message.control_number)),
            span=(message.start, message.end),
            verdict=decided,
            standard=standard.digest if standard is not None else "",
            map=made.map,
            deliver=deliver,
            kind=made.kind,
            document=made.document,
            key=next((value for name, value in made.keys if name == "number"), ""),
            keys=made.keys,
            faults=tuple(rows(faults)),
            answer=part,
            held=made.held,
            reason=made.reason,
            answers=answers,
            contents=made.contents,
        )


def _untold(of_map: Sequence[Fault], of_check: Iterable[Fault]) -> tuple[Fault, ...]:
    """What the map says of values, without those that check has faulted at their place: one mistake is told once."""
    told = {(one.at.segment, one.at.element, one.at.component) for one in of_check if one.severity >= Severity.WARN and one.at.element}
    return tuple(
        one
        for one in of_map
        if one.code not in _ECHOES or not told & {(one.at.segment, one.at.element, part) for part in (0, 1, one.at.component)}
    )


def _header(message: Message) -> str:
    return "ST" if message.notation.syntax == "x12" else "UNH"


def _identifier(syntax: Syntax, *, release: bool) -> tuple[int, ...]:
    """Where a header says what the message is: ST01, or UNH S009 0065; its release 0054, while an ST names none."""
    if syntax == "x12":
        return () if release else (1,)
    return (2, 3) if release else (2, 1)


def _beyond_limits(message: Message) -> str:
    """Why a message is not looked into; ``""`` for every real one."""
    if len(message.texts) > MOST_SEGMENTS:
        return f"{len(message.texts)} segments, {MOST_SEGMENTS} are read"
    element = message.notation.delimiters.element
    for at, text in enumerate(message.texts, 1):
        if len(text) > LONGEST_SEGMENT:
            return f"segment {at} has {len(text)} bytes, {LONGEST_SEGMENT} are read"
        if len(text) > MOST_ELEMENTS and text.count(element) > MOST_ELEMENTS:
            return f"segment {at} has {text.count(element)} elements, {MOST_ELEMENTS} are read"
    return ""


def where(trouble: BaseException) -> str:
    """An unexpected exception by its type and place. Never its words: they may hold a partner's data."""
    at = trouble.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    if at is None:
        return type(trouble).__name__
    name = at.tb_frame.f_code.co_filename.rpartition("/")[2]
    return f"{type(trouble).__name__} at {name}:{at.tb_lineno}"
