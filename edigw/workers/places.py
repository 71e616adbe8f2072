"""As many places as there are workers: each keeps one alive, and tasks go to whichever is free.

A place that cannot be filled is tried again, slower and slower, and says so; tasks wait meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import pickle
import socket
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

from edigw.errors import EdigwError
from edigw.log import get_logger
from edigw.workers.serving import serve
from edigw.workers.worker import NotTaken, Worker, WorkerDied, ending

log = get_logger("workers")

PAUSES = (0.0, 0.0, 0.1, 0.5, 2.0, 10.0)  # seconds before the next start, by how many ended in a row without having been of use
PROVEN = 2.0  # seconds after which a worker that was asked nothing is of use all the same
PATIENCE = 3  # workers in a row that came to nothing before it is said
TAKES = 3  # workers a task is given to that die before they have taken it; then it is the task's doing


class WorkersClosed(Exception):
    """No task is taken any more; this one was not begun, or was cut off."""


class WorkersUnavailable(EdigwError):
    """No worker process starts, or none lasts; nothing can be judged."""

    code = "EDIGW-WORKER-E001"
    advice = "raise limits.memory in edigw.yaml, or make room on this machine; edigw check tells whether the configuration can be used"


class Workers:
    """*count* processes that each run *begin(\\*given)* once, and then tasks. *preload* is a module they all need.

    Belongs to the event loop it is first used in. What dies is replaced until ``drain`` or ``stop``.
    """

    def __init__(self, count: int, begin: Callable[..., None], *given: Any, preload: str) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([preload, "edigw.workers.settled"])
        self._count = count
        self._begin = begin
        self._given = given
        self._alive: set[Worker] = set()
        self._places: list[asyncio.Task[None]] = []
        self._failing: dict[int, str] = {}  #: place: why no worker can be started in it
        self._settled: list[asyncio.Event] = []
        self._idle: asyncio.Queue[Worker | None] = asyncio.Queue()  #: None: closed
        self._running = 0
        self._quiet = asyncio.Event()
        self._closed = False

    async def ready(self) -> None:
        """Return once every place has its worker, or was tried in vain. Raises WorkersUnavailable when none has."""
        self._open()
        for settled in self._settled:
            await settled.wait()
        if self.stalled:
            raise WorkersUnavailable(f"no worker process can be kept running: {self._why()}")

    async def run(self, function: Callable[..., Any], *given: Any, within: float) -> Any:
        """What *function* returns or raises in a worker, for *within* seconds; waits as long as there is no worker.

        Raises WorkerDied, DeadlineOverrun or MemoryError for a task that ended its worker, and
        WorkersClosed for one that was not begun before ``drain`` or was cut off by ``stop``.
        """
        self._open()
        body = pickle.dumps((function, given), pickle.HIGHEST_PROTOCOL)
        last: WorkerDied | None = None
        for _ in range(TAKES):
            worker = await self._free()
            self._running += 1
            try:
                return await worker.ask(body, within)
            except WorkerDied as died:
                if self._closed:
                    raise WorkersClosed from None
                if not isinstance(died, NotTaken):
                    raise
                last = died
            finally:
                self._running -= 1
                if not worker.gone.is_set():
                    self._idle.put_nowait(worker)
                if not self._running:
                    self._quiet.set()
        assert last is not None
        raise WorkerDied(last.status)

    @property
    def stalled(self) -> bool:
        """Whether there is no worker and none can be started just now."""
        return bool(self._failing) and not any(worker.ready for worker in self._alive)

    @property
    def trouble(self) -> str:
        """What keeps workers from being started just now, and what mends it; "" for nothing."""
        if not self._failing:
            return ""
        missing = f"{len(self._failing)} of {self._count} worker processes cannot be kept running"
        rest = "; what arrives waits" if self.stalled else ""
        return f"{WorkersUnavailable.code} {missing}: {self._why()}{rest}; next: {WorkersUnavailable.advice}"

    def pids(self) -> list[int]:
        """The process ids of the workers that live."""
        return [worker.pid for worker in self._alive if worker.pid is not None]

    async def drain(self) -> None:
        """Begin no task any more, wait for those under way, end the workers."""
        self._close()
        while self._running:
            self._quiet.clear()
            await self._quiet.wait()
        await self.stop()

    async def stop(self) -> None:
        """End the workers now; tasks under way are cut off."""
        self._close()
        for place in self._places:
            place.cancel()
        await asyncio.gather(*self._places, return_exceptions=True)
        await asyncio.gather(*(worker.end("the workers are stopped") for worker in list(self._alive)))
        self._alive.clear()

    # -- places

    def _open(self) -> None:
        if self._closed:
            raise WorkersClosed
        if not self._places:
            self._settled = [asyncio.Event() for _ in range(self._count)]
            self._places = [asyncio.create_task(self._place(number)) for number in range(self._count)]

    def _close(self) -> None:
        self._closed = True
        self._idle.put_nowait(None)

    async def _free(self) -> Worker:
        while True:
            worker = await self._idle.get()
            if worker is None or self._closed:
                self._idle.put_nowait(None)  # for the next who waits
                raise WorkersClosed
            if not worker.gone.is_set():
                return worker

    async def _place(self, number: int) -> None:
        """Keep one worker: start it, wait for its end, start the next."""
        useless = 0  # workers in a row that came to nothing: not started, or ended without having been asked anything
        while True:
            worker, why = await self._started()
            if worker is not None:
                self._settled[number].set()
                self._idle.put_nowait(worker)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PROVEN):  # not wait_for: until Python 3.12 it may swallow the cancelling of ``stop``
                        await worker.stirred.wait()
                if not worker.gone.is_set():
                    useless = 0
                    self._back(number, worker)
                await worker.gone.wait()
                why = self._lost(worker)
            if worker is None or not worker.asked:
                useless += 1
            if useless >= PATIENCE:
                self._settled[number].set()
                self._failed(number, why)
            await asyncio.sleep(PAUSES[min(useless, len(PAUSES) - 1)])

    async def _started(self) -> tuple[Worker | None, str]:
        """A worker that is ready, or why there is none."""
        worker = None
        try:
            process, line = await asyncio.to_thread(self._spawn)
            worker = Worker(process, *await asyncio.open_connection(sock=line, limit=1 << 20))
            self._alive.add(worker)
            why = await worker.begun()
        except Exception as trouble:  # noqa: BLE001 - whatever hinders a start now, the next may succeed
            why = f"{type(trouble).__name__}: {trouble}"
        if why and worker is not None:
            await worker.end(why)
            self._alive.discard(worker)
        return (None if why else worker), why

    def _spawn(self) -> tuple[BaseProcess, socket.socket]:
        """Start a process; runs in a thread, for the first one waits until the fork server has imported everything."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = self._context.Process(target=serve, args=(theirs, self._begin, self._given), name="edigw worker", daemon=True)
            try:
                process.start()
            except BaseException:
                ours.close()
                raise
        return process, ours

    def _lost(self, worker: Worker) -> str:
        """Say that *worker* is gone, and why."""
        self._alive.discard(worker)
        worker.close()
        why = worker.why or f"it ended with {ending(worker.status)}"
        log.warning(
            "worker.lost",
            pid=worker.pid,
            why=why,
            code="EDIGW-WORKER-E002",
            next="nothing: another takes its place, and what it was at is tried again",
        )
        return why

    def _failed(self, number: int, why: str) -> None:
        if number not in self._failing:
            log.error("worker.cannot_run", place=number + 1, why=why, code=WorkersUnavailable.code, next=WorkersUnavailable.advice)
        self._failing[number] = why

    def _back(self, number: int, worker: Worker) -> None:
        if self._failing.pop(number, ""):
            log.info("worker.back", place=number + 1, pid=worker.pid)

    def _why(self) -> str:
        return "; ".join(dict.fromkeys(self._failing.values()))
