"""Who may enter our SFTP inbox: its partners, what each may ask of us, and the gate of one connection.

A gate decides who somebody is and lets nobody in who shows no key of a partner's. What may be
done inside is ``sftpsession``'s and ``sftproom``'s; ``sftpd`` keeps the gates together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

import asyncssh

from edigw.records import dataclass
from edigw.transports.folder import IGNORE
from edigw.transports.logins import Logins
from edigw.transports.quota import Quota

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
    quota: int = 1 << 30  #: bytes of one partner that wait to be taken
    waiting: int = 10_000  #: files of one partner that wait to be taken
    together: int = 10 << 30  #: bytes of all partners that wait
    tries: int = 20  #: failed logins from one address within *shut_out*
    shut_out: float = 600.0  #: seconds
    strangers: int = 16  #: connections of one address that are not logged in


class House(Protocol):
    """The inbox, as its gates and rooms see it."""

    limits: Limits
    report: Report
    clock: Callable[[], float]
    threads: ThreadPoolExecutor  #: where files are touched
    quota: Quota
    logins: Logins

    def partner(self, name: str) -> Partner | None:
        """The partner of that name, as of now."""

    def admits(self, name: str, key: bytes) -> bool:
        """Whether *key*, in its wire form, is one of that partner's."""

    def arrived(self, partner: Partner, name: str, size: int) -> None:
        """A file of *partner* stands under *name* and is synced; *size* is its bytes."""

    def full(self, partner: Partner) -> None:
        """*partner* was refused an upload for want of room."""

    def begin(self, gate: Gate) -> str:
        """Count a new connection; why it may not be, "" when it may."""

    def end(self, gate: Gate) -> None:
        """A connection is gone."""

    def connections_of(self, partner: str) -> int:
        """Connections that are logged in as *partner*."""


class Gate(asyncssh.SSHServer):
    """One connection: who it is, what it may open."""

    def __init__(self, inbox: House, session: Callable[[Gate, Partner], asyncssh.SSHServerSession[bytes]]) -> None:
        self.inbox = inbox
        self._session = session
        self.partner: str | None = None
        self.key = b""  #: the key that was accepted last; the one of the login once that is done
        self.touched = inbox.clock()
        self.closed = asyncio.Event()
        self.sessions = 0
        self.address = ""
        self._user = ""  #: the name that was given last; "" while none was
        self._reason = "no key was shown"
        self._tries = 0
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self.address = self._peer()
        if self.inbox.logins.shut_out(self.address) > 0:
            conn.abort()  # before keys are exchanged, which costs us more than them; that it is shut out was told
        elif refused := self.inbox.begin(self):
            self._refuse(refused)

    def connection_lost(self, exc: Exception | None) -> None:
        self.inbox.end(self)
        self.closed.set()
        if self.partner is None and self._user:
            self._failed()
        elif self.partner is None and self.inbox.logins.shut_out(self.address) <= 0:
            self.inbox.report("sftpd.no_login", {"peer": self.address, "user": "", "reason": str(exc) if exc else ""})

    def _failed(self) -> None:
        address, user = self.address, self._user[:64]
        known = self.inbox.partner(self._user) is not None
        self.inbox.report("sftpd.no_login", {"peer": address, "user": user, "reason": self._reason})
        of_address, of_name = self.inbox.logins.failed(address, user, known=known)
        wait = self.inbox.limits.shut_out
        if of_address:
            self.inbox.report("sftpd.shut_out", {"peer": address, "user": "", "seconds": int(wait)})
        if of_name:
            self.inbox.report("sftpd.shut_out", {"peer": "", "user": user, "seconds": int(wait)})

    def begin_auth(self, username: str) -> bool:
        self._user = username
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        # An unknown name gets the same answer as a wrong key.
        self._tries += 1
        if self._tries > self.inbox.limits.keys:
            self._refuse("too many keys tried")
            return False
        if self.inbox.logins.waits(username, self.address) > 0:
            self._reason = "too many failed logins with this name, and it never came from this address"
            return False
        if not self.inbox.admits(username, key.public_data):
            self._reason = "no key of this partner" if self.inbox.partner(username) is not None else "no such partner"
            return False
        self.key = key.public_data
        return True

    def auth_completed(self) -> None:
        assert self._connection is not None
        partner = str(self._connection.get_extra_info("username"))
        if not self.inbox.admits(partner, self.key):  # accepted for another name, or withdrawn meanwhile
            self._refuse("key not accepted")
        elif self.inbox.connections_of(partner) >= self.inbox.limits.sessions:
            self._user = ""  # its key was right: no login in vain
            self._refuse("too many connections of this partner")
        else:
            self.partner = partner
            self.touched = self.inbox.clock()
            self.inbox.logins.succeeded(self.address, partner)
            self.inbox.report("sftpd.login", {"partner": partner, "peer": self._peer()})

    def session_requested(self) -> asyncssh.SSHServerSession[bytes] | bool:
        partner = self.inbox.partner(self.partner) if self.partner is not None else None
        if partner is None or self.sessions >= self.inbox.limits.sessions:
            return False
        return self._session(self, partner)

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
        self._reason = reason
        self.inbox.report("sftpd.refused", {"peer": self._peer(), "reason": reason})
        self._connection.disconnect(asyncssh.DISC_TOO_MANY_CONNECTIONS, reason)

    def _peer(self) -> str:
        peer = self._connection.get_extra_info("peername") if self._connection is not None else None
        return str(peer[0]) if peer else ""
