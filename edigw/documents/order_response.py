"""The order response: what the seller makes of an order, from an X12 855 or an EDIFACT ORDRSP.

A line carries what was ordered and, in ``confirmed``, what becomes of it: several entries
when the seller splits it into deliveries, substitutes a part or backorders the rest.
"""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from edigw.documents.carriage import DeliveryTerms, Measure, Transport
from edigw.documents.goods import Item, NumberRange, Pack, Packaging, Price, Property, Quantity
from edigw.documents.money import AllowanceCharge, Money, PaymentTerms, Percentage, Tax
from edigw.documents.order import (
    Characteristic,
    Identities,
    Instruction,
    ItemDetail,
    LeadTime,
    LineParty,
    Mark,
    OrderSubline,
    OriginTerms,
    Paperwork,
    RelatedIds,
    Requirement,
    SalesRequirement,
    Stage,
    TaxExemption,
    Variance,
)
from edigw.documents.parties import Contact, Party
from edigw.documents.places import Place
from edigw.documents.remarks import Dated, DocumentReference, Reference, Wording
from edigw.documents.schedules import Delivery, Destination, Schedule
from edigw.documents.source import Source, Totals, Unmapped
from edigw.documents.values import Amount, Day, Part, Text


class Confirmation(Part):
    """What becomes of a line or of a part of it.

    *status*: accepted, changed, backordered, rejected, substituted, deleted, on-hold;
    *reason* is the standard's code where it says more than that (ACK01 ``IP``: the price
    is changed). *item* is what is delivered where that is not what was ordered.
    """

    status: Text | None = None
    reason: Text | None = None
    industry_reason: Text | None = None  #: by the code list of *industry_agency*
    industry_agency: Text | None = None
    industry_list: Text | None = None
    request_number: Text | None = None
    quantity: Amount | None = None
    quantity_kind: Text | None = None  #: the standard's qualifier where the status does not say it (EDIFACT 6063)
    unit: Text | None = None
    deliver_on: Day | None = None
    deliver_basis: Text | None = None  #: promised, estimated, requested, scheduled; left out for the plain date
    ship_on: Day | None = None
    ship_basis: Text | None = None  #: as above; shipped where it has left
    price: Price | None = None
    item: Item | None = None
    dates: list[Dated] | None = None
    schedule: list[Schedule] | None = None
    text: Text | None = None


class ResponseSubline(OrderSubline):
    """A component or variant of a line, with what becomes of it."""

    confirmed: list[Confirmation] | None = None


class ResponseLine(Part):
    """One line of the order as the seller answers it. *deliver_on* and *ship_on* are what was asked for."""

    number: Text | None = None
    order_number: Text | None = None  #: where a line answers an order of its own
    order_line: Text | None = None
    action: Text | None = None  #: the standard's code as sent, where it is no status (EDIFACT 1229)
    parent: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    price: Price | None = None
    amount: Amount | None = None
    item: Item | None = None
    confirmed: list[Confirmation] | None = None
    currency: Text | None = None
    reason: Text | None = None
    reason_texts: list[Wording] | None = None
    deliver_on: Day | None = None
    ship_on: Day | None = None
    schedule: list[Schedule] | None = None
    destinations: list[Destination] | None = None
    deliveries: list[Delivery] | None = None
    pack: Pack | None = None
    packaging: list[Packaging] | None = None
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
    level: Text | None = None
    configuration: Text | None = None
    origin_terms: OriginTerms | None = None
    documents: list[DocumentReference] | None = None
    identities: list[Identities] | None = None
    related_ids: list[RelatedIds] | None = None
    details: list[ItemDetail] | None = None
    lead_times: list[LeadTime] | None = None
    marks: list[Mark] | None = None
    tax_exemptions: list[TaxExemption] | None = None
    sales_requirements: list[SalesRequirement] | None = None
    instructions: list[Instruction] | None = None
    parties: list[LineParty] | None = None
    contacts: list[Contact] | None = None
    payment_terms: list[PaymentTerms] | None = None
    payment_method: Text | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    sublines: list[ResponseSubline] | None = None
    characteristics: list[Characteristic] | None = None
    requirements: list[Requirement] | None = None
    related_products: list[RelatedIds] | None = None  #: substitutes, accessories and the like; *kind* says which (EDIFACT 4347)
    percentages: list[Percentage] | None = None
    variance: Variance | None = None
    stages: list[Stage] | None = None
    ranges: list[NumberRange] | None = None
    extensions: dict[str, JsonValue] | None = None


class OrderResponse(Part):
    """An answer to an order. *kind*: accepted, accepted-with-changes, rejected, received.

    *number* is the response's own; an X12 855 has none and carries the order's. *response*
    is the standard's code where it says more than *kind*.
    """

    document: Literal["order_response"] = "order_response"
    version: Literal["1"] = "1"
    number: Text
    kind: Text | None = None
    purpose: Text | None = None
    response: Text | None = None
    response_type: Text | None = None  #: the document's name where the partner has several
    response_name: Text | None = None  #: the same in words, where it was sent
    acknowledgement_type: Text | None = None  #: X12 BAK10
    reason: Text | None = None  #: why the order as a whole is changed or refused
    reason_line: Text | None = None
    reason_texts: list[Wording] | None = None
    order_number: Text | None = None
    order_version: Text | None = None
    order_issued_on: Day | None = None
    request_number: Text | None = None
    customer_order_number: Text | None = None
    issued_on: Day | None = None
    release_number: Text | None = None
    contract_number: Text | None = None
    seller_order_number: Text | None = None
    currency: Text | None = None
    currency_use: Text | None = None
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
    payment_method: Text | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    packaging: list[Packaging] | None = None
    measures: list[Measure] | None = None
    sales_requirements: list[SalesRequirement] | None = None
    instructions: list[Instruction] | None = None
    lead_times: list[LeadTime] | None = None
    marks: list[Mark] | None = None
    paperwork: list[Paperwork] | None = None
    origin_terms: OriginTerms | None = None
    tax_exemptions: list[TaxExemption] | None = None
    target_currency: Text | None = None
    target_currency_use: Text | None = None
    exchange_rate: Amount | None = None
    prices: list[Price] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    taxes: list[Tax] | None = None
    amounts: list[Money] | None = None
    related_ids: list[RelatedIds] | None = None
    requirements: list[Requirement] | None = None
    schedule: list[Schedule] | None = None
    lines: list[ResponseLine] | None = None
    totals: Totals | None = None
    unmapped: list[Unmapped] | None = None
    extensions: dict[str, JsonValue] | None = None
    source: Source | None = None
