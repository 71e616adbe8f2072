"""The CPU pool: judging in processes of their own, each task with a deadline and a memory cap.

The decision behind it: bytes from partners are never judged in the daemon. A worker that
dies, overruns or runs out of memory takes only its own task with it; the task's files are
then tried one by one, a file that kills again message by message, and the message that
kills again is held as poison while its neighbours go on.

Workers get the configuration as bytes when they start and never read its folder, so a task
ends under the generation it began under. A new generation gets a new pool.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import resource
import signal
import time
from collections.abc import Sequence
from concurrent.futures import TimeoutError as DeadlineExceeded
from pathlib import Path
from typing import Any

from pebble import ProcessExpired, ProcessPool

from edigw import generation, judge
from edigw.parsers import witness
from edigw.records import dataclass

WARM_WITHIN = 120.0  # seconds for a worker to start; it imports every room and compiles every map

#: What a task may die of. BrokenProcessPool and pickling trouble are ours and are not in it.
_DEADLY = (ProcessExpired, DeadlineExceeded, MemoryError)


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to be judged. *payload* is its bytes, or the archive's path of a large one."""

    payload: bytes | Path
    name: str
    channel: str

    def read(self) -> bytes:
        return self.payload if isinstance(self.payload, bytes) else self.payload.read_bytes()


@dataclass(frozen=True, slots=True)
class Poison:
    """A task that killed its worker or overran its deadline, alone. *why* is for people."""

    why: str


_configuration: generation.Configuration


def _start_worker(data: bytes, memory: int) -> None:
    """Worker set-up: the configuration compiled once, memory capped, terminal signals left to the daemon."""
    global _configuration
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    _configuration = generation.build(generation.Generation.from_bytes(data))
    witness.warm()
    gc.collect()
    gc.freeze()


def _ready() -> None:
    """Nothing but the worker's start. Long enough that one worker does not do it for the others."""
    time.sleep(0.02)


def _judge_files(tasks: Sequence[FileTask], limit: int) -> list[judge.FileJudged]:
    book, library = _configuration.book, _configuration.library
    return [judge.file(task.read(), task.name, task.channel, book, library, limit=limit) for task in tasks]


def _judge_span(task: FileTask, found: judge.Found, offset: int, resume: bytes | None, limit: int, skip: frozenset[int]) -> judge.Judged:
    book, library = _configuration.book, _configuration.library
    return judge.span(task.read(), found, book, library, name=task.name, offset=offset, resume=resume, limit=limit, skip=skip)


def _read_back(bodies: Sequence[bytes]) -> list[list[str]]:
    return [witness.differences(body) for body in bodies]


class Pool:
    """Judges files in *workers* processes under one generation.

    *deadline* is seconds a task; *memory* bytes of address space a worker, 0 for no cap.
    """

    def __init__(self, data: bytes, *, workers: int = 2, deadline: float = 60.0, memory: int = 2 << 30) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["edigw.pool"])
        self._pool = ProcessPool(max_workers=workers, initializer=_start_worker, initargs=(data, memory), context=context)
        self.workers = workers
        self.tasks = 0  #: being judged, or waiting for a worker
        self._deadline = deadline

    async def warm(self) -> None:
        """Return once every worker has compiled the configuration; the first file then waits for nobody."""
        await asyncio.gather(*(self._run(_ready, deadline=WARM_WITHIN) for _ in range(self.workers)))

    async def _run(self, function: Any, *args: Any, deadline: float | None = None) -> Any:
        self.tasks += 1
        try:
            return await asyncio.wrap_future(self._pool.schedule(function, args=args, timeout=deadline or self._deadline))
        finally:
            self.tasks -= 1

    async def files(self, tasks: Sequence[FileTask], *, limit: int = 500) -> list[judge.FileJudged | Poison]:
        """Judge *tasks* together; what kills is found by trying each alone. Same order as *tasks*.

        *limit* is messages a span; larger interchanges come back with ``resume`` set.
        """
        try:
            return list(await self._run(_judge_files, list(tasks), limit))
        except _DEADLY as trouble:
            if len(tasks) == 1:
                return [await self._alone(tasks[0], trouble)]
        return [(await self.files([task], limit=limit))[0] for task in tasks]

    async def _alone(self, task: FileTask, trouble: BaseException) -> judge.FileJudged | Poison:
        """The envelopes of a file that killed its worker; its messages are left to spans."""
        try:
            found: list[judge.FileJudged] = await self._run(_judge_files, [task], 0)
        except _DEADLY as again:
            return Poison(_why(again))
        del trouble  # the spans will say it again, message by message
        return found[0]

    async def span(
        self,
        task: FileTask,
        found: judge.Found,
        *,
        offset: int,
        resume: bytes | None,
        limit: int = 500,
        skip: frozenset[int] = frozenset(),
        first: int = 0,
    ) -> judge.Judged | Poison:
        """Continue an interchange behind *offset*.

        When the span kills its worker it is cut to one message; the one that kills alone is
        named in *skip* and comes back held as poison. *first* is the ordinal of the next
        message. Poison only if even skipping it kills: then the envelope itself is at fault.
        """
        try:
            judged: judge.Judged = await self._run(_judge_span, task, found, offset, resume, limit, skip)
            return judged
        except _DEADLY as trouble:
            if limit > 1:
                return await self.span(task, found, offset=offset, resume=resume, limit=1, skip=skip, first=first)
            if first not in skip:
                return await self.span(task, found, offset=offset, resume=resume, limit=1, skip=skip | {first}, first=first)
            return Poison(_why(trouble))

    async def read_back(self, bodies: Sequence[bytes]) -> list[list[str]]:
        """What another reader sees differently in each of *bodies*, which we wrote. One that kills its reader differs."""
        try:
            return list(await self._run(_read_back, list(bodies)))
        except _DEADLY as trouble:
            if len(bodies) == 1:
                return [[_why(trouble, "reading it back")]]
        return [(await self.read_back([body]))[0] for body in bodies]

    def pids(self) -> list[int]:
        """The workers' process ids, for the kill tests."""
        return [worker.pid for worker in self._pool._pool_manager.worker_manager.workers.values() if worker.pid]

    def drain(self) -> None:
        """Take no more tasks and wait for those under way."""
        self._pool.close()  # type: ignore[no-untyped-call]
        self._pool.join()

    def stop(self) -> None:
        """End the workers now; tasks under way are judged again by whoever holds their rows next."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _why(trouble: BaseException, work: str = "judging it") -> str:
    if isinstance(trouble, ProcessExpired):
        return f"the worker {work} died (exit status {trouble.exitcode})"
    if isinstance(trouble, MemoryError):
        return f"{work} needs more memory than a worker may use"
    return f"{work} took longer than its deadline"
