"""How the gateway is watched: progress, metrics, alerts. Asks the ledger and the daemon, orders nothing.

``Health`` is one daemon's: it listens where ``health:`` says, looks every ``alerts: every`` and tells
whom ``alerts:`` names, and feeds systemd's watchdog while work gets on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edigw import alertbook, notify
from edigw.channels import Channel
from edigw.generation import Configuration
from edigw.health import conditions
from edigw.health.alerts import Book, Sender
from edigw.health.certificates import Certificates
from edigw.health.progress import Progress
from edigw.health.senders import senders
from edigw.healthsettings import Alerts
from edigw.ledger import Ledger
from edigw.log import get_logger
from edigw.pool import Pool
from edigw.transports.troubles import Standing

if TYPE_CHECKING:
    from edigw.health.metrics import Facts
    from edigw.health.web import HealthServer

log = get_logger("health")

LOOK_FAILED = "EDIGW-HEALTH-E006"
STUCK = "EDIGW-HEALTH-E007"
CANNOT_LISTEN = "EDIGW-HEALTH-E008"
WATCH_EVERY = 5.0  # seconds between looks at the progress where systemd asks for none


class Health:
    """Watches one daemon. *hindered* are causes outside, in words, those of *channels* besides; nothing here raises into the daemon.

    Where there may be several nodes, *node* is our name: each tells what is wrong with itself, and the
    one that *leads* what is wrong with all, so that nothing is told twice.
    """

    def __init__(
        self,
        instance: Path,
        ledger: Ledger,
        *,
        clock: Callable[[], datetime],
        current: Callable[[], Configuration],
        hindered: Callable[[], list[str]],
        channels: Callable[[], Standing],
        pool: Callable[[], Pool],
        node: str = "",
        leads: Callable[[], bool] = lambda: True,
    ) -> None:
        self.progress = Progress()
        self._instance = instance
        self._ledger = ledger
        self._clock = clock
        self._current = current
        self._besides = hindered
        self._channels = channels
        self._pool = pool
        self._certificates = Certificates()
        self._tasks: list[asyncio.Task[None]] = []
        self._node = node
        self._leads = leads
        self._gateway = current().settings.gateway.name
        self._own = Book.load(instance, self._gateway, alertbook.file_name(node))  #: what we tell of ourselves
        self._book = None if node else self._own  #: what is told of the gateway, while we lead
        self._server: HealthServer | None = None
        self.port = 0

    async def start(self) -> None:
        """Begin to watch. An address that cannot be used is said; the gateway works all the same."""
        listen = self._current().settings.health
        if listen is not None:
            from edigw.health.metrics import Collector, exposition
            from edigw.health.web import HealthServer

            collector = Collector(self._ledger, self._clock, self._facts)
            server = HealthServer(listen.host, listen.port, self.sick, lambda: exposition(collector))
            try:
                await server.start()
            except OSError as trouble:
                why, further = trouble.strerror or str(trouble), "give another health: {listen: host:port}, then restart"
                log.error("health.cannot_listen", host=listen.host, port=listen.port, why=why, code=CANNOT_LISTEN, next=further)
            else:
                self._server, self.port = server, server.port
                log.info("health.listening", host=listen.host, port=server.port)
        self._tasks = [asyncio.create_task(self._watch()), asyncio.create_task(self._look_often())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.stop()

    # -- progress

    def sick(self) -> dict[str, list[str]]:
        """Why all is not well: what does not get on, and what hinders it from outside."""
        return {"stuck": self._stuck(), "hindered": self._hindered()}

    def _hindered(self) -> list[str]:
        return [*self._besides(), *map(str, self._channels().troubles)]

    def _stuck(self) -> list[str]:
        return self.progress.stuck({name: one.every.total_seconds() for name, one in self._watched().items()})

    def _watched(self) -> dict[str, Channel]:
        configuration = self._current()
        return {name: one for name, one in configuration.settings.channels.items() if name in self.progress.scanned}

    async def _watch(self) -> None:
        every = notify.watchdog_every() or WATCH_EVERY
        told: list[str] = []
        while True:
            stuck = self._stuck()
            if not stuck:
                notify.progress()
            if stuck and not told:
                log.error("daemon.stuck", why=stuck, code=STUCK, next="report it; a watchdog restarts the gateway, and nothing is lost")
            told = stuck
            await asyncio.sleep(min(every, WATCH_EVERY))

    # -- alerts

    async def _look_often(self) -> None:
        while True:
            settings = self._current().settings.alerts or Alerts()
            try:
                await asyncio.to_thread(self.look, settings)
            except Exception as trouble:
                log.error("health.look_failed", code=LOOK_FAILED, exc_info=trouble, next="report it; it is looked at again")
            await asyncio.sleep(settings.every.total_seconds())

    def look(self, settings: Alerts) -> None:
        """Look once, and tell what is new and what is over. Blocks; not for the event loop."""
        now = self._clock()
        by = senders(settings, self._instance)
        node = self._node
        ours = [
            conditions.of_disk(self._folders(), settings.disk, node),
            conditions.of_node([*self._besides(), *self._stuck()], node),
            conditions.of_channels(self._channels(), node),
        ]
        if not self._node:
            self._tell(self._own, [*self._of_gateway(self._own, settings, now), *ours], by, now)
            return
        self._tell(self._own, ours, by, now)
        if not self._leads():
            self._book = None  # another node's: it has written there since
            return
        self._book = self._book or Book.load(self._instance, self._gateway)
        self._tell(self._book, self._of_gateway(self._book, settings, now), by, now)

    def alerts(self) -> dict[str, list[dict[str, str]]]:
        """What is open in the books that are ours just now, by the node they are of; "": of the gateway."""
        found = {self._node: alertbook.said(dict(self._own.open))}
        if (book := self._book) is not None:
            found[""] = alertbook.said(dict(book.open))
        return found

    def _of_gateway(self, book: Book, settings: Alerts, now: datetime) -> list[conditions.Look]:
        configuration = self._current()
        partners = configuration.book.partners
        known = book.expected(conditions.rhythms(partners), now, all_there=not configuration.problems)
        ends = self._certificates.ends(configuration.settings.endpoints.values(), now)
        return [
            conditions.of_ledger(self._ledger, partners, settings, now, known),
            conditions.of_certificates(ends, settings, now),
            *([conditions.of_nodes(self._ledger)] if self._node else ()),
        ]

    @staticmethod
    def _tell(book: Book, looks: Sequence[conditions.Look], by: Mapping[str, Sender], now: datetime) -> None:
        found = conditions.Look()
        for look in looks:
            found.add(look.found.values())
            found.unknown |= look.unknown
        book.note(found, list(by), now)
        book.tell(by, now)

    def _folders(self) -> list[Path]:
        return [self._instance, self._instance / self._current().settings.archive]

    def _facts(self) -> Facts:
        from edigw.health.metrics import Facts

        configuration, pool = self._current(), self._pool()
        told = {*self._own.open, *(self._book.open if self._book is not None else ())}
        lanes = {*configuration.settings.endpoints, *configuration.settings.channels}
        return Facts(
            partners=configuration.book.partners, lanes=lanes, stuck=self._stuck(), hindered=self._hindered(),
            commit_seconds=self.progress.committed,
            workers=pool.workers, tasks=pool.tasks, alerts=len(told), folders=self._folders(),
        )  # fmt: skip
