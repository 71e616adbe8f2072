"""From which elements a map reads a member of the document: its plan asked the other way round."""

from __future__ import annotations

from collections.abc import Iterator

from edigw.mappings.plan import Binding, Case, Level, Names, PairItems, Plan, Slot, spot_text
from edigw.records import dataclass
from edigw.yamlnodes import Place


@dataclass(frozen=True, slots=True)
class Bound:
    """One element that leads to a member. *address*: ``N1+BY/REF+DP.2``."""

    address: str
    place: Place


def of(plan: Plan, member: str) -> Iterator[Bound]:
    """The elements that *plan* reads into *member* (``lines.item.gtin``, list positions left out), in the table's order."""
    wanted = _plain(tuple(member.split(".")))
    yield from _level(plan.root, (), wanted, "")


def _plain(names: Names) -> Names:
    return tuple(one for one in names if one and not one.isdecimal())


def _level(level: Level, around: Names, wanted: Names, path: str) -> Iterator[Bound]:
    """*path*: the loop with the qualifier that chose it, for its own first segment."""
    for binding in level.bindings:
        if binding.tree is not None:
            for branch in binding.tree.branches:
                yield from _case(binding, branch.case, (branch.into,) if branch.into else (), wanted)
            if binding.tree.whole is not None:
                yield from _case(binding, binding.tree.whole, (), wanted)
            continue
        for case in binding.all_cases:
            yield from _case(binding, case, around, wanted, path if binding.row is level.loop.rows[0] else "")


def _case(binding: Binding, case: Case, around: Names, wanted: Names, chosen: str = "") -> Iterator[Bound]:
    inner = around
    if case.into is not None:
        inner = _plain(case.into) if case.link is not None else around + _plain(case.into)
    code = "+".join(filter(None, case.keys[0])) if case.keys else ""
    path = f"{binding.path}+{code}" if code else chosen or binding.path
    if wanted[: len(inner)] == inner:
        for slot in case.slots:
            for names in (slot.names, slot.period, slot.code or None):
                if names is not None and inner + _plain(names) == wanted:
                    yield Bound(f"{path}.{spot_text(slot.spot)}", slot.place)
        for run in case.runs:
            if inner + _plain(run.names) == wanted:
                yield Bound(f"{path}.{spot_text(run.slots[0].spot)}..{spot_text(run.slots[-1].spot)}", run.slots[0].place)
        for pairs in case.pairs:
            spot = spot_text(pairs.spots[0][1])
            for one in pairs.fields:
                if inner + _plain(one.slot.names or ()) == wanted:
                    yield Bound(f"{binding.path}+{'|'.join(one.codes)}.{spot}", one.slot.place)
            for items in (pairs.listed, pairs.others):
                if isinstance(items, PairItems):
                    yield from _items(items, path, spot, inner, wanted)
    if case.beside is not None:
        yield from _case(binding, case.beside, around, wanted)
    if case.body is not None:
        yield from _level(case.body, inner, wanted, path)


def _items(items: PairItems, path: str, spot: str, inner: Names, wanted: Names) -> Iterator[Bound]:
    slots: list[Slot] = [one for one in (items.qualifier, items.value) if one is not None]
    for slot in slots:
        if inner + _plain(items.names) + _plain(slot.names or ()) == wanted:
            yield Bound(f"{path}.{spot}", slot.place)
