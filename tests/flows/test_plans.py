"""How SQLite finds what a file needs on its way: by an index, however much the ledger has kept.

It keeps no statistics of ours, so a plan for a small ledger is the plan for a large one.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from edigw.archive import Archive
from edigw.cases import cases
from edigw.delivery.outages import oldest_first
from edigw.delivery.tries import Tried, record_tries
from edigw.health.metrics import open_states
from edigw.inbound import Current, Inbound
from edigw.inbound.record import prepare, record_files
from edigw.ledger import Ledger
from edigw.overview import overview
from edigw.states import DeliveryState, FileState, Kind
from edigw.tables import metadata

MINUTE = timedelta(minutes=1)


@pytest.fixture
def database_url():
    """Only SQLite's plans are looked at."""
    return "sqlite:///ledger.db"


class _Idle:
    """A pool that is asked for nothing."""

    stalled = False


def asked(ledger: Ledger, work) -> dict[str, object]:
    """Every statement of *work* with values it was run with."""
    found: dict[str, object] = {}

    def keep(connection, cursor, statement, values, context, many):
        if statement.split(" ", 1)[0] in ("SELECT", "UPDATE", "DELETE"):
            found[statement] = values[0] if many else values

    for engine in (ledger._database.writing, ledger._database.reading):
        event.listen(engine, "before_cursor_execute", keep)
    work()
    for engine in (ledger._database.writing, ledger._database.reading):
        event.remove(engine, "before_cursor_execute", keep)
    return found


def looked_through(ledger: Ledger, work) -> list[tuple[str, str]]:
    """Steps of the plans of *work*'s statements that read a table from end to end, with the statement."""
    statements = asked(ledger, work)
    assert statements
    slow = []
    with ledger._database.writing.connect() as connection:
        for statement, values in statements.items():
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            slow += [(step, statement) for step in plan if _looks_through(step, statement)]
    return slow


def test_nothing_on_a_files_way_looks_through_what_was_kept(flow, make_order, tmp_path):
    ledger = flow.ledger
    again, later = make_order("PO-1", 1), datetime.now(UTC) + timedelta(hours=2)

    def recorded(*payloads, **room):
        rows = flow.arrive(*payloads)
        batch = [(row, each, prepare(each, flow.setting)) for row, each in zip(rows, map(flow.judged, payloads), strict=True)]
        return [pair for done in ledger.run(lambda tx: record_files(tx, batch, flow.setting, room)) for pair in done.claimed]

    def work():
        sent = recorded(again, make_order("PO-2", 2), make_order("PO-2", 3), erp=2)
        recorded(again, make_order("PO-9", 2), make_order("PO-2", 4))  # the same bytes, a reused number, the same order
        recorded(b"no interchange")
        for lane in ledger.due_lanes():
            oldest_first(ledger, lane)
            ledger.run(lambda tx, lane=lane: tx.bring_forward(lane))
            rows = ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=1, lease=MINUTE, lane=lane)
            sent += [(row, b"") for row in ledger.renew(Kind.DELIVERY, rows, MINUTE)]
        ledger.payloads([row.payload for row, _ in sent])
        ends = [Tried(DeliveryState.DONE, "200"), Tried(DeliveryState.DUE, "503", later), Tried(DeliveryState.GIVEN_UP, "400")]
        ledger.run(lambda tx: record_tries(tx, [(row, ends[at % 3]) for at, (row, _) in enumerate(sent)]))
        current = Current(lambda now: flow.setting, _Idle(), 500)
        inbound = Inbound(ledger, Archive(tmp_path / "archive"), {}, lambda: current, due=lambda: None, clock=lambda: later, largest=1 << 20)
        asyncio.run(inbound.carry_on())
        ledger.recover()
        names = [f"{at}.edi" for at in range(5)]
        ledger.run(lambda tx: tx.arrivals("acme-in", names))
        ledger.rows(Kind.FILE, channel="acme-in", path=names, retired_at=None, state=FileState.SPLIT)

    assert looked_through(ledger, work) == []


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda ledger, now: ledger.rows(Kind.MESSAGE, since=now, limit=1, partner="acme", type="850", direction="in"), id="silent"),
        pytest.param(lambda ledger, now: ledger.find("PO-1"), id="find"),
        pytest.param(lambda ledger, now: cases(ledger), id="cases"),
        pytest.param(lambda ledger, now: overview(ledger), id="status"),
        pytest.param(lambda ledger, now: [ledger.waiting(kind, open_states(kind)) for kind in Kind], id="metrics"),
        pytest.param(lambda ledger, now: [ledger.history(kind, 1) for kind in Kind], id="show"),
    ],
)
def test_nothing_asked_again_and_again_looks_through_what_was_kept(flow, make_order, ask):
    flow.record(make_order("PO-1", 1))
    assert looked_through(flow.ledger, lambda: ask(flow.ledger, datetime.now(UTC))) == []


def _looks_through(step: str, statement: str) -> bool:
    """Whether a step of a plan reads a table from end to end, or from an id on. What a subquery found is no table.

    The first rows by their ids, whatever they are, cost nothing.
    """
    if "WHERE" not in statement and "LIMIT" in statement:
        return False
    names = {alias for table, alias in re.findall(r"(\w+) AS (\w+)", statement) if table in metadata.tables}
    scanned = re.match(r"SCAN (\w+)", step)
    return (scanned is not None and (scanned[1] in metadata.tables or scanned[1] in names)) or "(rowid<?)" in step or "(rowid>?)" in step
