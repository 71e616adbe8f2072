"""A partner's declared rhythm: how many of a message come by when, and whether it is silent. Pure but for the zone's table.

    expects: {850: "Mon-Fri 1+ by 10:00 America/Chicago", 856: "daily 3+ by 18:00"}

What counts for a deadline is what came since the one before it, so that what comes at night or over
the weekend counts for the morning. Days without a deadline ask for nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from edigw.records import dataclass

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOW: Final = "Mon-Fri 1+ by 10:00 America/Chicago, or daily 3+ by 18:00 (UTC)"
_RHYTHM = re.compile(r"(\S+)\s+([1-9][0-9]{0,5})\+\s+by\s+([0-2][0-9]):([0-5][0-9])(?:\s+(\S+))?")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """*least* messages of type *message* by *by*, on *days* (0 is Monday), on the clock of *zone*."""

    message: str
    days: frozenset[int]
    least: int
    by: time
    zone: str
    text: str

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """The last deadline that has passed at *now*, and the one before it, in UTC: (before, deadline)."""
        zone = ZoneInfo(self.zone)
        day = now.astimezone(zone).date()
        if self._deadline(day, zone) > now:
            day -= timedelta(days=1)
        last = self._named(day)
        return self._deadline(self._named(last - timedelta(days=1)), zone), self._deadline(last, zone)

    def _named(self, day: date) -> date:
        while day.weekday() not in self.days:
            day -= timedelta(days=1)
        return day

    def _deadline(self, day: date, zone: ZoneInfo) -> datetime:
        return datetime.combine(day, self.by, zone).astimezone(UTC)  # an hour that a change of clocks leaves out is the one before


def parse(message: str, text: str) -> Rhythm:
    """The rhythm *text* states for *message*. Raises ValueError saying what is wrong with it."""
    found = _RHYTHM.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"a rhythm reads {HOW}")
    hour = int(found[3])
    if hour > 23:
        raise ValueError(f"{found[3]}:{found[4]} is no time of day")
    zone = found[5] or "UTC"
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {zone!r}; they read America/Chicago, Europe/Berlin, UTC") from None
    return Rhythm(message, _days(found[1]), int(found[2]), time(hour, int(found[4])), zone, " ".join(text.split()))


def _days(text: str) -> frozenset[int]:
    if text == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"{part!r} is no day: {' '.join(DAYS)}, Mon-Fri, Mon,Wed, daily")
        start, end = DAYS.index(first), DAYS.index(last or first)
        found |= {one % 7 for one in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(found)
