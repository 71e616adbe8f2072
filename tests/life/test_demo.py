"""``edigw demo`` as a person meets it: a process, a table, the README typed in beside it, Ctrl-C.

The blocks of README.md's *Ten minutes with it* are run as they stand, in order, by bash, with
the real sftp and curl. Only ports are replaced where the demo had to take others.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from edigw import control, generation
from edigw.demo import making, ports

ROOT = Path(__file__).parents[2]
LAST_LINE = "Ctrl-C drains and ends the demo."
READY_WITHIN = 180.0  # seconds; a dozen when the machine is ours alone
EVENTUALLY = 60.0

pytestmark = [
    pytest.mark.xdist_group("demo"),
    pytest.mark.skipif(shutil.which("sftp") is None, reason="no sftp: apt-get install openssh-client"),
    pytest.mark.skipif(shutil.which("curl") is None, reason="no curl: apt-get install curl"),
]

#: Block of the README, by a line in it -> command -> what its output must show in the end. A block without one must only run.
SHOWN = {
    "get out/997-000000006.edi": {"tr '~' '\\n' < 997-000000006.edi": r"\nAK1\*PO\*101\n.*\nAK9\*A\*1\*1\*1\n"},
    "/documents": {"curl -s http://127.0.0.1:8089/documents": r'"number": "PO-5001"'},
    "backoffice.pid": {"edigw list --kind delivery --state due": r"D\d+\tdue\tacme\tdocument\tM12\terp"},
    "edigw.backoffice": {"edigw find PO-5002": r"M12\tdelivered", "curl -s http://127.0.0.1:8089/documents": r'"number": "PO-5002"'},
    "BEG: {3: }/' var": {"edigw reload": r"the configuration [0-9a-f]{12} is in force"},
    "edigw show M13\n": {"edigw list --state held": r"M13\theld\tacme\t850"},
    "edigw replay M13": {"edigw show M13": r"M13 850 0001 from acme \(PO-5003\): delivered"},
    "inot:/'": {"edigw check": r"acme/maps/850\.yaml:4:9: EDIGW-MAP-E001 .* \(did you mean into\?\)", "edigw reload": r"the configuration [0-9a-f]{12} stays in force"},
    "edigw release I9": {"edigw show I9": r"I9 .*settled", "edigw find PG-1001": r"M\d+\tdelivered\tacme"},
    "partners/kiosk": {"edigw check": r"3 partners, 6 channels, 0 samples: no problem", "edigw reload": r"is in force"},
    "KU-1/": {"edigw find KU-1": r"M\d+\tdelivered\tkiosk", "ls var/demo/outbox/kiosk": r"997-000000001\.edi"},
}
#: Commands that end with another status than 0 because that is what they are there to show.
SPEAKING = ("inot:/'",)

# A file is judged within a fraction of a second of its upload; a person is slower than that, a script is not.
PATIENT = """
sftp() { local said; said=$(cat); for _ in $(seq 100); do command sftp "$@" <<< "$said" && return; sleep 0.2; done; return 1; }
edigw() {
  case $1 in show | find | replay | release) for _ in $(seq 50); do command edigw "$@" && return; sleep 0.2; done; return 1 ;; *) command edigw "$@" ;; esac
}
set -o pipefail; trap 'echo "FAILED $?: $BASH_COMMAND"' ERR
"""


class Demo:
    """``edigw demo`` in *folder*/var/demo, its stdout and stderr in files."""

    def __init__(self, folder: Path, *, busy: bool = False) -> None:
        self.folder = folder
        self.instance = folder / "var/demo"
        self.out, self.err = folder / "stdout", folder / "stderr"
        environment = {name: value for name, value in os.environ.items() if name != "EDIGW_INSTANCE"}
        self.environment = {**environment, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        with contextlib.ExitStack() as taken, self.out.open("wb") as out, self.err.open("wb") as err:
            for port in (ports.SFTP_PORT, ports.HTTP_PORT) if busy else ():
                with contextlib.suppress(OSError):  # somebody else has it: as busy as we want it
                    taken.enter_context(socket.create_server(("127.0.0.1", port)))
            self.process = subprocess.Popen(
                [sys.executable, "-m", "edigw", "demo"], cwd=folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )
            eventually(lambda: LAST_LINE in self.said or self.process.poll() is not None, READY_WITHIN, self.words)
        assert LAST_LINE in self.said, self.words()
        self.beside: list[int] = []

    @property
    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def words(self) -> str:
        log = self.instance / "edigw.log"
        return f"{self.said}\n{self.err.read_text()}\n{log.read_text() if log.exists() else ''}"

    def row(self, file: str) -> list[str]:
        """The table's cells of a file, from its partner on."""
        (line,) = [line for line in self.said.splitlines() if re.match(rf"\s*F\d+\s+{re.escape(file)}\s", line)]
        return re.split(r"\s{2,}", line.strip())[2:]

    @property
    def url(self) -> str:
        found = re.search(r"back office (http://127\.0\.0\.1:\d+)", self.said)
        assert found, self.words()
        return found[1]

    def documents(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/documents", timeout=10) as answer:
            return [one["document"] for one in json.load(answer)]

    def bash(self, text: str) -> str:
        """Run *text* as a person would in the folder of ``make run``; what it printed, stdout and stderr."""
        out = self.folder / "typed"
        with out.open("wb") as file:
            environment = {**self.environment, "EDIGW_INSTANCE": "var/demo"}
            typed = text.replace("http://127.0.0.1:8089", self.url).replace("--port 8089", f"--port {self.url.rpartition(':')[2]}")
            process = subprocess.Popen(["bash", "-c", PATIENT + typed], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
            self.beside.append(process.pid)
            process.wait(EVENTUALLY)
        return out.read_text(encoding="utf-8")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(90)

    def close(self) -> None:
        for group in self.beside:  # what a block left running: the back office that the README starts by hand
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)
        if self.process.poll() is None:
            self.interrupt()


def eventually(what: Callable[[], Any], within: float, why: Callable[[], str]) -> None:
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end, f"not within {within:g} s:\n{why()}"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = Demo(tmp_path_factory.mktemp("demo"), busy=True)
    yield started
    started.close()


TABLE = {
    "order-4711.edi": ["acme", "850", "accepted", "order PO-4711", "997-000000001.edi"],
    "order-4713.edi": ["acme", "850", "accepted", "order PO-4713", "997-000000002.edi"],
    "two-orders.edi": ["acme", "850 ×2", "accepted ×2", "order PO-4714", "997-000000003.edi"],
    "order-1001.edi": ["nordwind", "ORDERS", "accepted", "order NW-2026-1001", "contrl-1.edi"],
    "order-1002.edi": ["nordwind", "ORDERS", "accepted", "order NW-2026-1002", "contrl-2.edi"],
    "bad-quantity.edi": ["nordwind", "ORDERS ×2", "rejected, accepted", "order NW-2026-1004", "contrl-3.edi"],
    "thirteenth-month.edi": ["acme", "850", "rejected", "997-000000004.edi"],
    "wrong-count.edi": ["acme", "850", "rejected", "997-000000005.edi"],
    "unknown-sender.edi": ["unknown", "held"],
    "order-4711-again.edi": ["acme", "duplicate of I1", "given before"],
    "letter.txt": ["acme", "quarantined"],
}


@pytest.mark.parametrize("file", TABLE)
def test_the_table_says_what_became_of_each_sample(demo: Demo, file: str):
    assert demo.row(file) == TABLE[file]


def test_a_busy_port_moves_to_the_next_free_one(demo: Demo):
    said = re.search(r"ready: SFTP inbox 127\.0\.0\.1:(\d+), back office http://127\.0\.0\.1:(\d+)", demo.said)
    assert said
    assert int(said[1]) > ports.SFTP_PORT
    assert int(said[2]) > ports.HTTP_PORT


def test_ports_are_taken_while_they_are_chosen():
    """Who chooses at the same moment gets others, and a port is taken before its process runs; nobody can slip in between."""
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(8) as threads:
        waiting = threading.Barrier(8)

        def choose() -> socket.socket:
            waiting.wait()
            return ports.listen(ports.HTTP_PORT)

        chosen = [stack.enter_context(one.result()) for one in [threads.submit(choose) for _ in range(8)]]
        numbers = {one.getsockname()[1] for one in chosen}
        assert len(numbers) == 8
        assert min(numbers) >= ports.HTTP_PORT
        for number in numbers:
            with pytest.raises(OSError, match="in use"):
                socket.create_server((ports.HOST, number))


def test_a_server_on_every_address_makes_its_port_busy():
    with socket.create_server(("0.0.0.0", 0)) as taken:
        wanted = taken.getsockname()[1]
        with ports.listen(wanted) as found:
            assert found.getsockname()[1] > wanted


def test_no_port_at_all_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ports, "TRIED", 1)
    with socket.create_server((ports.HOST, 0)) as taken:
        wanted = taken.getsockname()[1]
        with pytest.raises(ports.NoPort, match=f"no port from {wanted} to {wanted} is free"):
            ports.listen(wanted)


def test_the_samples_documents_have_reached_the_back_office(demo: Demo):
    numbers = [document["number"] for document in demo.documents()]
    assert numbers == ["PO-4711", "PO-4713", "PO-4714", "PO-4700", "NW-2026-1001", "NW-2026-1002", "NW-2026-1004"]


def test_what_was_held_or_rejected_is_explained_below_the_table(demo: Demo):
    assert 'I9 held: no partner has the sender ZZ:ACMEGARDEN; add to its partner.yaml: x12: [{qualifier: "ZZ", id: "ACMEGARDEN"}]' in demo.said
    assert "M9 rejected: BEG05: the value is no date (20261332)" in demo.said


def test_keys_are_their_owners_alone(demo: Demo):
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in (demo.instance / "keys").iterdir() if path.name in ("acme", "nordwind", "erp", "sftpd")} == dict.fromkeys(
        ("acme", "nordwind", "erp", "sftpd"), "0o600"
    )


def test_a_second_demo_does_not_move_one_that_runs(demo: Demo):
    ran = subprocess.run([sys.executable, "-m", "edigw", "demo"], cwd=demo.folder, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "a gateway runs in" in ran.stderr


def walk() -> list[str]:
    """The blocks of the ten minutes, without the first: it activates the venv that we are in already."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Ten minutes with it\n")[2].partition("\n## ")[0]
    first, *rest = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert first == ". .venv/bin/activate\nexport EDIGW_INSTANCE=var/demo\n"
    return rest


def test_the_ten_minutes_of_the_readme_go_as_written(demo: Demo):
    unused = dict(SHOWN)
    for block in walk():
        said = demo.bash(block)
        assert "Traceback" not in said, said
        assert "FAILED" not in said or any(mark in block for mark in SPEAKING), f"{block}\n{said}\n{demo.words()}"
        for mark in [mark for mark in unused if mark in block]:
            for command, shows in unused.pop(mark).items():
                expect(demo, said, command, shows)
    assert unused == {}


def expect(demo: Demo, said: str, command: str, shows: str) -> None:
    if not re.search(shows, said, re.DOTALL):
        eventually(lambda: re.search(shows, demo.bash(command), re.DOTALL), EVENTUALLY, lambda: f"{shows} in {command}:\n{demo.bash(command)}\n{demo.words()}")


def test_commands_that_need_no_demo(demo: Demo):
    """README, *Without the demo*: an instance is made and checked, the gateway starts in it and drains; samples are read."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Without the demo\n")[2].partition("\n## ")[0]
    made, samples = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    init, check, run = made.splitlines()
    folder = demo.folder / "elsewhere"
    folder.mkdir()
    (folder / "samples").symlink_to(ROOT / "samples")

    def typed(line: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["bash", "-c", line], cwd=folder, env=demo.environment, capture_output=True, text=True, timeout=60, check=False, **more)

    assert [typed(init).returncode, typed(check).returncode] == [0, 0]
    settings = folder / "hub/edigw.yaml"
    settings.write_text(settings.read_text().replace("127.0.0.1:2222", "127.0.0.1:0"))  # the usual port is the demo's here
    with (folder / "log").open("wb") as log:
        gateway = subprocess.Popen(["bash", "-c", f"exec {run}"], cwd=folder, env=demo.environment, stdin=subprocess.DEVNULL, stderr=log)
        eventually(lambda: control.poke(folder / "hub", "ping") is not None or gateway.poll() is not None, EVENTUALLY, (folder / "log").read_text)
        gateway.send_signal(signal.SIGINT)
        assert gateway.wait(60) == 0, (folder / "log").read_text()
    statuses = {line.split()[1]: typed(line) for line in samples.splitlines()}
    assert {name: ran.returncode for name, ran in statuses.items()} == {"translate": 0, "faults": 1, "ack": 0, "coverage": 0, "explain": 1}
    assert '"number":"PO-4711"' in statuses["translate"].stdout
    assert "EDIGW-" in statuses["faults"].stdout
    assert "\nUCI+NW000101+" in statuses["ack"].stdout
    assert "1 message: 1 rejected" in statuses["explain"].stdout


def test_ctrl_c_drains_and_exits_0(demo: Demo):
    gateway = int((demo.instance / "gateway.pid").read_text())
    assert demo.interrupt() == 0
    assert "daemon.stopped" in demo.words()
    assert not Path(f"/proc/{gateway}").exists()
    assert control.poke(demo.instance, "ping") is None


def test_under_make_ctrl_c_at_the_terminal_exits_0(tmp_path: Path):
    """The terminal signals its whole foreground group; ``make`` must not die of it, or ``make run`` would seem to fail."""
    (tmp_path / "Makefile").write_text(f"run:\n\t{sys.executable} -m edigw demo var/demo\n")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execvp("make", ["make", "run"])
    said, sent, end = b"", False, time.monotonic() + READY_WITHIN
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1.0)[0]:
            try:
                said += os.read(terminal, 65536)
            except OSError:  # the other side is closed: everybody has left
                break
        if not sent and LAST_LINE.encode() in said:
            os.write(terminal, b"\x03")
            sent = True
    _, status = os.waitpid(pid, 0)
    assert (os.waitstatus_to_exitcode(status), sent) == (0, True), said.decode()
    assert "daemon.stopped" in (tmp_path / "var/demo/edigw.log").read_text()


def at(text: str) -> Callable[[], datetime]:
    return lambda: datetime.fromisoformat(text).replace(tzinfo=UTC)


PORTS = (2222, 8089)  #: as they would be printed; nobody listens here


def test_an_earlier_demo_is_moved_aside_and_kept(tmp_path: Path):
    first = making.make(tmp_path / "demo", PORTS, now=at("2026-11-24T15:30:00"))
    (first.folder / "mine.txt").write_text("kept")
    second = making.make(tmp_path / "demo", PORTS, now=at("2026-11-24T15:31:07"))
    third = making.make(tmp_path / "demo", PORTS, now=at("2026-11-24T15:31:07"))
    assert first.moved is None
    assert (second.moved, third.moved) == (tmp_path / "demo-20261124-153107", tmp_path / "demo-20261124-153107-2")
    assert (tmp_path / "demo-20261124-153107/mine.txt").read_text() == "kept"


def test_a_folder_that_is_no_instance_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(making.InUse, match="holds something that is no instance"):
        making.make(tmp_path, PORTS, now=at("2026-11-24T15:30:00"))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_demos_configuration_has_no_problem(tmp_path: Path):
    made = making.make(tmp_path / "it's a % demo", PORTS, now=at("2026-11-24T15:30:00"))
    configuration = generation.build(generation.read(made.folder))
    assert configuration.problems == ()
    assert sorted(configuration.book.partners) == ["acme", "nordwind"]
