"""The places where a kill is tested: one call at every commit, sync, rename and send.

An edge is named ``step:edge`` and declared here, with what is true at that moment.
``EDIGW_CRASH_AT=put:linked`` ends the process with SIGKILL when it first gets there,
``EDIGW_CRASH_AT=put:linked:3`` the third time. SIGKILL and not an exception: nothing
may be flushed, closed or tidied up on the way out, as with a power cut.

The table is the list of kill cases that the tests must have, so a call with a name that
is not in it raises at once, armed or not.
"""

from __future__ import annotations

import difflib
import os
import signal
import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CRASH_AT: Final = "EDIGW_CRASH_AT"

#: Each edge with what has happened, and what has not, when the process gets there.
NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the archive keeps a payload too large for the ledger
        "archive:written": "the temporary file is complete, not synced",
        "archive:synced": "the temporary file is synced, the payload's name does not stand",
        "archive:renamed": "the payload stands under its hash, no row names it yet",
        # retention: each step of `edigw retain`, and the archive's file behind it
        "retain:before-commit": "something is sealed, marked or removed, and not committed",
        "retain:committed": "a step of retention is done, the next has not begun",
        "discard:taken": "the ledger says that the payload is removed, its file has a private name",
        # the ledger: every commit; a step's own edges are "STEP:before-commit" and "STEP:committed"
        "ledger:before-commit": "the statements of one or several steps are sent, nothing of them is committed",
        "ledger:committed": "the steps are committed, nobody who waits for them knows it yet",
        # the flow of a file: each commit of its own
        "archive:before-commit": "the file was read, nothing of it is in the ledger",
        "archive:committed": "the file is archived and ours, its source still stands",
        "retired:before-commit": "the source is gone, its retire is not recorded",
        "retired:committed": "the arrival is over; the file may be judged already, or not",
        "record:before-commit": "judged; answer, numbers and deliveries are written and not committed",
        "record:committed": "answered, and due or under way; nothing has left",
        "span:before-commit": "a further span is judged and not recorded",
        "span:committed": "a further span is recorded with its cursor",
        "release:before-commit": "a released interchange is judged and not recorded",
        "again:before-commit": "a released message is judged again and not recorded",
        "claim:before-commit": "a delivery is chosen, by itself or where it is recorded; the ledger does not have it under way",
        "claim:committed": "a delivery is under way, nobody sends it yet",
        "mark:before-commit": "the temporary file is synced, its renaming mark is not committed",
        "delivered:before-commit": "the receiver has it, the ledger does not know",
        "delivered:committed": "the delivery is recorded",
        # transports: an arrival leaves its folder
        "retire:before-take": "the file is archived and still has the name its sender gave it",
        "retire:taken": "the file has its private name, it is not removed yet",
        "retire:unlinked": "the file is gone, the ledger does not know it yet",
        # transports: something is put where a partner finds it
        "put:before-write": "nothing is in the folder",
        "put:written": "the temporary file is complete, not synced",
        "put:synced": "the temporary file is synced, the renaming mark is not committed",
        "put:marked": "the renaming mark is committed, the final name does not stand",
        "put:linked": "the final name stands beside the temporary one, the folder is not synced",
        "put:renamed": "the final name stands alone and is synced, the ledger does not know it yet",
        # transports: a file is fetched from a partner's server, and retired there once it is archived
        "fetch:before-read": "the file is listed, nothing of it was read",
        "fetch:piece": "a piece of a large file is in its partial file, not all of it",
        "fetch:complete": "every byte was read, nothing of it is in the ledger",
        "drop:before-look": "the file is archived and still stands on the server",
        "drop:removed": "the file is gone from the server, the ledger does not know it yet",
        # transports: something is put on a partner's server
        "send:before-write": "nothing is on the server",
        "send:written": "the temporary file was closed, its size is not compared",
        "send:sized": "the temporary file is whole, the renaming mark is not committed",
        "send:marked": "the renaming mark is committed, the final name does not stand",
        "send:renamed": "the final name stands, the ledger does not know it yet",
        # transports: a partner uploads into our SFTP inbox
        "upload:written": "every byte is in the temporary file, close has come, nothing is synced",
        "upload:synced": "the temporary file is synced, the name does not stand",
        "upload:linked": "the file stands under its name, the partner has no answer to its close",
        # transports: a request to the back office
        "post:before-send": "the delivery is under way, no byte has left",
        "post:answered": "the back office has answered, the ledger does not know it yet",
    }
)


class UndeclaredEdge(LookupError):
    """An edge that stands in the code but not in ``NAMES``, or was asked for and is in neither."""

    def __init__(self, name: str) -> None:
        self.name = name
        near = difflib.get_close_matches(name, NAMES, n=1)
        super().__init__(f"edge {name!r} is not declared in edigw.edges.NAMES" + (f", nearest is {near[0]!r}" if near else ""))


class _Fuse:
    """Counts the passages of one edge and ends the process at the last of them."""

    def __init__(self, setting: str) -> None:
        name, _, count = setting.rpartition(":")
        if not (name and count.isdecimal()):
            name, count = setting, "1"
        if name not in NAMES:
            raise UndeclaredEdge(name)
        self.name = name
        self.left = int(count)
        self._lock = threading.Lock()

    def passed(self) -> None:
        with self._lock:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


# Read once: the setting is for a process that a test has just started.
_fuse: Final = _Fuse(os.environ[CRASH_AT]) if os.environ.get(CRASH_AT) else None


def edge(name: str) -> None:
    """Mark that the process has come to the edge *name*; ends it there if it was asked to.

    Raises UndeclaredEdge when *name* is not in ``NAMES``. Costs one look into a table.
    """
    if name not in NAMES:
        raise UndeclaredEdge(name)
    if _fuse is not None and _fuse.name == name:
        _fuse.passed()
