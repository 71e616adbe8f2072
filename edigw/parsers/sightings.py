"""Where literals stand next in a file, remembered, so that each is searched once.

Pure. Without it a file of a million headers and no trailer would be searched for the
trailer a million times.
"""

from __future__ import annotations

import re
from functools import lru_cache


class Sightings:
    """Asked with offsets that grow, or go back a little; nothing behind *end* counts.

    Kept for each literal: its next place, and from where on that is known. Going back costs
    the bytes gone back, not another search to the end.
    """

    def __init__(self, data: bytes, end: int | None = None) -> None:
        self._data = data
        self.end = len(data) if end is None else end
        self._known: dict[bytes, tuple[int, int]] = {}

    def after(self, literal: bytes, at: int) -> int:
        """Offset of the next *literal* at or behind *at*; ``end`` if there is none."""
        since, place = self._known.get(literal, (at, -1))
        if since <= at <= place:
            return place
        if place < at:
            found = self._data.find(literal, at, self.end)
            place = found if found >= 0 else self.end
        else:
            found = self._data.find(literal, at, min(since + len(literal) - 1, self.end))
            place = found if found >= 0 else place
        self._known[literal] = at, place
        return place

    def broken(self, tag: bytes, at: int) -> int:
        """As ``after``, for a *tag* that the line ends of fixed records may have cut."""
        key = b"\n" + tag
        since, place = self._known.get(key, (at, -1))
        if since <= at <= place:
            return place
        match = _across_lines(tag).search(self._data, at, self.end)
        place = match.start() if match else self.end
        self._known[key] = at, place
        return place


@lru_cache(maxsize=256)
def _across_lines(tag: bytes) -> re.Pattern[bytes]:
    return re.compile(b"[\r\n]*".join(re.escape(tag[i : i + 1]) for i in range(len(tag))))
