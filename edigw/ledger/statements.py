"""The statements of steps, made once: building one costs several times its execution."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Boolean, Select, String, Table, Update, bindparam, func, insert, literal, null, or_, select, text, union_all, update

from edigw.ledger.upserts import insert_into
from edigw.states import InterchangeIn, Kind
from edigw.tables import KINDS, Words, business_key, file, interchange, message, payload


def _several(name: str, type_: Any = None) -> Any:
    return bindparam(name, expanding=True, type_=type_)


_same = (interchange.c.direction == "in", interchange.c.duplicate_of.is_(None))
_rank = func.row_number().over(partition_by=interchange.c.digest, order_by=interchange.c.id)
_back = func.row_number().over(partition_by=interchange.c.digest, order_by=interchange.c.id.desc())
_among = interchange.c.digest.in_(_several("digests"))
_ranked = select(interchange.c.id, _rank.label("rank"), _back.label("back")).where(_among, *_same).subquery()
_shown = select(_ranked.c.id).where(or_(_ranked.c.rank <= bindparam("most"), _ranked.c.back <= bindparam("most")))
#: What came before: with the same bytes ("seen"), and under the same control number ("numbered").
BEFORE: Final = union_all(
    select(literal("seen").label("asked"), interchange).where(interchange.c.id.in_(_shown)),
    select(literal("numbered"), interchange).where(
        interchange.c.control_number.in_(_several("numbers")),
        interchange.c.created_at >= bindparam("since", type_=interchange.c.created_at.type),
        interchange.c.state != InterchangeIn.CLOSED.value,
        *_same,
    ),
)
#: Documents that went on, or will when a person has looked: those that one of the same number is compared with.
SAID: Final = (
    select(message.c.partner, message.c.kind, message.c.key, message.c.contents, func.max(message.c.id).label("last"))
    .where(
        message.c.key.in_(_several("keys", message.c.key.type)),
        message.c.contents != "",
        message.c.direction == "in",
        message.c.verdict != "rejected",
        message.c.replay_of.is_(None),
        # Not "in": SQLite would take the index of states then, and read every message there is.
        message.c.state.not_in(("received", "rejected", "closed")),
        message.c.held.not_in(_several("held")),
    )
    .group_by(message.c.partner, message.c.kind, message.c.key, message.c.contents)
)
ARRIVALS: Final = select(file).where(
    file.c.channel == bindparam("channel"), file.c.path.in_(_several("paths", file.c.path.type)), file.c.retired_at.is_(None)
)
RETIRE: Final = (
    update(file)
    .where(file.c.id.in_(_several("ids")), file.c.retired_at.is_(None))
    .values(retired_at=bindparam("now", type_=file.c.retired_at.type))
    .returning(file.c.id)
)
PAYLOAD_IDS: Final = select(payload.c.sha256, payload.c.id).where(payload.c.sha256.in_(_several("hashes", payload.c.sha256.type)))
INTERCHANGES_OF: Final = (
    select(message.c.interchange).where(message.c.id.in_(_several("messages")), message.c.interchange.is_not(None)).distinct()
)
KEYS: Final = insert(business_key)
DRAW: Final = text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :count)")


@lru_cache(maxsize=2)
def payload_insert(on_sqlite: bool) -> Any:
    """Returns what it wrote. Bodies that retention removed come back with the bytes that arrive again."""
    made = insert_into(payload, "sqlite" if on_sqlite else "postgresql")
    again = {"codec": made.excluded.codec, "body": made.excluded.body, "removed_at": null()}
    made = made.on_conflict_do_update(index_elements=["sha256"], set_=again, where=payload.c.removed_at.is_not(None))
    return made.returning(payload.c.sha256, payload.c.id)


@lru_cache(maxsize=8)
def last_id(table: Table) -> Select[Any]:
    return select(func.max(table.c.id))


@lru_cache(maxsize=8)
def insert_rows(table: Table) -> Any:
    return insert(table)


@lru_cache(maxsize=8)
def empty(table: Table) -> Mapping[str, Any]:
    """What a row has in the columns that were not given: what the database would put there."""
    return {column.name: _default(column) for column in table.c}


def _default(column: Any) -> Any:
    if column.server_default is None:
        return None
    spelled = str(column.server_default.arg)
    if isinstance(column.type, Words | String):
        return spelled
    return spelled == "1" if isinstance(column.type, Boolean) else int(spelled)


@lru_cache(maxsize=512)
def update_rows(kind: Kind, fenced: bool, guard: tuple[str, ...], names: tuple[str, ...]) -> Update:
    table = KINDS[kind]
    made = update(table).where(table.c.id == bindparam("is_id"))
    if "is_state" in guard:
        made = made.where(table.c.state == bindparam("is_state"))
    if "is_direction" in guard:
        made = made.where(table.c.direction == bindparam("is_direction"))
    if fenced:
        made = made.where(table.c.owner == bindparam("is_owner"), table.c.attempt == bindparam("is_attempt"))
    else:
        free = or_(table.c.owner.is_(None), table.c.owner == bindparam("is_owner"), table.c.lease_until <= bindparam("is_now"))
        made = made.where(free)
    return made.values({table.c[name]: bindparam(f"to_{name}", type_=table.c[name].type) for name in names})
