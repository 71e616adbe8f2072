"""Half an hour under an even load: memory, file descriptors, write-ahead log and latency, minute by minute.

The same gateway as in bench/gateway.py. A line a minute, then what the ledger's own audit says of
the run. What should be flat is printed as the last minute over the first whole one.

    python bench/soak.py [--minutes 30] [--rate 100] [--database URL]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from gateway import SECRET, back_office, drain, drop, instance, tell, wait_for


@dataclass
class Minute:
    """What one minute showed; sizes in MB at its end, latencies in ms of the files sent in it."""

    number: int
    renamed: dict[str, float]  #: order number: when its file was in place
    daemon: float
    workers: float
    cpu: float  #: seconds of it that the daemon took in this minute
    files: int
    wal: float
    ledger: float
    p50: float = 0.0
    p99: float = 0.0
    worst: float = 0.0

    def line(self) -> str:
        return (
            f"minute {self.number:>3}: {len(self.renamed)} sent; daemon {self.daemon:.0f} MB, its children {self.workers:.0f} MB,"
            f" {self.cpu:.0f} s of CPU, {self.files} open files, WAL {self.wal:.1f} MB, ledger {self.ledger:.0f} MB;"
            f" latency p50 {self.p50:.0f} ms, p99 {self.p99:.0f}, max {self.worst:.0f}"
        )

    def waited(self, seen: dict[str, float]) -> None:
        """Work out the latencies by what has arrived."""
        waits = sorted((seen[key] - at) * 1e3 for key, at in self.renamed.items() if key in seen)
        if len(waits) > 1:
            cut = statistics.quantiles(waits, n=100)
            self.p50, self.p99, self.worst = cut[49], cut[98], waits[-1]


def resident(pid: int) -> float:
    """Resident memory in MB; 0 for a process that is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


def used(pid: int) -> float:
    """Seconds of CPU that a process has taken, its children not counted."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def below(pid: int) -> list[int]:
    """The processes that *pid* started, and those they started."""
    children = [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]
    return children + [one for child in children for one in below(child)]


def size(path: Path) -> float:
    return path.stat().st_size / (1 << 20) if path.exists() else 0.0


def look(number: int, renamed: dict[str, float], pid: int, cpu: float, folder: Path) -> Minute:
    return Minute(
        number,
        renamed,
        daemon=resident(pid),
        workers=sum(map(resident, below(pid))),
        cpu=cpu,
        files=len(list(Path(f"/proc/{pid}/fd").iterdir())),
        wal=size(folder / "ledger.db-wal"),
        ledger=size(folder / "ledger.db"),
    )


def load(daemon: int, folder: Path, port: int, minutes: int, rate: int) -> tuple[list[Minute], int]:
    """Drop *rate* files a second for *minutes*; what each minute showed, and how many files were dropped."""
    done: list[Minute] = []
    begin, index = time.monotonic(), 0
    for number in range(1, minutes + 1):
        renamed: dict[str, float] = {}
        before = used(daemon)
        while len(renamed) < 60 * rate:
            pause = begin + index / rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            renamed[f"PO{1000 + index}"] = drop(folder, 1000 + index)
            index += 1
        if done:  # all of the minute before has come by now, or is late
            told(done[-1], tell(port)["seen"])
        done.append(look(number, renamed, daemon, used(daemon) - before, folder))
    told(done[-1], wait_for(port, 1 + index, 120))
    return done, index


def told(minute: Minute, seen: dict[str, float]) -> None:
    minute.waited(seen)
    print(minute.line(), flush=True)


def audit(folder: Path) -> None:
    for command in (["verify"], ["reconcile", "--day", time.strftime("%Y-%m-%d", time.gmtime())]):
        ran = subprocess.run([sys.executable, "-m", "edigw", "--instance", str(folder), *command], capture_output=True, text=True, check=False)
        print(f"edigw {' '.join(command)}: exit status {ran.returncode}\n{ran.stdout.rstrip()}{ran.stderr.rstrip()}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--database", default="")
    args = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    queue: multiprocessing.queues.Queue[int] = spawn.Queue()
    office = spawn.Process(target=back_office, args=(queue,), daemon=True)
    office.start()
    port = queue.get(timeout=30)
    with tempfile.TemporaryDirectory(prefix="edigw-soak-") as name:
        folder = Path(name)
        instance(folder, port, args.database)
        environment = {**os.environ, "ERP_SECRET": SECRET}
        daemon = subprocess.Popen([sys.executable, "-m", "edigw", "run", "--instance", name], env=environment)
        try:
            drop(folder, 1)
            if not wait_for(port, 1, 60):
                return 1
            minutes, sent = load(daemon.pid, folder, port, args.minutes, args.rate)
            office_has = tell(port)
            print(f"{sent} sent, {len(office_has['seen']) - 1} arrived, {office_has['requests'] - len(office_has['seen'])} repeats")
            first, last = minutes[min(1, len(minutes) - 1)], minutes[-1]
            for what in ("daemon", "workers", "cpu", "files", "wal", "p50", "p99"):
                was, now = getattr(first, what), getattr(last, what)
                print(f"{what}: minute {last.number} / minute {first.number} = {now:.1f} / {was:.1f}" + (f" = {now / was:.2f}" if was else ""))
            audit(folder)
        finally:
            drain(daemon)
            office.terminate()
    return 0


if __name__ == "__main__":
    sys.exit(main())
