"""Code tables: what a code of the standard is called in the document, and back.

A table is a YAML map from code to word. Several codes may share a word: then the first
is written. A code no table knows stays what it was, so that nothing is lost over a new
code; a word must then never look like another code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from edigw import yamlfile
from edigw.errors import Problem
from edigw.mappings import mistakes as m
from edigw.yamlfile import Map, Scalar

_FOLDER: Final = "codes"


@dataclass(frozen=True, slots=True)
class Table:
    """Words by code, and the codes of each word, that to be written first."""

    name: str
    words: Mapping[str, str]
    codes: Mapping[str, tuple[str, ...]]
    source: bytes = b""

    def mistaken(self, listed: frozenset[str] | None) -> str:
        """A code that the release has and no row names, but that some row's word spells; ``""`` if there is none.

        Read as it stands it would be written as that row's code: the table could not be read back.
        """
        for word in self.codes:
            if word not in self.words and listed is not None and word in listed:
                return word
        return ""


def make(name: str, rows: Iterable[tuple[str, str]], source: bytes = b"") -> Table:
    """A table of *rows* (code, word)."""
    words: dict[str, str] = {}
    codes: dict[str, tuple[str, ...]] = {}
    for code, word in rows:
        words[code] = word
        codes[word] = (*codes.get(word, ()), code)
    return Table(name, words, codes, source)


def names() -> tuple[str, ...]:
    """Every table that comes with the package."""
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in _folder().iterdir() if entry.name.endswith(".yaml")))


@cache
def find(name: str) -> Table | tuple[Problem, ...] | None:
    """The packaged table *name*, what is wrong with it, or None if there is none."""
    if name not in names():
        return None
    data = _folder().joinpath(f"{name}.yaml").read_bytes()
    file = f"{_FOLDER}/{name}.yaml"
    read = yamlfile.read(data, file)
    problems = list(read.problems)
    rows: list[tuple[str, str]] = []
    for node in read.documents:
        if not isinstance(node, Map):
            problems.append(Problem(str(node.place), "a table is a map from code to word", m.WRONG_SHAPE))
            continue
        for key, word in node:
            if not isinstance(word, Scalar) or not word.text:
                problems.append(Problem(str(key.place), f"the code {key.text!r} has no word", m.NOT_READ_BACK))
            else:
                rows.append((key.text, word.text))
    return tuple(problems) if problems else make(name, rows, data)


def _folder() -> Traversable:
    return resources.files("edigw.mappings").joinpath(_FOLDER)
