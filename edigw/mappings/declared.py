"""What a map declares, as frozen values with places: bodies, choices, values, pairs, conditions.

Only types. ``declare`` reads them out of the composed YAML, ``inherit`` works one map into
another before that, ``compile`` asks table, dictionary and document model about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from edigw.paths import Address, Field
from edigw.records import dataclass
from edigw.standards.guide import Rule
from edigw.yamlnodes import Place

Others: TypeAlias = Literal["note", "keep", "fault"]


@dataclass(frozen=True, slots=True)
class When:
    """A guard: *at* an element of the segment, or *field* of the object around, is as *wanted*."""

    at: Address | None
    field: Field | None
    wanted: str  #: present, absent, one, many, or a value
    place: Place


@dataclass(frozen=True, slots=True)
class Value:
    """One value's binding. *field* None: it is only compared, counted or written (``is``)."""

    place: Place
    field: Field | None = None
    expected: tuple[str, ...] = ()  #: ``is``: the first is written
    codes: str = ""  #: a table's name
    codes_place: Place | None = None
    inline: tuple[tuple[str, str], ...] = ()  #: a table written in the map itself
    others: Others = "note"
    default: str | None = None  #: ``ordinal`` counts the occurrence
    always: bool = False
    blank: str = ""  #: written into a loop's first segment that would carry nothing; of several the first that the release has
    format: Address | None = None
    time: Address | None = None  #: where the time of day stands, if one was sent with the day
    period: Field | None = None  #: where the text goes when its format is that of no day; the code goes into ``format`` beside it
    type: str = ""
    when: tuple[When, ...] = ()
    count: tuple[Field | str, ...] = ()  #: lists, or the tag of a tree's segment; the first is written


@dataclass(frozen=True, slots=True)
class Element:
    """A value's place or run of places, and its binding."""

    run: tuple[Address, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class PairList:
    """Pairs that become items of a list."""

    into: Field
    qualifier: Value | None
    value: Value


@dataclass(frozen=True, slots=True)
class Pairs:
    """Repeated qualifier and value: groups of *each* elements from *at* to *until*."""

    at: int
    until: int
    each: int
    qualifier: Address  #: element counted from 0 within the group, or a component (element 0)
    value: Address
    choices: tuple[tuple[tuple[str, ...], Value], ...]
    listed: PairList | None  #: ``into: places*``
    others: Others | PairList
    place: Place
    implied: tuple[tuple[str, str], ...] = ()  #: by qualifier: what a further component says that is known from it
    implied_at: int = 0  #: that component


@dataclass(frozen=True, slots=True)
class Tree:
    """A loop whose occurrences point at each other (HL, CPS): where the pointers stand, and how they are written."""

    place: Place
    id: Address
    parent: Address
    code: Address | None = None  #: which level an occurrence is of
    children: Address | None = None  #: whether others point at it
    chooses: Field | None = None  #: the document's member whose value picks a structure
    structures: tuple[tuple[str, tuple[str, ...]], ...] = ()  #: by that value, ``""`` for any other
    without: str = ""  #: an occurrence without parent and without this segment is the document itself


@dataclass(frozen=True, slots=True)
class TreeLevel:
    """One kind of occurrence of a tree, by its code."""

    code: str
    spec: Spec
    place: Place


@dataclass(frozen=True, slots=True)
class Spec:
    """What becomes of one segment or loop."""

    place: Place
    into: Field | None = None
    by: tuple[Address, ...] = ()
    value: Element | None = None
    choices: tuple[Choice, ...] = ()
    others: Others | Spec = "note"
    elements: tuple[Element, ...] = ()
    pairs: tuple[Pairs, ...] = ()
    body: tuple[Entry, ...] = ()
    when: tuple[When, ...] = ()
    set: tuple[tuple[Field, str, Place], ...] = ()
    cases: tuple[Spec, ...] = ()
    tree: Tree | None = None
    levels: tuple[TreeLevel, ...] = ()
    link: Field | None = None  #: the member by which an object of another list and the one around know each other
    same: Field | None = None  #: objects with one value there are one; ``.``: that are equal as a whole
    only: bool = False  #: of a link: where the document has one such object, it is meant where none is named
    beside: tuple[Element, ...] = ()  #: values of this segment for the object around
    written: bool = True  #: else it is read here, and written where another binding has it


@dataclass(frozen=True, slots=True)
class Choice:
    """A key of ``into``: its alternatives, and where they lead."""

    keys: tuple[tuple[str, ...], ...]  #: each one value per element of ``by``
    target: Field | Value | Spec
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a ``body``: a segment or loop, by the tag it begins with."""

    tag: str
    place: Place
    spec: Spec
    after: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Declared:
    """A map with what it extends worked in. *rules*: its ``guide:`` by path, with places."""

    name: str
    base: str  #: the map at the root of ``extends:``; its own name if it extends none
    document: str
    body: tuple[Entry, ...]
    rules: Mapping[str, tuple[Rule, Place]]
    file: str
    base_file: str
    digest: str
    changed: Mapping[Place, Place] = field(default_factory=dict)
    use: str = ""  #: a pair of functions around the map's own words, by name
