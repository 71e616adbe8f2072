"""What programs and people beside the gateway do to it: a lock on its ledger, signals by the hundred, a second daemon, a database that goes.

Each has its line in the log, nothing is lost and nothing comes twice, and the gateway works on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HOLD = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
other.execute("ROLLBACK")
"""


def test_beside_a_running_gateway(gateway, traffic, wait_until):
    gateway.start()
    gateway.drop(*traffic.mix(4))
    gateway.wait_quiet()
    another_program_locks_the_ledger(gateway, traffic, wait_until)
    a_signal_with_a_broken_file(gateway, traffic, wait_until)
    a_hundred_signals(gateway, traffic, wait_until)
    a_second_daemon(gateway, traffic)
    assert not [fact for fact in gateway.facts() if "exception" in fact]
    assert gateway.sink.facts()["repeats"] == 0
    assert gateway.stop() == 0
    gateway.check_all()


def another_program_locks_the_ledger(gateway: Any, traffic: Any, wait_until: Any) -> None:
    """Nothing can be written: files stay where they are, an upload is taken onto the disk, and all goes on when the lock is gone."""
    uploaded, known = traffic.order(), len(gateway.files())
    with subprocess.Popen([sys.executable, "-c", HOLD, str(gateway.root / "ledger.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        gateway.drop(traffic.order(), traffic.edifact())
        gateway.upload(uploaded)
        time.sleep(3)  # less than what is worth a line; the ledger's and the incident's own tests have the rest
        assert {path.name for path in (gateway.root / "inbox/acme").iterdir()} >= {uploaded.name}
        assert len(gateway.files()) == known
        other.stdin.write("\n")
        other.stdin.flush()
        other.wait()
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.facts("ledger.unavailable") == []


def a_signal_with_a_broken_file(gateway: Any, traffic: Any, wait_until: Any) -> None:
    """The configuration that is in force stays, every mistake is told with its line, and files go on."""
    good = (gateway.root / "edigw.yaml").read_text()
    (gateway.root / "edigw.yaml").write_text(good + "colour: blue\nlimits: {file: many}\n")
    gateway.signal(signal.SIGHUP)
    wait_until(lambda: gateway.facts("configuration.kept"), 60, gateway.tail)
    lines = good.count("\n")
    places = [fact["place"] for fact in gateway.facts("configuration.problem")]
    assert places == [f"edigw.yaml:{lines + 1}:1", f"edigw.yaml:{lines + 2}:16"]
    assert all(fact["code"].startswith("EDIGW-CONFIG-") for fact in gateway.facts("configuration.problem"))
    gateway.drop(traffic.order())
    gateway.wait_quiet()
    (gateway.root / "edigw.yaml").write_text(good)
    gateway.check_all()


def a_hundred_signals(gateway: Any, traffic: Any, wait_until: Any) -> None:
    """One reload after the other, with a change in between; what arrives meanwhile is done once, and nothing piles up."""
    pid = gateway.process.pid
    handles = _handles(pid)
    good = (gateway.root / "edigw.yaml").read_text()
    for number in range(100):
        if number % 25 == 10:
            (gateway.root / "edigw.yaml").write_text(f"{good}# {number}\n")
        if number % 10 == 0:
            gateway.drop(traffic.order(), traffic.edifact())
        gateway.signal(signal.SIGHUP)
        time.sleep(0.1)  # ten seconds in all
    gateway.wait_quiet()
    assert gateway.reload() == []  # waits behind those that are left
    gateway.check_all()
    assert len(gateway.workers()) == 2
    # Connections to the back office stay open for a while after their last request.
    wait_until(lambda: _handles(pid) <= handles + 8, 60, lambda: f"{_handles(pid)} handles, {handles} before")


def _handles(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def a_second_daemon(gateway: Any, traffic: Any) -> None:
    """It says who is there and ends; the first does not notice."""
    done = subprocess.run([sys.executable, "-m", "edigw", "--instance", str(gateway.root), "run"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2, done.stderr
    assert f"another daemon runs on this instance (process {gateway.process.pid})" in done.stderr
    assert "EDIGW-DAEMON-E001" in done.stderr
    gateway.drop(traffic.order())
    gateway.wait_quiet()
    gateway.check_all()


def test_the_database_is_restarted_under_load(make_gateway, traffic, wait_until, postgresql):
    """Stopped as by a crash while files arrive and deliveries are under way; started again all goes on, and once."""
    gateway = make_gateway(database=postgresql.database())
    gateway.start()
    gateway.drop(*traffic.mix(4))
    gateway.wait_quiet()
    gateway.sink.mode("slow", seconds=0.3)  # so that something is under way
    gateway.drop(*traffic.mix(10))
    asked = gateway.sink.facts()["requests"]
    wait_until(lambda: gateway.sink.facts()["requests"] > asked, 60, gateway.tail)
    postgresql.stop(signal.SIGQUIT)
    try:
        gateway.sink.mode("200")
        gateway.drop(*traffic.mix(6))
        uploaded = traffic.order()
        gateway.upload(uploaded)
        wait_until(lambda: gateway.facts("ledger.unavailable"), 60, gateway.tail)
    finally:
        postgresql.start(port=postgresql.port)
    gateway.drop(*traffic.mix(4))
    gateway.wait_quiet()
    gateway.check_all()
    said = gateway.facts("ledger.unavailable")  # once for each step that waits for it
    assert {(fact["code"], bool(fact["next"])) for fact in said} == {("EDIGW-LEDGER-E001", True)}
    wait_until(lambda: len(gateway.facts("ledger.back")) == len(said), 60, gateway.tail)
    assert gateway.alive()
    assert gateway.stop() == 0
