"""Cases that every gateway is asked about, with their whole answers."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from edigw.cli import main

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)

BEG, PO1, CTT = "BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"
OK = [BEG, PO1, CTT]
UCI = "UCI+REF905+4000001000005:14+4012345000009:14+"
GOOD = ["BGM+220+PO-1+9", "DTM+137:20261120:102", "NAD+BY+4000001000005::9", "LIN+1++4000001000012:EN", "QTY+21:10", "UNS+S", "CNT+2:1"]


@pytest.mark.parametrize(
    ("kind", "severity", "below"),
    [
        # EANCOM adds codes to D96A's lists, which we do not have: a note, and the answer does not know of it.
        pytest.param("ORDERS:D:96A:UN:EAN008", "note", [], id="under an EAN association code"),
        pytest.param("ORDERS:D:96A:UN", "warn", ["UCS+2", "UCD+12+2:1"], id="of the UN's own message"),
    ],
)
def test_a_code_that_is_not_in_d96a(reply, judge_one, make_edifact, kind, severity, below):
    data = make_edifact(["BGM+YC7+PO-1+9", *GOOD[1:]], kind=kind)
    (message,) = judge_one(data).judged.messages
    assert [(one.code, one.segment, one.element, one.component, one.severity, one.value) for one in message.faults] == [
        ("EDIGW-CHECK-E026", "BGM", 1, 1, severity, "YC7")
    ]
    assert reply(data) == [[UCI + "7", f"UCM+1+{kind}+7", *below]]


def test_999999_lines(make_x12, tmp_path):
    """Beyond what is looked into: refused as a whole, without being cut into elements; what the limit is stands in the fault."""
    file = tmp_path / "long.edi"
    file.write_bytes(make_x12([BEG, *[PO1] * 999_999, "CTT*999999"], OK))
    answered = CliRunner().invoke(main, ["ack", "--now", "2026-11-24T15:30", str(file)])
    assert [line.rstrip("~") for line in answered.stdout.splitlines() if line.startswith("AK")] == [
        *("AK1*PO*7", "AK2*850*0001", "AK5*R*5", "AK2*850*0002", "AK5*A", "AK9*P*2*2*1")
    ]
    rows = CliRunner().invoke(main, ["faults", str(file)]).stdout.splitlines()
    assert ["\t".join(row.split("\t")[1:]) for row in rows] == [
        "EDIGW-CHECK-E050\treject\tsyntax\t000000905\t7\t0001\tST\t1\t0\t0\t146\t\t"
        "the message is beyond what the gateway reads (1000003 segments, 200000 are read)"
    ]


def test_a_set_that_breaks_off_inside_a_whole_interchange(reply, make_x12):
    """CTT and SE are lost, GE and IEA are there: the set before is accepted, and every count is right."""
    data = make_x12(OK, OK).replace(b"CTT*1~SE*5*0002~", b"")
    assert reply(data) == [["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R*2", "AK9*P*2*2*1"]]


def test_a_message_that_breaks_off_inside_a_whole_interchange(reply, make_edifact):
    data = make_edifact(GOOD, GOOD).replace(b"UNS+S'CNT+2:1'UNT+9+2'", b"")
    ucm = "ORDERS:D:96A:UN:EAN008"
    assert reply(data) == [[UCI + "7", f"UCM+1+{ucm}+7", f"UCM+2+{ucm}+4+13+UNT"]]


@pytest.mark.parametrize("lost", ["PO1*1*10*EA*9.2", "PO1*1*1", "PO1", "BEG*00*SA*PO-1**2026112", ""], ids=lambda end: end or "behind ST")
def test_a_file_that_breaks_off_in_its_last_set(reply, judge_one, make_x12, lost):
    """Without GE and IEA nothing of it was accounted for: TA1 R 023, AK905 3, and both sets are refused with it.

    The first is clean by itself and the second lacks its trailer (AK502 2), but nothing is
    said of segments that were never received, nor of the one in which the file ends.
    """
    whole = make_x12(OK, OK)
    second = whole.index(b"ST*850*0002~")
    end = whole.index(lost.encode(), second) + len(lost) if lost else second + len(b"ST*850*0002~")
    assert reply(whole[:end]) == [
        ["TA1*000000905*261120*1530*R*023"],
        ["AK1*PO*7", "AK2*850*0001", "AK5*R", "AK2*850*0002", "AK5*R*2", "AK9*R*2*2*0*3"],
    ]
    first, last = judge_one(whole[:end]).judged.messages
    assert (first.verdict, first.faults) == ("accepted", ())
    assert [one.code for one in last.faults] == ["EDIGW-X12-E027"]


def test_a_file_that_breaks_off_in_its_last_message(reply, judge_one, make_edifact):
    whole = make_edifact(GOOD, GOOD)
    data = whole[: whole.index(b"LIN+1", whole.index(b"UNH+2")) + 8]
    assert reply(data) == [[UCI + "4+13+UNZ"]]
    first, last = judge_one(data).judged.messages
    assert (first.verdict, first.faults) == ("accepted", ())
    assert [(one.code, one.segment) for one in last.faults] == [("EDIGW-EDIFACT-E019", "UNT")]


def test_lower_case_under_level_a(reply, judge_one, make_edifact):
    """Nearly everybody sends it: a note with the first place, and the answer, in UNOA itself, does not know of it."""
    data = make_edifact([*GOOD[:2], "FTX+AAI+++bitte rasch", *GOOD[2:]], syntax="UNOA:3")
    (message,) = judge_one(data).judged.messages
    assert [(one.code, one.segment, one.segment_position, one.severity) for one in message.faults] == [("EDIGW-READ-E012", "FTX", 4, "note")]
    assert reply(data) == [[UCI + "7", "UCM+1+ORDERS:D:96A:UN:EAN008+7"]]


def test_a_ta1_before_the_groups_is_read_and_not_answered(reply, judge_one, make_x12):
    data = make_x12(OK).replace(b"~GS*PO", b"~TA1*000000001*261119*1200*A*000~GS*PO")
    assert len(judge_one(data).judged.loose) == 1
    assert reply(data) == [["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]]


def test_several_groups_and_several_interchanges(make_x12):
    """Each group has its 997, each interchange its own answers; P counts what is accepted with errors as accepted."""
    from edigw import acks, judge, parsers
    from edigw.mappings import Library

    noted, bad = ["BEG*00*ZX*PO-2**20261120", PO1, CTT], ["BEG*00*SA***20261120", PO1, CTT]
    invoices = b"GS*IN*ACME*HUB*20261120*1530*8*X*004010~ST*810*0001~BIG*20261120~SE*3*0001~GE*1*8~IEA*2*"
    data = make_x12(OK, noted, bad).replace(b"IEA*1*", invoices) + make_x12(noted)
    answers = []
    for found in judge.file(data, "in.edi", "", None, Library(), terms=judge.Terms(documents=False)).found:
        judged = found.judged
        answers.append([])
        for one in acks.assemble(found, judged.groups, judged.messages, judged.faults, now=NOW):
            text = parsers.write(acks.number(one, 1)).decode()
            answers[-1].append([line for line in text.split("~") if line[:2] in ("AK", "TA")])
    assert answers == [
        [
            [
                "AK1*PO*7", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK3*BEG*2**8", "AK4*2*92*7*ZX", "AK5*E*5",
                "AK2*850*0003", "AK3*BEG*2**8", "AK4*3*324*1", "AK5*R*5", "AK9*P*3*3*2",
            ],
            ["AK1*IN*8", "AK2*810*0001", "AK3*BIG*2**8", "AK4*2*76*1", "AK3*TDS*3**3", "AK5*R*5", "AK9*R*1*1*0"],
        ],
        [["AK1*PO*7", "AK2*850*0001", "AK3*BEG*2**8", "AK4*2*92*7*ZX", "AK5*E*5", "AK9*E*1*1*1"]],
    ]  # fmt: skip
