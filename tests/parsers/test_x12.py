"""X12: separators by place, leniencies by name, counts and control numbers as faults."""

from __future__ import annotations

import pytest

from edigw import parsers, standards
from edigw.model import Identity, Repeats
from edigw.parsers import isa

ISA = "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000001*0*P*>~"
GS = "GS*PO*ACME*OUR*20261120*1530*1*X*004010~"
ST = "ST*850*0001~BEG*00*SA*A1**20261120~SE*3*0001~"
WHOLE = f"{ISA}{GS}{ST}GE*1*1~IEA*1*000000001~"


def test_an_interchange_says_who_and_what(look):
    one = look(WHOLE).interchanges[0]
    assert one.syntax == "x12"
    assert one.version == "00401"
    assert one.sender == Identity("ZZ", "ACMESTORES")
    assert one.receiver == Identity("ZZ", "OURCOMPANY")
    assert one.control_number == "000000001"
    assert one.prepared_at == "261120 1530"
    assert (one.test, one.ack_requested, one.closed) == (False, "0", True)
    assert one.header[6] == "ACMESTORES     "  # padding survives: an answer echoes it
    assert [group.sender for group in one.groups] == ["ACME"]


def test_a_message_has_its_segments_and_their_places(look):
    seen = look(WHOLE)
    (message,) = seen.messages
    assert (message.type, message.release, message.association, message.control_number) == ("850", "004010", "", "0001")
    assert message.segments() == [["ST", "850", "0001"], ["BEG", "00", "SA", "A1", "", "20261120"], ["SE", "3", "0001"]]
    assert (message.start, message.end) == (146, 146 + len(ST))  # 106 ISA + 40 GS
    assert message.position(2, 3).offset == 146 + len("ST*850*0001~")
    assert message.position(2, 3).short == "2/3"
    assert seen.codes == []


@pytest.mark.parametrize(
    ("file", "delimiters"),
    [
        pytest.param(WHOLE, "*>~", id="the usual ones"),
        pytest.param(WHOLE.replace("*", "|").replace("~", "\n"), "|>\n", id="lines are segments"),
        pytest.param(WHOLE.replace("~", "\r\n"), "*>\r", id="CR LF: CR ends the segment, LF is noise"),
        pytest.param(WHOLE.replace("*", "\x7f").replace("~", "\x15"), "\x7f>\x15", id="control characters"),
        pytest.param(WHOLE.replace("*", "+").replace("~", "'"), "+>'", id="those of EDIFACT"),
        pytest.param(WHOLE.replace("~", "^"), "*>^", id="a caret ends segments"),
    ],
)
def test_separators_stand_in_the_isa(look, file, delimiters):
    seen = look(file)
    d = seen.interchanges[0].notation.delimiters
    assert d.element + d.component + d.terminator == delimiters
    assert [len(m.segments()) for m in seen.messages] == [3]
    assert seen.codes == []
    assert seen.messages[0].segments()[1][3] == "A1"


@pytest.mark.parametrize(
    ("version", "eleventh", "repetition"),
    [
        pytest.param("00401", "U", "", id="before 00402 it names a standard"),
        pytest.param("00401", "^", "", id="a caret before 00402 repeats nothing"),
        pytest.param("00402", "^", "^", id="from 00402 it repeats"),
        pytest.param("00501", "U", "", id="a letter repeats nothing"),
        pytest.param("00501", " ", "", id="a blank repeats nothing"),
    ],
)
def test_isa11_repeats_where_it_may(version, eleventh, repetition):
    head = ISA[:82] + eleventh + ISA[83:84] + version + ISA[89:]
    found = isa.head(head.encode(), 0)
    assert found.interchange.notation.delimiters.repetition == repetition


def test_repeats_and_composites_are_cut(look):
    head = ISA.replace("*U*00401", "*^*00501")
    body = "ST*850*0001*005010X1~DTP*291*RD8>2>3*A^B>C^D~SE*3*0001~"
    (message,) = look(f"{head}{GS}{body}GE*1*1~IEA*1*000000001~").messages
    cut = message.segments()[1]
    assert cut == ["DTP", "291", ["RD8", "2", "3"], ["A", ["B", "C"], "D"]]
    assert isinstance(cut[3], Repeats)
    assert (message.release, message.association) == ("005010", "X1")  # ST03 wins over GS08


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        pytest.param("004010", ("004010", ""), id="plain"),
        pytest.param("004010VICS", ("004010", "VICS"), id="industry"),
        pytest.param("005010X222A1", ("005010", "X222A1"), id="guide"),
        pytest.param("00401", ("004010", ""), id="five digits"),
        pytest.param("4010", ("004010", ""), id="zeros left out"),
        pytest.param("04010", ("004010", ""), id="one zero left out"),
        pytest.param("401", ("004010", ""), id="three digits"),
        pytest.param("4030VICS", ("004030", "VICS"), id="zeros left out, industry"),
        pytest.param("", ("", ""), id="nothing"),
        pytest.param("X", ("X", ""), id="no digits"),
    ],
)
def test_release_keys(sent, key):
    assert isa.release_key(sent) == key


@pytest.mark.parametrize(
    ("file", "codes"),
    [
        pytest.param("\ufeff".encode() + WHOLE.encode(), ["LENIENT_BOM"], id="byte order mark"),
        pytest.param(WHOLE.replace("~", "~\r\n"), [], id="line ends behind terminators"),
        pytest.param(WHOLE.replace("BEG", "~BEG"), ["LENIENT_BLANK_SEGMENT"], id="an empty segment"),
        pytest.param(WHOLE.replace("~BEG", "~\n  BEG"), ["LENIENT_INDENT"], id="blanks before a tag"),
        pytest.param(WHOLE[:-1], ["LENIENT_LAST_TERMINATOR"], id="last terminator missing"),
        pytest.param(WHOLE[:-1] + "\n", ["LENIENT_LAST_TERMINATOR"], id="a line end in its place"),
        pytest.param(WHOLE + "  \n", ["LENIENT_PADDING"], id="blanks behind"),
        pytest.param(WHOLE + "\x1a", ["LENIENT_PADDING"], id="SUB behind"),
        pytest.param(WHOLE + "\0" * 70, ["LENIENT_PADDING"], id="NUL behind"),
        pytest.param(WHOLE.replace("20261120*1530*1*X", "261120*1530*1*X"), ["LENIENT_GROUP_DATE"], id="six-digit GS04"),
        pytest.param(WHOLE.replace("GS*PO", "GS*IN"), ["LENIENT_GROUP_TYPE"], id="GS01 of another set"),
        pytest.param(WHOLE.replace("IEA*1*000000001", "IEA*1*1"), ["LENIENT_ZEROS"], id="zeros left out of IEA02"),
        pytest.param(WHOLE.replace("SE*3*0001", "SE*3*0001 "), ["LENIENT_REFERENCE_BLANKS"], id="a padded SE02"),
        pytest.param("\n".join(WHOLE[i : i + 80] for i in range(0, len(WHOLE), 80)), ["LENIENT_WRAPPED"], id="records of 80, the ISA cut too"),
        pytest.param("\r\n".join(WHOLE[i : i + 21] for i in range(0, len(WHOLE), 21)), ["LENIENT_WRAPPED"], id="records of 21"),
    ],
)
def test_what_is_overlooked_is_noted(look, file, codes):
    seen = look(file)
    assert seen.codes == codes
    assert [m.segments() for m in seen.messages] == [
        [["ST", "850", "0001"], ["BEG", "00", "SA", "A1", "", "20261120"], ["SE", "3", seen.messages[0].segments()[2][2]]]
    ]
    assert {f.severity.word for f in seen.faults} <= {"note", "off"}


@pytest.mark.parametrize(
    ("file", "code", "value"),
    [
        pytest.param(WHOLE.replace("SE*3", "SE*4"), "X12_SEGMENT_COUNT", "4", id="SE01"),
        pytest.param(WHOLE.replace("SE*3*0001", "SE*3*0002"), "X12_SE_DIFFERS", "0002", id="SE02"),
        pytest.param(WHOLE.replace("SE*3*0001~", ""), "X12_SE_MISSING", "", id="SE missing"),
        pytest.param(WHOLE.replace("GE*1*1", "GE*2*1"), "X12_SET_COUNT", "2", id="GE01"),
        pytest.param(WHOLE.replace("GE*1*1", "GE*1*2"), "X12_GE_DIFFERS", "2", id="GE02"),
        pytest.param(WHOLE.replace("GE*1*1~", ""), "X12_GE_MISSING", "", id="GE missing"),
        pytest.param(WHOLE.replace("IEA*1", "IEA*2"), "X12_GROUP_COUNT", "2", id="IEA01"),
        pytest.param(WHOLE.replace("000000001~", "000000009~"), "X12_IEA_DIFFERS", "000000009", id="IEA02"),
        pytest.param(WHOLE.replace("IEA*1*000000001~", ""), "X12_IEA_MISSING", "", id="IEA missing"),
        pytest.param(WHOLE.replace("*1*X*", "*A1*X*").replace("GE*1*1", "GE*1*A1"), "X12_GROUP_NUMBER", "A1", id="GS06 no number"),
        pytest.param(WHOLE.replace("*X*004010", ""), "X12_GS_DAMAGED", "", id="GS with six elements"),
        pytest.param(WHOLE.replace("ST*850", "ST*85X"), "X12_SET_ID", "85X", id="ST01"),
        pytest.param(WHOLE.replace("*0001~", "*0001000100~"), "X12_SET_NUMBER", "0001000100", id="ST02 of ten"),
        pytest.param(WHOLE.replace("ST*850", "XX*1~ST*850"), "X12_STRAY_SEGMENT", "XX", id="a segment between GS and ST"),
        pytest.param(WHOLE.replace(GS, "").replace("GE*1*1~", "").replace("IEA*1", "IEA*0"), "X12_GS_DAMAGED", "850", id="a set outside every group"),
        pytest.param(WHOLE.replace("*000000001*0", "*00000000A*0").replace("000000001~", "00000000A~"), "X12_CONTROL_NUMBER", "00000000A", id="ISA13"),
        pytest.param(WHOLE.replace("*00401*", "*99999*"), "X12_VERSION", "99999", id="ISA12"),
        pytest.param(WHOLE.replace("261120*", "269920*", 1), "X12_DATE", "269920", id="ISA09"),
        pytest.param(WHOLE.replace("*1530*U", "*2530*U"), "X12_TIME", "2530", id="ISA10"),
        pytest.param(WHOLE.replace("*0*P*", "*0*X*"), "X12_TEST_INDICATOR", "X", id="ISA15"),
        pytest.param(WHOLE.replace("*ZZ*OUR", "*XX*OUR"), "X12_RECEIVER_QUALIFIER", "XX", id="ISA07"),
    ],
)
def test_envelope_faults(look, file, code, value):
    seen = look(file)
    assert [(f.code.name, f.value) for f in seen.faults] == [(code, value)]
    assert [m.control_number[:4] for m in seen.messages] == ["0001"]  # read as far as it goes


def test_numbers_used_twice(look, x12):
    two = ST + ST
    group = f"{GS}{two}GE*2*1~"
    seen = look(x12(group + group, groups=2))
    assert seen.codes == ["X12_GROUP_DUPLICATE", "X12_SET_DUPLICATE", "X12_SET_DUPLICATE"]
    assert [m.group for m in seen.messages] == [0, 0, 1, 1]
    assert [m.ordinal for m in seen.messages] == [0, 1, 2, 3]


def test_a_new_st_ends_the_set_before(look, sets):
    seen = look(sets("ST*850*0001~BEG*00~ST*850*0002~BEG*00~SE*3*0002~"))
    assert seen.codes == ["X12_SE_MISSING"]
    assert [len(m.segments()) for m in seen.messages] == [2, 3]


def test_a_new_isa_ends_the_interchange_before(look):
    second = WHOLE.replace("000000001", "000000002").replace("*", "|")
    seen = look(ISA + GS + ST + second)
    assert [one.control_number for one in seen.interchanges] == ["000000001", "000000002"]
    assert [one.closed for one in seen.interchanges] == [False, True]
    assert seen.codes == ["X12_IEA_MISSING", "X12_GE_MISSING"]


def test_ta1_and_service_segments_stand_loose(look, x12):
    seen = look(x12(f"ISB*1~TA1*000000007*261119*1200*A*000~TA1*000000008*261119*1200*R*001~{GS}{ST}GE*1*1~"))
    assert seen.loose == [["ISB", "1"], ["TA1", "000000007", "261119", "1200", "A", "000"], ["TA1", "000000008", "261119", "1200", "R", "001"]]
    assert seen.codes == []


def test_a_ta1_alone_counts_no_group(look, x12):
    assert look(x12("TA1*000000007*261119*1200*A*000~", groups=0)).codes == []
    assert look(x12("TA1*000000007*261119*1200*A*000~", groups=1)).codes == ["X12_GROUP_COUNT"]


@pytest.mark.parametrize(
    ("segment", "texts"),
    [
        pytest.param("BIN*5*a~b*c~", ["BIN*5*a~b*c"], id="a terminator inside"),
        pytest.param("BIN*24*x~SE*1*0001~IEA*1*0001~y~", ["BIN*24*x~SE*1*0001~IEA*1*0001~y"], id="trailers inside"),
        pytest.param(f"BIN*{len(WHOLE) + 2}*~{WHOLE}~~", [f"BIN*{len(WHOLE) + 2}*~{WHOLE}~"], id="a whole interchange inside"),
        pytest.param("BIN*4*\n\n\n\n~", ["BIN*4*\n\n\n\n"], id="line ends inside"),
        pytest.param("BIN*9*abc~", ["BIN*9*abc"], id="a length that lies is not believed"),
        pytest.param("BIN*x*abc~", ["BIN*x*abc"], id="no number is not believed"),
        pytest.param("BDS*ASC*3*~~~~", ["BDS*ASC*3*~~~"], id="BDS has its length second"),
    ],
)
def test_binary_data_is_taken_by_its_length(look, sets, segment, texts):
    seen = look(sets(f"ST*841*0001~{segment}SE*3*0001~").replace(f"GE*{segment.count('ST*') + 1}", "GE*1"))
    (message,) = seen.messages
    assert message.texts[1:-1] == texts
    assert message.segments()[1][-1] == texts[0].split("*", 3 if texts[0].startswith("BDS") else 2)[-1]
    assert seen.codes == []


@pytest.mark.parametrize(
    ("header", "delimiters"),
    [
        pytest.param("ISA*00* *00* *ZZ*ACMESTORES*ZZ*OURCOMPANY*261120*1530*U*00401*000000001*0*T*>~\n", "*>~", id="trimmed"),
        pytest.param(ISA.replace("OURCOMPANY     ", "OURCOMPANY       "), "*>~", id="padded too far"),
        pytest.param(ISA.replace("OURCOMPANY     ", "OURCOMPANY").replace("~", "\n"), "*>\n", id="trimmed, lines are segments"),
        pytest.param(ISA.replace("          ", "\xc2\xa0" * 10), "*>~", id="padded with NBSP, ten characters of two bytes"),
        pytest.param(ISA.replace(">~", "~"), "*~", id="ISA16 left out"),
    ],
)
def test_a_damaged_isa_is_read_as_far_as_it_goes(look, header, delimiters):
    file = header + (GS + ST + "GE*1*1~IEA*1*000000001~").replace("~", delimiters[-1])
    seen = look(file)
    d = seen.interchanges[0].notation.delimiters
    assert d.element + d.component + d.terminator == delimiters
    assert seen.interchanges[0].sender == Identity("ZZ", "ACMESTORES")
    assert seen.codes == ["X12_ISA_DAMAGED"]
    assert len(seen.messages) == 1


def test_separators_of_several_bytes(look):
    """A text-mode transfer made UTF-8 of a separator that was one byte above 0x7F."""
    file = WHOLE.replace("~", "\u2026").replace(">", "\u00a6").encode()
    seen = look(file)
    d = seen.interchanges[0].notation.delimiters
    assert (d.component.encode("latin-1"), d.terminator.encode("latin-1")) == ("\u00a6".encode(), "\u2026".encode())
    assert seen.codes == ["LENIENT_MULTIBYTE"]
    assert seen.messages[0].position(2).offset == file.index(b"BEG")


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        pytest.param(ISA[:50], ["an ISA that is cut short or damaged beyond reading"], id="ISA cut at 50 bytes"),
        pytest.param(ST, ["a message without an interchange around it; the commands read it with --bare"], id="ST..SE alone"),
        pytest.param("%PDF-1.4\n" + 500 * "ISA GS UNB ", ["no ISA, UNA or UNB"], id="a PDF"),
        pytest.param(" \n\n", ["blanks only"], id="blanks"),
        pytest.param(WHOLE + "and so on", ["no ISA, UNA or UNB"], id="junk behind"),
        pytest.param("From: acme\n\n" + WHOLE, ["no ISA, UNA or UNB"], id="junk before"),
        pytest.param(WHOLE + "-----\n" + WHOLE, ["no ISA, UNA or UNB"], id="junk between"),
    ],
)
def test_what_is_no_interchange_is_unreadable(look, data, reasons):
    seen = look(data)
    assert [part.reason for part in seen.parts if part not in seen.interchanges] == reasons
    assert len(seen.interchanges) == data.count(ISA)


def test_an_empty_file_has_no_parts():
    assert parsers.split(b"") == []
    assert parsers.identify(b"") is None
    assert parsers.identify(b"hello " + WHOLE.encode()) == "x12"


def test_an_isa_quoted_in_a_text_opens_nothing(look):
    quoted = WHOLE.replace("BEG*00", "MSG*see " + ISA.replace("*", "|")[:-1] + "|x~BEG*00").replace("SE*3", "SE*4")
    assert [one.control_number for one in look(quoted).interchanges] == ["000000001"]


@pytest.mark.parametrize(
    ("release", "base", "association"),
    [
        ("003040UCS", "003040", "UCS"),
        ("004010VICS", "004010", "VICS"),
        ("005010X231A1", "005010", "X231A1"),
        ("004010UCS1", "004010", "UCS1"),
    ],
)
def test_an_industrys_release_is_its_base_release(release, base, association):
    """GS08: version, release and subrelease in six, and behind them the industry's own; tables go by the six."""
    data = (
        "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261120*1530*U*00401*000000001*0*P*>~"
        f"GS*PO*AA*BB*20261120*1530*1*X*{release}~ST*850*0001~BEG*00*SA*A**20261120~SE*3*0001~GE*1*1~IEA*1*000000001~"
    ).encode()
    (interchange,) = parsers.split(data)
    (message,) = parsers.read(data, interchange)
    assert (message.release, message.association) == (base, association)
    assert standards.find("x12", "850", message.release) is not None
