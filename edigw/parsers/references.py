"""Control numbers seen, in bounded form: what makes a second use of one a fault.

Pure. Senders count upwards, so what was seen is a handful of runs, ``0001`` to ``9000``,
however many messages there were; that fits into the few bytes a reading is resumed from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

#: Runs remembered. A sender who numbers by chance fills them with as many messages; numbers
#: beyond are then not remembered, and only a repeat of a remembered one is found.
MAX_RUNS = 4_096

WIDTH = 64  #: characters remembered of a number; the standards allow 14 and 35
DIGITS = 15  #: of them at most count upwards; what stands before is part of the prefix


class References:
    """A set of control numbers as runs of consecutive ones."""

    def __init__(self, runs: Sequence[Sequence[object]] = ()) -> None:
        self._firsts: list[tuple[str, int, int]] = []
        self._lasts: list[int] = []
        for prefix, width, first, last in runs:
            self._firsts.append((str(prefix), int(str(width)), int(str(first))))
            self._lasts.append(int(str(last)))

    def add(self, number: str) -> bool:
        """Remember *number*; False if it was there already. ``1`` and ``01`` differ."""
        number = number[:WIDTH]
        width = min(len(number) - len(number.rstrip("0123456789")), DIGITS)
        prefix = number[: len(number) - width]
        value = int(number[-width:]) if width else 0
        i = bisect_right(self._firsts, (prefix, width, value)) - 1
        if i >= 0 and self._firsts[i][:2] == (prefix, width):
            if value <= self._lasts[i]:
                return False
            if value == self._lasts[i] + 1:
                self._lasts[i] = value
                if i + 1 < len(self._firsts) and self._firsts[i + 1] == (prefix, width, value + 1):
                    self._lasts[i] = self._lasts.pop(i + 1)
                    del self._firsts[i + 1]
                return True
        if i + 1 < len(self._firsts) and self._firsts[i + 1] == (prefix, width, value + 1):
            self._firsts[i + 1] = (prefix, width, value)
        elif len(self._firsts) < MAX_RUNS:
            self._firsts.insert(i + 1, (prefix, width, value))
            self._lasts.insert(i + 1, value)
        return True

    def runs(self) -> list[list[object]]:
        """What a new set is made from: (prefix, width, first, last)."""
        return [[*first, last] for first, last in zip(self._firsts, self._lasts, strict=True)]
