"""Lanes: one for each endpoint or channel that something leaves by."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from dataclasses import field

from edigw.delivery.outages import RATE, Outage
from edigw.endpoints import Retry
from edigw.records import dataclass
from edigw.transports import Target
from edigw.transports.breaker import Breaker
from edigw.transports.http import HttpEndpoint
from edigw.transports.sftp import Sftp

CHANNEL_RETRY = Retry()  # answers into a partner's folder: as patient as with an endpoint
CHANNEL_BATCH = 50  # files put into one folder together: they share a mark and a sync
MOST_WAIT = 900.0  # seconds between tries of one who does not answer, whatever its deliveries' own waits
CLAIMED_AHEAD = 4  # claimed for an endpoint, as a multiple of what is sent at once; so a claim is shared too


@dataclass(slots=True)
class Lane:
    """One endpoint or channel: where its deliveries go and how many are under way."""

    name: str
    retry: Retry
    capacity: int
    endpoint: HttpEndpoint | None = None
    target: Target | None = None
    threads: Executor | None = None  #: where a target is waited for that may hang; None: where all are
    rate: float = RATE  #: deliveries a second behind an outage
    busy: int = 0
    in_order: asyncio.Lock = field(default_factory=asyncio.Lock)  #: what is claimed behind an outage is read one claim after the other
    overdue_at: float = 0.0  #: our clock at the last look for what has waited too long
    behind: bool = True  #: more may be due than there was room for at the last look; what is new must wait behind it
    tasks: set[asyncio.Future[None]] = field(default_factory=set)  #: deliveries under way, and room that is kept for some

    outage: Outage = field(default_factory=lambda: Outage(Breaker()))  #: by the lane's own *retry* and *rate*

    def __post_init__(self) -> None:
        first, most = self.retry.first.total_seconds(), self.retry.max.total_seconds()
        self.outage = Outage(Breaker(first=first, most=min(most, MOST_WAIT)), self.rate)

    async def close(self) -> None:
        """Wait for what is under way or still being recorded, then close the connections."""
        while self.tasks:  # what is recorded meanwhile in room that was kept here is sent here, too
            await asyncio.wait(set(self.tasks))
        if self.endpoint is not None:
            await self.endpoint.close()
        if isinstance(self.target, Sftp):
            self.target.close()
