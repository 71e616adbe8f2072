"""Values drawn for documents of a map's domain: texts, numbers, days that their elements take.

The choices are the caller's, so that tests, demonstrations and measurements draw the same way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final, Protocol, TypeVar

from edigw.mappings.plan import Slot
from edigw.standards.schema import ElementDef

T = TypeVar("T")

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS: Final = "0123456789"
INNER: Final = LETTERS + DIGITS + " -."  # never first or last: blanks at an end may be taken for padding
LONGEST: Final = 14  # characters drawn of a text that may be longer, most of the time
#: EDIFACT 2379: periods, of which a map takes the text as it stands.
PERIODS: Final = {"602": "Y", "610": "YM", "616": "YW", "713": "sDCsDC", "717": "sDsD", "718": "DD", "719": "DCDC"}
_FIRST_DAY = date(1990, 1, 1)


@lru_cache(4096)
def _in_order(codes: frozenset[str], least: int, most: int) -> tuple[str, ...]:
    """Of a list's *codes* the plain ones of *least* to *most* characters: thousands, and asked for with every value drawn."""
    return tuple(sorted(code for code in codes if least <= len(code) <= most and code.isalnum()))


class Choices(Protocol):
    """A source of choices: hypothesis, ``random.Random`` in a coat, a list played back."""

    def number(self, least: int, most: int) -> int:
        """From *least* to *most*, both included."""

    def one(self, items: Sequence[T]) -> T:
        """One of *items*, which are not empty."""


class Values:
    """Draws values by *choices*; *extra* are characters that texts may hold besides the plainest."""

    def __init__(self, choices: Choices, extra: str) -> None:
        self.choices = choices
        self.extra = extra

    def maybe(self, of: int = 2) -> bool:
        return self.choices.number(1, of) == 1

    def text_of(self, slot: Slot, *, without: set[str] | None = None) -> Any:
        """A value as the document holds it."""
        element = slot.definition
        table = slot.table
        if table is not None:
            words = [word for word, codes in table.codes.items() if element.codes is None or element.codes.intersection(codes)]
            words = [word for word in words if table.words[table.codes[word][0]] == word]  # not what only writing knows
            words = [word for word in words if not (without and without.intersection(table.codes[word]))]
            if words:
                return self.choices.one(sorted(words))
        name = slot.codec.name if slot.codec is not None else "text"
        if slot.format is not None:
            day = self.day()
            known = slot.format_definition.codes if slot.format_definition is not None else None
            timed = known is None or {"203", "DT"} & known
            return f"{day}T{self.clock()}" if timed and self.maybe(3) else day
        if name == "gtin":
            return self.digits(self.choices.one((8, 12, 13, 14)))
        if name == "day":
            return f"{self.day()}T{self.clock()}" if slot.time is not None and self.maybe(3) else self.day()
        if name == "clock":
            return self.clock()
        if name == "count":
            return self.choices.number(1, 10 ** min(element.max, 4) - 1)
        if name == "decimal":
            return self.decimal(element)
        if name.startswith("N") and name[1:].isdecimal():
            places = int(name[1:])
            whole = self.choices.number(0, 10 ** max(min(element.max, 9) - places, 1) - 1)
            return f"{whole}.{self.digits(places)}"
        return self.plain(element, without or set())

    def plain(self, element: ElementDef, without: set[str]) -> str:
        if element.id == "1250" and element.codes is not None and "D8" in element.codes:
            return "D8"
        if element.codes is not None:
            fitting = [code for code in _in_order(element.codes, element.min, element.max) if code not in without]
            if fitting:
                return self.choices.one(fitting[:40])
        if element.id == "1251":  # a period in X12 is of the format drawn beside it
            return self.day().replace("-", "")
        if element.type in ("n", "N0"):
            return self.digits(max(element.min, 1))
        most = max(element.min, 1, min(element.max, LONGEST if self.maybe(4) else 6))
        length = self.choices.number(max(element.min, 1), most)
        ends = LETTERS if element.type == "a" else LETTERS + DIGITS
        inner = LETTERS if element.type == "a" else INNER + self.extra
        text = [self.choices.one(inner if 0 < at < length - 1 else ends) for at in range(length)]
        return "".join(text) if "".join(text) not in without else "Q" * length

    def digits(self, length: int) -> str:
        first = self.choices.one(DIGITS[1:]) if length else ""
        return first + "".join(self.choices.one(DIGITS) for _ in range(length - 1))

    def decimal(self, element: ElementDef) -> str:
        size = self.choices.number(max(element.min, 1), max(1, min(element.max, 8)))
        places = 0 if element.type[0] == "N" else self.choices.number(0, min(size - 1, 3))
        whole = self.digits(size - places)
        return f"{whole}.{self.digits(places)}" if places else whole

    def day(self) -> str:
        return (_FIRST_DAY + timedelta(days=self.choices.number(0, 18_000))).isoformat()

    def period(self, form: str) -> str:
        """Y year, M month, W week, D day (sD with two digits of the year), C clock, one behind the other."""
        day = self.day().replace("-", "")
        parts = {"Y": day[:4], "M": day[4:6], "W": f"{self.choices.number(1, 52):02}", "D": day, "C": self.clock().replace(":", "")}
        return "".join(day[2:] if two else parts[letter] for two, letter in re.findall("(sD)|([YMWDC])", form))

    def clock(self) -> str:
        return f"{self.choices.number(0, 23):02}:{self.choices.number(0, 59):02}"
