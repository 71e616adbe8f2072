"""The breaker: when it opens, whom it lets try, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from edigw.delivery.outages import Outage
from edigw.transports.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def breaker(clock: Clock, **settings: float) -> Breaker:
    start = datetime(2026, 11, 24, 9, 14, tzinfo=UTC)
    return Breaker(first=10, most=60, clock=clock, now=lambda: start + timedelta(seconds=clock.now), spread=lambda: 1.0, **settings)


def test_it_opens_at_the_third_failure_and_doubles_its_wait():
    clock = Clock()
    one = breaker(clock)
    assert [one.failed("503") for _ in range(4)] == [False, False, True, False]  # the fourth was under way
    waits = []
    for _ in range(5):
        waits.append(one.wait())
        clock.now += one.wait()
        assert (one.wait(), one.is_open) == (0, True)  # one may try
        assert not one.failed("503")
    assert waits == [10, 20, 40, 60, 60]
    assert one.told() == "failed 9 times since 2026-11-24 09:14:00Z: 503; the next try is at 2026-11-24 09:18:10Z"
    assert one.succeeded()
    assert (one.is_open, one.wait(), one.told(), one.succeeded()) == (False, 0, "", False)
    assert [one.failed("x") for _ in range(3)] == [False, False, True]
    assert one.wait() == 10


def test_a_success_between_is_no_outage():
    one = breaker(Clock())
    for _ in range(5):
        assert not one.failed("500")
        assert not one.failed("500")
        one.succeeded()


def test_who_asks_to_be_left_alone_is():
    one = breaker(Clock())
    assert one.failed("429", 3600.0)
    assert one.wait() == 3600
    one.hurry()
    assert (one.wait(), one.is_open) == (0, True)


def test_one_goes_first_and_the_rest_at_its_rate():
    clock = Clock()
    lane = Outage(breaker(clock), rate=5.0, clock=clock)
    assert lane.room(64, 0) == 64
    for _ in range(3):
        lane.breaker.failed("503")
    assert lane.room(64, 0) == 0
    clock.now += 10
    assert (lane.room(64, 0), lane.room(64, 1)) == (1, 0)  # one, and nothing beside it
    lane.breaker.succeeded()
    lane.over()
    went = 0
    for _ in range(40):  # four seconds
        room = lane.room(64, 0)
        lane.claimed(room, room)
        went += room
        clock.now += 0.1
    assert 20 <= went <= 21
    clock.now += 1
    lane.claimed(lane.room(64, 0), 2)  # nothing waits any more
    assert lane.room(64, 0) == 64
