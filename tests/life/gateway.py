"""A gateway that runs as a process, on an instance of its own, to be killed and looked at.

The back office is the sink of the wire tests, which writes every request down raw. What
must hold after all is quiet is in ``check_all``: the ledger's own laws, each document once
by effect, each answer once, no number twice, nothing stuck, nothing left lying about.

Most starts are forks of a process that has imported the gateway (see ``forked``); with
``by_exec`` it is the interpreter that is started, as an operator starts it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import forked
import paramiko

from edigw import control, edges, newinstance
from edigw.ledger import Ledger
from edigw.states import AT_END, DeliveryState, FileState, InterchangeIn, Kind, MessageIn

OPEN = {
    Kind.FILE: (FileState.CLAIMED, FileState.ARCHIVED),
    Kind.INTERCHANGE: (InterchangeIn.RECEIVED,),
    Kind.MESSAGE: (MessageIn.RECEIVED, MessageIn.ACCEPTED),
    Kind.DELIVERY: (DeliveryState.DUE, DeliveryState.UNDER_WAY, DeliveryState.UNCERTAIN),
}
PARTNERS = {
    "acme": "x12: [{qualifier: ZZ, id: ACMESTORES, group: ACME}]",
    "nordwind": 'edifact: [{id: "4012345000016", qualifier: "14"}]',
}
RECEIVE = {
    "acme": '{message: "850", releases: ["004010"], map: x12/850, deliver: erp, acknowledge: {with: "997"}}',
    "nordwind": "{message: ORDERS, releases: [D96A], map: edifact/ORDERS, deliver: erp, acknowledge: {with: contrl}}",
}


def wait_until(what: Callable[[], Any], within: float, why: str | Callable[[], str]) -> Any:
    """Look every few milliseconds until *what* gives something true; its value. Fails after *within* seconds."""
    end = time.monotonic() + within
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"not within {within:g} s: {why() if callable(why) else why}")
        time.sleep(0.02)


class Gateway:
    """One instance in *root* and the daemon that works on it, or does not just now."""

    def __init__(self, root: Path, sink: Any, *, database: str = "", settings: str = "", retry: str = "{first: 50ms, max: 500ms, for: 1h}", timeout: str = "2s") -> None:
        self.root = root
        self.sink = sink
        self.process: subprocess.Popen[bytes] | forked.Process | None = None
        self.starts = 0
        self.sftp_port = 0
        self.sessions: list[int] = []  #: of every daemon started, to find what it leaves behind
        self._ledger: Ledger | None = None
        self._log = _Log(Path())
        self._database = database
        self.dropped: list[str] = []
        self.sent: list[Any] = []
        newinstance.make(root)
        (root / "keys/erp").write_text(sink.secret)
        self.keys = {name: self._key(name) for name in PARTNERS}
        self.configure(settings=settings, retry=retry, timeout=timeout)

    def configure(self, *, settings: str = "", retry: str = "{first: 50ms, max: 500ms, for: 1h}", timeout: str = "2s") -> None:
        """Write ``edigw.yaml``; *settings* are more lines of it."""
        channels = "\n".join(
            f"  {name}-in: {{folder: inbox/{name}, settle: 300ms, stale: 1s, every: 1s}}\n  {name}-out: {{folder: outbox/{name}}}" for name in PARTNERS
        )
        (self.root / "edigw.yaml").write_text(
            f"""gateway: {{name: hub, x12: [{{qualifier: ZZ, id: OURCOMPANY}}], edifact: [{{id: "4012345000009", qualifier: "14"}}]}}
database: {self._database or "sqlite:///ledger.db"}
channels:
{channels}
endpoints:
  erp: {{http: "{self.sink.url}", secret: file:keys/erp, timeout: {timeout}, retry: {retry}}}
sftpd: {{listen: "127.0.0.1:0", host_key: file:keys/sftpd}}
log: {{level: info, format: json}}
{settings}
"""
        )

    def serve(self, server: Any) -> None:
        """Reach acme over its own SFTP server, which has our folders: what it drops and what it finds stay where they were."""
        server.folder = self.root
        (self.root / "keys/acme").write_text(server.private_key)
        (self.root / "keys/acme").chmod(0o600)
        text = (self.root / "edigw.yaml").read_text()
        folders = [line for line in text.splitlines() if line.startswith("  acme-")]
        polled = (
            f'  acme-in: {{sftp: 127.0.0.1, port: {server.port}, user: hub, key: file:keys/acme, host_key: "{server.fingerprint}", '
            "get: /inbox/acme, put: /outbox/acme, every: 1s, settle: 200ms, stale: 3s, timeout: 2s}"
        )
        text = text.replace("\n".join(folders), polled)
        (self.root / "edigw.yaml").write_text(text)
        (self.root / "partners/acme/partner.yaml").write_text(
            f"partner: acme\nname: acme\n{PARTNERS['acme']}\nchannels: {{in: acme-in, out: acme-in}}\nreceive:\n  - {RECEIVE['acme']}\n"
        )

    def _key(self, name: str) -> paramiko.PKey:
        import asyncssh

        key = asyncssh.generate_private_key("ssh-ed25519")
        folder = self.root / "partners" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.pub").write_bytes(key.export_public_key("openssh"))
        self.partner(name)
        (self.root / "inbox" / name).mkdir(parents=True)
        (self.root / "outbox" / name).mkdir(parents=True)
        return paramiko.Ed25519Key.from_private_key(io.StringIO(key.export_private_key("openssh").decode()))

    # -- the process

    def start(self, crash_at: str = "", *, ready: bool = True, by_exec: bool = False, **environment: str) -> None:
        """Start the daemon, to be killed at *crash_at*; *ready*: wait until it says so (or, armed, has died before)."""
        self.stopped()
        self.starts += 1
        given = {name: value for name, value in os.environ.items() if name != edges.CRASH_AT} | environment
        if crash_at:
            given[edges.CRASH_AT] = crash_at
        with self.log_file.open("wb") as log:
            words = ["--instance", str(self.root), "run"]
            if by_exec:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "edigw", *words],
                    env=given, cwd=self.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                )  # fmt: skip
            else:
                self.process = forked.start(words, cwd=self.root, env=given, stdout=log, stderr=log)
        self.sessions.append(self.process.pid)
        if ready:
            wait_until(lambda: self.facts("daemon.ready") or self.process.poll() is not None, 120, lambda: f"no daemon.ready\n{self.tail()}")
            if self.process.poll() is not None and not crash_at:
                raise AssertionError(f"the daemon ended with {self.process.returncode}\n{self.tail()}")
            listening = self.facts("sftpd.listening")
            self.sftp_port = listening[0]["port"] if listening else 0

    @property
    def log_file(self) -> Path:
        return self.root / f"daemon-{self.starts}.log"

    def facts(self, event: str = "") -> list[dict[str, Any]]:
        """What this start of the daemon logged as *event*; "": everything."""
        if self._log.path != self.log_file:
            self._log = _Log(self.log_file)
        return [fact for fact in self._log.facts() if not event or fact.get("event") == event]

    def tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-4000:] if self.log_file.exists() else ""

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def died(self, within: float = 120) -> None:
        """Wait until the armed edge has ended the process, by SIGKILL and by nothing else."""
        assert self.process is not None
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the edge was not passed within {within:g} s\n{self.tail()}") from None
        assert status == -signal.SIGKILL, f"ended with {status}\n{self.tail()}"
        self.process = None

    def dying(self) -> bool:
        """Whether the process is gone, or about to be; for those who wait for something else meanwhile."""
        return self.process is None or self.process.poll() is not None

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, within: float = 120) -> int:
        """Ask it to drain; its exit status."""
        assert self.process is not None
        self.process.terminate()
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not drain within {within:g} s\n{self.tail()}") from None
        self.process = None
        return status

    def stopped(self) -> None:
        assert not self.alive(), "it runs already"

    def workers(self) -> list[int]:
        """The judging processes of the running daemon: what its forkserver has forked."""
        assert self.process is not None
        return [pid for child in _children(self.process.pid) for pid in _children(child)]

    def fork_server(self) -> int:
        """The process that the workers are forked from."""
        return next(child for child in _children(self.process.pid) if _children(child))

    def left_behind(self) -> list[int]:
        """Processes of daemons that are no more."""
        mine = self.process.pid if self.process is not None else 0
        return [pid for pid, session in _sessions() if session in self.sessions and session != mine]

    def close(self) -> None:
        """End everything that still runs."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None
        if self.alive():
            self.kill()
        for pid in self.left_behind():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    # -- what partners do

    def drop(self, *files: Any) -> None:
        """Rename files into their partners' inboxes."""
        for sent in files:
            inbox = self.root / "inbox" / sent.partner
            self.dropped.append(sent.name)
            part = inbox / f".{len(self.dropped)}.part"
            part.write_bytes(sent.data)
            part.rename(inbox / sent.name)
            self.sent.append(sent)

    def upload(self, sent: Any) -> None:
        """Put a file by SFTP. Raises what the client raises when the gateway dies; then the partner tries again."""
        if sent not in self.sent:
            self.sent.append(sent)
        with self.sftp(sent.partner) as client:
            client.putfo(io.BytesIO(sent.data), f"in/{sent.name}", confirm=False)

    @contextlib.contextmanager
    def sftp(self, partner: str) -> Iterator[paramiko.SFTPClient]:
        with socket.create_connection(("127.0.0.1", self.sftp_port), timeout=20) as line:
            transport = paramiko.Transport(line)
            transport.banner_timeout = transport.auth_timeout = 20
            try:
                transport.connect(username=partner, pkey=self.keys[partner])
                client = paramiko.SFTPClient.from_transport(transport)
                assert client is not None
                channel = client.get_channel()
                assert channel is not None
                channel.settimeout(20)
                yield client
            finally:
                transport.close()

    # -- what people do

    def reload(self) -> list[str]:
        """Read the configuration again; the problems it has."""
        answer = control.poke(self.root, "reload")
        assert answer is not None, self.tail()
        return list(answer["problems"])  # type: ignore[call-overload]

    def command(self, *words: str, status: int = 0) -> str:
        """Run ``edigw`` on this instance; what it printed. Fails unless it ends with *status*."""
        done = forked.run(["--instance", str(self.root), *words], cwd=self.root, timeout=300)
        assert done.returncode == status, f"edigw {' '.join(words)} ended with {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def partner(self, name: str, *, receive: str = "", more: str = "") -> None:
        """Write a partner's file anew."""
        (self.root / "partners" / name / "partner.yaml").write_text(
            f"partner: {name}\nname: {name}\n{PARTNERS[name]}\nchannels: {{in: {name}-in, out: {name}-out}}\n"
            f"sftp_keys: [file:{name}.pub]\nreceive:\n  - {receive or RECEIVE[name]}\n{more}"
        )

    # -- what became of it

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened beside the daemon to be read."""
        if self._ledger is None:
            url = self._database or f"sqlite:///{self.root}/ledger.db"
            self._ledger = Ledger.open(url, node="witness", root=self.root)
        return self._ledger

    def unfinished(self) -> str:
        """What the gateway still has to do, "" for nothing."""
        waiting = [path.name for name in PARTNERS for path in (self.root / "inbox" / name).iterdir() if not path.name.startswith(".")]
        if waiting:
            return f"{len(waiting)} files in the inboxes: {waiting[:5]}"
        known = self.ledger.count(Kind.FILE)
        if known < len(self.dropped):
            return f"{known} of {len(self.dropped)} files are known"
        if taken := self.ledger.rows(Kind.FILE, retired_at=None):  # recorded with the next commit that somebody waits for
            return f"{len(taken)} files are not known to be retired, the first is {taken[0].label}"
        for kind, working in OPEN.items():
            rows = self.ledger.rows(kind, state=working)
            if rows:
                return f"{len(rows)} unfinished, the first is {rows[0].label} {rows[0].state.value} {rows[0].facts.get('last_error') or ''}"
        return ""

    def wait_quiet(self, within: float = 120) -> None:
        """Wait until nothing is left to do."""

        def quiet() -> bool:
            if self.process is not None and self.process.poll() is not None:
                raise AssertionError(f"the daemon ended with {self.process.returncode}\n{self.tail()}")
            return not self.unfinished()

        wait_until(quiet, within, lambda: f"quiet; {self.unfinished()}\n{self.tail()}")

    def files(self) -> list[Any]:
        return self.ledger.rows(Kind.FILE, limit=100_000)

    def answers(self, partner: str) -> dict[str, list[str]]:
        """The files of an outbox, cut into segments."""
        found = {}
        for path in sorted((self.root / "outbox" / partner).iterdir()):
            text = path.read_text("latin-1")
            end = "'" if text.startswith("UN") else "~"
            found[path.name] = [segment.strip() for segment in text.split(end) if segment.strip()]
        return found

    def documents(self) -> dict[str, list[dict[str, Any]]]:
        """Requests at the back office by webhook-id."""
        found: dict[str, list[dict[str, Any]]] = {}
        for request in self.sink.requests():
            found.setdefault(request["id"], []).append(request)
        return found

    # -- what must hold

    def check_all(self) -> None:
        """Everything that must be true when all is quiet."""
        problems = [
            *self.ledger.invariants(quiet=True),
            *self.problems_of_documents(),
            *self.problems_of_answers(),
            *self.problems_of_states(),
            *self.left_lying(),
        ]
        assert not problems, "\n".join(problems) + "\n" + self.tail()[-1500:]

    def problems_of_documents(self) -> Iterator[str]:
        """Each document once by effect: one webhook-id, the same bytes every time."""
        ids: dict[str, set[str]] = {}
        for webhook_id, requests in self.documents().items():
            if len({request["sha256"] for request in requests}) > 1:
                yield f"{webhook_id}: requests with different bodies"
            if bad := {request["signature"] for request in requests} - {"good"}:
                yield f"{webhook_id}: signed wrongly: {bad}"
            if not any(request["answer"] == 200 for request in requests):
                yield f"{webhook_id}: never answered 200"
            ids.setdefault(json.loads(requests[0]["body"])["number"], set()).add(webhook_id)
        wanted = Counter(number for sent in self.sent for number in sent.documents)
        for number in sorted(wanted.keys() | ids.keys()):
            if len(ids.get(number, ())) != wanted[number]:
                yield f"{number}: {wanted[number]} wanted, but it came under {sorted(ids.get(number, ()))}"

    def problems_of_answers(self) -> Iterator[str]:
        """Each interchange answered once, as it should be, and no number twice."""
        for partner in PARTNERS:
            wanted = Counter(answer.segments for sent in self.sent for answer in sent.answers if answer.partner == partner)
            found: Counter[tuple[str, ...]] = Counter()
            interchanges: Counter[str] = Counter()
            groups: Counter[str] = Counter()
            for name, segments in self.answers(partner).items():
                if segments[1].startswith("TA1"):
                    number, kind, body = segments[0].split("*")[13], "ta1", segments[1:-1]
                elif segments[0].startswith("ISA"):
                    number, kind, body = segments[0].split("*")[13], "997", segments[3:-3]
                    groups[segments[1].split("*")[6]] += 1
                else:
                    number, kind, body = segments[1].split("+")[5], "contrl", segments[3:-2]
                interchanges[number] += 1
                found[tuple(body)] += 1
                if name != f"{kind}-{number}.edi":
                    yield f"{name} holds {kind} {number}"
            yield from (f"{partner}: interchange number {number} given {count} times" for number, count in interchanges.items() if count > 1)
            yield from (f"{partner}: group number {number} given {count} times" for number, count in groups.items() if count > 1)
            for segments in sorted(wanted.keys() | found.keys()):
                if wanted[segments] != found[segments]:
                    yield f"{partner}: {found[segments]} answers, not {wanted[segments]}: {segments}"

    def problems_of_states(self) -> Iterator[str]:
        """Nothing is stuck: every file is where its contents must take it."""
        wanted = {sent.name: sent.state for sent in self.sent}
        for row in self.files():
            state = wanted.get(row.name, wanted.get(_without_count(row.name), "settled"))
            if row.state.value != state:
                yield f"{row.label} {row.name}: {row.state.value}, not {state}: {row.reason}"
            if row.retired_at is None:
                yield f"{row.label} {row.name}: its source is gone, and its arrival key is still taken"
        arrivals = Counter(row.name for row in self.files())
        yield from (f"{name}: arrived {arrivals[name]} times, not {count}" for name, count in Counter(self.dropped).items() if arrivals[name] != count)
        for row in self.ledger.rows(Kind.DELIVERY, limit=100_000):
            if row.state not in AT_END:
                yield f"{row.label}: {row.state.value}: {row.last_error}"

    def left_lying(self) -> Iterator[str]:
        """Nothing temporary is left in inboxes, outboxes, what is taken, and the archive."""
        for name in PARTNERS:
            yield from (f"left: {path}" for path in (self.root / "inbox" / name).rglob("*") if path.name != ".taken")
            yield from (f"left: {path}" for path in (self.root / "outbox" / name).rglob("*") if path.name.startswith("."))
        yield from (f"left: {path}" for path in (self.root / "archive").rglob("*") if path.name.endswith(".tmp"))
        wait = time.monotonic() + 10
        while self.left_behind() and time.monotonic() < wait:
            time.sleep(0.02)
        yield from (f"process {pid} outlived its daemon" for pid in self.left_behind())


class _Log:
    """A log that grows: each line is read once, when it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0
        self._facts: list[dict[str, Any]] = []

    def facts(self) -> list[dict[str, Any]]:
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(self._read)
            whole, end, _ = file.read().rpartition(b"\n")
            self._read += len(whole + end)
            self._facts += [json.loads(line) for line in whole.splitlines() if line.startswith(b"{")]
        return self._facts


def _without_count(name: str) -> str:
    """``po.2.edi`` is what an upload becomes when ``po.edi`` stands there already."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem.rpartition('.')[0]}.{suffix}" if stem.rpartition(".")[2].isdecimal() else name


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _pids() -> Iterable[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]


def _children(parent: int) -> list[int]:
    return [pid for pid in _pids() if (stat := _stat(pid)) and int(stat[1]) == parent and stat[0] != "Z"]


def _sessions() -> list[tuple[int, int]]:
    return [(pid, int(stat[3])) for pid in _pids() if (stat := _stat(pid)) and stat[0] != "Z"]
