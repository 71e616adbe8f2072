"""Every code we can say, each from bytes that earn it, with its whole answer written out.

The answers are worked out from the code lists (TA105, AK905, AK502, AK304, AK403, 0085)
and the rules of PROTOCOLS; the reason stands beside each. The last tests hold that no
code in the table of faults is without a case here.
"""

import pytest

from edigw import acks, judge, parsers, standards
from edigw.agreements import Book, Partner
from edigw.faults import FaultCode, verdict
from edigw.standards.check import check
from edigw.standards.guide import Guide, rule

BOOK = Book("hub", (), (), {"acme": Partner("acme", "ACME")})
BEG, PO1, CTT = "BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"
OK = [BEG, PO1, CTT]
TA1 = "TA1*000000905*261120*1530*"
REFUSED = ["AK1*PO*7", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0"]
ACCEPTED = ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
SECOND_GROUP = b"GS*PO*ACME*HUB*20261120*1530*7*X*004010~ST*850*0001~BEG*00*SA*PO-1**20261120~PO1*1*10*EA*9.25**VN*A1~CTT*1~SE*5*0001~GE*1*7~IEA*2*"


def group(letter: str, *codes: str, sent: str = "1", set_: str = "AK5*R") -> list[list[str]]:
    return [["AK1*PO*7", "AK2*850*0001", set_, "*".join((f"AK9*{letter}*{sent}*1*0", *codes))]]


def said(*notes: str, letter: str = "R", codes: str = "5", accepted: int = 0) -> list[list[str]]:
    return [["AK1*PO*7", "AK2*850*0001", *notes, f"AK5*{letter}*{codes}", f"AK9*{letter}*1*1*{accepted}"]]


def warned(*notes: str) -> list[list[str]]:
    return said(*notes, letter="E", accepted=1)


#: (fault, what is done to a good 850: arguments of make_x12, or text replaced, answers)
X12 = [
    # Interchange: the TA1 names the first complaint, and what it refuses is refused below: AK5 R without a code of its own.
    ("X12_ISA_DAMAGED", OK, {}, (b"ACMESTORES     ", b"ACMESTORES"), [[TA1 + "R*022"], REFUSED]),
    ("X12_IEA_DIFFERS", OK, {"iea": "IEA*1*000000906"}, (), [[TA1 + "R*001"], REFUSED]),
    ("X12_IEA_MISSING", OK, {"iea": ""}, (), [[TA1 + "R*023"], REFUSED]),
    ("X12_GROUP_COUNT", OK, {"iea": "IEA*2*000000905"}, (), [[TA1 + "R*021"], REFUSED]),
    ("X12_CONTROL_NUMBER", OK, {"isa": {13: "00000A905"}, "iea": "IEA*1*00000A905"}, (), [[TA1 + "R*018"], REFUSED]),
    ("X12_VERSION", OK, {"isa": {12: "00999"}}, (), [[TA1 + "R*017"], REFUSED]),
    # Codes that are in no list are noted (E), here as in a segment.
    ("X12_SENDER_QUALIFIER", OK, {"isa": {5: "XX"}}, (), [[TA1 + "E*005"], ACCEPTED]),
    ("X12_RECEIVER_QUALIFIER", OK, {"isa": {7: "XX"}}, (), [[TA1 + "E*007"], ACCEPTED]),
    ("X12_AUTHORIZATION", OK, {"isa": {1: "99"}}, (), [[TA1 + "E*010"], ACCEPTED]),
    ("X12_SECURITY", OK, {"isa": {3: "99"}}, (), [[TA1 + "E*012"], ACCEPTED]),
    ("X12_DATE", OK, {"isa": {9: "261332"}}, (), [["TA1*000000905*261332*1530*R*014"], REFUSED]),
    ("X12_TIME", OK, {"isa": {10: "2561"}}, (), [["TA1*000000905*261120*2561*R*015"], REFUSED]),
    ("X12_ACK_REQUESTED", OK, {"isa": {14: "7"}}, (), [[TA1 + "E*019"], ACCEPTED]),
    ("X12_TEST_INDICATOR", OK, {"isa": {15: "X"}}, (), [[TA1 + "E*020"], ACCEPTED]),
    ("X12_STRAY_SEGMENT", OK, {"ge": "XYZ*1~GE*1*7"}, (), [[TA1 + "R*024"], REFUSED]),
    ("X12_GS_DAMAGED", OK, {}, (b"GS*PO*ACME*HUB*20261120*1530*7*X*004010~", b""), [[TA1 + "R*024"]]),  # no group, so no 997
    ("X12_EMPTY", OK, {}, (SECOND_GROUP.replace(b"IEA*2", b"IEA*1"), b"IEA*0*"), [[TA1 + "E*024"]]),  # no group, so no 997
    # Group: AK902 as GE01 says it where it says anything, AK903 as counted, nothing accepted.
    ("X12_GE_MISSING", OK, {"ge": ""}, (), group("R", "3")),
    ("X12_GE_DIFFERS", OK, {"ge": "GE*1*8"}, (), group("R", "4")),
    ("X12_SET_COUNT", OK, {"ge": "GE*3*7"}, (), group("R", "5", sent="3")),
    ("X12_GROUP_EMPTY", OK, {}, (b"IEA*1*", b"GS*PO*ACME*HUB*20261120*1530*8*X*004010~GE*0*8~IEA*2*"), [ACCEPTED, ["AK1*PO*8", "AK9*E*0*0*0"]]),
    ("X12_GROUP_NUMBER", OK, {"gs06": "A-7"}, (), [[TA1 + "R*024"]]),  # AK102 cannot copy it: the TA1 refuses the content
    ("X12_GROUP_DUPLICATE", OK, {}, (b"IEA*1*", SECOND_GROUP), [ACCEPTED, *group("R", "19")]),
    ("X12_GROUP_UNKNOWN", OK, {"group": "QX"}, (), [["AK1*QX*7", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0*1"]]),
    ("X12_GROUP_RELEASE", OK, {"release": "004099"}, (), group("R", "2", set_="AK5*R*1")),  # no release, so no table for the set
    # Set: AK502 by itself; 5 only where a segment is at fault as well.
    ("X12_SE_MISSING", OK, {}, (b"SE*5*0001~", b""), said(codes="2")),
    ("X12_SE_DIFFERS", [*OK, "SE*5*0002"], {}, (), said(codes="3")),
    ("X12_SEGMENT_COUNT", [*OK, "SE*9*0001"], {}, (), said(codes="4")),
    ("X12_SET_ID", OK, {}, (b"ST*850*", b"ST**"), [["AK1*PO*7", "AK2*000*0001", "AK5*R*6", "AK9*R*1*1*0"]]),
    ("X12_SET_NUMBER", OK, {}, (b"ST*850*0001", b"ST*850"), [["AK1*PO*7", "AK2*850*0000", "AK5*R*7", "AK9*R*1*1*0"]]),
    ("MESSAGE_UNKNOWN", OK, {"type_": "851"}, (), [["AK1*PO*7", "AK2*851*0001", "AK5*R*1", "AK9*R*1*1*0"]]),
    # Segments
    ("SEGMENT_UNKNOWN", [BEG, "XYZ*1", PO1, CTT], {}, (), said("AK3*XYZ*3**1")),
    ("SEGMENT_UNEXPECTED", [BEG, "N3*1 MAIN ST", PO1, CTT], {}, (), said("AK3*N3*3**2")),  # of a loop N1 that is not open
    ("SEGMENT_MISSING", [PO1, CTT], {}, (), said("AK3*BEG*2**3")),
    ("LOOP_TOO_OFTEN", [*OK, CTT], {}, (), said("AK3*CTT*5*CTT*4")),
    ("SEGMENT_TOO_OFTEN", [BEG, *OK], {}, (), said("AK3*BEG*3**5")),
    ("SEGMENT_NOT_IN_SET", [BEG, "BIG*20261120*INV", PO1, CTT], {}, (), said("AK3*BIG*3**6")),
    ("SEGMENT_OUT_OF_ORDER", [BEG, "DTM*002*20261127", "REF*DP*038", PO1, CTT], {}, (), said("AK3*REF*4**7")),  # REF stands before DTM
    ("SEGMENT_EMPTY", [BEG, "TD5", PO1, CTT], {}, (), said("AK3*TD5*3**8")),  # none of its elements is mandatory
    # Elements
    ("ELEMENT_MISSING", ["BEG*00*SA***20261120", PO1, CTT], {}, (), said("AK3*BEG*2**8", "AK4*3*324*1")),
    ("ELEMENT_CONDITION", [BEG, "REF*DP", PO1, CTT], {}, (), warned("AK3*REF*3**8", "AK4*2*127*2")),  # R0203
    ("ELEMENTS_TOO_MANY", [BEG, "N1*BY*ACME", "N3*A*B*C", PO1, CTT], {}, (), said("AK3*N3*4*N1*8", "AK4*3**3*C")),
    ("ELEMENT_TOO_SHORT", ["BEG*0*SA*PO-1**20261120", PO1, CTT], {}, (), warned("AK3*BEG*2**8", "AK4*1*353*4*0")),
    ("ELEMENT_TOO_LONG", [f"BEG*00*SA*{23 * '9'}**20261120", PO1, CTT], {}, (), said("AK3*BEG*2**8", f"AK4*3*324*5*{23 * '9'}")),
    ("ELEMENT_CHARACTER", [BEG, "PO1*1*1x*EA", CTT], {}, (), said("AK3*PO1*3*PO1*8", "AK4*2*330*6")),  # 6 copies nothing
    ("ELEMENT_CODE", ["BEG*00*ZX*PO-1**20261120", PO1, CTT], {}, (), warned("AK3*BEG*2**8", "AK4*2*92*7*ZX")),
    ("ELEMENT_DATE", ["BEG*00*SA*PO-1**20261332", PO1, CTT], {}, (), said("AK3*BEG*2**8", "AK4*5*373*8*20261332")),
    ("ELEMENT_TIME", [BEG, "DTM*002*20261120*2561", PO1, CTT], {}, (), said("AK3*DTM*3**8", "AK4*3*337*9*2561")),
    ("COMPONENTS_TOO_MANY", [BEG, "REF*DP*1>2", PO1, CTT], {}, (), said("AK3*REF*3**8", "AK4*2*127*3*1 2")),  # 13 came with 004020
    ("ELEMENT_CHARSET", [BEG, "REF*DP*A\x01B", PO1, CTT], {}, (), warned("AK3*REF*3**8", "AK4*2*127*6")),
    ("DECIMAL_MARK", [BEG, "PO1*1*1,5*EA", CTT], {}, (), said("AK3*PO1*3*PO1*8", "AK4*2*330*6")),
    # BEG is segment 2, PO1 3, LS 4, LDT 5, LE 6
    ("LOOP_IDENTIFIER", [BEG, PO1, "LS*LEAD", "LDT*AE*5*DA", "LE*TIME", CTT], {}, (), warned("AK3*LE*6*LS*8", "AK4*1*447*7*TIME")),
    ("COUNT_DISAGREES", [BEG, PO1, "CTT*2"], {}, (), warned("AK3*CTT*4*CTT*8", "AK4*1*354*7*2")),
]  # fmt: skip
UCI = "UCI+REF905+4000001000005:14+4012345000009:14+"
UCM = "UCM+1+ORDERS:D:96A:UN+"
PARTIES = "4000001000005:14+4012345000009:14"
GOOD = ["BGM+220+PO-1+9", "DTM+137:20261120:102", "NAD+BY+4000001000005::9", "LIN+1++4000001000012:EN", "QTY+21:10", "UNS+S", "CNT+2:1"]
UNG = "UNG+ORDERS+4000001000005:14+4012345000009:14+261120:1530+G1+UN+D:96A"


def unb(text: str) -> dict[str, str]:
    return {"unb": text}


def changed(at: int, *segments: str) -> list[str]:
    """GOOD with segment *at* (BGM is 2) replaced."""
    return [*GOOD[: at - 2], *segments, *GOOD[at - 1 :]]


def refused(*notes: str, action: str = "4") -> list[list[str]]:
    return [[UCI + "7", UCM + action, *notes]]


def noted(*notes: str) -> list[list[str]]:
    return refused(*notes, action="7")


def grouped(*, ung: str = UNG, une: str = "UNE+1+G1'") -> tuple[bytes, bytes, bytes, bytes]:
    """Text replaced in an interchange, so that its message stands in a group."""
    return b"UNH+1", f"{ung}'UNH+1".encode(), b"UNZ+1", f"{une}UNZ+1".encode()


EDIFACT = [
    # Interchange: UCI 4 with code, segment and place; nothing below is listed, for 4 refuses it all.
    ("EDIFACT_UNZ_MISSING", GOOD, {"unz": ""}, (), [[UCI + "4+13+UNZ"]]),
    ("EDIFACT_UNZ_DIFFERS", GOOD, {"unz": "UNZ+1+REF906"}, (), [[UCI + "4+28+UNZ+3"]]),  # 0020 is its second element; the tag counts as 1
    ("EDIFACT_UNZ_COUNT", GOOD, {"unz": "UNZ+2+REF905"}, (), [[UCI + "4+29+UNZ+2"]]),
    ("EDIFACT_SYNTAX_VERSION", GOOD, unb(f"UNB+UNOC:9+{PARTIES}+261120:1530+REF905"), (), [[UCI + "4+2+UNB+2:2"]]),
    ("EDIFACT_SYNTAX_ID", GOOD, unb(f"UNB+XXXA:3+{PARTIES}+261120:1530+REF905"), (), [[UCI + "4+46+UNB+2:1"]]),
    ("EDIFACT_UNB_INCOMPLETE", GOOD, unb(f"UNB+UNOC:3+{PARTIES}++REF905"), (), [[UCI + "4+13+UNB+5"]]),
    ("EDIFACT_UNB_VALUE", GOOD, unb(f"UNB+UNOC:3+{PARTIES}+261332:1530+REF905"), (), [[UCI + "4+12+UNB+5:1"]]),
    ("EDIFACT_UNA_DAMAGED", GOOD, {}, (b"UNB+", b"UNA:+.?+'UNB+"), [[UCI + "4+20+UNB"]]),
    ("EDIFACT_STRAY_SEGMENT", GOOD, {"unz": "XYZ+1'UNZ+1+REF905"}, (), [[UCI + "4+33+UNB"]]),
    ("EDIFACT_MIXED", GOOD, {}, (*grouped()[:3], b"UNE+1+G1'UNH+2+ORDERS:D:96A:UN'" + "'".join(GOOD).encode() + b"'UNT+9+2'UNZ+1"), [[UCI + "4+30+UNB"]]),
    ("EDIFACT_EMPTY", None, {"unz": "UNZ+0+REF905"}, (), [[UCI + "4+32+UNB"]]),
    # Group
    ("EDIFACT_UNE_MISSING", GOOD, {}, grouped(une=""), [[UCI + "7", f"UCF+G1+{PARTIES}+4+13+UNE"]]),
    ("EDIFACT_UNE_DIFFERS", GOOD, {}, grouped(une="UNE+1+G2'"), [[UCI + "7", f"UCF+G1+{PARTIES}+4+28+UNE+3"]]),
    ("EDIFACT_UNE_COUNT", GOOD, {}, grouped(une="UNE+2+G1'"), [[UCI + "7", f"UCF+G1+{PARTIES}+4+29+UNE+2"]]),
    ("EDIFACT_GROUP_EMPTY", GOOD, {}, (*grouped()[:3], f"UNE+1+G1'{UNG.replace('G1', 'G2')}'UNE+0+G2'UNZ+2".encode()), [[UCI + "7", f"UCF+G1+{PARTIES}+7", UCM + "7", f"UCF+G2+{PARTIES}+7+32+UNG"]]),
    ("EDIFACT_GROUP_TYPES", GOOD, {}, grouped(ung=UNG.replace("ORDERS", "INVOIC")), [[UCI + "7", f"UCF+G1+{PARTIES}+4+31+UNH"]]),
    # Message
    ("EDIFACT_UNT_MISSING", GOOD, {}, (b"UNT+9+1'", b""), [[UCI + "7", UCM + "4+13+UNT"]]),
    ("EDIFACT_UNT_DIFFERS", [*GOOD, "UNT+9+2"], {}, (), [[UCI + "7", UCM + "4+28+UNT+3"]]),
    ("EDIFACT_SEGMENT_COUNT", [*GOOD, "UNT+99+1"], {}, (), [[UCI + "7", UCM + "4+29+UNT+2"]]),
    ("EDIFACT_UNH_INCOMPLETE", GOOD, {"kind": "ORDERS:D"}, (), [[UCI + "7", "UCM+1+ORDERS:D:0:0+4+13+UNH+3:3"]]),  # 0054 is lacking
    ("EDIFACT_UNH_INCOMPLETE", GOOD, {"kind": "", "syntax": "UNOC:4"}, (), [[UCI + "7", "UCM+1++4+13+UNH+3:1"]]),  # nothing is made up
    ("MESSAGE_UNKNOWN", GOOD, {"kind": "ORDERS:D:99Z:UN"}, (), [[UCI + "7", "UCM+1+ORDERS:D:99Z:UN+4+14+UNH+3:3"]]),
    # Segments: 0096 counts UNH as 1
    ("SEGMENT_UNKNOWN", changed(3, GOOD[1], "XYZ+1"), {}, (), refused("UCS+4+15")),
    ("SEGMENT_UNEXPECTED", changed(3, GOOD[1], "COM+555:TE"), {}, (), refused("UCS+4+15")),
    ("SEGMENT_MISSING", GOOD[1:], {}, (), refused("UCS+1+13")),
    ("LOOP_TOO_OFTEN", changed(4, GOOD[2], *["CUX+2:EUR:9"] * 6), {}, (), refused("UCS+10+36")),  # SG7 stands five times at most
    ("SEGMENT_TOO_OFTEN", changed(2, GOOD[0], GOOD[0]), {}, (), refused("UCS+3+35")),
    ("SEGMENT_NOT_IN_SET", changed(3, GOOD[1], "CPS+1"), {}, (), refused("UCS+4+15")),
    ("SEGMENT_OUT_OF_ORDER", [GOOD[1], GOOD[0], *GOOD[2:]], {}, (), refused("UCS+2+15")),
    # Elements: 0098 counts the tag as 1, 0104 components from 1
    ("ELEMENT_MISSING", changed(3, "DTM+:20261120:102"), {}, (), refused("UCS+3", "UCD+13+2:1")),
    ("ELEMENTS_TOO_MANY", changed(3, "DTM+137:20261120:102+X"), {}, (), refused("UCS+3", "UCD+16+3")),
    ("ELEMENT_TOO_LONG", changed(2, f"BGM+220+{36 * '9'}+9"), {}, (), refused("UCS+2", "UCD+39+3")),
    ("ELEMENT_CHARACTER", changed(6, "QTY+21:5x"), {}, (), refused("UCS+6", "UCD+37+2:2")),
    ("ELEMENT_CODE", changed(2, "BGM+ZZZ+PO-1+9"), {}, (), noted("UCS+2", "UCD+12+2:1")),
    ("ELEMENT_DATE", changed(3, "DTM+137:20261332:102"), {}, (), refused("UCS+3", "UCD+12+2:2")),
    ("ELEMENT_TIME", changed(3, "DTM+137:2561:401"), {}, (), refused("UCS+3", "UCD+12+2:2")),
    ("REPEATS_TOO_MANY", changed(4, "NAD+BY+1::9*2::9"), {"syntax": "UNOC:4"}, (), refused("UCS+4", "UCD+35+3::2")),
    ("COMPONENTS_TOO_MANY", changed(3, "DTM+137:20261120:102:X"), {}, (), refused("UCS+3", "UCD+16+2:4")),
    ("ELEMENT_CHARSET", changed(3, GOOD[1], "FTX+AAI+++A\x01B"), {}, (), noted("UCS+4", "UCD+21+5:1")),
    ("DECIMAL_MARK", changed(6, "QTY+21:1,5"), {}, (), refused("UCS+6", "UCD+19+2:2")),
    ("NO_DIGIT_BEFORE_DECIMAL", changed(6, "QTY+21:.5"), {}, (), noted("UCS+6", "UCD+38+2:2")),
    ("TRAILING_SEPARATOR", changed(6, "QTY+21:10+"), {}, (), noted("UCS+6", "UCD+45+3")),
    ("COUNT_DISAGREES", changed(8, "CNT+2:9"), {}, (), noted("UCS+8", "UCD+29+2:2")),
]  # fmt: skip
X12 += [
    ("X12_SET_DUPLICATE", (OK, OK), {}, (b"0002", b"0001"), [["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK2*850*0001", "AK5*R*23", "AK9*P*2*2*1"]]),
    # 005010: AK103 names the release; N4 E0207 excludes 1715 (7) beside 156 (2).
    (
        "ELEMENT_EXCLUSION", [BEG, "N1*BY*ACME", "N4*DALLAS*TX*75201*US***TX", PO1, CTT], {"release": "005010"}, (),
        [["AK1*PO*7*005010", "AK2*850*0001", "AK3*N4*4*N1*8", "AK4*7*1715*10*TX", "AK5*E*5", "AK9*E*1*1*1"]],
    ),
    # From 004020 on a second occurrence too many has a code, and AK401 a place for it: element, no component, repeat.
    (
        "REPEATS_TOO_MANY", [BEG, "REF*DP*038^039", PO1, CTT], {"release": "005010"}, (),
        [["AK1*PO*7*005010", "AK2*850*0001", "AK3*REF*3**8", "AK4*2>>2*127*12*039", "AK5*R*5", "AK9*R*1*1*0"]],
    ),
    (
        "COMPONENTS_TOO_MANY", [BEG, "REF*DP*038>039", PO1, CTT], {"release": "005010"}, (),
        [["AK1*PO*7*005010", "AK2*850*0001", "AK3*REF*3**8", "AK4*2*127*13*038 039", "AK5*R*5", "AK9*R*1*1*0"]],
    ),
    # A composite's fourth component: element, component.
    (
        "ELEMENT_CONDITION", [BEG, "REF*DP*038**CO>A>CO", PO1, CTT], {"release": "005010"}, (),
        [["AK1*PO*7*005010", "AK2*850*0001", "AK3*REF*3**8", "AK4*4>4*127*2", "AK5*E*5", "AK9*E*1*1*1"]],
    ),
    ("LIMIT_EXCEEDED", [BEG, *[PO1] * 200_000, CTT], {}, (), said(codes="5")),  # more segments than are read: nothing of it is listed
]  # fmt: skip
D20B = {"kind": "ORDERS:D:20B:UN"}
EDIFACT += [
    ("EDIFACT_REFERENCE_DUPLICATE", (GOOD, GOOD), {}, (b"UNH+2", b"UNH+1", b"UNT+9+2", b"UNT+9+1"), [[UCI + "7", UCM + "7", UCM + "4+26+UNH+2"]]),
    ("SEGMENT_EMPTY", changed(4, GOOD[2], "CUX"), {}, (), refused("UCS+5+13")),  # none of its elements is mandatory
    # TDT D5(4,3): a means of transport asks for the mode before it, which stands third: 4 with the tag.
    ("ELEMENT_CONDITION", changed(4, GOOD[2], "TDT+20+++1"), D20B, (), [[UCI + "7", "UCM+1+ORDERS:D:20B:UN+7", "UCS+5", "UCD+48+4"]]),
    # 7124 is n4; C234 is the third element of DGS.
    (
        "ELEMENT_TOO_SHORT", changed(4, GOOD[2], "DGS+ADR++123"), {"kind": "ORDERS:D:01B:UN"}, (),
        [[UCI + "7", "UCM+1+ORDERS:D:01B:UN+7", "UCS+5", "UCD+40+4:1"]],
    ),
    ("LIMIT_EXCEEDED", changed(5, *[GOOD[3]] * 200_000), {}, (), [[UCI + "7", UCM + "4+18+UNH"]]),
]  # fmt: skip


def sent(make, segments, options: dict, replaced: tuple) -> bytes:
    data = make(*(() if segments is None else segments if isinstance(segments, tuple) else (segments,)), **options)
    for old, new in zip(replaced[::2], replaced[1::2], strict=True):
        assert old in data
        data = data.replace(old, new)
    return data


@pytest.mark.parametrize(("code", "segments", "options", "replaced", "answers"), X12, ids=[case[0] for case in X12])
def test_x12(reply, judge_one, make_x12, code, segments, options, replaced, answers):
    data = sent(make_x12, segments, options, replaced)
    assert reply(data) == answers
    assert FaultCode[code].code in codes(judge_one(data))


@pytest.mark.parametrize(("code", "segments", "options", "replaced", "answers"), EDIFACT, ids=[case[0] for case in EDIFACT])
def test_edifact(reply, judge_one, make_edifact, code, segments, options, replaced, answers):
    data = sent(make_edifact, segments, {"kind": "ORDERS:D:96A:UN", **options}, replaced)
    assert reply(data) == answers
    assert FaultCode[code].code in codes(judge_one(data))


def codes(found) -> set[str]:
    judged = found.judged
    rows = [*judged.faults, *(one for each in judged.groups for one in each.faults), *(one for each in judged.messages for one in each.faults)]
    return {one.code for one in rows}


# A partner's guide: the 997 says it with the standard's words, the 999 with its own, and with the condition's place.

LINES = [BEG, "N1*ST*SHOP*92*0042", "N4*DALLAS*TX*75201", PO1, "REF*VN*AB12", "REF*VN*CD34", "PO1*2*1*DZ*9.25**VN*A2", "PID*F****WIDGET", "PO1*3*1*DZ"]
EDIFACT_LINES = [*GOOD[:4], "PIA+5+A1:SA", *GOOD[4:]]
#: fault, path, what it says, 997, 999 (None: as the 997, with IK), CONTRL path and what it says there
GUIDES = [
    ("GUIDE_REQUIRED", "REF+DP", "required", ["AK3*REF*3**3"], ["IK3*REF*3**I8"]),  # behind BEG, which is 2
    ("GUIDE_LOOP_REQUIRED", "N9", "required", ["AK3*N9*3*N9*3"], ["IK3*N9*3*N9*I7"]),
    ("GUIDE_FORBIDDEN", "N1/N4", "forbidden", ["AK3*N4*4*N1*2"], ["IK3*N4*4*N1*I4"]),
    ("GUIDE_ELEMENT_REQUIRED", "BEG.4", "required", ["AK3*BEG*2**8", "AK4*4*328*1"], ["IK3*BEG*2**8", "IK4*4*328*1"]),
    ("GUIDE_ELEMENT_FORBIDDEN", "BEG.5", "forbidden", ["AK3*BEG*2**8", "AK4*5*373*10*20261120"], ["IK3*BEG*2**8", "IK4*5*373*I10*20261120"]),
    ("GUIDE_CODE", "BEG.2", {"codes": ["NE"]}, ["AK3*BEG*2**8", "AK4*2*92*7*SA"], ["IK3*BEG*2**8", "IK4*2*92*I6*SA"]),
    ("GUIDE_LENGTH", "BEG.3", {"max": "3"}, ["AK3*BEG*2**8", "AK4*3*324*5*PO-1"], ["IK3*BEG*2**8", "IK4*3*324*5*PO-1"]),
    ("GUIDE_TOO_SHORT", "BEG.3", {"min": "6"}, ["AK3*BEG*2**8", "AK4*3*324*4*PO-1"], ["IK3*BEG*2**8", "IK4*3*324*4*PO-1"]),
    ("GUIDE_PATTERN", "BEG.3", {"pattern": "[0-9]{1,9}"}, ["AK3*BEG*2**8", "AK4*3*324*7*PO-1"], ["IK3*BEG*2**8", "IK4*3*324*I12*PO-1"]),
    ("GUIDE_SEGMENT_TOO_OFTEN", "PO1/REF+VN", {"max": "1"}, ["AK3*REF*7*PO1*5"], ["IK3*REF*7*PO1*5"]),
    ("GUIDE_LOOP_TOO_OFTEN", "PO1", {"max": "2"}, ["AK3*PO1*10*PO1*4"], ["IK3*PO1*10*PO1*4"]),
    # Where a condition asked for it, CTX says which element that was: N103 of the N1 that stands third.
    (
        "GUIDE_REQUIRED", "N1/N3", {"required": "yes", "when": {"3": "92"}}, ["AK3*N3*4*N1*3"],
        ["IK3*N3*4*N1*I6", "CTX*SITUATIONAL TRIGGER*N1*3**3"],
    ),
    (
        "GUIDE_FORBIDDEN", "N1/N4", {"forbidden": "yes", "when": {"3": "92"}}, ["AK3*N4*4*N1*2"],
        ["IK3*N4*4*N1*I9", "CTX*SITUATIONAL TRIGGER*N1*3**3"],
    ),
    (
        "GUIDE_ELEMENT_REQUIRED", "N1+ST.5", {"required": "yes", "when": {"3": "92"}}, ["AK3*N1*3*N1*8", "AK4*5*706*1"],
        ["IK3*N1*3*N1*8", "IK4*5*706*I9", "CTX*SITUATIONAL TRIGGER*N1*3**3"],
    ),
    (
        "GUIDE_ELEMENT_FORBIDDEN", "N1+ST.2", {"forbidden": "yes", "when": {"3": "92"}}, ["AK3*N1*3*N1*8", "AK4*2*93*10*SHOP"],
        ["IK3*N1*3*N1*8", "IK4*2*93*I13*SHOP", "CTX*SITUATIONAL TRIGGER*N1*3**3"],
    ),
]  # fmt: skip
#: The 997's words in a 999 are errors of the standard (IK502 5); its own are errors of the implementation (I5).
STANDARD_WORDS = ("GUIDE_LENGTH", "GUIDE_TOO_SHORT", "GUIDE_SEGMENT_TOO_OFTEN", "GUIDE_LOOP_TOO_OFTEN")


@pytest.mark.parametrize(("code", "path", "says", "ninety_seven", "ninety_nine"), GUIDES)
def test_a_guide_in_997_and_999(make_x12, code, path, says, ninety_seven, ninety_nine):
    for kind, notes, trailer in (("997", ninety_seven, "AK5*R*5"), ("999", ninety_nine, "IK5*R*5" if code in STANDARD_WORDS else "IK5*R*I5")):
        faults, part = by_guide(make_x12(LINES), path, says, kind)
        assert faults == [FaultCode[code]]
        assert ["*".join(one) for one in part[1:]] == [*notes, trailer]


EDIFACT_GUIDES = [
    ("GUIDE_REQUIRED", "BGM", {"min": "2"}, ["UCS+2+13"]),
    ("GUIDE_LOOP_REQUIRED", "CUX", "required", ["UCS+4+13"]),  # behind the NAD, which is 4
    ("GUIDE_FORBIDDEN", "LIN/PIA", "forbidden", ["UCS+6+15"]),
    ("GUIDE_ELEMENT_REQUIRED", "NAD.3", "required", ["UCS+4", "UCD+13+4"]),
    ("GUIDE_ELEMENT_FORBIDDEN", "BGM.3", "forbidden", ["UCS+2", "UCD+15+4"]),
    ("GUIDE_CODE", "NAD.2.3", {"codes": ["92"]}, ["UCS+4", "UCD+12+3:3"]),
    ("GUIDE_LENGTH", "BGM.2", {"max": "3"}, ["UCS+2", "UCD+39+3"]),
    ("GUIDE_TOO_SHORT", "BGM.2", {"min": "5"}, ["UCS+2", "UCD+40+3"]),
    ("GUIDE_PATTERN", "BGM.2", {"pattern": "[0-9]{1,9}"}, ["UCS+2", "UCD+12+3"]),
    ("GUIDE_SEGMENT_TOO_OFTEN", "LIN/PIA", {"max": "0"}, ["UCS+6+35"]),
    ("GUIDE_LOOP_TOO_OFTEN", "LIN", {"max": "0"}, ["UCS+5+36"]),
]


@pytest.mark.parametrize(("code", "path", "says", "notes"), EDIFACT_GUIDES)
def test_a_guide_in_contrl(make_edifact, code, path, says, notes):
    faults, part = by_guide(make_edifact(EDIFACT_LINES), path, says, "contrl")
    assert faults == [FaultCode[code]]
    assert ["+".join(one).replace("\x1f", ":") for one in part] == ["UCM+1+ORDERS:D:96A:UN:EAN008+4", *notes]


def by_guide(data: bytes, path: str, says, kind: str):
    """The faults of the only message by one rule, and its part of the answer."""
    message = next(parsers.read(data, parsers.split(data)[0]))
    standard = standards.find(message.notation.syntax, message.type, message.release)
    faults = check(message, standard, guide=Guide([rule(path, says)])).faults
    return [one.code for one in faults], acks.message_part(message, faults, verdict(faults), kind)


def test_a_message_that_was_not_agreed(make_x12, make_edifact):
    """AK502 1; 0085 17 at UNH 0065."""
    for data, part in (
        (make_x12(OK), [("AK2", "850", "0001"), ("AK5", "R", "1")]),
        (make_edifact(GOOD, kind="ORDERS:D:96A:UN"), [("UCM", "1", "ORDERS\x1fD\x1f96A\x1fUN", "4", "17", "UNH", "3\x1f1")]),
    ):
        (found,) = judge.file(data, "in.edi", "", BOOK, None, terms=judge.Terms(partner="acme", documents=False)).found
        assert list(found.judged.messages[0].answer) == part


#: Never in an answer, and why.
UNSAID = {
    "X12_DUPLICATE": "a duplicate is found in the ledger, and by the partner's policy held, repeated or dropped",
    "X12_SENDER_UNKNOWN": "whoever is unknown is held and not answered",
    "X12_RECEIVER_UNKNOWN": "what is not for us is held and not answered",
    "EDIFACT_DUPLICATE": "as in X12",
    "EDIFACT_SENDER_UNKNOWN": "as in X12",
    "EDIFACT_NOT_RECIPIENT": "as in X12",
    "STRAY_BYTES": "bytes that belong to no interchange have nobody to be answered",
}
#: Not said in one of the syntaxes, and why.
UNSAID_X12 = {"MESSAGE_NOT_AGREED": "above"}
UNSAID_EDIFACT = {
    "MESSAGE_NOT_AGREED": "above",
    "ELEMENT_EXCLUSION": "no message of any directory has a note that excludes (D1, D4, D7), but for the CONTRL, which is not answered",
}


@pytest.mark.parametrize(("syntax", "cases", "unsaid"), [("x12", X12, UNSAID_X12), ("edifact", EDIFACT, UNSAID_EDIFACT)])
def test_no_spelled_code_is_without_a_case(syntax, cases, unsaid):
    guides = {case[0] for case in (GUIDES if syntax == "x12" else EDIFACT_GUIDES)}
    spelled = {code.name for code in FaultCode if code.spelling(syntax)}
    assert spelled - {case[0] for case in cases} - guides - UNSAID.keys() - unsaid.keys() == set()
