"""A clock that is set back: rounds come all the same, and what is due an hour away by it goes now."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from edigw import clockwatch
from edigw.clockwatch import ClockWatch
from edigw.ledger import Ledger
from edigw.states import DeliveryState, Kind


class Clocks:
    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.steady = 50.0

    def go_on(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks():
    return Clocks()


@pytest.mark.parametrize(
    ("changed", "lost"),
    [
        pytest.param(-3600.0, 3600.0, id="an hour back"),
        pytest.param(-1.0, 0.0, id="corrected by a second"),
        pytest.param(3600.0, 0.0, id="an hour on"),
        pytest.param(0.0, 0.0, id="left alone"),
    ],
)
def test_how_much_was_lost(clocks, changed, lost):
    watch = ClockWatch(lambda: clocks.wall, lambda: clocks.steady)
    clocks.go_on(5)
    assert watch.set_back() == 0.0
    clocks.go_on(5)
    clocks.wall += changed
    assert watch.set_back() == lost
    clocks.go_on(5)
    assert watch.set_back() == 0.0  # told once


class Lanes:
    """What ``watch`` needs of the deliveries."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.woken = 0

    def lanes(self):
        return [type("Lane", (), {"name": name}) for name in self.names]

    def wake(self) -> None:
        self.woken += 1


def test_set_back_by_an_hour(tmp_path, clocks, monkeypatch):
    """Jobs and deliveries as they stand after the clock was set back: everything is an hour and more away."""
    monkeypatch.setattr(clockwatch, "EVERY", 0.05)
    with Ledger.open(f"sqlite:///{tmp_path}/ledger.db", node="hub", root=tmp_path) as ledger:
        later = datetime.now(UTC) + timedelta(hours=1)
        waiting = [{"what": "document", "lane": "erp", "payload": ledger.run(lambda tx: tx.payload(b"x")), "due_at": later - timedelta(minutes=at)} for at in (0, 5)]
        rows = ledger.run(lambda tx: tx.add(Kind.DELIVERY, waiting, why="due"))
        deliveries = Lanes("erp")
        rounds: list[datetime] = []

        async def scene() -> None:
            scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None})
            scheduler.add_job(lambda: rounds.append(datetime.now(UTC)), "interval", seconds=1, next_run_time=datetime.now(UTC) + timedelta(hours=1))
            scheduler.start()
            watch = ClockWatch(lambda: clocks.wall, lambda: clocks.steady)
            task = asyncio.create_task(clockwatch.watch(scheduler, deliveries, ledger, lambda: False, watch))
            await asyncio.sleep(0.2)
            assert (rounds, deliveries.woken) == ([], 0)
            clocks.wall -= 3600
            async with asyncio.timeout(20):
                while len(rounds) < 2 or not deliveries.woken:  # now, and a second later again
                    await asyncio.sleep(0.02)
            task.cancel()
            scheduler.shutdown(wait=False)

        asyncio.run(scene())
        claimed = ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=10, lease=timedelta(minutes=1), lane="erp")
        assert [row.id for row in claimed] == [row.id for row in rows], "in their order"
