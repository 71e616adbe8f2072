"""What arrives: inlets looked at, files read, archived and retired at their source.

Poll is truth, a hint only wakes us. A small local file is read first and then claimed and
archived in one transaction, for until that commits it still stands where its sender put it.
Files are taken in batches, so that commits and syncs are shared.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar

from edigw.archive import Archive, Packed
from edigw.errors import LedgerUnavailable, Superseded
from edigw.inbound import taking
from edigw.inbound.inlets import Inlet, retiring, say_back, say_unavailable, say_unkept, standing
from edigw.ledger import Ledger, Row, Tx
from edigw.ledger.outage import recorded
from edigw.log import get_logger
from edigw.pool import FileTask
from edigw.records import dataclass
from edigw.states import FileState, Kind
from edigw.transports import ChannelUnavailable, Entry, Listing
from edigw.transports.folder import Folder
from edigw.transports.troubles import Standing

log = get_logger("inbound")

T = TypeVar("T")

BATCH = 50  # files a transaction and a pool task: a commit of 50 rows costs a tenth of 50 commits
BATCH_BYTES = 16 << 20  # of files read together; a larger file is alone
MOST_UNRETIRED = 10_000  # files of a channel that one kill can leave so: a few batches
MOST_REMEMBERED = 10_000  # hints of a channel that is another node's; more are found by the clock
MOST_TROUBLES = 5  # of an inlet that are shown at once
STREAMED_FROM = BATCH_BYTES  # bytes of a local file that goes to the archive piece by piece, and never whole through our memory
BATCHES_AT_ONCE = 8  # between archive and record; the disk holds the rest
KEEP_AGAIN = 5.0  # seconds until files are looked at again that neither ledger nor archive could keep: a full disk
GATHER = 0.002  # seconds for hints to come together: a burst of files shares its commits
KEPT = tuple(state for state in FileState if state is not FileState.CLAIMED)  #: its bytes are ours, its source may go
LOST = "EDIGW-NODE-E002"
LEASE = timedelta(minutes=10)  # longer than a batch's deadline in the pool, tried one by one


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file archived and claimed by us, its bytes still at hand."""

    row: Row
    task: FileTask


class Arrivals:
    """Takes what is ready on every inlet, and hands each batch on once it is archived and retired.

    *partner_of* names the partner a channel belongs to, or ""; *largest* is bytes of a file;
    *spawn* runs work beside the others; *process* gets each batch. *shared*: other nodes may poll
    the same channels, so an inlet is only looked at while we ``hold`` it.
    """

    def __init__(
        self,
        ledger: Ledger,
        archive: Archive,
        inlets: Mapping[str, Inlet],
        *,
        partner_of: Callable[[str], str],
        process: Callable[[Sequence[Arrived]], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        largest: int,
        shared: bool = False,
    ) -> None:
        self.inlets = dict(inlets)
        self._shared = shared
        self._ledger = ledger
        self._archive = archive
        self._partner_of = partner_of
        self._process = process
        self._spawn = spawn
        self._largest = largest
        self._room = asyncio.Semaphore(BATCHES_AT_ONCE)
        self._stopping = False

    def troubles(self) -> list[str]:
        """What keeps arrivals waiting just now, and what mends it."""
        gone = [str(one) for inlet in self.inlets.values() if (one := inlet.unavailable) is not None]
        return gone + [str(one) for inlet in self.inlets.values() for one in list(inlet.unkept.values())[:MOST_TROUBLES]]

    def standing(self) -> Standing:
        """The same for those who tell alerts; also from another thread."""
        return standing(self.inlets.values())

    def is_stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """Take nothing new from now on; what a server is asked for just now is cut off, and asked for again by the next start."""
        self._stopping = True
        for inlet in self.inlets.values():
            if inlet.remote is not None:
                inlet.remote.close()

    def replace(self, inlets: Mapping[str, Inlet]) -> None:
        """A new generation's inlets; servers that are in it no more, or otherwise, are let go."""
        old, self.inlets = self.inlets, dict(inlets)
        for inlet in self.inlets.values():
            if (before := old.get(inlet.name)) is not None and before is not inlet:  # which may be taking just now
                inlet.taking, inlet.untidy = before.taking, before.untidy
                inlet.fence, inlet.held_until = before.fence, before.held_until
        for inlet in old.values():
            if inlet.remote is not None and self.inlets.get(inlet.name) is not inlet:
                inlet.remote.close()

    async def tidy(self) -> None:
        """Finish the retiring that a kill cut off, and free its arrival keys. At start, before the first scan.

        Whatever is archived and not known as retired stands where its sender put it, or half
        taken beside it, or is gone. Left to the next scan it could come back under another
        name, and would be a second arrival.
        """
        for inlet in self.inlets.values():
            if inlet.remote is not None or self._shared:
                continue  # tidied by its first scan: a server that hangs must not hold the start, and another node may poll it
            try:
                await asyncio.to_thread(self._retire_again, inlet)
            except ChannelUnavailable as trouble:
                log.error("channel.unavailable", channel=inlet.name, code=trouble.code, error=str(trouble), next="edigw check")

    def _retire_again(self, inlet: Inlet) -> None:
        """Retire what is archived and not known as retired; runs in a thread. Raises ChannelUnavailable."""
        rows = self._ledger.rows(Kind.FILE, channel=inlet.name, retired_at=None, state=KEPT, limit=MOST_UNRETIRED)
        if not rows:
            return
        kept = inlet.folder.retire(*(Entry(row.path, row.size, row.mtime_ns, row.ident, "moved", row.sha256 or b"") for row in rows))
        self._ledger.run(retiring(rows, kept), name="retired")
        inlet.untidy = any(gone is None for gone in kept)

    def hint(self, channel: str, name: str, happened: str) -> None:
        """Something arrived under *name*: ready at once, or to be seen by a scan soon."""
        inlet = self.inlets.get(channel)
        if inlet is None or self._stopping:
            return
        if not self._ours(inlet):  # remembered for the day that it is: what was moved here before must not wait behind what comes then
            if happened != "scan" and len(inlet.hinted) < MOST_REMEMBERED:
                inlet.hinted[name] = happened
            return
        if happened == "scan":
            self._spawn(self.scan(channel))
            return
        inlet.hinted[name] = happened
        if not inlet.gathering:
            inlet.gathering = True
            asyncio.get_running_loop().call_later(GATHER, lambda: self._spawn(self._take_hinted(inlet)))

    async def _take_hinted(self, inlet: Inlet) -> None:
        """Take the files that hints named, all that came meanwhile together; what is not ready yet is left to a scan."""
        later = False
        try:
            while inlet.hinted and not self._stopping and self._ours(inlet):
                hinted, inlet.hinted = inlet.hinted, {}
                try:
                    if not isinstance(inlet.folder, Folder):  # nobody tells us what happens on a server
                        break
                    if self._shared and inlet.untidy:
                        later = True
                        break
                    async with inlet.taking:
                        ready, left = await asyncio.to_thread(taking.ready, inlet.folder, hinted)
                except ChannelUnavailable:
                    later = True
                    break
                taken = await self._take_all(inlet, ready)
                later = later or left or not taken
        finally:
            inlet.gathering = False
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
                inlet.looked = inlet.looked or self._ours(inlet)
                if not inlet.again or self._stopping:
                    break
        finally:
            inlet.scanning = False
        if wait is not None and not self._stopping:
            asyncio.get_running_loop().call_later(wait + 0.05, lambda: self._spawn(self.scan(name)))

    async def _scan_once(self, inlet: Inlet) -> float | None:
        try:
            async with inlet.taking:
                threads = inlet.remote.threads if inlet.remote is not None else None
                listing = await asyncio.get_running_loop().run_in_executor(threads, self._look, inlet)
            if listing is None:
                return None
        except ChannelUnavailable as trouble:
            say_unavailable(inlet, trouble)
            return None
        say_back(inlet)
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
        ready = {"", *(entry.path for entry in listing.ready)} if listing.ready else set()  # what its sender took back hinders nobody
        inlet.unkept = {key: why for key, why in inlet.unkept.items() if key[0] in ready}
        return listing.again if await self._take_all(inlet, listing.ready) else KEEP_AGAIN

    async def _take_all(self, inlet: Inlet, entries: Sequence[Entry]) -> bool:
        """Take *entries* batch by batch; False when the ledger or the archive cannot keep them. Then they stay where they are."""
        kept_all = True
        for batch in batches(entries, lambda entry: entry.size, BATCH_BYTES):
            if self._stopping:
                break
            room = self._room if inlet.remote is None else inlet.room
            await room.acquire()
            try:
                async with inlet.taking:
                    threads = inlet.remote.threads if inlet.remote is not None else None
                    arrived, kept, retired = await asyncio.get_running_loop().run_in_executor(threads, self._take, inlet, batch)
            except LedgerUnavailable as trouble:
                room.release()
                say_unkept(inlet, "", trouble)
                return False
            except ChannelUnavailable as trouble:
                room.release()
                say_unavailable(inlet, trouble)
                return False
            except BaseException:
                room.release()
                raise
            kept_all = kept_all and kept
            if retired is not None:
                inlet.unkept.pop(("", LedgerUnavailable.code), None)
                self._spawn(self._record_retired(retired))
            self._spawn(self._process_in_room(arrived, room))
            if inlet.unavailable:  # the line broke with the rest of them still there
                return False
        return kept_all

    def _take(self, inlet: Inlet, entries: Sequence[Entry]) -> tuple[list[Arrived], bool, Callable[[Tx], None] | None]:
        """Read, archive and retire *entries*; runs in a thread. What cannot be read or kept is left and said.

        Gives what is new, whether the archive could keep all that was read, and the step that records the retiring.
        """
        fence = inlet.fence
        if not self._ours(inlet):
            return [], True, None
        if inlet.remote is not None:
            entries = self._not_known(inlet, entries)
        found = taking.read(inlet, entries, self._largest)
        read, packed = taking.keep(inlet, found, self._archive)
        if not read:
            return [], not found, None
        partner = self._partner_of(inlet.name)
        keys = [(entry.path, entry.size, entry.mtime_ns, entry.ident) for entry, _ in read]

        def archive(tx: Tx) -> tuple[list[Arrived], list[Row]]:
            if self._shared:
                tx.fenced(f"channel:{inlet.name}", fence)
            # Known already: killed before its retire was recorded, so only that is left to do.
            known = tx.arrivals(inlet.name, [entry.path for entry, _ in read])
            new = [at for at, key in enumerate(keys) if key not in known]
            payloads = tx.payloads([packed[at] for at in new])
            rows = [taking.row(inlet.name, read[at][0], partner, payload, packed[at]) for at, payload in zip(new, payloads, strict=True)]
            added = dict(zip(new, tx.arrive_all(rows, lease=LEASE, why="ready"), strict=True))
            fresh = [Arrived(row, self._task(read[at], inlet.name, packed[at])) for at, row in added.items()]
            return fresh, [added[at] if at in added else known[key] for at, key in enumerate(keys)]

        try:
            fresh, rows = self._ledger.run(archive, name="archive")
        except Superseded as trouble:  # we hung, and another node polls it: what we read is where it was
            inlet.fence = 0
            further = "nothing: the node that has it takes the files; edigw status names it"
            log.warning("channel.lost", channel=inlet.name, why=str(trouble), code=LOST, next=further)
            return [], True, None
        known_bytes = [replace(entry, sha256=one.sha256) for (entry, _), one in zip(read, packed, strict=True)]
        retired = self._retire(inlet, known_bytes, rows)
        for one in fresh:
            log.info("file.archived", file=f"F{one.row.id}", channel=inlet.name, path=one.row.path, bytes=one.row.size)
        return fresh, len(read) == len(found), retired

    def _retire(self, inlet: Inlet, entries: Sequence[Entry], rows: Sequence[Row]) -> Callable[[Tx], None] | None:
        """Retire what is archived; the step that records it, None for nothing. What cannot be retired is said, and tried again."""
        try:
            kept = inlet.folder.retire(*entries)
        except ChannelUnavailable as trouble:  # what is archived is judged all the same
            inlet.untidy = True
            if inlet.remote is None:
                say_unavailable(inlet, trouble)
            else:
                say_unkept(inlet, entries[0].path if len(entries) == 1 else "", trouble)
            return None
        inlet.untidy = inlet.untidy or any(gone is None for gone in kept)
        return retiring(rows, kept)

    # -- whose a channel is

    def hold(self, held: Mapping[str, int], until: float) -> list[str]:
        """We poll these channels, each under its fence, *until* then on the monotonic clock, and no others; those that are new."""
        new = []
        for inlet in self.inlets.values():
            fence = held.get(inlet.name, 0)
            if fence and fence != inlet.fence:
                inlet.untidy, inlet.looked = True, False
                new.append(inlet.name)
            inlet.fence, inlet.held_until = fence, until
            if not fence:  # whoever polls it says what is wrong with it
                inlet.unavailable, inlet.broken, inlet.looked = None, False, True
                inlet.unkept.clear()
        return new

    async def let_go(self, channel: str) -> None:
        """Poll *channel* no more; what is being taken there is taken when this returns."""
        if (inlet := self.inlets.get(channel)) is not None:
            async with inlet.taking:
                inlet.fence = 0

    def _ours(self, inlet: Inlet) -> bool:
        return not self._shared or (inlet.fence > 0 and time.monotonic() < inlet.held_until)

    def _look(self, inlet: Inlet) -> Listing | None:
        """One look into an inlet, in a thread; None when it is another node's. Raises ChannelUnavailable."""
        if not self._ours(inlet):
            return None
        if inlet.untidy and (inlet.remote is not None or self._shared):  # before files can be offered anew that only were not removed
            self._retire_again(inlet)
            if isinstance(inlet.folder, Folder):
                hinted, inlet.hinted = inlet.hinted, {}
                taking.ready(inlet.folder, hinted)
        return inlet.folder.list()

    def _not_known(self, inlet: Inlet, entries: Sequence[Entry]) -> list[Entry]:
        """Those of *entries* that are not archived yet; the others are not fetched again, only retired."""
        paths = [entry.path for entry in entries]
        rows = self._ledger.rows(Kind.FILE, channel=inlet.name, path=paths, retired_at=None, state=KEPT, limit=MOST_UNRETIRED)
        known = {(row.path, row.size, row.mtime_ns, row.ident) for row in rows}
        if known:
            inlet.untidy = True
        return [entry for entry in entries if (entry.path, entry.size, entry.mtime_ns, entry.ident) not in known]

    async def _record_retired(self, retired: Callable[[Tx], None]) -> None:
        """Nobody waits for this commit: a kill before it leaves arrivals that the next start finds gone."""
        try:
            await recorded(lambda: self._ledger.submit(retired, name="retired", patient=True), self.is_stopping)
        except LedgerUnavailable as trouble:
            log.error("inbound.retire_not_recorded", error=str(trouble), code="EDIGW-INBOUND-E004", next="the next start records it")

    async def _process_in_room(self, arrived: Sequence[Arrived], room: asyncio.Semaphore) -> None:
        try:
            await self._process(arrived)
        finally:
            room.release()

    def _task(self, read: tuple[Entry, bytes | None], channel: str, packed: Packed) -> FileTask:
        entry, data = read
        if packed.body is None or data is None:
            return FileTask(self._archive.path(packed.sha256), entry.path, channel)
        return FileTask(data, entry.path, channel)


def batches(items: Sequence[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """*items* in the same order, at most BATCH and *most* bytes together, but at least one."""
    batch: list[T] = []
    total = 0
    for item in items:
        if batch and (len(batch) >= BATCH or total + size(item) > most):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += size(item)
    if batch:
        yield batch
