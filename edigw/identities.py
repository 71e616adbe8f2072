"""``x12:`` and ``edifact:`` lists: what we and our partners are called in envelopes.

The gateway's and a partner's are written alike and read here.
"""

from __future__ import annotations

from edigw.agreements import X12Address
from edigw.fields import WRONG_VALUE, Fields
from edigw.model import Identity
from edigw.yamlnodes import shown


def x12_addresses(of: Fields) -> tuple[X12Address, ...]:
    """The ``x12:`` list of a gateway or partner."""
    found = []
    for item in of.items("x12"):
        one = Fields(item, "an x12 identity", ("qualifier", "id", "group"), of.problems, item.place)
        qualifier, ident, group = one.text("qualifier", required=True), one.text("id", required=True), one.text("group")
        _fits(one, "qualifier", qualifier, 2, 2, "as in ISA05 and ISA07 (ZZ, 01, 14)")
        _fits(one, "id", ident, 1, 15, "as in ISA06 and ISA08, without the blanks behind it")
        _fits(one, "group", group, 2, 15, "as in GS02 and GS03")
        if qualifier and ident:
            found.append(X12Address(Identity(qualifier, ident), group))
    return tuple(found)


def edifact_identities(of: Fields) -> tuple[Identity, ...]:
    """The ``edifact:`` list of a gateway or partner."""
    found = []
    for item in of.items("edifact"):
        one = Fields(item, "an edifact identity", ("id", "qualifier"), of.problems, item.place)
        ident, qualifier = one.text("id", required=True), one.text("qualifier")
        _fits(one, "id", ident, 1, 35, "as in UNB 0004 and 0010")
        _fits(one, "qualifier", qualifier, 1, 4, "as in UNB 0007 (14 for a GLN)")
        if ident:
            found.append(Identity(qualifier, ident))
    return tuple(found)


def _fits(of: Fields, key: str, value: str, shortest: int, longest: int, meaning: str) -> None:
    if value and not (shortest <= len(value) <= longest and value.strip() == value):
        many = f"{longest}" if shortest == longest else f"{shortest} to {longest}"
        of.report(of.at(key), f"{key} is {shown(value)}; it has {many} characters, no blanks around", WRONG_VALUE, meaning)
