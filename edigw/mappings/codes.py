"""Code tables: what a code of the standard is called in the document, and back.

A table is a YAML map from code to word. Several codes may share a word: then the first
is written. A row may give further words behind bars, which mean the same and are never read
(``PC: H87|PCE``). A code no table knows stays what it was, so that nothing is lost over a new
code; a word must then never look like another code.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from edigw.errors import Problem
from edigw.mappings import composed
from edigw.mappings import mistakes as m
from edigw.records import dataclass
from edigw.yamlnodes import Map, Scalar

_FOLDER: Final = "codes"

#: A line of a table that is only ``CODE: word``. Nothing in it can mean something else to YAML.
_LINE: Final = re.compile(
    r"""
    (?:(?P<code>[A-Za-z0-9][A-Za-z0-9-]*|"[^"\\\s]*"):\ +(?P<word>[A-Za-z0-9][A-Za-z0-9-]*))?
    \ *(?:(?<![^ ])\#[ -~]*)?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Table:
    """Words by code, and the codes of each word, that to be written first."""

    name: str
    words: Mapping[str, str]
    codes: Mapping[str, tuple[str, ...]]

    def mistaken(self, listed: frozenset[str] | None) -> str:
        """A code that the release has and no row names, but that some row's word spells; ``""`` if there is none.

        Read as it stands it would be written as that row's code: the table could not be read back.
        """
        for word in self.codes:
            if word not in self.words and listed is not None and word in listed:
                return word
        return ""


def make(name: str, rows: Iterable[tuple[str, str]]) -> Table:
    """A table of *rows* (code, word)."""
    words: dict[str, str] = {}
    codes: dict[str, tuple[str, ...]] = {}
    for code, said in rows:
        word, *others = said.split("|")
        words[code] = word
        for one in (word, *others):
            codes[one] = (*codes.get(one, ()), code)
    return Table(name, words, codes)


@cache
def names() -> tuple[str, ...]:
    """Every table that comes with the package."""
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in _folder().iterdir() if entry.name.endswith(".yaml")))


@cache
def find(name: str) -> Table | tuple[Problem, ...] | None:
    """The packaged table *name*, what is wrong with it, or None if there is none."""
    if name not in names():
        return None
    data = _data(name)
    rows = plain(data)
    return _composed(name, data) if rows is None else make(name, rows)


@cache
def digest() -> str:
    """Of all packaged tables, as they stand in their files."""
    found = hashlib.sha256()
    for name in names():
        found.update(_data(name))
    return found.hexdigest()


def plain(data: bytes) -> list[tuple[str, str]] | None:
    """The rows of a table of nothing but ``CODE: word`` lines and comments; None: it says more, and YAML must read it.

    Nearly every table is one, and a command that reads one message would spend more on composing
    its tables than on the message.
    """
    rows: dict[str, str] = {}
    if not data.isascii():
        return None
    for line in data.decode("ascii").split("\n"):
        found = _LINE.fullmatch(line)
        if found is None:
            return None
        code = found["code"]
        if code is None:
            continue
        code = code.strip('"')
        if code in rows:
            return None
        rows[code] = found["word"]
    return list(rows.items())


def _composed(name: str, data: bytes) -> Table | tuple[Problem, ...]:
    file = f"{_FOLDER}/{name}.yaml"
    read = composed.read(data, file)
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
    return tuple(problems) if problems else make(name, rows)


def _data(name: str) -> bytes:
    return _folder().joinpath(f"{name}.yaml").read_bytes()


def _folder() -> Traversable:
    return resources.files("edigw.mappings").joinpath(_FOLDER)
