"""Our own SFTP inbox: partners log in with their keys, put files into ``in/`` and fetch from ``out/``.

There is no shell, no forwarding, no link and no way out: a partner sees two flat folders,
and every path is two words. What a partner has closed is handed over; it cannot be read,
changed, renamed or taken back. A close is answered only when the file is synced and stands
under its name: an upload that was answered is never lost, one that was cut off never arrives.

The gateway may take a file the moment it is closed. Clients that look after their upload
(paramiko, WinSCP) are told what they have put there for as long as they stay connected.

asyncssh speaks the protocol; requests that ``sftpsession`` does not list do not exist here.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import asyncssh

from edigw.transports import sftpsession, uploads
from edigw.transports.folder import IGNORE

THREADS: Final = 8  # for writes and syncs; enough to keep one disk busy

#: Called in the event loop with a fact's name and its keys, for a log.
Report = Callable[[str, Mapping[str, object]], None]


@dataclass(frozen=True, slots=True)
class Partner:
    """Who may log in under its name, and where its two folders are. Raises ValueError for a key that cannot be read.

    *keys* are texts as in ``authorized_keys``, without options. *unfinished*: names in ``in/`` that are not handed over
    when they are closed, and that the partner may therefore still rename or remove; names with a leading dot are too.
    """

    name: str
    keys: tuple[str, ...]
    inbox: Path
    outbox: Path
    unfinished: tuple[str, ...] = IGNORE

    def is_unfinished(self, name: str) -> bool:
        return name.startswith(".") or any(fnmatchcase(name, pattern) for pattern in self.unfinished)

    def public_keys(self) -> frozenset[bytes]:
        """The keys in their wire form."""
        found = set()
        for text in self.keys:
            for line in text.splitlines():
                if line.strip() and not line.lstrip().startswith("#"):
                    try:
                        found.add(asyncssh.import_public_key(line.strip()).public_data)
                    except asyncssh.KeyImportError as said:
                        raise ValueError(f"a key of {self.name} cannot be read: {said}") from said
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one partner, or someone unknown, may ask of us."""

    file: int = 256 << 20  #: bytes of one upload
    handles: int = 32  #: open files, and as many open listings, of one session
    sessions: int = 8  #: connections of one partner, and sessions in each
    connections: int = 128  #: in all, before and after login
    keys: int = 12  #: keys one connection may try; an agent offers all it has
    login: float = 30.0  #: seconds to log in
    idle: float = 600.0  #: seconds without a request
    remembered: int = 1000  #: uploads of a session that its client may still ask about


def new_key(comment: str) -> tuple[str, str]:
    """A new Ed25519 key for a server or a partner: the private text and the public line."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=comment)
    return key.export_private_key().decode(), key.export_public_key().decode().strip()


class SftpInbox:
    """The server. Runs in the event loop that calls ``start``; files are touched in threads of its own.

    *host_key* is the text of a private key. *on_arrival(partner, path)* is called in the loop once a file stands under
    a name that is not an unfinished one; it must not block. *report* gets the facts for a log. *listening*: a socket
    that listens already, instead of *host* and *port*; it is ours from then on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        host_key: str,
        partners: Mapping[str, Partner],
        on_arrival: Callable[[str, Path], None],
        *,
        listening: socket.socket | None = None,
        limits: Limits | None = None,
        report: Report = lambda _fact, _keys: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits if limits is not None else Limits()
        self.report = report
        self.clock = clock
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sftpd")
        self._host = host
        self._port = port
        self._listening = listening
        self._host_key = asyncssh.import_private_key(host_key)
        self._on_arrival = on_arrival
        self._partners = dict(partners)
        self._keys = {name: partner.public_keys() for name, partner in self._partners.items()}
        self._gates: set[Gate] = set()
        self._listener: asyncssh.SSHAcceptor | None = None
        self._idle: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The port listened on, also when 0 was asked for; 0 before ``start``."""
        return self._listener.get_port() if self._listener is not None else 0

    @property
    def fingerprint(self) -> str:
        """Of our host key (``SHA256:…``), as partners pin it."""
        return self._host_key.get_fingerprint()

    async def start(self) -> None:
        """Remove what a kill left of uploads, then listen. Raises OSError when the address cannot be used."""
        for partner in self._partners.values():
            await self._sweep(partner)
        where: dict[str, Any] = {"host": self._host, "port": self._port} if self._listening is None else {"sock": self._listening}
        self._listener = await asyncssh.listen(
            **where,
            server_factory=lambda: Gate(self),
            server_host_keys=[self._host_key],
            server_version="edigw",
            encoding=None,
            password_auth=False,
            kbdint_auth=False,
            host_based_auth=False,
            gss_host=None,
            x509_trusted_certs=None,
            allow_pty=False,
            allow_scp=False,
            agent_forwarding=False,
            x11_forwarding=False,
            compression_algs=None,  # a few bytes must not become megabytes before anyone has logged in
            login_timeout=self.limits.login,
            keepalive_interval=30,
            keepalive_count_max=3,
        )
        self._idle = asyncio.create_task(self._close_idle())

    async def stop(self, patience: float = 5.0) -> None:
        """Stop listening and end all sessions, for good. Closes under way are finished; uploads not closed are dropped."""
        if self._idle is not None:
            self._idle.cancel()
        if self._listener is not None:
            self._listener.close()
        gates = list(self._gates)
        for gate in gates:
            gate.close("stopping")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await asyncio.gather(*(gate.closed.wait() for gate in gates))
        for gate in list(self._gates):
            gate.abort()
        await asyncio.to_thread(self.threads.shutdown)

    async def reload_keys(self, partners: Mapping[str, Partner]) -> None:
        """Use *partners* from now on; who would not get in any more is cut off. Raises ValueError and changes nothing."""
        keys = {name: partner.public_keys() for name, partner in partners.items()}
        known = self._partners
        self._partners, self._keys = dict(partners), keys
        for gate in list(self._gates):
            name = gate.partner
            if name is not None and not (gate.key in keys.get(name, ()) and _same_place(partners[name], known[name])):
                gate.close("key or folder withdrawn")
        for name, partner in partners.items():
            if name not in known or known[name].inbox != partner.inbox:
                await self._sweep(partner)

    def partner(self, name: str) -> Partner | None:
        return self._partners.get(name)

    def admits(self, name: str, key: bytes) -> bool:
        return key in self._keys.get(name, ())

    def arrived(self, partner: Partner, name: str) -> None:
        """A file of *partner* stands under *name* and is synced."""
        if not partner.is_unfinished(name):
            self._on_arrival(partner.name, partner.inbox / name)

    def begin(self, gate: Gate) -> bool:
        if len(self._gates) >= self.limits.connections:
            return False
        self._gates.add(gate)
        return True

    def end(self, gate: Gate) -> None:
        self._gates.discard(gate)

    def connections_of(self, partner: str) -> int:
        return Counter(gate.partner for gate in self._gates)[partner]

    async def _sweep(self, partner: Partner) -> None:
        try:
            count = await asyncio.get_running_loop().run_in_executor(self.threads, uploads.sweep, partner.inbox)
        except OSError as said:
            self.report("sftpd.inbox_missing", {"partner": partner.name, "reason": said.strerror})
        else:
            if count:
                self.report("sftpd.swept", {"partner": partner.name, "uploads": count})

    async def _close_idle(self) -> None:
        while True:
            await asyncio.sleep(self.limits.idle / 4)
            for gate in list(self._gates):
                if self.clock() - gate.touched >= self.limits.idle:
                    gate.close("idle")


def _same_place(one: Partner, other: Partner) -> bool:
    return (one.inbox, one.outbox, one.unfinished) == (other.inbox, other.outbox, other.unfinished)


class Gate(asyncssh.SSHServer):
    """One connection: who it is, what it may open."""

    def __init__(self, inbox: SftpInbox) -> None:
        self.inbox = inbox
        self.partner: str | None = None
        self.key = b""  #: the key that was accepted last; the one of the login once that is done
        self.touched = inbox.clock()
        self.closed = asyncio.Event()
        self.sessions = 0
        self._tries = 0
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        if not self.inbox.begin(self):
            self._refuse("too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        self.inbox.end(self)
        self.closed.set()
        if self.partner is None:
            self.inbox.report("sftpd.no_login", {"peer": self._peer(), "reason": str(exc) if exc else ""})

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        # An unknown name gets the same answer as a wrong key.
        self._tries += 1
        if self._tries > self.inbox.limits.keys:
            self._refuse("too many keys tried")
            return False
        if not self.inbox.admits(username, key.public_data):
            return False
        self.key = key.public_data
        return True

    def auth_completed(self) -> None:
        assert self._connection is not None
        partner = str(self._connection.get_extra_info("username"))
        if not self.inbox.admits(partner, self.key):  # accepted for another name, or withdrawn meanwhile
            self._refuse("key not accepted")
        elif self.inbox.connections_of(partner) >= self.inbox.limits.sessions:
            self._refuse("too many connections of this partner")
        else:
            self.partner = partner
            self.touched = self.inbox.clock()
            self.inbox.report("sftpd.login", {"partner": partner, "peer": self._peer()})

    def session_requested(self) -> asyncssh.SSHServerSession[bytes] | bool:
        partner = self.inbox.partner(self.partner) if self.partner is not None else None
        if partner is None or self.sessions >= self.inbox.limits.sessions:
            return False
        return sftpsession.Session(self, partner)

    def touch(self) -> None:
        self.touched = self.inbox.clock()

    def close(self, reason: str) -> None:
        if self._connection is not None:
            self.inbox.report("sftpd.closed", {"partner": self.partner, "peer": self._peer(), "reason": reason})
            self._connection.disconnect(asyncssh.DISC_BY_APPLICATION, reason)

    def abort(self) -> None:
        if self._connection is not None:
            self._connection.abort()

    def _refuse(self, reason: str) -> None:
        assert self._connection is not None
        self.inbox.report("sftpd.refused", {"peer": self._peer(), "reason": reason})
        self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, reason)

    def _peer(self) -> str:
        peer = self._connection.get_extra_info("peername") if self._connection is not None else None
        return str(peer[0]) if peer else ""
