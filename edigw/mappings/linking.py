"""A tree's pointers into links between flat lists: who stands under whom, and which objects are one.

Pure arithmetic over lists of numbers and plain objects; the reader fills the objects, and
``domain`` draws them. Nothing recurses, so that a tree of any depth is read in one go, and
every pointer that leads nowhere is told: what hangs on it stands at the root.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any, Final, Literal, TypeAlias

from edigw.mappings.plan import Branch, Tree
from edigw.records import dataclass

ROOT: Final = -1

Trouble: TypeAlias = Literal["parent", "circle", "twice", "flag", "apart", "rootless"]
#: What is wrong: the occurrence's number, the kind of trouble, the value, why.
Tell: TypeAlias = "Callable[[int, Trouble, str, str], None]"


def parents(ids: Sequence[str], wanted: Sequence[str], tell: Tell) -> list[int]:
    """By occurrence: the number of the one it names as its parent, or ROOT.

    Of several with one id the nearest before it is meant, else the first behind it. A
    circle is cut at the occurrence in it that comes first.
    """
    places: dict[str, list[int]] = {}
    for at, id in enumerate(ids):
        if id:
            places.setdefault(id, []).append(at)
    for id, found in places.items():
        for at in found[1:]:
            tell(at, "twice", id, f"the id {id} was given to an earlier one, too")
    latest: dict[str, int] = {}
    made: list[int] = []
    for at, (id, name) in enumerate(zip(ids, wanted, strict=True)):
        parent = ROOT
        if name:
            if name in latest:
                parent = latest[name]
            elif name in places:
                parent = places[name][0]  # behind it, or itself: then the circle is told below
            else:
                tell(at, "parent", name, f"nothing has the id {name}; this stands at the root")
        made.append(parent)
        if id:
            latest[id] = at
    _cut_circles(made, wanted, tell)
    return made


def _cut_circles(parents: list[int], wanted: Sequence[str], tell: Tell) -> None:
    state = bytearray(len(parents))  # 0 not seen, 1 on the way at hand, 2 known to end at the root
    for start in range(len(parents)):
        way: list[int] = []
        at = start
        while at != ROOT and not state[at]:
            state[at] = 1
            way.append(at)
            at = parents[at]
        if at != ROOT and state[at] == 1:
            first = min(way[way.index(at) :])
            why = "it names itself as its parent" if parents[first] == first else f"its parent {wanted[first]} stands below it"
            tell(first, "circle", wanted[first], f"{why}; this stands at the root")
            parents[first] = ROOT
        for each in way:
            state[each] = 2


def nearest(parents: Sequence[int], lists: Sequence[str]) -> dict[str, list[int]]:
    """By list and occurrence: its nearest ancestor that went into that list, or ROOT."""
    names = {name for name in lists if name}
    found = {name: [ROOT] * len(parents) for name in names}
    done = bytearray(len(parents))
    for start in range(len(parents)):
        way: list[int] = []
        at = start
        while at != ROOT and not done[at]:
            way.append(at)
            at = parents[at]
        for each in reversed(way):
            above = parents[each]
            done[each] = 1
            if above == ROOT:
                continue
            for name in names:
                found[name][each] = above if lists[above] == name else found[name][above]
    return found


@dataclass(slots=True)
class Linker:
    """The objects of one tree on their way into the document."""

    tree: Tree
    document: dict[str, Any]
    tell: Tell
    known: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)  #: by list and value: the one that is meant
    ids: dict[str, set[str]] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)  #: id of one that was merged -> of the one that stayed

    def id(self, listed: str, wanted: str) -> str:
        """An id no other object of that list has: the one that was sent, where it can be."""
        taken = self.ids.setdefault(listed, set())
        number, id = 1, wanted or "1"
        while id in taken:
            number += 1
            id = f"{wanted}#{number}" if wanted else str(number)
        taken.add(id)
        return id

    def add(self, at: int, branch: Branch, made: dict[str, Any]) -> dict[str, Any]:
        """*made* into its list; or the object already there that is the same."""
        for value in _values(branch, made):
            earlier = self.known.get((branch.into, value))
            if earlier is not None:
                self.merge(at, branch, earlier, made)
                for each in _values(branch, earlier):
                    self.known.setdefault((branch.into, each), earlier)
                return earlier
        for value in _values(branch, made):
            self.known[branch.into, value] = made
        self.document.setdefault(branch.into, []).append(made)
        return made

    def merge(self, at: int, branch: Branch, earlier: dict[str, Any], made: dict[str, Any]) -> None:
        """What the second says of one object, where the first said nothing else."""
        if "id" in made and "id" in earlier:
            self.aliases[branch.into, made["id"]] = earlier["id"]
        for name, value in made.items():
            if name == "id" or earlier.get(name) == value:
                continue
            held = earlier.get(name)
            if held is None:
                earlier[name] = value
            elif isinstance(held, list) and isinstance(value, list):
                held += [one for one in value if one not in held]
            else:
                self.tell(at, "apart", str(value), f"{name} was {held} before, of the same one of the {branch.into}")

    # Links

    def link(
        self,
        near: Mapping[str, Sequence[int]],
        branches: Sequence[Branch | None],
        objects: Sequence[Any],
        shares: Mapping[int, Mapping[str, Any]],
        sent: Sequence[str],
    ) -> None:
        """Every object names those it stands under. *shares*: what an occurrence below a line says of its part;
        *sent*: the ids of the occurrences, for objects that have one only when they are named."""
        lists = [branch.into if branch is not None else "" for branch in branches]
        contents = self.contents(branches, lists, near)
        several: set[tuple[int, str]] = set()
        for at, branch in enumerate(branches):
            made = objects[at]
            if branch is None or not branch.into:
                continue
            for other, member in branch.points.items():
                above = near[other][at] if other in near else ROOT
                if above != ROOT and objects[above] is not made:
                    if "id" not in objects[above]:
                        objects[above]["id"] = self.id(other, sent[above])
                    self.point(at, made, member, objects[above]["id"], several, branch.link is not None)
            if branch.link is not None:
                listed = f"{branch.link.key}s"
                held = contents.get(at)
                if held is None:
                    above = near[listed][at] if listed in near else ROOT
                    held = [] if above == ROOT else [above]
                    items = [self.share(objects[each], branch, made) for each in held]
                else:
                    items = [{branch.link.key: objects[each]["id"], **shares.get(each, {})} for each in held]
                    for item in items:
                        if "unit" in item and item["unit"] == made.get("unit"):
                            del item["unit"]
                if items:
                    made[branch.link.member] = items

    def contents(
        self, branches: Sequence[Branch | None], lists: Sequence[str], near: Mapping[str, Sequence[int]]
    ) -> dict[int, list[int]]:
        """By line: the innermost packages that stand below it, where packages stand below lines."""
        found: dict[int, list[int]] = {}
        for lines in {branch.into for branch in branches if branch is not None and branch.link is not None}:
            listed = next(f"{one.link.key}s" for one in branches if one is not None and one.link is not None and one.into == lines)
            outer = {
                above
                for at, name in enumerate(lists)
                if name == listed and (above := near[listed][at]) != ROOT and near[lines][above] == near[lines][at]
            }
            for at, name in enumerate(lists):
                if name == listed and at not in outer and near[lines][at] != ROOT:
                    found.setdefault(near[lines][at], []).append(at)
        return found

    def share(self, package: Mapping[str, Any], branch: Branch, made: Mapping[str, Any]) -> dict[str, Any]:
        assert branch.link is not None
        item = {branch.link.key: package["id"]}
        if branch.link.shares and "quantity" in made:
            item["quantity"] = made["quantity"]
        return item

    def point(self, at: int, made: dict[str, Any], member: str, id: str, several: set[tuple[int, str]], line: bool) -> None:
        held = made.get(member)
        if held is None:
            if (_itself(made), member) not in several:
                made[member] = id
        elif held != id:
            if member == "parent":
                self.tell(at, "apart", id, f"it stood under {held} before; one object has one parent")
            elif line:
                self.tell(at, "apart", id, f"its {member} is {held} by its own words, which hold")
            else:  # of two orders: its lines say which
                del made[member]
                several.add((_itself(made), member))

    def settle(self, listed: str, link_member: str, key: str) -> None:
        """Links made while objects were read, to those that stayed."""
        for line in self.document.get(listed, ()):
            for item in line.get(link_member, ()):
                item[key] = self.aliases.get((f"{key}s", item[key]), item[key])


def _itself(made: Mapping[str, Any]) -> int:
    """An object as itself: every one of a tree lives until its document is done."""
    return id(made)


def _values(branch: Branch, made: Mapping[str, Any]) -> list[str]:
    """By what *made* is known to be the same as another."""
    if branch.same is None:
        return []
    if not branch.same:  # equal as a whole
        links = {"id", *branch.points.values()}
        plain = {name: value for name, value in made.items() if name not in links}
        return [json.dumps(plain, sort_keys=True, default=str)] if plain else []
    value = made.get(branch.same[0])
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
