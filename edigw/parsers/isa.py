"""The headers of X12: an ISA found, trusted and judged; a GS as a group; the key of a release.

Pure. The service characters stand in the ISA by place and
hold for one interchange only.

The sixteen separators of an ISA must stand in their places before it is trusted. One that
is not 106 characters but has its sixteen elements is read as far as it goes and is
answered as damaged, for many partners' first test file is such a one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from edigw.faults import Fault, FaultCode
from edigw.model import BLANKS, Cut, Delimiters, Group, Identity, Interchange
from edigw.parsers.cutting import notation
from edigw.parsers.head import Head, is_date, is_time, noted

#: Places of the sixteen element separators in an ISA, from 0.
SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
#: What a damaged ISA may carry in each of its first fifteen elements: trimmed, or padded too far.
LOOSE_WIDTHS = (4, 20, 4, 20, 4, 40, 4, 40, 8, 8, 3, 8, 14, 3, 3)
SIGHT = 400  #: bytes; no ISA that can be read is longer

#: ISA12, by version and its last release.
_LAST_RELEASES = {3: 7, 4: 6, 5: 5, 6: 5, 7: 4, 8: 1}
VERSIONS = frozenset(f"00{v}{r:02}" for v, last in _LAST_RELEASES.items() for r in range(last + 1)) | {"00200", "00201", "00204"}
QUALIFIERS = frozenset([f"{n:02}" for n in range(1, 39) if n not in (5, 6)] + ["AM", "NR", "SA", "SN", "ZZ"])
AUTHORIZATION = frozenset(f"{n:02}" for n in range(7))
SECURITY = frozenset({"00", "01"})

#: Segments that may follow the ISA; what finds the terminator of a damaged one.
_AFTER_ISA = ("GS", "TA1", "IEA", "ISB", "ISE", "ISX")

#: Which group a transaction set belongs to (GS01). Most gateways only warn where it does not.
_GROUPS = (
    "AN:180 SM:204 IM:210 BL:211 TM:212 QM:214 RF:753 RG:754 IN:810 CD:812 OR:816 RA:820 AG:824 PS:830 SC:832 RQ:840 RR:843 CF:844,849 "
    "PA:845 IB:846 PO:850 PD:852 RI:853 PR:855 SH:856 BS:857 PC:860 RC:861 SS:862 TX:864 CA:865 SQ:866 PT:867 RS:869,870 OG:875,876 "
    "QG:879,888,889 GP:880 DX:894,895 OW:940 AR:943 RE:944 SW:945 AW:947 GF:990 FT:996 FA:997,999 SN:998"
)
GROUPS = {one: group for group, sets in (pair.split(":") for pair in _GROUPS.split()) for one in sets.split(",")}


def head(data: bytes, at: int) -> Head | None:
    """The interchange that the ISA at *at* opens; None if what stands there is none.

    Looks at the next ``SIGHT`` bytes only, and never raises.
    """
    text = data[at : at + SIGHT].decode("latin-1")
    element = text[3:4]
    if not element or text[:3] != "ISA" or element in " \r\n" or (element.isascii() and element.isalnum()):
        return None
    wrapped = False
    found = _by_place(text, element)
    if found is None and not text.isascii():
        found = _by_character(text, element)
    if found is None and ("\n" in text or "\r" in text):
        found = _by_record(text, element)
        wrapped = found is not None
    damaged = found is None
    if found is None:
        found = _by_count(text, element)
    if found is None:
        return None
    values, component, terminator, length, whole = found
    if terminator in (element, component) or not terminator:
        return None
    header: Cut = ["ISA", *values]
    delimiters = Delimiters(element, component, terminator, _repetition(values, element, component, terminator))
    faults = _faults(header, at)
    if damaged or not whole:
        faults.insert(0, noted("x12", FaultCode.X12_ISA_DAMAGED, at, note=f"the separators stand elsewhere; {length} bytes", segment="ISA"))
    if len(component) > 1 or len(terminator) > 1:
        faults.append(noted("x12", FaultCode.LENIENT_MULTIBYTE, at, segment="ISA"))
    notes = notation("x12", delimiters, "ascii")
    real = [notes.decode(value).strip() for value in values]
    interchange = Interchange(
        syntax="x12",
        version=real[11],
        sender=Identity(real[4], real[5]),
        receiver=Identity(real[6], real[7]),
        control_number=values[12],
        prepared_at=f"{real[8]} {real[9]}",
        test=real[14] == "T",
        ack_requested=real[13],
        notation=notes,
        span=(at, at + length),
        header=header,
        faults=faults,
    )
    return Head(interchange, at + length, wrapped)


#: values of the sixteen elements, component, terminator, bytes, every separator in its place
_Found = tuple[list[str], str, str, int, bool]


def _by_place(text: str, element: str) -> _Found | None:
    if len(text) < 106 or any(text[i] != element for i in SEPARATORS) or text.count(element, 0, 104) != 16:
        return None
    component = _character(text, 104)
    terminator = _character(text, 104 + len(component))
    if terminator.isascii() and terminator.isalnum():  # ISA16 was left out, and its place taken
        values, component, terminator, length = _settled(text, 104, element, text[4:103].split(element))
        return values, component, terminator, length, False
    return [*text[4:103].split(element), component], component, terminator, 104 + len(component) + len(terminator), True


def _by_character(text: str, element: str) -> _Found | None:
    """An ISA of 106 characters in UTF-8, some of them longer than a byte: NBSP padding, as web pages make it."""
    characters = text.encode("latin-1").decode("utf-8", "surrogateescape")
    if len(characters) < 106 or any(characters[i] != element for i in SEPARATORS):
        return None
    raw = [part.encode("utf-8", "surrogateescape").decode("latin-1") for part in (characters[:103], characters[104], characters[105])]
    return [*raw[0][4:].split(element), raw[1]], raw[1], raw[2], sum(map(len, raw)) + 1, False


def _by_record(text: str, element: str) -> _Found | None:
    """An ISA broken by the line ends of fixed records, as mainframes wrap at 80 columns."""
    kept = [i for i, c in enumerate(text[:160]) if c not in "\r\n"]
    found = _by_place("".join(text[i] for i in kept), element)
    if found is None or len(kept) < found[3]:
        return None
    values, component, terminator, length, whole = found
    return values, component, terminator, kept[length - 1] + 1, whole


def _by_count(text: str, element: str) -> _Found | None:
    """An ISA with its sixteen elements, whatever their lengths."""
    match = _loose(element).match(text)
    if match is None:
        return None
    values, component, terminator, length = _settled(text, match.end(), element, match[0][4:-1].split(element))
    return (values, component, terminator, length, False) if terminator else None


@lru_cache(maxsize=256)
def _loose(element: str) -> re.Pattern[str]:
    e = re.escape(element)
    return re.compile(f"ISA{e}(?!ISA{e})" + "".join(f"[^{e}\\r\\n]{{0,{width}}}{e}" for width in LOOSE_WIDTHS))


def _settled(text: str, at: int, element: str, values: list[str]) -> tuple[list[str], str, str, int]:
    """ISA16 and the terminator of an ISA whose places lie: by what ends the next segment too.

    *at* stands behind the last separator. ``""`` as terminator: nothing fits.
    """
    first = _character(text, at)
    second = _character(text, at + len(first))
    for component, terminator in ((first, second), ("", first)):
        if not terminator or (terminator.isascii() and terminator.isalnum()) or terminator == element:
            continue
        behind = at + len(component) + len(terminator)
        if _goes_on(text[behind:], element, terminator):
            return [*values, component], component, terminator, behind
    return [*values, first], first, "", at


def _goes_on(rest: str, element: str, terminator: str) -> bool:
    """Whether *rest* begins with a segment that may follow an ISA, ended by *terminator*."""
    segment, mark, behind = rest.lstrip(BLANKS + terminator).partition(terminator)
    if segment.split(element)[0] not in _AFTER_ISA or element not in segment:
        return False
    behind = behind.lstrip(BLANKS + terminator)
    return bool(mark) and (not behind or re.match(r"[A-Z][A-Z0-9]{1,2}" + re.escape(element), behind) is not None)


def _character(text: str, at: int) -> str:
    """The character at *at*: one byte, or the UTF-8 sequence that begins there."""
    one = text[at : at + 1]
    if one < "\xc2":
        return one
    for width in (2, 3, 4):
        try:
            text[at : at + width].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            continue
        return text[at : at + width]
    return one


def _repetition(values: list[str], element: str, component: str, terminator: str) -> str:
    """ISA11 from 00402 on; before that, and where it is a letter, digit or blank, nothing repeats."""
    sent, version = values[10].strip(), values[11].strip()
    if len(sent) != 1 or (sent.isascii() and sent.isalnum()) or sent in (element, component, terminator) or version < "00402":
        return ""
    return sent


def _faults(header: Cut, at: int) -> list[Fault]:
    """What is wrong with the values of an ISA, by TA105's list of complaints."""
    faults: list[Fault] = []

    def judge(element: int, right: bool, code: FaultCode) -> None:
        if not right:
            faults.append(noted("x12", code, at, str(header[element]), element=element, segment="ISA"))

    value = [str(one).strip() for one in header]
    judge(1, value[1] in AUTHORIZATION, FaultCode.X12_AUTHORIZATION)
    judge(3, value[3] in SECURITY, FaultCode.X12_SECURITY)
    judge(5, value[5] in QUALIFIERS, FaultCode.X12_SENDER_QUALIFIER)
    judge(7, value[7] in QUALIFIERS, FaultCode.X12_RECEIVER_QUALIFIER)
    judge(9, len(value[9]) == 6 and is_date(value[9]), FaultCode.X12_DATE)
    judge(10, is_time(value[10]), FaultCode.X12_TIME)
    judge(12, value[12] in VERSIONS, FaultCode.X12_VERSION)
    judge(13, bool(re.fullmatch("[0-9]{9}", value[13])), FaultCode.X12_CONTROL_NUMBER)
    judge(14, value[14] in ("0", "1"), FaultCode.X12_ACK_REQUESTED)
    judge(15, value[15] in ("P", "T", "I"), FaultCode.X12_TEST_INDICATOR)
    return faults


def release_key(sent: str) -> tuple[str, str]:
    """Dictionary key and association of a GS08 or ST03: ``004010VICS`` -> ``004010``, ``VICS``.

    Digits that senders leave out are put back: ``4010`` and ``00401`` mean ``004010``.
    """
    digits = re.match(r"[0-9]*", sent := sent.strip())
    number = digits[0] if digits else ""
    rest = sent[len(number) :]
    if len(number) >= 6:
        return number[:6], number[6:] + rest
    if number.startswith("00"):
        return number.ljust(6, "0"), rest
    if len(number) == 5:  # 04010
        return "0" + number, rest
    if len(number) == 4:  # 4010
        return "00" + number, rest
    if len(number) == 3:  # 401
        return "00" + number + "0", rest
    return sent, ""


def group(cut: Cut, at: int) -> Group:
    """The functional group a GS opens; elements that were not sent are ``""``."""
    value = [str(one).strip() if isinstance(one, str) else "" for one in cut] + [""] * 9
    return Group(value[1], value[2], value[3], value[6], value[8], f"{value[4]} {value[5]}".strip(), cut, at)
