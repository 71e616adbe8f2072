"""The write program: a document into segments, in the order of the release's table.

The plan says where each member goes; the writer asks for it there, and each is written
once, by the first binding that has room for it. Whether what came out is right, in
structure, types, lengths, codes and notes, is asked of ``check``, the same that judges
what partners send; its faults are told as members of the document and lines of the map.
Nothing is cut short and nothing that the map binds is left behind in silence: either
everything is written or nothing is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from edigw.faults import Policy
from edigw.mappings import treewrite, written
from edigw.mappings.bound import Bound
from edigw.mappings.dotted import get
from edigw.mappings.drafts import Draft, Said, cut_of, joined_at, names_of
from edigw.mappings.fill import Filler
from edigw.mappings.plan import Binding, Case, Level, Link, Plan, Scheme, Spot
from edigw.model import Cut, Delimiters
from edigw.yamlnodes import Place

MOST_SEGMENTS: Final = 1_000_000  # of one message: beyond this it is no message but a mistake
_NOWHERE = frozenset({"document", "version", "source", "unmapped"})


def write(
    program: Bound, document: Mapping[str, Any], delimiters: Delimiters, charset: str, association: str, policy: Policy | None
) -> list[Cut]:
    """See ``Program.write``."""
    writer = Writer(program, delimiters, charset, association, document)
    writer.level(program.plan.root, document, "", ())
    for _, _, pointed in program.plan.only:  # an id is for links alone; those that do not fit are told themselves
        writer.taken |= {f"{pointed}.{number}.id" for number in range(len(document.get(pointed) or ()))}
    writer.leftover(document)
    writer.stop()
    cuts = [cut_of(draft) for draft in writer.drafts]
    written.judge(writer, cuts, association, policy or Policy())
    writer.stop()
    return cuts


class Writer(Filler):
    """Levels, choices and occurrences in the order of the table."""

    def __init__(self, program: Bound, delimiters: Delimiters, charset: str, association: str, document: Mapping[str, Any]) -> None:
        super().__init__(program, delimiters, charset, association)
        self.document = document
        self.unmapped = document.get("unmapped")
        self.lying: dict[tuple[str, str, str], dict[str, list[tuple[int, Mapping[str, Any] | None]]]] = {}
        self.kept: dict[str, list[list[tuple[Spot, str]]]] | None = None

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
                draft = Draft("UNS", Place("", 0, 0), "")
                draft.values[(1, 0)] = Said(separators[number], "", draft.place)
                self.drafts.append(draft)
                continue
            if number == first and not trigger:
                continue
            alone: Binding | None = None  #: takes the first occurrence, and has written none
            for binding in rows[number]:
                before = len(self.drafts)
                self.binding(binding, around, path, trail)
                if alone is not None and len(self.drafts) > before:
                    field = ".".join(alone.outer.into or ()) or path or "the document"
                    self.problem(self.drafts[before].path, binding.place, f"would be read into {field}, which comes first and is empty")
                alone = binding if binding.first and len(self.drafts) == before else None

    def binding(self, binding: Binding, around: Any, path: str, trail: tuple[str, ...]) -> None:
        if self.full() or not binding.written:
            return
        if binding.when and any(guard.spot is None and not self.holds(guard, binding.outer, around) for guard in binding.when):
            return
        if binding.tree is not None:
            treewrite.write(self, binding, binding.tree, self.document, trail)
        elif not binding.schemes:
            self.case(binding, binding.outer, around, path, trail, beside=binding.outer.beside)
        else:
            self.schemes(binding, around, path, trail)
        self.keepsakes(binding, trail)

    def full(self) -> bool:
        return len(self.drafts) > MOST_SEGMENTS

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
                made = self.case(binding, case, around, path, trail, scheme=scheme, beside=case.beside or (None if merged else outer))
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
        if case.into is not None and case.link is None and isinstance(around, dict) and case.into[0] not in around:
            return False
        if case.when and case.keys and any(not self.holds(guard, case, around) for guard in case.when):
            return False
        written = False
        key = "+" + "+".join(filter(None, case.keys[0])) if case.keys else ""
        number = 0
        for item, at in self.objects(case, around, path) if case.link is None else self.linked(case, case.link, around, path):
            if case.set and any(str(get(item, names)) != text for names, text in case.set):
                continue
            if binding.when and any(guard.spot is not None and not self.chosen(guard, case, item, scheme) for guard in binding.when):
                continue
            if binding.once and written:
                break
            number += 1
            for names, _ in case.set:
                self.taken.add(joined_at(at, names))
            step = f"{binding.tag}{key}#{number}" if case.many or not key else f"{binding.tag}{key}"
            if case.link is not None:
                written = self.elsewhere(binding, case, item, at, trail, step, scheme, around, path) or written
            elif self.occurrence(binding, case, item, at, trail, step, scheme, None if written else beside, around, path):
                written = True
        return written

    def objects(self, case: Case, around: Any, path: str) -> Iterator[tuple[Any, str]]:
        """The objects a case is made from, and their paths."""
        if case.into is None:
            yield around, path
            return
        found = get(around, case.into)
        at = joined_at(path, case.into)
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

    # Objects of the document's lists

    def linked(self, case: Case, link: Link, around: Any, path: str) -> Iterator[tuple[Any, str]]:
        """The objects that the one around names, or that name it; with their share of it."""
        (listed,) = case.into or ("",)
        if not link.inward:
            for place in self.lie(listed, "", "id").get(str(get(around, (link.member,))), ())[:1]:
                if f"{path}.{link.member}" not in self.taken:
                    yield self.document[listed][place[0]], f"{listed}.{place[0]}"
            return
        for at, content in self.lie(listed, link.member, link.key).get(str(around.get("id", "")) if path else "", ()):
            item = self.document[listed][at]
            if content is not None and len(item[link.member]) > 1 and "quantity" in content:
                item = {**item, "quantity": content["quantity"]}
            yield item, f"{listed}.{at}"

    def lie(self, listed: str, member: str, key: str) -> dict[str, list[tuple[int, Mapping[str, Any] | None]]]:
        """The objects of a list by what names them: their own *key*, or that of the items in their *member*; ``""``: nothing."""
        found = self.lying.get((listed, member, key))
        if found is None:
            found = self.lying[listed, member, key] = {}
            objects = self.document.get(listed)
            for at, one in enumerate(objects if isinstance(objects, (list, tuple)) else ()):
                if not isinstance(one, Mapping):
                    continue
                items = one.get(member) if member else None
                if not member:
                    found.setdefault(str(one.get(key, "")), []).append((at, None))
                elif not items or not isinstance(items, (list, tuple)):
                    found.setdefault("", []).append((at, None))
                elif key:
                    for part in items:
                        if isinstance(part, Mapping):
                            found.setdefault(str(part.get(key, "")), []).append((at, part))
        return found

    def elsewhere(
        self,
        binding: Binding,
        case: Case,
        item: Any,
        at: str,
        trail: tuple[str, ...],
        step: str,
        scheme: Scheme | None,
        around: Any,
        path: str,
    ) -> bool:
        """One linked object here; written or not, it may stand in other places, too."""
        link = case.link
        assert link is not None
        alone = link.only and not link.inward and len(self.document.get((case.into or ("",))[0]) or ()) == 1
        if alone and (case.beside is None or all(get(around, slot.names or ()) is None for slot in case.beside.slots)):
            self.taken.add(f"{path}.{link.member}")  # where there is one, it is meant
            return False
        before, self.taken = self.taken, set() if link.inward else {one for one in self.taken if not one.startswith(f"{at}.")}
        made = self.occurrence(binding, case, item, at, trail, step, scheme, case.beside, around, path)
        here, self.taken = self.taken, before
        self.taken |= here
        if made and link.inward:
            self.counted[binding.tag] = self.counted.get(binding.tag, 0) + 1
            parts = get(item, (link.member,)) or ()
            self.taken |= {f"{at}.{link.member}.{number}.{name}" for number, part in enumerate(parts) for name in part}
        elif made:
            self.taken |= {f"{path}.{link.member}", f"{at}.id"}
        return made

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
            drafts = [Draft(binding.tag, case.place, at)]
            self.key(case, scheme, drafts[0])
        if beside is not None:
            self.values(drafts[0], beside, around, path)
        for draft in drafts:
            self.constants(draft, case)
            if beside is not None:
                self.constants(draft, beside)
        inner: list[Draft] = []
        if case.body is not None:
            outside, self.drafts = self.drafts, inner
            own = self.body_trigger(case.body, drafts[0], item, at)
            self.level(case.body, item, at, (*trail, step), trigger=not own)
            self.drafts = outside
            if not inner and not any(draft.own for draft in drafts):
                return False
        if not any(draft.own for draft in drafts) and not inner:
            return False
        if scheme is not None and scheme.others is case:
            self.named(scheme, drafts[0], at)
        if case.many and case.link is None:
            self.taken.add(at)
        self.drafts += drafts + inner
        return len(self.drafts) > start

    def body_trigger(self, body: Level, draft: Draft, item: Any, at: str) -> bool:
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
                    self.problem(at, binding.place, f"{binding.tag} stands once, and not all fits into it: {names_of(extra)}")
        for slot in (one for binding in found for one in binding.outer.slots if one.blank and not draft.values):
            known = slot.definition.codes
            words = slot.blank.split("|")
            fitting = [word for word in words if known is None or self.extended or word in known]
            draft.values[slot.spot] = Said((fitting or words)[0], "", slot.place)
        return True

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
            draft = Draft(binding.tag, binding.place, "unmapped", own=True)
            for spot, text in sent.items():
                wrong = self.unsendable(text)
                if wrong:
                    self.problem("unmapped", binding.place, wrong)
                draft.values[spot] = Said(text, "unmapped", binding.place)
            self.drafts.append(draft)

    def kept_segments(self) -> dict[str, list[list[tuple[Spot, str]]]]:
        """The document's unmapped values by segment: those with one position stood in one."""
        if self.kept is None:
            self.kept = {}
            last: tuple[str, Any] | None = None
            for one in self.unmapped if isinstance(self.unmapped, list) else ():
                if not isinstance(one, Mapping) or one.get("unplaced"):
                    continue  # what stood in no place has none to come back to
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


__all__ = ["unbound", "write"]
