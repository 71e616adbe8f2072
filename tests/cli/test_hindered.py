"""Questions to a ledger while something is in their way: a mistake in edigw.yaml, another program's lock."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from datetime import timedelta

import pytest

from edigw import settings
from edigw.errors import LedgerLocked
from edigw.ledger import Ledger, commits, engine

HOLD = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
other.execute("BEGIN " + sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
other.execute("ROLLBACK")
"""
#: Every command that only asks, and how it ends beside an interchange that is held.
QUESTIONS = {
    ("status",): 1,
    ("cases",): 1,
    ("list", "--kind", "file"): 0,
    ("tail", "-n", "1"): 0,
    ("find", "PO-4712"): 1,
    ("show", "I1"): 0,
    ("verify",): 0,
    ("reconcile", "--day", "today"): 0,
    ("export", "I1"): 0,
    ("why", "M1", "number"): 1,
    ("preserve",): 0,
}


def spoil(house, text: str) -> None:
    """Write *text* at the end of edigw.yaml, as somebody does in an editor."""
    with (house.folder / "edigw.yaml").open("a") as file:
        file.write(text)


@contextmanager
def locked(house, how: str):
    """Another program's transaction on the ledger."""
    command = [sys.executable, "-c", HOLD, str(house.folder / "ledger.db"), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        assert other.stdout.readline() == "held\n"
        try:
            yield
        finally:
            other.stdin.write("\n")
            other.stdin.flush()


@pytest.fixture
def held(house, files):
    """An interchange of somebody whom nobody knows."""
    house.edit(files.PARTNER, "id: ACMESTORES}", "id: SOMEONE}")
    house.arrive(files.ORDER)
    return house


# -- edigw.yaml


def test_a_mistake_in_the_file_hides_nothing(held, edigw):
    right = {words: edigw(*words) for words in QUESTIONS}
    spoil(held, "limits: {memory: 60MB}\n")
    for words, status in QUESTIONS.items():
        result = edigw(*words)
        assert (right[words].exit_code, result.exit_code) == (status, status), result.output
        if words[0] not in ("status", "cases"):  # they say for how long, and status the mistake besides
            assert result.stdout_bytes == right[words].stdout_bytes
        assert [line for line in result.stderr.splitlines() if "EDIGW-CONFIG" in line] == [
            f"edigw: EDIGW-CONFIG-E000 edigw.yaml has 1 problem, and the ledger is used all the same; next: edigw check {held.folder}"
        ]


def test_an_action_is_done_in_spite_of_a_mistake(held, edigw):
    spoil(held, "limits: {memory: 60MB}\n")
    result = edigw("close", "I1", "--reason", "a test")
    assert (result.exit_code, held.state("I1")) == (0, ["closed"])
    assert result.stderr.count("EDIGW-CONFIG-E000 edigw.yaml has 1 problem, and the ledger is used all the same") == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("retention: {payloads: 1d, evnts: 3d}\n", "edigw.yaml:10:27: EDIGW-CONFIG-E010", id="periods"),
        pytest.param("limits: {memory: 60MB}\n", "edigw.yaml:10:18: EDIGW-CONFIG-E013", id="another key"),
    ],
)
def test_retain_goes_by_no_file_with_a_mistake(held, edigw, text, says):
    spoil(held, text)
    result = edigw("retain", "--dry-run")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("database:", "databse:", "the configuration has 1 problem, the first at edigw.yaml:2:1", id="the ledger's key misspelled"),
        pytest.param("database: sqlite:///", "database: mysql:///", "the configuration has 1 problem, the first at edigw.yaml:2:11", id="no ledger"),
        pytest.param("database:", "archive: ../a\ndatabase:", "the configuration has 1 problem, the first at edigw.yaml:2:10", id="no archive"),
        pytest.param("channels:", "database: sqlite:///b.db\nchannels:", "the first at edigw.yaml:3:1", id="the ledger twice"),
        pytest.param("channels:", "archve: b\nchannels:", "the first at edigw.yaml:3:1", id="the archive's key misspelled"),
        pytest.param("channels:", "channels: [", "the configuration has 1 problem, the first at edigw.yaml:", id="no YAML"),
    ],
)
def test_no_other_ledger_is_asked_instead(house, edigw, old, new, says):
    path = house.folder / "edigw.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    result = edigw("list")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr
    assert result.stderr.rstrip().endswith("next: edigw check")


def test_only_where_the_ledger_is_counts_beside_a_mistake():
    data = b"gateway: {name: hub, x12: [{qualifier: ZZ, id: OURS}]}\narchive: kept\nretention: {payloads: 1d}\nworkers: 4\nlimits: {memory: 60MB}\n"
    found, problems = settings.of_the_ledger(data)
    assert found is not None
    assert (found.gateway.name, found.archive, found.retention, found.workers) == ("hub", "kept", settings.Retention(), 2)
    assert [one.place for one in problems] == ["edigw.yaml:5:18"]


# -- another program's lock


def test_questions_do_not_wait_for_another_program(held, edigw, monkeypatch):
    monkeypatch.setattr(engine, "BUSY", 0.05)  # whoever waited for the lock would say so
    right = {words: edigw(*words) for words in QUESTIONS}
    for how in ("EXCLUSIVE", "IMMEDIATE"):
        with locked(held, how):
            asked = {words: edigw(*words) for words in QUESTIONS}
        for words, status in QUESTIONS.items():
            assert asked[words].exit_code == right[words].exit_code == status, asked[words].output
            assert "locked" not in asked[words].stderr
            if words[0] not in ("status", "cases"):
                assert asked[words].stdout_bytes == right[words].stdout_bytes


def test_an_action_says_who_is_in_its_way(held, edigw, monkeypatch):
    monkeypatch.setattr(engine, "BUSY", 0.05)
    path = held.folder / "ledger.db"
    with locked(held, "IMMEDIATE"):
        result = edigw("close", "I1", "--reason", "a test")
    assert (result.exit_code, held.state("I1")) == (2, ["held"])
    assert "EDIGW-LEDGER-E001" in result.stderr
    assert result.stderr.rstrip().endswith(
        f"database is locked: another program holds it; next: see who holds it: fuser -v {path}; "
        "once it has let go the gateway goes on, and a command may be said again"
    )
    assert edigw("close", "I1", "--reason", "a test").exit_code == 0


def test_a_lock_in_the_middle_of_an_action_is_told_alike(held, monkeypatch):
    """The ledger was opened, and then another program came."""
    monkeypatch.setattr(engine, "BUSY", 0.05)
    monkeypatch.setattr(commits, "TRIES", 2)
    with Ledger.open("sqlite:///ledger.db", node="hub", root=held.folder) as ledger, locked(held, "IMMEDIATE"):
        with pytest.raises(LedgerLocked, match="locked") as caught:
            ledger.lease("x", timedelta(minutes=1))
        assert f"fuser -v {held.folder / 'ledger.db'}" in caught.value.advice
