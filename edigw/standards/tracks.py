"""A message's table made ready to be walked: for every row what may stand there and what lies ahead.

Only what ``walk`` asks of a table, asked once per table and not once per segment. A track
is a loop seen from inside; it is immutable and kept for the life of the process.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Final

from edigw.records import dataclass
from edigw.standards.schema import Loop, Row, Standard

TRAILERS: Final = frozenset({"SE", "UNT"})
_UNLIMITED: Final = 1 << 60


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """A loop made ready to be walked."""

    loop: Loop
    ahead: dict[str, tuple[int, ...]]  #: tag -> rows that take it, in order
    most: tuple[int, ...]  #: by row: how often it may stand
    inner: tuple[Track | None, ...]  #: by row: the loop it opens
    mandatory: tuple[int, ...]  #: by row: the next mandatory row behind it, len(rows) if none
    twins: frozenset[str]  #: tags that open several loops here
    marks: dict[int, tuple[int, ...]]  #: root only: rows that stand once -> loops before them that cannot come after
    passed: tuple[tuple[int, ...], ...]  #: root only, by row: loops before it that cannot come after it
    floating: dict[str, Row]  #: root only: rows that may stand anywhere
    within: frozenset[str]  #: every tag in here, inner loops included


@lru_cache(maxsize=256)
def track(standard: Standard) -> Track:
    return _compile(standard.root, standard.root.rows)


def _compile(loop: Loop, rows: tuple[Row | Loop, ...]) -> Track:
    ahead: dict[str, list[int]] = defaultdict(list)
    floating: dict[str, Row] = {}
    within: set[str] = set()
    inner: list[Track | None] = []
    for at, row in enumerate(rows):
        within.add(row.tag)
        if isinstance(row, Row) and row.floating:
            floating[row.tag] = row
            inner.append(None)
            continue
        ahead[row.tag].append(at)
        inside = _compile(row, row.rows) if isinstance(row, Loop) else None  # as deep as the table, which is ours
        inner.append(inside)
        if inside is not None:
            within |= inside.within
    end = len(rows)
    needed = [row.required and row.tag not in TRAILERS for row in rows]
    mandatory: list[int] = [end] * end
    following = end
    for at in range(end - 1, -1, -1):
        mandatory[at] = following
        if needed[at]:
            following = at
    passed = () if loop.tag else _passed(rows, inner)
    return Track(
        loop,
        {tag: tuple(places) for tag, places in ahead.items()},
        tuple(row.max or _UNLIMITED for row in rows),
        tuple(inner),
        tuple(mandatory),
        frozenset(tag for tag, places in ahead.items() if sum(inner[at] is not None for at in places) > 1),
        {at: loops for at, loops in enumerate(passed) if loops and rows[at].max == 1 and rows[at].tag not in TRAILERS},
        passed,
        floating,
        frozenset(within),
    )


def _passed(rows: tuple[Row | Loop, ...], inner: list[Track | None]) -> tuple[tuple[int, ...], ...]:
    """By row the loops before it whose triggers stand nowhere behind: who goes on to the row has left them."""
    passed: list[tuple[int, ...]] = []
    behind: set[str] = set()
    for at in range(len(rows) - 1, -1, -1):
        inside = inner[at]
        behind |= inside.within if inside is not None else {rows[at].tag}
        passed.append(tuple(place for place in range(at) if inner[place] is not None and rows[place].tag not in behind))
    return tuple(reversed(passed))


def next_row(found: tuple[int, ...], row: int, count: int, most: tuple[int, ...]) -> int:
    """The first of the rows *found* at or behind *row* that still takes one; -1 if none does."""
    for at in found:
        if at > row or (at == row and count < most[at]):
            return at
    return -1
