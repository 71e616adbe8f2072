"""Which partner an envelope belongs to, and what is said of a sender that nobody has."""

from __future__ import annotations

import pytest

from edigw.agreements import UNKNOWN_SENDER, Book, Partner, X12Address
from edigw.model import Identity

US = Identity("ZZ", "OURCOMPANY")
BOOK = Book(
    "hub",
    (X12Address(US),),
    (Identity("14", "4012345000009"),),
    {
        "acme": Partner("acme", "ACME", x12=(X12Address(Identity("ZZ", "ACMESTORES"), "ACME"), X12Address(Identity("01", "001234567")))),
        "bolt": Partner("bolt", "Bolt", x12=(X12Address(Identity("ZZ", "BLT")),)),
        "nordwind": Partner("nordwind", "Nordwind", edifact=(Identity("14", "4012345000016"),)),
    },
)


@pytest.mark.parametrize(
    ("syntax", "qualifier", "sender", "group", "near"),
    [
        pytest.param("x12", "ZZ", "ACMESTORE", "ACME", ", but acme is ZZ:ACMESTORES with group ACME", id="one too few"),
        pytest.param("x12", "ZZ", "ACMESTORESS", "ACME", ", but acme is ZZ:ACMESTORES with group ACME", id="one too many"),
        pytest.param("x12", "ZZ", "ACMESTOPES", "ACME", ", but acme is ZZ:ACMESTORES with group ACME", id="another"),
        pytest.param("x12", "ZZ", "AMCESTORES", "ACME", ", but acme is ZZ:ACMESTORES with group ACME", id="two that changed places"),
        pytest.param("x12", "ZZ", "ACMESTORSE", "ACME", ", but acme is ZZ:ACMESTORES with group ACME", id="the last two that changed places"),
        pytest.param("x12", "ZZ", "acme-stores", "ACME", ", but acme is ZZ:ACMESTORES with group ACME", id="case and punctuation"),
        pytest.param("x12", "01", "ACMESTORES", "ACME", ", but acme is ZZ:ACMESTORES with group ACME", id="another qualifier"),
        pytest.param("x12", "ZZ", "ACMESTORES", "ACNE", ", but acme is ZZ:ACMESTORES with group ACME", id="another group"),
        pytest.param("x12", "01", "1234567", "ACME", "", id="two zeros too few"),
        pytest.param("x12", "01", "01234567", "ACME", ", but acme is 01:001234567", id="a zero too few"),
        pytest.param("x12", "ZZ", "ACNESTOPES", "ACME", "", id="two that are others"),
        pytest.param("x12", "ZZ", "MCESTORESA", "ACME", "", id="letters in another order"),
        pytest.param("x12", "ZZ", "BOLT", "", "", id="too short to be a mistake"),
        pytest.param("x12", "14", "4012345000016", "", "", id="an identity of the other syntax"),
        pytest.param("edifact", "14", "4012345000061", "", ", but nordwind is 14:4012345000016", id="digits that changed places"),
        pytest.param("edifact", "9", "4012345000016", "", ", but nordwind is 14:4012345000016", id="a qualifier of X12"),
        pytest.param("edifact", "14", "4012345000023", "", "", id="the next number of its series"),
        pytest.param("edifact", "14", "", "", "", id="no sender at all"),
    ],
)
def test_an_unknown_sender(syntax, qualifier, sender, group, near):
    """The nearest identity is named where one slip would explain it, and the line to add always."""
    route = BOOK.route(syntax, Identity(qualifier, sender), US, (group,) if group else ())
    identity = Identity(qualifier, sender)
    line = f'add to its partner.yaml: {syntax}: [{{qualifier: "{qualifier}", id: "{sender}"}}]'
    assert (route.partner, route.held) == ("", UNKNOWN_SENDER)
    assert route.reason == f"no partner has the sender {identity}{near}; {line}"
