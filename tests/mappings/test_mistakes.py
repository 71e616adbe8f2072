"""A map's mistakes: all at once, each at its place, with the nearest right name."""

from __future__ import annotations

import pytest

from edigw import standards
from edigw.errors import ConfigError, Problem
from edigw.mappings import Library


def problems(text: str, name: str = "acme/850", release: str = "") -> tuple[Problem, ...]:
    library = Library({name: ("acme.yaml", text.encode())})
    standard = standards.find("x12", "850", release)
    with pytest.raises(ConfigError) as caught:
        library.program(name, standard) if standard is not None else library.load(name)
    return caught.value.problems


CHANGE = "map: acme/850\nextends: x12/850\nchange:\n"


@pytest.mark.parametrize(
    ("text", "place", "code", "says"),
    [
        pytest.param("  REF: {itno: {IA: number}}", "4:9", "EDIGW-MAP-E001", "did you mean into?", id="unknown word"),
        pytest.param("  REF: {into: {IA: numbr}}", "4:20", "EDIGW-MAP-E002", "did you mean number?", id="unknown field"),
        pytest.param("  PO1/PO1: {2: quantty}", "4:16", "EDIGW-MAP-E002", "did you mean quantity?", id="unknown field of a line"),
        pytest.param("  PO1/PO1: {4: price.amont}", "4:16", "EDIGW-MAP-E002", "did you mean amount?", id="unknown field of a part"),
        pytest.param("  BEG: {7: number}", "4:12", "EDIGW-MAP-E003", "first in line", id="a field written twice"),
        pytest.param("  REF: {into: {IA|XX: number, XX: contract_number}}", "4:31", "EDIGW-MAP-E004", "two targets", id="a key twice"),
        pytest.param("  BEG: {1: {codes: {00: 05}}}", "4:20", "EDIGW-MAP-E004", "reads like the word", id="a word like a code"),
        pytest.param("  BEG: {19: number}", "4:13", "EDIGW-MAP-E005", "no element 19", id="an element nobody has"),
        pytest.param("  PO1/SDQ: {5.3: extensions.x}", "4:18", "EDIGW-MAP-E005", "no composite", id="a component nobody has"),
        pytest.param("  RFF: {1: number}", "4:3", "EDIGW-MAP-E007", "did you mean REF?", id="an anchor that is not there"),
        pytest.param("  PO1/RFF: {1: number}", "4:3", "EDIGW-MAP-E007", "did you mean REF?", id="an anchor within a loop"),
        pytest.param("  REF: {into: {QQ: }}", "4:16", "EDIGW-MAP-E007", "nothing to remove", id="nothing to remove"),
        pytest.param("  BEG: {3: [number]}", "4:12", "EDIGW-MAP-E008", "a field", id="a list for a field"),
        pytest.param("  PO1: {tree: {id: 1}}", "4:15", "EDIGW-MAP-E008", "wants id: and parent:", id="a tree without its pointers"),
        pytest.param("  PO1: {levels: {S: {}}}", "4:8", "EDIGW-MAP-E008", "goes into levels:", id="levels without a tree"),
        pytest.param("  PO1/REF: {link: order}", "4:12", "EDIGW-MAP-E002", "has a member order", id="a link to nothing"),
        pytest.param("  BEG: {1: {codes: order-purpos}}", "4:20", "EDIGW-MAP-E011", "did you mean order-purpose?", id="an unknown table"),
        pytest.param("  BEG: {3: Number}", "4:12", "EDIGW-MAP-E012", "no field", id="no field path"),
        pytest.param("  BEG: {5: {field: deliver_on, type: gtin}}", "4:12", "EDIGW-MAP-E013", "goes into a text", id="a type the field denies"),
        pytest.param("  BEG: {6: lines*}", "4:12", "EDIGW-MAP-E013", "an object", id="an object for a value"),
        pytest.param("  BEG: {6: notes}", "4:12", "EDIGW-MAP-E013", "write notes*", id="a list without its star"),
    ],
)
def test_one_mistake_is_named_at_its_place(text: str, place: str, code: str, says: str) -> None:
    (found,) = problems(CHANGE + text)
    assert (found.place, found.code) == (f"acme.yaml:{place}", code)
    assert says in str(found)


@pytest.mark.parametrize(
    ("text", "place", "code", "says"),
    [
        pytest.param("map: acme/850\nextends: x12/8500", "2:10", "EDIGW-MAP-E010", "did you mean x12/850?", id="extends nothing"),
        pytest.param("map: acme/850\nextends: acme/850", "2:10", "EDIGW-MAP-E010", "extends itself", id="a circle"),
        pytest.param("map: acme/855\nbody: []", "1:1", "EDIGW-MAP-E010", "did you mean acme/855?", id="another name"),
        pytest.param("map: acme/850\ndocument: ordr\nbody: [{BEG: {3: number}}]", "2:11", "EDIGW-MAP-E014", "did you mean order?", id="no such kind"),
        pytest.param("map: acme/850\nextends: x12/850\nguid: {TD5: forbidden}", "3:1", "EDIGW-MAP-E001", "did you mean guide?", id="a top word"),
        pytest.param("map: acme/850\nextends: x12/850\nguide: {TD5: forbiden}", "3:9", "EDIGW-MAP-E008", "TD5", id="a guide's word"),
    ],
)
def test_mistakes_of_a_map_as_a_whole(text: str, place: str, code: str, says: str) -> None:
    (found,) = problems(text)
    assert (found.place, found.code) == (f"acme.yaml:{place}", code)
    assert says in str(found)


def test_neighbours_that_cannot_be_told_apart() -> None:
    (found,) = problems("map: acme/850\ndocument: order\nbody:\n  - BEG: {3: number}\n  - BEG: {4: release_number}\n", release="004010")
    assert (found.place, found.code) == ("acme.yaml:5:5", "EDIGW-MAP-E006")


def test_a_changed_node_names_both_files() -> None:
    (found,) = problems(CHANGE + "  BEG: {3: nmber}")
    assert "acme.yaml:4:12" in found.place
    assert "changes base/x12/850.yaml:" in found.text


def test_ten_mistakes_are_all_found() -> None:
    text = CHANGE + "\n".join(
        [
            "  BEG: {3: numbr, 19: kind, 5: {field: issued_on, format: x}}",
            "  RFF: {1: number}",
            "  REF: {into: {QQ: }, oters: keep}",
            "  CUR: {into: {BY: curency}}",
            "  ITD: {3: {codes: none-such}}",
            "  N9: {into: textes*}",
            "  PO1/PO4: {1: pack.iner}",
        ]
    )
    found = problems(text)
    assert len(found) >= 10
    assert all(one.place.startswith("acme.yaml:") for one in found)
    assert len({one.place for one in found}) >= 9


def test_yaml_that_cannot_be_read_is_a_mistake_with_its_place() -> None:
    (found,) = problems("map: acme/850\nextends: x12/850\nchange: {REF: {into: {IA: number}}\n")
    assert found.place.startswith("acme.yaml:")


def test_an_element_only_an_older_release_lacks_is_a_mistake_there() -> None:
    text = CHANGE + "  PO1/PO4: {18: extensions.pallet}"
    library = Library({"acme/850": ("acme.yaml", text.encode())})
    newer, older = standards.find("x12", "850", "004010"), standards.find("x12", "850", "003010")
    assert newer is not None
    assert older is not None
    assert "lines.extensions.pallet" in library.program("acme/850", newer).fields
    with pytest.raises(ConfigError, match="003010 has no element 18 in PO4"):
        library.program("acme/850", older)


def test_a_broken_map_stops_only_itself() -> None:
    good = "map: acme/850\nextends: x12/850\nchange: {REF: {into: {IA: extensions.vendor}}}\n---\nmap: acme/bad\nextends: x12/855x\n"
    library = Library({"acme/850": ("acme.yaml", good.encode()), "acme/bad": ("acme.yaml", good.encode())})
    assert library.load("acme/850").document == "order"
    with pytest.raises(ConfigError):
        library.load("acme/bad")
    assert "acme/bad" in library
    assert sorted(library)[:2] == ["acme/850", "acme/bad"]


def test_a_base_maps_name_is_taken() -> None:
    library = Library({"x12/850": ("mine.yaml", b"map: x12/850\ndocument: order\nbody: []\n")})
    with pytest.raises(ConfigError, match="is that of a base map"):
        library.load("x12/850")
