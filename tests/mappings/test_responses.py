"""Order responses: what the answer and the pieces of a line become, and that they are said again as they were."""

import pytest

from edigw import standards
from edigw.errors import ConfigError, NotWritable
from edigw.mappings import responses

BAK = "BAK*00*AC*PO-1*20261118****SO-9*20261120"
BGM = ["BGM+231+R-1+29", "DTM+137:20261120:102"]


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        pytest.param("BAK*00*AD*PO-1*20261118", {"kind": "accepted"}, id="with detail, no change"),
        pytest.param("BAK*00*AP*PO-1*20261118", {"kind": "accepted", "response": "AP"}, id="accepted"),
        pytest.param("BAK*00*AC*PO-1*20261118", {"kind": "accepted-with-changes"}, id="with detail and change"),
        pytest.param("BAK*00*RD*PO-1*20261118", {"kind": "rejected"}, id="rejected with detail"),
        pytest.param("BAK*00*RJ*PO-1*20261118", {"kind": "rejected", "response": "RJ"}, id="rejected without detail"),
        pytest.param("BAK*00*AK*PO-1*20261118", {"kind": "received"}, id="no detail or change"),
        pytest.param("BAK*00*NA*PO-1*20261118", {"response": "NA"}, id="a code that is no answer stays"),
    ],
)
def test_855_answer(read, written, program, sent, fields):
    made = program("x12/855")
    found = read(made, sent).document
    assert found == {"number": "PO-1", "order_number": "PO-1", "order_issued_on": "2026-11-18", "purpose": "original", **fields}
    assert written(made, found) == [sent]


def test_855_heading(read, program):
    found = read(program("x12/855"), BAK, "DTM*002*20261201", "N1*ST*STORE 9*92*0109").document
    assert found["seller_order_number"] == "SO-9"
    assert found["issued_on"] == "2026-11-20"
    assert found["ship_to"] == {"name": "STORE 9", "id_scheme": "assigned-by-buyer", "id": "0109"}
    assert found["deliver_on"] == "2026-12-01"


@pytest.mark.parametrize(
    ("acks", "entries"),
    [
        pytest.param(["ACK*IA*100*EA*068*20261125"], [{"status": "accepted", "quantity": "100", "unit": "EA", "ship_on": "2026-11-25"}], id="accepted"),
        pytest.param(
            ["ACK*IQ*60*EA*067*20261125", "ACK*IB*40*EA*067*20261210"],
            [
                {"status": "changed", "reason": "IQ", "quantity": "60", "unit": "EA", "deliver_on": "2026-11-25"},
                {"status": "backordered", "quantity": "40", "unit": "EA", "deliver_on": "2026-12-10"},
            ],
            id="several schedules to one line",
        ),
        pytest.param(["ACK*DR*100*EA*069*20261125"], [{"status": "changed", "reason": "DR", "quantity": "100", "unit": "EA", "deliver_on": "2026-11-25", "deliver_basis": "promised"}], id="another date, promised"),
        pytest.param(["ACK*IP*100*EA"], [{"status": "changed", "reason": "IP", "quantity": "100", "unit": "EA"}], id="another price"),
        pytest.param(["ACK*IR"], [{"status": "rejected"}], id="rejected"),
        pytest.param(["ACK*R2"], [{"status": "rejected", "reason": "R2"}], id="rejected for its number"),
        pytest.param(["ACK*ID"], [{"status": "deleted"}], id="deleted"),
        pytest.param(["ACK*IH*100*EA"], [{"status": "on-hold", "quantity": "100", "unit": "EA"}], id="on hold"),
        pytest.param(["ACK*IS*100*EA****VN*S2*UP*614141100118"], [{"status": "substituted", "quantity": "100", "unit": "EA", "item": {"seller_id": "S2", "gtin": "614141100118"}}], id="substituted"),
        pytest.param(["ACK*IA*5*EA*068*20261125", "DTM*067*20261128"], [{"status": "accepted", "quantity": "5", "unit": "EA", "ship_on": "2026-11-25", "deliver_on": "2026-11-28"}], id="two dates, one beside"),
        pytest.param(["ACK*IA*5*EA*106*20261125"], [{"status": "accepted", "quantity": "5", "unit": "EA", "dates": [{"kind": "106", "on": "2026-11-25"}]}], id="any other date"),
    ],
)  # fmt: skip
def test_855_acks(read, written, program, acks, entries):
    made = program("x12/855")
    found = read(made, BAK, "PO1*1*100*EA*9.25*PE*VN*S1", *acks, "CTT*1")
    (line,) = found.document["lines"]
    assert (line["quantity"], line["unit"]) == ("100", "EA")
    assert line["confirmed"] == entries
    assert found.unmapped == []
    again = read(made, *written(made, found.document)).document
    assert again == found.document


@pytest.mark.parametrize(
    ("bgm", "fields"),
    [
        pytest.param("BGM+231+R-1+29", {"kind": "accepted"}, id="accepted without amendment"),
        pytest.param("BGM+231+R-1+27", {"kind": "rejected"}, id="not accepted"),
        pytest.param("BGM+231+R-1+4", {"kind": "accepted-with-changes"}, id="a change and nothing else"),
        pytest.param("BGM+231+R-1+30", {"kind": "accepted-with-changes", "purpose": "30"}, id="with amendments in the lines"),
        pytest.param("BGM+231+R-1+9+AP", {"kind": "accepted", "purpose": "original"}, id="original, accepted"),
        pytest.param("BGM+231+R-1+9+AC", {"kind": "accepted-with-changes", "purpose": "original"}, id="original, changed"),
        pytest.param("BGM+231+R-1+9+RE", {"kind": "rejected", "purpose": "original"}, id="original, rejected"),
        pytest.param("BGM+231+R-1+4+AC", {"kind": "accepted-with-changes", "purpose": "change"}, id="a changed response with changes"),
        pytest.param("BGM+231+R-1+4+AP", {"kind": "accepted", "purpose": "change"}, id="a changed response that accepts"),
        pytest.param("BGM+231+R-1+29+AB", {"kind": "accepted", "response": "AB"}, id="accepted, and an answer is wanted"),
        pytest.param("BGM+231+R-1+9+AB", {"kind": "received", "purpose": "original"}, id="received"),
        pytest.param("BGM+231+R-1+9", {"purpose": "original"}, id="no answer at all"),
        pytest.param("BGM+320+R-1+9+NA", {"response_type": "acknowledgement", "purpose": "original", "response": "NA"}, id="an acknowledgement"),
    ],
)
def test_ordrsp_answer(read, written, program, bgm, fields):
    made = program("edifact/ORDRSP")
    found = read(made, bgm, "DTM+137:20261120:102", "UNS+S").document
    assert found == {"number": "R-1", "response_type": "response", "issued_on": "2026-11-20"} | fields
    assert written(made, found)[0] == bgm


@pytest.mark.parametrize("kind", ["accepted", "accepted-with-changes", "rejected", "received"])
@pytest.mark.parametrize("purpose", [None, "original", "change"])
@pytest.mark.parametrize("name", ["x12/855", "edifact/ORDRSP"])
def test_every_answer_can_be_said(read, written, program, name, kind, purpose):
    """In both syntaxes, whatever code of its own the other one had for it."""
    if name == "x12/855":
        wanted = {"number": "A", "order_number": "A", "order_issued_on": "2026-11-18", "kind": kind, "purpose": purpose or "original"}
    else:
        wanted = {"number": "A", "issued_on": "2026-11-20", "kind": kind} | ({"purpose": purpose} if purpose else {})
    made = program(name)
    found = read(made, *written(made, wanted | {"response": "RJ" if name == "edifact/ORDRSP" else "CA"})).document
    assert found == wanted


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        pytest.param(["LIN+1+5", "QTY+21:100:PCE", "QTY+113:100:PCE"],
            {"quantity": "100", "unit": "PCE", "confirmed": [{"status": "accepted", "quantity": "100", "unit": "PCE"}]}, id="accepted, 113 to be delivered"),
        pytest.param(["LIN+1+3", "QTY+21:100:PCE", "QTY+113:60:PCE", "QTY+83:40:PCE", "DTM+67:20261127:102"],
            {"quantity": "100", "unit": "PCE", "confirmed": [{"status": "changed", "quantity": "60", "unit": "PCE", "deliver_on": "2026-11-27"}, {"status": "backordered", "quantity": "40", "unit": "PCE"}]}, id="a part backordered"),
        pytest.param(["LIN+1+3", "QTY+21:100", "SCC+1", "QTY+113:60", "DTM+67:20261127:102", "SCC+1", "QTY+113:40", "DTM+69:20261210:102"],
            {"quantity": "100", "confirmed": [{"status": "changed", "quantity": "60", "deliver_on": "2026-11-27"}, {"status": "changed", "quantity": "40", "deliver_on": "2026-12-10", "deliver_basis": "promised"}]}, id="several schedules to one line"),
        pytest.param(["LIN+1+3", "QTY+21:100", "QTY+113:100", "SCC+1", "QTY+113:60", "SCC+1", "QTY+113:40"],
            {"quantity": "100", "quantities": [{"kind": "113", "quantity": "100"}], "confirmed": [{"status": "changed", "quantity": "60"}, {"status": "changed", "quantity": "40"}]}, id="schedules and their sum: the sum is no part"),
        pytest.param(["LIN+1+7", "QTY+21:100"], {"quantity": "100", "confirmed": [{"status": "rejected"}]}, id="rejected"),
        pytest.param(["LIN+1+7", "QTY+21:100", "QTY+113:0"], {"quantity": "100", "confirmed": [{"status": "rejected", "quantity": "0", "quantity_kind": "113"}]}, id="rejected, nothing will come"),
        pytest.param(["LIN+1+7", "QTY+21:100", "QTY+185:100"], {"quantity": "100", "confirmed": [{"status": "rejected", "quantity": "100"}]}, id="rejected, with the quantity"),
        pytest.param(["LIN+1+6", "QTY+12:90"], {"confirmed": [{"status": "changed", "reason": "6", "quantity": "90", "quantity_kind": "12"}]}, id="with amendment, despatched"),
        pytest.param(["LIN+1+2"], {"confirmed": [{"status": "deleted"}]}, id="deleted"),
        pytest.param(["LIN+1+3", "PIA+3+S2:SA+4012345100013:EN", "QTY+113:100"],
            {"confirmed": [{"status": "substituted", "quantity": "100", "item": {"seller_id": "S2", "gtin": "4012345100013"}}]}, id="substituted by"),
        pytest.param(["LIN+1+1", "QTY+113:5"], {"action": "1", "confirmed": [{"quantity": "5"}]}, id="an action that is no status"),
        pytest.param(["LIN+1+5", "QTY+21:100", "DTM+2:20261127:102", "DTM+17:20261130:102"],
            {"quantity": "100", "deliver_on": "2026-11-27", "confirmed": [{"status": "accepted", "deliver_on": "2026-11-30", "deliver_basis": "estimated"}]}, id="asked for, and estimated"),
        pytest.param(["LIN+1+5", "QTY+113:5", "DTM+79:20261125:102", "DTM+67:20261127:102"],
            {"confirmed": [{"status": "accepted", "quantity": "5", "deliver_on": "2026-11-27", "ship_on": "2026-11-25"}]}, id="shipped and delivered"),
        pytest.param(["LIN+1", "SCC+4+SC", "QTY+113:5"], {"schedule": [{"status": "4", "requirement": "SC", "parts": [{"kind": "113", "quantity": "5"}]}]}, id="a plan that is not firm stays one"),
        pytest.param(["LIN+1+5", "RFF+ON:PO-1:7"], {"order_number": "PO-1", "order_line": "7", "confirmed": [{"status": "accepted"}]}, id="which line is answered"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("release", ["D96A", "D01B"])
def test_ordrsp_line(read, written, program, release, sent, line):
    made = program("edifact/ORDRSP", release=release)
    found = read(made, *BGM, *sent, "UNS+S", "CNT+2:1")
    assert found.unmapped == []
    assert found.document["lines"] == [{"number": "1", **line}]
    assert read(made, *written(made, found.document)).document == found.document


STATUSES = [None, "accepted", "changed", "backordered", "rejected", "substituted", "deleted"]
PARTS = [
    {key: value for key, value in {"status": status, **rest}.items() if value is not None}
    for status in STATUSES
    for rest in ({}, {"quantity": "5"}, {"quantity": "5", "deliver_on": "2026-11-27"}, {"quantity": "5", "item": {"seller_id": "S"}})
]


def attempted(written, made, document):
    """The segments, or the members that were refused."""
    try:
        return written(made, document), set()
    except NotWritable as trouble:
        return [], {path for path, _ in trouble.problems}


def sayable(part):
    """Whether one part alone can be said in D96A: an action for the status, or a quantity's qualifier; a substitute (PIA 3) is one."""
    status = part.get("status")
    if "item" in part:
        return status in ("accepted", "substituted")
    return status not in ("substituted", "backordered") or (status == "backordered" and "quantity" in part)


@pytest.mark.parametrize("first", [part for part in PARTS if part], ids=str)
def test_every_pair_of_parts_comes_back_or_is_refused(read, written, program, first):
    """What an ORDRSP cannot say of two parts of a line is told with its place; the rest is read as it was written."""
    made = program("edifact/ORDRSP")
    said = 0
    for entries in ([first], *([first, second] for second in PARTS)):
        if not all(entries):
            continue
        document = {"number": "R", "issued_on": "2026-11-20", "lines": [{"number": "1", "quantity": "10", "confirmed": entries}], "totals": {"lines": 1}}
        sent, refused = attempted(written, made, document)
        assert refused <= {"lines.0.confirmed", "lines.0.action"}
        if sent:
            said += 1
            assert read(made, *sent).document == document
    assert bool(said) == sayable(first)


def test_what_a_status_says_is_refused_with_its_reason(written, program):
    document = {"number": "R", "issued_on": "2026-11-20", "lines": [{"confirmed": [{"status": "accepted", "quantity": "5"}, {"status": "changed", "quantity": "5"}]}]}
    with pytest.raises(NotWritable, match="an ORDRSP has one action for a line"):
        written(program("edifact/ORDRSP"), document)


@pytest.mark.parametrize("member", ["confirmed", "quantities", "dates", "schedule"])
@pytest.mark.parametrize("value", [True, 7, "x", {"x": 1}, [True], ["x"]])
def test_a_member_of_another_shape_is_refused_with_its_place(written, program, member, value):
    """What a line is taken apart by must be lists of objects, whoever made the document."""
    line = {"confirmed": [{"status": "accepted", "quantity": "5"}], member: value}
    with pytest.raises(NotWritable, match="a list of objects belongs here") as caught:
        written(program("edifact/ORDRSP"), {"number": "R", "issued_on": "2026-11-20", "lines": [line]})
    assert caught.value.problems[0][0] == f"lines.0.{member}"


def test_a_map_cannot_use_what_there_is_not(program):
    with pytest.raises(ConfigError, match="did you mean x12-order-response"):
        program("acme/855", "map: acme/855\ndocument: order_response\nuse: x12-order-respons\nbody: [{BAK: {3: order_number}}]")


@pytest.mark.parametrize(("syntax", "type"), [("x12", "855"), ("edifact", "ORDRSP")])
def test_every_release_has_the_words_own_codes(program, syntax, type):
    """A status is written by its own code; releases that list codes have it (668 from 003010 on, 1229, 587, 4343)."""
    tables = {"x12": (("line-status", "ACK", 1), ("acknowledgement-type", "BAK", 2)), "edifact": (("response-function", "BGM", 3),)}
    for release in standards.releases(syntax, type):
        standard = standards.find(syntax, type, release)
        for name, tag, element in tables[syntax]:
            listed = standard.segments[tag].elements[element - 1].element.codes
            table = responses._table(name)
            own = {codes[0] for word, codes in table.codes.items() if word not in ("reorder",)}
            assert listed is None or own <= listed, (release, name)


