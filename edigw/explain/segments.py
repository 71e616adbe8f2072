"""One segment as lines: its name, its elements with names and words, each fault beneath what it is about. Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from edigw.advice import ADVICE
from edigw.explain.words import words_of
from edigw.faults import Place, by_code
from edigw.judged import FaultRow
from edigw.model import Cut, Element, Notation, Repeats
from edigw.standards.schema import CompositeDef, ElementDef, ElementRef, SegmentDef
from edigw.visible import visible

WIDTH: Final = 100  #: columns of a terminal that a line should fit
INDENT: Final = 2  #: columns a loop moves its segments to the right
_MARGIN: Final = 8  #: columns before a tag: the segment's position and two blanks
_VALUES: Final = 60  #: the column values begin in, whatever the loop
_LONGEST: Final = 600  #: characters of a value that are shown
_MOST_ELEMENTS: Final = 1_000  #: of one segment that are shown; no release has a tenth of it
_MARKS: Final = {"reject": "!!", "warn": "!", "note": "-"}


def segment(
    cut: Cut,
    notation: Notation,
    definition: SegmentDef | None,
    faults: Sequence[FaultRow] = (),
    *,
    position: int = 0,
    depth: int = 0,
    loop: str = "",
) -> Iterator[str]:
    """The lines of a segment. *position* 0: it belongs to the envelope. *loop* says which loop it opens."""
    tag = _tag(cut, notation)
    name = definition.name if definition is not None else "a segment the dictionary does not have"
    number = f"{position}" if position else ""
    yield f"{number:>6}  {' ' * INDENT * depth}{tag:<3}  {name}{f'  ({loop})' if loop else ''}"
    about: dict[int, list[FaultRow]] = {}
    for one in faults:
        about.setdefault(one.element, []).append(one)
    last = max(min(len(cut) - 1, _MOST_ELEMENTS), *about, 0)
    for at in range(1, last + 1):
        if at < len(cut) and at <= _MOST_ELEMENTS:
            reference = definition.elements[at - 1] if definition is not None and at <= len(definition.elements) else None
            yield from _element(cut[at], at, reference, notation, depth, fixed=tag == "ISA")
        yield from fault_lines(about.pop(at, ()), depth, notation.syntax == "x12")
    if len(cut) - 1 > _MOST_ELEMENTS:
        yield f"{' ' * _start(depth)}... and {len(cut) - 1 - _MOST_ELEMENTS} elements more"
    yield from fault_lines(about.pop(0, ()), depth, notation.syntax == "x12")


def fault_lines(faults: Iterable[FaultRow], depth: int, x12: bool) -> Iterator[str]:
    """Each fault: what is wrong and where, its code and weight, and what to do."""
    for one in faults:
        lead = " " * (_start(depth) - 3)
        value = f": {quoted(one.value)}" if one.value else ""
        where = visible(place(one))
        known = by_code(one.code).value
        further = f"{one.code}, {_weight(one, known.x12 if x12 else known.edifact, known.place, x12)}, byte {one.offset}"
        head = f"{where}: {one.text}" if where and not one.text.startswith(where) else one.text
        paragraphs = [f"{visible(head)}{value}", further, f"what to do: {ADVICE[one.code].todo}"]
        mark = _MARKS.get(one.severity, "-")
        for paragraph in paragraphs:
            for line in textwrap.wrap(paragraph, WIDTH - len(lead) - 3, break_on_hyphens=False):
                yield f"{lead}{mark:<2} {line}"
                mark = ""


def place(fault: FaultRow) -> str:
    """``BEG05``, ``QTY01.2``, ``BEG`` or ``""``: the segment and what of it."""
    return fault.segment + (f"{fault.element:02}" if fault.element else "") + (f".{fault.component}" if fault.component else "")


def quoted(text: str) -> str:
    """A partner's value for a line of text, not too long and with nothing in it that acts."""
    return repr(visible(text[:100])).replace("\\\\", "\\") + ("..." if len(text) > 100 else "")


def _weight(fault: FaultRow, spelling: str, where: Place, x12: bool) -> str:
    """How much it weighs, and what an answer says of it where the standard has a word."""
    names = {Place.INTERCHANGE: "TA105", Place.GROUP: "AK905", Place.MESSAGE: "AK502", Place.SEGMENT: "AK304", Place.ELEMENT: "AK403"}
    if fault.severity == "note" or not spelling:
        return fault.severity
    return f"{fault.severity} ({names.get(where, '') if x12 else '0085'} {spelling})"


def _start(depth: int) -> int:
    return _MARGIN + INDENT * depth + 5


def _tag(cut: Cut, notation: Notation) -> str:
    element: Element = cut[0] if cut else ""
    while not isinstance(element, str):
        element = element[0] if element else ""
    return visible(notation.decode(element))[:20]


def _element(element: Element, at: int, reference: ElementRef | None, notation: Notation, depth: int, *, fixed: bool) -> Iterator[str]:
    """An element's lines; none where nothing was sent."""
    every = element if isinstance(element, Repeats) else [element]
    for repeat, one in enumerate(every[:_MOST_ELEMENTS], 1):
        mark = f"#{repeat}" if len(every) > 1 else ""
        if isinstance(one, str) and (reference is None or reference.composite is None):
            yield from _value(one, f"{at:02}{mark}", reference.element if reference is not None else None, notation, depth, fixed=fixed)
            continue
        composite = reference.composite if reference is not None else None
        for component, part in enumerate([one] if isinstance(one, str) else one[:_MOST_ELEMENTS], 1):
            found = _component(composite, component, reference)
            yield from _value(part, f"{at:02}.{component}{mark}", found, notation, depth, fixed=fixed)


def _component(composite: CompositeDef | None, at: int, reference: ElementRef | None) -> ElementDef | None:
    if composite is not None:
        return composite.components[at - 1].element if at <= len(composite.components) else None
    return reference.element if reference is not None and at == 1 else None


def _value(value: str, address: str, known: ElementDef | None, notation: Notation, depth: int, *, fixed: bool) -> Iterator[str]:
    if not value or (fixed and not value.strip()):
        return
    text = notation.decode(value)
    shown = visible(text[:_LONGEST])
    if fixed:
        shown = shown.rstrip()
    elif shown != shown.strip():
        shown = f"'{shown}'"
    if len(text) > _LONGEST:
        shown += f"... ({len(text)} characters)"
    name = known.name if known is not None else "no such element in the dictionary"
    head = f"{' ' * _start(depth)}{address:<5} {known.id if known is not None else '':>4}  {name} "
    head += "." * (_VALUES - len(head) - 1) + " "
    word = _word(text, known, notation) if len(text) <= _LONGEST else ""
    if len(head) + len(shown) + (len(word) + 2 if word else 0) <= WIDTH:
        yield f"{head}{shown}{f'  {word}' if word else ''}"
        return
    begin = len(head)
    if begin > WIDTH - 30:
        yield head.rstrip()
        begin = _VALUES
        head = " " * begin
    if word and len(shown) <= 6:  # a code, its words beside it
        head, begin = f"{head}{shown}  ", begin + len(shown) + 2
        shown, word = word, ""
    for piece in [*_folded(shown, WIDTH - begin), *textwrap.wrap(word, WIDTH - begin)]:
        yield f"{head}{piece}"
        head = " " * begin


def _folded(text: str, width: int) -> Iterator[str]:
    """*text* in lines of *width*, broken at blanks where there are any; every character is kept."""
    while len(text) > width:
        at = text.rfind(" ", 1, width)
        at = at + 1 if at > 0 else width
        yield text[:at].rstrip() if text[at - 1] == " " else text[:at]
        text = text[at:]
    yield text


def _word(text: str, known: ElementDef | None, notation: Notation) -> str:
    """What the value stands for: a code's words, or a number whose point is not sent."""
    if known is None:
        return ""
    implied = re.fullmatch("N([1-9])", known.type)
    if implied and re.fullmatch("-?[0-9]{1,18}", text):
        digits = text.lstrip("-").rjust(int(implied[1]) + 1, "0")
        return f"= {'-' * text.startswith('-')}{digits[: -int(implied[1])]}.{digits[-int(implied[1]) :]}"
    return visible(words_of(notation.syntax, known.id, text))
