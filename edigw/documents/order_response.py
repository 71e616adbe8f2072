"""The order response: what the seller makes of an order, from an X12 855 or an EDIFACT ORDRSP.

A line carries what was ordered and, in ``confirmed``, what becomes of it: several entries
when the seller splits it into deliveries, substitutes a part or backorders the rest.
"""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from edigw.documents.parts import (
    AllowanceCharge,
    Amount,
    Contact,
    Dated,
    Day,
    DeliveryTerms,
    Item,
    Measure,
    Money,
    Pack,
    Part,
    Party,
    PaymentTerms,
    Place,
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


class Confirmation(Part):
    """What becomes of a line or of a part of it.

    *status*: accepted, changed, backordered, rejected, substituted, deleted; *reason* is
    the standard's code where it says more (an ACK01 or industry code, an EDIFACT 4343).
    """

    status: Text | None = None
    reason: Text | None = None
    industry_reason: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    deliver_on: Day | None = None
    ship_on: Day | None = None
    price: Price | None = None
    item: Item | None = None
    dates: list[Dated] | None = None
    schedule: list[Schedule] | None = None
    text: Text | None = None


class ResponseLine(Part):
    """One line of the order as the seller answers it."""

    number: Text | None = None
    order_line: Text | None = None
    action: Text | None = None
    parent: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    price: Price | None = None
    amount: Amount | None = None
    item: Item | None = None
    confirmed: list[Confirmation] | None = None
    reason: Text | None = None
    deliver_on: Day | None = None
    ship_on: Day | None = None
    schedule: list[Schedule] | None = None
    pack: Pack | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    taxes: list[Tax] | None = None
    prices: list[Price] | None = None
    quantities: list[Quantity] | None = None
    amounts: list[Money] | None = None
    measures: list[Measure] | None = None
    parties: list[Party] | None = None
    transport: Transport | None = None
    extensions: dict[str, JsonValue] | None = None


class OrderResponse(Part):
    """An answer to an order. *kind*: accepted, accepted-with-changes, rejected, received.

    *number* is the response's own; an X12 855 has none and carries the order's.
    """

    document: Literal["order_response"] = "order_response"
    version: Literal["1"] = "1"
    number: Text
    kind: Text | None = None
    purpose: Text | None = None
    response_type: Text | None = None  #: the document's name where the partner has several
    reason: Text | None = None  #: why the order as a whole is changed or refused
    order_number: Text | None = None
    order_issued_on: Day | None = None
    issued_on: Day | None = None
    release_number: Text | None = None
    contract_number: Text | None = None
    seller_order_number: Text | None = None
    currency: Text | None = None
    deliver_on: Day | None = None
    ship_on: Day | None = None
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
    properties: list[Property] | None = None
    places: list[Place] | None = None
    payment_terms: list[PaymentTerms] | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    taxes: list[Tax] | None = None
    amounts: list[Money] | None = None
    lines: list[ResponseLine] | None = None
    totals: Totals | None = None
    unmapped: list[Unmapped] | None = None
    extensions: dict[str, JsonValue] | None = None
    source: Source | None = None
