"""Whole messages as large partners' guides have them, none of them a sample: worked out by hand, then judged."""

from __future__ import annotations

import json

import pytest

from edigw import judge
from edigw.mappings import Library

LIBRARY = Library()


def x12(set_id: str, group: str, release: str, *body: str) -> bytes:
    version, eleventh = ("00501", "^") if release >= "005" else ("00401", "U")
    isa = f"ISA*00*          *00*          *08*925485US00     *ZZ*VENDOR123      *261120*1530*{eleventh}*{version}*000000001*0*P*>"
    lines = [isa, f"GS*{group}*925485US00*VENDOR123*20261120*1530*1*X*{release}", f"ST*{set_id}*0001", *body]
    return "~".join([*lines, f"SE*{len(body) + 2}*0001", "GE*1*1", "IEA*1*000000001", ""]).encode()


def edifact(kind: str, *body: str) -> bytes:
    lines = ["UNB+UNOC:3+5412345000013:14+4012345500004:14+261120:1530+R1", f"UNH+1+{kind}", *body, f"UNT+{len(body) + 2}+1", "UNZ+1+R1", ""]
    return "'".join(lines).encode()


STORES = x12(
    "850", "PO", "004010VICS", "BEG*00*SA*0012-1234567-0555**20261118", "REF*DP*012", "ITD*01*3****20270101*60", "DTM*037*20261124",
    "DTM*038*20261130", "N1*ST**92*0555", "PO1*1*12*EA*4.75**CB*012-03-0456*UP*490120304567*VN*T99", "SDQ*EA*92*0001*6*0002*6", "CTT*1*12",
)  # fmt: skip
PALLETS = x12(
    "856", "SH", "004010", "BSN*00*SHP1001*20261120*1530*0001", "HL*1**S", "TD5*B*2*UPSN**UPS GROUND", "DTM*011*20261120", "N1*ST*HD DC*92*5555",
    "HL*2*1*O", "PRF*12345678***20261110", "HL*3*2*T", "MAN*GM*00100123456789012340", "HL*4*3*P", "MAN*GM*00100123456789012357",
    "HL*5*4*I", "LIN*1*UP*012345678905", "SN1*1*24*EA", "CTT*5",
)  # fmt: skip
SPLIT = edifact(
    "ORDRSP:D:96A:UN:EAN005", "BGM+231+ORSP1+4", "DTM+137:20261119:102", "RFF+ON:128576", "NAD+BY+5412345000013::9", "NAD+SU+4012345500004::9",
    "LIN+1+3+4000862141404:EN", "QTY+21:48", "QTY+113:36", "DTM+67:20261126:102", "LIN+2+7+5412345111115:EN", "QTY+21:36", "UNS+S", "CNT+2:2",
)  # fmt: skip
TERMS = edifact(
    "INVOIC:D:01B:UN:EAN010", "BGM+380+9001+9", "DTM+137:20261120:102", "RFF+ON:77", "NAD+BY+5412345000013::9", "NAD+SU+4012345500004::9",
    "CUX+2:EUR:4", "PAT+1", "DTM+13:20261220:102", "LIN+1++4000862141404:SRV", "QTY+47:10:PCE", "MOA+203:100", "PRI+AAA:10",
    "TAX+7+VAT+++:::7+S", "UNS+S", "MOA+77:107", "MOA+125:100", "MOA+124:7",
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "path", "value"),
    [
        pytest.param(STORES, "ship_not_before ship_not_after", ["2026-11-24", "2026-11-30"], id="a window to ship in"),
        pytest.param(STORES, "lines.0.destinations.0.places.1", [{"place": "0002", "quantity": "6"}], id="a store's part"),
        pytest.param(STORES, "lines.0.item.buyer_id", ["012-03-0456"], id="the buyer's catalogue number"),
        pytest.param(PALLETS, "packages.1.parent packages.1.sscc.0", ["3", "00100123456789012357"], id="a carton on a pallet"),
        pytest.param(PALLETS, "lines.0.contents.0", [{"package": "4", "quantity": "24"}], id="what is in it"),
        pytest.param(SPLIT, "kind lines.0.confirmed.0", ["accepted-with-changes", {"status": "changed", "quantity": "36", "deliver_on": "2026-11-26"}], id="less than was ordered"),
        pytest.param(SPLIT, "lines.1.confirmed", [[{"status": "rejected"}]], id="and nothing of another"),
        pytest.param(TERMS, "due_on totals.gross", ["2026-12-20", "107"], id="due by its terms"),
    ],
)  # fmt: skip
def test_a_partners_dialect(data, path, value):
    ((one,),) = [found.judged.messages for found in judge.file(data, "in.edi", "", None, LIBRARY).found]
    assert (one.verdict, one.faults) == ("accepted", ())
    document = json.loads(one.document)
    assert "unmapped" not in document
    for name, expected in zip(path.split(), value, strict=True):
        held = document
        for step in name.split("."):
            held = held[int(step) if step.isdigit() else step]
        assert held == expected
