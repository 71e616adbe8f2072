"""What a CONTRL says: of one message (UCM, UCS, UCD), of a group (UCF), of the interchange (UCI).

Pure, and without control numbers. One error for each reporting segment, as the message is
made; there is no "accepted with errors", so a message with warnings is accepted (7) and
its warnings still stand below it.

Three traps of the positions. UCS 0096 counts UNH as 1, and a missing segment stands at the
last one read before it. S011 0098 counts the *tag* as 1, so the first data element is 2,
but 0104 counts components from 1. UCI copies sender and recipient as they were sent; only
the CONTRL's own UNB swaps them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from edigw.acks.x12 import trimmed
from edigw.faults import Fault, FaultCode, Place, Severity, Verdict, by_code
from edigw.judged import COMPONENT, AnswerSegment, FaultRow, Found, JudgedGroup
from edigw.model import Element, Message

REJECTED, ACCEPTED, RECEIVED = "4", "7", "8"  # 0083; the others are withdrawn
UNSPECIFIED: Final = "18"

MOST_SEGMENTS: Final = 999  # UCS in one UCM
MOST_ELEMENTS: Final = 99  # UCD in one UCS

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def message_part(message: Message, faults: Iterable[Fault], verdict: Verdict) -> tuple[AnswerSegment, ...]:
    """UCM..UCD of one message.

    *faults* are weighed by the partner's policy; those below a warning are left out.
    """
    told = [one for one in faults if one.severity >= Severity.WARN]
    header = message.header()
    decode = message.notation.decode
    reference = safe(decode(_component(header, 1, 0)))[:14]
    sent = [safe(decode(_component(header, 2, at))) for at in range(5)]
    # What a UNH lacks is copied as 0, for UCM of syntax 3 asks for it; the error beside it says so.
    # In syntax 4 both are conditional, and nothing is said that was not sent.
    four = message.notation.delimiters.decimal == ""  # a promise up to syntax 3 only
    widths = (6, 3, 3, 3, 6)
    s009 = [(value or ("" if at == 4 else "0"))[:width] for at, (value, width) in enumerate(zip(sent, widths, strict=True))]
    whole = next((one for one in told if one.code.place is Place.MESSAGE), None)
    identifier = "" if four and not all(sent[:4]) else COMPONENT.join(s009).rstrip(COMPONENT)
    ucm = ["UCM", reference or ("" if four else "0"), identifier, REJECTED if verdict is Verdict.REJECTED else ACCEPTED]
    if whole is not None:
        ucm += [_code(whole.code), service_tag(whole.segment, "UNH"), _data(whole)]
    # Only syntax 4 repeats elements, and only its S011 has the occurrence.
    return (trimmed(*ucm), *_segments(told, repeats=message.notation.delimiters.repetition != ""))


def _segments(told: Sequence[Fault], *, repeats: bool) -> Iterable[AnswerSegment]:
    placed: dict[int, list[Fault]] = {}
    for one in told:
        if one.code.place in (Place.SEGMENT, Place.ELEMENT) and one.at.segment:
            placed.setdefault(one.at.segment, []).append(one)
    left = MOST_SEGMENTS
    for at in sorted(placed):
        for part in _segment(at, placed[at], repeats=repeats):
            left -= part[0] == "UCS"
            if left < 0:
                return
            yield part


def _segment(at: int, faults: Sequence[Fault], *, repeats: bool) -> Iterable[AnswerSegment]:
    position = str(min(at, 999_999))
    elements = [one for one in faults if one.code.place is Place.ELEMENT and one.at.element]
    said: set[tuple[str, str]] = set()
    for one in faults:
        if one.code.place is Place.ELEMENT and one.at.element:
            continue
        key = (one.segment, _code(one.code))
        if key not in said:  # two missing segments are two errors, though at one place and of one code
            said.add(key)
            yield "UCS", position, key[1]
    if elements:
        yield "UCS", position
        for one in elements[:MOST_ELEMENTS]:
            yield "UCD", _code(one.code), _data(one, repeats=repeats)


def _data(one: Fault, *, repeats: bool = False) -> str:
    """S011: element, component, and in syntax 4 the repeat."""
    if not one.at.element:
        return ""
    parts = [str(min(one.at.element + 1, 999)), str(min(one.at.component, 999)) if one.at.component else ""]
    if repeats and one.at.repeat and not one.at.component:  # S011 holds one of the two
        parts.append(str(min(one.at.repeat, 999_999)))
    return COMPONENT.join(parts).rstrip(COMPONENT)


def _code(code: FaultCode) -> str:
    return code.spelling("edifact") or UNSPECIFIED


def interchange_part(found: Found, faults: Sequence[FaultRow], *, rejected: bool = False) -> AnswerSegment:
    """UCI. Rejected with the first fault that rejects; else accepted, with the first warning if there is one.

    *rejected*: it is refused for one of its messages, whose UCM says why.
    """
    worst = next((one for one in faults if one.severity == "reject"), None)
    told = worst or next((one for one in faults if one.severity == "warn"), None)
    action = REJECTED if worst is not None or rejected else ACCEPTED
    return trimmed("UCI", element(found, 5)[:14], party(found, 2), party(found, 3), action, *_told(told, "UNB"))


def receipt_part(found: Found, faults: Sequence[FaultRow]) -> AnswerSegment:
    """UCI of a CONTRL that is a receipt: received (8), which says nothing of the contents, or the envelope is refused."""
    if any(one.severity == "reject" for one in faults):
        return interchange_part(found, faults)
    return trimmed("UCI", element(found, 5)[:14], party(found, 2), party(found, 3), RECEIVED)


def group_part(group: JudgedGroup, *, rejected: bool) -> AnswerSegment:
    """UCF, with the first fault that rejects, else the first warning. *rejected*: refused together with others."""
    worst = next((one for one in group.faults if one.severity == "reject"), None)
    told = worst or next((one for one in group.faults if one.severity == "warn"), None)
    action = REJECTED if worst is not None or rejected else ACCEPTED
    number = safe(group.control_number)[:14] or "0"
    sent = zip(group.parties, (group.sender, group.receiver), strict=True)
    parties = [_copied(party, (35, 4)) or safe(id_)[:35] or "0" for party, id_ in sent]
    return trimmed("UCF", number, *parties, action, *_told(told, "UNG"))


def _told(row: FaultRow | None, level: str) -> tuple[str, ...]:
    if row is None:
        return ()
    data = ""
    if row.element:
        data = COMPONENT.join([str(min(row.element + 1, 999)), str(row.component) if row.component else ""]).rstrip(COMPONENT)
    return _code(by_code(row.code)), service_tag(row.segment, level), data


def service_tag(sent: str, level: str) -> str:
    """0013 or 0135: the service segment in error. One that is none is reported at its *level*."""
    return sent if re.fullmatch("UN[A-Z]", sent) and sent != "UNA" else level


def element(found: Found, at: int) -> str:
    """The first component of a UNB element, safe to be copied."""
    return safe(found.header[at].split(COMPONENT)[0]) if at < len(found.header) else ""


def party(found: Found, at: int) -> str:
    """S002 or S003 as they were sent: id, qualifier, routing."""
    widths = (35, 4, 35, 35) if found.version.endswith(":4") else (35, 4, 14)
    return _copied(found.header[at], widths) if at < len(found.header) else ""


def _copied(sent: str, widths: Sequence[int]) -> str:
    """A composite as it was sent, each component as long as ours may be."""
    parts = sent.split(COMPONENT)
    return COMPONENT.join(safe(part)[:width] for part, width in zip(parts, widths, strict=False)).rstrip(COMPONENT)


def safe(value: str) -> str:
    """*value* without control characters and without blanks at its ends.

    Service characters may stand: EDIFACT can release them.
    """
    return _CONTROLS.sub(" ", value).strip()


def _component(cut: Sequence[Element], element: int, at: int) -> str:
    value: Element = cut[element] if element < len(cut) else ""
    if isinstance(value, str):
        return value if at == 0 else ""
    part = value[at] if at < len(value) else ""
    return part if isinstance(part, str) else ""
