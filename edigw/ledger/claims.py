"""Leases on rows: who works on what, and until when.

A claim raises the row's attempt, and whatever its owner writes later says owner and attempt.
So a lease that ends too early costs work done twice and never a state written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Interval,
    Select,
    Table,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from edigw.ledger import turns
from edigw.ledger.queries import begins, in_states
from edigw.ledger.row import Row
from edigw.ledger.turns import is_its_turn
from edigw.states import DeliveryState, Kind, State
from edigw.tables import KINDS, delivery
from edigw.tables import lease as named

NODE: Final = "node:"  # how the leases of nodes are named
_DATABASE_NOW: Final = select(func.now())


def claim(
    connection: Connection,
    kind: Kind,
    state: State,
    *,
    to: State | None,
    limit: int,
    lease: timedelta,
    now: datetime,
    given: bool,
    owner: str,
    filters: Mapping[str, Any],
) -> list[tuple[Row, State]]:
    """Claimed rows, oldest due first, each with the state it was in. *given*: use *now* even where the database has a clock."""
    clocked = connection.dialect.name == "postgresql" and not given
    values = {f"only_{name}": value for name, value in filters.items()}
    taken: dict[int, State] = {}
    # First those whose owner let the lease run out: they have waited longest.
    for was, expired in ((to, True), (state, False)):
        if was is None or len(taken) >= limit:
            continue
        query = _candidates(kind, was, expired, tuple(filters), clocked)
        found = connection.execute(query, {**values, "moment": now, "most": limit - len(taken)}).scalars()
        taken |= dict.fromkeys(found, was)
    fresh = [number for number, was in taken.items() if was is state]
    if fresh and kind is Kind.DELIVERY and connection.dialect.name == "postgresql":
        kept = turns.keep(connection, fresh)
        taken = {number: was for number, was in taken.items() if was is not state or number in kept}
    if not taken:
        return []
    written = {"ids": list(taken), "to_owner": owner, "to_state": to.value if to is not None else "", "now": now}
    written |= {"lease": lease} if clocked else {"until": now + lease}
    rows = [Row(kind, dict(one)) for one in connection.execute(_take(kind, to is not None, clocked), written).mappings()]
    rows.sort(key=lambda row: (row.due_at, row.id))
    return [(row, taken[row.id]) for row in rows]


# Claims are asked for several times a second and lane, so their statements are made once.


@lru_cache(maxsize=128)
def _candidates(kind: Kind, was: State, expired: bool, names: tuple[str, ...], clocked: bool) -> Select[Any]:
    """Ids of rows in *was* that are due, or whose lease ended; *names* are columns that must equal a value."""
    table = KINDS[kind]
    for name in names:
        if name not in table.c:
            raise TypeError(f"a {kind.value} has no {name!r}")
    moment: Any = func.now() if clocked else bindparam("moment", type_=table.c.due_at.type)
    ready = table.c.lease_until <= moment if expired else _is_due(kind, moment)
    only = [table.c[name] == bindparam(f"only_{name}", type_=table.c[name].type) for name in names]
    query = select(table.c.id).where(in_states(kind, [was]), ready, *only)
    return query.order_by(table.c.due_at, table.c.id).limit(bindparam("most", type_=Integer)).with_for_update(skip_locked=True)


@lru_cache(maxsize=32)
def _take(kind: Kind, moved: bool, clocked: bool) -> ReturningUpdate[Any]:
    table = KINDS[kind]
    until: Any = func.now() + bindparam("lease", type_=Interval) if clocked else bindparam("until", type_=table.c.lease_until.type)
    write = update(table).where(table.c.id.in_(bindparam("ids", expanding=True)))
    write = write.values(owner=bindparam("to_owner"), attempt=table.c.attempt + 1, lease_until=until)
    if moved:
        write = write.values(state=bindparam("to_state"), changed_at=bindparam("now", type_=table.c.changed_at.type))
    return write.returning(table)


def _moment(connection: Connection, now: datetime, given: bool) -> Any:
    """Now, on a clock that all nodes share: on PostgreSQL the database's, unless somebody brings his own."""
    return func.now() if connection.dialect.name == "postgresql" and not given else now


def moment(connection: Connection, now: datetime, *, given: bool) -> datetime:
    """Now, on a clock that all nodes share: on PostgreSQL the database's, unless somebody brings his own (*given*)."""
    if given or connection.dialect.name != "postgresql":
        return now
    begins_at: datetime = connection.execute(_DATABASE_NOW).scalar_one()
    return begins_at


def lease_end(connection: Connection, lease: timedelta, now: datetime, *, given: bool) -> datetime:
    """When a claim that begins now ends, for a row that is being inserted with it."""
    return moment(connection, now, given=given) + lease


def _is_due(kind: Kind, moment: Any) -> ColumnElement[bool]:
    table = KINDS[kind]
    due = and_(table.c.due_at <= moment, or_(table.c.lease_until.is_(None), table.c.lease_until <= moment))
    return and_(due, is_its_turn()) if kind is Kind.DELIVERY else due


def renew(connection: Connection, kind: Kind, rows: Sequence[Row], lease: timedelta, now: datetime, *, given: bool) -> list[Row]:
    """Those of *rows* that are still ours, with their leases begun anew."""
    if not rows:
        return []
    table = KINDS[kind]
    moment = _moment(connection, now, given)
    connection.execute(update(table).where(_ours(table)).values(lease_until=moment + lease), _fences(rows))
    held = {(row.id, row.owner, row.attempt) for row in rows}
    query = select(table).where(table.c.id.in_([row.id for row in rows])).order_by(table.c.id)
    there = [Row(kind, dict(found)) for found in connection.execute(query).mappings()]
    return [row for row in there if (row.id, row.owner, row.attempt) in held]


def bring_forward(connection: Connection, lane: str, now: datetime) -> int:
    """Give every delivery that is due in *lane*, now or later, the time of the first of them, or *now*; how many."""
    waiting = and_(delivery.c.lane == lane, delivery.c.state == DeliveryState.DUE.value)
    first = connection.execute(select(func.min(delivery.c.due_at)).where(waiting)).scalar_one()
    if first is None:
        return 0
    return connection.execute(update(delivery).where(waiting).values(due_at=min(first, now))).rowcount


def release(connection: Connection, kind: Kind, rows: Sequence[Row]) -> None:
    """Let go of *rows* without having moved them; those no longer ours stay as they are."""
    if rows:
        connection.execute(update(KINDS[kind]).where(_ours(KINDS[kind])).values(owner=None, lease_until=None), _fences(rows))


def _ours(table: Table) -> ColumnElement[bool]:
    return and_(table.c.id == bindparam("is_id"), table.c.owner == bindparam("is_owner"), table.c.attempt == bindparam("is_attempt"))


def _fences(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"is_id": row.id, "is_owner": row.owner, "is_attempt": row.attempt} for row in rows]


def expire(connection: Connection, node: str, owner: str, now: datetime, *, given: bool) -> int:
    """End the leases of *node*'s earlier boots, which are dead; how many."""
    at = _moment(connection, now, given)
    return _expire(connection, at, lambda table: and_(begins(table.c.owner, f"{node}/"), table.c.owner != owner))


def expire_of(connection: Connection, owners: Collection[str], now: datetime, *, given: bool) -> int:
    """End the leases of *owners*, who are dead or have left; how many."""
    return _expire(connection, _moment(connection, now, given), lambda table: table.c.owner.in_(owners))


def expire_strangers(connection: Connection, now: datetime, *, given: bool) -> int:
    """End the leases of all who hold no node's lease; how many. One question a table: who began since is not among them."""
    at = _moment(connection, now, given)
    present = select(named.c.holder).where(begins(named.c.name, NODE), named.c.until > at)
    return _expire(connection, at, lambda table: table.c.owner.not_in(present))


def _expire(connection: Connection, at: Any, whose: Callable[[Table], ColumnElement[bool]]) -> int:
    statements = (update(table).where(table.c.lease_until > at, whose(table)).values(lease_until=at) for table in KINDS.values())
    return sum(connection.execute(one).rowcount for one in statements)
