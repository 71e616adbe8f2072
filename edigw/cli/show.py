"""``edigw show``: all there is to know of one row, or the bytes that it stands for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edigw.cli import opening
from edigw.cli.inputs import put, put_bytes
from edigw.cli.opening import NOT_FINE, fail, instance_option, json_option, moment, put_json
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.ledger import Ledger, Row

MOST = 1_000  # rows of one kind that are shown below another

#: The facts of each kind, in the order in which people read them.
_FACTS = {
    "file": ("partner", "channel", "path", "size", "sha256", "created_at", "retired_at", "generation"),
    "interchange": (
        "direction", "partner", "channel", "syntax", "version", "sender", "receiver", "control_number", "prepared_at", "test",
        "span_start", "span_end",
        "acknowledge", "answered_at", "duplicate_of", "repeat_of", "created_at", "generation",
    ),
    "message": (
        "direction", "partner", "type", "release", "association", "control_number", "verdict", "kind", "key", "map", "deliver", "order_key",
        "span_start", "span_end", "standard", "answered_by", "replay_of", "created_at", "generation",
    ),
    "delivery": (
        "what", "partner", "lane", "name", "webhook_id", "attempt", "due_at", "last_error", "order_key", "replay_of", "created_at",
    ),
}  # fmt: skip
_WORDS = {
    "kind": "document", "key": "number", "lane": "to", "deliver": "endpoint", "attempt": "tries",
    "created_at": "recorded", "acknowledge": "answer", "test": "test indicator",
}  # fmt: skip


@click.command("show")
@click.argument("name", metavar="ID")
@click.option("--payload", is_flag=True, help="only the stored bytes, raw: of F12, of I7, M31's document, what D5 sends")
@instance_option
@json_option
@click.pass_context
def show(context: click.Context, name: str, payload: bool, instance: Path | None, as_json: bool) -> None:
    """Show all that is known of F12, I7, M31 or D5: facts, faults, what it is part of and what came of it, every event.

    Exit status 0; 1: it is not there, or with --payload it has no bytes; 2: that is no id.
    """
    ((kind, number),) = opening.ids([name])
    with opening.opened(context, instance, asks=True) as open_:
        row = open_.ledger.get(kind, number)
        if row is None:
            fail(f"{name} is not in the ledger", advice="edigw list, or edigw find TEXT", status=NOT_FINE)
        if payload:
            put_bytes(_bytes(open_.ledger, row))
        elif as_json:
            put_json(_as_json(open_.ledger, row))
        else:
            _print(open_.ledger, row)


def _bytes(ledger: Ledger, row: Row) -> bytes:
    """The bytes that *row* stands for. Leaves with 1 where there are none."""
    from edigw.states import Kind

    if row.of is Kind.MESSAGE:
        if row.document is None:
            fail(f"{row.label} has no document", advice=f"edigw show I{row.interchange} --payload has what came", status=NOT_FINE)
        return ledger.payload(row.document)
    if row.of is Kind.INTERCHANGE and row.payload is None and row.file is not None:
        file = ledger.get(Kind.FILE, row.file)
        if file is not None and file.payload is not None:
            return ledger.payload(file.payload)[row.span_start : row.span_end]
    if row.payload is None:
        fail(f"{row.label} has no bytes: it is {row.state.value}", status=NOT_FINE)
    return ledger.payload(row.payload)


def _parents(ledger: Ledger, row: Row) -> list[Row]:
    """What *row* is part of, the file first; then the row it repeats."""
    from edigw.states import Kind

    facts = row.facts
    message = ledger.get(Kind.MESSAGE, facts["message"]) if facts.get("message") is not None else None
    links = message.facts if message is not None else facts
    interchange = ledger.get(Kind.INTERCHANGE, links["interchange"]) if links.get("interchange") is not None else None
    file = links.get("file") or (interchange.file if interchange is not None else None)
    found = [ledger.get(Kind.FILE, file) if file is not None else None, interchange, message]
    for name in ("duplicate_of", "repeat_of", "replay_of"):
        if facts.get(name) is not None:
            found.append(ledger.get(row.of, facts[name]))
    return [one for one in found if one is not None and one.label != row.label]


def _children(ledger: Ledger, row: Row) -> list[Row]:
    """What came of *row*: interchanges, messages, deliveries, and what repeats it."""
    from edigw.states import Kind

    match row.of:
        case Kind.FILE:
            found = ledger.rows(Kind.INTERCHANGE, file=row.id, limit=MOST) + ledger.rows(Kind.MESSAGE, file=row.id, limit=MOST)
            interchanges = [one.id for one in found if one.of is Kind.INTERCHANGE]
            messages = [one.id for one in found if one.of is Kind.MESSAGE]
            return found + _deliveries(ledger, interchanges, messages)
        case Kind.INTERCHANGE:
            found = ledger.rows(Kind.MESSAGE, interchange=row.id, limit=MOST)
            repeats = ledger.rows(Kind.INTERCHANGE, duplicate_of=row.id, limit=MOST)
            return [*found, *_deliveries(ledger, [row.id], [one.id for one in found]), *repeats]
        case Kind.MESSAGE:
            return _deliveries(ledger, [], [row.id]) + ledger.rows(Kind.MESSAGE, replay_of=row.id, limit=MOST)
        case Kind.DELIVERY:
            return ledger.rows(Kind.DELIVERY, replay_of=row.id, limit=MOST)


def _deliveries(ledger: Ledger, interchanges: list[int], messages: list[int]) -> list[Row]:
    from edigw.states import Kind

    found = ledger.rows(Kind.DELIVERY, interchange=interchanges, limit=MOST) if interchanges else []
    return found + (ledger.rows(Kind.DELIVERY, message=messages, limit=MOST) if messages else [])


def _print(ledger: Ledger, row: Row) -> None:
    for line in _lines(ledger, row):
        put(visible(line))


def _lines(ledger: Ledger, row: Row) -> Iterator[str]:
    from edigw.cli import shown
    from edigw.operate import named

    yield f"{row.label} {named(row)}: {row.state.value.replace('_', ' ')} since {moment(row.changed_at)}"
    yield from _why(row)
    yield from _order(ledger, row)
    facts = shown.facts(row)
    for name in _FACTS[row.of.value]:
        value = facts[name]
        if value not in (None, "", False):
            yield f"  {_WORDS.get(name, name.replace('_', ' ')):<15} {_word(value)}"
    if row.owner is not None:
        yield f"  {'worked on by':<15} {row.owner}, attempt {row.attempt}"
    if row.of.value == "message":
        for name, value in ledger.known_by(row.id):
            yield f"  {'found by':<15} {name} {value}"
    yield from _said(row)
    yield from _faults(row)
    for title, rows in (("part of:", _parents(ledger, row)), ("came of it:", _children(ledger, row))):
        if rows:
            yield title
        for one in rows:
            why = shown.reason(one)
            yield f"  {one.label:<6} {one.state.value.replace('_', ' '):<12} {named(one)}" + (f" ({why})" if why else "")
    yield "events:"
    for event in ledger.history(row.of, row.id):
        at, _, happened, why, person = shown.event_columns(event)
        yield f"  {at}  {happened:<24} {why}" + (f" [{person}]" if person and person not in why else "")


def _why(row: Row) -> Iterator[str]:
    """Why a row stands still, and what takes it on."""
    from edigw.cli import shown
    from edigw.overview import STANDING, code_of, words_of

    if row.state not in STANDING:
        if why := shown.reason(row):
            yield f"  why: {why}"
        return
    code = code_of(row)
    words, advice = words_of(code)
    yield f"  why: {code} {words or row.state.value}"
    reason = row.last_error if row.of.value == "delivery" else row.reason
    if reason:
        yield f"       {reason}"
    if advice:
        yield f"  next: {advice}"


def _order(ledger: Ledger, row: Row) -> Iterator[str]:
    """What a document that is due waits for, because it is about the same thing and came before; and what a held one keeps back."""
    from edigw.ledger import arrival, waits_for
    from edigw.operate import named
    from edigw.states import AT_END, DeliveryState, Kind, MessageIn

    key = row.facts.get("order_key")
    waits = row.state in (DeliveryState.DUE, MessageIn.MAPPED)
    message = ledger.get(Kind.MESSAGE, row.message) if row.of is Kind.DELIVERY and key else row
    if message is None or not key or not (waits or row.state is MessageIn.HELD):
        return
    if waits:
        for one in waits_for(ledger, message, most=MOST):
            yield f"  {'waits for':<15} {one.label} {named(one)}, which is {one.state.value}"
        return
    states = [state for state in MessageIn if state not in AT_END]
    for one in sorted(ledger.rows(Kind.MESSAGE, order_key=key, state=states, limit=MOST), key=arrival):
        if arrival(one) > arrival(message):
            yield f"  {'keeps back':<15} {one.label} {named(one)}, which is {one.state.value}"


def _said(row: Row) -> Iterator[str]:
    """The answers to an interchange; what a received acknowledgement says; bytes that belong to nothing."""
    facts = row.facts
    if row.of.value == "interchange":
        for one in facts["answers"] or ():
            said = f"not sent: {one['impossible']}" if "impossible" in one else f"{one['control_number']} as {one['name']}"
            yield f"  answered        {one['kind']} {said}" + (f", for {one['answers']}" if one.get("answers") else "")
    elif row.of.value == "message" and facts["answers"]:
        from edigw import acks

        for at, line in enumerate(acks.lines(acks.Receipt.from_json(facts["answers"]))):
            yield f"  {'' if at else 'says':<15} {line}"
    elif row.of.value == "file":
        for one in facts["unreadable"] or ():
            yield f"  unreadable      bytes {one['start']} to {one['end']}: {one['reason']}"


def _faults(row: Row) -> Iterator[str]:
    """Each fault with its place: segment and position in the message, element and component, offset in the file."""
    groups = row.facts.get("groups") or ()
    faults = [*(row.facts.get("faults") or ()), *(fault for group in groups for fault in group.get("faults", ()))]
    if faults:
        yield "faults:"
    for one in faults:
        place = f"{one['segment']}" + (f" {one['segment_position']}" if one["segment_position"] else "")
        if one["element"]:
            place += f"/{one['element']}" + (f".{one['component']}" if one["component"] else "")
        value = f" {one['value']!r}" if one["value"] else ""
        yield f"  {one['code']} {one['severity']} at {place or 'the envelope'} (byte {one['offset']}): {one['text']}{value}"


def _word(value: Any) -> str:
    from datetime import datetime

    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bytes):
        return value.hex()
    return "yes" if value is True else str(value)


def _as_json(ledger: Ledger, row: Row) -> dict[str, Any]:
    from edigw.cli import shown

    found = shown.facts(row, whole=True)
    if row.of.value == "message":
        found["known_by"] = [list(pair) for pair in ledger.known_by(row.id)]
    found["parents"] = [shown.facts(one) for one in _parents(ledger, row)]
    found["children"] = [shown.facts(one) for one in _children(ledger, row)]
    found["events"] = [shown.event_facts(event) for event in ledger.history(row.of, row.id)]
    return found
