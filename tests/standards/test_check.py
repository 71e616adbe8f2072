"""Single mistakes in otherwise clean messages: which fault, where, how heavy, with which value."""

from functools import partial

import pytest

from edigw.faults import Level, Policy, Severity, Verdict
from edigw.standards.check import check

BEG = "BEG*00*SA*A1**20261120"
PO1 = "PO1*1*1*EA*9.25**UP*123456"
HEAD = "BGM+220+PO1+9 DTM+137:20261120:102"
LINE = "LIN+1++4012345678901:EN QTY+21:5"


def found(checked) -> list[str]:
    """``place x12-code element-id severity value``."""
    return [f"{one.segment} {one.at.short} {one.code.value.x12 or '-'} {one.element_id} {one.severity.word} {one.value}".rstrip() for one in checked.faults]


def found_edifact(checked) -> list[str]:
    return [f"{one.segment} {one.at.short} {one.code.value.edifact} {one.element_id} {one.severity.word} {one.value}".rstrip() for one in checked.faults]


@pytest.mark.parametrize(
    ("segments", "fault"),
    [
        pytest.param("BEG*00*SA***20261120", "BEG 2/3 1 324 reject", id="order number missing"),
        pytest.param("BEG*00*SA*_**20261120", "BEG 2/3 1 324 reject", id="blanks in place of a mandatory element"),
        pytest.param(f"{BEG} N1*BY*_*92*001", "", id="blanks in an optional one"),
        pytest.param("BEG*00*SA", "BEG 2/3 1 324 reject|BEG 2/5 1 373 reject", id="two at the end missing"),
        pytest.param("BEG*00*ZX*A1**20261120", "BEG 2/2 7 92 warn ZX", id="order type not in the list"),
        pytest.param("BEG*00*SA*" + 23 * "9" + "**20261120", "BEG 2/3 5 324 reject " + 23 * "9", id="one longer than the 22 allowed"),
        pytest.param("BEG*0*SA*A1**20261120", "BEG 2/1 4 353 warn 0", id="one of two characters"),
        pytest.param("BEG*00*SA*A1**20261332", "BEG 2/5 8 373 reject 20261332", id="no such month"),
        pytest.param("BEG*00*SA*A1**20260229", "BEG 2/5 8 373 reject 20260229", id="no leap year"),
        pytest.param("BEG*00*SA*A1**20240229", "", id="a leap year"),
        pytest.param("BEG*00*SA*A1**261120", "BEG 2/5 4 373 warn 261120", id="a date of the old length is a date"),
        pytest.param("BEG*00*SA*A1**2026112", "BEG 2/5 8 373 reject 2026112", id="seven digits are none"),
        pytest.param("BEG*00*SA*A1**20261120***", "BEG 2/6 -  note", id="empty elements at the end"),
        pytest.param("BEG*00*SA*A\x81**20261120", "BEG 2/3 6 324 warn", id="a control character does not travel"),
        pytest.param("BEG*00*SA*caf\xe9**20261120", "", id="a letter of the charset"),
        pytest.param(f"{BEG} PER*BD*A*TE*1*FX*2*EM*3*4*5", "PER 3/10 3  reject 5", id="one element too many"),
        pytest.param(f"{BEG} REF*IA", "REF 3/2 2 127 warn", id="R0203: one of two"),
        pytest.param(f"{BEG} N1*BY**92", "N1 3/4 2 67 warn", id="P0304: a qualifier without its code"),
        pytest.param(f"{BEG} DTM*002", "DTM 3/2 2 373 warn", id="R020305"),
        pytest.param(f"{BEG} DTM*002*20261120*2561", "DTM 3/3 9 337 reject 2561", id="no such minute"),
        pytest.param(f"{BEG} DTM*002*20261120*120000", "", id="a time with seconds"),
        pytest.param(f"{BEG} DTM*002****D8*20261301", "DTM 3/6 8 1251 reject 20261301", id="a date announced as D8"),
        pytest.param(f"{BEG} DTM*002****RD8*20261101-20261130", "", id="a period"),
        pytest.param(f"{BEG} REF*ZZ*1**CO>A>CO", "REF 3/4.4 2 127 warn", id="a note inside a composite"),
        pytest.param(f"{BEG} REF*ZZ*1**>A", "REF 3/4.1 1 128 reject", id="a mandatory component"),
        pytest.param(f"{BEG} REF*ZZ*1**CO>A>>>>>X", "REF 3/4.7 13 C040 reject X", id="a seventh component of six"),
        pytest.param(f"{BEG} REF*ZZ*1>2", "REF 3/2 13 127 reject 1>2", id="components where one value stands"),
        pytest.param(f"{BEG} PER", "PER 3/1 1 366 reject", id="a segment without elements lacks the mandatory one"),
        pytest.param(f"{BEG} TD5", "TD5 3 8  reject", id="a segment without elements, none of them mandatory"),
        pytest.param(f"{BEG} ITD*05*3*-2.5**10", "", id="a signed decimal"),
        pytest.param(f"{BEG} ITD*05*3*2,5**10", "ITD 3/3 6 338 reject", id="a comma"),
        pytest.param(f"{BEG} ITD*05*3*.5**10", "", id="X12 sends no leading zero"),
        pytest.param(f"{BEG} ITD*05*3*2.5X**10", "ITD 3/3 6 338 reject", id="a letter in a decimal"),
        pytest.param(f"{BEG} ITD*05*3*1234567.8**10", "ITD 3/3 5 338 reject 1234567.8", id="point and sign do not count"),
        pytest.param(f"{BEG} ITD*05*3*2**3.5", "ITD 3/5 6 351 reject", id="a point in a whole number"),
    ],
)
def test_elements(bench, segments, fault):
    line = [one.replace("_", "  ") for one in ([*segments.split(" "), PO1] if segments.startswith(BEG) else [segments, PO1])]
    assert found(check(*bench.x12(line))) == ([one for one in fault.split("|") if one])


@pytest.mark.parametrize(
    ("segments", "fault"),
    [
        pytest.param("DTM+2:20261332:102", "DTM 4/1.2 12 2380 reject 20261332", id="no such month"),
        pytest.param("DTM+2:202611201260:203", "DTM 4/1.2 12 2380 reject 202611201260", id="no such minute"),
        pytest.param("DTM+2:2026112020261130:718", "", id="a period"),
        pytest.param("DTM+:20261120:102", "DTM 4/1.1 13 2005 reject", id="no qualifier"),
        pytest.param("DTM+2:20261120:102:9", "DTM 4/1.4 16 C507 reject 9", id="a fourth component"),
        pytest.param("DTM+2:20261120:102+", "DTM 4/2 45  warn", id="a separator at the end"),
        pytest.param("DTM+2:20261120:102:", "DTM 4/1.4 45 C507 warn", id="a component separator at the end"),
        pytest.param("PAI+:", "PAI 4/1 13 C534 reject", id="a composite without its components: missing, and no separator too many"),
        pytest.param("NAD+QQQ+1::9", "NAD 4/1 12 3035 warn QQQ", id="a code that is not in the list"),
        pytest.param("NAD+BYXX+1::9", "NAD 4/1 39 3035 reject BYXX", id="too long for its element"),
        pytest.param("IMD+F+ZZX+Q1::92", "IMD 4/2 12 7081 warn ZZX", id="a code of the buyer's own list is not judged, the UN's is"),
    ],
)
def test_edifact_elements(bench, segments, fault):
    assert found_edifact(check(*bench.edifact(f"{HEAD} {segments} {LINE} UNS+S"))) == ([one for one in fault.split("|") if one])


@pytest.mark.parametrize(
    ("value", "decimal", "fault"),
    [
        pytest.param("5.5", ".", "", id="the declared point"),
        pytest.param("5,5", ".", "19 reject 5,5", id="a comma against the UNA"),
        pytest.param("5,5", ",", "", id="the declared comma"),
        pytest.param("5.5", "", "", id="syntax 4 takes the point"),
        pytest.param("5,5", "", "", id="and the comma"),
        pytest.param(".5", ".", "38 warn .5", id="no digit before the mark"),
        pytest.param("5.", ".", "38 warn 5.", id="none behind it"),
        pytest.param("-5", ".", "", id="a minus in front"),
        pytest.param("5-", ".", "37 reject", id="a minus behind"),
        pytest.param("1E3", ".", "", id="an exponent"),
        pytest.param("12345678901234.5", ".", "", id="fifteen digits: the mark does not count"),
        pytest.param("123456789012345.6", ".", "39 reject 123456789012345.6", id="sixteen"),
    ],
)
def test_numbers_in_edifact(bench, value, decimal, fault):
    checked = check(*bench.edifact(f"{HEAD} LIN+1 QTY+21:{value} UNS+S", decimal=decimal))
    assert [f"{one.code.value.edifact} {one.severity.word} {one.value}".rstrip() for one in checked.faults] == ([fault] if fault else [])


def test_repeats(bench):
    """From 00402 on an element may repeat, as often as the dictionary says."""
    once, standard = bench.x12([BEG, "REF*ZZ*1^2", PO1], release="005010", repetition="^")
    assert found(check(once, standard)) == ["REF 3/2 12 127 reject 2"]
    assert check(once, standard).faults[0].at.repeat == 2


@pytest.mark.parametrize(
    ("association", "severity"),
    [pytest.param("EAN008", "note", id="EANCOM adds codes"), pytest.param("", "warn", id="the UN's own"), pytest.param("EDIT30", "warn", id="another association")],
)
def test_codes_of_associations(bench, association, severity):
    checked = check(*bench.edifact(f"{HEAD} NAD+QQQ+1::9 {LINE} UNS+S", association=association))
    assert [one.severity.word for one in checked.faults] == [severity]
    assert checked.verdict is (Verdict.ACCEPTED if severity == "note" else Verdict.ACCEPTED_WITH_ERRORS)


def test_vics_codes_are_noted(bench):
    checked = check(*bench.x12(["BEG*00*ZX*A1**20261120", PO1], association="VICS"))
    assert found(checked) == ["BEG 2/2 7 92 note ZX"]
    assert checked.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    ("kind", "segments", "fault"),
    [
        pytest.param("850", [BEG, PO1, PO1, "CTT*2"], "", id="two lines, two said"),
        pytest.param("850", [BEG, PO1, PO1, "CTT*3"], "CTT 5/1 3 declared, 2 counted", id="two lines, three said"),
        pytest.param("850", [BEG, PO1], "", id="nothing said"),
        pytest.param("850", [BEG, PO1, "CTT*-1"], "CTT 4/1 -1 declared, 1 counted", id="below nothing"),
        pytest.param("850", [BEG, PO1, "CTT*X"], "", id="not a number: that is the element's fault"),
    ],
)
def test_totals(bench, kind, segments, fault):
    checked = check(*bench.x12(segments, kind))
    assert [f"{one.segment} {one.at.short} {one.note}" for one in checked.faults if one.code.name == "COUNT_DISAGREES"] == ([fault] if fault else [])


@pytest.mark.parametrize(
    ("cnt", "fault"),
    [
        pytest.param("CNT+2:2", [], id="lines and sub-line"),
        pytest.param("CNT+2:1", [], id="lines only"),
        pytest.param("CNT+2:3", ["3 declared, 2 counted"], id="neither"),
        pytest.param("CNT+1:17", [], id="a sum of quantities is the partners' affair"),
    ],
)
def test_edifact_totals(bench, cnt, fault):
    checked = check(*bench.edifact(f"{HEAD} LIN+1 LIN+2+++1:1 UNS+S {cnt}"))
    assert [one.note for one in checked.faults] == fault


@pytest.mark.parametrize("line", ["LIN+1", "LIN:1+1"], ids=["plain", "with its nesting"])
def test_lines_are_counted_by_their_tag(bench, line):
    assert check(*bench.edifact(f"{HEAD} {line} UNS+S CNT+2:1")).faults == []


def test_a_mandatory_component_missing_behind_a_separator_is_one_fault(bench):
    assert found_edifact(check(*bench.edifact(f"{HEAD} LIN+1 QTY+21: UNS+S"))) == ["QTY 5/1.2 13 6060 reject"]


def test_what_the_parser_said_is_in_the_verdict_once(bench):
    """A header the parser has complained of is not judged again."""
    from edigw.faults import FaultCode, fault

    message, standard = bench.x12([BEG, PO1])
    message.texts[0] = "ST*850*01"
    message.faults.append(fault("x12", FaultCode.X12_SET_NUMBER, message.position(1, 2), "01", segment="ST"))
    assert [one.code for one in check(message, standard).faults] == [FaultCode.X12_SET_NUMBER]


def test_faults_stand_in_the_order_of_their_places(bench):
    checked = check(*bench.x12(["REF*ZZ", "BEG*00*ZX*A1**20261332", "XYZ*1", PO1, "CTT*9"]))
    places = [(one.at.segment, one.at.element) for one in checked.faults]
    assert places == sorted(places)
    assert checked.verdict is Verdict.REJECTED


def test_what_has_no_place_is_not_judged_inside(bench):
    assert found(check(*bench.x12([BEG, PO1, "CTT*1", "N1*ZZZ**92", "N3"]))) == ["N1 5 7  reject"]


def test_loops_and_offsets(bench):
    checked = check(*bench.x12([BEG, PO1, "REF*IA"]))
    fault = checked.faults[0]
    assert (fault.loop, fault.at.offset) == ("PO1", len("ST*850*0001~" + BEG + "~" + PO1 + "~"))


def test_lengths_are_counted_in_characters(bench):
    """35 umlauts in UTF-8 are 70 bytes and fit into C080 3036."""
    umlauts = ("ä" * 35).encode().decode("latin-1")
    message, standard = bench.edifact(f"{HEAD} NAD+BY+1::9++{umlauts} {LINE} UNS+S", charset="utf-8")
    assert check(message, standard).faults == []
    message, standard = bench.edifact(f"{HEAD} NAD+BY+1::9++{umlauts}{umlauts[:2]} {LINE} UNS+S", charset="utf-8")
    assert [(one.code.name, one.value) for one in check(message, standard).faults] == [("ELEMENT_TOO_LONG", "ä" * 36)]


def test_bytes_outside_the_charset(bench):
    message, standard = bench.edifact(f"{HEAD} NAD+BY+1::9++Caf\xe9 {LINE} UNS+S", charset="ascii")
    assert found_edifact(check(message, standard)) == ["NAD 4/4.1 21 3036 warn"]


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        pytest.param(Policy(), Verdict.ACCEPTED_WITH_ERRORS, id="by default a warning"),
        pytest.param(Policy(levels={Level.CODES: Severity.OFF}), Verdict.ACCEPTED, id="codes off"),
        pytest.param(Policy(codes={"EDIGW-CHECK-E026": Severity.REJECT}), Verdict.REJECTED, id="this code rejects"),
        pytest.param(Policy(strict=True), Verdict.REJECTED, id="strict"),
    ],
)
def test_policies(bench, policy, verdict):
    assert check(*bench.x12(["BEG*00*ZX*A1**20261120", PO1]), policy=policy).verdict is verdict


def test_endless_faults_are_cut_short(bench):
    message, standard = bench.x12([BEG, *(["PO1*1*X*EAX"] * 20_000)])
    checked = check(message, standard)
    assert len(checked.faults) == 5001
    assert [one.code.name for one in checked.faults].count("LIMIT_EXCEEDED") == 1
    assert checked.verdict is Verdict.REJECTED


def test_work_grows_with_the_lines(bench, calls):
    def checked(lines):
        message, standard = bench.x12([BEG, *([PO1, "PID*F****SMALL WIDGET", "REF*VN*X123"] * lines)])
        message.segments()
        return partial(check, message, standard)

    assert calls(checked(2_000)) < 9 * calls(checked(250))
    assert checked(33_000)().faults == []
