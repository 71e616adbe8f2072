"""Each word of the mapping language, both ways, in maps of a few lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edigw import standards
from edigw.errors import NotWritable
from edigw.mappings import Program, Read

PO1 = "PO1*1*5*EA*9.25**VN*AB1"
BEG = "BEG*00*SA*A1**20261120"
HEAD = {"kind": "original", "order_type": "stand-alone", "number": "A1", "issued_on": "2026-11-20"}
LINE = {"number": "1", "quantity": "5", "unit": "EA", "price": {"amount": "9.25"}, "item": {"seller_id": "AB1"}}

Make = Callable[..., Program]
Reads = Callable[..., Read]
Writes = Callable[..., list[str]]


def x12(*body: str) -> str:
    """A partner's own map: an order's number, lines, and *body*."""
    lines = ["map: acme/850", "document: order", "body:", "  - BEG: {1: {is: 00, always: yes}, 2: {is: SA, always: yes}, 3: number, 5: issued_on}"]
    lines += [f"  - {one}" for one in body]
    return "\n".join([*lines, "  - PO1: {into: lines*, 2: quantity, 3: unit, pairs: {at: 6, until: 25, into: {VN: item.seller_id}}}"])


def compiled(library: Any, text: str, release: str = "004010") -> Program:
    standard = standards.find("x12", "850", release)
    assert standard is not None
    made: Program = library(text).program("acme/850", standard)
    return made


CASES = [
    pytest.param(
        "REF: {by: 1, value: 2, into: {IA|DP: extensions.vendor}, others: {into: references*, 1: kind, 2: number}}",
        ["REF*IA*77", "REF*CO*8"],
        {"extensions": {"vendor": "77"}, "references": [{"kind": "CO", "number": "8"}]},
        id="by, value, into, others",
    ),
    pytest.param(
        "PID: {by: [1, 2], value: 5, into: {F: extensions.text, F+73: extensions.colour, F+74: extensions.size}}",
        ["PID*F****WIDGET", "PID*F*73***RED", "PID*F*74***XL"],
        {"extensions": {"text": "WIDGET", "colour": "RED", "size": "XL"}},
        id="two qualifiers",
    ),
    pytest.param(
        "PER: {into: contacts*, 1: role, 2: name, pairs: {at: 3, until: 8, into: {TE: phone, EM: email}}}",
        ["PER*BD*ANN*TE*123*EM*a@b.example", "PER*OC**EM*c@d.example"],
        {"contacts": [{"role": "BD", "name": "ANN", "phone": "123", "email": "a@b.example"}, {"role": "OC", "email": "c@d.example"}]},
        id="pairs",
    ),
    pytest.param(
        "MEA: {into: measures*, 1: purpose, 3: value, 4.1: unit}",
        ["MEA*PD**7.5*LB"],
        {"measures": [{"purpose": "PD", "value": "7.5", "unit": "LB"}]},
        id="a composite's component",
    ),
    pytest.param(
        "N1: {by: 1, into: {ST: ship_to}, others: parties*, body: [{N1: {1: role, 2: name}}, {N3: {1..2: address.street*}}]}",
        ["N1*ST*SHOP", "N3*1 MAIN ST*SUITE 2", "N3*BACK DOOR", "N1*WH*STORE"],
        {"ship_to": {"name": "SHOP", "address": {"street": ["1 MAIN ST", "SUITE 2", "BACK DOOR"]}}, "parties": [{"role": "WH", "name": "STORE"}]},
        id="parties, and a run over several segments",
    ),
    pytest.param(
        "N9: {into: texts*, 1: kind, 2: number, body: [{MSG: {into: lines*, 1: .}}]}",
        ["N9*L1*NOTES", "MSG*FIRST", "MSG*SECOND"],
        {"texts": [{"kind": "L1", "number": "NOTES", "lines": ["FIRST", "SECOND"]}]},
        id="values as items",
    ),
    pytest.param(
        "SAC: {into: allowances_charges*, 1: {field: kind, codes: {A: allowance, C: charge}}, 2: reason, 5: amount}",
        ["SAC*C*D240***1250"],
        {"allowances_charges": [{"kind": "charge", "reason": "D240", "amount": "12.50"}]},
        id="codes, and implied decimals",
    ),
    pytest.param(
        "TD5: {2: transport.carrier.id_scheme, 3: transport.carrier.id}",
        ["TD5**2*UPSN"],
        {"transport": {"carrier": {"id_scheme": "2", "id": "UPSN"}}},
        id="members of members",
    ),
    pytest.param(
        "TD3: {into: transport.equipment*, 1: kind, 3: number, 9: seals.0}",
        ["TD3*TL**77******S1"],
        {"transport": {"equipment": [{"kind": "TL", "number": "77", "seals": ["S1"]}]}},
        id="a list's first item",
    ),
    pytest.param(
        "CUR: {1: {is: BY}, 2: currency}",
        ["CUR*BY*USD"],
        {"currency": "USD"},
        id="is",
    ),
    pytest.param(
        "CSH: {when: {2: absent}, 1: extensions.terms}",
        ["CSH*Y"],
        {"extensions": {"terms": "Y"}},
        id="when an element is absent",
    ),
    pytest.param(
        "DTM: {cases: [{by: 1, value: 2, into: {002: deliver_on}}, {by: 1, value: 3, into: {097: extensions.at}}]}",
        ["DTM*002*20261127", "DTM*097**1530"],
        {"deliver_on": "2026-11-27", "extensions": {"at": "15:30"}},
        id="cases",
    ),
    pytest.param(
        "DTM: {by: 1, value: {at: 2, time: 3}, into: {002: deliver_on, 010: ship_on}}",
        ["DTM*002*20261127*0830", "DTM*010*20261125"],
        {"deliver_on": "2026-11-27T08:30", "ship_on": "2026-11-25"},
        id="a time of day beside a day",
    ),
    pytest.param(
        "DTM: {by: 1, value: 2, into: {010: ship_on}, others: {into: dates*, 1: kind, 5: format, 6: period}}",
        ["DTM*010****RD8*20261101-20261130"],
        {"dates": [{"kind": "010", "format": "RD8", "period": "20261101-20261130"}]},
        id="what has no value for its field is left to the others",
    ),
    pytest.param(
        "DTM: {by: 1, value: {at: 6, format: 5}, into: {010: ship_on}, others: {into: dates*, 1: kind, 6: {field: on, format: 5, period: period}}}",
        ["DTM*010****D8*20261101", "DTM*010****RD8*20261101-20261130", "DTM*002****D8*20261203"],
        {
            "ship_on": "2026-11-01",
            "dates": [{"kind": "010", "format": "RD8", "period": "20261101-20261130"}, {"kind": "002", "on": "2026-12-03"}],
        },
        id="a period where a day may stand",
    ),
    pytest.param(
        "REF: {into: references*, set: {text: vendor}, when: {1: IA}, 1: kind, 2: number}",
        ["REF*IA*77"],
        {"references": [{"kind": "IA", "number": "77", "text": "vendor"}]},
        id="set",
    ),
]


@pytest.mark.parametrize(("body", "segments", "fields"), CASES)
def test_words_both_ways(library: Any, read: Reads, written: Writes, body: str, segments: list[str], fields: dict[str, Any]) -> None:
    program = compiled(library, x12(body))
    expected = {"number": "A1", "issued_on": "2026-11-20", "lines": [{"quantity": "5", "unit": "EA", "item": {"seller_id": "AB1"}}], **fields}
    line = "PO1**5*EA***VN*AB1"
    found = read(program, BEG, *segments, line)
    assert found.document == expected
    assert found.unmapped == []
    assert written(program, expected) == [BEG, *segments, line]


@pytest.mark.parametrize(
    ("sent", "code", "left"),
    [
        pytest.param(["CUR*SE*USD"], "EDIGW-MAP-E104", [("CUR", "1", "SE"), ("CUR", "2", "USD")], id="is differs"),
        pytest.param(["DTM*002*20261127", "DTM*002*20261128"], "EDIGW-MAP-E103", [("DTM", "1", "002"), ("DTM", "2", "20261128")], id="a second value"),
        pytest.param(["DTM*002*2026112"], "EDIGW-MAP-E102", [("DTM", "2", "2026112")], id="no value"),
        pytest.param(["DTM*037*20261127"], "EDIGW-MAP-E106", [("DTM", "1", "037"), ("DTM", "2", "20261127")], id="no key"),
        pytest.param(["CSH*N*2"], None, [("CSH", "2", "2")], id="an element nobody names"),
        pytest.param(["PKG*F*68***PALLET"], None, [("PKG", "1", "F"), ("PKG", "2", "68"), ("PKG", "5", "PALLET")], id="a segment nobody names"),
        pytest.param(["N1*ZZ*X", "N3*STREET"], None, [("N1", "1", "ZZ"), ("N1", "2", "X"), ("N1/N3", "1", "STREET")], id="a loop nobody names"),
    ],
)
def test_what_no_binding_takes_is_told_and_kept(library: Any, read: Reads, sent: list[str], code: str | None, left: list[tuple[str, str, str]]) -> None:
    program = compiled(library, x12("CUR: {1: {is: BY}, 2: currency}", "CSH: {1: extensions.terms}", "DTM: {by: 1, value: 2, into: {002: deliver_on}}"))
    found = read(program, BEG, *sent, PO1)
    unmapped = [(one["segment"], one["element"], one["value"]) for one in found.unmapped if one["segment"] != "PO1"]
    assert unmapped == left
    assert [one.code.code for one in found.faults] == ([code] if code else [])
    assert all(one["position"] >= 3 for one in found.unmapped)
    assert found.document["unmapped"] is found.unmapped


def test_a_fault_carries_its_place_and_the_maps_line(library: Any, read: Reads) -> None:
    program = compiled(library, x12("DTM: {by: 1, value: 2, into: {002: deliver_on}}"))
    (fault,) = read(program, BEG, "DTM*002*20261127", "DTM*002*20261128", PO1).faults
    assert (fault.segment, fault.at.short) == ("DTM", "4/1")
    assert "acme/850.yaml:5:" in fault.note


def test_others_keep_comes_back_where_it_stood(library: Any, read: Reads, written: Writes) -> None:
    text = x12().replace("pairs:", "1: number, body: [{REF: {by: 1, value: 2, into: {VN: extensions.vendor}, others: keep}}], pairs:")
    program = compiled(library, text)
    segments = [BEG, "PO1*1*5*EA***VN*AB1", "REF*VN*1", "PO1*2*6*EA***VN*AB2", "REF*CO*KEPT*SOON", "REF*VN*2"]
    found = read(program, *segments)
    assert {one["segment"] for one in found.unmapped} == {"PO1#2/REF"}
    assert found.faults == []
    back = written(program, found.document)
    assert sorted(back) == sorted(segments)
    assert back.index("REF*CO*KEPT*SOON") > back.index("PO1*2*6*EA***VN*AB2")


def test_others_fault_rejects(library: Any, read: Reads) -> None:
    program = compiled(library, x12("REF: {by: 1, value: 2, into: {IA: extensions.vendor}, others: fault}"))
    (fault,) = read(program, BEG, "REF*CO*1", PO1).faults
    assert (fault.code.code, fault.severity.word, fault.at.short, fault.value) == ("EDIGW-MAP-E109", "reject", "3/1", "CO")


def test_an_unknown_code_stays_what_it_was_and_is_told(program: Make, read: Reads, written: Writes) -> None:
    made = program("x12/850")
    found = read(made, "BEG*00*KA*A1**20261120", "PO1*1*5*ZZ*1**VN*AB1")
    assert found.document["lines"][0]["unit"] == "ZZ"
    assert "EDIGW-MAP-E105" in {one.code.code for one in found.faults}
    assert "PO1*1*5*ZZ*1**VN*AB1" in written(made, found.document)


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        pytest.param({"number": "9" * 23}, "number", "longer than allowed", id="too long"),
        pytest.param({"kind": "orignal"}, "kind", "no word of order-purpose", id="no word of the table"),
        pytest.param({"number": "A*1"}, "number", "separates here", id="a live separator"),
        pytest.param({"number": "Ä1"}, "number", "not in ascii", id="outside the charset"),
        pytest.param({"number": "A\n1"}, "number", "control character", id="a control character"),
        pytest.param({"issued_on": "2026-02-30"}, "issued_on", "no day of the calendar", id="no day"),
        pytest.param({"lines": []}, "document", "mandatory segment is missing", id="no lines"),
        pytest.param({"number": None}, "number", "mandatory element is missing", id="no number"),
        pytest.param({"number": ["A1"]}, "number", "one value belongs here", id="a list for a value"),
        pytest.param({"lines": {"quantity": "1"}}, "lines", "a list belongs here", id="an object for a list"),
        pytest.param({"lines": [LINE | {"quantity": "5.x"}]}, "lines.0.quantity", "no decimal number", id="no number in a line"),
        pytest.param({"lines": [LINE | {"item": {"gtin": "12A"}}]}, "lines.0.item.gtin", "no gtin", id="no GTIN"),
        pytest.param({"totals": {"lines": 7}}, "totals.lines", "says 7, but there are 1 lines", id="a count that disagrees"),
        pytest.param({"references": [{"kind": "PD", "number": "1"}]}, "references.0", "a field of its own", id="a qualifier that has a field"),
        pytest.param({"lines": [LINE | {"item": {"ids": [{"kind": "BL"}]}}]}, "lines.0.item.ids.0.id", "go together", id="half a pair"),
    ],
)
def test_what_cannot_be_written_names_field_line_and_rule(program: Make, written: Writes, change: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(NotWritable) as caught:
        written(program("x12/850"), HEAD | {"lines": [LINE]} | change)
    told = dict(caught.value.problems)
    assert where in told
    assert says in told[where]
    assert where == "document" or "base/x12/850.yaml:" in told[where]


def test_gtins_are_sent_under_the_qualifier_of_their_length(program: Make, written: Writes) -> None:
    made = program("x12/850")
    lines = [{"number": "1", "quantity": "5", "unit": "EA", "item": {"gtin": "1" * size}} for size in (12, 13, 14)]
    sent = written(made, HEAD | {"lines": lines})
    assert [one.split("*")[6:8] for one in sent if one.startswith("PO1")] == [["UP", "1" * 12], ["EN", "1" * 13], ["UK", "1" * 14]]


def test_decimal_comma_and_dates_by_format(program: Make, read: Reads, written: Writes) -> None:
    made = program("edifact/ORDERS")
    segments = ["BGM+220+A1+9", "DTM+137:202611201530:203", "DTM+2:20261127:102", "LIN+1++4000862141404:EN", "QTY+21:1,5", "UNS+S", "CNT+2:1"]
    found = read(made, *segments)
    assert found.document["issued_on"] == "2026-11-20T15:30"
    assert found.document["deliver_on"] == "2026-11-27"
    assert found.document["lines"][0]["quantity"] == "1.5"
    assert written(made, found.document, decimal=",") == segments


def test_what_a_map_does_not_write_is_named(program: Make) -> None:
    document = HEAD | {"lines": [LINE | {"nothing": {"of": "it"}}], "source": {"file": "x"}}
    assert program("x12/850").unwritten(document) == ("lines.nothing.of",)


def test_a_partner_changes_only_what_differs(program: Make, read: Reads, written: Writes) -> None:
    text = """
map: acme/850
extends: x12/850
guide: {TD5: forbidden, PO1.3: {codes: [EA, CA]}}
change:
  REF: {into: {DP: extensions.department, PD: }}
  N1: {into: {SE: ship_from, SF: }}
  PO1/PO1: {3: {codes: {EA: EA, CA: case}}, 5: }
  BEG: {4: extensions.release}
  body:
    - TD4: {into: transport.handling*, 1: code}
"""
    made = program("acme/850", text)
    segments = ["BEG*00*SA*A1*R7*20261120", "REF*DP*038", "REF*PD*P1", "N1*SE*SHOP", "PO1*1*5*CA*9.25*TE*VN*AB1", "CTT*1"]
    found = read(made, *segments)
    assert found.document["extensions"] == {"release": "R7", "department": "038"}
    assert found.document["references"] == [{"kind": "PD", "number": "P1"}]
    assert found.document["ship_from"] == {"name": "SHOP"}
    assert found.document["lines"][0]["unit"] == "case"
    assert [(one["segment"], one["element"], one["value"]) for one in found.unmapped] == [("PO1", "5", "TE")]
    segments[4] = "PO1*1*5*CA*9.25**VN*AB1"
    assert written(made, found.document) == segments
    with pytest.raises(NotWritable) as caught:
        written(made, found.document | {"lines": [LINE | {"unit": "DZ"}]})
    assert caught.value.problems[0][0] == "lines.0.unit"
    assert made.label.startswith("acme/850@")
    assert len(made.label) == len("acme/850@") + 6


def test_a_document_nested_without_end_is_no_end_of_us(program: Make) -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = {"a": [deep]}
    document = HEAD | {"lines": [LINE], "extensions": {"deep": deep}}
    assert len(program("x12/850").unwritten(document)) == 1


FIRST_THEN_LIST = ("TXI: {into: extensions.tax, 1: kind, 2: amount}", "TXI: {into: taxes*, 1: kind, 2: amount}")


def test_a_single_object_takes_the_first_occurrence_and_a_list_behind_it_the_others(library: Any, read: Reads, written: Writes) -> None:
    program = compiled(library, x12(*FIRST_THEN_LIST))
    document = {"number": "A1", "extensions": {"tax": {"kind": "ST", "amount": "1"}}, "taxes": [{"kind": "CT", "amount": "2"}, {"kind": "ST", "amount": "3"}]}
    found = read(program, BEG, "TXI*ST*1", "TXI*CT*2", "TXI*ST*3")
    assert found.document == {**document, "issued_on": "2026-11-20"}
    assert found.faults == []
    lines = {"lines": [{"quantity": "5", "unit": "EA", "item": {"seller_id": "AB1"}}]}
    assert [cut for cut in written(program, found.document | lines) if cut.startswith("TXI")] == ["TXI*ST*1", "TXI*CT*2", "TXI*ST*3"]


def test_the_others_without_the_first_are_refused(library: Any, written: Writes) -> None:
    """They would come back in another place."""
    program = compiled(library, x12(*FIRST_THEN_LIST))
    with pytest.raises(NotWritable, match=r"would be read into extensions\.tax, which comes first and is empty"):
        written(program, {"number": "A1", "issued_on": "2026-11-20", "taxes": [{"kind": "CT", "amount": "2"}]})


def test_what_two_bindings_look_at_is_left_once(program, read):
    """LIN C829: the line above is read; 5495 before it is not, and stands in unmapped one time."""
    found = read(program("edifact/ORDERS"), "BGM+220+PO-1+9", "DTM+137:20261120:102", "LIN+1++AB9:SA", "LIN+2+++1:1", "UNS+S")
    assert found.document["lines"][1]["parent"] == "1"
    assert [(one["segment"], one["element"], one["value"]) for one in found.unmapped] == [("LIN", "4.1", "1")]
