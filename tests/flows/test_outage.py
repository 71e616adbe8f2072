"""A database that is gone for a while: what was done is recorded when it is back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from edigw.delivery.outages import bring_forward
from edigw.errors import LedgerUnavailable
from edigw.ledger import Ledger, outage
from edigw.states import DeliveryState, Kind


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


def waiting(ledger, *minutes: int):
    """Deliveries to erp that are due in so many minutes."""
    due = [datetime.now(UTC) + timedelta(minutes=one) for one in minutes]
    ledger.run(lambda tx: tx.add(Kind.DELIVERY, [{"what": "document", "lane": "erp", "due_at": one} for one in due]))


def due_now(ledger) -> list[int]:
    claimed = ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=10, lease=timedelta(minutes=1), lane="erp")
    return [row.id for row in claimed]


def test_behind_an_outage_what_waits_is_brought_forward_in_its_order(flow):
    """Also while another node has one of them in hand: that one stays as it is."""
    waiting(flow.ledger, -1, 60, 5, 30)
    assert due_now(flow.ledger) == [1]
    woken = []
    asyncio.run(bring_forward("erp", flow.ledger, lambda: False, lambda: woken.append(1)))
    assert woken == [1]
    assert due_now(flow.ledger) == [2, 3, 4]


def test_what_waits_is_brought_forward_although_the_database_is_gone_just_then(ledger, postgresql):
    waiting(ledger, 60, 5)
    postgresql.stop()

    async def meanwhile() -> None:
        step = asyncio.create_task(bring_forward("erp", ledger, lambda: False, lambda: None))
        await asyncio.sleep(outage.AGAIN_AFTER / 2)
        await asyncio.to_thread(lambda: postgresql.start(port=postgresql.port))
        await asyncio.wait_for(step, 60)

    asyncio.run(meanwhile())
    assert due_now(ledger) == [1, 2]


def test_a_stop_says_that_what_waits_was_not_brought_forward(ledger, postgresql, capfd):
    waiting(ledger, 60)
    postgresql.stop()
    try:
        asyncio.run(bring_forward("erp", ledger, lambda: True, lambda: None))
    finally:
        postgresql.start(port=postgresql.port)
    assert "delivery.not_brought_forward" in capfd.readouterr().err
    assert due_now(ledger) == []
