"""The CPU pool: judging in processes of their own, each task with a deadline and a memory cap.

The decision behind it: bytes from partners are never judged in the daemon. A worker that
dies, overruns or runs out of memory takes only its own task with it; the task's files are
then tried one by one, a file that kills again message by message, and the message that
kills again is held as poison while its neighbours go on.

Workers get the configuration as bytes when they start and never read its folder, so a task
ends under the generation it began under. A new generation gets a new pool; what the old one
had not begun is asked of the new one (``asked``).
"""

from __future__ import annotations

import gc
import resource
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from edigw import generation, judge
from edigw.parsers import witness
from edigw.records import dataclass
from edigw.workers import DeadlineOverrun, WorkerDied, Workers, WorkersClosed, ending

C = TypeVar("C")
T = TypeVar("T")

#: What a task may die of. Anything else that is raised is a mistake of ours.
_DEADLY = (WorkerDied, DeadlineOverrun, MemoryError)


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


def _begin(data: bytes, memory: int) -> None:
    """Worker set-up: memory capped, the configuration compiled once."""
    global _configuration
    gc.disable()  # nothing is given up yet, and the collector would look through it all again and again
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    _configuration = generation.build(generation.Generation.from_bytes(data), judges=True)
    witness.warm()
    gc.collect()
    gc.freeze()
    gc.enable()


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
        self._workers = Workers(workers, _begin, data, memory, preload="edigw.pool")
        self.workers = workers
        self.tasks = 0  #: being judged, or waiting for a worker
        self._deadline = deadline

    async def warm(self) -> None:
        """Return once every worker has compiled the configuration; the first file then waits for nobody.

        Raises WorkersUnavailable when not one can be started.
        """
        await self._workers.ready()

    async def _run(self, function: Any, *args: Any) -> Any:
        self.tasks += 1
        try:
            return await self._workers.run(function, *args, within=self._deadline)
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

    @property
    def stalled(self) -> bool:
        """Whether nothing can be judged just now, for no worker lives or can be started. Tasks wait; better not to bring more."""
        return self._workers.stalled

    @property
    def trouble(self) -> str:
        """What keeps workers from being started, and what mends it; "" for nothing."""
        return self._workers.trouble

    def pids(self) -> list[int]:
        """The workers' process ids, for the kill tests."""
        return self._workers.pids()

    async def drain(self) -> None:
        """Begin no task any more and wait for those under way; whoever asks or waits gets WorkersClosed."""
        await self._workers.drain()

    async def stop(self) -> None:
        """End the workers now; tasks under way are judged again by whoever holds their rows next."""
        await self._workers.stop()


async def asked(current: Callable[[], C], pool_of: Callable[[C], Pool], ask: Callable[[C], Awaitable[T]]) -> T:
    """What *ask* gets of the pool that is *current* and what belongs to it; asked of the next one when that took over first."""
    while True:
        now = current()
        try:
            return await ask(now)
        except WorkersClosed:
            if pool_of(current()) is pool_of(now):  # we are stopping
                raise


def _why(trouble: BaseException, work: str = "judging it") -> str:
    if isinstance(trouble, WorkerDied):
        return f"the worker {work} ended with {ending(trouble.status)}"
    if isinstance(trouble, MemoryError):
        return f"{work} needs more memory than a worker may use"
    return f"{work} took longer than its deadline"
