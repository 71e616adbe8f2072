"""What one pool task does: a span of a file in, ``Judged`` out. Pure.

Parse, check, read into the document, prepare the answer's parts. No clock, no ledger,
no control numbers: those are given when the answer is recorded. What crosses the
process border is bytes, text, numbers and tuples only (``judged``).

A verdict comes from check alone. Whether a document could be made is another question:
one that could not is held, and the answer still says what check said. Whatever a message
does to us here, a map that raises included, its neighbours are judged.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import field
from typing import TYPE_CHECKING

from edigw import acks, parsers, standards
from edigw.agreements import Book, Partner, Route
from edigw.faults import Fault, FaultCode, Policy, fault
from edigw.judged import COMPONENT, AnswerSegment, FaultRow, FileJudged, Found, Judged, JudgedGroup, JudgedMessage
from edigw.judging import Bench, bounded, rows
from edigw.model import Element, Group, Identity, Interchange, Notation, Position, Unreadable
from edigw.parsers import isa
from edigw.records import dataclass

if TYPE_CHECKING:
    from edigw.mappings.library import Library

__all__ = [
    "AnswerSegment",
    "FaultRow",
    "FileJudged",
    "Found",
    "Judged",
    "JudgedGroup",
    "JudgedMessage",
    "Terms",
    "bare",
    "file",
    "span",
]

SPAN_BYTES = 1 << 20  # a span ends here too, so that a task stays well inside its deadline

BARE_RELEASE = "004010"  # what most transaction sets without a group around them are written in

_PADDING = b" \t\r\n\x00\x1a"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a command asks for beside the configuration; the daemon has the defaults.

    *partner*: judge by this partner's agreements, whoever the envelope names. *policy* is
    for messages without a partner. *strict* makes every warning and leniency a rejection.
    *acknowledge* ("997", "999") answers by this instead of what was agreed. *documents*
    False: check only, no map is read.
    """

    partner: str = ""
    policy: Policy = field(default_factory=Policy)
    strict: bool = False
    acknowledge: str = ""
    documents: bool = True


def file(
    payload: bytes, name: str, channel: str, book: Book | None, library: Library | None, *, limit: int = 500, terms: Terms | None = None
) -> FileJudged:
    """Every interchange of a file, each routed and its first span of *limit* messages judged.

    A held interchange is not judged. *limit* 0 judges no message and gives every envelope
    with its ``resume``. *book* None routes nothing: messages are judged with the base maps
    and ``terms.policy``, as the commands do; *library* None reads no map at all. Never
    raises for what the bytes hold.
    """
    terms = terms or Terms()
    found: list[Found] = []
    unreadable: list[tuple[int, int, str]] = []
    for one in parsers.split(payload):
        if isinstance(one, Unreadable):
            unreadable.append((*one.span, one.reason))
            continue
        route = _route(one, channel, book, terms)
        judged = (
            None if route.held else _span(payload, one, _bench(name, one, route.partner, book, library, terms), None, limit, frozenset())
        )
        found.append(_found(payload, one, route, judged))
    return FileJudged(tuple(found), tuple(unreadable))


def span(
    payload: bytes,
    found: Found,
    book: Book | None,
    library: Library | None,
    *,
    name: str,
    offset: int = 0,
    resume: bytes | None = None,
    limit: int = 500,
    skip: frozenset[int] = frozenset(),
    terms: Terms | None = None,
) -> Judged:
    """Continue *found* behind its last message: from *resume*, or from its beginning without one.

    *offset* is where that is, for the caller's cursor; *skip* names ordinals that are not
    looked at but held as poison. The partner is *found*'s, by today's *book*. Raises
    ValueError when the bytes are not those the interchange was found in.
    """
    interchange = parsers.envelope(payload, found.span)
    if interchange is None or (offset and not found.span[0] <= offset <= found.span[1]):
        raise ValueError(f"{name}: no interchange stands at {found.span}")
    bench = _bench(name, interchange, found.partner, book, library, terms or Terms())
    return _span(payload, interchange, bench, resume, limit, skip)


def bare(payload: bytes, name: str, library: Library | None, *, terms: Terms | None = None) -> FileJudged:
    """Messages without an interchange around them, judged as if nobody had sent them.

    One Found without identities, or nothing but the bytes when there is no message. A
    transaction set names its release from 005010 on only; before, it is read as 004010.
    """
    terms = terms or Terms()
    messages = parsers.bare(payload)
    if not messages:
        return FileJudged((), ((0, len(payload), "no ISA, UNA or UNB, and no ST or UNH either"),))
    for one in messages:
        one.release = one.release or BARE_RELEASE
    notation = messages[0].notation
    nobody = Identity("", "")
    whole = (0, len(payload))
    interchange = Interchange(notation.syntax, "", nobody, nobody, "", "", False, "", notation, whole, [])
    bench = _bench(name, interchange, "", None, library, terms)
    judged = Judged(tuple(bench.message(one, None) for one in messages), (), (), whole[1], None)
    return FileJudged((_found(payload, interchange, Route(""), judged),), ())


def _route(interchange: Interchange, channel: str, book: Book | None, terms: Terms) -> Route:
    if book is None:
        return Route("")
    if terms.partner:
        return Route(terms.partner)
    groups = tuple(group.sender for group in interchange.groups)
    return book.route(interchange.syntax, interchange.sender, interchange.receiver, groups, channel)


def _bench(name: str, interchange: Interchange, partner: str, book: Book | None, library: Library | None, terms: Terms) -> Bench:
    known: Partner | None = book.partners.get(partner) if book is not None and partner else None
    policy = known.policies.judge if known is not None else terms.policy
    if terms.strict:
        policy = Policy(policy.levels, policy.codes, strict=True)
    return Bench(name, interchange, known, policy, library, terms.acknowledge, terms.documents)


def _span(payload: bytes, interchange: Interchange, bench: Bench, resume: bytes | None, limit: int, skip: frozenset[int]) -> Judged:
    reading = parsers.read(payload, interchange, resume=resume)
    began = reading.offset
    messages: list[JudgedMessage] = []
    more = True
    while len(messages) < limit and reading.offset - began < SPAN_BYTES:
        message = next(reading, None)
        if message is None:
            more = False
            break
        group = reading.groups[message.group] if message.group >= 0 else None
        messages.append(bench.poison(message) if message.ordinal in skip else bench.message(message, group))
    groups = tuple(_group(at, group, interchange, bench.policy) for at, group in enumerate(reading.groups))
    loose = tuple(acks.read_ta1(cut).json() for cut in reading.loose if cut[0] == "TA1")
    faults = tuple(rows(bench.policy.apply(reading.faults)))
    return Judged(tuple(messages), groups, faults, reading.offset, reading.resume() if more else None, loose)


def _group(ordinal: int, group: Group, interchange: Interchange, policy: Policy) -> JudgedGroup:
    said = _not_known(group) if interchange.syntax == "x12" else []
    if any(one.code is FaultCode.X12_GROUP_UNKNOWN for one in said):  # what no group is cannot be the wrong one as well
        group.faults[:] = [one for one in group.faults if one.code is not FaultCode.LENIENT_GROUP_TYPE]
    return JudgedGroup(
        ordinal=ordinal,
        type=group.type,
        sender=group.sender,
        receiver=group.receiver,
        control_number=group.control_number,
        release=group.release,
        declared=group.declared,
        counted=group.counted,
        closed=group.closed,
        faults=tuple(rows(policy.apply([*said, *group.faults]))),
        parties=_parties(group, interchange) if interchange.syntax == "edifact" else ("", ""),
    )


def _not_known(group: Group) -> list[Fault]:
    """A GS whose kind of group or whose release nobody knows; one that lacks its elements is said to be damaged."""
    if len(group.header) < 9:
        return []
    found = []
    if group.type not in standards.functional_groups():
        found.append(fault("x12", FaultCode.X12_GROUP_UNKNOWN, Position(group.start, 0, 1), group.type, segment="GS"))
    if not standards.has_dictionary("x12", isa.release_key(group.release)[0]):
        found.append(fault("x12", FaultCode.X12_GROUP_RELEASE, Position(group.start, 0, 8), group.release, segment="GS"))
    return found


def _parties(group: Group, interchange: Interchange) -> tuple[str, str]:
    """UNG S006 and S007 as they were sent, for a UCF to copy."""
    sent = [_joined(group.header[at], interchange.notation) if at < len(group.header) else "" for at in (2, 3)]
    return sent[0], sent[1]


def _found(payload: bytes, interchange: Interchange, route: Route, judged: Judged | None) -> Found:
    d = interchange.notation.delimiters
    start, end = interchange.span
    return Found(
        syntax=interchange.syntax,
        version=interchange.version,
        sender=(interchange.sender.qualifier, interchange.sender.id),
        receiver=(interchange.receiver.qualifier, interchange.receiver.id),
        control_number=interchange.control_number,
        prepared_at=interchange.prepared_at,
        test=interchange.test,
        ack_requested=interchange.ack_requested,
        delimiters=(d.element, d.component, d.terminator, d.repetition, d.release, d.decimal),
        charset=interchange.notation.charset,
        span=interchange.span,
        digest=_digest(payload[start:end], d.terminator.encode("latin-1")),
        header=tuple(_joined(element, interchange.notation) for element in interchange.header),
        partner=route.partner,
        held=route.held,
        reason=route.reason,
        judged=judged,
    )


def _joined(element: Element, notation: Notation) -> str:
    if isinstance(element, str):
        return bounded(notation.decode(element))
    parts = (part if isinstance(part, str) else "".join(part) for part in element)
    return COMPONENT.join(bounded(notation.decode(part).replace(COMPONENT, " ")) for part in parts)


def _digest(data: bytes, terminator: bytes) -> str:
    """SHA-256 in hex of an interchange, whatever line ends stand behind its terminators, or in their place."""
    data = data.strip(_PADDING)
    if b"\n" in data or b"\r" in data:
        if terminator.strip(b"\r\n"):
            data = re.sub(rb"(?<=" + re.escape(terminator) + rb")[\r\n]+", b"", data)
        else:
            data = re.sub(rb"[\r\n]+", b"\n", data)
    return hashlib.sha256(data).hexdigest()
