"""The one path grammar of maps, guides, faults and ``why``. Pure.

    LOOP/LOOP/SEG+QUALIFIER.element.component        PO1/REF+VN.2   LIN/PRI+AAA.1.2   TD5

A loop is named by its trigger's tag, never by its group number, for that differs from
release to release. ``2`` is an element, ``1.2`` a component, ``.2`` a component of the
composite at hand; ``1..2`` and ``4.2..4.5`` are runs. A document's members are named by
dotted paths; a list target ends in ``*``, ``x.0`` is its first item and ``.`` the value
itself.

Every parser here takes text of people and raises ``PathError`` with what is wrong; the
caller knows the place in its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from edigw.errors import EdigwError
from edigw.records import dataclass

MAX_STEPS = 12  # the deepest table nests seven loops

_TAG = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_STEP = re.compile(r"([A-Z][A-Z0-9]{1,2})(?:\+([^/.]+))?(?:#([1-9][0-9]{0,6}))?")
_TAIL = re.compile(r"\.([1-9][0-9]{0,2})(?:\.([1-9][0-9]{0,2}))?$")
_ADDRESS = re.compile(r"([1-9][0-9]{0,2})(?:\.([1-9][0-9]{0,2}))?|\.([1-9][0-9]{0,2})")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_ITEM = re.compile(r"0|[1-9][0-9]{0,2}")  # of ``x.0``: a place in a list that a person wrote down


class PathError(EdigwError):
    """A path that cannot be read; *text* says why."""

    code = "EDIGW-MAP-E012"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A value's place in a segment. *element* 0: the composite at hand; *component* 0: the element as a whole."""

    element: int
    component: int = 0

    def __str__(self) -> str:
        return f"{self.element or ''}.{self.component}" if self.component else str(self.element)


@dataclass(frozen=True, slots=True)
class Step:
    """A loop or segment. *qualifier* ``""``: any. *occurrence* 0: any; else counted from 1 within its parent."""

    tag: str
    qualifier: str = ""
    occurrence: int = 0

    def __str__(self) -> str:
        text = f"{self.tag}+{self.qualifier}" if self.qualifier else self.tag
        return f"{text}#{self.occurrence}" if self.occurrence else text


@dataclass(frozen=True, slots=True)
class Path:
    """Where something stands in a message: loops, then a segment or loop, then perhaps one of its values."""

    steps: tuple[Step, ...]
    element: int = 0  #: 0: the segment or loop itself
    component: int = 0

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(step.tag for step in self.steps)

    @property
    def qualifier(self) -> str:
        """The qualifier of the last step."""
        return self.steps[-1].qualifier

    def __str__(self) -> str:
        text = "/".join(str(step) for step in self.steps)
        if self.element:
            text += f".{self.element}"
            if self.component:
                text += f".{self.component}"
        return text


@dataclass(frozen=True, slots=True)
class Field:
    """A document member. *names* empty: the value itself (``.``). *many*: a list to add to (``lines*``).

    A name of digits is a fixed place in the list before it (``tracking.0``, ``places.0.quantity``).
    """

    names: tuple[str, ...]
    many: bool = False

    def __str__(self) -> str:
        return ".".join(self.names) + "*" * self.many if self.names else "."


@lru_cache(maxsize=4096)
def parse(text: str) -> Path:
    """``PO1/REF+VN.2`` taken apart. Raises PathError."""
    tail = _TAIL.search(text)
    body = text[: tail.start()] if tail else text
    parts = body.split("/")
    if len(parts) > MAX_STEPS:
        raise PathError(f"a path of {len(parts)} steps; {MAX_STEPS} at most")
    steps = []
    for part in parts:
        found = _STEP.fullmatch(part)
        if not found:
            raise PathError(f"{part!r} is no segment tag; a path reads LOOP/SEG+QUALIFIER.element.component")
        steps.append(Step(found[1], found[2] or "", int(found[3] or 0)))
    if tail is None:
        return Path(tuple(steps))
    return Path(tuple(steps), int(tail[1]), int(tail[2] or 0))


def is_tag(text: str) -> bool:
    """Whether *text* has the form of a segment tag."""
    return _TAG.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def address(text: str) -> Address:
    """``2``, ``1.2`` or ``.2``. Raises PathError."""
    found = _ADDRESS.fullmatch(text)
    if not found:
        raise PathError(f"{text!r} is no element; elements read 2, components 1.2 or .2")
    if found[3]:
        return Address(0, int(found[3]))
    return Address(int(found[1]), int(found[2] or 0))


def is_address(text: str) -> bool:
    """Whether *text* begins as an element, component or run does: a digit, or a dot and a digit."""
    return text[:1].isdigit() or (text[:1] == "." and text[1:2].isdigit())


@lru_cache(maxsize=4096)
def run(text: str) -> tuple[Address, ...]:
    """``1..2``, ``4.2..4.5``, ``2.1..6.1``: the addresses of a run in order; one address alone is a run of one.

    Raises PathError.
    """
    first, dots, last = text.partition("..")
    if not dots:
        return (address(text),)
    return tuple(_between(address(first), address(last), text))


def _between(first: Address, last: Address, text: str) -> Iterator[Address]:
    if first.element == last.element and 0 < first.component < last.component:
        return (Address(first.element, at) for at in range(first.component, last.component + 1))
    if first.component == last.component and 0 < first.element < last.element:
        return (Address(at, first.component) for at in range(first.element, last.element + 1))
    raise PathError(f"{text!r} is no run; runs read 1..2, 4.2..4.5 or 2.1..6.1, upwards")


@lru_cache(maxsize=4096)
def field(text: str) -> Field:
    """``price.amount``, ``lines*``, ``tracking.0`` or ``.``. Raises PathError."""
    if text == ".":
        return Field(())
    many = text.endswith("*")
    names = tuple((text[:-1] if many else text).split("."))
    for at, name in enumerate(names):
        if not (_NAME.fullmatch(name) or (at and _ITEM.fullmatch(name))):
            raise PathError(f"{text!r} is no field; fields read number, price.amount, lines* or tracking.0")
    if len(names) > MAX_STEPS:
        raise PathError(f"a field of {len(names)} steps; {MAX_STEPS} at most")
    return Field(names, many)
