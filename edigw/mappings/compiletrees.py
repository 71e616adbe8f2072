"""A tree of a map, asked of dictionary and document model: its levels become branches.

Members that link objects are known by their names: a list's objects have an ``id``, and
another object names one of ``orders`` by ``order``, one of its own list by ``parent``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from pydantic import BaseModel

from edigw.documents import members as documents
from edigw.documents.members import Member
from edigw.mappings import declared
from edigw.mappings import mistakes as m
from edigw.mappings.mistakes import Mistakes
from edigw.mappings.plan import Branch, Case, Link, Names, Spot, Tree
from edigw.mappings.targets import Target, singular
from edigw.paths import Address
from edigw.standards.schema import ElementDef, Loop
from edigw.yamlnodes import Place


class Resolving(Protocol):
    """A tree's own segment, as ``compile`` resolves it."""

    problems: Mistakes
    loop: Loop | None

    @property
    def model(self) -> type[BaseModel]:
        """The kind of document."""

    @property
    def fields(self) -> set[str]:
        """Paths bound so far."""

    def spot(self, at: Address, place: Place) -> tuple[Spot, ElementDef] | None:
        """Where an address stands in this release."""

    def known(self, names: Names, inner: Target, place: Place) -> Member | None:
        """The member *names*; a mistake if there is none."""

    def whole(self, spec: declared.Spec, around: Target, claims: dict[Names, Place] | None) -> Case | None:
        """What *spec* makes of one occurrence."""


def make(segment: Resolving, spec: declared.Spec, around: Target) -> Tree | None:
    """The tree of *spec*; None, and a mistake, where it cannot be one."""
    said = spec.tree
    assert said is not None
    if segment.loop is None or around.path:
        segment.problems.add(spec.place, "a tree: is a loop of the message itself", m.NOT_SUPPORTED)
        return None
    spots: dict[str, Spot | None] = {}
    for word, at in (("id", said.id), ("parent", said.parent), ("code", said.code), ("children", said.children)):
        spots[word] = _spot(segment, at, said.place) if at is not None else None
    id, parent = spots["id"], spots["parent"]
    if id is None or parent is None:
        return None
    branches: list[Branch] = []
    whole = None
    if spec.into is not None:
        _add(segment, branches, (), replace(spec, tree=None), around, spec.place)
        if said.without:
            body = tuple(one for one in spec.body if one.tag != said.without)
            whole = segment.whole(replace(spec, tree=None, into=None, set=(), body=body), around, None)
    for level in spec.levels:
        _add(segment, branches, (level.code,), level.spec, around, level.place)
    if not branches:
        return None
    _point(segment, branches)
    others = spec.others if not isinstance(spec.others, declared.Spec) else "note"
    tree = Tree(id, parent, spots["code"], spots["children"], tuple(branches), others)
    tree.without, tree.whole = said.without, whole
    tree.shown = frozenset(_shown(branches[0].case, said.without)) if whole is not None else frozenset()
    tree.loose, tree.holds = _loose(branches)
    _structures(segment, tree, said, around)
    return tree


def _shown(case: Case, tag: str) -> Iterator[str]:
    """The members that a segment or loop of *case* holds of the object itself."""
    for binding in case.body.bindings if case.body is not None else ():
        if not tag or binding.tag == tag:
            for each in binding.all_cases:
                if each.into:
                    yield each.into[0]
                    continue
                yield from (slot.names[0] for slot in each.slots if slot.names)
                yield from (run.names[0] for run in each.runs)
                yield from _shown(each, "")  # as deep as the table nests


def _loose(branches: list[Branch]) -> tuple[str, Link | None]:
    """The list whose objects stand within the tree's own, and how they name these."""
    for branch in branches:
        for binding in branch.case.body.bindings if branch.case.body is not None else ():
            for case in binding.all_cases:
                if case.link is not None and case.link.inward and case.into:
                    return case.into[0], case.link
    return "", None


def _spot(segment: Resolving, at: Address, place: Place) -> Spot | None:
    found = segment.spot(at, place)
    return found[0] if found is not None else None


def _add(
    segment: Resolving, branches: list[Branch], codes: tuple[str, ...], spec: declared.Spec, around: Target, place: Place
) -> None:
    if any(set(codes) & set(one.codes) for one in branches):
        segment.problems.add(place, f"the level {codes[0]} stands twice", m.NOT_READ_BACK)
        return
    if spec.into is not None and not (spec.into.many and len(spec.into.names) == 1):
        segment.problems.add(spec.place, "a level goes into a list of the document (packages*), or into the document", m.WRONG_SHAPE)
        return
    case = segment.whole(replace(spec, link=None, same=None), around, None)
    if case is None:
        return
    branch = Branch(codes, place, case)
    if case.into is not None:
        branch.into = case.into[0]
        case.into, case.many = None, False
    if spec.same is not None:
        branch.same = spec.same.names
    if spec.link is not None and spec.into is not None:
        branch.link = Link(spec.link.names[0], True)
    branches.append(branch)


def _point(segment: Resolving, branches: list[Branch]) -> None:
    """By which members the objects of the lists name each other."""
    lists = {one.into for one in branches if one.into}
    for branch in branches:
        if not branch.into:
            continue
        model = documents.member(segment.model, branch.into)
        assert model is not None
        names = documents.members(model.model) if model.model is not None else {}
        if "id" not in names:
            segment.problems.add(branch.place, f"{branch.into} have no id that others could name", m.CONTRADICTS)
            continue
        if branch.same and branch.same[0] not in names:
            segment.problems.unknown(branch.place, f"{branch.into} have no field", branch.same[0], names, m.UNKNOWN_FIELD)
        linked = ""
        if branch.link is not None:
            linked = _items(segment, branch, branch.link, lists, names)
        for other in sorted(lists - {linked}):
            member = "parent" if other == branch.into else singular(other)
            if member in names and names[member].shape == "text":
                branch.points[other] = member
                segment.fields.update({f"{branch.into}.{member}", f"{other}.id"})
    for branch in branches:
        branch.numbered = not branch.codes or any(branch.into in one.points and one.into != branch.into for one in branches) or any(
            one.link is not None and f"{one.link.key}s" == branch.into for one in branches
        )


def _items(segment: Resolving, branch: Branch, link: Link, lists: set[str], names: documents.Members) -> str:
    """The list that a level's ``link:`` points into."""
    points = names.get(link.member)
    inner = documents.members(points.model) if points is not None and points.many and points.model is not None else {}
    found = next((one for one in sorted(lists) if singular(one) in inner), "")
    if not found:
        text = f"{branch.into} have no list {link.member} whose items name another level's objects"
        segment.problems.add(branch.place, text, m.CONTRADICTS)
        branch.link = None
        return ""
    link.key, link.shares = singular(found), "quantity" in inner
    shown = [name for name in (link.key, "quantity", "unit") if name in inner]
    segment.fields.update({f"{branch.into}.{link.member}.{name}" for name in shown} | {f"{found}.id"})
    return found


def _structures(segment: Resolving, tree: Tree, said: declared.Tree, around: Target) -> None:
    if said.chooses is not None and segment.known(said.chooses.names, around, said.place) is not None:
        tree.chooses = said.chooses.names
    named = {code for branch in tree.branches for code in branch.codes}
    for key, codes in said.structures:
        for code in codes:
            if code not in named:
                segment.problems.unknown(said.place, "structure: names no level", code, named, m.NO_ANCHOR)
        tree.structures[key] = codes
