"""HTTP delivery against a back office that is a process of its own and misbehaves on demand."""

from __future__ import annotations

import asyncio
import json

import pytest

from edigw.transports.http import HttpEndpoint, Outcome

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"document":"order","number":"PO-4711"}'


@pytest.fixture
def sink(sink_module, tmp_path):
    with sink_module.running(tmp_path / "requests.jsonl", SECRET) as running:
        yield running


def deliver(sink, *identities: str, secret: str = SECRET, body: bytes = BODY) -> list[Outcome]:
    async def send() -> list[Outcome]:
        endpoint = HttpEndpoint(sink.url, secret, timeout=1)
        try:
            return [await endpoint.post(body, identity, {"edigw-document": "order"}) for identity in identities]
        finally:
            await endpoint.close()

    return asyncio.run(send())


@pytest.mark.parametrize(
    ("mode", "settings", "kind", "status", "wait"),
    [
        pytest.param("200", {}, "done", 200, None, id="fine"),
        pytest.param("400", {}, "held", 400, None, id="refused"),
        pytest.param("500", {}, "retry", 500, None, id="broken"),
        pytest.param("503", {"headers": {"retry-after": "7"}}, "retry", 503, 7.0, id="busy, with a time"),
        pytest.param("hang", {}, "retry", None, None, id="hangs"),
        pytest.param("close", {}, "retry", None, None, id="closes without an answer"),
        pytest.param("slow", {"seconds": 0.2}, "done", 200, None, id="slow"),
        pytest.param("slow", {"seconds": 5}, "retry", None, None, id="too slow"),
        pytest.param("307", {"headers": {"location": "/elsewhere"}}, "held", 307, None, id="redirects"),
    ],
)
def test_what_a_back_office_may_do(sink, mode, settings, kind, status, wait):
    sink.mode(mode, **settings)
    (outcome,) = deliver(sink, "edigw:hub:M1")
    assert (outcome.kind, outcome.status, outcome.retry_after) == (kind, status, wait)
    (request,) = sink.requests()
    assert (request["id"], request["body"], request["signature"], request["mode"]) == ("edigw:hub:M1", BODY.decode(), "good", mode)


def test_the_sink_counts_repeats_and_tells_other_bytes(sink):
    sink.mode("500", times=1)
    assert [outcome.kind for outcome in deliver(sink, "a", "a", "b")] == ["retry", "done", "done"]
    deliver(sink, "b", body=json.dumps({"other": True}).encode())
    assert [(request["id"], request["seen"], request["same"]) for request in sink.requests()] == [
        ("a", 0, True),
        ("a", 1, True),
        ("b", 0, True),
        ("b", 1, False),
    ]
    assert sink.facts() == {"requests": 4, "ids": 2, "repeats": 2, "other_bytes": 1, "bad_signatures": 0, "mode": "200"}
    assert sink.log.with_suffix(".out").read_text().splitlines()[1:] == ["repeat 1 of a", "repeat 1 of b WITH OTHER BYTES"]


def test_another_secret_is_noticed(sink):
    deliver(sink, "a", secret="whsec_b3RoZXIgc2VjcmV0IG9mIHRoZSBwYXJ0bmVy")
    assert [request["signature"] for request in sink.requests()] == ["No matching signature found"]


def test_a_back_office_that_is_gone(sink):
    sink.process.kill()
    sink.process.wait()
    (outcome,) = deliver(sink, "a")
    assert outcome.kind == "retry"
    assert outcome.detail.startswith("no connection: ")
