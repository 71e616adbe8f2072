"""The documents: what they keep, what they refuse, and that a bad value costs only itself."""

import json
from decimal import Decimal

import jsonschema
import pytest

from edigw import documents

SMALL = {"number": "PO-4711", "lines": [{"number": "1", "quantity": "120"}]}


def said(kind="order", **fields):
    return documents.finish(kind, {**SMALL, **fields})


def read(finished):
    return json.loads(finished.json)


def test_members_stand_in_the_models_order_whatever_the_order_of_the_map():
    there = documents.finish("order", {"lines": [{"quantity": "1", "number": "1"}], "issued_on": "2026-11-20", "number": "A"})
    back = documents.finish("order", {"number": "A", "issued_on": "2026-11-20", "lines": [{"number": "1", "quantity": "1"}]})
    assert there.json == back.json
    assert there.json == (
        b'{"document":"order","version":"1","number":"A","issued_on":"2026-11-20","lines":[{"number":"1","quantity":"1"}]}'
    )


def test_what_was_not_sent_is_not_there():
    assert list(read(said())) == ["document", "version", "number", "lines"]


def test_unmapped_extensions_and_source_come_last():
    finished = said(source={"file": "po.edi", "test": False}, extensions={"department": "038"}, unmapped=[{"segment": "REF", "element": "2", "value": "x"}])
    assert list(read(finished))[-3:] == ["unmapped", "extensions", "source"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("9.25", "9.25", id="as sent"),
        pytest.param("9.250", "9.250", id="trailing zeros are the partner's"),
        pytest.param("0012", "0012", id="leading zeros too"),
        pytest.param(".57", ".57", id="no digit before the point"),
        pytest.param("-3", "-3", id="negative"),
        pytest.param(Decimal("1E+5"), "100000", id="a Decimal loses its exponent"),
        pytest.param(Decimal("9.250"), "9.250", id="a Decimal keeps its places"),
        pytest.param(12, "12", id="an int"),
    ],
)
def test_decimals_are_text(sent, kept):
    assert read(said(lines=[{"quantity": sent}]))["lines"][0]["quantity"] == kept


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("1E5", id="exponent"),
        pytest.param("9,25", id="comma"),
        pytest.param("+9", id="plus"),
        pytest.param("NaN", id="not a number"),
        pytest.param(" 9", id="blank"),
        pytest.param("9\n", id="line end"),
        pytest.param("٩", id="Arabic digit"),
        pytest.param(9.25, id="a float"),
        pytest.param(Decimal("NaN"), id="a Decimal that is none"),
        pytest.param(True, id="a flag"),
        pytest.param("9" * 65, id="longer than any standard's number"),
    ],
)
def test_what_is_no_decimal_costs_only_itself(sent):
    finished = said(lines=[{"number": "1", "quantity": sent}])
    assert finished.faults == (("lines.0.quantity", "is no decimal number in plain digits"),)
    document = read(finished)
    assert document["lines"] == [{"number": "1"}]
    assert [each["field"] for each in document["unmapped"]] == ["lines.0.quantity"]


@pytest.mark.parametrize(
    ("sent", "fits"),
    [
        pytest.param("2026-11-20", True, id="a day"),
        pytest.param("2026-11-20T15:30", True, id="with its time"),
        pytest.param("2026-11-20T15:30:59+01:00", True, id="with its zone"),
        pytest.param("20261120", False, id="basic format"),
        pytest.param("2026-13-32", False, id="no such month"),
        pytest.param("2026-11-20 15:30", False, id="blank for T"),
    ],
)
def test_days(sent, fits):
    finished = said(issued_on=sent)
    assert ("issued_on" in read(finished)) is fits
    assert bool(finished.faults) is not fits


@pytest.mark.parametrize(
    ("sent", "kept"),
    [pytest.param("30", 30, id="digits"), pytest.param(30, 30, id="an int"), pytest.param("030", 30, id="leading zero"), pytest.param("3_0", None, id="underscore")],
)
def test_whole_numbers_are_numbers(sent, kept):
    assert read(said(payment_terms=[{"kind": "basic", "net_days": sent}]))["payment_terms"][0].get("net_days") == kept


@pytest.mark.parametrize(
    ("fields", "fault", "kept"),
    [
        pytest.param({"colour": "red"}, "colour", "red", id="a member the kind does not have"),
        pytest.param({"buyer": {"iban": "x"}}, "buyer.iban", "x", id="a member the part does not have"),
        pytest.param({"currency": ""}, "currency", "", id="an empty value"),
        pytest.param({"notes": ["a", "", "b"]}, "notes.1", "", id="an empty item"),
        pytest.param({"buyer": "ACME"}, "buyer", "ACME", id="a value where a part belongs"),
        pytest.param({"deliver_on": {"kind": "002"}}, "deliver_on", '{"kind": "002"}', id="a part where a value belongs"),
    ],
)
def test_what_does_not_fit_is_said_and_kept(fields, fault, kept):
    finished = said(**fields)
    assert [path for path, _ in finished.faults] == [fault]
    assert read(finished)["unmapped"] == [{"field": fault, "value": kept}]


def test_the_items_around_a_bad_one_stay():
    assert read(said(notes=["a", "", "b", ""]))["notes"] == ["a", "b"]


def test_fields_are_not_changed():
    fields = {**SMALL, "notes": ["a", ""]}
    documents.finish("order", fields)
    assert fields == {**SMALL, "notes": ["a", ""]}


@pytest.mark.parametrize("kind", documents.KINDS)
def test_without_a_number_nothing_can_be_delivered(kind):
    finished = documents.finish(kind, {"lines": [{"number": "1"}]})
    assert finished.json == b""
    assert finished.faults == (("number", "is required and was not sent"),)


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        pytest.param({"number": "A"}, (("lines", "the order has no lines"),), id="an order without lines arrives, and it is said"),
        pytest.param({"number": "A", "kind": "cancellation"}, (), id="a cancellation needs none"),
    ],
)
def test_lines(fields, faults):
    finished = documents.finish("order", fields)
    assert finished.json
    assert finished.faults == faults


def test_an_unknown_kind_is_our_mistake():
    with pytest.raises(KeyError):
        documents.finish("letter", {})


LINES = [{"quantity": "120", "price": {"amount": "9.25"}}, {"quantity": "10", "unit": "EA", "price": {"amount": "400", "per": "100", "unit": "EA"}}]  # 1110.00 + 40.00


@pytest.mark.parametrize(
    ("fields", "notes"),
    [
        pytest.param({"totals": {"lines": 2, "quantity": "130", "amount": "1150.00"}}, (), id="all agree"),
        pytest.param({"totals": {"amount": "1150.02"}}, (), id="a cent a line is rounding"),
        pytest.param({"totals": {"lines": 3}}, (("totals.lines", "says 3, but the lines are 2"),), id="lines"),
        pytest.param({"totals": {"quantity": "131"}}, (("totals.quantity", "says 131, but the lines' quantities make 130"),), id="quantity"),
        pytest.param({"totals": {"amount": "1151"}}, (("totals.amount", "says 1151, but the lines make 1150"),), id="amount"),
        pytest.param({"totals": {"amount": "1151"}, "allowances_charges": [{"kind": "charge"}]}, (), id="with charges nothing is said of the amount"),
    ],
)
def test_totals_are_compared_and_never_mended(fields, notes):
    finished = documents.finish("order", {"number": "A", "lines": LINES, **fields})
    assert finished.notes == notes
    assert read(finished)["totals"] == fields["totals"]


@pytest.mark.parametrize(
    ("totals", "paths"),
    [
        pytest.param({"net": "100", "tax": "19", "gross": "119"}, [], id="net and tax"),
        pytest.param({"net": "100", "allowances": "10", "tax": "19", "gross": "109"}, [], id="allowance beside net"),
        pytest.param({"net": "100", "tax": "19", "gross": "120"}, ["totals.gross"], id="gross too high"),
        pytest.param({"tax": "20"}, ["totals.tax"], id="the taxes make 19"),
    ],
)
def test_an_invoices_totals(totals, paths):
    finished = documents.finish("invoice", {"number": "A", "lines": [{"number": "1"}], "taxes": [{"amount": "19"}], "totals": totals})
    assert [path for path, _ in finished.notes] == paths


def test_keys_are_the_numbers_people_search_by():
    finished = said(customer_order_number="C-1", contract_number="K-2", references=[{"kind": "IA", "number": "9"}])
    assert finished.keys == (("number", "PO-4711"), ("customer_order_number", "C-1"), ("contract_number", "K-2"))


def test_a_collective_invoice_is_found_by_each_order_and_delivery():
    lines = [{"order_number": "P-1", "despatch_number": "D-1"}, {"order_number": "P-2", "despatch_number": "D-1"}, {"number": "3"}]
    finished = documents.finish("invoice", {"number": "I-7", "original_number": "I-6", "lines": lines})
    assert finished.keys == (("number", "I-7"), ("original_number", "I-6"), ("order_number", "P-1"), ("despatch_number", "D-1"), ("order_number", "P-2"))


def test_keys_of_a_shipment_are_bounded():
    packages = [{"id": str(n), "sscc": [f"{n:018}"]} for n in range(1000)]
    finished = documents.finish("despatch_advice", {"number": "S", "orders": [{"id": "1", "number": "A"}, {"id": "2", "number": "A"}], "packages": packages, "lines": [{}]})
    assert finished.keys[:3] == (("number", "S"), ("order_number", "A"), ("sscc", "0" * 18))
    assert len(finished.keys) == 20


@pytest.mark.parametrize("kind", documents.KINDS)
def test_the_schema_is_one_and_accepts_what_finish_writes(kind):
    schema = documents.schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    finished = documents.finish(kind, {"number": "A", "lines": [{"number": "1"}], "totals": {"lines": "1"}, "extensions": {"x": [1, {"y": None}]}})
    validator.validate(json.loads(finished.json))
    with pytest.raises(jsonschema.ValidationError):
        validator.validate({"document": kind, "version": "1", "number": "A", "nonsense": "x"})


@pytest.mark.parametrize("kind", documents.KINDS)
def test_the_schema_begins_with_what_comes_first(kind):
    assert list(documents.schema(kind)["properties"])[:3] == ["document", "version", "number"]


@pytest.mark.parametrize(
    ("path", "shape", "many"),
    [
        ("number", "text", False),
        ("lines", "part", True),
        ("lines.0.item.gtin", "text", False),
        ("lines.price.amount", "decimal", False),
        ("lines.schedule.deliver_on", "day", False),
        ("payment_terms.days", "count", False),
        ("source.test", "flag", False),
        ("extensions.anything.at.all", "free", False),
        ("notes", "text", True),
    ],
)
def test_members_by_path(path, shape, many):
    found = documents.member(documents.KINDS["order"], path)
    assert (found.shape, found.many) == (shape, many)


@pytest.mark.parametrize("path", ["nonsense", "lines.item.colours", "number.more", "buyer.0.name"])
def test_no_such_member(path):
    assert documents.member(documents.KINDS["order"], path) is None


PACKED = [
    {"id": "1", "weight": "20.0", "weight_unit": "KGM"},
    {"id": "2", "parent": "1", "weight": "9.5", "weight_unit": "KGM"},
    {"id": "3", "parent": "1", "weight": "9.5", "weight_unit": "KGM"},
]


@pytest.mark.parametrize(
    ("totals", "notes"),
    [
        pytest.param({"packages": "1"}, (), id="what goes onto the lorry"),
        pytest.param({"packages": "2"}, (), id="the cartons"),
        pytest.param({"packages": "3"}, (), id="every package there is"),
        pytest.param({"packages": "4"}, (("totals.packages", "says 4, but the packages are 2"),), id="none of these"),
        pytest.param({"weight": "19.0", "weight_unit": "KGM"}, (), id="the cartons' weight"),
        pytest.param({"weight": "20.9", "weight_unit": "KGM"}, (), id="the pallet's, rounded"),
        pytest.param({"weight": "45", "weight_unit": "KGM"}, (("totals.weight", "says 45, but the packages make 19"),), id="another weight"),
        pytest.param({"weight": "45", "weight_unit": "LBR"}, (), id="another unit: nothing can be said"),
    ],
)
def test_packages_make_the_totals(totals, notes):
    found = documents.finish("despatch_advice", {"number": "A", "packages": PACKED, "lines": [{"number": "1"}], "totals": totals})
    assert found.notes == notes
