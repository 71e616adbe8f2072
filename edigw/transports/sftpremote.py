"""A folder on a partner's server in its many dialects: what is looked up, renamed and removed there.

Servers say SSH_FX_FAILURE for nearly everything: a full disk, a taken name, a request they
do not know. So a FAILURE is never taken for a fact: what is true is looked up.

The protocol's own rename replaces nothing; a server that cannot do it (no hard links) is
asked for OpenSSH's, which replaces, after a look that nothing stands there.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable
from typing import Final

from paramiko.sftp_attr import SFTPAttributes

from edigw.transports import ChannelUnavailable
from edigw.transports.breaker import Breaker
from edigw.transports.sftpline import Client, Line, Server, Status, raw

PIECE: Final = 256 << 10  # bytes read or written at once


class Remote:
    """One server, and the line to it. Taking (``sftptake``) and putting (``sftpput``) stand on this."""

    def __init__(self, server: Server, breaker: Breaker | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.place = server.place
        self.breaker = breaker if breaker is not None else Breaker()
        self.line = Line(server, self.breaker, clock=clock)

    def _look(self, client: Client, folder: str, name: str) -> SFTPAttributes | None:
        """What stands under *name*, None for nothing; by a list where the server has no stat for it."""
        try:
            return client.lstat(raw(self._in(folder, name)))
        except Status as said:
            if said.is_missing:
                return None
            try:
                return next((one for one in client.listed(folder) if one.filename == name), None)
            except Status:
                raise self._said(f"{name!r} cannot be looked at", said) from said

    def _digest(self, client: Client, folder: str, name: str, size: int) -> bytes:
        """SHA-256 of what stands under *name*, of *size* bytes and one: what is longer is another file, whatever it begins with.

        An end of the line looks like an end of the file; who compares looks once more. Raises Status.
        """
        digest, left = hashlib.sha256(), size + 1
        with client.open(raw(self._in(folder, name)), "rb") as remote:
            while left > 0 and (piece := remote.read(min(PIECE, left))):
                digest.update(piece)
                left -= len(piece)
        return digest.digest()

    def _rename(self, client: Client, old: str, new: str) -> None:
        """Rename without replacing. Raises Status."""
        try:
            client.rename(raw(old), raw(new))
        except Status:
            folder, _, name = new.rpartition("/")
            if self._look(client, folder or "/", name) is not None:
                raise
            try:
                client.posix_rename(raw(old), raw(new))
            except Status:
                if self._look(client, folder or "/", name) is None or self._look(client, *_split(old)) is not None:
                    raise

    def _remove(self, client: Client, path: str) -> None:
        """Remove our own temporary file, if it is there and may be."""
        with contextlib.suppress(Status):
            client.remove(raw(path))

    @staticmethod
    def _in(folder: str, name: str) -> str:
        return f"{folder.rstrip('/')}/{name}"

    def _said(self, what: str, said: Status) -> ChannelUnavailable:
        return ChannelUnavailable(self.place, f"{what}: {said}")


def _split(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder or "/", name
