"""YAML into nodes with places: what stands in the file, and every mistake with its place."""

from __future__ import annotations

import time

import pytest

from edigw import yamlfile
from edigw.errors import ConfigError
from edigw.yamlfile import compose, compose_all
from edigw.yamlnodes import Map, Place, Scalar, Seq


def plain(node):
    """Nodes as dicts, lists and texts."""
    if isinstance(node, Map):
        return {key.text: plain(value) for key, value in node}
    return [plain(item) for item in node] if isinstance(node, Seq) else node.text


def problems(text: str | bytes) -> list[tuple[str, str]]:
    data = text if isinstance(text, bytes) else text.encode()
    return [(problem.place, problem.code[-4:]) for problem in yamlfile.read(data, "f").problems]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("a: 002", {"a": "002"}, id="leading zeros stay"),
        pytest.param("a: NO", {"a": "NO"}, id="NO is no boolean"),
        pytest.param("a: 1E5\nb: 1.10\nc: 2026-01-01", {"a": "1E5", "b": "1.10", "c": "2026-01-01"}, id="numbers and dates are text"),
        pytest.param("a: {PD: , x: ~}", {"a": {"PD": "", "x": "~"}}, id="an empty value is an empty text"),
        pytest.param("UP|EN: x", {"UP|EN": "x"}, id="keys with bars"),
        pytest.param("- .\n- 1..2", [".", "1..2"], id="dots"),
        pytest.param('"1": a\n2: b', {"1": "a", "2": "b"}, id="quoted keys are the same keys"),
        pytest.param("a: |\n  x\n  y\n", {"a": "x\ny\n"}, id="block text"),
        pytest.param("", "", id="empty file"),
        pytest.param("# only this\n", "", id="only a comment"),
        pytest.param("a: Grün\r\nb: 2\r\n", {"a": "Grün", "b": "2"}, id="umlauts, CRLF"),
        pytest.param("'<<': x", {"<<": "x"}, id="a quoted << is a key"),
    ],
)
def test_every_scalar_is_text(text, meant):
    assert plain(compose(text.encode(), "f")) == meant


def test_places_are_one_based():
    node = compose(b"a:\n  bc: [1, \"2\"]\n", "maps/x.yaml")
    assert isinstance(node, Map)
    inner = node.get("a")
    assert isinstance(inner, Map)
    listed = inner.get("bc")
    assert isinstance(listed, Seq)
    assert str(inner.key("bc").place) == "maps/x.yaml:2:3"
    assert listed.items == (Scalar("1", Place("maps/x.yaml", 2, 8), False), Scalar("2", Place("maps/x.yaml", 2, 11), True))
    assert node.get("absent") is None


def test_several_documents():
    assert [plain(node) for node in compose_all(b"a: 1\n---\nb: 2\n", "f")] == [{"a": "1"}, {"b": "2"}]
    with pytest.raises(ConfigError) as caught:
        compose(b"a: 1\n---\nb: 2\n", "f")
    assert [(p.place, p.code) for p in caught.value.problems] == [("f:3:1", "EDIGW-CONFIG-E007")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("a: 1\nb: 2\na: 3", [("f:3:1", "E003")], id="a key twice"),
        pytest.param("a: 1\n'a': 3", [("f:2:1", "E003")], id="a key twice, once quoted"),
        pytest.param("a: &x 1\nb: *x\n<<: {c: 1}\nd: !!str 1", [("f:1:4", "E004"), ("f:2:4", "E004"), ("f:3:1", "E004"), ("f:4:4", "E004")], id="anchor, alias, merge, tag"),
        pytest.param("%YAML 1.2\n---\na: 1", [("f:2:1", "E004")], id="directive"),
        pytest.param("? [a, b]\n: 1", [("f:1:3", "E006")], id="a list as key"),
        pytest.param("a:\n\tb: 1", [("f:2:1", "E002")], id="tab"),
        pytest.param(b"\xef\xbb\xbfa: 1", [("f:1:1", "E002")], id="byte order mark"),
        pytest.param("a: 1".encode("utf-16"), [("f:1:1", "E002")], id="UTF-16"),
        pytest.param(b"a: 1\nb: Gr\xfcn\nc: \xe4", [("f:2:6", "E002"), ("f:3:4", "E002")], id="latin-1 bytes, each line once"),
        pytest.param("a: x\x1b[2Jy", [("f:1:5", "E002")], id="ESC"),
        pytest.param("a: x\u202ey", [("f:1:5", "E002")], id="a mark that turns the line around"),
        pytest.param("a: [1, 2\nb: 3", [("f:2:2", "E001")], id="bracket not closed"),
        pytest.param("a: b: c", [("f:1:5", "E001")], id="two colons"),
        pytest.param("a: @x", [("f:1:4", "E001")], id="at sign"),
        pytest.param('a: "\\UFFFFFFFF"', [("f:1:1", "E001")], id="an escape beyond Unicode"),
        pytest.param("a: 1\na: 2\nb: &x 1\nc: [", [("f:2:1", "E003"), ("f:3:4", "E004"), ("f:5:1", "E001")], id="what stands before a broken end is told too"),
    ],
)
def test_mistakes(text, found):
    assert problems(text + "\n" if isinstance(text, str) else text) == found


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"a" * (256 * 1024 + 1), "E005", id="too long"),
        pytest.param(b"[" * 200_000, "E005", id="deep lists"),
        pytest.param(b"{a: " * 60_000, "E005", id="deep maps"),
        pytest.param(b"- " * 120_000, "E005", id="deep dashes"),
        pytest.param(b"".join(b" " * i + b"a:\n" for i in range(700)), "E005", id="deep indentation"),
        pytest.param(b"[" + b"a, " * 80_000 + b"]", "E005", id="many items"),
        pytest.param(b"a: 1\n" * 50_000, "E003", id="one key fifty thousand times"),
        pytest.param(b"!" * 250_000, "E004", id="a long tag"),
        pytest.param(b"\xff" * 260_000, "E002", id="no text at all"),
    ],
)
def test_hostile_files_cost_little(data, code):
    began = time.process_time()
    found = yamlfile.read(data, "f").problems
    assert time.process_time() - began < 10  # seconds; measured below 2 on a busy machine
    assert found[0].code.endswith(code)
    assert len(found) <= yamlfile.MAX_PROBLEMS
    assert all(len(str(problem)) < 600 for problem in found)


def test_deepest_allowed():
    assert yamlfile.read(b"[" * 64 + b"]" * 64, "f").problems == ()
