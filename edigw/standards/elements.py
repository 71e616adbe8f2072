"""The values of simple elements: types, lengths, dates, decimal marks, characters, codes.

Two ways to look at a value, side by side because they must agree. ``fits`` answers only
whether a value is clean, in one call of the interpreter's own code, for it is asked of
every element received; ``wrong`` finds what is wrong with one that is not. A value that
``fits`` refuses may still be right (a name with an umlaut): ``wrong`` has the last word.

One value has one fault, by the order in which a person would find it: characters, then
form, then length, then code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from edigw.faults import FaultCode
from edigw.model import Notation, Syntax
from edigw.standards.schema import ElementDef

#: True-ish for a clean value.
Fits = Callable[[str], object]


class Wrong(NamedTuple):
    """What is wrong with a value; *shown* is False where it must not travel in an answer."""

    code: FaultCode
    note: str = ""
    shown: bool = True


_DAY = "(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"  # 29 February needs its year
_CLOCK = "(?:[01][0-9]|2[0-3])[0-5][0-9]"
_NUMBER_X12: Final = re.compile(r"-?([0-9]*)\.?([0-9]*)(?:E-?[0-9]+)?")
_NUMBER_EDIFACT: Final = re.compile(r"-?([0-9]*)(?:[.,]([0-9]*))?(?:E[+-]?[0-9]+)?")
_WHOLE: Final = re.compile(r"-?([0-9]+)")
_TIME: Final = re.compile(_CLOCK + "(?:[0-5][0-9][0-9]{0,2})?")


def fits(element: ElementDef, syntax: Syntax, decimal: str, *, empty: bool) -> Fits:
    """A test that only clean values of *element* pass, and nearly all of them do.

    *decimal* is the interchange's decimal mark, ``""`` where both are read. *empty*: an
    element that was not sent passes too. What is no text raises TypeError.
    """
    if element.codes is not None:
        listed = element.codes
        if syntax != "x12" and element.type == "n":
            listed = frozenset(code for code in listed if _WHOLE.fullmatch(code))
        return _codes(listed, element.min, element.max, empty).__contains__
    return _pattern(element.type, element.min, element.max, syntax, decimal, empty).fullmatch


@lru_cache(maxsize=8192)
def _codes(listed: frozenset[str], least: int, most: int, empty: bool) -> frozenset[str]:
    kept = frozenset(code for code in listed if least <= len(code) <= most)
    return kept | {""} if empty else kept


@lru_cache(maxsize=4096)
def _pattern(kind: str, least: int, most: int, syntax: Syntax, decimal: str, empty: bool) -> re.Pattern[str]:
    form = _form_x12(kind, least, most) if syntax == "x12" else _form_edifact(kind, f"{{{max(least, 1)},{most}}}", decimal)
    return re.compile(f"(?:{form})?" if empty else f"(?! *\\Z)(?:{form})")  # blanks alone are nothing sent


def _form_x12(kind: str, least: int, most: int) -> str:
    span = f"{{{max(least, 1)},{most}}}"
    if kind == "DT":
        return "|".join(["[0-9]{4}" + _DAY] * (least <= 8 <= most) + ["[0-9]{2}" + _DAY] * (least <= 6 <= most)) or "(?!)"
    if kind == "TM":
        return f"(?=.{span}\\Z){_TIME.pattern}"
    if kind == "B":
        return "(?s:.*)"
    if kind == "R":
        return f"-?(?:[0-9]{span}|(?=[0-9]*\\.[0-9]+\\Z)(?:\\.?[0-9]){span})"
    return f"-?[0-9]{span}" if kind.startswith("N") else f"[ -~]{span}"


def _form_edifact(kind: str, span: str, decimal: str) -> str:
    if kind == "n":
        mark = re.escape(decimal) if decimal else "[.,]"
        return f"-?(?:[0-9]{span}|(?=[0-9]+{mark}[0-9]+\\Z)(?:{mark}?[0-9]){span})"
    return f"[ -/:-~]{span}" if kind == "a" else f"[ -~]{span}"


def wrong(element: ElementDef, value: str, syntax: Syntax, notation: Notation) -> Wrong | None:
    """What is wrong with a *value* that was sent (it is not empty), or None.

    *value* is latin-1 text as received; lengths are counted in real characters.
    """
    if element.type == "B":
        return None
    text = value
    if not (value.isascii() and value.isprintable()):
        odd = _odd_character(value, notation)
        if odd:
            return Wrong(FaultCode.ELEMENT_CHARSET, odd, shown=False)
        text = notation.decode(value)
    found = _form(element, text, syntax, notation.delimiters.decimal)
    if found is not None:
        return found
    if element.codes is not None and text not in element.codes:
        return Wrong(FaultCode.ELEMENT_CODE)
    return None


def _form(element: ElementDef, text: str, syntax: Syntax, decimal: str) -> Wrong | None:
    """The form and length of decoded *text*."""
    kind = element.type
    if syntax == "x12":
        if kind == "DT":
            return _date(element, text)
        if kind == "TM":
            return _time(element, text)
        if kind == "R":
            return _decimal_x12(element, text)
        if kind.startswith("N"):
            return _whole(element, text)
    elif kind == "n":
        return _decimal_edifact(element, text, decimal)
    elif kind == "a" and any("0" <= one <= "9" for one in text):
        return Wrong(FaultCode.ELEMENT_CHARACTER, "letters only", shown=False)
    return _length(element, len(text))


def _length(element: ElementDef, length: int) -> Wrong | None:
    if length < element.min:
        return Wrong(FaultCode.ELEMENT_TOO_SHORT, f"{length} of at least {element.min}")
    if length > element.max:
        return Wrong(FaultCode.ELEMENT_TOO_LONG, f"{length} of at most {element.max}")
    return None


def _date(element: ElementDef, text: str) -> Wrong | None:
    """X12 DT: CCYYMMDD from 004010 on, YYMMDD before. A date of the other length has a wrong length, it still is one."""
    if len(text) not in (6, 8) or not is_date(text):
        return Wrong(FaultCode.ELEMENT_DATE)
    return _length(element, len(text))


def _time(element: ElementDef, text: str) -> Wrong | None:
    """X12 TM: HHMM, and as far as the element goes SS and decimals of a second."""
    return _length(element, len(text)) if _TIME.fullmatch(text) else Wrong(FaultCode.ELEMENT_TIME)


def _whole(element: ElementDef, text: str) -> Wrong | None:
    """X12 Nn: the point is not sent, the sign does not count."""
    found = _WHOLE.fullmatch(text)
    if found is None:
        return Wrong(FaultCode.ELEMENT_CHARACTER, "a whole number", shown=False)
    return _length(element, len(found[1]))


def _decimal_x12(element: ElementDef, text: str) -> Wrong | None:
    """X12 R: the point, the sign and an exponent do not count. ``.5`` is as it should be: leading zeros are not sent."""
    found = _NUMBER_X12.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        comma = _NUMBER_EDIFACT.fullmatch(text) is not None and "," in text
        return Wrong(FaultCode.DECIMAL_MARK if comma else FaultCode.ELEMENT_CHARACTER, "a comma" if comma else "a number", shown=False)
    return _length(element, len(found[1]) + len(found[2]))


def _decimal_edifact(element: ElementDef, text: str, decimal: str) -> Wrong | None:
    """EDIFACT n: sign, decimal mark and exponent do not count; a digit stands on either side of the mark."""
    found = _NUMBER_EDIFACT.fullmatch(text)
    if found is None or not (found[1] or found[2]):
        return Wrong(FaultCode.ELEMENT_CHARACTER, "a number", shown=False)
    if found[2] is not None:
        if decimal and decimal not in text:
            return Wrong(FaultCode.DECIMAL_MARK, f"the interchange's is {decimal}")
        if not found[1]:
            return Wrong(FaultCode.NO_DIGIT_BEFORE_DECIMAL)
        if not found[2]:
            return Wrong(FaultCode.NO_DIGIT_BEFORE_DECIMAL, "none stands behind it")
    return _length(element, len(found[1]) + len(found[2] or ""))


def _odd_character(value: str, notation: Notation) -> str:
    """The first byte that the declared charset does not have, or a control character, in words; ``""`` if none.

    The charsets of one byte have 0x80 to 0x9F for controls nobody sends: there it is cp1252 in disguise.
    """
    try:
        text = value.encode("latin-1").decode(notation.charset)
    except UnicodeDecodeError as error:
        return f"byte 0x{error.object[error.start]:02X} is not {notation.charset}"
    for one in text:
        if one < " " or "\x7f" <= one <= "\x9f":
            return f"a control character, 0x{ord(one):02X}"
    return ""


_LONG_MONTHS: Final = frozenset({"01", "03", "05", "07", "08", "10", "12"})


def is_date(text: str) -> bool:
    """Whether YYMMDD or CCYYMMDD names a day there is. A two-digit year is a leap year if 20YY is."""
    if not (text.isascii() and text.isdecimal()):
        return False
    year, month, day = text[:-4], text[-4:-2], text[-2:]
    if not ("01" <= month <= "12" and "01" <= day <= "31"):
        return False
    if month == "02":
        number = int(year) if len(year) == 4 else 2000 + int(year)
        leap = number % 4 == 0 and (number % 100 != 0 or number % 400 == 0)
        return day <= ("29" if leap else "28")
    return day <= "30" or month in _LONG_MONTHS


# Dates that name their own format. A format is written with one letter a digit:
# C Y year, M month, D day, W week of the year, J day of the year, h m s time, Z zone letters.

#: UN 2379: the formats partners send. One that is not here is taken as it is.
FORMATS_EDIFACT: Final = {
    "2": "DDMMYY",
    "3": "MMDDYY",
    "4": "DDMMCCYY",
    "5": "DDMMCCYYhhmm",
    "101": "YYMMDD",
    "102": "CCYYMMDD",
    "105": "YYJJJ",
    "106": "MMDD",
    "107": "JJJ",
    "108": "WW",
    "109": "MM",
    "110": "DD",
    "201": "YYMMDDhhmm",
    "202": "YYMMDDhhmmss",
    "203": "CCYYMMDDhhmm",
    "204": "CCYYMMDDhhmmss",
    "301": "YYMMDDhhmmZZZ",
    "302": "YYMMDDhhmmssZZZ",
    "303": "CCYYMMDDhhmmZZZ",
    "304": "CCYYMMDDhhmmssZZZ",
    "401": "hhmm",
    "402": "hhmmss",
    "404": "hhmmssZZZ",
    "501": "hhmmhhmm",
    "502": "hhmmsshhmmss",
    "602": "CCYY",
    "609": "YYMM",
    "610": "CCYYMM",
    "615": "YYWW",
    "616": "CCYYWW",
    "711": "CCYYMMDDCCYYMMDD",
    "713": "YYMMDDhhmmYYMMDDhhmm",
    "715": "YYWWYYWW",
    "716": "CCYYWWCCYYWW",
    "717": "YYMMDDYYMMDD",
    "718": "CCYYMMDDCCYYMMDD",
    "719": "CCYYMMDDhhmmCCYYMMDDhhmm",
}
#: X12 1250: the formats of 1251.
FORMATS_X12: Final = {
    "D6": "YYMMDD",
    "D8": "CCYYMMDD",
    "DT": "CCYYMMDDhhmm",
    "RD6": "YYMMDDYYMMDD",
    "RD8": "CCYYMMDDCCYYMMDD",
    "CM": "CCYYMM",
    "TM": "hhmm",
    "TS": "hhmmss",
    "RTM": "hhmmhhmm",
}
_RANGES: Final = {"MM": (1, 12), "DD": (1, 31), "WW": (1, 53), "JJJ": (1, 366), "hh": (0, 23), "mm": (0, 59), "ss": (0, 59)}
_ZONE: Final = re.compile("[A-Z0-9]{3}|[+-][0-9]{2}")
_FIELDS: Final = re.compile("CCYY|YY|MM|DD|WW|JJJ|hh|mm|ss|ZZZ")


@lru_cache(maxsize=1024)  # a partner's files repeat their few dates
def wrong_date(text: str, picture: str) -> FaultCode | None:
    """ELEMENT_DATE or ELEMENT_TIME if *text* is not of the *picture* or names no day or time; None if it does.

    A hyphen between the halves of a period is taken though the formats leave it out. 24:00
    ends a day (``240000`` too).
    """
    clock = picture.startswith("hh")
    refused = FaultCode.ELEMENT_TIME if clock else FaultCode.ELEMENT_DATE
    if len(text) == len(picture) + 1 and text[len(picture) // 2] == "-":
        text = text[: len(picture) // 2] + text[len(picture) // 2 + 1 :]
    if len(text) != len(picture):
        return refused
    parts: dict[str, str] = {}
    for field in _FIELDS.finditer(picture):
        part = text[field.start() : field.end()]
        name = field[0]
        if name == "ZZZ":
            if not _ZONE.fullmatch(part):
                return refused
            continue
        if not (part.isascii() and part.isdecimal()):
            return refused
        low, high = _RANGES.get(name, (0, 9999))
        if not low <= int(part) <= high and not (name == "hh" and part == "24" and not text[field.end() : field.end() + 4].strip("0")):
            return FaultCode.ELEMENT_TIME if name in ("hh", "mm", "ss") else refused
        parts["YY" if name == "CCYY" else name] = part
        if {"YY", "MM", "DD"} <= parts.keys():
            if not is_date(parts["YY"] + parts["MM"] + parts["DD"]):
                return refused
            parts.clear()
    return None
