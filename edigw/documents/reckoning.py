"""What an invoice adds up to: lines, allowances and charges, taxes, what is to be paid.

There are many right ways to print an invoice. A line's amount may hold the line's allowances
or not, a tax may be sent as a tax or as a charge, an allowance may be a discount for early
payment that is not taken off yet. So every total is compared with all the sums that partners
are known to mean by it, and a note is made only when none of them fits. Where a part is
unknown (an allowance by percent alone, an amount whose meaning no map names) nothing is
said. docs/documents.md lists the rules with their sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from edigw.documents.amounts import CENT, Note, cents, decimal, differs, half_of_last_place, total
from edigw.records import dataclass

#: Words of ``price.basis`` that say for how many the price is.
_FOR: Final[Mapping[str, Decimal]] = {"per-hundred": Decimal(100), "per-thousand": Decimal(1000)}
_WEIGHED: Final = frozenset({"per-pound"})  # the quantity is counted, the price is by weight
_NOT_ADDED: Final = frozenset({"included", "information"})
_TWO: Final = 2  # decimals a price has though fewer were sent

_ZERO: Final = Decimal(0)

MOST_LINES: Final = 100  # told one by one; whoever gets them all wrong has one mistake

Part = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Sum:
    """A sum that a total may mean, and how far apart rounding may bring the two."""

    value: Decimal
    slack: Decimal


@dataclass(slots=True)
class _Line:
    """A line's worth: its amount, else quantity times price; what is taken off or put on; its tax. None: unknown."""

    bare: Decimal | None
    slack: Decimal
    adjusted: Decimal | None
    tax: Decimal | None


def check(invoice: Part, totals: Part) -> list[Note]:
    """What does not add up in a validated invoice with its *totals*, in the document's order."""
    lines = invoice.get("lines") or ()
    worth: list[_Line] = []
    notes: list[Note] = []
    wrong = 0
    for number, line in enumerate(lines):
        each, adjusted = _each(line), _adjusted(line)
        worth.append(_worth(line, each, adjusted))
        note = _line(line, f"lines.{number}", each, adjusted)
        if note is not None:
            wrong += 1
            if wrong <= MOST_LINES:
                notes.append(note)
    if wrong > MOST_LINES:
        notes.append(("lines", f"{wrong - MOST_LINES} more lines whose amount is not quantity times price"))
    taxes = [tax for tax in invoice.get("taxes") or () if _same_currency(tax, invoice)]
    notes += _taxes(taxes, len(lines))
    if totals:
        notes += _lines_total(lines, worth, invoice, totals)
        notes += _adjustments(invoice, lines, totals)
        notes += _tax_total(taxes, totals, len(lines))
        notes += _gross(invoice, totals, lines, worth, taxes)
        notes += _payable(totals)
    return notes


# Lines


def _each(line: Part) -> tuple[Decimal, Decimal] | None:
    """Quantity times price, and the slack of their printed decimals; None where they do not belong together."""
    price = line.get("price") or {}
    amount, basis, unit = decimal(price.get("amount")), price.get("basis"), price.get("unit")
    per = decimal(price.get("per")) if "per" in price else _FOR.get(basis or "", Decimal(1))
    if "quantity" in line:
        quantity, counted = decimal(line["quantity"]), line.get("unit")
    elif "delivered_quantity" in line:
        quantity, counted = decimal(line["delivered_quantity"]), line.get("delivered_unit")
    else:
        quantity, counted = decimal(line.get("despatched_quantity")), line.get("despatched_unit")
    if quantity is None or amount is None or not per or basis in _WEIGHED or "multiplier" in price:
        return None
    if unit is not None and counted is not None and unit != counted:
        return None
    slack = CENT + abs(quantity / per) * half_of_last_place(amount, _TWO)
    if quantity != quantity.to_integral_value():  # weighed: the scale rounds, too
        slack += abs(amount / per) * half_of_last_place(quantity)
    return quantity * amount / per, slack


def _signed(charge: Part) -> Decimal | None:
    """What an allowance or charge does to an amount: minus, plus or nothing; None if its amount is unknown."""
    kind, amount = charge.get("kind"), decimal(charge.get("amount"))
    if kind == "charge":
        return amount
    if kind == "allowance":
        return None if amount is None else -abs(amount)
    return _ZERO


def _adjusted(part: Part) -> Decimal | None:
    charges = part.get("allowances_charges")
    return total(_signed(each) for each in charges) if charges else _ZERO


def _line_taxes(line: Part, bare: Decimal | None) -> Decimal | None:
    """The line's taxes; one without its amount by its rate of *bare*. None if one is unknown."""
    if "tax" not in line and "taxes" not in line:
        return _ZERO
    found: list[Decimal | None] = []
    for tax in (*([line["tax"]] if line.get("tax") else []), *(line.get("taxes") or ())):
        if tax.get("relation") in _NOT_ADDED:
            continue
        amount, rate = decimal(tax.get("amount")), decimal(tax.get("rate"))
        if amount is None and rate is not None and bare is not None:
            amount = bare * rate / 100
        found.append(amount)
    return total(found)


def _worth(line: Part, each: tuple[Decimal, Decimal] | None, adjusted: Decimal | None) -> _Line:
    bare, slack = decimal(line.get("amount")), CENT
    if bare is None and each is not None:
        bare, slack = each
    return _Line(bare, slack, adjusted, _line_taxes(line, bare))


def _line(line: Part, path: str, each: tuple[Decimal, Decimal] | None, adjusted: Decimal | None) -> Note | None:
    """An amount is quantity times price, with or without the line's own allowances, charges, taxes and other amounts."""
    sent = decimal(line.get("amount"))
    if sent is None or each is None or adjusted is None:
        return None
    bare, slack = each
    if abs(abs(sent) - abs(bare)) <= slack:  # nearly always
        return None
    slack += CENT * len(line.get("allowances_charges") or ())
    others = [amount for one in line.get("amounts") or () if (amount := decimal(one.get("amount"))) is not None]
    beside = [_ZERO, *others, *(-one for one in others)]  # a discount or a tax that no member names
    taxes = (_ZERO, _line_taxes(line, bare) or _ZERO)
    if _fits(sent, (_Sum(bare + on + off + more, slack) for on in taxes for off in (_ZERO, adjusted) for more in beside)):
        return None
    return differs(f"{path}.amount", sent, cents(bare), "quantity and price make")


def _sums(lines: Sequence[Part], worth: Sequence[_Line], invoice: Part) -> list[_Sum]:
    """What the lines make, without and with their own allowances and charges.

    Empty where a line is unknown, stands within another, or is in another currency.
    """
    if not lines or any(line.get("parent") or not _same_currency(line, invoice) for line in lines):
        return []
    bare, slack = total(one.bare for one in worth), sum((one.slack for one in worth), _ZERO)
    adjusted = total(one.adjusted for one in worth)
    if bare is None:
        return []
    return [_Sum(bare, slack), *([_Sum(bare + adjusted, slack)] if adjusted else [])]


def _lines_total(lines: Sequence[Part], worth: Sequence[_Line], invoice: Part, totals: Part) -> Iterator[Note]:
    said, sums = decimal(totals.get("amount")), _sums(lines, worth, invoice)
    if said is not None and sums and not _fits(said, sums):
        yield differs("totals.amount", said, sums[0].value, "the lines make")


# Allowances and charges


def _adjustments(invoice: Part, lines: Sequence[Part], totals: Part) -> Iterator[Note]:
    """A total of allowances or charges is that of the heading, of heading and lines, or of the summary."""
    heading = invoice.get("allowances_charges") or ()
    within = [each for line in lines for each in line.get("allowances_charges") or ()]
    summary = totals.get("allowances_charges") or ()
    choices = [each for each in (tuple(heading), (*heading, *within), tuple(within), tuple(summary)) if each]
    for name, kinds in (("allowances", ("allowance",)), ("charges", ("charge",)), ("adjustments", ("allowance", "charge"))):
        said = decimal(totals.get(name))
        found = [total(_signed(each) for each in choice if each.get("kind") in kinds) for choice in choices]
        known = [_Sum(value, CENT * len(choices[-1])) for value in found if value is not None]
        if said is not None and known and len(known) == len(choices) and not _fits(said, known):
            shown = known[0].value if name == "adjustments" else abs(known[0].value)
            yield differs(f"totals.{name}", said, shown, "those listed make")


# Taxes


def _same_currency(part: Part, invoice: Part) -> bool:
    own, whole = part.get("currency"), invoice.get("currency")
    return own is None or whole is None or own == whole


def _taxes(taxes: Sequence[Part], lines: int) -> Iterator[Note]:
    """A tax is its rate of its base. Rates are percents; a share of one is sent, too (TXI03 ``.08``)."""
    for number, tax in enumerate(taxes):
        base, rate, amount = (decimal(tax.get(name)) for name in ("base", "rate", "amount"))
        if base is None or rate is None or amount is None:
            continue
        slack = CENT * max(lines, 1) + abs(base) * half_of_last_place(rate, _TWO) / 100
        if not _fits(amount, (_Sum(base * rate / 100, slack), _Sum(base * rate, slack))):
            yield differs(f"taxes.{number}.amount", amount, cents(base * rate / 100), "its rate of its base is")


def _tax_total(taxes: Sequence[Part], totals: Part, lines: int) -> Iterator[Note]:
    said, found = decimal(totals.get("tax")), total(decimal(tax.get("amount")) for tax in taxes)
    if said is not None and taxes and found is not None and not _fits(said, [_Sum(found, CENT * max(len(taxes), lines))]):
        yield differs("totals.tax", said, found, "the taxes make")


# What is to be paid


def _gross(invoice: Part, totals: Part, lines: Sequence[Part], worth: Sequence[_Line], taxes: Sequence[Part]) -> Iterator[Note]:
    """The whole is the lines, or the amount without tax, with charges, less allowances, with taxes."""
    path, said = "totals.gross", decimal(totals.get("gross"))
    prepaid = decimal(totals.get("prepaid")) or _ZERO
    if said is None:
        path, said = "totals.payable", decimal(totals.get("payable"))
        if said is None:
            return
        said += prepaid
    heading = [_signed(each) for each in invoice.get("allowances_charges") or ()]
    if any(each is None for each in heading) or _unexplained(totals):
        return
    bases = [_Sum(value, CENT) for value in (decimal(totals.get("net")), decimal(totals.get("amount"))) if value is not None]
    bases += _sums(lines, worth, invoice)
    if not bases:
        return
    listed = [each for each in heading if each is not None]
    on, off = (decimal(totals.get(name)) or _ZERO for name in ("charges", "allowances"))
    rounding, adjustments = (decimal(totals.get(name)) or _ZERO for name in ("rounding", "adjustments"))
    summary = _adjusted(totals) or _ZERO
    charges = sum((each for each in listed if each > 0), _ZERO)
    beside = {sum(listed, _ZERO): None, charges: None, on - off: None, on: None, summary: None, adjustments: None, _ZERO: None}
    taxed = _taxed(invoice, totals, taxes, worth)
    slack = CENT * (len(taxes) + len(listed) + len(lines))
    sums = (
        _Sum(base.value + more + tax + rounded, base.slack + slack)
        for base in bases
        for more in beside
        for tax in taxed
        for rounded in (_ZERO, rounding)
    )
    if not _fits(said, sums):
        what = "net and tax make" if "net" in totals and len(taxed) == 1 and not listed else "lines, charges and taxes make"
        yield differs(path, said - prepaid if path == "totals.payable" else said, bases[0].value + sum(listed, _ZERO) + taxed[0], what)


def _taxed(invoice: Part, totals: Part, taxes: Sequence[Part], worth: Sequence[_Line]) -> list[Decimal]:
    """Amounts of tax that may have been added: what the summary says, else what stands in the lines.

    Nothing at all where none is known, where it is in the price, or where charges may hold it.
    """
    added = [tax for tax in taxes if tax.get("relation") not in _NOT_ADDED]
    said, listed = decimal(totals.get("tax")), total(decimal(tax.get("amount")) for tax in added)
    found = [amount for amount in (said, listed if added else None) if amount is not None]
    if not found:
        within = total(one.tax for one in worth)
        found = [*([within] if within is not None else []), _ZERO]
    elif len(added) < len(taxes) or any(each.get("kind") == "charge" for each in invoice.get("allowances_charges") or ()):
        found.append(_ZERO)
    return list(dict.fromkeys(found))


def _unexplained(totals: Part) -> bool:
    """Whether an amount stands there that no member explains and no total repeats: it may belong to the whole."""
    known = {decimal(value) for name, value in totals.items() if name not in ("amounts", "counts", "allowances_charges")}
    return any(decimal(each.get("amount")) not in known for each in totals.get("amounts") or ())


def _payable(totals: Part) -> Iterator[Note]:
    """What is due is the whole, less what was paid before."""
    gross, payable = decimal(totals.get("gross")), decimal(totals.get("payable"))
    if gross is None or payable is None or _unexplained(totals):
        return
    prepaid, rounding, discount = (decimal(totals.get(name)) or _ZERO for name in ("prepaid", "rounding", "discount"))
    paid = (prepaid, _ZERO, discount, prepaid + discount)
    found = [_Sum(gross - less + more, CENT) for less in paid for more in (_ZERO, rounding)]
    if not _fits(payable, found):
        what = "gross less prepaid is" if prepaid else "gross is"
        yield differs("totals.payable", payable, gross - prepaid, what)


def _fits(said: Decimal, sums: Iterable[_Sum]) -> bool:
    """Whether *said* is one of the sums. A credit is printed with either sign."""
    return any(abs(abs(said) - abs(one.value)) <= one.slack for one in sums)


__all__ = ["check"]
