"""What the ledger costs: commits a second with every sync, alone and shared, and microseconds a row.

    python bench/ledger.py [--database URL] [--folder DIR]

The folder should be on the disk that the gateway will use: a commit costs what a sync of
that disk costs. On PostgreSQL give the URL of an empty database.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

from edigw.ledger import Ledger, Row, Tx
from edigw.states import DeliveryState, Kind, MessageIn

ROUNDS = 300
BATCH = 500
TURNS = 6
ROW = {"partner": "acme", "type": "850", "release": "004010", "control_number": "0001", "span_start": 200, "span_end": 900, "verdict": "accepted",
       "kind": "order", "key": "PO-4711", "map": "acme/850@3f9c1a", "deliver": "erp", "faults": [], "answer": [["AK2", "850", "0001"], ["AK5", "A"]]}  # fmt: skip


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def syncs(folder: Path) -> float:
    """What the disk itself takes for one appended page and its sync, in seconds."""
    with (folder / "sync").open("wb", buffering=0) as out:

        def work() -> None:
            for _ in range(ROUNDS):
                out.write(bytes(4096))
                os.fdatasync(out.fileno())

        return timed(work) / ROUNDS


def step(tx: Tx) -> None:
    """About what a delivery writes: a row, two moves, their events."""
    (row,) = tx.add(Kind.DELIVERY, [{"what": "document", "lane": "erp"}], why="due")
    tx.move(Kind.DELIVERY, [row], DeliveryState.DUE, [DeliveryState.UNDER_WAY, DeliveryState.DONE], "200 OK")


def alone(ledger: Ledger) -> None:
    for _ in range(ROUNDS):
        ledger.run(step)


def shared(ledger: Ledger, waiting: int) -> None:
    threads = [threading.Thread(target=lambda: [ledger.run(step) for _ in range(ROUNDS // 2)]) for _ in range(waiting)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def rows(ledger: Ledger) -> dict[str, float]:
    """Microseconds a row, in batches of BATCH, commit included."""
    took: dict[str, float] = {}

    def measure(what: str, work: Callable[[], list[Row]]) -> list[Row]:
        begin = time.perf_counter()
        result = work()
        took[what] = took.get(what, 0.0) + (time.perf_counter() - begin) / TURNS / BATCH * 1e6
        return result

    def move(messages: list[Row]) -> list[Row]:
        way = [MessageIn.ACCEPTED, MessageIn.MAPPED]
        ledger.run(lambda tx: tx.move(Kind.MESSAGE, messages, MessageIn.RECEIVED, way, "its document is due"))
        return messages

    def claim() -> list[Row]:
        lease = timedelta(minutes=1)
        return ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=BATCH, lease=lease, lane="rows")

    def end(claimed: list[Row]) -> list[Row]:
        ledger.run(lambda tx: tx.move(Kind.DELIVERY, claimed, DeliveryState.UNDER_WAY, DeliveryState.DONE, "200 OK"))
        return claimed

    def keep(turn: int) -> list[Row]:
        documents = [b'{"document":"order","number":"%d-%d"}' % (turn, n) + b" " * 900 for n in range(BATCH)]
        ledger.run(lambda tx: tx.payloads(documents))
        return []

    for turn in range(TURNS):
        measure("payloads", partial(keep, turn))
        messages = measure("add", lambda: ledger.run(lambda tx: tx.add(Kind.MESSAGE, [ROW] * BATCH, why="read")))
        measure("move through two states", partial(move, messages))
        ledger.run(lambda tx: tx.add(Kind.DELIVERY, [{"what": "document", "lane": "rows"}] * BATCH))
        claimed = measure("claim", claim)
        measure("move what is claimed", partial(end, claimed))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--database", default="sqlite:///ledger.db")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edigw-bench-", dir=args.folder) as name:
        folder = Path(name)
        print(f"disk: {syncs(folder) * 1e3:.2f} ms for a page and its sync")
        with Ledger.open(args.database, node="bench", root=folder) as ledger:
            ledger.run(step)
            print(f"alone: {ROUNDS / timed(lambda: alone(ledger)):.0f} steps/s, each with a commit of its own")
            for waiting in (4, 16, 64):
                before, steps = ledger.commits
                seconds = timed(lambda waiting=waiting: shared(ledger, waiting))
                after, carried = ledger.commits
                print(f"{waiting} waiting: {(carried - steps) / seconds:.0f} steps/s, {(carried - steps) / (after - before):.1f} a commit")
            for what, cost in rows(ledger).items():
                print(f"{what}: {cost:.1f} µs a row, {BATCH} a commit")


if __name__ == "__main__":
    main()
