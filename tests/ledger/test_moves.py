"""Rows with a state: adding, moving, fences, events, and what a batch costs."""

from __future__ import annotations

from datetime import timedelta

import pytest

from edigw.errors import LedgerUnavailable, Superseded
from edigw.states import DeliveryState, FileState, InterchangeIn, InterchangeOut, Kind, MessageIn

MINUTE = timedelta(minutes=1)


def ladder(ledger, kind, number):
    return [(event.name, event.was, event.state) for event in ledger.history(kind, number)]


def test_a_row_begins_in_its_first_state_with_an_event(ledger, add, clock):
    (row,) = add(Kind.MESSAGE, partner="acme", type="850", key="PO-4711")
    found = ledger.get(Kind.MESSAGE, row.id)
    assert (found.state, found.partner, found.type, found.key, found.release) == (MessageIn.RECEIVED, "acme", "850", "PO-4711", "")
    assert (found.created_at, found.owner, found.attempt, found.label, found.direction) == (clock.now, None, 0, "M1", "in")
    assert ladder(ledger, Kind.MESSAGE, 1) == [("added", "", "received")]
    assert found == row  # what a step gets back is what stands there


@pytest.mark.parametrize(
    ("kind", "direction", "to", "state", "events"),
    [
        pytest.param(Kind.MESSAGE, "in", (), MessageIn.RECEIVED, 1, id="as it is"),
        pytest.param(Kind.MESSAGE, "in", MessageIn.REJECTED, MessageIn.REJECTED, 2, id="taken on once"),
        pytest.param(Kind.MESSAGE, "in", [MessageIn.ACCEPTED, MessageIn.MAPPED], MessageIn.MAPPED, 3, id="taken on twice"),
        pytest.param(Kind.INTERCHANGE, "out", (), InterchangeOut.COLLECTING, 1, id="outbound"),
        pytest.param(Kind.DELIVERY, "in", (), DeliveryState.DUE, 1, id="a delivery goes out whatever one says"),
    ],
)
def test_add(ledger, kind, direction, to, state, events):
    def put(tx):
        return tx.add(kind, [{}, {}], why="test", to=to, direction=direction)

    first, second = ledger.run(put)
    assert (first.id, second.id) == (1, 2)
    assert ledger.get(kind, 2).state is state
    assert len(ledger.history(kind, 2)) == events


def test_a_chain_of_moves_writes_an_event_for_each_state(ledger, add):
    rows = add(Kind.MESSAGE, 2)

    def step(tx):
        return tx.move(Kind.MESSAGE, rows, MessageIn.RECEIVED, [MessageIn.ACCEPTED, MessageIn.MAPPED], "its document is due", key="A1")

    moved = ledger.run(step)
    assert [(row.state, row.key) for row in moved] == [(MessageIn.MAPPED, "A1")] * 2
    assert ledger.get(Kind.MESSAGE, 2) == moved[1]
    assert ladder(ledger, Kind.MESSAGE, 2) == [("added", "", "received"), ("moved", "received", "accepted"), ("moved", "accepted", "mapped")]
    last = ledger.history(Kind.MESSAGE, 2)[-1]
    assert (last.why, last.facts, last.writer) == ("its document is due", {"key": "A1"}, "hub/1")


@pytest.mark.parametrize(
    ("was", "to"),
    [
        pytest.param(MessageIn.RECEIVED, MessageIn.DELIVERED, id="over two states"),
        pytest.param(MessageIn.RECEIVED, MessageIn.RECEIVED, id="nowhere"),
        pytest.param(MessageIn.RECEIVED, [MessageIn.ACCEPTED, MessageIn.DELIVERED], id="wrong in the middle"),
        pytest.param(MessageIn.RECEIVED, [], id="no state to go to"),
        pytest.param(InterchangeIn.RECEIVED, InterchangeIn.CHECKED, id="of another kind"),
    ],
)
def test_what_the_table_does_not_allow_is_not_written(ledger, add, was, to):
    rows = add(Kind.MESSAGE)
    with pytest.raises(ValueError):
        ledger.run(lambda tx: tx.move(Kind.MESSAGE, rows, was, to, "no"))
    assert ledger.get(Kind.MESSAGE, 1).state is MessageIn.RECEIVED


def test_one_row_that_is_elsewhere_stops_the_whole_step(ledger, add):
    rows = add(Kind.MESSAGE, 3)
    ledger.run(lambda tx: tx.move(Kind.MESSAGE, [2], MessageIn.RECEIVED, MessageIn.HELD, "waits"))
    with pytest.raises(Superseded, match="M2 is held, not received"):
        ledger.run(lambda tx: tx.move(Kind.MESSAGE, rows, MessageIn.RECEIVED, MessageIn.ACCEPTED, "go"))
    assert [row.state for row in ledger.rows(Kind.MESSAGE)] == [MessageIn.RECEIVED, MessageIn.HELD, MessageIn.RECEIVED]
    assert ladder(ledger, Kind.MESSAGE, 1) == [("added", "", "received")]


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        pytest.param([99], "M99 is not there", id="no such row"),
        pytest.param([1, 1], "named twice|M1 is accepted", id="the same row twice"),
    ],
)
def test_rows_that_cannot_be_moved(ledger, add, rows, text):
    add(Kind.MESSAGE)
    with pytest.raises(Superseded, match=text):
        ledger.run(lambda tx: tx.move(Kind.MESSAGE, rows, MessageIn.RECEIVED, MessageIn.ACCEPTED, "go"))


def test_a_move_of_the_other_direction_does_not_find_the_row(ledger):
    ledger.run(lambda tx: tx.add(Kind.INTERCHANGE, [{}], direction="out", to=[InterchangeOut.NUMBERED, InterchangeOut.READY, InterchangeOut.HELD]))
    with pytest.raises(Superseded, match="I1 is held, not held"):
        ledger.run(lambda tx: tx.move(Kind.INTERCHANGE, [1], InterchangeIn.HELD, InterchangeIn.CLOSED, "wrong machine"))


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        pytest.param({"partnr": "acme"}, "a message has no 'partnr'; nearest is 'partner'", id="misspelt"),
        pytest.param({"lane": "erp"}, "a message has no 'lane'", id="of another kind"),
    ],
)
def test_a_column_that_is_not_there(ledger, add, facts, text):
    with pytest.raises(TypeError, match=text):
        add(Kind.MESSAGE, **facts)


@pytest.mark.parametrize("name", ["state", "owner", "attempt", "lease_until", "id"])
def test_facts_never_write_what_moves_write(ledger, add, name):
    rows = add(Kind.DELIVERY)
    with pytest.raises(ValueError, match="by moves and claims only"):
        ledger.run(lambda tx: tx.set(Kind.DELIVERY, rows, **{name: None}))


# -- fences


def claimed(ledger, **more):
    return ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=10, lease=MINUTE, now=ledger._clock(), **more)


def test_what_a_claim_holds_is_written_by_its_holder_only(ledger, add, open_ledger, clock):
    add(Kind.DELIVERY)
    (mine,) = claimed(ledger)
    other = open_ledger(boot="2")
    with pytest.raises(Superseded, match="D1 is being worked on by hub/1"):
        other.run(lambda tx: tx.move(Kind.DELIVERY, [1], DeliveryState.UNDER_WAY, DeliveryState.GIVEN_UP, "by a person"))
    ledger.run(lambda tx: tx.set(Kind.DELIVERY, [mine], mark="renaming"))

    clock.on(minutes=1)
    (theirs,) = claimed(other)
    assert (theirs.attempt, theirs.mark, theirs.owner) == (2, "renaming", "hub/2")
    for late in (
        lambda tx: tx.set(Kind.DELIVERY, [mine], mark=None),
        lambda tx: tx.move(Kind.DELIVERY, [mine], DeliveryState.UNDER_WAY, DeliveryState.DONE, "too late"),
    ):
        with pytest.raises(Superseded, match=r"D1 was claimed again \(attempt 2\)"):
            ledger.run(late)
    other.run(lambda tx: tx.move(Kind.DELIVERY, [theirs], DeliveryState.UNDER_WAY, DeliveryState.DONE, "200"))
    done = ledger.get(Kind.DELIVERY, 1)
    assert (done.state, done.owner, done.lease_until, done.mark) == (DeliveryState.DONE, None, None, "renaming")


def test_our_own_second_claim_fences_our_first(ledger, add, clock):
    add(Kind.DELIVERY)
    (first,) = claimed(ledger)
    clock.on(minutes=1)
    (second,) = claimed(ledger)
    assert first.owner == second.owner
    with pytest.raises(Superseded):
        ledger.run(lambda tx: tx.move(Kind.DELIVERY, [first], DeliveryState.UNDER_WAY, DeliveryState.DONE, "late"))
    ledger.run(lambda tx: tx.move(Kind.DELIVERY, [second], DeliveryState.UNDER_WAY, DeliveryState.DONE, "200"))


def test_a_claim_lasts_as_long_as_we_have_the_next_step(ledger):
    def arrive(tx):
        return tx.arrive(channel="in", path="a.edi", size=3, mtime_ns=1, ident="7", lease=MINUTE, why="moved")

    row = ledger.run(arrive)
    assert (row.state, row.owner, row.attempt) == (FileState.CLAIMED, "hub/1", 1)
    (row,) = ledger.run(lambda tx: tx.move(Kind.FILE, [row], FileState.CLAIMED, FileState.ARCHIVED, "kept"))
    assert row.owner == "hub/1"
    (row,) = ledger.run(lambda tx: tx.move(Kind.FILE, [row], FileState.ARCHIVED, FileState.SPLIT, "one interchange"))
    assert row.owner is None
    assert ledger.get(Kind.FILE, row.id) == row


# -- batches


@pytest.mark.parametrize("count", [1, 7, 500])
def test_a_batch_costs_the_same_statements_whatever_its_size(ledger, statements, count):
    rows = []

    def add_many(tx):
        rows[:] = tx.add(Kind.MESSAGE, [{"partner": "acme", "ordinal": n} for n in range(count)], why="read")

    def move_many(tx):
        tx.move(Kind.MESSAGE, rows, MessageIn.RECEIVED, [MessageIn.ACCEPTED, MessageIn.MAPPED], "due")

    def know_many(tx):
        for row in rows:
            tx.keys(row, [("order", f"PO{row.id}"), ("buyer", "ACME")])

    def keep_many(tx):
        tx.payloads([b"%d" % n for n in range(count)])

    ledger.run(lambda tx: tx.event("gateway", 0, "begin"))  # the chain enters its writer with the first event
    begin = 1 if ledger._database.sqlite else 0  # BEGIN IMMEDIATE is a statement of ours there
    events = 2  # one for all events, one for the head of the chain
    # SQLite is asked whether another process wrote; the last id, the rows.
    assert statements(add_many) == begin + begin + 2 + events
    assert statements(move_many) == begin + 1 + events
    assert statements(know_many) == begin + 1
    assert statements(keep_many) == begin + 1
    assert statements(lambda tx: tx.set(Kind.MESSAGE, rows, key="A")) == begin + 1
    assert ledger.count(Kind.MESSAGE, state=MessageIn.MAPPED, key="A") == count
    assert ledger.invariants() == [f"M{n}: mapped, and no delivery of it goes on" for n in range(1, min(count, 100) + 1)]


def test_rows_keep_any_text_there_is(ledger, add):
    odd = "a\x00b \udcff \ud800 Zürich \U0001f4e6 '); DROP TABLE file"
    (row,) = add(Kind.FILE, path=odd, name=odd, reason=odd, unreadable=[{"reason": odd}])
    found = ledger.get(Kind.FILE, row.id)
    assert (found.path, found.reason, found.unreadable) == (odd, odd, [{"reason": odd}])
    assert [one.id for one in ledger.rows(Kind.FILE, path=odd)] == [row.id]
    ledger.run(lambda tx: tx.event(Kind.FILE, row, "seen", odd, odd=odd))
    assert ledger.history(Kind.FILE, row.id)[-1].facts == {"odd": odd}
    assert ledger.verify_chain() == []


def test_a_closed_ledger_says_so(ledger):
    ledger.close()
    with pytest.raises(LedgerUnavailable, match="closed"):
        ledger.run(lambda tx: None)
