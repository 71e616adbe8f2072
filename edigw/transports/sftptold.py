"""A partner's room whose log tells what came in, what was cut off and what was refused.

One line for each upload. What a client is refused is told once a session for each kind of
request and name, and a session tells so many lines at most: a client that repeats itself
must not fill the log. What nothing is the matter with (a look at a name that is not there)
is not told.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import Any, Final

import asyncssh

from edigw.transports.quota import OverQuota
from edigw.transports.sftpgate import Gate, Partner
from edigw.transports.sftproom import MISSING, Room
from edigw.transports.uploads import Upload

MOST_TOLD: Final = 50  # lines of one session about what it was refused

#: How the log calls what a session was refused, by what the system says.
FACTS: Final = {errno.EDQUOT: "sftpd.over_quota", errno.EFBIG: "sftpd.too_large"}


class Told(Room):
    """``Room``, told to the log by ``House.report``."""

    def __init__(self, channel: Any, gate: Gate, partner: Partner) -> None:
        super().__init__(channel, gate, partner)
        self._said: set[tuple[str, str]] = set()

    def refused(self, request: str, path: bytes, reason: str, fact: str = "sftpd.denied") -> None:
        """Tell that the client may not, or could not, do *request*."""
        shown = path.decode("utf-8", "backslashreplace")[:300]
        if (fact, shown) in self._said or len(self._said) > MOST_TOLD:
            return
        self._said.add((fact, shown))
        if len(self._said) > MOST_TOLD:
            reason += "; more is not told of this session"
        self.gate.inbox.report(fact, {"partner": self._partner.name, "request": request, "path": shown, "reason": reason})

    @contextlib.contextmanager
    def _tells(self, request: str, path: bytes) -> Iterator[None]:
        try:
            yield
        except asyncssh.SFTPError as said:
            if said.reason != MISSING:
                self.refused(request, path, said.reason)
            raise
        except OSError as said:
            if isinstance(said, OverQuota):
                self.gate.inbox.full(self._partner)
            reason = said.strerror or type(said).__name__
            # Without a folder there is no inbox; a name that is not there is a client's mistake.
            mine = not isinstance(said, OverQuota) and said.errno in (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS, errno.ENOTDIR)
            gone = said.errno == errno.ENOENT and not (self._partner.inbox.is_dir() and self._partner.outbox.is_dir())
            if said.errno != errno.ENOENT or gone:
                self.refused(request, path, reason, FACTS.get(said.errno or 0, "sftpd.failed" if mine or gone else "sftpd.denied"))
            raise

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        with self._tells("open", path):
            return await super().open(path, pflags, attrs)

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        with self._tells("write", _name(file_obj)):
            return await super().write(file_obj, offset, data)

    async def close(self, file_obj: object) -> None:
        if isinstance(file_obj, Upload) and not self.closing:
            self._cut_off(file_obj)
        with self._tells("close", _name(file_obj)):
            await super().close(file_obj)

    async def remove(self, path: bytes) -> None:
        with self._tells("remove", path):
            await super().remove(path)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        with self._tells("rename", oldpath):
            await super().rename(oldpath, newpath)

    async def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        with self._tells("setstat", _name(file_obj)):
            await super().fsetstat(file_obj, attrs)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        with self._tells("mkdir", path):
            super().mkdir(path, attrs)

    def rmdir(self, path: bytes) -> None:
        with self._tells("rmdir", path):
            super().rmdir(path)

    def leave(self) -> None:
        for handle in self._open:
            if isinstance(handle, Upload):
                self._cut_off(handle)
        super().leave()

    def _cut_off(self, upload: Upload) -> None:
        self.gate.inbox.report(
            "sftpd.cut_off",
            {"partner": self._partner.name, "path": _name(upload).decode("utf-8", "backslashreplace"), "bytes": upload.size},
        )


def _name(file_obj: object) -> bytes:
    return file_obj.name.encode("utf-8", "surrogateescape") if isinstance(file_obj, Upload) else b""
