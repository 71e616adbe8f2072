"""When the certificates of https endpoints end: asked of the servers themselves, twice a day."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from edigw.endpoints import Endpoint, FileEndpoint

EVERY: Final = timedelta(hours=12)
WITHIN: Final = 10.0  # seconds for a handshake


class Certificates:
    """Remembers what was seen. *context* is for those who trust a root of their own."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context or ssl.create_default_context()
        self._seen: dict[str, datetime] = {}
        self._asked: dict[str, datetime] = {}

    def ends(self, endpoints: Iterable[Endpoint | FileEndpoint], now: datetime) -> dict[str, datetime]:
        """The end of each endpoint's certificate, by its name. One that cannot be asked keeps what was seen."""
        named = {one.name: one for one in endpoints if isinstance(one, Endpoint) and one.url.startswith("https:")}
        for name, one in named.items():
            if name not in self._asked or now - self._asked[name] > EVERY:
                self._asked[name] = now
                if (end := self._ask(one.url)) is not None:
                    self._seen[name] = end
        return {name: end for name, end in self._seen.items() if name in named}

    def _ask(self, url: str) -> datetime | None:
        parts = urlsplit(url)
        try:
            with (
                socket.create_connection((parts.hostname or "", parts.port or 443), timeout=WITHIN) as line,
                self._context.wrap_socket(line, server_hostname=parts.hostname) as secure,
            ):
                found = secure.getpeercert()
        except OSError:  # down, or not trusted: every delivery says so, with its code
            return None
        end = str(found.get("notAfter", "")) if found else ""
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC) if end else None
