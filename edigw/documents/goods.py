"""What is bought and how it is packed: items, prices, packs, packaging."""

from __future__ import annotations

from edigw.documents.carriage import Measure
from edigw.documents.remarks import Dated, Reference
from edigw.documents.values import Amount, Part, Text


class ItemId(Part):
    kind: Text | None = None
    id: Text | None = None
    function: Text | None = None
    agency: Text | None = None


class Property(Part):
    """Something said of an item. X12 PID and EDIFACT IMD, as far as no member names it."""

    form: Text | None = None
    kind: Text | None = None
    agency: Text | None = None
    code: Text | None = None
    code_list: Text | None = None
    text: Text | None = None
    more_text: Text | None = None
    surface: Text | None = None
    subcode: Text | None = None
    language: Text | None = None


class Item(Part):
    """What is bought. *gtin* is digits as sent, 8 to 14 of them."""

    gtin: Text | None = None
    buyer_id: Text | None = None
    seller_id: Text | None = None
    manufacturer_id: Text | None = None
    origin: Text | None = None  #: the country it comes from
    ids: list[ItemId] | None = None
    description: list[Text] | None = None
    colour: Text | None = None
    size: Text | None = None
    properties: list[Property] | None = None
    measures: list[Measure] | None = None


class Price(Part):
    """What one costs: *amount* for *per* of *unit*. *basis* says how to read it."""

    amount: Amount | None = None
    per: Amount | None = None
    unit: Text | None = None
    basis: Text | None = None
    kind: Text | None = None
    type: Text | None = None
    trade_class: Text | None = None
    currency: Text | None = None
    quantity: Amount | None = None
    multiplier: Amount | None = None
    multiplier_kind: Text | None = None
    multiple: Amount | None = None  #: how many are had for the amount
    rebate: Amount | None = None
    minimum: Amount | None = None
    maximum: Amount | None = None
    multiplier_reason: Text | None = None
    currency_use: Text | None = None
    dates: list[Dated] | None = None


class Pack(Part):
    """How it is packed: *inner* units of *size* in one, and what one weighs and measures."""

    inner: Amount | None = None
    unit: Text | None = None
    size: Amount | None = None
    kind: Text | None = None
    inner_of: Amount | None = None  #: packs inside a pack
    weight: Amount | None = None
    weight_kind: Text | None = None
    weight_unit: Text | None = None
    volume: Amount | None = None
    volume_unit: Text | None = None
    length: Amount | None = None
    width: Amount | None = None
    height: Amount | None = None
    dimension_unit: Text | None = None
    surface: Text | None = None
    layers: Amount | None = None
    id: Text | None = None


class Pallet(Part):
    """How a pallet is built: *tiers* of *blocks*, *pack* on each, and what it weighs and measures."""

    kind: Text | None = None
    tiers: Amount | None = None
    blocks: Amount | None = None
    pack: Amount | None = None
    inner: Amount | None = None
    unit_weight: Amount | None = None
    unit_weight_unit: Text | None = None
    length: Amount | None = None
    width: Amount | None = None
    height: Amount | None = None
    dimension_unit: Text | None = None
    weight: Amount | None = None
    weight_unit: Text | None = None
    volume: Amount | None = None
    volume_unit: Text | None = None
    exchange: Text | None = None


class NumberRange(Part):
    """Numbers from *first* to *last*, both included, not spelled out. *kind* is the standard's qualifier."""

    kind: Text | None = None
    first: Text | None = None
    last: Text | None = None


class Quantity(Part):
    """A quantity that has no member of its own. *kind* is the standard's qualifier as sent."""

    kind: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None


class Packaging(Part):
    """What is asked of the packaging."""

    form: Text | None = None
    kind: Text | None = None
    agency: Text | None = None
    code: Text | None = None
    text: Text | None = None
    quantity: Amount | None = None
    level: Text | None = None
    terms: Text | None = None
    unit_load: Text | None = None
    measures: list[Measure] | None = None
    marks: list[Text] | None = None
    marks_kind: Text | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    sscc: list[Text] | None = None
    ranges: list[NumberRange] | None = None
    ids: list[Reference] | None = None
    quantities: list[Quantity] | None = None
