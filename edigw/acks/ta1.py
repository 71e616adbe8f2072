"""TA1: what we say of an X12 envelope, built and read. Contents are never judged here.

Pure. A TA1 names one complaint; of several the first of the gravest is said. Its codes are
element I18: the list of I43, which uses the same numbers otherwise, belongs to the TA3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edigw.acks.receipt import Receipt, Said
from edigw.acks.words import INTERCHANGE_NOTES
from edigw.faults import FaultCode, Place, by_code
from edigw.judged import AnswerSegment, FaultRow, Found
from edigw.model import Cut, Element

CONTROL_STRUCTURE = "022"
CONTENT = "024"


def build(found: Found, faults: Sequence[FaultRow], *, unanswerable: bool = False) -> AnswerSegment:
    """The TA1 for an interchange with these *faults*, weighed by the partner's policy.

    *unanswerable*: a group in it cannot be named in a 997, so the TA1 must refuse it.
    """
    letter, code = "A", "000"
    for severity, said in (("reject", "R"), ("warn", "E")):
        worst = next((one for one in faults if one.severity == severity), None)
        if worst is not None:
            letter, code = said, _code(by_code(worst.code))
            break
    if unanswerable and letter != "R":
        letter, code = "R", CONTENT
    date, time = element(found, 9), element(found, 10)
    return (
        "TA1",
        control_number(element(found, 13)),
        date if re.fullmatch("[0-9]{6}", date) else "000000",
        time if re.fullmatch("[0-9]{4}", time) else "0000",
        letter,
        code,
    )


def element(found: Found, at: int) -> str:
    """Element *at* of the interchange's header, without padding."""
    return found.header[at].strip() if at < len(found.header) else ""


def control_number(sent: str) -> str:
    """ISA13 as a TA101 can carry it: nine digits."""
    return re.sub("[^0-9]", "", sent)[-9:].rjust(9, "0")


def _code(code: FaultCode) -> str:
    spelled = code.spelling("x12") if code.place is Place.INTERCHANGE else ""
    return spelled or CONTROL_STRUCTURE


def read(cut: Cut) -> Receipt:
    """What a received TA1 says."""
    values = [_text(one) for one in cut] + [""] * 6
    verdict = {"A": "accepted", "E": "accepted-with-errors", "R": "rejected"}.get(values[4], "unknown")
    errors = () if values[5] in ("", "000") else (Said(values[5], INTERCHANGE_NOTES.get(values[5], "")),)
    return Receipt("ta1", control_number=values[1], prepared_at=f"{values[2]} {values[3]}".strip(), verdict=verdict, errors=errors)


def _text(value: Element) -> str:
    while isinstance(value, list):
        value = value[0] if value else ""
    return value.strip()
