"""Whether the packages of a despatch advice make its totals: said as notes, never mended.

Some senders count what goes onto the lorry, some the cartons, some every package there is;
a total is only noted when none of these makes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from edigw.documents.amounts import decimal, differs, total

ONE = Decimal(1)  # of any unit: weights are rounded at every level


def check(fields: Mapping[str, Any], totals: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What does not add up, as ``(path, text)``."""
    packages = fields.get("packages") or ()
    if not packages:
        return []
    holding = {one.get("parent") for one in packages}
    groups = ([one for one in packages if one.get("id") not in holding], [one for one in packages if not one.get("parent")], packages)
    notes = []
    said = decimal(totals.get("packages"))
    counts = [sum((decimal(one.get("quantity")) or ONE for one in group), Decimal(0)) for group in groups]
    uncounted = any(one.get("ranges") and one.get("quantity") is None for one in packages)  # of numbers from one to another
    if said is not None and said not in counts and said != len(packages) and not uncounted:
        notes.append(differs("totals.packages", said, counts[0], "the packages are"))
    for name in ("weight", "volume"):
        said = decimal(totals.get(name))
        sums = list(_sums(groups, name, totals.get(f"{name}_unit")))
        if said is not None and sums and all(abs(said - one) > ONE for one in sums):
            notes.append(differs(f"totals.{name}", said, sums[0], "the packages make"))
    return notes


def _sums(groups: Iterable[Sequence[Mapping[str, Any]]], name: str, unit: Any) -> Iterable[Decimal]:
    """The sums of those groups of which every package says it, in the total's unit."""
    for group in groups:
        if all(one.get(name) is not None and one.get(f"{name}_unit") == unit for one in group):
            found = total(decimal(one.get(name)) for one in group)
            if found is not None:
                yield found
