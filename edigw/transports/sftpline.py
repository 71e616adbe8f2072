"""One connection to a partner's SFTP server: opened when it is needed, kept, given up in time.

Nothing is told to a server before its key was found among the pinned ones. A server has
several keys and shows one, by what we ask for; so a key that is not pinned is no alarm
before it has shown the others.

Every step ends: the line has a time-out for each packet, and a whole operation a deadline
besides, at which the connection is cut. A time-out for packets alone never ends with a
server that sends a byte now and then.

paramiko tells a status of the server and the end of a connection by the same exceptions.
Here a status is a ``Status``; everything else that comes out of it means that the
connection is of no use any more.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import paramiko
from paramiko import sftp as wire
from paramiko.sftp_attr import SFTPAttributes
from paramiko.util import get_logger as paramiko_logger

from edigw.records import dataclass
from edigw.transports import NO_LINE, ChannelUnavailable, HostKeyChanged, LineDown, LoginRefused, TransportError
from edigw.transports.breaker import Breaker

KEEPALIVE: Final = 15  # seconds; firewalls forget a silent connection after a few minutes
IDLE: Final = 300.0  # seconds after which a connection is opened anew rather than trusted
SLOWEST: Final = 10_000  # bytes a second below which a transfer is given up
MOST_NAMES: Final = 250_000  # of one folder; more is a server that never ends its list

# Off: what is broken (MD5, 3DES), and CBC, whose padding leaks in this protocol.
_WEAK_CIPHERS: Final = ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"]
_WEAK_MACS: Final = ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"]
_FAMILIES: Final = {
    "ssh-ed25519": ["ssh-ed25519"],
    "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
    "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
    "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
    "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
}
_KEYS: Final = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)

if not paramiko_logger("paramiko").level:  # what it says of a lost line is said here, once and in words, also where no log was set up
    paramiko_logger("paramiko").setLevel("CRITICAL")


class Status(OSError):
    """A server's answer that is not OK, by its number."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.text = "".join(char if char.isprintable() else "�" for char in text)[:200]
        super().__init__(self.text or f"status {number}")

    @property
    def is_missing(self) -> bool:
        return self.number == int(wire.SFTP_NO_SUCH_FILE)

    @property
    def is_denied(self) -> bool:
        return self.number == int(wire.SFTP_PERMISSION_DENIED)


def raw(path: str) -> bytes:
    """*path* as the server has it; what is not UTF-8 is kept as lone surrogates inside."""
    return path.encode("utf-8", "surrogateescape")


class Client(paramiko.SFTPClient):  # type: ignore[misc]  # the library has no types
    """paramiko's client, with statuses that can be told apart and lists of any names."""

    def _convert_status(self, msg: paramiko.Message) -> None:
        number, text = msg.get_int(), msg.get_string().decode("utf-8", "replace")
        if number == wire.SFTP_OK:
            return
        if number == wire.SFTP_EOF:  # what the library's own reading looks for
            raise EOFError(text)
        raise Status(number, text)

    def listed(self, path: str, most: int = MOST_NAMES) -> Iterator[SFTPAttributes]:
        """Everything in a folder but ``.`` and ``..``. Raises Status, and ValueError when there are more than *most*."""
        kind, answer = self._request(wire.CMD_OPENDIR, raw(path))
        if kind != wire.CMD_HANDLE:
            raise paramiko.SFTPError("no handle for a folder")
        handle = answer.get_string()
        seen = 0
        while True:
            try:
                kind, answer = self._request(wire.CMD_READDIR, handle)
            except EOFError:
                break  # the end of the list, or of the line, which the next request tells
            if kind != wire.CMD_NAME:
                raise paramiko.SFTPError("no names for a folder")
            for _ in range(answer.get_int()):
                name = answer.get_string().decode("utf-8", "surrogateescape")
                answer.get_string()  # the name as ls -l would show it
                found = SFTPAttributes._from_msg(answer, name, "")
                seen += 1
                if seen > most:
                    raise ValueError(f"more than {most} names")
                if name not in (".", ".."):
                    yield found
        self._request(wire.CMD_CLOSE, handle)


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to connect to, and as whom. *host_keys* are ``SHA256:…`` fingerprints; *key* is the text of a private key."""

    host: str
    port: int
    user: str
    host_keys: frozenset[str]
    key: str = ""
    password: str = ""
    timeout: float = 30.0  #: seconds for each packet, and for connecting

    def __repr__(self) -> str:
        return f"Server({self.place!r})"

    @property
    def place(self) -> str:
        return f"sftp://{self.user}@{self.host}:{self.port}"


def fingerprint(key: paramiko.PKey) -> str:
    """As ``ssh-keygen -lf`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


def private_key(text: str) -> paramiko.PKey:
    """The key in *text*. Raises ValueError, which does not repeat it."""
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except paramiko.PasswordRequiredException:
            raise ValueError("the private key has a passphrase, and nobody is there to type it; ssh-keygen -p takes it out") from None
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise ValueError("no private key in OpenSSH or PEM form (ed25519, ecdsa or rsa)")


class Line:
    """A connection to one server, for one thread at a time. Opened by the first who needs it."""

    def __init__(self, server: Server, breaker: Breaker, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.server = server
        self.breaker = breaker
        self.opened = 0  #: connections so far
        self.host_key = ""  #: what the server has shown and we trust: ``SHA256:… (ssh-ed25519)``
        self._clock = clock
        self._lock = threading.Lock()
        self._transport: paramiko.Transport | None = None
        self._client: Client | None = None
        self._used = 0.0
        self._closed = False
        self._last: type[ChannelUnavailable] = LineDown  #: what it last failed by

    @contextlib.contextmanager
    def client(self, size: int = 0) -> Iterator[Client]:
        """The connection, for one operation that moves *size* bytes; cut when that takes too long.

        What the server answers comes out as Status. Raises LineDown, LoginRefused, HostKeyChanged; then the
        connection is closed. While the breaker is open it raises at once what opened it: an open breaker makes
        a changed key no mere outage.
        """
        with self._lock:
            if self.breaker.wait() > 0:
                raise self._last(self.server.place, self.breaker.told())
            seconds = 2 * self.server.timeout + size / SLOWEST
            expired = threading.Event()

            def cut() -> None:
                expired.set()
                self._drop()

            timer = threading.Timer(seconds, cut)
            timer.daemon = True
            timer.start()
            try:
                yield self._ready()
            except (Status, TransportError) as said:
                if isinstance(said, NO_LINE):
                    self._failed(said)
                raise
            except (EOFError, OSError, paramiko.SSHException, ValueError) as said:
                down = LineDown(self.server.place, f"not done within {seconds:.0f} s" if expired.is_set() else _words(said))
                self._failed(down)
                raise down from said
            else:
                if expired.is_set():
                    down = LineDown(self.server.place, f"not done within {seconds:.0f} s")
                    self._failed(down)
                    raise down
                self.breaker.succeeded()
                self._used = self._clock()
            finally:
                timer.cancel()

    def close(self) -> None:
        """End the connection for good, whatever is under way."""
        self._closed = True
        self._drop()

    def _failed(self, said: ChannelUnavailable) -> None:
        self._drop()
        self._last = type(said)
        # A wrong login is not repeated at every poll: servers lock who tries too often.
        asked = 300.0 if isinstance(said, LoginRefused) and self.breaker.failures else None
        self.breaker.failed(said.text, asked)

    def _drop(self) -> None:
        transport, self._transport, self._client = self._transport, None, None
        if transport is not None:
            transport.close()

    def _ready(self) -> Client:
        fresh = self._clock() - self._used < IDLE
        if self._client is not None and self._transport is not None and self._transport.is_active() and fresh:
            return self._client
        self._drop()
        if self._closed:
            raise LineDown(self.server.place, "this channel is closed")
        self._log_in(self._trusted())
        assert self._transport is not None
        client: Client | None = Client.from_transport(self._transport)
        if client is None:
            raise LineDown(self.server.place, "no SFTP on this server")
        channel = client.get_channel()
        assert channel is not None
        channel.settimeout(self.server.timeout)
        self._client = client
        self.opened += 1
        return client

    def _trusted(self) -> paramiko.Transport:
        """A transport to a server that has shown a pinned key."""
        shown: list[str] = []
        without: list[str] = []
        while True:
            transport = self._transport = self._begin(without)
            try:
                transport.start_client(timeout=self.server.timeout)
            except paramiko.SSHException:
                if not shown:
                    raise
                break  # it has no other key
            key = transport.get_remote_server_key()
            if fingerprint(key) in self.server.host_keys:
                self.host_key = f"{fingerprint(key)} ({key.get_name()})"
                return transport
            shown.append(f"{fingerprint(key)} ({key.get_name()})")
            transport.close()
            family = _FAMILIES.get(key.get_name(), [])
            if not family or family[0] in without:
                break
            without += family
        self._drop()
        pinned = ", ".join(sorted(self.server.host_keys))
        raise HostKeyChanged(self.server.place, f"the server shows {' and '.join(shown)}; pinned is {pinned}. Nothing was sent")

    def _begin(self, without: list[str]) -> paramiko.Transport:
        server = self.server
        line = socket.create_connection((server.host, server.port), timeout=server.timeout)
        off: dict[str, Any] = {"ciphers": _WEAK_CIPHERS, "macs": _WEAK_MACS, "keys": list(without)}
        try:
            transport = paramiko.Transport(line, disabled_algorithms=off)
        except Exception:
            line.close()
            raise
        transport.banner_timeout = transport.handshake_timeout = transport.auth_timeout = transport.channel_timeout = server.timeout
        transport.clear_to_send_timeout = server.timeout
        transport.set_keepalive(KEEPALIVE)
        if self._closed:  # while we were connecting
            transport.close()
        return transport

    def _log_in(self, transport: paramiko.Transport) -> None:
        server = self.server
        try:
            further: list[str] = ["password"]
            if server.key:
                further = list(transport.auth_publickey(server.user, private_key(server.key)))
            if server.password and further:
                further = list(transport.auth_password(server.user, server.password))
            elif not server.key:
                further = ["a key or password"]
        except paramiko.AuthenticationException as said:
            if not transport.is_active() or "timeout" in str(said).lower():  # it hung up or says nothing, which is not yet a no
                raise LineDown(server.place, "no answer to the login") from said
            raise LoginRefused(server.place, f"the server does not let {server.user} in by {self._means()}") from said
        except ValueError as said:
            raise LoginRefused(server.place, str(said)) from said
        if further:
            raise LoginRefused(server.place, f"the server asks for more than {self._means()}: {', '.join(further)}")

    def _means(self) -> str:
        return " and ".join(word for word, given in (("key", self.server.key), ("password", self.server.password)) if given) or "nothing"


def _words(said: Exception) -> str:
    """What a broken line means, without what the library says of itself."""
    if isinstance(said, TimeoutError):
        return "no answer in time"
    if isinstance(said, ConnectionRefusedError):
        return "connection refused"
    if isinstance(said, socket.gaierror):
        return "host not found"
    if isinstance(said, EOFError):
        return "the connection was cut"
    if isinstance(said, OSError) and said.strerror:
        return f"connection lost: {said.strerror}"
    return f"connection lost: {str(said)[:200] or type(said).__name__}"
