"""TA1, refused groups, and what is never answered. Worked out by hand from the envelope rules."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edigw import acks, parsers
from edigw.agreements import Acknowledge, Partner, Receive

BEG, PO1, CTT = "BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"
OK = [BEG, PO1, CTT]
REFUSED = ["AK1*PO*7", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0"]


def partner(*receive: Receive) -> Partner:
    return Partner("acme", "ACME", receive=receive)


@pytest.mark.parametrize(
    ("envelope", "answers"),
    [
        pytest.param(
            {"isa": {14: "1"}},
            [["TA1*000000905*261120*1530*A*000"], ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]],
            id="asked for by ISA14",
        ),
        # IEA02 is not ISA13: note 001, and nothing inside may stand.
        pytest.param({"iea": "IEA*1*000000906"}, [["TA1*000000905*261120*1530*R*001"], REFUSED], id="control numbers differ"),
        pytest.param({"iea": ""}, [["TA1*000000905*261120*1530*R*023"], REFUSED], id="IEA missing"),
        pytest.param({"iea": "IEA*2*000000905"}, [["TA1*000000905*261120*1530*R*021"], REFUSED], id="group count"),
        # GE01 says two: AK902 as sent, one received, none accepted, AK905 5. The interchange itself is well.
        pytest.param({"ge": "GE*2*7"}, [["AK1*PO*7", "AK2*850*0001", "AK5*R", "AK9*R*2*1*0*5"]], id="set count"),
        pytest.param({"ge": "GE*1*8"}, [["AK1*PO*7", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0*4"]], id="group numbers differ"),
        # Without GE no number was declared: what was received is all that can be said.
        pytest.param({"ge": ""}, [["AK1*PO*7", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0*3"]], id="GE missing"),
        # The thirteenth month is no date, in an envelope as in a segment.
        pytest.param({"isa": {9: "261332"}}, [["TA1*000000905*261332*1530*R*014"], REFUSED], id="interchange date"),
        # A qualifier that is in no list is a code like any other: E, and nothing is refused.
        pytest.param(
            {"isa": {5: "XX"}},
            [["TA1*000000905*261120*1530*E*005"], ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]],
            id="sender qualifier",
        ),
        # GS06 cannot be named in AK102: a TA1 refuses the content, and there is no 997.
        pytest.param({"gs06": "A-7"}, [["TA1*000000905*261120*1530*R*024"]], id="group number no number"),
        pytest.param({"group": "FA"}, [], id="a group of acknowledgements"),
        pytest.param({"group": "FA", "isa": {14: "1"}}, [], id="acknowledgements are not acknowledged, whatever ISA14 asks"),
    ],
)
def test_x12_envelopes(reply, make_x12, envelope, answers):
    assert reply(make_x12(OK, **envelope)) == answers


def test_a_ta1_stands_alone_in_its_interchange(answer_bytes, make_x12):
    ta1, functional = answer_bytes(make_x12(OK, isa={14: "1", 15: "T"}))
    assert ta1.decode().split("~") == [
        "ISA*00*          *00*          *ZZ*OURCOMPANY     *ZZ*ACMESTORES     *261124*1530*U*00401*000000001*0*T*>",
        "TA1*000000905*261120*1530*A*000",
        "IEA*0*000000001",
        "",
    ]
    assert functional.decode().split("~")[0].endswith("*00401*000000002*0*T*>")


@pytest.mark.parametrize(
    ("ask", "kinds"),
    [(None, ["AK1"]), ("ta1", ["TA1"]), ("997", ["AK1"]), ("999", []), ("contrl", [])],
)
def test_one_kind_may_be_asked_for(reply, make_x12, ask, kinds):
    assert [answer[0][:3] for answer in reply(make_x12(OK), ask=ask)] == kinds


@pytest.mark.parametrize(
    ("acknowledge", "answers"),
    [
        pytest.param(Acknowledge("997"), [["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]], id="every set"),
        pytest.param(Acknowledge("997", accepted_sets=False), [["AK1*PO*7", "AK9*A*1*1*1"]], id="accepted sets left out"),
    ],
)
def test_accepted_sets_are_listed_as_agreed(reply, make_x12, acknowledge, answers):
    agreed = partner(Receive("850", ("004010",), "x12/850", "erp", acknowledge))
    assert reply(make_x12(OK), partner=agreed) == answers


def test_rejected_sets_are_always_listed(reply, make_x12):
    agreed = partner(Receive("850", (), "x12/850", "erp", Acknowledge("997", accepted_sets=False)))
    bad = ["BEG*00*SA***20261120", PO1, CTT]
    assert reply(make_x12(OK, bad), partner=agreed) == [
        ["AK1*PO*7", "AK2*850*0002", "AK3*BEG*2**8", "AK4*3*324*1", "AK5*R*5", "AK9*P*2*2*1"]
    ]


def test_a_verdict_may_be_changed_before_the_answer_is_assembled(judge_one, make_x12):
    found = judge_one(make_x12(OK, OK))
    assert found.judged is not None
    first, second = found.judged.messages
    messages = [first, replace(second, verdict="rejected")]
    (answer,) = acks.assemble(found, found.judged.groups, messages, (), now=datetime(2026, 11, 24, tzinfo=UTC))
    assert answer.out.groups[0].messages[0].segments[1:] == [
        ["AK2", "850", "0001"],
        ["AK5", "A"],
        ["AK2", "850", "0002"],
        ["AK5", "R"],
        ["AK9", "P", "2", "2", "1"],
    ]


def test_a_group_with_an_undecided_message_waits(judge_one, make_x12):
    found = judge_one(make_x12(OK, OK))
    assert found.judged is not None
    messages = [replace(found.judged.messages[0], verdict=""), found.judged.messages[1]]
    assert acks.assemble(found, found.judged.groups, messages, (), now=datetime(2026, 11, 24, tzinfo=UTC)) == []


# EDIFACT

BGM = "BGM+220+PO-1+9"
DTM = "DTM+137:20261120:102"
LINE = ["NAD+BY+4000001000005::9", "LIN+1++4000001000012:EN", "QTY+21:10", "UNS+S", "CNT+2:1"]
GOOD = [BGM, DTM, *LINE]
UCI = "UCI+REF905+4000001000005:14+4012345000009:14"
UCM = "UCM+1+ORDERS:D:96A:UN:EAN008"


@pytest.mark.parametrize(
    ("segments", "answer"),
    [
        pytest.param(GOOD, [f"{UCI}+7", f"{UCM}+7"], id="accepted: sender and recipient as they were sent, not swapped"),
        # BGM is missing behind UNH, which is 1: the last segment read before the gap.
        pytest.param([DTM, *LINE], [f"{UCI}+7", f"{UCM}+4", "UCS+1+13"], id="mandatory segment missing"),
        # DTM is third. C507 is its first element, the tag counts as 1: 2. 2380 is component 2. 12: invalid value.
        pytest.param([BGM, "DTM+137:20261332:102", *LINE], [f"{UCI}+7", f"{UCM}+4", "UCS+3", "UCD+12+2:2"], id="date 20261332"),
        # 1004 has at most 35 characters; it is the second element: 3. 39: too long.
        pytest.param([f"BGM+220+{'9' * 36}+9", DTM, *LINE], [f"{UCI}+7", f"{UCM}+4", "UCS+2", "UCD+39+3"], id="number of 36 characters"),
        pytest.param([BGM, DTM, "XYZ+1", *LINE], [f"{UCI}+7", f"{UCM}+4", "UCS+4+15"], id="unknown segment"),
        # 2005 says what date it is, and is mandatory: component 1 of the first element.
        pytest.param([BGM, "DTM+:20261120:102", *LINE], [f"{UCI}+7", f"{UCM}+4", "UCS+3", "UCD+13+2:1"], id="mandatory component missing"),
        # CNT stands eighth and says 9 lines: a warning. The message is accepted, and the warning stands below it.
        pytest.param([BGM, DTM, *LINE[:-1], "CNT+2:9"], [f"{UCI}+7", f"{UCM}+7", "UCS+8", "UCD+29+2:2"], id="a warning does not reject"),
        # UNT 0074 is its first element: 2. 29: count.
        pytest.param([*GOOD, "UNT+99+1"], [f"{UCI}+7", f"{UCM}+4+29+UNT+2"], id="segment count wrong"),
        pytest.param([*GOOD, "UNT+9+2"], [f"{UCI}+7", f"{UCM}+4+28+UNT+3"], id="references differ"),
    ],
)
def test_one_message(reply, make_edifact, segments, answer):
    assert reply(make_edifact(segments)) == [answer]


@pytest.mark.parametrize(
    ("envelope", "answers"),
    [
        # UNZ 0036 says two: the interchange is refused, and no message in it is listed.
        pytest.param({"unz": "UNZ+2+REF905"}, [[f"{UCI}+4+29+UNZ+2"]], id="message count"),
        pytest.param({"unz": "UNZ+1+REF906"}, [[f"{UCI}+4+28+UNZ+3"]], id="references differ"),
        pytest.param({"unz": ""}, [[f"{UCI}+4+13+UNZ"]], id="UNZ missing"),
        pytest.param({"unb": "UNB+UNOC:3++4012345000009:14+261120:1530+REF905"}, [], id="no sender: no CONTRL can copy it"),
        pytest.param({"kind": "CONTRL:D:3:UN"}, [], id="only a CONTRL inside"),
    ],
)
def test_edifact_envelopes(reply, make_edifact, envelope, answers):
    assert reply(make_edifact(GOOD, **envelope)) == answers


def test_the_reason_why_there_is_no_contrl(judge_one, make_edifact):
    found = judge_one(make_edifact(GOOD, unb="UNB+UNOC:3++4012345000009:14+261120:1530+"))
    assert (
        acks.unanswerable(found)
        == "the UNB lacks the control reference and the sender, which a CONTRL must copy: tell the sender by other means"
    )


@pytest.mark.parametrize(
    ("syntax", "una", "unb", "unh"),
    [
        pytest.param("UNOA:1", "UNA:+.? '", "UNB+UNOA:1+4012345000009:14+4000001000005:14+261124:1530+1", "UNH+1+CONTRL:D:3:UN", id="1"),
        pytest.param("UNOC:3", "UNA:+.? '", "UNB+UNOC:3+4012345000009:14+4000001000005:14+261124:1530+1", "UNH+1+CONTRL:D:3:UN", id="3"),
        pytest.param("UNOC:4", "UNA:+.?*'", "UNB+UNOC:4+4012345000009:14+4000001000005:14+20261124:1530+1", "UNH+1+CONTRL:4:1:UN", id="4"),
    ],
)
def test_a_contrl_in_the_syntax_received(answer_bytes, make_edifact, syntax, una, unb, unh):
    text = answer_bytes(make_edifact(GOOD, syntax=syntax))[0].decode()
    assert text[:9] == una
    assert text[9:].split("'")[:2] == [unb, unh]


def test_grouped_messages_are_answered_by_group(reply):
    data = (
        "UNB+UNOC:3+4000001000005:14+4012345000009:14+261120:1530+REF905'"
        "UNG+ORDERS+DEPT+HUB+261120:1530+G1+UN+D:96A'UNH+1+ORDERS:D:96A:UN'" + "'".join(GOOD) + "'UNT+9+1'UNE+1+G1'"
        "UNG+ORDERS+DEPT+HUB+261120:1530+G2+UN+D:96A'UNH+1+ORDERS:D:96A:UN'" + "'".join(GOOD) + "'UNT+9+1'UNE+2+G2'"
        "UNZ+2+REF905'"
    ).encode()
    assert reply(data) == [
        # SG3, never SG1. The second group counts wrongly (29, UNE 0060 is its first element): its message is not listed.
        [f"{UCI}+7", "UCF+G1+DEPT+HUB+7", "UCM+1+ORDERS:D:96A:UN+7", "UCF+G2+DEPT+HUB+4+29+UNE+2"]
    ]


def test_lower_case_ids_widen_level_a(answer_bytes, make_edifact):
    data = make_edifact(GOOD, unb="UNB+UNOA:3+acme:ZZZ+4012345000009:14+261120:1530+REF905")
    assert answer_bytes(data)[0].decode()[9:].startswith("UNB+UNOB:3+4012345000009:14+acme:ZZZ+")


def test_the_occurrence_of_a_repeated_element(reply, make_edifact):
    # IMD 7081 may stand once; in syntax 4 it was sent twice: 35, element 2 (the tag is 1, 7077 is 2, 7081 is 3), occurrence 2.
    segments = [BGM, DTM, "IMD+F+35*36", *LINE]
    (answer,) = reply(make_edifact(segments, syntax="UNOC:4", kind="ORDERS:D:01B:UN"))
    assert answer[2:] == ["UCS+4", "UCD+35+3::2"]


ISA = "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000905*0*P*>~"


def test_an_interchange_of_nothing_is_told(reply):
    """TA105 024, the contents; there is no group for a 997 to speak of."""
    assert reply(f"{ISA}IEA*0*000000905~".encode()) == [["TA1*000000905*261120*1530*E*024"]]
    assert reply(f"{ISA}TA1*000000001*261120*1530*A*000~IEA*0*000000905~".encode()) == []  # an answer is not answered


def test_a_ta1_stands_before_the_first_group(judge_one, make_x12):
    """Alone IEA01 is 0; before a 997 of the same interchange it is no group, and IEA01 counts one."""
    found = judge_one(make_x12(OK, isa={14: "1"}))
    ta1, functional = acks.assemble(found, found.judged.groups, found.judged.messages, (), now=datetime(2026, 11, 24, 15, 30, tzinfo=UTC))
    alone = acks.number(ta1, 8)
    header = b"ISA*00*          *00*          *ZZ*OURCOMPANY     *ZZ*ACMESTORES     *261124*1530*U*00401*000000008*0*P*>~"
    said = b"TA1*000000905*261120*1530*A*000~"
    assert parsers.write(alone) == header + said + b"IEA*0*000000008~"
    both = replace(acks.number(functional, 8, 3), loose=alone.loose)
    body = b"GS*FA*HUB*ACME*20261124*1530*3*X*004010~ST*997*0001~AK1*PO*7~AK2*850*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*3~"
    assert parsers.write(both) == header + said + body + b"IEA*1*000000008~"
    (read,) = parsers.split(parsers.write(both))
    reading = parsers.read(parsers.write(both), read)
    assert [message.type for message in reading] == ["997"]
    assert ([one[0] for one in reading.loose], reading.faults) == (["TA1"], [])
