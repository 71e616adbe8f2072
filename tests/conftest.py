"""What several rooms' tests share: a real PostgreSQL, and ledgers on both databases."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

APT_LINE = "apt-get install postgresql"

# Bytecode is kept even where the environment asks for none: hundreds of processes would each compile all of us anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def _postgresql_programs() -> Path | None:
    """The folder of initdb and postgres: EDIGW_PG_BIN, Debian's newest, or what PATH knows."""
    given = os.environ.get("EDIGW_PG_BIN")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name.partition(".")[0]), reverse=True)
    found = shutil.which("initdb")
    for folder in [*([Path(given)] if given else []), *debian, *([Path(found).parent] if found else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


class PostgreSQL:
    """A cluster of this test session alone, on a loopback port; it syncs nothing, for it need not outlive us."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._names = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._settings: dict[str, object] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            account = self._account()
            self._settings = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)
        self._call(
            "initdb", "--pgdata", str(folder / "data"), "--username", "edigw", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"
        )
        self.start()

    @staticmethod
    def _account() -> pwd.struct_passwd:
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
        raise RuntimeError("neither postgres nor nobody is an account here, and PostgreSQL does not run as root")

    def _call(self, program: str, *words: str) -> None:
        done = subprocess.run([self._programs / program, *words], cwd=self._folder, capture_output=True, text=True, timeout=120, **self._settings)
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stderr}")

    def start(self, *, durable: bool = False, port: int = 0) -> None:
        """Start the server and wait until it answers; *durable*: with its syncs, for kills and figures. *port* 0: a free one."""
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the port of a server that has just stopped
            probe.bind(("127.0.0.1", port))
            self.port = probe.getsockname()[1]
        sync = "on" if durable else "off"
        words = ["-D", str(self._folder / "data"), "-p", str(self.port), "-k", str(self._folder), "-c", "listen_addresses=127.0.0.1", "-c", f"fsync={sync}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._programs / "postgres", *words], cwd=self._folder, stdout=log, stderr=log, **self._settings)
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            if (self._folder / f".s.PGSQL.{self.port}").exists():
                with contextlib.suppress(Exception):
                    return self.execute("SELECT 1")
            time.sleep(0.02)
        raise RuntimeError((self._folder / "log").read_text()[-2000:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT at once and tidily, SIGQUIT as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def execute(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(host="127.0.0.1", port=self.port, user="edigw", dbname="postgres", autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"edigw_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://edigw@127.0.0.1:{self.port}/{name}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """With EDIGW_REQUIRE_SERVERS a skip that names an apt line is a failure: .ci/run installs what these tests need."""
    report = yield
    if report.skipped and os.environ.get("EDIGW_REQUIRE_SERVERS") and "apt-get install" in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"EDIGW_REQUIRE_SERVERS is set, and this was skipped: {report.longrepr[2]}"
    return report


@pytest.fixture(scope="session")
def postgresql():
    """A real PostgreSQL of this session's own; skips where none is installed."""
    pytest.importorskip("psycopg", reason="psycopg is missing: pip install 'edigw[postgres]'")
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip(f"PostgreSQL is not installed: {APT_LINE}, or set EDIGW_PG_BIN")
    # A short path of its own: a socket's name has at most 107 bytes, and another account must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="edigw-pg-"))
    try:
        server = PostgreSQL(programs, folder)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """The URL of an empty database, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    return request.getfixturevalue("postgresql").database()
