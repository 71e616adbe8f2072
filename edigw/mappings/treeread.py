"""Reading a tree: all its occurrences at once, each into its list, then their links.

Which object stands under which is known before the first is read, so that a pointer may
lead forward and a circle is found before anything goes round in it. What a pointer's
trouble is stands with its place among the faults; nothing is guessed, nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from edigw.faults import FaultCode
from edigw.mappings.dotted import Value
from edigw.mappings.linking import ROOT, Linker, Trouble, nearest, parents
from edigw.mappings.plan import Binding, Branch, Case, Spot, Tree
from edigw.mappings.reading import Run, at_spot
from edigw.model import Cut
from edigw.standards.schema import Node, Placed

#: A case made ready: object, cut, its place, node, run.
Apply: TypeAlias = "Callable[[Value, Cut, int, Node | None, Run], bool]"
#: How a case is made ready; given by ``read``, which knows what stands inside.
Make: TypeAlias = "Callable[[Case, frozenset[Spot]], Apply]"

_PLACES: dict[Trouble, str] = {"twice": "id", "flag": "children"}  # of what is told; else the parent


def reader(binding: Binding, tree: Tree, make: Make) -> Callable[[Value, Sequence[Node], Run], None]:
    """All occurrences of *tree* into the document."""
    applied = {id(branch): make(branch.case, tree.spots) for branch in tree.branches}
    whole = make(tree.whole, tree.spots) if tree.whole is not None else None
    path, tag = binding.path, binding.tag

    def read(document: Value, nodes: Sequence[Node], run: Run) -> None:
        cuts = [_cut(node) for node in nodes]
        run.counted[tag] = len(nodes)
        ids = [at_spot(cut, tree.id) for cut, _ in cuts]
        wanted = [at_spot(cut, tree.parent) for cut, _ in cuts]

        def tell(at: int, trouble: Trouble, value: str, why: str) -> None:
            spot = getattr(tree, _PLACES.get(trouble, "parent"))
            run.note(FaultCode.MAP_TREE, path, cuts[at][1], spot or (0, 0), value, why)

        above = parents(ids, wanted, tell)
        _flags(tree, cuts, ids, above, tell)
        branches = _branches(tree, nodes, cuts, above)
        linker = Linker(tree, document, tell)
        near = nearest(above, [one.into if one is not None else "" for one in branches])
        objects: list[Any] = [None] * len(nodes)
        shares: dict[int, dict[str, Any]] = {}
        for at, (branch, node) in enumerate(zip(branches, nodes, strict=True)):
            cut, index = cuts[at]
            if branch is None:
                if tree.others == "fault":
                    code = at_spot(cut, tree.code) if tree.code else ""
                    run.note(FaultCode.MAP_OTHERS, path, index, tree.code or (0, 0), code, f"by {binding.place}")
                elif tree.others == "note":
                    run.note(FaultCode.MAP_UNMAPPED, path, index, tree.code or (0, 0), "", f"no level of {binding.place}")
                run.left_segment(path, index, cut, node)
                continue
            if tree.code and wanted[at] == "" and at:
                tell(at, "rootless", ids[at], "names no parent; this stands at the root")
            if not branch.into:
                run.trail.append(tag)
                (whole if branch is _WHOLE and whole is not None else applied[id(branch)])(document, cut, index, node, run)
                run.trail.pop()
                continue
            listed = document.get(branch.into)
            code = f"+{branch.codes[0]}" if branch.codes else ""
            run.ordinal = len(listed) + 1 if isinstance(listed, list) else 1
            run.trail.append(f"{tag}{code}#{run.ordinal}")
            made: Value = {}
            if branch.numbered:
                made["id"] = linker.id(branch.into, ids[at])
            applied[id(branch)](made, cut, index, node, run)
            run.trail.pop()
            share = share_of(tree, branch, near, at, made)
            if share:
                shares[at] = share
            objects[at] = linker.add(at, branch, made)
            if objects[at] is not made:
                run.alive.append(made)
        run.ordinal = 1
        linker.link(near, branches, objects, shares, ids)
        for listed, member, key in run.linked:
            linker.settle(listed, member, key)

    return read


_WHOLE = Branch((), None, Case(0, None))  # type: ignore[arg-type]  # a mark: the document itself


def _cut(node: Node) -> tuple[Cut, int]:
    first = node.children[0]
    assert isinstance(first, Placed)
    return first.cut, first.index


def _branches(tree: Tree, nodes: Sequence[Node], cuts: Sequence[tuple[Cut, int]], above: Sequence[int]) -> list[Branch | None]:
    if tree.code is not None:
        known = {code: branch for branch in tree.branches for code in branch.codes}
        return [known.get(at_spot(cut, tree.code)) for cut, _ in cuts]
    only = tree.branches[0]
    if tree.whole is None:
        return [only] * len(nodes)
    return [_WHOLE if above[at] == ROOT and not _holds(node, tree.without) else only for at, node in enumerate(nodes)]


def _holds(node: Node, tag: str) -> bool:
    return any((child.loop if isinstance(child, Node) else child.row).tag == tag for child in node.children)


def _flags(
    tree: Tree, cuts: Sequence[tuple[Cut, int]], ids: Sequence[str], above: Sequence[int], tell: Callable[[int, Trouble, str, str], None]
) -> None:
    """HL04 says whether others follow below; a partner's counting may be wrong, and only that is said."""
    if tree.children is None:
        return
    has = bytearray(len(above))
    for parent in above:
        if parent != ROOT:
            has[parent] = 1
    for at, (cut, _) in enumerate(cuts):
        said = at_spot(cut, tree.children)
        if said in ("0", "1") and said != str(has[at]):
            tell(at, "flag", said, f"{ids[at]} has {'one' if has[at] else 'none'} below it")


def share_of(tree: Tree, branch: Branch, near: dict[str, list[int]], at: int, made: Value) -> dict[str, Any]:
    """What a package below a line says of its part of that line: its own count of units is that."""
    for one in tree.branches:
        if one.link is None or branch.into != f"{one.link.key}s" or one.into not in near or near[one.into][at] == ROOT:
            continue
        share = {"quantity": made.pop("units")} if "units" in made else {}
        if "unit" in made:
            share["unit"] = made.pop("unit")
        return share
    return {}


__all__ = ["Apply", "Make", "reader", "share_of"]
