"""For each fault a small file in which it occurs, and nothing else does.

The pages judge these when they are made, and a test judges them again, so that an example
can never say what the gateway no longer does. They are ours, of invented companies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from edigw.records import dataclass

ORDER: Final = ("BEG*00*SA*PO-4711**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1")
BESTELLUNG: Final = ("BGM+220+NW-1001+9", "DTM+137:20261120:102", "LIN+1++4012345100013:EN", "QTY+21:10", "UNS+S")


@dataclass(frozen=True, slots=True)
class Example:
    """The bytes, and what they are judged by where that is more than the standard."""

    data: bytes
    map: str = ""  #: the partner's map, YAML
    policy: tuple[tuple[str, str], ...] = ()  #: code -> severity, as policies.judge has it
    agreed: tuple[str, ...] = ()  #: the messages the partner's file names; none: there is no partner's file
    documents: bool = False  #: a document is made of it, too
    also: tuple[str, ...] = ()  #: the codes that cannot but come with it


def _x12(
    *body: str, st: str = "ST*850*0001", se: str = "", ge: str = "GE*1*7", iea: str = "IEA*1*000000905",
    gs: str = "GS*PO*ACME*HUB*20261120*1530*7*X*004010", isa: Mapping[int, str] | None = None, end: str = "~\n",
) -> bytes:  # fmt: skip
    """An interchange of one set, ``\"\"`` for what is left out; SE01 counts unless *se* says otherwise."""
    fields = ["00", " " * 10, "00", " " * 10, "ZZ", "ACMESTORES".ljust(15), "ZZ", "OURCOMPANY".ljust(15), "261120", "1530", "U", "00401",
              "000000905", "0", "P", ">"]  # fmt: skip
    for at, value in (isa or {}).items():
        fields[at - 1] = value
    if se == "":
        se = f"SE*{sum(bool(one) for one in body) + 2}*0001"
    segments = ["*".join(["ISA", *fields]), gs, st, *body, se.strip("-"), ge, iea]
    return (end.join(one for one in segments if one) + end).encode("latin-1")


def _edifact(
    *body: str, unb: str = "UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+NW1", unh: str = "UNH+1+ORDERS:D:96A:UN:EAN008",
    unt: str = "", unz: str = "UNZ+1+NW1", una: str = "", before: tuple[str, ...] = (), behind: tuple[str, ...] = (),
) -> bytes:  # fmt: skip
    """An interchange of one message; UNT 0074 counts unless *unt* says otherwise."""
    if unt == "":
        unt = f"UNT+{sum(bool(one) for one in body) + (2 if unh else 0)}+1"
    segments = [unb, *before, unh, *body, unt.strip("-"), *behind, unz]
    return una.encode() + "".join(one + "'\n" for one in segments if one).encode("latin-1")


def _map(change: str, base: str = "x12/850") -> str:
    return f"map: example/map\nextends: {base}\n{change}\n"


_GOOD: Final = _x12(*ORDER)
_WIDE: Final = {11: "^", 12: "00501"}
_UNG: Final = "UNG+ORDERS+4012345000016+4012345000009+261120:1530+5+UN+D:96A:EAN008"

_ENVELOPES: Final[Mapping[str, Example]] = {
    "EDIGW-FILE-E001": Example(b"Dear supplier,\nplease find our order attached.\n"),
    "EDIGW-FILE-E002": Example(b"Our order of today:\n" + _GOOD),
    "EDIGW-FILE-E003": Example(b""),
    "EDIGW-X12-E001": Example(_x12(*ORDER, isa={6: "ACMESTORES"})),
    "EDIGW-X12-E002": Example(_x12(*ORDER, iea="IEA*1*000000906")),
    "EDIGW-X12-E003": Example(_x12(*ORDER, iea="")),
    "EDIGW-X12-E004": Example(_x12(*ORDER, iea="IEA*2*000000905")),
    "EDIGW-X12-E005": Example(_x12(*ORDER, isa={13: "A00000905"}, iea="IEA*1*A00000905")),
    "EDIGW-X12-E006": Example(_x12(*ORDER, isa={12: "00409"})),
    "EDIGW-X12-E007": Example(_x12(*ORDER, isa={5: "XX"})),
    "EDIGW-X12-E008": Example(_x12(*ORDER, isa={7: "XX"})),
    "EDIGW-X12-E009": Example(_x12(*ORDER, isa={1: "XX"})),
    "EDIGW-X12-E010": Example(_x12(*ORDER, isa={3: "XX"})),
    "EDIGW-X12-E011": Example(_x12(*ORDER, isa={9: "261332"})),
    "EDIGW-X12-E012": Example(_x12(*ORDER, isa={10: "2530"})),
    "EDIGW-X12-E013": Example(_x12(*ORDER, isa={14: "2"})),
    "EDIGW-X12-E014": Example(_x12(*ORDER, isa={15: "X"})),
    "EDIGW-X12-E016": Example(_x12(*ORDER, ge="REF*DP*038~\nGE*1*7")),
    "EDIGW-X12-E017": Example(_x12(*ORDER, gs="GS*PO*ACME*HUB*20261120*1530*7*X"), also=("EDIGW-CHECK-E001",)),
    "EDIGW-X12-E020": Example(_x12(*ORDER, ge="")),
    "EDIGW-X12-E021": Example(_x12(*ORDER, ge="GE*1*8")),
    "EDIGW-X12-E022": Example(_x12(*ORDER, ge="GE*2*7")),
    "EDIGW-X12-E023": Example(_x12(*ORDER, gs="GS*PO*ACME*HUB*20261120*1530*A7*X*004010", ge="GE*1*A7")),
    "EDIGW-X12-E024": Example(
        _x12(*ORDER, ge="GE*1*7~\nGS*PO*ACME*HUB*20261120*1530*7*X*004010~\nST*850*0001~\nBEG*00*SA*PO-4712**20261120~\nPO1*1*5*EA*9.25**VN*A1~\nSE*4*0001~\nGE*1*7", iea="IEA*2*000000905")
    ),
    "EDIGW-X12-E027": Example(_x12(*ORDER, se="-")),
    "EDIGW-X12-E028": Example(_x12(*ORDER, se="SE*5*0002")),
    "EDIGW-X12-E029": Example(_x12(*ORDER, se="SE*6*0001")),
    "EDIGW-X12-E025": Example(_x12(*ORDER, gs="GS*QX*ACME*HUB*20261120*1530*7*X*004010")),
    "EDIGW-X12-E026": Example(_x12(*ORDER, gs="GS*PO*ACME*HUB*20261120*1530*7*X*004099"), also=("EDIGW-CHECK-E001",)),
    "EDIGW-X12-E030": Example(_x12(*ORDER, st="ST**0001")),
    "EDIGW-X12-E031": Example(_x12(*ORDER, st="ST*850*0000000001", se="SE*5*0000000001")),
    "EDIGW-X12-E032": Example(_x12(*ORDER, ge="ST*850*0001~\nBEG*00*SA*PO-4712**20261120~\nPO1*1*5*EA*9.25**VN*A1~\nSE*4*0001~\nGE*2*7")),
    "EDIGW-X12-E033": Example(_x12(*ORDER, ge="GE*1*7~\nGS*PO*ACME*HUB*20261120*1530*8*X*004010~\nGE*0*8", iea="IEA*2*000000905")),
    "EDIGW-X12-E034": Example(_x12(*ORDER, iea="IEA*0*000000905").partition(b"GS*")[0] + b"IEA*0*000000905~\n"),
    "EDIGW-EDIFACT-E001": Example(_edifact(*BESTELLUNG, unz="")),
    "EDIGW-EDIFACT-E002": Example(_edifact(*BESTELLUNG, unz="UNZ+1+NW2")),
    "EDIGW-EDIFACT-E003": Example(_edifact(*BESTELLUNG, unz="UNZ+2+NW1")),
    "EDIGW-EDIFACT-E004": Example(_edifact(*BESTELLUNG, unb="UNB+UNOC:9+4012345000016:14+4012345000009:14+261120:1530+NW1")),
    "EDIGW-EDIFACT-E005": Example(_edifact(*BESTELLUNG, unb="UNB+UNOQ:3+4012345000016:14+4012345000009:14+261120:1530+NW1")),
    "EDIGW-EDIFACT-E006": Example(_edifact(*BESTELLUNG, unb="UNB+UNOC:3+4012345000016:14+4012345000009:14++NW1")),
    "EDIGW-EDIFACT-E007": Example(_edifact(*BESTELLUNG, unb="UNB+UNOC:3+4012345000016:14+4012345000009:14+261332:1530+NW1")),
    "EDIGW-EDIFACT-E008": Example(_edifact(*BESTELLUNG, una="UNA:+.+ '")),
    "EDIGW-EDIFACT-E012": Example(_edifact(*BESTELLUNG, behind=("QTY+21:5",))),
    "EDIGW-EDIFACT-E013": Example(_edifact(*BESTELLUNG, before=(_UNG,), behind=("UNE+1+5", "UNH+2+ORDERS:D:96A:UN:EAN008", "BGM+220+NW-1002+9", "DTM+137:20261120:102", "UNS+S", "UNT+5+2"))),
    "EDIGW-EDIFACT-E024": Example(_edifact(*BESTELLUNG, before=("UNG+ORDERS+A+B+261120:1530+4+UN+D:96A", "UNE+0+4", _UNG), behind=("UNE+1+5",), unz="UNZ+2+NW1")),
    "EDIGW-EDIFACT-E014": Example(_edifact(unh="", unt="-", unz="UNZ+0+NW1")),
    "EDIGW-EDIFACT-E015": Example(_edifact(*BESTELLUNG, before=(_UNG,))),
    "EDIGW-EDIFACT-E016": Example(_edifact(*BESTELLUNG, before=(_UNG,), behind=("UNE+1+6",))),
    "EDIGW-EDIFACT-E017": Example(_edifact(*BESTELLUNG, before=(_UNG,), behind=("UNE+2+5",))),
    "EDIGW-EDIFACT-E018": Example(_edifact(*BESTELLUNG, before=(_UNG.replace("ORDERS", "INVOIC"),), behind=("UNE+1+5",))),
    "EDIGW-EDIFACT-E019": Example(_edifact(*BESTELLUNG, unt="-")),
    "EDIGW-EDIFACT-E020": Example(_edifact(*BESTELLUNG, unt="UNT+7+2")),
    "EDIGW-EDIFACT-E021": Example(_edifact(*BESTELLUNG, unt="UNT+8+1")),
    "EDIGW-EDIFACT-E022": Example(_edifact(*BESTELLUNG, unh="UNH+1")),
    "EDIGW-EDIFACT-E023": Example(
        _edifact(*BESTELLUNG, behind=("UNH+1+ORDERS:D:96A:UN:EAN008", "BGM+220+NW-1002+9", "DTM+137:20261120:102", "UNS+S", "UNT+5+1"), unz="UNZ+2+NW1")
    ),
}  # fmt: skip

_MESSAGES: Final[Mapping[str, Example]] = {
    "EDIGW-CHECK-E001": Example(_x12("B1*X", st="ST*299*0001", gs="GS*PO*ACME*HUB*20261120*1530*7*X*004010")),
    "EDIGW-CHECK-E002": Example(_x12(*ORDER), agreed=("810",)),
    "EDIGW-CHECK-E010": Example(_x12(ORDER[0], "XYZ*1", *ORDER[1:])),
    "EDIGW-CHECK-E011": Example(_x12(ORDER[0], "N3*1 MAIN ST", *ORDER[1:])),
    "EDIGW-CHECK-E012": Example(_x12(*ORDER[1:])),
    "EDIGW-CHECK-E013": Example(_edifact(*BESTELLUNG[:2], *[f"CUX+2:{one}:9" for one in ("EUR", "USD", "GBP", "CHF", "SEK", "NOK")], *BESTELLUNG[2:])),
    "EDIGW-CHECK-E014": Example(_x12(ORDER[0], "CUR*BY*USD", "CUR*BY*USD", *ORDER[1:])),
    "EDIGW-CHECK-E015": Example(_x12(ORDER[0], "BIG*20261120*INV-1", *ORDER[1:])),
    "EDIGW-CHECK-E016": Example(_x12(ORDER[0], "DTM*002*20261127", "REF*DP*038", *ORDER[1:])),
    "EDIGW-CHECK-E017": Example(_x12(ORDER[0], "TD5", *ORDER[1:])),
    "EDIGW-CHECK-E020": Example(_x12("BEG*00*SA***20261120", *ORDER[1:])),
    "EDIGW-CHECK-E021": Example(_x12(ORDER[0], "PO1*1*10*EA*9.25**VN", ORDER[2])),
    "EDIGW-CHECK-E022": Example(_x12(ORDER[0], "CUR*BY*USD" + "*" * 20 + "X", *ORDER[1:])),
    "EDIGW-CHECK-E023": Example(_x12(ORDER[0], "CUR*BY*US", *ORDER[1:])),
    "EDIGW-CHECK-E024": Example(_x12("BEG*00*SA*" + "PO-4711" * 4 + "**20261120", *ORDER[1:])),
    "EDIGW-CHECK-E025": Example(_x12(ORDER[0], "PO1*1*TEN*EA*9.25**VN*A1", ORDER[2])),
    "EDIGW-CHECK-E026": Example(_x12("BEG*00*ZY*PO-4711**20261120", *ORDER[1:])),
    "EDIGW-CHECK-E027": Example(_x12("BEG*00*SA*PO-4711**20261332", *ORDER[1:])),
    "EDIGW-CHECK-E028": Example(_x12(ORDER[0], "DTM*002*20261127*2530", *ORDER[1:])),
    "EDIGW-CHECK-E029": Example(_x12(ORDER[0], "TD3*TL*ACME*53117*******45G1", *ORDER[1:])),
    "EDIGW-CHECK-E030": Example(_x12("BEG*00*SA*PO-4711^PO-4712**20261120", *ORDER[1:], isa=_WIDE)),
    "EDIGW-CHECK-E031": Example(_edifact("BGM+220+NW-1001+9", "DTM+137:20261120:102:X", *BESTELLUNG[2:])),
    "EDIGW-CHECK-E032": Example(_edifact(*BESTELLUNG[:2], "FTX+AAI+++bitte p\xfcnktlich", *BESTELLUNG[2:], unb="UNB+UNOB:3+4012345000016:14+4012345000009:14+261120:1530+NW1")),
    "EDIGW-CHECK-E033": Example(_edifact(*BESTELLUNG[:3], "QTY+21:10,5", "UNS+S", una="UNA:+.? '")),
    "EDIGW-CHECK-E034": Example(_edifact(*BESTELLUNG[:3], "QTY+21:.5", "UNS+S")),
    "EDIGW-CHECK-E035": Example(_edifact(*BESTELLUNG[:3], "QTY+21:10+", "UNS+S")),
    "EDIGW-CHECK-E036": Example(_x12(*ORDER[:2], "LS*LEAD", "LDT*AE*5*DA", "LE*TIME", *ORDER[2:])),
    "EDIGW-CHECK-E040": Example(_x12(*ORDER[:2], "CTT*2")),
    "EDIGW-CHECK-E050": Example(_x12(ORDER[0], "PO1" + "*" * 1200 + "X", ORDER[2])),
}  # fmt: skip

_LENIENCIES: Final[Mapping[str, Example]] = {
    "EDIGW-READ-E001": Example(b"\xef\xbb\xbf" + _GOOD),
    "EDIGW-READ-E002": Example(_GOOD, policy=(("EDIGW-READ-E002", "note"),)),
    "EDIGW-READ-E003": Example(_x12(ORDER[0], ORDER[1] + "~", ORDER[2])),
    "EDIGW-READ-E004": Example(_x12(ORDER[0], "  " + ORDER[1], ORDER[2])),
    "EDIGW-READ-E005": Example(_GOOD.rstrip(b"~\n")),
    "EDIGW-READ-E006": Example(_GOOD + b"          "),
    "EDIGW-READ-E007": Example(b"\n".join(_x12(*ORDER, end="~")[at : at + 80] for at in range(0, 400, 80)).rstrip(b"\n")),
    "EDIGW-READ-E008": Example(_x12(*ORDER, gs="GS*PO*ACME*HUB*261120*1530*7*X*004010")),
    "EDIGW-READ-E009": Example(_x12(*ORDER, gs="GS*IN*ACME*HUB*20261120*1530*7*X*004010")),
    "EDIGW-READ-E011": Example(_x12(*ORDER, ge="GE*1*07")),
    "EDIGW-READ-E012": Example(
        _edifact(*BESTELLUNG[:2], "FTX+AAI+++bitte rasch", *BESTELLUNG[2:], unb="UNB+UNOA:3+4012345000016:14+4012345000009:14+261120:1530+NW1")
    ),
    "EDIGW-READ-E013": Example(_x12(*ORDER).replace(b"~", b"\xc2\xa7")),
    "EDIGW-READ-E014": Example(_x12(*ORDER, ge="GE*1*7 ")),
}  # fmt: skip

_DOCUMENTS: Final[Mapping[str, Example]] = {
    "EDIGW-MAP-E101": Example(_x12("BCH*04*SA*PO-4711***20261120", "POC*1*AI*10*10*EA*9.25**VN*A1", "CTT*1", st="ST*860*0001", gs="GS*PC*ACME*HUB*20261120*1530*7*X*004010")),
    "EDIGW-MAP-E102": Example(_x12(ORDER[0], "REF*DP*HOUSEWARES", *ORDER[1:]), map=_map("change: {REF: {into: {DP: totals.quantity}}}")),
    "EDIGW-MAP-E103": Example(_x12(ORDER[0], "DTM*002*20261127", "DTM*002*20261128", *ORDER[1:])),
    "EDIGW-MAP-E104": Example(_x12(ORDER[0], "CUR*SE*USD", *ORDER[1:]), map=_map("change: {CUR: {1: {is: BY}}}")),
    "EDIGW-MAP-E105": Example(_x12("BEG*00*AB*PO-4711**20261120", *ORDER[1:])),
    "EDIGW-MAP-E106": Example(_x12(ORDER[0], "REF*ZZ*1", *ORDER[1:]), map=_map("change: {REF: {others: note}}"), policy=(("EDIGW-MAP-E106", "note"),)),
    "EDIGW-MAP-E107": Example(_edifact("BGM+220++9", *BESTELLUNG[1:])),
    "EDIGW-MAP-E108": Example(_edifact(*BESTELLUNG[:4], "PRI+AAA:9.25", "UNS+S", "MOA+79:100")),
    "EDIGW-MAP-E109": Example(_x12(ORDER[0], "REF*ZZ*1", *ORDER[1:]), map=_map("change:\n  REF: {others: fault}")),
    "EDIGW-MAP-E110": Example(
        _x12(
            *("BSN*00*ASN-1*20261120*1530*0004", "HL*1**S*1", "HL*2*1*O*0", "PRF*PO-4711", "HL*3*9*I*0", "LIN*1*VN*A1", "SN1**10*EA"),
            st="ST*856*0001", gs="GS*SH*ACME*HUB*20261120*1530*7*X*004010",
        )
    ),
    "EDIGW-GUIDE-E001": Example(_GOOD, map=_map("guide: {REF+DP: required}")),
    "EDIGW-GUIDE-E002": Example(_x12(ORDER[0], "TD5****M", *ORDER[1:]), map=_map("guide: {TD5: forbidden}")),
    "EDIGW-GUIDE-E003": Example(_GOOD, map=_map("guide: {BEG.4: required}")),
    "EDIGW-GUIDE-E004": Example(_x12("BEG*00*SA*PO-4711*R1*20261120", *ORDER[1:]), map=_map("guide: {BEG.4: forbidden}")),
    "EDIGW-GUIDE-E005": Example(_x12(ORDER[0], "PO1*1*10*DZ*9.25**VN*A1", ORDER[2]), map=_map("guide: {PO1.3: {codes: [EA, CS]}}")),
    "EDIGW-GUIDE-E006": Example(_GOOD, map=_map("guide: {BEG.3: {max: 5}}")),
    "EDIGW-GUIDE-E007": Example(_GOOD, map=_map('guide: {BEG.3: {pattern: "[0-9]{6}"}}')),
    "EDIGW-GUIDE-E008": Example(_GOOD, map=_map("guide: {BEG.3: {length: 10}}")),
    "EDIGW-GUIDE-E009": Example(_x12(ORDER[0], "REF*DP*038", "REF*DP*039", *ORDER[1:]), map=_map("guide: {REF+DP: {max: 1}}")),
    "EDIGW-GUIDE-E010": Example(_x12(*ORDER[:2], "PO1*2*5*EA*9.25**VN*A2", "CTT*2"), map=_map("guide: {PO1: {max: 1}}")),
    "EDIGW-GUIDE-E011": Example(_GOOD, map=_map("guide: {N1+ST: required}")),
}  # fmt: skip

EXAMPLES: Final[Mapping[str, Example]] = MappingProxyType(
    {**_ENVELOPES, **_MESSAGES, **_LENIENCIES, **{code: replace(one, documents=True) for code, one in _DOCUMENTS.items()}}
)

#: Codes that nothing raises yet, with what happens instead.
UNRAISED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "EDIGW-X12-E015": "the interchange is held as EDIGW-ROUTE-E007 until somebody has asked the sender",
        "EDIGW-X12-E018": "the interchange is held as EDIGW-ROUTE-E001, for nothing can be answered to a stranger",
        "EDIGW-X12-E019": "the interchange is held as EDIGW-ROUTE-E002",
        "EDIGW-EDIFACT-E009": "the interchange is held as EDIGW-ROUTE-E007 until somebody has asked the sender",
        "EDIGW-EDIFACT-E010": "the interchange is held as EDIGW-ROUTE-E001, for nothing can be answered to a stranger",
        "EDIGW-EDIFACT-E011": "the interchange is held as EDIGW-ROUTE-E002",
        "EDIGW-READ-E010": "separators behind the last value are noted as EDIGW-CHECK-E035",
    }
)
