"""The invoice: what is to be paid, from an X12 810 or an EDIFACT INVOIC.

An invoice carries at least its number. Amounts are as sent; whether they add up is said
beside the document and never mended in it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from edigw.documents.carriage import DeliveryTerms, Load, Measure, Transport
from edigw.documents.goods import Packaging, Property, Quantity
from edigw.documents.money import AllowanceCharge, Money, PaymentTerms, Tax
from edigw.documents.order import OrderLine
from edigw.documents.parties import Contact, Party
from edigw.documents.places import Place
from edigw.documents.remarks import Dated, Reference, Wording
from edigw.documents.source import Source, Totals, Unmapped
from edigw.documents.values import Amount, Day, Part, Text


class InvoiceLine(OrderLine):
    """An order's line, invoiced. *quantity* is what is charged for, *tax* what falls on it.

    A line has one tax nearly always; a second and third stand in ``taxes``.
    """

    tax: Tax | None = None
    order_line: Text | None = None
    order_number: Text | None = None
    order_issued_on: Day | None = None
    despatch_number: Text | None = None
    despatch_line: Text | None = None
    despatch_issued_on: Day | None = None
    shipped_on: Day | None = None
    delivered_on: Day | None = None
    despatched_quantity: Amount | None = None
    despatched_unit: Text | None = None
    despatch_status: Text | None = None
    delivered_quantity: Amount | None = None
    delivered_unit: Text | None = None
    quantity_difference: Amount | None = None  #: shipped beyond or short of what was ordered
    difference_reason: Text | None = None
    conditions: list[Text] | None = None  #: special conditions, customs among them (EDIFACT ALI)


class Invoice(Part):
    """An invoice. *kind*: invoice, credit-note, debit-note, corrected ...

    A tax or allowance stands on the level it was said on: on a line, in the heading
    (``default_taxes``, ``allowances_charges``), or in the summary (``taxes``,
    ``totals.allowances_charges``).
    """

    document: Literal["invoice"] = "invoice"
    version: Literal["1"] = "1"
    number: Text
    kind: Text | None = None
    invoice_name: Text | None = None  #: the document's name in words, where it was sent
    purpose: Text | None = None  #: what this message does: original, duplicate, cancellation ...
    response_wanted: Text | None = None
    issued_on: Day | None = None
    due_on: Day | None = None
    tax_point_on: Day | None = None
    shipped_on: Day | None = None
    delivered_on: Day | None = None
    currency: Text | None = None
    currency_use: Text | None = None  #: what it is the currency of, as sent (EDIFACT 6343, 4 the invoice)
    target_currency: Text | None = None  #: a second currency (tax, reporting) and its rate
    target_currency_use: Text | None = None
    exchange_rate: Amount | None = None
    order_number: Text | None = None
    order_issued_on: Day | None = None
    order_change_number: Text | None = None
    release_number: Text | None = None
    seller_order_number: Text | None = None
    despatch_number: Text | None = None
    despatch_issued_on: Day | None = None
    contract_number: Text | None = None
    contract_issued_on: Day | None = None
    original_number: Text | None = None  #: the invoice that is credited or corrected
    original_issued_on: Day | None = None
    dates: list[Dated] | None = None
    buyer: Party | None = None
    seller: Party | None = None
    bill_to: Party | None = None
    ship_to: Party | None = None
    ship_from: Party | None = None
    remit_to: Party | None = None
    parties: list[Party] | None = None
    contacts: list[Contact] | None = None
    references: list[Reference] | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    reference_texts: list[Wording] | None = None  #: texts that stand under a number (X12 N9 with MSG)
    payment_terms: list[PaymentTerms] | None = None
    payment_method: Text | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    origin: Text | None = None  #: the country the goods come from
    conditions: list[Text] | None = None
    loads: list[Load] | None = None
    packaging: list[Packaging] | None = None
    measures: list[Measure] | None = None
    properties: list[Property] | None = None
    places: list[Place] | None = None
    quantities: list[Quantity] | None = None
    amounts: list[Money] | None = None
    default_taxes: list[Tax] | None = None  #: what applies to every line that says nothing else
    allowances_charges: list[AllowanceCharge] | None = None
    lines: list[InvoiceLine] | None = None
    taxes: list[Tax] | None = None  #: the sum of each category and rate
    totals: Totals | None = None
    unmapped: list[Unmapped] | None = None
    extensions: dict[str, JsonValue] | None = None
    source: Source | None = None
