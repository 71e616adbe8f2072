"""Disks that are really full: whoever waits is told, nothing is lost or half there, and room is all that is needed to go on."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from edigw.states import DeliveryState, Kind


@pytest.fixture
def small_disk(tmp_path: Path, smalldisk: Any) -> Iterator[Callable[..., Any]]:
    """``small_disk("8m")``: a file system of this size."""
    with ExitStack() as stack:

        def make(size: str) -> Any:
            place = tmp_path / "disk"
            place.mkdir()
            return stack.enter_context(smalldisk.mounted(place, size))

        yield make


def test_the_ledgers_disk(make_gateway, small_disk, traffic, wait_until):
    """Files stay where their senders put them, what was under way is recorded later, and no request is made twice."""
    disk = small_disk("8m")
    gateway = make_gateway(database=f"sqlite:///{disk.path}/ledger.db", timeout="20s", settings="alerts: {every: 1s, disk: 1MB}\n")
    disk.hold(gateway.root / "archive")
    gateway.start()
    gateway.drop(*traffic.mix(4))
    gateway.wait_quiet()
    gateway.sink.mode("slow", seconds=2)
    asked = gateway.sink.facts()["requests"]
    gateway.drop(traffic.order())
    wait_until(lambda: gateway.sink.facts()["requests"] > asked, 120, gateway.tail)  # under way when the disk is full
    disk.fill()
    while not gateway.facts("inbound.cannot_keep"):  # what the write-ahead log has room for is still taken
        assert len(gateway.dropped) < 200, "the disk is never full"
        gateway.drop(traffic.order())
        time.sleep(0.1)
    large, uploaded = traffic.large(), traffic.order()
    gateway.drop(large)
    gateway.upload(uploaded)  # the inbox is on another disk: its client is told the truth, that the file is taken
    wait_until(lambda: {"EDIGW-LEDGER-E001", "EDIGW-ARCHIVE-E002"} <= _codes(gateway, "inbound.cannot_keep"), 120, gateway.tail)
    _use_up(disk.path / "ledger.db")
    wait_until(lambda: _is_out(gateway), 120, gateway.tail)
    gateway.sink.mode("200")
    for fact in [*gateway.facts("inbound.cannot_keep"), *gateway.facts("ledger.unavailable")]:
        assert "full" in fact["error"] or "No space left" in fact["error"], fact
        assert fact["next"].startswith("make room"), fact
    status = gateway.command("status", status=1)  # what looks only is possible, and says what mends it
    assert "hindered: acme-in: what is ready stays in the inbox: EDIGW-LEDGER-E001" in status
    assert f"hindered: acme-in: {large.name} stays in the inbox: EDIGW-ARCHIVE-E002" in status
    assert "all is well" not in status
    assert "hindered: EDIGW-LEDGER-E001" in status
    assert status.count("EDIGW-LEDGER-E001") + status.count("EDIGW-ARCHIVE-E002") == status.count("hindered: "), f"each is said once: {status}"
    back = len(_ours(gateway, "ledger.back"))
    time.sleep(3)  # three looks at the ledger, which only read
    assert len(_ours(gateway, "ledger.back")) == back, "nothing can be written yet"
    assert {large.name, uploaded.name} < {path.name for path in (gateway.root / "inbox/acme").iterdir()}
    disk.free()
    gateway.wait_quiet()
    gateway.check_all()
    wait_until(lambda: not _is_out(gateway), 120, gateway.tail)
    wait_until(lambda: len(gateway.facts("alert.raised")) == len(gateway.facts("alert.resolved")), 120, gateway.tail)
    assert "all is well" in gateway.command("status")
    disk.fill()  # with nothing waiting: the alert alone says it, and its book is on another disk
    wait_until(lambda: json.loads((gateway.root / "alerts.json").read_text())["open"], 60, gateway.tail)
    status = gateway.command("status", status=1)
    assert re.search(r"open alerts:\n  EDIGW-HEALTH-E002 since \S+Z: 0 MB are free where \S+archive is, .*\n    next: df -h", status), status
    assert "all is well" not in status
    (told, *_) = json.loads(gateway.command("status", "--json", status=1))["alerts"]
    assert (told["code"], told["next"].startswith("df -h")) == ("EDIGW-HEALTH-E002", True)
    disk.free()
    wait_until(lambda: not json.loads((gateway.root / "alerts.json").read_text())["open"], 60, gateway.tail)
    assert "all is well" in gateway.command("status")
    said = [(fact["event"], fact.get("channel"), fact.get("path"), fact["code"]) for fact in gateway.facts("inbound.cannot_keep")]
    assert len(said) == len(set(said)), "each is said once, and not at every look"
    assert gateway.sink.facts()["repeats"] == 0
    assert not [fact for fact in gateway.facts() if "exception" in fact]
    assert gateway.stop() == 0
    gateway.check_all()


def test_an_outboxs_disk(make_gateway, small_disk, traffic, wait_until):
    """The answer's disk has room for half of it: none of it is left, and it is put there once when there is room."""
    gateway = make_gateway()
    disk = small_disk("256k")
    disk.hold(gateway.root / "outbox/acme")
    gateway.start()
    disk.fill(leave=4096)
    long, other = traffic.orders(250), traffic.edifact()  # its 997 is longer than a page
    gateway.drop(long, other)
    (again, *_) = wait_until(lambda: gateway.facts("delivery.again"), 120, gateway.tail)
    assert (again["code"], again["to"], again["what"]) == ("EDIGW-DELIVERY-E003", "acme-out", "ack")
    assert again["why"].endswith("No space left on device")
    assert again["next"] == f"edigw retry {again['delivery']}"
    wait_until(lambda: gateway.ledger.count(Kind.DELIVERY, state=DeliveryState.DONE) == 252, 120, gateway.tail)  # every document, and the CONTRL
    assert [path.name for path in (gateway.root / "outbox/acme").iterdir()] == []
    disk.free()
    gateway.command("retry", again["delivery"])  # or it goes by itself ten seconds after its first try
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.sink.facts()["repeats"] == 0
    assert gateway.stop() == 0


def test_an_inboxs_disk(make_gateway, small_disk, traffic):
    """An upload that does not fit fails for its client, and nothing of it is taken; sent again it is taken once."""
    gateway = make_gateway()
    disk = small_disk("256k")
    disk.hold(gateway.root / "inbox/acme")
    gateway.start()
    disk.fill(leave=4096)
    big = traffic.orders(20, lines=5)
    with gateway.sftp("acme") as client, pytest.raises(OSError, match="No space left"), client.open(f"in/{big.name}", "wb") as file:
        file.write(big.data)
    assert [path.name for path in (gateway.root / "inbox/acme").iterdir() if path.name != ".taken"] == []
    gateway.drop(traffic.edifact())
    gateway.wait_quiet()
    assert [row.name for row in gateway.files()] == [gateway.dropped[0]]
    disk.free()
    gateway.upload(big)
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0


def _ours(gateway: Any, event: str) -> list[dict[str, Any]]:
    """What the daemon itself says; steps that wait for the ledger say it, too."""
    return [fact for fact in gateway.facts(event) if fact["room"] == "daemon"]


def _is_out(gateway: Any) -> bool:
    return len(_ours(gateway, "ledger.unavailable")) > len(_ours(gateway, "ledger.back"))


def _use_up(ledger: Path) -> None:
    """Write what still fits into the write-ahead log, where commits that failed for their size have left room for smaller ones.

    Again and again, for what the archive tries to write meanwhile takes room and gives it back.
    """
    pages = "".join(f"PRAGMA user_version = {number};" for number in range(1, 10_000))  # one each; nobody reads it
    with contextlib.closing(sqlite3.connect(ledger, timeout=60, isolation_level=None)) as other:
        other.execute("PRAGMA wal_autocheckpoint = 0")
        for _ in range(6):
            with pytest.raises(sqlite3.OperationalError, match="full"):
                other.executescript(pages)
            time.sleep(0.3)


def _codes(gateway: Any, event: str) -> set[str]:
    return {fact["code"] for fact in gateway.facts(event)}
