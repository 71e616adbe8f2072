"""What one SFTP session of a partner may do: two flat folders, uploads into one, downloads from the other.

asyncssh hands requests over one after the other. Files are touched in the server's threads,
so that a sync never holds the other partners. What is not allowed is said in words that
tell a partner what to do instead.
"""

from __future__ import annotations

import asyncio
import os
import stat
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncssh

from edigw.transports import BadName, files
from edigw.transports.folder import TAKEN
from edigw.transports.sftpgate import Gate, Partner
from edigw.transports.uploads import PREFIX, Upload

IN: Final = "in"
OUT: Final = "out"
MISSING: Final = "no such file"  # an answer that is no refusal
T = TypeVar("T")


class _Reading:
    """A file of ``out/`` that is open for reading."""

    def __init__(self, descriptor: int) -> None:
        self._file = descriptor
        self._lock = threading.Lock()  # a descriptor must not be closed, and its number used anew, under a read

    def read(self, offset: int, size: int) -> bytes:
        with self._lock:
            return os.pread(self._file, size, offset)

    def status(self) -> os.stat_result:
        with self._lock:
            return os.fstat(self._file)

    def abandon(self) -> None:
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1


class _Names:
    """An open listing."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self._load = load
        self._names: list[asyncssh.SFTPName] | None = None

    def __aiter__(self) -> _Names:
        return self

    async def __anext__(self) -> asyncssh.SFTPName:
        if self._names is None:
            self._names = await self._load()
            self._names.reverse()
        if not self._names:
            raise StopAsyncIteration
        return self._names.pop()


class Room(asyncssh.SFTPServer):
    """A partner's view: ``/``, ``/in`` and ``/out``. Methods are those of SFTPServer."""

    def __init__(self, channel: Any, gate: Gate, partner: Partner) -> None:
        super().__init__(channel)
        self.gate = gate
        self.closing = False  #: whether the client has asked for the close that is going on
        self._partner = partner
        self._open: set[Upload | _Reading] = set()
        self._listings: weakref.WeakSet[_Names] = weakref.WeakSet()
        # name asked for -> (name it stands under, attributes), in the order they came
        self._landed: dict[str, tuple[str, asyncssh.SFTPAttrs]] = {}

    def leave(self) -> None:
        """The session is over, whichever way: what was not closed is dropped."""
        for handle in self._open:
            try:
                self.gate.inbox.threads.submit(handle.abandon)  # which may have to wait for a write or sync
            except RuntimeError:  # the server has stopped, and its threads with it
                handle.abandon()
        self._open.clear()

    def exit(self) -> None:
        """Called when the client has ended the session: say so as a program would, for scp asks for its exit status."""
        if not self.channel.is_closing():
            self.channel.exit(0)

    # -- paths

    def _place(self, path: bytes) -> tuple[str, str]:
        """The side and the name that *path* means, each empty where it ends before. Raises what the client gets."""
        steps: list[bytes] = []
        for step in path.split(b"/"):
            if step == b"..":
                del steps[-1:]
            elif step not in {b"", b"."}:
                steps.append(step)
        if len(steps) > 2 or (steps and steps[0] not in {b"in", b"out"}) or b"\0" in path:
            raise asyncssh.SFTPNoSuchFile("there is nothing but in/ and out/")
        side, name = ([os.fsdecode(step) for step in steps] + ["", ""])[:2]
        if len(os.fsencode(name)) > files.NAME_MAX:
            raise asyncssh.SFTPFailure(f"a name may have {files.NAME_MAX} bytes")
        if name == TAKEN or name.startswith(PREFIX) or (side == OUT and name.startswith(".")):
            raise asyncssh.SFTPNoSuchFile(MISSING)
        return side, name

    def _folder(self, side: str) -> Path:
        return self._partner.inbox if side == IN else self._partner.outbox

    async def _run(self, step: Callable[[], T]) -> T:
        """Run *step* in a thread. An OSError goes to the client by its meaning, without our paths."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self.gate.inbox.threads, step)
        except BadName as said:
            raise asyncssh.SFTPFailure("not a file name") from said

    # -- files

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:  # noqa: ARG002
        side, name = self._place(path)
        if not name:
            raise asyncssh.SFTPPermissionDenied("uploads go to in/, answers are in out/")
        if len(self._open) >= self.gate.inbox.limits.handles:
            raise asyncssh.SFTPFailure("too many open files")
        opened = await (self._download(name, pflags) if side == OUT else self._upload(name, pflags))
        self._open.add(opened)
        return opened

    async def _download(self, name: str, pflags: int) -> _Reading:
        if pflags & ~asyncssh.FXF_READ:
            raise asyncssh.SFTPPermissionDenied("out/ is for reading")

        def step() -> _Reading:
            with _within(self._partner.outbox) as folder:
                return _Reading(files.open_regular(folder.descriptor, name))

        return await self._run(step)

    async def _upload(self, name: str, pflags: int) -> Upload:
        if not pflags & asyncssh.FXF_WRITE:
            raise asyncssh.SFTPPermissionDenied("what was handed over cannot be read")
        if not pflags & asyncssh.FXF_TRUNC or pflags & asyncssh.FXF_EXCL:
            stands = await self._run(lambda: _status(self._partner.inbox, name)) is not None
            if stands and pflags & asyncssh.FXF_EXCL:
                raise asyncssh.SFTPFileAlreadyExists("the name is in use")
            if not stands and not pflags & asyncssh.FXF_CREAT:
                raise asyncssh.SFTPNoSuchFile(MISSING)
            # scp neither truncates nor appends, and sends the file whole: a new upload. Who resumes leaves a hole in it.
            if stands and (pflags & (asyncssh.FXF_APPEND | asyncssh.FXF_READ) or not pflags & asyncssh.FXF_CREAT):
                raise asyncssh.SFTPPermissionDenied("what was closed is not opened again; send the file whole")

        def begin() -> Upload:
            inbox, quota = self._partner.inbox, self.gate.inbox.quota
            quota.take(inbox, 0, files=1)
            return Upload(inbox, name, self.gate.inbox.limits.file, lambda more: quota.take(inbox, more))

        return await self._run(begin)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        if not isinstance(file_obj, _Reading):
            raise asyncssh.SFTPPermissionDenied("an upload cannot be read")
        data = await self._run(lambda: file_obj.read(offset, min(size, 1 << 20)))
        if not data and size:
            raise asyncssh.SFTPEOFError
        return data

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        if not isinstance(file_obj, Upload):
            raise asyncssh.SFTPPermissionDenied("out/ is for reading")
        await self._run(lambda: file_obj.write(offset, data))
        return len(data)

    async def close(self, file_obj: object) -> None:
        assert isinstance(file_obj, Upload | _Reading)
        self._open.discard(file_obj)
        if isinstance(file_obj, _Reading) or not self.closing:
            try:
                await self._run(file_obj.abandon)
            except RuntimeError:  # the server has stopped, and its threads with it
                file_obj.abandon()
            return
        loop = asyncio.get_running_loop()

        def step() -> tuple[str, os.stat_result]:
            name, status = file_obj.land()
            # from here, not after the wait: the session may be gone by then and the file must not go unnoticed
            loop.call_soon_threadsafe(self.gate.inbox.arrived, self._partner, name, status.st_size)
            return name, status

        name, status = await self._run(step)
        self._remember(file_obj.name, name, _attributes(status))

    def _remember(self, asked: str, name: str, attributes: asyncssh.SFTPAttrs) -> None:
        self._landed.pop(asked, None)
        self._landed[asked] = name, attributes
        if len(self._landed) > self.gate.inbox.limits.remembered:
            del self._landed[next(iter(self._landed))]

    # -- looking

    async def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        side, name = self._place(path)
        if not name:
            return _folder_attributes()
        if side == IN and name in self._landed:  # it may be taken already, or stand under another name
            return self._landed[name][1]
        status = await self._run(lambda: _status(self._folder(side), name))
        if status is None:
            raise asyncssh.SFTPNoSuchFile(MISSING)
        return _attributes(status)

    async def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return await self.stat(path)

    async def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        assert isinstance(file_obj, Upload | _Reading)
        return _attributes(await self._run(file_obj.status))

    def scandir(self, path: bytes) -> Any:
        side, name = self._place(path)
        if name:
            raise asyncssh.SFTPNoSuchFile("there are no folders in here")
        if len(self._listings) >= self.gate.inbox.limits.handles:
            raise asyncssh.SFTPFailure("too many open listings")

        def step() -> list[asyncssh.SFTPName]:
            folder = _folder_attributes()
            names = [asyncssh.SFTPName(b".", attrs=folder), asyncssh.SFTPName(b"..", attrs=folder)]
            if not side:
                return names + [asyncssh.SFTPName(child.encode(), attrs=folder) for child in (IN, OUT)]
            with _within(self._folder(side)) as inside, os.scandir(inside.descriptor) as entries:
                for entry in entries:
                    if entry.name.startswith(PREFIX) or entry.name == TAKEN or (side == OUT and entry.name.startswith(".")):
                        continue
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    if stat.S_ISREG(status.st_mode):
                        names.append(asyncssh.SFTPName(os.fsencode(entry.name), attrs=_attributes(status)))
            return names

        listing = _Names(lambda: self._run(step))
        self._listings.add(listing)
        return listing

    def realpath(self, path: bytes) -> bytes:
        return b"/" + b"/".join(os.fsencode(step) for step in self._place(path) if step)

    # -- changing

    async def remove(self, path: bytes) -> None:
        side, name = self._place(path)
        if not name:
            raise asyncssh.SFTPPermissionDenied("folders stay")
        if side == IN and not self._partner.is_unfinished(name):
            raise asyncssh.SFTPPermissionDenied("what was handed over cannot be taken back")
        actual = self._landed.get(name, (name,))[0] if side == IN else name

        def step() -> None:
            with _within(self._folder(side)) as inside:
                if not stat.S_ISREG(os.stat(actual, dir_fd=inside.descriptor, follow_symlinks=False).st_mode):
                    raise asyncssh.SFTPNoSuchFile(MISSING)
                os.unlink(actual, dir_fd=inside.descriptor)

        await self._run(step)
        if side == IN:
            self._landed.pop(name, None)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        (side, name), (other, wanted) = self._place(oldpath), self._place(newpath)
        if not name or not wanted or side != IN or other != IN:
            raise asyncssh.SFTPPermissionDenied("renaming is for uploads within in/")
        if not self._partner.is_unfinished(name):
            raise asyncssh.SFTPPermissionDenied("what was closed is handed over; upload as name.part or .name, then rename")
        actual = self._landed.get(name, (name,))[0]
        loop = asyncio.get_running_loop()

        def step() -> tuple[str, os.stat_result]:
            with _within(self._partner.inbox) as inside:
                status = os.stat(actual, dir_fd=inside.descriptor, follow_symlinks=False)
                if not stat.S_ISREG(status.st_mode):
                    raise asyncssh.SFTPNoSuchFile(MISSING)
                landed = files.rename_beside(inside.descriptor, actual, files.plain(wanted, IN))
                os.fsync(inside.descriptor)
            loop.call_soon_threadsafe(self.gate.inbox.arrived, self._partner, landed, status.st_size)
            return landed, status

        landed, status = await self._run(step)
        self._landed.pop(name, None)
        self._remember(wanted, landed, _attributes(status))

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self.rename(oldpath, newpath)  # which never replaces, whatever POSIX says

    def fsync(self, file_obj: object) -> None:
        """Nothing to do: the answer to the close is the promise."""

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        await self.stat(path)
        _ignored(attrs)

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        if attrs.size is not None and isinstance(file_obj, Upload):
            if (await self._run(file_obj.status)).st_size != attrs.size:
                raise asyncssh.SFTPPermissionDenied("a file has what was written to it")
            attrs.size = None  # scp's way to end an upload
        _ignored(attrs)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:  # noqa: ARG002
        raise asyncssh.SFTPPermissionDenied("there are no folders but in/ and out/")

    def rmdir(self, path: bytes) -> None:  # noqa: ARG002
        raise asyncssh.SFTPPermissionDenied("folders stay")


def _ignored(attrs: asyncssh.SFTPAttrs) -> None:
    """Times and permissions, which clients send after each upload, are taken without effect; anything else is refused."""
    if attrs.size is not None or attrs.uid is not None or attrs.gid is not None or attrs.owner is not None:
        raise asyncssh.SFTPPermissionDenied("size and owner cannot be set")


class _within:  # noqa: N801  (used as a word: with _within(folder))
    """A descriptor of a folder, as long as the block runs. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._path = folder
        self.descriptor = -1

    def __enter__(self) -> _within:
        self.descriptor = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.descriptor)


def _status(folder: Path, name: str) -> os.stat_result | None:
    """The status of the regular file *name*, None when there is none."""
    with _within(folder) as inside:
        try:
            status = os.stat(name, dir_fd=inside.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None
    return status if stat.S_ISREG(status.st_mode) else None


def _attributes(status: os.stat_result) -> asyncssh.SFTPAttrs:
    """What a partner sees of a file: size and time; whose it is here is no concern of theirs."""
    return asyncssh.SFTPAttrs(
        size=status.st_size, uid=0, gid=0, permissions=stat.S_IFREG | 0o600, atime=int(status.st_mtime), mtime=int(status.st_mtime)
    )


def _folder_attributes() -> asyncssh.SFTPAttrs:
    return asyncssh.SFTPAttrs(size=0, uid=0, gid=0, permissions=stat.S_IFDIR | 0o700, atime=0, mtime=0)
