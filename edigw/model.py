"""The values every pure room speaks: delimiters, places, segments, messages, interchanges.

Pure values: no files, no clock, no EDI rules. The one decision behind it: on the hot
path a segment is a plain list of text (``Cut``), because an object a segment costs four
times the split. ``Position`` is made only where a fault or a person needs one.

Text here is latin-1: one character is one byte of the file, so an index is a byte
offset. ``Notation.decode`` turns a value into real characters when it is bound,
measured or shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from typing import TypeAlias

from edigw.faults import Fault
from edigw.positions import Position, Syntax
from edigw.records import dataclass

#: What may stand before a tag, behind a last terminator, or between two interchanges.
BLANKS = " \t\r\n\x0b\x0c\x00\x1a"


class Repeats(list["str | list[str]"]):
    """An element sent several times (X12 from 00402, EDIFACT syntax 4), in order."""

    __slots__ = ()


#: An element as received: plain text, a composite (list of components), or repeats of these.
#: A composite sent with its first component only is plain text: ``137`` and ``137:`` differ.
Element: TypeAlias = "str | list[str] | Repeats"

#: A segment cut into elements: ``cut[0]`` is the tag, ``cut[n]`` element n. Trailing
#: elements that were not sent are not there.
Cut: TypeAlias = "list[Element]"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The service characters of one interchange, as latin-1 text; ``""`` means none.

    *terminator* and *component* may be longer than one character: text-mode transfers
    turn them into UTF-8 sequences. *decimal* ``""`` means both ``.`` and ``,`` are read.
    """

    element: str
    component: str
    terminator: str
    repetition: str = ""
    release: str = ""
    decimal: str = "."


X12_DELIMITERS = Delimiters("*", ">", "~", "", "", ".")
EDIFACT_DELIMITERS = Delimiters("+", ":", "'", "", "?", ".")


@dataclass(frozen=True, slots=True)
class Notation:
    """How one interchange writes its segments: enough to cut a text and decode a value."""

    syntax: Syntax
    delimiters: Delimiters
    charset: str  #: a Python codec name: "ascii", "latin-1", "utf-8", "iso8859-2", ...
    cut: Callable[[str], Cut]  #: one segment's text, without terminator, into its elements

    def decode(self, value: str) -> str:
        """Real characters of a latin-1 *value*.

        Bytes the declared charset does not have are read as UTF-8, then as cp1252, and at
        last kept as they are: a name must not be lost because its charset was misdeclared.
        Check reports the bytes; this only reads them.
        """
        if value.isascii():
            return value
        raw = value.encode("latin-1")
        for codec in (self.charset, "utf-8", "cp1252"):
            try:
                return raw.decode(codec)
            except UnicodeDecodeError:
                continue
        return value


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """A trading partner's address in an envelope: ISA qualifier and id, or UNB id and qualifier.

    X12 ids are right-trimmed. *qualifier* is ``""`` where EDIFACT sent none.
    """

    qualifier: str
    id: str

    def __str__(self) -> str:
        return f"{self.qualifier}:{self.id}" if self.qualifier else self.id


@dataclass(slots=True)
class Message:
    """One transaction set or message, its segments still text until somebody looks.

    *texts* are the raw segment texts, header and trailer included, without terminators,
    with any line ends or blanks that stood before the tag; so offsets add up.
    """

    type: str  #: "850", "ORDERS"
    release: str  #: dictionary key: "004010" (GS08 or ST03, first six), "D96A", "D3" for CONTRL
    association: str  #: what follows the release: "VICS", "EAN008", "" if nothing
    control_number: str  #: ST02 or UNH 0062, as sent
    notation: Notation
    texts: list[str]
    start: int  #: byte offset in the file of the first text
    end: int  #: byte offset behind the last terminator
    ordinal: int = 0  #: counted from 0 within the interchange
    group: int = -1  #: index into the interchange's groups; -1 = ungrouped
    faults: list[Fault] = field(default_factory=list)  #: what is wrong with its own envelope
    _cuts: list[Cut] | None = None
    _offsets: list[int] | None = None

    def segments(self) -> list[Cut]:
        """Every segment cut into elements, ST/UNH first, SE/UNT last if it was sent."""
        if self._cuts is None:
            cut = self.notation.cut
            self._cuts = [cut(text) for text in self.texts]
        return self._cuts

    def header(self) -> Cut:
        """ST or UNH alone, for those who do not look into the message: one beyond the limits is never cut whole."""
        if self._cuts:
            return self._cuts[0]
        return self.notation.cut(self.texts[0]) if self.texts else []

    def position(self, segment: int, element: int = 0, component: int = 0, repeat: int = 0) -> Position:
        """The place of *segment* (1 = ST or UNH) or of a part of it."""
        if self._offsets is None and segment <= 1:
            before = BLANKS + self.notation.delimiters.terminator
            text = self.texts[0] if self.texts else ""
            return Position(self.start + len(text) - len(text.lstrip(before)), segment, element, component, repeat)
        if self._offsets is None:
            terminator = self.notation.delimiters.terminator
            step, before = len(terminator), BLANKS + terminator  # an empty segment stands before the tag that follows it
            offsets, at = [], self.start
            for text in self.texts:
                offsets.append(at + len(text) - len(text.lstrip(before)))
                at += len(text) + step
            self._offsets = offsets
        index = min(max(segment, 1), len(self._offsets)) - 1
        return Position(self._offsets[index] if self._offsets else self.start, segment, element, component, repeat)


@dataclass(slots=True)
class Group:
    """A functional group (GS..GE, UNG..UNE). *declared* and *counted* are messages."""

    type: str  #: GS01 ("PO"), or the UNG message type
    sender: str  #: GS02, or UNG S006 id
    receiver: str
    control_number: str  #: GS06, UNG 0048, as sent
    release: str  #: GS08 as sent ("004010VICS"), or S008 joined ("D96A")
    prepared_at: str = ""  #: date and time as sent, joined by a blank
    header: Cut = field(default_factory=list)
    start: int = 0  #: byte offset of GS / UNG
    declared: int = -1  #: GE01 / UNE 0060; -1 = no trailer or no number
    counted: int = 0
    closed: bool = False  #: its trailer was read
    faults: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class Interchange:
    """One envelope and what it says of itself. *span* is (start, end) bytes in the file."""

    syntax: Syntax
    version: str  #: ISA12 ("00401"), or UNB syntax ("UNOC:3")
    sender: Identity
    receiver: Identity
    control_number: str  #: ISA13, UNB 0020, as sent
    prepared_at: str  #: date and time as sent, joined by a blank ("261120 1530")
    test: bool  #: ISA15 = T, UNB 0035 = 1
    ack_requested: str  #: ISA14 ("0", "1"), UNB 0031 ("", "1", "2")
    notation: Notation
    span: tuple[int, int]
    header: Cut  #: ISA or UNB, cut
    groups: list[Group] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)  #: what is wrong with ISA/IEA, UNB/UNZ, and named leniencies
    closed: bool = False  #: its trailer was found by split


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that belong to no interchange: kept, counted, shown, never guessed."""

    span: tuple[int, int]
    reason: str


# What we write. The same shapes for acknowledgements and for documents.


@dataclass(slots=True)
class OutMessage:
    """A message to be written; *segments* stand between header and trailer, tag first."""

    type: str
    release: str  #: "004010", "D96A"; for CONTRL "D3" or "41"
    control_number: str  #: ST02 / UNH 0062, ready to send ("0001", "1")
    segments: list[Cut]
    association: str = ""  #: "EAN008"; X12: appended to GS08 by its group
    convention: str = ""  #: ST03 ("005010X231A1"), X12 from 005010


@dataclass(slots=True)
class OutGroup:
    """A functional group to be written; X12 always, EDIFACT only where a partner asks."""

    type: str
    sender: str
    receiver: str
    control_number: str
    release: str  #: GS08 whole ("004010", "005010X231A1")
    messages: list[OutMessage]


@dataclass(slots=True)
class OutInterchange:
    """An interchange to be written. *groups* for X12, *messages* for ungrouped EDIFACT."""

    syntax: Syntax
    version: str  #: "00401", "UNOC:3"
    sender: Identity
    receiver: Identity
    control_number: str
    prepared_at: datetime  #: written as sent: the caller chooses the zone
    test: bool
    delimiters: Delimiters
    charset: str
    groups: list[OutGroup] = field(default_factory=list)
    messages: list[OutMessage] = field(default_factory=list)
    loose: list[Cut] = field(default_factory=list)  #: X12 segments between ISA and the first GS (TA1)
    ack_requested: str = ""


__all__ = [
    "BLANKS",
    "EDIFACT_DELIMITERS",
    "X12_DELIMITERS",
    "Cut",
    "Delimiters",
    "Element",
    "Group",
    "Identity",
    "Interchange",
    "Message",
    "Notation",
    "OutGroup",
    "OutInterchange",
    "OutMessage",
    "Position",
    "Repeats",
    "Syntax",
    "Unreadable",
]
