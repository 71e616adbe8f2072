"""When an interchange and a file are at an end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, exists, not_, select

from edigw.ledger.queries import in_states
from edigw.states import AT_END, DeliveryState, FileState, InterchangeIn, Kind, MessageIn
from edigw.tables import delivery, file, interchange, message

_MESSAGE_ENDS = [state for state in AT_END if isinstance(state, MessageIn)]
_INTERCHANGE_ENDS = [state for state in AT_END if isinstance(state, InterchangeIn)]
_DELIVERY_ENDS = [state for state in AT_END if isinstance(state, DeliveryState)]


_message_left = exists().where(message.c.interchange == interchange.c.id, not_(in_states(Kind.MESSAGE, _MESSAGE_ENDS)))
_delivery_left = exists().where(delivery.c.interchange == interchange.c.id, not_(in_states(Kind.DELIVERY, _DELIVERY_ENDS)))
_interchange_left = exists().where(interchange.c.file == file.c.id, not_(in_states(Kind.INTERCHANGE, _INTERCHANGE_ENDS)))
_some: BindParameter[int] = bindparam("ids", expanding=True)
_mine = (interchange.c.id.in_(_some), interchange.c.direction == "in")
_LOCK: Final = select(interchange.c.id).where(*_mine).order_by(interchange.c.id).with_for_update()
_MINE: Final = (
    select(interchange.c.id, interchange.c.file, interchange.c.state, and_(not_(_message_left), not_(_delivery_left)).label("over"))
    .where(*_mine)
    .order_by(interchange.c.id)
)
_ended = frozenset(state.value for state in _INTERCHANGE_ENDS)
_split = (file.c.id.in_(_some), file.c.state == FileState.SPLIT.value)
_LOCK_FILES: Final = select(file.c.id).where(*_split).order_by(file.c.id).with_for_update()
_FILES_OVER: Final = select(file.c.id).where(*_split, not_(_interchange_left)).order_by(file.c.id)


def finished(connection: Connection, interchanges: Sequence[int]) -> tuple[list[int], list[int]]:
    """Of *interchanges*: those that may settle now, and the files that may be finished with them."""
    if not interchanges:
        return [], []
    rows = _locked(connection, _LOCK, _MINE, interchanges)
    over = [row.id for row in rows if row.over and row.state == InterchangeIn.ANSWERED.value]
    ended = {*over, *(row.id for row in rows if row.state in _ended)}
    return over, sorted({row.file for row in rows if row.id in ended and row.file is not None})


def finished_files(connection: Connection, files: Sequence[int]) -> list[int]:
    """Of *files*: those in split whose interchanges are all at an end."""
    return [row.id for row in _locked(connection, _LOCK_FILES, _FILES_OVER, files)]


def _locked(connection: Connection, lock: Select[Any], query: Select[Any], ids: Sequence[int]) -> Sequence[Any]:
    """What *query* finds once nobody else writes these rows.

    Two nodes may end the last two messages at once: the second waits here, and then sees the first. On SQLite the step
    is the only writer from its beginning.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(lock, {"ids": list(ids)})
    return connection.execute(query, {"ids": list(ids)}).all()
