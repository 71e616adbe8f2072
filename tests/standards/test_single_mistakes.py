"""One mistake, one fault: every segment and element of typical messages lost, doubled, swapped, renamed, moved, spoilt.

The messages are whole: nothing is wrong with them. Each mistake is made alone, and the
fault it costs is asked for by its kind: what a missing, doubled or renamed segment must
be called is worked out here from the table, never taken from what check says.
"""

import random

import pytest

from edigw.standards.check import check
from edigw.standards.schema import Loop

#: (kind, segments between header and trailer, parted by blanks; _ stands for a blank)
TYPICAL = {
    "850": (
        "x12",
        "BEG*00*SA*PO-1**20261120 CUR*BY*USD REF*DP*038 PER*BD*JO*TE*555 FOB*PP ITD*05*3*2**10**30 DTM*002*20261127 TD5****M "
        "N1*BY*ACME*92*001 N3*1_MAIN N4*DALLAS*TX*75201 N1*ST*SHOP*92*002 N3*2_MAIN N4*DALLAS*TX*75201 "
        "PO1*1*10*EA*9.25**UP*123456789012 PID*F****WIDGET PO4*1*10*EA REF*VN*1 SDQ*EA*92*001*5 DTM*002*20261128 SCH*5*EA***002*20261128 "
        "PO1*2*10*EA*9.25**UP*123456789013 PID*F****WIDGET CTT*2 AMT*TT*185.00",
    ),
    "810": (
        "x12",
        "BIG*20261120*INV1*20261101*PO1 CUR*SE*USD REF*DP*038 N1*ST*SHOP*92*002 N3*2_MAIN N4*DALLAS*TX*75201 N1*RI*US*92*003 "
        "ITD*05*3*2**10**30 DTM*011*20261119 IT1*1*10*EA*9.25**UP*123456789012 PID*F****WIDGET SAC*A*D240***100 "
        "IT1*2*10*EA*9.25**UP*123456789013 PID*F****WIDGET TDS*18500 TXI*ST*1 CAD*M****UPSN SAC*C*D240***1250 ISS*2*CT CTT*2",
    ),
    "856": (
        "x12",
        "BSN*00*SHIP1*20261120*1530 DTM*011*20261119 HL*1**S TD1*CTN25*2 TD5**2*UPSN REF*BM*1 DTM*017*20261122 N1*SF*US*92*001 N3*1_MAIN "
        "N4*DALLAS*TX*75201 N1*ST*SHOP*92*002 HL*2*1*O PRF*PO1 PID*F****X HL*3*2*P MAN*GM*00012345678901234567 HL*4*3*I "
        "LIN**UP*123456789012 SN1**10*EA PO4*1*10*EA HL*5*3*I LIN**UP*123456789013 SN1**10*EA CTT*5",
    ),
    "855": (
        "x12",
        "BAK*00*AC*PO1*20261120 CUR*BY*USD REF*DP*038 DTM*002*20261127 N1*BY*ACME*92*001 N3*1_MAIN N4*DALLAS*TX*75201 "
        "PO1*1*10*EA*9.25**UP*123456789012 PID*F****WIDGET ACK*IA*10*EA*068*20261127 ACK*IB*10*EA*068*20261128 "
        "PO1*2*10*EA*9.25**UP*123456789013 ACK*IR*10*EA CTT*2",
    ),
    "ORDERS": (
        "edifact",
        "BGM+220+PO1+9 DTM+137:20261120:102 DTM+2:20261127:102 FTX+AAI+++HELLO RFF+CT:1 DTM+171:20260101:102 NAD+BY+4012345000009::9 "
        "RFF+VA:DE1 CTA+OC+:JO COM+555:TE NAD+SU+4012345000016::9 CUX+2:EUR:9 PAT+1++5:3:D:30 TDT+20++30 "
        "LIN+1++4012345678901:EN PIA+5+A1:SA IMD+F++:::WIDGET QTY+21:10:PCE DTM+2:20261127:102 MOA+203:92.5 FTX+AAI+++HI PRI+AAA:9.25 "
        "RFF+ON:1 LIN+2++4012345678918:EN QTY+21:5 PRI+AAA:1 UNS+S MOA+86:97.5 CNT+2:2",
    ),
    "INVOIC": (
        "edifact",
        "BGM+380+INV1+9 DTM+137:20261120:102 FTX+AAI+++HELLO RFF+ON:1 DTM+171:20260101:102 NAD+BY+4012345000009::9 RFF+VA:DE1 "
        "NAD+SU+4012345000016::9 CUX+2:EUR:4 PAT+1++5:3:D:30 PCD+12:2 ALC+A++++DI PCD+3:5 MOA+8:5 LIN+1++4012345678901:EN PIA+5+A1:SA "
        "IMD+F++:::WIDGET QTY+47:10:PCE MOA+203:92.5 PRI+AAA:9.25 TAX+7+VAT+++:::19 MOA+124:17 ALC+A++++DI PCD+3:5 "
        "LIN+2++4012345678918:EN QTY+47:5 MOA+203:5 PRI+AAA:1 UNS+S CNT+2:2 MOA+79:97.5 MOA+77:116 TAX+7+VAT+++:::19 MOA+124:18.5",
    ),
    "DESADV": (
        "edifact",
        "BGM+351+SH1+9 DTM+137:20261120:102 DTM+11:20261119:102 RFF+ON:1 NAD+BY+4012345000009::9 NAD+SU+4012345000016::9 TDT+20++30 CPS+1 "
        "PAC+2++PX CPS+2+1 PAC+1++CT PCI+17 GIN+BJ+340123450000000014 LIN+1++4012345678901:EN PIA+5+A1:SA QTY+12:10 RFF+ON:1 "
        "LIN+2++4012345678918:EN QTY+12:5 CNT+2:2",
    ),
    "ORDRSP": (
        "edifact",
        "BGM+231+RSP1+9 DTM+137:20261120:102 RFF+ON:1 DTM+171:20260101:102 NAD+BY+4012345000009::9 NAD+SU+4012345000016::9 CUX+2:EUR:9 "
        "LIN+1+5+4012345678901:EN PIA+5+A1:SA QTY+113:10 DTM+2:20261127:102 PRI+AAA:9.25 LIN+2+7+4012345678918:EN QTY+21:5 PRI+AAA:1 "
        "UNS+S CNT+2:2",
    ),
}  # fmt: skip
RELEASES = {"x12": ("004010", "005010"), "edifact": ("D96A", "D01B")}
CASES = [pytest.param(kind, release, id=f"{kind}-{release}") for kind, (syntax, _) in TYPICAL.items() for release in RELEASES[syntax]]


def segments(kind: str) -> list[str]:
    return [one.replace("_", " ") for one in TYPICAL[kind][1].split()]


def tag(segment: str) -> str:
    return segment[:3].rstrip("*+") if segment[2] in "*+" else segment[:3]


def judged(bench, kind: str, release: str, sent: list[str]):
    """Faults but for totals, which a lost or doubled line upsets as it must."""
    build = bench.x12 if TYPICAL[kind][0] == "x12" else bench.edifact
    return [one for one in check(*build(sent, kind, release)).faults if one.code.name != "COUNT_DISAGREES"]


def told(faults) -> list[str]:
    return [f"{one.at.segment} {one.segment} {one.code.value.x12}" for one in faults]


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_nothing_is_wrong_with_them(bench, kind, release):
    assert told(judged(bench, kind, release, segments(kind))) == []


#: kind -> what is missing when the segment is lost, by its place: "place tag". X12 counts where it should stand, EDIFACT one before.
#: A lost trigger whose loop may stand is no missing segment: the first one it leaves behind does not fit.
LOST = {
    "850": {2: "2 BEG 3", 10: "10 N3 2", 13: "13 N3 7", 16: "16 PID 7", 23: "23 PID 7"},
    "810": {2: "2 BIG 3", 5: "5 N3 2", 11: "12 SAC 7", 14: "14 PID 7", 16: "16 TDS 3"},
    "856": {2: "2 BSN 3", 4: "4 TD1 2", 9: "9 N3 2", 13: "13 PRF 7", 18: "18 LIN 7", 22: "22 LIN 7"},
    "855": {2: "2 BAK 3", 6: "6 N3 2", 9: "9 PID 7"},
    "ORDERS": {2: "1 BGM 3", 6: "6 DTM 7", 8: "9 CTA 2", 10: "10 COM 2", 16: "16 PIA 2", 25: "25 QTY 7", 28: "27 UNS 3"},
    "INVOIC": {2: "1 BGM 3", 3: "2 DTM 3", 5: "5 DTM 7", 11: "11 PCD 2", 13: "13 PCD 5", 16: "16 PIA 2", 22: "22 MOA 7", 24: "24 PCD 7", 26: "26 QTY 7", 30: "29 UNS 3"},
    "DESADV": {2: "1 BGM 3", 9: "9 PAC 2", 12: "12 PCI 2", 13: "13 GIN 2", 15: "15 PIA 2", 19: "19 QTY 7"},
    "ORDRSP": {2: "1 BGM 3", 3: "2 DTM 3", 9: "9 PIA 2", 14: "14 QTY 7", 17: "16 UNS 3"},
}  # fmt: skip


@pytest.mark.parametrize("kind", TYPICAL)
def test_a_segment_lost(bench, kind):
    """In the older release of each; what is not listed may be lost without a fault."""
    sent, release = segments(kind), RELEASES[TYPICAL[kind][0]][0]
    found = {at: told(judged(bench, kind, release, sent[: at - 2] + sent[at - 1 :])) for at in range(2, len(sent) + 2)}
    assert {at: faults for at, faults in found.items() if faults} == {at: [fault] for at, fault in LOST[kind].items()}


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_a_segment_lost_is_one_fault_at_most(bench, kind, release):
    sent = segments(kind)
    for at in range(len(sent)):
        assert len(judged(bench, kind, release, sent[:at] + sent[at + 1 :])) <= 1, sent[at]


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_a_segment_doubled(bench, kind, release):
    """Too often at the second one, as a loop or as a segment, or allowed: by the row it stands in."""
    sent = segments(kind)
    message, standard = (bench.x12 if TYPICAL[kind][0] == "x12" else bench.edifact)(sent, kind, release)
    rows = placed(check(message, standard).root)
    for at, text in enumerate(sent):
        faults = judged(bench, kind, release, sent[: at + 1] + sent[at:])
        row = rows[at + 2]
        if row.max != 1:
            assert told(faults) == [], text
        else:
            code = "4" if isinstance(row, Loop) else "5"
            assert told(faults) in ([f"{at + 3} {tag(text)} {code}"], []), text  # [] where another row takes it
            assert faults or tag(text) in ("RFF", "DTM", "MOA", "PCD", "FTX", "REF", "PID"), text


def placed(root):
    """The row of every segment, by its place: a loop for its trigger."""
    rows, pending = {}, [root]
    while pending:
        node = pending.pop()
        for child in node.children:
            if hasattr(child, "children"):
                rows[child.children[0].index] = child.loop
                pending.append(child)
            else:
                rows.setdefault(child.index, child.row)
    return rows


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_a_segment_renamed_is_one_unknown_segment(bench, kind, release):
    """XYZ in place of BEG: the order's beginning is not missing as well, nor is a line's inside without its place."""
    sent = segments(kind)
    for at, text in enumerate(sent):
        renamed = [*sent[:at], "XYZ" + text[len(tag(text)) :], *sent[at + 1 :]]
        assert told(judged(bench, kind, release, renamed)) == [f"{at + 2} XYZ 1"], text


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_a_segment_too_many_is_one_fault(bench, kind, release):
    sent = segments(kind)
    for at in range(len(sent) + 1):
        unknown = "XYZ+1" if kind.isalpha() else "XYZ*1"
        assert told(judged(bench, kind, release, [*sent[:at], unknown, *sent[at:]])) == [f"{at + 2} XYZ 1"]


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_two_neighbours_that_changed_places(bench, kind, release):
    """One fault at most, at one of the two, at what the first of them leaves behind, or where the mandatory one should be."""
    sent = segments(kind)
    for at in range(len(sent) - 1):
        faults = judged(bench, kind, release, [*sent[:at], sent[at + 1], sent[at], *sent[at + 2 :]])
        assert len(faults) <= 1, (sent[at], sent[at + 1], told(faults))
        assert all(at + 1 <= one.at.segment <= at + 4 for one in faults), (sent[at], sent[at + 1], told(faults))


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_a_segment_moved_elsewhere(bench, kind, release):
    """One fault, wherever it went; two where a loop's beginning went into another loop and drew others along."""
    sent = segments(kind)
    triggers = {"N1", "N9", "PO1", "IT1", "HL", "CTT", "TDS", "NAD", "RFF", "LIN", "PAC", "PCI", "CPS", "ALC", "TAX", "PAT", "UNS", "MOA", "CUX", "TDT", "CTA"}
    for at in range(len(sent)):
        rest = sent[:at] + sent[at + 1 :]
        for to in (0, 1, len(sent) // 3, len(sent) // 2, 2 * len(sent) // 3, len(sent) - 1):
            faults = judged(bench, kind, release, [*rest[:to], sent[at], *rest[to:]])
            assert len(faults) <= (4 if tag(sent[at]) in triggers else 1), (sent[at], to, told(faults))


@pytest.mark.parametrize(("kind", "release"), CASES)
def test_two_mistakes_are_two_faults_at_most(bench, kind, release):
    """A hundred pairs, always alike; one in a hundred may look like a third mistake."""
    sent, chance = segments(kind), random.Random(f"{kind} {release}")
    more = [pair for pair in range(100) if len(judged(bench, kind, release, spoilt(spoilt(sent, chance), chance))) > 2]
    assert len(more) <= 1


def spoilt(sent: list[str], chance: random.Random) -> list[str]:
    """One segment lost, doubled, renamed, swapped with the next, or put in."""
    made, at = list(sent), chance.randrange(len(sent))
    unknown = "ZZY" + ("+1" if "+" in "".join(sent) else "*1")
    how = chance.randrange(5)
    if how == 0:
        del made[at]
    elif how == 1:
        made.insert(at, made[at])
    elif how == 2:
        made[at] = unknown
    elif how == 3:
        made[at : at + 2] = reversed(made[at : at + 2])
    else:
        made.insert(at, unknown)
    return made
