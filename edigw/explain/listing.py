"""An interchange as lines, in the order of its bytes, with what was judged of each part. Pure.

Envelope segments are cut from the bytes that stand between messages, so nothing that was
sent is left out: strays and TA1 segments are shown where they stand. A message is walked
along its table for the indents, unless it is beyond what the judge reads; then its
segments stand in one column.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from edigw import acks, parsers, standards
from edigw.advice import ADVICE
from edigw.explain.segments import WIDTH, fault_lines, quoted, segment
from edigw.faults import FaultCode
from edigw.judged import FaultRow, Found, JudgedMessage
from edigw.model import BLANKS, Cut, Interchange, Message, Notation, Syntax
from edigw.parsers.batches import terminator
from edigw.records import dataclass
from edigw.standards import walk
from edigw.standards.schema import Loop, Node, Placed, SegmentDef, Standard
from edigw.visible import visible

_MISSING: Final = (FaultCode.SEGMENT_MISSING.code, FaultCode.GUIDE_REQUIRED.code)  # say what should stand before the segment they point at
_LONGEST: Final = 1 << 20  # bytes of an envelope segment that are looked at
_FAULT = tuple[int, FaultRow]


def interchange(data: bytes, found: Found, messages: Sequence[JudgedMessage], *, most: int | None = None) -> Iterator[str]:
    """The lines of an interchange that was judged to its end.

    *most* segments of each message are shown; behind these only segments with a fault.
    """
    opened = parsers.envelope(data, found.span)
    if opened is None or found.judged is None:
        yield from _wrapped(f"interchange {found.control_number}: held: {found.held} {found.reason}")
        return
    refused = acks.refusal(found.judged.faults, found.judged.groups)
    yield from _heading(found, messages, refused)
    waiting = sorted(
        [(one.offset, one) for one in found.judged.faults] + [(one.offset, one) for group in found.judged.groups for one in group.faults],
        key=lambda each: each[0],
    )
    envelope = _Envelope(data, opened, waiting)
    reading = parsers.read(data, opened)
    yield from envelope.header(reading.offset)
    for message, judged in zip(reading, messages, strict=False):
        yield from envelope.between(message.start)
        yield ""
        yield from _message(message, judged, most, refused=refused.covers(judged.group))
        yield from envelope.said_within(message.end)
        envelope.at = message.end
    if messages:
        yield ""
    yield from envelope.between(found.span[1])
    yield from envelope.rest()


def alone(data: bytes, messages: Sequence[JudgedMessage], *, release: str, most: int | None = None) -> Iterator[str]:
    """The lines of messages without an interchange; *release* is that of a set which names none."""
    for message, judged in zip(parsers.bare(data), messages, strict=False):
        message.release = message.release or release
        yield from _message(message, judged, most, refused=False)
        yield ""


def lost(data: bytes, start: int, end: int, reason: str) -> Iterator[str]:
    """What is said of bytes that belong to no interchange."""
    yield f"not an interchange: bytes {start} to {end}"
    yield from _wrapped(f"{reason}; begins {quoted(data[start : min(end, start + 60)].decode('latin-1'))}", "    ")
    code = FaultCode.NOTHING_READABLE if (start, end) == (0, len(data)) else FaultCode.STRAY_BYTES
    yield from _wrapped(f"{code.code}, {code.value.severity_x12.word}; what to do: {ADVICE[code.code].todo}", "    ")


def _heading(found: Found, messages: Sequence[JudgedMessage], refused: acks.Refusal) -> Iterator[str]:
    kind = "X12" if found.syntax == "x12" else "EDIFACT"
    test = "test" if found.test else "production"
    yield from _wrapped(f"{kind} interchange {found.control_number}, {found.version}, {test}, prepared {found.prepared_at}")
    sender, receiver = (":".join(filter(None, one)) for one in (found.sender, found.receiver))
    yield from _wrapped(f"from {sender} to {receiver}")
    element, component, end, repetition, release, decimal = (quoted(one)[1:-1] for one in found.delimiters)
    also = f", repetition {repetition}" * bool(repetition) + f", release {release}" * bool(release) + f", decimal {decimal}" * bool(decimal)
    yield f"separators: element {element}, component {component}, segment {end}{also}"
    counts = Counter("held" if one.held and not one.verdict else one.verdict for one in messages)
    told = ", ".join(f"{count} {word.replace('-', ' ')}" for word, count in counts.items())
    many = "message" if len(messages) == 1 else "messages"
    whole = "; the envelope refuses them all" if refused.whole else ""
    yield from _wrapped(f"{len(messages)} {many}{f': {told}' if told else ''}{whole}")
    yield ""


class _Envelope:
    """The segments around messages, and the faults that are not a message's, as they come."""

    def __init__(self, data: bytes, opened: Interchange, waiting: list[_FAULT]) -> None:
        self.at = opened.span[0]  #: bytes before this are shown
        self._data = data
        self._opened = opened
        self._notation = opened.notation
        self._waiting = waiting[::-1]
        version = opened.version.rpartition(":")[2] if opened.syntax == "edifact" else ""
        self._service = standards.service(opened.syntax, version if version in ("1", "2", "3", "4") else "4")

    def header(self, behind: int) -> Iterator[str]:
        """ISA or UNB, which ends at *behind*."""
        yield from self._segment(self._opened.header, behind)
        self.at = behind

    def between(self, end: int) -> Iterator[str]:
        """What stands before *end* and is no message."""
        mark = self._notation.delimiters.terminator
        while self.at < end:
            stop = terminator(self._data, self.at, end, self._notation.delimiters)
            behind = stop + len(mark) if stop >= 0 else end
            text = self._data[self.at : min(stop if stop >= 0 else end, self.at + _LONGEST)].decode("latin-1")
            self.at = behind
            if text.strip(BLANKS):
                yield from self._segment(self._notation.cut(text.strip(BLANKS)), behind)

    def said_within(self, end: int) -> Iterator[str]:
        """The faults of group and interchange whose place was inside a message."""
        yield from fault_lines(self._said(end), 0, self._opened.syntax == "x12")

    def rest(self) -> Iterator[str]:
        """The faults that have no segment to stand under: a missing trailer."""
        faults = [one for _, one in self._waiting[::-1]]
        self._waiting.clear()
        yield from fault_lines(faults, 0, self._opened.syntax == "x12")

    def _said(self, before: int) -> list[FaultRow]:
        faults = []
        while self._waiting and self._waiting[-1][0] < before:
            faults.append(self._waiting.pop()[1])
        return faults

    def _segment(self, cut: Cut, behind: int) -> Iterator[str]:
        tag = walk.tag_of(cut)
        key = "ISA00200" if tag == "ISA" and self._opened.version < "00402" else tag
        definition = self._service.get(key)
        if definition is None:
            definition = standards.dictionary(self._opened.syntax, "").get(tag)
        yield from segment(cut, self._notation, definition, self._said(behind))


# Messages


@dataclass(frozen=True, slots=True)
class _Names:
    """Where a message's segments have their names from."""

    segments: Mapping[str, SegmentDef]
    standard: Standard | None


def _message(message: Message, judged: JudgedMessage, most: int | None, *, refused: bool) -> Iterator[str]:
    notation = message.notation
    names = _names(message)
    yield from _wrapped(_title(judged, names.standard, refused=refused))
    beyond = any(one.code == FaultCode.LIMIT_EXCEEDED.code for one in judged.faults)
    laid = _laid(message, names.standard) if names.standard is not None and not beyond else {}
    about: dict[int, list[FaultRow]] = {}
    for one in judged.faults:
        about.setdefault(one.segment_position, []).append(one)
    x12 = notation.syntax == "x12"
    yield from fault_lines(about.pop(0, ()), 0, x12)
    shown, hidden, depth = 0, 0, 0
    for index, text in enumerate(message.texts, 1):
        faults = about.pop(index, [])
        place = laid.get(index)
        depth = place.depth if place is not None else depth
        if most is not None and index > most and not faults:
            hidden += 1
            continue
        if hidden > shown:
            yield f"        ... {hidden - shown} segments not shown"
            shown = hidden
        cut = notation.cut(text)
        tag = walk.tag_of(cut)
        absent = [one for one in faults if x12 and one.code in _MISSING and not one.element and one.segment != tag]
        yield from fault_lines(absent, depth, x12)
        if place is not None and place.loop and not place.depth and index > 1:
            yield ""
        here = [one for one in faults if one not in absent]
        loop = place.loop if place is not None else ""
        yield from segment(cut, notation, names.segments.get(tag), here, position=index, depth=depth, loop=loop)
    if hidden > shown:
        yield f"        ... {hidden - shown} segments not shown"
    for _, left in sorted(about.items()):
        yield from fault_lines(left, 0, x12)


def _names(message: Message) -> _Names:
    syntax = message.notation.syntax
    standard = standards.find(syntax, message.type, message.release)
    if standard is None:
        near = standards.nearest(syntax, message.type, message.release)
        standard = standards.find(syntax, message.type, near) if near else None
    if standard is not None:
        return _Names(standard.segments, standard)
    return _Names(_Either(standards.dictionary(syntax, message.release), standards.service(syntax)), None)


class _Either(dict[str, SegmentDef]):
    """A dictionary of a release with the envelope's segments behind it."""

    def __init__(self, first: Mapping[str, SegmentDef], then: Mapping[str, SegmentDef]) -> None:
        super().__init__()
        self._both = (first, then)

    def get(self, tag: str, default: SegmentDef | None = None) -> SegmentDef | None:  # type: ignore[override]
        return self._both[0].get(tag) or self._both[1].get(tag) or default


def _title(judged: JudgedMessage, standard: Standard | None, *, refused: bool) -> str:
    name = f" {standard.name}" if standard is not None else ""
    release = f", release {judged.release}" if judged.release else ""
    association = f" ({judged.association})" if judged.association else ""
    other = f", named by {standard.release}" if standard is not None and standard.release != judged.release else ""
    verdict = judged.verdict.replace("-", " ") or "not judged"
    counts = Counter(one.severity for one in judged.faults)
    told = [f"{counts[key]} {word}" for key, word in (("reject", "rejecting"), ("warn", "warned"), ("note", "noted")) if counts[key]]
    faults = f"; {', '.join(told)}" if told else ""
    beside = "; refused with its envelope" if refused and judged.verdict != "rejected" else ""
    held = f"; held: {judged.held} {judged.reason}" if judged.held else ""
    return f"{judged.type or 'message'}{name} {judged.control_number}{release}{association}{other}: {verdict}{faults}{beside}{held}"


@dataclass(frozen=True, slots=True)
class _Place:
    """How deep a segment stands, and what loop it opens."""

    depth: int
    loop: str


def _laid(message: Message, standard: Standard) -> dict[int, _Place]:
    """Each placed segment's place; those that found no row are not there."""
    return dict(_places(walk.walk(message, standard).root, 0, message.notation))


def _places(node: Node, depth: int, notation: Notation) -> Iterator[tuple[int, _Place]]:
    for at, child in enumerate(node.children):  # as deep as the table, which is ours
        inner = depth + (1 if node.loop.tag and at else 0)
        if isinstance(child, Placed):
            opens = node.loop.tag and not at
            yield child.index, _Place(inner, _loop(node.loop, node.ordinal, notation.syntax) if opens else "")
        else:
            yield from _places(child, inner, notation)


def _loop(loop: Loop, ordinal: int, syntax: Syntax) -> str:
    name = f"loop {loop.tag}" if syntax == "x12" else f"group {loop.name}"
    return f"{name}, no. {ordinal}" if loop.max != 1 else name


def _wrapped(text: str, lead: str = "") -> Iterator[str]:
    yield from textwrap.wrap(visible(text), WIDTH, initial_indent=lead, subsequent_indent=lead or "    ", break_on_hyphens=False)
