"""The flow of deliveries: claim what is due, send it, record what came of it.

A delivery keeps its id and its bytes on every try; what a try came to decides the next
state, and the moves that go with it are one transaction.

What is recorded while its lane has room is claimed in the transaction that records it and
handed over with its bytes (``reserve``, ``take``); the ledger is asked only for the rest.

HTTP with a ``webhook-id`` may be repeated safely. A folder is looked at before a second
try: what stands there under our names tells whether the first one got through.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from edigw.archive import ArchiveUnavailable
from edigw.delivery import unrepeated
from edigw.delivery.ahead import Ahead
from edigw.delivery.bodies import when_there
from edigw.delivery.lanes import Lane
from edigw.delivery.outages import bring_forward, failed, oldest_first, succeeded
from edigw.delivery.overdue import LOOK_EVERY, give_up
from edigw.delivery.putting import Puts
from edigw.delivery.tries import UNEXPECTED, Tried, record_tries, say
from edigw.delivery.witnessed import ANSWER_DIFFERS, WITNESS, Witness
from edigw.edges import edge
from edigw.errors import LedgerUnavailable, Superseded
from edigw.ledger import Ledger, Row, Tx
from edigw.ledger.outage import recorded
from edigw.log import get_logger
from edigw.states import DeliveryState as State
from edigw.states import Kind
from edigw.transports.http import HttpEndpoint

log = get_logger("delivery")

LEASE = timedelta(minutes=15)  # outlasts what an endpoint's claimed rows take when each runs into its time-out, with a repeat
GATHER = 0.002  # seconds for deliveries that end together to share their commit
IDLE_LOOK = 1.0  # seconds between looks at the ledger when nobody wakes us


class Deliveries:
    """Claims what is due and sends it. ``wake`` after a commit that made something due."""

    def __init__(self, ledger: Ledger, lanes: Mapping[str, Lane], *, clock: Callable[[], datetime], witness: Witness) -> None:
        self._ledger = ledger
        self._witness = witness
        self._lanes = dict(lanes)
        self._clock = clock
        self._woken = asyncio.Event()
        self._old: list[Lane] = []  # of earlier generations, with deliveries still under way
        self._stopping = False
        self._nothing_due = False  #: the ledger had nothing due at our last look, and nobody has woken us since
        self._puts = Puts(ledger, self._again)
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
        """Look into the ledger now: something is due there."""
        self._nothing_due = False
        self._woken.set()

    def try_now(self) -> None:
        """Ask those who are left alone once more, for a person says so."""
        for lane in self._lanes.values():
            lane.outage.breaker.hurry()
        self.wake()

    def troubles(self) -> list[str]:
        """The lanes that are left alone just now, and why."""
        return [f"{lane.name}: {told}" for lane in self._lanes.values() if (told := lane.outage.told())]

    def wake_if_waiting(self) -> None:
        """Look into the ledger if something was due there that had no room or not its turn; it may go on now."""
        if not self._nothing_due:
            self._woken.set()

    def reserve(self, wanted: Mapping[str, int]) -> Ahead:
        """Keep room for up to so many deliveries of each lane, which must be given back by ``take``.

        A lane with older deliveries waiting gives none, for they come first, nor one whose receiver is spared.
        """
        granted: dict[str, tuple[Lane, int]] = {}
        over = asyncio.get_running_loop().create_future()
        for name, count in wanted.items():
            lane = self._lanes.get(name)
            if lane is None or lane.behind or lane.outage.holds_back or self._stopping:
                continue
            most = min(count, lane.capacity - lane.busy)
            lane.behind = most < count  # the others become due: what comes next waits behind them
            if most > 0:
                lane.busy += most
                lane.tasks.add(over)
                granted[name] = (lane, most)
        return Ahead(granted, over)

    def take(self, ahead: Ahead, claimed: Sequence[tuple[Row, bytes]]) -> None:
        """Send what was claimed in the room of *ahead*, each with its bytes, and give back the rest of it."""
        for name, (lane, count) in ahead.granted.items():
            some = [(row, body) for row, body in claimed if row.lane == name]
            lane.busy -= count - len(some)
            if some:
                self._send(lane, [row for row, _ in some], {row.id: body for row, body in some})
            lane.tasks.discard(ahead.over)
        ahead.over.set_result(None)

    async def run(self) -> None:
        """Deliver until ``stop``; then wait for what is under way."""
        told = False
        while not self._stopping:
            self._woken.clear()
            try:
                claimed = await self._claim()
                told = False
            except LedgerUnavailable as trouble:
                if not told:  # once, and not every second of a night
                    log.error("delivery.ledger_unavailable", code=trouble.code, error=str(trouble), next=trouble.advice)
                told = True
                claimed = 0
            if not claimed:
                wait = asyncio.create_task(self._woken.wait())
                await asyncio.wait({wait}, timeout=IDLE_LOOK)
                wait.cancel()
        while under_way := [task for lane in (*self._lanes.values(), *self._old) for task in lane.tasks]:
            await asyncio.wait(under_way)

    def is_stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        self._stopping = True
        self.wake()

    async def _claim(self) -> int:
        """Claim for every lane that has room and something due; how many were claimed."""
        now = self._clock()
        count = 0
        waiting = await asyncio.to_thread(self._ledger.due_lanes, now)
        self._nothing_due = not waiting and not self._woken.is_set()
        for each in self._lanes.values():
            each.behind = each.name in waiting
        for name in waiting:
            lane = self._lanes.get(name)
            if lane is None:
                await self._no_lane(name, now)
                continue
            if lane.outage.breaker.is_open and time.monotonic() - lane.overdue_at >= LOOK_EVERY:
                lane.overdue_at = time.monotonic()
                count += await asyncio.to_thread(give_up, self._ledger, lane, now)
            free = lane.outage.room(lane.capacity, lane.busy)
            if free <= 0:
                continue
            if lane.outage.breaker.is_open:
                await asyncio.to_thread(oldest_first, self._ledger, name)
            rows = await asyncio.wrap_future(
                self._ledger.submit_claim(Kind.DELIVERY, State.DUE, to=State.UNDER_WAY, limit=free, lease=LEASE, lane=name)
            )
            ordered = lane.outage.holds_back
            lane.outage.claimed(free, len(rows))
            lane.behind = len(rows) == free
            if rows:
                lane.busy += len(rows)
                self._send(lane, rows, ordered=ordered)
            count += len(rows)
        return count

    def _send(
        self, lane: Lane, rows: Sequence[Row], bodies: Mapping[int, bytes | Exception] | None = None, *, ordered: bool = False
    ) -> None:
        self._spawn(lane, self._deliver(lane, rows, bodies, ordered=ordered))

    def _spawn(self, lane: Lane, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside the others; the lane stays open until it is over. What it raises is logged."""
        task = asyncio.get_running_loop().create_task(work)
        lane.tasks.add(task)
        task.add_done_callback(partial(self._over, lane))

    @staticmethod
    def _over(lane: Lane, task: asyncio.Task[None]) -> None:
        lane.tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None:
            log.error(
                "delivery.failed", lane=lane.name, code=UNEXPECTED, exc_info=trouble, next="edigw status; tried again when its lease ends"
            )

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

    async def _deliver(
        self, lane: Lane, rows: Sequence[Row], bodies: Mapping[int, bytes | Exception] | None = None, *, ordered: bool = False
    ) -> None:
        """One try of each of *rows*, which are claimed for *lane*; *bodies* by their ids, where they are at hand.

        *ordered*: none of them leaves before what was claimed before them.
        """
        left = len(rows)
        try:
            if bodies is None:
                async with lane.in_order if ordered else contextlib.nullcontext():
                    bodies = await when_there(self._ledger, rows, self.is_stopping)
            for row in rows:
                if isinstance(trouble := bodies[row.id], Exception):
                    await self._record(row, self._unread(lane, row, trouble))
                    left, lane.busy = left - 1, lane.busy - 1
            good = [(row, body) for row in rows if isinstance(body := bodies[row.id], bytes)]
            if lane.target is not None:
                differ = await self._witnessed(lane, good)
                good = [(row, body) for row, body in good if row.id not in differ]
                work = partial(self._puts.put, lane, lane.target, good)
                tries = await asyncio.get_running_loop().run_in_executor(lane.threads, work) if good else []
                self._note(lane, [tried for _, tried in tries])
                await asyncio.gather(*(self._record(row, tried) for row, tried in (*differ.values(), *tries)))
            elif lane.endpoint is not None:

                async def send(endpoint: HttpEndpoint, row: Row, body: bytes) -> None:
                    nonlocal left
                    await self._record(row, await self._post(lane, endpoint, row, body))
                    left, lane.busy = left - 1, lane.busy - 1
                    self.wake_if_waiting()

                await asyncio.gather(*(send(lane.endpoint, row, body) for row, body in good))
        except LedgerUnavailable as trouble:  # we are stopping; the leases end, and the next start delivers
            log.error("delivery.not_sent", lane=lane.name, deliveries=[row.label for row in rows], code=trouble.code, next="edigw run")
        finally:
            lane.busy -= left
            self.wake_if_waiting()

    def _unread(self, lane: Lane, row: Row, trouble: Exception) -> Tried:
        """What becomes of a delivery whose payload could not be read. It keeps its mark, for nothing was tried."""
        if isinstance(trouble, ArchiveUnavailable):  # a disk that is not mounted comes back; the delivery waits for it
            return replace(self._again(lane, row, f"its payload cannot be read: {trouble}"), mark=row.mark)
        return Tried(State.GIVEN_UP, f"its payload cannot be read: {trouble}", mark=row.mark)

    # -- one try

    async def _witnessed(self, lane: Lane, rows: Sequence[tuple[Row, bytes]]) -> dict[int, tuple[Row, Tried]]:
        """Have those of *rows* that bear the mark read back; what becomes of each that does not go on, by its id."""
        marked = [(row, body) for row, body in rows if row.mark == WITNESS]
        if not marked:
            return {}
        try:
            opinions = await self._witness([body for _, body in marked])
        except Exception as trouble:  # nobody has read them yet, so they wait
            log.error("delivery.not_witnessed", lane=lane.name, code=UNEXPECTED, exc_info=trouble, next="edigw status; it is tried again")
            why = f"it could not be read back: {type(trouble).__name__}"
            return {row.id: (row, replace(self._again(lane, row, why), mark=WITNESS)) for row, _ in marked}
        held: dict[int, tuple[Row, Tried]] = {}
        for (row, _), found in zip(marked, opinions, strict=True):
            if found:
                why = f"another reader reads {row.name} differently: {'; '.join(found[:3])}"
                held[row.id] = (row, Tried(State.GIVEN_UP, why[:500], held=ANSWER_DIFFERS))
        return held

    async def _post(self, lane: Lane, endpoint: HttpEndpoint, row: Row, body: bytes) -> Tried:
        once = endpoint.repeat == "ask"
        if once:
            if (tried := unrepeated.known(row)) is not None:
                return tried
            try:
                await unrepeated.leaving(self._ledger, row)
            except (LedgerUnavailable, Superseded) as trouble:
                return self._again(lane, row, str(trouble))
        edge("post:before-send")
        try:
            outcome = await endpoint.post(body, row.webhook_id, row.headers or {})
        except Exception as trouble:
            log.exception("delivery.failed", delivery=row.label, lane=lane.name, code=UNEXPECTED, next=f"edigw show {row.label}")
            why = f"{type(trouble).__name__}: {trouble}"
            return unrepeated.lost(why) if once else self._again(lane, row, why)
        edge("post:answered")
        if outcome.kind == "retry":
            failed(lane.outage, lane.name, outcome.detail, outcome.retry_after)
        else:
            self._answered(lane)
        if outcome.kind == "done":
            return Tried(State.DONE, outcome.detail)
        if outcome.kind == "held":
            return Tried(State.GIVEN_UP, outcome.detail)
        if once and outcome.unknown:
            return unrepeated.lost(outcome.detail)
        return self._again(lane, row, outcome.detail, outcome.retry_after)

    def _note(self, lane: Lane, tries: Sequence[Tried]) -> None:
        """Whether a channel could be used, for its lane's breaker; one answer for what was put together."""
        if missed := next((tried for tried in tries if tried.no_answer), None):
            failed(lane.outage, lane.name, missed.why, None, missed.cause)
        elif tries:
            self._answered(lane)

    def _answered(self, lane: Lane) -> None:
        """The receiver of *lane* answers; behind an outage what waited for it goes on."""
        if succeeded(lane.outage, lane.name):
            self._spawn(lane, bring_forward(lane.name, self._ledger, self.is_stopping, self.wake))

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
            # Patient, unless something in the ledger waits for its room or its turn.
            await recorded(lambda: self._ledger.submit(delivered, name="delivered", patient=self._nothing_due), self.is_stopping)
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
                label = tries[0][0].label
                log.warning("delivery.superseded", delivery=label, code=trouble.code, why=str(trouble), next=f"edigw show {label}")
            else:
                log.error("delivery.failed", delivery=tries[0][0].label, code=UNEXPECTED, exc_info=trouble, next="edigw status")
        else:
            for row, tried in tries:
                say(row, tried)
