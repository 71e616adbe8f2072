"""What each answer of a back office comes to, against a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from edigw.transports.http import HttpEndpoint, Outcome, header_value, masked, retry_after

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"document":"order","number":"PO-4711","name":"Müller"}'.encode()


@contextlib.asynccontextmanager
async def serving(handler, ssl_context=None) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(application, shutdown_timeout=0.05)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=ssl_context)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http{'s' if ssl_context else ''}://localhost:{port}/edi" if ssl_context else f"http://127.0.0.1:{port}/edi"
    finally:
        await runner.cleanup()


async def once(url: str, headers=None, **settings) -> Outcome:
    endpoint = HttpEndpoint(url, SECRET, **{"timeout": 5, **settings})
    try:
        return await endpoint.post(BODY, "edigw:hub:M31", headers or {})
    finally:
        await endpoint.close()


def answered(status: int, text: str = "", **headers: str):
    async def handler(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers={name.replace("_", "-"): value for name, value in headers.items()})

    async def check() -> Outcome:
        async with serving(handler) as url:
            return await once(url)

    return asyncio.run(check())


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "done"), (201, "done"), (202, "done"), (204, "done"),
        (301, "held"), (302, "held"), (304, "held"), (307, "held"), (308, "held"),
        (400, "held"), (401, "held"), (403, "held"), (404, "held"), (409, "held"), (413, "held"), (422, "held"),
        (408, "retry"), (425, "retry"), (429, "retry"),
        (500, "retry"), (502, "retry"), (503, "retry"), (504, "retry"), (599, "retry"),
    ],
)  # fmt: skip
def test_status(status, kind):
    outcome = answered(status)
    assert (outcome.kind, outcome.status) == (kind, status)
    assert outcome.unknown is (status in (502, 504))  # which say that a server behind has it, or not


def test_request():
    seen: list[tuple[dict[str, str], bytes]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response()

    async def check() -> None:
        async with serving(handler) as url:
            await once(url, {"edigw-document": "order", "edigw-partner": "acme", "edigw-key": "PO-4711\r\nx: y"})

    asyncio.run(check())
    ((headers, body),) = seen
    assert body == BODY
    Webhook(SECRET).verify(body, headers)
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == "edigw:hub:M31"
    assert (headers["edigw-document"], headers["edigw-partner"]) == ("order", "acme")
    assert headers["edigw-key"] == "PO-4711%0D%0Ax: y"
    assert "x" not in headers
    assert headers["content-length"] == str(len(BODY))


@pytest.mark.parametrize("name", ["webhook-id", "Content-Type", "HOST", "webhook-signature"])
def test_headers_of_the_protocol_cannot_be_replaced(name):
    with pytest.raises(ValueError, match="belongs to the protocol"):
        asyncio.run(once("http://127.0.0.1:1/", {name: "x"}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("PO-4711", "PO-4711", id="plain"),
        pytest.param("a b~c", "a b~c", id="printable ASCII stays"),
        pytest.param("Müller", "M%C3%BCller", id="UTF-8"),
        pytest.param("50%", "50%25", id="percent, so that it can be read back"),
        pytest.param("a\r\nb\0", "a%0D%0Ab%00", id="no second header"),
        pytest.param("\udcff", "%FF", id="a byte that is not UTF-8"),
        pytest.param("x" * 600, "x" * 512, id="too long"),
    ],
)
def test_header_value(text, value):
    assert header_value(text) == value


def test_redirects_are_not_followed():
    visits: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        visits.append(request.path)
        raise web.HTTPTemporaryRedirect("http://user:pw@127.0.0.1/elsewhere?token=1")

    async def check() -> Outcome:
        async with serving(handler) as url:
            return await once(url)

    outcome = asyncio.run(check())
    assert visits == ["/edi"]
    assert outcome.kind == "held"
    assert "redirects are not followed" in outcome.detail
    assert "pw" not in outcome.detail
    assert "token" not in outcome.detail


NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("120", 120.0, id="seconds"),
        pytest.param(" 0 ", 0.0, id="now"),
        pytest.param("9" * 400, 86400.0, id="more than a day"),
        pytest.param("Tue, 24 Nov 2026 12:05:00 GMT", 300.0, id="date"),
        pytest.param("Tue, 24 Nov 2026 11:00:00 GMT", 0.0, id="date that has passed"),
        pytest.param("Fri, 31 Dec 9999 23:59:59 GMT", 86400.0, id="date far away"),
        pytest.param("soon", None, id="neither"),
        pytest.param("-5", None, id="negative"),
        pytest.param("١٢", None, id="Arabic digits"),
    ],
)
def test_retry_after(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_retry_after_is_read_from_the_answer():
    assert answered(503, Retry_After="7").retry_after == 7.0
    assert answered(200, Retry_After="7").retry_after is None


def test_what_the_back_office_says_is_kept_short_and_printable():
    outcome = answered(400, "no such \x1b[31mbuyer\n\n" + "x" * 100_000)
    assert outcome.detail.startswith("400 no such �[31mbuyer xxx")
    assert len(outcome.detail) <= 304


def test_an_endless_answer_is_cut_off():
    sent: list[int] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=500)
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(b"x" * 65536)
                sent.append(65536)
        return response

    async def check() -> Outcome:
        async with serving(handler) as url:
            return await once(url)

    assert asyncio.run(check()).kind == "retry"
    assert sum(sent) < 64 << 20


def test_the_status_counts_though_the_body_never_ends(monkeypatch):
    monkeypatch.setattr("edigw.transports.http.ANSWER_TIME", 0.2)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        await asyncio.sleep(60)
        return response

    async def check() -> Outcome:
        async with serving(handler) as url:
            return await once(url)

    assert asyncio.run(check()) == Outcome("done", 200, "200")


def test_hanging():
    async def handler(_request: web.Request) -> web.Response:
        await asyncio.sleep(60)
        return web.Response()

    async def check() -> Outcome:
        async with serving(handler) as url:
            return await once(url, timeout=0.3)

    assert asyncio.run(check()) == Outcome("retry", None, "no answer within 0.3 s", unknown=True)


async def _raw(answer: bytes, requests: list[bytes]) -> asyncio.Server:
    """A server that sends *answer* to whatever comes, then closes."""

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(BODY[-10:]))
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(handler, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        pytest.param(b"", "connection closed before an answer", id="closed without a word"),
        pytest.param(b"HTTP/1.1 2", "connection closed before an answer", id="cut in the status line"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the answer is not HTTP", id="another protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 40_000, None, id="endless headers"),
    ],
)
def test_broken_answers(answer, detail):
    requests: list[bytes] = []

    async def check() -> Outcome:
        server = await _raw(answer, requests)
        async with server:
            return await once(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/edi")

    outcome = asyncio.run(check())
    assert (outcome.kind, outcome.status, outcome.unknown) == ("retry", None, True)
    assert detail is None or outcome.detail == detail
    assert len(requests) == 1


def test_connection_refused():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    outcome = asyncio.run(once(f"http://user:geheim@127.0.0.1:{port}/edi?token=geheim"))
    assert (outcome.kind, outcome.unknown) == ("retry", False)  # nothing has left
    assert outcome.detail.startswith("no connection: ")
    assert "geheim" not in outcome.detail


def test_an_idle_connection_that_was_closed_meanwhile_is_no_failure():
    """The second request goes out on a connection the server has just closed; it is sent again at once."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
    served: list[int] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in (1, 2):
            await reader.readuntil(BODY[-10:])
            served.append(turn)
            if turn == 2:
                writer.close()
                return
            writer.write(answer)

    async def check() -> list[Outcome]:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        endpoint = HttpEndpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", SECRET)
        async with server:
            outcomes = [await endpoint.post(BODY, "edigw:hub:M31", {}) for _ in range(2)]
            await endpoint.close()
        return outcomes

    assert [outcome.kind for outcome in asyncio.run(check())] == ["done", "done"]
    assert served == [1, 2, 1]


def test_who_cannot_tell_a_repeat_gets_no_second_try_over_a_connection_that_stood_idle():
    connections = 0
    requests = 0

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections, requests
        connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(BODY[-10:])
                requests += 1
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    async def check() -> list[str]:
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        async with server:
            endpoint = HttpEndpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/edi", SECRET, repeat="ask")
            kinds = [(await endpoint.post(BODY, f"edigw:hub:M{number}", {})).kind for number in range(3)]
            await endpoint.close()
            return kinds

    assert asyncio.run(check()) == ["done"] * 3
    assert (connections, requests) == (3, 3)


def test_at_most_so_many_in_flight_and_connections_are_used_again():
    now: list[int] = [0]
    most: list[int] = [0]
    peers: set[tuple[str, int]] = set()

    async def handler(request: web.Request) -> web.Response:
        now[0] += 1
        most[0] = max(most[0], now[0])
        peers.add(request.transport.get_extra_info("peername"))
        await asyncio.sleep(0.02)
        now[0] -= 1
        return web.Response()

    async def check() -> list[Outcome]:
        async with serving(handler) as url:
            endpoint = HttpEndpoint(url, SECRET)
            outcomes = await asyncio.gather(*(endpoint.post(BODY, f"edigw:hub:M{number}", {}) for number in range(64)))
            await endpoint.close()
            return outcomes

    assert {outcome.kind for outcome in asyncio.run(check())} == {"done"}
    assert most == [16]
    assert len(peers) == 16


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    place = tmp_path_factory.mktemp("tls")
    key, cert = place / "key.pem", place / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def test_certificates_are_verified(certificate):
    cert, key = certificate
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

    async def handler(_request: web.Request) -> web.Response:
        return web.Response()

    async def check() -> tuple[Outcome, Outcome]:
        async with serving(handler, context) as url:
            return await once(url), await once(url, context=ssl.create_default_context(cafile=str(cert)))

    unknown, known = asyncio.run(check())
    assert (unknown.kind, unknown.detail) == ("retry", "certificate not accepted: self-signed certificate")
    assert known.kind == "done"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://erp.internal/edi", "https://erp.internal/edi"),
        ("https://user:pw@erp.internal:8443/edi?key=1#x", "https://erp.internal:8443/edi?…"),
    ],
)
def test_masked(url, shown):
    assert masked(url) == shown


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("ftp://x/", SECRET), ("http://", SECRET), ("geheim", SECRET), ("file:///etc/passwd", SECRET),
        ("http://x/", ""), ("http://x/", "whsec_"), ("http://x/", "geheim!"), ("http://x/", "whsec_geheim!"),
    ],
)  # fmt: skip
def test_what_cannot_be_an_endpoint(url, secret):
    with pytest.raises(ValueError) as caught:
        HttpEndpoint(url, secret)
    assert "geheim" not in str(caught.value)


def test_nothing_secret_is_shown():
    endpoint = HttpEndpoint("https://user:geheim@erp.internal/edi?token=geheim", SECRET)
    assert repr(endpoint) == "HttpEndpoint('https://erp.internal/edi?…')"
    assert SECRET not in repr(vars(endpoint))
