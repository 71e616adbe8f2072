"""Writing rows only while they are where the writer believes them, and his."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from edigw import states
from edigw.ledger import statements
from edigw.ledger.row import Row, Rows, id_of
from edigw.states import Kind, State


def write(
    connection: Connection,
    kind: Kind,
    rows: Rows,
    was: State | None,
    changes: Mapping[str, Any],
    own: Mapping[int, Mapping[str, Any]],
    *,
    owner: str,
    now: datetime,
) -> bool:
    """Write *changes* into *rows*; what a row has of its *own*, by its id, wins.

    A row that was claimed is written while its owner and attempt still hold; another while it
    is free, or *owner*'s. Of those *was* names the state they must be in. False when one of
    them was not written; then the step must end.
    """
    claimed = [row for row in rows if isinstance(row, Row) and row.owner is not None]
    free = [row for row in rows if not (isinstance(row, Row) and row.owner is not None)]
    guard = {} if was is None else {"is_state": was.value}
    if was is not None and kind in states.DIRECTED:
        guard["is_direction"] = states.place(was)[1]
    values = {f"to_{name}": value for name, value in changes.items()}
    changed = 0
    for some, fenced in ((claimed, True), (free, False)):
        if not some:
            continue
        common = {**guard, **values} if fenced else {**guard, **values, "is_owner": owner, "is_now": now}
        each = [{**common, "is_id": id_of(row), **(_fence(row) if fenced else {})} for row in some]
        for one in each if own else ():
            one |= {f"to_{name}": value for name, value in own[one["is_id"]].items()}
        changed += connection.execute(statements.update_rows(kind, fenced, tuple(guard), tuple(changes)), each).rowcount
    return changed == len(rows)


def who_moved(
    kind: Kind, rows: Rows, was: State | None, changes: Mapping[str, Any], there: Mapping[int, Row], owner: str
) -> str:
    """Why ``write`` could not write *rows*, which are *there* by their ids as they are now."""
    for row in rows:
        label, now = states.show_id(kind, id_of(row)), there.get(id_of(row))
        if now is None:
            return f"{label} is not there"
        if was is not None and all(now.facts[name] == changes[name] for name in ("state", "changed_at")):
            continue  # the statement that failed moved this one
        mine = not isinstance(row, Row) or row.owner is None or (now.owner, now.attempt) == (row.owner, row.attempt)
        if not mine:
            return f"{label} was claimed again (attempt {now.attempt}) or let go"
        if not isinstance(row, Row) and now.owner not in (None, owner):
            return f"{label} is being worked on by {now.owner}"
        if was is not None and now.state is not was:
            return f"{label} is {now.state.value}, not {was.value}"
    return f"{len(rows)} rows of {kind.value} were moved by another, or one of them was named twice"


def _fence(row: Row | int) -> dict[str, Any]:
    return {"is_owner": row.owner, "is_attempt": row.attempt} if isinstance(row, Row) else {}
