"""Trees of HL and CPS: flat documents out of them, and them out of flat documents."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from edigw import standards
from edigw.errors import NotWritable
from edigw.mappings import Library, Program
from edigw.mappings.linking import ROOT, nearest, parents
from edigw.standards import check, walk

LIBRARY = Library()
BSN = "BSN*00*ASN-1*20261120*1530"
HEAD = {"kind": "original", "number": "ASN-1", "issued_at": "2026-11-20T15:30"}


def program(name: str, release: str, *maps: str) -> Program:
    syntax, _, type = name.partition("/")
    standard = standards.find("x12" if syntax == "x12" else "edifact", type, release)
    assert standard is not None
    return LIBRARY.program(name, standard)


@pytest.fixture
def asn(message: Callable[..., Any]) -> Callable[..., tuple[dict[str, Any], list[tuple[str, int, str]]]]:
    """An 856's segments as a document, and its notes: code, segment, reason."""

    def run(*segments: str, head: str = BSN) -> tuple[dict[str, Any], list[tuple[str, int, str]]]:
        made = message(head, *segments, type="856")
        base = program("x12/856", "004010")
        found = base.read(walk.walk(made, base.standard).root, made)
        return found.document, [(one.code.code, one.at.segment, one.note) for one in found.faults]

    return run


@pytest.fixture
def desadv(message: Callable[..., Any]) -> Callable[..., tuple[dict[str, Any], list[tuple[str, int, str]]]]:
    def run(*segments: str) -> tuple[dict[str, Any], list[tuple[str, int, str]]]:
        made = message("BGM+351+ASN-1+9", "DTM+137:20261120:102", *segments, type="DESADV", release="D96A")
        base = program("edifact/DESADV", "D96A")
        found = base.read(walk.walk(made, base.standard).root, made)
        return found.document, [(one.code.code, one.at.segment, one.note) for one in found.faults]

    return run


# One document, every structure

SHIPPED = {
    **HEAD,
    "orders": [{"id": "1", "number": "PO-1"}, {"id": "2", "number": "PO-2"}],
    "packages": [
        {"id": "1", "level": "pallet", "sscc": ["P1"]},
        {"id": "2", "level": "carton", "parent": "1", "sscc": ["C1"]},
        {"id": "3", "level": "carton", "parent": "1", "sscc": ["C2"]},
    ],
    "lines": [
        {"number": "1", "order": "1", "quantity": "10", "unit": "EA", "item": {"seller_id": "A"}, "contents": [
            {"package": "2", "quantity": "6"}, {"package": "3", "quantity": "4"}]},
        {"number": "2", "order": "2", "quantity": "5", "unit": "EA", "item": {"seller_id": "B"}, "contents": [{"package": "3", "quantity": "5"}]},
    ],
}  # fmt: skip

STRUCTURES = [
    pytest.param(
        "0001",
        ["HL*1**S*1", "HL*2*1*O*1 PO-1", "HL*3*2*T*1 P1", "HL*4*3*P*1 C1", "HL*5*4*I*0 1 6", "HL*6*3*P*1 C2", "HL*7*6*I*0 1 4",
         "HL*8*1*O*1 PO-2", "HL*9*8*T*1 P1", "HL*10*9*P*1 C2", "HL*11*10*I*0 2 5"],
        id="shipment, order, tare, pack, item",
    ),
    pytest.param(
        "0002",
        ["HL*1**S*1", "HL*2*1*O*1 PO-1", "HL*3*2*I*1 1 10", "HL*4*3*T*1 P1", "HL*5*4*P*0 6 C1", "HL*6*4*P*0 4 C2",
         "HL*7*1*O*1 PO-2", "HL*8*7*I*1 2 5", "HL*9*8*T*1 P1", "HL*10*9*P*0 5 C2"],
        id="shipment, order, item, pack",
    ),
    pytest.param(
        "0003",
        ["HL*1**S*1", "HL*2*1*T*1 P1", "HL*3*2*P*1 C1", "HL*4*3*O*1 PO-1", "HL*5*4*I*0 1 6",
         "HL*6*2*P*1 C2", "HL*7*6*O*1 PO-1", "HL*8*7*I*0 1 4", "HL*9*6*O*1 PO-2", "HL*10*9*I*0 2 5"],
        id="shipment, pack, order, item",
    ),
]  # fmt: skip


def sketch(segments: list[str]) -> list[str]:
    """Each HL with what identifies it: the order, the SSCC, the line's number and quantity, in the order sent."""
    found: list[str] = []
    for one in segments:
        cut = one.split("*")
        if cut[0] == "HL":
            found.append(one)
        elif cut[0] in ("PRF", "LIN"):
            found[-1] += f" {cut[1]}"
        elif cut[0] in ("MAN", "SN1"):
            found[-1] += f" {cut[2]}"
    return found


@pytest.mark.parametrize(("structure", "tree"), STRUCTURES)
def test_one_document_in_every_structure(structure: str, tree: list[str], written: Callable[..., list[str]]) -> None:
    segments = written(program("x12/856", "004010"), {**SHIPPED, "structure": structure})
    assert sketch(segments) == tree


@pytest.mark.parametrize(("structure", "tree"), STRUCTURES)
def test_every_structure_is_one_document(structure: str, tree: list[str], written: Callable[..., list[str]], asn: Any) -> None:
    """Packages met twice by their SSCC are one, orders that are equal are one; a line split over packages is a line in each."""
    segments = written(program("x12/856", "004010"), {**SHIPPED, "structure": structure})
    found, notes = asn(*segments[1:], head=segments[0])
    assert notes == []
    assert [one["number"] for one in found["orders"]] == ["PO-1", "PO-2"]
    assert [(one["level"], one["sscc"]) for one in found["packages"]] == [("pallet", ["P1"]), ("carton", ["C1"]), ("carton", ["C2"])]
    id = {one["sscc"][0]: one["id"] for one in found["packages"]}
    number = {one["id"]: one["number"] for one in found["orders"]}
    assert [one.get("parent") for one in found["packages"]] == [None, id["P1"], id["P1"]]
    lies = [(number[one["order"]], one["number"], each["package"], each["quantity"]) for one in found["lines"] for each in one["contents"]]
    assert lies == [("PO-1", "1", id["C1"], "6"), ("PO-1", "1", id["C2"], "4"), ("PO-2", "2", id["C2"], "5")]


def test_a_partners_map_says_another_structure(written: Callable[..., list[str]]) -> None:
    text = "map: acme/856\nextends: x12/856\nchange: {HL: {tree: {structure: [S, T, O, I]}}}"
    standard = standards.find("x12", "856", "004010")
    assert standard is not None
    acme = Library({"acme/856": ("acme.yaml", text.encode())}).program("acme/856", standard)
    document = {
        **HEAD,
        "orders": [{"id": "a", "number": "PO-1"}],
        "packages": [{"id": "p", "level": "pallet", "sscc": ["P1"]}],
        "lines": [{"number": "1", "order": "a", "quantity": "2", "unit": "EA", "contents": [{"package": "p"}]}],
    }
    assert sketch(written(acme, {**document, "lines": [{**document["lines"][0], "item": {"seller_id": "A"}}]})) == [
        "HL*1**S*1", "HL*2*1*T*1 P1", "HL*3*2*O*1 PO-1", "HL*4*3*I*0 1 2"
    ]  # fmt: skip


# Reading

LEAVES = [
    pytest.param(
        ["HL*1**S*1", "HL*2*1*O*1", "PRF*PO-1", "HL*3*2*P*1", "MAN*GM*C1", "HL*4*3*I*0", "LIN*1*VN*A", "SN1**3*EA",
         "HL*5*1*O*1", "PRF*PO-2", "HL*6*5*P*1", "MAN*GM*C1", "HL*7*6*I*0", "LIN*1*VN*B", "SN1**4*EA"],
        {"packages": [{"id": "3", "sscc": ["C1"], "level": "carton"}]},
        [("2", "3", "3"), ("5", "3", "4")],
        id="one SSCC under two orders",
    ),
    pytest.param(
        ["HL*1**S*1", "HL*2*1*I*0", "LIN*1*VN*A", "SN1**3*EA*9", "PRF*PO-1***20261101*7", "HL*3*1*I*0", "LIN*2*VN*B", "SN1**4*EA", "PRF*PO-1"],
        {"orders": [{"id": "1", "number": "PO-1", "issued_on": "2026-11-01"}]},
        [("1", None, None), ("1", None, None)],
        id="the order at the items",
    ),
    pytest.param(
        ["HL*1**S*1", "HL*2*1*P*1", "LIN**EN*4012345000009", "MAN*GM*C1**CP*1Z9", "HL*3*2*I*0", "LIN*1*VN*A", "SN1**3*EA*9*10*EA"],
        {"packages": [{"id": "2", "sscc": ["C1"], "tracking_number": "1Z9", "level": "carton", "item": {"gtin": "4012345000009"}}]},
        [(None, "2", "3")],
        id="a carton that is an item itself",
    ),
    pytest.param(
        ["HL*1**S*1", "HL*2*1*T*1", "HL*3*2*P*0", "HL*4*2*I*0", "LIN*1*VN*A", "SN1**3*EA"],
        {"packages": [{"id": "2", "level": "pallet"}, {"id": "3", "level": "carton", "parent": "2"}]},
        [(None, "2", "3")],
        id="packages that say nothing",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("segments", "members", "links"), LEAVES)
def test_an_hl_tree_is_read(segments: list[str], members: dict[str, Any], links: list[tuple[Any, ...]], asn: Any) -> None:
    found, notes = asn(*segments)
    assert notes == []
    for name, value in members.items():
        assert found[name] == value
    lies = [
        (one.get("order"), *(one["contents"][0][name] for name in ("package", "quantity")))
        if "contents" in one
        else (one.get("order"), None, None)
        for one in found["lines"]
    ]
    assert lies == links


# Pointers that do not fit

TREE = "EDIGW-MAP-E110"
ITEM = ("LIN*1*VN*A", "SN1**3*EA")
ORDER = ("HL*1**S*1", "HL*2*1*O*1", "PRF*PO-1")
POINTERS = [
    pytest.param([*ORDER, "HL*3*9*I*0", *ITEM], [(TREE, 4, "flag"), (TREE, 6, "nothing has the id 9")], None, id="a parent that is not there"),
    pytest.param([*ORDER, "HL*3*3*I*0", *ITEM], [(TREE, 4, "flag"), (TREE, 6, "names itself")], None, id="its own parent"),
    pytest.param([*ORDER, "HL*3**I*0", *ITEM], [(TREE, 4, "flag"), (TREE, 6, "names no parent")], None, id="no parent"),
    pytest.param(["HL*1**S*1", "HL*2*3*O*1", "PRF*PO-1", "HL*3*2*I*0", *ITEM], [(TREE, 3, "flag"), (TREE, 4, "stands below it")], "2", id="a circle of two"),
    pytest.param([*ORDER, "HL*2*2*I*0", *ITEM], [(TREE, 6, "given to an earlier one")], "2", id="an id twice"),
    pytest.param([*ORDER, "HL*3*2*I*1", *ITEM], [(TREE, 6, "3 has none below it")], "2", id="a flag of children that are not there"),
    pytest.param(["HL*1**S*0", "HL*2*1*O", "PRF*PO-1", "HL*3*2*I", *ITEM], [(TREE, 3, "1 has one below it")], "2", id="a flag of none, and there is one"),
    pytest.param(["HL*1**S*1", "HL*3*2*I*0", *ITEM, "HL*2*1*O*1", "PRF*PO-1"], [], "2", id="a parent behind its child"),
]  # fmt: skip


@pytest.mark.parametrize(("segments", "notes", "order"), POINTERS)
def test_a_pointer_that_does_not_fit_is_told_and_nothing_is_guessed(
    segments: list[str], notes: list[tuple[str, int, str]], order: str | None, asn: Any
) -> None:
    found, told = asn(*segments)
    told = sorted(told, key=lambda one: one[1])
    wanted = [one for one in notes if one[2] != "flag"] + [one for one in notes if one[2] == "flag"]
    assert sorted(one[:2] for one in told) == sorted(one[:2] for one in wanted)
    for _, segment, words in wanted:
        if words != "flag":
            assert any(words in why for _, at, why in told if at == segment)
    (line,) = found["lines"]
    assert line["quantity"] == "3"
    assert line.get("order") == order
    assert [one["number"] for one in found["orders"]] == ["PO-1"]


def test_a_level_no_branch_names_is_kept_and_stands_in_nobodys_way(asn: Any) -> None:
    """X12 has some two hundred levels. What stands under one of them hangs on what stands above it."""
    found, notes = asn(*ORDER, "HL*3*2*ZZ*1", "REF*ZZ*77", "HL*4*3*I*0", *ITEM)
    assert notes == [("EDIGW-MAP-E106", 6, notes[0][2])]
    assert found["lines"][0]["order"] == "2"
    assert [one["value"] for one in found["unmapped"]] == ["3", "2", "ZZ", "1", "ZZ", "77"]


def test_two_parents_of_one_package_are_told(asn: Any) -> None:
    found, notes = asn(
        *("HL*1**S*1", "HL*2*1*T*1", "MAN*GM*P1", "HL*3*2*P*0", "MAN*GM*C1", "HL*4*1*T*1", "MAN*GM*P2", "HL*5*4*P*0", "MAN*GM*C1")
    )
    assert [(code, at) for code, at, _ in notes] == [(TREE, 10)]
    assert [(one["id"], one.get("parent")) for one in found["packages"]] == [("2", None), ("3", "2"), ("4", None)]


# Sizes


def test_a_hundred_thousand_levels(asn: Any) -> None:
    """No recursion: the tree may be as deep as it is long."""
    levels = 100_000
    assert levels > sys.getrecursionlimit()
    segments = ["HL*1**S*1", *(f"HL*{at}*{at - 1}*P*1" for at in range(2, levels)), f"HL*{levels}*{levels - 1}*I*0", *ITEM]
    found, notes = asn(*segments)
    assert notes == []
    assert len(found["packages"]) == levels - 2
    assert found["packages"][-1] == {"id": str(levels - 1), "level": "carton", "parent": str(levels - 2)}
    assert found["lines"][0]["contents"] == [{"package": str(levels - 1), "quantity": "3"}]


@pytest.mark.parametrize(
    ("wanted", "expected", "told"),
    [
        pytest.param([0, *range(1, 199_999)], [ROOT, *range(199_998)], 0, id="one chain"),
        pytest.param([0, *([1] * 199_998)], [ROOT, *([0] * 199_998)], 0, id="one parent"),
        pytest.param([*range(2, 200_000), 1], [ROOT, *range(2, 199_999), 0], 1, id="one circle"),
        pytest.param([7_000_000] * 199_999, [ROOT] * 199_999, 199_999, id="parents that are not there"),
    ],
)
def test_pointers_by_the_hundred_thousand(wanted: list[int], expected: list[int], told: int) -> None:
    heard: list[int] = []
    found = parents([str(at) for at in range(1, 200_000)], [str(one or "") for one in wanted], lambda at, *_: heard.append(at))
    assert found == expected
    assert len(heard) == told
    assert nearest(found, ["x"] * len(found))["x"] == found


def test_notes_of_a_hostile_tree_are_bounded(asn: Any) -> None:
    found, notes = asn("HL*1**S*1", *(f"HL*{at}*X{at}*P*0" for at in range(2, 3_000)))
    assert len(notes) == 500
    assert len(found["packages"]) == 2_998


# CPS

CPS = [
    pytest.param(
        ["CPS+1", "LIN+1++4012345000009:EN", "QTY+12:3"],
        None, [(None, "3")], [], id="the consignment alone",
    ),
    pytest.param(
        ["CPS+1", "CPS+2+1", "PAC+1++201", "PCI+33E", "GIN+BJ+P1", "CPS+3+2", "PAC+2++CT", "PCI+33E", "GIN+BJ+C1+C2", "LIN+1++4012345000009:EN", "QTY+12:3"],
        [{"id": "2", "quantity": "1", "level": "pallet", "kind": "201", "marks_kind": "33E", "sscc": ["P1"]},
         {"id": "3", "parent": "2", "quantity": "2", "level": "carton", "kind": "CT", "marks_kind": "33E", "sscc": ["C1", "C2"]}],
        [("3", "3")], [], id="cartons on a pallet",
    ),
    pytest.param(
        ["CPS+1", "PAC+1++CT", "LIN+1++4012345000009:EN", "QTY+12:3"],
        [{"id": "1", "quantity": "1", "level": "carton", "kind": "CT"}], [("1", "3")], [], id="a package without a consignment around it",
    ),
    pytest.param(
        ["CPS+1", "CPS+2+9", "PAC+1++CT", "LIN+1++4012345000009:EN", "QTY+12:3"],
        [{"id": "2", "quantity": "1", "level": "carton", "kind": "CT"}], [("2", "3")], [(TREE, 5)], id="a parent that is not there",
    ),
    pytest.param(
        ["CPS+5+5", "PAC+1++CT", "LIN+1++4012345000009:EN", "QTY+12:3"],
        [{"id": "5", "quantity": "1", "level": "carton", "kind": "CT"}], [("5", "3")], [(TREE, 4)], id="its own parent",
    ),
    pytest.param(
        ["CPS+1", "CPS+2+3", "PAC+1++CT", "CPS+3+2", "PAC+1++CT", "LIN+1++4012345000009:EN", "QTY+12:3"],
        [{"id": "2", "quantity": "1", "level": "carton", "kind": "CT"}, {"id": "3", "parent": "2", "quantity": "1", "level": "carton", "kind": "CT"}], [("3", "3")], [(TREE, 5)], id="a circle",
    ),
    pytest.param(
        ["CPS+1", "CPS+2+1", "PAC+1++CT", "LIN+1++4012345000009:EN", "QTY+12:3", "CPS+2+1", "PAC+1++BX", "LIN+2++4012345000016:EN", "QTY+12:4"],
        [{"id": "2", "quantity": "1", "level": "carton", "kind": "CT"}, {"id": "2#2", "quantity": "1", "level": "carton", "kind": "BX"}], [("2", "3"), ("2#2", "4")], [(TREE, 9)], id="an id twice",
    ),
    pytest.param(
        ["CPS+1", "CPS+2+1", "PAC+1++CT", "PCI+33E", "GIN+BJ+C1", "LIN+1++4012345000009:EN", "QTY+12:3", "CPS+3+1", "PAC+1++CT", "PCI+33E", "GIN+BJ+C1", "LIN+2++4012345000016:EN", "QTY+12:4"],
        [{"id": "2", "quantity": "1", "level": "carton", "kind": "CT", "marks_kind": "33E", "sscc": ["C1"]}], [("2", "3"), ("2", "4")], [], id="one SSCC twice",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("segments", "packages", "lies", "notes"), CPS)
def test_a_cps_tree_is_read(
    segments: list[str],
    packages: list[dict[str, Any]] | None,
    lies: list[tuple[str | None, str]],
    notes: list[tuple[str, int]],
    desadv: Any,
) -> None:
    found, told = desadv(*segments)
    assert [one[:2] for one in told] == notes
    assert found.get("packages") == packages
    assert [(one["contents"][0]["package"] if "contents" in one else None, one["quantity"]) for one in found["lines"]] == lies


def test_a_cps_tree_is_written(written: Callable[..., list[str]]) -> None:
    document = {
        **HEAD, "issued_at": "2026-11-20", "orders": [{"id": "1", "number": "PO-1"}, {"id": "2", "number": "PO-2"}],
        "packages": [{"id": "p", "kind": "201", "quantity": "1", "sscc": ["P1"]}, {"id": "c", "parent": "p", "sscc": ["C1"]}],
        "lines": [
            {"number": "1", "order": "1", "order_line": "7", "quantity": "10", "contents": [{"package": "c", "quantity": "6"}, {"package": "p", "quantity": "4"}]},
            {"number": "2", "order": "2", "quantity": "5"},
        ],
    }  # fmt: skip
    segments = written(program("edifact/DESADV", "D96A"), document, association="EAN005")
    assert segments[-1] == "CNT+2:3"
    assert segments[segments.index("CPS+1") : -1] == [
        *("CPS+1", "LIN+2", "QTY+12:5", "RFF+ON:PO-2"),
        *("CPS+2+1", "PAC+1++201", "PCI+33E", "GIN+BJ+P1", "LIN+1", "QTY+12:4", "RFF+ON:PO-1:7"),
        *("CPS+3+2", "PAC+1", "PCI+33E", "GIN+BJ+C1", "LIN+1", "QTY+12:6", "RFF+ON:PO-1:7"),
    ]  # fmt: skip


# What cannot be written

LINE = {"number": "1", "quantity": "10", "unit": "EA", "item": {"seller_id": "A"}}
REFUSED = [
    pytest.param({"lines": [{**LINE, "contents": [{"package": "x"}]}], "packages": [{"id": "y", "level": "carton"}]},
                 "lines.0.contents.0", "none of the packages has the id x", id="a package that is not there"),
    pytest.param({"lines": [{**LINE, "order": "9"}], "orders": [{"id": "1", "number": "PO-1"}]},
                 "lines.0.order", "none of the orders has the id 9", id="an order that is not there"),
    pytest.param({"lines": [{**LINE, "contents": [{"package": "a"}, {"package": "b"}]}], "packages": [{"id": "a", "sscc": ["1"]}, {"id": "b", "sscc": ["2"]}]},
                 "lines.0.contents", "not all say how much", id="shares that are not said"),
    pytest.param({"lines": [{**LINE, "contents": [{"package": "a", "quantity": "6"}]}], "packages": [{"id": "a", "sscc": ["1"]}]},
                 "lines.0.contents", "the packages hold 6, the line has 10", id="shares that do not make the line"),
    pytest.param({"lines": [LINE], "packages": [{"id": "a", "parent": "b"}, {"id": "b", "parent": "a"}]},
                 "packages.0.parent", "stands in itself", id="packages in a circle"),
    pytest.param({"lines": [LINE], "packages": [{"id": "a", "level": "crate"}]},
                 "packages.0", "no level of the structure takes it", id="a level the structure does not have"),
    pytest.param({"lines": [LINE], "packages": [{"id": "a", "level": "carton"}, {"id": "b", "level": "pallet", "parent": "a"}]},
                 "packages.1.parent", "does not put it under that", id="a pallet in a carton"),
    pytest.param({"lines": [LINE], "packages": [{"id": "a", "sscc": ["1"]}, {"id": "a", "sscc": ["2"]}]},
                 "packages.1.id", "the id of an earlier one", id="one id twice"),
]  # fmt: skip


@pytest.mark.parametrize(("members", "where", "why"), REFUSED)
def test_what_a_tree_cannot_say_is_refused_with_its_member(
    members: dict[str, Any], where: str, why: str, written: Callable[..., list[str]]
) -> None:
    with pytest.raises(NotWritable) as trouble:
        written(program("x12/856", "004010"), {**HEAD, **members})
    assert any(path == where and why in text for path, text in trouble.value.problems), trouble.value.problems


def test_what_is_written_is_clean(written: Callable[..., list[str]], message: Callable[..., Any]) -> None:
    segments = written(program("x12/856", "004010"), SHIPPED)
    made = message(*segments, type="856")
    standard = program("x12/856", "004010").standard
    assert check.check(made, standard).faults == []


def test_a_range_of_marks(asn):
    """MAN03 ends what MAN02 begins. The numbers between are not spelled out: nobody knows how many a typing error would make."""
    document, notes = asn("HL*1**S", "HL*2*1*O", "PRF*PO-1", "HL*3*2*P", "MAN*GM*00300123450000000018*00300123450000000056", "MAN*GM*00300123450000000063")
    (package,) = document["packages"]
    assert package["ranges"] == [{"kind": "GM", "first": "00300123450000000018", "last": "00300123450000000056"}]
    assert package["sscc"] == ["00300123450000000063"]
    assert notes == []


def test_numbers_that_belong_together(desadv):
    """GIR: of a package's marks, and of the units of a line."""
    sent = ["CPS+1", "PAC+1++CT", "PCI+33E", "GIR+3+A1:BN+A2:BX", "LIN+1++4012345100013:EN", "QTY+12:2:PCE", "GIR+1+S1:BN+S2:BN"]
    document, notes = desadv(*sent)
    assert document["packages"][0]["related_ids"] == [{"kind": "3", "ids": [{"kind": "BN", "id": "A1"}, {"kind": "BX", "id": "A2"}]}]
    assert document["lines"][0]["related_ids"] == [{"kind": "1", "ids": [{"kind": "BN", "id": "S1"}, {"kind": "BN", "id": "S2"}]}]
    assert notes == []


@pytest.mark.parametrize(
    ("kind", "level"),
    [("201", "pallet"), ("PX", "pallet"), ("09", "pallet"), ("CT", "carton"), ("BX", "carton"), ("RO", None), ("BG", None)],
)
def test_a_kind_of_package_says_its_level(desadv, written, kind, level):
    """What everybody reads alike; a roll or a bag may be either. It is written by its kind alone, and nothing is missed."""
    document, _ = desadv("CPS+1", f"PAC+1++{kind}", "LIN+1++4012345100013:EN", "QTY+12:2:PCE")
    (package,) = document["packages"]
    assert package.get("level") == level
    base = program("edifact/DESADV", "D96A")
    assert f"PAC+1++{kind}" in written(base, document)
    assert base.unwritten(document) == ()
    assert base.unwritten({**document, "packages": [{**package, "level": "inner"}]}) == ("packages.level",)


@pytest.mark.parametrize("release", ["003010", "003040", "003050", "004010", "006030"])
def test_marks_in_every_release(message, release):
    """Before 003050 a MAN has no second number, and what asks for one is no binding at all."""
    base = program("x12/856", release)
    sent = message(BSN, "HL*1**S", "HL*2*1*P", "MAN*GM*00306141410000000018", type="856", release=release)
    found = base.read(walk.walk(sent, base.standard).root, sent)
    assert found.document["packages"][0]["sscc"] == ["00306141410000000018"]
