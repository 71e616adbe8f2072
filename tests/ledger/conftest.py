"""A ledger with a clock that only moves when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from edigw.ledger import Ledger
from edigw.states import Kind

BEGAN = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


class Clock:
    """Stands still until ``on`` moves it."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> datetime:
        return self.now

    def on(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def open_ledger(database_url, clock, tmp_path):
    """Opens ledgers on the test's database and closes them behind it."""
    opened = []

    def open_one(*, node: str = "hub", **more: object) -> Ledger:
        made = Ledger.open(database_url, node=node, clock=clock, root=tmp_path, **more)
        opened.append(made)
        return made

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def ledger(open_ledger):
    return open_ledger(boot="1")


@pytest.fixture
def add(ledger):
    """Adds rows of one kind in one step; ``add(Kind.DELIVERY, 3, lane="erp")``."""

    def add_rows(kind: Kind, count: int = 1, **facts: object) -> list:
        def put(tx):
            return tx.add(kind, [dict(facts) for _ in range(count)], why="for the test")

        return ledger.run(put)

    return add_rows


@pytest.fixture
def statements(ledger):
    """Counts the statements that reach the database for a step: ``statements(step)``."""
    from sqlalchemy import event

    sent: list[str] = []

    def saw(connection, cursor, statement, *_):
        sent.append(statement)

    event.listen(ledger._database.writing, "before_cursor_execute", saw)

    def count(step) -> int:
        sent.clear()
        ledger.run(step)
        return len(sent)

    return count
