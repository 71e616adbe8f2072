"""When an interchange and a file are at an end."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, exists, not_, select

from edigw.ledger.queries import in_states
from edigw.states import AT_END, DeliveryState, FileState, InterchangeIn, Kind, MessageIn
from edigw.tables import delivery, file, interchange, message

_MESSAGE_ENDS = [state for state in AT_END if isinstance(state, MessageIn)]
_INTERCHANGE_ENDS = [state for state in AT_END if isinstance(state, InterchangeIn)]
_DELIVERY_ENDS = [state for state in AT_END if isinstance(state, DeliveryState)]


def finished(connection: Connection, interchanges: Sequence[int]) -> tuple[list[int], list[int]]:
    """Of *interchanges*: those that may settle now, and the files of all of them."""
    if not interchanges:
        return [], []
    mine = select(interchange.c.id, interchange.c.file, interchange.c.state).where(
        interchange.c.id.in_(interchanges), interchange.c.direction == "in"
    )
    # Two nodes may end the last two messages at once: the second waits here, and then sees the first.
    rows = connection.execute(mine.order_by(interchange.c.id).with_for_update()).all()
    answered = [row.id for row in rows if row.state == InterchangeIn.ANSWERED.value]
    files = sorted({row.file for row in rows if row.file is not None})
    if not answered:
        return [], files
    message_left = exists().where(message.c.interchange == interchange.c.id, not_(in_states(Kind.MESSAGE, _MESSAGE_ENDS)))
    delivery_left = exists().where(delivery.c.interchange == interchange.c.id, not_(in_states(Kind.DELIVERY, _DELIVERY_ENDS)))
    query = select(interchange.c.id).where(interchange.c.id.in_(answered), not_(message_left), not_(delivery_left))
    return list(connection.execute(query.order_by(interchange.c.id)).scalars()), files


def finished_files(connection: Connection, files: Sequence[int]) -> list[int]:
    """Of *files*: those in split whose interchanges are all at an end."""
    locked = select(file.c.id).where(file.c.id.in_(files), file.c.state == FileState.SPLIT.value).order_by(file.c.id).with_for_update()
    split = list(connection.execute(locked).scalars())
    if not split:
        return []
    left = exists().where(interchange.c.file == file.c.id, not_(in_states(Kind.INTERCHANGE, _INTERCHANGE_ENDS)))
    return list(connection.execute(select(file.c.id).where(file.c.id.in_(split), not_(left)).order_by(file.c.id)).scalars())
