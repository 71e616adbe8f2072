"""``translate``, ``faults`` and ``ack``: what comes of EDI files, without a daemon and without a ledger.

Each goes through its files one by one; what is wrong with one is said with its place and
the next command, and the others go on.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from edigw.cli import inputs
from edigw.cli.inputs import REFUSED, UNREADABLE, Input, Setting, Status, put, put_bytes, say
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.judge import FaultRow, Found, JudgedMessage, Terms

#: The columns of ``faults``, in order.
COLUMNS = (
    "file", "code", "severity", "level", "interchange", "group", "message", "segment", "segment_position",
    "element", "component", "offset", "value", "text",
)  # fmt: skip

_HELD_SPAN = "EDIGW-FILE-E002"


@click.command("translate")
@inputs.files_argument
@inputs.partner_option
@inputs.strict_option
@inputs.bare_option
@click.option("--why", "path", metavar="PATH", help="instead: where each document's value at PATH (lines[0].quantity) comes from")
@click.pass_context
def translate(context: click.Context, files: tuple[str, ...], partner: str | None, strict: bool, bare: bool, path: str | None) -> None:
    """Print the canonical document of each message in FILE..., one JSON document a line.

    A message no map reads gives no line. One that is rejected is still printed as far as it
    can be read, and said on stderr. "-" reads standard input. With --why PATH, what edigw why
    prints, of each document, and of what the map reads where there is none: segment, element,
    byte and the map's line.

    Exit status: 0 every message accepted; 1 one was rejected or held; 2 a file holds nothing
    readable.
    """
    from edigw.judge import Terms

    status = Status()
    by = inputs.setting(context, partner)
    for one in inputs.read(files, status):
        if one.data is None:
            continue
        for found, messages in _each(one, by, Terms(strict=strict), status, "translate", bare=bare):
            _tell(one, found, messages, status)
            for message in messages:
                if message.document and path is None:
                    put(message.document.decode())
                elif path is not None:
                    from edigw.cli.why import of_file

                    of_file(one, found, message, path, by, status)
    inputs.finish(status)


@click.command("faults")
@inputs.files_argument
@inputs.partner_option
@inputs.strict_option
@inputs.bare_option
@inputs.json_option
@click.pass_context
def faults(context: click.Context, files: tuple[str, ...], partner: str | None, strict: bool, bare: bool, as_json: bool) -> None:
    """Print what is wrong with FILE..., one fault a line.

    Columns, separated by tabs, without a header: file, code, severity (reject, warn, note),
    level (envelope, syntax, structure, cross-field, business), interchange, group, message
    (control numbers), segment, segment position (ST or UNH is 1), element, component, byte
    offset, value, text. What does not apply is empty, or 0. Characters that act on a
    terminal are shown as \\x1b.

    Exit status: 0 nothing is rejected; 1 something is; 2 a file holds nothing readable.
    """
    from edigw.judge import Terms

    status = Status()
    by = inputs.setting(context, partner)
    for one in inputs.read(files, status):
        if one.data is None:
            continue
        for row in _unreadable_rows(one, bare=bare):
            _print(row, as_json)
        for found, messages in _each(one, by, Terms(strict=strict), status, "", bare=bare):
            inputs.verdicts(found, messages, status)
            inputs.shown(messages, status)
            if found.judged is None:
                say(f"{one.name}: interchange {found.control_number} held: {found.held} {found.reason}")
                continue
            for fault in found.judged.faults:
                _print(_row(one, found, fault), as_json)
            for group in found.judged.groups:
                for fault in group.faults:
                    _print(_row(one, found, fault, group.control_number), as_json)
            for message in messages:
                number = found.judged.groups[message.group].control_number if message.group >= 0 else ""
                if message.held:
                    say(f"{one.name}: {inputs.name_of(found, message)} held: {message.held} {message.reason}")
                for fault in message.faults:
                    _print(_row(one, found, fault, number, message.control_number), as_json)
    inputs.finish(status)


@click.command("ack")
@inputs.files_argument
@inputs.partner_option
@inputs.strict_option
@click.option("--as", "ask", type=click.Choice(["997", "999", "ta1", "contrl"]), help="only answers of this kind, asked for or not")
@click.option("--now", metavar="T", help="date and time of the answers, ISO 8601; default: now, in UTC")
@click.pass_context
def ack(context: click.Context, files: tuple[str, ...], partner: str | None, strict: bool, ask: str | None, now: str | None) -> None:
    """Print the answers to FILE...: an interchange each, one segment a line.

    By default a TA1 if ISA14 asks for one or the envelope is at fault, then a 997 for each
    functional group; to EDIFACT a CONTRL in the syntax received. Acknowledgements are never
    answered. Control numbers start at 1.

    Exit status: 0 everything is accepted; 1 something is rejected or held; 2 a file holds
    nothing readable.
    """
    from edigw import acks, parsers
    from edigw.errors import NotWritable
    from edigw.judge import Terms

    status = Status()
    at = moment(now)
    by = inputs.setting(context, partner, maps=False)
    kind: acks.Kind | None = None
    for each in ("997", "999", "ta1", "contrl"):
        kind = each if ask == each else kind
    terms = Terms(strict=strict, acknowledge=ask if ask in ("997", "999") else "", documents=False)
    agreed = by.book.partners[by.partner] if by.book is not None else None
    interchange = group = 0
    for one in inputs.read(files, status):
        if one.data is None:
            continue
        for found, messages in _each(one, by, terms, status, "ack", bare=False):
            _tell(one, found, messages, status)
            if found.judged is None:
                continue
            if reason := acks.unanswerable(found):
                say(f"{one.name}: interchange at byte {found.span[0]} cannot be answered: {reason}")
            for answer in acks.assemble(found, found.judged.groups, messages, found.judged.faults, now=at, partner=agreed, ask=kind):
                interchange += 1
                group += len(answer.out.groups)
                try:
                    data = parsers.write(acks.number(answer, interchange, group))
                except NotWritable as error:
                    say(f"{one.name}: the {answer.kind} for {answer.answers} cannot be written: {error}")
                    status.at_least(REFUSED)
                    continue
                put_bytes(by_segment(data, found.syntax))
    inputs.finish(status)


def moment(text: str | None) -> datetime:
    """*text* as a time with its zone, UTC where it names none. Leaves with 2 if it is none."""
    if text is None:
        return datetime.now(UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        say(f"--now {text} is no time; write it as 2026-11-24T15:30 or 2026-11-24T15:30:00+01:00")
        sys.exit(UNREADABLE)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def by_segment(data: bytes, syntax: str) -> bytes:
    """What our own writers made, a line feed behind each segment."""
    if syntax == "x12":
        return data.replace(b"~", b"~\n")
    head, rest = (data[:9], data[9:]) if data.startswith(b"UNA") else (b"", data)
    lines = re.findall(rb"(?:\?.|[^'?])*'", rest, re.DOTALL)
    return b"".join(line + b"\n" for line in [head, *lines] if line)


def _each(
    one: Input, by: Setting, terms: Terms, status: Status, command: str, *, bare: bool
) -> Iterable[tuple[Found, Sequence[JudgedMessage]]]:
    """The judged interchanges of a file; what belongs to none is said when *command* is given."""
    found = list(inputs.judged(one, by, terms, bare=bare))
    lost = list(inputs.unreadable(one, len(found), bare=bare))
    if lost or not found:
        status.at_least(REFUSED if found else UNREADABLE)
    if command:
        for start, end, reason in lost or ([] if found else [(0, 0, "the file is empty")]):
            code = _HELD_SPAN if found else "EDIGW-FILE-E001" if one.data else "EDIGW-FILE-E003"
            further = f"; next: edigw {command} --bare {one.name}" if "--bare" in reason and command != "ack" else ""
            say(f"{one.name}: bytes {start} to {end}: {code} {reason}{further}")
    yield from found


def _tell(one: Input, found: Found, messages: Sequence[JudgedMessage], status: Status) -> None:
    """On stderr: what was refused or held, each with its first reason, its place and the next command."""
    inputs.verdicts(found, messages, status)
    if found.judged is None:
        say(f"{one.name}: interchange {found.control_number} held: {found.held} {found.reason}")
        return
    further = f"; next: edigw faults {one.name}"
    for fault in (fault for fault in found.judged.faults if fault.severity == "reject"):
        say(f"{one.name}: interchange {found.control_number} rejected: {_place(fault)}{further}")
    for group in found.judged.groups:
        for fault in (fault for fault in group.faults if fault.severity == "reject"):
            say(f"{one.name}: group {group.control_number} rejected: {_place(fault)}{further}")
    for message in messages:
        worst = [fault for fault in message.faults if fault.severity == "reject"]
        if message.verdict == "rejected" and worst:
            more = f" and {len(worst) - 1} more" if len(worst) > 1 else ""
            say(f"{one.name}: {inputs.name_of(found, message)} rejected: {_place(worst[0])}{more}{further}")
        if message.held:
            say(f"{one.name}: {inputs.name_of(found, message)} held: {message.held} {message.reason}")
        for fault in message.faults:
            if fault.code == "EDIGW-MAP-E101":
                say(f"{one.name}: {inputs.name_of(found, message)}: {fault.code} {fault.text}")


def _place(fault: FaultRow) -> str:
    where = f"byte {fault.offset}"
    if fault.segment_position:
        where += f", segment {fault.segment_position}"
    at = fault.segment + (f"{fault.element:02}" if fault.element else "") + (f".{fault.component}" if fault.component else "")
    value = f" {fault.value!r}" if fault.value else ""
    return f"{where}: {fault.code} {at}: {fault.text}{value}"


def _unreadable_rows(one: Input, *, bare: bool) -> Iterable[dict[str, object]]:
    from edigw.faults import FaultCode, Level

    assert one.data is not None
    spans = list(inputs.unreadable(one, 1 if bare else 0, bare=bare))
    whole = not one.data or sum(end - start for start, end, _ in spans) == len(one.data)
    code = FaultCode.FILE_EMPTY if not one.data else FaultCode.NOTHING_READABLE if whole else FaultCode.STRAY_BYTES
    for start, end, reason in spans or ([(0, 0, "")] if not one.data else []):
        row: dict[str, object] = dict.fromkeys(COLUMNS, "")
        row |= {"file": one.name, "code": code.code, "severity": code.value.severity_x12.word, "level": Level.ENVELOPE.value}
        row |= {"segment_position": 0, "element": 0, "component": 0, "offset": start}
        row["text"] = f"{code.value.text} (bytes {start} to {end}: {reason})" if reason else code.value.text
        yield row


def _row(one: Input, found: Found, fault: FaultRow, group: str = "", message: str = "") -> dict[str, object]:
    return {"file": one.name, "interchange": found.control_number, "group": group, "message": message, **asdict(fault)}


def _print(row: dict[str, object], as_json: bool) -> None:
    if as_json:
        put(json.dumps({name: row[name] for name in COLUMNS}, ensure_ascii=False))
    else:
        put("\t".join(visible(str(row[name])) for name in COLUMNS))
