"""Whose turn it is: everything about one order of one partner reaches the back office in the order of its arrival.

Messages get their ids as they are recorded. Files are judged beside each other, and an
interchange of very many messages in pieces, so what came earlier may be recorded later: what
counts is the file a message came in, whose id is its arrival number, and its place there.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)

from edigw.ledger import locks
from edigw.ledger.queries import Questions
from edigw.ledger.row import Row
from edigw.states import AT_END, DeliveryState, FileState, InterchangeIn, Kind, MessageIn
from edigw.tables import delivery, file, interchange, message

_ENDS: Final = [state.value for state in AT_END if isinstance(state, MessageIn)]
# Spelled out: by a parameter no plan may count on the index of those messages that have an order key.
_NONE: Final[ColumnElement[str]] = literal_column("''")
_UNSPLIT: Final = (FileState.CLAIMED, FileState.ARCHIVED)


def arrival(row: Row) -> tuple[int, int, int]:
    """Where the message *row* stands in the order of arrival. A replay stands right behind what it repeats."""
    return (row.file or 0, row.span_start, row.id)


def waits_for(ledger: Questions, this: Row, *, most: int) -> list[Row]:
    """What keeps the message *this* from being delivered just now, by the rules of ``is_its_turn``.

    Messages of its order key, files that are not split and interchanges that are not read to their end; at most *most* of each.
    """
    going = [state for state in MessageIn if state not in AT_END]
    beside = ledger.rows(Kind.MESSAGE, order_key=this.order_key, state=going, limit=most) if this.order_key else []
    found = [row for row in beside if arrival(row) < arrival(this) or _under_way(ledger, row, this)]
    if not this.order_key or this.file is None:
        return found
    came = ledger.get(Kind.FILE, this.file)
    opened = ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.RECEIVED, partner=this.partner, limit=most)
    unsplit = ledger.rows(Kind.FILE, state=_UNSPLIT, partner=[this.partner, ""], limit=most)
    unsplit += ledger.rows(Kind.FILE, state=_UNSPLIT, channel=came.channel, limit=most) if came is not None else []
    found += [row for row in opened if row.id != this.interchange and (row.file, row.span_start) < (this.file, this.span_start)]
    found += {row.id: row for row in unsplit if row.id < this.file}.values()
    return found


def _under_way(ledger: Questions, row: Row, this: Row) -> bool:
    return row.id != this.id and bool(ledger.rows(Kind.DELIVERY, message=row.id, state=DeliveryState.UNDER_WAY, limit=1))


def locked(order_key: str) -> str:
    """What ``Tx.alone`` is told by a step that adds a message of *order_key* or takes up a delivery of it."""
    return f"order {order_key}"


@cache
def is_its_turn() -> ColumnElement[bool]:
    """Whether a row of ``delivery`` may be claimed as far as its order key goes."""
    this = message.alias("this")
    return or_(delivery.c.order_key == "", exists().where(this.c.id == delivery.c.message, _may_go(this)).correlate(delivery))


def in_turn(connection: Connection, messages: Collection[Row]) -> frozenset[int]:
    """Ids of those of *messages* whose deliveries may be claimed; asked before these are rows."""
    ordered = [row.id for row in messages if row.order_key]
    free = [row.id for row in messages if not row.order_key]
    if not ordered:
        return frozenset(free)
    return frozenset((*free, *connection.execute(_those_that_may_go(), {"ids": ordered}).scalars()))


def keep(connection: Connection, deliveries: Collection[int]) -> frozenset[int]:
    """Those of *deliveries* whose turn it is while nobody else can record or take up one of their order keys.

    For a database with several writers: one who has just recorded an earlier message of a key may not have been
    seen when they were looked for. What another node is at just now is left for the next look.
    """
    keys = {row.id: row.order_key for row in connection.execute(_keys_of(), {"ids": list(deliveries)})}
    ours = locks.take_free(connection, {locked(key) for key in keys.values() if key})
    reachable = [number for number, key in keys.items() if not key or locked(key) in ours]
    return frozenset(connection.execute(_still_in_turn(), {"ids": reachable}).scalars()) if ours else frozenset(reachable)


@cache
def _those_that_may_go() -> Select[Any]:
    this = message.alias("this")
    return select(this.c.id).where(_among(this), _may_go(this))


@cache
def _keys_of() -> Select[Any]:
    return select(delivery.c.id, delivery.c.order_key).where(_among(delivery))


@cache
def _still_in_turn() -> Select[Any]:
    return select(delivery.c.id).where(_among(delivery), is_its_turn())


def _among(table: FromClause) -> ColumnElement[bool]:
    among: ColumnElement[bool] = table.c.id.in_(bindparam("ids", expanding=True))
    return among


def _may_go(this: FromClause) -> ColumnElement[bool]:
    """Nothing of the key that came before *this* is short of its end, nothing such may still come, and nothing of it is under way.

    A held message is short of its end, so it blocks its key. Under way may be what came later, when
    this one was released by a person meanwhile. A file that came by nobody's own
    channel may hold anybody's.
    """
    earlier, beside = message.alias("earlier"), message.alias("beside")
    its_delivery = delivery.alias("its_delivery")
    its_file, unsplit, opened = file.alias("its_file"), file.alias("unsplit"), interchange.alias("opened")
    short_of_its_end = exists().where(
        earlier.c.order_key == this.c.order_key,
        earlier.c.order_key != _NONE,
        earlier.c.direction == "in",
        earlier.c.state.not_in(_ENDS),
        _arrival(earlier) < _arrival(this),
    )
    under_way = exists().where(
        beside.c.order_key == this.c.order_key,
        beside.c.order_key != _NONE,
        beside.c.id != this.c.id,
        its_delivery.c.message == beside.c.id,
        its_delivery.c.state == DeliveryState.UNDER_WAY.value,
    )
    not_split = exists().where(
        its_file.c.id == this.c.file,
        unsplit.c.id < this.c.file,
        unsplit.c.state.in_([state.value for state in _UNSPLIT]),
        or_(unsplit.c.channel == its_file.c.channel, unsplit.c.partner.in_((this.c.partner, _NONE))),
    )
    not_read_to_its_end = exists().where(
        opened.c.state == InterchangeIn.RECEIVED.value,
        opened.c.partner == this.c.partner,
        opened.c.id.is_distinct_from(this.c.interchange),
        tuple_(opened.c.file, opened.c.span_start) < tuple_(this.c.file, this.c.span_start),
    )
    return and_(*(not_(one.correlate(this)) for one in (short_of_its_end, under_way, not_split, not_read_to_its_end)))


def _arrival(table: FromClause) -> ColumnElement[Any]:
    return tuple_(func.coalesce(table.c.file, 0), table.c.span_start, table.c.id)
