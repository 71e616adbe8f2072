"""Delivery to a back office: one POST with Standard Webhooks headers, and what its answer means.

A repeat is safe: every try of a delivery carries the same ``webhook-id`` and the same bytes,
and a receiver that has seen the id answers 2xx without acting again.

This module decides only what one try came to. When to try again is the caller's affair.
The secret, and whatever a URL carries besides its host and path, never appear in a text
made here.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import ssl
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal
from urllib.parse import quote, urlsplit

import aiohttp
from standardwebhooks.webhooks import Webhook

from edigw.edges import edge
from edigw.records import dataclass
from edigw.transports import Repeat

IN_FLIGHT: Final = 16  # requests at once to one endpoint
ANSWER_LIMIT: Final = 64 << 10  # bytes of an answer that are read; its text is for people only
ANSWER_TIME: Final = 5.0  # seconds for an answer's body, once its status is known
RETRY_AFTER_LIMIT: Final = 24 * 3600.0  # seconds; more would outlast the retries themselves
DETAIL_LIMIT: Final = 300  # characters of an answer kept for people
HEADER_LIMIT: Final = 512  # characters; common servers refuse a header section of 8 KB
SECRET_PREFIX: Final = "whsec_"  # noqa: S105  (the scheme's public prefix)

# what a server in between says when it has passed the request on and heard nothing
_PASSED_ON: Final = frozenset({502, 504})
# not the answer of a back office that has judged the document, but of one that cannot now
_LATER: Final = frozenset({408, 425, 429})
_OURS: Final = frozenset(
    {"webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "content-length", "host", "transfer-encoding"}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to. *kind*: ``done``, ``retry`` (same id and bytes, later) or ``held`` (a person must look)."""

    kind: Literal["done", "retry", "held"]
    status: int | None  #: the HTTP status, None when no answer came
    detail: str  #: for people, one line, without secrets
    retry_after: float | None = None  #: seconds the receiver asks us to wait, at most a day
    unknown: bool = False  #: the request may have been taken all the same


def masked(url: str) -> str:
    """*url* without user, password, query and fragment, for logs and messages."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")


def header_value(text: str) -> str:
    """*text* as a header may carry it: printable ASCII as it is, anything else (and ``%``) percent-encoded UTF-8."""
    printable = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")
    return quote(text[:HEADER_LIMIT], safe=printable, errors="surrogateescape").strip()[:HEADER_LIMIT]


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait by a ``Retry-After`` header (seconds or an HTTP date), 0 to a day; None when it says nothing."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdecimal():
        seconds = float(value[:9])
    else:
        try:
            moment = parsedate_to_datetime(value[:64])
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_LIMIT)


class HttpEndpoint:
    """One back office. Made anywhere, used in one event loop, closed with ``close``.

    *url* is http or https; *secret* a Standard Webhooks secret (``whsec_`` and base64); *timeout* seconds for a whole
    try. Raises ValueError for a URL or secret that cannot be used, without repeating it. *now* must give aware times.

    *repeat* "ask": the back office cannot tell a repeat by its ``webhook-id``. Then each try has a connection of its own,
    for one that stood idle may end under the request, and nobody would know what became of it.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        timeout: float = 30.0,
        in_flight: int = IN_FLIGHT,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        context: ssl.SSLContext | None = None,
        repeat: Repeat = "safe",
    ) -> None:
        self.repeat = repeat
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("an endpoint's URL must read http(s)://host/path")
        self.place = masked(url)
        self._url = url
        self._webhook = _webhook(secret)
        self._timeout = timeout
        self._in_flight = in_flight
        self._now = now
        self._context = context
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(in_flight)

    def __repr__(self) -> str:
        return f"HttpEndpoint({self.place!r})"

    async def post(self, body: bytes, webhook_id: str, headers: Mapping[str, str]) -> Outcome:
        """Send *body* (UTF-8 JSON) once and say what came of it. Waits for a free slot; that wait is not in the timeout.

        *headers* are our own (``edigw-document``…); their values may be any text. Raises ValueError for a name that
        would replace one of the protocol's. Network and server faults do not raise.
        """
        for name in headers:
            if name.lower() in _OURS:
                raise ValueError(f"header {name!r} belongs to the protocol")
        async with self._slots:
            reused: list[bool] = []
            try:
                return await self._try(body, webhook_id, headers, reused)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError) as said:
                # An idle connection that the server had closed meanwhile: no verdict on this document. Once more, now.
                if not reused:
                    return _fault(said)
            except (aiohttp.ClientError, OSError, TimeoutError) as said:
                return self._failed(said)
            try:
                return await self._try(body, webhook_id, headers, reused)
            except (aiohttp.ClientError, OSError, TimeoutError) as said:
                return self._failed(said)

    async def close(self) -> None:
        """Close the connections. ``post`` would open new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _try(self, body: bytes, webhook_id: str, headers: Mapping[str, str], reused: list[bool]) -> Outcome:
        moment = self._now()
        signed = {
            **{name.lower(): header_value(value) for name, value in headers.items()},
            "content-type": "application/json",
            "user-agent": "edigw",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._webhook.sign(webhook_id, moment.astimezone(UTC), body.decode()),
        }
        edge("post:before-send")
        async with self._open().post(
            self._url, data=body, headers=signed, allow_redirects=False, trace_request_ctx=reused
        ) as answer:
            edge("post:answered")
            text = await _text(answer)
            return self._judge(answer, text)

    def _judge(self, answer: aiohttp.ClientResponse, text: str) -> Outcome:
        status = answer.status
        said = f"{status} {text}".strip()
        if 200 <= status < 300:
            return Outcome("done", status, str(status))
        if status in _LATER or status >= 500:
            asked = retry_after(answer.headers.get("retry-after"), self._now())
            return Outcome("retry", status, said, asked, unknown=status in _PASSED_ON)
        if 300 <= status < 400:
            target = answer.headers.get("location", "")
            return Outcome("held", status, f"{status} redirects to {masked(target)!r}; redirects are not followed"[:DETAIL_LIMIT])
        return Outcome("held", status, said)

    def _failed(self, said: Exception) -> Outcome:
        if isinstance(said, TimeoutError):
            return Outcome("retry", None, f"no answer within {self._timeout:g} s", unknown=True)
        return _fault(said)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            trace = aiohttp.TraceConfig()
            trace.on_connection_reuseconn.append(_note_reuse)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._in_flight, ssl=self._context if self._context is not None else True, force_close=self.repeat == "ask"
                ),
                timeout=aiohttp.ClientTimeout(total=self._timeout),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # 64 KB on the wire stay 64 KB
                trace_configs=[trace],
            )
        return self._session


async def _note_reuse(_session: aiohttp.ClientSession, context: object, _params: object) -> None:
    context.trace_request_ctx.append(True)  # type: ignore[attr-defined]  # aiohttp makes the context a plain namespace


async def _text(answer: aiohttp.ClientResponse) -> str:
    """The beginning of an answer as one printable line; its status counts whatever becomes of its body."""
    data = bytearray()
    try:
        async with asyncio.timeout(ANSWER_TIME):
            async for piece in answer.content.iter_chunked(16 << 10):
                data += piece
                if len(data) >= ANSWER_LIMIT:
                    answer.close()  # the rest is not worth the connection
                    break
    except (aiohttp.ClientError, OSError, TimeoutError):
        answer.close()
    if answer.headers.get("content-encoding", "identity") != "identity":
        return ""
    line = " ".join(data[: 4 * DETAIL_LIMIT].decode("utf-8", "replace").split())
    return "".join(char if char.isprintable() else "�" for char in line)[:DETAIL_LIMIT]


def _fault(said: Exception) -> Outcome:
    """A network fault in words of our own: the library's texts may carry the URL."""
    if isinstance(said, aiohttp.ClientConnectorCertificateError):
        text = f"certificate not accepted: {getattr(said.certificate_error, 'verify_message', '')}".rstrip(": ")
    elif isinstance(said, aiohttp.ClientConnectorSSLError):
        text = "no TLS connection"
    elif isinstance(said, aiohttp.ClientConnectorDNSError):
        text = "host not found"
    elif isinstance(said, aiohttp.ClientConnectorError):
        text = f"no connection: {said.os_error.strerror or type(said.os_error).__name__}"
    elif isinstance(said, aiohttp.ServerDisconnectedError):
        text = "connection closed before an answer"
    elif isinstance(said, aiohttp.ClientResponseError):
        text = "the answer is not HTTP"
    elif isinstance(said, OSError) and said.strerror:
        text = f"connection lost: {said.strerror}"
    else:
        text = f"connection lost: {type(said).__name__}"
    return Outcome("retry", None, text, unknown=not isinstance(said, aiohttp.ClientConnectorError))


def _webhook(secret: str) -> Webhook:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError(f"a Standard Webhooks secret reads {SECRET_PREFIX} and base64")
    return Webhook(key)
