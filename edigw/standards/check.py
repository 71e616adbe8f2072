"""What is wrong with a message: its structure, its elements, its totals; and the verdict.

The judge's half of the standard: ``walk`` says where each segment belongs, here each is
held against its definition, and all of it becomes faults with exact places. The answer
(997, CONTRL) is built from these and nothing else, so a fault names the element an AK4
or a UCD can name. Nothing is corrected and nothing is read into documents here.

Nearly every segment of nearly every file is clean. ``plans`` tells so quickly, and only
the others come to the code below, which is written to be exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from edigw.faults import Fault, FaultCode, Policy, Severity, Verdict, fault, verdict
from edigw.model import Cut, Element, Message, Repeats
from edigw.records import dataclass
from edigw.standards import elements, totals
from edigw.standards.elements import FORMATS_EDIFACT
from edigw.standards.notes import broken, filled, present
from edigw.standards.plans import DATED, dated_pairs, plans, wrong_c507, wrong_pairs
from edigw.standards.schema import CompositeDef, ElementDef, ElementRef, Loop, Node, Standard
from edigw.standards.walk import FAULTS_KEPT, Unplaced, cut_off, tag_of, walk

if TYPE_CHECKING:
    from edigw.standards.guide import Guide

_TRAILERS: Final = frozenset({"SE", "UNT"})
_HEADERS: Final = frozenset({"ST", "UNH"}) | _TRAILERS
#: Associations whose members add codes to the base lists: a code we do not have is only noted.
_EXTENDING: Final = ("EAN", "VICS", "UCS")
#: EDIFACT: the agency that a code list belongs to, and the one whose lists we have (UN/ECE).
_LIST: Final = "1131"
_AGENCY: Final = "3055"
_UN: Final = "6"


@dataclass(slots=True)
class Checked:
    """What check found in one message.

    *faults* stand in the order of their places, the parser's own among them, weighed by the
    policy. *root* is the message as a tree; *unplaced* what found no row in it.
    """

    faults: list[Fault]
    root: Node
    verdict: Verdict
    unplaced: list[Unplaced] = field(default_factory=list)


def check(message: Message, standard: Standard, *, guide: Guide | None = None, policy: Policy | None = None) -> Checked:
    """Judge *message* by *standard*, narrowed by a partner's *guide*, weighed by its *policy*.

    Never raises on what a partner sent; time and memory grow with the message's length.
    """
    walked = walk(message, standard)
    found = list(message.faults) + walked.faults
    _Judge(message, standard, found).elements(walked.places)
    found += totals.unlike_bounds(message, standard, walked.places)
    if not walked.unplaced and not cut_off(message) and all(one.code is not FaultCode.SEGMENT_MISSING for one in walked.faults):
        found += totals.disagreements(message, standard, walked.places)  # else lines may be among what was lost
    if guide is not None:
        found += guide.judge(message, standard, walked.root)
    if len(found) > FAULTS_KEPT:
        tag = tag_of(message.segments()[0])
        note = f"more than {FAULTS_KEPT} faults; the rest is not listed"
        found[FAULTS_KEPT:] = [fault(standard.syntax, FaultCode.LIMIT_EXCEEDED, message.position(1), note=note, segment=tag)]
    found.sort(key=lambda one: (one.at.segment, one.at.element, one.at.component, one.at.repeat))
    weighed = (policy or Policy()).apply(found)
    return Checked(weighed, walked.root, verdict(weighed), walked.unplaced)


class _At(NamedTuple):
    """A place within the segment at hand."""

    element: int = 0
    component: int = 0
    repeat: int = 0

    def part(self, component: int) -> _At:
        return self._replace(component=component)


class _Judge:
    """Holds the segments of one message against their definitions."""

    def __init__(self, message: Message, standard: Standard, found: list[Fault]) -> None:
        self.message = message
        self.standard = standard
        self.syntax = standard.syntax
        self.notation = message.notation
        self.found = found
        self.extended = message.association.startswith(_EXTENDING)
        # Where the parser has spoken of a header or trailer, its elements are not judged again.
        self.spoken = {one.at.segment for one in message.faults}
        self.index = 0
        self.tag = ""
        self.loop = ""

    def elements(self, places: Sequence[Loop | None]) -> None:
        """Every segment that has a place."""
        ready = plans(self.standard, self.notation.delimiters.decimal)
        made = ready.made
        fragment = self.fragment()
        for index, (cut, loop) in enumerate(zip(self.message.segments(), places, strict=True), 1):
            if loop is None:
                continue  # it found no row, and that was said
            tag = cut[0]
            if not isinstance(tag, str):
                tag = tag_of(cut)
            plan = made.get(tag) or ready.make(tag)
            if plan.clean(cut) or index == fragment:
                continue
            if len(self.found) > FAULTS_KEPT:
                return
            self.segment(index, cut, loop)

    def fragment(self) -> int:
        """The segment in which the file breaks off, which says nothing of what was meant to be sent; 0 if none."""
        message = self.message
        if not cut_off(message):
            return 0
        whole = sum(map(len, message.texts)) + len(message.texts) * len(self.notation.delimiters.terminator)
        return len(message.texts) if message.end - message.start < whole else 0

    def segment(self, index: int, cut: Cut, loop: Loop) -> None:
        """Everything wrong with one segment's elements."""
        self.index, self.tag, self.loop = index, tag_of(cut), loop.name
        if self.tag in _HEADERS and index in self.spoken:
            return
        definition = self.standard.segments[self.tag]
        refs = definition.elements
        sent = len(cut) - 1
        while sent and not present(cut[sent]):
            sent -= 1
        if not sent:
            mandatory = [(place, ref) for place, ref in enumerate(refs, 1) if ref.required == "M"]
            for place, ref in mandatory:
                self.fault(FaultCode.ELEMENT_MISSING, _At(place), element_id=ref.id)
            if refs and not mandatory:  # nothing it must hold is missing, but a segment holds something
                self.fault(FaultCode.SEGMENT_EMPTY, _At())
            return
        if sent < len(cut) - 1 and not _lacking(refs, sent):
            self.fault(FaultCode.TRAILING_SEPARATOR, _At(sent + 1), note=_empty(len(cut) - 1 - sent, "element"))
        if sent > len(refs):
            self.fault(FaultCode.ELEMENTS_TOO_MANY, _At(len(refs) + 1), cut[len(refs) + 1], f"{sent} of at most {len(refs)}")
        copies = self.tag in _TRAILERS
        for place, ref in enumerate(refs, 1):
            element: Element = cut[place] if place <= sent else ""
            if copies and place == 2 and element == self.reference():
                continue  # the header's own reference once more: what is wrong with it was said there
            if ref.required == "M" and not filled(element):
                self.fault(FaultCode.ELEMENT_MISSING, _At(place), element_id=ref.id)
            elif present(element):
                self.element(_At(place), ref, element)
        said: set[tuple[FaultCode, int]] = set()
        for code, place, note in broken(definition.notes, [False, *(present(one) for one in cut[1 : sent + 1])]):
            if (code, place) in said:  # two notes may ask for one element
                continue
            said.add((code, place))
            value = cut[place] if code is FaultCode.ELEMENT_EXCLUSION else ""
            self.fault(code, _At(place), value, note, refs[place - 1].id)
        for place in wrong_pairs(dated_pairs(definition), cut):
            note = f"announced as {self.shown(cut[place - 1])}"
            self.fault(FaultCode.ELEMENT_DATE, _At(place), cut[place], note, refs[place - 1].id)

    def reference(self) -> Element:
        """ST02 or UNH 0062."""
        header = self.message.segments()[0]
        return header[{"ST": 2, "UNH": 1}.get(tag_of(header), 0)] if len(header) > 2 else ""

    def element(self, at: _At, ref: ElementRef, element: Element) -> None:
        """One element that was sent, with all its repeats."""
        if not isinstance(element, Repeats):
            self.occurrence(at, ref, element)
            return
        if len(element) > ref.repeat:
            beyond = _At(at.element, 0, ref.repeat + 1)
            self.fault(FaultCode.REPEATS_TOO_MANY, beyond, element[ref.repeat], f"{len(element)} of at most {ref.repeat}", ref.id)
        for number, one in enumerate(element[: ref.repeat], 1):
            if present(one):
                self.occurrence(_At(at.element, 0, number), ref, one)

    def occurrence(self, at: _At, ref: ElementRef, element: str | list[str]) -> None:
        """An element, or one of its repeats."""
        if ref.composite is not None:
            self.composite(at, ref.composite, [element] if isinstance(element, str) else element)
            return
        assert ref.element is not None
        if isinstance(element, str):
            self.value(ref.element, element, at)
            return
        sent = _last(element)
        if sent > 1:
            self.fault(FaultCode.COMPONENTS_TOO_MANY, at, element, f"{sent} where one value stands", ref.id)
            return
        self.fault(FaultCode.TRAILING_SEPARATOR, at.part(2), note=_empty(len(element) - sent, "component"), element_id=ref.id)
        self.value(ref.element, element[0], at)

    def composite(self, at: _At, composite: CompositeDef, parts: list[str]) -> None:
        """A composite that was sent with something in it."""
        refs = composite.components
        sent = _last(parts)
        if sent < len(parts) and not _lacking(refs, sent):
            note = _empty(len(parts) - sent, "component")
            self.fault(FaultCode.TRAILING_SEPARATOR, at.part(sent + 1), note=note, element_id=composite.id)
        if sent > len(refs):
            beyond = at.part(len(refs) + 1)
            self.fault(FaultCode.COMPONENTS_TOO_MANY, beyond, parts[len(refs)], f"{sent} of at most {len(refs)}", composite.id)
        foreign = _foreign(composite, parts) if self.syntax == "edifact" else frozenset()
        before = len(self.found)
        for place, ref in enumerate(refs, 1):
            value = parts[place - 1] if place <= sent else ""
            if ref.required == "M" and not filled(value):
                self.fault(FaultCode.ELEMENT_MISSING, at.part(place), element_id=ref.id)
            elif value and ref.element is not None:
                self.value(ref.element, value, at.part(place), ours=place not in foreign)
        for code, place, note in broken(composite.notes, [False, *(part != "" for part in parts[:sent])]):
            self.fault(code, at.part(place), note=note, element_id=refs[place - 1].id)
        if composite.id == DATED and len(self.found) == before:
            wrong = wrong_c507(parts)
            if wrong is not None:
                self.fault(wrong, at.part(2), parts[1], f"format {parts[2]} is {FORMATS_EDIFACT[parts[2]]}", "2380")

    def value(self, element: ElementDef, value: str, at: _At, *, ours: bool = True) -> None:
        """A simple value. Whether its code is known is asked only where the list is *ours*."""
        wrong = elements.wrong(element, value, self.syntax, self.notation)
        if wrong is None:
            return
        severity = None
        if wrong.code is FaultCode.ELEMENT_CODE:
            if not ours:
                return
            severity = Severity.NOTE if self.extended else None
        self.fault(wrong.code, at, value if wrong.shown else "", wrong.note, element.id, severity)

    def fault(
        self, code: FaultCode, at: _At, value: Element = "", note: str = "", element_id: str = "", severity: Severity | None = None
    ) -> None:
        made = fault(
            self.syntax,
            code,
            self.message.position(self.index, *at),
            self.shown(value),
            note,
            segment=self.tag,
            loop=self.loop,
            element_id=element_id,
        )
        self.found.append(made if severity is None else replace(made, severity=severity))

    def shown(self, element: Element) -> str:
        """An element as people and answers read it: components and repeats joined as they were sent."""
        if isinstance(element, str):
            return self.notation.decode(element[:400])
        delimiters = self.notation.delimiters
        join = delimiters.repetition if isinstance(element, Repeats) else delimiters.component
        return join.join(self.shown(part) for part in element[:100])


def _foreign(composite: CompositeDef, parts: list[str]) -> frozenset[int]:
    """Components whose codes come from a list that is not the UN's.

    Behind a code stand 1131 (which list) and 3055 (whose): ``9`` for GS1, ``92`` for the
    buyer's own. The lists we have are the UN's; of the others nothing is known.
    """
    ids = [ref.id for ref in composite.components]
    found: set[int] = set()
    for place in range(1, min(len(ids), len(parts))):
        key, value = ids[place], parts[place]
        if key == _LIST and value:
            found.add(place)
        elif key == _AGENCY and value and value != _UN:
            found.add(place - 1 if ids[place - 1] == _LIST else place)
    return frozenset(found)


def _lacking(refs: Sequence[ElementRef], sent: int) -> bool:
    """Whether something mandatory is missing behind what was sent: then a separator there is no mistake of its own."""
    return any(ref.required == "M" for ref in refs[sent:])


def _last(parts: Sequence[str]) -> int:
    """How many components were sent, without empty ones at the end."""
    sent = len(parts)
    while sent and not parts[sent - 1]:
        sent -= 1
    return sent


def _empty(count: int, what: str) -> str:
    return f"{count} empty {what}{'s' if count > 1 else ''}"
