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
from typing import Any, Protocol, TypeAlias

from edigw.faults import FaultCode
from edigw.mappings import treeread
from edigw.mappings.codecs import is_day
from edigw.mappings.dotted import Value, entering, listing, prune, put
from edigw.mappings.ops import Finish, Op, elements, spots
from edigw.mappings.plan import Binding, Case, Level, Link, Plan, Scheme, Spot
from edigw.mappings.reading import Read, Run, at_spot, holds, unused
from edigw.model import Cut, Message
from edigw.standards.schema import Loop, Node, Placed
from edigw.standards.walk import Unplaced, tag_of

#: One occurrence into the object around. False: nothing applied, the caller tells.
Apply: TypeAlias = "Callable[[Value, Cut, int, Node | None, Run], bool]"

_HEADERS = frozenset({"ST", "SE", "UNH", "UNT", "UNS"})


class Reader(Protocol):
    """A message's tree, and the segments without a place in it, into a document."""

    def __call__(self, root: Node, message: Message, unplaced: Sequence[Unplaced], *, tracing: bool = False) -> Read: ...


def program(plan: Plan) -> Reader:
    """The read program of *plan*. *tracing*: each value bears where it comes from (``traced``)."""
    read = _level(plan.root)

    def run(root: Node, message: Message, unplaced: Sequence[Unplaced], *, tracing: bool = False) -> Read:
        document: Value = {}
        state = Run(message, message.notation.decode, document=document, tracing=tracing)
        read(document, root.children, state)
        for listed, link, pointed in plan.only:
            _only(document, listed, link, pointed)
        for one in unplaced:
            tag = tag_of(one.cut)
            if tag not in _HEADERS and not state.left_unplaced(tag, one.index, one.cut):
                break
        if state.unmapped:
            document["unmapped"] = state.unmapped
        return Read(document, state.faults, state.unmapped)

    return run


def _only(document: Value, listed: str, link: Link, pointed: str) -> None:
    """Where a document names one order, its lines are of that one though they do not say so."""
    there = document.get(pointed) or []
    for one in there:
        one.setdefault("id", unused(there))
    if len(there) == 1:
        for each in document.get(listed, ()):
            each.setdefault(link.member, there[0]["id"])


# Loops


def _level(level: Level, *, inside: frozenset[Spot] | None = None) -> Callable[[Value, Sequence[Placed | Node], Run], None]:
    """A loop's children, each to its binding by the number of its row.

    *inside*: what the loop's own binding has read of its first segment already; None for the message itself.
    """
    rows: dict[int, Apply] = {}
    tags: dict[int, str] = {}
    trees: dict[int, Callable[[Value, Sequence[Node], Run], None]] = {}
    for number in {one.row.number for one in level.bindings}:
        bindings = level.at(number)
        tree = bindings[0].tree
        if tree is not None:
            trees[number] = treeread.reader(bindings[0], tree, _made(bindings[0]))
            continue
        trigger = inside is not None and number == level.loop.rows[0].number
        rows[number] = _row(bindings, inside if trigger and inside is not None else frozenset())
        tags[number] = bindings[0].path
    start = level.loop.rows[0].number if inside is not None else -1
    path = level.path

    def read(target: Value, children: Sequence[Placed | Node], run: Run) -> None:
        planted: set[int] = set()
        for child in children:
            if type(child) is Placed:
                number, cut, index, node = child.row.number, child.cut, child.index, None
            else:
                assert isinstance(child, Node)
                first = child.children[0]
                assert isinstance(first, Placed)
                number, cut, index, node = child.loop.number, first.cut, first.index, child
            if number in trees:
                if number not in planted:
                    planted.add(number)
                    trees[number](target, [one for one in children if isinstance(one, Node) and one.loop.number == number], run)
                continue
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
            before = len(run.faults)
            if apply(target, cut, index, node, run):
                del run.faults[told:before]  # what an earlier neighbour expected is no news
                return True
        return False

    return first


# Bindings


def _binding(binding: Binding, seen: frozenset[Spot]) -> Apply:
    guards = [(slot.spot, slot.expected, slot.place) for slot in binding.guards]
    whens = binding.when
    path = binding.path
    choose = _choose(binding, seen) if binding.schemes else _case(binding, binding.outer, seen, outer=binding.outer.beside)
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
        chosen = {key: _case(binding, case, read, outer=case.beside or outer, scheme=scheme) for key, case in scheme.lookup.items()}
        rest = _case(binding, scheme.others, seen, outer=scheme.others.beside or outer) if isinstance(scheme.others, Case) else None
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


def _made(binding: Binding) -> treeread.Make:
    return lambda case, seen: _case(binding, case, seen, planted=True)


def _case(
    binding: Binding,
    case: Case,
    seen: frozenset[Spot],
    *,
    outer: Case | None = None,
    scheme: Scheme | None = None,
    planted: bool = False,
) -> Apply:
    """One occurrence into one target. *outer*: what goes into the object around besides; *seen*: what is read elsewhere;
    *planted*: the tree around has counted it and said where it is."""
    path = binding.path
    bare = binding.row.rows[0].number if isinstance(binding.row, Loop) else 0
    apart = outer is not None and case.into is not None and bool(outer.slots or outer.runs or outer.pairs)
    together = (case,) if outer is None or case.into is not None else (case, outer)
    ops, after = elements(path, together, seen | spots(outer) if apart and outer is not None else seen)
    outer_ops: list[Op | None] = []
    outer_after: list[Finish] = []
    if apart and outer is not None:
        outer_ops, outer_after = elements(path, (outer,), seen | spots(case))
    into, many = case.into, case.many
    own = case.body is not None and any(one.row.number == bare for one in case.body.bindings)
    body = _level(case.body, inside=spots(case) | seen) if case.body is not None else None
    number = case.number
    guarded = not binding.once and not (many and into is not None) and (binding.first or _single(case) or (into is not None and not many))
    guarded = guarded and not planted
    link = case.link
    key_member = next((slot.names[0] for slot in case.slots if slot.names), "")  # by which a linked object is known
    enter = entering(into) if into is not None and not many else None
    listed = listing(into) if into is not None and many else None
    length, outer_length = len(ops), len(outer_ops)
    spare = not own  # what no op takes is left; else the body's own entry for this segment looks at it
    constants = [(put(names), text) for names, text in case.set]
    whens = case.when
    needs, days = case.needs, case.days
    tag = binding.tag
    key = "+" + "+".join(filter(None, case.keys[0])) if case.keys else ""

    def apply(around: Value, cut: Cut, index: int, node: Node | None, run: Run) -> bool:
        for guard in whens:
            if not holds(guard, around, cut):
                return False
        if needs is not None and not at_spot(cut, needs):
            return False
        for spot in days:
            if not is_day(at_spot(cut, spot)):
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
        elif listed is not None:
            if link is None:
                items = listed(around)
            elif not link.inward and link.member in around:
                run.note(FaultCode.MAP_SECOND_VALUE, path, index, (0, 0), "", f"by {case.place}")
                return False
            else:
                items = listed(run.document) if link.inward else []
            target = {}
        else:
            target = around
        filled = len(target)
        run.cut = cut
        left = len(run.unmapped)
        for element, value in enumerate(cut):
            if element and value:
                op = ops[element] if element < length else None
                if op is not None:
                    op(target, value, cut, index, run)
                elif spare and not (element < outer_length and outer_ops[element] is not None):
                    run.left_element(path, index, element, value)
        if apart:
            before = len(run.unmapped)
            for element in range(1, min(len(cut), outer_length)):
                op = outer_ops[element]
                if op is not None and cut[element]:
                    op(around, cut[element], cut, index, run)
            if before > left and len(run.unmapped) > before:  # both looked at a composite: what neither takes is left once
                run.unmapped[before:] = [one for one in run.unmapped[before:] if one not in run.unmapped[left:before]]
        ordinal = len(items) + 1 if items is not None else run.ordinal if node is None or planted else node.ordinal
        if body is not None and node is not None:
            outside, run.ordinal = run.ordinal, ordinal
            if planted:
                body(target, node.children, run)
            else:
                run.trail.append(f"{tag}{key}#{ordinal}" if items is not None or not key else f"{tag}{key}")
                body(target, node.children, run)
                run.trail.pop()
            run.ordinal = outside
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
                    store(target, run.traced(text, "constant", path, index, (0, 0), "", case.place))
                if link is None or link.inward:
                    items.append(value)
                if link is not None:
                    run.counted[tag] = run.counted.get(tag, 0) + 1
                    _join(link, into or (), target, around, run, key_member)
            else:
                run.alive.append(target)
                if not items and link is None:
                    run.alive += prune(around, into or ())
                elif not items and link is not None and link.inward:
                    run.alive += prune(run.document, into or ())
        elif target or into is None:
            for store, text in constants:
                store(target, run.traced(text, "constant", path, index, (0, 0), "", case.place))
        else:
            run.alive += prune(around, into)
        return True

    return apply


def _join(link: Link, into: tuple[str, ...], made: Value, around: Value, run: Run, key: str) -> None:
    """An object of a list of the document, and the one around it: one names the other."""
    if not link.inward:
        around[link.member] = run.refer(into, made, key)
        run.alive.append(made)
    elif around is not run.document:
        item = {link.key: around["id"]}
        if link.shares and "quantity" in made:
            item["quantity"] = made["quantity"]
        made.setdefault(link.member, []).append(item)
        run.linked.add((into[0], link.member, link.key))


def _single(case: Case) -> bool:
    """Whether a case holds single values, so that a second occurrence would overwrite."""
    return any(slot.names is not None for slot in case.slots)
