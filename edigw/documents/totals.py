"""Whether a document's own totals add up: said as notes, never mended, never raised.

Totals are what the partner's system printed; they round, truncate and leave charges out in
ways of their own. So only what must agree is compared, and an amount only where nothing
but the lines goes into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

ROUNDING = Decimal("0.01")  # one cent a line: partners round lines before they add them

Note = tuple[str, str]


def _decimal(value: Any) -> Decimal | None:
    """*value* as a Decimal; None when it is absent or is none (then it is a fault already)."""
    if value is None:
        return None
    try:
        made = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return None
    return made if made.is_finite() else None


def _sum(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None when one is unknown, for then nothing can be said."""
    total = Decimal(0)
    for value in values:
        if value is None:
            return None
        total += value
    return total


def _line_amount(line: Mapping[str, Any]) -> Decimal | None:
    if line.get("allowances_charges") or line.get("taxes"):
        return None
    amount = _decimal(line.get("amount"))
    if amount is not None:
        return amount
    price = line.get("price") or {}
    quantity, each, per = _decimal(line.get("quantity")), _decimal(price.get("amount")), _decimal(price.get("per", "1"))
    unit = price.get("unit")
    if quantity is None or each is None or not per or (unit is not None and unit != line.get("unit")):
        return None
    return quantity * each / per


def _differs(path: str, said: Decimal, found: Decimal, what: str) -> Note:
    return path, f"says {said:f}, but {what} {found.normalize():f}"


def check(kind: str, fields: Mapping[str, Any]) -> tuple[Note, ...]:
    """What does not add up in validated *fields*, as ``(path, text)``."""
    totals = fields.get("totals")
    if not totals:
        return ()
    lines = fields.get("lines") or ()
    notes: list[Note] = []
    said = _decimal(totals.get("lines"))
    if said is not None and said != len(lines):
        notes.append(_differs("totals.lines", said, Decimal(len(lines)), "the lines are"))
    said, found = _decimal(totals.get("quantity")), _sum(_decimal(line.get("quantity")) for line in lines)
    if said is not None and found is not None and said != found:
        notes.append(_differs("totals.quantity", said, found, "the lines' quantities make"))
    if kind == "invoice":
        notes += _invoice(fields, totals)
    elif not fields.get("allowances_charges") and not fields.get("taxes"):
        said, found = _decimal(totals.get("amount")), _sum(_line_amount(line) for line in lines)
        if said is not None and found is not None and lines and abs(said - found) > ROUNDING * len(lines):
            notes.append(_differs("totals.amount", said, found, "the lines make"))
    return tuple(notes)


def _invoice(fields: Mapping[str, Any], totals: Mapping[str, Any]) -> list[Note]:
    """Gross is net and tax, with or without the allowances and charges beside net; taxes make the tax."""
    notes: list[Note] = []
    net, tax, gross = (_decimal(totals.get(name)) for name in ("net", "tax", "gross"))
    if net is not None and tax is not None and gross is not None:
        off = _decimal(totals.get("allowances", "0")) or Decimal(0)
        on = _decimal(totals.get("charges", "0")) or Decimal(0)
        if all(abs(gross - each) > ROUNDING for each in (net + tax, net - off + on + tax)):
            notes.append(_differs("totals.gross", gross, net + tax, "net and tax make"))
    taxes = fields.get("taxes") or ()
    if tax is not None and taxes:
        found = _sum(_decimal(each.get("amount")) for each in taxes)
        if found is not None and abs(tax - found) > ROUNDING * len(taxes):
            notes.append(_differs("totals.tax", tax, found, "the taxes make"))
    return notes
