"""What a dictionary says, as values: tables, rows, segments, composites, elements, codes.

Only types. ``standards/__init__`` loads them, ``walk`` reads a message along a table,
``check`` judges it. Everything is immutable and shared: a standard is built once per
process and release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TypeAlias

from edigw.model import Cut, Syntax
from edigw.records import dataclass


@dataclass(frozen=True, slots=True)
class ElementDef:
    """A simple data element. *codes* ``None``: no list known, any value is accepted."""

    id: str  #: "353", "1001"
    type: str  #: X12: AN ID DT TM R N0..N9 B; EDIFACT: a n an
    min: int
    max: int
    name: str
    codes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A syntax or dependency note: *kind* P R E C L (X12) or D1..D7 (EDIFACT), 1-based positions."""

    kind: str
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CompositeDef:
    """A composite: its components in order, each a reference to a simple element."""

    id: str
    name: str
    components: tuple[ElementRef, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementRef:
    """One position in a segment or composite. Exactly one of *element*, *composite* is set."""

    id: str
    required: str  #: "M", "O", "X" (X12), "C" (EDIFACT)
    repeat: int  #: how often it may be sent; 1 = once
    element: ElementDef | None
    composite: CompositeDef | None


@dataclass(frozen=True, slots=True)
class SegmentDef:
    """A segment: its elements in order; position n is ``elements[n - 1]``."""

    tag: str
    name: str
    elements: tuple[ElementRef, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A segment's place in a table. *max* 0 means unlimited; *floating* is X12 ``F`` (NTE)."""

    tag: str
    required: bool
    max: int
    number: int  #: its order in the whole table, from 1; unique, loops included
    floating: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """A loop or segment group; ``rows[0]`` is its trigger segment. The root has tag ``""``."""

    name: str  #: "SG25" in EDIFACT, the trigger's tag in X12, "" for the root
    tag: str  #: the trigger's tag
    required: bool
    max: int  #: 0 = unlimited
    number: int
    rows: tuple[Row | Loop, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """One message in one release: its table and every segment the release's dictionary has."""

    syntax: Syntax
    type: str  #: "850", "ORDERS"
    release: str  #: the key that was asked for: "004040", "D96A"
    name: str
    group: str  #: functional identifier code, GS01 ("PO"); "" for EDIFACT
    root: Loop
    segments: Mapping[str, SegmentDef]  #: lazy, by tag: every segment of the dictionary
    digest: str  #: SHA-256 of the compact data behind it, for the ledger


@dataclass(slots=True)
class Placed:
    """A segment that found its row. *index* is 1-based from ST/UNH: ``Position.segment``."""

    cut: Cut
    index: int
    row: Row


@dataclass(slots=True)
class Node:
    """One occurrence of a loop; the root node is the message. *children* in the order sent.

    ``children[0]`` of a loop is its trigger. *ordinal* counts occurrences of this loop
    within its parent from 1.
    """

    loop: Loop
    ordinal: int
    children: list[Placed | Node] = field(default_factory=list)


Child: TypeAlias = "Placed | Node"
