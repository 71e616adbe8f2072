"""One reading of a message: what it collects beside the document, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, Final

from edigw.faults import Fault, FaultCode, fault
from edigw.mappings import traced
from edigw.mappings.dotted import Value, fulfils, get, listing
from edigw.mappings.plan import Guard, Spot
from edigw.mappings.traced import How, Origin
from edigw.model import Cut, Element, Message, Repeats
from edigw.records import dataclass
from edigw.standards.schema import Node, Placed
from edigw.yamlnodes import Place

MOST_FAULTS: Final = 500  # of one message; the rest still stands in unmapped
MOST_UNPLACED: Final = 1000  # values of segments without a place; a message that is all wrong must not fill the document twice over


@dataclass(slots=True)
class Read:
    """What became of one message. *unmapped* also stands in the document."""

    document: dict[str, Any]
    faults: list[Fault]
    unmapped: list[dict[str, Any]]


@dataclass(slots=True)
class Run:
    """One reading: what is collected beside the document."""

    message: Message
    decode: Callable[[str], str]
    faults: list[Fault] = field(default_factory=list)
    unmapped: list[dict[str, Any]] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)  #: (object, case) that have their single values
    alive: list[Any] = field(default_factory=list)  #: objects given up: their id must not come again
    trail: list[str] = field(default_factory=list)  #: the loops around, by occurrence: for what is kept
    cut: Cut = field(default_factory=list)  #: the segment at hand
    ordinal: int = 1  #: of the loop at hand
    document: Value = field(default_factory=dict)  #: the whole, for what goes into its lists from within
    counted: dict[str, int] = field(default_factory=dict)  #: occurrences of a tree, by its segment's tag
    unplaced: int = 0  #: values kept of segments without a place
    linked: set[tuple[str, str, str]] = field(default_factory=set)  #: list, member and key of links made on the way
    tracing: bool = False  #: values bear where they come from
    repeat: int = 0  #: of the element at hand, where it was sent several times

    def traced(self, made: Any, how: How, path: str, index: int, spot: Spot, sent: str, place: Place) -> Any:
        """*made* with where it comes from, while that is asked for; else as it is."""
        if not self.tracing:
            return made
        at = self.message.position(index, spot[0], spot[1], self.repeat)
        return traced.marked(made, Origin(how, path, at, self.decode(sent), place))

    def count(self, target: Value, names: tuple[str, ...]) -> int:
        """How many of a list there are, or of a tree's occurrences."""
        listed = get(target, names)
        return self.counted.get(names[0], 0) if names[0].isupper() else len(listed) if isinstance(listed, list) else 0

    def refer(self, names: tuple[str, ...], value: Value, key: str) -> str:
        """The id of the object in that list of the document that says all *value* says, *key* at least; it is added if there is none."""
        listed = listing(names)(self.document)
        for one in listed if key in value else ():
            if all(one.get(name) == said for name, said in value.items()):
                return str(one.setdefault("id", unused(listed)))
        listed.append({"id": unused(listed), **value})
        return str(listed[-1]["id"])

    def note(self, code: FaultCode, path: str, index: int, spot: Spot, value: str, why: str, *, repeat: int = 0) -> None:
        """A fault at a value, with the map's line or reason."""
        if len(self.faults) >= MOST_FAULTS:
            return
        at = self.message.position(index, spot[0], spot[1], repeat)
        tag = path.rpartition("/")[2]
        self.faults.append(fault(self.message.notation.syntax, code, at, self.decode(value), why, segment=tag))

    def left(self, path: str, index: int, element: int, component: int, value: str, repeat: int = 0) -> None:
        """A value no binding took."""
        if not value:
            return
        where = f"{element}.{component}" if component else str(element)
        entry: dict[str, Any] = {"segment": path, "element": where, "value": self.decode(value), "position": index}
        if repeat := repeat or self.repeat:
            entry["repeat"] = repeat
        self.unmapped.append(entry)

    def left_element(self, path: str, index: int, element: int, value: Element, repeat: int = 0) -> None:
        if isinstance(value, str):
            self.left(path, index, element, 0, value, repeat)
        elif isinstance(value, Repeats):
            for at, one in enumerate(value, 1):
                self.left_element(path, index, element, one, at)
        else:
            for component, part in enumerate(value, 1):
                self.left(path, index, element, component, part, repeat)

    def left_cut(self, path: str, index: int, cut: Cut) -> None:
        for element in range(1, len(cut)):
            if cut[element]:
                self.left_element(path, index, element, cut[element])

    def left_unplaced(self, tag: str, index: int, cut: Cut) -> bool:
        """A segment that check found no place for, marked so that nothing takes it for one that has.

        False when there are too many: then that is said, and the rest is not kept.
        """
        before = len(self.unmapped)
        self.left_cut(self.decode(tag), index, cut)
        for entry in self.unmapped[before:]:
            if not entry["segment"]:
                del entry["segment"]  # a blank segment's values, behind a separator
            entry["unplaced"] = True
        self.unplaced += len(self.unmapped) - before
        if self.unplaced <= MOST_UNPLACED:
            return True
        why = f"more than {MOST_UNPLACED} values in segments without a place; those behind this one are not in the document"
        at = self.message.position(index)
        self.faults.append(fault(self.message.notation.syntax, FaultCode.LIMIT_EXCEEDED, at, note=why, segment=self.decode(tag)))
        return False

    def left_node(self, path: str, node: Node) -> None:
        """A loop no binding takes, with all that stands in it. As deep as the table nests."""
        for child in node.children:
            if isinstance(child, Placed):
                tag = child.row.tag
                self.left_cut(path if child.row is node.loop.rows[0] else f"{path}/{tag}", child.index, child.cut)
            else:
                self.left_node(f"{path}/{child.loop.tag}", child)

    def left_segment(self, path: str, index: int, cut: Cut, node: Node | None) -> None:
        if node is None:
            self.left_cut(path, index, cut)
        else:
            self.left_node(path, node)


def unused(listed: list[Any]) -> str:
    """An id that none of *listed* has."""
    taken = {one.get("id") for one in listed if isinstance(one, dict)}
    number = len(taken - {None}) + 1
    while str(number) in taken:
        number += 1
    return str(number)


def at_spot(cut: Cut, spot: Spot) -> str:
    """What was sent at a place of a segment, of the first repeat; ``""`` for nothing."""
    element, component = spot
    if element >= len(cut):
        return ""
    value = cut[element]
    if type(value) is str:
        return value if component < 2 else ""
    if isinstance(value, Repeats):
        first = value[0] if value else ""
        if isinstance(first, str):
            return first if component < 2 else ""
        value = first
    at = max(component, 1)
    part = value[at - 1] if len(value) >= at else ""
    return part if isinstance(part, str) else ""


def holds(guard: Guard, target: Value, cut: Cut) -> bool:
    """Whether a ``when`` holds, by what was sent or by what has been read so far."""
    if guard.spot is not None:
        return fulfils(at_spot(cut, guard.spot), guard.wanted)
    return fulfils(get(target, guard.names), guard.wanted)
