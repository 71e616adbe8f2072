"""Syntax and dependency notes: what the presence of one element demands of others.

X12 writes ``P0304 C0506``, EDIFACT ``D5(4,3)``; the kinds are the same few, so both are
read here. Positions count elements of a segment, or components of a composite, from 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from edigw.faults import FaultCode
from edigw.model import Element
from edigw.standards.schema import Note


class Broken(NamedTuple):
    """A note that does not hold: *position* is where to mend it."""

    code: FaultCode  #: ELEMENT_CONDITION or ELEMENT_EXCLUSION
    position: int
    note: str


def present(element: Element) -> bool:
    """Whether an element was sent with anything in it."""
    if isinstance(element, str):
        return element != ""
    return any(present(part) for part in element)


def filled(element: Element) -> bool:
    """Whether an element was sent with more than blanks in it: a mandatory one must say something."""
    if isinstance(element, str):
        return element.strip(" ") != ""
    return any(filled(part) for part in element)


def broken(notes: Sequence[Note], sent: Sequence[bool]) -> list[Broken]:
    """The notes that do not hold. *sent* says of each position, from 1 (index 0 is ignored), whether it was sent."""
    found: list[Broken] = []
    last = len(sent) - 1
    for note in notes:
        here = [position for position in note.positions if position <= last and sent[position]]
        absent = [position for position in note.positions if position > last or not sent[position]]
        fault = _judge(note, here, absent)
        if fault is not None:
            found.append(fault)
    return found


def _judge(note: Note, here: list[int], absent: list[int]) -> Broken | None:
    kind, first = note.kind, note.positions[0]
    if kind in ("P", "D2"):
        return _missing(absent[0], f"all or none of {_these(note)}") if here and absent else None
    if kind in ("R", "D3"):
        return None if here else _missing(first, f"at least one of {_these(note)}")
    if kind in ("E", "D4"):
        return _excluded(here[1], f"at most one of {_these(note)}") if len(here) > 1 else None
    if kind == "D1":
        if not here:
            return _missing(first, f"exactly one of {_these(note)}")
        return _excluded(here[1], f"exactly one of {_these(note)}") if len(here) > 1 else None
    if first in absent:
        return None
    if kind in ("C", "D5"):
        return _missing(absent[0], f"{first} asks for it") if absent else None
    if kind in ("L", "D6"):
        return None if len(here) > 1 else _missing(note.positions[1], f"{first} asks for at least one of {_these(note, 1)}")
    if kind == "D7":
        return _excluded(here[1], f"{first} excludes it") if len(here) > 1 else None
    raise ValueError(f"a note of kind {kind!r}: the dictionary is newer than this module")


def _missing(position: int, note: str) -> Broken:
    return Broken(FaultCode.ELEMENT_CONDITION, position, note)


def _excluded(position: int, note: str) -> Broken:
    return Broken(FaultCode.ELEMENT_EXCLUSION, position, note)


def _these(note: Note, start: int = 0) -> str:
    return ", ".join(f"{position}" for position in note.positions[start:])
