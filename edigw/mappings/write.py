"""The write program: a document into segments, in the order of the release's table.

The plan says where each member goes; the writer asks for it there, and each is written
once, by the first binding that has room for it. Whether what came out is right, in
structure, types, lengths, codes and notes, is asked of ``check``, the same that judges
what partners send; its faults are told as members of the document and lines of the map.
Nothing is cut short and nothing that the map binds is left behind in silence: either
everything is written or nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from edigw.errors import NotWritable
from edigw.faults import Fault, Policy, Severity
from edigw.mappings import codecs
from edigw.mappings.dotted import fulfils, get
from edigw.mappings.plan import Binding, Case, Guard, Level, Names, PairField, PairItems, Pairs, Plan, Run, Scheme, Slot, Spot, spot_text
from edigw.model import Cut, Delimiters, Element, Message, Notation
from edigw.standards import check
from edigw.standards.schema import Standard
from edigw.yamlfile import Place

if TYPE_CHECKING:
    from edigw.mappings.library import Program

MOST_PROBLEMS: Final = 100  # of one document
MOST_SEGMENTS: Final = 1_000_000  # of one message: beyond this it is no message but a mistake
_EXTENDING = ("EAN", "VICS", "UCS")  # associations that add codes to the base lists; check only notes these
_NOWHERE = frozenset({"document", "version", "source", "unmapped"})
_NOT_ALLOWED = {*map(chr, range(32)), "\x7f"}


@dataclass(slots=True)
class _Said:
    """A value on its way into a segment: its text, the member it came from, the line that binds it."""

    text: str
    path: str
    place: Place


@dataclass(slots=True)
class _Draft:
    """A segment being made."""

    tag: str
    place: Place
    path: str  #: the object it is made from, "" for the document
    values: dict[Spot, _Said] = field(default_factory=dict)
    own: bool = False  #: holds a value of the document, not only constants
    cases: list[tuple[Case, str]] = field(default_factory=list)  #: what fills it, with the paths of their objects


def write(
    program: Program, document: Mapping[str, Any], delimiters: Delimiters, charset: str, association: str, policy: Policy | None
) -> list[Cut]:
    """See ``Program.write``."""
    writer = _Writer(program, delimiters, charset, association, document.get("unmapped"))
    writer.level(program.plan.root, document, "", ())
    writer.leftover(document)
    writer.stop()
    cuts = [_cut(draft) for draft in writer.drafts]
    writer.judge(cuts, association, policy or Policy())
    writer.stop()
    return cuts


class _Writer:
    def __init__(self, program: Program, delimiters: Delimiters, charset: str, association: str, unmapped: Any) -> None:
        self.program = program
        self.standard: Standard = program.standard
        self.delimiters = delimiters
        self.charset = charset
        self.drafts: list[_Draft] = []
        self.problems: dict[tuple[str, str], None] = {}
        self.taken: set[str] = set()
        self.kept: dict[str, list[list[tuple[Spot, str]]]] | None = None
        self.unmapped = unmapped
        self.written: set[int] = set()  #: the cases of the scheme at hand that have written something
        self.live = _live(self.standard, delimiters)
        self.extended = association.startswith(_EXTENDING)  # codes beyond the release's list are agreed

    def problem(self, path: str, place: Place | None, text: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems[path or "document", f"{text} ({self.program.name}, {place})" if place else text] = None

    def stop(self) -> None:
        if self.problems:
            raise NotWritable(tuple(self.problems))

    # Levels

    def level(self, level: Level, around: Any, path: str, trail: tuple[str, ...], *, trigger: bool = True) -> None:
        """All rows of a loop, in the order of the table. *trigger* False: its first segment is written already."""
        rows: dict[int, list[Binding]] = {}
        for binding in level.bindings:
            rows.setdefault(binding.row.number, []).append(binding)
        first = level.loop.rows[0].number if level.loop.tag else -1
        separators = dict(level.separators)
        for number in sorted({*rows, *separators}):
            if number in separators:
                draft = _Draft("UNS", Place("", 0, 0), "")
                draft.values[(1, 0)] = _Said(separators[number], "", draft.place)
                self.drafts.append(draft)
                continue
            if number == first and not trigger:
                continue
            for binding in rows[number]:
                self.binding(binding, around, path, trail)

    def binding(self, binding: Binding, around: Any, path: str, trail: tuple[str, ...]) -> None:
        if len(self.drafts) > MOST_SEGMENTS:
            return
        if binding.when and any(guard.spot is None and not self.holds(guard, binding.outer, around) for guard in binding.when):
            return
        if not binding.schemes:
            self.case(binding, binding.outer, around, path, trail)
        else:
            self.schemes(binding, around, path, trail)
        self.keepsakes(binding, trail)

    def holds(self, guard: Guard, case: Case, around: Any) -> bool:
        """Whether a ``when`` holds. One on an element asks the member that *case* binds there."""
        if guard.spot is None:
            return fulfils(get(around, guard.names), guard.wanted)
        for slot in case.slots:
            if slot.spot == guard.spot and slot.names is not None:
                value = get(around, slot.names)
                if value is None or guard.wanted in ("present", "absent"):
                    return fulfils(value, guard.wanted)
                try:
                    return self.sent(slot, value)[0] == guard.wanted
                except ValueError:
                    return False
        return guard.wanted == "absent"

    def chosen(self, guard: Guard, case: Case, item: Any, scheme: Scheme | None) -> bool:
        """A guard on an element: of a qualifier that chooses, or of a member bound there."""
        if scheme is not None and case.keys and guard.spot in scheme.by:
            return fulfils(case.keys[0][scheme.by.index(guard.spot)], guard.wanted)
        return self.holds(guard, case, item)

    # Choices

    def schemes(self, binding: Binding, around: Any, path: str, trail: tuple[str, ...]) -> None:
        """What is chosen by qualifier: every target present brings its own; where the table has one
        occurrence only, the first that has a value."""
        before = len(self.drafts)
        outer = binding.outer
        merged = False
        around_this, self.written = self.written, set()
        for scheme in binding.schemes:
            for case in scheme.cases:
                if binding.once and len(self.drafts) > before:
                    break
                made = self.case(binding, case, around, path, trail, scheme=scheme, beside=None if merged else outer)
                if made:
                    merged = True
                    self.written.add(case.number)
            if isinstance(scheme.others, Case) and not (binding.once and len(self.drafts) > before):
                made = self.case(binding, scheme.others, around, path, trail, scheme=scheme, beside=None if merged else outer)
                merged = merged or made
        self.written = around_this
        if not merged:
            self.case(binding, outer, around, path, trail)

    # Cases

    def case(
        self,
        binding: Binding,
        case: Case,
        around: Any,
        path: str,
        trail: tuple[str, ...],
        *,
        scheme: Scheme | None = None,
        beside: Case | None = None,
    ) -> bool:
        """Every occurrence of one case. True if any was written."""
        if case.into is not None and isinstance(around, dict) and case.into[0] not in around:
            return False
        if case.when and case.keys and any(not self.holds(guard, case, around) for guard in case.when):
            return False
        written = False
        key = "+" + "+".join(filter(None, case.keys[0])) if case.keys else ""
        number = 0
        for item, at in self.objects(case, around, path):
            if case.set and any(str(get(item, names)) != text for names, text in case.set):
                continue
            if binding.when and any(guard.spot is not None and not self.chosen(guard, case, item, scheme) for guard in binding.when):
                continue
            if binding.once and written:
                break
            number += 1
            for names, _ in case.set:
                self.taken.add(_at(at, names))
            step = f"{binding.tag}{key}#{number}" if case.many or not key else f"{binding.tag}{key}"
            if self.occurrence(binding, case, item, at, trail, step, scheme, None if written else beside, around, path):
                written = True
        return written

    def objects(self, case: Case, around: Any, path: str) -> Iterator[tuple[Any, str]]:
        """The objects a case is made from, and their paths."""
        if case.into is None:
            yield around, path
            return
        found = get(around, case.into)
        at = _at(path, case.into)
        if not case.many:
            if isinstance(found, Mapping) and found:
                yield found, at
            elif found not in (None, {}):
                self.problem(at, case.place, "an object belongs here")
        elif isinstance(found, (list, tuple)):
            for number, item in enumerate(found):
                here = f"{at}.{number}"
                if here not in self.taken:
                    yield item, here
        elif found is not None:
            self.problem(at, case.place, "a list belongs here")

    def occurrence(
        self,
        binding: Binding,
        case: Case,
        item: Any,
        at: str,
        trail: tuple[str, ...],
        step: str,
        scheme: Scheme | None,
        beside: Case | None,
        around: Any,
        path: str,
    ) -> bool:
        """One object's segments, and its loop's. False, and nothing written, if it has no value for them."""
        start = len(self.drafts)
        drafts = self.segments(binding, case, item, at, scheme)
        if not drafts and case.body is None:
            return False
        if not drafts:
            drafts = [_Draft(binding.tag, case.place, at)]
            self.key(case, scheme, drafts[0])
        if beside is not None:
            self.values(drafts[0], beside, around, path)
        for draft in drafts:
            self.constants(draft, case)
            if beside is not None:
                self.constants(draft, beside)
        inner: list[_Draft] = []
        if case.body is not None:
            outside, self.drafts = self.drafts, inner
            own = self.body_trigger(case.body, drafts[0], item, at)
            self.level(case.body, item, at, (*trail, step), trigger=not own)
            self.drafts = outside
            if not inner and not any(draft.own for draft in drafts):
                return False
        if not any(draft.own for draft in drafts) and not inner:
            return False
        if case.many:
            self.taken.add(at)
        self.drafts += drafts + inner
        return len(self.drafts) > start

    def body_trigger(self, body: Level, draft: _Draft, item: Any, at: str) -> bool:
        """A body's own entry for the loop's first segment is written into that segment."""
        number = body.loop.rows[0].number
        found = body.at(number)
        for binding in found:
            if any(guard.spot is None and not self.holds(guard, binding.outer, item) for guard in binding.when):
                continue
            outside, self.drafts = self.drafts, []
            if binding.schemes:
                self.schemes(binding, item, at, ())
            else:
                self.case(binding, binding.outer, item, at, ())
            made, self.drafts = self.drafts, outside
            if made:
                for spot, said in made[0].values.items():
                    draft.values.setdefault(spot, said)
                draft.own = draft.own or made[0].own
                draft.cases += made[0].cases
                for extra in made[1:]:
                    self.problem(at, binding.place, f"{binding.tag} stands once, and not all fits into it: {_names(extra)}")
        return True

    # Segments

    def segments(self, binding: Binding, case: Case, item: Any, at: str, scheme: Scheme | None) -> list[_Draft]:
        """The segments an object's own values need: one, or more where lists and pairs run over."""
        drafts: list[_Draft] = []
        first = _Draft(binding.tag, case.place, at)
        self.values(first, case, item, at)
        if first.own:
            drafts.append(first)
        for run in case.runs:
            self.spread(binding, case, run, item, at, drafts)
        for pairs in case.pairs:
            self.paired(binding, case, pairs, item, at, drafts)
        for draft in drafts:
            self.key(case, scheme, draft)
        if drafts and scheme is not None and scheme.others is case:
            self.named(scheme, drafts[0], at)
        return drafts

    def values(self, draft: _Draft, case: Case, item: Any, at: str) -> None:
        """The single values of a case."""
        draft.cases.append((case, at))
        for slot in case.slots:
            names = slot.names
            if names is None and slot.count is None:
                continue
            value = None if names is None else item.get(names[0]) if len(names) == 1 and isinstance(item, dict) else get(item, names)
            if value is None and slot.count is None and not slot.always:
                continue
            if names is not None and _at(at, names) in self.taken:
                continue
            if slot.when and any(not self.holds(guard, case, item) for guard in slot.when):
                continue
            where = _at(at, slot.names) if slot.names is not None else ".".join(slot.count or ())
            if slot.count is not None:
                listed = get(item, slot.count)
                counted = len(listed) if isinstance(listed, (list, tuple)) else 0
                if value is not None and str(value) != str(counted):
                    self.problem(where, slot.place, f"says {value}, but there are {counted} {'.'.join(slot.count)}")
                if not counted and value is None:
                    continue
                value = counted
            elif value in (None, "") and slot.default is not None and slot.always and slot.default != "ordinal":
                self.say(draft, slot, slot.default, where)
                continue
            if value not in (None, "") and self.say(draft, slot, value, where):
                draft.own = True

    def say(self, draft: _Draft, slot: Slot, value: Any, path: str) -> bool:
        """One value into its place. True if it stands there now."""
        if isinstance(value, (Mapping, list, tuple)):
            self.problem(path, slot.place, "one value belongs here")
            return False
        try:
            text, code = self.sent(slot, value)
        except ValueError as trouble:
            self.problem(path, slot.place, str(trouble))
            return False
        self.taken.add(path)
        wrong = self.unsendable(text)
        if wrong:
            self.problem(path, slot.place, wrong)
            return False
        draft.values[slot.spot] = _Said(text, path, slot.place)
        if slot.format is not None and code:
            draft.values[slot.format] = _Said(code, path, slot.place)
        return True

    def sent(self, slot: Slot, value: Any) -> tuple[str, str]:
        """What is sent for *value*, and its format code. Raises ValueError."""
        if slot.table is not None:
            word = codecs.TEXT.write(value)
            listed = slot.definition.codes
            named = slot.table.codes.get(word)
            if named is not None:
                return next((code for code in named if listed is None or code in listed), named[0]), ""
            if slot.others == "fault" or (listed is not None and word not in listed and not self.extended):
                raise ValueError(f"{word!r} is no word of {slot.table.name}, nor a code of {slot.definition.id}")
            return word, ""
        if slot.format is not None:
            return codecs.write_formatted(value, self.standard.syntax)
        codec = slot.codec or codecs.TEXT
        text = codec.write(value)
        if codec.point and self.delimiters.decimal not in ("", "."):
            text = text.replace(".", self.delimiters.decimal)
        return text, ""

    def unsendable(self, text: str) -> str:
        """Why a text cannot travel in this interchange; ``""`` if it can."""
        if not text.isascii():
            try:
                text.encode(self.charset)
            except UnicodeEncodeError as trouble:
                return f"{text[trouble.start]!r} is not in {self.charset}"
        if not text.isprintable() and not _NOT_ALLOWED.isdisjoint(text):
            return "a control character cannot be sent"
        for live in self.live:
            if live in text:
                return f"{live!r} separates here and X12 has no way to free it"
        return ""

    def key(self, case: Case, scheme: Scheme | None, draft: _Draft) -> None:
        """The qualifiers that choose the case."""
        if not case.keys or scheme is None:
            return
        for spot, code in zip(scheme.by, case.keys[0], strict=True):
            if code:
                draft.values.setdefault(spot, _Said(code, draft.path, case.place))

    def named(self, scheme: Scheme, draft: _Draft, at: str) -> None:
        """An item of ``others`` whose qualifier has a target of its own would be read into that."""
        key = tuple(draft.values[spot].text if spot in draft.values else "" for spot in scheme.by)
        case = scheme.lookup.get(key)
        if case is not None and case.number not in self.written:
            text = f"{'+'.join(filter(None, key))} has a field of its own"
            self.problem(at, case.place, text)

    def constants(self, draft: _Draft, case: Case) -> None:
        """``is``: written when a value stands beside it, or always."""
        for slot in case.slots:
            if not slot.expected or slot.spot in draft.values:
                continue
            if slot.spot[1]:
                beside = any(spot[0] == slot.spot[0] and spot[1] for spot in draft.values)
            else:
                beside = draft.own
            if beside or slot.always:
                draft.values[slot.spot] = _Said(slot.expected[0], draft.path, slot.place)
                draft.own = draft.own or slot.always

    # Lists and pairs

    def spread(self, binding: Binding, case: Case, run: Run, item: Any, at: str, drafts: list[_Draft]) -> None:
        """A list over its places; what runs over goes into further segments, if the table has them."""
        listed = get(item, run.names)
        here = _at(at, run.names)
        if listed is None or here in self.taken:
            return
        if not isinstance(listed, (list, tuple)):
            self.problem(here, run.slots[0].place, "a list belongs here")
            return
        width = len(run.slots)
        fresh = [(number, value) for number, value in enumerate(listed) if f"{here}.{number}" not in self.taken]
        for place, (number, value) in enumerate(fresh):
            segment, slot = place // width, run.slots[place % width]
            if segment >= len(drafts):
                if segment and not self.may_repeat(binding, case):
                    self.problem(here, slot.place, f"{len(fresh)} values, {width * max(segment, 1)} fit")
                    return
                drafts.append(_Draft(binding.tag, case.place, at))
            if self.say(drafts[segment], slot, value, f"{here}.{number}"):
                drafts[segment].own = True

    def may_repeat(self, binding: Binding, case: Case) -> bool:
        return not binding.once and case.into is None and case.repeats

    def paired(self, binding: Binding, case: Case, pairs: Pairs, item: Any, at: str, drafts: list[_Draft]) -> None:
        """Pairs in the map's order, without holes."""
        said: list[tuple[_Said, _Said]] = []
        for one in pairs.fields:
            said += self.pair(pairs, one, item, at)
        rest = pairs.listed or (pairs.others if isinstance(pairs.others, PairItems) else None)
        if rest is not None:
            said += self.pair_items(rest, pairs, item, at, {code.text for code, _ in said})
        width = len(pairs.spots)
        for place, (code, value) in enumerate(said):
            segment = place // width
            if segment >= len(drafts):
                if segment and not self.may_repeat(binding, case):
                    self.problem(value.path, pairs.place, f"{len(said)} pairs, {width * segment} fit")
                    return
                drafts.append(_Draft(binding.tag, case.place, at))
            by, what = pairs.spots[place % width]
            draft = drafts[segment]
            draft.own = True
            draft.values[by], draft.values[what] = code, value

    def listed(self, pairs: Pairs, fitting: list[str]) -> list[str]:
        """Those of the codes that the release has."""
        known = pairs.definition.codes
        return fitting if known is None else [code for code in fitting if code in known]

    def pair(self, pairs: Pairs, one: PairField, item: Any, at: str) -> list[tuple[_Said, _Said]]:
        """A qualifier's field, with the qualifier. Of the GTIN's qualifiers the one of its length: UP has 12, EN 13, UK 14."""
        slot = one.slot
        names = slot.names or ()
        found, here = get(item, names), _at(at, names)
        values = enumerate(found) if slot.many and isinstance(found, (list, tuple)) else [(-1, found)]
        found_pairs = []
        for number, value in values:
            path = here if number < 0 else f"{here}.{number}"
            if value in (None, "") or path in self.taken:
                continue
            draft = _Draft("", slot.place, at)
            if self.say(draft, slot, value, path):
                said = draft.values[slot.spot]
                code = one.codes[0]
                if slot.codec is not None and slot.codec.name == "gtin":
                    fitting = [each for each in one.codes if codecs.GTIN_LENGTHS.get(each, len(said.text)) == len(said.text)]
                    listed = self.listed(pairs, fitting)
                    code = (listed or fitting or [code])[0]
                found_pairs.append((_Said(code, path, slot.place), said))
        return found_pairs

    def pair_items(self, items: PairItems, pairs: Pairs, item: Any, at: str, present: set[str]) -> list[tuple[_Said, _Said]]:
        listed, here = get(item, items.names), _at(at, items.names)
        if listed is None:
            return []
        if not isinstance(listed, (list, tuple)):
            self.problem(here, pairs.place, "a list belongs here")
            return []
        named = {code: one for one in pairs.fields for code in one.codes}
        found = []
        for number, each in enumerate(listed):
            path = f"{here}.{number}"
            if path in self.taken:
                continue
            draft = _Draft("", items.value.place, path)
            wanted = [slot for slot in (items.qualifier, items.value) if slot is not None]
            done = True
            for slot in wanted:
                value = get(each, slot.names or ())
                where = _at(path, slot.names or ())
                if value in (None, ""):
                    self.problem(where, slot.place, "is missing; qualifier and value go together")
                    done = False
                else:
                    done = self.say(draft, slot, value, where) and done
            if not done:
                continue
            value = draft.values[items.value.spot]
            code = draft.values[items.qualifier.spot] if items.qualifier is not None else _Said("", path, items.value.place)
            claimed = named.get(code.text)
            if claimed is not None and not present.intersection(claimed.codes) and _reads(claimed.slot, value.text):
                self.problem(path, claimed.slot.place, f"{code.text} has a field of its own, {'.'.join(claimed.slot.names or ())}")
            found.append((code, value))
            self.taken.add(path)
        return found

    # What was kept

    def keepsakes(self, binding: Binding, trail: tuple[str, ...]) -> None:
        """Segments that ``others: keep`` stored in unmapped come back where they stood."""
        if not any(scheme.others == "keep" for scheme in binding.schemes):
            return
        found = self.kept_segments().pop("/".join((*trail, binding.tag)), ())
        for values in found:
            sent = dict(values)
            if not all(spot in sent or spot == binding.schemes[0].by[-1] for spot in binding.schemes[0].by):
                continue  # left over of a segment that was read
            draft = _Draft(binding.tag, binding.place, "unmapped", own=True)
            for spot, text in sent.items():
                wrong = self.unsendable(text)
                if wrong:
                    self.problem("unmapped", binding.place, wrong)
                draft.values[spot] = _Said(text, "unmapped", binding.place)
            self.drafts.append(draft)

    def kept_segments(self) -> dict[str, list[list[tuple[Spot, str]]]]:
        """The document's unmapped values by segment: those with one position stood in one."""
        if self.kept is None:
            self.kept = {}
            last: tuple[str, Any] | None = None
            for one in self.unmapped if isinstance(self.unmapped, list) else ():
                if not isinstance(one, Mapping):
                    continue
                path, position = str(one.get("segment", "")), one.get("position")
                element, _, component = str(one.get("element", "")).partition(".")
                if not element.isdecimal() or (component and not component.isdecimal()) or len(element) > 3 or len(component) > 3:
                    continue
                segments = self.kept.setdefault(path, [])
                if (path, position) != last or not segments:
                    segments.append([])
                last = (path, position)
                segments[-1].append(((int(element), int(component or 0)), str(one.get("value", ""))))
        return self.kept

    # After all is written

    def leftover(self, document: Mapping[str, Any]) -> None:
        """A member the map binds, that no binding could write."""
        told = {path for path, _ in self.problems}
        for path, bare in _leaves(document):
            if path not in told and bare in self.program.fields and path not in self.taken and bare.partition(".")[0] not in _NOWHERE:
                self.problem(path, None, f"no binding of {self.program.name} can write this here")

    def judge(self, cuts: Sequence[Cut], association: str, policy: Policy) -> None:
        """What check says of what came out, told as members of the document."""
        message = _message(self.standard, cuts, self.delimiters, self.charset, association)
        guide = self.program.guide
        checked = check.check(message, self.standard, guide=guide or None, policy=policy)
        for one in checked.faults:
            if one.severity >= Severity.WARN:
                self.tell(one)

    def tell(self, one: Fault) -> None:
        text = one.code.value.text + (f", {one.value!r}" if one.value else "") + (f", {one.note}" if one.note else "")
        number = one.at.segment - 2
        if not 0 <= number < len(self.drafts):
            self.problem("", None, f"{one.segment}: {text} ({one.code.code})")
            return
        draft = self.drafts[number]
        spot = (one.at.element, one.at.component)
        said = draft.values.get(spot) or draft.values.get((spot[0], 1)) or draft.values.get((spot[0], 0))
        where = f"{draft.tag}.{spot_text(spot)}" if spot[0] else one.segment or draft.tag
        path, place = (said.path, said.place) if said else _bound(draft, spot)
        self.problem(path, place, f"{where}: {text} ({one.code.code})")


def _bound(draft: _Draft, spot: Spot) -> tuple[str, Place]:
    """The member that would fill a place that is empty; the segment's object if none is bound there."""
    for case, at in draft.cases:
        for slot in case.slots:
            if slot.names is not None and slot.spot in (spot, (spot[0], spot[1] or 1)):
                return _at(at, slot.names), slot.place
    return draft.path, draft.place


def unbound(plan: Plan, document: Mapping[str, Any]) -> tuple[str, ...]:
    """Members of *document* no binding names, each path once."""
    found = {bare: None for _, bare in _leaves(document) if bare.partition(".")[0] not in _NOWHERE}
    return tuple(one for one in found if one not in plan.fields)


def _leaves(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every value of a document: its path, and the path without list positions. Bounded, without recursion."""
    pending: list[tuple[Any, str, str]] = [(document, "", "")]
    while pending:
        value, path, bare = pending.pop()
        if isinstance(value, Mapping):
            for name, inner in value.items():
                pending.append((inner, f"{path}.{name}" if path else str(name), f"{bare}.{name}" if bare else str(name)))
        elif isinstance(value, (list, tuple)):
            for number, inner in enumerate(value):
                pending.append((inner, f"{path}.{number}", bare))
        elif value not in (None, ""):
            yield path, bare


def _at(path: str, names: Names) -> str:
    return ".".join([*filter(None, [path]), *names])


def _names(draft: _Draft) -> str:
    return ", ".join(said.path for said in draft.values.values() if said.path)


def _reads(slot: Slot, text: str) -> bool:
    """Whether the field's codec would take *text*, so that it would be read into the field."""
    if slot.codec is None or slot.codec.read is None:
        return True
    try:
        slot.codec.read(text)
    except ValueError:
        return False
    return True


def _live(standard: Standard, delimiters: Delimiters) -> tuple[str, ...]:
    """X12 has no release character: data must not hold what separates."""
    if standard.syntax != "x12":
        return ()
    found = (delimiters.element, delimiters.component, delimiters.terminator, delimiters.repetition)
    return tuple(one for one in found if one)


def _cut(draft: _Draft) -> Cut:
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


def _message(standard: Standard, cuts: Sequence[Cut], delimiters: Delimiters, charset: str, association: str) -> Message:
    """The segments as a message, with header and trailer, for check."""
    if standard.syntax == "x12":
        header: Cut = ["ST", standard.type, "0001"]
        trailer: Cut = ["SE", str(len(cuts) + 2), "0001"]
    else:
        version, release = standard.release[:1], standard.release[1:]
        identifier = [standard.type, version, release, "UN"] + ([association] if association else [])
        header = ["UNH", "1", identifier]
        trailer = ["UNT", str(len(cuts) + 2), "1"]
    notation = Notation(standard.syntax, delimiters, charset, list)
    texts = [""] * (len(cuts) + 2)
    message = Message(standard.type, standard.release, association, "1", notation, texts, 0, 0)
    message._cuts = [header, *(_encoded(cut, charset) for cut in cuts), trailer]
    return message


def _encoded(cut: Cut, charset: str) -> Cut:
    """Real characters as latin-1 text of their bytes, as they will be read."""
    return [_bytes(one, charset) if isinstance(one, str) else [_bytes(str(part), charset) for part in one] for one in cut]


def _bytes(text: str, charset: str) -> str:
    return text if text.isascii() else text.encode(charset).decode("latin-1")


__all__ = ["unbound", "write"]
