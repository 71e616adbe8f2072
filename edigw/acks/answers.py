"""From judged messages to the interchanges that answer them.

Pure. ``assemble`` puts the parts that were prepared while judging under their groups and
envelopes; ``number`` puts in the control numbers, which only the ledger can give.

A message's verdict at this moment is what counts: where a policy has changed it since it
was judged, its part is answered accordingly. An acknowledgement is never acknowledged, and
a group with an undecided message has no answer yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from edigw.acks import edifactanswers, x12answers
from edigw.acks.parts import Answer, Kind, Part, refusal
from edigw.agreements import Partner
from edigw.judged import FaultRow, Found, JudgedGroup
from edigw.model import OutInterchange


def assemble(
    found: Found,
    groups: Sequence[JudgedGroup],
    messages: Iterable[Part],
    faults: Sequence[FaultRow],
    *,
    now: datetime,
    partner: Partner | None = None,
    ask: Kind | None = None,
) -> list[Answer]:
    """The answers to an interchange that is judged to its end, in the order they leave.

    *faults* are those of the interchange itself, complete. *partner* says what it wants
    listed; without one every message is. *ask* restricts the answers to one kind, given
    even where nobody asked for it (TA1). Verdicts are read from *messages* as they come,
    so a policy may change them before. Nothing is raised; an interchange whose copied
    fields are broken, or that holds only acknowledgements, has no answer (``unanswerable``
    tells why for the first).
    """
    parts = list(messages)
    by_group: dict[int, list[Part]] = {}
    for message in parts:
        by_group.setdefault(message.group, []).append(message)
    refused = refusal(faults, groups, parts, partner)
    if found.syntax == "edifact":
        return edifactanswers.answers_of(found, groups, by_group, faults, refused, now, partner) if ask in (None, "contrl") else []
    return x12answers.answers_of(found, groups, by_group, faults, refused, now, partner, ask)


def number(answer: Answer, interchange: int, group: int = 1, message: int = 1) -> OutInterchange:
    """*answer* with its control numbers: the caller has them from the ledger.

    *group* numbers its functional group (997, 999); *message* its set or message. Writing
    is left to ``parsers.write``. The answer itself is not changed.
    """
    out = answer.out
    if out.syntax == "edifact":
        messages = [replace(one, control_number=str(message)) for one in out.messages]
        return replace(out, control_number=str(interchange), messages=messages)
    groups = [
        replace(one, control_number=str(group), messages=[replace(each, control_number=f"{message:04}") for each in one.messages])
        for one in out.groups
    ]
    return replace(out, control_number=f"{interchange:09}", groups=groups)
