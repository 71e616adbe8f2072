"""The order: what a buyer wants, from an X12 850 or an EDIFACT ORDERS.

An order carries at least its number. Without it nobody can answer it, so it is held;
everything else may be missing and is then a fault on a document that still arrives.
"""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from edigw.documents.parts import (
    AllowanceCharge,
    Amount,
    Clock,
    Contact,
    Dated,
    Day,
    Delivery,
    DeliveryTerms,
    Destination,
    Item,
    Measure,
    Money,
    Pack,
    Packaging,
    Part,
    Party,
    PaymentTerms,
    Price,
    Property,
    Quantity,
    Reference,
    Schedule,
    Source,
    Tax,
    Text,
    Totals,
    Transport,
    Unmapped,
    Wording,
)


class SalesRequirement(Part):
    """A condition of sale (X12 CSH): back order allowed, ship complete, limits."""

    code: Text | None = None
    action: Text | None = None
    amount: Amount | None = None
    account: Text | None = None
    on: Day | None = None
    agency: Text | None = None
    agency_code: Text | None = None
    substitution: Text | None = None
    percent: Amount | None = None


class Instruction(Part):
    """A service or handling code asked for (X12 SI)."""

    agency: Text | None = None
    code: Text | None = None
    service: Text | None = None


class OrderSubline(Part):
    """A component or variant of a line (X12 SLN, EDIFACT LIN with a parent)."""

    number: Text | None = None
    parent: Text | None = None
    relation: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    price: Price | None = None
    item: Item | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    dates: list[Dated] | None = None
    texts: list[Wording] | None = None


class OrderLine(Part):
    """One line. *quantity* is what is ordered, in *unit*."""

    number: Text | None = None
    action: Text | None = None
    parent: Text | None = None  #: the line this one belongs to
    quantity: Amount | None = None
    unit: Text | None = None
    price: Price | None = None
    amount: Amount | None = None
    currency: Text | None = None
    item: Item | None = None
    deliver_on: Day | None = None
    deliver_at: Clock | None = None
    ship_on: Day | None = None
    cancel_after: Day | None = None
    deliver_not_before: Day | None = None
    deliver_not_after: Day | None = None
    ship_not_before: Day | None = None
    ship_not_after: Day | None = None
    schedule: list[Schedule] | None = None
    destinations: list[Destination] | None = None
    deliveries: list[Delivery] | None = None
    pack: Pack | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    taxes: list[Tax] | None = None
    prices: list[Price] | None = None  #: others than the one to be paid: retail, list, prepriced
    quantities: list[Quantity] | None = None
    amounts: list[Money] | None = None
    measures: list[Measure] | None = None
    packaging: list[Packaging] | None = None
    parties: list[Party] | None = None
    contacts: list[Contact] | None = None
    payment_terms: list[PaymentTerms] | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    instructions: list[Instruction] | None = None
    commodities: list[Reference] | None = None  #: customs and commodity codes, each with its scheme as kind
    sublines: list[OrderSubline] | None = None
    extensions: dict[str, JsonValue] | None = None


class Order(Part):
    """An order. *kind* is what this message does to it, *order_type* what sort of order it is."""

    document: Literal["order"] = "order"
    version: Literal["1"] = "1"
    number: Text
    kind: Text | None = None
    order_type: Text | None = None
    order_name: Text | None = None  #: the document's name in words, where it was sent
    purpose: Text | None = None  #: the message function, in maps that keep *kind* for the document's name
    issued_on: Day | None = None
    release_number: Text | None = None
    contract_number: Text | None = None
    contract_issued_on: Day | None = None
    customer_order_number: Text | None = None
    promotion_number: Text | None = None
    response_wanted: Text | None = None
    currency: Text | None = None
    currency_use: Text | None = None  #: what it is the currency of, as sent (EDIFACT 6343, 9 the order)
    deliver_on: Day | None = None
    ship_on: Day | None = None
    cancel_after: Day | None = None
    deliver_not_before: Day | None = None
    deliver_not_after: Day | None = None
    ship_not_before: Day | None = None
    ship_not_after: Day | None = None
    dates: list[Dated] | None = None
    buyer: Party | None = None
    seller: Party | None = None
    ship_to: Party | None = None
    bill_to: Party | None = None
    ship_from: Party | None = None
    parties: list[Party] | None = None
    contacts: list[Contact] | None = None
    references: list[Reference] | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    payment_terms: list[PaymentTerms] | None = None
    payment_method: Text | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    packaging: list[Packaging] | None = None
    measures: list[Measure] | None = None
    properties: list[Property] | None = None
    sales_requirements: list[SalesRequirement] | None = None
    instructions: list[Instruction] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    taxes: list[Tax] | None = None
    prices: list[Price] | None = None
    amounts: list[Money] | None = None
    lines: list[OrderLine] | None = None
    totals: Totals | None = None
    unmapped: list[Unmapped] | None = None
    extensions: dict[str, JsonValue] | None = None
    source: Source | None = None
