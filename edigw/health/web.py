"""``/healthz`` and ``/metrics`` over HTTP, for whoever watches the gateway. Answers questions, takes no orders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

CONTENT = "text/plain; version=0.0.4; charset=utf-8"


class HealthServer:
    """Listens at *host*:*port* (0: any). *sick* gives reasons, *metrics* the exposition; it may take its time."""

    def __init__(self, host: str, port: int, sick: Callable[[], dict[str, list[str]]], metrics: Callable[[], bytes]) -> None:
        self._host = host
        self.port = port
        self._sick = sick
        self._metrics = metrics
        self._runner: web.AppRunner | None = None
        self._one = asyncio.Lock()  # a scrape at a time: who asks often waits, and the ledger does not

    async def start(self) -> None:
        """Raises OSError when the address cannot be used."""
        application = web.Application(client_max_size=1024)
        application.router.add_get("/healthz", self._healthz)
        application.router.add_get("/metrics", self._scrape)
        self._runner = web.AppRunner(application, access_log=None, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port, shutdown_timeout=1.0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        found = self._sick()
        return web.json_response({"ok": not any(found.values()), **found}, status=503 if any(found.values()) else 200)

    async def _scrape(self, _: web.Request) -> web.Response:
        async with self._one:
            body = await asyncio.to_thread(self._metrics)
        return web.Response(body=body, headers={"content-type": CONTENT})
