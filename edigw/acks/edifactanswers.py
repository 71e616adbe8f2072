"""CONTRL: the answer to an EDIFACT interchange, with a line for each message that is spoken of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from edigw.acks import contrl
from edigw.acks.parts import Answer, Part, Refusal, agreed, cut, turned_back
from edigw.agreements import Partner
from edigw.faults import Verdict
from edigw.judged import COMPONENT, AnswerSegment, FaultRow, Found, JudgedGroup
from edigw.model import EDIFACT_DELIMITERS, Identity, OutMessage

_EDIFACT_4 = replace(EDIFACT_DELIMITERS, repetition="*")
#: Characters a level A interchange may hold; an answer that copies others needs a wider set.
_LEVEL_A = re.compile(r"[A-Z0-9 .,\-()/='+:?!\"%&*;<>]*")


def receipt_only(found: Found) -> bool:
    """Whether the sender asked for a receipt and nothing more: UNB 0031 is 2. Its messages are then not spoken of."""
    return found.syntax == "edifact" and found.ack_requested == "2"


def unanswerable(found: Found) -> str:
    """Why no CONTRL can be built for an interchange, for people; ``""`` if one can."""
    if found.syntax != "edifact":
        return ""
    lacking = [
        name
        for name, value in (
            ("the control reference", contrl.element(found, 5)),
            ("the sender", contrl.element(found, 2)),
            ("the recipient", contrl.element(found, 3)),
        )
        if not value
    ]
    return f"the UNB lacks {' and '.join(lacking)}, which a CONTRL must copy: tell the sender by other means" if lacking else ""


def answers_of(
    found: Found,
    groups: Sequence[JudgedGroup],
    by_group: dict[int, list[Part]],
    faults: Sequence[FaultRow],
    refused: Refusal,
    now: datetime,
    partner: Partner | None,
) -> list[Answer]:
    """One CONTRL, or none where nobody is to be told or can be; see ``answers.assemble``."""
    parts = [one for several in by_group.values() for one in several]
    if unanswerable(found) or (any(not one.verdict for one in parts) and not receipt_only(found)):
        return []
    real = [one for one in parts if one.type != "CONTRL"]
    if parts and not real:
        return []
    types = {(one.type, one.release) for one in real} or {("", "")}
    if all(agreed(partner, *each).standard == "none" for each in types):
        return []
    body = [contrl.interchange_part(found, faults, rejected=refused.together)]
    if receipt_only(found):
        body = [contrl.receipt_part(found, faults)]
    elif refused.whole:
        pass  # 4 in the UCI refuses everything below it; nothing more is listed
    elif groups:
        for group in groups:
            body.append(contrl.group_part(group, rejected=refused.together))
            body += _messages(by_group.get(group.ordinal, []), refused, partner)
    else:
        body += _messages(by_group.get(-1, []), refused, partner)
    version, charset = _charset(found, body)
    four = version.endswith(":4")
    message = OutMessage("CONTRL", "41" if four else "D3", "", [cut(one) for one in body])
    out = turned_back(found, now, version, _EDIFACT_4 if four else EDIFACT_DELIMITERS, charset, _address)
    out.messages.append(message)
    return [Answer("contrl", out, contrl.element(found, 5))]


def _messages(parts: Iterable[Part], refused: Refusal, partner: Partner | None) -> list[AnswerSegment]:
    """UCM.. of each message. One that is refused with what is around it is not listed: the level above says it.

    Where a message refused the others it is listed, for its faults are the reason of it all.
    """
    body: list[AnswerSegment] = []
    for one in parts:
        if one.type == "CONTRL" or refused.by_envelope(one.group):
            continue
        verdict = Verdict(one.verdict)
        if refused.together and verdict is not Verdict.REJECTED:
            continue
        if verdict is Verdict.ACCEPTED and not agreed(partner, one.type, one.release).accepted_sets:
            continue
        if not one.answer or one.answer[0][0] != "UCM":
            continue
        head, *rest = one.answer
        action = contrl.REJECTED if verdict is Verdict.REJECTED else contrl.ACCEPTED
        body += [(*head[:3], action, *head[4:]), *rest]
    return body


def _charset(found: Found, body: Sequence[AnswerSegment]) -> tuple[str, str]:
    """UNB S001 and codec of the answer: as received, or wider where what is copied needs it."""
    identifier, _, syntax = found.version.partition(":")
    if not re.fullmatch("UNO[A-KY]", identifier) or syntax not in ("1", "2", "3", "4"):
        identifier, syntax, charset = "UNOC", "4" if syntax == "4" else "3", "latin-1"
    else:
        charset = found.charset
    copied = "".join(one for segment in body for one in segment[1:]).replace(COMPONENT, "") + "".join((*found.sender, *found.receiver))
    if identifier == "UNOA" and not _LEVEL_A.fullmatch(copied):
        identifier = "UNOB"
    if identifier in ("UNOA", "UNOB") and not copied.isascii():
        identifier, charset = "UNOC", "latin-1"
    try:
        copied.encode(charset)
    except (UnicodeEncodeError, LookupError):
        return f"UNOY:{syntax}", "utf-8"
    return f"{identifier}:{syntax}", charset


def _address(qualifier: str, id_: str) -> Identity:
    return Identity(contrl.safe(qualifier)[:4], contrl.safe(id_)[:35])
