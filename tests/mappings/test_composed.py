"""The composed pack against the YAML it was made from."""

from __future__ import annotations

import pytest

from edigw import yamlfile
from edigw.mappings import composed
from edigw.standards.pack import Pack

FILES = list(composed._files())


def test_the_pack_is_that_of_the_files():
    """After a change of a base map or table: python -m edigw.mappings."""
    kept, made = composed._pack(), Pack(composed.make())  # by values: another zlib may deflate the same to other bytes
    assert set(kept._index) == set(made._index)
    assert all(kept.raw(name) == made.raw(name) for name in made._index)


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_it_says_what_the_yaml_says(file, monkeypatch):
    data = file.read_bytes()
    expected = yamlfile.read(data, "base/x.yaml")
    monkeypatch.setattr(yamlfile, "read", None)  # not asked
    found = composed.read(data, "base/x.yaml")
    assert found == expected  # texts, quotes, lines and columns
    assert [repr(one) for one in found.documents] == [repr(one) for one in expected.documents]


def test_what_was_changed_is_read_from_its_yaml():
    data = FILES[0].read_bytes() + b"\n  - {"
    found = composed.read(data, "changed.yaml")
    assert found == yamlfile.read(data, "changed.yaml")
    assert found.problems[0].place.startswith("changed.yaml:")


def test_without_a_pack_everything_is_read(monkeypatch):
    monkeypatch.setattr(composed, "_pack", lambda: None)
    data = FILES[0].read_bytes()
    assert composed.read(data, "a.yaml") == yamlfile.read(data, "a.yaml")
