"""Values between wire and document: each pair of sides, by named cases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edigw.mappings import codecs
from edigw.standards.schema import ElementDef


def element(kind: str, most: int = 18) -> ElementDef:
    return ElementDef("1", kind, 1, most, "x")


@pytest.mark.parametrize(
    ("codec", "sent", "held"),
    [
        pytest.param(codecs.implied(2), "-1250", "-12.50", id="N2"),
        pytest.param(codecs.implied(2), "5", "0.05", id="N2 of one digit"),
        pytest.param(codecs.implied(4), "12345", "1.2345", id="N4"),
        pytest.param(codecs.DECIMAL_X12, "9.25", "9.25", id="R"),
        pytest.param(codecs.DECIMAL_X12, ".5", ".5", id="R without whole digits"),
        pytest.param(codecs.DECIMAL_X12, "1.10", "1.10", id="R keeps its zeros"),
        pytest.param(codecs.DECIMAL_EDIFACT, "0.5", "0.5", id="n"),
        pytest.param(codecs.COUNT, "12", 12, id="a count"),
        pytest.param(codecs.day(8), "20261120", "2026-11-20", id="DT of eight"),
        pytest.param(codecs.day(6), "261120", "2026-11-20", id="DT of six"),
        pytest.param(codecs.day(6), "991231", "1999-12-31", id="DT of six, last century"),
        pytest.param(codecs.day(35), "202611201530", "2026-11-20T15:30", id="with its time"),
        pytest.param(codecs.CLOCK, "1530", "15:30", id="TM"),
        pytest.param(codecs.CLOCK, "153059", "15:30:59", id="TM with seconds"),
        pytest.param(codecs.CLOCK, "15305912", "15:30:59.12", id="TM with hundredths"),
    ],
)
def test_both_ways(codec: codecs.Codec, sent: str, held: object) -> None:
    assert codec.read is not None
    assert codec.read(sent) == held
    assert codec.write(held) == sent


@pytest.mark.parametrize(
    ("codec", "sent", "held"),
    [
        pytest.param(codecs.DECIMAL_X12, "+5", "5", id="a plus sign"),
        pytest.param(codecs.DECIMAL_X12, "5.", "5", id="a bare point"),
        pytest.param(codecs.DECIMAL_X12, "1.25E3", "1250", id="an exponent"),
        pytest.param(codecs.DECIMAL_X12, "125E-3", "0.125", id="a negative exponent"),
        pytest.param(codecs.DECIMAL_EDIFACT, "1234,5", "1234.5", id="a comma"),
        pytest.param(codecs.implied(2), "0", "0.00", id="N2 nothing"),
    ],
)
def test_reads_leniently(codec: codecs.Codec, sent: str, held: str) -> None:
    assert codec.read is not None
    assert codec.read(sent) == held


@pytest.mark.parametrize(
    ("codec", "sent"),
    [
        pytest.param(codecs.implied(2), "12.5", id="a point where it is implied"),
        pytest.param(codecs.implied(2), "１２", id="digits of another script"),
        pytest.param(codecs.DECIMAL_X12, "1,234.56", id="thousands"),
        pytest.param(codecs.DECIMAL_X12, "1_0", id="an underscore"),
        pytest.param(codecs.DECIMAL_X12, "-", id="a lone sign"),
        pytest.param(codecs.DECIMAL_X12, "NaN", id="no number"),
        pytest.param(codecs.day(8), "20260230", id="30 February"),
        pytest.param(codecs.day(8), "20261332", id="month 13"),
        pytest.param(codecs.CLOCK, "2561", id="25 o'clock"),
        pytest.param(codecs.COUNT, "9" * 19, id="a count beyond bounds"),
    ],
)
def test_refuses_to_read(codec: codecs.Codec, sent: str) -> None:
    assert codec.read is not None
    with pytest.raises(ValueError):
        codec.read(sent)


@pytest.mark.parametrize(
    ("codec", "held"),
    [
        pytest.param(codecs.implied(2), "1.234", id="more decimals than implied"),
        pytest.param(codecs.DECIMAL_X12, "1e5", id="an exponent"),
        pytest.param(codecs.DECIMAL_X12, 1.5, id="a float"),
        pytest.param(codecs.day(6), "2070-01-01", id="a year that two digits would move"),
        pytest.param(codecs.day(8), "2026-11-20T15:30", id="a time with no room"),
        pytest.param(codecs.day(8), "2026-02-30", id="no day"),
        pytest.param(codecs.TEXT, True, id="a flag"),
        pytest.param(codecs.COUNT, 1.0, id="a float for a count"),
    ],
)
def test_refuses_to_write(codec: codecs.Codec, held: object) -> None:
    with pytest.raises(ValueError):
        codec.write(held)


@pytest.mark.parametrize(
    ("sent", "code", "held"),
    [
        pytest.param("20261120", "102", "2026-11-20", id="102"),
        pytest.param("202611201530", "203", "2026-11-20T15:30", id="203"),
        pytest.param("20261120153059", "204", "2026-11-20T15:30:59", id="204"),
        pytest.param("1530", "401", "15:30", id="401"),
    ],
)
def test_formats_of_2379(sent: str, code: str, held: str) -> None:
    assert codecs.read_formatted(sent, code) == held
    assert codecs.write_formatted(held, "edifact") == (sent, code)


@pytest.mark.parametrize(
    ("sent", "code", "held"),
    [
        pytest.param("261120", "101", "2026-11-20", id="101"),
        pytest.param("201126", "2", "2026-11-20", id="DDMMYY"),
        pytest.param("112026", "3", "2026-11-20", id="MMDDYY"),
        pytest.param("20112026", "4", "2026-11-20", id="DDMMCCYY"),
        pytest.param("2611201530", "201", "2026-11-20T15:30", id="201"),
        pytest.param("20261120", "", "2026-11-20", id="no format code"),
    ],
)
def test_formats_that_are_only_read(sent: str, code: str, held: str) -> None:
    assert codecs.read_formatted(sent, code) == held


@pytest.mark.parametrize(("sent", "code"), [("202647", "616"), ("2026112", "102"), ("20261301", "102"), ("2026112", "")])
def test_formats_that_are_no_day(sent: str, code: str) -> None:
    with pytest.raises(ValueError):
        codecs.read_formatted(sent, code)


@pytest.mark.parametrize(
    ("kind", "shape", "syntax", "name"),
    [
        ("N2", "decimal", "x12", "N2"),
        ("R", "text", "x12", "decimal"),
        ("AN", "decimal", "x12", "decimal"),
        ("DT", "text", "x12", "day"),
        ("TM", "clock", "x12", "clock"),
        ("AN", "text", "x12", "text"),
        ("an", "decimal", "edifact", "decimal"),
        ("n", "text", "edifact", "text"),
        ("N0", "count", "x12", "count"),
    ],
)
def test_the_dictionary_and_the_document_choose(kind: str, shape: str, syntax: str, name: str) -> None:
    assert codecs.choose(element(kind), shape, syntax).name == name  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "shape", "named"), [("DT", "decimal", ""), ("TM", "day", "gtin"), ("DT", "text", "gtin"), ("N2", "day", "")])
def test_types_that_contradict(kind: str, shape: str, named: str) -> None:
    with pytest.raises(ValueError):
        codecs.choose(element(kind), shape, "x12", named)  # type: ignore[arg-type]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-10**9, max_value=10**9))
def test_implied_decimals_keep_the_value(value: object) -> None:
    codec = codecs.implied(2)
    assert codec.read is not None
    held = format(value, "f")
    back = codec.read(codec.write(held))
    assert back.lstrip("-") == held.lstrip("-")


@given(st.text(max_size=20))
def test_no_codec_raises_anything_but_value_errors(text: str) -> None:
    for codec in (codecs.implied(2), codecs.DECIMAL_X12, codecs.DECIMAL_EDIFACT, codecs.COUNT, codecs.day(8), codecs.CLOCK):
        assert codec.read is not None
        for side in (codec.read, codec.write):
            try:
                side(text)
            except ValueError:
                continue
