"""Documents a second through one node and through two, on one PostgreSQL and one instance's folder.

A PostgreSQL of its own in a temporary folder, with its syncs; a back office as a process that
only counts; four partners with a folder each, which the nodes share. One node and two take
turns, so that whatever else the machine does falls on both. Beside the documents a second
stands the processor time of the daemons and their workers for one document: on a machine
with few processors that says more than the clock.

    python bench/nodes.py [--files 1000] [--rounds 2] [--workers 1]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import gateway as one_gateway  # bench/gateway.py: the same back office, the same documents
from conftest import PostgreSQL, _postgresql_programs

PARTNERS = ("acme", "birch", "cedar", "delta")
TICKS = os.sysconf("SC_CLK_TCK")


def instance(folder: Path, port: int, database: str, workers: int) -> None:
    """A gateway with four partners, each with a folder channel."""
    (folder / "keys").mkdir(mode=0o700, parents=True)
    (folder / "archive").mkdir()
    channels = ""
    for name in PARTNERS:
        for path in (f"inbox/{name}", f"outbox/{name}", f"staged/{name}", f"partners/{name}"):
            (folder / path).mkdir(parents=True)
        channels += f"  {name}-in: {{folder: inbox/{name}}}\n  {name}-out: {{folder: outbox/{name}}}\n"
        (folder / f"partners/{name}/partner.yaml").write_text(
            f"""partner: {name}
name: {name}
x12: [{{qualifier: ZZ, id: {name.upper()}STORES}}]
channels: {{in: {name}-in, out: {name}-out}}
receive:
  - {{message: "850", releases: ["004010"], deliver: erp, acknowledge: {{with: "997"}}}}
"""
        )
    (folder / "edigw.yaml").write_text(
        f"""gateway: {{name: bench, x12: [{{qualifier: ZZ, id: OURCOMPANY}}]}}
database: {database}
workers: {workers}
channels:
{channels}endpoints:
  erp: {{http: "http://127.0.0.1:{port}/edi", secret: env:ERP_SECRET, timeout: 30s}}
log: {{level: error}}
"""
    )


def stage(folder: Path, count: int, first: int) -> list[tuple[Path, Path]]:
    """Files written beside the inboxes: from where to where each is to be renamed."""
    moves = []
    for number in range(first, first + count):
        name = PARTNERS[number % len(PARTNERS)]
        data = one_gateway.purchase_order(number)
        ours, theirs = b"ACMESTORES     ", f"{name.upper()}STORES".ljust(15).encode()
        staged = folder / f"staged/{name}/po{number}.edi"
        staged.write_bytes(data.replace(ours, theirs).replace(b"GS*PO*ACMESTORES*", f"GS*PO*{name.upper()}STORES*".encode()))
        moves.append((staged, folder / f"inbox/{name}/po{number}.edi"))
    return moves


def used(session: int) -> float:
    """Processor seconds of every process of a daemon's session that lives."""
    total = 0
    for path in Path("/proc").iterdir():
        if path.name.isdecimal():
            try:
                fields = (path / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session:
                total += int(fields[11]) + int(fields[12])
    return total / TICKS


def run(nodes: int, files: int, workers: int, port: int, database: str, first: int) -> tuple[float, float]:
    """Documents a second with so many *nodes*, and their processor time for each document in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="edigw-bench-") as name:
        folder = Path(name)
        instance(folder, port, database, workers)
        daemons = [
            subprocess.Popen(
                [sys.executable, "-m", "edigw", "run", "--instance", name, "--node", f"node{at}"],
                env={**os.environ, "ERP_SECRET": one_gateway.SECRET},
                start_new_session=True,
            )
            for at in range(nodes)
        ]
        try:
            before = len(one_gateway.tell(port)["seen"])
            warm = stage(folder, 8 * nodes, first)
            for index, (staged, inbox) in enumerate(warm):
                staged.rename(inbox)
                one_gateway.wait_for(port, before + index + 1, 120)
            until = time.monotonic() + 60
            while len(polling(folder, nodes)) < nodes and time.monotonic() < until:
                time.sleep(0.2)
            before += len(warm)
            moves = stage(folder, files, first + len(warm))
            spent = [used(daemon.pid) for daemon in daemons]
            begin = time.monotonic()
            for staged, inbox in moves:
                staged.rename(inbox)
            seen = one_gateway.wait_for(port, before + files, 600)
            if len(seen) < before + files:
                raise SystemExit(f"{before + files - len(seen)} of {files} documents did not arrive")
            took = max(seen.values()) - begin
            spent = [used(daemon.pid) - was for daemon, was in zip(daemons, spent, strict=True)]
            print(f"  {nodes} node{'s' if nodes > 1 else ' '}: {files / took:6.0f} documents/s, {1e3 * sum(spent) / files:5.2f} ms of processor each", end="")
            print(f"; shares {' + '.join(f'{100 * one / sum(spent):.0f} %' for one in spent)}")
            return files / took, 1e3 * sum(spent) / files
        finally:
            for daemon in daemons:
                daemon.send_signal(signal.SIGTERM)
            for daemon in daemons:
                daemon.wait(120)


def polling(folder: Path, nodes: int) -> list[str]:
    """The nodes that poll something, once all of *nodes* answer."""
    from edigw import control

    answers = control.poke_each(folder, "ping")
    return [name for name, said in answers.items() if said.get("polls")] if len(answers) == nodes else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1, help="judging processes of each node")
    args = parser.parse_args()
    programs = _postgresql_programs()
    if programs is None:
        print("PostgreSQL is not here: apt-get install postgresql", file=sys.stderr)
        return 2
    queue: multiprocessing.queues.Queue[int] = multiprocessing.get_context("spawn").Queue()
    office = multiprocessing.get_context("spawn").Process(target=one_gateway.back_office, args=(queue,), daemon=True)
    office.start()
    with tempfile.TemporaryDirectory(prefix="edigw-bench-pg-") as name:
        Path(name).chmod(0o755)
        server = PostgreSQL(programs, Path(name))
        try:
            server.stop()
            server.start(durable=True)
            port = queue.get(timeout=60)
            figures: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
            first = 1_000_000
            for _ in range(args.rounds):
                for nodes in figures:
                    figures[nodes].append(run(nodes, args.files, args.workers, port, server.database(), first))
                    first += 2 * args.files + 1000
        finally:
            server.stop()
            office.terminate()
    rate = {nodes: statistics.median(one for one, _ in some) for nodes, some in figures.items()}
    cost = {nodes: statistics.median(one for _, one in some) for nodes, some in figures.items()}
    processors = len(os.sched_getaffinity(0))
    print(f"one node {rate[1]:.0f} documents/s, two {rate[2]:.0f}: {rate[2] / rate[1]:.2f} times", end="; ")
    print(f"processor time of a document {cost[2] / cost[1]:.2f} times; {processors} processors, load {os.getloadavg()[0]:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
