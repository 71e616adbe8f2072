"""What the documents are made of: text, decimals, days, and the parts they share.

A document's member is either a simple value, a part, or a list of these; there is no
third shape, so that maps and JSON Schema can name every one by a path. Nothing stands
for "not sent": what the partner left out is left out here.

Values are kept as the partner sent them wherever that can be told apart from noise.
Quantities and money are decimal *text*, because a float would change them and a JSON
number would invite one. Codes have been turned into words by the map; a code that no
table knows stays what it was.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

DECIMAL = r"^-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)$"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
CLOCK = f"^{_CLOCK}$"
DAY = rf"^[0-9]{{4}}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])(?:T{_CLOCK})?$"


def _plain(value: Any) -> Any:
    """A Decimal or int as text without an exponent; anything else is left for the pattern."""
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


class _DecimalText:
    """Decimal text, checked in one native step; Python is asked only about what is not text yet."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(pattern=DECIMAL, max_length=64)
        return core_schema.union_schema(
            [text, core_schema.no_info_before_validator_function(_plain, text)],
            mode="left_to_right",
            custom_error_type="decimal_text",
            custom_error_message="is no decimal number in plain digits",
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": DECIMAL, "maxLength": 64}


class _WholeNumber:
    """An int, or its digits. int() alone would take " 1", "1_0" and Arabic digits."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        digits = core_schema.str_schema(pattern=r"^-?[0-9]{1,18}$")
        return core_schema.union_schema(
            [core_schema.int_schema(strict=True), core_schema.no_info_after_validator_function(int, digits)],
            mode="left_to_right",
            custom_error_type="whole_number",
            custom_error_message="is no whole number",
        )

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "integer"}


#: At least one character. A blank value is a value; an empty one was not sent.
Text = Annotated[str, StringConstraints(min_length=1)]

#: Decimal text as sent: ``9.25``, ``-3``, ``.5``; never an exponent, a sign ``+`` or a comma.
Amount = Annotated[str, _DecimalText()]

#: ``2026-11-20``, or with the time of day where the partner sent one: ``2026-11-20T15:30``.
#: Whether the calendar has that day is judged by check, before any document is made.
Day = Annotated[str, StringConstraints(pattern=DAY)]

#: A time of day alone: ``15:30``.
Clock = Annotated[str, StringConstraints(pattern=CLOCK)]

#: A whole number of things (lines, days): a JSON number.
Count = Annotated[int, _WholeNumber()]


class Part(BaseModel):
    """The root of every part: members as declared, others refused."""

    model_config = ConfigDict(defer_build=True, extra="forbid", validate_default=False, ser_json_inf_nan="constants")


class Address(Part):
    """Where something is. *country* and *region* are codes as sent (``US``, ``USA``, ``TX``)."""

    street: list[Text] | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None
    location: Text | None = None  #: a code of the partner's for the place
    location_kind: Text | None = None


class Channel(Part):
    """A way to reach somebody that has no member of its own (telex, EDI mailbox, URL)."""

    kind: Text | None = None
    number: Text | None = None


class Contact(Part):
    """A person or department. *role* is the standard's code as sent (``BD``, ``OC``, ``PD``)."""

    role: Text | None = None
    id: Text | None = None
    name: Text | None = None
    phone: Text | None = None
    fax: Text | None = None
    email: Text | None = None
    others: list[Channel] | None = None
    reference: Text | None = None


class Dated(Part):
    """A date that has no member of its own. *kind* is the standard's qualifier as sent.

    *until* ends a period; *period* keeps what is not a day (a week, a month) as sent.
    """

    kind: Text | None = None
    on: Day | None = None
    time: Clock | None = None
    zone: Text | None = None
    until: Day | None = None
    period: Text | None = None
    format: Text | None = None


class FurtherNumber(Part):
    """A number beside another one. *kind* is the standard's code as sent."""

    kind: Text | None = None
    number: Text | None = None


class Reference(Part):
    """A number that points elsewhere. *kind* is the standard's code or a word of the map's."""

    kind: Text | None = None
    number: Text | None = None
    line: Text | None = None  #: the line within what is referred to
    text: Text | None = None
    version: Text | None = None
    date: Day | None = None
    within: FurtherNumber | None = None  #: what the number belongs to (X12 REF04)
    dates: list[Dated] | None = None  #: others than the number's own *date*


class DocumentReference(Reference):
    """A document asked for or sent along, and in which form (EDIFACT DOC)."""

    status: Text | None = None
    source: Text | None = None
    language: Text | None = None
    revision: Text | None = None
    medium: Text | None = None  #: how it is sent
    copies: Count | None = None
    originals: Count | None = None


class Money(Part):
    """An amount that has no member of its own. *kind* is the standard's qualifier as sent."""

    kind: Text | None = None
    amount: Amount | None = None
    currency: Text | None = None
    side: Text | None = None  #: credit or debit, where it was said
    currency_use: Text | None = None  #: what it is the currency of, as sent (EDIFACT 6343)
    status: Text | None = None


class Wording(Part):
    """Free text with what it is about. *lines* in the order sent, not joined."""

    kind: Text | None = None
    number: Text | None = None
    title: Text | None = None
    purpose: Text | None = None
    code: Text | None = None
    code_list: Text | None = None
    agency: Text | None = None
    language: Text | None = None
    format: Text | None = None  #: how the lines are set (EDIFACT 4447)
    on: Day | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    lines: list[Text] | None = None
    paragraphs: list[Text] | None = None  #: longer texts sent beside the lines (X12 MTX)


class RelatedPlace(Part):
    """A place within or beside another one: a dock, a gate, a storage place."""

    id: Text | None = None
    id_list: Text | None = None
    id_scheme: Text | None = None
    name: Text | None = None


class Place(Part):
    """Where something is or goes. *relation* says how the related places belong to it (EDIFACT 5479)."""

    kind: Text | None = None
    id: Text | None = None
    id_list: Text | None = None  #: the code list the id is from, where one was named
    id_scheme: Text | None = None
    name: Text | None = None
    related: RelatedPlace | None = None
    further_related: RelatedPlace | None = None
    relation: Text | None = None
    dates: list[Dated] | None = None


class Tax(Part):
    """A tax on the whole, a line or a charge. *rate* in percent."""

    kind: Text | None = None  #: ``VAT``, ``ST`` ...: the standard's code
    category: Text | None = None
    rate: Amount | None = None
    base: Amount | None = None
    amount: Amount | None = None
    currency: Text | None = None
    jurisdiction: Text | None = None
    jurisdiction_kind: Text | None = None
    exemption: Text | None = None
    relation: Text | None = None  #: added to the amount, included in it, or said for information
    id: Text | None = None
    function: Text | None = None
    text: Text | None = None
    rate_code: Text | None = None  #: the rate by its code (EDIFACT 5279)
    sequence: Text | None = None  #: the order of calculation
    places: list[Place] | None = None  #: where the tax holds


class AllowanceCharge(Part):
    """Something taken off or put on. *kind* says which; *reason* is the standard's code."""

    kind: Text | None = None
    reason: Text | None = None
    agency: Text | None = None
    agency_code: Text | None = None  #: the reason by *agency*'s own list
    text: Text | None = None
    number: Text | None = None
    amount: Amount | None = None
    percent: Amount | None = None
    percent_of: Text | None = None
    percent_basis: Text | None = None
    base: Amount | None = None
    rate: Amount | None = None
    rate_kind: Text | None = None
    rate_per: Amount | None = None
    rate_unit: Text | None = None
    quantity: Amount | None = None
    quantity_kind: Text | None = None
    maximum: Amount | None = None
    unit: Text | None = None
    handling: Text | None = None  #: how it is settled (off invoice, credit memo)
    settlement: Text | None = None
    stage: Text | None = None  #: the order of calculation
    option: Text | None = None
    language: Text | None = None
    amounts: list[Money] | None = None
    taxes: list[Tax] | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None


class BankAccount(Part):
    """Where money goes to or comes from (EDIFACT FII)."""

    role: Text | None = None
    number: Text | None = None
    holder: Text | None = None
    more_holders: list[Text] | None = None
    currency: Text | None = None
    bank_id: Text | None = None
    bank_id_list: Text | None = None
    bank_id_scheme: Text | None = None
    bank_name: Text | None = None
    branch: Text | None = None
    branch_id: Text | None = None
    branch_id_list: Text | None = None
    branch_id_scheme: Text | None = None
    country: Text | None = None


class Percentage(Part):
    """A percentage that has no member of its own. *kind* and *basis* are the standard's codes as sent."""

    kind: Text | None = None
    percent: Amount | None = None
    basis: Text | None = None


class PaymentTerms(Part):
    """When and how payment is due. Days are counted from *from_event*."""

    kind: Text | None = None
    from_event: Text | None = None
    percent: Amount | None = None
    days: Count | None = None
    discount_on: Day | None = None
    discount_amount: Amount | None = None
    net_days: Count | None = None
    net_on: Day | None = None
    deferred_on: Day | None = None
    deferred_amount: Amount | None = None
    deferred_percent: Amount | None = None
    day_of_month: Count | None = None
    method: Text | None = None
    period: Text | None = None  #: unit of *days* where it is not the day (EDIFACT 2151)
    relation: Text | None = None
    code: Text | None = None
    text: Text | None = None
    payment_method: Text | None = None
    account: BankAccount | None = None
    dates: list[Dated] | None = None
    amounts: list[Money] | None = None
    percentages: list[Percentage] | None = None


class DeliveryTerms(Part):
    """Who pays the way and where risk passes. *code* is a trade term (``FOB``, ``DAP``)."""

    code: Text | None = None
    place: Text | None = None
    place_kind: Text | None = None
    place_id: Text | None = None
    payment: Text | None = None  #: who pays the freight
    code_kind: Text | None = None
    title_place: Text | None = None
    title_place_kind: Text | None = None
    risk: Text | None = None
    function: Text | None = None
    text: Text | None = None
    more_text: Text | None = None
    code_list: Text | None = None  #: the code list *code* is from, where it is not the standard's
    agency: Text | None = None
    place_id_list: Text | None = None
    place_id_scheme: Text | None = None
    related_place: RelatedPlace | None = None
    further_related_place: RelatedPlace | None = None
    place_relation: Text | None = None


class Carrier(Part):
    id: Text | None = None
    id_scheme: Text | None = None
    name: Text | None = None


class Handling(Part):
    code: Text | None = None
    hazard_scheme: Text | None = None
    hazard: Text | None = None
    text: Text | None = None
    code_list: Text | None = None
    agency: Text | None = None
    hazard_list: Text | None = None
    hazard_agency: Text | None = None
    hazard_text: Text | None = None


class Measure(Part):
    """A measured value; *low* and *high* bound a range."""

    purpose: Text | None = None
    kind: Text | None = None
    attribute: Text | None = None
    value: Amount | None = None
    text: Text | None = None  #: a value that is no number
    unit: Text | None = None
    low: Amount | None = None
    high: Amount | None = None
    significance: Text | None = None
    surface: Text | None = None
    attribute_text: Text | None = None
    digits: Count | None = None  #: how many digits of the value are significant


class Equipment(Part):
    """A trailer, container or wagon."""

    kind: Text | None = None
    prefix: Text | None = None
    number: Text | None = None
    seals: list[Text] | None = None
    weight: Amount | None = None
    weight_kind: Text | None = None
    weight_unit: Text | None = None
    ownership: Text | None = None
    size: Text | None = None
    size_text: Text | None = None
    supplier: Text | None = None
    status: Text | None = None
    fullness: Text | None = None
    handling: list[Handling] | None = None
    measures: list[Measure] | None = None
    texts: list[Wording] | None = None


class Load(Part):
    """How much goes: so many of a kind of package, with weight and volume."""

    kind: Text | None = None
    quantity: Amount | None = None
    units: Amount | None = None  #: units of the item in each
    commodity_scheme: Text | None = None
    commodity: Text | None = None
    text: Text | None = None
    unit: Text | None = None  #: what *quantity* counts, where it is no kind of package
    weight_kind: Text | None = None
    weight: Amount | None = None
    weight_unit: Text | None = None
    volume: Amount | None = None
    volume_unit: Text | None = None
    size: Amount | None = None
    size_unit: Text | None = None
    references: list[Reference] | None = None


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


class Transport(Part):
    """How the goods travel."""

    mode: Text | None = None
    carrier: Carrier | None = None
    stage: Text | None = None
    sequence: Text | None = None
    service: Text | None = None
    routing: Text | None = None
    status: Text | None = None
    means: Text | None = None
    means_id: Text | None = None
    voyage: Text | None = None
    tracking: list[Text] | None = None
    bill_of_lading: Text | None = None
    seals: list[Text] | None = None
    equipment: list[Equipment] | None = None
    equipment_prefix: Text | None = None  #: of the one vehicle, where no more is said of it
    equipment_number: Text | None = None
    reference: Text | None = None
    reference_kind: Text | None = None
    loads: list[Load] | None = None
    handling: list[Handling] | None = None
    place_kind: Text | None = None
    place: Text | None = None
    transit_kind: Text | None = None
    transit_time: Amount | None = None
    transit_direction: Text | None = None
    places: list[Place] | None = None
    dates: list[Dated] | None = None
    references: list[Reference] | None = None
    mode_text: Text | None = None
    means_text: Text | None = None
    means_name: Text | None = None
    nationality: Text | None = None  #: of the means of transport
    ownership: Text | None = None


class Party(Part):
    """Somebody in the deal. *role* is filled where the party has no member of its own."""

    role: Text | None = None
    id: Text | None = None
    id_scheme: Text | None = None
    id_list: Text | None = None  #: the code list the id is from, where one was named
    name: Text | None = None
    more_names: list[Text] | None = None
    lines: list[Text] | None = None  #: name and address as printed, not taken apart
    address: Address | None = None
    contacts: list[Contact] | None = None
    tax_id: Text | None = None
    references: list[Reference] | None = None
    taxes: list[Tax] | None = None
    accounts: list[BankAccount] | None = None
    dates: list[Dated] | None = None
    transport: Transport | None = None
    delivery_terms: DeliveryTerms | None = None
    texts: list[Wording] | None = None
    ids: list[Channel] | None = None
    relation: Text | None = None  #: to the party in *related_role* (X12 N105, N106)
    related_role: Text | None = None
    places: list[Place] | None = None  #: docks, doors, metering points and the like, each with its sort
    documents: list[DocumentReference] | None = None


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


class PlaceQuantity(Part):
    place: Text | None = None
    quantity: Amount | None = None


class Destination(Part):
    """Where parts of a line go: quantities by store."""

    unit: Text | None = None
    id_scheme: Text | None = None
    location: Text | None = None
    places: list[PlaceQuantity] | None = None


class Delivery(Part):
    """A part of a line that goes to a place of its own, said one by one (EDIFACT LOC and QTY)."""

    kind: Text | None = None
    place: Text | None = None
    id_scheme: Text | None = None
    name: Text | None = None
    quantity: Amount | None = None
    quantity_kind: Text | None = None
    unit: Text | None = None
    deliver_on: Day | None = None
    ship_on: Day | None = None
    dates: list[Dated] | None = None
    id_list: Text | None = None
    related: RelatedPlace | None = None
    further_related: RelatedPlace | None = None
    relation: Text | None = None
    percentage: Percentage | None = None


class ScheduledQuantity(Part):
    """One of several quantities of a schedule. *kind* is the standard's qualifier as sent."""

    kind: Text | None = None
    quantity: Amount | None = None
    unit: Text | None = None
    dates: list[Dated] | None = None


class Schedule(Part):
    """A part of a line with its own date or place."""

    quantity: Amount | None = None
    unit: Text | None = None
    kind: Text | None = None
    deliver_on: Day | None = None
    ship_on: Day | None = None
    time: Text | None = None  #: of the first date
    place_kind: Text | None = None
    place: Text | None = None
    place_id: Text | None = None
    status: Text | None = None
    pattern: Text | None = None
    despatch_pattern: Text | None = None
    despatch_timing: Text | None = None
    requirement: Text | None = None
    request: Text | None = None
    id: Text | None = None
    dates: list[Dated] | None = None
    references: list[Reference] | None = None
    parts: list[ScheduledQuantity] | None = None  #: where one schedule has several quantities
    texts: list[Wording] | None = None


class Totals(Part):
    """What the partner says it adds up to. A disagreement is a note, never a correction."""

    lines: Count | None = None
    quantity: Amount | None = None
    amount: Amount | None = None
    weight: Amount | None = None
    weight_unit: Text | None = None
    volume: Amount | None = None
    volume_unit: Text | None = None
    packages: Amount | None = None
    package_kind: Text | None = None
    weight_kind: Text | None = None
    net: Amount | None = None
    allowances: Amount | None = None
    charges: Amount | None = None
    tax: Amount | None = None
    gross: Amount | None = None
    prepaid: Amount | None = None
    payable: Amount | None = None
    rounding: Amount | None = None
    adjustments: Amount | None = None  #: charges less allowances, where one amount says both
    discountable: Amount | None = None  #: what a discount for early payment is taken from
    discount: Amount | None = None
    discounted: Amount | None = None  #: what is to be paid with that discount
    allowances_charges: list[AllowanceCharge] | None = None  #: the sum of each kind of allowance or charge
    text: Text | None = None
    amounts: list[Money] | None = None
    counts: list[Quantity] | None = None


class Unmapped(Part):
    """One value that no map named: *segment* ``REF`` or ``PO1/REF``, *element* ``2`` or ``1.2``.

    *field* instead names a member that could not hold the value.
    """

    segment: Text | None = None
    element: Text | None = None
    field: Text | None = None
    value: str
    position: Count | None = None  #: the segment's place in the message, ST or UNH being 1
    repeat: Count | None = None
    unplaced: bool | None = None  #: true where the standard has no place for the segment: a fault says so


class Source(Part):
    """Where the document came from: names and numbers of the envelope, as sent."""

    file: str | None = None
    syntax: Text | None = None
    interchange: str | None = None
    group: str | None = None
    message: str | None = None
    type: Text | None = None
    release: str | None = None
    association: str | None = None
    sender: Text | None = None
    receiver: Text | None = None
    test: bool | None = None
    map: Text | None = None
