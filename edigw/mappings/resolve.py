"""What one segment binds, asked of dictionary and document model: fields, elements, codecs, pairs.

``compile`` knows the table and its loops; here a segment's definition and the object it
fills are enough. What is wrong is collected, what the release lacks is told apart from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pydantic import BaseModel

from edigw.documents import members as documents
from edigw.documents.members import Member
from edigw.mappings import codecs, codes, declared
from edigw.mappings import mistakes as m
from edigw.mappings.codes import Table
from edigw.mappings.mistakes import Mistakes
from edigw.mappings.plan import Absent, Case, Guard, Link, Names, PairField, PairItems, Pairs, Run, Slot, Spot
from edigw.mappings.targets import Target, joined, singular
from edigw.paths import Address, Field
from edigw.standards.schema import ElementDef, SegmentDef, Standard
from edigw.yamlnodes import Place


class Findings:
    """What is collected while a map is compiled: fields bound, what the release lacks, what no target has."""

    def __init__(self, model: type[BaseModel], standard: Standard, problems: Mistakes) -> None:
        self.model = model
        self.standard = standard
        self.problems = problems
        self.absent: list[Absent] = []
        self.fields: set[str] = set()
        self.only: list[tuple[str, Link, str]] = []
        # A body is resolved once for each target of its loop; a field must exist in one of them.
        self.known: set[Place] = set()
        self.unknown: dict[Place, Callable[[], None]] = {}

    def settle(self) -> None:
        for place, tell in self.unknown.items():
            if place not in self.known:
                tell()

    def lacks(self, place: Place, text: str, advice: str = "") -> None:
        self.absent.append(Absent(place, text, advice))


class Resolver:
    """Resolves what is bound in one segment."""

    def __init__(self, found: Findings, segment: SegmentDef) -> None:
        self.found = found
        self.problems = found.problems
        self.segment = segment

    def fill(
        self,
        case: Case,
        elements: Sequence[declared.Element],
        pairs: Sequence[declared.Pairs],
        inner: Target,
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

    def enter(self, into: Field, around: Target, place: Place, claims: dict[Names, Place] | None) -> Target | None:
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
        self.found.fields.add(joined(around.path, into.names))
        return around.inside(into.names, found)

    def linked(self, spec: declared.Spec, inner: Target, around: Target) -> Link | None:
        """How an object of a list of the document and the one around know each other."""
        if spec.link is None or spec.into is None:
            return None
        member = ".".join(spec.link.names)
        points = inner.member(spec.link.names)
        if points is not None and points.model is not None and points.many:
            names = documents.members(points.model)
            key = singular(around.path)
            if around.path and key not in names:
                self.problems.add(spec.place, f"{inner.path}.{member} names no {key or 'object'}", m.CONTRADICTS)
            self.found.fields |= {f"{inner.path}.{member}.{name}" for name in (key, "quantity") if name in names}
            return Link(member, True, key, "quantity" in names)
        if around.member(spec.link.names) is None:
            self.problems.add(spec.place, f"neither {inner.path} nor {around.path} has a member {member}", m.UNKNOWN_FIELD)
            return None
        self.found.fields |= {joined(around.path, spec.link.names), f"{inner.path}.id"}
        link = Link(member, False, only=spec.only, owner=around.path)
        if spec.only:
            self.found.only.append((around.path, link, inner.path))
        return link

    def known(self, names: Names, inner: Target, place: Place) -> Member | None:
        found = inner.member(names)
        if found is not None:
            self.found.known.add(place)
            return found
        self.found.unknown.setdefault(place, lambda: self.tell(names, inner, place))
        return None

    def tell(self, names: Names, inner: Target, place: Place) -> None:
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
            text = f"{self.found.standard.release} has no element {at} in {self.segment.tag}, only {len(refs)}"
            self.found.lacks(place, text)
            return None
        ref = refs[at.element - 1]
        if ref.composite is None:
            if at.component > 1:
                self.found.lacks(place, f"{self.segment.tag}.{at.element} is no composite in {self.found.standard.release}")
                return None
            assert ref.element is not None
            return (at.element, 0), ref.element
        component = at.component or 1
        if component > len(ref.composite.components):
            text = f"{self.found.standard.release} has no component {at} in {self.segment.tag}, only {len(ref.composite.components)}"
            self.found.lacks(place, text)
            return None
        definition = ref.composite.components[component - 1].element
        assert definition is not None
        return (at.element, component), definition

    def slot(self, at: Address, value: declared.Value, inner: Target) -> Slot | None:
        found = self.spot(at, value.place)
        if found is None:
            return None
        spot, definition = found
        slot = Slot(spot, definition, value.place)
        slot.expected, slot.default, slot.always, slot.others = value.expected, value.default, value.always, value.others
        slot.blank = value.blank
        slot.when = self.guards(value.when, inner)
        slot.count = tuple((one,) if isinstance(one, str) else one.names for one in value.count)
        if value.field is not None:
            member = self.known(value.field.names, inner, value.place)
            if member is None:
                return None
            if not self.fits(member, value, inner):
                return None
            slot.names, slot.shape, slot.many = value.field.names, member.shape, value.field.many
            self.found.fields.add(joined(inner.path, value.field.names))
        self.coded(slot, value)
        if value.time is not None:
            timed = self.spot(value.time, value.place)
            if timed is not None and timed[1].type == "TM" and slot.shape == "day":
                slot.time = timed[0]
            elif timed is not None:
                text = f"a time: is a time of day beside a day; {value.time} is of type {timed[1].type}"
                self.problems.add(value.place, text, m.CONTRADICTS)
        if value.format is not None:
            formatted = self.spot(value.format, value.place)
            if formatted is not None:
                slot.format, slot.format_definition = formatted
                if slot.shape not in ("day", "clock", "text", "free"):
                    self.problems.add(value.place, f"a format: is for days and times; the field holds a {slot.shape}", m.CONTRADICTS)
                if value.period is not None:
                    self.periodic(slot, value.period, value.place, inner)
        return slot

    def periodic(self, slot: Slot, period: Field, place: Place, inner: Target) -> None:
        """What takes a text that is no day, and the code of its format."""
        code = (*period.names[:-1], "format")
        if self.known(period.names, inner, place) is not None and self.known(code, inner, place) is not None:
            slot.period, slot.code = period.names, code
            self.found.fields |= {joined(inner.path, period.names), joined(inner.path, code)}

    def fits(self, member: Member, value: declared.Value, inner: Target) -> bool:
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

    def coded(self, slot: Slot, value: declared.Value) -> None:
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
            slot.codec = codecs.choose(slot.definition, slot.shape, self.found.standard.syntax, value.type)
        except ValueError as trouble:
            self.problems.add(value.place, str(trouble), m.CONTRADICTS)
            slot.codec = codecs.TEXT

    def never(self, whens: Sequence[declared.When]) -> bool:
        """Whether one of *whens* wants something of an element that the release does not have."""
        return any(one.at is not None and one.wanted != "absent" and self.spot(one.at, one.place) is None for one in whens)

    def guards(self, whens: Sequence[declared.When], inner: Target) -> tuple[Guard, ...]:
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

    def pairs(self, said: declared.Pairs, inner: Target) -> Pairs | None:
        spots: list[tuple[Spot, Spot]] = []
        definitions: list[tuple[ElementDef, ElementDef]] = []
        inside = bool(said.qualifier.component or said.value.component)
        for start in range(said.at, said.until + 1, said.each):
            if start > len(self.segment.elements):
                break  # releases have fewer of them
            first = Address(start, said.qualifier.component) if inside else Address(start)
            second = Address(start, said.value.component) if inside else Address(start + 1)
            qualifier, value = self.spot(first, said.place), self.spot(second, said.place)
            if qualifier is None or value is None:
                return None
            spots.append((qualifier[0], value[0]))
            definitions.append((qualifier[1], value[1]))
        if not spots:
            self.found.lacks(said.place, f"{self.found.standard.release} has no element {said.at} in {self.segment.tag}")
            return None
        by, what = definitions[0]
        fields: list[PairField] = []
        for keys, bound in said.choices:
            slot = self.paired(bound, inner, spots[0][1], what)
            if slot is not None:
                fields.append(PairField(tuple(sorted(keys, key=lambda code: not listed_codes((code,), [by]))), slot))
        listed = self.items(said.listed, inner, spots[0], by, what) if said.listed else None
        others = said.others
        rest: PairItems | None = None
        if isinstance(others, declared.PairList):
            rest = self.items(others, inner, spots[0], by, what)
        fallback: PairItems | str = rest if rest is not None else "fault" if others == "fault" else "note"
        made = Pairs(tuple(spots), by, tuple(fields), listed, fallback, said.place)  # type: ignore[arg-type]  # one of its words
        made.implied, made.implied_at = said.implied, said.implied_at
        return made

    def items(
        self, wanted: declared.PairList, inner: Target, spots: tuple[Spot, Spot], by: ElementDef, what: ElementDef
    ) -> PairItems | None:
        item = self.enter(wanted.into, inner, wanted.value.place, None)
        if item is None:
            return None
        value = self.paired(wanted.value, item, spots[1], what)
        qualifier = self.paired(wanted.qualifier, item, spots[0], by) if wanted.qualifier else None
        return PairItems(wanted.into.names, qualifier, value) if value else None

    def paired(self, value: declared.Value, inner: Target, spot: Spot, definition: ElementDef) -> Slot | None:
        if value.field is None:
            self.problems.add(value.place, "a pair leads to a field", m.WRONG_SHAPE)
            return None
        member = self.known(value.field.names, inner, value.place)
        if member is None or not self.fits(member, value, inner):
            return None
        slot = Slot(spot, definition, value.place, value.field.names, value.field.many, member.shape, others=value.others)
        self.found.fields.add(joined(inner.path, value.field.names))
        self.coded(slot, value)
        return slot


def listed_codes(key: Sequence[str], definitions: Sequence[ElementDef]) -> bool:
    """Whether the release has every code of *key*: of several that mean one thing, such a one is written."""
    return all(not code or one.codes is None or code in one.codes for code, one in zip(key, definitions, strict=True))


def over(base: declared.Value, value: declared.Value) -> declared.Value:
    """A choice's value with what ``value:`` says for all of them."""
    return replace(
        value,
        codes=value.codes or ("" if value.inline else base.codes),
        codes_place=value.codes_place or base.codes_place,
        inline=value.inline or (() if value.codes else base.inline),
        format=value.format or base.format,
        time=value.time or base.time,
        type=value.type or base.type,
        others=value.others if value.others != "note" else base.others,
        when=value.when or base.when,
        default=value.default if value.default is not None else base.default,
        always=value.always or base.always,
        blank=value.blank or base.blank,
        expected=value.expected or base.expected,
    )
