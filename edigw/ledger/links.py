"""The events of some rows with their links: what each was chained to, and the bytes that were hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from edigw.ledger.book import Ledger
from edigw.ledger.chains import drafted
from edigw.ledger.events import content, seed
from edigw.records import dataclass
from edigw.states import Kind
from edigw.tables import event, moment, seal, writer


@dataclass(frozen=True, slots=True)
class Linked:
    """One event. *hashed* are the bytes whose SHA-256 is *hash*; it *holds* when that is so."""

    id: int
    at: datetime
    kind: str
    row: int
    name: str
    was: str
    state: str
    why: str
    facts: str
    writer: str
    person: str
    number: int
    previous: bytes
    hash: bytes
    hashed: bytes
    holds: bool


def of(ledger: Ledger, rows: Sequence[tuple[Kind, int]]) -> list[Linked]:
    """Everything that happened to *rows*, in the order of the ledger."""
    found: list[Linked] = []
    with ledger.snapshot() as connection:
        for kind, number in rows:
            mine = select(event, writer.c.name.label("by"), writer.c.person).join(writer, writer.c.id == event.c.writer)
            for one in connection.execute(mine.where(event.c.kind == kind.value, event.c.row == number)).all():
                found.append(_linked(connection, one))
    return sorted(found, key=lambda one: one.id)


def _linked(connection: Connection, one: Any) -> Linked:
    previous = _before(connection, one)
    hashed = previous + content(one.by, one.number, moment(one.at), drafted(one))
    said = (one.id, one.at, one.kind, one.row, one.name, one.was, one.state, one.why, one.facts, one.by, one.person, one.number)
    return Linked(*said, previous, one.hash, hashed, hashlib.sha256(hashed).digest() == one.hash)


def _before(connection: Connection, one: Any) -> bytes:
    """The hash of the event before: its own, or that of the seal whose events retention removed."""
    if one.number == 1:
        return seed(one.by)
    before = select(event.c.hash).where(event.c.writer == one.writer, event.c.number == one.number - 1)
    sealed = select(seal.c.head).where(seal.c.writer == one.writer, seal.c.last == one.number - 1)
    for query in (before, sealed):
        found = connection.execute(query).scalar_one_or_none()
        if found is not None:
            return bytes(found)
    return b""
