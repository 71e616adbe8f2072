"""Whether the chains of events hold, through the seals of those whose events are removed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, select

from edigw import states
from edigw.ledger.damage import CHAIN, REMOVAL, Damage
from edigw.ledger.events import Draft, link, seed
from edigw.records import dataclass
from edigw.states import Kind
from edigw.tables import event, moment, seal, writer

PAGE: Final = 2000  # events read at once
RESTORE: Final = "compare with a backup of the ledger; docs/operating.md, When verify finds damage"


def seal_hash(before: bytes, name: str, one: Any) -> bytes:
    """The hash of the seal *one* of writer *name*, behind the seal whose hash is *before* (``seed(name)`` for the first)."""
    said = [name, one.number, one.first, one.last, one.first_id, one.last_id, moment(one.first_at), moment(one.last_at), one.head.hex()]
    return hashlib.sha256(before + json.dumps(said, separators=(",", ":")).encode()).digest()


@dataclass(slots=True)
class Walk:
    """One writer's chain, followed event by event. What is wrong is told, and the walk goes on by what stands there."""

    connection: Connection
    id: int
    name: str
    number: int = 0
    head: bytes = b""
    events: int = 0  #: that were looked at

    def __post_init__(self) -> None:
        self.head = self.head or seed(self.name)

    def to(self, last: int) -> Iterator[Damage]:
        """Follow the chain as far as event *last*."""
        while self.number < last and (page := self._page(last)):
            for row in page:
                if row.number != self.number + 1:
                    yield self._damage(f"events {self.number + 1} to {row.number - 1} are missing")
                elif link(self.head, self.name, row.number, moment(row.at), drafted(row)) != row.hash:
                    shown = f"event {row.number} ({row.kind} {row.row} {row.name}) is not what was written"
                    yield self._damage(shown, row)
                self.number, self.head = row.number, row.hash
                self.events += 1

    def end(self, last: int, head: bytes) -> Iterator[Damage]:
        """What is wrong when the chain ends here and should end at *last* with *head*."""
        if (self.number, self.head) != (last, head):
            yield self._damage(f"its chain ends at event {self.number}, but {last} were written")

    def _page(self, last: int) -> Any:
        wanted = (event.c.writer == self.id, event.c.number > self.number, event.c.number <= last)
        return self.connection.execute(select(event).where(*wanted).order_by(event.c.number).limit(PAGE)).all()

    def _damage(self, text: str, row: Any = None) -> Damage:
        kinds = {kind.value for kind in Kind}
        named = states.show_id(Kind(row.kind), row.row) if row is not None and row.kind in kinds else ""
        return Damage(CHAIN, self.name, text, f"edigw show {named}; {RESTORE}" if named else RESTORE)


def drafted(row: Any) -> Draft:
    """An event's row as it was hashed."""
    return Draft(row.at, row.kind, row.row, row.name, row.was, row.state, row.why, row.facts)


def broken(connection: Connection) -> Iterator[Damage]:
    """Every place where a chain or a seal does not hold; nothing when all are whole."""
    # The writers first: what is written meanwhile stands behind their heads and is for the next time.
    writers = connection.execute(select(writer.c.id, writer.c.name, writer.c.events, writer.c.head).order_by(writer.c.id)).all()
    for one in writers:
        walk = Walk(connection, one.id, one.name)
        before, counted = seed(one.name), 0
        for sealed in connection.execute(select(seal).where(seal.c.writer == one.id).order_by(seal.c.number)).all():
            counted += 1
            if sealed.number != counted or sealed.first != walk.number + 1 or seal_hash(before, one.name, sealed) != sealed.hash:
                text = f"seal {sealed.number} (events {sealed.first} to {sealed.last}) is not what was written"
                yield Damage(CHAIN, one.name, text, RESTORE)
            before, counted = sealed.hash, sealed.number
            if sealed.removed_at is not None:
                if not told(connection, sealed.removed_at):
                    text = f"events {sealed.first} to {sealed.last} are marked as removed, and no event tells that retention did it"
                    yield Damage(REMOVAL, one.name, text, RESTORE)
                walk.number, walk.head = sealed.last, sealed.head
                continue
            yield from walk.to(sealed.last)
            if (walk.number, walk.head) != (sealed.last, sealed.head):
                text = f"what seal {sealed.number} closes (events {sealed.first} to {sealed.last}) has changed"
                yield Damage(CHAIN, one.name, text, RESTORE)
                walk.number, walk.head = sealed.last, sealed.head
        yield from walk.to(one.events)
        yield from walk.end(one.events, one.head)


def told(connection: Connection, at: datetime) -> bool:
    """Whether an event tells that retention removed something at that moment, or was itself removed since."""
    said = select(event.c.id).where(event.c.kind == "gateway", event.c.row == 0, event.c.name == "removed", event.c.at == at)
    gone = select(seal.c.id).where(seal.c.removed_at.is_not(None), seal.c.first_at <= at, seal.c.last_at >= at)
    return any(connection.execute(query.limit(1)).one_or_none() is not None for query in (said, gone))
