"""The invoice: what is to be paid, from an X12 810 or an EDIFACT INVOIC.

An invoice carries at least its number. Amounts are as sent; whether they add up is said
beside the document and never mended in it.
"""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from edigw.documents.order import OrderLine, OrderSubline
from edigw.documents.parts import (
    AllowanceCharge,
    Amount,
    Contact,
    Dated,
    Day,
    DeliveryTerms,
    Load,
    Measure,
    Part,
    Party,
    PaymentTerms,
    Place,
    Quantity,
    Reference,
    Source,
    Tax,
    Text,
    Totals,
    Transport,
    Unmapped,
    Wording,
)


class BankAccount(Part):
    """Where money goes to or comes from (EDIFACT FII)."""

    role: Text | None = None
    number: Text | None = None
    holder: Text | None = None
    bank_id: Text | None = None
    bank_id_scheme: Text | None = None
    bank_name: Text | None = None
    country: Text | None = None


class InvoiceLine(OrderLine):
    """An order's line, invoiced. *quantity* is what is charged for, *tax* what falls on it."""

    tax: Tax | None = None
    order_line: Text | None = None
    order_number: Text | None = None
    despatch_number: Text | None = None
    despatched_quantity: Amount | None = None
    sublines: list[OrderSubline] | None = None


class Invoice(Part):
    """An invoice. *kind*: invoice, credit-note, debit-note, corrected."""

    document: Literal["invoice"] = "invoice"
    version: Literal["1"] = "1"
    number: Text
    kind: Text | None = None
    invoice_type: Text | None = None  #: the partner's own code; senders of 810s use BIG07 loosely
    purpose: Text | None = None
    issued_on: Day | None = None
    due_on: Day | None = None
    tax_point_on: Day | None = None
    shipped_on: Day | None = None
    delivered_on: Day | None = None
    currency: Text | None = None
    target_currency: Text | None = None  #: a second currency (tax, reporting) and its rate
    exchange_rate: Amount | None = None
    order_number: Text | None = None
    order_issued_on: Day | None = None
    release_number: Text | None = None
    despatch_number: Text | None = None
    contract_number: Text | None = None
    original_number: Text | None = None  #: the invoice that is credited or corrected
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
    bank_accounts: list[BankAccount] | None = None
    payment_terms: list[PaymentTerms] | None = None
    payment_method: Text | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    loads: list[Load] | None = None
    measures: list[Measure] | None = None
    places: list[Place] | None = None
    quantities: list[Quantity] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    lines: list[InvoiceLine] | None = None
    taxes: list[Tax] | None = None
    totals: Totals | None = None
    unmapped: list[Unmapped] | None = None
    extensions: dict[str, JsonValue] | None = None
    source: Source | None = None
