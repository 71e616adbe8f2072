"""Is this segment clean? The one question asked of every segment received, answered fast.

A definition is flattened once into tests that are calls into the interpreter's own code.
``SegmentPlan.clean`` never makes a fault: it answers True only for segments in which
``check`` would find nothing, and False for the few that ``check`` should look at. Where
the two could disagree, False is the safe answer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from operator import call
from typing import Any, Final

from edigw.faults import FaultCode
from edigw.model import Cut, Element, Repeats, Syntax
from edigw.standards import elements
from edigw.standards.elements import FORMATS_EDIFACT, FORMATS_X12, Fits, wrong_date
from edigw.standards.notes import broken
from edigw.standards.schema import CompositeDef, ElementRef, SegmentDef, Standard


def _never(_: str) -> bool:
    return False


class _Parts:
    """A composite's tests, by component."""

    __slots__ = ("_alone", "_dated", "_least", "_most", "_notes", "_required", "_tests")

    def __init__(self, composite: CompositeDef, required: bool, syntax: Syntax, decimal: str) -> None:
        refs = composite.components
        self._tests = tuple(_simple(ref, syntax, decimal) for ref in refs)
        self._least = max((at for at, ref in enumerate(refs, 1) if ref.required == "M"), default=0)
        self._most = len(refs)
        self._notes = composite.notes
        self._dated = composite.id == DATED
        self._required = required
        self._alone = self._tests[0] if self._least <= 1 and not self._notes else None

    def clean(self, sent: Element) -> object:
        """Whether nothing can be wrong with the element that holds this composite."""
        if isinstance(sent, str):
            if not sent:
                return not self._required
            return self._alone is not None and self._alone(sent)
        if isinstance(sent, Repeats) or not sent or not sent[-1] or not self._least <= len(sent) <= self._most:
            return False
        if not all(map(call, self._tests, sent)):
            return False
        if self._dated and wrong_c507(sent) is not None:
            return False
        return not (self._notes and broken(self._notes, [False, *(part != "" for part in sent)]))


DATE_MAX: Final = 35  #: characters of 1251 and 2380
#: How many ways of filling one segment are remembered.
SHAPES_KEPT: Final = 512
#: The EDIFACT composite whose second component is a date in the format its third names.
DATED = "C507"


def wrong_c507(parts: list[str]) -> FaultCode | None:
    """What is wrong with the date of a C507, by the format it names; None if nothing, or if we do not know the format."""
    picture = FORMATS_EDIFACT.get(parts[2]) if len(parts) > 2 and 0 < len(parts[1]) <= DATE_MAX else None
    return wrong_date(parts[1], picture) if picture is not None else None


def _simple(ref: ElementRef, syntax: Syntax, decimal: str) -> Fits:
    if ref.element is None:
        return _never
    return elements.fits(ref.element, syntax, decimal, empty=ref.required != "M")


class SegmentPlan:
    """A segment definition made ready for ``clean``."""

    __slots__ = ("_dated", "_least", "_most", "_notes", "_shapes", "_tests")

    def __init__(self, definition: SegmentDef, syntax: Syntax, decimal: str) -> None:
        tests: list[Callable[[Any], object]] = []
        for ref in definition.elements:
            if ref.composite is None:
                tests.append(_simple(ref, syntax, decimal))
            else:
                tests.append(_Parts(ref.composite, ref.required == "M", syntax, decimal).clean)
        self._tests = tuple(tests)
        self._most = len(tests)
        self._least = max((at for at, ref in enumerate(definition.elements, 1) if ref.required == "M"), default=1)
        self._notes = definition.notes
        self._shapes: dict[tuple[bool, ...], bool] = {}  # which elements were sent -> whether the notes hold
        self._dated = dated_pairs(definition)

    def clean(self, cut: Cut) -> bool:
        """Whether nothing can be wrong with this segment's elements."""
        sent = len(cut) - 1
        if sent < self._least or sent > self._most or cut[-1] == "":
            return False
        try:
            if not all(map(call, self._tests, cut[1:])):  # one pass, all of it in the interpreter
                return False
        except TypeError:  # components or repeats where a simple value stands
            return False
        if self._notes:
            shape = tuple(map(bool, cut))
            holds = self._shapes.get(shape)
            if not (self._learn(shape) if holds is None else holds):
                return False
        return not self._dated or not wrong_pairs(self._dated, cut)

    def _learn(self, shape: tuple[bool, ...]) -> bool:
        """Whether the notes hold for a shape that was not met before. Senders use few."""
        if len(self._shapes) >= SHAPES_KEPT:
            self._shapes.clear()
        holds = self._shapes[shape] = not broken(self._notes, shape)
        return holds


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
            if picture is None or not isinstance(value, str) or not 0 < len(value) <= DATE_MAX:
                continue  # nothing, or a length that is its own fault
            if wrong_date(value, picture) is not None:
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

