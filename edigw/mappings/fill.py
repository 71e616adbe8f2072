"""An object's values into segments: single ones, constants, lists spread out, qualifiers with their values.

Each member is written once, by the first binding that has room for it: ``taken`` knows.
What cannot be sent is a problem with its member and its line; nothing is cut short.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edigw.errors import NotWritable
from edigw.mappings import codecs
from edigw.mappings.bound import Bound
from edigw.mappings.dotted import fulfils, get
from edigw.mappings.drafts import Draft, Said, joined_at
from edigw.mappings.plan import Binding, Case, Guard, Names, PairField, PairItems, Pairs, Run, Scheme, Slot
from edigw.model import Delimiters
from edigw.standards.schema import Standard
from edigw.yamlnodes import Place

MOST_PROBLEMS: Final = 100  # of one document
_EXTENDING = ("EAN", "VICS", "UCS")  # associations that add codes to the base lists; check only notes these
_NOT_ALLOWED = {*map(chr, range(32)), "\x7f"}


class Filler:
    """Fills segments, and remembers what was written and what could not be."""

    def __init__(self, program: Bound, delimiters: Delimiters, charset: str, association: str) -> None:
        self.program = program
        self.standard: Standard = program.standard
        self.delimiters = delimiters
        self.charset = charset
        self.drafts: list[Draft] = []
        self.problems: dict[tuple[str, str], None] = {}
        self.taken: set[str] = set()
        self.written: set[int] = set()  #: the cases of the scheme at hand that have written something
        self.counted: dict[str, int] = {}  #: occurrences of a tree, by its segment's tag
        self.live = _live(self.standard, delimiters)
        self.extended = association.startswith(_EXTENDING)  # codes beyond the release's list are agreed

    def problem(self, path: str, place: Place | None, text: str) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems[path or "document", f"{text} ({self.program.name}, {place})" if place else text] = None

    def stop(self) -> None:
        if self.problems:
            raise NotWritable(tuple(self.problems))

    # Conditions

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

    # Segments

    def segments(self, binding: Binding, case: Case, item: Any, at: str, scheme: Scheme | None) -> list[Draft]:
        """The segments an object's own values need: one, or more where lists and pairs run over."""
        drafts: list[Draft] = []
        first = Draft(binding.tag, case.place, at)
        self.values(first, case, item, at)
        if first.own:
            drafts.append(first)
        for run in case.runs:
            self.spread(binding, case, run, item, at, drafts)
        for pairs in case.pairs:
            self.paired(binding, case, pairs, item, at, drafts)
        for draft in drafts:
            self.key(case, scheme, draft)
        return drafts

    def values(self, draft: Draft, case: Case, item: Any, at: str) -> None:
        """The single values of a case."""
        draft.cases.append((case, at))
        for slot in case.slots:
            names = slot.names
            if names is None and not slot.count:
                continue
            value = None if names is None else item.get(names[0]) if len(names) == 1 and isinstance(item, dict) else get(item, names)
            if value is None and slot.period is not None:
                draft.own = self.periodic(draft, slot, item, at) or draft.own
            if value is None and not slot.count and not slot.always:
                continue
            if names is not None and joined_at(at, names) in self.taken:
                continue
            if slot.when and any(not self.holds(guard, case, item) for guard in slot.when):
                continue
            where = joined_at(at, slot.names) if slot.names is not None else ".".join(slot.count[0])
            if slot.count:
                counts = [self.count(item, each) for each in slot.count]
                counted = next((one for one in counts if one), 0)
                if value is not None and str(value) not in map(str, counts):
                    self.problem(where, slot.place, f"says {value}, but there are {counted} {'.'.join(slot.count[-1])}")
                if not counted and value is None:
                    continue
                value = counted
            elif value in (None, "") and slot.default is not None and slot.always and slot.default != "ordinal":
                self.say(draft, slot, slot.default, where)
                continue
            if value not in (None, "") and self.say(draft, slot, value, where):
                draft.own = True

    def periodic(self, draft: Draft, slot: Slot, item: Any, at: str) -> bool:
        """A period as it was sent, with its format's code. True if it stands there now."""
        assert slot.period is not None
        assert slot.format is not None
        text, code, where = get(item, slot.period), get(item, slot.code), joined_at(at, slot.period)
        if text in (None, "") or where in self.taken:
            return False
        if not isinstance(text, str) or not isinstance(code, str) or codecs.is_day(code):
            self.problem(where, slot.place, f"the format {code!r} is that of no period")
            return False
        wrong = self.unsendable(text) or self.unsendable(code)
        if wrong:
            self.problem(where, slot.place, wrong)
            return False
        self.taken |= {where, joined_at(at, slot.code)}
        draft.values[slot.spot], draft.values[slot.format] = Said(text, where, slot.place), Said(code, where, slot.place)
        return True

    def count(self, item: Any, names: Names) -> int:
        listed = get(item, names)
        return len(listed) if isinstance(listed, (list, tuple)) else self.counted.get(names[0], 0)

    def say(self, draft: Draft, slot: Slot, value: Any, path: str) -> bool:
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
        draft.values[slot.spot] = Said(text, path, slot.place)
        beside = slot.format or slot.time
        if beside is not None and code:
            draft.values[beside] = Said(code, path, slot.place)
        return True

    def sent(self, slot: Slot, value: Any) -> tuple[str, str]:
        """What is sent for *value*, and its format code or time of day. Raises ValueError."""
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
        if slot.time is not None and isinstance(value, str) and "T" in value:
            day, _, clock = value.partition("T")
            return codec.write(day), codecs.CLOCK.write(clock)
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

    def key(self, case: Case, scheme: Scheme | None, draft: Draft) -> None:
        """The qualifiers that choose the case."""
        if not case.keys or scheme is None:
            return
        for spot, code in zip(scheme.by, case.keys[0], strict=True):
            if code:
                draft.values.setdefault(spot, Said(code, draft.path, case.place))

    def named(self, scheme: Scheme, draft: Draft, at: str) -> None:
        """An item of ``others`` whose qualifier has a target of its own would be read into that."""
        key = tuple(draft.values[spot].text if spot in draft.values else "" for spot in scheme.by)
        case = scheme.lookup.get(key)
        if case is not None and case.needs is not None and case.needs not in draft.values:
            return
        if case is not None and any(spot in draft.values and not codecs.is_day(draft.values[spot].text) for spot in case.days):
            return  # a period, which its field leaves to the others
        if case is not None and case.number not in self.written:
            text = f"{'+'.join(filter(None, key))} has a field of its own"
            self.problem(at, case.place, text)

    def constants(self, draft: Draft, case: Case) -> None:
        """``is``: written when a value stands beside it, or always."""
        for slot in case.slots:
            if not slot.expected or slot.spot in draft.values:
                continue
            if slot.spot[1]:
                beside = any(spot[0] == slot.spot[0] and spot[1] for spot in draft.values)
            else:
                beside = draft.own
            if beside or slot.always:
                draft.values[slot.spot] = Said(slot.expected[0], draft.path, slot.place)
                draft.own = draft.own or slot.always

    # Lists and pairs

    def spread(self, binding: Binding, case: Case, run: Run, item: Any, at: str, drafts: list[Draft]) -> None:
        """A list over its places; what runs over goes into further segments, if the table has them."""
        listed = get(item, run.names)
        here = joined_at(at, run.names)
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
                drafts.append(Draft(binding.tag, case.place, at))
            if self.say(drafts[segment], slot, value, f"{here}.{number}"):
                drafts[segment].own = True

    def may_repeat(self, binding: Binding, case: Case) -> bool:
        return not binding.once and not binding.first and case.into is None and case.repeats

    def paired(self, binding: Binding, case: Case, pairs: Pairs, item: Any, at: str, drafts: list[Draft]) -> None:
        """Pairs in the map's order, without holes."""
        said: list[tuple[Said, Said]] = []
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
                    for _, each in said[place:]:  # items of lists may go where another binding has room
                        if each.path.rpartition(".")[2].isdecimal():
                            self.taken.discard(each.path)
                        else:
                            self.problem(each.path, pairs.place, f"{len(said)} pairs, {width * segment} fit")
                    return
                drafts.append(Draft(binding.tag, case.place, at))
            by, what = pairs.spots[place % width]
            draft = drafts[segment]
            draft.own = True
            draft.values[by], draft.values[what] = code, value

    def listed(self, pairs: Pairs, fitting: list[str]) -> list[str]:
        """Those of the codes that the release has."""
        known = pairs.definition.codes
        return fitting if known is None else [code for code in fitting if code in known]

    def pair(self, pairs: Pairs, one: PairField, item: Any, at: str) -> list[tuple[Said, Said]]:
        """A qualifier's field, with the qualifier. Of the GTIN's qualifiers the one of its length: UP has 12, EN 13, UK 14."""
        slot = one.slot
        names = slot.names or ()
        found, here = get(item, names), joined_at(at, names)
        values = enumerate(found) if slot.many and isinstance(found, (list, tuple)) else [(-1, found)]
        found_pairs = []
        for number, value in values:
            path = here if number < 0 else f"{here}.{number}"
            if value in (None, "") or path in self.taken:
                continue
            draft = Draft("", slot.place, at)
            if self.say(draft, slot, value, path):
                said = draft.values[slot.spot]
                code = one.codes[0]
                if slot.codec is not None and slot.codec.name == "gtin":
                    fitting = [each for each in one.codes if codecs.GTIN_LENGTHS.get(each, len(said.text)) == len(said.text)]
                    listed = self.listed(pairs, fitting)
                    code = (listed or fitting or [code])[0]
                found_pairs.append((Said(code, path, slot.place), said))
        return found_pairs

    def pair_items(self, items: PairItems, pairs: Pairs, item: Any, at: str, present: set[str]) -> list[tuple[Said, Said]]:
        listed, here = get(item, items.names), joined_at(at, items.names)
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
            draft = Draft("", items.value.place, path)
            wanted = [slot for slot in (items.qualifier, items.value) if slot is not None]
            done = True
            for slot in wanted:
                value = get(each, slot.names or ())
                where = joined_at(path, slot.names or ())
                if value in (None, ""):
                    self.problem(where, slot.place, "is missing; qualifier and value go together")
                    done = False
                else:
                    done = self.say(draft, slot, value, where) and done
            if not done:
                continue
            value = draft.values[items.value.spot]
            code = draft.values[items.qualifier.spot] if items.qualifier is not None else Said("", path, items.value.place)
            claimed = named.get(code.text)
            if claimed is not None and not present.intersection(claimed.codes) and _reads(claimed.slot, value.text):
                self.problem(path, claimed.slot.place, f"{code.text} has a field of its own, {'.'.join(claimed.slot.names or ())}")
            found.append((code, value))
            self.taken.add(path)
        return found


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
