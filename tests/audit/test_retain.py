"""``edigw retain`` and ``edigw preserve``: what goes, what stays, and a kill in between."""

from __future__ import annotations

import json
import os
import signal
from datetime import UTC, datetime, timedelta

import forked
import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from edigw import edges
from edigw.archive import Archive
from edigw.cli import main
from edigw.ledger import Ledger, retention
from edigw.states import DeliveryState, Kind
from edigw.tables import event, payload, seal

RETENTION = "retention: {payloads: 400d, events: 800d}\n"
LONG_AGO = 1_600_000_000  # seconds since 1970
EDGES = ("retain:before-commit", "retain:committed", "discard:taken")


class Past:
    """A clock of three years ago, which moves on when told."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) - timedelta(days=1100)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request, tmp_path, filled, arrive_large):
    """An instance of three years ago: a day of it, another day, and a file in the archive; all of it at an end but the last."""
    folder, clock = tmp_path / "instance", Past()
    database = f"sqlite:///{folder}/ledger.db" if request.param == "sqlite" else request.getfixturevalue("postgresql").database()
    house = filled(folder, database, clock)
    (folder / "edigw.yaml").write_text((folder / "edigw.yaml").read_text() + RETENTION)
    house.reload()
    large = arrive_large(house)
    for label in ("F5", large.label):
        call(house, "close", label, "--reason", "no EDI")
    backdate(house, "F5", large.label)
    clock.now += timedelta(days=1)
    house.arrive(b"not EDI either", "open.txt")
    path = Archive(folder / "archive").path(large.sha256)
    os.utime(path, (LONG_AGO, LONG_AGO))
    with house.ledger:
        yield house


def backdate(house, *labels):
    """What a command did now was done long ago."""
    numbers = [int(label[1:]) for label in labels]
    with house.ledger._database.writing.connect() as connection, connection.begin():
        table = retention.KINDS[Kind.FILE]
        connection.execute(update(table).where(table.c.id.in_(numbers)).values(changed_at=house.clock()))


def call(house, *words):
    return CliRunner().invoke(main, ["--instance", str(house.folder), *words])


def told(house, *words) -> dict:
    result = call(house, "retain", "--json", *words)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def bodies(house) -> set[int]:
    """Payloads that are there."""
    with house.ledger.snapshot() as connection:
        return set(connection.execute(select(payload.c.id).where(payload.c.removed_at.is_(None))).scalars())


def count(house, table) -> int:
    with house.ledger.snapshot() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def whole(house):
    result = call(house, "verify")
    assert (result.exit_code, result.stdout) == (0, ""), result.output


def test_a_dry_run_says_what_a_run_does(old):
    before, events = bodies(old), count(old, event)
    would = told(old, "--dry-run")
    assert (bodies(old), count(old, event), count(old, seal)) == (before, events, 0)
    done = told(old)
    assert {name: would[name] for name in ("sealed", "payloads", "bytes")} == {name: done[name] for name in ("sealed", "payloads", "bytes")}
    assert done["payloads"] > 8
    assert done["files"] == 1
    assert done["stretches"] == 1  # the first day of the daemon; of the second day speaks a file that is not at an end
    assert done["events"] > 50
    whole(old)
    again = told(old)
    assert {again[name] for name in ("payloads", "bytes", "files", "stretches", "events", "sealed")} == {0}


def test_what_goes_and_what_stays(old):
    told(old)
    assert [path for path in (old.folder / "archive").rglob("*") if path.is_file()] == []
    result = call(old, "show", "F1", "--payload")
    assert result.exit_code == 2
    assert "was removed by retention at" in result.stderr
    assert call(old, "show", "F7", "--payload").stdout == "not EDI either", "not at an end"
    assert call(old, "show", "M1").exit_code == 0
    assert call(old, "find", "PO-4711*").exit_code in (0, 1)
    day = old.row("F1").created_at.date().isoformat()
    result = call(old, "reconcile", "--day", day)
    assert result.exit_code == 0, result.output
    assert "files are gone; their messages are those of the ledger" in result.stderr
    assert b"edigw generation" in old.ledger.generation_bytes(old.row("I1").generation), "a configuration is never removed"


def test_the_same_bytes_again_are_known_and_their_body_is_there_again(old, files):
    told(old)
    again = old.arrive(files.ORDER, "po-again.edi")
    assert old.ledger.payload(again.payload) == files.ORDER
    (row,) = old.ledger.rows(Kind.INTERCHANGE, file=again.id)
    assert row.duplicate_of == 1
    whole(old)


def test_what_is_preserved_stays(old):
    assert call(old, "preserve", "M1").exit_code == 2
    assert call(old, "preserve", "M999", "--reason", "case 4").exit_code == 1
    assert call(old, "preserve", "M1", "--reason", "case 4").stdout == "M1 is preserved\n"
    (held,) = [json.loads(line) for line in call(old, "preserve", "--json").stdout.splitlines()]
    assert (held["on"], held["reason"]) == ("M1", "case 4")
    done = told(old)
    kept = {old.row("F1").payload, old.row("M1").document, old.row("D1").payload}
    assert kept <= bodies(old)
    assert done["payloads"] > 4
    assert done["stretches"] == 0, "its events stand among those of its day"
    assert call(old, "show", "M1", "--json").exit_code == 0
    whole(old)
    assert call(old, "preserve", "M1", "--lift", "--reason", "case closed").stdout == "M1 is not preserved any more\n"
    assert call(old, "preserve", "M1", "--lift", "--reason", "case closed").exit_code == 1
    assert "legal hold lifted" in [one.name for one in old.ledger.history(Kind.MESSAGE, 1)]


def test_a_partner_is_preserved(old):
    assert call(old, "preserve", "--partner", "acme", "--reason", "case 5").exit_code == 0
    before = bodies(old)
    assert told(old)["payloads"] == 0
    assert bodies(old) == before
    assert call(old, "preserve", "--partner", "acme", "--lift", "--reason", "over").exit_code == 0
    assert told(old)["payloads"] > 8


def test_without_periods_nothing_is_removed(old):
    text = (old.folder / "edigw.yaml").read_text()
    (old.folder / "edigw.yaml").write_text(text.replace(RETENTION, ""))
    done = told(old)
    assert (done["payloads"], done["events"]) == (0, 0)
    assert done["sealed"] >= 2
    whole(old)


def change(house, table, number, **columns):
    with house.ledger._database.writing.connect() as connection, connection.begin():
        connection.execute(update(table).where(table.c.id == number).values(columns))


def test_seals_that_were_changed(old):
    told(old)
    change(old, seal, 1, last=seal.c.last - 1)
    found = call(old, "verify").stdout.splitlines()
    assert any(line.startswith("EDIGW-VERIFY-E001 hub/daemon: seal 1 (events 1 to ") for line in found), found
    change(old, seal, 1, last=seal.c.last + 1)
    whole(old)
    change(old, seal, 2, removed_at=old.clock() + timedelta(days=30))
    assert any(line.startswith("EDIGW-VERIFY-E007 hub/daemon: events ") for line in call(old, "verify").stdout.splitlines())


def test_events_of_a_sealed_day_that_were_changed(old):
    told(old)
    with old.ledger.snapshot() as connection:
        number = connection.execute(select(func.min(event.c.id)).where(event.c.writer == 1)).scalar_one()
    change(old, event, number, hash=b"\x07" * 32)
    assert any("E001" in line and "is not what was written" in line for line in call(old, "verify").stdout.splitlines())


def test_a_chain_that_does_not_hold_is_not_sealed(old):
    change(old, event, 3, why="nothing happened")
    result = call(old, "retain", "--json")
    assert result.exit_code == 1
    assert "EDIGW-VERIFY-E001 hub/daemon: event 3 is not what was written" in result.stderr
    done = json.loads(result.stdout)
    assert (done["stretches"], done["damaged"]) == (0, 1)
    assert done["payloads"] > 8


def test_two_at_once(old):
    url = old.configuration.settings.database_url(old.folder)
    with Ledger.open(url, node="hub", root=old.folder) as other:
        assert other.lease("retain", timedelta(minutes=1))
        result = call(old, "retain")
    assert result.exit_code == 2
    assert "EDIGW-RETAIN-E001 another edigw retain is at work (process" in result.stderr


def test_every_edge_of_retention_is_here():
    assert set(EDGES) == {name for name in edges.NAMES if name.startswith(("retain:", "discard:"))}


@pytest.mark.parametrize(
    ("at", "passage"),
    [pytest.param(name, passage, id=f"{name}:{passage}") for name in EDGES for passage in ((2, 4) if name.startswith("retain") else (1,))],
)
def test_killed_in_the_middle(old, at, passage):
    """Whatever was done is whole, and the next run does the rest: nothing half, nothing twice."""
    would = told(old, "--dry-run")
    environment = {**os.environ, edges.CRASH_AT: f"{at}:{passage}"}
    ended = forked.run(["--instance", str(old.folder), "retain"], cwd=old.folder, env=environment)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    whole(old)
    told(old)
    whole(old)
    with old.ledger.snapshot() as connection:
        removed = connection.execute(select(func.count(), func.sum(payload.c.size)).where(payload.c.removed_at.is_not(None))).one()
        left = connection.execute(select(func.count()).where(payload.c.removed_at.is_not(None), payload.c.codec == "archive")).scalar_one()
        over = connection.execute(select(func.count()).where(seal.c.removed_at.is_not(None))).scalar_one()
    assert (removed[0], int(removed[1]), left, over) == (would["payloads"], would["bytes"], 0, 1)
    assert [path for path in (old.folder / "archive").rglob("*") if path.is_file()] == []
    assert old.tried(DeliveryState.DONE) == [], "nothing came back to life"
