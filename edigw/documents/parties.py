"""Who is in the deal, and how to reach them."""

from __future__ import annotations

from edigw.documents.carriage import DeliveryTerms, Transport
from edigw.documents.money import BankAccount, Tax
from edigw.documents.places import Address, Place
from edigw.documents.remarks import Dated, DocumentReference, Reference, Wording
from edigw.documents.values import Part, Text


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
