"""A local folder as a channel: what stands in it, and putting things there for a partner.

Only regular files directly in the folder count; nothing is followed, nothing overwritten.

A file is handed out when its writer has finished: it was renamed into place, or it was
closed and its end is complete, or its marker file stands, or nobody touched it for
``settle`` seconds and its end is complete. An end that never becomes complete is handed
out as ``stale`` after a minute without change: a broken file needs an answer too.

**Retiring** must not remove what came after the reading. Comparing and then removing by
name leaves a gap in which a sender may rename a new file over the old one. So the file is
first renamed into ``.taken/`` beside it, then compared, then removed; one that differs is
renamed back and is a new arrival. What a kill leaves in ``.taken/`` is put back by the next
``list`` and offered again as the arrival it was. A writer that keeps a removed file open
and writes on cannot be seen by anyone; ``settle`` is the guard against such a writer.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from edigw.edges import edge
from edigw.records import dataclass
from edigw.transports import (
    TAIL,
    Arrived,
    Changed,
    Complete,
    Entry,
    Listing,
    Refused,
    TooLarge,
    Why,
    files,
)
from edigw.transports.outbox import Outbox
from edigw.transports.outbox import file_name as file_name  # part of what a folder channel is configured with

IGNORE: Final = ("*.part", "*.tmp", "*.filepart", "*~")  # what clients call a file they are still writing
SETTLE: Final = 5.0  # seconds; the slowest writers we know pause for less between two segments
STALE: Final = 60.0  # seconds without a change after which an incomplete end is an error, not a pause
TAKEN: Final = ".taken"
_CHUNK: Final = 1 << 20  # bytes

_Refusals = list[Refused]  # a channel's method is called list, which hides the type inside the class


@dataclass(slots=True)
class _Seen:
    """What we remember of one name. A hint holds only for the file exactly as it was when the hint came."""

    key: tuple[int, int, int]  #: size, mtime_ns, inode
    since: float  #: our clock when it first looked like this, set back by its age at first sight
    hint: Arrived | None = None
    complete: bool | None = None  #: None: its end has not been read


def _key(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ino


class Folder(Outbox):
    """One folder, to take from and to put into. Safe to use from several threads.

    *ready*: which hints make a file ready at once (``moved``, ``closed``). *marker*: ``{name}.done`` or the like; with
    it nothing but the marker counts, and it must not be older than its file. *complete* judges the end of a file;
    without it no end is complete. *settle* and *stale* are seconds. *clock* is monotonic seconds, *wall* seconds of the epoch.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        complete: Complete | None = None,
        ready: tuple[Arrived, ...] = ("moved", "closed"),
        ignore: tuple[str, ...] = IGNORE,
        marker: str | None = None,
        settle: float = SETTLE,
        stale: float = STALE,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        if marker is not None and (marker.count("{name}") != 1 or marker == "{name}" or "/" in marker):
            raise ValueError(f"marker {marker!r} must be {{name}} with something before or behind it")
        super().__init__(path)
        self._complete = complete
        self._ready = ready
        self._ignore = ignore
        self._marker = marker.split("{name}") if marker else None
        self._settle = settle
        self._stale = max(stale, settle)
        self._clock = clock
        self._wall = wall
        self._seen: dict[str, _Seen] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Folder({str(self.path)!r})"

    # -- what has arrived

    def ignores(self, name: str) -> bool:
        """Whether *name* is a name for unfinished files, or hidden."""
        return name.startswith(".") or any(fnmatchcase(name, pattern) for pattern in self._ignore)

    def list(self) -> Listing:
        """Look at everything. Raises ChannelUnavailable when the folder is gone; it may be back next time."""
        with self._lock, files.opened(self.path) as folder:
            with files.trouble(str(self.path)):
                self._put_back(folder)
                found, refused = self._scan(folder)
                ready: list[Entry] = []
                waits: list[float] = []
                for name, status in found.items():
                    marked = self._marked(found, name, status)
                    entry, wait = self._judge(folder, name, status, None, marked)
                    if entry is not None:
                        ready.append(entry)
                    elif wait is None:
                        refused.append(Refused(name, "unreadable"))
                    else:
                        waits.append(wait)
            for name in self._seen.keys() - found.keys():
                del self._seen[name]
        ready.sort(key=lambda entry: (entry.mtime_ns, entry.path))
        again = min((wait for wait in waits if wait != float("inf")), default=None)
        return Listing(tuple(ready), tuple(refused), len(waits), again)

    def hint(self, name: str, arrived: Arrived) -> Entry | None:
        """A watcher or server says what happened to *name*; gives the entry if that makes it ready, without a scan.

        None is no verdict: ``list`` decides. Raises ChannelUnavailable.
        """
        if self.ignores(name) or "/" in name or self._marker is not None:
            return None
        with self._lock, files.opened(self.path) as folder:
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            except (FileNotFoundError, ValueError):  # gone again; a NUL in it
                return None
            if not stat.S_ISREG(status.st_mode) or not status.st_mode & 0o444:
                return None
            with files.trouble(str(self.path)):
                return self._judge(folder, name, status, arrived, None)[0]

    def _scan(self, folder: int) -> tuple[dict[str, os.stat_result], _Refusals]:
        found: dict[str, os.stat_result] = {}
        refused: _Refusals = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if self.ignores(entry.name):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:  # went while we looked
                    continue
                if not stat.S_ISREG(status.st_mode):
                    refused.append(Refused(entry.name, files.kind_of(status.st_mode)))
                elif not status.st_mode & 0o444:  # asked for even of root, who could read it: its owner says not yet
                    refused.append(Refused(entry.name, "unreadable"))
                else:
                    found[entry.name] = status
        if self._marker is not None:
            for name in [name for name in found if (of := self._marker_of(name)) is not None and of not in found]:
                refused.append(Refused(name, "marker without its file"))
        return found, refused

    def _marker_of(self, name: str) -> str | None:
        """The file that *name* is the marker of, if it reads like one."""
        assert self._marker is not None
        before, behind = self._marker
        if len(name) > len(before) + len(behind) and name.startswith(before) and name.endswith(behind):
            return name[len(before) : len(name) - len(behind)]
        return None

    def _marked(self, found: Mapping[str, os.stat_result], name: str, status: os.stat_result) -> bool | None:
        """Whether the marker of *name* stands; None: this channel has no markers."""
        if self._marker is None:
            return None
        if self._marker_of(name) is not None:
            return False  # a marker is never a file of its own
        marker = found.get(name.join(self._marker))
        # an older one was left behind by an earlier file of this name
        return marker is not None and marker.st_mtime_ns >= status.st_mtime_ns

    def _judge(
        self, folder: int, name: str, status: os.stat_result, arrived: Arrived | None, marked: bool | None
    ) -> tuple[Entry | None, float | None]:
        """The entry if *name* is ready; otherwise the seconds until it may be, None if it cannot be read."""
        now = self._clock()
        seen = self._seen.get(name)
        if seen is None or seen.key != _key(status):
            # ctime besides mtime: a copying tool may set the latter back, nobody the former
            age = self._wall() - max(status.st_mtime, status.st_ctime)
            seen = self._seen[name] = _Seen(_key(status), now - max(0.0, age) if seen is None else now)
        if arrived is not None and seen.hint != "moved":
            seen.hint = arrived
        if marked is not None:
            return (self._entry(name, status, "marker"), 0.0) if marked else (None, float("inf"))
        if seen.hint == "moved" and "moved" in self._ready:
            return self._entry(name, status, "moved"), 0.0
        quiet = now - seen.since
        closed = seen.hint == "closed" and "closed" in self._ready
        if (closed or quiet >= self._settle) and status.st_size:  # an empty one was only created so far
            if seen.complete is None:
                seen.complete = self._ends(folder, name, status)
                if seen.complete is None:
                    return None, None
            if seen.complete:
                return self._entry(name, status, "closed" if closed else "settled"), 0.0
        if quiet >= self._stale:
            return self._entry(name, status, "stale"), 0.0
        return None, (self._settle if quiet < self._settle else self._stale) - quiet

    def _ends(self, folder: int, name: str, status: os.stat_result) -> bool | None:
        """Whether the file's end is complete; None: it cannot be opened."""
        if self._complete is None:
            return False
        try:
            descriptor = files.open_regular(folder, name)
        except OSError:
            return None
        try:
            return self._complete(os.pread(descriptor, TAIL, max(0, status.st_size - TAIL)))
        finally:
            os.close(descriptor)

    @staticmethod
    def _entry(name: str, status: os.stat_result, why: Why) -> Entry:
        return Entry(name, status.st_size, status.st_mtime_ns, str(status.st_ino), why)

    # -- taking it over

    def fetch(self, entry: Entry, limit: int) -> bytes:
        """The whole file, at most *limit* bytes. Raises TooLarge, Changed, ChannelUnavailable."""
        if entry.size > limit:
            raise TooLarge(str(self.path), f"{entry.path!r} has {entry.size} bytes, more than {limit}")
        return b"".join(self.chunks(entry))

    def chunks(self, entry: Entry, size: int = _CHUNK) -> Iterator[bytes]:
        """The file in pieces of up to *size* bytes. Raises Changed, at the end too: then none of it counts."""
        place = str(self.path)
        with files.opened(self.path) as folder:
            try:
                descriptor = files.open_regular(folder, files.plain(entry.path, place))
            except FileNotFoundError as said:
                raise Changed(place, f"{entry.path!r} is gone") from said
            except OSError as said:
                raise Changed(place, f"{entry.path!r} cannot be read: {said.strerror}") from said
        try:
            self._same(descriptor, entry)
            left = entry.size
            while left:
                with files.trouble(place):
                    piece = os.read(descriptor, min(size, left))
                if not piece:
                    raise Changed(place, f"{entry.path!r} became shorter")
                left -= len(piece)
                yield piece
            self._same(descriptor, entry)
        finally:
            os.close(descriptor)

    def _same(self, descriptor: int, entry: Entry) -> None:
        if not _is(os.fstat(descriptor), entry):
            raise Changed(str(self.path), f"{entry.path!r} changed after it was listed")

    def retire(self, *entries: Entry) -> tuple[bool, ...]:
        """Remove what has been archived, with one sync for all. See the module's text for the order of things.

        True: it is gone, now or already. False: the name stands for something else, which stays as a new arrival.
        May be called again for the same entries. Raises ChannelUnavailable; then any of them may be gone.
        """
        with self._lock, files.opened(self.path) as folder, files.trouble(str(self.path)):
            with self._taken(folder) as taken:
                gone = tuple(self._retire(folder, taken, entry) for entry in entries)
            os.fsync(folder)
        return gone

    def _retire(self, folder: int, taken: int, entry: Entry) -> bool:
        name = files.plain(entry.path, str(self.path))
        edge("retire:before-take")
        if (left := files.status(taken, name)) is not None:  # by a kill, and nobody has listed since
            if _is(left, entry):
                os.unlink(name, dir_fd=taken)
                return True
            files.rename_beside(taken, name, name, into=folder)
        found = files.status(folder, name)
        if found is None:
            return True
        if not _is(found, entry):
            return False
        files.rename(folder, name, name, into=taken)
        edge("retire:taken")
        if not _is(os.stat(name, dir_fd=taken, follow_symlinks=False), entry):
            files.rename_beside(taken, name, name, into=folder)
            return False
        os.unlink(name, dir_fd=taken)
        edge("retire:unlinked")
        if self._marker is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name.join(self._marker), dir_fd=folder)
        self._seen.pop(name, None)
        return True

    @contextlib.contextmanager
    def _taken(self, folder: int) -> Iterator[int]:
        with contextlib.suppress(FileExistsError):
            os.mkdir(TAKEN, 0o700, dir_fd=folder)
        taken = os.open(TAKEN, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            yield taken
        finally:
            os.close(taken)

    def _put_back(self, folder: int) -> None:
        """Offer again what a kill left between taking and removing, under its own name where that is free."""
        try:
            taken = os.open(TAKEN, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        except FileNotFoundError:
            return
        try:
            with os.scandir(taken) as entries:
                left = [entry.name for entry in entries]
            for name in left:
                files.rename_beside(taken, name, name, into=folder)
        finally:
            os.close(taken)


def _is(found: os.stat_result, entry: Entry) -> bool:
    return (found.st_size, found.st_mtime_ns, str(found.st_ino)) == (entry.size, entry.mtime_ns, entry.ident)
