"""The collection of EDI files that tests are held against: where it is, what is in it, what each file holds.

``EDIGW_CORPUS`` names its folder; without it, and without the folder beside the project,
what needs it is skipped.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from edigw import parsers
from edigw.model import Interchange, Message

FOLDER = Path(os.environ.get("EDIGW_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus")

needed = pytest.mark.skipif(not (FOLDER / "MANIFEST.csv").is_file(), reason=f"no corpus at {FOLDER}; name one with EDIGW_CORPUS")


def rows(folder: Path = FOLDER) -> list[dict[str, str]]:
    """What the manifest says of each file; nothing where there is none."""
    if not (folder / "MANIFEST.csv").is_file():
        return []
    with (folder / "MANIFEST.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def paths(kinds: Collection[str] = (), *, valid: bool = True, folder: Path = FOLDER) -> list[str]:
    """The files that hold one of *kinds* (any, if none is named), by the manifest; by default those whose envelope is valid."""
    found = [row for row in rows(folder) if not valid or row["valid"] == "yes"]
    return [row["path"] for row in found if not kinds or set(kinds) & set(_types(row))]


def _types(row: dict[str, str]) -> list[str]:
    text = row["doc_types"]
    for mark in ";,/":
        text = text.replace(mark, " ")
    return text.split()


def sent(path: str, kinds: Collection[str]) -> Iterator[tuple[Interchange, Message]]:
    """The messages of *kinds* in a file, each with its interchange."""
    data = (FOLDER / path).read_bytes()
    for interchange in parsers.split(data):
        if isinstance(interchange, Interchange):
            yield from ((interchange, message) for message in parsers.read(data, interchange) if message.type in kinds)
