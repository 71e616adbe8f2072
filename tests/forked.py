"""Processes of the gateway forked from one that has imported it: a start costs its own work, and not two seconds of imports.

``start`` and ``run`` are to ``python -m edigw``, or another *program*, what ``subprocess.Popen`` and ``subprocess.run``
are: a process with an id, a session, an environment, a folder and files of its own, which a
signal ends like any other. What it does not do is the interpreter's start and the imports,
and to take every module apart at its end; tests in which just these matter start a process
by ``subprocess``.

The starter is this file as a program. It has one thread and no state of the gateway but what
the package's own maps compile to, which all of a process shares: every request is a fork of
what it was before the first. A daemon gets a second fork beside it,
which becomes the fork server of its workers when it starts one.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

HIGH = 500  # descriptors are moved above it while they take the numbers that they were asked for under
LONGEST = 1 << 20


# -- the side of the tests


class Process:
    """A process that was forked; what of ``subprocess.Popen`` tests use."""

    def __init__(self, words: Sequence[str], line: socket.socket) -> None:
        self.args = list(words)
        self.returncode: int | None = None
        self._line = line
        self._said = b""
        first = self._next(60)
        assert first is not None, "the starter of processes does not answer"
        self.pid = first

    def _next(self, within: float | None) -> int | None:
        """The next number that the starter says; None when it does not come in time."""
        end = None if within is None else time.monotonic() + within
        while b"\n" not in self._said:
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self._line], [], [], left)[0]:
                return None
            piece = self._line.recv(64)
            if not piece:
                raise RuntimeError("the starter of processes is gone")
            self._said += piece
        number, _, self._said = self._said.partition(b"\n")
        return int(number)

    def poll(self) -> int | None:
        """Its exit status, negative for a signal; None while it runs."""
        if self.returncode is None:
            self._end(self._next(0))
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._end(self._next(timeout))
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def _end(self, status: int | None) -> None:
        if status is not None:
            self.returncode = status
            self._line.close()

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Starter:
    """The starter of this test process; ends with it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], start_new_session=True
            )

    def fork(self, program: str, words: Sequence[str], cwd: Path, env: dict[str, str], files: Sequence[int]) -> Process:
        ours, theirs = socket.socketpair()
        with theirs:
            request = json.dumps({"program": program, "words": list(words), "cwd": str(cwd), "env": env}).encode()
            socket.send_fds(self._line, [len(request).to_bytes(8)], [theirs.fileno(), *files])
        ours.sendall(request)
        return Process(words, ours)

    def close(self) -> None:
        self._line.close()
        self.process.wait(60)


_starter: _Starter | None = None


def start(words: Sequence[str], *, cwd: Path, env: dict[str, str] | None = None, stdout: IO[Any], stderr: IO[Any], program: str = "edigw") -> Process:
    """Start ``edigw WORDS`` in *cwd*, in a session of its own, with nothing to read; *env* is ours unless given.

    *program* is a module with a ``__main__``, or the path of a file.
    """
    global _starter
    if _starter is None:
        _starter = _Starter()
        atexit.register(_starter.close)
    with Path(os.devnull).open("rb") as nothing:
        return _starter.fork(program, words, cwd, dict(os.environ) if env is None else env, [nothing.fileno(), stdout.fileno(), stderr.fileno()])


def run(words: Sequence[str], *, cwd: Path, env: dict[str, str] | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run ``edigw WORDS`` to its end; its exit status and what it wrote."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = start(words, cwd=cwd, env=env, stdout=out, stderr=err)
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode(errors="replace"))
    return subprocess.CompletedProcess(list(words), status, *said)


# -- the starter

#: What a daemon and its workers, or a command at the ledger, have imported when they are at work.
ROOMS = (
    "edigw.cli.run",
    "edigw.cli.actions",
    "edigw.cli.auditing",
    "edigw.cli.cases",
    "edigw.cli.instance",
    "edigw.cli.pure",
    "edigw.cli.questions",
    "edigw.cli.reload",
    "edigw.cli.retaining",
    "edigw.cli.show",
    "edigw.cli.status",
    "edigw.daemon",
    "edigw.migrations",
    "edigw.pool",
    "aiohttp.web",  # of the back office in the tests of the wire
    "multiprocessing.forkserver",
)


#: The messages that the gateways under test receive: syntax, type, release.
MESSAGES = (("x12", "850", "004010"), ("edifact", "ORDERS", "D96A"))


def _prepare() -> None:
    """Import and compile what every process would for itself, and have the collector leave it alone."""
    for room in ROOMS:
        importlib.import_module(room)
    from edigw import mappings, standards
    from edigw.parsers import witness

    library = mappings.Library()
    for syntax, message, release in MESSAGES:
        standard = standards.find(syntax, message, release)
        assert standard is not None
        _ = library.program(f"{syntax}/{message}", standard).guide
    witness.warm()
    gc.collect()
    gc.freeze()


def _serve(line: socket.socket) -> dict[str, Any] | None:
    """Fork for every request until the tests are gone. Returns in each child what is asked of it, and None in the starter."""
    running: dict[int, socket.socket] = {}
    ended: dict[socket.socket, int] = {}  #: told and not yet heard: the process stays a zombie, so that nobody else gets its id meanwhile
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([line, woken, *ended], [], [])
        if woken in ready:
            woken.recv(4096)
            ended |= _report(running)
        for said in ended.keys() & set(ready):
            os.waitpid(ended.pop(said), 0)
            said.close()
        if line not in ready:
            continue
        head, files, _, _ = socket.recv_fds(line, 8, 4)
        if not head:
            return None
        said = socket.socket(fileno=files[0])
        request = _exactly(said, int.from_bytes(head))
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (line, said, woken, waker, *running.values(), *ended):
                one.detach()  # its number is closed below, and may be somebody else's when this object ends
            _settle(files[1:])
            return dict(json.loads(request))
        for number in files[1:]:
            os.close(number)
        running[pid] = said
        said.sendall(b"%d\n" % pid)


def _report(running: dict[int, socket.socket]) -> dict[socket.socket, int]:
    """Say the status of those that have ended; these. Whoever has heard it closes the line."""
    told = {}
    for pid in list(running):
        found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is not None:
            said = running.pop(pid)
            told[said] = pid
            with contextlib.suppress(BrokenPipeError):  # whoever started it does not want to know
                said.sendall(b"%d\n" % (found.si_status if found.si_code == os.CLD_EXITED else -found.si_status))
    return told


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        found += line.recv(size - len(found))
    return found


def _settle(files: Sequence[int]) -> None:
    """Make *files* our standard files, and have no other."""
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, HIGH)
    sys.stdin = sys.__stdin__ = os.fdopen(0, closefd=False)
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", errors="backslashreplace", buffering=1, closefd=False)


def _become(request: dict[str, Any]) -> None:
    """Be ``python -m PROGRAM WORDS``, from here to the end of the process."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    from edigw import edges

    armed = os.environ.get(edges.CRASH_AT)
    edges._fuse = edges._Fuse(armed) if armed else None  # read when the module is imported, which was long ago
    sys.path[0] = str(Path.cwd())
    program = request["program"]
    sys.argv = [program, *request["words"]]
    if program.endswith(".py"):
        _end(lambda: runpy.run_path(program, run_name="__main__"))
    if "run" in request["words"]:
        _keep_a_fork()
    _end(lambda: runpy.run_module(program, run_name="__main__", alter_sys=True))


def _end(work: Callable[[], object]) -> NoReturn:
    """Do *work* and end as the interpreter does, but for taking its modules apart, which takes longer than most commands."""
    status = 0
    try:
        work()
    except SystemExit as asked:
        status = asked.code if isinstance(asked.code, int) else 0 if asked.code is None else 1
        if status == 1 and not isinstance(asked.code, int):
            sys.stderr.write(f"{asked.code}\n")
    except BaseException:  # noqa: BLE001 - the interpreter's part, which shows what nobody has caught
        sys.excepthook(*sys.exc_info())
        status = 1
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        for file in (sys.stdout, sys.stderr):
            if file is not None:
                file.flush()
    except BaseException:  # noqa: BLE001 - as above
        sys.excepthook(*sys.exc_info())
        status = 120  # as the interpreter says that its end has failed
    os._exit(status & 0xFF)


def _keep_a_fork() -> None:
    """Fork what becomes the fork server of our workers, and use it for the first that ``multiprocessing`` starts."""
    from multiprocessing import util

    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        _end(lambda: _be_a_fork_server(theirs))
    theirs.close()
    by_exec = util.spawnv_passfds

    def spawn(path: bytes, args: list[str], fds: Sequence[int]) -> int:
        if "multiprocessing.forkserver" not in args[-1]:
            return by_exec(path, args, fds)
        util.spawnv_passfds = by_exec
        with ours:
            socket.send_fds(ours, [json.dumps({"code": args[-1], "fds": list(fds)}).encode()], list(fds))
        return pid

    util.spawnv_passfds = spawn


def _be_a_fork_server(line: socket.socket) -> None:
    """Wait for what the daemon would have started by exec, and be it; the end of the daemon ends us too."""
    said, files, _, _ = socket.recv_fds(line, LONGEST, 16)
    if not said:
        return
    request = json.loads(said)
    high = []
    for file in files:
        high.append(os.dup2(file, HIGH + len(high)))
    line.detach()
    os.closerange(3, HIGH)
    for number, file in zip(request["fds"], high, strict=True):
        os.dup2(file, number)
    os.closerange(HIGH, HIGH + len(high))
    exec(request["code"], {"__name__": "__main__"})


def _main() -> None:
    line = socket.socket(fileno=int(sys.argv[1]))
    line.set_inheritable(False)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # as the command does before it imports anything
    _prepare()
    request = _serve(line)
    if request is not None:
        _become(request)


if __name__ == "__main__":
    sys.path[0] = ""  # ours alone; a child puts its folder here
    _main()
