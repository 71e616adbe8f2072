"""``tree`` and ``coverage``: EDI files laid out, and what no map reads of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from edigw.cli import inputs
from edigw.cli.inputs import REFUSED, UNREADABLE, Status, put, say
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.model import Cut, Element, Group, Interchange, Message, Notation
    from edigw.standards.schema import Node


@click.command("tree")
@click.argument("file", metavar="FILE")
@inputs.bare_option
def tree(file: str, bare: bool) -> None:
    """Print FILE as neutral JSON: interchanges, groups, messages, loops, segments.

    A segment has its tag, its position (ST or UNH is 1) and its elements as text; a composite
    is a list, repeats stand under "repeats". Segments stand in the loops of the release's
    table; where there is no table, or no place in it, in "unplaced".

    Exit status: 0 read; 1 some bytes belong to no interchange; 2 nothing readable.
    """
    from edigw import parsers
    from edigw.model import Unreadable

    status = Status()
    for one in inputs.read([file], status):
        if one.data is None:
            continue
        if bare:
            messages = [_message(each) for each in parsers.bare(one.data)]
            if not messages:
                say(f"{one.name}: no ST or UNH: nothing here is a message")
                status.at_least(UNREADABLE)
            put(json.dumps({"file": one.short, "messages": messages}, indent=2, ensure_ascii=False))
            continue
        parts = parsers.split(one.data)
        found = [each for each in parts if not isinstance(each, Unreadable)]
        lost = [each for each in parts if isinstance(each, Unreadable)]
        if lost or not found:
            status.at_least(REFUSED if found else UNREADABLE)
        for each in lost:
            say(f"{one.name}: bytes {each.span[0]} to {each.span[1]}: {each.reason}")
        whole: dict[str, Any] = {"file": one.short, "interchanges": [_interchange(one.data, each) for each in found]}
        if lost:
            whole["unreadable"] = [{"start": each.span[0], "end": each.span[1], "reason": each.reason} for each in lost]
        put(json.dumps(whole, indent=2, ensure_ascii=False))
    inputs.finish(status)


def _interchange(data: bytes, interchange: Interchange) -> dict[str, Any]:
    from edigw import parsers

    reading = parsers.read(data, interchange)
    messages = list(reading)
    notation = interchange.notation
    laid = {
        "syntax": interchange.syntax,
        "version": interchange.version,
        "sender": str(interchange.sender),
        "receiver": str(interchange.receiver),
        "control_number": notation.decode(interchange.control_number),
        "prepared_at": notation.decode(interchange.prepared_at),
        "test": interchange.test,
        "header": _segment(interchange.header, 0, notation),
        "groups": [_group(group, notation, [one for one in messages if one.group == at]) for at, group in enumerate(reading.groups)],
        "messages": [_message(one) for one in messages if one.group < 0],
        "loose": [_segment(cut, 0, notation) for cut in reading.loose],
    }
    return {key: value for key, value in laid.items() if value not in ([], "")}


def _group(group: Group, notation: Notation, messages: list[Message]) -> dict[str, Any]:
    return {
        "type": notation.decode(group.type),
        "control_number": notation.decode(group.control_number),
        "release": notation.decode(group.release),
        "header": _segment(group.header, 0, notation),
        "messages": [_message(one) for one in messages],
    }


def _message(message: Message) -> dict[str, Any]:
    from edigw import standards
    from edigw.standards import walk

    notation = message.notation
    laid: dict[str, Any] = {
        "type": notation.decode(message.type),
        "release": notation.decode(message.release),
        "association": notation.decode(message.association),
        "control_number": notation.decode(message.control_number),
    }
    standard = standards.find(notation.syntax, message.type, message.release)
    if standard is None:
        laid["unplaced"] = [_segment(cut, at, notation) for at, cut in enumerate(message.segments(), 1)]
    else:
        walked = walk.walk(message, standard)
        laid["segments"] = _children(walked.root, notation)
        laid["unplaced"] = [_segment(one.cut, one.index, notation) for one in walked.unplaced]
    return {key: value for key, value in laid.items() if value not in ([], "")}


def _children(node: Node, notation: Notation) -> list[dict[str, Any]]:
    """Segments and loops as sent. As deep as the table, which is ours."""
    from edigw.standards.schema import Placed

    return [
        _segment(one.cut, one.index, notation)
        if isinstance(one, Placed)
        else {"loop": one.loop.name or one.loop.tag, "occurrence": one.ordinal, "segments": _children(one, notation)}
        for one in node.children
    ]


def _segment(cut: Cut, position: int, notation: Notation) -> dict[str, Any]:
    tag = cut[0] if cut and isinstance(cut[0], str) else _text(cut[0], notation) if cut else ""
    laid: dict[str, Any] = {"tag": tag, "position": position, "elements": [_element(one, notation) for one in cut[1:]]}
    return laid if position else {"tag": tag, "elements": laid["elements"]}


def _text(element: Element, notation: Notation) -> Any:
    return _element(element, notation)


def _element(element: Element, notation: Notation) -> Any:
    from edigw.model import Repeats

    if isinstance(element, str):
        return notation.decode(element)
    if isinstance(element, Repeats):
        return {"repeats": [_element(one, notation) for one in element]}
    return [notation.decode(part) for part in element]


#: The columns of ``coverage``.
COVERED = ("file", "message", "type", "map", "position", "segment", "element", "value")


@click.command("coverage")
@inputs.files_argument
@inputs.partner_option
@inputs.bare_option
@inputs.json_option
@click.pass_context
def coverage(context: click.Context, files: tuple[str, ...], partner: str | None, bare: bool, as_json: bool) -> None:
    """Print what no map reads of FILE...: one value a line.

    Columns, separated by tabs: file, message (control number), type, map, segment position,
    segment, element (with its component), value. How much was read of each message is said
    on stderr.

    Exit status: 0 each message has a map and a document; 1 one has not; 2 nothing readable.
    """
    from edigw.judge import Terms

    status = Status()
    by = inputs.setting(context, partner)
    for one in inputs.read(files, status):
        if one.data is None:
            continue
        any_found = False
        for found, messages in inputs.judged(one, by, Terms(), bare=bare):
            any_found = True
            if found.judged is None:
                say(f"{one.name}: interchange {found.control_number} held: {found.held} {found.reason}")
                status.at_least(REFUSED)
            for message in messages:
                if not message.document:
                    why = f"{message.held} {message.reason}" if message.held else f"no map reads {message.type or 'this'}"
                    say(f"{one.name}: {inputs.name_of(found, message)}: no document: {why}")
                    status.at_least(REFUSED)
                    continue
                unmapped = json.loads(message.document).get("unmapped", [])
                for value in unmapped:
                    row = {"file": one.name, "message": message.control_number, "type": message.type, "map": message.map}
                    row |= {name: str(value.get(name, "")) for name in COVERED[4:]}
                    put(json.dumps(row, ensure_ascii=False) if as_json else "\t".join(visible(row[name]) for name in COVERED))
                say(f"{one.name}: {inputs.name_of(found, message)}: {len(unmapped)} values not read by {message.map}")
        if not any_found:
            say(f"{one.name}: nothing readable; next: edigw faults {one.name}")
            status.at_least(UNREADABLE)
    inputs.finish(status)
