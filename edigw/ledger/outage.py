"""Waiting out a database that cannot be reached: what was done must still be recorded.

A delivery that got through, or a file that is judged, is not worth less because PostgreSQL
restarts. The step is submitted again until it is on disk. If the connection broke in the
commit itself it may have succeeded: then the step finds its rows moved and raises Superseded,
which the caller takes as such.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from edigw.errors import LedgerUnavailable
from edigw.log import get_logger

T = TypeVar("T")

log = get_logger("ledger")

AGAIN_AFTER = 1.0  # seconds; a restart of PostgreSQL takes a few


async def recorded(submit: Callable[[], Future[T]], stopping: Callable[[], bool]) -> T:
    """What the step that *submit* submits returns, once it is on disk.

    Submits anew while the ledger cannot be reached, said once. Raises LedgerUnavailable only
    when *stopping* says so meanwhile; what the step raises otherwise is raised at once.
    """
    told = False
    while True:
        try:
            result = await asyncio.wrap_future(submit())
        except LedgerUnavailable as trouble:
            if stopping():
                raise
            if not told:
                log.error("ledger.unavailable", code=trouble.code, error=str(trouble), next=trouble.advice)
            told = True
            await asyncio.sleep(AGAIN_AFTER)
        else:
            if told:
                log.info("ledger.back")
            return result
