"""Segments while they are made: values with the member and the line of the map that each came from."""

from __future__ import annotations

from dataclasses import field

from edigw.mappings.plan import Case, Names, Spot
from edigw.model import Cut, Element
from edigw.records import dataclass
from edigw.yamlnodes import Place


@dataclass(slots=True)
class Said:
    """A value on its way into a segment: its text, the member it came from, the line that binds it."""

    text: str
    path: str
    place: Place


@dataclass(slots=True)
class Draft:
    """A segment being made."""

    tag: str
    place: Place
    path: str  #: the object it is made from, "" for the document
    values: dict[Spot, Said] = field(default_factory=dict)
    own: bool = False  #: holds a value of the document, not only constants
    cases: list[tuple[Case, str]] = field(default_factory=list)  #: what fills it, with the paths of their objects


def bound(draft: Draft, spot: Spot) -> tuple[str, Place]:
    """The member that would fill a place that is empty; the segment's object if none is bound there."""
    for case, at in draft.cases:
        for slot in case.slots:
            if slot.names is not None and slot.spot in (spot, (spot[0], spot[1] or 1)):
                return joined_at(at, slot.names), slot.place
    return draft.path, draft.place


def joined_at(path: str, names: Names) -> str:
    return ".".join([*filter(None, [path]), *names])


def names_of(draft: Draft) -> str:
    return ", ".join(said.path for said in draft.values.values() if said.path)


def cut_of(draft: Draft) -> Cut:
    """A draft as a segment: trailing places that hold nothing are not there."""
    cut: Cut = [draft.tag]
    elements: dict[int, dict[int, str]] = {}
    for (element, component), said in draft.values.items():
        if said.text:
            elements.setdefault(element, {})[component] = said.text
    for element in range(1, max(elements, default=0) + 1):
        parts = elements.get(element, {})
        whole: Element = parts.get(0, "")
        if any(parts):
            composite = [parts.get(component, "") for component in range(1, max(parts) + 1)]
            whole = composite if len(composite) > 1 else composite[0]
        cut.append(whole)
    return cut
