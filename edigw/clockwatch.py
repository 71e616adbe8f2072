"""A clock that is set back while the gateway runs: noticed by another clock, and what waited by it goes on.

The event loop's timers go by a clock that nobody can set. The scheduler's rounds and what is due
in the ledger go by the time of day: set back by an hour, they would come an hour late. So
the rounds are called at once, and what waits for its time is due at once, in its order; a
delivery that is tried too early is only tried once more.

A clock that is set forward needs nothing: what was due later is due now.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from apscheduler.schedulers.base import BaseScheduler

from edigw.delivery import Deliveries
from edigw.delivery.outages import bring_forward
from edigw.ledger import Ledger
from edigw.log import get_logger

log = get_logger("daemon")

EVERY: Final = 5.0  # seconds between looks
ENOUGH: Final = 2.0  # seconds; less is a clock that is being corrected, and costs no round

SET_BACK: Final = "EDIGW-DAEMON-E006"


class ClockWatch:
    """Compares the time of day (*wall*, seconds) with a clock that only goes on (*steady*)."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._last = wall(), steady()

    def set_back(self) -> float:
        """Seconds by which the time of day was set back since the last look; 0 for less than ENOUGH."""
        wall, steady = self._wall(), self._steady()
        lost = (steady - self._last[1]) - (wall - self._last[0])
        self._last = wall, steady
        return lost if lost >= ENOUGH else 0.0


def call_rounds(scheduler: BaseScheduler) -> None:
    """Have every job of *scheduler* run now, and at its interval from then on."""
    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))


async def watch(
    scheduler: BaseScheduler, deliveries: Deliveries, ledger: Ledger, stopping: Callable[[], bool], clock: ClockWatch | None = None
) -> None:
    """Look every few seconds, for as long as the task lives."""
    clock = clock or ClockWatch()
    while True:
        await asyncio.sleep(EVERY)
        if not (lost := clock.set_back()):
            continue
        further = "nothing now, for rounds and deliveries were called at once; see that the clock is kept right (timedatectl)"
        log.warning("daemon.clock_set_back", seconds=round(lost), code=SET_BACK, next=further)
        call_rounds(scheduler)
        for lane in deliveries.lanes():
            await bring_forward(lane.name, ledger, stopping, deliveries.wake)
