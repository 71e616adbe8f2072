"""When and where parts of a line go."""

from __future__ import annotations

from edigw.documents.money import Percentage
from edigw.documents.places import RelatedPlace
from edigw.documents.remarks import Dated, Reference, Wording
from edigw.documents.values import Amount, Day, Part, Text


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
