"""The order: what a buyer wants, from an X12 850 or an EDIFACT ORDERS.

An order carries at least its number. Without it nobody can answer it, so it is held;
everything else may be missing and is then a fault on a document that still arrives.
"""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from edigw.documents.carriage import DeliveryTerms, Measure, Transport
from edigw.documents.goods import Item, ItemId, NumberRange, Pack, Packaging, Price, Property, Quantity
from edigw.documents.money import AllowanceCharge, Money, PaymentTerms, Percentage, Tax
from edigw.documents.parties import Contact, Party
from edigw.documents.places import Place
from edigw.documents.remarks import Dated, DocumentReference, Reference, Wording
from edigw.documents.schedules import Delivery, Destination, Schedule
from edigw.documents.source import Source, Totals, Unmapped
from edigw.documents.values import Amount, Clock, Count, Day, Part, Text


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


class LeadTime(Part):
    """How long something takes, or when at the latest (X12 LDT). *period* is the unit of time as sent."""

    kind: Text | None = None
    quantity: Amount | None = None
    period: Text | None = None
    on: Day | None = None


class Mark(Part):
    """A number to be put on packages; with *until* a run of them (X12 MAN)."""

    kind: Text | None = None
    number: Text | None = None
    until: Text | None = None


class Paperwork(Part):
    """Papers asked for or sent apart (X12 PWK)."""

    kind: Text | None = None
    transmission: Text | None = None
    copies: Count | None = None
    role: Text | None = None
    text: Text | None = None


class TaxExemption(Part):
    """A tax number with the places it holds for (X12 TAX)."""

    id: Text | None = None
    places: list[Place] | None = None
    code: Text | None = None


class ItemDetail(Part):
    """Another price or quantity of a line, and why or from when (X12 PO3)."""

    change: Text | None = None
    on: Day | None = None
    type: Text | None = None
    amount: Amount | None = None
    basis: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    text: Text | None = None


class Identities(Part):
    """Numbers of single pieces: serial, batch or the like (EDIFACT GIN). *kind* is the qualifier as sent."""

    kind: Text | None = None
    numbers: list[Text] | None = None


class RelatedIds(Part):
    """Numbers that belong together (EDIFACT GIR), each under its qualifier."""

    kind: Text | None = None
    ids: list[ItemId] | None = None


class Requirement(Part):
    """A rule or condition the goods or the delivery must meet (EDIFACT RCS), each code as sent."""

    sector: Text | None = None
    code: Text | None = None
    code_list: Text | None = None
    agency: Text | None = None
    text: Text | None = None
    action: Text | None = None
    country: Text | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    texts: list[Wording] | None = None


class CharacteristicValue(Part):
    code: Text | None = None
    code_list: Text | None = None
    agency: Text | None = None
    text: Text | None = None
    more_text: Text | None = None


class Characteristic(Part):
    """A characteristic of an item with its values (EDIFACT CCI and CAV), each code as sent."""

    form: Text | None = None
    kind: Text | None = None
    significance: Text | None = None
    attribute: Text | None = None
    attribute_text: Text | None = None
    code: Text | None = None
    code_list: Text | None = None
    agency: Text | None = None
    text: Text | None = None
    more_text: Text | None = None
    relevance: Text | None = None
    values: list[CharacteristicValue] | None = None
    measures: list[Measure] | None = None


class Variance(Part):
    """By how much a quantity differs from what was agreed, and why (EDIFACT QVR)."""

    quantity: Amount | None = None
    kind: Text | None = None
    discrepancy: Text | None = None
    reason: Text | None = None
    reason_list: Text | None = None
    reason_agency: Text | None = None
    text: Text | None = None


class Stage(Part):
    """Where a process stands: *current* of *count* stages (EDIFACT STG)."""

    kind: Text | None = None
    count: Count | None = None
    current: Count | None = None
    quantities: list[Quantity] | None = None


class LineParty(Party):
    """A party of a line alone, with the part of the line that is its own."""

    quantities: list[Quantity] | None = None
    schedule: list[Schedule] | None = None


class FurtherInstruction(Part):
    code: Text | None = None
    service: Text | None = None


class Instruction(Part):
    """A service or handling code asked for (X12 SI)."""

    agency: Text | None = None
    code: Text | None = None
    service: Text | None = None
    more: list[FurtherInstruction] | None = None


class OriginTerms(Part):
    """Where goods come from and what customs and trade conditions hold (EDIFACT ALI), as sent."""

    origin: Text | None = None
    duty: Text | None = None
    conditions: list[Text] | None = None


class OrderSubline(Part):
    """A component or variant of a line (X12 SLN, EDIFACT LIN with a parent)."""

    number: Text | None = None
    parent: Text | None = None
    relation: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    price: Price | None = None
    item: Item | None = None
    pack: Pack | None = None
    prices: list[Price] | None = None
    quantities: list[Quantity] | None = None
    parties: list[Party] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    dates: list[Dated] | None = None
    notes: list[Text] | None = None
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
    level: Text | None = None  #: of the configuration, in a nested line (EDIFACT 1222, 7083)
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
    parties: list[LineParty] | None = None
    contacts: list[Contact] | None = None
    payment_terms: list[PaymentTerms] | None = None
    payment_method: Text | None = None
    delivery_terms: DeliveryTerms | None = None
    transport: Transport | None = None
    instructions: list[Instruction] | None = None
    commodities: list[Reference] | None = None  #: customs and commodity codes, each with its scheme as kind
    sublines: list[OrderSubline] | None = None
    characteristics: list[Characteristic] | None = None
    requirements: list[Requirement] | None = None
    related_products: list[RelatedIds] | None = None  #: substitutes, accessories and the like; *kind* says which (EDIFACT 4347)
    percentages: list[Percentage] | None = None
    variance: Variance | None = None
    stages: list[Stage] | None = None
    ranges: list[NumberRange] | None = None
    extensions: dict[str, JsonValue] | None = None


class Order(Part):
    """An order. *kind* is what this message does to it, *order_type* what sort of order it is."""

    document: Literal["order"] = "order"
    version: Literal["1"] = "1"
    number: Text
    kind: Text | None = None
    order_type: Text | None = None
    order_type_list: Text | None = None  #: the code list of *order_type* where it is not the standard's (EDIFACT 1131, 3055)
    order_type_agency: Text | None = None
    invoice_type: Text | None = None
    contract_type: Text | None = None
    purchase_category: Text | None = None
    security: Text | None = None
    transaction_type: Text | None = None
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
    target_currency: Text | None = None
    target_currency_use: Text | None = None
    exchange_rate: Amount | None = None
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
    lead_times: list[LeadTime] | None = None
    marks: list[Mark] | None = None
    paperwork: list[Paperwork] | None = None
    origin_terms: OriginTerms | None = None
    tax_exemptions: list[TaxExemption] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    taxes: list[Tax] | None = None
    prices: list[Price] | None = None
    amounts: list[Money] | None = None
    related_ids: list[RelatedIds] | None = None
    requirements: list[Requirement] | None = None
    schedule: list[Schedule] | None = None
    lines: list[OrderLine] | None = None
    totals: Totals | None = None
    unmapped: list[Unmapped] | None = None
    extensions: dict[str, JsonValue] | None = None
    source: Source | None = None
