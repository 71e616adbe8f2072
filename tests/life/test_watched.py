"""A daemon as those see it who watch it: systemd, Prometheus, and whoever is told of trouble."""

from __future__ import annotations

import json
import signal
import socket
import urllib.error
import urllib.request
from pathlib import Path

import beside
import pytest

SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"


@pytest.fixture
def posts():
    module = beside.module(Path(__file__).parents[1] / "health" / "post.py")
    with module.running(module.Posts()) as server:
        yield server


def asked(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_a_daemon_that_is_watched(make_gateway, traffic, posts, wait_until, tmp_path):
    gateway = make_gateway(
        settings='health: {listen: "127.0.0.1:0"}\n'
        f'alerts: {{webhook: {{http: "http://127.0.0.1:{posts.server_address[1]}/", secret: file:keys/erp}}, every: 1s, overdue: 1s, disk: 0}}\n',
    )
    gateway.partner("acme", more='expects: {850: "daily 1+ by 00:00 UTC"}\n')
    (gateway.root / "alerts.json").write_text('{"open": {}, "outbox": [], "known": {"acme:850:daily 1+ by 00:00 UTC": "2026-01-01T00:00:00+00:00"}}')
    told: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)

        def tells(line: str) -> bool:
            while line not in "\n".join(told).splitlines():
                told.append(manager.recv(4096).decode())
            return True

        gateway.start(by_exec=True, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="1000000")
        assert tells("READY=1")
        assert tells("WATCHDOG=1")
        port = gateway.facts("health.listening")[0]["port"]
        assert asked(port, "/healthz") == (200, '{"ok": true, "stuck": [], "hindered": []}')

        # acme is silent against its rhythm; what it sends then ends that. The back office is down: a second cause.
        wait_until(lambda: [one for _, post, _ in posts.posts for one in post["alerts"] if one["code"] == "EDIGW-HEALTH-E003"], 60, gateway.tail)
        gateway.sink.mode("503")
        gateway.drop(traffic.order(), traffic.order())
        causes = lambda: [(one["what"], one["code"]) for _, post, _ in posts.posts for one in post["alerts"]]  # noqa: E731
        wait_until(lambda: {("resolved", "EDIGW-HEALTH-E003"), ("alert", "EDIGW-DELIVERY-E003")} <= set(causes()), 60, gateway.tail)
        status, text = asked(port, "/metrics")
        assert status == 200
        lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert float(lines['edigw_rows{kind="delivery",partner="acme",state="due"}']) >= 1
        assert float(lines['edigw_delivery_tries_total{outcome="again",to="erp"}']) >= 2
        assert float(lines["edigw_ledger_commit_seconds"]) > 0
        assert (lines["edigw_ledger_up"], lines["edigw_healthy"]) == ("1.0", "1.0")

        # A restart tells nobody again; the end of it is told once.
        gateway.kill()
        gateway.start(by_exec=True, NOTIFY_SOCKET=str(tmp_path / "notify"))
        gateway.sink.mode("200")
        gateway.wait_quiet()
        wait_until(lambda: ("resolved", "EDIGW-DELIVERY-E003") in causes(), 60, gateway.tail)
        assert causes().count(("alert", "EDIGW-DELIVERY-E003")) == causes().count(("resolved", "EDIGW-DELIVERY-E003"))
        assert causes().count(("alert", "EDIGW-HEALTH-E003")) == 1
        assert json.loads((gateway.root / "alerts.json").read_text())["open"] == {}

        # SIGHUP: systemd waits until the new configuration is in force. An inbox that is gone hinders, and is said.
        told.clear()
        gateway.signal(signal.SIGHUP)
        assert tells("RELOADING=1")
        assert tells("READY=1")
        (gateway.root / "inbox/nordwind").rename(gateway.root / "elsewhere")
        port = gateway.facts("health.listening")[0]["port"]
        wait_until(lambda: asked(port, "/healthz")[0] == 503, 60, gateway.tail)
        wait_until(lambda: any(code == "EDIGW-CHANNEL-E001" or what == "alert" for what, code in causes()[-1:]), 60, gateway.tail)
        (gateway.root / "elsewhere").rename(gateway.root / "inbox/nordwind")
        wait_until(lambda: asked(port, "/healthz")[0] == 200, 60, gateway.tail)
        told.clear()
        assert gateway.stop() == 0
        assert tells("STOPPING=1")
