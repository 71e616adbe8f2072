"""Questions to the ledger: the same in a step's transaction and outside of one."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, or_, select

from edigw import states
from edigw.ledger.events import Event
from edigw.ledger.row import Row
from edigw.states import Kind, State
from edigw.tables import KINDS, business_key, event, writer


class Questions:
    """What a step and a reader may both ask. Each answer is complete when it is given."""

    def _reading(self) -> AbstractContextManager[Connection]:
        raise NotImplementedError

    def get(self, kind: Kind, number: int) -> Row | None:
        """The row with this id, or None."""
        table = KINDS[kind]
        with self._reading() as connection:
            found = connection.execute(select(table).where(table.c.id == number)).mappings().one_or_none()
        return None if found is None else make(kind, found)

    def rows(
        self,
        kind: Kind,
        *,
        limit: int = 100,
        after: int = 0,
        newest: bool = False,
        since: datetime | None = None,
        **filters: Any,
    ) -> list[Row]:
        """Up to *limit* rows by id, those above *after*, or the newest first.

        A filter names a column and gives a value, a collection of values, or None; ``state``
        takes states. *since* compares with when a row was made. An unknown column raises
        TypeError.
        """
        table = KINDS[kind]
        query = select(table).where(*conditions(kind, filters)).limit(limit)
        if after:
            query = query.where(table.c.id < after if newest else table.c.id > after)
        if since is not None:
            query = query.where(table.c.created_at >= since)
        return self._all(kind, query.order_by(table.c.id.desc() if newest else table.c.id))

    def count(self, kind: Kind, **filters: Any) -> int:
        """How many rows there are of which the filters of ``rows`` hold."""
        with self._reading() as connection:
            query = select(func.count()).select_from(KINDS[kind]).where(*conditions(kind, filters))
            return int(connection.execute(query).scalar_one())

    def tally(self, kind: Kind, **filters: Any) -> dict[State, tuple[int, datetime]]:
        """For each state that has rows: how many, and since when the longest of them is in it."""
        table = KINDS[kind]
        direction = table.c.direction if kind in states.DIRECTED else None
        by = [table.c.state] if direction is None else [table.c.state, direction]
        query = select(*by, func.count(), func.min(table.c.changed_at, type_=table.c.changed_at.type)).where(*conditions(kind, filters))
        with self._reading() as connection:
            found = connection.execute(query.group_by(*by)).all()
        return {states.read(kind, "" if direction is None else row[1], row[0]): (int(row[-2]), row[-1]) for row in found}

    def waiting(self, kind: Kind, wanted: Iterable[State]) -> list[tuple[str, str, int, datetime]]:
        """(state, partner, how many, since when the first of them is in it) of the rows in these states."""
        table = KINDS[kind]
        since = func.min(table.c.changed_at, type_=table.c.changed_at.type)
        query = select(table.c.state, table.c.partner, func.count(), since).where(in_states(kind, wanted))
        with self._reading() as connection:
            found = connection.execute(query.group_by(table.c.state, table.c.partner)).all()
        return [(str(row[0]), str(row[1]), int(row[2]), row[3]) for row in found]

    def find(self, words: str, *, limit: int = 50) -> list[Row]:
        """Files, interchanges and messages known by *words*, newest first of each kind.

        A file by its name, an interchange by its control number, a message by its control
        number, its document's number, or any number its map names for finding. ``PO-47*``
        finds what begins so.
        """
        message = KINDS[Kind.MESSAGE]
        known = select(business_key.c.message).where(_matches(business_key.c.value, words))
        # One question for each column, so that each goes by its index.
        asked: dict[Kind, list[ColumnElement[bool]]] = {
            Kind.FILE: [_matches(KINDS[Kind.FILE].c.name, words)],
            Kind.INTERCHANGE: [_matches(KINDS[Kind.INTERCHANGE].c.control_number, words)],
            Kind.MESSAGE: [_matches(message.c.key, words), _matches(message.c.control_number, words), message.c.id.in_(known)],
        }
        found: list[Row] = []
        for kind, conditions_of in asked.items():
            table = KINDS[kind]
            rows: dict[int, Row] = {}
            for condition in conditions_of:
                newest = self._all(kind, select(table).where(condition).order_by(table.c.id.desc()).limit(limit))
                rows |= {row.id: row for row in newest}
            found += sorted(rows.values(), key=lambda row: -row.id)[:limit]
        return found

    def known_by(self, message: int) -> list[tuple[str, str]]:
        """By what ``find`` knows this message."""
        query = select(business_key.c.name, business_key.c.value).where(business_key.c.message == message).order_by(business_key.c.id)
        with self._reading() as connection:
            return [(row.name, row.value) for row in connection.execute(query)]

    def history(self, kind: Kind, number: int) -> list[Event]:
        """Everything that happened to one row, in order."""
        return self._events(_EVENTS.where(event.c.kind == kind.value, event.c.row == number).order_by(event.c.id))

    def events(self, *, after: int = 0, limit: int = 1000) -> list[Event]:
        """What happened behind event *after*, in order."""
        return self._events(_EVENTS.where(event.c.id > after).order_by(event.c.id).limit(limit))

    def last_event(self) -> int:
        """The id of the newest event, 0 when there is none."""
        with self._reading() as connection:
            return int(connection.execute(select(func.max(event.c.id))).scalar_one() or 0)

    def _events(self, query: Select[Any]) -> list[Event]:
        with self._reading() as connection:
            found = connection.execute(query).all()
        return [
            Event(
                row.id,
                row.at,
                row.kind,
                row.row,
                row.name,
                row.was,
                row.state,
                row.why,
                json.loads(row.facts) if row.facts else {},
                row.writer,
                row.person,
            )
            for row in found
        ]

    def _all(self, kind: Kind, query: Select[Any], values: Mapping[str, Any] | None = None) -> list[Row]:
        with self._reading() as connection:
            return [make(kind, found) for found in connection.execute(query, values).mappings()]


_EVENTS = select(
    event.c.id,
    event.c.at,
    event.c.kind,
    event.c.row,
    event.c.name,
    event.c.was,
    event.c.state,
    event.c.why,
    event.c.facts,
    writer.c.name.label("writer"),
    writer.c.person,
).join(writer, writer.c.id == event.c.writer)


def make(kind: Kind, found: RowMapping) -> Row:
    return Row(kind, dict(found))


def conditions(kind: Kind, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """The filters of ``rows`` as conditions."""
    table = KINDS[kind]
    made: list[ColumnElement[bool]] = []
    for name, value in filters.items():
        if name not in table.c:
            raise TypeError(f"a {kind.value} has no {name!r}")
        several = value if isinstance(value, Collection) and not isinstance(value, str | bytes) else (value,)
        if name == "state":
            made.append(in_states(kind, several))
        elif value is None:
            made.append(table.c[name].is_(None))
        elif several is value:
            made.append(table.c[name].in_(list(several)))
        else:
            made.append(table.c[name] == value)
    return made


def in_states(kind: Kind, wanted: Iterable[State]) -> ColumnElement[bool]:
    """Whether a row of *kind* is in one of these states; a state of the other direction is another state."""
    table = KINDS[kind]
    values: dict[str, list[str]] = {}
    for state in wanted:
        if not isinstance(state, Enum) or states.place(state)[0] is not kind:
            raise TypeError(f"{state!r} is no state of a {kind.value}")
        values.setdefault(states.place(state)[1], []).append(state.value)
    if kind not in states.DIRECTED:
        return table.c.state.in_([value for some in values.values() for value in some])
    return or_(False, *(and_(table.c.direction == direction, table.c.state.in_(some)) for direction, some in values.items()))


def _matches(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    return begins(column, words[:-1]) if words.endswith("*") else column == words


def begins(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Whether *column* begins with *prefix*, letter by letter; LIKE would not tell A from a on SQLite."""
    return and_(column >= prefix, func.substr(column, 1, len(prefix)) == prefix)  # the first half may use an index
