"""Documents a second through the daemon, and the time from a renamed file to its HTTP 200.

Runs a real daemon (``edigw run``) on a fresh instance in a temporary folder, at
``synchronous=FULL``, and a back office as a process of its own that only counts. Everything
is on loopback and on this machine, so the back office and the feeder take their share of
the processors too; that is how the figure is meant.

    python bench/gateway.py [--files 4000] [--seconds 20] [--rate 50] [--database URL]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


def purchase_order(number: int) -> bytes:
    """A small 850 as retailers send it: three lines, one ship-to."""
    body = [
        f"ST*850*{number % 10000:04d}",
        f"BEG*00*SA*PO{number}**20261120",
        "REF*DP*038",
        "DTM*002*20261127",
        "N1*ST*STORE 12*92*0012",
        "N3*1 MAIN ST",
        "N4*DALLAS*TX*75201*US",
    ]
    for line in range(1, 4):
        body += [f"PO1*{line}*{10 * line}*EA*9.25**UP*012345678905*VN*AB35{line}", "PID*F****SMALL WIDGET"]
    body += ["CTT*3", f"SE*{len(body) + 2}*{number % 10000:04d}"]
    envelope = [
        f"ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*{number:09d}*0*P*>",
        f"GS*PO*ACMESTORES*OURCOMPANY*20261120*1530*{number}*X*004010",
        *body,
        f"GE*1*{number}",
        f"IEA*1*{number:09d}",
    ]
    return ("~".join(envelope) + "~\n").encode()


def back_office(port: multiprocessing.queues.Queue[int]) -> None:
    """Answers 200 to everything and remembers when; GET / tells, as JSON {number: monotonic seconds}."""
    from aiohttp import web

    seen: dict[str, float] = {}
    requests = 0

    async def receive(request: web.Request) -> web.Response:
        nonlocal requests
        body = await request.read()
        requests += 1
        at = body.find(b'"number":')
        seen.setdefault(body[at : at + 40].split(b'"')[3].decode(), time.monotonic())
        return web.Response()

    async def tell(_request: web.Request) -> web.Response:
        return web.json_response({"seen": seen, "requests": requests})

    async def serve() -> None:
        app = web.Application(client_max_size=1 << 26)
        app.router.add_post("/edi", receive)
        app.router.add_get("/", tell)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(serve())


def instance(folder: Path, port: int, database: str) -> None:
    """A gateway with one partner on a folder channel."""
    (folder / "partners/acme").mkdir(parents=True)
    for name in ("inbox/acme", "outbox/acme", "archive"):
        (folder / name).mkdir(parents=True)
    (folder / "keys").mkdir(mode=0o700)
    (folder / "edigw.yaml").write_text(
        f"""gateway: {{name: bench, x12: [{{qualifier: ZZ, id: OURCOMPANY}}]}}
{f"database: {database}" if database else ""}
channels:
  acme-in: {{folder: inbox/acme, ready: [moved, closed]}}
  acme-out: {{folder: outbox/acme, name: "{{kind}}-{{control}}.edi"}}
endpoints:
  erp: {{http: "http://127.0.0.1:{port}/edi", secret: env:ERP_SECRET, timeout: 30s}}
log: {{level: warning}}
"""
    )
    (folder / "partners/acme/partner.yaml").write_text(
        """partner: acme
name: ACME Stores
x12: [{qualifier: ZZ, id: ACMESTORES}]
channels: {in: acme-in, out: acme-out}
receive:
  - {message: "850", releases: ["004010"], deliver: erp, acknowledge: {with: "997"}}
"""
    )


def tell(port: int) -> dict[str, object]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return json.load(answer)


def drop(folder: Path, number: int) -> float:
    """Write a file beside the inbox's own names and rename it into place; the moment of the rename."""
    part = folder / f"inbox/acme/.{number}.part"
    part.write_bytes(purchase_order(number))
    part.rename(folder / f"inbox/acme/po{number}.edi")
    return time.monotonic()


def wait_for(port: int, count: int, within: float) -> dict[str, float]:
    end = time.monotonic() + within
    while True:
        seen = tell(port)["seen"]
        if len(seen) >= count or time.monotonic() > end:
            return seen
        time.sleep(0.2)


def drain(daemon: subprocess.Popen[bytes]) -> None:
    """Stop *daemon* as an operator does, and say how it ended."""
    daemon.send_signal(signal.SIGTERM)
    try:
        print(f"drained: exit status {daemon.wait(60)}")
    except subprocess.TimeoutExpired:
        daemon.kill()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=4000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--database", default="")
    args = parser.parse_args()
    queue: multiprocessing.queues.Queue[int] = multiprocessing.get_context("spawn").Queue()
    office = multiprocessing.get_context("spawn").Process(target=back_office, args=(queue,), daemon=True)
    office.start()
    port = queue.get(timeout=30)
    with tempfile.TemporaryDirectory(prefix="edigw-bench-") as name:
        folder = Path(name)
        instance(folder, port, args.database)
        daemon = subprocess.Popen(
            [sys.executable, "-m", "edigw", "run", "--instance", name], env={**os.environ, "ERP_SECRET": SECRET}, stderr=subprocess.PIPE
        )
        try:
            drop(folder, 1)
            if not wait_for(port, 1, 60):
                daemon.kill()
                print(daemon.communicate()[1].decode()[-3000:])
                return 1

            renamed: dict[str, float] = {}
            begin = time.monotonic()
            for index in range(args.seconds * args.rate):
                pause = begin + index / args.rate - time.monotonic()
                if pause > 0:
                    time.sleep(pause)
                renamed[f"PO{1000 + index}"] = drop(folder, 1000 + index)
            seen = wait_for(port, 1 + len(renamed), 60)
            waits = sorted((seen[key] - at) * 1e3 for key, at in renamed.items() if key in seen)
            cut = statistics.quantiles(waits, n=100)
            print(
                f"at {args.rate} documents/s for {args.seconds} s: {len(waits)} of {len(renamed)} arrived; file renamed in -> HTTP 200: p50 {cut[49]:.1f} ms, p90 {cut[89]:.1f}, p99 {cut[98]:.1f}, max {waits[-1]:.1f}"
            )

            before = len(seen)
            begin = time.monotonic()
            for index in range(args.files):
                drop(folder, 1_000_000 + index)
            fed = time.monotonic() - begin
            seen = wait_for(port, before + args.files, 300)
            last = max(seen.values())
            arrived = len(seen) - before
            print(
                f"{arrived} of {args.files} documents, fed in {fed:.1f} s: {arrived / (last - begin):.0f} documents/s through the daemon, {tell(port)['requests'] - len(seen)} repeats"
            )
        finally:
            drain(daemon)
            office.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
