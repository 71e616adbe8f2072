"""The read program: a message's tree into a plain document.

The plan becomes functions, one for each element, called by its position; a message is
gone through once, each value that was sent is asked for its function, and what has none
is counted into ``unmapped``. No models, no paths and no positions on the way: those are
made when something is to be told.

Single values are never overwritten. A second one is a note; it goes where ``others`` of
its binding leads, or into ``unmapped``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from edigw.faults import Fault, FaultCode, fault
from edigw.mappings import codecs
from edigw.mappings.plan import Binding, Case, Guard, Level, Names, PairItems, Pairs, Plan, Scheme, Slot, Spot
from edigw.model import Cut, Element, Message, Repeats
from edigw.standards.schema import Loop, Node, Placed
from edigw.yamlfile import Place

MOST_FAULTS: Final = 500  # of one message; the rest still stands in unmapped

Value: TypeAlias = "dict[str, Any]"
#: What was sent beside a value: the segment's cut, or the components of its composite.
Beside: TypeAlias = "Sequence[Element]"
#: What happens with one value: target, what was sent, what stands beside it, the segment's place, the run.
Op: TypeAlias = "Callable[[Value, Element, Beside, int, Run], None]"
Convert: TypeAlias = "Callable[[str, Beside, int, Run], Any]"
#: One occurrence into the object around. False: nothing applied, the caller tells.
Apply: TypeAlias = "Callable[[Value, Cut, int, Node | None, Run], bool]"

_HEADERS = frozenset({"ST", "SE", "UNH", "UNT", "UNS"})
_NOTHING: Final = object()


@dataclass(slots=True)
class Read:
    """What became of one message. *unmapped* also stands in the document."""

    document: dict[str, Any]
    faults: list[Fault]
    unmapped: list[dict[str, Any]]


@dataclass(slots=True)
class Run:
    """One reading: what is collected beside the document."""

    message: Message
    decode: Callable[[str], str]
    faults: list[Fault] = field(default_factory=list)
    unmapped: list[dict[str, Any]] = field(default_factory=list)
    seen: set[tuple[int, int]] = field(default_factory=set)  #: (object, case) that have their single values
    alive: list[Any] = field(default_factory=list)  #: objects given up: their id must not come again
    trail: list[str] = field(default_factory=list)  #: the loops around, by occurrence: for what is kept
    cut: Cut = field(default_factory=list)  #: the segment at hand
    ordinal: int = 1  #: of the loop at hand

    def note(self, code: FaultCode, path: str, index: int, spot: Spot, value: str, why: str, *, repeat: int = 0) -> None:
        """A fault at a value, with the map's line or reason."""
        if len(self.faults) >= MOST_FAULTS:
            return
        at = self.message.position(index, spot[0], spot[1], repeat)
        tag = path.rpartition("/")[2]
        self.faults.append(fault(self.message.notation.syntax, code, at, self.decode(value), why, segment=tag))

    def left(self, path: str, index: int, element: int, component: int, value: str, repeat: int = 0) -> None:
        """A value no binding took."""
        if not value:
            return
        entry: dict[str, Any] = {"segment": path, "element": f"{element}.{component}" if component else str(element), "value": self.decode(value)}
        entry["position"] = index
        if repeat:
            entry["repeat"] = repeat
        self.unmapped.append(entry)

    def left_element(self, path: str, index: int, element: int, value: Element, repeat: int = 0) -> None:
        if isinstance(value, str):
            self.left(path, index, element, 0, value, repeat)
        elif isinstance(value, Repeats):
            for at, one in enumerate(value, 1):
                self.left_element(path, index, element, one, at)
        else:
            for component, part in enumerate(value, 1):
                self.left(path, index, element, component, part, repeat)

    def left_cut(self, path: str, index: int, cut: Cut) -> None:
        for element in range(1, len(cut)):
            if cut[element]:
                self.left_element(path, index, element, cut[element])

    def left_node(self, path: str, node: Node) -> None:
        """A loop no binding takes, with all that stands in it. As deep as the table nests."""
        for child in node.children:
            if isinstance(child, Placed):
                tag = child.row.tag
                self.left_cut(path if child.row is node.loop.rows[0] else f"{path}/{tag}", child.index, child.cut)
            else:
                self.left_node(f"{path}/{child.loop.tag}", child)

    def left_segment(self, path: str, index: int, cut: Cut, node: Node | None) -> None:
        if node is None:
            self.left_cut(path, index, cut)
        else:
            self.left_node(path, node)


def program(plan: Plan) -> Callable[[Node, Message], Read]:
    """The read program of *plan*."""
    read = _level(plan.root)

    def run(root: Node, message: Message) -> Read:
        document: Value = {}
        state = Run(message, message.notation.decode)
        read(document, root.children, state)
        if state.unmapped:
            document["unmapped"] = state.unmapped
        return Read(document, state.faults, state.unmapped)

    return run


# Loops


def _level(level: Level, *, inside: frozenset[Spot] | None = None) -> Callable[[Value, Sequence[Placed | Node], Run], None]:
    """A loop's children, each to its binding by the number of its row.

    *inside*: what the loop's own binding has read of its first segment already; None for the message itself.
    """
    rows: dict[int, Apply] = {}
    tags: dict[int, str] = {}
    for number in {one.row.number for one in level.bindings}:
        bindings = level.at(number)
        trigger = inside is not None and number == level.loop.rows[0].number
        rows[number] = _row(bindings, inside if trigger and inside is not None else frozenset())
        tags[number] = bindings[0].path
    start = level.loop.rows[0].number if inside is not None else -1
    path = level.path

    def read(target: Value, children: Sequence[Placed | Node], run: Run) -> None:
        for child in children:
            if type(child) is Placed:
                number, cut, index, node = child.row.number, child.cut, child.index, None
            else:
                assert isinstance(child, Node)
                first = child.children[0]
                assert isinstance(first, Placed)
                number, cut, index, node = child.loop.number, first.cut, first.index, child
            apply = rows.get(number)
            if apply is not None and apply(target, cut, index, node, run):
                continue
            if apply is not None:
                run.left_segment(tags[number], index, cut, node)
            elif number != start:  # else it was read with its loop
                tag = child.row.tag if type(child) is Placed else child.loop.tag  # type: ignore[union-attr]  # type() is quicker than isinstance here
                if path or tag not in _HEADERS:
                    run.left_segment(f"{path}/{tag}" if path else tag, index, cut, node)

    return read


def _row(bindings: tuple[Binding, ...], seen: frozenset[Spot]) -> Apply:
    made = [_binding(one, seen) for one in bindings]
    if len(made) == 1:
        return made[0]

    def first(target: Value, cut: Cut, index: int, node: Node | None, run: Run) -> bool:
        told = len(run.faults)
        for apply in made:
            if apply(target, cut, index, node, run):
                del run.faults[told:]  # what an earlier neighbour expected is no news
                return True
        return False

    return first


# Bindings


def _binding(binding: Binding, seen: frozenset[Spot]) -> Apply:
    guards = [(slot.spot, slot.expected, slot.place) for slot in binding.guards]
    whens = binding.when
    path = binding.path
    choose = _choose(binding, seen) if binding.schemes else _case(binding, binding.outer, seen)
    if not guards and not whens:
        return choose

    def apply(target: Value, cut: Cut, index: int, node: Node | None, run: Run) -> bool:
        for guard in whens:
            if not holds(guard, target, cut):
                return False
        for spot, expected, place in guards:
            sent = at_spot(cut, spot)
            if sent not in expected:
                run.note(FaultCode.MAP_IS_DIFFERS, path, index, spot, sent, f"{'|'.join(expected)} by {place}")
                return False
        return choose(target, cut, index, node, run)

    return apply


def _choose(binding: Binding, seen: frozenset[Spot]) -> Apply:
    """What is chosen by qualifier. What goes into the object around goes there whatever is chosen."""
    path = binding.path
    outer = binding.outer
    plain = _case(binding, outer, seen)
    schemes = []
    for scheme in binding.schemes:
        read = seen | frozenset(scheme.by)
        chosen = {key: _case(binding, case, read, outer=outer, scheme=scheme) for key, case in scheme.lookup.items()}
        rest = _case(binding, scheme.others, seen, outer=outer) if isinstance(scheme.others, Case) else None
        schemes.append((scheme.by, chosen, rest, scheme.others))
    whole = bool(outer.slots or outer.runs or outer.pairs)

    def apply(target: Value, cut: Cut, index: int, node: Node | None, run: Run) -> bool:
        told = len(run.faults)
        for by, chosen, _, _ in schemes:
            key = tuple([at_spot(cut, spot) for spot in by]) if len(by) > 1 else (at_spot(cut, by[0]),)
            found = chosen.get(key)
            if found is not None and found(target, cut, index, node, run):
                return True
        for by, _, rest, others in schemes:
            if rest is not None:
                if rest(target, cut, index, node, run):
                    return True
            elif others == "keep":
                _keep(run, path, index, cut, node)
                return True
            elif others == "fault":
                key_text = "+".join(at_spot(cut, spot) for spot in by)
                run.note(FaultCode.MAP_OTHERS, path, index, by[0], key_text, f"by {binding.place}")
        if whole:
            return plain(target, cut, index, node, run)
        if len(run.faults) == told:
            by = schemes[0][0]
            run.note(FaultCode.MAP_UNMAPPED, path, index, by[0], at_spot(cut, by[0]), f"no key of {binding.place}")
        return False

    return apply


def _keep(run: Run, path: str, index: int, cut: Cut, node: Node | None) -> None:
    """``others: keep``: into unmapped, with the occurrences of the loops around, so that it finds its way back."""
    kept = "/".join([*run.trail, path.rpartition("/")[2]])
    run.left_segment(kept, index, cut, node)


# Cases


def _case(binding: Binding, case: Case, seen: frozenset[Spot], *, outer: Case | None = None, scheme: Scheme | None = None) -> Apply:
    """One occurrence into one target. *outer*: what goes into the object around besides; *seen*: what is read elsewhere."""
    path = binding.path
    bare = binding.row.rows[0].number if isinstance(binding.row, Loop) else 0
    apart = outer is not None and case.into is not None and bool(outer.slots or outer.runs or outer.pairs)
    together = (case,) if outer is None or case.into is not None else (case, outer)
    ops, after = _ops(path, together, seen)
    outer_ops: list[Op | None] = []
    outer_after: list[_Finish] = []
    if apart and outer is not None:
        outer_ops, outer_after = _ops(path, (outer,), frozenset())
    into, many = case.into, case.many
    own = case.body is not None and any(one.row.number == bare for one in case.body.bindings)
    body = _level(case.body, inside=_spots(case) | seen) if case.body is not None else None
    number = case.number
    guarded = not binding.once and not (many and into is not None) and (_single(case) or (into is not None and not many))
    enter = _entering(into) if into is not None and not many else None
    listing = _listing(into) if into is not None and many else None
    length, outer_length = len(ops), len(outer_ops)
    spare = not own  # what no op takes is left; else the body's own entry for this segment looks at it
    constants = [(_store(names), text) for names, text in case.set]
    whens = case.when
    tag = binding.tag
    key = "+" + "+".join(filter(None, case.keys[0])) if case.keys else ""

    def apply(around: Value, cut: Cut, index: int, node: Node | None, run: Run) -> bool:
        for guard in whens:
            if not holds(guard, around, cut):
                return False
        if guarded:
            mark = (id(around), number)
            if mark in run.seen:
                spot = scheme.by[0] if scheme else (0, 0)
                run.note(FaultCode.MAP_SECOND_VALUE, path, index, spot, at_spot(cut, spot) if scheme else "", f"by {case.place}")
                return False
            run.seen.add(mark)
        items: list[Any] | None = None
        if enter is not None:
            target = enter(around)
        elif listing is not None:
            items = listing(around)
            target = {}
        else:
            target = around
        filled = len(target)
        run.cut = cut
        element = 0
        for value in cut:
            if element and value:
                op = ops[element] if element < length else None
                if op is not None:
                    op(target, value, cut, index, run)
                elif spare and not (element < outer_length and outer_ops[element] is not None):
                    run.left_element(path, index, element, value)
            element += 1
        if apart:
            for element in range(1, min(len(cut), outer_length)):
                op = outer_ops[element]
                if op is not None and cut[element]:
                    op(around, cut[element], cut, index, run)
        ordinal = len(items) + 1 if items is not None else run.ordinal if node is None else node.ordinal
        if body is not None and node is not None:
            before, run.ordinal = run.ordinal, ordinal
            run.trail.append(f"{tag}{key}#{ordinal}" if items is not None or not key else f"{tag}{key}")
            body(target, node.children, run)
            run.trail.pop()
            run.ordinal = before
        elif node is not None and len(node.children) > 1:
            for child in node.children[1:]:
                if isinstance(child, Placed):
                    run.left_cut(f"{path}/{child.row.tag}", child.index, child.cut)
                else:
                    run.left_node(f"{path}/{child.loop.tag}", child)
        if after and (items is None or len(target) > filled or body is not None):
            for finish in after:
                finish(target, cut, index, ordinal, run)
        for finish in outer_after:
            finish(around, cut, index, run.ordinal, run)
        if items is not None:
            value = target.get("") if "" in target else target
            if value or value == 0:
                for store, text in constants:
                    store(target, text)
                items.append(value)
            else:
                run.alive.append(target)
                if not items:
                    prune(around, into or (), run)
        elif target or into is None:
            for store, text in constants:
                store(target, text)
        else:
            prune(around, into, run)
        return True

    return apply


def _spots(case: Case) -> frozenset[Spot]:
    """Every place a case reads."""
    found = {slot.spot for slot in case.slots} | {slot.spot for run in case.runs for slot in run.slots}
    return frozenset(found | {spot for pairs in case.pairs for both in pairs.spots for spot in both})


def prune(around: Value, names: Names, run: Run) -> None:
    """Take what stayed empty at *names* out again, innermost first."""
    chain: list[tuple[Any, Any]] = []
    at: Any = around
    for name in names:
        key: Any = int(name) if isinstance(at, list) else name
        if (isinstance(at, list) and key >= len(at)) or (isinstance(at, dict) and key not in at):
            return
        chain.append((at, key))
        at = at[key]
    while chain and not at and at != 0 and isinstance(at, (dict, list)):
        owner, key = chain.pop()
        run.alive.append(at)
        del owner[key]
        at = owner
        if at is around:
            return


def _single(case: Case) -> bool:
    """Whether a case holds single values, so that a second occurrence would overwrite."""
    return any(slot.names is not None for slot in case.slots)


# Elements


_Finish: TypeAlias = "Callable[[Value, Cut, int, int, Run], None]"


def _ops(path: str, cases: Sequence[Case], seen: frozenset[Spot]) -> tuple[list[Op | None], list[_Finish]]:
    """By element: what becomes of it; and what is done when all were seen."""
    parts: dict[int, dict[int, Op]] = {}
    checks: dict[int, list[tuple[Spot, tuple[str, ...], Place]]] = {}
    after: list[_Finish] = []
    read_elsewhere = set(seen)
    for case in cases:
        for slot in case.slots:
            element, component = slot.spot
            if slot.expected and component:
                checks.setdefault(element, []).append((slot.spot, slot.expected, slot.place))
            if slot.names is not None:
                parts.setdefault(element, {}).setdefault(component, _slot(path, slot, _put(slot.names)))
            else:
                read_elsewhere.add(slot.spot)
            if slot.format is not None:
                read_elsewhere.add(slot.format)
            if slot.count is not None:
                after.append(_counted(path, slot))
            if slot.default is not None and slot.names is not None:
                after.append(_defaulted(slot))
        for run in case.runs:
            for slot in run.slots:
                parts.setdefault(slot.spot[0], {}).setdefault(slot.spot[1], _slot(path, slot, _append(run.names), many=True))
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
                for one in value:
                    if one:
                        simple(target, one, beside, index, run)
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
            for one in value:
                if one:
                    composite(target, one, beside, index, run)
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


def _seen(target: Value, value: Element, beside: Beside, index: int, run: Run) -> None:
    """Read elsewhere: a qualifier, a constant, a format code."""


def _slot(path: str, slot: Slot, put: Callable[[Value, Any], bool], *, many: bool = False) -> Op:
    """A value converted and put; what cannot be is told and left."""
    convert = _convert(path, slot)
    spot = slot.spot
    names = slot.names
    whens = slot.when
    if convert is None and not whens and names is not None and len(names) == 1 and not many:
        name = names[0]

        def text(target: Value, value: Element, beside: Beside, index: int, run: Run) -> None:
            if name in target:
                run.note(FaultCode.MAP_SECOND_VALUE, path, index, spot, str(value), f"by {slot.place}")
                run.left(path, index, spot[0], spot[1], str(value))
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
        elif not put(target, made):
            run.note(FaultCode.MAP_SECOND_VALUE, path, index, spot, value, f"by {slot.place}")
            run.left(path, index, spot[0], spot[1], value)

    return op


def _convert(path: str, slot: Slot) -> Convert | None:
    """From what was sent to what the document holds; None where that is the text as it stands."""
    table, codec = slot.table, slot.codec
    if table is not None:
        words, others, place = table.words, slot.others, slot.place
        spelled = frozenset(table.codes)

        def word(value: str, beside: Beside, index: int, run: Run) -> Any:
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
    where = slot.format
    near = where is not None and where[0] == slot.spot[0]  # in the same composite

    def converted(value: str, beside: Beside, index: int, run: Run) -> Any:
        text = value if value.isascii() else run.decode(value)
        try:
            if where is None:
                assert read is not None
                return read(text)
            if near:
                code = str(beside[where[1] - 1]) if len(beside) >= where[1] else ""
            else:
                code = at_spot(run.cut, where)
            return codecs.read_formatted(text, code)
        except ValueError as trouble:
            run.note(FaultCode.MAP_VALUE, path, index, slot.spot, value, f"{trouble}; by {slot.place}")
            return _NOTHING

    return converted


def _defaulted(slot: Slot) -> Callable[[Value, Cut, int, int, Run], None]:
    assert slot.names is not None and slot.default is not None
    put, default = _put(slot.names), slot.default
    numeric = slot.shape == "count"

    def finish(target: Value, cut: Cut, index: int, ordinal: int, run: Run) -> None:
        if default == "ordinal":
            put(target, ordinal if numeric else str(ordinal))
        else:
            put(target, int(default) if numeric and default.isdecimal() else default)

    return finish


def _counted(path: str, slot: Slot) -> Callable[[Value, Cut, int, int, Run], None]:
    assert slot.count is not None
    names = slot.count

    def finish(target: Value, cut: Cut, index: int, ordinal: int, run: Run) -> None:
        sent = at_spot(cut, slot.spot)
        listed = get(target, names)
        counted = len(listed) if isinstance(listed, list) else 0
        if sent and (not sent.isdecimal() or not sent.isascii() or int(sent[:18]) != counted):
            run.note(FaultCode.MAP_TOTAL, path, index, slot.spot, sent, f"{counted} {'.'.join(names)} by {slot.place}")

    return finish


# Pairs


def _pairs(path: str, pairs: Pairs, parts: dict[int, dict[int, Op]]) -> None:
    """Each group's qualifier decides; the value is read with it."""
    put = _paired(path, pairs)
    for (qualifier, value) in pairs.spots:
        if qualifier[0] == value[0]:
            parts.setdefault(qualifier[0], {})[qualifier[1]] = _inside(qualifier, value, put, path)
            parts[qualifier[0]][value[1]] = _value_inside(qualifier, value, path)
        else:
            parts.setdefault(qualifier[0], {})[qualifier[1]] = _across(qualifier, value, put, path)
            parts.setdefault(value[0], {})[value[1]] = _value_across(qualifier, value, path)


_PutPair: TypeAlias = "Callable[[Value, str, str, Spot, Spot, int, Run], None]"


def _across(qualifier: Spot, value: Spot, put: _PutPair, path: str) -> Op:
    def op(target: Value, sent: Element, beside: Beside, index: int, run: Run) -> None:
        what = at_spot(run.cut, value)
        if what:
            put(target, str(sent), what, qualifier, value, index, run)
        else:
            run.left(path, index, qualifier[0], qualifier[1], str(sent))

    return op


def _value_across(qualifier: Spot, value: Spot, path: str) -> Op:
    def op(target: Value, sent: Element, beside: Beside, index: int, run: Run) -> None:
        if not at_spot(run.cut, qualifier):
            run.left(path, index, value[0], value[1], str(sent))

    return op


def _inside(qualifier: Spot, value: Spot, put: _PutPair, path: str) -> Op:
    def op(target: Value, sent: Element, parts: Beside, index: int, run: Run) -> None:
        what = parts[value[1] - 1] if len(parts) >= value[1] else ""
        if what:
            put(target, str(sent), str(what), qualifier, value, index, run)
        else:
            run.left(path, index, qualifier[0], qualifier[1], str(sent))

    return op


def _value_inside(qualifier: Spot, value: Spot, path: str) -> Op:
    def op(target: Value, sent: Element, parts: Beside, index: int, run: Run) -> None:
        if len(parts) < qualifier[1] or not parts[qualifier[1] - 1]:
            run.left(path, index, value[0], value[1], str(sent))

    return op


def _paired(path: str, pairs: Pairs) -> _PutPair:
    """Where a pair goes: by its qualifier, else to ``others``."""
    fields: dict[str, tuple[Convert | None, Callable[[Value, Any], bool], Slot]] = {}
    for one in pairs.fields:
        assert one.slot.names is not None
        put = _append(one.slot.names) if one.slot.many else _put(one.slot.names)
        for code in one.codes:
            fields[code] = (_convert(path, one.slot), put, one.slot)
    rest = pairs.listed or (pairs.others if isinstance(pairs.others, PairItems) else None)
    item = _item(path, rest) if rest is not None else None
    fails = pairs.others == "fault"

    def put_pair(target: Value, qualifier: str, value: str, at: Spot, what: Spot, index: int, run: Run) -> None:
        found = fields.get(qualifier)
        if found is not None:
            convert, put, slot = found
            made = run.decode(value) if convert is None else convert(value, [], index, run)
            if made is not _NOTHING:
                if put(target, made):
                    return
                run.note(FaultCode.MAP_SECOND_VALUE, path, index, what, value, f"by {slot.place}")
        if item is not None and item(target, qualifier, value, index, run):
            return
        if fails and found is None:
            run.note(FaultCode.MAP_OTHERS, path, index, at, qualifier, f"by {pairs.place}")
        run.left(path, index, at[0], at[1], qualifier)
        run.left(path, index, what[0], what[1], value)

    return put_pair


def _item(path: str, items: PairItems) -> Callable[[Value, str, str, int, Run], bool]:
    listing = _listing(items.names)
    value_slot, by_slot = items.value, items.qualifier
    convert = _convert(path, value_slot)
    by = _convert(path, by_slot) if by_slot is not None else None
    put_value = _put(value_slot.names or ())
    put_by = _put(by_slot.names or ()) if by_slot is not None else None

    def add(target: Value, qualifier: str, value: str, index: int, run: Run) -> bool:
        made = run.decode(value) if convert is None else convert(value, [], index, run)
        if made is _NOTHING:
            return False
        one: Value = {}
        if put_by is not None:
            named = run.decode(qualifier) if by is None else by(qualifier, [], index, run)
            if named is _NOTHING:
                return False
            put_by(one, named)
        put_value(one, made)
        listing(target).append(one)
        return True

    return add


# Members of the document, by name


def at_spot(cut: Cut, spot: Spot) -> str:
    """What was sent at a place of a segment, of the first repeat; ``""`` for nothing."""
    element, component = spot
    if element >= len(cut):
        return ""
    value = cut[element]
    if type(value) is str:
        return value if component < 2 else ""
    if isinstance(value, Repeats):
        first = value[0] if value else ""
        if isinstance(first, str):
            return first if component < 2 else ""
        value = first
    at = max(component, 1)
    part = value[at - 1] if len(value) >= at else ""
    return part if isinstance(part, str) else ""


def get(target: Any, names: Names) -> Any:
    """The member at *names*, or None."""
    for name in names:
        if isinstance(target, list):
            target = target[int(name)] if name.isdecimal() and int(name) < len(target) else None
        elif isinstance(target, dict):
            target = target.get(name)
        else:
            return None
    return target


def holds(guard: Guard, target: Value, cut: Cut) -> bool:
    """Whether a ``when`` holds, by what was sent or by what has been read so far."""
    if guard.spot is not None:
        return _is(at_spot(cut, guard.spot), guard.wanted)
    return _is(get(target, guard.names), guard.wanted)


def _is(value: Any, wanted: str) -> bool:
    if wanted == "present":
        return value not in (None, "", [], {})
    if wanted == "absent":
        return value in (None, "", [], {})
    if wanted == "one":
        return isinstance(value, list) and len(value) == 1
    if wanted == "many":
        return isinstance(value, list) and len(value) > 1
    return value is not None and str(value) == wanted


def _put(names: Names) -> Callable[[Value, Any], bool]:
    """Sets a member that is not there yet; False if it is."""
    if not names:
        return _put_whole
    if len(names) == 1:
        name = names[0]

        def one(target: Value, value: Any) -> bool:
            if name in target:
                return False
            target[name] = value
            return True

        return one
    reach = _entering(names[:-1], last_is_item=names[-1].isdecimal())
    last = names[-1]
    if last.isdecimal():
        place = int(last)

        def item(target: Value, value: Any) -> bool:
            listed: Any = reach(target)
            if len(listed) != place:
                return False
            listed.append(value)
            return True

        return item

    def deep(target: Value, value: Any) -> bool:
        owner = reach(target)
        if last in owner:
            return False
        owner[last] = value
        return True

    return deep


def _put_whole(target: Value, value: Any) -> bool:
    """``.``: the item is the value; it stands under the empty name until it is listed."""
    if "" in target:
        return False
    target[""] = value
    return True


def _store(names: Names) -> Callable[[Value, Any], bool]:
    return _put(names)


def _append(names: Names) -> Callable[[Value, Any], bool]:
    listing = _listing(names)

    def put(target: Value, value: Any) -> bool:
        listing(target).append(value)
        return True

    return put


def _entering(names: Names, *, last_is_item: bool = False) -> Callable[[Value], Any]:
    """The object at *names*, made where it is not there."""
    steps: list[tuple[Any, bool]] = []
    for at, name in enumerate(names):
        following = names[at + 1].isdecimal() if at + 1 < len(names) else last_is_item
        steps.append((int(name) if name.isdecimal() else name, following))

    def enter(target: Any) -> Any:
        for name, listed in steps:
            if isinstance(target, list):
                while len(target) <= name:
                    target.append([] if listed else {})
                target = target[name]
            else:
                found = target.get(name)
                if found is None:
                    found = target[name] = [] if listed else {}
                target = found
        return target

    return enter


def _listing(names: Names) -> Callable[[Value], list[Any]]:
    if len(names) == 1:
        name = names[0]

        def one(target: Value) -> list[Any]:
            found = target.get(name)
            if found is None:
                found = target[name] = []
            return found  # type: ignore[no-any-return]  # members that hold lists hold nothing else

        return one
    owner, last = _entering(names[:-1]), names[-1]

    def deep(target: Value) -> list[Any]:
        around = owner(target)
        found = around.get(last)
        if found is None:
            found = around[last] = []
        return found  # type: ignore[no-any-return]  # as above

    return deep
