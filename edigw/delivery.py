"""Whatever must leave: documents to endpoints, answers to partners' channels.

Each endpoint or channel is a *lane* with its own number of deliveries under way, so one
that hangs never holds the others. A delivery keeps its id and its bytes on every try; what
a try came to decides the next state, and the moves that go with it are one transaction.

HTTP with a ``webhook-id`` may be repeated safely. A folder is looked at before a second
try: what stands there under our names tells whether the first one got through.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from edigw.agreements import GIVEN_UP
from edigw.edges import edge
from edigw.errors import LedgerUnavailable, Superseded
from edigw.ledger import Ledger, Row, Tx
from edigw.log import get_logger
from edigw.settings import Retry
from edigw.states import DeliveryState as State
from edigw.states import Kind, MessageIn
from edigw.transports import ChannelUnavailable, NameTaken, Probe, Target, TransportError
from edigw.transports.http import HttpEndpoint

log = get_logger("delivery")

LEASE = timedelta(minutes=10)  # outlasts the longest HTTP time-out that the settings allow, with its repeat
CHANNEL_RETRY = Retry()  # answers into a partner's folder: as patient as with an endpoint
GATHER = 0.002  # seconds for deliveries that end together to share their commit
IDLE_LOOK = 1.0  # seconds between looks at the ledger when nobody wakes us
CHANNEL_IN_FLIGHT = 16  # files written at once into one folder; more only queue at its disk


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try came to: the state it leads to, why, and when it is due again."""

    to: State
    why: str
    due_at: datetime | None = None


@dataclass(slots=True)
class Lane:
    """One endpoint or channel: where its deliveries go and how many are under way."""

    name: str
    retry: Retry
    capacity: int
    endpoint: HttpEndpoint | None = None
    target: Target | None = None
    busy: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def close(self) -> None:
        """Wait for what is under way, then close the connections."""
        if self.tasks:
            await asyncio.wait(set(self.tasks))
        if self.endpoint is not None:
            await self.endpoint.close()


class Deliveries:
    """Claims what is due and sends it. ``wake`` after a commit that made something due."""

    def __init__(self, ledger: Ledger, lanes: Mapping[str, Lane], *, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._lanes = dict(lanes)
        self._clock = clock
        self._woken = asyncio.Event()
        self._old: list[Lane] = []  # of earlier generations, with deliveries still under way
        self._stopping = False
        self._ended: list[tuple[Row, Tried, asyncio.Future[None]]] = []
        self._flushes: set[asyncio.Task[None]] = set()
        self._random = random.SystemRandom()

    def replace_lanes(self, lanes: Mapping[str, Lane]) -> list[Lane]:
        """A new generation's endpoints and channels; what is under way ends in the old ones, which are returned."""
        old = self.lanes()
        self._lanes = dict(lanes)
        self._old = [lane for lane in (*self._old, *old) if lane.tasks]
        self.wake()
        return old

    def lanes(self) -> list[Lane]:
        return list(self._lanes.values())

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        """Deliver until ``stop``; then wait for what is under way."""
        while not self._stopping:
            self._woken.clear()
            try:
                claimed = await self._claim()
            except LedgerUnavailable as trouble:
                log.error("delivery.ledger_unavailable", code=trouble.code, error=str(trouble), next="edigw status")
                claimed = 0
            if not claimed:
                wait = asyncio.create_task(self._woken.wait())
                await asyncio.wait({wait}, timeout=IDLE_LOOK)
                wait.cancel()
        under_way = [task for lane in (*self._lanes.values(), *self._old) for task in lane.tasks]
        if under_way:
            await asyncio.wait(under_way)

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    async def _claim(self) -> int:
        """Claim for every lane that has room and something due; how many were claimed."""
        now = self._clock()
        count = 0
        for name in await asyncio.to_thread(self._ledger.due_lanes, now):
            lane = self._lanes.get(name)
            if lane is None:
                await self._no_lane(name, now)
                continue
            free = lane.capacity - lane.busy
            if free <= 0:
                continue
            rows = await asyncio.wrap_future(
                self._ledger.submit_claim(Kind.DELIVERY, State.DUE, to=State.UNDER_WAY, limit=free, lease=LEASE, lane=name)
            )
            for row in rows:
                lane.busy += 1
                task = asyncio.create_task(self._deliver(lane, row))
                lane.tasks.add(task)
                task.add_done_callback(lane.tasks.discard)
            count += len(rows)
        return count

    async def _no_lane(self, name: str, now: datetime) -> None:
        """Deliveries to a name the configuration no longer has wait for it, and say so."""
        rows = await asyncio.wrap_future(
            self._ledger.submit_claim(Kind.DELIVERY, State.DUE, to=State.UNDER_WAY, limit=100, lease=LEASE, lane=name)
        )
        why = f"no endpoint or channel is called {name}; add it to edigw.yaml and reload"
        for row in rows:
            log.error(
                "delivery.no_lane",
                delivery=f"D{row.id}",
                lane=name,
                code="EDIGW-DELIVERY-E001",
                next=f"add {name} to edigw.yaml, then edigw retry",
            )
            await self._record(row, Tried(State.DUE, why, now + timedelta(minutes=1)))

    async def _deliver(self, lane: Lane, row: Row) -> None:
        try:
            try:
                body = await asyncio.to_thread(self._ledger.payload, row.payload)
                if lane.endpoint is not None:
                    tried = await self._post(lane, lane.endpoint, row, body)
                else:
                    tried = await self._put(lane, row, body)
            except Exception as trouble:
                log.exception(
                    "delivery.failed", delivery=f"D{row.id}", lane=lane.name, code="EDIGW-DELIVERY-E002", next=f"edigw show D{row.id}"
                )
                tried = self._again(lane, row, f"{type(trouble).__name__}: {trouble}")
            await self._record(row, tried)
        finally:
            lane.busy -= 1
            self.wake()

    # -- one try

    async def _post(self, lane: Lane, endpoint: HttpEndpoint, row: Row, body: bytes) -> Tried:
        edge("post:before-send")
        outcome = await endpoint.post(body, row.webhook_id, row.headers or {})
        edge("post:answered")
        if outcome.kind == "done":
            return Tried(State.DONE, outcome.detail)
        if outcome.kind == "held":
            return Tried(State.GIVEN_UP, outcome.detail)
        return self._again(lane, row, outcome.detail, outcome.retry_after)

    async def _put(self, lane: Lane, row: Row, body: bytes) -> Tried:
        target = lane.target
        if target is None:
            raise TypeError(f"lane {lane.name} has neither endpoint nor channel")
        label = f"D{row.id}"
        try:
            if row.attempt > 1:
                probe = await asyncio.to_thread(target.probe, row.name, label, row.sha256, len(body))
                if probe is Probe.DONE:
                    return Tried(State.DONE, "found under its name with our bytes")
                if probe is Probe.ABSENT and row.mark == "renaming":
                    return Tried(State.UNCERTAIN, f"{row.name} was about to be renamed and is not there: the partner may have fetched it")
            await asyncio.to_thread(target.put, row.name, body, label, lambda: self._mark(row))
        except NameTaken as trouble:
            return Tried(State.GIVEN_UP, str(trouble))
        except ChannelUnavailable as trouble:
            return self._again(lane, row, str(trouble))
        except TransportError as trouble:
            return Tried(State.GIVEN_UP, str(trouble))
        return Tried(State.DONE, f"put as {row.name}")

    def _mark(self, row: Row) -> None:
        def mark_renaming(tx: Tx) -> None:
            tx.set(Kind.DELIVERY, [row], mark="renaming")

        self._ledger.run(mark_renaming, name="mark")

    def _again(self, lane: Lane, row: Row, why: str, asked: float | None = None) -> Tried:
        """Due again after a wait that doubles from *first* to *max*, with jitter; given up after *total*."""
        now = self._clock()
        if now - row.created_at >= lane.retry.total:
            return Tried(State.GIVEN_UP, f"{why}; given up after {row.attempt} tries")
        first, most = lane.retry.first.total_seconds(), lane.retry.max.total_seconds()
        wait = min(most, first * 2.0 ** min(row.attempt - 1, 30)) * self._random.uniform(0.8, 1.2)
        return Tried(State.DUE, why, now + timedelta(seconds=max(wait, asked or 0.0)))

    # -- what it came to

    async def _record(self, row: Row, tried: Tried) -> None:
        """Record a try, together with those that end in the same moment."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._ended.append((row, tried, ended))
        if len(self._ended) == 1:
            asyncio.get_running_loop().call_later(GATHER, self._flush)
        await ended

    def _flush(self) -> None:
        some, self._ended = self._ended, []
        task = asyncio.get_running_loop().create_task(self._record_all(some))
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)

    async def _record_all(self, some: list[tuple[Row, Tried, asyncio.Future[None]]]) -> None:
        try:
            await self._record_tried([(row, tried) for row, tried, _ in some])
        finally:
            for _, _, ended in some:
                if not ended.done():
                    ended.set_result(None)

    async def _record_tried(self, tries: Sequence[tuple[Row, Tried]]) -> None:
        def delivered(tx: Tx) -> None:
            record_tries(tx, tries)

        try:
            await asyncio.wrap_future(self._ledger.submit(delivered, name="delivered"))
        except LedgerUnavailable as trouble:
            # Not lost: the leases end, and the repeats have the same ids and bytes.
            labels = [row.label for row, _ in tries]
            log.error(
                "delivery.not_recorded", deliveries=labels, code=trouble.code, error=str(trouble), next="tried again when its lease ends"
            )
        except Exception as trouble:
            if len(tries) > 1:
                for one in tries:
                    await self._record_tried([one])
            elif isinstance(trouble, Superseded):
                log.warning("delivery.superseded", delivery=tries[0][0].label, code=trouble.code, why=str(trouble))
            else:
                log.error("delivery.failed", delivery=tries[0][0].label, code="EDIGW-DELIVERY-E002", exc_info=trouble, next="edigw status")
        else:
            for row, tried in tries:
                _say(row, tried)


def record_tries(tx: Tx, tries: Sequence[tuple[Row, Tried]]) -> None:
    """What tries came to, with what follows for their messages; those that succeeded together.

    Raises Superseded when one of the deliveries is no longer ours; then nothing is recorded.
    """
    done = [row for row, tried in tries if tried.to is State.DONE]
    if done:
        tx.move(Kind.DELIVERY, done, State.UNDER_WAY, State.DONE, "the receiver has it", last_error=None, mark=None)
        if messages := [row.message for row in done if row.message is not None]:
            tx.move(Kind.MESSAGE, messages, MessageIn.MAPPED, MessageIn.DELIVERED, "the receiver has it")
            tx.settle_with(messages)
        tx.settle(row.interchange for row in done if row.interchange is not None)
    for row, tried in tries:
        if tried.to is State.DONE:
            continue
        facts: dict[str, Any] = {"last_error": tried.why, "mark": row.mark if tried.to is State.UNCERTAIN else None}
        if tried.due_at is not None:
            facts["due_at"] = tried.due_at
        tx.move(Kind.DELIVERY, [row], State.UNDER_WAY, tried.to, tried.why, **facts)
        if tried.to is State.GIVEN_UP and row.message is not None:
            tx.move(Kind.MESSAGE, [row.message], MessageIn.MAPPED, MessageIn.HELD, tried.why, held=GIVEN_UP, reason=tried.why)


def _say(row: Row, tried: Tried) -> None:
    facts = {"delivery": f"D{row.id}", "to": row.lane, "attempt": row.attempt, "what": row.what}
    if tried.to is State.DONE:
        log.info("delivery.done", **facts)
    elif tried.to is State.DUE:
        log.warning(
            "delivery.again", **facts, why=tried.why, due_at=tried.due_at, code="EDIGW-DELIVERY-E003", next=f"edigw retry D{row.id}"
        )
    elif tried.to is State.UNCERTAIN:
        log.error(
            "delivery.uncertain", **facts, why=tried.why, code="EDIGW-DELIVERY-E004", next=f"ask the partner, then edigw retry D{row.id}"
        )
    else:
        log.error(
            "delivery.given_up", **facts, why=tried.why, code=GIVEN_UP, next=f"edigw show D{row.id}; mend it, then edigw retry D{row.id}"
        )
