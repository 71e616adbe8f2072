"""Whether a document's own totals add up: said as notes, never mended, never raised.

Totals are what the partner's system printed; they round, truncate and leave charges out in
ways of their own. So only what must agree is compared, and in an order an amount only where
nothing but the lines goes into it. What an invoice must add up to is in ``reckoning``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from edigw.documents import despatched, reckoning
from edigw.documents.amounts import CENT, Note, decimal, differs, total


def _line_amount(line: Mapping[str, Any]) -> Decimal | None:
    if line.get("allowances_charges") or line.get("taxes"):
        return None
    amount = decimal(line.get("amount"))
    if amount is not None:
        return amount
    price = line.get("price") or {}
    quantity, each, per = decimal(line.get("quantity")), decimal(price.get("amount")), decimal(price.get("per", "1"))
    unit = price.get("unit")
    if quantity is None or each is None or not per or (unit is not None and unit != line.get("unit")):
        return None
    return quantity * each / per


def _confirmed(lines: Iterable[Mapping[str, Any]]) -> Decimal | None:
    """What the seller will deliver: an answer may add that up instead of what was ordered."""
    return total(decimal(entry.get("quantity", "0")) for line in lines for entry in line.get("confirmed") or ())


def check(kind: str, fields: Mapping[str, Any]) -> tuple[Note, ...]:
    """What does not add up in validated *fields*, as ``(path, text)``."""
    totals = fields.get("totals") or {}
    lines = fields.get("lines") or ()
    notes: list[Note] = []
    said = decimal(totals.get("lines"))
    if said is not None and said != len(lines):
        notes.append(differs("totals.lines", said, Decimal(len(lines)), "the lines are"))
    said, found = decimal(totals.get("quantity")), total(decimal(line.get("quantity")) for line in lines)
    answered = _confirmed(lines) if kind == "order_response" else found
    if said is not None and found is not None and said not in (found, answered):
        notes.append(differs("totals.quantity", said, found, "the lines' quantities make"))
    if kind == "despatch_advice":
        notes += despatched.check(fields, totals)
    if kind == "invoice":
        notes += reckoning.check(fields, totals)
    elif not fields.get("allowances_charges") and not fields.get("taxes"):
        said, found = decimal(totals.get("amount")), total(_line_amount(line) for line in lines)
        if said is not None and found is not None and lines and abs(said - found) > CENT * len(lines):
            notes.append(differs("totals.amount", said, found, "the lines make"))
    return tuple(notes)
