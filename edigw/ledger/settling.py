"""When an interchange and a file are at an end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BindParameter, Connection, bindparam, exists, not_, select

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
_MINE: Final = (
    select(interchange.c.id, interchange.c.file, interchange.c.state)
    .where(interchange.c.id.in_(_some), interchange.c.direction == "in")
    .order_by(interchange.c.id)
    .with_for_update()
)
_OVER: Final = (
    select(interchange.c.id).where(interchange.c.id.in_(_some), not_(_message_left), not_(_delivery_left)).order_by(interchange.c.id)
)
_SPLIT: Final = select(file.c.id).where(file.c.id.in_(_some), file.c.state == FileState.SPLIT.value).order_by(file.c.id).with_for_update()
_FILES_OVER: Final = select(file.c.id).where(file.c.id.in_(_some), not_(_interchange_left)).order_by(file.c.id)


def finished(connection: Connection, interchanges: Sequence[int]) -> tuple[list[int], list[int]]:
    """Of *interchanges*: those that may settle now, and the files of all of them."""
    if not interchanges:
        return [], []
    # Two nodes may end the last two messages at once: the second waits here, and then sees the first.
    rows = connection.execute(_MINE, {"ids": list(interchanges)}).all()
    answered = [row.id for row in rows if row.state == InterchangeIn.ANSWERED.value]
    files = sorted({row.file for row in rows if row.file is not None})
    if not answered:
        return [], files
    return list(connection.execute(_OVER, {"ids": answered}).scalars()), files


def finished_files(connection: Connection, files: Sequence[int]) -> list[int]:
    """Of *files*: those in split whose interchanges are all at an end."""
    split = list(connection.execute(_SPLIT, {"ids": list(files)}).scalars())
    return list(connection.execute(_FILES_OVER, {"ids": split}).scalars()) if split else []
