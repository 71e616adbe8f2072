"""EDIFACT: UNA or the bytes decide, release characters by parity, counts and references as faults."""

from __future__ import annotations

import pytest

from edigw import parsers
from edigw.model import Identity, Repeats
from edigw.parsers import unb

UNB = "UNB+UNOC:3+4012345000009:14+4098765000002:14+261120:1530+4711'"
MESSAGE = "UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+PO-1+9'UNT+3+1'"
WHOLE = f"{UNB}{MESSAGE}UNZ+1+4711'"


def translated(text: str, una: str) -> str:
    """*text* with the default service characters replaced by those of *una*."""
    return text.translate(str.maketrans(":+?'", una[0] + una[1] + una[3] + una[5]))


def test_an_interchange_says_who_and_what(look):
    seen = look(WHOLE.replace("+4711'UNH", "+4711++++1++1'UNH"))
    one = seen.interchanges[0]
    assert (one.syntax, one.version, one.control_number, one.prepared_at) == ("edifact", "UNOC:3", "4711", "261120 1530")
    assert (one.sender, one.receiver) == (Identity("14", "4012345000009"), Identity("14", "4098765000002"))
    assert (one.test, one.ack_requested, one.closed, one.notation.charset) == (True, "1", True, "latin-1")
    (message,) = seen.messages
    assert (message.type, message.release, message.association, message.control_number) == ("ORDERS", "D96A", "EAN008", "1")
    assert message.segments()[0] == ["UNH", "1", ["ORDERS", "D", "96A", "UN", "EAN008"]]
    assert seen.codes == []


@pytest.mark.parametrize(
    ("file", "delimiters", "decimal"),
    [
        pytest.param(WHOLE, ":+'?", ".", id="no UNA"),
        pytest.param("UNA:+,? '" + WHOLE, ":+'?", ",", id="decimal comma"),
        pytest.param("UNA:+.? '\r\n" + WHOLE, ":+'?", ".", id="a line end behind UNA"),
        pytest.param("UNA=*.? ~" + translated(WHOLE, "=*.? ~"), "=*~?", ".", id="others, as UNA says"),
        pytest.param("UNA:+.!*'" + WHOLE, ":+'!", ".", id="another release; no repetition in version 3"),
        pytest.param("UNA:+.  '" + WHOLE, ":+'", ".", id="no release character"),
        pytest.param(WHOLE.replace("'", "\n"), ":+\n?", ".", id="lines are segments, and no UNA"),
        pytest.param(WHOLE.replace("'", "\r\n"), ":+\n?", ".", id="lines of CR LF are segments, and no UNA"),
        pytest.param(translated(WHOLE, '=".? ;'), '=";?', ".", id="separators of their own, and no UNA"),
        pytest.param(translated(WHOLE, "\x1f\x1d.  \x1c"), "\x1f\x1d\x1c", ".", id="the control characters of level B"),
    ],
)
def test_service_characters(look, file, delimiters, decimal):
    seen = look(file)
    d = seen.interchanges[0].notation.delimiters
    assert d.component + d.element + d.terminator + d.release == delimiters
    assert (d.decimal, d.repetition) == (decimal, "")
    assert seen.codes == []
    assert [cut[1] for cut in seen.messages[0].segments()] == ["1", "220", "3"]


def test_a_una_of_five_characters_is_damaged_but_read(look):
    seen = look("UNA:+.?'\n" + WHOLE)
    assert seen.codes == ["EDIFACT_UNA_DAMAGED"]
    assert len(seen.messages) == 1


def test_syntax_version_four_repeats_and_reads_both_decimal_marks(look):
    file = "UNA:+.?*'" + WHOLE.replace("UNOC:3", "UNOC:4").replace("261120", "20261120").replace("BGM+220", "BGM+a*b:c+x?*y")
    seen = look(file)
    d = seen.interchanges[0].notation.delimiters
    assert (d.repetition, d.decimal) == ("*", "")
    assert seen.messages[0].segments()[1] == ["BGM", Repeats(["a", ["b", "c"]]), "x*y", "PO-1", "9"]


@pytest.mark.parametrize(
    ("sent", "cut"),
    [  # PARITY: an odd run frees the next character, an even one is half as many question marks
        pytest.param("FTX+O?'NEILL", ["FTX", "O'NEILL"], id="?' is an apostrophe"),
        pytest.param("FTX+what??", ["FTX", "what?"], id="??' ends the segment"),
        pytest.param("FTX+what???'+x", ["FTX", "what?'", "x"], id="???' does not"),
        pytest.param("FTX+?'company????", ["FTX", "'company??"], id="????' ends it"),
        pytest.param("FTX+a?+b?:c:d", ["FTX", ["a+b:c", "d"]], id="freed separators divide nothing"),
        pytest.param("FTX+a??+b??:c", ["FTX", "a?", ["b?", "c"]], id="?? before a separator divides"),
        pytest.param("FTX+?a?b", ["FTX", "ab"], id="an ordinary character may be freed"),
        pytest.param("FTX+?'?'?'+?'", ["FTX", "'''", "'"], id="several in a row"),
        pytest.param("FTX+\xe9?'\xe9?+", ["FTX", "\xe9'\xe9+"], id="beside bytes above 0x7F"),
    ],
)
def test_release_characters(look, sent, cut):
    seen = look(WHOLE.replace("BGM+220+PO-1+9", sent))
    assert seen.messages[0].segments()[1] == cut
    assert seen.codes == []


@pytest.mark.parametrize(
    ("file", "codes"),
    [
        pytest.param(b"\xef\xbb\xbf" + WHOLE.encode(), ["LENIENT_BOM"], id="byte order mark"),
        pytest.param(WHOLE.replace("'", "'\n"), [], id="line ends"),
        pytest.param(WHOLE.replace("'BGM", "''BGM"), ["LENIENT_BLANK_SEGMENT"], id="an empty segment"),
        pytest.param(WHOLE.replace("'BGM", "'\n\tBGM"), ["LENIENT_INDENT"], id="a tab before a tag"),
        pytest.param(WHOLE[:-1], ["LENIENT_LAST_TERMINATOR"], id="last terminator missing"),
        pytest.param(WHOLE + "\x1a", ["LENIENT_PADDING"], id="SUB behind"),
        pytest.param(WHOLE.replace("UNZ+1+4711", "UNZ+1+0004711"), ["LENIENT_ZEROS"], id="zeros before UNZ 0020"),
        pytest.param("\r\n".join(WHOLE[i : i + 15] for i in range(0, len(WHOLE), 15)), ["LENIENT_WRAPPED"], id="records of 15"),
    ],
)
def test_what_is_overlooked_is_noted(look, file, codes):
    seen = look(file)
    assert seen.codes == codes
    assert [cut[1] for cut in seen.messages[0].segments()] == ["1", "220", "3"]
    assert {f.severity.word for f in seen.faults} <= {"note", "off"}


@pytest.mark.parametrize(
    ("file", "code", "value"),
    [
        pytest.param(WHOLE.replace("UNT+3", "UNT+4"), "EDIFACT_SEGMENT_COUNT", "4", id="UNT 0074"),
        pytest.param(WHOLE.replace("UNT+3+1", "UNT+3+2"), "EDIFACT_UNT_DIFFERS", "2", id="UNT 0062"),
        pytest.param(WHOLE.replace("UNT+3+1'", ""), "EDIFACT_UNT_MISSING", "", id="UNT missing"),
        pytest.param(WHOLE.replace("UNZ+1", "UNZ+2"), "EDIFACT_UNZ_COUNT", "2", id="UNZ 0036"),
        pytest.param(WHOLE.replace("UNZ+1+4711", "UNZ+1+4712"), "EDIFACT_UNZ_DIFFERS", "4712", id="UNZ 0020"),
        pytest.param(WHOLE.replace("UNZ+1+4711'", ""), "EDIFACT_UNZ_MISSING", "", id="UNZ missing"),
        pytest.param(WHOLE.replace("UNOC:3", "UNOC:9"), "EDIFACT_SYNTAX_VERSION", "9", id="version"),
        pytest.param(WHOLE.replace("UNOC", "XXXA"), "EDIFACT_SYNTAX_ID", "XXXA", id="identifier"),
        pytest.param(WHOLE.replace("4012345000009:14", ""), "EDIFACT_UNB_INCOMPLETE", "", id="no sender"),
        pytest.param(WHOLE.replace("261120:", "269920:"), "EDIFACT_UNB_VALUE", "269920", id="no date"),
        pytest.param(WHOLE.replace("UNH+1+", "UNH++").replace("UNT+3+1", "UNT+3+"), "EDIFACT_UNH_INCOMPLETE", "", id="no UNH reference"),
        pytest.param(WHOLE.replace("UNH", "XXX+1'UNH"), "EDIFACT_STRAY_SEGMENT", "XXX", id="a segment before UNH"),
        pytest.param(f"{UNB}UNZ+0+4711'", "EDIFACT_EMPTY", "", id="no message"),
    ],
)
def test_envelope_faults(look, file, code, value):
    assert [(f.code.name, f.value) for f in look(file).faults] == [(code, value)]


def test_a_run_of_stray_segments_is_one_fault(look):
    (stray,) = look(WHOLE.replace("UNH", "XXX+1'YYY+2'ZZZ+3'UNH")).faults
    assert (stray.value, stray.note, stray.at.offset) == ("XXX", "3 segments", len(UNB))


def test_groups(look):
    group = f"UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'{MESSAGE}UNE+1+7'"
    seen = look(f"{UNB}{group}{group.replace('+7', '+8').replace('+1', '+2').replace('UNE+2', 'UNE+1')}UNZ+2+4711'")
    assert seen.codes == []
    assert [(g.type, g.sender, g.receiver, g.control_number, g.release) for g in seen.groups] == [
        ("ORDERS", "A", "B", "7", "D96A"),
        ("ORDERS", "A", "B", "8", "D96A"),
    ]
    assert [m.group for m in seen.messages] == [0, 1]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        pytest.param(f"UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'{MESSAGE}UNE+2+7'UNZ+1+4711'", ["EDIFACT_UNE_COUNT"], id="UNE 0060"),
        pytest.param(f"UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'{MESSAGE}UNE+1+8'UNZ+1+4711'", ["EDIFACT_UNE_DIFFERS"], id="UNE 0048"),
        pytest.param(f"UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'{MESSAGE}UNZ+1+4711'", ["EDIFACT_UNE_MISSING"], id="UNE missing"),
        pytest.param(f"UNG+INVOIC+A+B+261120:1530+7+UN+D:96A'{MESSAGE}UNE+1+7'UNZ+1+4711'", ["EDIFACT_GROUP_TYPES"], id="another type inside"),
        pytest.param(
            f"{MESSAGE.replace('+1', '+2')}UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'{MESSAGE}UNE+1+7'UNZ+1+4711'", ["EDIFACT_MIXED", "EDIFACT_UNT_DIFFERS"][:1], id="loose messages beside"
        ),
        pytest.param(
            f"UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'{MESSAGE}UNE+1+7'{MESSAGE.replace('+1', '+2')}UNZ+2+4711'", ["EDIFACT_MIXED"],
            id="loose messages beside, counted with the groups",
        ),
        pytest.param(f"{MESSAGE}{MESSAGE}UNZ+2+4711'", ["EDIFACT_REFERENCE_DUPLICATE"], id="0062 twice"),
    ],
)
def test_group_and_reference_faults(look, body, codes):
    assert look(UNB + body).codes == codes


def test_a_new_unb_ends_the_interchange_before(look):
    seen = look(UNB + MESSAGE + "UNA=*.? ~" + translated(WHOLE, "=*.? ~"))
    assert [one.closed for one in seen.interchanges] == [False, True]
    assert [m.segments()[1][1] for m in seen.messages] == ["220", "220"]
    assert seen.codes == ["EDIFACT_UNZ_MISSING"]


def test_both_syntaxes_in_one_file(look):
    isa = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261120*1530*U*00401*000000001*0*P*>~IEA*0*000000001~"
    assert [one.syntax for one in look(WHOLE + isa + WHOLE).interchanges] == ["edifact", "x12", "edifact"]


@pytest.mark.parametrize(
    ("type_", "version", "release", "key"),
    [
        pytest.param("ORDERS", "D", "96A", "D96A", id="D.96A"),
        pytest.param("ORDERS", "D", " 96a", "D96A", id="padded, small letters"),
        pytest.param("ORDERS", "1", "911", "D911", id="the first directories"),
        pytest.param("ORDERS", "2", "912", "D912", id="the second"),
        pytest.param("ORDERS", "D", "92.1", "D921", id="with a point"),
        pytest.param("ORDERS", "D", "93.2", "D932", id="the last with a point"),
        pytest.param("ORDERS", "S", "93A", "S93A", id="a standard directory"),
        pytest.param("CONTRL", "D", "3", "D3", id="CONTRL of version 3"),
        pytest.param("CONTRL", "2", "2", "D3", id="CONTRL as EANCOM writes it"),
        pytest.param("CONTRL", "4", "1", "41", id="CONTRL of version 4"),
    ],
)
def test_release_keys(type_, version, release, key):
    assert unb.release_key(type_, version, release) == key


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param("UNB+UNOC:3+A", "a UNB that is cut short or damaged beyond reading", id="UNB cut"),
        pytest.param(MESSAGE, "a message without an interchange around it; the commands read it with --bare", id="UNH..UNT alone"),
        pytest.param("UNA:+.? '" + MESSAGE, "a message without an interchange around it; the commands read it with --bare", id="UNA, then UNH"),
        pytest.param(WHOLE.encode("utf-16"), "UTF-16 text; interchanges are one byte a character", id="UTF-16"),
    ],
)
def test_what_is_no_interchange_is_unreadable(look, data, reason):
    seen = look(data)
    assert [part.reason for part in seen.parts] == [reason]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(MESSAGE, [("ORDERS", "D96A", 3)], id="UNH..UNT"),
        pytest.param("UNA=*.? ~" + translated(MESSAGE, "=*.? ~"), [("ORDERS", "D96A", 3)], id="UNA, then UNH"),
        pytest.param(MESSAGE.replace("'", "\n") * 2, [("ORDERS", "D96A", 3)] * 2, id="two, lines are segments"),
        pytest.param("ST*850*0001~BEG*00~SE*3*0001~", [("850", "", 3)], id="ST..SE"),
        pytest.param("ST|850|0001|005010X1\nBEG|00\nSE|3|0001\n", [("850", "005010", 3)], id="ST with ST03, lines are segments"),
        pytest.param("hello", [], id="none"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_bare_messages(data, found):
    assert [(m.type, m.release, len(m.segments())) for m in parsers.bare(data.encode())] == found
