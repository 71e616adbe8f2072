"""Counts of what this process did, for the metrics: plain numbers that cost nothing to keep.

They begin at nought with each start, as Prometheus expects of a counter.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

#: (lane, outcome) of every try of a delivery: done, again, uncertain, held, given_up.
TRIES: Final[Counter[tuple[str, str]]] = Counter()


def tried(lane: str, outcome: str) -> None:
    """A try of a delivery on *lane* came to *outcome*."""
    TRIES[lane, outcome] += 1
