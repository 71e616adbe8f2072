"""Two nodes on one ledger: fences, steps that exclude each other, what a dead node leaves."""

from __future__ import annotations

import itertools
import threading
from datetime import timedelta

import pytest

from edigw.errors import Superseded
from edigw.ledger import locks
from edigw.states import DeliveryState, FileState, Kind, MessageIn

MINUTE = timedelta(minutes=1)
ARRIVALS = itertools.count(1)


@pytest.fixture
def west(open_ledger):
    return open_ledger(node="west", boot="1")


def lease(ledger, name="channel:acme"):
    return ledger.run(lambda tx: tx.lease(name, MINUTE))


# -- fences


def test_a_fence_counts_the_holders_and_not_the_renewals(ledger, west, clock):
    assert [lease(ledger), lease(ledger)] == [1, 1]
    assert lease(west) == 0
    clock.on(seconds=61)
    assert lease(ledger) == 1  # nobody else had it meanwhile
    clock.on(seconds=61)
    assert [lease(west), lease(ledger)] == [2, 0]
    west.give_up("channel:acme")
    assert west.holder("channel:acme") is None
    assert lease(ledger) == 3


def test_whoever_hung_while_another_held_the_lease_writes_nothing(ledger, west, clock):
    fence = lease(ledger)
    clock.on(seconds=61)
    lease(west)
    clock.on(seconds=61)
    assert lease(ledger) == 3  # ours again, but not the one we read under

    def archive(number):
        def step(tx):
            tx.fenced("channel:acme", number)
            tx.add(Kind.FILE, [{"path": f"{number}.edi"}])

        return step

    with pytest.raises(Superseded, match="another node's"):
        ledger.run(archive(fence))
    ledger.run(archive(3))
    assert [row.path for row in ledger.rows(Kind.FILE)] == ["3.edi"]


def test_nobody_takes_a_lease_from_under_a_step_that_is_fenced(ledger, west, clock, held_back):
    fence = lease(ledger)
    clock.on(seconds=61)
    writing = held_back(ledger, lambda tx: tx.fenced("channel:acme", fence))
    taking = west.submit(lambda tx: tx.lease("channel:acme", MINUTE))
    assert not held_back.passes(taking)
    writing.let_go()
    assert taking.result(20) == 2


# -- steps that would both find nothing


class HeldBack:
    """A step that has done its work and has not committed."""

    def __init__(self, ledger, step) -> None:
        done, self._go = threading.Event(), threading.Event()

        def held(tx):
            value = step(tx)
            done.set()
            assert self._go.wait(30)
            return value

        self._future = ledger.submit(held)
        self._future.add_done_callback(lambda _: done.set())  # it raised
        assert done.wait(30)
        if self._future.done():
            self._future.result()

    def let_go(self):
        self._go.set()
        return self._future.result(30)


@pytest.fixture
def held_back():
    """``held_back(ledger, step)``; ``held_back.passes(future)``: whether another's step gets through meanwhile."""
    made = []

    def hold(ledger, step):
        made.append(HeldBack(ledger, step))
        return made[-1]

    def passes(future) -> bool:
        try:
            future.result(0.3)
        except TimeoutError:
            return False
        return True

    hold.passes = passes
    yield hold
    for one in made:
        one._go.set()


def order(tx, key):
    """A message under an order key and the delivery of its document, as recording a file makes them."""
    (came,) = tx.add(Kind.FILE, [{"path": f"{next(ARRIVALS)}.edi"}], to=[FileState.ARCHIVED, FileState.SPLIT])
    (message,) = tx.add(Kind.MESSAGE, [{"file": came.id, "order_key": key}], to=[MessageIn.ACCEPTED, MessageIn.MAPPED])
    turn = tx.in_turn([message])
    now = message.id in turn
    to = (DeliveryState.UNDER_WAY,) if now else ()
    tx.add(Kind.DELIVERY, [{"message": message.id, "order_key": key, "lane": "erp"}], to=to, lease=MINUTE if now else None)
    return message.id, now


def test_two_nodes_that_record_one_order_key_at_once_send_one_document_at_a_time(ledger, west, held_back, clock):
    """The second waits for the first, sees it, and leaves its own document due behind it."""
    first = held_back(ledger, lambda tx: order(tx, "acme/order/PO-1"))
    second = west.submit(lambda tx: order(tx, "acme/order/PO-1"))
    assert not held_back.passes(second)
    assert first.let_go() == (1, True)
    assert second.result(20) == (2, False)
    assert [row.state for row in ledger.rows(Kind.DELIVERY)] == [DeliveryState.UNDER_WAY, DeliveryState.DUE]
    for one in (ledger, west):
        assert one.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=5, lease=MINUTE, now=clock.now) == []


def test_another_order_key_waits_for_nobody(ledger, west, held_back):
    """Where the database has more than one writer."""
    first = held_back(ledger, lambda tx: order(tx, "acme/order/PO-1"))
    second = west.submit(lambda tx: order(tx, "acme/order/PO-2"))
    assert held_back.passes(second) is ledger.shared
    first.let_go()
    assert second.result(20)[1]


def test_a_step_that_names_very_many_keys_excludes_everybody(ledger, west, held_back):
    first = held_back(ledger, lambda tx: tx.alone(f"bytes {at}" for at in range(locks.MOST + 1)))
    second = west.submit(lambda tx: tx.alone(["bytes elsewhere"]))
    assert not held_back.passes(second)
    first.let_go()
    second.result(20)
    second = west.submit(lambda tx: tx.alone(["bytes elsewhere"]))
    second.result(20)


# -- nodes that are gone


def work(ledger):
    """A delivery claimed by this node."""
    ledger.run(lambda tx: tx.add(Kind.DELIVERY, [{"lane": "erp"}]))
    return ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=1, lease=10 * MINUTE)


def test_what_a_node_without_a_lease_had_in_hand_is_due_at_once(ledger, west):
    for one in (ledger, west):
        one.run(lambda tx, one=one: tx.lease(f"node:{one.node}", MINUTE))
    (ours,), (theirs,) = work(ledger), work(west)
    assert ledger.run(lambda tx: tx.expire_strangers()) == 0
    west.give_up("node:west")
    assert ledger.run(lambda tx: tx.expire_strangers()) == 1
    (taken,) = ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=5, lease=MINUTE)
    assert (taken.id, taken.attempt) == (theirs.id, 2)
    with pytest.raises(Superseded):
        west.run(lambda tx: tx.move(Kind.DELIVERY, [theirs], DeliveryState.UNDER_WAY, DeliveryState.DONE, "late"))
    ledger.run(lambda tx: tx.move(Kind.DELIVERY, [ours], DeliveryState.UNDER_WAY, DeliveryState.DONE, "in time"))


def test_nodes_are_listed_until_they_say_goodbye(ledger, west, clock):
    for one in (ledger, west):
        one.run(lambda tx, one=one: tx.lease(f"node:{one.node}", MINUTE))
    assert [(one.node, one.alive) for one in ledger.holders("node:")] == [("hub", True), ("west", True)]
    clock.on(seconds=61)
    ledger.run(lambda tx: tx.lease("node:hub", MINUTE))
    assert [(one.node, one.alive) for one in ledger.holders("node:")] == [("hub", True), ("west", False)]
    west.give_up("node:west")
    assert [one.node for one in ledger.holders("node:")] == ["hub"]


def test_one_control_number_line_serves_two_nodes(ledger, west, held_back):
    first = held_back(ledger, lambda tx: tx.numbers("us", "them", "interchange", 3))
    second = west.submit(lambda tx: tx.numbers("us", "them", "interchange", 2))
    assert not held_back.passes(second)
    assert (first.let_go(), second.result(20)) == ([1, 2, 3], [4, 5])


def test_two_deliveries_of_one_order_key_under_way_are_told(ledger):
    """What must not be; here somebody has written it past the rules."""
    ledger.run(lambda tx: order(tx, "acme/order/PO-1"))

    def past_the_rules(tx):
        (message,) = tx.add(Kind.MESSAGE, [{"order_key": "acme/order/PO-1"}], to=[MessageIn.ACCEPTED, MessageIn.MAPPED])
        facts = {"message": message.id, "order_key": message.order_key, "webhook_id": "2"}
        tx.add(Kind.DELIVERY, [facts], to=DeliveryState.UNDER_WAY, lease=MINUTE)

    ledger.run(past_the_rules)
    assert ledger.invariants() == ["D1: 2 deliveries under way for acme/order/PO-1"]
