"""The day an invoice is due: said in its heading, or in its terms of payment, and one day either way.

An EDIFACT INVOIC has DTM+13 in the heading or, as most send it, under PAT; an X12 810 has ITD06
alone. A back office looks at ``due_on``, so it is filled from the terms where they agree on one
day. Writing says it once: what reading would fill in again is left to the terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from edigw.mappings.unsayable import Unsayable

X12_FIELDS: Final = frozenset({"due_on"})
EDIFACT_FIELDS: Final[frozenset[str]] = frozenset()


def _agreed(document: Mapping[str, Any]) -> Any:
    """The day that the terms of payment name, if they name one and no other; else None."""
    days = {str(day): day for terms in _terms(document) if (day := terms.get("net_on"))}
    return next(iter(days.values())) if len(days) == 1 else None


def _terms(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What of ``payment_terms`` are objects; whatever else stands there is the map's to complain of."""
    found = document.get("payment_terms")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def read(document: dict[str, Any]) -> None:
    """Fill ``due_on`` from the terms; a day that was said itself stays."""
    day = _agreed(document)
    if day is not None:
        document.setdefault("due_on", day)


def write_edifact(document: Mapping[str, Any]) -> dict[str, Any]:
    """*document* without the ``due_on`` that its terms say already."""
    due = document.get("due_on")
    said = due is not None and str(_agreed(document)) == str(due)
    return {name: value for name, value in document.items() if name != "due_on" or not said}


def write_x12(document: Mapping[str, Any]) -> dict[str, Any]:
    """*document* with ``due_on`` in its terms, the one place an 810 has for it.

    Raises Unsayable where the terms name another day.
    """
    fields = write_edifact(document)
    due = fields.pop("due_on", None)
    if due is None:
        return fields
    if any(terms.get("net_on") for terms in _terms(fields)):
        raise Unsayable([("due_on", f"{due} is not the day of the payment terms, and ITD06 is all an 810 has for it")])
    first, *others = fields.get("payment_terms") or [{}]
    fields["payment_terms"] = [{**first, "net_on": due} if isinstance(first, Mapping) else first, *others]
    return fields
