"""What recording is given besides the judged file, and what it tells afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edigw.agreements import Book
from edigw.judge import Found
from edigw.states import MessageIn


@dataclass(frozen=True, slots=True)
class Setting:
    """What recording needs besides the judged file: the generation's book and the time."""

    book: Book
    generation: str  #: hex digest of the configuration
    now: datetime
    names: Mapping[str, str]  #: outbound channel -> template of its file names


@dataclass(slots=True)
class Recorded:
    """What became of one file or interchange, for the log and for what comes next."""

    interchanges: list[int] = field(default_factory=list)
    unfinished: list[tuple[int, Found]] = field(default_factory=list)  #: spans are still to be judged
    held: list[tuple[str, str, str]] = field(default_factory=list)  #: id as shown, code, reason
    duplicates: list[tuple[int, int]] = field(default_factory=list)  #: interchange, the one it repeats
    messages: int = 0
    rejected: int = 0
    documents: int = 0  #: now due
    answers: list[str] = field(default_factory=list)  #: names of the answers now due

    def count(self, label: str, held: str, reason: str, end: MessageIn) -> None:
        """Count a message that came to *end*."""
        self.messages += 1
        self.rejected += end is MessageIn.REJECTED
        self.documents += end is MessageIn.MAPPED
        if end is MessageIn.HELD:
            self.held.append((label, held, reason))
