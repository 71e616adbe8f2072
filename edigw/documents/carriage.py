"""How goods travel: terms of delivery, carriers, equipment, loads."""

from __future__ import annotations

from edigw.documents.places import Place, RelatedPlace
from edigw.documents.remarks import Dated, Reference, Wording
from edigw.documents.values import Amount, Count, Part, Text


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
