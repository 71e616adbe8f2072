"""Values between the wire and the document: decimals, days, times, numbers, texts.

Each codec holds its reading and its writing side by side. Reading takes real characters
as sent and gives what the document carries; writing gives what is sent, without the
interchange's decimal mark, which the writer puts in. Both raise ValueError, in words for
people, for what they cannot carry without loss.

Which codec a binding has follows from the dictionary's element and the document's member;
a map's ``type:`` and ``format:`` only narrow that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from edigw.documents.members import Shape
from edigw.model import Syntax
from edigw.records import dataclass
from edigw.standards.schema import ElementDef

_DIGITS = re.compile(r"[0-9]+")
_WHOLE = re.compile(r"(-?)([0-9]+)")
_DECIMAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[Ee]([+-]?[0-9]{1,2}))?")
_PLAIN = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?)?")
#: 303 and 304: with an offset in whole hours. Senders who mean 304 write 303 as well, so both take seconds or none.
_ZONED = re.compile(r"([0-9]{8})([0-9]{4}(?:[0-9]{2})?)(?:([+-](?:0[0-9]|1[0-4]))|UTC|GMT)")
_OFFSET = re.compile(r"(.*)(?:Z|([+-][0-9]{2}):00)")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,2}))?)?")

#: Two-digit years: 70..99 are 19xx, the rest 20xx. EDI is not older than 1970.
PIVOT: Final = 70


@dataclass(frozen=True, slots=True)
class Codec:
    """How one value is read and written. *read* None: as it stands.

    *point*: what is written may hold a ``.`` that stands for the interchange's decimal mark.
    *sample* names the kind of value for tests and messages.
    """

    name: str
    read: Callable[[str], Any] | None
    write: Callable[[Any], str]
    point: bool = False


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError(f"{value!r} is no text")
    return str(value)


TEXT = Codec("text", None, _text)


def implied(places: int) -> Codec:
    """X12 type Nn: the point is not sent. ``N2`` reads ``-1250`` as ``-12.50``, ``5`` as ``0.05``."""

    def read(text: str) -> str:
        found = _WHOLE.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a whole number")
        sign, digits = found[1], found[2].rjust(places + 1, "0")
        whole = digits[:-places].lstrip("0") or "0"
        return f"{sign}{whole}.{digits[-places:]}"

    def write(value: Any) -> str:
        found = _decimal_parts(value)
        fraction = found[2].rstrip("0")
        if len(fraction) > places:
            raise ValueError(f"{value} has more than {places} decimal places")
        digits = (found[1] + fraction.ljust(places, "0")).lstrip("0") or "0"
        return found[0] + digits

    return Codec(f"N{places}", read, write)


def _decimal_parts(value: Any) -> tuple[str, str, str]:
    """Sign, whole digits and decimals of a document's decimal text."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _PLAIN.fullmatch(text):
        raise ValueError(f"{value!r} is no decimal number")
    sign, body = ("-", text[1:]) if text[0] == "-" else ("", text)
    whole, _, fraction = body.partition(".")
    return sign, whole, fraction


def _read_decimal(text: str) -> str:
    """A sent number as decimal text: the digits as they are, no exponent, no ``+``, no bare point."""
    if _PLAIN.fullmatch(text):
        return text
    found = _DECIMAL.fullmatch(text.replace(",", ".", 1))
    if not found or not (found[2] or found[3]):
        raise ValueError(f"{text!r} is no number")
    sign = "-" if found[1] == "-" else ""
    whole, fraction, exponent = found[2], found[3] or "", int(found[4] or 0)
    if exponent > 0:
        moved = fraction[:exponent].ljust(exponent, "0")
        whole, fraction = (whole + moved).lstrip("0") or "0", fraction[exponent:]
    elif exponent < 0:
        padded = whole.rjust(1 - exponent, "0")
        whole, fraction = padded[:exponent].lstrip("0") or "0", padded[exponent:] + fraction
    if not fraction:
        return f"{sign}{whole or '0'}"
    return f"{sign}{whole}.{fraction}"


def _write_decimal(value: Any) -> str:
    sign, whole, fraction = _decimal_parts(value)
    return f"{sign}{whole}.{fraction}" if fraction else f"{sign}{whole}"


def _write_edifact(value: Any) -> str:
    """ISO 9735 wants a digit before the decimal mark."""
    sign, whole, fraction = _decimal_parts(value)
    return f"{sign}{whole or '0'}.{fraction}" if fraction else f"{sign}{whole}"


DECIMAL_X12 = Codec("decimal", _read_decimal, _write_decimal, point=True)
DECIMAL_EDIFACT = Codec("decimal", _read_decimal, _write_edifact, point=True)


def _read_count(text: str) -> int:
    found = _WHOLE.fullmatch(text)
    if not found or len(text) > 18:
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def _write_count(value: Any) -> str:
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return str(int(value))
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{value!r} is not a whole number")
    return str(value)


COUNT = Codec("count", _read_count, _write_count)


# Days and times


def _day(year: str, month: str, day: str) -> str:
    """A day that the calendar has, as ``YYYY-MM-DD``."""
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise ValueError(f"{year}{month}{day} is no day of the calendar") from None


def _century(year: str) -> str:
    return ("19" if int(year) >= PIVOT else "20") + year


def _short_year(year: str) -> str:
    if _century(year[2:]) != year:
        raise ValueError(f"the year {year} cannot be sent with two digits")
    return year[2:]


def _clock(text: str) -> str:
    """``HHMM``, ``HHMMSS`` or with decimals of a second, as ``HH:MM[:SS[.f]]``."""
    if len(text) not in (4, 6, 7, 8) or not _DIGITS.fullmatch(text):
        raise ValueError(f"{text!r} is no time")
    if int(text[:2]) > 23 or int(text[2:4]) > 59 or int(text[4:6] or 0) > 59:
        raise ValueError(f"{text!r} is no time of day")
    shown = f"{text[:2]}:{text[2:4]}"
    if len(text) >= 6:
        shown += f":{text[4:6]}"
    return f"{shown}.{text[6:]}" if len(text) > 6 else shown


def _write_clock(value: Any) -> str:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is no time that can be sent (HH:MM, HH:MM:SS)")
    return "".join(part or "" for part in found.groups())


CLOCK = Codec("clock", _clock, _write_clock)


def _read_day(text: str) -> str:
    """A day by its length: CCYYMMDD or YYMMDD, with HHMM or HHMMSS behind it where that is sent."""
    if not _DIGITS.fullmatch(text) or len(text) not in (6, 8, 10, 12, 14):
        raise ValueError(f"{text!r} is no date")
    if len(text) in (6, 10):
        year, rest = _century(text[:2]), text[2:]
    else:
        year, rest = text[:4], text[4:]
    shown = _day(year, rest[:2], rest[2:4])
    return f"{shown}T{_clock(rest[4:])}" if len(rest) > 4 else shown


def _moment(value: Any) -> tuple[str, str]:
    """A document's day as digits, and its time of day as digits or ``""``."""
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is no day that can be sent (YYYY-MM-DD)")
    day = _day(*found[1].split("-")).replace("-", "")
    if found[4]:
        raise ValueError(f"{value!r}: decimals of a second cannot be sent")
    return day, _write_clock(found[2] + (f":{found[3]}" if found[3] else "")) if found[2] else ""


def day(longest: int) -> Codec:
    """X12 DT, and days in elements of text: six digits where no more fit, else eight, else with the time."""

    def write(value: Any) -> str:
        day, time = _moment(value)
        if time:
            if len(day + time) > longest or longest < 12:
                raise ValueError(f"{value!r}: the time of day does not fit into {longest} characters")
            return day + time
        return day if longest >= 8 else _short_year(day[:4]) + day[4:]

    return Codec("day", _read_day, write)


#: EDIFACT 2379 and X12 1250: what stands where. Y year, M month, D day, C clock.
_FORMATS: Final[Mapping[str, str]] = {
    "2": "DDMMYY",
    "3": "MMDDYY",
    "4": "DDMMYYYY",
    "101": "YYMMDD",
    "102": "YYYYMMDD",
    "201": "YYMMDDCCCC",
    "202": "YYMMDDCCCCCC",
    "203": "YYYYMMDDCCCC",
    "204": "YYYYMMDDCCCCCC",
    "401": "CCCC",
    "402": "CCCCCC",
    "D6": "YYMMDD",
    "D8": "YYYYMMDD",
    "DT": "YYYYMMDDCCCC",
    "TM": "CCCC",
    "TS": "CCCCCC",
}
_ZONED_BY_LENGTH: Final[Mapping[int, str]] = {12: "303", 14: "304"}
_BY_LENGTH: Final[Mapping[Syntax, Mapping[int, str]]] = {
    "edifact": {8: "102", 12: "203", 14: "204", 4: "401", 6: "402"},
    "x12": {8: "D8", 12: "DT", 4: "TM", 6: "TS"},
}


def is_day(code: str) -> bool:
    """Whether a format *code* is that of a day, a moment or a time of day; of no code the length decides."""
    return not code or code in _FORMATS or code in _ZONED_BY_LENGTH.values()


def read_formatted(text: str, code: str) -> str:
    """A day, moment or time of day by its format *code*; without one, by its length."""
    if not code:
        return _read_day(text)
    if code in _ZONED_BY_LENGTH.values():
        return _read_zoned(text, code)
    form = _FORMATS.get(code)
    if form is None:
        raise ValueError(f"format {code} is no day or time")
    if len(text) != len(form) or not _DIGITS.fullmatch(text):
        raise ValueError(f"{text!r} is not of format {code}")
    part = {letter: "".join(one for one, at in zip(text, form, strict=True) if at == letter) for letter in "YMDC"}
    if not part["Y"]:
        return _clock(part["C"])
    year = part["Y"] if len(part["Y"]) == 4 else _century(part["Y"])
    shown = _day(year, part["M"], part["D"])
    return f"{shown}T{_clock(part['C'])}" if part["C"] else shown


def _read_zoned(text: str, code: str) -> str:
    """A moment with its offset: ``202611201530+01`` is ``2026-11-20T15:30+01:00``."""
    found = _ZONED.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is not of format {code}")
    day, clock, offset = found.groups()
    return f"{_day(day[:4], day[4:6], day[6:])}T{_clock(clock)}" + (f"{offset}:00" if offset else "Z")


def write_formatted(value: Any, syntax: Syntax) -> tuple[str, str]:
    """What is sent for a day or time of day, and the shortest format code that loses nothing."""
    zoned = _OFFSET.fullmatch(value) if isinstance(value, str) and syntax == "edifact" else None
    if zoned and "T" in zoned[1]:
        sent = "".join(_moment(zoned[1]))
        return sent + (zoned[2] or "+00"), _ZONED_BY_LENGTH[len(sent)]
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        sent = _write_clock(value)
    else:
        sent = "".join(_moment(value))
    code = _BY_LENGTH[syntax].get(len(sent))
    if code is None:
        raise ValueError(f"{value!r} has no format code")
    return sent, code


FORMATTED = Codec("formatted", _read_day, _text)  # the writer and reader ask the two functions above


# Types a map may name

#: X12 235 and EDIFACT 7143: how many digits a GTIN has under which qualifier. "" for those that take any.
GTIN_LENGTHS: Final[Mapping[str, int]] = {"UP": 12, "UA": 12, "EN": 13, "UK": 14, "UI": 11}


def _digits(name: str, lengths: tuple[int, ...]) -> Codec:
    def read(text: str) -> str:
        if not _DIGITS.fullmatch(text) or (lengths and len(text) not in lengths):
            wanted = f" of {', '.join(map(str, lengths))} digits" if lengths else ""
            raise ValueError(f"{text!r} is no {name}{wanted}")
        return text

    def write(value: Any) -> str:
        return read(_text(value))

    return Codec(name, read, write)


_TYPES: Final[Mapping[str, Codec]] = {
    "gtin": _digits("gtin", (8, 11, 12, 13, 14)),
    "gln": _digits("gln", (13,)),
    "sscc": _digits("sscc", (18,)),
    "digits": _digits("digits", ()),
    "text": TEXT,
}


def choose(element: ElementDef, shape: Shape, syntax: Syntax, named: str = "") -> Codec:
    """The codec between *element* and a member of *shape*. Raises ValueError where *named* (``type:``) contradicts."""
    if named and named != "text":
        if shape not in ("text", "free"):
            raise ValueError(f"type: {named} goes into a text, not a {shape}")
        numeric = element.type.startswith("N") if syntax == "x12" else element.type == "n"
        if element.type in ("DT", "TM", "R") or (numeric and element.type not in ("N0", "n")):
            raise ValueError(f"type: {named} contradicts the dictionary, where {element.id} is {element.type}")
        return _TYPES[named]
    kind = element.type
    if syntax == "x12" and kind[0] == "N" and kind[1:].isdecimal() and kind != "N0":
        if shape not in ("text", "free", "decimal"):
            raise ValueError(f"{element.id} is a number with {kind[1:]} implied decimals, the field holds a {shape}")
        return implied(int(kind[1:]))
    if shape in ("decimal", "count") and kind in ("DT", "TM"):
        raise ValueError(f"{element.id} is a {'date' if kind == 'DT' else 'time'}, the field holds a {shape}")
    if shape == "count":
        return COUNT
    if shape == "decimal" or (kind == "R" and shape in ("text", "free") and not named):
        return DECIMAL_X12 if syntax == "x12" else DECIMAL_EDIFACT
    if shape == "day" or (kind == "DT" and not named):
        if shape not in ("day", "text", "free"):
            raise ValueError(f"{element.id} is a date, the field holds a {shape}")
        return day(element.max)
    if shape == "clock" or (kind == "TM" and not named):
        if shape not in ("clock", "text", "free"):
            raise ValueError(f"{element.id} is a time, the field holds a {shape}")
        return CLOCK
    return TEXT
