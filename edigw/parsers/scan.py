"""Finding the interchanges of a file: spans only, no message is looked at.

Pure, and it never raises. Every byte ends up in one span: of an interchange, with its
padding behind it, or of an Unreadable.

A header counts at the start of a segment or a line, a trailer at the start of a segment;
so a company called UNA or a comment that quotes an ISA opens nothing. Places found are
remembered, so that a file of a million headers is searched once and not a million times.
"""

from __future__ import annotations

import re
from functools import lru_cache

from edigw.faults import FaultCode
from edigw.model import BLANKS, Delimiters, Interchange, Unreadable
from edigw.parsers import isa, unb
from edigw.parsers.batches import behind_binary, released, terminator
from edigw.parsers.cutting import BINARY, BLANK_BYTES, notation
from edigw.parsers.head import MAX_GROUPS, Head, noted
from edigw.parsers.sightings import Sightings

#: A file holds at most so many interchanges; what follows is kept as one Unreadable. Real
#: batches hold hundreds; a million empty envelopes would take gigabytes to describe.
MAX_INTERCHANGES = 50_000
RECORDS = 1 << 16  #: bytes looked at to tell fixed records from line ends that somebody typed
NARROW = 40  #: columns; a single broken line shorter than that was broken by a person
WIDEST = 1_000  #: columns of a record
TRAILER = 200  #: bytes; no IEA, UNZ, GS or UNG that can be read is longer

BOM = b"\xef\xbb\xbf"
_BLANK = re.compile(b"[" + re.escape(BLANK_BYTES) + b"]*")
_HEADS = (b"ISA", b"UNA", b"UNB")


def open_at(data: bytes, at: int) -> Head | None:
    """The interchange that begins at *at*, behind a byte order mark and blanks.

    Its faults are those of the header, a byte order mark and wrapped records among them.
    """
    place = behind_blanks(data, at)
    tag = data[place : place + 3]
    head = _isa(data, place) if tag == b"ISA" else _unb(data, place) if tag in _HEADS else None
    if head is not None:
        interchange = head.interchange
        if BOM in data[at:place]:
            interchange.faults.append(noted(interchange.syntax, FaultCode.LENIENT_BOM, at))
        if head.wrapped:
            interchange.faults.append(noted(interchange.syntax, FaultCode.LENIENT_WRAPPED, place))
    return head


def _unb(data: bytes, at: int) -> Head | None:
    head = unb.head(data, at)
    if head is not None and _in_records(data, at, head):
        return unb.head(data, at, wrapped=True) or head
    return head


def _isa(data: bytes, at: int) -> Head | None:
    head = isa.head(data, at)
    if head is None:
        return None
    interchange, old = head.interchange, head.interchange.notation
    if _in_records(data, at, head):
        interchange.notation = notation(old.syntax, old.delimiters, old.charset, wrapped=True)
        return Head(interchange, head.body, True)
    if head.wrapped:  # broken by a line end, yet the file is not of records
        interchange.faults.insert(0, noted("x12", FaultCode.X12_ISA_DAMAGED, at, note="a line end stands inside it", segment="ISA"))
        return Head(interchange, head.body, False)
    return head


def behind_blanks(data: bytes, at: int) -> int:
    """Offset behind blanks, NUL, SUB and byte order marks."""
    while True:
        found = _BLANK.match(data, at)
        at = found.end() if found else at
        if not data.startswith(BOM, at):
            return at
        at += len(BOM)


def split(data: bytes) -> list[Interchange | Unreadable]:
    """Every interchange of a file and every span that is none, in order, without gaps."""
    out: list[Interchange | Unreadable] = []
    sightings = Sightings(data)
    size, at = len(data), 0
    while at < size:
        head = open_at(data, at)
        if head is None:
            behind = _next_head(data, behind_blanks(data, at), sightings)
            out.append(Unreadable((at, behind), _reason(data, at, behind)))
            at = behind
            continue
        if len(out) >= MAX_INTERCHANGES:
            out.append(Unreadable((at, size), f"more than {MAX_INTERCHANGES} interchanges in one file"))
            break
        end = _close(data, head, sightings)
        head.interchange.span = (at, end)
        out.append(head.interchange)
        at = end
    return out


def first_head(data: bytes) -> Head | None:
    """The header of the first interchange anywhere in *data*."""
    return open_at(data, 0) or open_at(data, _next_head(data, behind_blanks(data, 0), Sightings(data)))


def _next_head(data: bytes, at: int, sightings: Sightings) -> int:
    """Where the next interchange begins behind *at*, its leading blanks not counted."""
    at += 1
    while True:
        place = min(sightings.after(tag, at) for tag in _HEADS)
        if place >= len(data):
            return len(data)
        before = data[place - 1 : place]
        if not (before.isalnum() and before.isascii()) and open_at(data, place) is not None:
            return place
        at = place + 1


def _reason(data: bytes, start: int, end: int) -> str:
    first = behind_blanks(data, start)
    if first >= end:
        return "blanks only"
    text = data[first : first + 4]
    if text[:3] == b"ISA":
        return "an ISA that is cut short or damaged beyond reading"
    if text[:3] == b"UNH" or re.match(rb"UNA.{5,6}\s*UNH", data[first : first + 20], re.DOTALL) or re.match(rb"ST[^A-Za-z0-9 ]\d", text):
        return "a message without an interchange around it; the commands read it with --bare"
    if text[:3] in (b"UNA", b"UNB"):
        return f"a {text[:3].decode()} that is cut short or damaged beyond reading"
    if data.startswith((b"\xff\xfe", b"\xfe\xff"), start):
        return "UTF-16 text; interchanges are one byte a character"
    return "no ISA, UNA or UNB"


def _close(data: bytes, head: Head, sightings: Sightings) -> int:
    """Where the interchange ends, its padding included. Fills in groups, faults and ``closed``."""
    interchange = head.interchange
    d = interchange.notation.delimiters
    is_x12 = interchange.syntax == "x12"
    element = d.element.encode("latin-1")
    trailer = (b"IEA" if is_x12 else b"UNZ") + element
    find = sightings.broken if head.wrapped else sightings.after
    binary: tuple[bytes, ...] = ()
    closing = find(trailer, head.body)
    plain = closing < sightings.after(b"ISA" if is_x12 else b"UNB", head.body) and _starts(data, closing, head.body, d)
    if plain:
        end = _behind_trailer(data, closing, d, sightings)
        plain = end >= len(data) or _open_quickly(data, end)
    if not plain:  # a trailer is missing, or it stands in binary data: everything has to be looked at
        binary = tuple(tag.encode() + element for tag in BINARY) if is_x12 else ()
        opening: tuple[bytes, ...] = _HEADS
    else:
        opening = ()
    group = b"GS" + element
    at, size = head.body, len(data)
    while True:
        closing = find(trailer, at)
        grouping = find(group, at) if is_x12 and len(interchange.groups) < MAX_GROUPS else size
        starting = min((sightings.after(tag, at) for tag in opening), default=size)
        jumping = min((sightings.after(tag, at) for tag in binary), default=size)
        place = min(closing, grouping, starting, jumping)
        if place >= size:
            return size
        if place == starting:
            if _starts(data, place, head.body, d, lines=True) and open_at(data, place) is not None:
                return place
        elif _starts(data, place, head.body, d):
            if place == closing:
                interchange.closed = True
                return _behind_trailer(data, place, d, sightings)
            if place == grouping:
                _list_group(data, place, interchange)
            elif (behind := behind_binary(data, place, size, d)) > 0:
                at = behind
                continue
        at = place + 1


def _open_quickly(data: bytes, at: int) -> bool:
    return data[at : at + 3] in _HEADS and open_at(data, at) is not None


def _list_group(data: bytes, at: int, interchange: Interchange) -> None:
    """Note the GS at *at*: routing wants to know who the groups are from."""
    stop = terminator(data, at, min(at + 2 * TRAILER, len(data)), interchange.notation.delimiters)
    if stop >= 0:
        interchange.groups.append(isa.group(interchange.notation.cut(data[at:stop].decode("latin-1")), at))


def _starts(data: bytes, at: int, floor: int, d: Delimiters, *, lines: bool = False) -> bool:
    """Whether a segment, or with *lines* a line, starts at *at*."""
    mark, release = d.terminator.encode("latin-1"), d.release.encode("latin-1")
    first = at
    while first > floor and data[first - 1] in BLANK_BYTES and not data.endswith(mark, floor, first):
        first -= 1
    if first == floor or (lines and (b"\n" in data[first:at] or b"\r" in data[first:at])):
        return True
    return data.endswith(mark, floor, first) and not (release and released(data, first - len(mark), release, floor))


def _behind_trailer(data: bytes, at: int, d: Delimiters, sightings: Sightings) -> int:
    """Where the padding behind the trailer at *at* ends."""
    limit = min(at + TRAILER, len(data))
    stop = terminator(data, at, limit, d)
    following = min(sightings.after(tag, at) for tag in _HEADS)
    if following < (limit if stop < 0 else stop) and _starts(data, following, at, d, lines=True) and open_at(data, following) is not None:
        return following  # the trailer's own terminator is missing
    if stop >= 0:
        end = stop + len(d.terminator)
    else:
        line = re.compile(rb"[^\r\n\x00\x1a]*").match(data, at, limit)
        end = line.end() if line else limit
    padding = _padding(d.terminator.encode("latin-1")).match(data, end)
    return padding.end() if padding else end


@lru_cache(maxsize=256)
def _padding(mark: bytes) -> re.Pattern[bytes]:
    return re.compile(b"(?:[" + re.escape(BLANK_BYTES) + b"]|" + re.escape(mark) + b")*")


def _in_records(data: bytes, at: int, head: Head) -> bool:
    """Whether line ends inside segments are those of fixed records.

    Every line that ends inside a segment is then of one width, and none is wider. Line
    ends that somebody typed into a text do not fall so; they stay in the text.
    """
    d, limit = head.interchange.notation.delimiters, head.body + RECORDS
    if data.find(b"\n", at, at + WIDEST) < 0:
        return False
    for tag in _HEADS if head.interchange.syntax == "x12" else reversed(_HEADS):  # the likeliest first: the others stop there
        found = data.find(tag, head.body, limit)
        limit = found if found >= 0 else limit
    sample = data[at : min(limit, len(data))]
    if b"\n" not in sample or d.terminator in ("\n", "\r"):
        return False
    if head.interchange.syntax == "x12" and any(tag.encode() + d.element.encode("latin-1") in sample for tag in BINARY):
        return False  # line ends may be data
    lines = sample.decode("utf-8", "replace").rstrip(BLANKS).split("\n")
    mark = d.terminator.encode("latin-1").decode("utf-8", "replace")
    width = broken = 0
    for line in lines[:-1]:
        line = line.rstrip("\r")
        whole = line.rstrip(BLANKS)
        run = len(whole) - 1 - len(whole[:-1].rstrip(d.release)) if d.release else 0
        if whole and not (whole.endswith(mark) and run % 2 == 0):
            if broken and len(line) != width:
                return False
            broken, width = broken + 1, len(line)
    if not broken or (broken < 3 and width < NARROW):
        return False
    return max(map(len, (line.rstrip("\r") for line in lines))) <= width


def envelope(data: bytes, span: tuple[int, int]) -> Interchange | None:
    """The interchange of a *span* that ``split`` gave earlier; None if the bytes are others.

    Its groups are not listed, and ``closed`` is not known: this looks at the header only.
    """
    head = open_at(data, span[0])
    if head is None or head.body > span[1] or span[1] > len(data):
        return None
    head.interchange.span = span
    return head.interchange
