"""Which elements of a segment a document must fill, so that its mandatory parts and X12 notes hold."""

from __future__ import annotations

from collections.abc import Sequence

from edigw.mappings.plan import Spot
from edigw.standards.schema import Note, SegmentDef


def closed(definition: SegmentDef, wanted: set[Spot], able: set[Spot], formats: set[Spot]) -> set[Spot] | None:
    """*wanted* with what the segment's mandatory parts and notes ask besides; None if no binding can give that."""
    found = set(wanted)
    for _ in range(20):  # each round adds or takes something; notes are few
        before = set(found)
        found |= formats if found else set()
        elements = {spot[0] for spot in found}
        for number, ref in enumerate(definition.elements, 1):
            parts = ref.composite.components if ref.composite is not None else ()
            if ref.required == "M" and number not in elements:
                add = _first(able, number)
                if add is None:
                    return None
                found.add(add)
            if number in elements or ref.required == "M":
                for component, part in enumerate(parts, 1):
                    if part.required == "M" and (number, component) not in found:
                        if (number, component) not in able:
                            if ref.required == "M":
                                return None
                            found = {spot for spot in found if spot[0] != number}
                            break
                        found.add((number, component))
        for note in definition.notes:
            _obey(note, found, able)
        if found == before:
            return found
    return None


def _first(able: set[Spot], number: int) -> Spot | None:
    return min((spot for spot in able if spot[0] == number), default=None)


def _obey(note: Note, found: set[Spot], able: set[Spot]) -> None:
    """One X12 note: what it asks is added; where no binding can give it, what raised the question goes."""
    present = [at for at in note.positions if any(spot[0] == at for spot in found)]
    missing = [at for at in note.positions if at not in present]

    def add(positions: Sequence[int]) -> bool:
        spots = [_first(able, at) for at in positions]
        if any(spot is None for spot in spots):
            return False
        found.update(spot for spot in spots if spot is not None)
        return True

    def drop(positions: Sequence[int]) -> None:
        for spot in [spot for spot in found if spot[0] in positions]:
            found.discard(spot)

    if note.kind == "P" and present and missing:
        if not add(missing):
            drop(present)
    elif note.kind == "R" and not present:
        for at in note.positions:
            if add([at]):
                break
    elif note.kind == "E" and len(present) > 1:
        drop(present[1:])
    elif note.kind == "C" and note.positions[0] in present and missing:
        if not add(missing):
            drop(note.positions[:1])
    elif note.kind == "L" and note.positions[0] in present and len(present) == 1 and not any(add([at]) for at in missing[::-1]):
        drop(note.positions[:1])
