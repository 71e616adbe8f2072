"""What we send: envelopes that count right, data that cannot break them, and a second reader's opinion."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from edigw import parsers
from edigw.errors import NotWritable
from edigw.model import (
    EDIFACT_DELIMITERS,
    X12_DELIMITERS,
    Delimiters,
    Identity,
    OutGroup,
    OutInterchange,
    OutMessage,
    Repeats,
)
from edigw.parsers import witness

AT = datetime(2026, 11, 20, 15, 30)  # noqa: DTZ001 - written as it stands; the zone is the caller's affair


def x12(*segments, **changes):
    order = OutMessage("850", "004010", "0001", list(segments))
    group = OutGroup("PO", "OUR", "ACME", "7", "004010", [order])
    out = OutInterchange("x12", "00401", Identity("ZZ", "OURCOMPANY"), Identity("01", "ACME"), "000000012", AT, False, X12_DELIMITERS, "ascii", [group])
    return replace(out, **changes)


def edifact(*segments, **changes):
    order = OutMessage("ORDERS", "D96A", "1", list(segments), "EAN008")
    sender, receiver = Identity("14", "4012345000009"), Identity("", "ACME")
    out = OutInterchange("edifact", "UNOC:3", sender, receiver, "12", AT, True, EDIFACT_DELIMITERS, "latin-1", messages=[order])
    return replace(out, **changes)


@pytest.mark.parametrize(
    ("out", "written"),
    [
        pytest.param(
            x12(["BEG", "00", "SA", "PO-1", "", ""], ["SLN", ["A", "B", ""], [""]], loose=[["TA1", "000000007", "261119", "1200", "A", "000"]]),
            "ISA*00*          *00*          *ZZ*OURCOMPANY     *01*ACME           *261120*1530*U*00401*000000012*0*P*>~"
            "TA1*000000007*261119*1200*A*000~GS*PO*OUR*ACME*20261120*1530*7*X*004010~"
            "ST*850*0001~BEG*00*SA*PO-1~SLN*A>B~SE*4*0001~GE*1*7~IEA*1*000000012~",
            id="x12",
        ),
        pytest.param(
            edifact(["FTX", "AAI", "", "", ["O'NEILL?", "3+4:5", ""]], ["UNS", "S"]),
            "UNA:+.? 'UNB+UNOC:3+4012345000009:14+ACME+261120:1530+12++++++1'UNH+1+ORDERS:D:96A:UN:EAN008'"
            "FTX+AAI+++O?'NEILL??:3?+4?:5'UNS+S'UNT+4+1'UNZ+1+12'",
            id="edifact",
        ),
        pytest.param(
            edifact(
                ["XYZ", Repeats(["a*b", ["c", "d"]])],
                version="UNOC:4",
                delimiters=Delimiters("+", ":", "'", "*", "?", ""),
                test=False,
                ack_requested="1",
            ),
            "UNA:+.?*'UNB+UNOC:4+4012345000009:14+ACME+20261120:1530+12++++1'UNH+1+ORDERS:D:96A:UN:EAN008'XYZ+a?*b*c:d'UNT+3+1'UNZ+1+12'",
            id="edifact, syntax version 4",
        ),
        pytest.param(
            edifact(groups=[OutGroup("ORDERS", "A", "B", "7", "D96A", [OutMessage("ORDERS", "D911", "1", [["UNS", "S"]])])], messages=[]),
            "UNA:+.? 'UNB+UNOC:3+4012345000009:14+ACME+261120:1530+12++++++1'UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'"
            "UNH+1+ORDERS:1:911:UN'UNS+S'UNT+3+1'UNE+1+7'UNZ+1+12'",
            id="edifact, with a group",
        ),
    ],
)
def test_what_is_written(out, written):
    data = parsers.write(out)
    assert data.decode("latin-1") == written
    assert witness.differences(data) == []
    (one,) = parsers.split(data)
    reading = parsers.read(data, one)
    assert [fault for message in reading for fault in message.faults] == []
    assert [fault for group in reading.groups for fault in group.faults] + reading.faults == []


def test_characters_above_ascii_are_written_in_the_charset_that_is_declared():
    assert "\xdcBER".encode("latin-1") in parsers.write(edifact(["FTX", "\xdcBER"]))
    assert "\u0141".encode() in parsers.write(edifact(["FTX", "\u0141"], version="UNOY:4", charset="utf-8", delimiters=Delimiters("+", ":", "'", "", "?")))


@pytest.mark.parametrize(
    ("out", "where", "words"),
    [
        pytest.param(x12(["MSG", "5*4"]), "850 0001 segment 2 (MSG)", "holds '*', the element separator", id="a live element separator"),
        pytest.param(x12(["MSG", "a~b"]), "850 0001 segment 2 (MSG)", "holds '~', the terminator", id="a live terminator"),
        pytest.param(x12(["MSG", ["a>b"]]), "850 0001 segment 2 (MSG)", "holds '>', the component separator", id="a live component separator"),
        pytest.param(x12(["MSG", "a\nb"]), "850 0001 segment 2 (MSG)", "holds '\\n', the line end", id="a line end"),
        pytest.param(x12(["MSG", "\xdcBER"]), "850 0001 segment 2 (MSG)", "outside ascii", id="outside the charset"),
        pytest.param(x12(control_number="12"), "ISA13", "not nine digits", id="ISA13"),
        pytest.param(x12(sender=Identity("ZZ", "A" * 16)), "ISA06", "not 15 characters", id="ISA06 too long"),
        pytest.param(x12(sender=Identity("Z", "A")), "ISA05", "not 2 characters", id="ISA05 too short"),
        pytest.param(x12(delimiters=Delimiters("*", "*", "~")), "ISA", "two separators", id="equal separators"),
        pytest.param(x12(delimiters=Delimiters("*", ">", "~", "^")), "ISA11", "has no repetition separator", id="repetition before 00402"),
        pytest.param(x12(messages=[OutMessage("850", "004010", "0001", [])]), "ISA", "stand in functional groups", id="a loose set"),
        pytest.param(edifact(["FTX", "\u0141"]), "ORDERS 1 segment 2 (FTX)", "outside latin-1", id="outside UNOC"),
        pytest.param(edifact(["FTX", "small"], version="UNOA:3"), "ORDERS 1 segment 2 (FTX)", "outside UNOA", id="small letters under UNOA"),
        pytest.param(edifact(control_number=""), "UNB 0020", "not one to fourteen", id="no reference"),
        pytest.param(edifact(sender=Identity("14", "")), "UNB S002", "not 1 to 35", id="no sender"),
        pytest.param(edifact(["FTX", "5+4"], delimiters=Delimiters("+", ":", "'")), "ORDERS 1 segment 2 (FTX)", "no release character", id="nothing to release with"),
        pytest.param(edifact(groups=[OutGroup("ORDERS", "A", "B", "7", "D96A", [])]), "UNB", "may not mix", id="groups and loose messages"),
    ],
)
def test_what_cannot_be_written_is_refused_by_its_place(out, where, words):
    with pytest.raises(NotWritable) as refused:
        parsers.write(out)
    assert [place for place, _ in refused.value.problems] == [where]
    assert words in refused.value.problems[0][1]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(parsers.write(x12(["BEG", "00"])).replace(b"SE*3", b"SE*4"), "SE count of 4", id="pyx12 counts segments too"),
        pytest.param(parsers.write(x12(["BEG", "00"])).replace(b"BEG*00~", b"~BEG*00~"), "is read as nothing", id="pyx12 stops at an empty segment"),
        pytest.param(parsers.write(x12(["BEG", "00"])) * 2, "2 interchanges", id="one interchange at a time"),
        pytest.param(parsers.write(edifact(["UNS", "S"]))[:-1], "gave up: EDISyntaxError", id="pydifact wants the last terminator"),
        pytest.param(parsers.write(edifact(["UNS", "S"])).replace(b"UNZ+1", b"UNZ+2"), "UNZ+1+12 is read as UNZ+2+12", id="a count that is wrong"),
    ],
)
def test_the_witness_objects(data, words):
    assert any(words in difference for difference in witness.differences(data))


def test_the_witness_says_for_what_it_cannot_speak():
    (known,) = parsers.split(parsers.write(x12(["BEG", "00"])))
    (unknown,) = parsers.split(parsers.write(x12(["BEG", "00"], version="00601")))
    assert (witness.can_read(known), witness.can_read(unknown)) == (True, False)
