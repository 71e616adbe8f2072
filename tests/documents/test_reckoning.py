"""What an invoice must add up to, and the many right ways to print one."""

from __future__ import annotations

from typing import Any

import pytest

from edigw import documents

#: 10 x 9.25 = 92.50, 3 x 2.5 = 7.50
LINES: list[dict[str, Any]] = [
    {"quantity": "10", "unit": "EA", "price": {"amount": "9.25"}, "amount": "92.50"},
    {"quantity": "3", "unit": "EA", "price": {"amount": "2.5"}, "amount": "7.50"},
]
OFF = {"kind": "allowance", "amount": "10.00"}
ON = {"kind": "charge", "amount": "5.00"}
VAT = {"rate": "19", "base": "100.00", "amount": "19.00"}


def notes(lines: list[dict[str, Any]] = LINES, /, **fields: Any) -> tuple[tuple[str, str], ...]:
    finished = documents.finish("invoice", {"number": "A", "lines": lines, **fields})
    assert not finished.faults
    return finished.notes


def line(**fields: Any) -> list[dict[str, Any]]:
    return [{"quantity": "10", "unit": "EA", "price": {"amount": "9.25"}, **fields}]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(line(amount="92.50"), id="quantity times price"),
        pytest.param(line(amount="92.49"), id="a cent less"),
        pytest.param(line(amount="92.46"), id="the price was 9.246 and printed with two decimals"),
        pytest.param(line(price={"amount": "925", "per": "100"}, amount="92.50"), id="a price per hundred"),
        pytest.param(line(price={"amount": "925", "basis": "per-hundred"}, amount="92.50"), id="X12 says so in the basis"),
        pytest.param(line(price={"amount": "3", "basis": "per-pound"}, amount="92.50"), id="counted in pieces, priced by weight"),
        pytest.param(line(price={"amount": "9.25", "unit": "KGM"}, amount="92.50"), id="counted and priced in different units"),
        pytest.param(line(quantity="1.234", price={"amount": "4.567"}, amount="5.64"), id="weighed: 5.635678"),
        pytest.param(line(amount="82.50", allowances_charges=[OFF]), id="the amount holds the line's allowance"),
        pytest.param(line(amount="92.50", allowances_charges=[OFF]), id="the amount is before the line's allowance"),
        pytest.param(line(amount="110.08", tax={"amount": "17.58"}), id="the amount holds the tax"),
        pytest.param(line(amount="106.38", tax={"rate": "15"}), id="the amount holds the tax, of which only the rate was sent"),
        pytest.param(line(amount="83.25", amounts=[{"kind": "52", "amount": "9.25"}]), id="a discount that no member names"),
        pytest.param(line(amount="80.00", allowances_charges=[{"kind": "allowance", "percent": "5"}]), id="an allowance by percent may be anything"),
        pytest.param(line(quantity="-10", amount="92.50"), id="a credit with one sign"),
        pytest.param([{"despatched_quantity": "54", "despatched_unit": "PCE", "price": {"amount": "3630.1724", "per": "100", "unit": "C62"}, "amount": "1960.29"}], id="despatched, priced per hundred"),
        pytest.param(line(), id="no amount was sent"),
        pytest.param([{"amount": "92.50"}], id="no price was sent"),
    ],
)  # fmt: skip
def test_a_line_that_is_right(lines):
    assert notes(lines) == ()


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        pytest.param(line(amount="93.50"), "says 93.50, but quantity and price make 92.5", id="a unit too much"),
        pytest.param(line(amount="9250"), "says 9250, but quantity and price make 92.5", id="a hundred times too much"),
        pytest.param(line(price={"amount": "9.250"}, amount="92.55"), "says 92.55, but quantity and price make 92.5", id="three decimals leave less room"),
        pytest.param(line(amount="70.00", allowances_charges=[OFF]), "says 70.00, but quantity and price make 92.5", id="neither before nor behind the allowance"),
        pytest.param(line(price={"amount": "925", "per": "100"}, amount="9250.00"), "says 9250.00, but quantity and price make 92.5", id="per was forgotten"),
    ],
)  # fmt: skip
def test_a_line_that_is_wrong(lines, text):
    assert notes(lines) == (("lines.0.amount", text),)


@pytest.mark.parametrize(
    ("fields", "totals"),
    [
        pytest.param({}, {"lines": 2, "quantity": "13", "amount": "100.00", "gross": "100.00"}, id="nothing but lines"),
        pytest.param({}, {"gross": "100.01"}, id="a cent a line is rounding"),
        pytest.param({"taxes": [VAT]}, {"net": "100", "tax": "19", "gross": "119"}, id="net and tax"),
        pytest.param({"taxes": [VAT]}, {"gross": "119.00"}, id="X12: lines and tax make TDS01"),
        pytest.param({"allowances_charges": [OFF, ON], "taxes": [{"rate": "19", "base": "95", "amount": "18.05"}]}, {"amount": "100", "allowances": "10", "charges": "5", "net": "95", "tax": "18.05", "gross": "113.05"}, id="allowances, charges and tax"),
        pytest.param({"allowances_charges": [OFF, ON]}, {"adjustments": "-5", "gross": "95"}, id="one amount for both"),
        pytest.param({"allowances_charges": [OFF, ON]}, {"adjustments": "5", "gross": "95"}, id="without its sign"),
        pytest.param({"allowances_charges": [{**OFF, "handling": "bill-back"}, ON]}, {"gross": "105"}, id="an allowance that is not taken off this invoice"),
        pytest.param({"allowances_charges": [{"kind": "charge", "reason": "H850", "amount": "19"}], "taxes": [{"amount": "19"}]}, {"gross": "119"}, id="a tax sent as a charge and told as a tax"),
        pytest.param({"taxes": [{"amount": "15.97", "rate": "19", "base": "84.03", "relation": "included"}]}, {"gross": "100"}, id="the tax is in the price"),
        pytest.param({"taxes": [{"amount": "5", "rate": ".05", "base": "100"}]}, {"gross": "105"}, id="a rate as a share of one"),
        pytest.param({"taxes": [{"amount": "2.10", "rate": "7", "base": "30"}]}, {"net": "30", "amount": "100", "tax": "2.10", "gross": "102.10"}, id="a part is free of tax, and net is the taxable part"),
        pytest.param({"taxes": [VAT]}, {"gross": "119", "prepaid": "19", "payable": "100"}, id="prepaid"),
        pytest.param({}, {"gross": "117.30", "allowances_charges": [ON, {"kind": "charge", "reason": "CA", "amount": "12.30"}]}, id="freight and handling in the summary"),
        pytest.param({"taxes": [VAT]}, {"prepaid": "19", "payable": "100"}, id="without gross"),
        pytest.param({"taxes": [VAT]}, {"gross": "119", "rounding": "0.05", "payable": "119.05"}, id="rounded to five cents"),
        pytest.param({"taxes": [VAT]}, {"gross": "119", "discount": "2.38", "discounted": "116.62"}, id="a discount for early payment is not taken off yet"),
        pytest.param({}, {"gross": "-100"}, id="a credit with its sign in the total alone"),
        pytest.param({"allowances_charges": [{"kind": "allowance", "percent": "5"}]}, {"gross": "95"}, id="by percent alone: nothing is said"),
        pytest.param({}, {"gross": "110", "amounts": [{"kind": "64", "amount": "10"}]}, id="an amount no member explains: nothing is said"),
        pytest.param({"taxes": [VAT]}, {"tax": "19", "gross": "119", "amounts": [{"kind": "124", "amount": "19"}]}, id="the same total under a second code"),
        pytest.param({"currency": "EUR", "taxes": [{**VAT, "currency": "EUR"}, {"amount": "141.87", "currency": "DKK"}]}, {"tax": "19", "gross": "119"}, id="the tax again in a second currency"),
        pytest.param({}, {"gross": "105", "allowances_charges": [ON]}, id="charges in the summary alone"),
    ],
)  # fmt: skip
def test_totals_that_are_right(fields, totals):
    assert notes(**fields, totals=totals) == ()


@pytest.mark.parametrize(
    ("fields", "totals", "expected"),
    [
        pytest.param({}, {"lines": 3}, ("totals.lines", "says 3, but the lines are 2"), id="line count"),
        pytest.param({}, {"quantity": "14"}, ("totals.quantity", "says 14, but the lines' quantities make 13"), id="quantity"),
        pytest.param({}, {"amount": "101"}, ("totals.amount", "says 101, but the lines make 100"), id="lines"),
        pytest.param({"allowances_charges": [OFF]}, {"allowances": "12"}, ("totals.allowances", "says 12, but those listed make 10"), id="allowances"),
        pytest.param({"allowances_charges": [ON]}, {"charges": "6"}, ("totals.charges", "says 6, but those listed make 5"), id="charges"),
        pytest.param({"taxes": [VAT]}, {"tax": "20"}, ("totals.tax", "says 20, but the taxes make 19"), id="tax"),
        pytest.param({"taxes": [{**VAT, "amount": "20"}]}, {}, ("taxes.0.amount", "says 20, but its rate of its base is 19"), id="a tax of its base"),
        pytest.param({"taxes": [VAT]}, {"net": "100", "gross": "120"}, ("totals.gross", "says 120, but net and tax make 119"), id="gross"),
        pytest.param({"taxes": [VAT]}, {"gross": "100"}, ("totals.gross", "says 100, but lines, charges and taxes make 119"), id="the tax was forgotten"),
        pytest.param({}, {"gross": "10000"}, ("totals.gross", "says 10000, but lines, charges and taxes make 100"), id="the factor-100 invoice"),
        pytest.param({"allowances_charges": [ON]}, {"gross": "110"}, ("totals.gross", "says 110, but lines, charges and taxes make 105"), id="a charge twice"),
        pytest.param({}, {"gross": "100", "prepaid": "20", "payable": "90"}, ("totals.payable", "says 90, but gross less prepaid is 80"), id="payable"),
        pytest.param({}, {"payable": "90"}, ("totals.payable", "says 90, but lines, charges and taxes make 100"), id="payable without gross"),
    ],
)  # fmt: skip
def test_totals_that_are_wrong(fields, totals, expected):
    assert notes(**fields, totals=totals) == (expected,)


def test_rates_of_the_lines_make_the_tax_where_nothing_else_does():
    """92.50 at 7 and 7.50 at 19 percent: 6.475 and 1.425."""
    lines = [{**LINES[0], "tax": {"rate": "7"}}, {**LINES[1], "tax": {"rate": "19"}}]
    assert notes(lines, totals={"gross": "107.90"}) == ()
    assert notes(lines, totals={"gross": "119.00"}) == (("totals.gross", "says 119.00, but lines, charges and taxes make 107.9"),)


def test_components_are_not_counted_beside_what_they_belong_to():
    lines = [{"number": "1", "amount": "100"}, {"number": "2", "parent": "1", "amount": "60"}, {"number": "3", "parent": "1", "amount": "40"}]
    assert notes(lines, totals={"amount": "100", "gross": "100"}) == ()


def test_what_is_wrong_everywhere_is_told_a_hundred_times():
    found = notes(line(amount="925") * 250)
    assert len(found) == 101
    assert found[-1] == ("lines", "150 more lines whose amount is not quantity times price")


def test_nothing_raises_over_numbers_no_one_can_reckon_with():
    huge, tiny = "9" * 60, "." + "0" * 59 + "1"
    for price in ({"amount": huge, "per": "0"}, {"amount": huge, "per": tiny}, {"amount": tiny, "per": huge}, {"amount": "-" + huge}):
        lines = [{"quantity": huge, "price": price, "amount": tiny, "tax": {"amount": huge}}]
        taxes = [{"base": huge, "rate": huge, "amount": tiny}]
        assert notes(lines, taxes=taxes, totals={"gross": "-" + huge, "amount": "0", "tax": tiny, "payable": "1"}) != ()
