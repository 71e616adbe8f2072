"""Inlets: a channel that files come from, where its scan stands, and what is said of it.

What keeps a file or a channel waiting is said once and not at every look of a night; it
stands in the inlet meanwhile, for ``edigw status``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import field

from edigw.archive import ArchiveUnavailable
from edigw.errors import LedgerUnavailable
from edigw.ledger import Row, Tx
from edigw.log import get_logger
from edigw.records import dataclass
from edigw.transports import NO_LINE, TO_BE_MENDED, ChannelUnavailable
from edigw.transports.folder import Folder
from edigw.transports.sftp import Sftp
from edigw.transports.troubles import Standing, Trouble

log = get_logger("inbound")


@dataclass(slots=True)
class Inlet:
    """An inbound channel and where its scan stands."""

    name: str
    folder: Folder | Sftp
    every: float  #: seconds between scans that nobody asked for
    scanning: bool = False
    again: bool = False  #: asked for while a scan was running
    refused: set[tuple[str, str]] = field(default_factory=set)  #: reported once, not at every scan
    unavailable: Trouble | None = None  #: why it cannot be used; said once, until it can be
    unkept: dict[tuple[str, str], Trouble] = field(default_factory=dict)  #: by (path or "", code), said once, until it can be kept
    looked: bool = False  #: at least one look came to its end, so what is not said here is not so
    hinted: dict[str, str] = field(default_factory=dict)  #: names that something happened to, not yet looked at
    gathering: bool = False
    made_of: object = None  #: what a server's was made of: settings and secrets, to be known again by
    untidy: bool = True  #: files may be archived and not yet retired there
    fence: int = 0  #: under which this node holds the channel's lease, where there may be several nodes; 0: it does not
    held_until: float = 0.0  #: by the monotonic clock: until when nobody else polls it
    broken: bool = False  #: its breaker is open, and that was said
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))  #: a server's batch; it never takes another's room
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)  #: one look or take at a time, so that no file is read twice at once


    @property
    def remote(self) -> Sftp | None:
        """The partner's server, where it is one: slow, not ours, and asked in a thread of its own."""
        return self.folder if isinstance(self.folder, Sftp) else None


def retiring(rows: Sequence[Row], kept: Sequence[bool | None]) -> Callable[[Tx], None]:
    """The step that records what became of the sources of *rows*; of those that nobody knows, nothing."""
    told = [(row.id, gone) for row, gone in zip(rows, kept, strict=True) if gone is not None]

    def retired(tx: Tx) -> None:
        tx.retired([number for number, _ in told], changed=[number for number, gone in told if not gone])

    return retired


def say_unavailable(inlet: Inlet, trouble: ChannelUnavailable) -> None:
    """That a channel cannot be used; once for each reason, once when its breaker opens, and then when the cause is another one."""
    remote, before = inlet.remote, inlet.unavailable
    further = "edigw check" if remote is None else "edigw check --connect"
    advised = f"{further}; {trouble.advice}" if isinstance(trouble, TO_BE_MENDED) else further
    broken = remote is not None and remote.breaker.is_open and isinstance(trouble, NO_LINE)
    if remote is not None and broken:
        told, cause = f"{remote.place}: {remote.breaker.told()}", f"{remote.place}: {remote.breaker.reason}"
        if not inlet.broken or before is None or before.code != trouble.code:
            log.error("channel.left_alone", channel=inlet.name, code=trouble.code, error=told, next=advised)
    else:
        told = cause = str(trouble)
        if before is None or before.cause != cause:
            log.error("channel.unavailable", channel=inlet.name, code=trouble.code, error=cause, next=advised)
    inlet.unavailable = Trouble(inlet.name, trouble.code, cause, f"{trouble.code} {told}", further)
    inlet.broken = broken


def say_back(inlet: Inlet) -> None:
    if inlet.unavailable:
        log.info("channel.back", channel=inlet.name)
    inlet.unavailable, inlet.broken = None, False


def say_unkept(inlet: Inlet, path: str, trouble: LedgerUnavailable | ArchiveUnavailable | ChannelUnavailable) -> None:
    """That a file, or with no *path* whatever is ready, stays in its inbox; once, not at every look."""
    if (path, trouble.code) not in inlet.unkept:
        where = {"path": path} if path else {}
        log.error("inbound.cannot_keep", channel=inlet.name, **where, code=trouble.code, error=str(trouble), next=trouble.advice)
    stays = f"{path or 'what is ready'} stays in the inbox: "
    told = f"{stays}{trouble.code} {trouble}"
    inlet.unkept[path, trouble.code] = Trouble(inlet.name, trouble.code, f"{stays}{trouble}", told, trouble.advice or "edigw status")


def standing(inlets: Iterable[Inlet]) -> Standing:
    """How the channels are.

    Nothing that was wrong with a channel is over before a look into it came to its end: not after a start,
    not when its settings were changed, and not when it is only wrong in another way.
    """
    troubles: list[Trouble] = []
    still: set[str] = set()
    for inlet in list(inlets):
        looked, unavailable = inlet.looked, inlet.unavailable  # once, for a thread may change it meanwhile
        troubles += [unavailable] if unavailable is not None else []
        troubles += list(inlet.unkept.values())
        if unavailable is not None or not looked:
            still.add(inlet.name)
    return Standing(troubles, frozenset(still))
