"""What the log says of a file once it is recorded: facts, each with the next command where one helps."""

from __future__ import annotations

import re

from edigw.agreements import HELD
from edigw.faults import FaultCode
from edigw.inbound.outcome import MOST_TOLD, Recorded
from edigw.ledger import Row
from edigw.log import get_logger

log = get_logger("inbound")

STRAY_BYTES = FaultCode.STRAY_BYTES.code


def say_quarantined(file: Row, code: str, why: str) -> None:
    log.error(
        "file.quarantined",
        file=file.label,
        path=file.path,
        bytes=file.size,
        code=code,
        why=why,
        next=f"edigw show {file.label}; then edigw replay {file.label}, or edigw close {file.label}",
    )


def _further(held: str, code: str) -> str:
    """What is to be done about *held*, with its id where the advice for its code names a command."""
    _, advice = HELD.get(code, ("", "mend it, then edigw release"))
    return re.sub(r"edigw (release|close)\b", rf"edigw \1 {held}", advice)


def say(file: Row, done: Recorded) -> None:
    """The facts of what was recorded, one event each."""
    label = file.label
    if done.quarantined is not None:
        say_quarantined(file, *done.quarantined)
    for start, end, reason in done.unreadable[:MOST_TOLD]:
        log.warning(
            "file.unreadable",
            file=label,
            path=file.path,
            offset=start,
            bytes=end - start,
            code=STRAY_BYTES,
            why=reason,
            next=f"edigw show {label}; ask the sender what it is",
        )
    for one in done.rejections:
        log.warning(
            "message.rejected",
            id=one.label,
            file=label,
            path=file.path,
            offset=one.fault.offset,
            segment=one.fault.segment,
            position=one.fault.segment_position,
            element=one.fault.element,
            code=one.fault.code,
            why=one.fault.text,
            next=f"edigw show {one.label}; the answer tells the sender, who must send it corrected",
        )
    for held, code, reason in done.held:
        log.warning("row.held", id=held, file=label, path=file.path, code=code, why=reason, next=_further(held, code))
    for number, first in done.duplicates:
        log.info("interchange.duplicate", interchange=f"I{number}", of=f"I{first}", file=label)
    if done.messages or done.answers:
        log.info(
            "file.judged",
            file=label,
            path=file.path,
            messages=done.messages,
            rejected=done.rejected,
            documents=done.documents,
            answers=done.answers,
        )
