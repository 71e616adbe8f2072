"""From declarations to a plan: table, dictionary and document model asked for every binding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import BaseModel

from edigw.mappings import compiletrees as trees
from edigw.mappings import declared
from edigw.mappings import mistakes as m
from edigw.mappings.mistakes import Mistakes, nearest
from edigw.mappings.plan import Binding, Case, Level, Names, Plan, Scheme
from edigw.mappings.resolve import Findings, Resolver, listed_codes, over
from edigw.mappings.targets import Target, joined
from edigw.paths import Address, Field
from edigw.standards.schema import Loop, Row, SegmentDef, Standard
from edigw.yamlnodes import Place


def make(declaration: declared.Declared, model: type[BaseModel], standard: Standard, problems: Mistakes) -> Plan:
    """The plan of a map for *standard*. What is wrong goes to *problems*; what the release lacks into the plan."""
    maker = _Maker(model, standard, problems)
    root = maker.level(declaration.body, standard.root, Target(model, ""), "")
    maker.settle()
    return Plan(root, frozenset(maker.fields), tuple(maker.absent), tuple(maker.only))


class _Maker(Findings):
    """Levels and their bindings."""

    def __init__(self, model: type[BaseModel], standard: Standard, problems: Mistakes) -> None:
        super().__init__(model, standard, problems)
        self.cases = 0

    def case(self, place: Place) -> Case:
        self.cases += 1
        return Case(self.cases, place)

    # Levels

    def level(self, entries: Sequence[declared.Entry], loop: Loop, around: Target, path: str, named: tuple[Address, ...] = ()) -> Level:
        """A body. *named*: the qualifiers that chose the object: in its own segment they say nothing more."""
        claims: dict[Names, Place] = {}
        bindings: list[Binding] = []
        placed: dict[int, list[declared.Entry]] = {}
        leaving: set[Place] = set()  #: entries that take one occurrence and leave the rest
        pending = [(entry, False) for entry in reversed(entries)]
        while pending:
            entry, beside = pending.pop()
            row = self.row(entry, loop, path, {one.after for one in entries if one.tag == entry.tag and one.after})
            if row is None or (beside and row.number in placed):
                continue
            if entry.spec.body and isinstance(row, Row):
                lifted = _lifted(entry)
                if lifted is None:
                    text = f"{self.standard.release} has no loop {entry.tag} in {path or self.standard.type}, only the segment"
                    self.lacks(entry.place, text)
                    continue
                pending += [(one, one.tag != entry.tag) for one in reversed(lifted)]
                continue
            for earlier in placed.get(row.number, ()):
                if not _guarded(earlier.spec) and not (_leaves_rest(earlier.spec, entry.spec) and row.max != 1):
                    text = f"two bindings for {entry.tag} and nothing to choose by; the first in line {earlier.place.line}"
                    advice = "an is:, a when:, by: with cases:, or a single object before a list"
                    self.problems.add(entry.place, text, m.NOT_TOLD_APART, advice)
                elif not _guarded(earlier.spec):
                    leaving.add(earlier.place)
            placed.setdefault(row.number, []).append(entry)
            if named and row is loop.rows[0]:
                kept = tuple(one for one in entry.spec.elements if one.run[0] not in named)
                entry = replace(entry, spec=replace(entry.spec, elements=kept))
            made = self.binding(entry, row, around, path, claims, trigger=bool(loop.tag) and row is loop.rows[0])
            if made is not None:
                made.written = entry.spec.written
                for one in bindings:
                    if one.row is row and one.place in leaving:
                        one.first = True
                bindings.append(made)
        bindings.sort(key=lambda one: one.row.number)  # stable: the map's order breaks ties
        return Level(loop, path, tuple(bindings), self.separators(loop, placed))

    def separators(self, loop: Loop, placed: Mapping[int, object]) -> tuple[tuple[int, str], ...]:
        rows = [row for row in loop.rows if isinstance(row, Row) and row.tag == "UNS" and row.number not in placed]
        return tuple((row.number, "S" if row is rows[-1] else "D") for row in rows if row.required)

    def row(self, entry: declared.Entry, loop: Loop, path: str, marks: set[str]) -> Row | Loop | None:
        """The row of *entry*. *marks*: what others of its tag stand after; one that stands after nothing is before these."""
        if entry.tag == loop.tag and not entry.after:
            return loop.rows[0]
        rows = loop.rows[1:] if loop.tag else loop.rows
        if entry.after:
            starts = [at for at, row in enumerate(rows) if row.tag == entry.after]
            if not starts:
                tags = {row.tag for row in rows}
                self.lacks(entry.place, f"no {entry.after} to stand after in {path or 'the message'}", nearest(entry.after, tags))
                return None
            rows = rows[starts[0] + 1 :]
        elif marks:
            rows = rows[: next((at for at, row in enumerate(rows) if row.tag in marks), None)]
        for row in rows:
            if row.tag == entry.tag:
                return row
        where = f"in {path}" if path else f"in {self.standard.type}"
        self.lacks(entry.place, f"{self.standard.release} has no {entry.tag} {where}", nearest(entry.tag, {row.tag for row in loop.rows}))
        return None

    # Bindings

    def binding(
        self, entry: declared.Entry, row: Row | Loop, around: Target, path: str, claims: dict[Names, Place], *, trigger: bool
    ) -> Binding | None:
        segment = self.standard.segments[entry.tag]
        here = path if trigger else f"{path}/{entry.tag}" if path else entry.tag
        inner = row if isinstance(row, Loop) else None
        maker = _Segment(self, segment, inner, here)
        spec = entry.spec
        free = None if spec.when else claims
        whens = maker.guards(spec.when, around)
        if maker.never(spec.when):
            return None
        if spec.tree is not None:
            tree = trees.make(maker, spec, around)
            return Binding(row, entry.tag, here, entry.place, self.case(spec.place), (), whens, tree) if tree else None
        if not spec.choices and not spec.cases:
            outer = maker.whole(spec, around, free)
            return Binding(row, entry.tag, here, entry.place, outer, (), whens) if outer else None
        leads_to_objects = any(isinstance(one.target, Field) for one in spec.choices)
        outer = self.case(spec.place)
        if not leads_to_objects:
            maker.fill(outer, spec.elements, spec.pairs, around, free)
        schemes = [maker.scheme(one, spec, around) for one in ((spec,) if spec.choices else ()) + spec.cases]
        return Binding(row, entry.tag, here, entry.place, outer, tuple(one for one in schemes if one.by), whens)


def _lifted(entry: declared.Entry) -> list[declared.Entry] | None:
    """A loop's entry where the release has a mere segment: its own segment, and the body's others beside it.

    None where what the loop becomes is an object of its own that the others cannot reach.
    """
    spec = entry.spec
    if spec.choices or spec.cases:
        return None
    own = [one for one in spec.body if one.tag == entry.tag]
    if any(one.spec.choices or one.spec.cases or one.spec.body for one in own) and (spec.into is not None or spec.elements):
        return None
    if spec.into is None and own:
        return [replace(one, after=entry.after) for one in own] + [one for one in spec.body if one.tag != entry.tag]
    elements, pairs = spec.elements, spec.pairs
    for one in own:
        elements, pairs = elements + one.spec.elements, pairs + one.spec.pairs
    flat = replace(entry, spec=replace(spec, elements=elements, pairs=pairs, body=()))
    return [flat] if spec.into is not None else [flat, *(one for one in spec.body if one.tag != entry.tag)]


def _leaves_rest(first: declared.Spec, rest: declared.Spec) -> bool:
    """Whether *first* leads to one object, so that further occurrences are left to *rest*, an object of its own or a list."""
    single = first.into is None or not first.into.many
    apart = first.into is not None or (rest.into is not None and rest.into.many)
    return single and apart and not first.choices and not first.cases


def _guarded(spec: declared.Spec) -> bool:
    return bool(spec.when) or any(one.value.expected and not one.run[0].component for one in spec.elements)


class _Segment(Resolver):
    """Resolves what is bound in one segment, or in a loop by its first segment."""

    def __init__(self, maker: _Maker, segment: SegmentDef, loop: Loop | None, path: str) -> None:
        super().__init__(maker, segment)
        self.maker = maker
        self.loop = loop
        self.path = path

    @property
    def model(self) -> type[BaseModel]:
        return self.maker.model

    @property
    def fields(self) -> set[str]:
        return self.maker.fields

    # Cases

    def whole(
        self,
        spec: declared.Spec,
        around: Target,
        claims: dict[Names, Place] | None,
        keys: tuple[tuple[str, ...], ...] = (),
        by: tuple[Address, ...] = (),
    ) -> Case | None:
        """A case that stands alone: ``into``, elements, pairs, body, set."""
        case = self.maker.case(spec.place)
        case.keys = keys
        inner: Target = around
        if spec.into is not None:
            owner = around if spec.link is None else Target(self.maker.model, "")
            entered = self.enter(spec.into, owner, spec.place, None if spec.set or spec.link else claims)
            if entered is None:
                return None
            case.link = self.linked(spec, entered, around)
            inner, case.into, case.many = entered, spec.into.names, spec.into.many
            claims = {}
        self.fill(case, spec.elements, spec.pairs, inner, claims)
        case.set = tuple((at.names, text) for at, text, place in spec.set if self.known(at.names, inner, place))
        self.maker.fields |= {joined(inner.path, names) for names, _ in case.set}
        case.when = self.guards(spec.when, around) if keys else ()
        if spec.beside:
            case.beside = self.maker.case(spec.place)
            self.fill(case.beside, spec.beside, (), around, None)
        if spec.body and self.loop is not None:
            case.body = self.maker.level(spec.body, self.loop, inner, self.path, by if keys else ())
        return case

    def scheme(self, spec: declared.Spec, top: declared.Spec, around: Target) -> Scheme:
        spots = [found for found in (self.spot(one, spec.place) for one in spec.by) if found is not None]
        by = tuple(spot for spot, _ in spots)
        cases: list[Case] = []
        kept: list[declared.Choice] = []
        lookup: dict[tuple[str, ...], Case] = {}
        for choice in spec.choices if len(by) == len(spec.by) else ():
            case = self.choice(choice, spec, top, around)
            if case is not None:
                cases.append(case)
                kept.append(choice)
                lookup.update((key, case) for key in choice.keys)
                case.keys = tuple(sorted(choice.keys, key=lambda key: not listed_codes(key, [definition for _, definition in spots])))
        others = spec.others
        if isinstance(others, declared.Spec):
            made = self.whole(self.shared(others, spec, top), around, None)
            for choice, case in zip(kept, cases, strict=True) if made is not None else ():
                if isinstance(choice.target, declared.Value) and len(case.slots) == 1:
                    case.needs = case.slots[0].spot
            if made is not None and any(slot.period is not None for slot in made.slots):
                for case in cases:
                    case.days = tuple(slot.format for slot in case.slots if slot.format is not None)
            return Scheme(by, tuple(cases), lookup, made or "note")
        return Scheme(by, tuple(cases), lookup, others)

    def shared(self, others: declared.Spec, spec: declared.Spec, top: declared.Spec) -> declared.Spec:
        """``others`` with what it shares: the elements where it names none of its own, and the body."""
        if not (others.elements or others.pairs or others.choices):
            return replace(others, elements=top.elements, pairs=top.pairs, body=others.body or top.body)
        return replace(others, elements=self.formatted(others, spec), body=others.body or top.body)

    @staticmethod
    def formatted(others: declared.Spec, spec: declared.Spec) -> tuple[declared.Element, ...]:
        """The value's ``format:`` holds where others bind the same place and name none."""
        if spec.value is None or spec.value.value.format is None:
            return others.elements
        at = spec.value.run
        form = spec.value.value.format
        return tuple(
            declared.Element(one.run, replace(one.value, format=form)) if one.run == at and one.value.format is None else one
            for one in others.elements
        )

    def choice(self, choice: declared.Choice, spec: declared.Spec, top: declared.Spec, around: Target) -> Case | None:
        target = choice.target
        if isinstance(target, Field):
            shared = declared.Spec(choice.place, target, elements=top.elements, pairs=top.pairs, body=top.body)
            return self.whole(shared, around, None, choice.keys, spec.by)
        if isinstance(target, declared.Value):
            case = self.maker.case(choice.place)
            case.keys = choice.keys
            if spec.value is not None:
                bound = over(spec.value.value, target)
                self.fill(case, (declared.Element(spec.value.run, bound),), (), around, None)
        else:
            made = self.whole(target, around, None, choice.keys, spec.by)
            if made is None:
                return None
            case = made
        if case.body is None and top.body and self.loop is not None:
            inner = around
            if isinstance(target, declared.Spec) and target.into is not None:
                owner = around if target.link is None else Target(self.maker.model, "")
                inner = self.enter(target.into, owner, target.place, None) or around
            case.body = self.maker.level(top.body, self.loop, inner, self.path, spec.by)
        return case
