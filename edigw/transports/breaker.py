"""When to leave somebody alone who does not answer, and when to ask again.

After a few failures in a row a breaker *opens*: nothing is sent for a while that doubles
with each further failure. Then one try goes ahead; what it comes to closes the breaker or
opens it again. Waiting is counted on a clock that cannot be set back; what people are told
is the time of day.

Pure: no thread, no timer. Used by one thread at a time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

NEVER: Final = 1 << 62  # failures: for one whose owner has a breaker of its own
AFTER: Final = 3  # failures in a row; one or two are a restart of the other side


class Breaker:
    """*first* and *most* are seconds: the wait when it opens, and the longest.

    *after*: failures in a row that open it. *clock* is monotonic seconds, *now* the time of day, *spread* the
    factor by which a wait differs, so that many who wait do not come back in one moment.
    """

    def __init__(
        self,
        *,
        first: float = 10.0,
        most: float = 900.0,
        after: int = AFTER,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        spread: Callable[[], float] = lambda: random.SystemRandom().uniform(0.8, 1.2),
    ) -> None:
        self._first = first
        self._most = max(first, most)
        self._after = after
        self._clock = clock
        self._now = now
        self._spread = spread
        self._until: float | None = None
        self._opened = 0  #: times in a row without a success between
        self.failures = 0  #: in a row
        self.since: datetime | None = None  #: when the first of these was
        self.next_at: datetime | None = None  #: when one may try again; None while it is closed
        self.reason = ""  #: of the last failure

    @property
    def is_open(self) -> bool:
        """Whether something must succeed before all may go; also when one may try just now."""
        return self._until is not None

    def wait(self) -> float:
        """Seconds until one may try; 0 when it may now."""
        return max(0.0, self._until - self._clock()) if self._until is not None else 0.0

    def failed(self, reason: str, at_least: float | None = None) -> bool:
        """A try failed; True when that opened the breaker, which was closed.

        *at_least*: seconds the other side asked to be left alone; that opens it at once.
        """
        was_open = self.is_open
        self.failures += 1
        self.reason = reason
        if self.since is None:
            self.since = self._now()
        if was_open and self.wait() > 0:  # of a try that began before it opened: nothing new
            return False
        if was_open or self.failures >= self._after or at_least:
            wait = min(self._most, self._first * 2.0 ** min(self._opened, 30)) * self._spread()
            wait = max(wait, at_least or 0.0)
            self._opened += 1
            self._until = self._clock() + wait
            self.next_at = self._now() + timedelta(seconds=wait)
        return self.is_open and not was_open

    def succeeded(self) -> bool:
        """A try succeeded; True when that closed the breaker."""
        was_open = self.is_open
        self._until = self.since = self.next_at = None
        self._opened = self.failures = 0
        self.reason = ""
        return was_open

    def hurry(self) -> None:
        """Let one try go ahead now: somebody says that the other side is mended."""
        if self._until is not None:
            self._until, self.next_at = self._clock(), self._now()

    def told(self) -> str:
        """For people, while it is open: since when, how often, why, and when it tries again."""
        if self._until is None or self.since is None or self.next_at is None:
            return ""
        times = "once" if self.failures == 1 else f"{self.failures} times"
        return f"failed {times} since {_clock(self.since)}: {self.reason}; the next try is at {_clock(self.next_at)}"


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
