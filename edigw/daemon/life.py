"""One node of the gateway: receivers, the judging pool, deliveries, the clock, signals.

Everything here is wiring; what a step does stands in the flows. One event loop holds the
servers and the waiting, the ledger has its own writer thread, judging its own processes.

SIGTERM and Ctrl-C drain: nothing new is taken, what is under way ends, exit status 0.
SIGHUP reads the configuration again: the whole new generation, or the old one and a report.
A second daemon as the same node refuses to start.
"""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from edigw import clockwatch, generation, notify, wiring
from edigw.archive import Archive
from edigw.control import Control
from edigw.daemon.nodes import InstanceTaken, Presence, host_node
from edigw.daemon.reloading import Configured
from edigw.daemon.retainer import Retainer
from edigw.daemon.rounds import Rounds
from edigw.delivery import Deliveries
from edigw.errors import LedgerUnavailable
from edigw.health import Health
from edigw.inbound import Inbound
from edigw.ledger import Ledger
from edigw.log import configure, get_logger
from edigw.settings import Settings
from edigw.transports.arrivals import Hints
from edigw.transports.folder import Folder
from edigw.transports.sftpd import SftpInbox

log = get_logger("daemon")

DRAIN_WITHIN = 60.0  # seconds until a drain becomes a stop; what is cut off is carried on by the next start
HOLD_EVERY = 10  # seconds between renewals of our hold on the instance
ATTEND_EVERY = 2  # seconds between looks at the other nodes: so long nobody polls what a dead one did
SWEEP_EVERY = 10  # seconds between looks for rows whose lease ended
LOOK_EVERY = 1  # seconds between looks whether a command changed the ledger


def utcnow() -> datetime:
    return datetime.now(UTC)


def _no_hints(channel: str, error: BaseException) -> None:
    """A folder's hints ended. It is still looked at by the clock, only later."""
    code, further = "EDIGW-DAEMON-E005", "nothing: the folder is looked at by the clock, and hints return with it"
    log.warning("channel.hints", channel=channel, error=str(error), code=code, next=further)


class Daemon(Configured):
    """One node. ``run`` returns the exit status: 0 drained.

    *node* names it among the nodes of a gateway on PostgreSQL, by default after its machine; on SQLite there is one, the gateway.

    *sftp_socket* listens already, for our SFTP inbox, and is ours from now on: whoever starts us
    has taken the port, so that nobody else can between its choice and our use of it.

    Raises ConfigError when the gateway's own file cannot be used, InstanceTaken when
    another daemon runs as this node, LedgerUnavailable without a database.
    """

    def __init__(
        self,
        instance: Path,
        *,
        node: str = "",
        sftp_socket: socket.socket | None = None,
        clock: Callable[[], datetime] = utcnow,
        ready: Callable[[Daemon], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self.instance = instance.absolute()
        self._node = node
        self._sftp_socket = sftp_socket
        self._clock = clock
        self._ready = ready
        self._stopping = asyncio.Event()
        self._owned = False
        self._holding = asyncio.Lock()
        self._leaving: set[str] = set()  #: channels that another node is to poll, and where something of ours is still under way
        self._unavailable: dict[str, str] = {}  #: why the ledger cannot be used, by what has not succeeded since
        self._seen = 0  #: the ledger's change indicator at our last look
        self._hints: Hints | None = None
        self.sftpd: SftpInbox | None = None

    async def run(self) -> int:
        """Start, work until a signal says stop, drain."""
        self._generation = await asyncio.to_thread(generation.read, self.instance)
        self._configuration = await asyncio.to_thread(generation.build, self._generation)
        settings = self._configuration.settings
        configure(settings.log.level, settings.log.format)
        self._report_broken(self._configuration)
        self._archive = Archive(self.instance / settings.archive)
        url = settings.database_url(self.instance)
        node = self._node or (settings.gateway.name if url.startswith("sqlite:") else host_node())
        self._ledger = await asyncio.to_thread(Ledger.open, url, node=node, clock=self._clock, root=self.instance, archive=self._archive)
        self._presence = Presence(self._ledger)
        try:
            await asyncio.to_thread(self._own)
            return await self._work(settings)
        finally:
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        try:
            if self._owned:
                self._presence.leave()
        finally:
            self._ledger.close()

    def stop(self) -> None:
        """Drain and return from ``run``. Safe to call twice."""
        if not self._stopping.is_set():
            log.info("daemon.draining")
            notify.stopping()
            self._stopping.set()

    # -- start

    def _own(self) -> None:
        recovered = self._presence.enter()
        self._owned = True
        if self._ledger.notice:
            notice = self._ledger.notice
            log.warning("ledger.notice", notice=notice, code="EDIGW-DAEMON-E004", next="install what the notice names, at leisure")
        if recovered:
            log.info("daemon.recovered", rows=recovered)
        self._archive.sweep(self._clock().timestamp())  # what a kill left half-written
        data = self._generation.to_bytes()
        self._ledger.run(lambda tx: tx.generation(data), name="generation")

    async def _work(self, settings: Settings) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self._hung_up()))
        self._pool = self._new_pool(self._generation, settings)
        self._deliveries = Deliveries(self._ledger, self._lanes(), clock=self._clock, witness=self._read_back)
        self._inbound = Inbound(
            self._ledger,
            self._archive,
            wiring.inlets(self._configuration, self.instance),
            self._current,
            due=self._deliveries.wake,
            clock=self._clock,
            largest=settings.limits.file,
            deliveries=self._deliveries,
            shared=self._presence.shared,
        )
        self._health = Health(
            self.instance,
            self._ledger,
            clock=self._clock,
            current=lambda: self._configuration,
            hindered=self._hindered,
            channels=lambda: self._inbound.arrivals.standing(),
            pool=lambda: self._pool,
            node=self._ledger.node if self._presence.shared else "",
            leads=lambda: self._presence.seen.leads,
        )
        control = Control(self.instance, self._command, self._ledger.node if self._presence.shared else "")
        self._rounds, self._retainer = Rounds(self._stopping.is_set), Retainer(self.instance)
        sending = loop.create_task(self._deliveries.run())
        sending.add_done_callback(lambda _: self.stop())  # deliveries never end by themselves
        clock = loop.create_task(clockwatch.watch(self._rounds.scheduler, self._deliveries, self._ledger, self._stopping.is_set))
        try:
            await self._pool.warm()
            await self._inbound.arrivals.tidy()  # before anything can look into an inbox
            await self._start_sftpd(settings)
            await control.start()
            self._watch()
            self._begin_rounds()
            await self._health.start()
            gc.collect()
            gc.freeze()  # what start-up made lives as long as we do; the collector need not look at it again
            digest = self._configuration.digest[:12]
            log.info("daemon.ready", node=self._ledger.node, channels=len(self._inbound.arrivals.inlets), generation=digest)
            notify.ready(f"{len(self._inbound.arrivals.inlets)} channels, configuration {digest}")
            self._ready(self)
            await self._hold()
            await self._sweep()
            for name in self._inbound.arrivals.inlets:
                self._inbound.spawn(self._inbound.arrivals.scan(name))
            await self._stopping.wait()
        finally:
            clock.cancel()
            self._rounds.stop()
            await self._retainer.stop()
            await control.stop()
            await self._health.stop()
            await self._drain(sending)
        return 0

    def _take_over(self) -> None:
        self._schedule()
        self._watch()

    def _begin_rounds(self) -> None:
        self._rounds.every(ATTEND_EVERY if self._presence.shared else HOLD_EVERY, self._hold)
        self._rounds.every(SWEEP_EVERY, self._sweep)
        self._rounds.every(LOOK_EVERY, self._look)
        self._schedule(first=True)
        self._rounds.start()

    def _schedule(self, *, first: bool = False) -> None:
        """The rounds that the configuration asks for."""
        self._rounds.scans({name: inlet.every for name, inlet in self._inbound.arrivals.inlets.items()}, self._scan)
        self._rounds.daily(self._configuration.settings.retention.at, self._retain, first=first)

    async def _retain(self) -> None:
        """Once a day, on one of the nodes."""
        if self._presence.seen.leads:
            await self._retainer.run()

    async def _scan(self, channel: str) -> None:
        await self._inbound.arrivals.scan(channel)
        self._health.progress.scan(channel)

    def _hindered(self) -> list[str]:
        """What keeps work waiting and is not ours to mend: each in words, with its code and what mends it."""
        return [one for one in (next(iter(self._unavailable.values()), ""), self._pool.trouble) if one]

    def _retained_troubles(self) -> list[str]:
        return self._retainer.troubles() if self._presence.seen.leads else []  # another node has done it since

    def _inbox_troubles(self) -> list[str]:
        return self.sftpd.troubles() if self.sftpd else []

    async def _hung_up(self) -> None:
        """SIGHUP: systemd waits for the new generation, or for the report that the old one stays."""
        notify.reloading()
        problems = await self.reload()
        kept = f"{len(problems)} problems, the old configuration stays; next: edigw check" if problems else ""
        notify.ready(kept or f"configuration {self._configuration.digest[:12]}")

    async def _start_sftpd(self, settings: Settings) -> None:
        if settings.sftpd is None:
            if self._sftp_socket is not None:
                self._sftp_socket.close()
                log.warning("sftpd.socket_unused", code="EDIGW-DAEMON-E003", next="write sftpd: {host_key: ...} into edigw.yaml")
            return
        self.sftpd = wiring.inbox(self._configuration, self.instance, settings.sftpd, self._uploaded, self._sftp_socket)
        await self.sftpd.start()
        log.info("sftpd.listening", host=settings.sftpd.host, port=self.sftpd.port, fingerprint=self.sftpd.fingerprint)

    def _uploaded(self, partner: str, path: Path) -> None:
        self._hint(self._configuration.book.partners[partner].channel_in, path.name, "moved")

    def _watch(self) -> None:
        if self._hints is not None:
            self._hints.stop()
        loop = asyncio.get_running_loop()
        folders = {
            name: inlet.folder.path for name, inlet in self._inbound.arrivals.inlets.items() if isinstance(inlet.folder, Folder)
        }

        def told(channel: str, name: str, happened: str) -> None:
            loop.call_soon_threadsafe(self._hint, channel, name, happened)

        self._hints = Hints(folders, told, _no_hints)
        self._hints.start()

    # -- work

    def _hint(self, channel: str, name: str, happened: str) -> None:
        if not self._stopping.is_set():
            self._inbound.arrivals.hint(channel, name, happened)

    async def _hold(self) -> None:
        """Keep what is ours; apart from sweeps, which wait for what they take up."""
        if self._holding.locked():
            return
        async with self._holding:
            await self._attend()

    async def _attend(self) -> None:
        try:
            began = time.monotonic()
            ours = await asyncio.to_thread(self._presence.attend, set(self._inbound.arrivals.inlets))
            self._health.progress.commit(time.monotonic() - began)
            self._say_once("hold", None)
            if not ours:
                log.error("daemon.replaced", code=InstanceTaken.code, next="another daemon took over while this one hung; it stops")
                self.stop()
            elif self._presence.shared:
                await self._poll_ours()
        except LedgerUnavailable as trouble:
            self._say_once("hold", trouble)
        if self._pool.stalled:
            self._health.progress.waits()

    async def _poll_ours(self) -> None:
        """Begin with the channels that are ours now, and let go of those that another node is waiting for."""
        seen, arrivals = self._presence.seen, self._inbound.arrivals
        held = {name: fence for name, fence in seen.held.items() if name not in self._leaving}
        for channel in arrivals.hold(held, self._presence.trusted_until()):
            log.info("channel.taken", channel=channel, node=self._ledger.node, fence=seen.held[channel])
            self._inbound.spawn(arrivals.scan(channel))
        for channel in sorted(self._presence.surplus - self._leaving):
            self._leaving.add(channel)
            self._inbound.spawn(self._leave(channel))
        if seen.recovered:
            log.info("daemon.recovered", rows=seen.recovered)
            self._inbound.spawn(self._inbound.carry_on())
            self._deliveries.wake()

    async def _leave(self, channel: str) -> None:
        """Let go of *channel* once what is being taken there is taken: a slow server must not keep us from renewing the rest."""
        try:
            await self._inbound.arrivals.let_go(channel)
            await asyncio.to_thread(self._presence.let_go, channel)
            log.info("channel.left", channel=channel, node=self._ledger.node)
        finally:
            self._leaving.discard(channel)

    async def _sweep(self) -> None:
        """Take up what a kill, an ended lease or a person left to do."""
        self._health.progress.sweep()
        try:
            await self._inbound.carry_on()
            self._say_once("sweep", None)
        except LedgerUnavailable as trouble:
            self._say_once("sweep", trouble)
        self._health.progress.sweep()
        self._deliveries.wake()

    async def _look(self) -> None:
        """A command of another process changed the ledger, or the ledger is there again: see what is left to do."""
        if self._unavailable:
            await self._hold()  # sooner than by its round
            await self._sweep()
            return
        try:
            seen = await asyncio.to_thread(self._ledger.watch)
            if seen != self._seen:
                await self._inbound.carry_on()
                self._seen = seen
                self._deliveries.wake()
        except LedgerUnavailable as trouble:
            self._say_once("sweep", trouble)

    def _say_once(self, what: str, trouble: LedgerUnavailable | None) -> None:
        """That *what* cannot use the ledger, or (None) that it could; each once. On a full disk a sweep, which may only read, succeeds."""
        if trouble is not None and not self._unavailable:
            log.error("ledger.unavailable", code=trouble.code, error=str(trouble), next=trouble.advice)
        if trouble is not None:  # what only read may have failed for the company its commit had: then both must succeed again
            self._unavailable = dict.fromkeys(("hold", "sweep"), f"{trouble.code} {trouble}; next: {trouble.advice}")
        elif self._unavailable.pop(what, None) is not None and not self._unavailable:
            log.info("ledger.back")

    async def _command(self, request: dict[str, str]) -> dict[str, object]:
        match request.get("do"):
            case "ping":
                hindered = [*self._hindered(), *self._inbound.arrivals.troubles()]
                return {
                    "node": self._ledger.node,
                    "polls": sorted(self._presence.seen.held),
                    "generation": self._configuration.digest,
                    "sftpd": self.sftpd.port if self.sftpd else 0,
                    "problems": self._told_problems(),
                    # A receiver that is down, or a partner who sends too much, makes us no less well.
                    "troubles": [*hindered, *self._retained_troubles(), *self._deliveries.troubles(), *self._inbox_troubles()],
                    "stuck": self._health.sick()["stuck"],
                    "alerts": self._health.alerts(),
                    "health": self._health.port,
                }
            case "wake":
                problems = await self.reload(quiet=True)
                self._inbound.spawn(self._inbound.carry_on())
                self._deliveries.try_now()
                return {"generation": self._configuration.digest, "problems": problems}
            case "reload":
                problems = await self.reload() or [str(one) for one in self._configuration.problems]  # those it started with
                return {"problems": problems, "generation": self._configuration.digest}
        return {"error": "unknown request"}

    # -- end

    async def _drain(self, sending: asyncio.Task[None]) -> None:
        if self._hints is not None:
            await asyncio.to_thread(self._hints.stop)
        if self.sftpd is not None:
            await self.sftpd.stop()
        self._deliveries.stop()
        try:
            async with asyncio.timeout(DRAIN_WITHIN):
                await self._inbound.stop()
                await sending
        except TimeoutError:
            log.warning("daemon.cut_off", code="EDIGW-DAEMON-E002", next="what was under way is carried on by the next start")
            sending.cancel()
        finally:  # also when *sending* ended by what it raises here: whoever started us must hear of it, and no worker may outlive us
            await self._pool.stop()
            for lane in self._deliveries.lanes():
                await lane.close()
        log.info("daemon.stopped")
