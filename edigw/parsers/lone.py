"""Messages without an interchange around them, for people who ask for it (``--bare``).

Pure. Nothing says which characters serve, so they are guessed from the first header; the
daemon never does this, for a guess must not be answered or delivered.
"""

from __future__ import annotations

import re

from edigw.model import Delimiters, Identity, Interchange, Message, Syntax
from edigw.parsers.cutting import notation
from edigw.parsers.edifact import EdifactReading
from edigw.parsers.head import Head
from edigw.parsers.reading import Reading
from edigw.parsers.x12 import X12Reading

_ST = re.compile(r"(?:\A|[\r\n\s])ST([^A-Za-z0-9\s])[0-9]{3}\1[ ]*[A-Za-z0-9]{1,9}[ ]*(?:\1[A-Za-z0-9]{0,35})?([^A-Za-z0-9]|\Z)")
_UNH = re.compile(r"(?:\A|[^A-Za-z0-9])UNH([^A-Za-z0-9\s])[^\r\n]{0,40}?\1[A-Z]{6}([^A-Za-z0-9\s])")


def bare(data: bytes) -> list[Message]:
    """Every UNH..UNT or ST..SE of *data*, whichever comes first; an empty list if there is none.

    Their ``release`` is what the header itself says: ``""`` for a set before 005010.
    """
    text = data.decode("latin-1")
    found = [match for match in (_ST.search(text), _UNH.search(text)) if match is not None]
    if not found:
        return []
    first = min(found, key=lambda match: match.start())
    start = first.start() + (0 if text.startswith(("ST", "UNH"), first.start()) else 1)
    reading = _x12(data, first, start) if first.re is _ST else _edifact(data, text, first, start)
    return list(reading)


def _x12(data: bytes, header: re.Match[str], start: int) -> Reading:
    terminator = header[2] or "~"
    component = next(c for c in ">:|" if c not in (header[1], terminator))
    return X12Reading(data, *_opened(data, start, Delimiters(header[1], component, terminator), "x12"))


def _edifact(data: bytes, text: str, header: re.Match[str], start: int) -> Reading:
    element, component = header[1], header[2]
    una = text.rfind("UNA", 0, start)
    if una >= 0 and text[una + 4 : una + 5] == element and not text[una + 9 : start].strip():
        told = Delimiters(element, component, text[una + 8], "", text[una + 6].strip(), text[una + 5])
        return EdifactReading(data, *_opened(data, start, told, "edifact"))
    e, c = re.escape(element), re.escape(component)
    following = re.search(rf"([^A-Za-z0-9{e}{c} ])[\r\n ]*[A-Z]{{3}}{e}", text[header.end() : header.end() + 400])
    terminator = following[1] if following else "'"
    return EdifactReading(data, *_opened(data, start, Delimiters(element, component, terminator, "", "?"), "edifact"))


def _opened(data: bytes, start: int, delimiters: Delimiters, syntax: Syntax) -> tuple[Interchange, Head]:
    notes = notation(syntax, delimiters, "utf-8")
    nobody = Identity("", "")
    interchange = Interchange(syntax, "", nobody, nobody, "", "", False, "", notes, (start, len(data)), [])
    return interchange, Head(interchange, start, False)
