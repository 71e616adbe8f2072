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
from pathlib import Path
from typing import Any, Final

import asyncssh

from edigw.transports import uploads
from edigw.transports.logins import Logins, network_of
from edigw.transports.quota import Quota
from edigw.transports.sftpgate import Gate, Limits, Partner, Report
from edigw.transports.sftpsession import Session

FULL_FOR: Final = 600.0  # seconds for which a refusal for want of room is news
THREADS: Final = 8  # for writes and syncs; enough to keep one disk busy


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
        self.quota = Quota(self.limits.quota, self.limits.waiting, self.limits.together, clock=clock)
        self.logins = Logins(self.limits.tries, self.limits.shut_out, clock=clock)
        self._host = host
        self._port = port
        self._listening = listening
        self._host_key = asyncssh.import_private_key(host_key)
        self._on_arrival = on_arrival
        self._partners = dict(partners)
        self._keys = {name: partner.public_keys() for name, partner in self._partners.items()}
        self._gates: set[Gate] = set()
        self._full: dict[str, float] = {}  #: partner -> our clock when it was last refused for want of room
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
            server_factory=lambda: Gate(self, Session),
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
        self.quota.keep({partner.inbox for partner in partners.values()})
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

    def arrived(self, partner: Partner, name: str, size: int) -> None:
        """A file of *partner* stands under *name* and is synced; *size* is its bytes."""
        self._full.pop(partner.name, None)
        self.report("sftpd.uploaded", {"partner": partner.name, "path": name, "bytes": size})
        if not partner.is_unfinished(name):
            self._on_arrival(partner.name, partner.inbox / name)

    def full(self, partner: Partner) -> None:
        """*partner* was refused an upload, for too much of it, or of all, waits to be taken."""
        self._full[partner.name] = self.clock()

    def troubles(self) -> list[str]:
        """Partners who could not upload for want of room when they last tried, for ten minutes."""
        now = self.clock()
        return [
            f"sftpd: {name} is refused uploads, for too much waits in the inbox: EDIGW-SFTPD-E003"
            for name, when in sorted(self._full.items())
            if now - when < FULL_FOR
        ]

    def begin(self, gate: Gate) -> str:
        if len(self._gates) >= self.limits.connections:
            return "too many connections"
        network = network_of(gate.address)
        if sum(one.partner is None and network_of(one.address) == network for one in self._gates) >= self.limits.strangers:
            return "too many connections of this address that are not logged in"
        self._gates.add(gate)
        return ""

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


__all__ = ["Limits", "Partner", "SftpInbox", "new_key"]
