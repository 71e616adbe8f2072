"""Acknowledgements: 997, 999, TA1 and CONTRL, built and read. Table of contents of the room.

Pure: faults and verdicts in, segments out, and back. Nothing here gives control numbers
or knows a clock.

    message_part    AK2..AK5, AK2..IK5, UCM..UCD of one message, made while it is judged
    assemble        the answers to an interchange, without control numbers
    number          ... with them; ``parsers.write`` makes the bytes
    refusal         what is refused beside the messages that are at fault
    read, read_ta1  what a received one says
    lines           ... for a person
"""

from __future__ import annotations

from collections.abc import Iterable

from edigw.acks import contrl, x12
from edigw.acks.answers import assemble, number
from edigw.acks.edifactanswers import receipt_only, unanswerable
from edigw.acks.parts import Answer, Kind, Part, Refusal, agreed, duplicate, refusal
from edigw.acks.reading import ANSWERS, read
from edigw.acks.receipt import Complaint, GroupReceipt, MessageReceipt, Receipt, Said
from edigw.acks.ta1 import read as read_ta1
from edigw.acks.telling import lines
from edigw.faults import Fault, Verdict
from edigw.judged import AnswerSegment
from edigw.model import Message

__all__ = [
    "ANSWERS",
    "Answer",
    "Complaint",
    "GroupReceipt",
    "Kind",
    "MessageReceipt",
    "Part",
    "Receipt",
    "Refusal",
    "Said",
    "agreed",
    "assemble",
    "duplicate",
    "lines",
    "message_part",
    "number",
    "read",
    "read_ta1",
    "receipt_only",
    "refusal",
    "unanswerable",
]


def message_part(message: Message, faults: Iterable[Fault], verdict: Verdict, kind: str) -> tuple[AnswerSegment, ...]:
    """What the answer will say of one message, whether accepted or not; ``()`` for *kind* "none".

    *kind* is an ``Acknowledge.standard``; *faults* are weighed by the partner's policy. A
    message that is itself an acknowledgement has no part.
    """
    if kind == "none" or message.type in ANSWERS:
        return ()
    if message.notation.syntax == "edifact":
        return contrl.message_part(message, faults, verdict)
    return x12.message_part(message, faults, verdict, "999" if kind == "999" else "997")
