"""Whether the ledger is at peace with itself: laws that hold after every commit.

For the tests that kill the gateway at its edges, and for whoever wants to know after a
restore. Each law is one or two questions to the database; each answer names rows.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, exists, func, not_, or_, select

from edigw import states
from edigw.ledger.damage import NUMBERS, ROWS, SPANS, STATES
from edigw.ledger.queries import in_states
from edigw.states import AT_END, WORKED_ON, DeliveryState, FileState, InterchangeIn, Kind, MessageIn, State
from edigw.tables import KINDS, control_number, delivery, event, file, interchange, message, numbering, seal

SHOWN: Final = 100  # rows named for one law; more would be the same story
_PAGE: Final = 500

#: Deliveries that will still do something for their message.
_GOING = (DeliveryState.DUE, DeliveryState.UNDER_WAY, DeliveryState.UNCERTAIN)


def problems(connection: Connection, now: datetime, *, quiet: bool = False) -> list[str]:
    """Every law that does not hold, with the rows; *quiet*: nothing may be at work."""
    laws = [law(connection) for _, law in LAWS]
    return [line for found in (_at_work(connection, now, quiet=quiet), *laws) for line in found]


def _spans(connection: Connection) -> Iterator[str]:
    """Interchanges and unreadable spans cover every byte of a file that was split, and none twice."""
    after = 0
    split = select(file.c.id, file.c.size, file.c.unreadable).where(in_states(Kind.FILE, [FileState.SPLIT, FileState.SETTLED]))
    while page := connection.execute(split.where(file.c.id > after).order_by(file.c.id).limit(_PAGE)).all():
        after = page[-1].id
        inside = select(interchange.c.file, interchange.c.span_start, interchange.c.span_end).where(
            interchange.c.direction == "in", interchange.c.file.between(page[0].id, after)
        )
        spans: dict[int, list[tuple[int, int]]] = {}
        for one in connection.execute(inside):
            spans.setdefault(one.file, []).append((one.span_start, one.span_end))
        for row in page:
            mine = spans.get(row.id, []) + [(one["start"], one["end"]) for one in row.unreadable or ()]
            at = 0
            heapq.heapify(mine)
            while mine and mine[0][0] == at:
                at = heapq.heappop(mine)[1]
            if mine:
                yield f"F{row.id}: a span begins at byte {mine[0][0]}, but the one before ends at {at}"
            elif at != row.size:
                yield f"F{row.id}: its spans end at byte {at} of {row.size}"


def _at_work(connection: Connection, now: datetime, *, quiet: bool) -> Iterator[str]:
    """Nothing stays in the gateway's own hands past its lease."""
    for kind, table in KINDS.items():
        past = table.c.lease_until <= now
        working = in_states(kind, [state for state in WORKED_ON if states.place(state)[0] is kind])
        where = or_(working, table.c.owner.is_not(None)) if quiet else and_(table.c.owner.is_not(None), past)
        for row in _some(connection, select(table).where(where)):
            lease = "no lease" if row.lease_until is None else f"a lease until {row.lease_until:%Y-%m-%d %H:%M:%S}Z of {row.owner}"
            yield f"{states.show_id(kind, row.id)}: {row.state} with {lease}"


def _journal(connection: Connection) -> Iterator[str]:
    """A row is where its last move took it."""
    for kind, table in KINDS.items():
        moved = and_(event.c.kind == kind.value, event.c.row == table.c.id, event.c.state != "")
        last = select(event.c.state).where(moved).order_by(event.c.id.desc()).limit(1).scalar_subquery()
        # Retention removes whole segments of events, and with them what told of rows that were at their end.
        gone = exists().where(seal.c.removed_at.is_not(None), seal.c.first_at <= table.c.changed_at, seal.c.last_at >= table.c.changed_at)
        elsewhere = and_(or_(last.is_(None), last != table.c.state), not_(gone))
        for row in _some(connection, select(table.c.id, table.c.state, last.label("last")).where(elsewhere)):
            yield f"{states.show_id(kind, row.id)}: is {row.state}, but its last event says {row.last or 'nothing'}"


def _deliveries(connection: Connection) -> Iterator[str]:
    """A delivered message has one delivery that is done; a mapped one has one that goes on."""
    mine = and_(delivery.c.message == message.c.id, delivery.c.replay_of.is_(None))
    done = select(func.count()).where(mine, delivery.c.state == DeliveryState.DONE.value).scalar_subquery()
    query = select(message.c.id, done.label("times")).where(in_states(Kind.MESSAGE, [MessageIn.DELIVERED]), done != 1)
    for row in _some(connection, query):
        yield f"M{row.id}: delivered, with {row.times} deliveries done"
    undone = and_(in_states(Kind.MESSAGE, [*_others(MessageIn, MessageIn.DELIVERED)]), done != 0)
    for row in _some(connection, select(message.c.id, message.c.state).where(undone)):
        yield f"M{row.id}: {row.state}, although a delivery of it is done"
    going = exists().where(mine, in_states(Kind.DELIVERY, _GOING))
    for row in _some(connection, select(message.c.id).where(in_states(Kind.MESSAGE, [MessageIn.MAPPED]), not_(going))):
        yield f"M{row.id}: mapped, and no delivery of it goes on"
    same = select(delivery.c.webhook_id, func.min(delivery.c.id).label("id"), func.count().label("times")).where(
        delivery.c.webhook_id != ""
    )
    for row in connection.execute(same.group_by(delivery.c.webhook_id).having(func.count() > 1).limit(SHOWN)):
        yield f"D{row.id}: its webhook-id {row.webhook_id} is that of {row.times} deliveries"


def _one_at_a_time(connection: Connection) -> Iterator[str]:
    """Of one order key one delivery is under way at a time, whichever node sends it."""
    under_way = and_(in_states(Kind.DELIVERY, [DeliveryState.UNDER_WAY]), delivery.c.order_key != "")
    query = select(delivery.c.order_key, func.min(delivery.c.id).label("id"), func.count().label("times")).where(under_way)
    for row in connection.execute(query.group_by(delivery.c.order_key).having(func.count() > 1).limit(SHOWN)):
        yield f"D{row.id}: {row.times} deliveries under way for {row.order_key}"


def _answers(connection: Connection) -> Iterator[str]:
    """Each answer that an interchange is said to have got leaves once, and no two leave under one name."""
    after = 0
    answered = and_(in_states(Kind.INTERCHANGE, [InterchangeIn.ANSWERED, InterchangeIn.SETTLED]), interchange.c.duplicate_of.is_(None))
    query = select(interchange.c.id, interchange.c.answers).where(answered)
    first = and_(delivery.c.what == "ack", delivery.c.replay_of.is_(None))
    while page := connection.execute(query.where(interchange.c.id > after).order_by(interchange.c.id).limit(_PAGE)).all():
        leaving = select(delivery.c.interchange, func.count().label("times")).where(
            first, delivery.c.interchange.between(page[0].id, page[-1].id)
        )
        times = {row.interchange: row.times for row in connection.execute(leaving.group_by(delivery.c.interchange))}
        after = page[-1].id
        for row in page:
            if times.get(row.id, 0) != len(row.answers or ()):
                yield f"I{row.id}: has {len(row.answers or ())} answers, but {times.get(row.id, 0)} deliveries of them"
    named = select(delivery.c.lane, delivery.c.name, func.count().label("times")).where(first, delivery.c.name != "")
    for row in connection.execute(named.group_by(delivery.c.lane, delivery.c.name).having(func.count() > 1).limit(SHOWN)):
        yield f"{row.times} answers leave through {row.lane} as {row.name}"


def _ends(connection: Connection) -> Iterator[str]:
    """What is settled has nothing open inside."""
    first = message.c.replay_of.is_(None)  # a replay may come long after
    messages = exists().where(message.c.interchange == interchange.c.id, first, not_(in_states(Kind.MESSAGE, _at_end(MessageIn))))
    for row in _some(connection, select(interchange.c.id).where(in_states(Kind.INTERCHANGE, [InterchangeIn.SETTLED]), messages)):
        yield f"I{row.id}: settled, with a message that is not at an end"
    inside = exists().where(
        interchange.c.file == file.c.id, interchange.c.direction == "in", not_(in_states(Kind.INTERCHANGE, _at_end(InterchangeIn)))
    )
    for row in _some(connection, select(file.c.id).where(in_states(Kind.FILE, [FileState.SETTLED]), inside)):
        yield f"F{row.id}: settled, with an interchange that is not at an end"


def _numbers(connection: Connection) -> Iterator[str]:
    """Each line of numbers stands at the last one it gave; an index sees to it that none was given twice."""
    mine = and_(control_number.c.numbering == numbering.c.id, control_number.c.cycle == numbering.c.cycle)
    newest = select(func.max(control_number.c.number)).where(mine).scalar_subquery()
    query = select(numbering, newest.label("newest")).where(or_(newest.is_(None), newest != numbering.c.last))
    for row in connection.execute(query.limit(SHOWN)):
        yield f"{row.level} numbers from {row.ours} to {row.theirs}: stand at {row.last}, but the last one given is {row.newest}"


def _some(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    return connection.execute(query.order_by(query.selected_columns[0]).limit(SHOWN)).all()


def _at_end(machine: type[State]) -> list[State]:
    return [state for state in machine if state in AT_END]


def _others(machine: type[State], *but: State) -> list[State]:
    return [state for state in machine if state not in but]


#: Each law, with the code under which ``verify`` tells of it.
LAWS: Final[tuple[tuple[str, Callable[[Connection], Iterator[str]]], ...]] = (
    (SPANS, _spans),
    (STATES, _journal),
    (ROWS, _deliveries),
    (ROWS, _one_at_a_time),
    (ROWS, _answers),
    (ROWS, _ends),
    (NUMBERS, _numbers),
)
