"""Partners' servers that cannot be used, before a daemon: what is said of them, once, by us alone; and the end of it."""

from __future__ import annotations

import json
import re
import shlex
import socket
import socketserver
import threading
from collections import Counter
from pathlib import Path

import asyncssh
import pytest

from edigw.states import DeliveryState, Kind

PAGE = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")
CHANGED, REFUSED, DOWN = "EDIGW-CHANNEL-E008", "EDIGW-CHANNEL-E009", "EDIGW-CHANNEL-E010"
CODES = {"acme-in": CHANGED, "stranger": REFUSED, "away": DOWN, "cut": DOWN}


class Cut(socketserver.BaseRequestHandler):
    """Greets as a server does, and hangs up in the middle of what follows."""

    def handle(self) -> None:
        self.request.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
        self.request.recv(10)


@pytest.fixture
def cut():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Cut) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_host_key_that_changed(make_gateway, traffic, partner_server, cut, wait_until):
    gateway = make_gateway(settings="alerts: {every: 1s, disk: 0}")
    gateway.serve(partner_server)
    before = partner_server.fingerprint
    (gateway.root / "keys/word").write_text("wrong")
    (gateway.root / "keys/word").chmod(0o600)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        rest = "sftp: 127.0.0.1, user: hub, get: /inbox/acme, partner: nordwind, every: 1s, timeout: 2s"
        settings = (gateway.root / "edigw.yaml").read_text()
        more = "".join(
            f'  {name}: {{{rest}, port: {port}, host_key: "{shown}", {login}}}\n'
            for name, port, shown, login in (
                ("away", nobody.getsockname()[1], before, "key: file:keys/acme"),
                ("cut", cut, before, "key: file:keys/acme"),
                ("stranger", partner_server.port, "NEW", "password: file:keys/word"),
            )
        )
        login = f'user: hub, key: file:keys/acme, host_key: "{before}", put: /documents, timeout: 2s, retry: {{first: 100ms, max: 500ms, for: 1h}}'
        files = f"  files: {{sftp: 127.0.0.1, port: {partner_server.port}, {login}}}\n"
        (gateway.root / "documents").mkdir()
        gateway.partner("nordwind", receive="{message: ORDERS, releases: [D96A], map: edifact/ORDERS, deliver: files, acknowledge: none}")

        partner_server.shut()
        partner_server.keys = [asyncssh.generate_private_key("ssh-ed25519")]
        partner_server.open()
        settings = settings.replace("endpoints:\n", f"{more}endpoints:\n{files}").replace('"NEW"', f'"{partner_server.fingerprint}"')
        (gateway.root / "edigw.yaml").write_text(settings)
        gateway.start()
        gateway.drop(traffic.edifact())

        def left_alone() -> bool:
            left = {fact["channel"]: fact["code"] for fact in gateway.facts("channel.left_alone")}
            return left == CODES and len(gateway.facts("delivery.left_alone")) > 0

        wait_until(left_alone, 60, gateway.tail)
        told = CODES | {"files": CHANGED}
        wait_until(lambda: len(gateway.facts("alert.raised")) >= len(told), 60, gateway.tail)
        alerts = sorted((fact["alert"], fact["code"], fact["next"]) for fact in gateway.facts("alert.raised"))
        assert alerts == sorted((f"channel:{name}:{code}", code, "edigw check --connect") for name, code in told.items())
        for fact in (*gateway.facts("delivery.again"), *gateway.facts("delivery.left_alone")):
            assert (fact["code"], CHANGED in fact["why"], fact["next"].startswith("edigw check --connect; ")) == (CHANGED, True, True), fact
        hindered = [line for line in gateway.command("status", status=1).splitlines() if line.startswith("hindered: ")]
        assert len(hindered) == len(CODES) + 1
        for line in hindered:
            name = line.split(": ")[1]
            assert CODES.get(name, CHANGED) in line, line
            assert line.endswith("; next: edigw check --connect"), line
        problems = [(row["code"], row["text"].split(": ")[0]) for row in json.loads(gateway.command("check", "--connect", "--json", status=1))]
        assert {(code, f"channel {name}") for name, code in CODES.items()} | {(CHANGED, "endpoint files")} <= set(problems)

        # Only we speak of it: no line of a library, no traceback, and each cause so often and no more.
        assert gateway.facts("library.said") == []
        assert [line for line in gateway.log_file.read_text().splitlines() if not line.startswith("{")] == []
        of_channels = [fact for fact in gateway.facts() if fact.get("channel") in CODES and fact["level"] == "error"]
        assert {(fact["event"], fact["channel"]) for fact in of_channels} == {
            (event, name) for name in CODES for event in ("channel.unavailable", "channel.left_alone")
        }
        times = Counter((fact["event"], fact["channel"], fact["error"] if fact["event"] == "channel.unavailable" else "") for fact in of_channels)
        assert set(times.values()) == {1}, times

        gateway.kill()
        gateway.start()
        wait_until(left_alone, 60, gateway.tail)
        assert gateway.stop() == 0
        assert (gateway.facts("alert.resolved"), gateway.facts("alert.raised")) == ([], [])

        # What the partner said by telephone is pinned.
        gateway.start()
        (gateway.root / "edigw.yaml").write_text(settings.replace(before, partner_server.fingerprint))
        assert gateway.reload() == []
        (retry,) = re.findall(r"^edigw (retry .*to=acme-sftp.*)$", PAGE, re.MULTILINE)  # as docs/operating.md has it
        gateway.command(*(word.replace("acme-sftp", "files") for word in shlex.split(retry)))
        wait_until(lambda: len(gateway.facts("alert.resolved")) >= 2, 60, gateway.tail)
        wait_until(lambda: gateway.ledger.count(Kind.DELIVERY, state=DeliveryState.DONE) == 1, 60, gateway.tail)
        assert sorted(fact["alert"] for fact in gateway.facts("alert.resolved")) == [f"channel:acme-in:{CHANGED}", f"channel:files:{CHANGED}"]
        assert len(list((gateway.root / "documents").iterdir())) == 1
        assert gateway.stop() == 0
