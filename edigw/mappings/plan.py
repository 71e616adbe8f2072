"""A map made ready for one release: declarations resolved against table, dictionary and model.

Reader and writer are both built from this plan, so that they cannot disagree about what
a binding means. Tags have become rows of the table, addresses elements with their
definitions, fields paths with codecs. What a release does not have is left out here and
told; whether that is a mistake depends on who wrote it, and ``library`` decides.
"""

from __future__ import annotations

from dataclasses import field
from typing import Final, Literal, TypeAlias

from edigw.documents.members import Shape
from edigw.mappings.codecs import Codec
from edigw.mappings.codes import Table
from edigw.paths import Address, Field
from edigw.records import dataclass
from edigw.standards.schema import ElementDef, Loop, Row
from edigw.yamlnodes import Place

Names: TypeAlias = "tuple[str, ...]"
Spot: TypeAlias = "tuple[int, int]"  #: element and component; component 0: a simple element
Others: TypeAlias = Literal["note", "keep", "fault"]

WHOLE: Final[Names] = ()  #: the value itself (``.``)


@dataclass(slots=True, eq=False)
class Guard:
    """A ``when``: the value at *spot*, or the member *names* of the object around, is as *wanted*."""

    spot: Spot | None
    names: Names
    wanted: str


@dataclass(slots=True, eq=False)
class Slot:
    """One value of a segment and what becomes of it."""

    spot: Spot
    definition: ElementDef
    place: Place
    names: Names | None = None  #: None: no field; it is compared, counted or constant
    many: bool = False  #: the field is a list to add to
    shape: Shape = "text"
    codec: Codec | None = None
    table: Table | None = None
    others: Others = "note"
    expected: tuple[str, ...] = ()
    default: str | None = None
    always: bool = False
    blank: str = ""
    count: tuple[Names, ...] = ()  #: lists, or the tag of a tree's segment; the first is written
    format: Spot | None = None
    format_definition: ElementDef | None = None
    time: Spot | None = None  #: where a day's time of day stands
    period: Names | None = None  #: for a text whose format is that of no day, with the format's code at *code*
    code: Names = ()
    when: tuple[Guard, ...] = ()


@dataclass(slots=True, eq=False)
class Run:
    """Places in a segment whose values become items of one list, in order."""

    names: Names
    slots: tuple[Slot, ...]


@dataclass(slots=True, eq=False)
class PairField:
    """A qualifier's field: the codes that lead there, the first to be written."""

    codes: tuple[str, ...]
    slot: Slot


@dataclass(slots=True, eq=False)
class PairItems:
    """A list whose items take qualifier and value."""

    names: Names
    qualifier: Slot | None
    value: Slot


@dataclass(slots=True, eq=False)
class Pairs:
    """Repeated qualifier and value, at *spots* (qualifier, value)."""

    spots: tuple[tuple[Spot, Spot], ...]
    definition: ElementDef  #: of the qualifier
    fields: tuple[PairField, ...]
    listed: PairItems | None
    others: Literal["note", "fault"] | PairItems
    place: Place
    implied: tuple[tuple[str, str], ...] = ()
    implied_at: int = 0


@dataclass(slots=True, eq=False)
class Link:
    """Two objects in lists of the document, of which one knows the other by its id.

    *inward*: the object read points at the one around, in items of its list *member*
    (a line's ``contents``), under the name *key*. Else the one around points at it by
    *member* (a line's ``order``), and two that say the same are one.
    """

    member: str
    inward: bool
    key: str = ""  #: ``package``
    shares: bool = False  #: the items say how much (``quantity``)
    only: bool = False  #: where the document has one such object, it is meant where none is named
    owner: str = ""  #: the list that holds those around (``lines``), where it is known


@dataclass(slots=True, eq=False)
class Branch:
    """One kind of a tree's occurrences, and the list of the document it goes into."""

    codes: tuple[str, ...]
    place: Place
    case: Case  #: its ``into`` is None: it fills the object at hand
    into: str = ""  #: ``orders``; ``""``: the document itself
    points: dict[str, str] = field(default_factory=dict)  #: list of an ancestor -> the member that names it
    link: Link | None = None
    same: Names | None = None
    numbered: bool = False  #: always has an ``id``; else only where another points at it


@dataclass(slots=True, eq=False)
class Tree:
    """A loop whose occurrences point at each other."""

    id: Spot
    parent: Spot
    code: Spot | None
    children: Spot | None
    branches: tuple[Branch, ...]
    others: Others
    chooses: Names | None = None
    structures: dict[str, tuple[str, ...]] = field(default_factory=dict)
    without: str = ""
    whole: Case | None = None  #: of an occurrence that is the document itself
    shown: frozenset[str] = frozenset()  #: members of which one at least makes an object have the segment *without*
    loose: str = ""  #: the list whose objects stand in occurrences, that of the document itself included
    holds: Link | None = None  #: how those name the occurrence's object

    @property
    def spots(self) -> frozenset[Spot]:
        return frozenset(one for one in (self.id, self.parent, self.code, self.children) if one is not None)

    def branch(self, code: str) -> Branch | None:
        """The branch of a level; of a tree without codes its only one."""
        return next((one for one in self.branches if code in one.codes or not one.codes), None)

    def levels(self, chosen: str) -> tuple[Branch, ...]:
        """The branches in the order in which they are written."""
        codes = self.structures.get(chosen, self.structures.get(""))
        if codes is None:
            return self.branches
        return tuple(found for found in map(self.branch, codes) if found is not None)


@dataclass(slots=True, eq=False)
class Case:
    """What one occurrence becomes: into which object, value by value."""

    number: int  #: unique in the program
    place: Place
    keys: tuple[tuple[str, ...], ...] = ()  #: the qualifiers that choose it; the first is written
    into: Names | None = None  #: None: the object around
    many: bool = False
    slots: tuple[Slot, ...] = ()
    runs: tuple[Run, ...] = ()
    pairs: tuple[Pairs, ...] = ()
    body: Level | None = None
    set: tuple[tuple[Names, str], ...] = ()
    when: tuple[Guard, ...] = ()
    needs: Spot | None = None  #: what must be sent, or the occurrence is left to ``others``
    days: tuple[Spot, ...] = ()  #: format codes; another than a day's leaves the occurrence to ``others``, who keep periods
    link: Link | None = None  #: *into* is a list of the document, not of the object around
    beside: Case | None = None  #: what of the segment goes into the object around

    @property
    def repeats(self) -> bool:
        """Whether several occurrences can go into one object: nothing in it holds one value only."""
        return all(slot.names is None for slot in self.slots) and self.body is None


@dataclass(slots=True, eq=False)
class Scheme:
    """One way to choose: the values at *by*, joined, are looked up among the cases' keys."""

    by: tuple[Spot, ...]
    cases: tuple[Case, ...]
    lookup: dict[tuple[str, ...], Case]
    others: Others | Case


@dataclass(slots=True, eq=False)
class Binding:
    """An entry of a body, at its row."""

    row: Row | Loop
    tag: str
    path: str  #: "PO1/REF"
    place: Place
    outer: Case  #: what goes into the object around whatever is chosen; all of it if nothing chooses
    schemes: tuple[Scheme, ...] = ()
    when: tuple[Guard, ...] = ()
    tree: Tree | None = None
    written: bool = True
    first: bool = False  #: the first occurrence only; others go to the binding behind it

    @property
    def guards(self) -> tuple[Slot, ...]:
        """Simple elements that must equal something, or the whole binding does not apply."""
        return tuple(slot for slot in self.outer.slots if slot.expected and not slot.spot[1])

    @property
    def once(self) -> bool:
        """Whether the table has one occurrence only."""
        return self.row.max == 1

    @property
    def all_cases(self) -> tuple[Case, ...]:
        found = [self.outer]
        for scheme in self.schemes:
            found += scheme.cases
            if isinstance(scheme.others, Case):
                found.append(scheme.others)
        return tuple(found)


@dataclass(slots=True, eq=False)
class Level:
    """A loop and the bindings of its rows, in the order of the table."""

    loop: Loop
    path: str  #: "" for the root, "PO1", "PO1/N1"
    bindings: tuple[Binding, ...]
    separators: tuple[tuple[int, str], ...] = ()  #: UNS rows no binding names: number, S or D

    def at(self, number: int) -> tuple[Binding, ...]:
        return tuple(one for one in self.bindings if one.row.number == number)


@dataclass(slots=True)
class Absent:
    """A binding for something the release does not have."""

    place: Place
    text: str
    advice: str = ""


@dataclass(slots=True)
class Plan:
    """The whole: *fields* are the paths bound, list positions left out (``lines.item.gtin``)."""

    root: Level
    fields: frozenset[str]
    absent: tuple[Absent, ...] = field(default_factory=tuple)
    only: tuple[tuple[str, Link, str], ...] = ()  #: list, link and list pointed at, where one object is meant by all


def spot_text(spot: Spot) -> str:
    """``2`` or ``1.2``, as in ``unmapped`` and in paths."""
    return f"{spot[0]}.{spot[1]}" if spot[1] else str(spot[0])


__all__ = [
    "WHOLE",
    "Absent",
    "Address",
    "Binding",
    "Branch",
    "Case",
    "Field",
    "Guard",
    "Level",
    "Link",
    "Names",
    "Others",
    "PairField",
    "PairItems",
    "Pairs",
    "Plan",
    "Run",
    "Scheme",
    "Slot",
    "Spot",
    "Tree",
    "spot_text",
]
