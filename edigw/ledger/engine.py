"""Opening the ledger's database: engines, what each database must be told, the schema.

SQLite gets a connection that writes and others that only read. It must be told to be
durable: WAL with ``synchronous=FULL``, and a library without the WAL-reset bug that can
lose commits (fixed in 3.51.3); where only an older one is found the journal is TRUNCATE,
which is slower and not affected, and ``Database.notice`` says so.

No other SQLite library may open the file in this process: POSIX locks belong to a process,
and a second library's connections would see none of ours.

On PostgreSQL the commits are synchronous and times are the database's.
"""

from __future__ import annotations

import errno
import importlib
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from edigw.errors import LedgerLocked, LedgerUnavailable
from edigw.records import dataclass

HEAD: Final = "0005"  #: the newest schema this version knows; a test compares it with the migrations
BUSY: Final = 10.0  # seconds a statement waits for another process's transaction
_SAFE_WAL: Final = (3, 51, 3)
_VACUUM: Final = "auto_vacuum = INCREMENTAL"
_INCREMENTAL: Final = 2  # as SQLite counts them
_PAGES: Final = 4000  # 16 MB of WAL between checkpoints


@dataclass(frozen=True, slots=True)
class Database:
    """An opened database. *notice* is something the operator should know, or ``""``."""

    writing: Engine
    reading: Engine
    sqlite: bool
    notice: str = ""

    def close(self) -> None:
        self.writing.dispose()
        self.reading.dispose()


def unavailable(trouble: DBAPIError, url: URL, what: str = "the ledger's database") -> LedgerUnavailable:
    """*trouble* with the database at *url* as what stops us; a file that another program holds is told as that."""
    text = f"{what}: {trouble.orig}"
    if is_locked(trouble):
        return LedgerLocked(f"{text}: another program holds it", url.database or "")
    return LedgerUnavailable(text)


def is_locked(trouble: DBAPIError) -> bool:
    """Whether somebody else's transaction, on SQLite, lasted longer than we wait."""
    return "database is locked" in str(trouble.orig)


def open_database(url: str, root: Path, *, module: ModuleType | None = None, asks: bool = False) -> Database:
    """Connect, and bring the schema up to date. Relative SQLite paths are below *root*.

    *module* is a SQLite driver other than the one found. Who only *asks* waits for nobody that
    writes: where the schema is up to date nothing of the file is locked. Raises LedgerUnavailable.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise LedgerUnavailable("the database is no URL; it reads sqlite:///ledger.db or postgresql+psycopg://user@host/name") from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise LedgerUnavailable(f"{backend} is no database we know; use sqlite:///ledger.db or postgresql+psycopg://user@host/name")
    database = _open_sqlite(parsed, root, module) if backend == "sqlite" else _open_postgresql(parsed)
    try:
        if not (asks and _is_at_head(database)):
            with database.writing.connect() as connection:
                _upgrade(connection)
    except DBAPIError as trouble:
        database.close()
        raise unavailable(trouble, database.reading.url, parsed.render_as_string(hide_password=True)) from trouble
    except BaseException:
        database.close()
        raise
    return database


def _driver() -> tuple[ModuleType, tuple[int, ...]]:
    """The newest SQLite here: Python's own, or the one that pysqlite3 brings."""
    found: list[tuple[tuple[int, ...], ModuleType]] = [(sqlite3.sqlite_version_info, sqlite3)]
    if sqlite3.sqlite_version_info < _SAFE_WAL:
        try:
            other = importlib.import_module("pysqlite3.dbapi2")
        except ImportError:
            pass  # not built for this platform: the notice says what follows from it
        else:
            found.append((other.sqlite_version_info, other))
    version, module = max(found, key=lambda one: one[0])
    return module, version


def _open_sqlite(url: URL, root: Path, module: ModuleType | None) -> Database:
    if not url.database or url.database == ":memory:":
        raise LedgerUnavailable("the ledger must be a file; a database in memory forgets")
    path = root / url.database
    found, version = _driver() if module is None else (module, module.sqlite_version_info)
    safe = version >= _SAFE_WAL
    shown = ".".join(map(str, version))
    notice = "" if safe else f"SQLite {shown} can lose commits in WAL mode; using TRUNCATE, which is slower (install pysqlite3)"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One that is there is not opened: to close a descriptor of it would let go of every lock that this process
        # has on the file, and the next program to leave would take the WAL away from under our connections.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))  # its payloads are the partners' business
        if not os.access(path, os.R_OK | os.W_OK):
            raise LedgerUnavailable(f"{path}: {os.strerror(errno.EACCES)}")
    except OSError as trouble:
        raise LedgerUnavailable(f"{path}: {trouble.strerror}") from trouble

    # Never "rwc": who moves the file away under us shall not find an empty ledger of ours in its place.
    place = f"file:{quote(str(path.absolute()))}?mode=rw"

    def connect() -> Any:
        return found.connect(place, uri=True, timeout=BUSY, check_same_thread=False, isolation_level=None)

    def engine(begin: str, *pragmas: str) -> Engine:
        made = create_engine(url.set(database=str(path)), module=found, json_serializer=_json, creator=connect)

        def on_connect(connection: Any, _record: object) -> None:
            for pragma in pragmas:
                if pragma == _VACUUM and connection.execute("PRAGMA auto_vacuum").fetchone()[0] == _INCREMENTAL:
                    continue  # said again it writes a page, and nobody could look into the ledger of a full disk
                connection.execute(f"PRAGMA {pragma}").close()

        def on_begin(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        event.listen(made, "connect", on_connect)
        event.listen(made, "begin", on_begin)
        return made

    writing = engine(
        "BEGIN IMMEDIATE",
        _VACUUM,  # counts only before the first table, and before WAL writes the file's header
        f"journal_mode = {'WAL' if safe else 'TRUNCATE'}",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {_PAGES}",
        "cache_size = -32768",  # 32 MB
        "temp_store = MEMORY",
    )
    return Database(writing, engine("BEGIN", "query_only = ON", "temp_store = MEMORY"), True, notice)


def _open_postgresql(url: URL) -> Database:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    options = "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"

    def engine(**more: Any) -> Engine:
        return create_engine(
            url, json_serializer=_json, connect_args={"options": options, "connect_timeout": 10, "application_name": "edigw"}, **more
        )

    try:
        return Database(engine(), engine(pool_pre_ping=True, execution_options={"postgresql_readonly": True}), False)
    except (ImportError, NoSuchModuleError):
        raise LedgerUnavailable("PostgreSQL needs psycopg: pip install 'edigw[postgres]'") from None


_json: Final = json.JSONEncoder(separators=(",", ":")).encode


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or "")


def _is_at_head(database: Database) -> bool:
    with database.reading.connect() as connection:
        return _version(connection) == HEAD


def _upgrade(connection: Connection) -> None:
    """Bring the schema to HEAD in one transaction that two processes cannot be in at once."""
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": 0x6564696777})
        version = _version(connection)
        if version == HEAD:
            return  # importing Alembic takes longer than a command may
        if version > HEAD:  # they are numbered, at one width
            raise LedgerUnavailable(f"the ledger has schema {version} and this version knows {HEAD}; it was written by a newer edigw")
        migrate: Callable[[Connection], None] = importlib.import_module("edigw.migrations").upgrade
        migrate(connection)
