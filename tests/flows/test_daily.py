"""Once a day: the days that are over are sealed, by a process of its own that ends with the daemon."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sqlite3
import sys
import time
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

import pytest

from edigw import log
from edigw.daemon import rounds as daily
from edigw.daemon.retainer import Retainer
from edigw.daemon.rounds import Rounds
from edigw.ledger import Ledger
from edigw.states import Kind

SETTINGS = "gateway: {name: hub, x12: [{qualifier: ZZ, id: OURCOMPANY}]}\n"


@pytest.fixture
def instance(tmp_path):
    """One whose ledger has events of the day before yesterday."""
    (tmp_path / "edigw.yaml").write_text(SETTINGS)
    (tmp_path / "partners").mkdir()
    earlier = datetime.now(UTC) - timedelta(days=2)
    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path, clock=lambda: earlier) as ledger:
        ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}, {}]))
    return tmp_path


@pytest.fixture(autouse=True)
def said():
    """What the log says, as it is written."""
    stream = io.StringIO()
    log.configure("info", "json", stream)
    yield stream
    log.configure("warning")


def run(retainer: Retainer, said: io.StringIO) -> dict[str, object]:
    """One run; the one fact that the log has of it."""
    said.truncate(0)
    said.seek(0)
    asyncio.run(retainer.run())
    (line,) = said.getvalue().splitlines()
    return json.loads(line)


def test_the_day_that_is_over_is_sealed_once(instance, said):
    retainer = Retainer(instance)
    for sealed in (1, 0):
        fact = run(retainer, said)
        assert (fact["event"], fact["sealed"], fact["payloads"], fact["events"]) == ("retain.done", sealed, 0, 0)
        assert retainer.troubles() == []


def test_a_chain_that_does_not_hold_is_told_until_it_does(instance, said):
    with sqlite3.connect(instance / "ledger.db") as database:
        (was,) = database.execute("SELECT why FROM event WHERE id = 1").fetchone()
        database.execute("UPDATE event SET why = 'another' WHERE id = 1")
    retainer = Retainer(instance)
    fact = run(retainer, said)
    assert (fact["event"], fact["code"], fact["next"]) == ("retain.damaged", "EDIGW-RETAIN-E003", "edigw verify")
    assert "event 1 is not what was written" in fact["why"]
    assert "EDIGW-RETAIN-E003" in retainer.troubles()[0]
    with sqlite3.connect(instance / "ledger.db") as database:
        database.execute("UPDATE event SET why = ? WHERE id = 1", (was,))
    assert run(retainer, said)["event"] == "retain.done"
    assert retainer.troubles() == []


def test_one_that_is_at_work_elsewhere_is_no_trouble(instance, said):
    with Ledger.open("sqlite:///ledger.db", node="hub", root=instance) as ledger:
        assert ledger.lease("retain", timedelta(minutes=5))
        retainer = Retainer(instance)
        fact = run(retainer, said)
    assert (fact["event"], "another edigw retain is at work" in fact["why"]) == ("retain.elsewhere", True)
    assert retainer.troubles() == []


@pytest.mark.parametrize("program", ["raise MemoryError", "print('no json')", "import no_such_module", "print('{}'); raise SystemExit(1)"])
def test_a_program_that_fails_is_no_damaged_chain(instance, said, program):
    retainer = Retainer(instance, (sys.executable, "-c", program))
    assert run(retainer, said)["code"] == "EDIGW-RETAIN-E002"


def test_what_keeps_it_from_its_work_is_told(instance, said):
    (instance / "ledger.db").unlink()
    (instance / "ledger.db").mkdir()
    for retainer in (Retainer(instance), Retainer(instance, (str(instance / "no such program"),))):
        fact = run(retainer, said)
        assert (fact["event"], fact["code"], fact["next"]) == ("retain.failed", "EDIGW-RETAIN-E002", "edigw retain")
        assert "EDIGW-RETAIN-E002" in retainer.troubles()[0]


def test_it_ends_with_the_daemon(instance, said):
    """Whether it listens to a signal is all one."""
    program = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_DFL); print(os.getpid(), flush=True); time.sleep(600)"
    retainer = Retainer(instance, (sys.executable, "-c", program))

    async def work():
        running = asyncio.create_task(retainer.run())
        await asyncio.sleep(0)
        await retainer.run()  # one at a time, also while that is being started
        while retainer._process is None:
            await asyncio.sleep(0.01)
        pid = retainer._process.pid
        await retainer.run()
        began = time.monotonic()
        await retainer.stop()
        await asyncio.wait_for(running, 30)
        assert time.monotonic() - began < 30
        await retainer.run()  # and none any more
        return pid

    pid = asyncio.run(work())
    assert said.getvalue() == ""
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_its_hour_and_the_one_soon_after_a_start(monkeypatch):
    monkeypatch.setattr(daily, "FIRST_AFTER", timedelta(milliseconds=50))
    called = []

    async def work():
        done = asyncio.Event()

        async def once():
            called.append(datetime.now(UTC))
            done.set()

        rounds = Rounds(lambda: False)
        rounds.daily(time_of_day(2, 30), once, first=True)
        rounds.start()
        (job,) = (job for job in rounds.scheduler.get_jobs() if job.id == daily.DAILY)
        assert (job.next_run_time.hour, job.next_run_time.minute) == (2, 30)
        assert job.next_run_time - datetime.now(UTC) <= timedelta(days=1)
        await asyncio.wait_for(done.wait(), 30)
        rounds.daily(time_of_day(4), once)
        (job,) = rounds.scheduler.get_jobs()
        assert job.next_run_time.hour == 4
        rounds.daily(None, once)
        assert rounds.scheduler.get_jobs() == []
        rounds.stop()

    asyncio.run(work())
    assert len(called) == 1
