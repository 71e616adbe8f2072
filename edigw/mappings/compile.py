"""From declarations to a plan: table, dictionary and document model asked for every binding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from edigw.documents import members as documents
from edigw.documents.members import FREE, Member, Shape
from edigw.mappings import codecs, codes, declare
from edigw.mappings import mistakes as m
from edigw.mappings.codes import Table
from edigw.mappings.mistakes import Mistakes, nearest
from edigw.mappings.plan import Absent, Binding, Case, Guard, Level, Names, PairField, PairItems, Pairs, Plan, Run, Scheme, Slot, Spot
from edigw.paths import Address, Field
from edigw.standards.schema import ElementDef, Loop, Row, SegmentDef, Standard
from edigw.yamlfile import Place


@dataclass(frozen=True, slots=True)
class _Object:
    """What a binding fills: a part of a model, anything (model None), or with *value* a single value."""

    model: type[BaseModel] | None
    path: str  #: from the document, list positions left out; "" the document
    value: Shape | None = None

    def member(self, names: Names) -> Member | None:
        if self.value is not None:
            return Member(self.value, False) if not names else None
        if not names:
            return None
        if self.model is None:
            return FREE
        return documents.member(self.model, ".".join(names))

    def inside(self, names: Names, found: Member) -> _Object:
        path = _joined(self.path, names)
        if found.shape == "part":
            return _Object(found.model, path)
        return _Object(None, path) if found.shape == "free" else _Object(None, path, found.shape)


def _joined(path: str, names: Names) -> str:
    return ".".join([*filter(None, [path]), *(name for name in names if not name.isdecimal())])


def make(declared: declare.Declared, model: type[BaseModel], standard: Standard, problems: Mistakes) -> Plan:
    """The plan of a map for *standard*. What is wrong goes to *problems*; what the release lacks into the plan."""
    maker = _Maker(model, standard, problems)
    root = maker.level(declared.body, standard.root, _Object(model, ""), "")
    maker.settle()
    return Plan(root, frozenset(maker.fields), tuple(maker.absent))


class _Maker:
    def __init__(self, model: type[BaseModel], standard: Standard, problems: Mistakes) -> None:
        self.model = model
        self.standard = standard
        self.problems = problems
        self.absent: list[Absent] = []
        self.fields: set[str] = set()
        self.cases = 0
        # A body is resolved once for each target of its loop; a field must exist in one of them.
        self.known: set[Place] = set()
        self.unknown: dict[Place, Callable[[], None]] = {}

    def settle(self) -> None:
        for place, tell in self.unknown.items():
            if place not in self.known:
                tell()

    def case(self, place: Place) -> Case:
        self.cases += 1
        return Case(self.cases, place)

    # Levels

    def level(self, entries: Sequence[declare.Entry], loop: Loop, around: _Object, path: str, named: tuple[Address, ...] = ()) -> Level:
        """A body. *named*: the qualifiers that chose the object: in its own segment they say nothing more."""
        claims: dict[Names, Place] = {}
        bindings: list[Binding] = []
        placed: dict[int, list[declare.Entry]] = {}
        pending = [(entry, False) for entry in reversed(entries)]
        while pending:
            entry, beside = pending.pop()
            row = self.row(entry, loop, path)
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
                if not _guarded(earlier.spec):
                    text = f"two bindings for {entry.tag} and nothing to choose by; the first in line {earlier.place.line}"
                    self.problems.add(entry.place, text, m.NOT_TOLD_APART, "an is:, a when:, or by: with cases:")
            placed.setdefault(row.number, []).append(entry)
            if named and row is loop.rows[0]:
                kept = tuple(one for one in entry.spec.elements if one.run[0] not in named)
                entry = replace(entry, spec=replace(entry.spec, elements=kept))
            made = self.binding(entry, row, around, path, claims, trigger=bool(loop.tag) and row is loop.rows[0])
            if made is not None:
                bindings.append(made)
        bindings.sort(key=lambda one: one.row.number)  # stable: the map's order breaks ties
        return Level(loop, path, tuple(bindings), self.separators(loop, placed))

    def separators(self, loop: Loop, placed: Mapping[int, object]) -> tuple[tuple[int, str], ...]:
        rows = [row for row in loop.rows if isinstance(row, Row) and row.tag == "UNS" and row.number not in placed]
        return tuple((row.number, "S" if row is rows[-1] else "D") for row in rows if row.required)

    def row(self, entry: declare.Entry, loop: Loop, path: str) -> Row | Loop | None:
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
        for row in rows:
            if row.tag == entry.tag:
                return row
        where = f"in {path}" if path else f"in {self.standard.type}"
        self.lacks(entry.place, f"{self.standard.release} has no {entry.tag} {where}", nearest(entry.tag, {row.tag for row in loop.rows}))
        return None

    def lacks(self, place: Place, text: str, advice: str = "") -> None:
        self.absent.append(Absent(place, text, advice))

    # Bindings

    def binding(
        self, entry: declare.Entry, row: Row | Loop, around: _Object, path: str, claims: dict[Names, Place], *, trigger: bool
    ) -> Binding | None:
        segment = self.standard.segments[entry.tag]
        here = path if trigger else f"{path}/{entry.tag}" if path else entry.tag
        inner = row if isinstance(row, Loop) else None
        maker = _Segment(self, segment, inner, here)
        spec = entry.spec
        free = None if spec.when else claims
        whens = maker.guards(spec.when, around)
        if not spec.choices and not spec.cases:
            outer = maker.whole(spec, around, free)
            return Binding(row, entry.tag, here, entry.place, outer, (), whens) if outer else None
        leads_to_objects = any(isinstance(one.target, Field) for one in spec.choices)
        outer = self.case(spec.place)
        if not leads_to_objects:
            maker.fill(outer, spec.elements, spec.pairs, around, free)
        schemes = [maker.scheme(one, spec, around) for one in ((spec,) if spec.choices else ()) + spec.cases]
        return Binding(row, entry.tag, here, entry.place, outer, tuple(one for one in schemes if one.by), whens)


def _lifted(entry: declare.Entry) -> list[declare.Entry] | None:
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


def _guarded(spec: declare.Spec) -> bool:
    return bool(spec.when) or any(one.value.expected and not one.run[0].component for one in spec.elements)


class _Segment:
    """Resolves what is bound in one segment, or in a loop by its first segment."""

    def __init__(self, maker: _Maker, segment: SegmentDef, loop: Loop | None, path: str) -> None:
        self.maker = maker
        self.problems = maker.problems
        self.segment = segment
        self.loop = loop
        self.path = path

    # Cases

    def whole(
        self,
        spec: declare.Spec,
        around: _Object,
        claims: dict[Names, Place] | None,
        keys: tuple[tuple[str, ...], ...] = (),
        by: tuple[Address, ...] = (),
    ) -> Case | None:
        """A case that stands alone: ``into``, elements, pairs, body, set."""
        case = self.maker.case(spec.place)
        case.keys = keys
        inner: _Object = around
        if spec.into is not None:
            entered = self.enter(spec.into, around, spec.place, None if spec.set else claims)
            if entered is None:
                return None
            inner, case.into, case.many = entered, spec.into.names, spec.into.many
            claims = {}
        self.fill(case, spec.elements, spec.pairs, inner, claims)
        case.set = tuple((at.names, text) for at, text, place in spec.set if self.known(at.names, inner, place))
        case.when = self.guards(spec.when, around) if keys else ()
        if spec.body and self.loop is not None:
            case.body = self.maker.level(spec.body, self.loop, inner, self.path, by if keys else ())
        return case

    def scheme(self, spec: declare.Spec, top: declare.Spec, around: _Object) -> Scheme:
        spots = [found for found in (self.spot(one, spec.place) for one in spec.by) if found is not None]
        by = tuple(spot for spot, _ in spots)
        cases: list[Case] = []
        lookup: dict[tuple[str, ...], Case] = {}
        for choice in spec.choices if len(by) == len(spec.by) else ():
            case = self.choice(choice, spec, top, around)
            if case is not None:
                cases.append(case)
                lookup.update((key, case) for key in choice.keys)
                case.keys = tuple(sorted(choice.keys, key=lambda key: not _listed(key, [definition for _, definition in spots])))
        others = spec.others
        if isinstance(others, declare.Spec):
            made = self.whole(self.shared(others, spec, top), around, None)
            return Scheme(by, tuple(cases), lookup, made or "note")
        return Scheme(by, tuple(cases), lookup, others)

    def shared(self, others: declare.Spec, spec: declare.Spec, top: declare.Spec) -> declare.Spec:
        """``others`` with what it shares: the elements where it names none of its own, and the body."""
        if not (others.elements or others.pairs or others.choices):
            return replace(others, elements=top.elements, pairs=top.pairs, body=others.body or top.body)
        return replace(others, elements=self.formatted(others, spec), body=others.body or top.body)

    @staticmethod
    def formatted(others: declare.Spec, spec: declare.Spec) -> tuple[declare.Element, ...]:
        """The value's ``format:`` holds where others bind the same place and name none."""
        if spec.value is None or spec.value.value.format is None:
            return others.elements
        at = spec.value.run
        form = spec.value.value.format
        return tuple(
            declare.Element(one.run, replace(one.value, format=form)) if one.run == at and one.value.format is None else one
            for one in others.elements
        )

    def choice(self, choice: declare.Choice, spec: declare.Spec, top: declare.Spec, around: _Object) -> Case | None:
        target = choice.target
        if isinstance(target, Field):
            shared = declare.Spec(choice.place, target, elements=top.elements, pairs=top.pairs, body=top.body)
            return self.whole(shared, around, None, choice.keys, spec.by)
        if isinstance(target, declare.Value):
            case = self.maker.case(choice.place)
            case.keys = choice.keys
            if spec.value is not None:
                bound = _over(spec.value.value, target)
                self.fill(case, (declare.Element(spec.value.run, bound),), (), around, None)
        else:
            made = self.whole(target, around, None, choice.keys, spec.by)
            if made is None:
                return None
            case = made
        if case.body is None and top.body and self.loop is not None:
            inner = around
            if isinstance(target, declare.Spec) and target.into is not None:
                inner = self.enter(target.into, around, target.place, None) or around
            case.body = self.maker.level(top.body, self.loop, inner, self.path, spec.by)
        return case

    def fill(
        self,
        case: Case,
        elements: Sequence[declare.Element],
        pairs: Sequence[declare.Pairs],
        inner: _Object,
        claims: dict[Names, Place] | None,
    ) -> None:
        """Slots, runs and pairs of *case*."""
        slots: list[Slot] = []
        runs: list[Run] = []
        for one in elements:
            many = one.value.field is not None and one.value.field.many
            if not many and len(one.run) > 1:
                self.problems.add(one.value.place, "a run of values goes into a list (more_names*)", m.CONTRADICTS)
                continue
            made = [slot for slot in (self.slot(at, one.value, inner) for at in one.run) if slot is not None]
            if not made:
                continue
            if many and one.value.field is not None:
                runs.append(Run(one.value.field.names, tuple(made)))
            else:
                slots += made
            if claims is not None and one.value.field is not None and not one.value.when:
                self.claim(one.value.field.names, one.value.place, claims)
        case.slots, case.runs = case.slots + tuple(slots), case.runs + tuple(runs)
        case.pairs += tuple(one for one in (self.pairs(each, inner) for each in pairs) if one is not None)

    def claim(self, names: Names, place: Place, claims: dict[Names, Place]) -> None:
        first = claims.setdefault(names, place)
        if first != place:
            text = f"{'.'.join(names) or '.'} is written twice; first in line {first.line}"
            self.problems.add(place, text, m.WRITTEN_TWICE, "one of them needs a when:, or another field")

    def enter(self, into: Field, around: _Object, place: Place, claims: dict[Names, Place] | None) -> _Object | None:
        """The object that ``into`` leads to."""
        found = self.known(into.names, around, place)
        if found is None:
            return None
        if found.shape != "free" and found.many != into.many:
            text = f"{into} is a list" if found.many else f"{into} is no list"
            self.problems.add(place, text, m.CONTRADICTS, f"write {'.'.join(into.names)}{'*' if found.many else ''}")
            return None
        if claims is not None and into.many:
            self.claim(into.names, place, claims)
        self.maker.fields.add(_joined(around.path, into.names))
        return around.inside(into.names, found)

    def known(self, names: Names, inner: _Object, place: Place) -> Member | None:
        found = inner.member(names)
        if found is not None:
            self.maker.known.add(place)
            return found
        self.maker.unknown.setdefault(place, lambda: self.tell(names, inner, place))
        return None

    def tell(self, names: Names, inner: _Object, place: Place) -> None:
        whole = ".".join(names) or "."
        if inner.value is not None:
            self.problems.add(place, f"{inner.path} holds values, not objects", m.UNKNOWN_FIELD, "bind . (the value itself)")
            return
        model, told = inner.model, ""
        right: set[str] = set()
        for at, name in enumerate(names):
            if model is None:
                break
            right = set(documents.members(model))
            if name.isdecimal() and at:
                continue
            if name not in right:
                told = name
                break
            model = documents.members(model)[name].model
        self.problems.unknown(place, f"{inner.path or 'the document'} has no field {whole!r}:", told or whole, right, m.UNKNOWN_FIELD)

    # Values

    def spot(self, at: Address, place: Place) -> tuple[Spot, ElementDef] | None:
        """Where an address stands in this release. A whole composite is its first component: an element may have
        become a composite in a later release."""
        refs = self.segment.elements
        if at.element < 1 or at.element > len(refs):
            text = f"{self.maker.standard.release} has no element {at} in {self.segment.tag}, only {len(refs)}"
            self.maker.lacks(place, text)
            return None
        ref = refs[at.element - 1]
        if ref.composite is None:
            if at.component > 1:
                self.maker.lacks(place, f"{self.segment.tag}.{at.element} is no composite in {self.maker.standard.release}")
                return None
            assert ref.element is not None
            return (at.element, 0), ref.element
        component = at.component or 1
        if component > len(ref.composite.components):
            text = f"{self.maker.standard.release} has no component {at} in {self.segment.tag}, only {len(ref.composite.components)}"
            self.maker.lacks(place, text)
            return None
        definition = ref.composite.components[component - 1].element
        assert definition is not None
        return (at.element, component), definition

    def slot(self, at: Address, value: declare.Value, inner: _Object) -> Slot | None:
        found = self.spot(at, value.place)
        if found is None:
            return None
        spot, definition = found
        slot = Slot(spot, definition, value.place)
        slot.expected, slot.default, slot.always, slot.others = value.expected, value.default, value.always, value.others
        slot.when = self.guards(value.when, inner)
        if value.count is not None:
            slot.count = value.count.names
        if value.field is not None:
            member = self.known(value.field.names, inner, value.place)
            if member is None:
                return None
            if not self.fits(member, value, inner):
                return None
            slot.names, slot.shape, slot.many = value.field.names, member.shape, value.field.many
            self.maker.fields.add(_joined(inner.path, value.field.names))
        self.coded(slot, value)
        if value.format is not None:
            formatted = self.spot(value.format, value.place)
            if formatted is not None:
                slot.format, slot.format_definition = formatted
                if slot.shape not in ("day", "clock", "text", "free"):
                    self.problems.add(value.place, f"a format: is for days and times; the field holds a {slot.shape}", m.CONTRADICTS)
        return slot

    def fits(self, member: Member, value: declare.Value, inner: _Object) -> bool:
        assert value.field is not None
        if member.shape == "part":
            self.problems.add(value.place, f"{value.field} is an object, not a value", m.CONTRADICTS)
            return False
        fixed = bool(value.field.names) and value.field.names[-1].isdecimal()
        many = member.many and not fixed
        if member.shape != "free" and many != value.field.many:
            text = f"{value.field} is a list" if many else f"{value.field} is no list"
            self.problems.add(value.place, text, m.CONTRADICTS, f"write {'.'.join(value.field.names)}{'*' if many else ''}")
            return False
        if value.default == "ordinal" and member.shape not in ("text", "count", "decimal", "free"):
            self.problems.add(value.place, f"default: ordinal is a number, {inner.path} holds a {member.shape}", m.CONTRADICTS)
        return True

    def coded(self, slot: Slot, value: declare.Value) -> None:
        """The slot's code table, or its codec."""
        table: Table | None = None
        place = value.codes_place or value.place
        if value.inline:
            table = codes.make("here", value.inline)
        elif value.codes:
            named = codes.find(value.codes)
            if isinstance(named, tuple):
                self.problems.found += [one for one in named if one not in self.problems.found]
            elif named is None:
                self.problems.unknown(place, "there is no code table", value.codes, codes.names(), m.NO_SUCH_TABLE)
            else:
                table = named
        if table is not None:
            taken = table.mistaken(slot.definition.codes)
            if taken:
                text = f"the code {taken} of {slot.definition.id} reads like the word for {table.codes[taken][0]}"
                self.problems.add(place, text, m.NOT_READ_BACK, f"give {taken} a row in {table.name}")
            if slot.shape not in ("text", "free"):
                self.problems.add(place, f"codes: gives words, the field holds a {slot.shape}", m.CONTRADICTS)
            slot.table = table
        try:
            slot.codec = codecs.choose(slot.definition, slot.shape, self.maker.standard.syntax, value.type)
        except ValueError as trouble:
            self.problems.add(value.place, str(trouble), m.CONTRADICTS)
            slot.codec = codecs.TEXT

    def guards(self, whens: Sequence[declare.When], inner: _Object) -> tuple[Guard, ...]:
        found = []
        for one in whens:
            if one.at is not None:
                spot = self.spot(one.at, one.place)
                if spot is not None:
                    found.append(Guard(spot[0], (), one.wanted))
            elif one.field is not None and self.known(one.field.names, inner, one.place) is not None:
                found.append(Guard(None, one.field.names, one.wanted))
        return tuple(found)

    # Pairs

    def pairs(self, declared: declare.Pairs, inner: _Object) -> Pairs | None:
        spots: list[tuple[Spot, Spot]] = []
        definitions: list[tuple[ElementDef, ElementDef]] = []
        inside = bool(declared.qualifier.component or declared.value.component)
        for start in range(declared.at, declared.until + 1, declared.each):
            if start > len(self.segment.elements):
                break  # releases have fewer of them
            first = Address(start, declared.qualifier.component) if inside else Address(start)
            second = Address(start, declared.value.component) if inside else Address(start + 1)
            qualifier, value = self.spot(first, declared.place), self.spot(second, declared.place)
            if qualifier is None or value is None:
                return None
            spots.append((qualifier[0], value[0]))
            definitions.append((qualifier[1], value[1]))
        if not spots:
            self.maker.lacks(declared.place, f"{self.maker.standard.release} has no element {declared.at} in {self.segment.tag}")
            return None
        by, what = definitions[0]
        fields: list[PairField] = []
        for keys, bound in declared.choices:
            slot = self.paired(bound, inner, spots[0][1], what)
            if slot is not None:
                fields.append(PairField(tuple(sorted(keys, key=lambda code: not _listed((code,), [by]))), slot))
        listed = self.items(declared.listed, inner, spots[0], by, what) if declared.listed else None
        others = declared.others
        rest: PairItems | None = None
        if isinstance(others, declare.PairList):
            rest = self.items(others, inner, spots[0], by, what)
        fallback: PairItems | str = rest if rest is not None else "fault" if others == "fault" else "note"
        return Pairs(tuple(spots), by, tuple(fields), listed, fallback, declared.place)  # type: ignore[arg-type]  # one of its words

    def items(
        self, declared: declare.PairList, inner: _Object, spots: tuple[Spot, Spot], by: ElementDef, what: ElementDef
    ) -> PairItems | None:
        item = self.enter(declared.into, inner, declared.value.place, None)
        if item is None:
            return None
        value = self.paired(declared.value, item, spots[1], what)
        qualifier = self.paired(declared.qualifier, item, spots[0], by) if declared.qualifier else None
        return PairItems(declared.into.names, qualifier, value) if value else None

    def paired(self, value: declare.Value, inner: _Object, spot: Spot, definition: ElementDef) -> Slot | None:
        if value.field is None:
            self.problems.add(value.place, "a pair leads to a field", m.WRONG_SHAPE)
            return None
        member = self.known(value.field.names, inner, value.place)
        if member is None or not self.fits(member, value, inner):
            return None
        slot = Slot(spot, definition, value.place, value.field.names, value.field.many, member.shape, others=value.others)
        self.maker.fields.add(_joined(inner.path, value.field.names))
        self.coded(slot, value)
        return slot


def _listed(key: Sequence[str], definitions: Sequence[ElementDef]) -> bool:
    """Whether the release has every code of *key*: of several that mean one thing, such a one is written."""
    return all(not code or one.codes is None or code in one.codes for code, one in zip(key, definitions, strict=True))


def _over(base: declare.Value, value: declare.Value) -> declare.Value:
    """A choice's value with what ``value:`` says for all of them."""
    return replace(
        value,
        codes=value.codes or ("" if value.inline else base.codes),
        codes_place=value.codes_place or base.codes_place,
        inline=value.inline or (() if value.codes else base.inline),
        format=value.format or base.format,
        type=value.type or base.type,
        others=value.others if value.others != "note" else base.others,
        when=value.when or base.when,
        default=value.default if value.default is not None else base.default,
        always=value.always or base.always,
        expected=value.expected or base.expected,
    )
