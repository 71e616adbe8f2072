"""The headers of EDIFACT: UNA and UNB read and judged; a UNG as a group; the key of a release.

Pure. The UNA characters, or their defaults, hold for one
interchange only; a file may carry several that differ.

Without a UNA the bytes decide, not the rule: the old standard gives levels other than A
control characters as separators, yet real files at every level are printable, some with
separators of their own and some with lines in place of the apostrophe.
"""

from __future__ import annotations

import re

from edigw.faults import Fault, FaultCode
from edigw.model import BLANKS, Cut, Delimiters, Element, Group, Identity, Interchange
from edigw.parsers.batches import terminator as find_terminator
from edigw.parsers.cutting import notation
from edigw.parsers.head import Head, is_date, is_time, noted, text_of

SIGHT = 4_000  #: bytes; the longest UNB of the standard has below 300

#: Syntax identifiers and the Python codec that reads them. UNOX switches sets by escape sequences.
CHARSETS = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1", "UNOD": "iso8859-2", "UNOE": "iso8859-5", "UNOF": "iso8859-7",
    "UNOG": "iso8859-3", "UNOH": "iso8859-4", "UNOI": "iso8859-6", "UNOJ": "iso8859-8", "UNOK": "iso8859-9", "UNOL": "iso8859-15",
    "UNOW": "utf-8", "UNOX": "iso2022_jp_2", "UNOY": "utf-8", "KECA": "euc_kr", "IATA": "ascii", "IATB": "ascii",
}  # fmt: skip
VERSIONS = frozenset({"1", "2", "3", "4", "X"})

_UNB = re.compile(r"[ \t\r\n]*UNB")
_S001 = re.compile(r"([A-Z0-9]{4})(.)[0-9X]", re.DOTALL)


def head(data: bytes, at: int, *, wrapped: bool = False) -> Head | None:
    """The interchange that the UNA or UNB at *at* opens; None if what stands there is none.

    *wrapped*: line ends inside segments are those of fixed records. Looks at the next
    ``SIGHT`` bytes only, and never raises.
    """
    text = data[at : at + SIGHT].decode("latin-1")
    if wrapped:
        text = text.replace("\r", "").replace("\n", "")
    una, unb, damaged = "", 0, False
    if text.startswith("UNA"):
        short = text[7:8] == "'" and text[8:9] in "\r\n"  # ":+.?'" without the reserved blank, then a line end
        found = None if short else _UNB.match(text, 9)
        if found:
            una = text[3:9]
        elif found := _UNB.match(text, 8):
            una, damaged = text[3:7] + " " + text[7], True
        else:
            return None
        unb = found.end() - 3
    elif not text.startswith("UNB"):
        return None
    element = text[unb + 3 : unb + 4]
    if not element or element in " \r\n" or (element.isascii() and element.isalnum()):
        return None
    syntax = _S001.match(text, unb + 4)
    component = syntax[2] if syntax else ":"
    if component == element or component.isalnum():
        component = ":" if element != ":" else ""
    if una and (una[1] != element or (syntax is not None and una[0] != component) or not _distinct(una)):
        damaged = True
    version = text[syntax.end() - 1] if syntax else ""
    terminator = una[5] if una and not (una[5].isascii() and una[5].isalnum()) else _terminator(text, unb, element, component)
    delimiters = _delimiters(una, element, component, terminator, version)
    if terminator in (element, component):
        return None
    start = data.find(b"U", at + unb)  # line ends before it were not counted if wrapped
    end = find_terminator(data, start, min(at + SIGHT, len(data)), delimiters)
    if end < 0:
        return None
    body = end + len(terminator)
    charset = CHARSETS.get(syntax[1] if syntax else "", "latin-1")
    notes = notation("edifact", delimiters, charset, wrapped=wrapped)
    header = notes.cut(data[start:end].decode("latin-1"))
    faults = _faults(header, start)
    if damaged:
        faults.insert(0, noted("edifact", FaultCode.EDIFACT_UNA_DAMAGED, at, notes.decode(text[3:9]), segment="UNA"))

    def value(element: int, component: int = 0) -> str:
        return notes.decode(part(header, element, component)).strip()

    interchange = Interchange(
        syntax="edifact",
        version=f"{value(1)}:{value(1, 1)}",
        sender=Identity(value(2, 1), value(2)),
        receiver=Identity(value(3, 1), value(3)),
        control_number=text_of(list(header), 5),
        prepared_at=f"{value(4)} {value(4, 1)}".strip(),
        test=value(11) == "1",
        ack_requested=value(9),
        notation=notes,
        span=(at, body),
        header=header,
        faults=faults,
    )
    return Head(interchange, body, wrapped)


def part(cut: Cut, element: int, component: int = 0) -> str:
    """Component *component*, from 0, of an element; ``""`` where it was not sent."""
    if element >= len(cut):
        return ""
    value: Element = cut[element]
    if isinstance(value, str):
        return value if component == 0 else ""
    return text_of([value[component]], 0) if component < len(value) else ""


def _distinct(una: str) -> bool:
    used = [c for i, c in enumerate(una) if i != 2 and c != " "]  # the decimal mark separates nothing
    return len(set(used)) == len(used) and not any(c.isascii() and c.isalnum() for c in una)


def _delimiters(una: str, element: str, component: str, terminator: str, version: str) -> Delimiters:
    release = una[3].strip(" ") if una else ("" if element == "\x1d" else "?")  # levels with control characters have none
    repetition = ""
    if version == "4":
        repetition = una[4].strip(" ") if una else "*"
    if release in (element, component, terminator):
        release = ""
    if repetition in (element, component, terminator, release):
        repetition = ""
    return Delimiters(element, component, terminator, repetition, release, "" if version == "4" else (una[2] if una else "."))


def _terminator(text: str, unb: int, element: str, component: str) -> str:
    """What ends the UNB, judged by the character before the segment that follows it."""
    if element == "\x1d":
        return "\x1c"
    following = re.search(r"UN[HGZ]" + re.escape(element), text[unb + 4 :])
    if following is None:
        return "'"
    before = text[unb : unb + 4 + following.start()]
    bare = before.rstrip(BLANKS)
    if bare[-1:] == "'" or not bare:
        return "'"
    lines = before[len(bare) :]
    last = bare[-1]
    if not (last.isascii() and last.isalnum()) and last not in (element, component, "?", " "):
        behind = text[unb + 4 + following.start() :]
        if not lines or last in behind.partition("\n")[0][-2:]:
            return last
    if "\n" in lines:
        return "\n"
    return "\r" if "\r" in lines else "'"


def _faults(header: Cut, at: int) -> list[Fault]:
    faults: list[Fault] = []

    def complain(code: FaultCode, element: int, component: int = 0, value: str = "", note: str = "") -> None:
        faults.append(noted("edifact", code, at, value, note, element=element, component=component, segment="UNB"))

    identifier = part(header, 1)
    if not identifier:
        complain(FaultCode.EDIFACT_UNB_INCOMPLETE, 1, 1, note="0001 syntax identifier")
    elif identifier not in CHARSETS:
        complain(FaultCode.EDIFACT_SYNTAX_ID, 1, 1, identifier)
    sent = part(header, 1, 1)
    if sent not in VERSIONS:
        complain(FaultCode.EDIFACT_SYNTAX_VERSION, 1, 2, sent)
    for element, name in ((2, "S002 sender"), (3, "S003 recipient"), (5, "0020 control reference")):
        if not part(header, element).strip():
            complain(FaultCode.EDIFACT_UNB_INCOMPLETE, element, note=name)
    date, time = part(header, 4), part(header, 4, 1)
    if not date:
        complain(FaultCode.EDIFACT_UNB_INCOMPLETE, 4, note="S004 date and time")
    elif not is_date(date):
        complain(FaultCode.EDIFACT_UNB_VALUE, 4, 1, date, "0017 is no date")
    if date and not is_time(time):
        complain(FaultCode.EDIFACT_UNB_VALUE, 4, 2, time, "0019 is no time")
    return faults


#: Keys of the early directories, which the trade writes in more than one way.
_EARLY = {("1", "911"): "D911", ("2", "912"): "D912"}


def release_key(type_: str, version: str, release: str) -> str:
    """Dictionary key of UNH S009: ``D``, ``96A`` -> ``D96A``. CONTRL has its own: ``D3`` and ``41``."""
    version, release = version.strip().upper(), release.strip().upper()
    if type_ == "CONTRL":
        return "41" if version == "4" else "D3"
    return _EARLY.get((version, release)) or version + release.replace(".", "")


def group(cut: Cut, at: int) -> Group:
    """The group a UNG opens: 0038, S006, S007, 0048, S008."""
    release = release_key(part(cut, 1), part(cut, 7), part(cut, 7, 1))
    prepared = f"{part(cut, 4)} {part(cut, 4, 1)}".strip()
    return Group(part(cut, 1), part(cut, 2), part(cut, 3), part(cut, 5), release, prepared, cut, at)
