"""The level of a package: said by an HL's code in X12, and by the kind of package in EDIFACT.

A DESADV has no word for pallet and carton; it sends what the package is (PAC 7065: 201 is a
Euro pallet, CT a carton). A back office asks for the level, whoever sent the advice, so it
is filled from the kinds that everybody reads alike; of any other it says nothing. Writing
leaves out what reading fills in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edigw.mappings.traced import like

#: PAC 7065 -> level. UN/ECE recommendation 21, and the pallets of GS1's own list.
LEVELS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("PX", "PE", "09", "08"), "pallet"),
    **dict.fromkeys(("200", "201", "202", "203", "204", "205", "206", "210", "211", "212"), "pallet"),
    **dict.fromkeys(("CT", "CS", "BX"), "carton"),
}


def _packages(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What of ``packages`` are objects; whatever else stands there is the map's to complain of."""
    found = document.get("packages")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _implied(package: Mapping[str, Any]) -> str:
    kind = package.get("kind")
    return LEVELS.get(kind, "") if isinstance(kind, str) else ""


def read(document: dict[str, Any]) -> None:
    """Fill each package's ``level`` from its kind; a level that is there stays."""
    for package in _packages(document):
        if level := _implied(package):
            package.setdefault("level", like(level, package["kind"]))


def write(document: Mapping[str, Any]) -> dict[str, Any]:
    """*document* without the levels that its packages' kinds say already."""
    fields = dict(document)
    if isinstance(fields.get("packages"), list):
        fields["packages"] = [_plain(one) if isinstance(one, dict) else one for one in fields["packages"]]
    return fields


def _plain(package: dict[str, Any]) -> dict[str, Any]:
    said = package.get("level")
    return {name: value for name, value in package.items() if name != "level"} if said and said == _implied(package) else package
