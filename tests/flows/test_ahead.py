"""Deliveries claimed where they are recorded: only with room, only in their turn, and never left without somebody who sends them."""

from __future__ import annotations

import asyncio
import base64
from concurrent.futures import Future
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from aiohttp import web

from edigw.archive import Archive
from edigw.delivery import CHANNEL_RETRY, Deliveries, Lane
from edigw.errors import LedgerUnavailable, Superseded
from edigw.inbound import Current, Inbound
from edigw.inbound.arrivals import Arrived
from edigw.inbound.due import wanted
from edigw.inbound.record import prepare, record_files
from edigw.ledger import outage
from edigw.pool import FileTask
from edigw.states import DeliveryState, FileState, Kind
from edigw.transports.http import HttpEndpoint

DUE, UNDER_WAY = DeliveryState.DUE, DeliveryState.UNDER_WAY


def recorded(flow, rows, payloads, room):
    batch = [(row, each, prepare(each, flow.setting)) for row, each in zip(rows, map(flow.judged, payloads), strict=True)]
    assert wanted(batch, flow.setting) == {"erp": len(payloads), "acme-out": len(payloads)}
    return flow.ledger.run(lambda tx: record_files(tx, batch, flow.setting, room))


def record(flow, *payloads, **room):
    return recorded(flow, flow.arrive(*payloads), payloads, room)


def documents(flow):
    return [row.state for row in flow.ledger.rows(Kind.DELIVERY, lane="erp")]


def test_what_has_room_is_claimed_with_its_bytes(flow, make_order):
    (done,) = record(flow, make_order("PO-1", 7), **{"erp": 5, "acme-out": 5})
    assert not done.left_due
    assert [row for row, _ in done.claimed] == flow.ledger.rows(Kind.DELIVERY)  # as the ledger has them
    for row, body in done.claimed:
        assert (row.state, row.owner, row.attempt) == (UNDER_WAY, flow.ledger.owner, 1)
        assert body == flow.ledger.payload(row.payload)
        events = [(event.name, event.was, event.state) for event in flow.ledger.history(Kind.DELIVERY, row.id)]
        assert events == [("added", "", "due"), ("claimed", "due", "under_way")]
    assert flow.ledger.due_lanes() == []
    assert flow.ledger.invariants() == []


def test_what_has_no_room_becomes_due(flow, make_order):
    dones = record(flow, *(make_order(f"PO-{at}", at) for at in range(1, 4)), erp=2)
    assert [len(done.claimed) for done in dones] == [1, 1, 0]
    assert all(done.left_due for done in dones)  # their answers
    assert documents(flow) == [UNDER_WAY, UNDER_WAY, DUE]
    assert flow.ledger.due_lanes() == ["acme-out", "erp"]


def test_one_document_of_an_order_at_a_time(flow, make_order):
    record(flow, make_order("PO-1", 1), make_order("PO-1", 2), make_order("PO-2", 3), erp=9)
    assert documents(flow) == [UNDER_WAY, DUE, UNDER_WAY]
    record(flow, make_order("PO-1", 4), erp=9)
    assert documents(flow)[3] is DUE
    assert flow.ledger.claim(Kind.DELIVERY, DUE, to=UNDER_WAY, limit=9, lease=timedelta(minutes=1), lane="erp") == []  # claims agree


def test_an_earlier_file_that_is_not_split_comes_first(flow, make_order):
    first, second = payloads = [make_order("PO-1", 1), make_order("PO-2", 2)]
    rows = flow.arrive(*payloads)
    (done,) = recorded(flow, rows[1:], [second], {"erp": 9})
    assert done.left_due
    assert documents(flow) == [DUE]
    recorded(flow, rows[:1], [first], {"erp": 9})
    assert documents(flow) == [DUE, UNDER_WAY]
    (claimed,) = flow.ledger.claim(Kind.DELIVERY, DUE, to=UNDER_WAY, limit=9, lease=timedelta(minutes=1), lane="erp")
    assert claimed.headers["edigw-key"] == "PO-2"


async def nobody_reads(bodies):
    return [()] * len(bodies)


def lane(capacity, endpoint=None):
    return Lane("erp", CHANNEL_RETRY, capacity, endpoint, behind=False)


def flow_of(ledger, erp):
    return Deliveries(ledger, {"erp": erp}, clock=lambda: datetime.now(UTC), witness=nobody_reads)


@asynccontextmanager
async def back_office():
    """An endpoint, and the webhook ids that came to it."""
    came = []

    async def post(request):
        await request.read()
        came.append(request.headers["webhook-id"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/edi", post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield HttpEndpoint(f"http://127.0.0.1:{port}/edi", "whsec_" + base64.b64encode(b"s" * 32).decode()), came
    finally:
        await runner.cleanup()


def test_room_is_kept_until_it_is_given_back(flow):
    erp = lane(3)

    async def work():
        deliveries = flow_of(flow.ledger, erp)
        first = deliveries.reserve({"erp": 2, "no such lane": 1})
        second = deliveries.reserve({"erp": 2})
        assert (first.room, second.room, erp.busy) == ({"erp": 2}, {"erp": 1}, 3)
        deliveries.take(first, [])
        assert erp.busy == 1
        assert deliveries.reserve({"erp": 1}).room == {}  # one of the second had no room, and comes first

    asyncio.run(work())


def test_a_lane_whose_receiver_is_spared_gives_no_room(flow):
    """Its breaker is open, or what an outage left goes first and slowly: the oldest goes ahead, and nothing new."""
    erp = lane(3)

    async def work():
        deliveries = flow_of(flow.ledger, erp)
        for _ in range(3):
            erp.outage.breaker.failed("500")
        assert deliveries.reserve({"erp": 1}).room == {}
        erp.outage.breaker.succeeded()
        erp.outage.over()
        assert deliveries.reserve({"erp": 1}).room == {}
        erp.outage.claimed(2, 1)  # nothing waits any more
        assert deliveries.reserve({"erp": 1}).room == {"erp": 1}

    asyncio.run(work())


def test_what_has_room_in_a_lane_that_a_reload_removes_is_sent_before_it_closes(flow, make_order):
    async def work():
        async with back_office() as (endpoint, came):
            erp = lane(3, endpoint)
            deliveries = flow_of(flow.ledger, erp)
            ahead = deliveries.reserve({"erp": 1})
            assert deliveries.replace_lanes({}) == [erp]
            closing = asyncio.create_task(erp.close())
            (done,) = await asyncio.to_thread(record, flow, make_order("PO-1", 7), **ahead.room)
            assert not closing.done()
            deliveries.take(ahead, done.claimed)
            await asyncio.wait_for(closing, 30)
            assert came == [row.webhook_id for row, _ in done.claimed]
            assert erp.busy == 0

    asyncio.run(work())
    assert documents(flow) == [DeliveryState.DONE]


def test_who_stops_waits_for_what_is_being_recorded(flow, make_order):
    async def work():
        async with back_office() as (endpoint, came):
            erp = lane(3, endpoint)
            deliveries = flow_of(flow.ledger, erp)
            ahead = deliveries.reserve({"erp": 1})
            sending = asyncio.create_task(deliveries.run())
            deliveries.stop()
            assert deliveries.reserve({"erp": 1}).room == {}
            (done,) = await asyncio.to_thread(record, flow, make_order("PO-1", 7), **ahead.room)
            assert not sending.done()
            deliveries.take(ahead, done.claimed)
            await asyncio.wait_for(sending, 30)
            await erp.close()
            assert len(came) == 1

    asyncio.run(work())
    assert documents(flow) == [DeliveryState.DONE]


class AnswerLost:
    """A ledger whose connection breaks in the first commit that records files, after the commit and before its answer."""

    def __init__(self, ledger, then):
        self._ledger = ledger
        self._then = then
        self._lost = False

    def __getattr__(self, name):
        return getattr(self._ledger, name)

    def submit(self, step, *, name="", patient=False):
        future = self._ledger.submit(step, name=name, patient=patient)
        if name != "record" or self._lost:
            return future
        self._lost = True
        future.result()
        self._then()
        lost = Future()
        lost.set_exception(LedgerUnavailable("the connection was closed"))
        return lost


@pytest.mark.parametrize("taken_on", [False, True])
def test_a_claim_whose_commit_was_not_heard_of_is_sent(flow, make_order, tmp_path, monkeypatch, taken_on):
    """The step run again finds its file recorded: what it claimed is sent by us, unless another took it on meanwhile."""
    monkeypatch.setattr(outage, "AGAIN_AFTER", 0.01)
    data = make_order("PO-1", 7)
    (row,) = flow.arrive(data)
    judged = flow.judged(data)

    async def files(tasks, limit):
        return [judged for _ in tasks]

    def take_on():
        much_later = datetime.now(UTC) + timedelta(hours=1)
        assert flow.ledger.claim(Kind.DELIVERY, DUE, to=UNDER_WAY, limit=1, lease=timedelta(1), lane="erp", now=much_later)

    current = Current(lambda now: flow.setting, SimpleNamespace(files=files), 500)
    ledger = AnswerLost(flow.ledger, take_on if taken_on else lambda: None)

    async def work():
        async with back_office() as (endpoint, came):
            erp = lane(3, endpoint)
            deliveries = flow_of(ledger, erp)
            inbound = Inbound(
                ledger,
                Archive(tmp_path / "archive"),
                {},
                lambda: current,
                due=lambda: None,
                clock=lambda: datetime.now(UTC),
                largest=1 << 20,
                deliveries=deliveries,
            )
            await inbound.process([Arrived(row, FileTask(data, "1.edi", "acme-in"))])
            await erp.close()
            assert erp.busy == 0
            return came

    came = asyncio.run(work())
    (delivery,) = flow.ledger.rows(Kind.DELIVERY, lane="erp")
    assert came == ([] if taken_on else [delivery.webhook_id])
    assert (delivery.state, delivery.attempt) == ((UNDER_WAY, 2) if taken_on else (DeliveryState.DONE, 1))
    assert [one.state for one in flow.ledger.rows(Kind.FILE)] == [FileState.SPLIT]
    assert flow.ledger.invariants() == []


def test_a_claim_of_a_commit_that_did_not_succeed_is_not_sent(flow, make_order, tmp_path):
    """What another recorded under the same ids is his."""
    first, second = (make_order(f"PO-{at}", at) for at in (1, 2))
    rows = flow.arrive(first, second)

    def refused(tx):
        batch = [(rows[0], judged, prepare(judged, flow.setting)) for judged in [flow.judged(first)]]
        written.extend(record_files(tx, batch, flow.setting, {"erp": 1}))
        raise Superseded("another was first")

    written = []
    with pytest.raises(Superseded):
        flow.ledger.run(refused)
    recorded(flow, rows[1:], [second], {"erp": 1})
    inbound = Inbound(
        flow.ledger, Archive(tmp_path / "archive"), {}, lambda: None, due=lambda: None, clock=lambda: datetime.now(UTC), largest=1 << 20
    )
    claimed = [pair for done in written for pair in done.claimed]
    assert len(claimed) == 1
    assert asyncio.run(inbound._still_ours(claimed)) == []
