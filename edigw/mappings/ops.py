"""What is done with one element: converted and put, listed, paired, compared, or left.

The inner functions of the read program. Each is made once from the plan and knows its
place; all have one signature, so that a segment is read by position without asking what
kind of binding stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from edigw.faults import FaultCode
from edigw.mappings import codecs
from edigw.mappings.dotted import Value, append, listing, put
from edigw.mappings.plan import Case, PairItems, Pairs, Slot, Spot
from edigw.mappings.reading import Run, at_spot, holds
from edigw.model import Cut, Element, Repeats
from edigw.yamlnodes import Place

#: What was sent beside a value: the segment's cut, or the components of its composite.
Beside: TypeAlias = "Sequence[Element]"
#: What happens with one value: target, what was sent, what stands beside it, the segment's place, the run.
Op: TypeAlias = "Callable[[Value, Element, Beside, int, Run], None]"
Convert: TypeAlias = "Callable[[str, Beside, int, Run], Any]"
#: What is done when a segment's elements were all seen: target, cut, its place, the occurrence, the run.
Finish: TypeAlias = "Callable[[Value, Cut, int, int, Run], None]"

_NOTHING: Final = object()


def spots(case: Case) -> frozenset[Spot]:
    """Every place a case reads."""
    found = {slot.spot for slot in case.slots} | {slot.spot for run in case.runs for slot in run.slots}
    return frozenset(found | {spot for pairs in case.pairs for both in pairs.spots for spot in both})


def elements(path: str, cases: Sequence[Case], seen: frozenset[Spot]) -> tuple[list[Op | None], list[Finish]]:
    """By element: what becomes of it; and what is done when all were seen."""
    parts: dict[int, dict[int, Op]] = {}
    checks: dict[int, list[tuple[Spot, tuple[str, ...], Place]]] = {}
    after: list[Finish] = []
    read_elsewhere = set(seen)
    for case in cases:
        for slot in case.slots:
            element, component = slot.spot
            if slot.expected and component:
                checks.setdefault(element, []).append((slot.spot, slot.expected, slot.place))
            if slot.names is not None:
                op = _slot(path, slot, put(slot.names))
                parts.setdefault(element, {}).setdefault(component, op if slot.period is None else _periodic(path, slot, op))
            else:
                read_elsewhere.add(slot.spot)
            if slot.format is not None:
                read_elsewhere.add(slot.format)
            if slot.time is not None:
                parts.setdefault(slot.time[0], {}).setdefault(slot.time[1], _time(path, slot, slot.time))
            if slot.count:
                after.append(_counted(path, slot))
            if slot.default is not None and slot.names is not None:
                after.append(_defaulted(path, slot))
        for run in case.runs:
            for slot in run.slots:
                parts.setdefault(slot.spot[0], {}).setdefault(slot.spot[1], _slot(path, slot, append(run.names), many=True))
                if slot.format is not None:
                    read_elsewhere.add(slot.format)
        for pairs in case.pairs:
            _pairs(path, pairs, parts)
    for element, component in read_elsewhere:
        parts.setdefault(element, {}).setdefault(component, _seen)
    size = max(parts, default=-1) + 1
    ops: list[Op | None] = [None] * size
    for element, components in parts.items():
        ops[element] = _element(path, element, components, checks.get(element, []))
    return ops, after


def _element(path: str, element: int, components: dict[int, Op], checks: list[tuple[Spot, tuple[str, ...], Place]]) -> Op:
    """One element: plain, composite or repeated, as sent and as the release has it."""
    if set(components) == {0} and not checks:
        plain = components[0]

        def simple(target: Value, value: Element, beside: Beside, index: int, run: Run) -> None:
            if type(value) is str:
                plain(target, value, beside, index, run)
            elif isinstance(value, Repeats):
                for run.repeat, one in enumerate(value, 1):
                    if one:
                        simple(target, one, beside, index, run)
                run.repeat = 0
            else:  # components where the release has none: check has said so
                if value[0]:
                    plain(target, value[0], beside, index, run)
                for component, part in enumerate(value[1:], 2):
                    run.left(path, index, element, component, part)

        return simple
    size = max(components) + 1
    parts: list[Op | None] = [components.get(at) for at in range(size)]
    if parts[0] is not None and size > 1 and parts[1] is None:
        parts[1] = parts[0]
    elif size == 1:
        parts.append(parts[0])
        size = 2

    def composite(target: Value, value: Element, beside: Beside, index: int, run: Run) -> None:
        if isinstance(value, Repeats):
            for run.repeat, one in enumerate(value, 1):
                if one:
                    composite(target, one, beside, index, run)
            run.repeat = 0
            return
        sent = (value,) if isinstance(value, str) else value
        for spot, expected, place in checks:
            found = sent[spot[1] - 1] if len(sent) >= spot[1] else ""
            if found not in expected:
                run.note(FaultCode.MAP_IS_DIFFERS, path, index, spot, found, f"{'|'.join(expected)} by {place}")
                run.left_element(path, index, element, value)
                return
        component = 0
        for part in sent:
            component += 1
            if not part:
                continue
            op = parts[component] if component < size else None
            if op is None:
                run.left(path, index, element, component, part)
            else:
                op(target, part, sent, index, run)

    return composite


def _seen(_target: Value, _value: Element, _beside: Beside, _index: int, _run: Run) -> None:
    """Read elsewhere: a qualifier, a constant, a format code."""


def _time(path: str, slot: Slot, spot: Spot) -> Op:
    """A time of day, read with its day; without one it is nothing."""

    def op(_target: Value, value: Element, _beside: Beside, index: int, run: Run) -> None:
        if not at_spot(run.cut, slot.spot):
            run.left(path, index, spot[0], spot[1], str(value))

    return op


def _slot(path: str, slot: Slot, store: Callable[[Value, Any], bool], *, many: bool = False) -> Op:
    """A value converted and put; what cannot be is told and left."""
    convert = _convert(path, slot)
    spot = slot.spot
    names = slot.names
    whens = slot.when
    if convert is None and not whens and names is not None and len(names) == 1 and not many:
        name = names[0]

        def text(target: Value, value: Element, _beside: Beside, index: int, run: Run) -> None:
            if name in target:
                run.note(FaultCode.MAP_SECOND_VALUE, path, index, spot, str(value), f"by {slot.place}")
                run.left(path, index, spot[0], spot[1], str(value))
            elif run.tracing:
                target[name] = run.traced(run.decode(str(value)), "sent", path, index, spot, str(value), slot.place)
            else:
                target[name] = value if value.isascii() else run.decode(value)  # type: ignore[union-attr,arg-type]  # parts are text

        return text

    def op(target: Value, value: Element, beside: Beside, index: int, run: Run) -> None:
        assert isinstance(value, str)
        for guard in whens:
            if not holds(guard, target, run.cut):
                run.left(path, index, spot[0], spot[1], value)
                return
        made = (value if value.isascii() else run.decode(value)) if convert is None else convert(value, beside, index, run)
        if made is _NOTHING:
            run.left(path, index, spot[0], spot[1], value)
        elif not store(target, run.traced(made, "sent", path, index, spot, value, slot.place) if run.tracing else made):
            run.note(FaultCode.MAP_SECOND_VALUE, path, index, spot, value, f"by {slot.place}")
            run.left(path, index, spot[0], spot[1], value)

    return op


def _periodic(path: str, slot: Slot, day: Op) -> Op:
    """A day where the format says so; else the text as sent, and the format's code."""
    assert slot.period is not None
    assert slot.format is not None
    where, spot = slot.format, slot.spot
    put_text, put_code = put(slot.period), put(slot.code)

    def op(target: Value, value: Element, beside: Beside, index: int, run: Run) -> None:
        code = at_spot(run.cut, where)
        if codecs.is_day(code):
            day(target, value, beside, index, run)
        elif put_text(target, run.traced(run.decode(str(value)), "sent", path, index, spot, str(value), slot.place)):
            put_code(target, run.traced(run.decode(code), "sent", path, index, where, code, slot.place))
        else:
            run.left(path, index, spot[0], spot[1], str(value))

    return op


def _convert(path: str, slot: Slot) -> Convert | None:
    """From what was sent to what the document holds; None where that is the text as it stands."""
    table, codec = slot.table, slot.codec
    if table is not None:
        words, others, place = table.words, slot.others, slot.place
        spelled = frozenset(table.codes)

        def word(value: str, _beside: Beside, index: int, run: Run) -> Any:
            found = words.get(value)
            if found is not None:
                return found
            if others != "keep":
                code = FaultCode.MAP_OTHERS if others == "fault" else FaultCode.MAP_CODE_UNKNOWN
                run.note(code, path, index, slot.spot, value, f"{table.name} by {place}")
            return _NOTHING if others == "fault" or value in spelled else run.decode(value)

        return word
    if codec is None or (codec.read is None and slot.format is None):
        return None
    read = codec.read
    where, timed = slot.format, slot.time
    near = where is not None and where[0] == slot.spot[0]  # in the same composite

    def converted(value: str, beside: Beside, index: int, run: Run) -> Any:
        text = value if value.isascii() else run.decode(value)
        try:
            if where is None:
                assert read is not None
                clock = at_spot(run.cut, timed) if timed is not None else ""
                return f"{read(text)}T{codecs.CLOCK.read(clock)}" if clock else read(text)  # type: ignore[misc]  # it reads
            if near:
                code = str(beside[where[1] - 1]) if len(beside) >= where[1] else ""
            else:
                code = at_spot(run.cut, where)
            return codecs.read_formatted(text, code)
        except ValueError as trouble:
            run.note(FaultCode.MAP_VALUE, path, index, slot.spot, value, f"{trouble}; by {slot.place}")
            return _NOTHING

    return converted


def _defaulted(path: str, slot: Slot) -> Callable[[Value, Cut, int, int, Run], None]:
    assert slot.names is not None
    assert slot.default is not None
    store, default = put(slot.names), slot.default
    numeric = slot.shape == "count"

    def finish(target: Value, _cut: Cut, index: int, ordinal: int, run: Run) -> None:
        if default == "ordinal":
            made: Any = ordinal if numeric else str(ordinal)
        else:
            made = int(default) if numeric and default.isdecimal() else default
        store(target, run.traced(made, "default", path, index, slot.spot, "", slot.place) if run.tracing else made)

    return finish


def _counted(path: str, slot: Slot) -> Callable[[Value, Cut, int, int, Run], None]:
    """Senders count different things in one place: noted is what fits none of them."""

    def finish(target: Value, cut: Cut, index: int, _ordinal: int, run: Run) -> None:
        sent = at_spot(cut, slot.spot)
        if not sent:
            return
        counted = [run.count(target, names) for names in slot.count]
        if not sent.isdecimal() or not sent.isascii() or int(sent[:18]) not in counted:
            shown = ", ".join(f"{number} {'.'.join(names)}" for number, names in zip(counted, slot.count, strict=True))
            run.note(FaultCode.MAP_TOTAL, path, index, slot.spot, sent, f"{shown} by {slot.place}")

    return finish


# Pairs


def _pairs(path: str, pairs: Pairs, parts: dict[int, dict[int, Op]]) -> None:
    """Each group's qualifier decides; the value is read with it."""
    store = _paired(path, pairs)
    for (qualifier, value) in pairs.spots:
        if qualifier[0] == value[0]:
            parts.setdefault(qualifier[0], {})[qualifier[1]] = _inside(qualifier, value, store, path)
            parts[qualifier[0]][value[1]] = _value_inside(qualifier, value, path)
            if pairs.implied_at:
                parts[qualifier[0]].setdefault(pairs.implied_at, _implied(qualifier, pairs, path))
        else:
            parts.setdefault(qualifier[0], {})[qualifier[1]] = _across(qualifier, value, store, path)
            parts.setdefault(value[0], {})[value[1]] = _value_across(qualifier, value, path)


_PutPair: TypeAlias = "Callable[[Value, str, str, Spot, Spot, int, Run], None]"


def _across(qualifier: Spot, value: Spot, store: _PutPair, path: str) -> Op:
    def op(target: Value, sent: Element, _beside: Beside, index: int, run: Run) -> None:
        what = at_spot(run.cut, value)
        if what:
            store(target, str(sent), what, qualifier, value, index, run)
        else:
            run.left(path, index, qualifier[0], qualifier[1], str(sent))

    return op


def _value_across(qualifier: Spot, value: Spot, path: str) -> Op:
    def op(_target: Value, sent: Element, _beside: Beside, index: int, run: Run) -> None:
        if not at_spot(run.cut, qualifier):
            run.left(path, index, value[0], value[1], str(sent))

    return op


def _implied(qualifier: Spot, pairs: Pairs, path: str) -> Op:
    """A component that says what its qualifier says already; another value is left."""
    known = dict(pairs.implied)

    def op(_target: Value, sent: Element, parts: Beside, index: int, run: Run) -> None:
        by = parts[qualifier[1] - 1] if len(parts) >= qualifier[1] else ""
        if known.get(str(by)) != sent:
            run.left(path, index, qualifier[0], pairs.implied_at, str(sent))

    return op


def _inside(qualifier: Spot, value: Spot, store: _PutPair, path: str) -> Op:
    def op(target: Value, sent: Element, parts: Beside, index: int, run: Run) -> None:
        what = parts[value[1] - 1] if len(parts) >= value[1] else ""
        if what:
            store(target, str(sent), str(what), qualifier, value, index, run)
        else:
            run.left(path, index, qualifier[0], qualifier[1], str(sent))

    return op


def _value_inside(qualifier: Spot, value: Spot, path: str) -> Op:
    def op(_target: Value, sent: Element, parts: Beside, index: int, run: Run) -> None:
        if len(parts) < qualifier[1] or not parts[qualifier[1] - 1]:
            run.left(path, index, value[0], value[1], str(sent))

    return op


def _paired(path: str, pairs: Pairs) -> _PutPair:
    """Where a pair goes: by its qualifier, else to ``others``."""
    fields: dict[str, tuple[Convert | None, Callable[[Value, Any], bool], Slot]] = {}
    for one in pairs.fields:
        assert one.slot.names is not None
        store = append(one.slot.names) if one.slot.many else put(one.slot.names)
        for code in one.codes:
            fields[code] = (_convert(path, one.slot), store, one.slot)
    rest = pairs.listed or (pairs.others if isinstance(pairs.others, PairItems) else None)
    item = _item(path, rest) if rest is not None else None
    fails = pairs.others == "fault"

    def put_pair(target: Value, qualifier: str, value: str, at: Spot, what: Spot, index: int, run: Run) -> None:
        found = fields.get(qualifier)
        if found is not None:
            convert, store, slot = found
            made = run.decode(value) if convert is None else convert(value, [], index, run)
            if made is not _NOTHING:
                if store(target, run.traced(made, "sent", path, index, what, value, slot.place)):
                    return
                run.note(FaultCode.MAP_SECOND_VALUE, path, index, what, value, f"by {slot.place}")
        if item is not None and item(target, qualifier, value, at, what, index, run):
            return
        if fails and found is None:
            run.note(FaultCode.MAP_OTHERS, path, index, at, qualifier, f"by {pairs.place}")
        run.left(path, index, at[0], at[1], qualifier)
        run.left(path, index, what[0], what[1], value)

    return put_pair


def _item(path: str, items: PairItems) -> Callable[[Value, str, str, Spot, Spot, int, Run], bool]:
    listed = listing(items.names)
    value_slot, by_slot = items.value, items.qualifier
    convert = _convert(path, value_slot)
    by = _convert(path, by_slot) if by_slot is not None else None
    put_value = put(value_slot.names or ())
    put_by = put(by_slot.names or ()) if by_slot is not None else None

    def add(target: Value, qualifier: str, value: str, at: Spot, what: Spot, index: int, run: Run) -> bool:
        made = run.decode(value) if convert is None else convert(value, [], index, run)
        if made is _NOTHING:
            return False
        one: Value = {}
        if put_by is not None:
            named = run.decode(qualifier) if by is None else by(qualifier, [], index, run)
            if named is _NOTHING:
                return False
            assert by_slot is not None
            put_by(one, run.traced(named, "sent", path, index, at, qualifier, by_slot.place))
        put_value(one, run.traced(made, "sent", path, index, what, value, value_slot.place))
        listed(target).append(one)
        return True

    return add
