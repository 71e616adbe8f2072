"""Whether everything that came in on a day is accounted for, partner by partner.

Bytes in are those of interchanges and of unreadable remainders; messages in are counted anew
from the bytes, by the parsers alone, and held against what the ledger says became of them.
So a message that was read and never recorded shows, and one that was recorded twice.

A day's files are followed to where they are now, whenever that was reached; what is still
under way is told apart and is nobody's loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from edigw import parsers
from edigw.archive import PayloadDamaged
from edigw.ledger import Ledger, Row
from edigw.model import Interchange
from edigw.records import dataclass
from edigw.states import FileState, InterchangeIn, Kind, MessageIn, State

_PAGE: Final = 200  # files at once
_MOST: Final = 1_000_000  # interchanges and messages of a page of files
UNKNOWN: Final = "(unknown)"  #: whoever sent what came by a channel of nobody and bears no known identity

#: Where a message of ours is counted; what is not here is under way.
BECAME: Final[dict[State, str]] = {
    MessageIn.DELIVERED: "delivered",
    MessageIn.REJECTED: "rejected",
    MessageIn.HELD: "held",
    MessageIn.CLOSED: "closed",
    MessageIn.RECONCILED: "acknowledgements",
    MessageIn.UNMATCHED: "acknowledgements",
}
MESSAGES: Final = ("delivered", "rejected", "duplicate", "held", "closed", "acknowledgements", "under_way")
BYTES: Final = ("interchanges", "remainders", "quarantined", "taken_back", "under_way")


@dataclass(slots=True)
class Account:
    """One partner's day. *unknown* are files whose bytes retention removed: their messages are those of the ledger."""

    partner: str
    files: int = 0
    bytes_in: int = 0
    messages_in: int = 0
    unknown: int = 0
    bytes: Counter[str] = field(default_factory=Counter)  #: by ``BYTES``
    messages: Counter[str] = field(default_factory=Counter)  #: by ``MESSAGES``
    gaps: list[tuple[str, str]] = field(default_factory=list)  #: (row, what does not add up), each unexplained

    @property
    def unexplained_bytes(self) -> int:
        return self.bytes_in - sum(self.bytes.values())

    @property
    def unexplained_messages(self) -> int:
        return self.messages_in - sum(self.messages.values())

    @property
    def whole(self) -> bool:
        return not (self.gaps or self.unexplained_bytes or self.unexplained_messages)


def bounds(day: date, zone: tzinfo = UTC) -> tuple[datetime, datetime]:
    """When *day* begins and ends in *zone*; it has 23 or 25 hours where clocks change."""
    return _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def reconcile(ledger: Ledger, day: date, zone: tzinfo = UTC, *, partner: str = "") -> list[Account]:
    """What came in on *day* of *zone*, and what became of it, for each partner or for *partner*; by name."""
    accounts: dict[str, Account] = {}
    for files in _files(ledger, *bounds(day, zone)):
        ids = [one.id for one in files]
        inside: dict[int, list[Row]] = {}
        for row in ledger.rows(Kind.INTERCHANGE, direction="in", file=ids, limit=_MOST):
            inside.setdefault(row.file, []).append(row)
        became: dict[int, Counter[str]] = {}
        for row in ledger.rows(Kind.MESSAGE, direction="in", file=ids, replay_of=None, limit=_MOST):
            word = BECAME.get(row.state, "under_way")
            became.setdefault(row.interchange, Counter())[word] += 1
        for file in files:
            rows = inside.get(file.id, [])
            name = file.partner or next((row.partner for row in rows if row.partner), UNKNOWN)
            if partner in ("", name):
                _add(accounts.setdefault(name, Account(name)), ledger, file, rows, became)
    return [accounts[name] for name in sorted(accounts)]


def _files(ledger: Ledger, begin: datetime, end: datetime) -> Iterator[list[Row]]:
    after = 0
    while page := ledger.rows(Kind.FILE, since=begin, after=after, limit=_PAGE):
        yield [row for row in page if row.created_at < end]
        if page[-1].created_at >= end:
            return
        after = page[-1].id


def _add(account: Account, ledger: Ledger, file: Row, rows: list[Row], became: dict[int, Counter[str]]) -> None:
    account.files += 1
    account.bytes_in += file.size
    found = Counter({"interchanges": sum(row.span_end - row.span_start for row in rows)})
    found["remainders"] = sum(one["end"] - one["start"] for one in file.unreadable or ()) if rows else 0
    if not rows:
        match file.state:
            case FileState.QUARANTINED:
                found["quarantined"] = file.size
            case FileState.CLOSED:
                found["taken_back" if file.payload is None else "quarantined"] = file.size
            case FileState.CLAIMED | FileState.ARCHIVED:
                found["under_way"] = file.size
    account.bytes += found
    if (total := found.total()) != file.size:
        account.gaps.append((file.label, f"{file.size} bytes came, {total} are accounted for"))
    counted = _counted(ledger, file) if rows else {}
    if counted is None:
        account.unknown += 1
    for row in rows:
        known = became.get(row.id, Counter())
        inside = known.total() if counted is None else counted.get(row.span_start, 0)
        account.messages_in += inside
        account.messages += known
        left = inside - known.total()
        if left > 0 and (word := _whole(row)):
            account.messages[word] += left
        elif left:
            account.gaps.append((row.label, f"its bytes hold {inside} messages, the ledger {known.total()}"))


def _whole(row: Row) -> str:
    """What becomes of messages of which there is no row yet, or never will be; "" when there must be one."""
    if row.duplicate_of is not None:
        return "duplicate"
    words: dict[State, str] = {InterchangeIn.HELD: "held", InterchangeIn.CLOSED: "closed", InterchangeIn.RECEIVED: "under_way"}
    return words.get(row.state, "")


def _counted(ledger: Ledger, file: Row) -> dict[int, int] | None:
    """How many messages each interchange of *file* holds, by where it begins; None when its bytes are gone or damaged."""
    if file.payload is None:
        return None
    try:
        data = ledger.payload(file.payload)
    except PayloadDamaged:
        return None
    found = {}
    for one in parsers.split(data):
        if isinstance(one, Interchange):
            reading = parsers.read(data, one)
            found[one.span[0]] = sum(1 for _ in reading) + len(reading.loose)
    return found
