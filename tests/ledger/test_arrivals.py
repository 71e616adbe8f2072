"""Arrivals, duplicates, settling: what is known again, and when it is at an end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn

KEY = ("acme-in", "po.edi", 106, 17, "4711")
NAMES = ("channel", "path", "size", "mtime_ns", "ident")
MINUTE = timedelta(minutes=1)


def arrive(ledger, key=KEY):
    return ledger.run(lambda tx: tx.arrive(**dict(zip(NAMES, key, strict=True)), lease=MINUTE, why="moved", payload=tx.payload(b"ISA")))


def known(ledger, key=KEY):
    return ledger.run(lambda tx: tx.arrival(*key))


def test_offered_again_before_its_retire_it_is_the_same(ledger):
    assert known(ledger) is None
    row = arrive(ledger)
    assert (row.state, row.name, row.attempt) == (FileState.ARCHIVED, "po.edi", 1)
    assert known(ledger).id == row.id
    with pytest.raises(Exception, match=r"(?i)unique"):
        arrive(ledger)  # whoever did not ask is stopped by the index
    ledger.run(lambda tx: tx.retired([row.id]))
    assert known(ledger) is None
    assert arrive(ledger).id > row.id
    assert [event.name for event in ledger.history(Kind.FILE, 1)] == ["added", "moved", "retired"]


@pytest.mark.parametrize("index", range(5), ids=NAMES)
def test_what_makes_it_another(ledger, index):
    arrive(ledger)
    other = [*KEY]
    other[index] = other[index] + (1 if isinstance(other[index], int) else "x")
    assert known(ledger, tuple(other)) is None


def test_a_retire_is_recorded_once(ledger):
    arrive(ledger)
    ledger.run(lambda tx: tx.retired([1]))
    ledger.run(lambda tx: tx.retired([1]))
    assert [event.name for event in ledger.history(Kind.FILE, 1)].count("retired") == 1


def test_a_source_that_changed_frees_its_name_too(ledger):
    arrive(ledger)
    ledger.run(lambda tx: tx.retired([1], changed=[1]))
    assert known(ledger) is None
    assert ledger.history(Kind.FILE, 1)[-1].name == "source changed"


# -- duplicates


def received(ledger, **facts):
    def put(tx):
        return tx.add(Kind.INTERCHANGE, [{"partner": "acme", "control_number": "000000001", "digest": "aa", **facts}])[0].id

    return ledger.run(put)


def test_the_same_bytes_are_seen_in_order_and_without_their_duplicates(ledger):
    first, second = received(ledger), received(ledger)
    received(ledger, duplicate_of=first)
    other = received(ledger, digest="bb")
    seen = ledger.run(lambda tx: tx.seen(["aa", "bb", "cc"]))
    assert {digest: [row.id for row in rows] for digest, rows in seen.items()} == {"aa": [first, second], "bb": [other]}
    assert ledger.run(lambda tx: tx.seen([])) == {}


def test_one_that_was_refused_a_thousand_times_hides_nothing(ledger):
    ledger.run(lambda tx: tx.add(Kind.INTERCHANGE, [{"digest": "aa"}] * 1000))
    other = received(ledger, digest="bb")
    accepted = received(ledger)
    seen = ledger.run(lambda tx: tx.seen(["aa", "bb"]))
    assert [row.id for row in seen["bb"]] == [other]
    assert (seen["aa"][0].id, seen["aa"][-1].id) == (1, accepted)
    assert len(seen["aa"]) == 20


def test_the_same_number(ledger, clock):
    old = received(ledger)
    clock.on(days=181)
    new = received(ledger, digest="bb")
    received(ledger, digest="bb", duplicate_of=new)
    closed = received(ledger, digest="cc")
    ledger.run(
        lambda tx: tx.move(Kind.INTERCHANGE, [closed], InterchangeIn.RECEIVED, [InterchangeIn.HELD, InterchangeIn.CLOSED], "not ours")
    )
    since = clock.now - timedelta(days=180)
    assert [row.id for row in ledger.run(lambda tx: tx.numbered(["000000001", "2"], since))] == [new]
    assert [row.id for row in ledger.run(lambda tx: tx.numbered(["000000001"], since - timedelta(days=1)))] == [new, old]


# -- settling


def interchange_with(ledger, messages=2):
    """A file with one answered interchange, its messages mapped, each with a delivery, and its answer's delivery."""

    def put(tx):
        file = tx.arrive(**dict(zip(NAMES, KEY, strict=True)), lease=MINUTE, why="moved", payload=tx.payload(b"ISA"))
        tx.move(Kind.FILE, [file], FileState.ARCHIVED, FileState.SPLIT, "split")
        facts = {"file": file.id, "span_end": 106, "answers": [{"kind": "997"}]}
        (one,) = tx.add(Kind.INTERCHANGE, [facts], to=[InterchangeIn.CHECKED, InterchangeIn.ANSWERED])
        rows = tx.add(Kind.MESSAGE, [{"interchange": one.id}] * messages, to=[MessageIn.ACCEPTED, MessageIn.MAPPED])
        tx.add(Kind.DELIVERY, [{"what": "ack", "interchange": one.id, "lane": "acme-out", "name": "997-1.edi"}])
        tx.add(Kind.DELIVERY, [{"what": "document", "message": row.id, "webhook_id": f"edigw:hub:M{row.id}"} for row in rows])

    ledger.run(put)


def deliver(ledger, delivery, message=None):
    def step(tx):
        tx.move(Kind.DELIVERY, [delivery], DeliveryState.DUE, [DeliveryState.UNDER_WAY, DeliveryState.DONE], "200")
        if message:
            tx.move(Kind.MESSAGE, [message], MessageIn.MAPPED, MessageIn.DELIVERED, "200")
            tx.settle([], messages=[message])
        else:
            tx.settle([1])

    ledger.run(step)


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 1, 3)], ids=["answer first", "answer last", "answer between"])
def test_settled_with_the_last_of_it(ledger, order):
    interchange_with(ledger)
    for number in order:
        assert ledger.get(Kind.INTERCHANGE, 1).state is InterchangeIn.ANSWERED
        assert ledger.get(Kind.FILE, 1).state is FileState.SPLIT
        deliver(ledger, number, number - 1)
    assert ledger.get(Kind.INTERCHANGE, 1).state is InterchangeIn.SETTLED
    assert ledger.get(Kind.FILE, 1).state is FileState.SETTLED
    assert ledger.invariants(quiet=True) == []


def test_a_held_message_keeps_it_open(ledger):
    interchange_with(ledger)
    deliver(ledger, 1)
    deliver(ledger, 2, 1)
    ledger.run(lambda tx: tx.move(Kind.MESSAGE, [2], MessageIn.MAPPED, MessageIn.HELD, "400"))
    ledger.run(lambda tx: tx.settle([1]))
    assert ledger.get(Kind.INTERCHANGE, 1).state is InterchangeIn.ANSWERED


def test_a_file_waits_for_its_other_interchanges(ledger):
    interchange_with(ledger, messages=0)
    ledger.run(lambda tx: tx.add(Kind.INTERCHANGE, [{"file": 1}], to=InterchangeIn.HELD))
    deliver(ledger, 1)
    assert ledger.get(Kind.INTERCHANGE, 1).state is InterchangeIn.SETTLED
    assert ledger.get(Kind.FILE, 1).state is FileState.SPLIT

    def close(tx):
        tx.move(Kind.INTERCHANGE, [2], InterchangeIn.HELD, InterchangeIn.CLOSED, "by a person")
        tx.settle([2])

    ledger.run(close)
    assert ledger.get(Kind.FILE, 1).state is FileState.SETTLED
