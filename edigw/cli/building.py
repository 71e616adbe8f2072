"""``build``: a canonical document into the EDI a partner gets, control numbers from their beginning.

For trying a map and for looking at what would be sent. Nothing is recorded and no number
is used up: what really goes out is numbered by the ledger.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from edigw.cli import inputs
from edigw.cli.inputs import REFUSED, UNREADABLE, Setting, Status, put_bytes, say
from edigw.cli.pure import moment
from edigw.records import dataclass

if TYPE_CHECKING:
    from edigw.faults import Policy
    from edigw.mappings import Program
    from edigw.model import Identity, OutInterchange

NOBODY = ("SENDER", "RECEIVER")  # identities of an interchange that is for nobody


@dataclass(frozen=True, slots=True)
class Envelope:
    """What stands around the message."""

    sender: Identity
    receiver: Identity
    group_sender: str
    group_receiver: str
    test: bool
    interchange: int
    group: int


@click.command("build")
@click.argument("document", metavar="DOC.json")
@click.option("--partner", metavar="P", help="write by this partner's send: entry for the document; needs an instance")
@click.option("--map", "map_name", metavar="M", help="write with this map (x12/850, edifact/ORDERS); with --release")
@click.option("--release", metavar="R", help="the release to write in (004010, 004010VICS, D96A, D96A:EAN008)")
@click.option("--now", metavar="T", help="date and time of the envelope, ISO 8601; default: now, in UTC")
@click.pass_context
def build(context: click.Context, document: str, partner: str | None, map_name: str | None, release: str | None, now: str | None) -> None:
    """Print DOC.json as EDI, by a partner's send: entry or by a map and a release.

    Without a partner the envelope names the sender and receiver of the document's source, or
    nobody, and is marked as a test. Control numbers are the first ones.

    Exit status: 0 written; 1 the document cannot be written by this map, every field is named;
    2 no document, or no such partner, map or release.
    """
    from edigw import parsers
    from edigw.errors import ConfigError, NotWritable

    status = Status()
    if bool(partner) == bool(map_name) or bool(map_name) != bool(release):
        say("edigw build takes --partner P, or --map M with --release R")
        sys.exit(UNREADABLE)
    at = moment(now)
    by = inputs.setting(context, partner)
    fields = _fields(document, status)
    kind = str(fields.get("document", ""))
    if by.book is not None:
        sends = by.book.partners[by.partner].send
        agreed = next((one for one in sends if one.document == kind), None)
        if agreed is None:
            say(f"{by.partner} has no send: entry for {kind or 'this'}; agreed are {', '.join(one.document for one in sends) or 'none'}")
            sys.exit(UNREADABLE)
        map_name, release = agreed.map, agreed.release
    assert map_name is not None
    assert release is not None
    try:
        program, association = _program(by, map_name, release)
    except ConfigError as error:
        for problem in error.problems:
            say(str(problem))
        sys.exit(UNREADABLE)
    if kind != program.kind:
        say(f"{document}: its kind is {kind or 'not said'}, {map_name} writes {program.kind}")
        sys.exit(UNREADABLE)
    policy = by.book.partners[by.partner].policies.judge if by.book is not None else None
    around = _envelope(by, program, fields)
    try:
        data = parsers.write(_interchange(program, fields, release, association, around, at, policy))
    except NotWritable as error:
        for where, text in error.problems:
            say(f"{document}: {where}: {text}")
        sys.exit(REFUSED)
    for path in program.unwritten(fields):
        say(f"{document}: {path} is not written: {map_name} does not bind it")
    put_bytes(data)
    inputs.finish(status)


def _fields(name: str, status: Status) -> dict[str, Any]:
    for one in inputs.read([name], status):
        if one.data is None:
            break
        try:
            found = json.loads(one.data)
        except ValueError as error:
            say(f"{name}: no JSON: {error}")
            break
        except RecursionError:
            say(f"{name}: no document: its JSON is nested too deeply")
            break
        if isinstance(found, dict):
            return found
        say(f"{name}: a document is a JSON object")
    sys.exit(UNREADABLE)


def _program(by: Setting, map_name: str, release: str) -> tuple[Program, str]:
    """The compiled map, and the association of a release written with one. Leaves with 2 where there is none."""
    from edigw import standards
    from edigw.model import Syntax

    assert by.library is not None
    base = by.library.load(map_name).base
    family, _, message = base.partition("/")
    x12 = family == "x12" or (family != "edifact" and message.isdigit())  # a partner's whole map is named by partner and message
    syntax: Syntax = "x12" if x12 else "edifact"
    match = re.fullmatch("([0-9]{6})(.*)" if syntax == "x12" else "([A-Z][0-9]{2}[A-Z]|[A-Z0-9]+)(?::(.*))?", release)
    key, association = (match[1], match[2] or "") if match else (release, "")
    standard = standards.find(syntax, message, key)
    if standard is None:
        near = standards.nearest(syntax, message, key)
        say(f"there is no {message} in release {release}" + (f"; the nearest is {near}" if near else ""))
        sys.exit(UNREADABLE)
    return by.library.program(map_name, standard), association


def _envelope(by: Setting, program: Program, fields: dict[str, Any]) -> Envelope:
    from edigw.model import Identity

    if by.book is not None:
        partner = by.book.partners[by.partner]
        if program.standard.syntax == "x12" and partner.x12 and by.book.our_x12:
            ours, theirs = by.book.our_x12[0], partner.x12[0]
            return Envelope(
                ours.identity, theirs.identity, ours.group or ours.identity.id, theirs.group or theirs.identity.id, False,
                partner.interchange_number, partner.group_number,
            )  # fmt: skip
        if program.standard.syntax == "edifact" and partner.edifact and by.book.our_edifact:
            return Envelope(by.book.our_edifact[0], partner.edifact[0], "", "", False, partner.interchange_number, partner.group_number)
        say(f"{by.partner} or the gateway has no {program.standard.syntax} identity")
        sys.exit(UNREADABLE)
    source = fields.get("source")
    told = source if isinstance(source, dict) else {}
    named = [_identity(told.get(name), nobody) for name, nobody in zip(("sender", "receiver"), NOBODY, strict=True)]
    sender, receiver = named if program.standard.syntax == told.get("syntax") else [Identity("ZZ", name) for name in NOBODY]
    return Envelope(sender, receiver, sender.id, receiver.id, True, 1, 1)


def _identity(shown: object, nobody: str) -> Identity:
    from edigw.model import Identity

    qualifier, colon, ident = str(shown or f"ZZ:{nobody}").partition(":")
    return Identity(qualifier, ident) if colon else Identity("", qualifier)


def _interchange(
    program: Program, fields: dict[str, Any], release: str, association: str, envelope: Envelope, at: datetime, policy: Policy | None
) -> OutInterchange:
    from edigw.model import EDIFACT_DELIMITERS, X12_DELIMITERS, OutGroup, OutInterchange, OutMessage

    standard = program.standard
    x12 = standard.syntax == "x12"
    delimiters = X12_DELIMITERS if x12 else EDIFACT_DELIMITERS
    charset = "ascii" if x12 else "latin-1"
    cuts = program.write(fields, delimiters=delimiters, charset=charset, association=association, policy=policy)
    number = "0001" if x12 else "1"
    message = OutMessage(standard.type, standard.release, number, cuts, association="" if x12 else association)
    out = OutInterchange(
        syntax=standard.syntax,
        version=f"{standard.release[:5]}" if x12 else "UNOC:3",
        sender=envelope.sender,
        receiver=envelope.receiver,
        control_number=f"{envelope.interchange:09}" if x12 else str(envelope.interchange),
        prepared_at=at,
        test=envelope.test,
        delimiters=delimiters,
        charset=charset,
    )
    if x12:
        group = OutGroup(standard.group, envelope.group_sender, envelope.group_receiver, str(envelope.group), release, [message])
        out.groups.append(group)
    else:
        out.messages.append(message)
    return out
