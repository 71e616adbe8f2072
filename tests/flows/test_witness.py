"""Answers that a second reader reads back before they leave: which, and what becomes of one that it reads differently."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from edigw import generation, operate
from edigw.delivery import CHANNEL_BATCH, CHANNEL_RETRY, Deliveries, Lane
from edigw.delivery.witnessed import ANSWER_DIFFERS, WITNESS, is_sampled
from edigw.operate import Order
from edigw.overview import overview
from edigw.pool import Pool
from edigw.states import DeliveryState, Kind
from edigw.transports.folder import Folder


@pytest.mark.parametrize(
    ("number", "first", "sampled"),
    [
        pytest.param(1, 1, True, id="the first"),
        pytest.param(20, 1, True, id="the twentieth"),
        pytest.param(21, 1, False, id="behind the first twenty"),
        pytest.param(99, 1, False, id="before the hundredth"),
        pytest.param(100, 1, True, id="1 in 100"),
        pytest.param(500, 500, True, id="the first of a line that begins later"),
        pytest.param(519, 500, True, id="its twentieth"),
        pytest.param(521, 500, False, id="behind them"),
        pytest.param(7, 500, False, id="a line that began before it was said where"),
        pytest.param(200, 500, True, id="1 in 100 of such a line"),
    ],
)
def test_the_sample(number, first, sampled):
    assert is_sampled(number, first) is sampled


def test_an_answer_of_the_sample_is_marked_when_it_is_recorded(flow, make_order):
    for start in (1, 26, 76):
        flow.record(*(make_order(f"PO-{at}", at) for at in range(start, start + 25)))
    rows = [row for row in flow.ledger.rows(Kind.DELIVERY, limit=1000) if row.what == "ack"]
    assert len(rows) == 75
    assert [row.name[4:13] for row in rows if row.mark == WITNESS] == [f"{number:09d}" for number in range(1, 21)]


@pytest.fixture
def deliver(flow, tmp_path):
    """``deliver()`` sends what is due into a folder; ``deliver.folder`` is it."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    files = {"edigw.yaml": b"gateway: {name: hub, x12: [{qualifier: ZZ, id: US}]}\n"}  # what the workers judge by does not matter here

    def run(witness=None) -> None:
        async def work() -> None:
            pool = Pool(generation.Generation.of(files).to_bytes(), workers=1)
            lane = Lane("acme-out", CHANNEL_RETRY, CHANNEL_BATCH, target=Folder(folder))
            deliveries = Deliveries(flow.ledger, {"acme-out": lane}, clock=lambda: datetime.now(UTC), witness=witness or pool.read_back)
            running = asyncio.create_task(deliveries.run())
            due = {"what": "ack", "state": (DeliveryState.DUE, DeliveryState.UNDER_WAY)}
            for _ in range(1000):
                await asyncio.sleep(0.02)
                if not [row for row in flow.ledger.rows(Kind.DELIVERY, **due) if not row.last_error]:
                    break
            deliveries.stop()
            await running
            await pool.stop()

        asyncio.run(work())

    run.folder = folder
    return run


def answers(flow):
    return [row for row in flow.ledger.rows(Kind.DELIVERY) if row.what == "ack"]


def spoil(flow, number: int) -> bytes:
    """Have the stored answer say that its set has one segment more than it has, as a builder's mistake would."""
    row = flow.ledger.get(Kind.DELIVERY, number)
    data = flow.ledger.payload(row.payload).replace(b"~SE*6*", b"~SE*7*")
    digest = hashlib.sha256(data).digest()
    flow.ledger.run(lambda tx: tx.set(Kind.DELIVERY, [number], payload=tx.payload(data), sha256=digest))
    return data


def test_one_that_is_read_differently_is_held_and_the_others_leave(flow, make_order, deliver):
    flow.record(*(make_order(f"PO-{at}", at) for at in (1, 2, 3)))
    first, second, third = answers(flow)
    data = spoil(flow, second.id)
    with capture_logs() as logs:
        deliver()
    assert [row.state for row in answers(flow)] == [DeliveryState.DONE, DeliveryState.GIVEN_UP, DeliveryState.DONE]
    assert sorted(path.name for path in deliver.folder.iterdir() if path.is_file()) == [first.name, third.name]
    held = flow.ledger.get(Kind.DELIVERY, second.id)
    assert (held.held, held.mark) == (ANSWER_DIFFERS, None)
    assert held.reason.startswith("another reader reads 997-000000002.edi differently: ")
    (said,) = [one for one in logs if one["event"] == "delivery.held"]
    assert (said["code"], said["log_level"]) == (ANSWER_DIFFERS, "error")
    assert said["next"] == f"edigw show D{second.id}; edigw retry D{second.id} sends it as it is, edigw close D{second.id}"
    trouble = next(one for one in overview(flow.ledger).troubles if one.code == ANSWER_DIFFERS)
    assert (trouble.labels, trouble.command) == ((f"D{second.id}",), f"edigw retry D{second.id}")

    operate.retry(flow.ledger, Kind.DELIVERY, second.id, Order("ada", "the partner reads it"))
    deliver()
    assert (deliver.folder / second.name).read_bytes() == data
    sent = flow.ledger.get(Kind.DELIVERY, second.id)
    assert (sent.state, sent.held) == (DeliveryState.DONE, "")


def test_one_that_is_closed_does_not_leave_when_its_interchange_comes_again(flow, make_order, deliver):
    data = make_order("PO-1", 1)
    flow.record(data)
    spoil(flow, answers(flow)[0].id)
    deliver()
    operate.close(flow.ledger, Kind.DELIVERY, answers(flow)[0].id, Order("ada", "told by phone"))
    flow.record(data)
    assert len(answers(flow)) == 1
    assert flow.ledger.rows(Kind.INTERCHANGE)[1].duplicate_of == 1


def test_one_that_nobody_could_read_back_waits_with_its_mark(flow, make_order, deliver):
    async def no_pool(bodies):
        raise RuntimeError("the pool is closed")

    flow.record(make_order("PO-1", 1))
    deliver(no_pool)
    (row,) = answers(flow)
    assert (row.state, row.mark, row.last_error) == (DeliveryState.DUE, WITNESS, "it could not be read back: RuntimeError")
    assert list(deliver.folder.glob("*.edi")) == []
    operate.retry(flow.ledger, Kind.DELIVERY, row.id, Order("ada"))
    deliver()
    assert [row.state for row in answers(flow)] == [DeliveryState.DONE]
