"""Flat lists with links into the order of a tree: which occurrence stands under which.

The other direction of ``linking``, and as pure. Every line stands in each of its packages,
every package and order above them, in the order of levels that the map's structure asks
for; a level that a document does not have is left out. What hangs nowhere is a problem, and
so is what this structure cannot say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

from edigw.mappings.dotted import get
from edigw.mappings.plan import Branch, Tree
from edigw.records import dataclass

ROOT: Final = -1
_WHOLE: Final = ("", 0)

Thing: TypeAlias = "tuple[str, int]"  #: a list and a place in it; ("", 0): the document
Tell: TypeAlias = "Callable[[str, str], None]"  #: a member's path, and what is wrong


@dataclass(slots=True)
class Knot:
    """One occurrence that will be written."""

    thing: Thing
    branch: Branch | None  #: None: the document itself, of a tree without levels
    parent: int
    share: Mapping[str, Any] | None = None  #: how much of a line is meant here
    children: list[int] = field(default_factory=list)
    number: int = 0


@dataclass(slots=True)
class Arranged:
    """The tree in the order in which it is written, and the links it says."""

    knots: list[Knot]
    order: list[int]  #: numbers of knots, parents before their children
    said: set[str]  #: paths of the members that the tree itself carries


def arrange(tree: Tree, document: Mapping[str, Any], tell: Tell) -> Arranged:
    """The occurrences *document* needs."""
    chosen = get(document, tree.chooses) if tree.chooses else ""
    made = _Arranger(tree, document, tree.levels(str(chosen or "")), tell)
    if tree.code is None:
        made.nested()
    else:
        made.levelled()
    return Arranged(made.knots, made.ordered(), made.said)


class _Arranger:
    def __init__(self, tree: Tree, document: Mapping[str, Any], levels: Sequence[Branch], tell: Tell) -> None:
        self.tree = tree
        self.document = document
        self.levels = levels
        self.tell = tell
        self.knots: list[Knot] = []
        self.known: dict[tuple[int, Thing, int], int] = {}
        self.said: set[str] = set()
        self.lists = {name: self.listed(name) for name in {one.into for one in tree.branches if one.into}}
        self.places = {name: self.by_id(name, items) for name, items in self.lists.items()}
        self.chains: dict[Thing, tuple[Thing, ...]] = {}
        self.placed: dict[Thing, int] = {}  #: their levels
        self.stands: dict[Thing, int] = {}  #: a line's only place
        self.parents: set[Thing] = set()  #: objects that others of their list name
        self.top = ROOT
        self.lines = self.member = self.key = self.packages = ""

    # What there is

    def listed(self, name: str) -> list[Mapping[str, Any]]:
        found = self.document.get(name)
        items = found if isinstance(found, (list, tuple)) else ()
        return [one if isinstance(one, Mapping) else {} for one in items]

    def by_id(self, name: str, items: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        places: dict[str, int] = {}
        for at, item in enumerate(items):
            id = item.get("id")
            if id is None:
                continue
            self.said.add(f"{name}.{at}.id")
            if str(id) in places:
                self.tell(f"{name}.{at}.id", f"{id} is the id of an earlier one, too")
            places.setdefault(str(id), at)
        return places

    def item(self, thing: Thing) -> Mapping[str, Any]:
        return self.lists[thing[0]][thing[1]] if thing[0] else self.document

    def pointed(self, thing: Thing, member: str, listed: str) -> int:
        """The place of the object that *member* names; ROOT where it names none."""
        id = self.item(thing).get(member)
        if id is None:
            return ROOT
        found = self.places[listed].get(str(id), ROOT)
        if found == ROOT:
            self.tell(f"{thing[0]}.{thing[1]}.{member}", f"none of the {listed} has the id {id}")
        return found

    def chain(self, thing: Thing) -> tuple[Thing, ...]:
        """An object with those of its own list above it, outermost first."""
        held = self.chains.get(thing)
        if held is not None:
            return held
        listed = thing[0]
        way: list[Thing] = []
        seen: set[Thing] = set()
        at: Thing | None = thing
        while at is not None and at not in self.chains:
            if at in seen:
                self.tell(f"{listed}.{at[1]}.parent", "it stands in itself")
                break
            seen.add(at)
            way.append(at)
            above = self.pointed(at, "parent", listed) if self.has_parent(listed) else ROOT
            at = (listed, above) if above != ROOT else None
        made: tuple[Thing, ...] = self.chains.get(at, ()) if at is not None else ()
        for each in reversed(way):
            made = (*made, each)
            self.chains[each] = made
        return self.chains[thing]

    def has_parent(self, listed: str) -> bool:
        return any(listed in one.points for one in self.tree.branches if one.into == listed)

    # Knots

    def put(self, parent: int, thing: Thing, branch: Branch | None, share: Mapping[str, Any] | None = None, part: int = 0) -> int:
        """The occurrence of *thing* under *parent*; made where it is not there."""
        key = (parent, thing, part)
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = len(self.knots)
            self.knots.append(Knot(thing, branch, parent, share))
            if parent != ROOT:
                self.knots[parent].children.append(found)
        return found

    def ordered(self) -> list[int]:
        order: list[int] = []
        pending = [at for at in range(len(self.knots) - 1, -1, -1) if self.knots[at].parent == ROOT]
        while pending:
            at = pending.pop()
            order.append(at)
            self.knots[at].number = len(order)
            pending += reversed(self.knots[at].children)
        return order

    # A tree without levels: packages in packages

    def nested(self) -> None:
        branch = self.tree.branches[0]
        listed = branch.into
        items = self.lists[listed]
        tops = [at for at in range(len(items)) if len(self.chain((listed, at))) == 1]
        alone = len(tops) == 1 and any(items[tops[0]].get(name) for name in self.tree.shown) and not self.loose()
        top = ROOT
        if self.tree.whole is not None and not alone and (items or self.loose()):
            top = self.put(ROOT, _WHOLE, None)
        for at in range(len(items)):
            parent = top
            for each in self.chain((listed, at)):
                parent = self.put(parent, each, branch)
            if items[at].get("parent") is not None:
                self.said.add(f"{listed}.{at}.parent")

    def loose(self) -> bool:
        """Whether something lies in no package."""
        found = self.document.get(self.tree.loose)
        member = self.tree.holds.member if self.tree.holds is not None else ""
        return any(isinstance(one, Mapping) and not one.get(member) for one in found) if isinstance(found, (list, tuple)) else False

    # A tree with levels

    def levelled(self) -> None:
        whole = next((one for one in self.levels if not one.into), None)
        if whole is not None:
            self.top = self.put(ROOT, _WHOLE, whole)
        lines = next((one for one in self.tree.branches if one.link is not None), None)
        if lines is not None and lines.link is not None:
            self.lines, self.member, self.key = lines.into, lines.link.member, lines.link.key
            self.packages = f"{self.key}s"
        self.parents = {above[-2] for name in self.lists for at in range(len(self.lists[name])) if len(above := self.chain((name, at))) > 1}
        wanted = list(self.wanted())
        covered = {thing for things, _, _ in wanted for thing in things}
        waiting = {
            name: iter([at for at in range(len(items)) if (name, at) not in covered])
            for name, items in self.lists.items()
            if name != self.lines
        }
        held: dict[str, int] = {name: next(places, ROOT) for name, places in waiting.items()}
        if any(len(things) == 1 for things, _, _ in wanted):  # a line at the root stands behind the rest that stands there
            self.rest(held, waiting)
        for things, share, part in wanted:
            for name, at in things:
                while name in held and ROOT < held[name] < at:
                    self.alone((name, held[name]))
                    held[name] = next(waiting[name], ROOT)
            self.place(things, share, part)
        self.rest(held, waiting)

    def rest(self, held: dict[str, int], waiting: Mapping[str, Iterator[int]]) -> None:
        """What no line leads to, as far as it does not stand yet."""
        for name in sorted(held):
            while held[name] != ROOT:
                self.alone((name, held[name]))
                held[name] = next(waiting[name], ROOT)

    def wanted(self) -> Iterator[tuple[list[Thing], Mapping[str, Any] | None, int]]:
        """For every line and every package it lies in: all that is above it, its share, and which share it is (ROOT: the only one)."""
        packed = any(self.level((self.packages, at)) != ROOT for at in range(len(self.lists.get(self.packages, ()))))
        for at, line in enumerate(self.lists.get(self.lines, ())):
            thing = (self.lines, at)
            contents = line.get(self.member)
            items = [one for one in contents if isinstance(one, Mapping)] if isinstance(contents, (list, tuple)) else []
            if self.level(thing) == ROOT:
                self.tell(f"{self.lines}.{at}", "no level of the structure takes it")
                continue
            if not items or not packed:
                yield self.above(thing, ROOT), None, ROOT
                continue
            self.shares(at, line, items)
            for part, one in enumerate(items):
                path = f"{self.lines}.{at}.{self.member}.{part}"
                package = self.place_of(one)
                if package == ROOT:
                    self.tell(path, f"none of the {self.packages} has the id {one.get(self.key)}")
                    continue
                inside = self.level((self.packages, package)) > self.level(thing)
                self.said |= {f"{path}.{name}" for name in one if inside or name != "unit"}
                things = self.above(thing, package)
                orders = {self.item(each).get("order") for each in things if each[0] == self.lines}
                packages = [each for each in things if each[0] == self.packages and self.item(each).get("order") in orders]
                self.said |= {f"{name}.{place}.order" for name, place in packages}
                yield things, one, part if len(items) > 1 else ROOT

    def place_of(self, content: Mapping[str, Any]) -> int:
        return self.places[self.packages].get(str(content.get(self.key)), ROOT)

    def shares(self, at: int, line: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None:
        """What lies in the packages is the line, no more and no less, where the line stands in each of them."""
        mine = self.level((self.lines, at))
        if not any(self.level((self.packages, place)) < mine for one in items if (place := self.place_of(one)) != ROOT):
            return
        path = f"{self.lines}.{at}.{self.member}"
        quantities = [_decimal(one.get("quantity")) for one in items]
        whole = _decimal(line.get("quantity"))
        if len(items) > 1 and any(one is None for one in quantities):
            self.tell(path, "it lies in several packages, and not all say how much of it")
        elif whole is not None and None not in quantities:
            total = sum((one for one in quantities if one is not None), Decimal(0))
            if total != whole:
                self.tell(path, f"the packages hold {total:f}, the line has {whole:f}")

    def level(self, thing: Thing) -> int:
        """Where in the structure an object stands; ROOT where it has no place."""
        found = self.placed.get(thing)
        if found is None:
            found = self.placed[thing] = self.find_level(thing)
        return found

    def find_level(self, thing: Thing) -> int:
        item = self.item(thing)
        fitting = [at for at, one in enumerate(self.levels) if one.into == thing[0]]
        exact = [at for at in fitting if all(str(get(item, names)) == text for names, text in self.levels[at].case.set)]
        if exact:
            return max(exact, key=lambda at: len(self.levels[at].case.set))
        members = {names for at in fitting for names, _ in self.levels[at].case.set}
        if not fitting or any(get(item, names) is not None for names in members):
            return ROOT
        # Nothing says what it is: what holds others stands further out.
        if thing not in self.parents:
            return fitting[-1]
        return fitting[min(len(self.chain(thing)) - 1, max(len(fitting) - 2, 0))]

    def above(self, thing: Thing, package: int) -> list[Thing]:
        """*thing* and all above it, in the order of the structure."""
        found = list(self.chain(thing))
        packages = self.chain((self.packages, package)) if package != ROOT else ()
        pairs = {(other, member) for one in self.tree.branches if one.into == thing[0] for other, member in one.points.items()}
        for listed, member in sorted(pairs):
            if listed in (thing[0], self.packages):
                continue
            for each in (*reversed(found), *reversed(packages)):
                place = self.pointed(each, member, listed)
                if place != ROOT:
                    if any(one.into == listed for one in self.levels):
                        found += self.chain((listed, place))
                    break
        return self.sorted([*found, *packages])

    def sorted(self, things: list[Thing]) -> list[Thing]:
        """In the order of levels; those of one list keep their order, and must be in that of the levels already."""
        at = {thing: self.level(thing) for thing in things}
        last: dict[str, int] = {}
        for thing in things:
            if at[thing] == ROOT:
                self.tell(f"{thing[0]}.{thing[1]}", "no level of the structure takes it")
            elif at[thing] < last.get(thing[0], ROOT):
                self.tell(f"{thing[0]}.{thing[1]}.parent", "the structure does not put it under that")
            last[thing[0]] = at[thing]
        kept = [thing for thing in things if at[thing] != ROOT]
        return sorted(kept, key=lambda thing: at[thing])  # stable

    def place(self, things: Sequence[Thing], share: Mapping[str, Any] | None, part: int) -> None:
        """A chain into the tree. A line that stands in its packages stands once in each, with its share;
        packages that stand in the line say the share themselves."""
        parent = self.top
        innermost = max((at for at, thing in enumerate(things) if thing[0] == self.packages), default=ROOT)
        line = max((at for at, thing in enumerate(things) if thing[0] == self.lines), default=ROOT)
        for at, thing in enumerate(things):
            branch = self.levels[self.level(thing)]
            self.links(thing, things)
            said, which = None, ROOT
            if thing[0] == self.lines and innermost < at and share is not None:
                which = part
                said = share if at == line and (part != ROOT or "quantity" not in self.item(thing)) else None
            elif thing[0] == self.lines and self.stands.setdefault(thing, parent) != parent:
                self.tell(f"{thing[0]}.{thing[1]}", "the structure puts it into several places, and nothing says how much into each")
            elif at == innermost and share is not None and line < innermost:
                unit = self.item(things[line]).get("unit") if line != ROOT else None
                said = share if unit is None or "quantity" not in share else {"unit": unit, **share}
            parent = self.put(parent, thing, branch, said, which)

    def links(self, thing: Thing, things: Sequence[Thing]) -> None:
        """The links that this place in the tree says."""
        item = self.item(thing)
        branch = self.levels[self.level(thing)]
        for listed, member in branch.points.items():
            id = item.get(member)
            place = self.places[listed].get(str(id), ROOT) if id is not None else ROOT
            if place != ROOT and (listed, place) in things:
                self.said.add(f"{thing[0]}.{thing[1]}.{member}")

    def alone(self, thing: Thing) -> None:
        """An object no line leads to."""
        if thing[0] == self.packages:
            self.place(self.above(thing, ROOT), None, 0)
        elif self.level(thing) != ROOT:
            self.place(self.sorted(list(self.chain(thing))), None, 0)


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None


__all__ = ["Arranged", "Knot", "arrange"]
