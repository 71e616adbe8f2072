"""How a command reaches the running daemon: a 0600 socket in the instance, one line each way.

A command has already written what it wants into the ledger; the poke only saves the second
until the daemon would see it by itself. So a daemon that is not there is no error, and no
order is ever given over the socket that is not in the ledger too, but for ``reload``.

The socket's path is reached through the folder's descriptor, because a Unix socket's
address holds 108 bytes and an instance may live deeper than that.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "edigw"  # of the socket: edigw.sock, or edigw.NODE.sock where there may be several nodes
ANSWER_WITHIN = 30.0  # seconds a command waits for the daemon; a reload compiles every map
LONGEST_LINE = 64 << 10

#: ``{"do": "wake" | "reload" | "ping"}`` in, a JSON object out.
Handler = Callable[[dict[str, str]], Awaitable[dict[str, object]]]


def socket_name(node: str = "") -> str:
    """The socket of *node* in its instance; of the only one without a name."""
    return f"{NAME}.{node}.sock" if node else f"{NAME}.sock"


@contextmanager
def _short_path(folder: Path, name: str) -> Iterator[str]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{name}"
    finally:
        os.close(descriptor)


class Control:
    """The daemon's end. ``start`` replaces a socket that a killed daemon left behind."""

    def __init__(self, folder: Path, handler: Handler, node: str = "") -> None:
        self._folder = folder
        self._name = socket_name(node)
        self._handler = handler
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        (self._folder / self._name).unlink(missing_ok=True)
        with _short_path(self._folder, self._name) as path:
            before = os.umask(0o177)
            try:
                self._server = await asyncio.start_unix_server(self._serve, path, limit=LONGEST_LINE)
            finally:
                os.umask(before)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            (self._folder / self._name).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), ANSWER_WITHIN)
            request = json.loads(line)
            answer = await self._handler(request)
            writer.write(json.dumps(answer).encode() + b"\n")
            await writer.drain()
        except (ValueError, TimeoutError, ConnectionError) as trouble:
            writer.write(json.dumps({"error": type(trouble).__name__}).encode() + b"\n")
        finally:
            writer.close()


def poke(folder: Path, do: str) -> dict[str, object] | None:
    """Tell the daemons of the instance in *folder* to *do* something; the answer of the first that gives one.

    None when no daemon runs there. Never raises for a daemon that is gone or busy.
    """
    return next(iter(poke_each(folder, do).values()), None)


def poke_each(folder: Path, do: str) -> dict[str, dict[str, object]]:
    """``poke``, with the answer of every node of this machine that gives one, by the node's name ("" for the only one)."""
    answers = {}
    for found in sorted(folder.glob(f"{NAME}*.sock")):
        node = found.name.removeprefix(NAME).removesuffix(".sock").removeprefix(".")
        if (answer := _poke(folder, found.name, do)) is not None:
            answers[node] = answer
    return answers


def _poke(folder: Path, name: str, do: str) -> dict[str, object] | None:
    with _short_path(folder, name) as path, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(ANSWER_WITHIN)
        try:
            line.connect(path)
            line.sendall(json.dumps({"do": do}).encode() + b"\n")
            received = b""
            while not received.endswith(b"\n") and len(received) < LONGEST_LINE:
                chunk = line.recv(LONGEST_LINE)
                if not chunk:
                    break
                received += chunk
        except OSError:  # not running, restarting, or too busy: it will look at the ledger by itself
            return None
    try:
        answer: dict[str, object] = json.loads(received)
    except ValueError:
        return None
    return answer
