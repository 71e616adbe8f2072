"""The despatch advice: what is on its way, from an X12 856 or an EDIFACT DESADV.

Flat, with links: orders, packages and lines are three lists, a package names its parent,
a line names its order and the packages it lies in. So an HL tree of any structure and a
CPS tree carry the same document, and a pallet that holds two orders is one package.
"""

from __future__ import annotations

from typing import Literal

from pydantic import JsonValue

from edigw.documents.carriage import DeliveryTerms, Load, Measure, Transport
from edigw.documents.goods import Item, NumberRange, Pack, Packaging, Pallet, Price, Property, Quantity
from edigw.documents.money import AllowanceCharge, Money, PaymentTerms
from edigw.documents.order import RelatedIds
from edigw.documents.parties import Contact, Party
from edigw.documents.remarks import Dated, Reference, Wording
from edigw.documents.schedules import Delivery, Destination
from edigw.documents.source import Source, Totals, Unmapped
from edigw.documents.values import Amount, Day, Part, Text


class DespatchedOrder(Part):
    """An order that is shipped from, whole or in part. *id* is what lines point at."""

    id: Text | None = None
    number: Text | None = None
    issued_on: Day | None = None
    release_number: Text | None = None
    change_number: Text | None = None
    seller_order_number: Text | None = None
    customer_order_number: Text | None = None
    contract_number: Text | None = None
    order_type: Text | None = None
    line_number: Text | None = None
    contacts: list[Contact] | None = None
    measures: list[Measure] | None = None
    packaging: list[Packaging] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    parties: list[Party] | None = None
    loads: list[Load] | None = None
    properties: list[Property] | None = None
    transport: Transport | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    extensions: dict[str, JsonValue] | None = None


class Package(Part):
    """A pallet, carton or inner pack. *parent* is the package it stands in or on."""

    id: Text | None = None
    parent: Text | None = None
    order: Text | None = None  #: the order it was packed for, where the tree says so
    level: Text | None = None  #: pallet, carton or inner: by its HL, or by the kind of package where that says it
    sscc: list[Text] | None = None
    tracking_number: Text | None = None
    kind: Text | None = None
    quantity: Amount | None = None
    units: Amount | None = None  #: of the item in it, where the package itself says so
    unit: Text | None = None
    weight: Amount | None = None
    weight_kind: Text | None = None
    weight_unit: Text | None = None
    volume: Amount | None = None
    volume_unit: Text | None = None
    marks: list[Text] | None = None
    marks_kind: Text | None = None
    ids: list[Reference] | None = None  #: other marks and numbers: UC, AA, ZZ ... kind and number
    ranges: list[NumberRange] | None = None  #: marks from one number to another
    related_ids: list[RelatedIds] | None = None
    agency: Text | None = None  #: whose code *kind* is
    terms: Text | None = None
    description: Text | None = None
    hierarchy: Text | None = None  #: inner, intermediate or outer packaging, as sent
    packaging_level: Text | None = None
    item: Item | None = None  #: the trade item the package itself is (a GTIN on the carton)
    loads: list[Load] | None = None
    measures: list[Measure] | None = None
    packaging: list[Packaging] | None = None
    pack: Pack | None = None
    pallet: Pallet | None = None
    quantities: list[Quantity] | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    parties: list[Party] | None = None
    transport: Transport | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    extensions: dict[str, JsonValue] | None = None


class Content(Part):
    """How much of a line lies in a package."""

    package: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None  #: where the package says it, of the item's share in it


class Batch(Part):
    """A further lot of a line, with its dates and its part of the quantity."""

    marks_kind: Text | None = None
    marks: list[Text] | None = None
    lot: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    expires_on: Day | None = None
    best_before: Day | None = None
    produced_on: Day | None = None
    serials: list[Text] | None = None
    ids: list[Reference] | None = None
    ranges: list[NumberRange] | None = None
    dates: list[Dated] | None = None
    measures: list[Measure] | None = None
    quantities: list[Quantity] | None = None


class Variance(Part):
    """How a quantity differs from what was ordered, and why."""

    quantity: Amount | None = None
    kind: Text | None = None
    discrepancy: Text | None = None
    reason: Text | None = None
    reason_text: Text | None = None
    dates: list[Dated] | None = None


class DeliveryLimit(Part):
    """What may become of what was not sent: back orders, substitutes (EDIFACT DLM)."""

    backorder: Text | None = None
    instruction: Text | None = None
    text: Text | None = None
    substitution: Text | None = None


class Component(Part):
    """A part of a line that is an item of its own (X12 SLN)."""

    number: Text | None = None
    parent: Text | None = None
    relation: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    price: Price | None = None
    item: Item | None = None


class DespatchLine(Part):
    """One item of one order. *quantity* is what is shipped.

    *parent* is the ``id`` of another line; where no line has one, its ``number``.
    """

    id: Text | None = None
    number: Text | None = None
    level: Text | None = None  #: kit, component: what the line is in a tree of lines
    action: Text | None = None
    assigned_id: Text | None = None
    parent: Text | None = None
    order: Text | None = None  #: ``orders[].id``
    order_number: Text | None = None  #: where the line names its order and no order level does
    order_line: Text | None = None
    item: Item | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    ordered_quantity: Amount | None = None
    ordered_unit: Text | None = None
    shipped_to_date: Amount | None = None
    status: Text | None = None
    free_quantity: Amount | None = None  #: sent beside what is charged
    sublines: list[Component] | None = None
    batches: list[Batch] | None = None  #: further lots; the first stands in the line itself
    variances: list[Variance] | None = None
    delivery_limits: list[DeliveryLimit] | None = None
    deliveries: list[Delivery] | None = None
    destinations: list[Destination] | None = None
    sscc: list[Text] | None = None  #: where no package level is
    ids: list[Reference] | None = None
    ranges: list[NumberRange] | None = None
    related_ids: list[RelatedIds] | None = None
    marks: list[Text] | None = None
    marks_kind: Text | None = None
    transport: Transport | None = None
    lot: Text | None = None
    expires_on: Day | None = None
    best_before: Day | None = None
    produced_on: Day | None = None
    serials: list[Text] | None = None
    contents: list[Content] | None = None
    price: Price | None = None
    pack: Pack | None = None
    loads: list[Load] | None = None
    packaging: list[Packaging] | None = None
    quantities: list[Quantity] | None = None
    amounts: list[Money] | None = None
    measures: list[Measure] | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    parties: list[Party] | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    extensions: dict[str, JsonValue] | None = None


class DespatchAdvice(Part):
    """A shipment announced. *issued_at* is date and time where both were sent."""

    document: Literal["despatch_advice"] = "despatch_advice"
    version: Literal["1"] = "1"
    number: Text
    kind: Text | None = None
    purpose: Text | None = None
    structure: Text | None = None  #: the tree it came in, as sent (BSN05 ``0001``)
    advice_type: Text | None = None
    transaction_type: Text | None = None
    reason: Text | None = None
    issued_at: Day | None = None
    shipped_on: Day | None = None
    deliver_on: Day | None = None
    dates: list[Dated] | None = None
    seller: Party | None = None
    buyer: Party | None = None
    ship_from: Party | None = None
    ship_to: Party | None = None
    bill_to: Party | None = None
    parties: list[Party] | None = None
    contacts: list[Contact] | None = None
    references: list[Reference] | None = None
    notes: list[Text] | None = None
    texts: list[Wording] | None = None
    transport: Transport | None = None
    transports: list[Transport] | None = None  #: further stages
    currency: Text | None = None
    allowances_charges: list[AllowanceCharge] | None = None
    amounts: list[Money] | None = None
    properties: list[Property] | None = None
    delivery_terms: DeliveryTerms | None = None
    payment_terms: list[PaymentTerms] | None = None
    loads: list[Load] | None = None
    measures: list[Measure] | None = None
    packaging: list[Packaging] | None = None
    orders: list[DespatchedOrder] | None = None
    packages: list[Package] | None = None
    lines: list[DespatchLine] | None = None
    totals: Totals | None = None
    unmapped: list[Unmapped] | None = None
    extensions: dict[str, JsonValue] | None = None
    source: Source | None = None
