"""What the dictionaries hold and how they are found."""

import hashlib
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from edigw import standards
from edigw.standards import compile as compiler
from edigw.standards import pack
from edigw.standards.schema import Loop, Note, Row

CHECKOUT = Path(__file__).parents[2]


def source() -> Path:
    """The plain dictionaries the packs were made from, where this machine has them."""
    folder = Path(os.environ.get("EDIGW_STANDARDS", CHECKOUT.parent / "shared" / "standards"))
    if not (folder / "manifest.json").is_file():
        pytest.skip(f"no dictionaries at {folder}; EDIGW_STANDARDS names their folder")
    return folder


def test_the_packs_are_what_the_source_compiles_to():
    for name, data in compiler.compiled(source()).items():
        packed = resources.files("edigw.standards").joinpath(f"data/{name}").read_bytes()
        assert hashlib.sha256(data).hexdigest() == hashlib.sha256(packed).hexdigest(), name


def test_the_compiler_says_what_is_missing(tmp_path, capsys):
    assert compiler.main([str(tmp_path)]) == 2
    assert "no manifest.json" in capsys.readouterr().err
    assert compiler.main([]) == 2


def test_the_compiler_writes_where_it_is_told(tmp_path):
    assert compiler.main([str(source()), str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["edifact.pack", "x12.pack"]


def test_a_pack_gives_back_what_was_put_in():
    values = {"a": {"k": [1, "ü"]}, "b": {"k": [1, "ü"]}, "c": []}
    held = pack.Pack(pack.write(values))
    assert {name: held.get(name) for name in values} == values
    assert "d" not in held
    with pytest.raises(ValueError, match="no pack"):
        pack.Pack(b"something else")


def test_the_packs_are_small():
    sizes = [len(resources.files("edigw.standards").joinpath(f"data/{name}.pack").read_bytes()) for name in ("x12", "edifact")]
    assert sum(sizes) < 2_000_000


@pytest.mark.parametrize("syntax", ["x12", "edifact"])
def test_every_message_in_every_release_loads_and_resolves(syntax):
    """Every tag of every table has a definition, and every reference of every definition resolves."""
    seen = set()
    for kind in standards.types(syntax):
        for release in standards.releases(syntax, kind):
            standard = standards.find(syntax, kind, release)
            pending: list[Row | Loop] = [standard.root]
            numbers = []
            while pending:
                row = pending.pop()
                numbers.append(row.number)
                if isinstance(row, Loop):
                    pending += row.rows
                else:
                    assert row.tag in standard.segments, (kind, release, row.tag)
            assert sorted(numbers) == list(range(len(numbers)))  # unique, loops included
            seen.add(release)
    for release in seen:
        kind = next(kind for kind in standards.types(syntax) if release in standards.releases(syntax, kind))
        for definition in standards.find(syntax, kind, release).segments.values():
            for ref in definition.elements:
                assert (ref.element is None) != (ref.composite is None)
            for note in definition.notes:
                assert max(note.positions) <= len(definition.elements), (release, definition.tag)


def test_the_first_look_is_quick():
    """Import aside, the first 850 of a process: measured in a process of its own."""
    program = "import time\nfrom edigw import standards\nt = time.perf_counter()\nstandards.find('x12', '850', '004010').segments['BEG']\nprint(time.perf_counter() - t)"
    took = min(float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout) for _ in range(3))
    assert took < 0.05  # seconds; 0.01 on the machine it was written on


@pytest.mark.parametrize(
    ("syntax", "kind", "release", "found"),
    [
        pytest.param("x12", "850", "004010", "Purchase Order", id="a release with a table of its own"),
        pytest.param("x12", "850", "004040", "Purchase Order", id="a release that shares one"),
        pytest.param("edifact", "ORDERS", "D96A", "Purchase order message", id="a UN directory"),
        pytest.param("edifact", "CONTRL", "D3", "Syntax and service report message", id="CONTRL of syntax 1 to 3"),
        pytest.param("edifact", "CONTRL", "41", "Syntax and service report message", id="CONTRL of syntax 4"),
        pytest.param("x12", "850", "009010", None, id="a release to come"),
        pytest.param("x12", "ORDERS", "004010", None, id="the other family's message"),
        pytest.param("edifact", "ORDERS", "D96Z", None, id="no such directory"),
    ],
)
def test_find(syntax, kind, release, found):
    standard = standards.find(syntax, kind, release)
    assert (standard.name if standard else None) == found


def test_what_a_definition_says():
    standard = standards.find("x12", "850", "004010")
    assert standard.group == "PO"
    beg = standard.segments["BEG"]
    assert (beg.name, beg.elements[2].id, beg.elements[2].required) == ("Beginning Segment for Purchase Order", "324", "M")
    number = beg.elements[2].element
    assert (number.type, number.min, number.max, number.codes) == ("AN", 1, 22, None)
    assert {"00", "05"} <= beg.elements[0].element.codes
    ref = standard.segments["REF"]
    assert ref.notes[0] == Note("R", (2, 3))
    assert ref.elements[3].composite.id == "C040"
    assert standards.find("edifact", "ORDERS", "D96A").segments["DTM"].elements[0].composite.components[1].id == "2380"


def test_codes_follow_the_release():
    def codes(release):
        return standards.find("edifact", "ORDERS", release).segments["NAD"].elements[0].element.codes

    assert "BY" in codes("D96A") & codes("D01B")
    assert codes("D96A") != codes("D01B")


def test_digests_tell_dictionaries_apart():
    digests = [standards.find("x12", kind, release).digest for kind, release in (("850", "004010"), ("850", "004030"), ("855", "004010"))]
    assert len(set(digests)) == 3
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize(
    ("syntax", "kind", "release", "nearest"),
    [
        pytest.param("x12", "850", "004010", "004010", id="itself"),
        pytest.param("x12", "850", "004011", "004010", id="between two"),
        pytest.param("x12", "850", "009999", "006030", id="newer than all"),
        pytest.param("edifact", "ORDERS", "D96C", "D96A", id="a half-year there is not"),
        pytest.param("edifact", "ORDERS", "D30A", "D24A", id="the future"),
        pytest.param("x12", "850", "VICS", "002001", id="unreadable: the oldest"),
        pytest.param("x12", "999999", "004010", "", id="unknown message"),
    ],
)
def test_nearest(syntax, kind, release, nearest):
    assert standards.nearest(syntax, kind, release) == nearest


def test_releases_are_in_the_order_of_their_time():
    releases = standards.releases("edifact", "ORDERS")
    assert releases[0] == "D911"
    assert releases[-1] == "D24A"
    assert releases.index("D99B") + 1 == releases.index("D00A")
    assert standards.releases("edifact", "CONTRL") == ("D3", "41")
    assert standards.releases("x12", "nothing") == ()


def test_names_groups_and_versions():
    assert standards.segment_name("x12", "PO1", "004010") == "Baseline Item Data"
    assert standards.segment_name("edifact", "UNB") == "Interchange header"
    assert standards.segment_name("x12", "XYZ") == ""
    assert standards.code_name("edifact", "1001", "220") == "Order"
    assert standards.code_name("edifact", "0000", "1") == ""
    assert standards.group_type("850") == "PO"
    assert standards.group_type("???") == ""
    assert {"00401", "00501"} <= set(standards.interchange_versions())
    assert [ref.id for ref in standards.service("x12")["ISA"].elements][10] == "I65"
    assert len(standards.service("edifact", "3")["UNB"].elements) == 11
