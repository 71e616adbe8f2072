"""Whether the daemon gets on with its work: what ``/healthz`` answers and the watchdog is fed by.

A process that is alive and does nothing is not well. So each round of the daemon leaves its mark
here, and what is asked is how old the marks are. What hinders it from outside (a database that is
gone) is no lack of progress: a restart would not mend it, so the watchdog is fed all the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Final

from edigw.records import dataclass

SWEEP_WITHIN: Final = 90.0  # seconds; a sweep comes every ten, and a busy one takes its time
SCANS_MISSED: Final = 5  # rounds that a channel may miss, or SCAN_WITHIN if that is longer
SCAN_WITHIN: Final = 120.0


@dataclass(slots=True)
class Progress:
    """Marks of the daemon's rounds, on the monotonic clock: it does not jump."""

    clock: Callable[[], float] = time.monotonic
    swept: float = 0.0
    committed: float = 0.0  #: seconds the last renewal of our hold on the instance took
    scanned: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.swept = self.clock()

    def sweep(self) -> None:
        """A sweep began, or came to its end, well or not."""
        self.swept = self.clock()

    def commit(self, took: float) -> None:
        """The renewal of our hold on the instance took *took* seconds."""
        self.committed = took

    def waits(self) -> None:
        """All rounds wait for worker processes that cannot be started: hindered, not stuck, and the marks begin anew."""
        self.swept = self.clock()
        self.scanned = dict.fromkeys(self.scanned, self.swept)

    def scan(self, channel: str) -> None:
        """A look into *channel* came to its end."""
        self.scanned[channel] = self.clock()

    def stuck(self, every: Mapping[str, float]) -> list[str]:
        """What does not get on, in words; *every*: the channels and the seconds between looks into each."""
        now = self.clock()
        found = []
        if now - self.swept > SWEEP_WITHIN:
            found.append(f"no sweep of the ledger for {now - self.swept:.0f} s")
        for channel, seconds in every.items():
            last = self.scanned.setdefault(channel, now)  # a new channel has its first look before it
            if now - last > max(SCAN_WITHIN, SCANS_MISSED * seconds):
                found.append(f"no look into channel {channel} for {now - last:.0f} s")
        return found
