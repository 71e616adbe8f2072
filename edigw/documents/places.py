"""Where something is or goes."""

from __future__ import annotations

from edigw.documents.remarks import Dated
from edigw.documents.values import Part, Text


class Address(Part):
    """Where something is. *country* and *region* are codes as sent (``US``, ``USA``, ``TX``)."""

    street: list[Text] | None = None
    city: Text | None = None
    region: Text | None = None
    postal_code: Text | None = None
    country: Text | None = None
    location: Text | None = None  #: a code of the partner's for the place
    location_kind: Text | None = None


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
