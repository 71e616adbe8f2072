"""What happened, in chains that show when something was changed, left out or cut off.

Each writer (one node from its start to its end, or one session of a person) has a chain of
its own: every event carries the hash of the one before it and of its own content, and the
writer's row carries the number and hash of the last. So no two processes wait for each
other to write an event, and nobody can change one without the change showing.

Events are never changed. They are written in one statement a commit, however many steps
share it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Dialect, insert, select

from edigw.records import dataclass
from edigw.tables import event, moment, storable, writer

_SEED: Final = b"edigw ledger 1\n"  # what a chain begins with, followed by its writer's name


class Draft(NamedTuple):
    """An event that is not yet in its chain."""

    at: datetime
    kind: str  #: a Kind's value, or "gateway"
    row: int  #: 0: it speaks of no row
    name: str  #: added, moved, claimed, or the event's own name
    was: str
    state: str
    why: str
    facts: str  #: canonical JSON, "" for none


@dataclass(frozen=True, slots=True)
class Event:
    """One event, read back."""

    id: int
    at: datetime
    kind: str
    row: int
    name: str
    was: str
    state: str
    why: str
    facts: Mapping[str, Any]
    writer: str  #: node and boot
    person: str  #: who sat there, "" for the daemon


def spell(facts: Mapping[str, Any]) -> str:
    """*facts* as the text that is stored and hashed; ``""`` for none."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), default=_spell_one) if facts else ""


_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def _spell_one(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def link(previous: bytes, name: str, number: int, at: str, draft: Draft) -> bytes:
    """The hash of event *number* of writer *name*, behind the one whose hash is *previous*; *at* is its ``moment``."""
    return hashlib.sha256(previous + content(name, number, at, draft)).digest()


def content(name: str, number: int, at: str, draft: Draft) -> bytes:
    """What of an event is hashed behind the hash of the one before."""
    return _encode([name, number, at, *draft[1:]]).encode()


def seed(name: str) -> bytes:
    """What the first event of writer *name* is chained to."""
    return hashlib.sha256(_SEED + name.encode()).digest()


class Chain:
    """This process's own chain. Used by one thread at a time."""

    def __init__(self, name: str, person: str, started_at: datetime) -> None:
        self.name = name
        self._person = person
        self._started_at = started_at
        self._id: int | None = None
        self._number = 0
        self._head = seed(name)
        self._next: tuple[int, int, bytes] | None = None
        self._insert: str | None = None

    def write(self, connection: Connection, drafts: Sequence[Draft]) -> None:
        """Append *drafts*; they count when ``keep`` is called, after the commit."""
        if not drafts:
            return
        identity = self._id if self._id is not None else self._enter(connection)
        number, head = self._number, self._head
        sqlite = connection.dialect.name == "sqlite"
        moments = {draft.at: moment(draft.at) for draft in drafts}
        rows: list[tuple[Any, ...]] = []
        for draft in drafts:
            number += 1
            at = moments[draft.at]
            head = link(head, self.name, number, at, draft)
            rows.append((identity, number, head, at if sqlite else draft.at, *draft[1:6], storable(draft.why), draft.facts))
        # Past SQLAlchemy's handling of parameters, which costs as much as all the rest of an event; and
        # to a server as one statement with a list for each column, for each row would be a message.
        if self._insert is None:
            self._insert = _spell_insert(connection.dialect)
        connection.exec_driver_sql(self._insert, rows if sqlite else tuple(map(list, zip(*rows, strict=True))))
        connection.exec_driver_sql(_HEAD.replace("?", "?" if sqlite else "%s"), (number, head, identity))
        self._next = (identity, number, head)

    def keep(self) -> None:
        """The commit succeeded."""
        if self._next is not None:
            self._id, self._number, self._head = self._next
            self._next = None

    def forget(self) -> None:
        """The commit failed, or nobody knows: the ledger is asked where the chain ends before the next event."""
        self._id = self._next = None

    def _enter(self, connection: Connection) -> int:
        found = connection.execute(select(writer.c.id, writer.c.events, writer.c.head).where(writer.c.name == self.name)).one_or_none()
        if found is not None:
            self._number, self._head = found.events, found.head
            return int(found.id)
        self._number, self._head = 0, seed(self.name)
        start = {"name": self.name, "person": self._person, "started_at": self._started_at, "events": 0, "head": self._head}
        return int(connection.execute(insert(writer).returning(writer.c.id), start).scalar_one())


def _spell_insert(dialect: Dialect) -> str:
    columns = [event.c[name] for name in ("writer", "number", "hash", *Draft._fields)]
    into = f"INSERT INTO event ({', '.join(dialect.identifier_preparer.quote(column.name) for column in columns)})"
    if dialect.name == "sqlite":
        return f"{into} VALUES ({', '.join('?' * len(columns))})"
    lists = ", ".join(f"%s::{column.type.compile(dialect)}[]" for column in columns)
    return f"{into} SELECT * FROM unnest({lists})"  # noqa: S608 - our own column names and their types


_HEAD: Final = "UPDATE writer SET events = ?, head = ? WHERE id = ?"

