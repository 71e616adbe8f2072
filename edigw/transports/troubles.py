"""What keeps a channel's work waiting, in one form for the log, ``edigw status`` and alerts.

A cause is known by its channel and its code. Its words may differ from try to try, for they
tell how often and since when; so nobody may compare words to see whether it is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from edigw.records import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """One cause on one channel, as it is now."""

    channel: str
    code: str
    cause: str  #: in words that hold for as long as it lasts
    told: str  #: the same as of now, with its code: since when, how often, when it is tried again
    next: str

    def __str__(self) -> str:
        return f"{self.channel}: {self.told}; next: {self.next}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the channels are: what is wrong, and the channels of which nothing that was wrong before can be said to be over."""

    troubles: Sequence[Trouble] = ()
    open: frozenset[str] = frozenset()
