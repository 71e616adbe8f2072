"""Deliveries of which nobody knows whether they got through, and those that have waited for too long."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import beside
import pytest

from edigw import operate, where
from edigw.agreements import GIVEN_UP
from edigw.delivery import Lane
from edigw.delivery.outages import oldest_first
from edigw.delivery.overdue import give_up
from edigw.endpoints import Retry
from edigw.operate import NotDone, Order, bulk, outcomes
from edigw.states import DeliveryState, Kind

ADA = Order("ada", "they looked")


@pytest.fixture
def files():
    return beside.module(Path(__file__).with_name("house.py"))


@pytest.fixture
def order(house, files):
    """An order is accepted, answered and due: F1, I1, M1, D1 (its answer), D2 (its document)."""
    house.arrive(files.ORDER)
    return house


@pytest.fixture
def lane():
    made = Lane("erp", Retry(total=timedelta(hours=24)), 4)
    made.outage.breaker.failed("503", 1.0)
    return made


def test_it_came(order):
    order.tried(DeliveryState.UNCERTAIN, "nobody knows")
    (done,) = outcomes.done(order.ledger, 2, ADA)
    assert (done.label, done.text) == ("D2", "document of M1 to erp is done; it is not sent again")
    assert order.state("D2", "M1", "I1") == ["done", "delivered", "answered"]  # its answer is uncertain, too
    outcomes.done(order.ledger, 1, ADA)
    assert order.state("D1", "I1", "F1") == ["done", "settled", "settled"]
    assert order.whys("M1")[-1] == order.whys("D2")[-1] == "said to be there by ada: they looked"
    assert order.tried() == []


@pytest.mark.parametrize(
    ("to", "number", "text"),
    [
        pytest.param(DeliveryState.DONE, 2, "D2 is done, not uncertain", id="done"),
        pytest.param(DeliveryState.GIVEN_UP, 2, "D2 is given_up, not uncertain", id="given up"),
        pytest.param(DeliveryState.UNCERTAIN, 99, "D99 is not in the ledger", id="no such delivery"),
    ],
)
def test_only_what_is_uncertain(order, to, number, text):
    order.tried(to, "why")
    with pytest.raises(NotDone, match=text):
        outcomes.done(order.ledger, number, ADA)


def test_many_that_came(house, files, clock):
    house.arrive(files.TWO)
    house.tried(DeliveryState.UNCERTAIN, "nobody knows")
    for text, found in (("to=erp", []), ("to=erp and state=uncertain", ["D2", "D3"])):  # each is a person's decision: it must be named
        meant = bulk.meant(house.ledger, "done", where.parse(text), now=clock())
        assert [row.label for row in meant] == found
    (batch,) = bulk.act(house.ledger, "done", meant, ADA, dry=True)
    assert ([one.label for one in batch.done], house.state("D2")) == (["D2", "D3"], ["uncertain"])
    (batch,) = bulk.act(house.ledger, "done", meant, ADA)
    assert house.state("D2", "D3", "M1", "M2", "D1") == ["done", "done", "delivered", "delivered", "uncertain"]


def test_an_uncertain_document_that_is_closed_closes_its_message(order):
    order.tried(DeliveryState.UNCERTAIN, "nobody knows")
    operate.close(order.ledger, Kind.DELIVERY, 2, ADA)
    operate.close(order.ledger, Kind.DELIVERY, 1, ADA)
    assert order.state("D2", "M1", "D1", "I1", "F1") == ["closed", "closed", "closed", "settled", "settled"]


def test_what_has_waited_too_long_is_given_up_though_nobody_is_asked(order, lane, clock):
    order.tried(DeliveryState.DUE, "503", due_at=clock() + timedelta(hours=1))
    clock.on(hours=23)
    assert give_up(order.ledger, lane, clock()) == 0
    clock.on(hours=2)
    assert give_up(order.ledger, lane, clock()) == 1
    assert (order.state("D2", "M1", "D1"), order.row("M1").held) == (["given_up", "held", "due"], GIVEN_UP)
    assert order.row("M1").reason == "503; given up, for it has waited longer than its retry allows (for:)"
    operate.retry(order.ledger, Kind.DELIVERY, 2, ADA)
    assert give_up(order.ledger, lane, clock()) == 0  # what a person has just retried begins anew
    assert order.tried() == ["D1", "D2"]
    assert order.state("M1") == ["delivered"]


def test_the_oldest_is_asked_with_whatever_its_own_wait(house, files, clock):
    house.arrive(files.TWO)  # M1 and M2, their documents D2 and D3
    house.tried(DeliveryState.DUE, "503", due_at=clock() + timedelta(hours=1))
    clock.on(minutes=1)
    house.ledger.run(lambda tx: tx.set(Kind.DELIVERY, [3], due_at=clock()))
    oldest_first(house.ledger, "erp")
    claimed = house.ledger.claim(
        Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=1, lease=timedelta(minutes=1), now=clock(), lane="erp"
    )
    assert [row.label for row in claimed] == ["D2"]
    house.ledger.release(Kind.DELIVERY, claimed)
