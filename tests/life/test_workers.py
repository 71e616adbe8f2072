"""What judging may die of takes only its own message along: a killed worker, a deadline, a lack of memory."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from edigw import control
from edigw.agreements import POISON
from edigw.states import FileState, InterchangeIn, Kind, MessageIn

LONG = b"PO1*1*2*EA*9.25*PE*UP*614141100118~\nPID*F****SMALL WIDGET~\n" * 60_000  # judged in several seconds, and read over in a tenth of one
WIDE = (b"N9*L1" + 900 * b"*" + b"~\n") * 25_000  # some 20 MB that take more than 300 when they are cut, and half of it when they are not
TICKS = os.sysconf("SC_CLK_TCK")


def busy(pid: int) -> float:
    """Seconds of processor time that a process has used; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def test_workers_killed(make_gateway, traffic, wait_until):
    """All idle ones at once, one at work, and what they are forked from: everything arrives, once, and at once."""
    gateway = make_gateway(settings="limits: {span: 20}")
    gateway.start()
    assert len(gateway.workers()) == 2

    kill(*gateway.workers())
    gateway.drop(*traffic.mix(4))
    gateway.wait_quiet(60)
    assert {fact["why"] for fact in gateway.facts("worker.lost")} == {"it ended with signal 9 (Killed)"}

    wait_until(lambda: len(gateway.workers()) == 2, 60, "two workers")
    before = {pid: busy(pid) for pid in gateway.workers()}
    gateway.drop(traffic.orders(150, lines=60), *traffic.mix(4))
    # A worker that has used a fifth of a second since is in the middle of the large file.
    victim = wait_until(lambda: next((pid for pid, was in before.items() if busy(pid) > was + 0.2), 0), 60, "a worker at work")
    kill(victim)
    wait_until(lambda: victim not in gateway.workers(), 60, "the worker's end")
    gateway.wait_quiet(60)

    kill(gateway.fork_server())
    gateway.drop(*traffic.mix(4))
    gateway.wait_quiet(60)
    assert len(gateway.facts("worker.lost")) >= 5

    (gateway.root / "partners/acme/partner.yaml").open("a").write("# a new generation\n")
    gateway.drop(large := traffic.orders(150, lines=20))
    cut = wait_until(lambda: gateway.ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.RECEIVED), 60, "the first span of the large file")
    assert gateway.reload() == []  # it takes over between two spans
    gateway.wait_quiet(60)
    assert gateway.ledger.count(Kind.MESSAGE, interchange=cut[0].id) == len(large.documents)
    assert gateway.facts("inbound.failed") == gateway.facts("row.failed") == []
    gateway.check_all()
    assert gateway.stop() == 0


def test_no_worker_can_be_started(gateway, traffic, wait_until):
    """What arrives waits, status says why, and all goes on by itself when it is mended; a start or a reload says it at once."""
    broken = gateway.root / "broken/pydifact/__init__.py"  # of what every worker needs and nobody else
    broken.parent.mkdir(parents=True)
    (gateway.root / "broken/pydifact").rename(gateway.root / "broken/later")
    gateway.start(by_exec=True, PYTHONPATH=str(gateway.root / "broken"))
    (gateway.root / "broken/later/__init__.py").write_text("raise ImportError('half of an upgrade')")
    (gateway.root / "broken/later").rename(gateway.root / "broken/pydifact")

    partner = gateway.root / "partners/acme/partner.yaml"
    as_it_was = partner.read_text()
    partner.write_text(as_it_was + "# a new generation\n")
    (told,) = gateway.reload()
    assert told.startswith("EDIGW-WORKER-E001 no worker process can be kept running: ImportError: half of an upgrade; next: ")
    (kept,) = gateway.facts("configuration.kept")
    assert kept["code"] == "EDIGW-WORKER-E001"
    partner.write_text(as_it_was)

    kill(*gateway.workers())
    hindered = wait_until(lambda: control.poke(gateway.root, "ping")["troubles"], 60, gateway.tail)
    assert "of 2 worker processes cannot be kept running: ImportError: half of an upgrade" in hindered[0]
    gateway.drop(*traffic.mix(4))
    wait_until(lambda: gateway.ledger.count(Kind.FILE, state=FileState.ARCHIVED) == 4, 60, gateway.unfinished)
    assert len(gateway.facts("worker.cannot_run")) <= 4  # of two places, for the reload and since

    (gateway.root / "broken/pydifact").rename(gateway.root / "broken/later")
    gateway.wait_quiet(60)
    gateway.check_all()
    wait_until(lambda: gateway.facts("worker.back"), 60, gateway.tail)
    assert gateway.stop() == 0

    (gateway.root / "broken/later").rename(gateway.root / "broken/pydifact")
    gateway.start(ready=False, by_exec=True, PYTHONPATH=str(gateway.root / "broken"))
    assert gateway.process.wait(60) == 2
    last = gateway.tail().splitlines()[-3:]
    assert "EDIGW-WORKER-E001" in "".join(last), last


@pytest.mark.parametrize(
    ("limits", "body"),
    [
        pytest.param("{task: 2s, span: 1}", LONG, id="a message that takes too long"),
        pytest.param("{memory: 256MB, span: 50}", WIDE, id="a message that exhausts memory"),
    ],
)
def test_a_poisonous_message(make_gateway, traffic, limits, body):
    """It is held with the reason, its neighbours are delivered, and only its interchange waits for its answer."""
    gateway = make_gateway(settings=f"limits: {limits}")
    gateway.start()
    neighbours = traffic.orders(3)
    before, second, rest = neighbours.data.partition(b"ST*850*0002~\n")
    header, _, rest = rest.partition(b"PO1*")
    _, third, rest = rest.partition(b"ST*850*0003~\n")
    data = before + second + header + body + b"CTT*1~\nSE*%d*0002~\n" % (body.count(b"~") + 7) + third + rest
    good = (neighbours.documents[0], neighbours.documents[2])
    gateway.drop(replace(neighbours, data=data, documents=good, answers=(), state="split"), *traffic.mix(4))
    gateway.wait_quiet(120)
    (held,) = gateway.ledger.rows(Kind.MESSAGE, state=MessageIn.HELD)
    assert (held.ordinal, held.held) == (1, POISON)
    (waiting,) = gateway.ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.CHECKED)
    assert waiting.id == held.interchange
    gateway.check_all()
    gateway.drop(traffic.order(), traffic.edifact())
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0
