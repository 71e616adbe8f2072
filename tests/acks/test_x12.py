"""997 and 999 by single mistakes. Each answer is worked out by hand; the reasoning stands beside it."""

import pytest

BEG, PO1, CTT = "BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"
ACCEPTED = ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]


def rejected(*notes: str, codes: str = "5") -> list[str]:
    return ["AK1*PO*7", "AK2*850*0001", *notes, f"AK5*R*{codes}", "AK9*R*1*1*0"]


def noted(*notes: str) -> list[str]:
    return ["AK1*PO*7", "AK2*850*0001", *notes, "AK5*E*5", "AK9*E*1*1*1"]


@pytest.mark.parametrize(
    ("segments", "answer"),
    [
        pytest.param([BEG, PO1, CTT], ACCEPTED, id="nothing wrong: AK5 A, and AK9 counts 1 sent, 1 received, 1 accepted"),
        # BEG is the second segment (ST is 1); BEG03 is element 324, mandatory: code 1. Nothing was sent, nothing is copied.
        pytest.param(["BEG*00*SA***20261120", PO1, CTT], rejected("AK3*BEG*2**8", "AK4*3*324*1"), id="order number missing"),
        # 324 has at most 22 characters; 30 were sent: code 5, and the value comes back whole, for 724 holds 99.
        pytest.param(
            [f"BEG*00*SA*{30 * '9'}**20261120", PO1, CTT],
            rejected("AK3*BEG*2**8", f"AK4*3*324*5*{30 * '9'}"),
            id="order number of 30 characters",
        ),
        # 373 is a DT; the thirteenth month has no 32 days: code 8, which rejects.
        pytest.param(["BEG*00*SA*PO-1**20261332", PO1, CTT], rejected("AK3*BEG*2**8", "AK4*5*373*8*20261332"), id="date 20261332"),
        # 92 has two letters and ZY is not in its list: code 7, which warns. E counts as accepted in AK904.
        pytest.param(["BEG*00*ZY*PO-1**20261120", PO1, CTT], noted("AK3*BEG*2**8", "AK4*2*92*7*ZY"), id="order type not in the list"),
        # XYZ is in no dictionary: segment code 1 at its own place, no loop around it.
        pytest.param([BEG, "XYZ*1", PO1, CTT], rejected("AK3*XYZ*3**1"), id="unknown segment"),
        # BIG begins an invoice, and no 850 has it: code 6.
        pytest.param([BEG, "BIG*20261120*INV-1", PO1, CTT], rejected("AK3*BIG*3**6"), id="segment not in the set"),
        # BEG should stand second, where PO1 was found: that is its position, code 3.
        pytest.param([PO1, CTT], rejected("AK3*BEG*2**3"), id="mandatory segment missing"),
        # CTT stands fourth and claims two lines; 354 disagrees with one PO1: code 7, a warning. CTT is a loop's trigger here.
        pytest.param([BEG, PO1, "CTT*2"], noted("AK3*CTT*4*CTT*8", "AK4*1*354*7*2"), id="line count disagrees"),
        # N103 (66) without N104 (67) breaks the pair P0304: the missing one is named, code 2, a warning. In loop N1.
        pytest.param([BEG, "N1*BY*ACME*92", PO1, CTT], noted("AK3*N1*3*N1*8", "AK4*4*67*2"), id="pair broken"),
        # Two mistakes in one segment: one AK3, an AK4 each, in the order of the elements.
        pytest.param(
            ["BEG*00*SA***20261332", PO1, CTT],
            rejected("AK3*BEG*2**8", "AK4*3*324*1", "AK4*5*373*8*20261332"),
            id="two elements of one segment",
        ),
        # A trailing separator is our note and none of the partner's business.
        pytest.param([BEG + "*", PO1, CTT], ACCEPTED, id="trailing separator"),
        # SE01 says 9, five were sent (ST, BEG, PO1, CTT, SE): AK502 4. No segment inside is at fault, so no 5.
        pytest.param([BEG, PO1, CTT, "SE*9*0001"], rejected(codes="4"), id="segment count wrong"),
        pytest.param([BEG, PO1, CTT, "SE*5*0002"], rejected(codes="3"), id="set control numbers differ"),
        # The set's own fault comes before those of its segments.
        pytest.param(
            ["BEG*00*SA***20261120", PO1, CTT, "SE*9*0001"],
            rejected("AK3*BEG*2**8", "AK4*3*324*1", codes="4*5"),
            id="count wrong and a segment at fault",
        ),
    ],
)
def test_one_set(reply, make_x12, segments, answer):
    assert reply(make_x12(segments)) == [answer]


def test_good_and_bad_sets_make_a_partly_accepted_group(reply, make_x12):
    sets = [[BEG, PO1, CTT], ["BEG*00*SA***20261120", PO1, CTT]]
    assert reply(make_x12(*sets)) == [
        # two sent, two received, one accepted
        ["AK1*PO*7", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK3*BEG*2**8", "AK4*3*324*1", "AK5*R*5", "AK9*P*2*2*1"]
    ]


def test_copied_values_hold_no_separator_of_ours(reply, make_x12):
    # The partner's separators are | and !; ours are * and ~. The copy may hold none of ours.
    data = make_x12([f"BEG*00*SA*{'9' * 23}", PO1, CTT]).replace(b"*", b"|").replace(b"~", b"!").replace(b">", b"<")
    data = data.replace(b"9" * 23, b"A*B~C>D^E" + b"9" * 14)
    assert "AK4*3*324*5*A B C D E99999999999999" in reply(data)[0]


def test_invalid_characters_are_not_copied_back(reply, make_x12):
    answer = reply(make_x12(["BEG*00*SA*PO-1**20261120", "PO1*1*1x*EA", CTT]))[0]
    # 330 is R; 1x is no number: code 6, and no copy
    assert "AK4*2*330*6" in answer


def test_at_most_99_elements_a_segment_and_five_codes(judge_one, make_x12):
    from edigw import acks
    from edigw.faults import Fault, FaultCode, Severity, Verdict
    from edigw.model import Position

    found = judge_one(make_x12([BEG, PO1, CTT]))
    assert found.judged is not None
    from edigw import parsers

    data = make_x12([BEG, PO1, CTT])
    message = next(parsers.read(data, parsers.split(data)[0]))
    many = [
        Fault(FaultCode.ELEMENT_TOO_LONG, Position(0, 2, element), "x", "", "BEG", "", "324", Severity.REJECT) for element in range(1, 121)
    ]
    part = acks.message_part(message, many, Verdict.REJECTED, "997")
    assert sum(one[0] == "AK4" for one in part) == 99
    whole = [
        Fault(code, Position(0, 1), severity=Severity.REJECT)
        for code in FaultCode
        if code.code.startswith(("EDIGW-X12-E027", "EDIGW-X12-E028", "EDIGW-X12-E029", "EDIGW-X12-E03"))
    ]
    part = acks.message_part(message, [*whole, *many[:1]], Verdict.REJECTED, "997")
    assert part[-1] == ("AK5", "R", "2", "3", "4", "6", "7")


@pytest.mark.parametrize(
    ("release", "ak1", "ak3", "ak4"),
    [
        # Element 1068 is repeated in no 850 of ours; the words of each release are what is tried here.
        pytest.param("003040", "AK1*PO*7", "AK3*BEG*2", "AK4*3*324*1", id="003040 has no segment code 8"),
        pytest.param("004010", "AK1*PO*7", "AK3*BEG*2**8", "AK4*3*324*1", id="004010"),
        pytest.param("004010VICS", "AK1*PO*7", "AK3*BEG*2**8", "AK4*3*324*1", id="an association is no part of the release"),
        pytest.param("004060", "AK1*PO*7", "AK3*BEG*2**8", "AK4*3*324*1", id="no 997 in 004060: answered in 004010"),
        pytest.param("005010", "AK1*PO*7*005010", "AK3*BEG*2**8", "AK4*3*324*1", id="005010 repeats GS08 in AK103"),
    ],
)
def test_the_words_of_the_release(reply, answer_bytes, make_x12, release, ak1, ak3, ak4):
    data = make_x12(["BEG*00*SA***20261120", PO1, CTT], release=release)
    answer = reply(data)[0]
    if release == "004060":  # and there is no 850 in it either
        assert answer[0] == ak1
    else:
        assert [answer[0], answer[2], answer[3]] == [ak1, ak3, ak4]
    header = answer_bytes(data)[0].decode().split("~")[1].split("*")
    assert header[1:4] == ["FA", "HUB", "ACME"]
    assert header[8] == ("004010" if release in ("004010VICS", "004060") else release)


def test_a_999_is_always_in_one_release(answer_bytes, reply, make_x12):
    data = make_x12(["BEG*00*SA***20261120", "N1*BY*ACME*92", PO1, CTT])
    assert reply(data, acknowledge="999") == [
        [
            "AK1*PO*7*004010",
            "AK2*850*0001",
            "IK3*BEG*2**8",
            "IK4*3*324*1",
            "IK3*N1*3*N1*8",
            "IK4*4*67*2",
            "IK5*R*5",
            "AK9*R*1*1*0",
        ]
    ]
    segments = answer_bytes(data, acknowledge="999")[0].decode().split("~")
    assert segments[0].split("*")[12] == "00501"
    assert segments[1].split("*")[8] == "005010X231A1"
    assert segments[2] == "ST*999*0001*005010X231A1"


@pytest.mark.parametrize(
    ("sent", "carried"),
    [("1", "0001"), ("0001", "0001"), ("1234567890", "123456789"), ("", "0000"), ("A 1", "00A1")],
)
def test_set_numbers_as_an_ak2_can_carry_them(sent, carried):
    from edigw.acks import x12

    assert x12.set_number(sent) == carried
