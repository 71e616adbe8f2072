"""Where the values of a document come from: segment, element, byte, and the line of the map. Pure.

Nothing of it is recorded when a document is made; the message is read again, with values
that bear their origin (``mappings.traced``). So the answer is as good as the map at hand:
the caller takes the one the document was made with.

A value without a source is said to have none, and why: the map's default or constant, a
link that the reader made, an envelope, a value no binding took.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from edigw import documents
from edigw.documents.members import members
from edigw.errors import EdigwError
from edigw.mappings import bindings, traced
from edigw.mappings.library import Program
from edigw.model import BLANKS, Message, Repeats
from edigw.positions import Position
from edigw.records import dataclass
from edigw.standards import walk

#: *sent, default, constant*: as in ``traced``. *worked out*: of several values. *link*: between two objects of the document.
#: *left*: in ``unmapped``, no binding took it. *envelope*: from the headers around it. *kind*: of every such document.
How: TypeAlias = Literal["sent", "default", "constant", "worked out", "link", "left", "envelope", "kind"]

MOST: Final = 10_000  # values told of one document

_STEP = re.compile(r"\.?([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]{1,9})\]|\.([0-9]{1,9})")
_LINKS: Final = frozenset({"id", "parent", "order", "package"})

#: The members of ``source``, and where the envelope says them: X12, EDIFACT.
_ENVELOPE: Final = {
    "file": ("the name of the file", "the name of the file"),
    "syntax": ("the file begins with ISA", "the file has a UNB"),
    "interchange": ("ISA13", "UNB 0020"),
    "group": ("GS06", "UNG 0048"),
    "message": ("ST02", "UNH 0062"),
    "type": ("ST01", "UNH 0065"),
    "release": ("GS08, or ST03", "UNH 0052 and 0054"),
    "association": ("GS08, or ST03", "UNH 0057"),
    "sender": ("ISA05 and ISA06", "UNB S002"),
    "receiver": ("ISA07 and ISA08", "UNB S003"),
    "test": ("ISA15", "UNB 0035"),
    "map": ("the map it was read with, and its digest", "the map it was read with, and its digest"),
}


class NoSuchValue(EdigwError):
    """A document has nothing at a path. The text says what it has instead, or where the map would read it."""

    code = "EDIGW-OPERATE-E003"
    advice = "edigw show ID --payload has the whole document"


@dataclass(frozen=True, slots=True)
class Source:
    """One value of a document and where it comes from. *at* None: from no segment of the message."""

    path: str  #: ``lines[0].quantity``
    value: Any
    how: How
    text: str = ""  #: in words, where there is no element to name
    segment: str = ""  #: by its loops: ``PO1/REF``
    at: Position | None = None
    offset: int = 0  #: byte in the file where the element begins; the segment's, if no element was sent
    name: str = ""  #: of the element, by the dictionary
    sent: str = ""
    place: str = ""  #: the map's file, line and column


def sources(document: Mapping[str, Any] | None, path: str, message: Message, program: Program) -> list[Source]:
    """Every value at and below *path* of the *document* that was made of *message* by *program*.

    None where no document came of it, for something required is missing: then of what *program* reads
    all the same. Raises NoSuchValue when nothing stands there.
    """
    steps = _steps(path)
    root = walk.walk(message, program.standard)
    again = program.trace(root.root, message, root.unplaced)
    if document is None:
        document = again
    here = _reached(document, steps, path, program)
    teller = _Teller(message, program)
    found = []
    for where, value in _values(here, steps):
        found.append(teller.tell(document, where, value, again))
        if len(found) == MOST:
            break
    return found


def _steps(path: str) -> tuple[str | int, ...]:
    """``lines[0].item`` or ``lines.0.item`` taken apart."""
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or (not at and path.startswith((".", "["))):
            raise NoSuchValue(f"{path!r} is no path: write it as lines[0].quantity")
        steps.append(found[1] if found[1] is not None else int(found[2] or found[3]))
        at = found.end()
    return tuple(steps)


def _shown(steps: Sequence[str | int]) -> str:
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps).removeprefix(".")


def _reached(document: Mapping[str, Any], steps: tuple[str | int, ...], path: str, program: Program) -> Any:
    """The value at *steps*."""
    here: Any = document
    for at, step in enumerate(steps):
        before = _shown(steps[:at]) or "the document"
        if isinstance(here, list) and isinstance(step, int):
            if step >= len(here):
                raise NoSuchValue(f"nothing stands at {path}: {before} has {len(here)}, from [0]")
            here = here[step]
        elif isinstance(here, dict) and isinstance(step, str):
            if step not in here:
                raise NoSuchValue(f"nothing stands at {path}: {_absent(steps, at, program, list(here))}")
            here = here[step]
        elif isinstance(here, list):
            raise NoSuchValue(f"nothing stands at {path}: {before} is a list; write {before}[0].{step}")
        else:
            what = "is no list" if isinstance(here, dict) else f"is a value, {here!r}"
            raise NoSuchValue(f"nothing stands at {path}: {before} {what}")
    return here


def _absent(steps: Sequence[str | int], at: int, program: Program, there: Sequence[str]) -> str:
    """Why what *steps* name is not in a document, whose member *at* is missing: nothing was sent, nothing reads it, or there is none."""
    model = documents.KINDS[program.kind]
    above = ""
    for step in steps:
        if not isinstance(step, str) or steps[0] in ("source", "unmapped"):
            continue
        dotted = f"{above}.{step}" if above else step
        if documents.member(model, dotted) is None:
            around = documents.member(model, above) if above else None
            known = members(model) if not above else members(around.model) if around is not None and around.model is not None else {}
            near = difflib.get_close_matches(step, known, 1) or difflib.get_close_matches(step, there, 1)
            return f"there is no member {dotted}" + (f"; did you mean {near[0]}?" if near else "")
        above = dotted
    missing = _shown(steps[: at + 1])
    found = list(dict.fromkeys(bindings.of(program.plan, above)))
    if found:
        shown = "; ".join(f"{one.address} ({one.place})" for one in found[:4])
        more = f", and {len(found) - 4} more" if len(found) > 4 else ""
        return f"nothing was sent for {missing}; {program.name} reads it from {shown}{more}"
    inner = [one for one in sorted(program.fields) if one.startswith(f"{above}.")]
    if inner:
        shown = ", ".join(inner[:4]) + (f" and {len(inner) - 4} more" if len(inner) > 4 else "")
        return f"nothing was sent for {missing}; {program.name} reads {shown}"
    if above in program.fields:
        return f"{program.name} works it out from what was sent, and here there was nothing to work it out from"
    return f"{program.name} reads nothing into it"


def _values(here: Any, steps: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """What stands at and below, each with its path; in the document's order."""
    if isinstance(here, dict):
        for name, value in here.items():
            yield from _values(value, (*steps, name))
    elif isinstance(here, list):
        for at, value in enumerate(here):
            yield from _values(value, (*steps, at))
    else:
        yield steps, here


@dataclass(slots=True)
class _Teller:
    message: Message
    program: Program

    def tell(self, document: Mapping[str, Any], steps: tuple[str | int, ...], value: Any, again: Mapping[str, Any]) -> Source:
        path = _shown(steps)
        first = steps[0]
        if first in ("document", "version"):
            return Source(path, value, "kind", f"of every {self.program.kind.replace('_', ' ')}")
        if first == "source":
            x12, edifact = _ENVELOPE.get(str(steps[-1]), ("the envelope", "the envelope"))
            return Source(path, value, "envelope", x12 if self.message.notation.syntax == "x12" else edifact)
        if first == "unmapped" and len(steps) > 1:
            entry = document["unmapped"][steps[1]]
            return self._left(path, value, entry)
        found = _at(again, steps)
        origin = traced.origin(found)
        if origin is None:
            return self._made(path, steps, value, again, there=found is not None)
        text = ""
        if origin.how == "default":
            text = f"nothing was sent at {origin.path}.{_spot(origin.at)} of segment {origin.at.segment}; this is the map's default"
        elif origin.how == "constant":
            text = f"the map's own word for {origin.path}, segment {origin.at.segment}"
        tag = origin.path.rpartition("/")[2]
        at = origin.at
        offset = element_offset(self.message, at) if origin.how == "sent" else at.offset
        return Source(
            path, value, origin.how, text, origin.path, at, offset, self._name(tag, at), origin.sent, str(origin.place)
        )

    def _left(self, path: str, value: Any, entry: Mapping[str, Any]) -> Source:
        if "position" not in entry:
            return Source(path, value, "left", f"read into {entry.get('field', 'a member')}, which cannot hold it")
        element, _, component = entry.get("element", "0").partition(".")
        at = self.message.position(entry["position"], int(element), int(component or 0), int(entry.get("repeat", 0)))
        why = "it stands where no table has a place for it" if entry.get("unplaced") else f"nothing in {self.program.name} reads it"
        segment = str(entry.get("segment", ""))
        name = self._name(re.sub(r"[+#].*", "", segment.rpartition("/")[2]), at)
        return Source(path, value, "left", why, segment, at, element_offset(self.message, at), name, str(entry["value"]))

    def _made(self, path: str, steps: tuple[str | int, ...], value: Any, again: Mapping[str, Any], *, there: bool) -> Source:
        if not there:
            return Source(path, value, "worked out", f"{self.program.label} does not make it of this message")
        if steps[-1] in _LINKS:
            return Source(path, value, "link", "made when the document was read: objects of it name each other by it")
        beside = [traced.origin(one) for _, one in _values(_at(again, steps[:-1]), ())]
        read = [one for one in beside if one is not None and one.how == "sent"]
        if not read:
            return Source(path, value, "worked out", f"worked out by {self.program.name}")
        places = ", ".join(dict.fromkeys(f"{one.path} (segment {one.at.segment})" for one in read[:4]))
        nearest = min(read, key=lambda one: one.at.segment)
        text = f"worked out by {self.program.name}; what stands beside it is of {places}"
        return Source(path, value, "worked out", text, nearest.path, self.message.position(nearest.at.segment), nearest.at.offset)

    def _name(self, tag: str, at: Position) -> str:
        """The element's name in the dictionary; ``""`` where it has none there."""
        segment = self.program.standard.segments.get(tag)
        if segment is None or not 0 < at.element <= len(segment.elements):
            return ""
        reference = segment.elements[at.element - 1]
        if reference.composite is not None and at.component <= len(reference.composite.components):
            reference = reference.composite.components[max(at.component, 1) - 1]
        return reference.element.name if reference.element is not None else ""


def _at(value: Any, steps: Sequence[str | int]) -> Any:
    """What stands at *steps*, or None."""
    for step in steps:
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        elif isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        else:
            return None
    return value


def _spot(at: Position) -> str:
    return f"{at.element}.{at.component}" if at.component else str(at.element)


def element_offset(message: Message, at: Position) -> int:
    """The byte where an element, its repeat or its component begins; that of the segment for what was not sent."""
    segments = message.segments()
    if not at.element or not 0 < at.segment <= len(segments):
        return at.offset
    marks = message.notation.delimiters
    whole, text = message.position(at.segment), message.texts[at.segment - 1].lstrip(BLANKS + marks.terminator)
    sent = segments[at.segment - 1][at.element] if at.element < len(segments[at.segment - 1]) else ""
    several = isinstance(sent, Repeats)
    element, repeat, component = 0, 1, 1
    wanted = (at.element, max(at.repeat, 1) if several else 1, max(at.component, 1))
    where = 0
    while where < len(text):
        if marks.release and text[where] == marks.release:
            where += 2
            continue
        step = 1
        if text.startswith(marks.element, where):
            element, repeat, component = element + 1, 1, 1
        elif several and marks.repetition and text[where] == marks.repetition:
            repeat, component = repeat + 1, 1
        elif marks.component and text.startswith(marks.component, where):
            component, step = component + 1, len(marks.component)
        else:
            where += 1
            continue
        where += step
        if (element, repeat, component) == wanted:
            return whole.offset + where
    return whole.offset

