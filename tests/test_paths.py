"""The path grammar: what reads, what comes out again, and what is refused."""

from __future__ import annotations

import pytest

from edigw import paths
from edigw.paths import Address, Field, Path, PathError, Step


@pytest.mark.parametrize(
    ("text", "path"),
    [
        pytest.param("TD5", Path((Step("TD5"),)), id="a segment"),
        pytest.param("PO1.3", Path((Step("PO1"),), 3), id="an element"),
        pytest.param("BGM.1.2", Path((Step("BGM"),), 1, 2), id="a component"),
        pytest.param("REF+DP", Path((Step("REF", "DP"),)), id="a qualifier"),
        pytest.param("PO1/REF+VN.2", Path((Step("PO1"), Step("REF", "VN")), 2), id="in a loop"),
        pytest.param("LIN/PRI+AAA.1.2", Path((Step("LIN"), Step("PRI", "AAA")), 1, 2), id="EDIFACT loop"),
        pytest.param("NAD+BY/RFF+VA.1.2", Path((Step("NAD", "BY"), Step("RFF", "VA")), 1, 2), id="qualified loop"),
        pytest.param("PIA+5+SA", Path((Step("PIA", "5+SA"),)), id="two qualifiers"),
        pytest.param("PO1#3/PIA", Path((Step("PO1", "", 3), Step("PIA"))), id="an occurrence"),
    ],
)
def test_paths_read_and_print(text: str, path: Path) -> None:
    assert paths.parse(text) == path
    assert str(path) == text


@pytest.mark.parametrize(
    "text", ["", "ref", "REF/", "/REF", "REF+", "REF.0", "REF.1.2.3", "REF.x", "TOOLONG", "1", "REF#0", "/".join(["PO1"] * 13)]
)
def test_paths_that_are_none(text: str) -> None:
    with pytest.raises(PathError):
        paths.parse(text)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        pytest.param("2", [Address(2)], id="element"),
        pytest.param("1.2", [Address(1, 2)], id="component"),
        pytest.param(".2", [Address(0, 2)], id="component at hand"),
        pytest.param("1..3", [Address(1), Address(2), Address(3)], id="elements"),
        pytest.param("4.2..4.4", [Address(4, 2), Address(4, 3), Address(4, 4)], id="components"),
        pytest.param("2.1..4.1", [Address(2, 1), Address(3, 1), Address(4, 1)], id="one component of several"),
    ],
)
def test_runs(text: str, addresses: list[Address]) -> None:
    assert list(paths.run(text)) == addresses


@pytest.mark.parametrize("text", ["0", "1..", "3..1", "1..1", "1.2..3.4", "a", "1000", "1.1..2"])
def test_runs_that_are_none(text: str) -> None:
    with pytest.raises(PathError):
        paths.run(text)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        pytest.param("number", Field(("number",)), id="a member"),
        pytest.param("price.amount", Field(("price", "amount")), id="a deeper one"),
        pytest.param("lines*", Field(("lines",), many=True), id="a list"),
        pytest.param("transport.tracking.0", Field(("transport", "tracking", "0")), id="its first item"),
        pytest.param("places.0.quantity", Field(("places", "0", "quantity")), id="in its first item"),
        pytest.param(".", Field(()), id="the value itself"),
    ],
)
def test_fields(text: str, field: Field) -> None:
    assert paths.field(text) == field
    assert str(field) == text


@pytest.mark.parametrize("text", ["", "Number", "0", "a..b", "*", "lines*.x", "a b", "x.01", "x.1000", ".".join("a" * 13)])
def test_fields_that_are_none(text: str) -> None:
    with pytest.raises(PathError):
        paths.field(text)
