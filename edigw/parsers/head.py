"""What an envelope's first segment tells: the interchange it opens and how to read on.

Pure. Shared by both syntaxes, so that finding, reading and writing speak of one thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edigw.faults import Fault, FaultCode, fault
from edigw.model import Interchange, Position, Syntax
from edigw.records import dataclass

#: Faults kept for one interchange or group. A file that is wrong a thousand times is wrong; the
#: next thousand faults tell nobody more and would only cost memory.
MAX_FAULTS = 1_000


#: An interchange holds at most so many functional groups; at one more, reading stops with a fault.
MAX_GROUPS = 10_000


@dataclass(frozen=True, slots=True)
class Head:
    """An opened interchange. Its span ends, for now, behind its header."""

    interchange: Interchange
    body: int  #: byte offset behind the header's terminator
    wrapped: bool  #: line ends inside segments are those of fixed records


def keep(faults: list[Fault], found: Fault) -> None:
    """Add *found*, up to the limit; past it one fault says that there are more."""
    if len(faults) < MAX_FAULTS:
        faults.append(found)
    elif len(faults) == MAX_FAULTS:
        faults.append(Fault(FaultCode.LIMIT_EXCEEDED, found.at, note=f"more than {MAX_FAULTS} faults; the rest are not kept"))


def difference(sent: str, expected: str, otherwise: FaultCode) -> FaultCode | None:
    """None for equal references; the leniency that makes them equal; else *otherwise*."""
    if sent == expected:
        return None
    a, b = sent.strip(), expected.strip()
    if a == b:
        return FaultCode.LENIENT_REFERENCE_BLANKS
    alike = bool(a and b) and a.lstrip("0") == b.lstrip("0") and a.isdigit() and b.isdigit()
    return FaultCode.LENIENT_ZEROS if alike else otherwise


def several(number: int, what: str) -> str:
    """``1 group``, ``2 groups``."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def counted(sent: str) -> int:
    """A declared count; -1 where none was sent or it is no number."""
    bare = sent.strip()
    return int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 16 else -1


def text_of(cut: Sequence[object], element: int) -> str:
    """Element *element* as text: the first component of a composite, ``""`` if it was not sent."""
    if element >= len(cut):
        return ""
    value = cut[element]
    while isinstance(value, list):
        value = value[0] if value else ""
    return str(value)


def noted(
    syntax: Syntax, code: FaultCode, offset: int, value: str = "", note: str = "", element: int = 0, component: int = 0, segment: str = ""
) -> Fault:
    """A fault of an envelope segment at *offset*."""
    return fault(syntax, code, Position(offset, 0, element, component), value, note, segment=segment)


_DATE6 = re.compile(r"\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_TIME4 = re.compile(r"([01]\d|2[0-3])[0-5]\d")


def is_date(text: str) -> bool:
    """``YYMMDD`` or ``CCYYMMDD``, by its digits: an envelope's date is noted, never calculated with."""
    return bool(text.isascii() and _DATE6.fullmatch(text[2:] if len(text) == 8 and text[:2].isdigit() else text))


def is_time(text: str) -> bool:
    """``HHMM``."""
    return bool(text.isascii() and _TIME4.fullmatch(text))
