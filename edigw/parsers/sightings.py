"""Where literals stand next in a file, remembered, so that each is searched once.

Pure. Without it a file of a million headers and no trailer would be searched for the
trailer a million times.
"""

from __future__ import annotations

import re
from functools import lru_cache


class Sightings:
    """Asked with offsets that only grow; nothing at or behind *end* counts."""

    def __init__(self, data: bytes, end: int | None = None) -> None:
        self._data = data
        self.end = len(data) if end is None else end
        self._next: dict[bytes, int] = {}

    def after(self, literal: bytes, at: int) -> int:
        """Offset of the next *literal* at or behind *at*; ``end`` if there is none."""
        place = self._next.get(literal, -1)
        if place < at:
            place = self._data.find(literal, at, self.end)
            if place < 0:
                place = self.end
            self._next[literal] = place
        return place

    def broken(self, tag: bytes, at: int) -> int:
        """As ``after``, for a *tag* that the line ends of fixed records may have cut."""
        key = b"\n" + tag
        place = self._next.get(key, -1)
        if place < at:
            found = _across_lines(tag).search(self._data, at, self.end)
            place = found.start() if found else self.end
            self._next[key] = place
        return place


@lru_cache(maxsize=256)
def _across_lines(tag: bytes) -> re.Pattern[bytes]:
    return re.compile(b"[\r\n]*".join(re.escape(tag[i : i + 1]) for i in range(len(tag))))
