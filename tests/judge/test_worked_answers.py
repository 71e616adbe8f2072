"""Answers to broken messages of all eight kinds, worked out by hand from the standards before anything was run.

ST and UNH are segment 1; in a UCD the tag is position 1, so that the first element is 2. Each
case is one mistake, or two in one segment, in a message that is good but for it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from edigw import acks, judge, parsers

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
GROUPS = {"850": "PO", "855": "PR", "856": "SH", "810": "IN"}
ENVELOPE = frozenset({"ISA", "GS", "ST", "SE", "GE", "IEA", "UNA:", "UNB", "UNH", "UNT", "UNZ"})


def x12(kind: str, *segments: str, release: str = "004010") -> bytes:
    version, repetition = ("00401", "U") if release == "004010" else ("00501", "^")
    lines = [
        f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'ACMESTORES':15}*ZZ*{'OURCOMPANY':15}*261120*1530*{repetition}*{version}*000000001*0*P*>",
        f"GS*{GROUPS[kind]}*ACME*HUB*20261120*1530*1*X*{release}",
        *(f"ST*{kind}*0001", *segments, f"SE*{len(segments) + 2}*0001", "GE*1*1", "IEA*1*000000001", ""),
    ]
    return "~".join(lines).encode()


def edifact(kind: str, *segments: str, unt: str = "", unz: str = "UNZ+1+1") -> bytes:
    trailer = unt or f"UNT+{len(segments) + 2}+1"
    lines = ["UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+1", f"UNH+1+{kind}:D:96A:UN", *segments, trailer, unz, ""]
    return "'".join(lines).encode()


def answered(data: bytes) -> str:
    """What the answers say, their envelopes left out."""
    said = []
    for found in judge.file(data, "in.edi", "", None, None).found:
        assert found.judged is not None
        for answer in acks.assemble(found, found.judged.groups, found.judged.messages, found.judged.faults, now=NOW):
            text = parsers.write(acks.number(answer, 1)).decode()
            element, terminator = ("*", "~") if found.syntax == "x12" else ("+", "'")
            said += [one for one in text.split(terminator) if one and one.partition(element)[0] not in ENVELOPE and not one.startswith("UNA")]
    return " ".join(said)


BEG, PO1, CTT = "BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"
BAK = "BAK*00*AC*PO-1*20261120"
BSN, SHIPMENT = "BSN*00*ASN-1*20261124*1530", "HL*1**S"
BIG, IT1, TDS = "BIG*20261124*INV-1", "IT1*1*1*EA*1**VN*A1", "TDS*100"

X12 = [
    pytest.param("850", [BEG, *(["N1*BY*X"] * 201), PO1, CTT], "AK3*N1*203*N1*4 AK5*R*5 AK9*R*1*1*0", id="201 parties where 200 may stand"),
    pytest.param("850", [BEG, "REF*DP*1", "CUR*BY*USD", PO1, CTT], "AK3*CUR*4**7 AK5*R*5 AK9*R*1*1*0", id="CUR behind REF"),
    pytest.param(
        "850", ["BEG*QQ*SA***2026112", PO1, CTT],
        "AK3*BEG*2**8 AK4*1*353*7*QQ AK4*3*324*1 AK4*5*373*8*2026112 AK5*R*5 AK9*R*1*1*0", id="three in one segment",
    ),
    pytest.param("855", ["PO1*1*1*EA*1**VN*A1"], "AK3*BAK*2**3 AK5*R*5 AK9*R*1*1*0", id="no BAK"),
    pytest.param(
        "855", [BAK, "ZZZ*1", PO1, "ACK*IA*X*EA"], "AK3*ZZZ*3**1 AK3*ACK*5*ACK*8 AK4*2*380*6 AK5*R*5 AK9*R*1*1*0", id="two segments, two mistakes",
    ),
    pytest.param("856", [BSN], "AK3*HL*3*HL*3 AK5*R*5 AK9*R*1*1*0", id="no level at all"),
    pytest.param("856", [BSN, SHIPMENT, "HL*2*1*QQ"], "AK3*HL*4*HL*8 AK4*3*735*7*QQ AK5*E*5 AK9*E*1*1*1", id="a level nobody knows"),
    pytest.param("856", [BSN, "HL***S"], "AK3*HL*3*HL*8 AK4*1*628*1 AK5*R*5 AK9*R*1*1*0", id="a level without its number"),
    pytest.param(
        "856", [BSN, SHIPMENT, "HL*2*1*I", "LIN**UP*614141100118", "SN1**1*EA", "SN1**2*EA"],
        "AK3*SN1*7*HL*5 AK5*R*5 AK9*R*1*1*0", id="SN1 twice in an item",
    ),
    pytest.param("856", [BSN, SHIPMENT, "HL*2*1*P", "MAN*GM"], "AK3*MAN*5*HL*8 AK4*2*87*1 AK5*R*5 AK9*R*1*1*0", id="marks without a number"),
    pytest.param(
        "856", [BSN, SHIPMENT, "HL*2*1*P", "MAN*GM*00306141410000000018", "SN1**12*EA"],
        "AK3*SN1*6*HL*7 AK5*R*5 AK9*R*1*1*0", id="SN1 behind MAN",
    ),
    pytest.param("810", [BIG, IT1], "AK3*TDS*4**3 AK5*R*5 AK9*R*1*1*0", id="no total"),
    pytest.param("810", [BIG, IT1, TDS, "CTT*2"], "AK3*CTT*5**8 AK4*1*354*7*2 AK5*E*5 AK9*E*1*1*1", id="lines counted wrong"),
    pytest.param(
        "810", [BIG, IT1, "CAD*M***UPSN**CN*PRO1", TDS], "AK3*CAD*4*IT1*8 AK4*7*128*5*PRO1 AK4*8*127*2 AK5*R*5 AK9*R*1*1*0",
        id="CAD shifted by one",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "segments", "expected"), X12)
def test_an_997(kind, segments, expected):
    assert answered(x12(kind, *segments)) == f"AK1*{GROUPS[kind]}*1 AK2*{kind}*0001 {expected}"


def test_a_value_sent_twice_where_one_stands():
    """C030 of AK401: element, no component, the second repeat."""
    said = answered(x12("810", BIG, IT1, "TDS*100^200", release="005010"))
    assert said == "AK1*IN*1*005010 AK2*810*0001 AK3*TDS*4**8 AK4*1>>2*610*12*200 AK5*R*5 AK9*R*1*1*0"


BGM, DTM, NAD, LIN, QTY, UNS = "BGM+220+B-1+9", "DTM+137:20261120:102", "NAD+BY+1::9", "LIN+1++4006381333931:EN", "QTY+21:5", "UNS+S"
ORDER = [BGM, DTM, NAD, LIN, QTY, UNS]
INVOICE = ["BGM+380+R-1+9", DTM, "NAD+SU+1::9", LIN, "QTY+47:1", "MOA+203:10", UNS, "MOA+77:10"]

EDIFACT = [
    pytest.param("ORDERS", [BGM, NAD, LIN, QTY, UNS], "4 UCS+2+13", id="no date: said at the segment before"),
    pytest.param("ORDERS", [BGM, DTM, "NAD+BYXX+1::9", LIN, QTY, UNS], "4 UCS+4 UCD+39+2", id="a role of four characters"),
    pytest.param("ORDERS", [*ORDER[:4], "QTY+21:5:PCE:X", UNS], "4 UCS+6 UCD+16+2:4", id="a component too many"),
    pytest.param("ORDERS", [*ORDER[:4], "QTY+21:5+X", UNS], "4 UCS+6 UCD+16+3", id="an element too many"),
    pytest.param("ORDERS", [*ORDER[:4], "QTY+21:5:", UNS], "7 UCS+6 UCD+45+2:3", id="a separator behind the last value"),
    pytest.param("ORDERS", [BGM, "DTM+:20261120:102", *ORDER[2:]], "4 UCS+3 UCD+13+2:1", id="a date of no kind"),
    pytest.param("ORDRSP", ["BGM+231+A-1+4", DTM, NAD, "XYZ+1", "LIN+1+5", UNS], "4 UCS+5+15", id="a segment nobody knows"),
    pytest.param("DESADV", [DTM, "CPS+1"], "4 UCS+1+13", id="no BGM"),
    pytest.param("DESADV", ["BGM+351+L-1+9", "CPS", "LIN+1"], "4 UCS+3 UCD+13+2", id="a CPS without its number"),
    pytest.param("DESADV", ["BGM+351+L-1+9", LIN, "CPS+1"], "4 UCS+3+15", id="a line before every CPS"),
    pytest.param("INVOIC", INVOICE[:-1], "4 UCS+8+13", id="no total"),
    pytest.param("INVOIC", [*INVOICE[:-1], "MOA+77:zehn"], "4 UCS+9 UCD+37+2:2", id="a total in words"),
    pytest.param("INVOIC", [*INVOICE[:3], "TAX+7+VAT+++:::19+S", "CUX+2:EUR:4", "TAX+7+VAT+++:::7+S", *INVOICE[3:]], "4 UCS+7+15", id="TAX behind CUX"),
]


@pytest.mark.parametrize(("kind", "segments", "expected"), EDIFACT)
def test_a_contrl(kind, segments, expected):
    assert answered(edifact(kind, *segments)) == f"UCI+1+4012345000016:14+4012345000009:14+7 UCM+1+{kind}:D:96A:UN+{expected}"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(edifact("ORDERS", *ORDER, unt="UNT+9+1"), "7 UCM+1+ORDERS:D:96A:UN+4+29+UNT+2", id="segments counted wrong"),
        pytest.param(edifact("ORDERS", *ORDER, unt="UNT+8+2"), "7 UCM+1+ORDERS:D:96A:UN+4+28+UNT+3", id="another reference in the UNT"),
        pytest.param(edifact("ORDERS", *ORDER, unz="UNZ+2+1"), "4+29+UNZ+2", id="messages counted wrong"),
        pytest.param(edifact("ORDERS", *ORDER, unz="UNZ+1+9"), "4+28+UNZ+3", id="another reference in the UNZ"),
    ],
)
def test_a_contrl_about_trailers(data, expected):
    assert answered(data) == f"UCI+1+4012345000016:14+4012345000009:14+{expected}"
