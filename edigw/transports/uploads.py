"""One file on its way into an inbox: hidden and unsynced until its sender closes it, then whole under its name.

The bytes go to a hidden file in the inbox itself, so that landing is a rename. A file lands
only if it was closed, every write succeeded and no hole is left between the writes; what is
cut off leaves nothing behind. Landing never overwrites: a name in use becomes ``po.2.edi``.

Blocking; a server calls this from a thread.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edigw.edges import edge
from edigw.transports import files

PREFIX: Final = ".edigw-"  # our hidden files; a partner cannot use such a name
PIECES: Final = 1024  # stretches written out of order; a client's window is 64 requests or so


class Upload:
    """An open upload. *limit* is bytes. Raises OSError, and BadName for what is no plain name, as do its methods.

    *room* is asked before the file grows by so many bytes, and raises what the client gets when there is none.
    """

    def __init__(self, inbox: Path, name: str, limit: int, room: Callable[[int], None] = lambda _more: None) -> None:
        self.name = files.plain(name, str(inbox))
        self.size = 0  #: bytes up to the end of what was written
        self._limit = limit
        self._room = room
        self._hidden = f"{PREFIX}{secrets.token_hex(8)}.upload"
        self._written: list[tuple[int, int]] = []  # stretches, in order, neither touching nor overlapping
        self._broken: OSError | None = None
        # a descriptor must not be closed, and its number used anew, while a write is going on
        self._lock = threading.RLock()
        self._folder = os.open(inbox, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self._file = files.create(self._folder, self._hidden)
            fcntl.flock(self._file, fcntl.LOCK_EX)  # ``sweep`` of another node sees that we are at work
        except OSError:
            os.close(self._folder)
            raise

    def write(self, offset: int, data: bytes) -> None:
        """Write *data* at *offset*. After a failure every further call fails: half a file must not land."""
        with self._lock:
            self._still_whole()
            try:
                if offset + len(data) > self._limit:
                    raise OSError(errno.EFBIG, f"a file may have {self._limit} bytes")
                if (more := offset + len(data) - self.size) > 0:
                    self._room(more)
                files.write_all(self._file, data, offset)
                if data:
                    self._note(offset, offset + len(data))
                    self.size = max(self.size, offset + len(data))
            except OSError as said:
                self._broken = said
                raise

    def _note(self, start: int, end: int) -> None:
        if self._written and self._written[-1][1] == start:  # in order, as nearly always
            self._written[-1] = (self._written[-1][0], end)
            return
        merged: list[tuple[int, int]] = []
        for stretch in sorted([*self._written, (start, end)]):
            if merged and stretch[0] <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], stretch[1]))
            else:
                merged.append(stretch)
        if len(merged) > PIECES:
            raise OSError(errno.EFBIG, "written in too many separate pieces")
        self._written = merged

    def status(self) -> os.stat_result:
        """What is written so far."""
        with self._lock:
            return os.fstat(self._file)

    def land(self) -> tuple[str, os.stat_result]:
        """Sync, give the file its name, sync the folder. Gives the name it got and its status. Ends the upload either way."""
        edge("upload:written")
        with self._lock:
            try:
                self._still_whole()
                if self._written not in ([], [(0, os.fstat(self._file).st_size)]):
                    raise OSError(errno.EINVAL, "parts of the file were never written")
                os.fsync(self._file)
                edge("upload:synced")
                name = files.rename_beside(self._folder, self._hidden, self.name)
                os.fsync(self._folder)
                edge("upload:linked")
                return name, os.fstat(self._file)
            finally:
                self.abandon()

    def abandon(self) -> None:
        """End the upload; what has not landed is removed. May be called again."""
        with self._lock:
            if self._file < 0:
                return
            with contextlib.suppress(OSError):  # landed, or the whole folder is gone: the next start sweeps
                os.unlink(self._hidden, dir_fd=self._folder)
            os.close(self._file)
            os.close(self._folder)
            self._file = -1

    def _still_whole(self) -> None:
        if self._file < 0:
            raise OSError(errno.EBADF, "the upload has ended")
        if self._broken is not None:
            raise OSError(self._broken.errno, f"an earlier write failed: {self._broken.strerror}")


def sweep(inbox: Path) -> int:
    """Remove what uploads left in *inbox* when a server was killed; gives how many. Those that run, on any node, stay."""
    count = 0
    with os.scandir(inbox) as entries:
        left = [entry.path for entry in entries if entry.name.startswith(PREFIX) and entry.is_file(follow_symlinks=False)]
    for path in left:
        with contextlib.suppress(FileNotFoundError, BlockingIOError), Path(path).open("rb") as found:
            fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
            Path(path).unlink()
            count += 1
    return count
