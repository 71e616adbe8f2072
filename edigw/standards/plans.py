"""Is this segment clean? The one question asked of every segment received, answered fast.

A definition is flattened once into tests that are calls into the interpreter's own code.
``SegmentPlan.clean`` never makes a fault: it answers True only for segments in which
``check`` would find nothing, and False for the few that ``check`` should look at. Where
the two could disagree, False is the safe answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from edigw.faults import FaultCode
from edigw.model import Cut, Repeats, Syntax
from edigw.standards import elements
from edigw.standards.elements import FORMATS_EDIFACT, FORMATS_X12, Fits, wrong_date
from edigw.standards.notes import broken, present
from edigw.standards.schema import CompositeDef, ElementRef, Note, SegmentDef, Standard


def _never(_: str) -> bool:
    return False


class _Parts:
    """A composite's tests, by component."""

    __slots__ = ("dated", "least", "notes", "tests")

    def __init__(self, composite: CompositeDef, syntax: Syntax, decimal: str) -> None:
        refs = composite.components
        self.tests = tuple((_simple(ref, syntax, decimal), ref.required == "M") for ref in refs)
        self.least = max((at for at, ref in enumerate(refs, 1) if ref.required == "M"), default=0)
        self.notes = composite.notes
        self.dated = composite.id == DATED

    def clean(self, parts: list[str]) -> bool:
        if not parts or not parts[-1] or len(parts) > len(self.tests) or len(parts) < self.least:
            return False
        for (fits, required), part in zip(self.tests, parts, strict=False):
            if part:
                if not fits(part):
                    return False
            elif required:
                return False
        if self.dated and wrong_c507(parts) is not None:
            return False
        return not (self.notes and broken(self.notes, [False, *(part != "" for part in parts)]))


#: The EDIFACT composite whose second component is a date in the format its third names.
DATED = "C507"


def wrong_c507(parts: list[str]) -> FaultCode | None:
    """What is wrong with the date of a C507, by the format it names; None if nothing, or if we do not know the format."""
    picture = FORMATS_EDIFACT.get(parts[2]) if len(parts) > 2 and parts[1] else None
    return wrong_date(parts[1], picture) if picture is not None else None


def _simple(ref: ElementRef, syntax: Syntax, decimal: str) -> Fits:
    return elements.fits(ref.element, syntax, decimal) if ref.element is not None else _never


class SegmentPlan:
    """A segment definition made ready for ``clean``."""

    __slots__ = ("_dated", "_least", "_most", "_notes", "_tests")

    def __init__(self, definition: SegmentDef, syntax: Syntax, decimal: str) -> None:
        tests: list[tuple[Fits, bool, Callable[[list[str]], bool] | None]] = []
        for ref in definition.elements:
            required = ref.required == "M"
            if ref.composite is None:
                tests.append((_simple(ref, syntax, decimal), required, None))
                continue
            parts = _Parts(ref.composite, syntax, decimal)
            alone = parts.least <= 1 and not parts.notes
            tests.append((parts.tests[0][0] if alone and parts.tests else _never, required, parts.clean))
        self._tests = tuple(tests)
        self._most = len(tests)
        self._least = max((at for at, ref in enumerate(definition.elements, 1) if ref.required == "M"), default=1)
        # Notes by the first position they speak of: behind the last element sent, only "at least one" can fail.
        self._notes = tuple(sorted(((_reach(note), note) for note in definition.notes), key=lambda pair: pair[0]))
        self._dated = dated_pairs(definition)

    def clean(self, cut: Cut) -> bool:
        """Whether nothing can be wrong with this segment's elements."""
        sent = len(cut) - 1
        if sent < self._least or sent > self._most or cut[-1] == "":
            return False
        values = iter(cut)
        next(values)
        for (fits, required, composite), value in zip(self._tests, values, strict=False):
            if isinstance(value, str):
                if value:
                    if not fits(value):
                        return False
                elif required:
                    return False
            elif composite is None or isinstance(value, Repeats) or not composite(value):
                return False
        for reach, note in self._notes:
            if reach > sent:
                break
            if not _holds(note, cut, sent):
                return False
        return not self._dated or not wrong_pairs(self._dated, cut)


def _reach(note: Note) -> int:
    return 0 if note.kind in ("R", "D1", "D3") else min(note.positions)


def _holds(note: Note, cut: Cut, sent: int) -> bool:
    """The common kinds in line; the others by the module that knows them all."""
    positions = note.positions
    if note.kind == "P" and len(positions) == 2:
        first, second = positions
        return (first <= sent and cut[first] != "") == (second <= sent and cut[second] != "")
    if note.kind == "C" and len(positions) == 2:
        first, second = positions
        return first > sent or cut[first] == "" or (second <= sent and cut[second] != "")
    if note.kind == "R":
        return any(position <= sent and cut[position] != "" for position in positions)
    return not broken((note,), [False, *(present(element) for element in cut[1:])])


# X12 dates that name their format: element 1250 says how 1251 behind it is written.


def dated_pairs(definition: SegmentDef) -> tuple[tuple[int, int], ...]:
    """Positions of 1250 and 1251 where they stand side by side."""
    ids = [ref.id for ref in definition.elements]
    return tuple((at, at + 1) for at in range(1, len(ids)) if ids[at - 1] == "1250" and ids[at] == "1251")


def wrong_pairs(pairs: tuple[tuple[int, int], ...], cut: Cut) -> list[int]:
    """The positions of 1251 whose value is not what its 1250 announces."""
    found: list[int] = []
    for named, dated in pairs:
        if dated < len(cut):
            name, value = cut[named], cut[dated]
            picture = FORMATS_X12.get(name) if isinstance(name, str) else None
            if picture is not None and isinstance(value, str) and value and wrong_date(value, picture) is not None:
                found.append(dated)
    return found


class Plans:
    """The plans of one release's segments, each made when its tag is first met."""

    def __init__(self, standard: Standard, decimal: str) -> None:
        self._standard = standard
        self._decimal = decimal
        self.made: dict[str, SegmentPlan] = {}

    def make(self, tag: str) -> SegmentPlan:
        plan = self.made[tag] = SegmentPlan(self._standard.segments[tag], self._standard.syntax, self._decimal)
        return plan


@lru_cache(maxsize=256)
def plans(standard: Standard, decimal: str) -> Plans:
    """The plans of *standard* for interchanges with this decimal mark; kept for the process."""
    return Plans(standard, decimal)

