"""What is paid: amounts, taxes, allowances and charges, the terms of payment."""

from __future__ import annotations

from edigw.documents.places import Place
from edigw.documents.remarks import Dated, Reference
from edigw.documents.values import Amount, Count, Day, Part, Text


class Money(Part):
    """An amount that has no member of its own. *kind* is the standard's qualifier as sent."""

    kind: Text | None = None
    amount: Amount | None = None
    currency: Text | None = None
    side: Text | None = None  #: credit or debit, where it was said
    currency_use: Text | None = None  #: what it is the currency of, as sent (EDIFACT 6343)
    status: Text | None = None


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
