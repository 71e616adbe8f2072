"""Trees drawn at random, and documents brought into the order in which a tree gives them back.

A tree has one order; lists that were drawn in another come back in the tree's. ``settle``
puts a drawn document into it, with the ids that its occurrences will be numbered by.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeVar

from edigw.mappings.arranging import ROOT, arrange
from edigw.mappings.dotted import get
from edigw.mappings.plan import Branch, Tree
from edigw.records import dataclass

T = TypeVar("T")

MOST: Final = 7  # occurrences drawn


class Choices(Protocol):
    """See ``domain.Choices``."""

    def number(self, least: int, most: int) -> int: ...

    def one(self, items: Sequence[T]) -> T: ...


@dataclass(slots=True)
class Drawn:
    """Occurrences in pre-order. A branch None is the document itself."""

    branches: list[Branch | None]
    parents: list[int]


def grow(tree: Tree, document: dict[str, Any], choices: Choices) -> Drawn:
    """A tree of the structure that *document* asks for."""
    chosen = get(document, tree.chooses) if tree.chooses else ""
    levels = tree.levels(str(chosen or ""))
    nodes: list[tuple[int, int]] = [(ROOT, ROOT)]  # parent, level
    if tree.code is not None:
        nodes = [(ROOT, 0)]
    for _ in range(choices.number(1, MOST)):
        parent = choices.number(0, len(nodes) - 1)
        level = 0 if tree.code is None else choices.number(nodes[parent][1] + 1, len(levels))
        if level < len(levels):
            nodes.append((parent, level))
    branches: list[Branch | None] = []
    parents: list[int] = []
    pending = [(0, ROOT)]
    while pending:
        at, above = pending.pop()
        level = nodes[at][1]
        branches.append(levels[level] if level != ROOT else None)
        parents.append(above)
        here = len(branches) - 1
        pending += [(child, here) for child in range(len(nodes) - 1, 0, -1) if nodes[child][0] == at]
    return Drawn(branches, parents)


def settle(tree: Tree, document: dict[str, Any]) -> None:
    """Lists in the tree's order, and objects by the numbers of their first occurrence."""
    made = arrange(tree, document, lambda *_: None)
    first: dict[tuple[str, int], int] = {}
    for at in made.order:
        first.setdefault(made.knots[at].thing, made.knots[at].number)
    new: dict[str, dict[str, str]] = {}
    lists = {one.into for one in tree.branches if one.into}
    for name in lists:
        items = document.get(name)
        if items:
            new[name] = {one["id"]: str(first[name, at]) for at, one in enumerate(items) if "id" in one and (name, at) in first}
            order = sorted(range(len(items)), key=lambda at, name=name: first.get((name, at), len(first)))  # type: ignore[misc]
            document[name] = [items[at] for at in order]
    for name in lists:
        for one in document.get(name, ()):
            if "id" in one:
                one["id"] = new[name].get(one["id"], one["id"])
    _rename(tree, document, new)


def _rename(tree: Tree, document: dict[str, Any], new: dict[str, dict[str, str]]) -> None:
    """Every link by the new ids."""
    points: dict[str, dict[str, str]] = {}
    for branch in tree.branches:
        points.setdefault(branch.into, {}).update(branch.points)
    for own, members in points.items():
        for one in document.get(own, ()) if own else ():
            for listed, member in members.items():
                if member in one:
                    one[member] = new.get(listed, {}).get(one[member], one[member])
    links = {(one.into, one.link.member, one.link.key) for one in tree.branches if one.link is not None}
    if tree.holds is not None:
        links.add((tree.loose, tree.holds.member, tree.holds.key))
    for listed, member, key in links:
        for one in document.get(listed, ()):
            for item in one.get(member, ()):
                item[key] = new.get(f"{key}s", {}).get(item[key], item[key])
