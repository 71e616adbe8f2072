"""A back office that misbehaves on demand and forgets nothing: the witness of what really left.

Runs as a process of its own, so that it outlives every kill of the gateway. Each request is
written down raw, as one line of JSON, and synced before it is answered:

    {"n": 3, "at": "2026-11-24T03:15:00.123456+00:00", "method": "POST", "path": "/edi",
     "headers": [["webhook-id", "edigw:hub:M31"], ...], "id": "edigw:hub:M31", "sha256": "...", "body": "...",
     "signature": "good", "seen": 0, "same": true, "mode": "200", "answer": 200}

``seen`` is how many requests with this id came before, ``same`` whether they all had these
bytes; ``signature`` is ``good`` or what is wrong with it. A repeat is printed as well.

    python sink.py --log requests.jsonl --secret whsec_... [--port 0]     prints "listening on PORT"

    POST /_control {"mode": "500", "times": 3}   200, 400, any status; hang; close; slow. times: then 200 again
                   {"mode": "slow", "seconds": 0.5}   {"mode": "503", "headers": {"retry-after": "1"}}
    GET  /_control  what came: requests, ids, repeats, other_bytes, bad_signatures, mode

From another test: ``with running(log, secret) as sink: sink.url; sink.mode("500", times=2); sink.requests()``.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

if __name__ != "__main__":
    import forked  # beside the tests, and not beside the program
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

MAX_BODY = 256 << 20


@dataclass
class Mode:
    name: str = "200"
    times: int | None = None  #: answers left before it is 200 again; None: until told otherwise
    seconds: float = 1.0
    headers: dict[str, str] = field(default_factory=dict)


class Sink:
    def __init__(self, log: Path, secret: str, *, sync: bool) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.webhook = Webhook(secret)
        self.sync = sync
        self.mode = Mode()
        self.count = 0
        self.seen: dict[str, list[str]] = {}
        self.bad_signatures = 0

    def take_mode(self) -> Mode:
        now = self.mode
        if now.times is not None:
            now.times -= 1
            if now.times <= 0:
                self.mode = Mode()
        return now

    def signature(self, request: web.Request, body: bytes) -> str:
        try:
            self.webhook.verify(body, {name.lower(): value for name, value in request.headers.items()}, json_parse=False)
        except (WebhookVerificationError, ValueError) as said:
            self.bad_signatures += 1
            return str(said) or type(said).__name__
        return "good"

    def note(self, request: web.Request, body: bytes, mode: Mode) -> None:
        self.count += 1
        identity = request.headers.get("webhook-id", "")
        digest = hashlib.sha256(body).hexdigest()
        before = self.seen.setdefault(identity, [])
        try:
            text: dict[str, str] = {"body": body.decode()}
        except UnicodeDecodeError:
            text = {"body_base64": base64.b64encode(body).decode()}
        record = {
            "n": self.count,
            "at": datetime.now(UTC).isoformat(),
            "method": request.method,
            "path": request.path_qs,
            "headers": [[name.decode("latin-1").lower(), value.decode("latin-1")] for name, value in request.raw_headers],
            "id": identity,
            "sha256": digest,
            **text,
            "signature": self.signature(request, body),
            "seen": len(before),
            "same": all(earlier == digest for earlier in before),
            "mode": mode.name,
            "answer": int(mode.name) if mode.name.isdecimal() else (200 if mode.name == "slow" else None),
        }
        os.write(self.log, json.dumps(record).encode() + b"\n")
        if self.sync:
            os.fsync(self.log)
        if before:
            print(f"repeat {len(before)} of {identity}{'' if record['same'] else ' WITH OTHER BYTES'}", flush=True)
        before.append(digest)

    async def receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        mode = self.take_mode()
        self.note(request, body, mode)
        if mode.name == "hang":
            await asyncio.sleep(24 * 3600)
        if mode.name == "close":
            assert request.transport is not None
            request.transport.abort()
            return web.Response(status=500)
        if mode.name == "slow":
            await asyncio.sleep(mode.seconds)
        status = int(mode.name) if mode.name.isdecimal() else 200
        return web.json_response({"n": self.count}, status=status, headers=mode.headers)

    async def set_mode(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        name = str(wanted.get("mode", "200"))
        if not (name.isdecimal() and 200 <= int(name) <= 599) and name not in {"hang", "close", "slow"}:
            return web.json_response({"error": f"no mode {name!r}"}, status=400)
        self.mode = Mode(name, wanted.get("times"), float(wanted.get("seconds", 1.0)), dict(wanted.get("headers", {})))
        return web.json_response(self.facts())

    async def show(self, _request: web.Request) -> web.Response:
        return web.json_response(self.facts())

    def facts(self) -> dict[str, Any]:
        return {
            "requests": self.count,
            "ids": len(self.seen),
            "repeats": sum(len(digests) - 1 for digests in self.seen.values()),
            "other_bytes": sum(len(set(digests)) > 1 for digests in self.seen.values()),
            "bad_signatures": self.bad_signatures,
            "mode": self.mode.name,
        }


async def serve(sink: Sink, port: int) -> None:
    application = web.Application(client_max_size=MAX_BODY)
    application.router.add_post("/_control", sink.set_mode)
    application.router.add_get("/_control", sink.show)
    application.router.add_route("*", "/{tail:.*}", sink.receive)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print(f"listening on {runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="A back office that misbehaves on demand and forgets nothing.")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--no-sync", action="store_true", help="do not sync each line; for benchmarks")
    given = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Sink(given.log, given.secret, sync=not given.no_sync), given.port))


# -- for tests that start one


@dataclass(frozen=True)
class Running:
    """A sink that runs as a process. *url* is where deliveries go."""

    url: str
    log: Path
    process: forked.Process

    def mode(self, name: str, **settings: object) -> None:
        """From now on answer so; see the module's text for names and settings."""
        self._control(json.dumps({"mode": name, **settings}).encode())

    def facts(self) -> dict[str, Any]:
        return self._control(None)

    def requests(self) -> list[dict[str, Any]]:
        """All that came, in order."""
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]

    def _control(self, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url.rpartition('/')[0]}/_control", data=body)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running(log: Path, secret: str, *, port: int = 0, sync: bool = True) -> Iterator[Running]:
    """Start a sink and end it with the block. Its printed lines go to ``<log>.out``."""
    words = ["--log", str(log), "--secret", secret, "--port", str(port), *([] if sync else ["--no-sync"])]
    printed = log.with_suffix(".out")
    with printed.open("w") as output:
        process = forked.start(words, program=__file__, cwd=Path.cwd(), stdout=output, stderr=output)
    try:
        yield Running(f"http://127.0.0.1:{_port(process, printed)}/edi", log, process)
    finally:
        process.kill()
        process.wait()


def _port(process: forked.Process, printed: Path) -> int:
    for _ in range(600):
        first = printed.read_text().partition("\n")
        if first[1] and first[0].startswith("listening on "):
            return int(first[0].split()[-1])
        if process.poll() is not None:
            break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    process.kill()
    raise RuntimeError(f"the sink did not start: {printed.read_text()}")


if __name__ == "__main__":
    main()
