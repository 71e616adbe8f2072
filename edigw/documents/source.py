"""What stands around a document: the totals its sender says, what no map named, the envelope it came in."""

from __future__ import annotations

from edigw.documents.goods import Quantity
from edigw.documents.money import AllowanceCharge, Money
from edigw.documents.values import Amount, Count, Part, Text


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
