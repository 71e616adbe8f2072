"""Deliveries whose payload cannot be read, and those whose earlier try is not known: what becomes of each, and that it keeps its mark."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from edigw import operate
from edigw.archive import LARGEST_BODY, Archive
from edigw.delivery import CHANNEL_BATCH, Deliveries, Lane
from edigw.endpoints import Retry
from edigw.ledger import Ledger
from edigw.operate import Order
from edigw.states import DeliveryState, Kind
from edigw.transports import ChannelUnavailable
from edigw.transports.folder import Folder

LARGE = random.Random(5).randbytes(2 * LARGEST_BODY)
WAIT = timedelta(hours=1)  # so that what waits is still waiting when it is looked at


async def reads_alike(bodies):
    return [() for _ in bodies]


class Scene:
    """Two answers to ACME, the first so large that it stands in the archive."""

    def __init__(self, flow, make_order, tmp_path) -> None:
        self.ledger: Ledger = flow.ledger
        self.archive = Archive(tmp_path / "archive")
        self.outbox = tmp_path / "outbox"
        self.outbox.mkdir()
        flow.record(make_order("PO-1", 1), make_order("PO-2", 2))
        self.large, self.small = (row.id for row in self.ledger.rows(Kind.DELIVERY) if row.what == "ack")
        kept = self.archive.keep(LARGE)
        self.ledger.run(lambda tx: tx.set(Kind.DELIVERY, [self.large], payload=tx.payload(kept), sha256=kept.sha256))

    def row(self, number: int):
        return self.ledger.get(Kind.DELIVERY, number)

    def deliver(self, target: Folder | None = None) -> list[dict]:
        """Send what is due, each once; what was logged."""

        async def work() -> None:
            lane = Lane("acme-out", Retry(first=WAIT, max=WAIT), CHANNEL_BATCH, target=target or Folder(self.outbox))
            deliveries = Deliveries(self.ledger, {"acme-out": lane}, clock=lambda: datetime.now(UTC), witness=reads_alike)
            running = asyncio.create_task(deliveries.run())
            while any(self.busy(number) for number in (self.large, self.small)):
                await asyncio.sleep(0.02)
            deliveries.stop()
            await running

        with capture_logs() as logs:
            asyncio.run(asyncio.wait_for(work(), 60))
        return logs

    def busy(self, number: int) -> bool:
        row = self.row(number)
        return row.state is DeliveryState.UNDER_WAY or (row.state is DeliveryState.DUE and row.due_at <= datetime.now(UTC))


@pytest.fixture
def scene(flow, make_order, tmp_path):
    return Scene(flow, make_order, tmp_path)


def test_an_archive_that_is_away_is_waited_for(scene):
    """What can be read leaves; the other is due again, says why, and is still to be read back before it leaves."""
    scene.archive.root.rename(scene.archive.root.with_name("moved"))
    logs = scene.deliver()
    assert scene.row(scene.small).state is DeliveryState.DONE
    waiting = scene.row(scene.large)
    assert (waiting.state, waiting.mark) == (DeliveryState.DUE, "witness")
    assert waiting.last_error == f"its payload cannot be read: {scene.archive.root}: nothing is in it; is its disk mounted?"
    (said,) = [one for one in logs if one.get("delivery") == f"D{scene.large}"]
    assert (said["event"], said["log_level"], said["code"]) == ("delivery.again", "warning", "EDIGW-DELIVERY-E003")
    assert said["why"] == waiting.last_error

    scene.archive.root.with_name("moved").rename(scene.archive.root)
    operate.retry(scene.ledger, Kind.DELIVERY, scene.large, Order("ada"))
    scene.deliver()
    assert scene.row(scene.large).state is DeliveryState.DONE
    assert (scene.outbox / scene.row(scene.large).name).read_bytes() == LARGE


def test_one_that_is_damaged_is_given_up(scene):
    """And retried when a person has restored it, it is read back like any other."""
    kept = scene.archive.path(scene.row(scene.large).sha256)
    kept.write_bytes(LARGE[:-1])
    scene.deliver()
    assert scene.row(scene.small).state is DeliveryState.DONE
    damaged = scene.row(scene.large)
    assert (damaged.state, damaged.mark) == (DeliveryState.GIVEN_UP, "witness")
    assert damaged.last_error.startswith("its payload cannot be read: payload ")
    kept.write_bytes(LARGE)
    operate.retry(scene.ledger, Kind.DELIVERY, scene.large, Order("ada"))
    scene.deliver()
    assert scene.row(scene.large).state is DeliveryState.DONE


@pytest.mark.parametrize("fetched", [pytest.param(False, id="it stands there"), pytest.param(True, id="it is gone: the partner may have fetched it")])
def test_a_folder_that_is_away_after_a_kill(scene, fetched):
    """A kill came behind the rename, then the folder was not there: its next look must still know of the rename."""
    row = scene.row(scene.large)
    (scene.outbox / row.name).write_bytes(LARGE)
    tried, other = scene.ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=2, lease=WAIT, lane="acme-out")
    back = (DeliveryState.UNDER_WAY, DeliveryState.DUE, "its process was killed")
    scene.ledger.run(lambda tx: tx.move(Kind.DELIVERY, [tried], *back, due_at=tx.now, mark="renaming"))
    scene.ledger.run(lambda tx: tx.move(Kind.DELIVERY, [other], *back, due_at=tx.now))
    scene.outbox.rename(scene.outbox.with_name("moved"))
    scene.deliver()
    assert (scene.row(scene.large).state, scene.row(scene.large).mark) == (DeliveryState.DUE, "renaming")
    scene.outbox.with_name("moved").rename(scene.outbox)
    if fetched:
        (scene.outbox / row.name).unlink()
    for number in (scene.large, scene.small):
        operate.retry(scene.ledger, Kind.DELIVERY, number, Order("ada"))
    scene.deliver()
    assert scene.row(scene.small).state is DeliveryState.DONE
    assert scene.row(scene.large).state is (DeliveryState.UNCERTAIN if fetched else DeliveryState.DONE)
    assert (scene.outbox / row.name).exists() is not fetched


class Unsynced(Folder):
    """A folder whose disk fails between the renames and the sync that makes them last."""

    def put_all(self, items, mark):
        super().put_all(items, mark)
        raise ChannelUnavailable(str(self.path), "input/output error")


def test_a_rename_that_was_not_synced_is_not_done_again(scene):
    """The partner may fetch the file before we look: the same answer twice would be the worse mistake."""
    scene.deliver(Unsynced(scene.outbox))
    for number in (scene.large, scene.small):
        assert (scene.row(number).state, scene.row(number).mark) == (DeliveryState.DUE, "renaming")
    (scene.outbox / scene.row(scene.small).name).unlink()  # fetched
    for number in (scene.large, scene.small):
        operate.retry(scene.ledger, Kind.DELIVERY, number, Order("ada"))
    scene.deliver()
    assert scene.row(scene.large).state is DeliveryState.DONE
    assert scene.row(scene.small).state is DeliveryState.UNCERTAIN
    assert [one.name for one in scene.outbox.iterdir()] == [scene.row(scene.large).name]
