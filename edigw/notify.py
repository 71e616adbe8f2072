"""What systemd is told of a service: ready, reloading, stopping, still making progress.

Without ``NOTIFY_SOCKET`` nothing is told. The protocol is one datagram of lines (sd_notify(3)).
"""

from __future__ import annotations

import os
import socket
import time


def tell(*lines: str) -> bool:
    """Send *lines* to whoever started us; False when nobody listens, which is no error."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        try:
            line.sendto("\n".join(lines).encode(), "\0" + address[1:] if address[0] == "@" else address)
        except OSError:  # the manager is gone or full; it will judge us by its own clock
            return False
    return True


def ready(status: str) -> bool:
    return tell("READY=1", f"STATUS={status}")


def reloading() -> bool:
    return tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def stopping() -> bool:
    return tell("STOPPING=1", "STATUS=draining")


def progress() -> bool:
    return tell("WATCHDOG=1")


def watchdog_every() -> float:
    """Seconds between signs of progress that are asked of us: half the watchdog's; 0.0: none are."""
    given = os.environ.get("WATCHDOG_USEC", "")
    meant = os.environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    return int(given) / 2_000_000 if meant and given.isdecimal() else 0.0
