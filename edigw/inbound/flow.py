"""The flow of files from channels into the ledger, and of what a kill left behind.

A small local file is read first and then claimed and archived in one transaction, for
until that commits it still stands where its sender put it. Files are handled in batches,
so that commits and pool tasks are shared; one bad file never stops its batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from edigw.agreements import CHANNEL_DIFFERS, POISON
from edigw.archive import Archive, Packed
from edigw.errors import LedgerUnavailable, Superseded
from edigw.inbound.again import RELEASED, record_message
from edigw.inbound.outcome import Recorded, Setting
from edigw.inbound.record import prepare, quarantine, record_files
from edigw.inbound.spans import found_of, hold, record_released, record_span
from edigw.judge import FileJudged, Found, Judged, JudgedMessage
from edigw.ledger import Ledger, Row, Tx
from edigw.log import get_logger
from edigw.pool import FileTask, Poison, Pool
from edigw.states import FileState, InterchangeIn, Kind, MessageIn, State, show_id
from edigw.transports import Changed, ChannelUnavailable, Entry, TooLarge
from edigw.transports.folder import Folder

log = get_logger("inbound")

BATCH = 50  # files a transaction and a pool task: a commit of 50 rows costs a tenth of 50 commits
GATHER = 0.002  # seconds for hints to come together: a burst of files shares its commits
BATCH_BYTES = 1 << 20  # and at most so many bytes, so that a pool task stays short
LATER = "it is judged again when its lease ends"
LEASE = timedelta(minutes=10)  # longer than a batch's deadline in the pool, tried one by one


@dataclass(slots=True)
class Inlet:
    """An inbound channel and where its scan stands."""

    name: str
    folder: Folder
    every: float  #: seconds between scans that nobody asked for
    scanning: bool = False
    again: bool = False  #: asked for while a scan was running
    refused: set[tuple[str, str]] = field(default_factory=set)  #: reported once, not at every scan
    unavailable: str = ""
    hinted: dict[str, str] = field(default_factory=dict)  #: names that something happened to, not yet looked at
    gathering: bool = False
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)  #: one take at a time, so that no file is read twice at once


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file archived and claimed by us, its bytes still at hand."""

    row: Row
    task: FileTask


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
    ) -> None:
        self._ledger = ledger
        self._archive = archive
        self.inlets = dict(inlets)
        self._current = current
        self._due = due
        self._clock = clock
        self._largest = largest
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(8)  # batches between archive and record; the disk holds the rest
        self._stopping = False

    # -- arrivals

    def hint(self, channel: str, name: str, happened: str) -> None:
        """Something arrived under *name*: ready at once, or to be seen by a scan soon."""
        inlet = self.inlets.get(channel)
        if inlet is None or self._stopping:
            return
        if happened == "scan":
            self.spawn(self.scan(channel))
            return
        inlet.hinted[name] = happened
        if not inlet.gathering:
            inlet.gathering = True
            asyncio.get_running_loop().call_later(GATHER, lambda: self.spawn(self._take_hinted(inlet)))

    async def _take_hinted(self, inlet: Inlet) -> None:
        """Take the files that hints named; what is not ready yet is left to a scan."""
        inlet.gathering = False
        hinted, inlet.hinted = inlet.hinted, {}
        try:
            ready, later = await asyncio.to_thread(_ready, inlet.folder, hinted)
        except ChannelUnavailable:
            later = True
            ready = []
        await self._take_all(inlet, ready)
        if later:
            await self.scan(inlet.name)

    async def scan(self, name: str) -> None:
        """Look at one inlet now and take what is ready. A call during a scan makes it look once more."""
        inlet = self.inlets.get(name)
        if inlet is None or self._stopping:
            return
        if inlet.scanning:
            inlet.again = True
            return
        inlet.scanning = True
        try:
            while True:
                inlet.again = False
                wait = await self._scan_once(inlet)
                if not inlet.again or self._stopping:
                    break
        finally:
            inlet.scanning = False
        if wait is not None and not self._stopping:
            asyncio.get_running_loop().call_later(wait + 0.05, lambda: self.spawn(self.scan(name)))

    async def _scan_once(self, inlet: Inlet) -> float | None:
        try:
            listing = await asyncio.to_thread(inlet.folder.list)
        except ChannelUnavailable as trouble:
            if inlet.unavailable != str(trouble):
                log.error("channel.unavailable", channel=inlet.name, code=trouble.code, error=str(trouble), next="edigw check")
            inlet.unavailable = str(trouble)
            return None
        if inlet.unavailable:
            log.info("channel.back", channel=inlet.name)
            inlet.unavailable = ""
        for refused in listing.refused:
            if (refused.path, refused.reason) not in inlet.refused:
                log.warning(
                    "channel.refused",
                    channel=inlet.name,
                    path=refused.path,
                    reason=refused.reason,
                    code="EDIGW-CHANNEL-E007",
                    next="remove it or mend its mode",
                )
        inlet.refused = {(refused.path, refused.reason) for refused in listing.refused}
        return listing.again if await self._take_all(inlet, listing.ready) else 1.0

    async def _take_all(self, inlet: Inlet, entries: Sequence[Entry]) -> bool:
        """Take *entries* batch by batch; False when the ledger could not be reached."""
        for start in range(0, len(entries), BATCH):
            if self._stopping:
                break
            await self._room.acquire()
            try:
                async with inlet.taking:
                    arrived = await asyncio.to_thread(self._take, inlet, entries[start : start + BATCH])
            except LedgerUnavailable as trouble:
                self._room.release()
                log.error("inbound.ledger_unavailable", channel=inlet.name, code=trouble.code, error=str(trouble), next="edigw status")
                return False
            except BaseException:
                self._room.release()
                raise
            self.spawn(self._process_in_room(arrived))
        return True

    def _take(self, inlet: Inlet, entries: Sequence[Entry]) -> list[Arrived]:
        """Read, archive and retire *entries*; runs in a thread. What cannot be read is left and said."""
        read: list[tuple[Entry, bytes]] = []
        for entry in entries:
            try:
                read.append((entry, inlet.folder.fetch(entry, self._largest)))
            except Changed:
                continue  # it grew or went away since it was listed: the next look sees what it is now
            except TooLarge as trouble:
                log.error(
                    "inbound.too_large",
                    channel=inlet.name,
                    path=entry.path,
                    size=entry.size,
                    code=trouble.code,
                    next="raise limits.file in edigw.yaml, or remove the file",
                )
            except ChannelUnavailable as trouble:
                log.error(
                    "inbound.unreadable",
                    channel=inlet.name,
                    path=entry.path,
                    code=trouble.code,
                    error=str(trouble),
                    next="mend the file's mode; it is looked at again",
                )
        if not read:
            return []
        partner = self._current().setting(self._clock()).book.channels.get(inlet.name, "")
        keys = [(entry.path, entry.size, entry.mtime_ns, entry.ident) for entry, _ in read]
        packed = [self._archive.keep(data) for _, data in read]

        def archive(tx: Tx) -> tuple[list[Arrived], list[Row]]:
            # Known already: killed before its retire was recorded, so only that is left to do.
            known = tx.arrivals(inlet.name, [entry.path for entry, _ in read])
            new = [at for at, key in enumerate(keys) if key not in known]
            payloads = tx.payloads([packed[at] for at in new])
            rows = [_arrival(inlet.name, read[at][0], partner, payload, packed[at]) for at, payload in zip(new, payloads, strict=True)]
            added = dict(zip(new, tx.arrive_all(rows, lease=LEASE, why="ready"), strict=True))
            fresh = [Arrived(row, self._task(read[at], inlet.name, packed[at])) for at, row in added.items()]
            return fresh, [added[at] if at in added else known[key] for at, key in enumerate(keys)]

        fresh, rows = self._ledger.run(archive, name="archive")
        kept = inlet.folder.retire(*(entry for entry, _ in read))
        changed = [row.id for row, gone in zip(rows, kept, strict=True) if not gone]

        def retired(tx: Tx) -> None:
            tx.retired([row.id for row in rows], changed=changed)

        self._ledger.run(retired, name="retired")
        for one in fresh:
            log.info("file.archived", file=f"F{one.row.id}", channel=inlet.name, path=one.row.path, bytes=one.row.size)
        return fresh

    def _task(self, read: tuple[Entry, bytes], channel: str, packed: Packed) -> FileTask:
        entry, data = read
        return FileTask(data if packed.body is not None else self._archive.path(packed.sha256), entry.path, channel)

    # -- from archived to answered

    async def _process_in_room(self, arrived: Sequence[Arrived]) -> None:
        try:
            await self.process(arrived)
        finally:
            self._room.release()

    async def process(self, arrived: Sequence[Arrived]) -> None:
        """Judge and record archived files that are claimed by us."""
        for chunk in _chunks(arrived):
            current = self._current()
            judged = await current.pool.files([one.task for one in chunk], limit=current.span)
            poisoned = [(one, each) for one, each in zip(chunk, judged, strict=True) if isinstance(each, Poison)]
            good = [(one, each) for one, each in zip(chunk, judged, strict=True) if isinstance(each, FileJudged)]
            await self._record(current, good)
            for one, each in poisoned:
                await self._quarantine(one, "EDIGW-FILE-E004", each.why)
            self._due()

    async def _record(self, current: Current, judged: Sequence[tuple[Arrived, FileJudged]]) -> None:
        """Record a chunk in one transaction; when that fails each file alone, so that one never takes the others along."""
        if not judged:
            return
        setting = current.setting(self._clock())
        try:
            batch = await asyncio.to_thread(lambda: [(one.row, each, prepare(each, setting)) for one, each in judged])

            def record(tx: Tx) -> list[Recorded]:
                return record_files(tx, batch, setting)

            dones = await asyncio.wrap_future(self._ledger.submit(record, name="record"))
        except Exception as trouble:  # noqa: BLE001 - whatever one file did, the others are recorded
            if len(judged) > 1 and not isinstance(trouble, LedgerUnavailable):
                for pair in judged:
                    await self._record(current, [pair])
            else:
                await self._not_recorded([one for one, _ in judged], trouble)
            return
        for (one, _), done in zip(judged, dones, strict=True):
            say(one.row, done)
            for number, found in done.unfinished:
                await self._continue(current, one.task, one.row, number, found)

    async def _not_recorded(self, files: Sequence[Arrived], trouble: Exception) -> None:
        for one in files:
            label = one.row.label
            if isinstance(trouble, Superseded):
                log.warning("file.superseded", file=label, code=trouble.code, why=str(trouble))
            elif isinstance(trouble, LedgerUnavailable):
                log.error("file.not_recorded", file=label, code=trouble.code, error=str(trouble), next=LATER)
            else:
                log.error("file.failed", file=label, code="EDIGW-INBOUND-E001", exc_info=trouble, next=f"edigw show {label}")
                await self._quarantine(one, "EDIGW-INBOUND-E001", f"{type(trouble).__name__}: {trouble}"[:500])

    async def _continue(self, current: Current, task: FileTask, file: Row, number: int, found: Found) -> None:
        """Judge an interchange's further spans, each committed with the offset behind it as cursor."""
        while True:
            row = await self._row(Kind.INTERCHANGE, number)
            read = await asyncio.to_thread(self._ledger.count, Kind.MESSAGE, interchange=number)
            judged = await current.pool.span(task, found, offset=row.cursor, resume=row.resume, limit=current.span, first=read)
            setting = current.setting(self._clock())

            def record_further(tx: Tx, row: Row = row, judged: Judged | Poison = judged, setting: Setting = setting) -> Recorded:
                return record_span(tx, row, found, judged, setting)

            done = await asyncio.wrap_future(self._ledger.submit(record_further, name="span"))
            if not done.unfinished:
                say(file, done)
                self._due()
                return

    async def _quarantine(self, one: Arrived, code: str, why: str) -> None:
        def record_quarantined(tx: Tx) -> None:
            quarantine(tx, one.row, code, why)

        try:
            await asyncio.wrap_future(self._ledger.submit(record_quarantined, name="quarantine"))
        except (Superseded, LedgerUnavailable) as trouble:
            log.error("file.not_recorded", file=one.row.label, code=trouble.code, error=str(trouble), next=LATER)
            return
        label = f"F{one.row.id}"
        log.error("file.quarantined", file=label, why=why, code=code, next=f"edigw show {label}; then edigw replay {label}")

    # -- what a kill or a person left to do

    async def carry_on(self) -> None:
        """Take up archived files and received interchanges that nobody works on: after a kill, a release, a replay."""
        files = await self._claimed(Kind.FILE, FileState.ARCHIVED)
        if files:
            await self.process([Arrived(row, await asyncio.to_thread(self._task_of, row)) for row in files])
        for row in await self._claimed(Kind.INTERCHANGE, InterchangeIn.RECEIVED):
            await self._take_up(row)
        for row in await self._claimed(Kind.MESSAGE, MessageIn.RECEIVED, held=RELEASED):
            await self._message_again(row)

    async def _claimed(self, kind: Kind, state: State, **filters: Any) -> list[Row]:
        return await asyncio.wrap_future(self._ledger.submit_claim(kind, state, limit=BATCH, lease=LEASE, **filters))

    async def _row(self, kind: Kind, number: int) -> Row:
        row = await asyncio.to_thread(self._ledger.get, kind, number)
        if row is None:
            raise LookupError(f"{show_id(kind, number)} is not in the ledger")
        return row

    def _task_of(self, file: Row) -> FileTask:
        return FileTask(self._ledger.payload(file.payload), file.path, file.channel)

    async def _take_up(self, row: Row) -> None:
        """One interchange that was released, or whose spans were cut off by a kill."""
        current = self._current()
        file = await self._row(Kind.FILE, row.file)
        task = await asyncio.to_thread(self._task_of, file)
        if row.held == CHANNEL_DIFFERS:  # whoever released it vouches for the channel
            task = replace(task, channel="")
        if row.cursor > row.span_start:
            await self._continue(current, task, file, row.id, found_of(row))
            return
        (judged,) = await current.pool.files([task], limit=current.span)
        setting = current.setting(self._clock())
        found = (
            None if isinstance(judged, Poison) else next((one for one in judged.found if one.span == (row.span_start, row.span_end)), None)
        )

        def record(tx: Tx) -> Recorded:
            if found is None:
                hold(tx, row, POISON, "its file cannot be judged" if isinstance(judged, Poison) else "its file is now split otherwise")
                return Recorded([row.id], held=[(f"I{row.id}", POISON, "its file cannot be judged")])
            return record_released(tx, row, found, setting)

        done = await asyncio.wrap_future(self._ledger.submit(record, name="release"))
        say(file, done)
        for number, unfinished in done.unfinished:
            await self._continue(current, task, file, number, unfinished)
        self._due()

    async def _message_again(self, row: Row) -> None:
        """A message that was released: its interchange is read up to it, it alone is recorded."""
        current = self._current()
        interchange = await self._row(Kind.INTERCHANGE, row.interchange)
        file = await self._row(Kind.FILE, row.file)
        task = await asyncio.to_thread(self._task_of, file)
        found = found_of(interchange)
        setting = current.setting(self._clock())
        offset, resume, first = found.span[0], None, 0
        one: JudgedMessage | None = None
        while one is None:
            judged = await current.pool.span(task, found, offset=offset, resume=resume, limit=current.span, first=first)
            if isinstance(judged, Poison):
                break
            one = next((each for each in judged.messages if each.ordinal == row.ordinal), None)
            if judged.resume is None:
                break
            offset, resume, first = judged.next_offset, judged.resume, first + len(judged.messages)

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

        done = await asyncio.wrap_future(self._ledger.submit(record_message_again, name="again"))
        say(file, done)
        self._due()

    # -- ends

    def replace_inlets(self, inlets: Mapping[str, Inlet]) -> None:
        """A new generation's channels. What an old one has read is carried on."""
        self.inlets = dict(inlets)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside the others; ``stop`` waits for it. What it raises is logged, never lost."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (trouble := task.exception()) is not None:
            log.error(
                "inbound.failed", code="EDIGW-INBOUND-E002", exc_info=trouble, next="edigw status; what was under way is taken up again"
            )

    async def stop(self) -> None:
        """Take nothing new; wait for what is under way."""
        self._stopping = True
        while self._tasks:
            await asyncio.wait(set(self._tasks))


def _arrival(channel: str, entry: Entry, partner: str, payload: int, packed: Packed) -> dict[str, Any]:
    return {
        "channel": channel,
        "path": entry.path,
        "size": entry.size,
        "mtime_ns": entry.mtime_ns,
        "ident": entry.ident,
        "partner": partner,
        "payload": payload,
        "sha256": packed.sha256,
    }


def _ready(folder: Folder, hinted: Mapping[str, str]) -> tuple[list[Entry], bool]:
    """The entries that hints make ready, and whether a scan must look after the rest."""
    ready: list[Entry] = []
    later = False
    for name, happened in hinted.items():
        entry = folder.hint(name, "moved" if happened == "moved" else "closed")
        if entry is not None:
            ready.append(entry)
        elif not folder.ignores(name):
            later = True
    return ready, later


def _chunks(arrived: Sequence[Arrived]) -> Iterator[list[Arrived]]:
    """In the same order, at most BATCH files and BATCH_BYTES together, but at least one file."""
    chunk: list[Arrived] = []
    size = 0
    for one in arrived:
        if chunk and (len(chunk) >= BATCH or size + one.row.size > BATCH_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += one.row.size
    if chunk:
        yield chunk


def say(file: Row, done: Recorded) -> None:
    """The facts of what was recorded, one event each."""
    label = f"F{file.id}"
    for held, code, reason in done.held:
        log.warning("held", id=held, file=label, path=file.path, code=code, why=reason, next=f"mend it, then edigw release {held}")
    for number, first in done.duplicates:
        log.info("interchange.duplicate", interchange=f"I{number}", of=f"I{first}", file=label)
    if done.messages or done.answers:
        log.info(
            "file.judged",
            file=label,
            path=file.path,
            messages=done.messages,
            rejected=done.rejected,
            documents=done.documents,
            answers=done.answers,
        )
