"""A database that is gone for a while: what was done is recorded when it is back."""

from __future__ import annotations

import asyncio

import pytest

from edigw.errors import LedgerUnavailable
from edigw.ledger import Ledger, outage
from edigw.states import Kind


@pytest.fixture
def ledger(postgresql, tmp_path):
    with Ledger.open(postgresql.database(), node="hub", root=tmp_path) as opened:
        yield opened


def remember(tx):
    tx.event("gateway", 0, "remembered")


def remembered(ledger) -> int:
    return sum(event.name == "remembered" for event in ledger.events())


def test_a_step_is_recorded_once_the_database_is_back(ledger, postgresql):
    ledger.run(remember)
    postgresql.stop()

    async def meanwhile() -> None:
        step = asyncio.create_task(outage.recorded(lambda: ledger.submit(remember), lambda: False))
        await asyncio.sleep(outage.AGAIN_AFTER / 2)
        assert not step.done()
        await asyncio.to_thread(lambda: postgresql.start(port=postgresql.port))
        await asyncio.wait_for(step, 60)

    asyncio.run(meanwhile())
    assert remembered(ledger) == 2
    assert ledger.verify_chain() == []


def test_who_stops_meanwhile_is_told(ledger, postgresql):
    ledger.run(remember)
    postgresql.stop()
    try:
        with pytest.raises(LedgerUnavailable):
            asyncio.run(outage.recorded(lambda: ledger.submit(remember), lambda: True))
    finally:
        postgresql.start(port=postgresql.port)
    assert ledger.rows(Kind.FILE) == []
    assert remembered(ledger) == 1
