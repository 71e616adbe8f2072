"""Lanes: one for each endpoint or channel that something leaves by."""

from __future__ import annotations

import asyncio
from dataclasses import field

from edigw.records import dataclass
from edigw.settings import Retry
from edigw.transports import Target
from edigw.transports.http import HttpEndpoint

CHANNEL_RETRY = Retry()  # answers into a partner's folder: as patient as with an endpoint
CHANNEL_BATCH = 50  # files put into one folder together: they share a mark and a sync
CLAIMED_AHEAD = 4  # claimed for an endpoint, as a multiple of what is sent at once; so a claim is shared too


@dataclass(slots=True)
class Lane:
    """One endpoint or channel: where its deliveries go and how many are under way."""

    name: str
    retry: Retry
    capacity: int
    endpoint: HttpEndpoint | None = None
    target: Target | None = None
    busy: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def close(self) -> None:
        """Wait for what is under way, then close the connections."""
        if self.tasks:
            await asyncio.wait(set(self.tasks))
        if self.endpoint is not None:
            await self.endpoint.close()
