"""Rows and events of the ledger as people and programs see them: columns, facts, words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edigw.cli.opening import moment

if TYPE_CHECKING:
    from edigw.ledger import Event, Row

#: What ``list`` and ``find`` print of each kind.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "file": ("id", "state", "partner", "channel", "name", "bytes", "arrived", "why"),
    "interchange": ("id", "state", "partner", "sender", "receiver", "syntax", "control number", "arrived", "why"),
    "message": ("id", "state", "partner", "type", "control number", "document", "number", "made", "why"),
    "delivery": ("id", "state", "partner", "what", "of", "to", "tries", "due", "why"),
}
#: Columns that point to other rows, and the letter of what they point to.
_LINKS = {"file": "F", "interchange": "I", "message": "M", "duplicate_of": "I", "repeat_of": "I", "answered_by": "M"}
#: What is the ledger's own business: claims, keys of payloads, the parser's state.
_INNER = frozenset({"id", "owner", "lease_until", "payload", "document", "answer", "resume", "header", "cursor", "read", "ident", "mark"})
#: Long facts, for ``show`` only.
_LONG = frozenset({"faults", "groups", "answers", "unreadable", "headers"})


def columns(row: Row) -> tuple[str, ...]:
    """The values of ``COLUMNS`` for *row*, as text."""
    why = reason(row)
    values: tuple[str, ...]
    match row.of.value:
        case "file":
            values = (row.partner, row.channel, row.name, str(row.size), moment(row.created_at), why)
        case "interchange":
            values = (row.partner, row.sender, row.receiver, row.syntax, row.control_number, moment(row.created_at), why)
        case "message":
            values = (row.partner, row.type, row.control_number, row.kind, row.key, moment(row.created_at), why)
        case _:
            tries = str(row.attempt)
            values = (row.partner, row.name or row.what, of(row), row.lane, tries, moment(row.due_at), why)
    return (row.label, row.state.value, *values)


def reason(row: Row) -> str:
    """Why a row is where it is, in a few words; ``""`` for one that is on its way or came to its end well."""
    from edigw.agreements import REJECTED_AND_KEPT
    from edigw.overview import STANDING
    from edigw.states import MessageIn

    if row.of.value == "delivery":
        return row.last_error or ""
    if row.state is MessageIn.REJECTED or (row.state is MessageIn.HELD and row.held == REJECTED_AND_KEPT):
        first = next((one for one in row.faults or () if one["severity"] == "reject"), None)
        why = f"{first['code']} {first['text']}" if first else "its envelope, or another message of its interchange, is refused"
        return f"{row.held} {why}" if row.state is MessageIn.HELD else why
    if row.state in STANDING:
        return f"{row.held} {row.reason}".strip()
    return str(row.reason) if row.state.value == "closed" else ""


def of(delivery: Row) -> str:
    """What a delivery carries something of: ``M31``, ``I7``, or nothing."""
    if delivery.message is not None:
        return f"M{delivery.message}"
    return f"I{delivery.interchange}" if delivery.interchange is not None else ""


def facts(row: Row, *, whole: bool = False) -> dict[str, Any]:
    """*row* for a program: every fact by its column's name, other rows by their ids.

    ``row`` says what it is (``message``); ``kind`` is that of a message's document. *whole*
    adds what may be long: faults, groups, answers.
    """
    found: dict[str, Any] = {"id": row.label, "row": row.of.value}
    for name, value in row.facts.items():
        if name in _INNER or (name in _LONG and not whole):
            continue
        if name in _LINKS or name == "replay_of":
            letter = _LINKS.get(name, row.label[0])
            found[name] = None if value is None else f"{letter}{value}"
        else:
            found[name] = value
    return found


def event_facts(event: Event) -> dict[str, Any]:
    """*event* for a program."""
    found: dict[str, Any] = {"event": event.id, "at": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    found |= {"id": event_label(event), "kind": event.kind, "name": event.name, "was": event.was, "state": event.state}
    return found | {"why": event.why, "facts": dict(event.facts), "writer": event.writer, "person": event.person}


def event_label(event: Event) -> str:
    """The row that an event speaks of, ``""`` for the gateway as a whole."""
    from edigw.states import Kind, show_id

    return show_id(Kind(event.kind), event.row) if event.row and event.kind in COLUMNS else ""


def event_columns(event: Event) -> tuple[str, str, str, str, str]:
    """*event* for a person: when, which row, what happened, why, by whom."""
    at = event.at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + "Z"
    happened = f"{event.was or event.name} → {event.state}" if event.state else event.name
    return at, event_label(event) or event.kind, happened, event.why, event.person
