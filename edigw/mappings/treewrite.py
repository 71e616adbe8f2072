"""Writing a tree: one occurrence after the other, numbered, with its parent's number.

Where each stands is ``arranging``'s business. An object that stands in several places is
written in each; so what was written in one place does not count as written in the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from edigw.mappings.arranging import ROOT, Knot, arrange
from edigw.mappings.drafts import Draft, Said
from edigw.mappings.plan import Binding, Case, Level, Tree
from edigw.yamlnodes import Place


class Writer(Protocol):
    """What ``write`` does with what stands inside an occurrence."""

    problems: dict[tuple[str, str], None]
    taken: set[str]
    drafts: list[Draft]
    counted: dict[str, int]

    def problem(self, path: str, place: Place | None, text: str) -> None:
        """What cannot be written."""

    def full(self) -> bool:
        """Whether there are too many segments."""

    def body_trigger(self, body: Level, draft: Draft, item: Any, at: str) -> bool:
        """A body's own entry for the loop's first segment, into that segment."""

    def level(self, level: Level, around: Any, path: str, trail: tuple[str, ...], *, trigger: bool = True) -> None:
        """All rows of a loop."""


def write(writer: Writer, binding: Binding, tree: Tree, document: Mapping[str, Any], trail: tuple[str, ...]) -> None:
    """Every occurrence of *tree*, in pre-order."""
    made = arrange(tree, document, lambda path, text: writer.problem(path, binding.place, text))
    if writer.problems:
        return
    writer.counted[binding.tag] = len(made.order)
    written: set[str] = set(made.said)
    for at in made.order:
        knot = made.knots[at]
        case, item, path = _filling(tree, knot, document)
        draft = Draft(binding.tag, case.place, path, own=True)
        parent = str(made.knots[knot.parent].number) if knot.parent != ROOT else ""
        pointers = [(tree.id, str(knot.number)), (tree.parent, parent)]
        if tree.code is not None and knot.branch is not None:
            pointers.append((tree.code, knot.branch.codes[0]))
        if tree.children is not None:
            pointers.append((tree.children, "1" if knot.children else "0"))
        for spot, text in pointers:
            if text:
                draft.values[spot] = Said(text, path, case.place)
        # What is written here is not yet written where the object stands again.
        around = writer.taken
        if path:
            writer.taken = {one for one in (f"{path}.{name}" for name in item) if one in made.said}
        for names, _ in case.set:
            writer.taken.add(f"{path}.{'.'.join(names)}")
        writer.drafts.append(draft)
        code = f"+{knot.branch.codes[0]}" if knot.branch is not None and knot.branch.codes else ""
        step = f"{binding.tag}{code}#{knot.thing[1] + 1}" if knot.thing[0] else binding.tag
        if case.body is not None:
            writer.body_trigger(case.body, draft, item, path)
            writer.level(case.body, item, path, (*trail, step), trigger=False)
        if path:
            written |= writer.taken
            writer.taken = around
        if writer.full():
            return
    writer.taken |= written


def _filling(tree: Tree, knot: Knot, document: Mapping[str, Any]) -> tuple[Case, Mapping[str, Any], str]:
    """What fills an occurrence: the case, the object with its share, and the object's path."""
    if not knot.thing[0]:
        whole = knot.branch.case if knot.branch is not None else tree.whole
        assert whole is not None
        return whole, document, ""
    assert knot.branch is not None
    listed, at = knot.thing
    item = document[listed][at]
    if knot.share is not None:
        own = "quantity" if knot.branch.link is not None else "units"
        share = {own: knot.share["quantity"]} if "quantity" in knot.share else {}
        if knot.branch.link is None and "unit" in knot.share:
            share["unit"] = knot.share["unit"]
        item = {**item, **share}
    return knot.branch.case, item, f"{listed}.{at}"
