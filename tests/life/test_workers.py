"""What judging may die of takes only its own message along: a killed worker, a deadline, a lack of memory."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from edigw.agreements import POISON
from edigw.states import InterchangeIn, Kind, MessageIn

LINES = 95_000  # of an 850: judged in several seconds, and in more than 500 MB
TICKS = os.sysconf("SC_CLK_TCK")


def busy(pid: int) -> float:
    """Seconds of processor time that a process has used; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def test_a_worker_killed_at_work(gateway, traffic, wait_until):
    gateway.start()
    before = {pid: busy(pid) for pid in gateway.workers()}
    assert len(before) == 2
    gateway.drop(traffic.orders(150, lines=60), *traffic.mix(4))
    # A worker that has used a fifth of a second since is in the middle of the large file.
    victim = wait_until(lambda: next((pid for pid, was in before.items() if busy(pid) > was + 0.2), 0), 120, "a worker at work")
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in gateway.workers(), 120, "the worker's end")
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param("{task: 2s, span: 50}", id="a message that takes too long"),
        pytest.param("{memory: 256MB, span: 50}", id="a message that exhausts memory"),
    ],
)
def test_a_poisonous_message(make_gateway, traffic, limits):
    """It is held with the reason, its neighbours are delivered, and only its interchange waits for its answer."""
    gateway = make_gateway(settings=f"limits: {limits}")
    gateway.start()
    neighbours = traffic.orders(3)
    line = b"PO1*%d*2*EA*9.25*PE*UP*614141100118~\nPID*F****SMALL WIDGET~\n"
    lines = b"".join(line % number for number in range(1, LINES + 1))
    before, second, rest = neighbours.data.partition(b"ST*850*0002~\n")
    header, _, rest = rest.partition(b"PO1*")
    _, third, rest = rest.partition(b"ST*850*0003~\n")
    data = before + second + header + lines + b"CTT*%d~\nSE*%d*0002~\n" % (LINES, 2 * LINES + 7) + third + rest
    good = (neighbours.documents[0], neighbours.documents[2])
    gateway.drop(replace(neighbours, data=data, documents=good, answers=(), state="split"), *traffic.mix(4))
    gateway.wait_quiet(300)
    (held,) = gateway.ledger.rows(Kind.MESSAGE, state=MessageIn.HELD)
    assert (held.ordinal, held.held) == (1, POISON)
    (waiting,) = gateway.ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.CHECKED)
    assert waiting.id == held.interchange
    gateway.check_all()
    gateway.drop(traffic.order(), traffic.edifact())
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0
