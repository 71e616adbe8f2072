"""The configuration a node works by, and how another one takes over: all of it, or nothing and a report."""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from edigw import generation, wiring
from edigw.delivery import Deliveries, Lane
from edigw.errors import ConfigError, Problem
from edigw.generation import Configuration, Generation
from edigw.inbound import Current, Inbound, Setting
from edigw.ledger import Ledger
from edigw.log import get_logger
from edigw.pool import Pool, asked
from edigw.settings import Settings
from edigw.transports.sftpd import SftpInbox
from edigw.workers import WorkersUnavailable

log = get_logger("daemon")

MOST_TOLD = 10  # problems that status is told; edigw check has them all
LONGEST_TOLD = 160  # characters of a text: twice ten problems, every character escaped, are less than the 64 KB of an answer


class Configured(ABC):
    """A node's configuration, and what is made of it. Whoever has one sets the ledger and the flows when it starts."""

    instance: Path
    sftpd: SftpInbox | None
    _clock: Callable[[], datetime]
    _ledger: Ledger
    _pool: Pool
    _inbound: Inbound
    _deliveries: Deliveries
    _generation: Generation
    _configuration: Configuration

    def __init__(self) -> None:
        self._reloading = asyncio.Lock()
        self._refused: tuple[str, list[str]] = ("", [])  #: the last generation that could not be used, and why
        self._refused_problems: tuple[Problem, ...] = ()  #: the same, as values

    @abstractmethod
    def _take_over(self) -> None:
        """The new configuration's inlets are in force: have them looked into and watched."""

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
            self._take_over()
            old_lanes = self._deliveries.replace_lanes(self._lanes())
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
