"""Two nodes that record at once what only one of them may pass on."""

from __future__ import annotations

import threading

import pytest

from edigw.agreements import NUMBER_REUSED
from edigw.inbound.record import prepare, record_files
from edigw.ledger import Ledger
from edigw.states import DeliveryState, InterchangeIn, Kind


@pytest.fixture
def west(database_url, tmp_path):
    with Ledger.open(database_url, node="west", root=tmp_path) as ledger:
        yield ledger


def at_once(flow, west, make_order, one: bytes, other: bytes):
    """Both nodes have taken a file; ours has recorded *one* and not committed when west records *other*."""
    mine = flow.arrive(one)
    ours, flow.ledger = flow.ledger, west
    theirs = flow.arrive(other)
    flow.ledger = ours
    done, go = threading.Event(), threading.Event()

    def step(rows, data, wait):
        judged = [flow.judged(data)]
        batch = [(row, each, prepare(each, flow.setting)) for row, each in zip(rows, judged, strict=True)]

        def record(tx):
            recorded = record_files(tx, batch, flow.setting, {"erp": 5})
            if wait:
                done.set()
                assert go.wait(30)
            return recorded

        return record

    first = ours.submit(step(mine, one, True))
    first.add_done_callback(lambda _: done.set())
    assert done.wait(30)
    second = west.submit(step(theirs, other, False))
    try:
        with pytest.raises(TimeoutError):
            second.result(0.3)
    finally:
        go.set()
    return first.result(30), second.result(30)


def test_the_same_bytes_on_two_nodes_are_one_document(flow, west, make_order):
    data = make_order("PO-1", 7)
    at_once(flow, west, make_order, data, data)
    first, second = flow.ledger.rows(Kind.INTERCHANGE)
    assert (second.state, second.duplicate_of) == (InterchangeIn.SETTLED, first.id)
    assert flow.ledger.count(Kind.MESSAGE) == 1


def test_one_control_number_for_other_bytes_on_two_nodes_is_held(flow, west, make_order):
    at_once(flow, west, make_order, make_order("PO-1", 7), make_order("PO-2", 7))
    _, second = flow.ledger.rows(Kind.INTERCHANGE)
    assert (second.state, second.held) == (InterchangeIn.HELD, NUMBER_REUSED)


def test_documents_of_one_number_leave_one_after_the_other(flow, west, make_order):
    """They came in by two nodes at once; the first is under way, the second waits for it."""
    at_once(flow, west, make_order, make_order("PO-1", 7), make_order("PO-1", 8))
    documents = flow.ledger.rows(Kind.DELIVERY, lane="erp")
    assert [row.state for row in documents] == [DeliveryState.UNDER_WAY, DeliveryState.DUE]
    assert documents[0].order_key == documents[1].order_key == "acme/order/PO-1"
