"""One action on many rows: chosen by an expression, done in batches, safe to be cut off and said again.

A batch is one transaction. What is done no longer matches, so the same command said again after
a kill carries on where it was; a replay of what was delivered leaves a mark on the message, and
the same reason does not replay it twice.

A dry run does the same work in the same transactions and takes each back: what it tells is what
the ledger answered, not what we think it would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Any, Final

from edigw.agreements import BY_HAND
from edigw.errors import Superseded
from edigw.ledger import Ledger, Row, Tx
from edigw.operate import outcomes, verbs
from edigw.operate.orders import Done, NotDone, Order, named
from edigw.records import dataclass
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn, State, place
from edigw.where import Where

BATCH: Final = 100  # rows of one transaction: some 50 ms in which the daemon waits
LIMIT: Final = 5_000  # rows of one command, unless it says more
PAGE: Final = 1_000  # rows read at once

#: The states of the rows that an action may be meant for, before the expression narrows them.
MEANT: Final[Mapping[str, tuple[State, ...]]] = MappingProxyType(
    {
        "release": (FileState.QUARANTINED, InterchangeIn.HELD, MessageIn.HELD),
        "replay": (FileState.QUARANTINED, InterchangeIn.HELD, MessageIn.HELD, MessageIn.DELIVERED),
        "retry": (DeliveryState.GIVEN_UP, DeliveryState.DUE, DeliveryState.UNCERTAIN),
        "done": (DeliveryState.UNCERTAIN,),
        "close": (FileState.QUARANTINED, InterchangeIn.HELD, MessageIn.HELD, DeliveryState.GIVEN_UP, DeliveryState.UNCERTAIN),
    }
)
#: Only where the expression names the state: each of them is a person's decision of its own.
_NAMED_ONLY: Final = frozenset({MessageIn.DELIVERED, DeliveryState.UNCERTAIN})


@dataclass(slots=True)
class Batch:
    """What one transaction did, or would do: rows acted on, and those left alone with the reason."""

    done: list[Done] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


class _TakenBack(Exception):
    """Ends a dry run's transaction; nothing of it stays."""


def meant(ledger: Ledger, verb: str, where: Where, *, now: datetime, limit: int = LIMIT) -> list[Row]:
    """The rows that *verb* with *where* means at *now*, oldest first of each kind, at most *limit* + 1."""
    wanted = where.only("state") or ()
    found: list[Row] = []
    for kind in where.kinds():
        states = [one for one in MEANT[verb] if _kind(one) is kind and (one.value in wanted or (not wanted and one not in _NAMED_ONLY))]
        if states:
            rows = (row for row in _held_for(ledger, kind, states, where, now) if _is_meant(verb, row, now))
            found += islice(rows, limit + 1 - len(found))
    return found


def due_already(ledger: Ledger, where: Where, *, now: datetime, limit: int = LIMIT) -> int:
    """How many deliveries *where* holds for that are due as it is, and wait for their receiver or their turn; at most *limit* + 1."""
    rows = (row for row in _held_for(ledger, Kind.DELIVERY, [DeliveryState.DUE], where, now) if row.due_at <= now)
    return sum(1 for _ in islice(rows, limit + 1))


def _held_for(ledger: Ledger, kind: Kind, states: Sequence[State], where: Where, now: datetime) -> Iterator[Row]:
    """The rows of *kind* in one of *states* that *where* holds for, oldest first."""
    filters: dict[str, Any] = {"state": states}
    if (partners := where.only("partner")) is not None:
        filters["partner"] = list(partners)
    if kind is Kind.DELIVERY and (lanes := where.only("to")) is not None:
        filters["lane"] = list(lanes)
    after = 0
    while page := ledger.rows(kind, limit=PAGE, after=after, **filters):
        yield from (row for row in page if where.holds(row, now))
        if len(page) < PAGE:
            return
        after = page[-1].id


def _is_meant(verb: str, row: Row, now: datetime) -> bool:
    if row.state is DeliveryState.DUE:
        return bool(row.due_at > now)
    return verb != "replay" or row.state is not MessageIn.DELIVERED or row.replay_of is None


def _kind(state: State) -> Kind:
    return place(state)[0]


def act(ledger: Ledger, verb: str, rows: Sequence[Row], by: Order, *, dry: bool = False) -> Iterator[Batch]:
    """Do *verb* to *rows*, batch by batch; each batch is on disk when it is given out, unless *dry*."""
    acted: set[str] = set()
    for start in range(0, len(rows), BATCH):
        some = [row for row in rows[start : start + BATCH] if row.label not in acted]
        try:
            batches = [_together(ledger, verb, some, by, dry=dry)]
        except Superseded:  # one of them is being worked on; it must not keep the others
            batches = [_alone(ledger, verb, row, by, dry=dry) for row in some]
        for batch in batches:
            acted |= {one.label for one in batch.done}
            yield batch


def _alone(ledger: Ledger, verb: str, row: Row, by: Order, *, dry: bool) -> Batch:
    try:
        return _together(ledger, verb, [row], by, dry=dry)
    except Superseded:
        return Batch(left=[(row.label, f"is being worked on; edigw show {row.label}")])


def _together(ledger: Ledger, verb: str, rows: Sequence[Row], by: Order, *, dry: bool) -> Batch:
    taken_back: list[Batch] = []

    def step(tx: Tx) -> Batch:
        batch = _batch(tx, verb, rows, by)
        if dry:
            taken_back.append(batch)
            raise _TakenBack
        return batch

    try:
        return ledger.run(step, name="bulk")
    except _TakenBack:
        return taken_back[-1]


def _batch(tx: Tx, verb: str, rows: Sequence[Row], by: Order) -> Batch:
    batch = Batch()
    acted: set[str] = set()
    why = by.why(_PAST[verb])
    for meant_ in rows:
        if meant_.label in acted:
            continue  # it went along with one before
        row = tx.get(meant_.of, meant_.id)
        if row is None or row.state is not meant_.state:
            batch.left.append((meant_.label, f"is {row.state.value if row else 'gone'} by now"))
            continue
        if row.state is MessageIn.DELIVERED and any(one.name == "replayed" and one.why == why for one in tx.history(Kind.MESSAGE, row.id)):
            batch.left.append((row.label, "was replayed already for this reason"))
            continue
        if verb == "retry" and row.message is not None and row.state is DeliveryState.GIVEN_UP:
            message = tx.get(Kind.MESSAGE, row.message)
            if message is not None and message.held == BY_HAND:
                batch.left.append((row.label, f"is held back by a person; edigw release M{row.message}"))
                continue
        if verb == "retry" and row.state is DeliveryState.DUE and row.due_at <= tx.now:
            batch.done.append(Done(row.label, f"{named(row)} is due now"))  # its time came since it was found
            continue
        try:
            done = outcomes.step(tx, row, why) if verb == "done" else verbs.step(tx, verb, row, why)
        except NotDone as trouble:
            batch.left.append((trouble.label, str(trouble).removeprefix(f"{trouble.label} ")))
            continue
        batch.done += done
        acted |= {one.label for one in done}
    return batch


_PAST: Final = MappingProxyType({"release": "released", "replay": "replayed", "retry": "retried", "close": "closed", "done": outcomes.SAID})
