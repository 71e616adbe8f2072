"""One node of the gateway: receivers, the judging pool, deliveries, the clock, signals.

Everything here is wiring; what a step does stands in the flows. One event loop holds the
servers and the waiting, the ledger has its own writer thread, judging its own processes.

SIGTERM and Ctrl-C drain: nothing new is taken, what is under way ends, exit status 0.
SIGHUP reads the configuration again: the whole new generation, or the old one and a report.
A second daemon on the same instance refuses to start.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from edigw import clockwatch, generation, notify, secrets, wiring
from edigw.archive import Archive
from edigw.control import Control
from edigw.delivery import Deliveries, Lane
from edigw.errors import ConfigError, EdigwError, LedgerUnavailable, Problem
from edigw.generation import Configuration, Generation
from edigw.health import Health
from edigw.inbound import Current, Inbound, Setting
from edigw.ledger import Holder, Ledger
from edigw.log import configure, get_logger
from edigw.pool import Pool, asked
from edigw.settings import Settings
from edigw.transports.arrivals import Hints
from edigw.transports.folder import Folder
from edigw.transports.sftpd import SftpInbox
from edigw.workers import WorkersUnavailable

log = get_logger("daemon")

MOST_TOLD = 10  # problems that status is told; edigw check has them all
LONGEST_TOLD = 160  # characters of a text: twice ten problems, every character escaped, are less than the 64 KB of an answer
DRAIN_WITHIN = 60.0  # seconds until a drain becomes a stop; what is cut off is carried on by the next start
HOLD_EVERY = 10  # seconds between renewals of our hold on the instance
SWEEP_EVERY = 10  # seconds between looks for rows whose lease ended
SCAN = "scan "  # how the jobs that look into channels are named
LOOK_EVERY = 1  # seconds between looks whether a command changed the ledger
OWNER_TTL = timedelta(seconds=60)  # how long the instance stays ours if we hang


def utcnow() -> datetime:
    return datetime.now(UTC)


def _no_hints(channel: str, error: BaseException) -> None:
    """A folder's hints ended. It is still looked at by the clock, only later."""
    code, further = "EDIGW-DAEMON-E005", "nothing: the folder is looked at by the clock, and hints return with it"
    log.warning("channel.hints", channel=channel, error=str(error), code=code, next=further)


class InstanceTaken(EdigwError):
    """Another daemon works on this instance; two would poll every channel twice."""

    code = "EDIGW-DAEMON-E001"
    advice = "edigw status"

    def __init__(self, holder: Holder | None) -> None:
        who = f" (process {holder.pid})" if holder else ""
        super().__init__(f"another daemon runs on this instance{who}")


class Daemon:
    """One node. ``run`` returns the exit status: 0 drained.

    *sftp_socket* listens already, for our SFTP inbox, and is ours from now on: whoever starts us
    has taken the port, so that nobody else can between its choice and our use of it.

    Raises ConfigError when the gateway's own file cannot be used, InstanceTaken when
    another daemon runs on the instance, LedgerUnavailable without a database.
    """

    def __init__(
        self,
        instance: Path,
        *,
        sftp_socket: socket.socket | None = None,
        clock: Callable[[], datetime] = utcnow,
        ready: Callable[[Daemon], None] = lambda _: None,
    ) -> None:
        self.instance = instance.absolute()
        self._sftp_socket = sftp_socket
        self._clock = clock
        self._ready = ready
        self._stopping = asyncio.Event()
        self._reloading = asyncio.Lock()
        self._refused: tuple[str, list[str]] = ("", [])  #: the last generation that could not be used, and why
        self._refused_problems: tuple[Problem, ...] = ()  #: the same, as values
        self._owned = False
        self._unavailable = ""  #: why the ledger cannot be used, as far as was said
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
        self._ledger = await asyncio.to_thread(
            Ledger.open, url, node=settings.gateway.name, clock=self._clock, root=self.instance, archive=self._archive
        )
        try:
            await asyncio.to_thread(self._own)
            return await self._work(settings)
        finally:
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        if self._owned:
            self._ledger.give_up("daemon")
        self._ledger.close()

    def stop(self) -> None:
        """Drain and return from ``run``. Safe to call twice."""
        if not self._stopping.is_set():
            log.info("daemon.draining")
            notify.stopping()
            self._stopping.set()

    # -- start

    def _own(self) -> None:
        if not self._ledger.lease("daemon", OWNER_TTL):
            raise InstanceTaken(self._ledger.holder("daemon"))
        self._owned = True
        if self._ledger.notice:
            notice = self._ledger.notice
            log.warning("ledger.notice", notice=notice, code="EDIGW-DAEMON-E004", next="install what the notice names, at leisure")
        recovered = self._ledger.recover()
        if recovered:
            log.info("daemon.recovered", rows=recovered)
        self._archive.sweep(self._clock().timestamp())  # what a kill left half-written; nobody else writes here
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
        )
        self._health = Health(
            self.instance,
            self._ledger,
            clock=self._clock,
            current=lambda: self._configuration,
            hindered=self._hindered,
            pool=lambda: self._pool,
        )
        control = Control(self.instance, self._command)
        self._scheduled = scheduler = self._scheduler()
        sending = loop.create_task(self._deliveries.run())
        sending.add_done_callback(lambda _: self.stop())  # deliveries never end by themselves
        clock = loop.create_task(clockwatch.watch(scheduler, self._deliveries, self._ledger, self._stopping.is_set))
        try:
            await self._pool.warm()
            await self._inbound.arrivals.tidy()  # before anything can look into an inbox
            await self._start_sftpd(settings)
            await control.start()
            self._watch()
            scheduler.start()
            await self._health.start()
            gc.collect()
            gc.freeze()  # what start-up made lives as long as we do; the collector need not look at it again
            digest = self._configuration.digest[:12]
            log.info("daemon.ready", node=settings.gateway.name, channels=len(self._inbound.arrivals.inlets), generation=digest)
            notify.ready(f"{len(self._inbound.arrivals.inlets)} channels, configuration {digest}")
            self._ready(self)
            await self._hold()
            await self._sweep()
            for name in self._inbound.arrivals.inlets:
                self._inbound.spawn(self._inbound.arrivals.scan(name))
            await self._stopping.wait()
        finally:
            clock.cancel()
            if scheduler.running:  # not when something before it could not start
                scheduler.shutdown(wait=False)
            await control.stop()
            await self._health.stop()
            await self._drain(sending)
        return 0

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
        scheduler.add_job(self._hold, "interval", seconds=HOLD_EVERY)
        scheduler.add_job(self._sweep, "interval", seconds=SWEEP_EVERY)
        scheduler.add_job(self._look, "interval", seconds=LOOK_EVERY)
        self._schedule_scans(scheduler)
        return scheduler

    def _schedule_scans(self, scheduler: AsyncIOScheduler) -> None:
        """A look into each channel of the configuration by the clock, and none into one that it no longer has."""
        inlets = self._inbound.arrivals.inlets
        for job in scheduler.get_jobs():
            if job.id.startswith(SCAN) and job.id.removeprefix(SCAN) not in inlets:
                job.remove()
        for inlet in inlets.values():
            scheduler.add_job(
                self._scan, "interval", seconds=inlet.every, args=[inlet.name], id=f"{SCAN}{inlet.name}", replace_existing=True
            )

    async def _scan(self, channel: str) -> None:
        await self._inbound.arrivals.scan(channel)
        self._health.progress.scan(channel)

    def _hindered(self) -> list[str]:
        """What keeps work waiting and is not ours to mend: each in words, with its code and what mends it."""
        return [one for one in (self._unavailable, self._pool.trouble, *self._inbound.arrivals.troubles()) if one]

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
        key = secrets.resolve(settings.sftpd.host_key, self.instance)
        try:
            self.sftpd = SftpInbox(
                settings.sftpd.host,
                settings.sftpd.port,
                key,
                wiring.sftp_partners(self._configuration, self.instance),
                lambda partner, path: self._hint(self._configuration.book.partners[partner].channel_in, path.name, "moved"),
                listening=self._sftp_socket,
                limits=wiring.inbox_limits(settings),
                report=wiring.say_of_inbox,
            )
        except ValueError as trouble:
            raise secrets.SecretUnavailable(f"{settings.sftpd.host_key} is no private key: {str(trouble).lower()}") from None
        await self.sftpd.start()
        log.info("sftpd.listening", host=settings.sftpd.host, port=self.sftpd.port, fingerprint=self.sftpd.fingerprint)

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

    def _current(self) -> Current:
        configuration = self._configuration
        names = wiring.file_names(configuration)

        def setting(now: datetime) -> Setting:
            return Setting(configuration.book, configuration.digest, now, names)

        return Current(setting, self._pool, configuration.settings.limits.span)

    async def _read_back(self, bodies: Sequence[bytes]) -> list[list[str]]:
        return await asked(lambda: self._pool, lambda pool: pool, lambda pool: pool.read_back(bodies))

    def _lanes(self) -> dict[str, Lane]:
        return wiring.lanes(self._configuration, self.instance, clock=self._clock)

    def _hint(self, channel: str, name: str, happened: str) -> None:
        if not self._stopping.is_set():
            self._inbound.arrivals.hint(channel, name, happened)

    async def _hold(self) -> None:
        """Keep the instance ours; apart from sweeps, which wait for what they take up."""
        try:
            began = time.monotonic()
            ours = await asyncio.to_thread(self._ledger.lease, "daemon", OWNER_TTL)
            self._health.progress.commit(time.monotonic() - began)
            if not ours:
                log.error("daemon.replaced", code=InstanceTaken.code, next="another daemon took over while this one hung; it stops")
                self.stop()
        except LedgerUnavailable as trouble:
            self._say_once(trouble)
        if self._pool.stalled:
            self._health.progress.waits()

    async def _sweep(self) -> None:
        """Take up what a kill, an ended lease or a person left to do."""
        self._health.progress.sweep()
        try:
            await self._inbound.carry_on()
            self._say_once(None)
        except LedgerUnavailable as trouble:
            self._say_once(trouble)
        self._health.progress.sweep()
        self._deliveries.wake()

    async def _look(self) -> None:
        """A command of another process changed the ledger, or the ledger is there again: see what is left to do."""
        if self._unavailable:
            await self._sweep()
            return
        try:
            seen = await asyncio.to_thread(self._ledger.watch)
            if seen != self._seen:
                await self._inbound.carry_on()
                self._seen = seen
                self._deliveries.wake()
        except LedgerUnavailable as trouble:
            self._say_once(trouble)

    def _say_once(self, trouble: LedgerUnavailable | None) -> None:
        """That the ledger cannot be used, or (None) that the whole of a sweep could be again; each once, not every second of a night."""
        if trouble is not None and not self._unavailable:
            log.error("ledger.unavailable", code=trouble.code, error=str(trouble), next=trouble.advice)
        elif trouble is None and self._unavailable:
            log.info("ledger.back")
        self._unavailable = f"{trouble.code} {trouble}; next: {trouble.advice}" if trouble is not None else ""

    async def _command(self, request: dict[str, str]) -> dict[str, object]:
        match request.get("do"):
            case "ping":
                return {
                    "generation": self._configuration.digest,
                    "sftpd": self.sftpd.port if self.sftpd else 0,
                    "problems": self._told_problems(),
                    # A receiver that is down, or a partner who sends too much, makes us no less well.
                    "troubles": [*self._hindered(), *self._deliveries.troubles(), *(self.sftpd.troubles() if self.sftpd else ())],
                    "stuck": self._health.sick()["stuck"],
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

    # -- generations

    def _told_problems(self) -> dict[str, list[dict[str, str]]]:
        """By digest: what is wrong with the configuration in force, and with the last one that was refused; the first MOST_TOLD of each."""
        known = {self._configuration.digest: self._configuration.problems}
        if self._refused[0]:
            known[self._refused[0]] = self._refused_problems

        def told(one: Problem) -> dict[str, str]:
            cut = {"text": one.text[:LONGEST_TOLD], "advice": one.advice[:LONGEST_TOLD]}
            return {"place": one.place[-LONGEST_TOLD:], "code": one.code, **cut}

        return {digest: [told(one) for one in some[:MOST_TOLD]] for digest, some in known.items()}

    async def reload(self, *, quiet: bool = False) -> list[str]:
        """Read the configuration again: all of the new one, or the old one and its problems as text.

        *quiet* says nothing when nothing has changed.
        """
        async with self._reloading:
            digest = ""
            try:
                read = await asyncio.to_thread(generation.read, self.instance)
                digest = read.digest
                if quiet and digest == self._refused[0]:
                    return self._refused[1]  # it takes seconds to compile every map, and would end as before
                if read.digest == self._generation.digest:
                    if not quiet:
                        log.info("configuration.unchanged", generation=read.digest[:12])
                    return []
                built = await asyncio.to_thread(generation.build, read, strict=True)
            except ConfigError as trouble:
                log.error("configuration.kept", problems=len(trouble.problems), code=trouble.code, next="edigw check")
                for problem in trouble.problems:
                    further = problem.advice or "edigw check"
                    log.error("configuration.problem", place=problem.place, code=problem.code, why=problem.text, next=further)
                self._refused_problems = trouble.problems
                self._refused = (digest, [str(problem) for problem in trouble.problems])
                return self._refused[1]
            data = read.to_bytes()
            new_pool = self._new_pool(read, built.settings)
            try:
                await new_pool.warm()
                await asyncio.to_thread(self._ledger.run, lambda tx: tx.generation(data), name="generation")
            except WorkersUnavailable as trouble:
                await new_pool.stop()
                log.error("configuration.kept", problems=1, code=trouble.code, error=str(trouble), next=trouble.advice)
                return [f"{trouble.code} {trouble}; next: {trouble.advice}"]
            except BaseException:
                await new_pool.stop()
                raise
            old_pool, self._pool = self._pool, new_pool
            self._generation, self._configuration = read, built
            self._inbound.arrivals.replace(wiring.inlets(built, self.instance, self._inbound.arrivals.inlets))
            self._schedule_scans(self._scheduled)
            old_lanes = self._deliveries.replace_lanes(self._lanes())
            self._watch()
            if self.sftpd is not None:
                await self.sftpd.reload_keys(wiring.sftp_partners(built, self.instance))
            log.info("configuration.loaded", generation=built.digest[:12], partners=len(built.book.partners))
            await old_pool.drain()
            for lane in old_lanes:
                await lane.close()
            for name in self._inbound.arrivals.inlets:
                self._inbound.spawn(self._inbound.arrivals.scan(name))
            return []

    def _new_pool(self, read: Generation, settings: Settings) -> Pool:
        limits = settings.limits
        workers = settings.workers or len(os.sched_getaffinity(0))
        return Pool(read.to_bytes(), workers=workers, deadline=limits.task.total_seconds(), memory=limits.memory)

    @staticmethod
    def _report_broken(configuration: Configuration) -> None:
        for problem in configuration.problems:
            log.error("configuration.partner_broken", place=problem.place, code=problem.code, why=problem.text, next="edigw check")

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
