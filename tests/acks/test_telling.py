"""What a received acknowledgement says, line by line."""

from __future__ import annotations

import pytest

from edigw import acks, parsers

ISA = b"ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000042*0*P*>~"


def x12(*segments: str) -> bytes:
    body = "~".join(segments)
    return ISA + f"GS*FA*ACME*US*20261120*1530*42*X*004010~ST*997*0001~{body}~SE*{len(segments) + 2}*0001~GE*1*42~IEA*1*000000042~".encode()


def edifact(*segments: str) -> bytes:
    body = "'".join(segments)
    return f"UNB+UNOC:3+THEM:14+US:14+261120:1530+7'UNH+1+CONTRL:D:3:UN'{body}'UNT+{len(segments) + 2}+1'UNZ+1+7'".encode()


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        pytest.param(
            x12("AK1*IN*12", "AK2*810*0001", "AK5*A", "AK2*810*0002", "AK3*IT1*4**8", "AK4*2*358*6*1O", "AK5*R*5", "AK9*P*2*2*1"),
            [
                "group IN 12 accepted in part, 1 of 2 messages",
                "  810 0001 accepted",
                "  810 0002 rejected: 5 segments are in error",
                "    IT1 4/2 (element 358): 6 the value holds an invalid character '1O'",
            ],
            id="997",
        ),
        pytest.param(x12("AK1*IN*12", "AK9*A*3*2*2"), ["group IN 12 accepted, 2 of 2 messages (3 were sent)"], id="997 that counts another number"),
        pytest.param(x12("AK1*IN*12", "AK9*Q"), ["group IN 12 answered in a way we do not know"], id="a code nobody knows"),
        pytest.param(
            edifact("UCI+17+US:14+THEM:14+7", "UCM+1+INVOIC:D:96A:UN+4", "UCS+6", "UCD+12+2:1"),
            ["interchange 17 accepted", "  INVOIC 1 rejected", "    segment 6/1.1: 12 the value is invalid"],
            id="CONTRL",
        ),
        pytest.param(
            edifact("UCI+17+US:14+THEM:14+8"), ["interchange 17 received, which says nothing of its contents"], id="CONTRL that is a receipt"
        ),
    ],
)
def test_lines(data, lines):
    (interchange,) = parsers.split(data)
    (message,) = list(parsers.read(data, interchange))
    receipt = acks.read(message)
    assert acks.lines(acks.Receipt.from_json(receipt.json())) == lines


def test_a_ta1():
    receipt = acks.read_ta1(["TA1", "000000007", "261120", "1530", "R", "001"])
    assert acks.lines(receipt) == ["interchange 000000007 of 261120 1530 rejected: 001 the control numbers of ISA and IEA differ"]
