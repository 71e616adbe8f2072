"""What a compiled map can carry: its domain, as documents drawn from it.

For every document of the domain ``read(write(d)) == d`` on the members bound, and what was
written is free of faults. The domain follows from the plan and the dictionary: lengths,
types, codes, notes, counts. ``draw`` makes one document of it from any source of choices,
so that tests, demonstrations and measurements draw from the same.

The predicate is ``Program.write`` itself: outside the domain it raises and names the rule.
"""

from __future__ import annotations

from typing import Any, Final

from edigw.mappings import growing
from edigw.mappings.codecs import GTIN_LENGTHS
from edigw.mappings.dotted import get, listing, put
from edigw.mappings.drawnvalues import PERIODS, Choices, Values
from edigw.mappings.linking import Linker, nearest
from edigw.mappings.noted import closed
from edigw.mappings.plan import Binding, Case, Level, Link, Names, PairItems, Pairs, Plan, Scheme, Slot, Spot, Tree
from edigw.mappings.treeread import share_of
from edigw.standards.schema import Standard

SPREAD: Final = 2  # occurrences drawn of what may stand more often


def draw(plan: Plan, standard: Standard, choices: Choices, *, extra: str = "") -> dict[str, Any]:
    """A document of the plan's domain. *extra* are characters that texts may hold besides the plainest."""
    drawer = _Drawer(standard, choices, extra)
    drawer.claims(plan.root, "")
    drawer.level(plan.root, drawer.document, "")
    document = drawer.document
    for names, count in drawer.counts:
        listed = get(document, count)
        if listed or get(document, names[:-1]):
            put(names)(document, len(listed or ()))
    for listed, link, pointed in plan.only:
        if len(document.get(pointed, ())) == 1:
            for one in document.get(listed, ()):
                one[link.member] = document[pointed][0]["id"]
    return document


class _Drawer(Values):
    def __init__(self, standard: Standard, choices: Choices, extra: str) -> None:
        super().__init__(choices, extra)
        self.standard = standard
        self.counts: list[tuple[Names, Names]] = []
        #: by list: qualifiers that have a field of their own somewhere, so that no item may carry them
        self.named: dict[str, set[str]] = {}
        self.roles: dict[str, tuple[Spot, ...]] = {}  #: by list: where its items say that qualifier
        self.document: dict[str, Any] = {}
        self.levels: set[str] = set()  #: lists that a tree's levels go into
        self.paired: set[str] = set()  #: lists that pairs fill too: their items need both values

    # Which qualifiers are taken

    def claims(self, level: Level, path: str) -> None:
        for binding in level.bindings:
            for branch in binding.tree.branches if binding.tree is not None else ():
                if branch.case.body is not None:
                    self.claims(branch.case.body, branch.into)
            for case in binding.all_cases:
                inner = _joined(path if case.link is None else "", case.into or ())
                for slot in case.slots:
                    if slot.count and slot.names is not None and not inner:
                        self.counts.append((slot.names, next(one for one in slot.count if not one[0].isupper())))
                for pairs in case.pairs:
                    if isinstance(pairs.others, PairItems):
                        self.paired.add(_joined(inner, pairs.others.names))
                        taken = self.named.setdefault(_joined(inner, pairs.others.names), set())
                        taken |= {code for one in pairs.fields for code in one.codes}
                if case.body is not None:
                    self.claims(case.body, inner)
            for scheme in binding.schemes:
                if isinstance(scheme.others, Case):
                    taken = self.named.setdefault(_joined(path, scheme.others.into or ()), set())
                    taken |= {key[-1] if len(key) > 1 and key[-1] else key[0] for key in scheme.lookup}
                    self.roles[_joined(path, scheme.others.into or ())] = scheme.by

    # Levels

    def level(self, level: Level, around: dict[str, Any], path: str, given: frozenset[Spot] = frozenset()) -> None:
        """*given*: what the loop's own binding says in its first segment."""
        told: dict[int, bool] = {}  #: rows whose first occurrence has an object of its own: whether it was drawn
        for binding in level.bindings:
            trigger = bool(level.loop.tag) and binding.row is level.loop.rows[0]
            number = binding.row.number
            if not binding.written or not told.get(number, True):
                continue
            counted = not path and any(binding.outer.into == names for _, names in self.counts)  # a count of nothing is not sent
            if binding.tree is not None:
                self.tree(binding, binding.tree)
            elif binding.first:
                told[number] = self.maybe() and self.case(binding, binding.outer, around, path, 1, None, frozenset()) > 0
            elif binding.row.required or trigger or counted or self.maybe():
                self.binding(binding, around, path, trigger, given if trigger else frozenset())

    def binding(self, binding: Binding, around: dict[str, Any], path: str, trigger: bool, given: frozenset[Spot]) -> None:
        once = trigger or binding.once
        room = 1 if once else min(binding.row.max or SPREAD + 1, SPREAD + 1)
        if not binding.schemes:
            self.case(binding, binding.outer, around, path, room, None, given)
            return
        for scheme in binding.schemes:
            for case in scheme.cases:
                if not self.has(binding, scheme, case):
                    continue
                if room > 0 and self.maybe(len(scheme.cases) if once else 2):
                    room -= self.case(binding, case, around, path, 1, scheme, given)
            if room > 0 and isinstance(scheme.others, Case) and (trigger or binding.row.required or self.maybe()):
                room -= self.case(binding, scheme.others, around, path, room, scheme, given)
        if binding.outer.slots:
            self.fill(binding, binding.outer, around, path, None, given)

    def has(self, binding: Binding, scheme: Scheme, case: Case) -> bool:
        """Whether the release has the codes that choose *case*."""
        segment = self.standard.segments[binding.tag]
        for (element, component), code in zip(scheme.by, case.keys[0], strict=True):
            ref = segment.elements[element - 1]
            definition = ref.composite.components[component - 1].element if ref.composite is not None else ref.element
            if code and definition is not None and definition.codes is not None and code not in definition.codes:
                return False
        return True

    def case(
        self, binding: Binding, case: Case, around: dict[str, Any], path: str, room: int, scheme: Scheme | None, given: frozenset[Spot]
    ) -> int:
        """Occurrences drawn."""
        if case.link is not None:
            return self.linked(binding, case, case.link, around, path, scheme, given)
        if case.into is None:
            return int(self.fill(binding, case, around, path, scheme, given))
        inner = _joined(path, case.into)
        if not case.many:
            item: dict[str, Any] = {}
            if get(around, case.into) is not None or not self.fill(binding, case, item, inner, scheme, given):
                return 0
            put(case.into)(around, item)
            return 1
        made = 0
        for _ in range(self.choices.number(1, min(room, SPREAD))):
            item = {}
            if self.fill(binding, case, item, inner, scheme, given):
                value = item.get("", item)
                if value:
                    listing(case.into)(around).append(value)
                    made += 1
        return made

    # Objects of the document's lists

    def tree(self, binding: Binding, tree: Tree) -> None:
        """Occurrences under one another as the structure allows, linked as a reader links them."""
        for number, one in enumerate(self.document.get("orders", ()), 1):
            one["id"] = str(number)
        self.levels = {one.into for one in tree.branches}
        drawn = growing.grow(tree, self.document, self.choices)
        objects: list[Any] = [None] * len(drawn.branches)
        linker = Linker(tree, self.document, lambda *_: None)
        near = nearest(drawn.parents, [one.into if one is not None else "" for one in drawn.branches])
        shares: dict[int, dict[str, Any]] = {}
        for at, branch in enumerate(drawn.branches):
            if branch is None or not branch.into:
                case = branch.case if branch is not None else tree.whole
                if case is not None:
                    self.fill(binding, case, self.document, "", None, tree.spots)
                continue
            made: dict[str, Any] = {}
            if branch.numbered:
                made["id"] = linker.id(branch.into, str(at + 1))
            self.fill(binding, branch.case, made, branch.into, None, tree.spots)
            share = share_of(tree, branch, near, at, made)
            if share:
                shares[at] = share
            objects[at] = linker.add(at, branch, made)
        linker.link(near, drawn.branches, objects, shares, [""] * len(objects))
        if tree.holds is not None:
            linker.settle(tree.loose, tree.holds.member, tree.holds.key)
        growing.settle(tree, self.document)

    def linked(
        self, binding: Binding, case: Case, link: Link, around: dict[str, Any], path: str, scheme: Scheme | None, given: frozenset[Spot]
    ) -> int:
        (listed,) = case.into or ("",)
        if not link.inward:
            ids = [one["id"] for one in self.document.get(listed, ()) if "id" in one]
            if not ids or link.member in around or not path or listed in self.levels:
                return 0  # where a level says it, the tree is believed
            around[link.member] = self.choices.one(ids)
            for slot in case.beside.slots if case.beside is not None else ():
                if slot.names is not None and get(around, slot.names) is None and self.maybe():
                    self.value(slot, around, path, "")
            return 1
        made = 0
        for _ in range(self.choices.number(1, SPREAD)):
            item: dict[str, Any] = {}
            if self.fill(binding, case, item, listed, scheme, given):
                if around is not self.document:
                    content = {link.key: around["id"]}
                    if "quantity" in item:
                        content["quantity"] = item["quantity"]
                    item[link.member] = [content]
                self.document.setdefault(listed, []).append(item)
                made += 1
        return made

    def fill(self, binding: Binding, case: Case, target: dict[str, Any], path: str, scheme: Scheme | None, given: frozenset[Spot]) -> bool:
        """One occurrence: its own values, then its loop's. False if nothing was put."""
        before = len(target)
        definition = self.standard.segments[binding.tag]
        free = {slot.spot: slot for slot in case.slots if not slot.names or get(target, slot.names) is None}
        own = frozenset(scheme.by) if scheme is not None and case.keys else frozenset()
        constant = {slot.spot for slot in case.slots if slot.expected}
        runs = {slot.spot: slot for run in case.runs for slot in run.slots[:1]}
        formats = {slot.format for slot in case.slots if slot.format is not None}
        times = {slot.time for slot in case.slots if slot.time is not None}
        able = times | set(free) | own | given | constant | set(runs) | formats
        if case is not binding.outer:
            able |= {slot.spot for slot in binding.outer.slots}
        for pairs in case.pairs:
            able |= {spot for both in pairs.spots for spot in both}
        wanted = {spot for spot in (*free, *runs) if self.maybe() or (spot in free and free[spot].default is not None)}
        if not wanted and (free or runs):
            wanted.add(self.choices.one(sorted({*free, *runs})))
        wanted |= {spot for spot, slot in free.items() if slot.blank}
        wanted |= {guard.spot for guard in binding.when if guard.spot in free and guard.wanted == "present"}
        if (case.keys and case.into is None) or path in self.paired:
            wanted |= set(free)  # a qualifier is sent for its value
        if scheme is not None and scheme.others is case:
            wanted |= {spot for spot in scheme.by if spot in free}
        deeper = case.body is not None and bool(case.body.at(case.body.loop.rows[0].number))
        whole = wanted if deeper else closed(definition, wanted | own | given, able, formats)
        if whole is None:
            return False
        for spot, slot in free.items():
            if spot in whole and slot.names is not None:
                self.value(slot, target, path, case.keys[0][-1] if case.keys and slot.definition.id == "2380" else "")
                if slot.time in whole and "T" not in target.get(slot.names[0], "T"):
                    target[slot.names[0]] += f"T{self.clock()}"
        for run in case.runs:
            if run.slots[0].spot in whole and get(target, run.names) is None:
                for slot in run.slots[: self.choices.number(1, len(run.slots))]:
                    listing(run.names)(target).append(self.text_of(slot))
        for pairs in case.pairs:
            self.pairs(pairs, target, path, least=int(any(spot in whole for both in pairs.spots for spot in both)))
        if case.body is not None:
            self.level(case.body, target, path, own | frozenset(free))
        for names, text in case.set:
            put(names)(target, text)
        return len(target) > before or any(slot.names and len(slot.names) > 1 for slot in case.slots)

    def pairs(self, pairs: Pairs, target: dict[str, Any], path: str, *, least: int) -> None:
        room = len(pairs.spots)
        for one in pairs.fields:
            names = one.slot.names or ()
            if room and one.slot.many and self.maybe():
                listing(names)(target).append(self.text_of(one.slot))
                room -= 1
            elif room and not one.slot.many and get(target, names) is None and self.maybe():
                if one.slot.codec is not None and one.slot.codec.name == "gtin":
                    known = pairs.definition.codes
                    lengths = [GTIN_LENGTHS[code] for code in one.codes if code in GTIN_LENGTHS and (known is None or code in known)]
                    lengths = lengths or [13]
                    put(names)(target, self.digits(self.choices.one(lengths)))
                else:
                    put(names)(target, self.text_of(one.slot))
                room -= 1
        items = pairs.listed or (pairs.others if isinstance(pairs.others, PairItems) else None)
        if items is None:
            return
        taken = self.named.get(_joined(path, items.names), set())
        for _ in range(self.choices.number(min(least, room), min(room, SPREAD))):
            item: dict[str, Any] = {}
            if items.qualifier is not None:
                put(items.qualifier.names or ())(item, self.text_of(items.qualifier, without=taken))
            put(items.value.names or ())(item, self.text_of(items.value))
            listing(items.names)(target).append(item)

    # Values

    def value(self, slot: Slot, target: dict[str, Any], path: str, format_code: str) -> None:
        assert slot.names is not None
        if format_code in PERIODS and slot.format is None:
            put(slot.names)(target, self.period(PERIODS[format_code]))
            return
        if slot.count:
            return  # when all is drawn
        known = slot.format_definition.codes if slot.format_definition is not None else None
        if slot.period is not None and self.maybe(4):
            code = self.choices.one(sorted(one for one in PERIODS if known is None or one in known) or [""])
            if code:
                put(slot.code)(target, code)
                put(slot.period)(target, self.period(PERIODS[code]))
                return
        without = self.named.get(path, set()) if slot.spot in self.roles.get(path, ()) else set()
        put(slot.names)(target, self.text_of(slot, without=without))


def _joined(path: str, names: Names) -> str:
    return ".".join([*filter(None, [path]), *(name for name in names if not name.isdecimal())])


__all__ = ["Choices", "draw"]
