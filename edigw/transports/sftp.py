"""A partner's SFTP server as a channel: what it has for us, and putting things there.

Taking is ``sftptake``'s, putting ``sftpput``'s; what both ask a server for, in its dialect, is
``sftpremote``'s, and the connection ``sftpline``'s. Here they are one channel over one line.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from edigw.records import dataclass
from edigw.transports import ChannelUnavailable
from edigw.transports.sftpline import Server, Status
from edigw.transports.sftpput import Putting
from edigw.transports.sftptake import Taking


@dataclass(frozen=True, slots=True)
class Tested:
    """What a server showed and let us see: its key, and how many names each of our folders has."""

    host_key: str
    folders: tuple[tuple[str, str, int], ...]  #: (get, taken or put; path; names)


class Sftp(Taking, Putting):
    """One channel on a partner's server, to take from (*get*) and to put into (*put*).

    *partial* is a local folder for what was read of large files. *taken*: a folder of the server into which files are
    moved that we have; "" removes them. *prefetch*: ask for many pieces at once; some servers break on it, so a read
    that breaks off is tried once more without. *complete*, *settle* and *stale* as for a folder.

    Safe to use from several threads; they wait for each other. It has a thread of its own (``threads``), so that a
    server that hangs never holds anybody else.
    """

    def __init__(self, server: Server, *, put: str = "", **taking: Any) -> None:
        super().__init__(server, **taking)
        self._put = put
        self.threads = ThreadPoolExecutor(1, thread_name_prefix="sftp")

    def __repr__(self) -> str:
        return f"Sftp({self.place!r})"

    def close(self) -> None:
        """Cut the connection for good; what is under way fails with LineDown."""
        self.line.close()

    def test(self) -> Tested:
        """Log in and list our folders there, changing nothing. Raises ChannelUnavailable."""
        found: list[tuple[str, str, int]] = []
        with self.line.client() as client:
            for word, folder in (("get", self._get), ("taken", self._taken), ("put", self._put)):
                if folder:
                    try:
                        found.append((word, folder, sum(1 for _ in client.listed(folder))))
                    except Status as said:
                        raise self._said(f"logged in, but {word}: the folder {folder} cannot be listed", said) from said
                    except ValueError as said:
                        raise ChannelUnavailable(self.place, f"{word}: the folder {folder} cannot be listed: {said}") from said
            return Tested(self.line.host_key, tuple(found))


__all__ = ["Server", "Sftp", "Tested"]
