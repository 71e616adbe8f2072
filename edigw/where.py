"""The expression behind ``--where``: which rows a person means. Pure.

    state=given_up and to=erp and why~503
    code=EDIGW-ROUTE-E001 and sender=ZZ:NEWCO
    type=850,860 and number=PO-47* and made>2026-11-20 and age>2h

Terms joined by ``and``. ``=`` and ``!=`` take one value or several between commas, and ``*`` at a
value's end stands for anything; ``~`` looks for a text anywhere in the value, whatever its case;
``>`` and ``<`` compare times (``made``, ``due``) and durations (``age``: since the state last
changed). A value with blanks or commas stands in quotes. There is no ``or``: two commands say that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from edigw.errors import EdigwError
from edigw.ledger import Row
from edigw.records import dataclass
from edigw.states import Kind

MOST_TERMS: Final = 20
LONGEST: Final = 2_000  # characters of an expression

_TERM = re.compile(r"""\s*([a-z_]+)\s*(!=|=|~|<|>)\s*""")
_VALUE = re.compile(r""""([^"]*)"|'([^']*)'|([^\s,"']+)""")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_AGE = re.compile(r"([0-9]{1,6})([smhdw])")
_SECONDS: Final = MappingProxyType({"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800})


class WhereError(EdigwError):
    """An expression that cannot be read. *column* counts from 1."""

    code = "EDIGW-OPERATE-E002"
    advice = "edigw retry --help shows what may stand behind --where"

    def __init__(self, text: str, column: int) -> None:
        self.column = column
        super().__init__(f"--where, column {column}: {text}")


def _of(*names: str) -> Callable[[Row], str]:
    def read(row: Row) -> str:
        return next((str(row.facts[name]) for name in names if row.facts.get(name) not in (None, "")), "")

    return read


def _code(row: Row) -> str:
    from edigw.overview import STANDING, code_of

    return code_of(row) if row.state in STANDING else str(row.held)


#: What a term may ask of a row, as text.
WORDS: Final[Mapping[str, Callable[[Row], str]]] = MappingProxyType(
    {
        "kind": lambda row: row.of.value,
        "id": lambda row: row.label,
        "state": lambda row: row.state.value,
        "code": _code,
        "partner": _of("partner"),
        "channel": _of("channel"),
        "sender": _of("sender"),
        "receiver": _of("receiver"),
        "to": _of("lane", "deliver"),
        "type": _of("type"),
        "what": _of("what"),
        "document": _of("kind"),
        "number": _of("key"),
        "control": _of("control_number"),
        "name": _of("name"),
        "map": _of("map"),
        "file": lambda row: "" if row.facts.get("file") is None else f"F{row.facts['file']}",
        "interchange": lambda row: "" if row.facts.get("interchange") is None else f"I{row.facts['interchange']}",
        "message": lambda row: "" if row.facts.get("message") is None else f"M{row.facts['message']}",
        "why": _of("last_error", "reason"),
    }
)
TIMES: Final[Mapping[str, str]] = MappingProxyType({"made": "created_at", "due": "due_at", "age": "changed_at"})


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison."""

    word: str
    sign: str
    values: tuple[str, ...]
    moment: datetime | None = None
    span: timedelta | None = None

    def holds(self, row: Row, now: datetime) -> bool:
        """Whether it is true of *row* at *now*."""
        if self.word in TIMES:
            found: Any = row.facts.get(TIMES[self.word])
            if found is None:
                return False
            if self.span is not None:
                return bool(now - found > self.span if self.sign == ">" else now - found < self.span)
            assert self.moment is not None
            return bool(found > self.moment if self.sign == ">" else found < self.moment)
        text = WORDS[self.word](row)
        if self.sign == "~":
            return any(value.casefold() in text.casefold() for value in self.values)
        hit = any(text.startswith(value[:-1]) if value.endswith("*") else text == value for value in self.values)
        return hit if self.sign == "=" else not hit


@dataclass(frozen=True, slots=True)
class Where:
    """Terms that must all hold."""

    text: str
    terms: tuple[Term, ...]

    def holds(self, row: Row, now: datetime) -> bool:
        """Whether a person who said this means *row*."""
        return all(term.holds(row, now) for term in self.terms)

    def only(self, word: str) -> tuple[str, ...] | None:
        """The whole values that *word* may have by these terms; None when they leave it open."""
        for term in self.terms:
            if term.word == word and term.sign == "=" and not any(value.endswith("*") for value in term.values):
                return term.values
        return None

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of row that may be meant."""
        said = self.only("kind")
        return tuple(kind for kind in Kind if said is None or kind.value in said)


def parse(text: str) -> Where:
    """The expression *text*. Raises WhereError with the column of the first mistake."""
    if len(text) > LONGEST:
        raise WhereError(f"longer than {LONGEST} characters", LONGEST)
    terms: list[Term] = []
    at = 0
    while True:
        term, at = _term(text, at)
        terms.append(term)
        if not text[at:].strip():
            return Where(text, tuple(terms))
        joined = _AND.match(text, at)
        if joined is None:
            raise WhereError(f"'and' belongs before {text[at:].strip()[:20]!r}; a value with blanks stands in quotes", at + 1)
        if len(terms) >= MOST_TERMS:
            raise WhereError(f"more than {MOST_TERMS} terms", at + 1)
        at = joined.end()


def _term(text: str, at: int) -> tuple[Term, int]:
    found = _TERM.match(text, at)
    if found is None:
        raise WhereError(f"a term reads word=value, and here stands {text[at : at + 20].strip() or 'nothing'!r}", at + 1)
    word, sign = found[1], found[2]
    known = (*WORDS, *TIMES)
    if word not in known:
        near = get_close_matches(word, known, 1)
        advice = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise WhereError(f"there is no {word}; {advice}", found.start(1) + 1)
    values: list[str] = []
    at = found.end()
    while True:
        value = _VALUE.match(text, at)
        if value is None:
            raise WhereError(f"{word}{sign} lacks a value", at + 1)
        values.append(next(one for one in value.groups() if one is not None))
        at = value.end()
        if text[at : at + 1] != ",":
            break
        at += 1
    return _made(word, sign, tuple(values), found.start(1) + 1), at


def _made(word: str, sign: str, values: tuple[str, ...], column: int) -> Term:
    if word not in TIMES:
        if sign in "<>":
            raise WhereError(f"{word} is compared with = != or ~; < and > belong to {', '.join(TIMES)}", column)
        if word == "state":
            values = tuple(value.replace("-", "_") for value in values)
        if word == "id":
            values = tuple(value.upper() for value in values)
        return Term(word, sign, values)
    if sign not in "<>" or len(values) != 1:
        raise WhereError(f"{word} is compared with < or > and one value", column)
    age = _AGE.fullmatch(values[0])
    if word == "age":
        if age is None:
            raise WhereError(f"{values[0]!r} is no age: 90s, 15m, 2h, 3d, 1w", column)
        return Term(word, sign, values, span=timedelta(seconds=int(age[1]) * _SECONDS[age[2]]))
    try:
        moment = datetime.fromisoformat(values[0])
    except ValueError:
        raise WhereError(f"{values[0]!r} is no time: 2026-11-20, 2026-11-20T15:30", column) from None
    return Term(word, sign, values, moment=moment if moment.tzinfo else moment.replace(tzinfo=UTC))
