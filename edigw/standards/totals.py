"""What a message states of itself twice: do control totals add up, and do bounded loops end as they began?

Only those whose meaning is the same for everybody: the number of line items (X12 CTT01,
EDIFACT CNT with qualifier 2). Hash totals and sums of quantities depend on what partners
agreed to add; amounts are the document model's business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from edigw.faults import Fault, FaultCode, fault
from edigw.model import Cut, Element, Message
from edigw.standards.schema import Loop, Standard
from edigw.standards.walk import tag_of

#: What CTT01 counts, by transaction set; of several segments any one will do, for partners
#: count a 856 by its HL or by its lines. Sets without a common reading are not here.
LINES_X12: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "810": ("IT1",),
        "830": ("LIN",),
        "840": ("PO1",),
        "843": ("PO1",),
        "846": ("LIN",),
        "850": ("PO1",),
        "855": ("PO1",),
        "856": ("HL", "LIN", "SN1"),
        "860": ("POC",),
        "862": ("LIN",),
        "865": ("POC",),
    }
)
#: EDIFACT messages whose CNT qualifier 2 counts LIN.
LINES_EDIFACT: Final = frozenset(
    {
        *("DELFOR", "DESADV", "INVOIC", "INVRPT", "ORDCHG", "ORDERS", "ORDRSP", "OSTENQ"),
        *("OSTRPT", "PRICAT", "QUOTES", "RECADV", "REQOTE", "RETANN", "SLSRPT"),
    }
)


def disagreements(message: Message, standard: Standard, places: Sequence[Loop | None]) -> list[Fault]:
    """A fault if the stated number of line items is not the number sent."""
    if standard.syntax == "x12":
        control, lines, element_id = "CTT", LINES_X12.get(standard.type, ()), "354"
    else:
        control, lines, element_id = "CNT", ("LIN",) if standard.type in LINES_EDIFACT else (), "6066"
    if not lines:
        return []
    counted = dict.fromkeys(lines, 0)
    stated: int | None = None
    where = sublines = 0
    for index, cut in enumerate(message.segments()):
        tag = cut[0] if isinstance(cut[0], str) else tag_of(cut)
        if tag in lines:
            counted[tag_of(cut)] += places[index] is not None
            sublines += control == "CNT" and _is_subline(cut)
        elif tag == control and stated is None and places[index] is not None:
            stated, where = _stated(cut, control), index + 1
    first = counted[lines[0]]
    # Whether sub-lines are line items too is read both ways by those who send them.
    if stated is None or stated in counted.values() or stated == first - sublines:
        return []
    loop = places[where - 1]
    at = message.position(where, 1, 2 if control == "CNT" else 0)
    note = f"{stated} declared, {first} counted"
    name = loop.name if loop is not None else ""
    return [fault(standard.syntax, FaultCode.COUNT_DISAGREES, at, str(stated), note, segment=control, loop=name, element_id=element_id)]


def unlike_bounds(message: Message, standard: Standard, places: Sequence[Loop | None]) -> list[Fault]:
    """A fault for each LE that names another loop than its LS (X12)."""
    if standard.syntax != "x12" or "LE" not in standard.segments:
        return []
    found: list[Fault] = []
    opened: list[str] = []
    for index, cut in enumerate(message.segments()):
        tag = cut[0]
        if (tag != "LS" and tag != "LE") or places[index] is None or len(cut) < 2 or not isinstance(cut[1], str):
            continue
        if tag == "LS":
            opened.append(cut[1])
        elif opened and (name := opened.pop()) != cut[1]:
            at, loop = message.position(index + 1, 1), places[index]
            value, note = message.notation.decode(cut[1]), f"LS01 says {message.notation.decode(name)}"
            named = loop.name if loop is not None else ""
            found.append(fault("x12", FaultCode.LOOP_IDENTIFIER, at, value, note, segment="LE", loop=named, element_id="447"))
    return found


def _stated(cut: Cut, control: str) -> int | None:
    """The stated number of line items, None if this segment states none that can be read."""
    value: Element = cut[1] if len(cut) > 1 else ""
    if control == "CNT":
        value = value[1] if isinstance(value, list) and len(value) > 1 and value[0] == "2" else ""
    if not isinstance(value, str):
        return None
    digits = value.removeprefix("-")  # no number of lines, but a number
    return int(value) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None


def _is_subline(cut: Cut) -> bool:
    """LIN C829: sub-line indicator 1222 and the line it belongs to."""
    composite = cut[4] if len(cut) > 4 else ""
    return composite != "" and composite != [] and any(composite)
