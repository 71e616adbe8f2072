"""Claims: oldest first, never two owners, due again when a lease ends; order of one key; named leases."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from edigw.ledger import Ledger, leases, waits_for
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn

MINUTE = timedelta(minutes=1)


def take(ledger, limit=10, **more):
    more.setdefault("now", ledger._clock())
    return ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=limit, lease=MINUTE, **more)


def test_the_oldest_due_goes_first(ledger, clock):
    waits = {1: 0, 2: -20, 3: 30, 4: -10}
    ledger.run(lambda tx: tx.add(Kind.DELIVERY, [{"lane": "erp", "due_at": clock.now + timedelta(seconds=wait)} for wait in waits.values()]))
    assert [row.id for row in take(ledger, 2)] == [2, 4]
    assert [row.id for row in take(ledger)] == [1]
    assert take(ledger) == []
    clock.on(seconds=30)
    assert [row.id for row in take(ledger)] == [3]


def test_a_claim_says_whose_it_is(ledger, add, clock):
    add(Kind.DELIVERY)
    (row,) = take(ledger)
    assert (row.state, row.owner, row.attempt, row.lease_until) == (DeliveryState.UNDER_WAY, "hub/1", 1, clock.now + MINUTE)
    assert [(event.name, event.was, event.state) for event in ledger.history(Kind.DELIVERY, 1)] == [("added", "", "due"), ("claimed", "due", "under_way")]


def test_a_lease_that_ended_is_claimed_again_and_first(ledger, add, clock):
    add(Kind.DELIVERY, 2)
    take(ledger, 1)
    clock.on(seconds=59)
    assert [row.id for row in take(ledger)] == [2]
    clock.on(seconds=1)
    (again,) = take(ledger)
    assert (again.id, again.attempt) == (1, 2)
    assert ledger.history(Kind.DELIVERY, 1)[-1].why == "the lease of the one before ended"


def test_a_claim_without_a_move(ledger, clock):
    ledger.run(lambda tx: tx.arrive(channel="in", path="a", size=1, mtime_ns=1, ident="1", lease=MINUTE, why="moved", payload=tx.payload(b"a")))

    def archived():
        return ledger.claim(Kind.FILE, FileState.ARCHIVED, limit=5, lease=MINUTE, now=clock.now)

    assert archived() == []
    clock.on(minutes=1)
    (row,) = archived()
    assert (row.state, row.attempt) == (FileState.ARCHIVED, 2)


def test_renewed_and_released(ledger, add, open_ledger, clock):
    add(Kind.DELIVERY, 2)
    first, second = take(ledger)
    clock.on(seconds=30)
    (first,) = ledger.renew(Kind.DELIVERY, [first], MINUTE, now=clock.now)
    clock.on(seconds=30)
    other = open_ledger(boot="2")
    assert [row.id for row in take(other)] == [2]
    assert [row.id for row in ledger.renew(Kind.DELIVERY, [first, second], MINUTE, now=clock.now)] == [1]
    ledger.release(Kind.DELIVERY, [first, second])
    assert ledger.get(Kind.DELIVERY, 1).owner is None
    assert ledger.get(Kind.DELIVERY, 2).owner == "hub/2"


def test_lanes_do_not_hold_each_other(ledger, add, clock):
    add(Kind.DELIVERY, 2, lane="erp")
    add(Kind.DELIVERY, 1, lane="acme-out")
    assert ledger.due_lanes(clock.now) == ["acme-out", "erp"]
    assert [row.id for row in take(ledger, lane="acme-out")] == [3]
    assert ledger.due_lanes(clock.now) == ["erp"]
    clock.on(minutes=1)
    assert ledger.due_lanes(clock.now) == ["acme-out", "erp"]


@pytest.mark.parametrize("how", ["threads", "nodes"])
def test_no_row_has_two_owners(ledger, add, open_ledger, how, clock):
    add(Kind.DELIVERY, 200)
    got: list[list[int]] = [[] for _ in range(4)]
    holders = [ledger if how == "threads" else open_ledger(boot=f"b{n}") for n in range(4)]
    begin = threading.Barrier(4)

    def work(mine, holder):
        begin.wait()
        while rows := take(holder, 7):
            mine.extend(row.id for row in rows)

    threads = [threading.Thread(target=work, args=(mine, holder)) for mine, holder in zip(got, holders, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one for mine in got for one in mine) == list(range(1, 201))
    assert all(row.attempt == 1 for row in ledger.rows(Kind.DELIVERY, limit=200))


CLAIM = """
import sys
from datetime import timedelta
from edigw.ledger import Ledger
from edigw.states import DeliveryState, Kind
with Ledger.open(sys.argv[1], node="n" + sys.argv[2]) as ledger:
    sys.stdin.readline()
    while rows := ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=5, lease=timedelta(minutes=5)):
        print(*(row.id for row in rows), flush=True)
"""


def test_no_row_has_two_owners_among_processes(ledger, add, database_url):
    add(Kind.DELIVERY, 60)
    nodes = [
        subprocess.Popen([sys.executable, "-c", CLAIM, database_url, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for n in range(3)
    ]
    for node in nodes:
        node.stdin.write("go\n")
        node.stdin.flush()
    got = [int(word) for node in nodes for word in node.communicate(timeout=60)[0].split()]
    assert sorted(got) == list(range(1, 61))


def test_what_a_dead_start_left_is_due_at_once(ledger, add, open_ledger, clock):
    add(Kind.DELIVERY, 3)
    take(ledger, 1)
    take(open_ledger(node="west", boot="1"), 1)
    start = open_ledger(boot="2")
    assert start.recover(now=clock.now) == 1
    assert sorted((row.id, row.attempt) for row in take(start)) == [(1, 2), (3, 1)]


def test_by_default_the_time_is_the_databases_or_ours(database_url, tmp_path):
    with Ledger.open(database_url, node="hub", root=tmp_path) as ledger:
        ledger.run(lambda tx: tx.add(Kind.DELIVERY, [{}]))
        (row,) = ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=5, lease=MINUTE)
        (renewed,) = ledger.renew(Kind.DELIVERY, [row], 2 * MINUTE)
        assert timedelta(seconds=55) < renewed.lease_until - row.lease_until < timedelta(seconds=65)
    with Ledger.open(database_url, node="hub", root=tmp_path) as start:
        assert start.recover() == 1
        assert start.due_lanes() == [""]
        assert [again.attempt for again in start.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=5, lease=MINUTE)] == [2]


# -- order of one key


def ordered(ledger, *keys):
    """A message and a due delivery for each key, in order of arrival, all of one file."""

    def put(tx):
        messages = tx.add(Kind.MESSAGE, [{"order_key": key} for key in keys], to=[MessageIn.ACCEPTED, MessageIn.MAPPED])
        tx.add(Kind.DELIVERY, [{"message": row.id, "order_key": row.order_key} for row in messages])

    ledger.run(put)


def test_one_of_a_key_at_a_time_and_in_order(ledger):
    ordered(ledger, "A", "A", "B", "", "A")
    first, other, free = take(ledger)
    assert (first.id, other.id, free.id) == (1, 3, 4)
    assert take(ledger) == []

    def deliver(tx):
        tx.move(Kind.DELIVERY, [first], DeliveryState.UNDER_WAY, DeliveryState.DONE, "200")
        tx.move(Kind.MESSAGE, [1], MessageIn.MAPPED, MessageIn.DELIVERED, "200")

    ledger.run(deliver)
    assert [row.id for row in take(ledger)] == [2]


def test_a_held_one_blocks_its_key(ledger):
    ordered(ledger, "A", "A")
    ledger.run(lambda tx: tx.move(Kind.MESSAGE, [1], MessageIn.MAPPED, MessageIn.HELD, "by a person"))
    (its_own,) = take(ledger, order_key="A")  # which is for the flow to stop
    assert its_own.id == 1
    assert take(ledger) == []
    ledger.run(lambda tx: tx.move(Kind.DELIVERY, [its_own], DeliveryState.UNDER_WAY, DeliveryState.GIVEN_UP, "its message is held"))
    assert take(ledger) == []
    ledger.run(lambda tx: tx.move(Kind.MESSAGE, [1], MessageIn.HELD, MessageIn.CLOSED, "by a person"))
    assert [row.id for row in take(ledger)] == [2]


def test_an_earlier_file_of_the_channel_must_be_split(ledger):
    def arrive(tx):
        facts = {"channel": "acme-in", "size": 1, "mtime_ns": 1, "why": "moved", "lease": MINUTE}
        early = tx.arrive(path="1.edi", ident="1", payload=tx.payload(b"1"), **facts)
        late = tx.arrive(path="2.edi", ident="2", payload=tx.payload(b"2"), **facts)
        tx.move(Kind.FILE, [late], FileState.ARCHIVED, FileState.SPLIT, "split")
        (message,) = tx.add(Kind.MESSAGE, [{"file": late.id, "order_key": "A"}], to=[MessageIn.ACCEPTED, MessageIn.MAPPED])
        tx.add(Kind.DELIVERY, [{"message": message.id, "order_key": "A"}])
        return early

    early = ledger.run(arrive)
    assert take(ledger) == []
    ledger.run(lambda tx: tx.move(Kind.FILE, [early], FileState.ARCHIVED, FileState.SPLIT, "split"))
    assert len(take(ledger)) == 1


TO_MAPPED = [MessageIn.ACCEPTED, MessageIn.MAPPED]


def arrived(tx, path, state, channel="acme-in", partner="acme"):
    """A file, the next to arrive."""
    way = [FileState.ARCHIVED] if state is FileState.ARCHIVED else [FileState.ARCHIVED, state]
    (came,) = tx.add(Kind.FILE, [{"path": path, "channel": channel, "partner": partner}], to=way)
    return came


def due(tx, came, key="A", at=0, **more):
    """A message of *came* that stands at byte *at*, and its delivery."""
    facts = {"direction": "in", "file": came.id, "span_start": at, "order_key": key, "partner": "acme", **more}
    (message,) = tx.add(Kind.MESSAGE, [facts], to=TO_MAPPED)
    (delivery,) = tx.add(Kind.DELIVERY, [{"message": message.id, "order_key": key}])
    return message.id, delivery.id


def awaited(ledger, message):
    """What ``show`` says that a message waits for."""
    return [row.label for row in waits_for(ledger, ledger.get(Kind.MESSAGE, message), most=10)]


def delivered(ledger, row):
    def step(tx):
        tx.move(Kind.DELIVERY, [row], DeliveryState.UNDER_WAY, DeliveryState.DONE, "200")
        tx.move(Kind.MESSAGE, [row.message], MessageIn.MAPPED, MessageIn.DELIVERED, "200")

    ledger.run(step)


@pytest.mark.parametrize("how", ["in another file", "further on in one file"])
def test_what_came_first_goes_first_whichever_was_recorded_first(ledger, how):
    """A large file takes longer to judge than the small one behind it."""

    def record(tx):
        order, change = arrived(tx, "order.edi", FileState.SPLIT), arrived(tx, "change.edi", FileState.SPLIT)
        late = due(tx, change) if how == "in another file" else due(tx, order, at=9_000)
        return due(tx, order, at=400), late

    (first, its), (_, late) = ledger.run(record)
    (row,) = take(ledger)
    assert (row.id, row.message) == (its, first)
    assert take(ledger) == []
    assert awaited(ledger, 1) == ["M2"]
    delivered(ledger, row)
    assert [row.id for row in take(ledger)] == [late]


@pytest.mark.parametrize(("channel", "partner"), [("acme-in", "acme"), ("acme-as2", "acme"), ("van", "")], ids=["its own", "another of its own", "nobody's"])
def test_no_file_overtakes_one_that_is_not_split_and_may_be_its_partners(ledger, channel, partner):
    early, late = ledger.run(lambda tx: (arrived(tx, "1.edi", FileState.ARCHIVED, channel, partner), arrived(tx, "2.edi", FileState.SPLIT)))
    ledger.run(lambda tx: due(tx, late))
    assert take(ledger) == []
    assert awaited(ledger, 1) == ["F1"]
    ledger.run(lambda tx: tx.move(Kind.FILE, [early.id], FileState.ARCHIVED, FileState.SPLIT, "split"))
    assert awaited(ledger, 1) == []
    assert len(take(ledger)) == 1


def test_a_file_of_another_partner_is_waited_for_by_nobody(ledger):
    def record(tx):
        arrived(tx, "1.edi", FileState.ARCHIVED, "nordwind-in", "nordwind")
        due(tx, arrived(tx, "2.edi", FileState.SPLIT))

    ledger.run(record)
    assert len(take(ledger)) == 1


@pytest.mark.parametrize(("partner", "waits"), [("acme", True), ("nordwind", False)])
def test_an_interchange_that_is_not_read_to_its_end_may_hold_an_earlier_message(ledger, partner, waits):
    """Its file is split, but of many messages only the first piece is recorded."""

    def record(tx):
        large, small = arrived(tx, "large.edi", FileState.SPLIT), arrived(tx, "small.edi", FileState.SPLIT)
        (interchange,) = tx.add(Kind.INTERCHANGE, [{"direction": "in", "file": large.id, "partner": partner}])
        due(tx, small)
        return interchange

    interchange = ledger.run(record)
    assert awaited(ledger, 1) == (["I1"] if waits else [])
    assert len(take(ledger)) == (0 if waits else 1)
    if waits:
        way = [InterchangeIn.CHECKED, InterchangeIn.ANSWERED]
        ledger.run(lambda tx: tx.move(Kind.INTERCHANGE, [interchange.id], InterchangeIn.RECEIVED, way, "its envelope is closed"))
        assert len(take(ledger)) == 1


def test_what_a_person_released_waits_for_a_later_one_that_is_under_way_and_is_waited_for_by_the_next(ledger, clock):
    early, late, later = ledger.run(lambda tx: [arrived(tx, f"{at}.edi", FileState.SPLIT) for at in range(3)])
    ledger.run(lambda tx: due(tx, late))
    (under_way,) = take(ledger)
    _, released = ledger.run(lambda tx: due(tx, early))
    _, last = ledger.run(lambda tx: due(tx, later))
    assert take(ledger) == []
    assert [awaited(ledger, number) for number in (1, 2, 3)] == [["M2"], ["M1"], ["M1", "M2"]]
    clock.on(minutes=2)
    (again,) = take(ledger)  # its owner died: nobody but itself may end that
    assert (again.id, again.attempt) == (under_way.id, 2)
    delivered(ledger, again)
    (row,) = take(ledger)
    assert row.id == released
    delivered(ledger, row)
    assert [row.id for row in take(ledger)] == [last]


def test_in_turn_tells_what_a_claim_would_find(ledger):
    """The same rules before the deliveries are rows."""

    def record(tx):
        order, change = arrived(tx, "order.edi", FileState.SPLIT), arrived(tx, "change.edi", FileState.SPLIT)
        rows = [{"direction": "in", "file": came.id, "partner": "acme", "order_key": key} for came, key in ((change, "A"), (order, "A"), (change, "B"), (change, ""))]
        return rows, tx.in_turn(tx.add(Kind.MESSAGE, rows, to=TO_MAPPED))

    assert ledger.run(record)[1] == {2, 3, 4}


# -- named leases


def test_a_name_has_one_holder(ledger, open_ledger, clock, monkeypatch):
    other = open_ledger(node="west", boot="1")
    assert ledger.lease("daemon", MINUTE)
    assert not other.lease("daemon", MINUTE)
    assert (other.holder("daemon").owner, other.holder("daemon").until) == ("hub/1", clock.now + MINUTE)
    clock.on(seconds=40)
    assert ledger.lease("daemon", MINUTE)
    clock.on(seconds=40)
    assert not other.lease("daemon", MINUTE)
    clock.on(seconds=20)
    assert ledger.holder("daemon") is None
    assert other.lease("daemon", MINUTE)
    assert not ledger.lease("daemon", MINUTE)
    ledger.give_up("daemon")  # not ours, so it stays
    assert other.holder("daemon").owner == "west/1"
    other.give_up("daemon")
    assert ledger.lease("daemon", MINUTE)


HOLD = """
import os, signal, sys
from datetime import timedelta
from edigw.ledger import Ledger
ledger = Ledger.open(sys.argv[1], node="hub")
print(ledger.lease("daemon", timedelta(days=1000)), flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_holder_that_was_killed_holds_nothing(database_url):
    """Its lease still runs for years; that its process is gone is seen at once."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, database_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "True\n"
    with Ledger.open(database_url, node="hub") as second:
        assert not second.lease("daemon", MINUTE)
        assert second.holder("daemon").pid == process.pid
        process.communicate("die\n", timeout=30)
        assert second.holder("daemon") is None
        assert second.lease("daemon", MINUTE)


@pytest.mark.parametrize(
    ("process", "died"),
    [
        pytest.param("{where} {pid} {started}", False, id="ourselves"),
        pytest.param("{where} {pid} 1", True, id="our number, started at another time"),
        pytest.param("{where} 4194305 1", True, id="a number nobody has"),
        pytest.param("elsewhere 4194305 1", False, id="another machine: only its lease tells"),
    ],
)
def test_who_has_died(process, died):
    where, pid, started = leases.machine().split()
    assert leases.has_died(process.format(where=where, pid=pid, started=started)) is died
