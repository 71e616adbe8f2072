"""A worker process as the daemon sees it: the line to it, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import signal
from multiprocessing.process import BaseProcess
from typing import Any, NoReturn

from edigw.workers.serving import HEAD, NO_MEMORY, READY, TAKEN, TASK, VALUE

START_WITHIN = 120.0  # seconds for a worker to start; it imports every room and compiles every map
END_WITHIN = 5.0  # seconds for the system to tell of the end of a process that was killed


class WorkerDied(Exception):
    """The process at work on a task ended without an answer. *status* is its exit status, negative for a signal."""

    def __init__(self, status: int | None) -> None:
        self.status = status
        super().__init__(f"exit status {status}")


class DeadlineOverrun(Exception):
    """A task was not done within its deadline; its worker was killed."""


class NotTaken(WorkerDied):
    """The process ended before it had the task, which it may be innocent of."""


class Worker:
    """One worker process and the line to it."""

    def __init__(self, process: BaseProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = process.pid
        self.status: int | None = None  #: what it ended with, once it is gone
        self.gone = asyncio.Event()
        self.stirred = asyncio.Event()  #: asked something, or gone
        self.ready = False
        self.asked = 0  #: tasks it was given
        self.busy = False
        self.why = ""  #: why we ended it
        self._reader = reader
        self._writer = writer
        self._process = process
        asyncio.get_running_loop().add_reader(process.sentinel, self._ended)

    def _ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self.status = self._process.exitcode
        self._process.close()  # else its pipes stay open until the collector comes by
        self.gone.set()
        self.stirred.set()

    def _kill(self) -> None:
        if not self.gone.is_set():
            self._process.kill()

    async def begun(self) -> str:
        """Nothing ("") when it is ready for tasks, or why it is not."""
        try:
            async with asyncio.timeout(START_WITHIN):
                word, body = await self._hear()
        except TimeoutError:
            return f"it was not ready within {START_WITHIN:g} s"
        except (asyncio.IncompleteReadError, OSError):
            return f"it ended while it started, with {ending(await self.end())}"
        self.ready = word == READY
        return "" if self.ready else body.decode(errors="replace")

    async def ask(self, body: bytes, within: float) -> Any:
        """What the task *body* returns or raises, or WorkerDied, DeadlineOverrun or MemoryError when the worker ends with it.

        ``NotTaken`` when the worker ended before it had all of the task.
        """
        taken = False
        self.asked += 1
        self.busy = True
        self.stirred.set()
        try:
            async with asyncio.timeout(within):
                self._writer.writelines((HEAD.pack(TASK, len(body)), body))
                await self._writer.drain()
                word, answer = await self._hear()
                if word == TAKEN:
                    taken = True
                    word, answer = await self._hear()
        except TimeoutError:
            await self.end("a task overran its deadline")
            raise DeadlineOverrun from None
        except (asyncio.IncompleteReadError, OSError):
            status = await self.end()
            raise (WorkerDied if taken else NotTaken)(status) from None
        except BaseException:  # nobody waits for the task any more
            self._kill()
            raise
        finally:
            self.busy = False
            self.close()
        if word == NO_MEMORY:
            await self.end("a task needed more memory than it may use")
            raise MemoryError
        return _value(word, answer)

    async def _hear(self) -> tuple[bytes, bytes]:
        word, size = HEAD.unpack(await self._reader.readexactly(HEAD.size))
        return word, await self._reader.readexactly(size)

    async def end(self, why: str = "") -> int | None:
        """End the process; its exit status."""
        self.why = self.why or why
        self._kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_WITHIN):
                await self.gone.wait()
        self.close()
        return self.status

    def close(self) -> None:
        """Close the line of a process that is gone, once what it said last is heard."""
        if self.gone.is_set() and not self.busy:
            self._writer.close()


def _value(word: bytes, answer: bytes) -> Any:
    found = pickle.loads(answer)  # noqa: S301 - from our own child
    return found if word == VALUE else _raise(*found)


def _raise(trouble: Exception, told: str) -> NoReturn:
    trouble.add_note(f"in the worker:\n{told}")
    raise trouble


def ending(status: int | None) -> str:
    """What a process ended with, in words."""
    if status is None:
        return "no word of how"
    return f"exit status {status}" if status >= 0 else f"signal {-status} ({signal.strsignal(-status)})"
