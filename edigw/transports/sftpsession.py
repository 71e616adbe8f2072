"""An SFTP session between asyncssh and a partner's room: which requests exist, and what a close is.

Only two things here know asyncssh from within: which requests are served, and that a file
is *closed by the client* and not by the clean-up after a lost connection. Both are stated
by what is allowed; should a name inside asyncssh change, the import fails or nothing
lands, and never does half a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from asyncssh.constants import (
    FXP_CLOSE,
    FXP_EXTENDED,
    FXP_FSETSTAT,
    FXP_FSTAT,
    FXP_LSTAT,
    FXP_MKDIR,
    FXP_OPEN,
    FXP_OPENDIR,
    FXP_READ,
    FXP_READDIR,
    FXP_READLINK,
    FXP_REALPATH,
    FXP_REMOVE,
    FXP_RENAME,
    FXP_RMDIR,
    FXP_SETSTAT,
    FXP_STAT,
    FXP_SYMLINK,
    FXP_WRITE,
)
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHReader, SSHServerStreamSession, SSHWriter

from edigw.transports.sftpgate import Gate, Partner
from edigw.transports.sftptold import Told

_SERVED: Final[frozenset[int | bytes]] = frozenset(
    {
        FXP_OPEN, FXP_CLOSE, FXP_READ, FXP_WRITE, FXP_LSTAT, FXP_FSTAT, FXP_STAT, FXP_SETSTAT, FXP_FSETSTAT, FXP_OPENDIR,
        FXP_READDIR, FXP_REMOVE, FXP_RENAME, FXP_REALPATH, FXP_MKDIR, FXP_RMDIR,
        b"posix-rename@openssh.com", b"fsync@openssh.com", b"limits@openssh.com",
    }
)  # fmt: skip

#: Requests that do not exist here, as the log calls them.
_UNSERVED: Final[Mapping[int | bytes, str]] = {FXP_SYMLINK: "symlink", FXP_READLINK: "readlink", b"hardlink@openssh.com": "link"}


class Session(SSHServerStreamSession[bytes]):
    """A channel on which nothing but the subsystem ``sftp`` can be started."""

    def __init__(self, gate: Gate, partner: Partner) -> None:
        super().__init__(None)
        self._gate = gate
        self._partner = partner

    def shell_requested(self) -> bool:
        return False

    def exec_requested(self, command: str) -> bool:  # noqa: ARG002  (asyncssh's signature)
        return False

    def subsystem_requested(self, subsystem: str) -> bool:
        return subsystem == "sftp"

    def session_started(self) -> None:
        assert self._chan is not None
        assert self._conn is not None
        reader, writer = SSHReader[bytes](self, self._chan), SSHWriter[bytes](self, self._chan)
        room = Told(self._chan, self._gate, self._partner)
        self._conn.create_task(_serve(room, reader, writer), reader.logger)


async def _serve(room: Told, reader: SSHReader[bytes], writer: SSHWriter[bytes]) -> None:
    room.gate.sessions += 1
    try:
        await _Handler(room, reader, writer, 3).run()
    finally:
        room.leave()
        room.gate.sessions -= 1


class _Handler(SFTPServerHandler):
    """asyncssh's reading of requests, cut down to those served here."""

    _extensions = [entry for entry in SFTPServerHandler._extensions if entry[0] in _SERVED]

    def __init__(self, room: Told, reader: SSHReader[bytes], writer: SSHWriter[bytes], version: int) -> None:
        super().__init__(room, reader, writer, version)
        self._room = room

    async def _process_packet(self, pkttype: int, pktid: int, packet: Any) -> None:
        self._room.gate.touch()
        asked = _extension(packet) if pkttype == FXP_EXTENDED else pkttype
        if asked not in _SERVED:
            named = asked.decode("ascii", "replace")[:60] if isinstance(asked, bytes) else f"request {asked}"
            self._room.refused(_UNSERVED.get(asked, named), b"", "there is no such request here")
        await super()._process_packet(pkttype, pktid, packet)
        self._room.gate.touch()

    async def _closed_by_client(self, packet: Any) -> None:
        self._room.closing = True
        try:
            await self._process_close(packet)
        finally:
            self._room.closing = False

    _packet_handlers: Any = {
        **{request: SFTPServerHandler._packet_handlers[request] for request in _SERVED},
        FXP_CLOSE: _closed_by_client,
    }


def _extension(packet: Any) -> bytes:
    """The name of an extended request, which stands first in it and is read again by the library."""
    rest: bytes = packet.get_remaining_payload()
    return rest[4 : 4 + int.from_bytes(rest[:4], "big")]
