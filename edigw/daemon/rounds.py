"""The daemon's rounds: what is called by the clock, again and again or once a day."""

from __future__ import annotations

import functools
from asyncio import CancelledError
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Work = Callable[..., Coroutine[Any, Any, None]]

SCAN: Final = "scan "  # how the rounds that look into channels are named
DAILY: Final = "daily"
FIRST: Final = "first"
FIRST_AFTER: Final = timedelta(minutes=10)  # from a start, for a machine that sleeps when its daily hour comes


class Rounds:
    """Calls work by the clock. Of one work there is one call at a time, and one that was missed is made up for once.

    *stopping* tells whether we drain: a round that is cut off by that has not failed.
    """

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self.scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        self._stopping = stopping

    def every(self, seconds: float, work: Work) -> None:
        """Call *work* every so many seconds."""
        self.scheduler.add_job(self._guarded(work), "interval", seconds=seconds)

    def scans(self, every: Mapping[str, float], scan: Work) -> None:
        """Call *scan* with each channel's name every so many seconds, and with no channel's that is not in *every*."""
        for job in self.scheduler.get_jobs():
            if job.id.startswith(SCAN) and job.id.removeprefix(SCAN) not in every:
                job.remove()
        for name, seconds in every.items():
            self.scheduler.add_job(
                self._guarded(scan), "interval", seconds=seconds, args=[name], id=f"{SCAN}{name}", replace_existing=True
            )

    def daily(self, at: time | None, work: Work, *, first: bool = False) -> None:
        """Call *work* each day *at* this time of UTC, or no more; *first*: and once soon, for the days that were missed."""
        for job in self.scheduler.get_jobs():
            if at is None and job.id in (DAILY, FIRST):
                job.remove()
        if at is None:
            return
        guarded = self._guarded(work)
        self.scheduler.add_job(guarded, "cron", hour=at.hour, minute=at.minute, id=DAILY, replace_existing=True)
        if first:
            self.scheduler.add_job(guarded, "date", run_date=datetime.now(UTC) + FIRST_AFTER, id=FIRST)

    def start(self) -> None:
        self.scheduler.start()

    def stop(self) -> None:
        """Call nothing any more; also before ``start``."""
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)

    def _guarded(self, work: Work) -> Work:
        @functools.wraps(work)
        async def cut_off_by_a_drain(*given: str) -> None:
            try:
                await work(*given)
            except CancelledError:
                if not self._stopping():
                    raise

        return cut_off_by_a_drain
