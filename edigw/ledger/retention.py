"""What may be removed, and its removal: bodies of payloads, and the events of sealed stretches.

Something is kept while a row that names it is not at an end, came there too lately, or is
under a legal hold. Rows, hashes, sizes, seals and control numbers stay for good, so that the
same bytes are known again and the chains can be verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, func, insert, not_, or_, select, update

from edigw import states
from edigw.ledger.book import Ledger
from edigw.ledger.queries import in_states
from edigw.ledger.transaction import Tx
from edigw.records import dataclass
from edigw.states import AT_END, Kind, MessageIn
from edigw.tables import KINDS, delivery, event, file, interchange, legal_hold, message, payload, seal

BATCH: Final = 200  # payloads removed in one transaction
EVENTS: Final = 5_000  # events removed in one transaction: others wait no longer than that takes
GONE: Final = "gone"  #: the codec of a payload whose file in the archive is removed, too

_NAMING: Final = {
    Kind.FILE: file.c.payload,
    Kind.INTERCHANGE: interchange.c.payload,
    Kind.MESSAGE: message.c.document,
    Kind.DELIVERY: delivery.c.payload,
}


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold: on a partner, or on a row with the whole file it came in."""

    id: int
    partner: str
    kind: str
    row: int
    person: str
    reason: str
    placed_at: datetime

    @property
    def on(self) -> str:
        """``acme`` or ``M31``."""
        return self.partner or states.show_id(Kind(self.kind), self.row)


@dataclass(slots=True)
class Held:
    """What active holds cover. *ids* are those of the holds themselves."""

    ids: tuple[int, ...] = ()
    partners: set[str] = field(default_factory=set)
    files: set[int] = field(default_factory=set)
    rows: dict[Kind, set[int]] = field(default_factory=lambda: {kind: set() for kind in Kind})


# -- legal holds


def holds(connection: Connection) -> list[Hold]:
    """The holds that nobody has lifted, the oldest first."""
    columns = [legal_hold.c[name] for name in Hold.__slots__]
    found = connection.execute(select(*columns).where(legal_hold.c.lifted_at.is_(None)).order_by(legal_hold.c.id)).all()
    return [Hold(**row._mapping) for row in found]


def place(tx: Tx, person: str, reason: str, *, partner: str = "", kind: Kind | None = None, row: int = 0) -> None:
    """Put a legal hold on everything of *partner*, or on one row and the file it came in."""
    facts = {"partner": partner, "kind": kind.value if kind else "", "row": row, "person": person, "reason": reason, "placed_at": tx.now}
    tx.connection.execute(insert(legal_hold), facts)
    tx.event(kind or "gateway", row, "legal hold", f"by {person}: {reason}", **({"partner": partner} if partner else {}))


def lift(tx: Tx, hold: Hold, person: str, reason: str) -> bool:
    """End *hold*; False when it has ended before."""
    ended = update(legal_hold).where(legal_hold.c.id == hold.id, legal_hold.c.lifted_at.is_(None)).values(lifted_at=tx.now)
    if tx.connection.execute(ended).rowcount != 1:
        return False
    kind = Kind(hold.kind) if hold.kind else "gateway"
    tx.event(kind, hold.row, "legal hold lifted", f"by {person}: {reason}", **({"partner": hold.partner} if hold.partner else {}))
    return True


def held(connection: Connection) -> Held:
    """What is under a legal hold now."""
    every = holds(connection)
    found = Held(tuple(one.id for one in every), {one.partner for one in every if one.partner})
    for one in every:
        if one.kind:
            _cover(connection, found, Kind(one.kind), one.row)
    return found


def _cover(connection: Connection, found: Held, kind: Kind, number: int) -> None:
    found.rows[kind].add(number)
    if kind is Kind.FILE:
        found.files.add(number)
        return
    row = connection.execute(select(KINDS[kind]).where(KINDS[kind].c.id == number)).mappings().one_or_none()
    if row is None:
        return
    if row.get("file") is not None:
        found.files.add(row["file"])
    for name, other in (("message", Kind.MESSAGE), ("interchange", Kind.INTERCHANGE)):
        if row.get(name) is not None and row[name] not in found.rows[other]:
            _cover(connection, found, other, row[name])


# -- what must stay


def kept(kind: Kind, until: datetime, under: Held) -> ColumnElement[bool]:
    """Whether a row of *kind* keeps what it names: not at an end, or there only since *until*, or *under* a hold."""
    table = KINDS[kind]
    ends = [state for state in AT_END if states.place(state)[0] is kind]
    why = [not_(in_states(kind, ends)), table.c.changed_at > until]
    if under.partners:
        why.append(table.c.partner.in_(under.partners))
    if under.rows[kind]:
        why.append(table.c.id.in_(under.rows[kind]))
    if kind is Kind.FILE:
        open_ = not_(in_states(Kind.MESSAGE, [state for state in AT_END if isinstance(state, MessageIn)]))
        why.append(table.c.id.in_(select(message.c.file).where(message.c.replay_of.is_not(None), message.c.file.is_not(None), open_)))
    if under.files:
        why.append(_of_files(kind, under.files))
    return or_(*why)


def _of_files(kind: Kind, files: set[int]) -> ColumnElement[bool]:
    match kind:
        case Kind.FILE:
            return file.c.id.in_(files)
        case Kind.INTERCHANGE:
            return interchange.c.file.in_(files)
        case Kind.MESSAGE:
            return message.c.file.in_(files)
    inside = select(interchange.c.id).where(interchange.c.file.in_(files)), select(message.c.id).where(message.c.file.in_(files))
    return or_(delivery.c.interchange.in_(inside[0]), delivery.c.message.in_(inside[1]))


# -- payloads


def _over(until: datetime, under: Held) -> ColumnElement[bool]:
    """A payload that rows name, and none of them keeps. What no row names is a configuration, which is never removed."""
    named = [exists().where(column == payload.c.id) for column in _NAMING.values()]
    wanted = [exists().where(column == payload.c.id, kept(kind, until, under)) for kind, column in _NAMING.items()]
    return and_(payload.c.removed_at.is_(None), payload.c.created_at <= until, or_(*named), not_(or_(*wanted)))


def payloads_over(ledger: Ledger, until: datetime) -> tuple[list[int], int]:
    """Payloads whose bodies may be removed, and how many bytes they are, uncompressed."""
    with ledger.snapshot() as connection:
        found = connection.execute(select(payload.c.id, payload.c.size).where(_over(until, held(connection))).order_by(payload.c.id)).all()
    return [row.id for row in found], sum(row.size for row in found)


def remove_payloads(tx: Tx, ids: Sequence[int], until: datetime, why: str) -> tuple[int, int]:
    """Remove the bodies of those of *ids* that nothing keeps now; how many, and their bytes."""
    # Whoever records the same bytes again waits for this lock, and then brings the body back.
    tx.connection.execute(select(payload.c.id).where(payload.c.id.in_(ids)).order_by(payload.c.id).with_for_update())
    under = held(tx.connection)
    found = tx.connection.execute(select(payload.c.id, payload.c.size).where(payload.c.id.in_(ids), _over(until, under))).all()
    if not found:
        return 0, 0
    gone = sorted(row.id for row in found)
    tx.connection.execute(update(payload).where(payload.c.id.in_(gone)).values(body=None, removed_at=tx.now))
    size = sum(row.size for row in found)
    tx.event("gateway", 0, "removed", why, payloads=len(gone), bytes=size, ids=",".join(map(str, gone)))
    return len(gone), size


def left_in_archive(ledger: Ledger) -> list[tuple[int, bytes]]:
    """Payloads that are removed and whose files still stand: (id, hash)."""
    with ledger.snapshot() as connection:
        query = select(payload.c.id, payload.c.sha256).where(payload.c.removed_at.is_not(None), payload.c.codec == "archive")
        return [(row.id, row.sha256) for row in connection.execute(query.order_by(payload.c.id))]


def gone_from_archive(tx: Tx, ids: Sequence[int]) -> None:
    """The files of these payloads are removed; one that arrived again meanwhile has its file, and stays as it is."""
    tx.connection.execute(update(payload).where(payload.c.id.in_(ids), payload.c.removed_at.is_not(None)).values(codec=GONE))


# -- events


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed stretch that may be removed. *holds* are those it was looked at under."""

    id: int
    events: int
    holds: tuple[int, ...]


def stretches_over(ledger: Ledger, until: datetime) -> Iterator[Sealed]:
    """Sealed stretches of whose events none speaks of a row that keeps them."""
    with ledger.snapshot() as connection:
        under = held(connection)
        old = select(seal).where(seal.c.removed_at.is_(None), seal.c.last_at <= until).order_by(seal.c.id)
        for one in connection.execute(old).all():
            if not any(_speaks_of(connection, one, kind, until, under) for kind in Kind):
                yield Sealed(one.id, one.last - one.first + 1, under.ids)


def _speaks_of(connection: Connection, one: Any, kind: Kind, until: datetime, under: Held) -> bool:
    table = KINDS[kind]
    mine = and_(event.c.writer == one.writer, event.c.number.between(one.first, one.last), event.c.kind == kind.value)
    query: Select[Any] = select(event.c.id).join(table, table.c.id == event.c.row).where(mine, kept(kind, until, under)).limit(1)
    return connection.execute(query).one_or_none() is not None


def remove_stretch(tx: Tx, one: Sealed, why: str) -> bool:
    """Mark a stretch as removed, from when on its events are not looked at; False when a hold was placed since it was chosen."""
    active = select(legal_hold.c.id).where(legal_hold.c.lifted_at.is_(None)).order_by(legal_hold.c.id)
    if not set(tx.connection.execute(active).scalars()) <= set(one.holds):
        return False
    mark = update(seal).where(seal.c.id == one.id, seal.c.removed_at.is_(None)).values(removed_at=tx.now)
    if tx.connection.execute(mark).rowcount != 1:
        return False
    tx.event("gateway", 0, "removed", why, seal=one.id, events=one.events)
    return True


def sweep_events(tx: Tx) -> int:
    """Remove up to EVENTS events of stretches that are marked as removed; how many. 0: none is left."""
    inside = and_(event.c.writer == seal.c.writer, event.c.number.between(seal.c.first, seal.c.last))
    left = select(seal.c.writer, seal.c.first, seal.c.last).where(seal.c.removed_at.is_not(None), exists().where(inside)).limit(1)
    one = tx.connection.execute(left).one_or_none()
    if one is None:
        return 0
    mine = and_(event.c.writer == one.writer, event.c.number.between(one.first, one.last))
    some = select(event.c.id).where(mine).order_by(event.c.number).limit(EVENTS)
    return tx.connection.execute(delete(event).where(event.c.id.in_(some.scalar_subquery()))).rowcount


def stretches(ledger: Ledger) -> tuple[int, int]:
    """How many stretches are sealed, and of how many of them the events are removed."""
    with ledger.snapshot() as connection:
        row = connection.execute(select(func.count(), func.count(seal.c.removed_at)).select_from(seal)).one()
        return int(row[0]), int(row[1])
