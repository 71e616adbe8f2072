"""Seals: each writer's chain, cut by days into stretches whose end is written down apart from the events.

A stretch is sealed when its day is over. Its events may then be removed as a whole: the seal
carries the hash on which the next stretch is chained, and is chained to the seal before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from edigw.ledger.book import Ledger
from edigw.ledger.chains import PAGE, RESTORE, drafted, seal_hash
from edigw.ledger.damage import CHAIN, Damage
from edigw.ledger.events import link, seed
from edigw.ledger.transaction import Tx
from edigw.records import dataclass
from edigw.tables import event, moment, seal, writer


@dataclass(slots=True)
class Stretch:
    """Events of one writer and one day of UTC, not sealed yet. Members are named as those of ``seal``."""

    writer: int
    name: str
    number: int
    first: int
    last: int
    first_id: int
    last_id: int
    first_at: datetime
    last_at: datetime
    head: bytes
    hash: bytes = b""


def unsealed(ledger: Ledger, now: datetime) -> tuple[list[Stretch], list[Damage]]:
    """Stretches whose day is over, in the order of their chains; and chains that do not hold, which are not sealed."""
    found: list[Stretch] = []
    damaged: list[Damage] = []
    with ledger.snapshot() as connection:
        last = select(func.max(seal.c.last)).where(seal.c.writer == writer.c.id).scalar_subquery()
        behind = writer.c.events > func.coalesce(last, 0)
        for one in connection.execute(select(writer).where(behind).order_by(writer.c.id)).all():
            made, trouble = _cut(connection, one, now.astimezone(UTC).date())
            found += made
            damaged += trouble
    return found, damaged


def _cut(connection: Connection, one: Any, today: date) -> tuple[list[Stretch], list[Damage]]:
    newest = select(seal).where(seal.c.writer == one.id).order_by(seal.c.number.desc()).limit(1)
    before = connection.execute(newest).one_or_none()
    number, head = (0, seed(one.name)) if before is None else (before.last, before.head)
    sealed, chained = (0, seed(one.name)) if before is None else (before.number, before.hash)
    stretches: list[Stretch] = []
    for row in _events(connection, one.id, number, one.events):
        if row.number != number + 1 or link(head, one.name, row.number, moment(row.at), drafted(row)) != row.hash:
            last = stretches[0].first - 1 if stretches else number
            text = f"event {row.number} is not what was written, so nothing behind event {last} is sealed"
            return [], [Damage(CHAIN, one.name, text, f"edigw verify; {RESTORE}")]
        number, head = row.number, row.hash
        if stretches and stretches[-1].first_at.date() == row.at.date():
            grown = stretches[-1]
            grown.last, grown.last_id, grown.head = row.number, row.id, row.hash
            grown.first_at, grown.last_at = min(grown.first_at, row.at), max(grown.last_at, row.at)
        else:
            sealed += 1
            stretches.append(Stretch(one.id, one.name, sealed, row.number, row.number, row.id, row.id, row.at, row.at, row.hash))
    if stretches and stretches[-1].first_at.date() >= today:
        stretches.pop()
    for stretch in stretches:
        stretch.hash = chained = seal_hash(chained, one.name, stretch)
    return stretches, []


def _events(connection: Connection, number: int, after: int, until: int) -> Iterator[Any]:
    wanted = select(event).where(event.c.writer == number, event.c.number <= until).order_by(event.c.number).limit(PAGE)
    while page := connection.execute(wanted.where(event.c.number > after)).all():
        yield from page
        after = page[-1].number


def write(tx: Tx, stretches: Sequence[Stretch]) -> None:
    """Seal *stretches*; the seals' own hashes go into an event, so that a seal put in later shows."""
    if not stretches:
        return
    names = [column.name for column in seal.c if column.name not in ("id", "sealed_at", "removed_at")]
    tx.connection.execute(insert(seal), [{name: getattr(one, name) for name in names} | {"sealed_at": tx.now} for one in stretches])
    together = hashlib.sha256(b"".join(one.hash for one in stretches)).hexdigest()
    tx.event("gateway", 0, "sealed", seals=len(stretches), events=sum(one.last - one.first + 1 for one in stretches), hash=together)
