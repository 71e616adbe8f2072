"""What recording is given besides the judged file, and what it tells afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime

from edigw.agreements import Book
from edigw.judge import FaultRow, Found
from edigw.ledger import Row
from edigw.records import dataclass
from edigw.states import MessageIn

MOST_TOLD = 20  # rejected messages of a file that are logged one by one; the rest is a count, and edigw show has them


@dataclass(frozen=True, slots=True)
class Setting:
    """What recording needs besides the judged file: the generation's book and the time."""

    book: Book
    generation: str  #: hex digest of the configuration
    now: datetime
    names: Mapping[str, str]  #: outbound channel, or endpoint that takes files -> template of its file names


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected message, and the first fault that rejected it: its own or its envelope's."""

    label: str
    fault: FaultRow


@dataclass(slots=True)
class Recorded:
    """What became of one file or interchange, for the log and for what comes next."""

    interchanges: list[int] = field(default_factory=list)
    unfinished: list[tuple[int, Found]] = field(default_factory=list)  #: spans are still to be judged
    held: list[tuple[str, str, str]] = field(default_factory=list)  #: id as shown, code, reason
    unreadable: list[tuple[int, int, str]] = field(default_factory=list)  #: start and end in bytes, reason; of a file split otherwise
    quarantined: tuple[str, str] | None = None  #: code, reason: nothing in the file can be read
    rejections: list[Rejection] = field(default_factory=list)  #: the first MOST_TOLD
    reused: list[tuple[int, int]] = field(default_factory=list)  #: interchange held for its control number, the one that had it before
    duplicates: list[tuple[int, int]] = field(default_factory=list)  #: interchange, the one it repeats
    messages: int = 0
    rejected: int = 0
    documents: int = 0  #: now due
    answers: list[str] = field(default_factory=list)  #: names of the answers now due
    claimed: list[tuple[Row, bytes]] = field(default_factory=list)  #: deliveries that were claimed as they became due, and their bytes
    left_due: bool = False  #: a delivery became due that was not claimed

    def count(self, label: str, held: str, reason: str, end: MessageIn, faults: Iterable[FaultRow] = ()) -> None:
        """Count a message that came to *end*; *faults* are its own, then its group's and its interchange's."""
        self.messages += 1
        if end is MessageIn.REJECTED:
            self.rejected += 1
            if len(self.rejections) < MOST_TOLD and (first := next((one for one in faults if one.severity == "reject"), None)):
                self.rejections.append(Rejection(label, first))
        self.documents += end is MessageIn.MAPPED
        if end is MessageIn.HELD:
            self.held.append((label, held, reason))
