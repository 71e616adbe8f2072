"""Acknowledgements that partners send us: kept, shown in words, never answered, and no hindrance to what came with them."""

from __future__ import annotations

import pytest

from edigw.states import Kind

ISA = "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000042*1*P*>"
TA1 = "TA1*000000031*261119*0800*R*001"
FA = ["GS*FA*ACME*US*20261120*1530*42*X*004010", "ST*997*0001", "AK1*IN*12", "AK9*A*1*1*1", "SE*4*0001", "GE*1*42"]
PO = ["GS*PO*ACME*US*20261120*1530*43*X*004010", "ST*850*0001", "BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**UP*012345678905", "CTT*1", "SE*5*0001", "GE*1*43"]


def x12(*segments: str, groups: int) -> bytes:
    """ISA14 is 1: their system asks for a TA1 of everything it sends, acknowledgements included."""
    return "~".join([ISA, *segments, f"IEA*{groups}*000000042"]).encode() + b"~"


CONTRL = (
    b"UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+7++++1'UNH+1+CONTRL:D:3:UN'UCI+17+4012345000009:14+4012345000016:14+7'UNT+3+1'UNZ+1+7'"
)


@pytest.mark.parametrize("span", [500, 1], ids=["one span", "a span for each message"])
@pytest.mark.parametrize(
    ("data", "channel", "kept", "answers"),
    [
        pytest.param(x12(*FA, groups=1), "acme-in", [("997", "0001")], [], id="997 alone"),
        pytest.param(x12(TA1, groups=0), "acme-in", [("TA1", "000000031")], [], id="TA1 alone"),
        pytest.param(x12(TA1, *FA, groups=1), "acme-in", [("997", "0001"), ("TA1", "000000031")], [], id="TA1 before a 997"),
        pytest.param(CONTRL, "nordwind-in", [("CONTRL", "1")], [], id="CONTRL, though 0031 asks"),
        pytest.param(x12(*FA, groups=2), "acme-in", [("997", "0001")], [], id="997 in an envelope at fault"),
        pytest.param(x12(TA1, *FA, *PO, groups=2), "acme-in", [("997", "0001"), ("TA1", "000000031")], ["ta1", "997"], id="beside an order"),
    ],
)
def test_received(house, data, channel, kept, answers, span):
    house.span = span
    house.arrive(data, "ack.edi", channel)
    rows = [row for row in house.ledger.rows(Kind.MESSAGE) if row.type != "850"]
    assert [(row.type, row.control_number) for row in rows] == kept
    assert [(row.state.value, row.verdict) for row in rows] == [("unmatched", "accepted")] * len(kept)
    assert [row.name.partition("-")[0] for row in house.ledger.rows(Kind.DELIVERY) if row.what == "ack"] == answers
    house.tried()
    assert house.state("F1", "I1") == ["settled", "settled"]


def test_an_acknowledgement_beside_a_bad_order_is_not_refused_with_it(house):
    house.edit("partners/acme/partner.yaml", "policies: {", "policies: {forward: all-or-nothing, ")
    house.arrive(x12(TA1, *FA, *(one.replace("PO-1", "") for one in PO), groups=2))
    assert {row.type: row.state.value for row in house.ledger.rows(Kind.MESSAGE)} == {"997": "unmatched", "850": "rejected", "TA1": "unmatched"}
    house.tried()
    assert house.state("F1", "I1") == ["settled", "settled"]


def test_the_same_acknowledgement_again(house):
    house.arrive(x12(*FA, groups=1))
    house.arrive(x12(*FA, groups=1), "again.edi")
    assert house.row("I2").duplicate_of == 1
    assert house.where(Kind.DELIVERY) == []
    assert house.state("F1", "F2") == ["settled", "settled"]
