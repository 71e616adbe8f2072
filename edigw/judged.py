"""What crosses the border between processes: a judged file as bytes, text, numbers and tuples.

Only values. ``judge`` makes them in a pool worker; the flows record them; ``acks`` builds
the answers from them. A module of its own, because those three would otherwise import one
another.
"""

from __future__ import annotations

from typing import TypeAlias

from edigw.records import dataclass

#: A segment of an answer without control numbers: tag first, elements as text in real
#: characters. The components of a composite are joined by COMPONENT.
AnswerSegment: TypeAlias = tuple[str, ...]

#: The unit separator: no value that goes into an answer may hold it.
COMPONENT = "\x1f"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault as it crosses the process border and is stored; see ``faults.Fault``."""

    code: str
    severity: str  #: note, warn, reject
    level: str  #: envelope, syntax, structure, cross-field, business
    offset: int
    segment: str
    segment_position: int
    element: int
    component: int
    repeat: int
    loop: str
    element_id: str
    value: str
    text: str  #: the table's words and the note


@dataclass(frozen=True, slots=True)
class JudgedMessage:
    """One message: its verdict, its document, its part of the answer."""

    ordinal: int  #: from 0 within the interchange
    group: int  #: index of its group, -1 ungrouped
    type: str
    release: str
    association: str
    control_number: str
    span: tuple[int, int]  #: bytes in the file
    verdict: str  #: Verdict.value; "" while undecided: held before it was judged
    standard: str  #: digest of the dictionary data used, "" if none
    map: str  #: "acme/850@3f9c1a", "" if none was used
    deliver: str  #: endpoint, "" if the document goes nowhere
    kind: str  #: document kind ("order"), "" if there is no document
    document: bytes  #: canonical JSON, b"" if there is none
    key: str  #: business key: the document's number
    keys: tuple[tuple[str, str], ...]  #: (name, value) by which ``find`` knows it
    faults: tuple[FaultRow, ...]
    answer: tuple[AnswerSegment, ...]  #: AK2..AK5, UCM..UCD; () if it is not answered
    held: str  #: "" or the code why it waits for a person
    reason: str
    answers: bytes = b""  #: for a received 997/999/TA1/CONTRL: what it says, as JSON
    contents: str = ""  #: digest of what the document says but for its source; "" if its number may stand again


@dataclass(frozen=True, slots=True)
class JudgedGroup:
    """A functional group once its messages are read."""

    ordinal: int
    type: str
    sender: str
    receiver: str
    control_number: str
    release: str
    declared: int
    counted: int
    closed: bool
    faults: tuple[FaultRow, ...]
    parties: tuple[str, str] = ("", "")  #: UNG S006 and S007 as sent, components joined by COMPONENT


@dataclass(frozen=True, slots=True)
class Judged:
    """What one span came to. *resume* continues behind it; None: the interchange is closed."""

    messages: tuple[JudgedMessage, ...]
    groups: tuple[JudgedGroup, ...]  #: all groups seen so far in the interchange
    faults: tuple[FaultRow, ...]  #: of the interchange itself; complete when closed
    next_offset: int
    resume: bytes | None
    loose: tuple[bytes, ...] = ()  #: TA1s received in the envelope, as JSON


@dataclass(frozen=True, slots=True)
class Found:
    """An interchange of a file: its envelope, where it belongs, and its first span judged."""

    syntax: str
    version: str
    sender: tuple[str, str]  #: qualifier, id
    receiver: tuple[str, str]
    control_number: str
    prepared_at: str
    test: bool
    ack_requested: str
    delimiters: tuple[str, str, str, str, str, str]  #: element, component, terminator, repetition, release, decimal
    charset: str
    span: tuple[int, int]
    digest: str  #: SHA-256 of the span's bytes without line padding: what duplicates are judged by
    header: tuple[str, ...]  #: ISA or UNB elements as sent, in real characters; components joined by COMPONENT
    partner: str
    held: str  #: a Route's code
    reason: str
    judged: Judged | None  #: None when held: it is judged when somebody released it


@dataclass(frozen=True, slots=True)
class FileJudged:
    """A whole file: every interchange and every byte that belongs to none."""

    found: tuple[Found, ...]
    unreadable: tuple[tuple[int, int, str], ...]  #: start, end, reason
