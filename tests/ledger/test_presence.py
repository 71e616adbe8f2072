"""Nodes that look at each other: who polls what, who is gone, and who was only cut off from the database with all the others."""

from __future__ import annotations

import contextlib

import pytest
from structlog.testing import capture_logs

from edigw.daemon import InstanceTaken
from edigw.daemon.nodes import AWAY, LEFT_FREE, TRUSTED, TTL, Presence
from edigw.errors import LedgerUnavailable
from edigw.ledger import Ledger
from edigw.states import DeliveryState, Kind

CHANNELS = {"a", "b", "c"}


@pytest.fixture
def make_presence(postgresql, clock, tmp_path):
    url, opened = postgresql.database(), []

    def make(node: str) -> Presence:
        ledger = Ledger.open(url, node=node, clock=clock, root=tmp_path)
        opened.append(ledger)
        return Presence(ledger, clock=lambda: clock.now.timestamp())

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def both(make_presence):
    """East has begun, then west, and the channels are shared out."""
    east, west = make_presence("east"), make_presence("west")
    east.enter()
    assert east.attend(CHANNELS)
    assert dict(east.seen.held) == {"a": 1, "b": 1, "c": 1}
    west.enter()
    assert east.attend(CHANNELS)
    assert east.surplus == set()  # west has not started yet, and would leave its share alone
    assert west.attend(CHANNELS)
    assert dict(west.seen.held) == {}
    assert east.attend(CHANNELS)
    assert east.surplus == {"b"}
    east.let_go("b")
    assert west.attend(CHANNELS)
    assert dict(west.seen.held) == {"b": 2}
    assert east.attend(CHANNELS)
    assert (set(east.seen.held), east.surplus) == ({"a", "c"}, set())
    return east, west


def test_one_who_came_gets_its_share_and_one_who_leaves_gives_it_back(both):
    east, west = both
    assert [one.seen.leads for one in both] == [True, False]
    east.leave()
    assert west.attend(CHANNELS)
    assert (set(west.seen.held), west.seen.nodes, west.seen.dead, west.seen.leads) == (CHANNELS, ("west",), frozenset(), True)


def test_one_who_leaves_is_heard_on_a_connection_that_broke_meanwhile(both, postgresql):
    """PostgreSQL restarted since we asked it last."""
    east, west = both
    postgresql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'edigw'")
    east.leave()
    with contextlib.suppress(LedgerUnavailable):  # west learns of its own
        west.attend(CHANNELS)
    assert west.attend(CHANNELS)
    assert (set(west.seen.held), west.seen.nodes, west.seen.dead) == (CHANNELS, ("west",), frozenset())


def test_one_whose_goodbye_nobody_hears_says_so_and_goes(make_presence, monkeypatch):
    east = make_presence("east")
    east.enter()

    def gone(step, *, name=""):
        raise LedgerUnavailable("the ledger's database: connection refused")

    monkeypatch.setattr(east.ledger, "run", gone)
    with capture_logs() as logs:
        east.leave()
    ((event, code),) = {(fact["event"], fact["code"]) for fact in logs}
    assert (event, code) == ("daemon.left_unsaid", "EDIGW-LEDGER-E001")


def test_what_a_dead_node_had_is_the_others(both, clock):
    east, west = both
    east.ledger.run(lambda tx: tx.add(Kind.DELIVERY, [{"lane": "erp"}], to=DeliveryState.UNDER_WAY, lease=10 * TTL))
    clock.on(seconds=40)
    assert west.attend(CHANNELS)
    clock.on(seconds=21)
    assert west.attend(CHANNELS)
    assert set(west.seen.held) == CHANNELS
    assert (west.seen.dead, west.seen.recovered) == (frozenset({east.ledger.owner}), 1)
    (row,) = west.ledger.rows(Kind.DELIVERY)
    assert row.lease_until <= clock.now
    assert west.attend(CHANNELS)
    assert west.seen.recovered == 0  # told once
    assert [(one.node, one.alive) for one in west.ledger.daemons()] == [("east", False), ("west", True)]
    for _ in range(40):  # a day and more
        clock.on(minutes=40)
        assert west.attend(CHANNELS)
        clock.on(seconds=50)
        assert west.attend(CHANNELS)
    assert [one.node for one in west.ledger.daemons()] == ["west"]


def test_a_node_that_died_polls_again_as_soon_as_it_is_started_again(make_presence, clock):
    """What its dead start held is not held by the new one, which has the same name."""
    east = make_presence("east")
    east.enter()
    assert east.attend(CHANNELS)
    clock.on(seconds=61)
    again = make_presence("east")
    again.enter()
    assert again.attend(CHANNELS)
    assert dict(again.seen.held) == dict.fromkeys(sorted(CHANNELS), 2)


def test_a_node_stops_polling_before_another_may_begin(both, clock):
    east, _ = both
    assert east.trusted_until() == clock.now.timestamp() + TRUSTED
    assert TTL.total_seconds() > TRUSTED


def test_a_database_that_was_gone_for_all_kills_nobody(both, clock):
    """Every lease has ended meanwhile. Whoever comes first leaves the others a moment to come back."""
    east, west = both
    clock.on(minutes=5)
    assert west.attend(CHANNELS)
    assert (set(west.seen.held), west.seen.dead) == ({"b"}, frozenset())
    clock.on(seconds=AWAY - 5)
    assert east.attend(CHANNELS)
    assert set(east.seen.held) == {"a", "c"}
    clock.on(seconds=10)
    assert west.attend(CHANNELS)
    assert west.seen.dead == frozenset()


def test_one_that_does_not_come_back_is_dead_after_all(both, clock):
    _, west = both
    clock.on(minutes=5)
    assert west.attend(CHANNELS)
    clock.on(seconds=AWAY + 1)
    assert west.attend(CHANNELS)
    assert (set(west.seen.held), len(west.seen.dead)) == (CHANNELS, 1)


def test_a_channel_that_its_node_does_not_poll_is_taken_after_a_while(both, clock):
    """West has a configuration that east does not have yet."""
    east, west = both
    more = {"a", "b", "bb", "c"}  # by turns: east a and bb, west b and c
    assert west.attend(more)
    assert set(west.seen.held) == {"b"}
    clock.on(seconds=LEFT_FREE)
    assert east.attend(CHANNELS)
    assert west.attend(more)
    assert set(west.seen.held) == {"b", "bb"}


def test_one_name_is_one_daemon(both, make_presence):
    with pytest.raises(InstanceTaken, match="another daemon runs as node east"):
        make_presence("east").enter()


def test_one_whose_name_was_taken_while_it_hung_must_stop(both, clock, make_presence):
    east, _ = both
    clock.on(seconds=61)
    again = make_presence("east")
    again.enter()
    assert not east.attend(CHANNELS)


def test_a_daemon_that_knows_no_nodes_keeps_them_out(make_presence):
    lone = make_presence("hub")
    lone.ledger.lease("daemon", TTL)
    with pytest.raises(InstanceTaken):
        make_presence("east").enter()
