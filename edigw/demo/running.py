"""The demo as it runs: back office and gateway as processes of their own, this one in the foreground.

The gateway is ``edigw run``, started as a child, so that what the demo shows is what
production runs. Both children get a session of their own: Ctrl-C reaches this process
alone, which then lets the gateway drain and ends the back office by its process id.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from edigw import control
from edigw.demo import sending
from edigw.demo.making import LOG, Made
from edigw.demo.ports import HOST, Ports
from edigw.demo.sending import Became
from edigw.errors import EdigwError
from edigw.ledger import Ledger
from edigw.visible import visible

T = TypeVar("T")
READY_WITHIN = 150.0  # seconds; longer than the gateway gives its workers, so that it can say itself what keeps it
LOOK_EVERY = 0.1
ANSWER_WITHIN = 5.0  # seconds; a connection waits in the backlog until the back office is there
COLUMNS = ("id", "file", "partner", "messages", "verdict", "delivered", "answer")
WIDE = 120  # columns, where there is no terminal to ask
LAST_LINES = 15  # of the log, when the gateway ended by itself


class Ended(EdigwError):
    """A process of the demo ended that should run."""

    code = "EDIGW-DEMO-E004"


async def run(made: Made, ports: Ports, command: str) -> int:
    """Run the demo in *made* until a signal; its exit status: 0 drained, 1 when something ended by itself.

    *ports* are those that *made* names; each is handed on and closed. *command* is how the
    person called us, for the lines to try.
    """
    demo = _Demo(made, ports, command)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, demo.stop)
    try:
        return await demo.work()
    finally:
        await demo.end()


class _Demo:
    def __init__(self, made: Made, ports: Ports, command: str) -> None:
        self._made = made
        self._ports = ports
        self._command = command
        self._stopping = asyncio.Event()
        self._backoffice: Process | None = None
        self._gateway: Process | None = None
        self._console = Console(markup=False, highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)

    def stop(self) -> None:
        """Drain and end. Asked for twice, the gateway is killed: it carries on where it was at its next start."""
        if self._stopping.is_set() and self._gateway is not None and self._gateway.returncode is None:
            self._gateway.kill()
        elif not self._stopping.is_set():
            self._stopping.set()
            _tell("draining; Ctrl-C again ends it at once")

    async def work(self) -> int:
        try:
            if not await self._unless_stopped(self._start()):
                return 0
            with Ledger.open(f"sqlite:///{self._made.folder / 'ledger.db'}", node="demo", root=self._made.folder, person="demo") as ledger:
                if not await self._unless_stopped(self._show(ledger)):
                    return 0
            assert self._gateway is not None
            if await self._unless_stopped(self._gateway.wait()):
                self._say_why("the gateway ended")
                return 1
        except Ended as trouble:
            self._say_why(str(trouble))
            return 1
        return 0

    async def _unless_stopped(self, work: Awaitable[object]) -> bool:
        """Wait for *work*, which is given up when we are to stop; whether it was done. Raises what it raises."""
        doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if doing.done():
            doing.result()
            return True
        doing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await doing
        return False

    # -- start

    async def _start(self) -> None:
        made = self._made
        environment = {**os.environ, "BACKOFFICE_SECRET": made.secret}
        with self._ports.http as given:
            self._backoffice = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "edigw.backoffice", "--socket-fd", str(given.fileno())),
                env=environment,
                stdin=DEVNULL,
                pass_fds=(given.fileno(),),
                start_new_session=True,
            )
        _note(made.folder / "backoffice.pid", self._backoffice)
        await self._until(self._answers, self._backoffice, "the back office")
        with (made.folder / LOG).open("ab") as log, self._ports.sftp as given:
            self._gateway = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "edigw", "--instance", str(made.folder), "run", "--sftp-fd", str(given.fileno())),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(given.fileno(),),
                start_new_session=True,
            )
        _note(made.folder / "gateway.pid", self._gateway)
        await self._until(self._is_ready, self._gateway, "the gateway")

    async def _until(self, met: Callable[[], Awaitable[bool]], process: Process, what: str) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN):
                while not await met():
                    if process.returncode is not None:
                        raise Ended(f"{what} ended with status {process.returncode} before it was ready")
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            raise Ended(f"{what} is not ready after {READY_WITHIN:g} s") from None

    async def _answers(self) -> bool:
        """Whether the back office answers; its port is open from the start, so that a connection says nothing."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                reader, writer = await asyncio.open_connection(HOST, self._made.http_port)
                try:
                    writer.write(b"GET /documents HTTP/1.0\r\n\r\n")
                    return bool(await reader.readline())
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return False

    async def _is_ready(self) -> bool:
        return await asyncio.to_thread(control.poke, self._made.folder, "ping") is not None

    # -- what is shown

    async def _show(self, ledger: Ledger) -> None:
        await asyncio.to_thread(sending.lay_out, self._made.folder / "samples")
        _tell(f"sending {len(sending.SENT)} sample files over SFTP ...")
        assert self._gateway is not None
        try:
            await sending.send(self._made, ledger)
        except (sending.NotTaken, OSError) as trouble:
            if self._gateway.returncode is not None:
                raise Ended(f"the gateway ended with status {self._gateway.returncode} while samples were sent") from trouble
            _tell(f"not all samples could be sent: {trouble}")
        if not await sending.quiet(ledger):
            _tell("some documents or answers have not left yet; edigw list --state due shows them")
        self._print(await asyncio.to_thread(sending.became, ledger))

    def _print(self, rows: Sequence[Became]) -> None:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
        for name in COLUMNS:
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(*(_text(getattr(row, name)) for name in COLUMNS))
        self._console.print("What became of the samples:")
        self._console.print(table)
        self._console.print("Why some did not go through:")
        for line in (line for row in rows for line in row.why):
            self._console.print(Text("  " + visible(line)), soft_wrap=True)
        for line in _next(self._made, self._command):
            self._console.print(Text(line), soft_wrap=True)

    def _say_why(self, what: str) -> None:
        path = self._made.folder / LOG
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:] if path.exists() else []
        _tell(f"{what}; the last lines of {path}:" if lines else what)
        for line in lines:
            print("  " + visible(line), file=sys.stderr)

    # -- end

    async def end(self) -> None:
        """Let the gateway drain, then end the back office; both by their process ids."""
        for process, number in ((self._gateway, signal.SIGTERM), (self._backoffice, signal.SIGTERM)):
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):  # ended by itself just now
                    process.send_signal(number)
                await process.wait()


def _note(path: Path, process: Process) -> None:
    """Its process id, for ``kill $(cat DIR/backoffice.pid)`` and ``kill -HUP $(cat DIR/gateway.pid)``."""
    path.write_text(f"{process.pid}\n", encoding="ascii")


def _next(made: Made, command: str) -> list[str]:
    """What to try, with the ports and paths of this demo."""
    url = f"http://{HOST}:{made.http_port}"
    python = _shown(Path(sys.executable))
    tries = [
        (f"sftp -F {_shown(made.ssh_config)} acme", "a partner: put FILE in/    ls out    get out/997-000000001.edi"),
        (f"curl -s {url}/documents", "what the back office has received"),
        (f"export EDIGW_INSTANCE={_shown(made.folder)}", "for the commands below"),
        (f"{command} status", ""),
        (f"{command} list --state held", ""),
        (f"{command} show F1", ""),
        (f"kill $(cat {_shown(made.folder / 'backoffice.pid')})", "ends the back office; this starts it again:"),
        (f"BACKOFFICE_SECRET=$(cat {_shown(made.folder / 'keys/erp')}) {python} -m edigw.backoffice --port {made.http_port}", ""),
    ]
    wide = max(len(typed) for typed, why in tries if why)
    return [
        "",
        f"ready: SFTP inbox {HOST}:{made.sftp_port}, back office {url}, log {_shown(made.folder / LOG)}",
        f"What was sent lies in {_shown(made.folder / 'samples')}. Try, in another terminal; README.md goes on from here:",
        "",
        *(f"  {typed:{wide}}  # {why}" if why else f"  {typed}" for typed, why in tries),
        "",
        "Ctrl-C drains and ends the demo.",
    ]


def _shown(path: Path) -> str:
    """*path* as one types it here: relative when it lies below the current folder, quoted where a shell needs it."""
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here)) if path.is_relative_to(here) else str(path))


def _text(cell: str) -> Text:
    return Text("\n".join(visible(line) for line in cell.split("\n")))


def _tell(text: str) -> None:
    print(f"edigw demo: {text}", file=sys.stderr, flush=True)
