"""Opening: the schema of the migrations is that of the tables, and what each database was told."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text

from edigw import migrations
from edigw.errors import LedgerUnavailable
from edigw.ledger import Ledger, engine
from edigw.migrations import indexes  # noqa: F401  they belong to the metadata
from edigw.states import Kind
from edigw.tables import metadata


def test_the_migrations_make_the_tables(ledger):
    with ledger._database.reading.connect() as connection:
        # SQLite gives a default back as the text it was written as, which is never equal
        options = {"compare_type": True, "compare_server_default": connection.dialect.name == "postgresql"}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_head_is_the_newest_migration(ledger):
    with ledger._database.reading.connect() as connection:
        script = ScriptDirectory.from_config(migrations.configuration(connection))
    assert script.get_heads() == [engine.HEAD]


def test_opened_again_it_is_as_it_was(open_ledger):
    first = open_ledger(boot="1")
    first.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
    first.close()
    assert open_ledger(boot="2").count(Kind.MESSAGE) == 1


def test_many_open_a_new_one_at_once(database_url, tmp_path):
    opened, begin = [], threading.Barrier(4)

    def work(n):
        begin.wait()
        opened.append(Ledger.open(database_url, node=f"n{n}", root=tmp_path))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 4
    for ledger in opened:
        ledger.close()


def test_a_newer_schema_is_left_alone(ledger, database_url, tmp_path):
    with ledger._database.writing.connect() as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerUnavailable, match="newer edigw"):
        Ledger.open(database_url, node="hub", root=tmp_path)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        pytest.param("ledger.db", "is no URL", id="no URL"),
        pytest.param("mysql://localhost/edigw", "no database we know", id="another database"),
        pytest.param("sqlite://", "must be a file", id="in memory"),
        pytest.param("sqlite:///blocked/ledger.db", "(?i)file exists|not a directory", id="a folder that cannot be"),
        pytest.param("sqlite:///noise.db", "not a database", id="another file"),
        pytest.param("postgresql+psycopg://edigw:secret@127.0.0.1:1/edigw", r"edigw:\*\*\*@127", id="nobody there, and no password told"),
    ],
)
def test_databases_that_cannot_be_opened(tmp_path, url, text):
    (tmp_path / "blocked").write_text("a file")
    (tmp_path / "noise.db").write_bytes(b"not a database" * 100)
    with pytest.raises(LedgerUnavailable, match=text):
        Ledger.open(url, node="hub", root=tmp_path)


def pragma(ledger, name):
    with ledger._database.writing.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar_one()


def test_what_a_number_said_before_is_looked_up_by_the_number(tmp_path):
    """SQLite has no statistics of ours: a condition on states would lead it through every message there is."""
    asked = []
    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path) as ledger:
        event.listen(ledger._database.writing, "before_cursor_execute", lambda *of: asked.append(of[2:4]))
        ledger.run(lambda tx: tx.said([f"PO-{at}" for at in range(50)], but={"EDIGW-ROUTE-E014"}))
        statement, values = next(one for one in asked if "contents" in one[0])
        with ledger._database.writing.connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert plan[0] == "SEARCH message USING INDEX ix_message_key (key=?)"


def test_what_sqlite_was_told(tmp_path):
    with Ledger.open("sqlite:///sub/ledger.db", node="hub", root=tmp_path) as ledger:
        told = {name: pragma(ledger, name) for name in ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum")}
        assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "auto_vacuum": 2}  # 2: FULL, INCREMENTAL
        assert ledger.notice == ""
    assert stat.S_IMODE((tmp_path / "sub/ledger.db").stat().st_mode) == 0o600


@pytest.mark.skipif(sqlite3.sqlite_version_info >= (3, 51, 3), reason="Python's own SQLite has no WAL-reset bug here")
def test_an_old_sqlite_keeps_no_wal_and_says_so(tmp_path):
    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path, module=sqlite3) as ledger:
        assert pragma(ledger, "journal_mode") == "truncate"
        assert "TRUNCATE" in ledger.notice
        ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        assert ledger.invariants() == []


def test_what_postgresql_was_told(postgresql, tmp_path):
    with Ledger.open(postgresql.database(), node="hub", root=tmp_path) as ledger, ledger._database.writing.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"


def test_no_connection_makes_a_file_where_the_ledger_was_moved_away(tmp_path):
    path, away = tmp_path / "ledger.db", tmp_path / "away.db"
    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path) as ledger:
        ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        assert ledger.count(Kind.MESSAGE) == 1
        path.rename(away)
        with ledger._database.reading.connect(), pytest.raises(LedgerUnavailable, match="unable to open"), ledger.snapshot():
            pass  # a connection more than were opened before
        assert not path.exists()
        away.rename(path)
        ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        assert (ledger.count(Kind.MESSAGE), ledger.verify_chain()) == (2, [])


def test_a_second_opening_in_one_process_lets_go_of_no_lock(tmp_path):
    """Another process that leaves must see that we are there, or it takes the WAL away from under us."""
    leave = "import sqlite3, sys; one = sqlite3.connect(sys.argv[1]); one.execute('SELECT count(*) FROM message').fetchone(); one.close()"
    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path) as first:
        first.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        before = sorted(path.name for path in tmp_path.glob("ledger.db*"))
        with Ledger.open("sqlite:///ledger.db", node="other", root=tmp_path):
            subprocess.run([sys.executable, "-c", leave, str(tmp_path / "ledger.db")], check=True)
        assert sorted(path.name for path in tmp_path.glob("ledger.db*")) == before
        first.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
        assert (first.count(Kind.MESSAGE), first.verify_chain()) == (2, [])
