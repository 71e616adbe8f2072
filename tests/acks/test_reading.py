"""What received acknowledgements say, in plain words."""

import pytest

from edigw import acks, parsers
from edigw.acks import Complaint, GroupReceipt, MessageReceipt, Receipt, Said

ISA = "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000031*0*P*>~"


def functional(*segments: str, kind: str = "997", release: str = "004010") -> bytes:
    body = [f"ST*{kind}*0001", *segments, f"SE*{len(segments) + 2}*0001"]
    return (ISA + f"GS*FA*ACME*HUB*20261120*1530*1*X*{release}~" + "~".join(body) + "~GE*1*1~IEA*1*000000031~").encode()


def contrl(*segments: str) -> bytes:
    body = ["UNH+1+CONTRL:D:3:UN", *segments, f"UNT+{len(segments) + 2}+1"]
    return ("UNB+UNOC:3+4000001000005:14+4012345000009:14+261120:1530+77'" + "'".join(body) + "'UNZ+1+77'").encode()


def read(data: bytes) -> Receipt:
    (message,) = parsers.read(data, parsers.split(data)[0])
    return acks.read(message)


def test_a_997_with_a_rejected_set():
    receipt = read(
        functional(
            "AK1*IN*12",
            "AK2*810*0001",
            "AK5*A",
            "AK2*810*0002",
            "AK3*IT1*7*IT1*8",
            "AK4*4*212*5*12345678901234567890",
            "AK5*R*5",
            "AK9*P*2*2*1",
        )
    )
    complaint = Complaint("IT1", 7, "IT1", 4, 0, 0, "212", "12345678901234567890", "5", "the value is too long")
    assert receipt == Receipt(
        "997",
        verdict="partly",
        groups=(
            GroupReceipt(
                "IN", "12", "", "partly", 2, 2, 1,
                messages=(
                    MessageReceipt("810", "0001", "accepted"),
                    MessageReceipt("810", "0002", "rejected", (Said("5", "segments are in error"),), (complaint,)),
                ),
            ),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("letter", "verdict"),
    [
        ("A", "accepted"),
        ("E", "accepted-with-errors"),
        ("P", "partly"),
        ("R", "rejected"),
        ("M", "rejected"),
        ("Z", "unknown"),
        ("", "unknown"),
    ],
)
def test_letters(letter, verdict):
    assert read(functional("AK1*IN*12", f"AK9*{letter}*1*1*1")).verdict == verdict


def test_a_999_with_context_and_guide_codes():
    receipt = read(
        functional(
            "AK1*HC*12*005010X222A1", "AK2*837*0001*005010X222A1", "IK3*NM1*8*2010BB*I8", "IK3*REF*9**8", "CTX*SITUATIONAL TRIGGER*CLM*5",
            "IK4*2>1>3*127*I12*X Y", "CTX*PATIENT", "IK5*R*I5", "AK9*R*1*1*0", kind="999", release="005010X231A1",
        )
    )  # fmt: skip
    (group,) = receipt.groups
    (said,) = group.messages
    assert group.release == "005010X222A1"
    assert said.errors == (Said("I5", "the implementation guide was not kept"),)
    assert said.complaints == (
        Complaint("NM1", 8, "2010BB", 0, 0, 0, "", "", "I8", "the segment stands less often than the guide asks"),
        Complaint("REF", 9, "", 2, 1, 3, "127", "X Y", "I12", "the value is not of the form the guide asks for"),
    )


def test_a_segment_note_without_elements_is_kept():
    (group,) = read(functional("AK1*IN*12", "AK2*810*0001", "AK3*IT1*7**8", "AK5*R*5", "AK9*R*1*1*0")).groups
    assert group.messages[0].complaints == (Complaint("IT1", 7, "", 0, 0, 0, "", "", "8", "elements of the segment are in error"),)


@pytest.mark.parametrize(
    ("segments", "verdict", "messages"),
    [
        pytest.param(["UCI+5+US:14+YOU:14+7"], "accepted", (), id="7 alone accepts all"),
        pytest.param(["UCI+5+US:14+YOU:14+8"], "received", (), id="8 says nothing of the contents"),
        pytest.param(
            ["UCI+5+US:14+YOU:14+7", "UCM+1+INVOIC:D:96A:UN+4+29+UNT+2"],
            "accepted",
            (MessageReceipt("INVOIC", "1", "rejected", (Said("29", "a control count is wrong"),)),),
            id="a refused message in an accepted interchange",
        ),
        pytest.param(
            ["UCI+5+US:14+YOU:14+7", "UCM+1+INVOIC:D:96A:UN+4", "UCS+3+13", "UCS+5", "UCD+39+3:2", "UCD+12+4"],
            "accepted",
            (
                MessageReceipt(
                    "INVOIC", "1", "rejected", (),
                    (
                        Complaint("", 3, "", 0, 0, 0, "", "", "13", "something mandatory is missing"),
                        Complaint("", 5, "", 2, 2, 0, "", "", "39", "the value is too long"),  # 0098 is 3: the tag counts as 1
                        Complaint("", 5, "", 3, 0, 0, "", "", "12", "the value is invalid"),
                    ),
                ),
            ),
            id="segments and elements",
        ),
        pytest.param(["UCI+5+US:14+YOU:14+4+2+UNB"], "rejected", (), id="refused as a whole"),
    ],
)  # fmt: skip
def test_contrl(segments, verdict, messages):
    receipt = read(contrl(*segments))
    assert (receipt.control_number, receipt.sender, receipt.receiver) == ("5", "14:US", "14:YOU")
    assert (receipt.verdict, receipt.messages) == (verdict, messages)


def test_a_contrl_for_groups():
    receipt = read(contrl("UCI+5+US:14+YOU:14+7", "UCF+G1+A+B+7", "UCM+1+INVOIC:D:96A:UN+7", "UCF+G2+A+B+4+29+UNE+2"))
    assert receipt.groups == (
        GroupReceipt("", "G1", "", "accepted", messages=(MessageReceipt("INVOIC", "1", "accepted"),)),
        GroupReceipt("", "G2", "", "rejected", errors=(Said("29", "a control count is wrong"),)),
    )


@pytest.mark.parametrize(
    ("cut", "receipt"),
    [
        (
            ["TA1", "000000905", "261120", "1530", "R", "001"],
            Receipt(
                "ta1", "000000905", "261120 1530", verdict="rejected", errors=(Said("001", "the control numbers of ISA and IEA differ"),)
            ),
        ),
        (["TA1", "000000905", "261120", "1530", "A", "000"], Receipt("ta1", "000000905", "261120 1530", verdict="accepted")),
        (["TA1"], Receipt("ta1", verdict="unknown")),
    ],
)
def test_ta1(cut, receipt):
    assert acks.read_ta1(cut) == receipt


def test_what_crosses_the_process_border_comes_back_whole():
    receipt = read(functional("AK1*IN*12", "AK2*810*0001", "AK3*IT1*7**8", "AK4*4*212*5*1", "AK5*R*5*4", "AK9*R*1*1*0*5"))
    assert Receipt.from_json(receipt.json()) == receipt
    grouped = read(contrl("UCI+5+US:14+YOU:14+7", "UCF+G1+A+B+7", "UCM+1+INVOIC:D:96A:UN+4", "UCS+3+13"))
    assert Receipt.from_json(grouped.json()) == grouped


def test_any_other_message_is_no_acknowledgement():
    data = functional("BEG*00", kind="850")
    (message,) = parsers.read(data, parsers.split(data)[0])
    with pytest.raises(ValueError, match="850 is no acknowledgement"):
        acks.read(message)


def test_complaints_of_one_answer_are_bounded():
    notes = [f"AK3*IT1*{n}**5" for n in range(2, 7_000)]
    (group,) = read(functional("AK1*IN*12", "AK2*810*0001", *notes, "AK5*R*5", "AK9*R*1*1*0")).groups
    assert len(group.messages[0].complaints) == 5_000
    assert group.messages[0].verdict == "rejected"
