"""A partner's SFTP server that misbehaves on demand, in a thread of the test.

    with serving(folder) as server: server.port; server.fingerprint; server.hang = {"read"}

Paths are inside *folder*. What it does wrong is set while it runs:

    hang       requests that are never answered: list, read, write, stat, rename, remove
    refuse     requests answered with SSH_FX_FAILURE
    deny       requests answered with SSH_FX_PERMISSION_DENIED
    cut_after  bytes read or written after which the connection is cut, once
    drip       every read gives one byte, a hundredth of a second apart
    off        what is added to every size it tells
    names      so many files are listed, whatever stands in the folder
    late       a rename or remove is done, and then the connection is cut before its answer, once
    overwrite  a rename replaces, as servers do that are not OpenSSH
    greet      False: a connection is accepted and nothing is said
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "hub", "correct horse"


class Misbehaving(asyncssh.SFTPServer):
    def __init__(self, chan: asyncssh.SSHServerChannel, server: Server) -> None:
        self.server = server
        self.line = chan.get_connection()
        server.connections.add(self.line)
        super().__init__(chan, chroot=str(server.folder).encode())

    async def asked(self, request: str) -> None:
        self.server.asked[request] += 1
        if request in self.server.hang:
            await asyncio.sleep(3600)
        if request in self.server.refuse:
            raise asyncssh.SFTPFailure("Failure")
        if request in self.server.deny:
            raise asyncssh.SFTPPermissionDenied("Permission denied")

    def cut(self) -> None:
        self.line.abort()
        raise asyncssh.SFTPConnectionLost("cut")

    def moved(self, size: int) -> None:
        if self.server.cut_after is not None:
            self.server.cut_after -= size
            if self.server.cut_after <= 0:
                self.server.cut_after = None
                self.cut()

    def told(self, attributes: asyncssh.SFTPAttrs) -> asyncssh.SFTPAttrs:
        if attributes.size is not None and self.server.off and attributes.permissions and stat.S_ISREG(attributes.permissions):
            attributes.size += self.server.off
        return attributes

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:  # type: ignore[override]
        await self.asked("list")
        for number in range(self.server.names):
            yield asyncssh.SFTPName(b"po%06d.edi" % number, "", asyncssh.SFTPAttrs(size=100 + number, permissions=0o100644, atime=1, mtime=1_700_000_000 + number))
        if not self.server.names:
            for entry in os.scandir(self.server.inside(path)):
                yield asyncssh.SFTPName(os.fsencode(entry.name), "", self.told(asyncssh.SFTPAttrs.from_local(entry.stat(follow_symlinks=False))))

    async def stat(self, path: bytes) -> Any:
        await self.asked("stat")
        return self.told(asyncssh.SFTPAttrs.from_local(super().stat(path)))

    async def lstat(self, path: bytes) -> Any:
        await self.asked("stat")
        return self.told(asyncssh.SFTPAttrs.from_local(super().lstat(path)))

    async def read(self, file_obj: Any, offset: int, size: int) -> bytes:
        await self.asked("read")
        if self.server.drip:
            await asyncio.sleep(0.01)
            size = 1
        data = super().read(file_obj, offset, size)
        self.moved(len(data))
        return data

    async def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        await self.asked("write")
        self.moved(len(data))
        return super().write(file_obj, offset, data)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self.asked("rename")
        if not self.server.overwrite and self.server.inside(newpath).exists():
            raise asyncssh.SFTPFailure("Failure")
        super().posix_rename(oldpath, newpath)
        self.answered()

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self.asked("posix-rename")
        super().posix_rename(oldpath, newpath)
        self.answered()

    async def remove(self, path: bytes) -> None:
        await self.asked("remove")
        super().remove(path)
        self.answered()

    def answered(self) -> None:
        if self.server.late:
            self.server.late = False
            self.cut()


class Login(asyncssh.SSHServer):
    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.server.logins["connected"] += 1

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        self.server.logins["password"] += 1
        return (username, password) == (USER, self.server.password)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key.public_data == self.server.client_key.public_data


class Server:
    """See the module's text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys = [asyncssh.generate_private_key("ssh-ed25519"), asyncssh.generate_private_key("ecdsa-sha2-nistp256")]
        self.client_key = asyncssh.generate_private_key("ssh-ed25519")
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.listener: asyncssh.SSHAcceptor | None = None
        self.silent: asyncio.Server | None = None
        self.port = 0
        self.well()
        self.open()

    def well(self) -> None:
        """Misbehave no more, and forget what was asked."""
        self.hang: set[str] = set()
        self.refuse: set[str] = set()
        self.deny: set[str] = set()
        self.cut_after: int | None = None
        self.drip = self.late = self.overwrite = False
        self.off = self.names = 0
        self.password = PASSWORD
        self.asked: Counter[str] = Counter()
        self.logins: Counter[str] = Counter()
        self.connections: set[Any] = set()

    @property
    def fingerprint(self) -> str:
        return str(self.keys[0].get_fingerprint())

    @property
    def private_key(self) -> str:
        return self.client_key.export_private_key().decode()

    def inside(self, path: bytes) -> Path:
        return self.folder / path.decode().lstrip("/")

    def open(self, *, greet: bool = True) -> None:
        """Listen, on the port that it had before."""

        async def listen() -> None:
            if not greet:
                self.silent = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", self.port)
                return
            self.listener = await asyncssh.listen(
                "127.0.0.1", self.port, server_factory=lambda: Login(self), server_host_keys=self.keys, sftp_factory=lambda chan: Misbehaving(chan, self), encoding=None, reuse_address=True
            )
            self.port = self.listener.get_port()

        self.run(listen())

    def shut(self) -> None:
        """Listen no more, and cut who is connected."""

        async def shut() -> None:
            for one in (self.listener, self.silent):
                if one is not None:
                    one.close()
            for connection in self.connections:
                connection.abort()

        self.run(shut())
        self.listener = self.silent = None

    def run(self, step: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(30)

    def close(self) -> None:
        self.shut()

        async def cancel() -> None:
            others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.run(cancel())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Server]:
    for name in ("out", "in", "done"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    server = Server(folder)
    try:
        yield server
    finally:
        server.close()
