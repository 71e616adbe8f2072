"""What partners may leave in their inboxes before we have taken it: bytes and files, each partner's and all together.

What stands in a folder is counted by looking, and what comes in since is added. A folder is
looked at again only when there would be no room by the old count, and at most once a second:
files that were taken meanwhile make room, and a partner who tries again and again costs no
more than that look. A file that comes in during a look is counted twice rather than not at all.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edigw.records import dataclass

LOOK_EVERY: Final = 1.0  # seconds between looks into one folder


class OverQuota(OSError):
    """There is no room for what a partner sends until something was taken. Its ``strerror`` is for the partner."""

    def __init__(self, text: str) -> None:
        super().__init__(errno.EDQUOT, text)


@dataclass(slots=True)
class _Used:
    """What one inbox holds, as far as we know."""

    bytes: int
    files: int
    looked: float  #: our clock at the last look
    more_bytes: int = 0  #: that came through us since we began, which tells what came during a look
    more_files: int = 0


class Quota:
    """*each* and *files* are a partner's bytes and files, *together* the bytes of all. Used from several threads."""

    def __init__(self, each: int, files: int, together: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = each
        self._files = files
        self._together = together
        self._clock = clock
        self._used: dict[Path, _Used] = {}
        self._lock = threading.Lock()

    def take(self, inbox: Path, size: int, files: int = 0) -> None:
        """Count *size* bytes and *files* more in *inbox*.

        Raises OverQuota, and OSError for a folder that is gone; then nothing is counted.
        """
        if inbox not in self._used:
            self._look(inbox)
        for again in (True, False):
            with self._lock:
                said = self._over(inbox, size, files)
                if not said:
                    used = self._used[inbox]
                    used.bytes, used.files = used.bytes + size, used.files + files
                    used.more_bytes, used.more_files = used.more_bytes + size, used.more_files + files
                    return
                old = [one for one, used in self._used.items() if self._clock() - used.looked >= LOOK_EVERY]
            if again:
                for one in old:
                    self._look(one)
        raise OverQuota(said)

    def keep(self, inboxes: set[Path]) -> None:
        """Forget folders that nobody sends into any more."""
        with self._lock:
            for gone in self._used.keys() - inboxes:
                del self._used[gone]

    def _over(self, inbox: Path, size: int, files: int) -> str:
        used = self._used[inbox]
        if used.bytes + size > self._each:
            return f"{used.bytes} bytes wait in in/ and {self._each} may; send on when some were taken"
        if used.files + files > self._files:
            return f"{used.files} files wait in in/ and {self._files} may; send on when some were taken"
        if sum(one.bytes for one in self._used.values()) + size > self._together:
            return "all inboxes of this gateway are full; send on later"
        return ""

    def _look(self, inbox: Path) -> None:
        with self._lock:
            before = self._used.get(inbox)
            more = (before.more_bytes, before.more_files) if before is not None else (0, 0)
        size = files = 0
        with os.scandir(inbox) as entries:
            for entry in entries:
                try:
                    if entry.is_file(follow_symlinks=False):
                        size, files = size + entry.stat(follow_symlinks=False).st_size, files + 1
                except FileNotFoundError:
                    continue
        with self._lock:
            now = self._used.get(inbox)
            since = (now.more_bytes - more[0], now.more_files - more[1]) if now is not None else (0, 0)
            self._used[inbox] = _Used(size + since[0], files + since[1], self._clock(), more[0] + since[0], more[1] + since[1])
