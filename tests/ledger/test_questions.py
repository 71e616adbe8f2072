"""Questions to the ledger, events and their chains, and the laws of ``invariants``."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from edigw.errors import LedgerUnavailable
from edigw.ledger import Ledger
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn, MessageOut
from edigw.tables import KINDS, control_number, event, writer


@pytest.fixture
def stocked(ledger, clock):
    """Six received messages of two partners, one sent."""

    def put(tx):
        tx.add(Kind.FILE, [{"name": "po-1.edi", "path": "po-1.edi"}])
        tx.add(Kind.INTERCHANGE, [{"control_number": "000000905"}])
        rows = [{"partner": "acme" if n % 2 else "nordwind", "key": f"PO-{n}", "control_number": f"{n:04}"} for n in range(1, 7)]
        messages = tx.add(Kind.MESSAGE, rows)
        tx.move(Kind.MESSAGE, messages[:2], MessageIn.RECEIVED, MessageIn.HELD, "test")
        tx.keys(messages[4], [("buyer order", "B-77"), ("contract", "C-9")])
        tx.add(Kind.MESSAGE, [{"partner": "acme"}], direction="out", to=MessageOut.HELD)

    ledger.run(put)
    return ledger


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        pytest.param({}, [1, 2, 3, 4, 5, 6, 7], id="all"),
        pytest.param({"partner": "acme"}, [1, 3, 5, 7], id="by a fact"),
        pytest.param({"partner": ["acme", "nobody"], "direction": "in"}, [1, 3, 5], id="by one of several"),
        pytest.param({"state": MessageIn.HELD}, [1, 2], id="held, received"),
        pytest.param({"state": MessageOut.HELD}, [7], id="held, sent"),
        pytest.param({"state": {MessageIn.RECEIVED, MessageOut.HELD}}, [3, 4, 5, 6, 7], id="states of both directions"),
        pytest.param({"state": []}, [], id="none of no states"),
        pytest.param({"document": None, "key": "PO-3"}, [3], id="where something is missing"),
        pytest.param({"limit": 2}, [1, 2], id="the first"),
        pytest.param({"limit": 2, "newest": True}, [7, 6], id="the newest"),
        pytest.param({"limit": 2, "after": 2}, [3, 4], id="a page"),
        pytest.param({"limit": 2, "after": 6, "newest": True}, [5, 4], id="a page back"),
    ],
)
def test_rows(stocked, filters, ids):
    assert [row.id for row in stocked.rows(Kind.MESSAGE, **filters)] == ids


@pytest.mark.parametrize("filters", [{"partnr": "acme"}, {"state": DeliveryState.DUE}, {"state": "held"}])
def test_questions_that_are_none(stocked, filters):
    with pytest.raises(TypeError):
        stocked.rows(Kind.MESSAGE, **filters)


def test_counts(stocked, clock):
    assert stocked.count(Kind.MESSAGE, partner="acme") == 4
    assert {state: count for state, (count, _) in stocked.tally(Kind.MESSAGE).items()} == {
        MessageIn.HELD: 2,
        MessageIn.RECEIVED: 4,
        MessageOut.HELD: 1,
    }
    assert stocked.tally(Kind.FILE) == {FileState.CLAIMED: (1, clock.now)}
    assert stocked.get(Kind.MESSAGE, 99) is None


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        pytest.param("PO-3", ["M3"], id="a document's number"),
        pytest.param("B-77", ["M5"], id="a number the map names"),
        pytest.param("0004", ["M4"], id="a message's control number"),
        pytest.param("000000905", ["I1"], id="an interchange's control number"),
        pytest.param("po-1.edi", ["F1"], id="a file"),
        pytest.param("PO-*", ["M6", "M5", "M4", "M3", "M2", "M1"], id="a beginning, newest first"),
        pytest.param("C-*", ["M5"], id="a beginning of what the map names"),
        pytest.param("%", [], id="no wildcard of the database's"),
        pytest.param("PO-", [], id="no beginning unless asked"),
    ],
)
def test_find(stocked, words, labels):
    assert [row.label for row in stocked.find(words)] == labels


def test_what_a_message_is_known_by(stocked):
    assert stocked.known_by(5) == [("buyer order", "B-77"), ("contract", "C-9")]


def test_a_change_of_another_process_is_seen(ledger, open_ledger):
    other = open_ledger(node="cli", person="alice")
    before = ledger.watch()
    assert ledger.watch() == before
    other.run(lambda tx: tx.event("gateway", 0, "looked", "to see"))
    assert ledger.watch() != before
    (last,) = ledger.events()
    assert (last.person, last.why) == ("alice", "to see")
    assert ledger.events(after=last.id) == []


def test_readers_cannot_write(ledger):
    with pytest.raises(Exception, match=r"(?i)read.?only"), ledger._reading() as connection:
        connection.execute(delete(event))


# -- chains


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        pytest.param(lambda: update(event).where(event.c.number == 3).values(why="nothing to see"), ["hub/1: event 3 (message 3 added) is not what was written"], id="changed"),
        pytest.param(lambda: delete(event).where(event.c.number == 3), ["hub/1: events 3 to 3 are missing"], id="one left out"),
        pytest.param(lambda: delete(event).where(event.c.number > 3), ["hub/1: its chain ends at event 3, but 5 were written"], id="the end cut off"),
        pytest.param(lambda: delete(event).where(event.c.number < 3), ["hub/1: events 1 to 2 are missing"], id="the beginning cut off"),
        pytest.param(lambda: update(event).where(event.c.number == 5).values(hash=32 * b"x"), ["hub/1: event 5 (message 5 added) is not what was written", "hub/1: its chain ends at event 5, but 5 were written"], id="another hash"),
        pytest.param(lambda: update(writer).values(name="hub/2"), None, id="another writer"),
    ],
)  # fmt: skip
def test_harm_to_a_chain_is_found(ledger, open_ledger, add, harm, found):
    add(Kind.MESSAGE, 5)
    assert ledger.verify_chain() == []
    open_ledger(boot="9").run(lambda tx: tx.connection.execute(harm()))
    told = ledger.verify_chain()
    assert told == found if found is not None else len(told) == 5


def test_each_writer_has_its_own_chain(ledger, open_ledger, add):
    other = open_ledger(node="cli", boot="7", person="alice")
    for _ in range(3):
        add(Kind.MESSAGE)
        other.run(lambda tx: tx.event("gateway", 0, "looked"))
    assert ledger.verify_chain() == []
    with ledger._reading() as connection:
        rows = connection.execute(writer.select().order_by(writer.c.name)).all()
    assert [(row.name, row.person, row.events) for row in rows] == [("cli/7", "alice", 3), ("hub/1", "", 3)]


def test_a_chain_goes_on_after_a_commit_that_failed(tmp_path):
    def step(tx):
        tx.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # then the commit is what fails
        tx.add(Kind.MESSAGE, [{"interchange": 99}])

    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path) as ledger:
        for _ in range(2):
            ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}]))
            with pytest.raises(LedgerUnavailable, match="FOREIGN KEY"):
                ledger.run(step)
        assert [row.id for row in ledger.rows(Kind.MESSAGE)] == [1, 2]
        assert ledger.verify_chain() == []


# -- laws


@pytest.mark.parametrize(
    ("kind", "rows", "to", "found"),
    [
        pytest.param(Kind.FILE, [{"size": 10}], [FileState.ARCHIVED, FileState.SPLIT], "F1: its spans end at byte 0 of 10", id="a file without spans"),
        pytest.param(Kind.FILE, [{"size": 10, "unreadable": [{"start": 2, "end": 10, "reason": "x"}]}], [FileState.ARCHIVED, FileState.SPLIT], "F1: a span begins at byte 2, but the one before ends at 0", id="a gap"),
        pytest.param(Kind.FILE, [{"size": 3, "unreadable": [{"start": 0, "end": 3, "reason": "x"}, {"start": 2, "end": 3, "reason": "x"}]}], [FileState.ARCHIVED, FileState.SPLIT], "F1: a span begins at byte 2, but the one before ends at 3", id="an overlap"),
        pytest.param(Kind.MESSAGE, [{}], [MessageIn.ACCEPTED, MessageIn.MAPPED], "M1: mapped, and no delivery of it goes on", id="mapped for nobody"),
        pytest.param(Kind.MESSAGE, [{}], [MessageIn.ACCEPTED, MessageIn.MAPPED, MessageIn.DELIVERED], "M1: delivered, with 0 deliveries done", id="delivered by nobody"),
        pytest.param(Kind.DELIVERY, [{"webhook_id": "edigw:hub:M1"}] * 2, (), "D1: its webhook-id edigw:hub:M1 is that of 2 deliveries", id="one key, two deliveries"),
        pytest.param(Kind.DELIVERY, [{"what": "ack", "lane": "out", "name": "997-1.edi"}] * 2, (), "2 answers leave through out as 997-1.edi", id="one name, two answers"),
        pytest.param(Kind.INTERCHANGE, [{"answers": [{"kind": "997"}]}], [InterchangeIn.CHECKED, InterchangeIn.ANSWERED], "I1: has 1 answers, but 0 deliveries of them", id="an answer that does not leave"),
    ],
)  # fmt: skip
def test_what_must_not_be(ledger, kind, rows, to, found):
    ledger.run(lambda tx: tx.add(kind, rows, to=to))
    assert ledger.invariants() == [found]


def test_at_work_past_its_lease(ledger, add, clock):
    add(Kind.DELIVERY)
    ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=1, lease=timedelta(minutes=1), now=clock.now)
    assert ledger.invariants() == []
    words = "D1: under_way with a lease until 2026-11-20 15:31:00Z of hub/1"
    assert ledger.invariants(quiet=True) == [words]
    clock.on(minutes=2)
    assert ledger.invariants() == [words]


def test_a_row_that_is_not_where_its_events_say(ledger, add):
    add(Kind.DELIVERY)
    ledger.run(lambda tx: tx.connection.execute(update(KINDS[Kind.DELIVERY]).values(state="done")))
    assert ledger.invariants() == ["D1: is done, but its last event says due"]


def test_a_line_of_numbers_that_was_turned_back(ledger):
    ledger.run(lambda tx: tx.numbers("we", "they", "group", 3))
    ledger.run(lambda tx: tx.connection.execute(delete(control_number).where(control_number.c.number == 3)))
    assert ledger.invariants() == ["group numbers from we to they: stand at 3, but the last one given is 2"]
