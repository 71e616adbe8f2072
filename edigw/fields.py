"""Typed fields out of composed nodes: what a text in the configuration means.

Every reader takes a node, and gives a value or a default; what is wrong becomes a problem
at its place and reading goes on, because people want all their mistakes at once. So a
value that comes out beside a problem is only a stand-in: whoever reads must look at the
problems before using anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from difflib import get_close_matches

from edigw.errors import Problem
from edigw.yamlnodes import Map, Node, Place, Scalar, Seq, shown

# Stable codes of configuration mistakes; E001 to E007 are yamlfile's. docs/configuration.md lists them.
UNKNOWN_KEY = "EDIGW-CONFIG-E010"
MISSING_KEY = "EDIGW-CONFIG-E011"
WRONG_SHAPE = "EDIGW-CONFIG-E012"
WRONG_VALUE = "EDIGW-CONFIG-E013"
UNKNOWN_NAME = "EDIGW-CONFIG-E014"
CLASH = "EDIGW-CONFIG-E015"
SECRET_WRITTEN = "EDIGW-CONFIG-E016"  # noqa: S105 - the code of a problem
SECRET_UNUSABLE = "EDIGW-CONFIG-E017"  # noqa: S105 - the code of a problem
PATH_LEAVES = "EDIGW-CONFIG-E018"
NOT_SUPPORTED = "EDIGW-CONFIG-E019"
NOT_USABLE = "EDIGW-CONFIG-E020"  #: a file or folder is missing, unreadable, not writable
SAMPLE = "EDIGW-CONFIG-E021"
NOT_IN_STANDARD = "EDIGW-CONFIG-E022"

MILLISECOND, SECOND, MINUTE = timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:ms|[smhd]))+")
_SIZES = {"": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_SIZE = re.compile(r"([0-9]{1,9}) ?(KB|MB|GB|)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


def nearest(word: str, right: Iterable[str]) -> str:
    """Advice that names the right word nearest to *word*, or all of them if none is near."""
    words = sorted(set(right))
    near = get_close_matches(word[:64], words, 1, 0.6) or get_close_matches(word[:64].lower(), words, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    if not words:
        return ""
    return "one of " + ", ".join(words[:12]) + (f" and {len(words) - 12} more" if len(words) > 12 else "")


def duration(text: str) -> timedelta:
    """``500ms``, ``30s``, ``5m``, ``1h30m``, ``24h``, ``7d``. Raises ValueError for anything else."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{shown(text)} is no duration")
    return timedelta(seconds=sum(int(number) * _UNITS[unit] for number, unit in re.findall(r"([0-9]+)(ms|[smhd])", text)))


def size(text: str) -> int:
    """``512``, ``64KB``, ``100MB``, ``2GB`` in bytes, 1024 to the next unit. Raises ValueError for anything else."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(f"{shown(text)} is no size")
    return int(found[1]) * _SIZES[found[2]]


def is_name(text: str) -> bool:
    """Can *text* name a partner, channel or endpoint? It becomes part of paths and log lines."""
    return _NAME.fullmatch(text) is not None


class Fields:
    """One map of the configuration whose keys are known.

    *what* names it to people ("channel acme-in"). Keys that are not in *keys* are reported at once.
    A node that is no map is reported and read as an empty one.
    """

    def __init__(self, node: Node | None, what: str, keys: Collection[str], problems: list[Problem], at: Place) -> None:
        self.what = what
        self.problems = problems
        self.place = node.place if node is not None else at
        self.map = Map((), self.place)
        if isinstance(node, Map):
            self.map = node
        elif node is not None and not (isinstance(node, Scalar) and not node.text and not node.quoted):
            self.report(node.place, f"{what} must be a map of keys and values", WRONG_SHAPE)
        self._meant: set[str] = set()  #: keys that a misspelled one probably is: they are not lacking besides
        for key, _ in self.map:
            if key.text not in keys:
                advice = nearest(key.text, keys)
                self._meant.update(re.findall(r"did you mean (\S+)\?", advice))
                self.report(key.place, f"{what} has no key {shown(key.text)}", UNKNOWN_KEY, advice)

    def report(self, place: Place, text: str, code: str, advice: str = "") -> None:
        self.problems.append(Problem(str(place), text, code, advice))

    def at(self, key: str) -> Place:
        """The place of *key*'s value, or of the whole map if it does not stand here."""
        node = self.map.get(key)
        return node.place if node is not None else self.place

    def has(self, key: str) -> bool:
        """Does *key* stand here, or one that is probably meant to be it?"""
        return key in self.map or key in self._meant

    def node(self, key: str, *, required: bool = False) -> Node | None:
        """The value of *key*; None when it is absent or empty."""
        node = self.map.get(key)
        if isinstance(node, Scalar) and not node.text:
            node = None
        if node is None and required and key not in self._meant:
            self.report(self.place, f"{self.what} lacks {key}", MISSING_KEY)
        return node

    def scalar(self, key: str, *, required: bool = False) -> Scalar | None:
        node = self.node(key, required=required)
        if node is None or isinstance(node, Scalar):
            return node
        self.report(node.place, f"{key} of {self.what} must be one value", WRONG_SHAPE)
        return None

    def text(self, key: str, default: str = "", *, required: bool = False, longest: int = 1000) -> str:
        found = self.scalar(key, required=required)
        if found is None:
            return default
        if len(found.text) > longest:
            self.report(found.place, f"{key} has {len(found.text)} characters; {longest} are allowed", WRONG_VALUE)
            return default
        if not found.text.isprintable():
            self.report(found.place, f"{key} holds a character that does not print", WRONG_VALUE)
            return default
        return found.text

    def choice(self, key: str, words: Collection[str], default: str = "", *, required: bool = False) -> str:
        found = self.scalar(key, required=required)
        if found is None:
            return default
        if found.text in words:
            return found.text
        self.report(found.place, f"{key} cannot be {shown(found.text)}", WRONG_VALUE, nearest(found.text, words))
        return default

    def yes(self, key: str, default: bool) -> bool:
        word = self.choice(key, _YES, "yes" if default else "no")
        return _YES[word]

    def integer(self, key: str, default: int, low: int, high: int) -> int:
        found = self.scalar(key)
        if found is None:
            return default
        if re.fullmatch("[0-9]{1,18}", found.text) and low <= int(found.text) <= high:
            return int(found.text)
        self.report(found.place, f"{key} is {shown(found.text)}, not a whole number from {low} to {high}", WRONG_VALUE)
        return default

    def duration(self, key: str, default: timedelta, low: timedelta, high: timedelta) -> timedelta:
        found = self.scalar(key)
        if found is None:
            return default
        try:
            value = duration(found.text)
        except ValueError as error:
            self.report(found.place, f"{key}: {error}", WRONG_VALUE, "write 30s, 5m, 1h or 24h")
            return default
        if low <= value <= high:
            return value
        self.report(found.place, f"{key} is {found.text}; it may be {_spelled(low)} to {_spelled(high)}", WRONG_VALUE)
        return default

    def size(self, key: str, default: int, low: int, high: int) -> int:
        found = self.scalar(key)
        if found is None:
            return default
        try:
            value = size(found.text)
        except ValueError as error:
            self.report(found.place, f"{key}: {error}", WRONG_VALUE, "write 64KB, 100MB or 2GB")
            return default
        if low <= value <= high:
            return value
        self.report(found.place, f"{key} is {found.text}; it may be {low} to {high} bytes", WRONG_VALUE)
        return default

    def items(self, key: str, *, required: bool = False) -> tuple[Node, ...]:
        """The items of a list; a single value or map counts as a list of one."""
        node = self.node(key, required=required)
        if node is None:
            return ()
        return node.items if isinstance(node, Seq) else (node,)

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(one.text for one in self.scalars(key)) if self.has(key) else default

    def scalars(self, key: str) -> Iterator[Scalar]:
        for item in self.items(key):
            if isinstance(item, Scalar) and item.text and item.text.isprintable():
                yield item
            else:
                self.report(item.place, f"{key} of {self.what} lists something that is no text", WRONG_SHAPE)

    def named(self, key: str, what: str) -> Iterator[tuple[Scalar, Node]]:
        """The entries of a map from names to things, names checked."""
        node = self.node(key)
        if node is None:
            return
        if not isinstance(node, Map):
            self.report(node.place, f"{key} must be a map from a {what}'s name to the {what}", WRONG_SHAPE)
            return
        for name, value in node:
            if is_name(name.text):
                yield name, value
            else:
                text = f"{shown(name.text)} cannot name a {what}"
                self.report(name.place, text, WRONG_VALUE, "letters, digits, dot, dash and underscore, at most 63")


def _spelled(span: timedelta) -> str:
    seconds = span.total_seconds()
    for unit in ("d", "h", "m", "s"):
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:g}{unit}"
    return f"{seconds * 1000:g}ms"
