"""The flow from an archived file to its answer and its due documents, and of what a kill left behind.

Files are judged and recorded in batches, so that pool tasks and commits are shared; one bad
file never stops its batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from edigw.agreements import CHANNEL_DIFFERS, POISON
from edigw.archive import Archive, ArchiveUnavailable, PayloadDamaged
from edigw.delivery import Deliveries
from edigw.delivery.flow import LEASE as DELIVERY_LEASE
from edigw.errors import LedgerUnavailable, Superseded
from edigw.inbound.again import RELEASED, record_message
from edigw.inbound.arrivals import BATCH, LEASE, Arrivals, Arrived, batches
from edigw.inbound.differences import tell_differences
from edigw.inbound.due import wanted
from edigw.inbound.inlets import Inlet
from edigw.inbound.outcome import Recorded, Setting
from edigw.inbound.record import prepare, quarantine, record_files
from edigw.inbound.saying import say, say_quarantined
from edigw.inbound.spans import found_of, hold, record_released, record_span
from edigw.judge import FileJudged, Found, Judged, JudgedMessage
from edigw.ledger import Ledger, Row, Tx
from edigw.ledger.outage import recorded
from edigw.log import get_logger
from edigw.pool import FileTask, Poison, Pool, asked
from edigw.records import dataclass
from edigw.states import FileState, InterchangeIn, Kind, MessageIn, State, show_id
from edigw.workers import WorkersClosed

log = get_logger("inbound")

T = TypeVar("T")

TASK_BYTES = 1 << 20  # of files judged together, so that a pool task stays short
TRIES = 3  # of a row that fails where it should not, a lease apart, before a person looks at it
CUT_OFF = "EDIGW-DAEMON-E002"
FAILED = "EDIGW-INBOUND-E003"
LATER = "it is judged again when its lease ends"


@dataclass(frozen=True, slots=True)
class Current:
    """The configuration in force, and the pool that holds it."""

    setting: Callable[[datetime], Setting]
    pool: Pool
    span: int  #: messages a span


class Inbound:
    """Takes what is ready on every inlet and carries it to the answer and the due documents."""

    def __init__(
        self,
        ledger: Ledger,
        archive: Archive,
        inlets: Mapping[str, Inlet],
        current: Callable[[], Current],
        *,
        due: Callable[[], None],
        clock: Callable[[], datetime],
        largest: int,
        deliveries: Deliveries | None = None,
        shared: bool = False,
    ) -> None:
        """*due* is called when something became due; *deliveries* are given what is claimed as it is recorded; *shared* as for Arrivals."""
        self._ledger = ledger
        self._deliveries = deliveries
        self._current = current
        self._due = due
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self.arrivals = Arrivals(
            ledger,
            archive,
            inlets,
            partner_of=lambda channel: current().setting(clock()).book.channels.get(channel, ""),
            process=self.process,
            spawn=self.spawn,
            largest=largest,
            shared=shared,
        )

    # -- from archived to answered

    async def process(self, arrived: Sequence[Arrived]) -> None:
        """Judge and record archived files that are claimed by us."""
        for chunk in batches(arrived, lambda one: one.row.size, TASK_BYTES):
            try:
                current, judged = await self._files([one.task for one in chunk])
            except WorkersClosed:
                raise
            except Exception as trouble:  # noqa: BLE001 - whatever judging one file raised, the others are judged
                if len(chunk) == 1:
                    await self._not_recorded(chunk, trouble)
                for one in chunk if len(chunk) > 1 else ():
                    await self.process([one])
                continue
            poisoned = [(one, each) for one, each in zip(chunk, judged, strict=True) if isinstance(each, Poison)]
            good = [(one, each) for one, each in zip(chunk, judged, strict=True) if isinstance(each, FileJudged)]
            await self._record(current, good)
            for one, each in poisoned:
                await self._quarantine(one.row, "EDIGW-FILE-E004", each.why)

    async def _judged(self, ask: Callable[[Current], Awaitable[T]]) -> tuple[Current, T]:
        """What *ask* gets from the pool in force, and the configuration it goes by."""

        async def ask_it(now: Current) -> tuple[Current, T]:
            return now, await ask(now)

        return await asked(self._current, lambda now: now.pool, ask_it)

    async def _files(self, tasks: Sequence[FileTask]) -> tuple[Current, list[FileJudged | Poison]]:
        return await self._judged(lambda now: now.pool.files(tasks, limit=now.span))

    async def _span(self, task: FileTask, found: Found, offset: int, resume: bytes | None, first: int) -> tuple[Current, Judged | Poison]:
        return await self._judged(lambda now: now.pool.span(task, found, offset=offset, resume=resume, limit=now.span, first=first))

    async def _record(self, current: Current, judged: Sequence[tuple[Arrived, FileJudged]]) -> None:
        """Record a chunk in one transaction; when that fails each file alone, so that one never takes the others along."""
        if not judged:
            return
        try:
            dones = await self._recorded_together(current, judged)
        except Exception as trouble:  # noqa: BLE001 - whatever one file did, the others are recorded
            if len(judged) > 1 and not isinstance(trouble, LedgerUnavailable):
                for pair in judged:
                    await self._record(current, [pair])
            else:
                await self._not_recorded([one for one, _ in judged], trouble)
            return
        for (one, _), done in zip(judged, dones, strict=True):
            await tell_differences(self._ledger, done)
            say(one.row, done)
            for number, found in done.unfinished:
                await self._continue(one.task, one.row, number, found)

    async def _recorded_together(self, current: Current, judged: Sequence[tuple[Arrived, FileJudged]]) -> list[Recorded]:
        """One transaction; what became due in it is on its way when this returns, as far as there is room."""
        setting = current.setting(self._clock())
        batch = await asyncio.to_thread(lambda: [(one.row, each, prepare(each, setting)) for one, each in judged])
        if self._deliveries is None:
            dones = await self._recorded(lambda: self._ledger.submit(lambda tx: record_files(tx, batch, setting), name="record"))
            self._due()
            return dones
        ahead = self._deliveries.reserve(wanted(batch, setting))
        claimed: list[tuple[Row, bytes]] = []
        written: list[Recorded] = []  # by the last run of the step, whatever became of its commit

        def record(tx: Tx) -> list[Recorded]:
            written[:] = record_files(tx, batch, setting, ahead.room)
            return list(written)

        try:
            dones = await self._recorded(lambda: self._ledger.submit(record, name="record"))
            claimed = [pair for done in dones for pair in done.claimed]
        except Superseded:
            claimed = await self._still_ours([pair for done in written for pair in done.claimed])
            raise
        finally:
            self._deliveries.take(ahead, claimed)
        if any(done.left_due for done in dones):
            self._due()
        else:
            self._deliveries.wake_if_waiting()  # an earlier file of the channel is split: what waited for it may go
        return dones

    async def _still_ours(self, claimed: Sequence[tuple[Row, bytes]]) -> list[tuple[Row, bytes]]:
        """Those of *claimed* that are in the ledger as they were written, their leases begun anew.

        The connection may have broken in a commit that succeeded. The step run again finds its files recorded, by
        itself, and nobody but us would send what it claimed before the leases end.
        """
        if not claimed:
            return []
        rows = [row for row, _ in claimed]

        def still_ours(tx: Tx) -> dict[int, Row]:
            there = tx.rows(Kind.DELIVERY, id=[row.id for row in rows], limit=len(rows))
            ours = [row for row in rows if row in there]
            return {row.id: row for row in tx.renew(Kind.DELIVERY, ours, DELIVERY_LEASE)}

        found = await self._recorded(lambda: self._ledger.submit(still_ours))
        return [(found[row.id], body) for row, body in claimed if row.id in found]

    async def _not_recorded(self, files: Sequence[Arrived], trouble: Exception) -> None:
        for one in files:
            label = one.row.label
            if isinstance(trouble, Superseded):
                log.warning("file.superseded", file=label, code=trouble.code, why=str(trouble), next=f"edigw show {label}")
            elif isinstance(trouble, LedgerUnavailable):
                log.error("file.not_recorded", file=label, code=trouble.code, error=str(trouble), next=LATER)
            else:
                log.error("file.failed", file=label, code="EDIGW-INBOUND-E001", exc_info=trouble, next=f"edigw show {label}")
                await self._quarantine(one.row, "EDIGW-INBOUND-E001", f"{type(trouble).__name__}: {trouble}"[:500])

    async def _continue(self, task: FileTask, file: Row, number: int, found: Found) -> None:
        """Judge an interchange's further spans, each committed with the offset behind it as cursor."""
        while True:
            row = await self._row(Kind.INTERCHANGE, number)
            read = await asyncio.to_thread(self._ledger.count, Kind.MESSAGE, interchange=number)
            current, judged = await self._span(task, found, row.cursor, row.resume, read)
            setting = current.setting(self._clock())

            def record_further(tx: Tx, row: Row = row, judged: Judged | Poison = judged, setting: Setting = setting) -> Recorded:
                return record_span(tx, row, found, judged, setting)

            done = await self._recorded(lambda: self._ledger.submit(record_further, name="span"))
            if not done.unfinished:
                say(file, done)
                self._due()
                return

    async def _quarantine(self, file: Row, code: str, why: str) -> None:
        def record_quarantined(tx: Tx) -> None:
            quarantine(tx, file, code, why)

        try:
            await self._recorded(lambda: self._ledger.submit(record_quarantined, name="quarantine"))
        except (Superseded, LedgerUnavailable) as trouble:
            log.error("file.not_recorded", file=file.label, code=trouble.code, error=str(trouble), next=LATER)
            return
        say_quarantined(file, code, why)
        self._due()  # what waited for this file to be split may go

    # -- what a kill or a person left to do

    async def carry_on(self) -> None:
        """Take up archived files and received interchanges that nobody works on: after a kill, a release, a replay."""
        if self._current().pool.stalled:  # what it would take up could only wait, and be claimed again and again
            return
        for some in batches(await self._claimed(Kind.FILE, FileState.ARCHIVED), lambda row: row.size, TASK_BYTES):
            read: list[Arrived] = []
            for row in some:
                await self._tried(row, self._read(row, read))
            await self.process(read)
        for row in await self._claimed(Kind.INTERCHANGE, InterchangeIn.RECEIVED):
            await self._tried(row, self._take_up(row))
        for row in await self._claimed(Kind.MESSAGE, MessageIn.RECEIVED, held=RELEASED):
            await self._tried(row, self._message_again(row))

    async def _tried(self, row: Row, work: Coroutine[Any, Any, None]) -> None:
        """Await *work* on *row*. What it raises is tried again when the lease ends, and held the TRIES-th time; it stops no other row."""
        try:
            await work
        except Superseded as trouble:
            log.warning("row.superseded", id=row.label, code=trouble.code, why=str(trouble), next=f"edigw show {row.label}")
        except LedgerUnavailable as trouble:
            log.error("row.not_recorded", id=row.label, code=trouble.code, error=str(trouble), next=LATER)
        except WorkersClosed:  # we are stopping
            log.warning("row.cut_off", id=row.label, code=CUT_OFF, next="the next start carries it on")
        except ArchiveUnavailable as trouble:  # a disk that is not mounted comes back, however often it is looked at meanwhile
            log.error("row.waits", id=row.label, code=trouble.code, error=str(trouble), next=trouble.advice)
        except PayloadDamaged as trouble:  # no later try finds other bytes
            log.error("row.damaged", id=row.label, code=trouble.code, error=str(trouble), next=trouble.advice)
            await self._set_aside(row, trouble.code, str(trouble))
        except Exception as trouble:
            log.error("row.failed", id=row.label, code=FAILED, exc_info=trouble, next=f"edigw show {row.label}")
            if row.attempt >= TRIES:
                await self._set_aside(row, FAILED if row.of is Kind.FILE else POISON, f"{type(trouble).__name__}: {trouble}"[:500])

    async def _set_aside(self, row: Row, code: str, why: str) -> None:
        """Have a person look at *row*, which is claimed by us and cannot be worked on."""
        if row.of is Kind.FILE:
            await self._quarantine(row, code, why)
            return
        was, to = (InterchangeIn.RECEIVED, InterchangeIn.HELD) if row.of is Kind.INTERCHANGE else (MessageIn.RECEIVED, MessageIn.HELD)

        def set_aside(tx: Tx) -> None:
            tx.move(row.of, [row], was, to, why, held=code, reason=why)

        try:
            await self._recorded(lambda: self._ledger.submit(set_aside))
        except (Superseded, LedgerUnavailable) as trouble:
            log.error("row.not_recorded", id=row.label, code=trouble.code, error=str(trouble), next=LATER)

    async def _recorded(self, submit: Callable[[], Future[T]]) -> T:
        return await recorded(submit, self.arrivals.is_stopping)

    async def _claimed(self, kind: Kind, state: State, **filters: Any) -> list[Row]:
        return await asyncio.wrap_future(self._ledger.submit_claim(kind, state, limit=BATCH, lease=LEASE, **filters))

    async def _row(self, kind: Kind, number: int) -> Row:
        row = await asyncio.to_thread(self._ledger.get, kind, number)
        if row is None:
            raise LookupError(f"{show_id(kind, number)} is not in the ledger")
        return row

    async def _read(self, file: Row, read: list[Arrived]) -> None:
        """Add *file* to *read*, with its bytes. Raises what reading them raises."""
        read.append(Arrived(file, await asyncio.to_thread(self._task_of, file)))

    def _task_of(self, file: Row) -> FileTask:
        return FileTask(self._ledger.payload(file.payload), file.path, file.channel)

    async def _take_up(self, row: Row) -> None:
        """One interchange that was released, or whose spans were cut off by a kill."""
        file = await self._row(Kind.FILE, row.file)
        task = await asyncio.to_thread(self._task_of, file)
        if row.held == CHANNEL_DIFFERS:  # whoever released it vouches for the channel
            task = replace(task, channel="")
        if row.cursor > row.span_start:
            await self._continue(task, file, row.id, found_of(row))
            return
        current, (judged,) = await self._files([task])
        setting = current.setting(self._clock())
        found = (
            None if isinstance(judged, Poison) else next((one for one in judged.found if one.span == (row.span_start, row.span_end)), None)
        )

        def record(tx: Tx) -> Recorded:
            if found is None:
                hold(tx, row, POISON, "its file cannot be judged" if isinstance(judged, Poison) else "its file is now split otherwise")
                return Recorded([row.id], held=[(f"I{row.id}", POISON, "its file cannot be judged")])
            return record_released(tx, row, found, setting)

        done = await self._recorded(lambda: self._ledger.submit(record, name="release"))
        say(file, done)
        for number, unfinished in done.unfinished:
            await self._continue(task, file, number, unfinished)
        self._due()

    async def _message_again(self, row: Row) -> None:
        """A message that was released: its interchange is read up to it, it alone is recorded."""
        interchange = await self._row(Kind.INTERCHANGE, row.interchange)
        file = await self._row(Kind.FILE, row.file)
        task = await asyncio.to_thread(self._task_of, file)
        found = found_of(interchange)
        offset, resume, first = found.span[0], None, 0
        one: JudgedMessage | None = None
        while one is None:
            current, judged = await self._span(task, found, offset, resume, first)
            if isinstance(judged, Poison):
                break
            one = next((each for each in judged.messages if each.ordinal == row.ordinal), None)
            if judged.resume is None:
                break
            offset, resume, first = judged.next_offset, judged.resume, first + len(judged.messages)
        setting = current.setting(self._clock())

        def record_message_again(tx: Tx) -> Recorded:
            if one is None:
                tx.move(
                    Kind.MESSAGE,
                    [row],
                    MessageIn.RECEIVED,
                    MessageIn.HELD,
                    "it cannot be judged",
                    held=POISON,
                    reason="it cannot be judged",
                )
                return Recorded(held=[(row.label, POISON, "it cannot be judged")])
            return record_message(tx, row, one, found, setting)

        done = await self._recorded(lambda: self._ledger.submit(record_message_again, name="again"))
        say(file, done)
        self._due()

    # -- ends

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside the others; ``stop`` waits for it. What it raises is logged, never lost."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (trouble := task.exception()) is None:
            return
        if isinstance(trouble, WorkersClosed):  # we are stopping
            log.warning("inbound.cut_off", code=CUT_OFF, next="the next start carries it on")
        else:
            log.error(
                "inbound.failed", code="EDIGW-INBOUND-E002", exc_info=trouble, next="edigw status; what was under way is taken up again"
            )

    async def stop(self) -> None:
        """Take nothing new; wait for what is under way."""
        self.arrivals.stop()
        while self._tasks:
            await asyncio.wait(set(self._tasks))
