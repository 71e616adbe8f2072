"""Taking from a partner's SFTP server: when a file counts as finished, reading it, and removing what is archived.

A file counts as finished when two looks, at least ``settle`` seconds apart, find it with the
same size and time; its end is judged when it has been read, and one that is not complete
waits until it has not changed for ``stale`` seconds. Large files are read into a local
partial file and go on from there after a cut. A file is removed, or moved into another
folder of the server, only after it was archived, and only while it has the size and time
that were read. Between that look and the removal the protocol leaves a gap.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from paramiko.sftp_attr import SFTPAttributes

from edigw.edges import edge
from edigw.records import dataclass
from edigw.transports import (
    NO_LINE,
    TAIL,
    Changed,
    ChannelUnavailable,
    Complete,
    Entry,
    LineDown,
    Listing,
    NoSpace,
    Refused,
    TooLarge,
    files,
)
from edigw.transports.breaker import Breaker
from edigw.transports.folder import IGNORE
from edigw.transports.sftpline import Client, Server, Status, raw
from edigw.transports.sftpremote import PIECE, Remote

SETTLE: Final = 5.0  # seconds between the two looks, at least
STALE: Final = 300.0  # seconds; a file that comes over the internet may pause for long
KEPT_FROM: Final = 1 << 20  # bytes; smaller files are read anew after a cut
REQUESTS: Final = 64  # read requests under way at once; more than some servers bear

_Refusals = list[Refused]  # a channel's method is called list, which hides the type inside the class


@dataclass(slots=True)
class _Seen:
    """What we remember of one name between looks."""

    key: tuple[int, int]  #: size, mtime
    since: float  #: our clock when it first looked like this
    incomplete: bool = False  #: it was read, and its end is not there


class Taking(Remote):
    """The folder *get* of a server as a source; ``Sftp`` has what the settings mean."""

    def __init__(
        self,
        server: Server,
        *,
        get: str = "",
        partial: Path,
        taken: str = "",
        prefetch: bool = True,
        complete: Complete | None = None,
        ignore: tuple[str, ...] = IGNORE,
        settle: float = SETTLE,
        stale: float = STALE,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(server, breaker, clock)
        self._get = get
        self._partial = partial
        self._taken = taken
        self._prefetch = prefetch
        self._complete = complete
        self._ignore = ignore
        self._settle = settle
        self._stale = max(stale, settle)
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    # -- what has arrived

    def ignores(self, name: str) -> bool:
        """Whether *name* is a name for unfinished files, or hidden."""
        return name.startswith(".") or any(fnmatchcase(name, pattern) for pattern in self._ignore)

    def list(self) -> Listing:
        """Look at the server's folder. Raises ChannelUnavailable."""
        with self.line.client() as client:
            found, refused = self._scan(client)
        now = self._clock()
        ready: list[Entry] = []
        waits: list[float] = []
        for name, attributes in found.items():
            key = _key(attributes)
            seen = self._seen.get(name)
            if seen is None or seen.key != key:
                self._seen[name] = _Seen(key, now)
                waits.append(self._settle)
                continue
            quiet = now - seen.since
            if quiet >= self._stale:
                ready.append(_entry(name, key, stale=True))
            elif quiet >= self._settle and key[0] and not seen.incomplete:
                ready.append(_entry(name, key))
            else:
                waits.append((self._settle if quiet < self._settle else self._stale) - quiet)
        for name in self._seen.keys() - found.keys():
            del self._seen[name]
        self._tidy(found)
        ready.sort(key=lambda entry: (entry.mtime_ns, entry.path))
        return Listing(tuple(ready), tuple(refused), len(waits), min(waits, default=None))

    def _scan(self, client: Client) -> tuple[dict[str, SFTPAttributes], _Refusals]:
        found: dict[str, SFTPAttributes] = {}
        refused: _Refusals = []
        try:
            for one in client.listed(self._get):
                name = one.filename
                if self.ignores(name):
                    continue
                mode = one.st_mode
                if "/" in name or "\0" in name:
                    refused.append(Refused(name, "name"))
                elif mode is not None and stat.S_IFMT(mode) and not stat.S_ISREG(mode):
                    if not stat.S_ISDIR(mode):  # folders are the partner's own order
                        refused.append(Refused(name, files.kind_of(mode)))
                elif one.st_size is None or one.st_mtime is None:
                    refused.append(Refused(name, "the server gives no size or time"))
                else:
                    found[name] = one
        except Status as said:
            raise self._said(f"the folder {self._get} cannot be listed", said) from said
        except ValueError as said:
            raise ChannelUnavailable(self.place, f"the folder {self._get} cannot be listed: {said}") from said
        return found, refused

    # -- taking it over

    def fetch(self, entry: Entry, limit: int) -> bytes:
        """The whole file, at most *limit* bytes. Raises TooLarge, Changed, ChannelUnavailable."""
        if entry.size > limit:
            raise TooLarge(self.place, f"{entry.path!r} has {entry.size} bytes, more than {limit}")
        files.plain(entry.path, self.place)
        try:
            data = self._read(entry, self._prefetch)
        except (LineDown, Changed):
            if not self._prefetch or self.breaker.is_open:
                raise
            data = self._read(entry, False)
            self._prefetch = False  # this server is one of those
        if self._complete is not None and entry.why != "stale" and not self._complete(data[-TAIL:]):
            if (seen := self._seen.get(entry.path)) is not None:
                seen.incomplete = True
            raise Changed(self.place, f"{entry.path!r} has no complete end yet")
        return data

    def chunks(self, entry: Entry, size: int = PIECE) -> Iterator[bytes]:
        """The file in pieces of up to *size* bytes, once it has been read whole."""
        data = self.fetch(entry, entry.size)
        for at in range(0, len(data), size):
            yield data[at : at + size]

    def _read(self, entry: Entry, prefetch: bool) -> bytes:
        kept = self._part(entry)
        have = kept.stat().st_size if kept is not None and kept.exists() else 0
        if have > entry.size:
            have = 0
        path = self._in(self._get, entry.path)
        edge("fetch:before-read")
        with self.line.client(entry.size - have) as client, contextlib.ExitStack() as stack:
            pieces: list[bytes] = []
            into = None
            if kept is not None:
                with self._kept():
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    into = stack.enter_context(kept.open("r+b" if have else "wb", buffering=0))
            try:
                remote = stack.enter_context(client.open(raw(path), "rb"))
            except Status as said:
                if said.is_missing:
                    raise Changed(self.place, f"{entry.path!r} is gone") from said
                raise self._said(f"{entry.path!r} cannot be read", said) from said
            if have:
                remote.seek(have)
            if prefetch:
                remote.prefetch(entry.size, max_concurrent_requests=REQUESTS)
            left = entry.size - have
            try:
                while left > 0 and (piece := remote.read(min(PIECE, left))):
                    if into is not None:
                        with self._kept():
                            files.write_all(into.fileno(), piece, entry.size - left)
                        edge("fetch:piece")
                    else:
                        pieces.append(piece)
                    left -= len(piece)
            except Status as said:
                raise self._said(f"{entry.path!r} cannot be read", said) from said
            now = self._look(client, self._get, entry.path)  # also tells an end of the line from an end of the file
            if now is None or _key(now) != (entry.size, entry.mtime_ns // 1_000_000_000):
                if kept is not None:
                    kept.unlink(missing_ok=True)
                raise Changed(self.place, f"{entry.path!r} changed after it was listed")
            if left:
                raise Changed(self.place, f"{entry.path!r} has {entry.size} bytes, says the server, and gives {entry.size - left}")
        edge("fetch:complete")
        if kept is None:
            return b"".join(pieces)
        with self._kept():
            data = kept.read_bytes()
            kept.unlink()
        return data

    @contextlib.contextmanager
    def _kept(self) -> Iterator[None]:
        """Trouble with our own partial file, which says nothing of the server."""
        try:
            yield
        except OSError as said:
            raise NoSpace(str(self._partial), f"what was read of a file cannot be kept: {said.strerror}") from said

    def _part(self, entry: Entry) -> Path | None:
        """Where what was read of a large file is kept until all of it is there."""
        if entry.size < KEPT_FROM:
            return None
        return self._partial / _part_name(entry.path, entry.size, entry.mtime_ns)

    def _tidy(self, found: dict[str, SFTPAttributes]) -> None:
        """Remove what was read of files that are no longer there."""
        if not self._partial.is_dir():
            return
        wanted = {_part_name(name, one.st_size or 0, (one.st_mtime or 0) * 1_000_000_000) for name, one in found.items()}
        for path in self._partial.iterdir():
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def retire(self, *entries: Entry) -> tuple[bool | None, ...]:
        """Remove what has been archived, or move it into the *taken* folder.

        True: it is gone, now or already. False: the name stands for something else. None: the connection broke or the
        server refused, so it is asked for again; the reason is raised when it holds for all of *entries*.
        """
        gone: list[bool | None] = [None] * len(entries)
        first: ChannelUnavailable | None = None
        for at, entry in enumerate(entries):
            try:
                gone[at] = self._retire(entry)
            except ChannelUnavailable as said:
                first = first or said
                if isinstance(said, NO_LINE):
                    break
        if first is not None and all(one is None for one in gone):
            raise first
        return tuple(gone)

    def _retire(self, entry: Entry) -> bool:
        path = self._in(self._get, files.plain(entry.path, self.place))
        with self.line.client(entry.size if entry.sha256 else 0) as client:  # all of it may have to be read again
            edge("drop:before-look")
            found = self._look(client, self._get, entry.path)
            if found is None:
                return True
            if _key(found) != (entry.size, entry.mtime_ns // 1_000_000_000) and not self._is_ours(client, entry, found):
                return False
            try:
                if self._taken:
                    self._rename(client, path, self._in(self._taken, self._free(client, self._taken, entry.path)))
                else:
                    client.remove(raw(path))
            except Status as said:
                if self._look(client, self._get, entry.path) is None:
                    return True
                raise self._said(f"{entry.path!r} was read and cannot be removed", said) from said
        edge("drop:removed")
        self._seen.pop(entry.path, None)
        return True

    def _is_ours(self, client: Client, entry: Entry, found: SFTPAttributes) -> bool:
        """Whether a file of which the server tells another size is still the one that was read: some tell wrong ones at times."""
        if not entry.sha256 or found.st_mtime != entry.mtime_ns // 1_000_000_000:
            return False
        try:
            digest = self._digest(client, self._get, entry.path, entry.size)
        except Status as said:
            raise self._said(f"{entry.path!r} was read and cannot be compared", said) from said
        again = self._look(client, self._get, entry.path)  # an end of the line looks like an end of the file, too
        return again is not None and _key(again) == _key(found) and digest == entry.sha256

    def _free(self, client: Client, folder: str, name: str) -> str:
        """*name*, or with a number where that is taken in *folder*."""
        number = 1
        free = name
        while self._look(client, folder, free) is not None:
            number += 1
            if number > 1000:
                raise ChannelUnavailable(self.place, f"{folder} has a thousand files called {name!r}")
            free = files.numbered(name, number)
        return free


def _key(found: SFTPAttributes) -> tuple[int, int]:
    return found.st_size or 0, found.st_mtime or 0


def _entry(name: str, key: tuple[int, int], *, stale: bool = False) -> Entry:
    # The protocol names no file but by its path and tells whole seconds.
    return Entry(name, key[0], key[1] * 1_000_000_000, "", "stale" if stale else "settled")


def _part_name(path: str, size: int, mtime_ns: int) -> str:
    return hashlib.sha256(raw(f"{path}\n{size}\n{mtime_ns}")).hexdigest()[:32] + ".part"
