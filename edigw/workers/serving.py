"""The life of a worker, in its own process: set up once, then one task after the other.

What is said on the line, in both directions, is a word of one byte, a length, and as many bytes.
"""

from __future__ import annotations

import contextlib
import pickle
import signal
import socket
import struct
import traceback
from collections.abc import Callable
from typing import Any, Final

HEAD: Final = struct.Struct("!cQ")  # what is said, and how many bytes follow
TASK: Final = b"J"  # to the worker: a function and what it is given
READY: Final = b"R"
FAILED: Final = b"F"  # it could not be set up, and why
TAKEN: Final = b"T"  # it has all of the task
VALUE: Final = b"V"
RAISED: Final = b"E"
NO_MEMORY: Final = b"M"  # the task ran out of memory; the worker ends with it


def serve(line: socket.socket, begin: Callable[..., None], given: tuple[Any, ...]) -> None:
    """The life of a worker: *begin*, then one task after the other until the line is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # terminal signals are the daemon's, which ends us
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        begin(*given)
    except BaseException as trouble:  # noqa: BLE001 - whatever it was, the daemon says it
        _say(line, FAILED, "".join(traceback.format_exception_only(trouble)).strip().encode())
        raise SystemExit(1) from None
    with contextlib.suppress(OSError):  # nobody is at the other end any more
        _say(line, READY)
        while _served(line):
            pass


def _served(line: socket.socket) -> bool:
    """Do the next task. False when there is none, or memory ran out: what a task has left behind would strike the next."""
    try:
        body = _heard(line)
        if body is None:
            return False
        _say(line, TAKEN)
        word, answer = _answer(body)
    except MemoryError:
        word, answer = NO_MEMORY, b""
    _say(line, word, answer)
    return word != NO_MEMORY


def _answer(body: bytearray) -> tuple[bytes, bytes]:
    try:
        function, given = pickle.loads(body)  # noqa: S301 - from the daemon, whose child we are
        return VALUE, pickle.dumps(function(*given), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        raise
    except Exception as trouble:  # noqa: BLE001 - raised again where the task came from
        told = "".join(traceback.format_exception(trouble))
        try:
            packed = pickle.dumps((trouble, told))
            pickle.loads(packed)  # noqa: S301 - our own
        except Exception:  # noqa: BLE001 - it holds what cannot cross, or needs more than its words to be made again
            packed = pickle.dumps((RuntimeError(f"{type(trouble).__name__}: {trouble}"), told))
        return RAISED, packed


def _say(line: socket.socket, word: bytes, body: bytes = b"") -> None:
    line.sendall(HEAD.pack(word, len(body)))
    line.sendall(body)


def _heard(line: socket.socket) -> bytearray | None:
    """The next task; None when the other end is gone. Raises MemoryError for one that is too large, once all of it was said."""
    head = _exactly(line, HEAD.size)
    if head is None:
        return None
    size = HEAD.unpack(head)[1]
    try:
        return _exactly(line, size)
    except MemoryError:
        while size and (skipped := len(line.recv(min(size, 1 << 16)))):
            size -= skipped
        raise


def _exactly(line: socket.socket, size: int) -> bytearray | None:
    found = bytearray(size)
    rest = memoryview(found)
    while rest:
        count = line.recv_into(rest)
        if not count:
            return None
        rest = rest[count:]
    return found
