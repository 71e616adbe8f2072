"""Commits shared by many steps: each stands or falls alone, and nothing is told before it is on disk."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from concurrent.futures import wait

import pytest

from edigw.errors import LedgerUnavailable, Superseded
from edigw.ledger import Ledger, commits
from edigw.states import Kind, MessageIn


@contextlib.contextmanager
def busy(ledger):
    """The writer waits inside a step, so that what is submitted meanwhile shares the next commit."""
    entered, leave = threading.Event(), threading.Event()

    def hold(tx):
        entered.set()
        assert leave.wait(30)

    future = ledger.submit(hold)
    assert entered.wait(30)
    try:
        yield
    finally:
        leave.set()
        future.result(30)


def test_steps_that_wait_share_a_commit(ledger, add):
    add(Kind.MESSAGE)
    before, _ = ledger.commits
    with busy(ledger):
        futures = [ledger.submit(lambda tx, n=n: tx.add(Kind.MESSAGE, [{"ordinal": n}])[0].id) for n in range(50)]
    wait(futures)
    assert sorted(future.result() for future in futures) == list(range(2, 52))
    assert ledger.commits[0] - before == 2
    assert ledger.verify_chain() == []


def test_a_step_that_raises_falls_alone(ledger, add):
    add(Kind.MESSAGE, 3)

    def late(tx):
        tx.move(Kind.MESSAGE, [1], MessageIn.RECEIVED, MessageIn.HELD, "by a person")

    def wrong(tx):
        tx.move(Kind.MESSAGE, [2], MessageIn.RECEIVED, MessageIn.ACCEPTED, "go")
        tx.number("we", "they", "group")
        tx.keys(2, [("order", "PO1")])
        raise RuntimeError("in the middle")

    def against_a_constraint(tx):
        tx.add(Kind.MESSAGE, [{"interchange": 99}])

    with busy(ledger):
        steps = (late, late, wrong, against_a_constraint, lambda tx: tx.move(Kind.MESSAGE, [3], MessageIn.RECEIVED, MessageIn.REJECTED, "no"))
        done, again, broken, refused, good = [ledger.submit(step) for step in steps]
    assert done.result() is None
    with pytest.raises(Superseded):
        again.result()
    with pytest.raises(RuntimeError, match="in the middle"):
        broken.result()
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        refused.result()
    good.result()
    assert [row.state for row in ledger.rows(Kind.MESSAGE)] == [MessageIn.HELD, MessageIn.RECEIVED, MessageIn.REJECTED]
    assert ledger.find("PO1") == []
    assert ledger.run(lambda tx: tx.number("we", "they", "group")) == 1
    assert len(ledger.events()) == 5
    assert ledger.verify_chain() == []


def test_a_step_alone_that_raises_leaves_nothing(ledger):
    def step(tx):
        tx.add(Kind.MESSAGE, [{}])
        raise KeyError("no")

    with pytest.raises(KeyError):
        ledger.run(step)
    assert (ledger.count(Kind.MESSAGE), ledger.events()) == (0, [])


def test_a_cancelled_step_does_not_run(ledger):
    with busy(ledger):
        future = ledger.submit(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        assert future.cancel()
    ledger.run(lambda tx: None)
    assert ledger.count(Kind.MESSAGE) == 0


def test_a_step_may_not_wait_for_a_step(ledger):
    with pytest.raises(RuntimeError, match="use its own tx"):
        ledger.run(lambda tx: ledger.run(lambda inner: None))


def test_closing_commits_what_was_submitted(open_ledger):
    one = open_ledger(boot="1")
    with busy(one):
        futures = [one.submit(lambda tx: tx.add(Kind.MESSAGE, [{}])) for _ in range(5)]
    one.close()
    assert all(future.done() for future in futures)
    assert open_ledger(boot="2").count(Kind.MESSAGE) == 5


def test_many_threads(ledger):
    def work():
        for _ in range(25):
            ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.count(Kind.MESSAGE) == 200
    made, steps = ledger.commits
    assert made < steps == 200
    assert ledger.verify_chain() == []


# -- when the database is not there


def test_a_ledger_locked_too_long_says_so_and_comes_back(tmp_path, monkeypatch):
    from edigw.ledger import engine

    monkeypatch.setattr(engine, "BUSY", 0.05)
    monkeypatch.setattr(commits, "TRIES", 2)
    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path) as ledger:
        # the library that the ledger has: two of them in one process do not see each other's locks
        other = engine._driver()[0].connect(str(tmp_path / "ledger.db"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="locked"):
            ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        other.execute("COMMIT")
        other.close()
        ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        assert ledger.invariants() == []


def test_postgresql_gone_and_back(postgresql, tmp_path):
    with Ledger.open(postgresql.database(), node="hub", root=tmp_path) as ledger:
        ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        postgresql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'edigw'")
        with pytest.raises(LedgerUnavailable):
            ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        assert (ledger.count(Kind.MESSAGE), ledger.verify_chain()) == (2, [])


def test_two_nodes_that_block_each_other_both_end(database_url, tmp_path):
    """A deadlock on PostgreSQL costs one of them a second run of its step; SQLite has no such thing."""
    with Ledger.open(database_url, node="a", root=tmp_path) as a, Ledger.open(database_url, node="b", root=tmp_path) as b:
        a.run(lambda tx: tx.add(Kind.MESSAGE, [{}, {}]))
        both = threading.Barrier(2) if not a._database.sqlite else None
        runs = []

        def step(first, second):
            def cross(tx):
                runs.append(first)
                tx.set(Kind.MESSAGE, [first], key=f"{first}")
                if both is not None and len(runs) <= 2:
                    with contextlib.suppress(threading.BrokenBarrierError):
                        both.wait(10)
                tx.set(Kind.MESSAGE, [second], key=f"{first}")

            return cross

        futures = [a.submit(step(1, 2)), b.submit(step(2, 1))]
        for future in futures:
            future.result(60)
        assert len({row.key for row in a.rows(Kind.MESSAGE)}) == 1
        assert len(runs) == (2 if both is None else 3)


# -- kills

WORK = """
import sys
from edigw.ledger import Ledger
from edigw.states import Kind, MessageIn
ledger = Ledger.open(sys.argv[1], node="hub")
def step(tx):
    (row,) = tx.add(Kind.MESSAGE, [{}], why="received")
    tx.number("we", "they", "interchange")
    tx.move(Kind.MESSAGE, [row], MessageIn.RECEIVED, MessageIn.REJECTED, "test")
for _ in range(3):
    ledger.run(step)
    print("committed", flush=True)
"""


@pytest.mark.parametrize(
    ("crash_at", "told", "kept"),
    [
        pytest.param("ledger:before-commit:2", 1, 1, id="before the second commit"),
        pytest.param("ledger:committed:2", 1, 2, id="behind the second commit"),
    ],
)
def test_killed_at_an_edge(database_url, monkeypatch, crash_at, told, kept):
    """What was told is there; what was not told is there whole, or not at all."""
    monkeypatch.setenv("EDIGW_CRASH_AT", crash_at)
    done = subprocess.run([sys.executable, "-c", WORK, database_url], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (-signal.SIGKILL, ["committed"] * told)
    monkeypatch.delenv("EDIGW_CRASH_AT")
    with Ledger.open(database_url, node="hub") as ledger:
        assert [row.state for row in ledger.rows(Kind.MESSAGE)] == [MessageIn.REJECTED] * kept
        assert ledger.invariants() == []
        assert ledger.run(lambda tx: tx.number("we", "they", "interchange")) == kept + 1


def test_a_patient_step_goes_with_the_next_commit(ledger, add, monkeypatch):
    add(Kind.MESSAGE)
    monkeypatch.setattr(commits, "PATIENCE", 60.0)
    before, _ = ledger.commits
    patient = ledger.submit(lambda tx: tx.add(Kind.MESSAGE, [{}])[0].id, patient=True)
    assert ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}])[0].id) == 3  # behind it, for it came later
    assert patient.result(0) == 2
    assert ledger.commits[0] - before == 1


def test_a_patient_step_is_not_forgotten_when_nobody_comes(ledger, add):
    add(Kind.MESSAGE)
    before, _ = ledger.commits
    assert ledger.submit(lambda tx: tx.add(Kind.MESSAGE, [{}])[0].id, patient=True).result(30) == 2
    assert ledger.commits[0] - before == 1


def test_closing_commits_a_patient_step(open_ledger, monkeypatch):
    monkeypatch.setattr(commits, "PATIENCE", 60.0)
    first = open_ledger()
    future = first.submit(lambda tx: tx.add(Kind.MESSAGE, [{}])[0].id, patient=True)
    first.close()
    assert future.result(0) == 1
