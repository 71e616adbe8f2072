"""What a YAML file is composed into: nodes with places, and the problems that are told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TypeAlias

from edigw.errors import Problem
from edigw.records import dataclass

MAX_DEPTH = 64  # the deepest map nests 16 levels
MAX_NODES = 50_000  # scalars, maps and lists of one file
MAX_PROBLEMS = 50  # of one file; more are not read by anybody

SYNTAX = "EDIGW-CONFIG-E001"  #: no YAML
CHARACTER = "EDIGW-CONFIG-E002"  #: not UTF-8, a byte order mark, a control character, a tab
DUPLICATE = "EDIGW-CONFIG-E003"  #: a key written twice
REFUSED = "EDIGW-CONFIG-E004"  #: anchor, alias, tag, merge key, directive
TOO_MUCH = "EDIGW-CONFIG-E005"  #: beyond a cap
KEY = "EDIGW-CONFIG-E006"  #: a key that is not text
DOCUMENTS = "EDIGW-CONFIG-E007"  #: several documents where one belongs

_SHOWN = 60  # characters of a text that a problem repeats


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a configuration file. Line and column are 1-based."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as it stands in the file; ``""`` for an empty value. *quoted* also for block texts."""

    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Map:
    """Keys and values in the order of the file; no key stands twice."""

    items: tuple[tuple[Scalar, Node], ...]
    place: Place
    _index: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._index.update((key.text, at) for at, (key, _) in enumerate(self.items))

    def get(self, key: str) -> Node | None:
        """The value of *key*, or None if it does not stand here. Quotes make no difference."""
        at = self._index.get(key)
        return None if at is None else self.items[at][1]

    def key(self, key: str) -> Scalar | None:
        """The key itself, for its place."""
        at = self._index.get(key)
        return None if at is None else self.items[at][0]

    def __contains__(self, key: str) -> bool:
        return key in self._index

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Seq:
    """A list, in order."""

    items: tuple[Node, ...]
    place: Place

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


Node: TypeAlias = "Scalar | Map | Seq"


@dataclass(frozen=True, slots=True)
class Composed:
    """What could be read of a file, and everything that is wrong with it."""

    documents: tuple[Node, ...]
    problems: tuple[Problem, ...]


def shown(text: str) -> str:
    """*text* fit for a line to people: short, and quoted where it is empty, has blanks or does not print."""
    cut = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return cut if cut.isprintable() and cut and " " not in cut else repr(cut)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """*problems*, each once, by file (in the order met), line and column."""
    once = list(dict.fromkeys(problems))
    files: dict[str, int] = {}

    def place(problem: Problem) -> tuple[int, int, int]:
        file, line, column = [*problem.place.rsplit(":", 2), "", ""][:3]
        return files.setdefault(file, len(files)), int(line) if line.isdigit() else 0, int(column) if column.isdigit() else 0

    return tuple(sorted(once, key=place))
