"""Control numbers: each line of them goes up by one, and no number names two things.

A line is what we send as one of our identities to one of theirs, at one level (interchange,
group, message) and for one usage (production, test). A number is given in the transaction
that records what it numbers, so one that was given and not recorded was not given.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Integer, and_, bindparam, insert, select, update

from edigw.ledger.upserts import insert_into
from edigw.tables import control_number, numbering

LARGEST: Final = 999_999_999  # ISA13 has nine digits; the lines of all syntaxes keep to it
OPEN_FOR: Final = timedelta(days=180)  # the window in which a number must not come again

Line = tuple[str, str, str, str]  #: ours, theirs, level, usage

_LINE: Final = and_(
    numbering.c.ours == bindparam("its_ours"),
    numbering.c.theirs == bindparam("its_theirs"),
    numbering.c.level == bindparam("its_level"),
    numbering.c.usage == bindparam("its_usage"),
)
_READ: Final = select(numbering.c.id, numbering.c.last, numbering.c.cycle).where(_LINE).with_for_update()
#: One that has not wrapped, and does not now: nothing has to be looked at.
_FURTHER: Final = (
    update(numbering)
    .where(_LINE, numbering.c.cycle == 0, numbering.c.last <= LARGEST - bindparam("many", type_=Integer))
    .values(last=numbering.c.last + bindparam("many", type_=Integer))
    .returning(numbering.c.id, numbering.c.last)
)
_ADVANCE: Final = (
    update(numbering).where(numbering.c.id == bindparam("its_id")).values(last=bindparam("to_last"), cycle=bindparam("to_cycle"))
)


_GIVEN: Final = insert(control_number)


def _named(line: Line) -> dict[str, Any]:
    return dict(zip(("its_ours", "its_theirs", "its_level", "its_usage"), line, strict=True))


def give(
    connection: Connection, line: Line, count: int, first: int, now: datetime, given: list[dict[str, Any]]
) -> tuple[list[int], bool]:
    """The next *count* numbers of *line*, and whether it went from LARGEST to 1 on the way.

    What must be remembered of them is added to *given*, which ``remember`` writes.
    """
    if not 1 <= first <= LARGEST:
        raise ValueError(f"a control number is 1 to {LARGEST}, not {first}")
    went = connection.execute(_FURTHER, {**_named(line), "many": count}).one_or_none()
    if went is not None:
        numbers = range(went.last - count + 1, went.last + 1)
        given += [{"numbering": went.id, "number": number, "cycle": 0, "given_at": now} for number in numbers]
        return list(numbers), False
    remember(connection, given)
    at = connection.execute(_READ, _named(line)).one_or_none()
    if at is None:
        make = insert_into(numbering, connection.dialect.name)
        start = dict(zip(("ours", "theirs", "level", "usage"), line, strict=True))
        connection.execute(make.on_conflict_do_nothing(), [{**start, "last": first - 1}])  # another node may be first
        at = connection.execute(_READ, _named(line)).one()
    last, cycle = int(at.last), int(at.cycle)
    made: list[tuple[int, int]] = []
    while len(made) < count:
        last, cycle = (1, cycle + 1) if last >= LARGEST else (last + 1, cycle)
        if cycle == 0 or not _is_open(connection, at.id, last, now):
            made.append((last, cycle))
    connection.execute(_ADVANCE, {"its_id": at.id, "to_last": last, "to_cycle": cycle})
    given += [{"numbering": at.id, "number": number, "cycle": turn, "given_at": now} for number, turn in made]
    return [number for number, _ in made], cycle != at.cycle


def remember(connection: Connection, given: list[dict[str, Any]]) -> None:
    """Write what ``give`` gave, and empty the list."""
    if given:
        connection.execute(_GIVEN, given)
        given.clear()


def _is_open(connection: Connection, line: int, number: int, now: datetime) -> bool:
    """Only asked after the first wrap, when numbers can have been given before."""
    query = select(control_number.c.id).where(
        control_number.c.numbering == line, control_number.c.number == number, control_number.c.given_at > now - OPEN_FOR
    )
    return connection.execute(query.limit(1)).one_or_none() is not None


def void(connection: Connection, line: Line, number: int, now: datetime) -> bool:
    """Mark the newest giving of *number* as void; False when it was not given, or is void."""
    newest = (
        select(control_number.c.id)
        .join(numbering, numbering.c.id == control_number.c.numbering)
        .where(_LINE, control_number.c.number == number)
        .order_by(control_number.c.cycle.desc())
        .limit(1)
    )
    found = connection.execute(newest, _named(line)).scalar_one_or_none()
    mark = update(control_number).where(control_number.c.id == found, control_number.c.voided_at.is_(None))
    return found is not None and connection.execute(mark.values(voided_at=now)).rowcount == 1
