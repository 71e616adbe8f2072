"""``edigw why``: the segment, element, byte and map line behind a value of a document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edigw.cli import opening
from edigw.cli.inputs import REFUSED, Input, Setting, Status, put, say
from edigw.cli.opening import NOT_FINE, Opened, fail, instance_option, json_option, put_json
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.judge import Found, JudgedMessage
    from edigw.ledger import Ledger, Row
    from edigw.lineage import Source
    from edigw.mappings import Library
    from edigw.model import Message



#: What leads the words of a value that no element of the message holds.
_LEADS = {"left": "  not in a member", "envelope": "  from  the envelope"}


@click.command("why")
@click.argument("name", metavar="ID")
@click.argument("path", metavar="[PATH]", default="")
@instance_option
@json_option
@click.pass_context
def why(context: click.Context, name: str, path: str, instance: Path | None, as_json: bool) -> None:
    """Print where the value at PATH of a document comes from: M31, or D5 for what is delivered of it.

    PATH reads lines[0].quantity, or buyer for all of a part; without PATH every value is told.
    The message is read again by the configuration it was judged by. Said are the segment with
    its position (ST or UNH is 1), the element, the byte in the file, what was sent there, and
    the line of the map. A value that no element holds is said to be the map's default or
    constant, a link, of the envelope, or not read by the map. Of a message that is held or
    rejected without a document it is told what its map reads of it, and what is missing.

    Exit status: 0 told; 1 nothing stands at PATH (then the map's lines that would read it are
    named), or the bytes are not there any more; 2 that is no id.
    """
    from edigw.lineage import NoSuchValue

    ((kind, number),) = opening.ids([name])
    with opening.opened(context, instance, asks=True) as open_:
        row = _message_of(open_.ledger, kind, number, name)
        file, message, document = _what_came(open_.ledger, row)
        library = _library(open_, row)
        if document is None:
            because = visible(f"{row.held or ''} {row.reason or row.state.value}".strip())
            say(f"{row.label} has no document ({because}); told is what its map reads")
        try:
            found = _sources(document, path, message, row.map, library)
        except NoSuchValue as trouble:
            look = f"edigw show {row.label}" + (" --payload" if document is not None else "")
            fail(f"{row.label}: {trouble}", code=trouble.code, advice=look, status=NOT_FINE)
        for one in found:
            if as_json:
                put_json(_facts(one, row.map))
            else:
                _print(one, f"{file.label} {file.path}", row.map)


def _message_of(ledger: Ledger, kind: Any, number: int, name: str) -> Row:
    """The message whose document is meant. Leaves with 1 where no map can tell of it."""
    from edigw.agreements import POISON
    from edigw.states import Kind

    row = ledger.get(kind, number)
    if row is None:
        fail(f"{name} is not in the ledger", advice="edigw list, or edigw find TEXT", status=NOT_FINE)
    if row.of is Kind.DELIVERY and row.message is not None:
        row = ledger.get(Kind.MESSAGE, row.message) or row
    if row.of is not Kind.MESSAGE:
        fail(f"{name} is no document", advice=f"edigw show {name} names the messages that came of it", status=NOT_FINE)
    if row.document is None and (not row.map or row.held == POISON):
        what = "its map could not be run to its end" if row.map else "no map has read it"
        fail(f"{row.label} has no document: {what}", advice=f"edigw show {row.label}", status=NOT_FINE)
    return row


def _what_came(ledger: Ledger, row: Row) -> tuple[Row, Message, dict[str, Any] | None]:
    """The file, the message in it and the document, if one was made of it. Leaves with 1 where the bytes are gone."""
    from edigw.archive import PayloadRemoved
    from edigw.states import Kind

    file = ledger.get(Kind.FILE, row.file) if row.file is not None else None
    interchange = ledger.get(Kind.INTERCHANGE, row.interchange) if row.interchange is not None else None
    if file is None or interchange is None or file.payload is None:
        fail(f"{row.label} came in no file that is kept", advice=f"edigw show {row.label}", status=NOT_FINE)
    try:
        payload = ledger.payload(file.payload)
        document = json.loads(ledger.payload(row.document)) if row.document is not None else None
    except PayloadRemoved as trouble:
        fail(f"{row.label}: {trouble.text}", code=trouble.code, advice=f"edigw show {row.label}", status=NOT_FINE)
    message = _message(payload, (interchange.span_start, interchange.span_end), row.span_start)
    if message is None:
        fail(f"{row.label} is not where the ledger says, byte {row.span_start} of {file.label}", advice="edigw verify", status=NOT_FINE)
    return file, message, document


def _library(open_: Opened, row: Row) -> Library:
    """The maps of the configuration that *row* was judged by; today's where the ledger does not have that one."""
    from edigw import generation

    try:
        judged_by = generation.Generation.from_bytes(open_.ledger.generation_bytes(row.generation))
    except KeyError:
        say(f"the configuration {row.label} was judged by is not in the ledger; it is read by today's")
        judged_by = generation.read(open_.folder)
    return generation.library(judged_by)


def _message(payload: bytes, span: tuple[int, int], start: int) -> Message | None:
    """The message that begins at byte *start*, read as it was judged."""
    from edigw import parsers

    interchange = parsers.envelope(payload, span)
    if interchange is None:
        return None
    return next((one for one in parsers.read(payload, interchange) if one.start == start), None)


def _sources(document: dict[str, Any] | None, path: str, message: Message, label: str, library: Library) -> list[Source]:
    """Raises NoSuchValue. Says on stderr when the map is not the one that made the document."""
    from edigw import lineage, standards
    from edigw.errors import ConfigError

    syntax = message.notation.syntax
    release = message.release
    standard = standards.find(syntax, message.type, release)
    if standard is None:  # it was read by the nearest, and refused
        standard = standards.find(syntax, message.type, standards.nearest(syntax, message.type, release))
    assert standard is not None
    try:
        program = library.program(label.partition("@")[0], standard)
    except ConfigError as trouble:
        opening.fail_on(trouble)
    if program.label != label:
        say(f"it was read by {label}; that map is {program.label} now, whose lines are named here")
    return lineage.sources(document, path, message, program)


def of_file(one: Input, found: Found, message: JudgedMessage, path: str, by: Setting, status: Status) -> None:
    """For ``translate --why``: as ``why``, of a message just judged. Nothing where no map can tell of it."""
    from edigw import parsers
    from edigw.agreements import POISON
    from edigw.lineage import NoSuchValue

    assert one.data is not None
    assert by.library is not None
    if not message.document and (not message.map or message.held == POISON):
        return
    read = _message(one.data, found.span, message.span[0])
    if read is None:  # without an envelope
        from edigw.judge import BARE_RELEASE

        read = next(each for each in parsers.bare(one.data) if each.start == message.span[0])
        read.release = read.release or BARE_RELEASE
    try:
        for each in _sources(json.loads(message.document) if message.document else None, path, read, message.map, by.library):
            _print(each, one.name, message.map)
    except NoSuchValue as trouble:
        say(f"{one.name}: {message.type} {message.control_number}: {trouble}")
        status.at_least(REFUSED)


def _facts(source: Source, label: str) -> dict[str, Any]:
    at = source.at
    facts = {
        "path": source.path,
        "value": source.value,
        "how": source.how,
        "text": source.text,
        "segment": source.segment,
        "position": at.segment if at is not None else 0,
        "element": at.element if at is not None else 0,
        "component": at.component if at is not None else 0,
        "repeat": at.repeat if at is not None else 0,
        "offset": source.offset if at is not None else None,
        "name": source.name,
        "sent": source.sent,
        "map": label,
        "place": source.place,
    }
    return {name: value for name, value in facts.items() if value not in ("", 0, None) or name == "value"}


def _print(source: Source, file: str, label: str) -> None:
    value = json.dumps(source.value, ensure_ascii=False, default=str)
    lines = [f"{source.path} = {value}"]
    if source.at is not None and source.how in ("sent", "left"):
        where = f"segment {source.at.segment}, byte {source.offset} of {file}"
        element = f".{source.at.element}" if source.at.element else ""
        element += f".{source.at.component}" if source.at.component else ""
        element += f" (repeat {source.at.repeat})" if source.at.repeat else ""
        named = f" {source.name}" if source.name else ""
        lines.append(f"  from  {source.segment or '?'}{element}{named}: {where}")
        if source.sent != source.value:
            lines.append(f"  sent  {source.sent}")
    if source.how != "sent":
        lines.append(f"{_LEADS.get(source.how, '  from  no element')}: {source.text}")
    if source.place:
        lines.append(f"  map   {source.place} ({label})")
    for line in lines:
        put(visible(line))
