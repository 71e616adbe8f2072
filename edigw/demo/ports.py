"""The demo's two ports: taken first, then handed to the processes that serve them.

A port that is only looked at may be somebody else's a moment later. So we listen ourselves,
and each process of the demo inherits its socket; what is printed is what is served.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from edigw.errors import EdigwError
from edigw.records import dataclass

HOST = "127.0.0.1"
SFTP_PORT = 2222
HTTP_PORT = 8089
TRIED = 200  # from the wanted one on; a machine with more servers in a row has other troubles
BACKLOG = 128  # connections that may wait for the process that gets the socket


class NoPort(EdigwError):
    """No port is free where one is needed."""

    code = "EDIGW-DEMO-E002"


@dataclass(frozen=True, slots=True)
class Ports:
    """Sockets that listen. Who has handed one on closes it here; else the port outlives the process that serves it."""

    sftp: socket.socket  #: for the gateway
    http: socket.socket  #: for the back office

    @property
    def numbers(self) -> tuple[int, int]:
        """The SFTP inbox's port and the back office's."""
        return self.sftp.getsockname()[1], self.http.getsockname()[1]


@contextmanager
def taken() -> Iterator[Ports]:
    """Both ports, ours until the end of the block at the latest. Raises NoPort."""
    with ExitStack() as stack:
        yield Ports(*(stack.enter_context(listen(wanted)) for wanted in (SFTP_PORT, HTTP_PORT)))


def listen(wanted: int) -> socket.socket:
    """A socket that listens on *wanted*, or on the next port of loopback that is free. Raises NoPort."""
    for port in range(wanted, wanted + TRIED):
        try:
            return socket.create_server((HOST, port), backlog=BACKLOG)  # takes a port that only waits out its last connection
        except OSError:
            continue
    raise NoPort(f"no port from {wanted} to {wanted + TRIED - 1} is free on {HOST}")
