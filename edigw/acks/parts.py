"""What answers are made of: a message's part, what is refused with it, the envelope turned back, what was agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Literal, Protocol

from edigw.agreements import Acknowledge, Partner
from edigw.faults import Verdict
from edigw.judged import COMPONENT, AnswerSegment, FaultRow, Found, JudgedGroup
from edigw.model import Cut, Delimiters, Identity, OutInterchange
from edigw.records import dataclass

Kind = Literal["997", "999", "ta1", "contrl"]


class Part(Protocol):
    """What ``assemble`` needs to know of a message; ``JudgedMessage`` is one."""

    @property
    def ordinal(self) -> int: ...
    @property
    def group(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def release(self) -> str: ...
    @property
    def control_number(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def answer(self) -> tuple[AnswerSegment, ...]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One interchange that answers another, complete but for its control numbers."""

    kind: Kind
    out: OutInterchange
    answers: str  #: control number of the group (997, 999) or interchange answered


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is refused of an interchange beside the messages that are at fault themselves."""

    whole: bool  #: every message of the interchange, for a fault of its envelope
    groups: frozenset[int] = field(default_factory=frozenset)  #: every message of these groups, for a fault of theirs
    together: bool = False  #: every message, for one of them is bad and the partner's are taken whole or not at all

    def covers(self, group: int) -> bool:
        """Whether a message of *group* (-1 = ungrouped) is refused, whatever it holds."""
        return self.together or self.by_envelope(group)

    def by_envelope(self, group: int) -> bool:
        """Whether it is refused for a fault of its interchange or group."""
        return self.whole or group in self.groups


def refusal(
    faults: Sequence[FaultRow], groups: Sequence[JudgedGroup], messages: Iterable[Part] = (), partner: Partner | None = None
) -> Refusal:
    """What the envelope's *faults* and those of its *groups* refuse. All weighed by the partner's policy.

    With the *messages* of a *partner* whose interchanges are taken whole or not at all, one
    bad message or group refuses the others too. One that is undecided refuses nothing yet.
    """
    whole = any(one.severity == "reject" for one in faults)
    bad = frozenset(group.ordinal for group in groups if any(one.severity == "reject" for one in group.faults))
    together = (
        partner is not None
        and partner.policies.forward == "all-or-nothing"
        and (bool(bad) or any(one.verdict == Verdict.REJECTED.value for one in messages))
    )
    return Refusal(whole, bad, together)


def duplicate(part: tuple[AnswerSegment, ...]) -> tuple[AnswerSegment, ...]:
    """A message's *part* of the answer saying that it repeats an earlier one: 0085 26. An AK5 has no code for that."""
    if not part or part[0][0] != "UCM" or len(part[0]) > 4:
        return part
    return ((*part[0], "26", "UNH"), *part[1:])


def cut(segment: AnswerSegment) -> Cut:
    """An answer's segment as the writers take it."""
    return [one.split(COMPONENT) if COMPONENT in one else one for one in segment]


def agreed(partner: Partner | None, type_: str, release: str) -> Acknowledge:
    """How messages of a type are acknowledged to *partner*: as agreed for this release, else for any.

    For what was never agreed, as most of its agreements have it; without a partner as CONTRACTS
    has it: a 997, or a CONTRL.
    """
    edifact = not type_.isdigit()
    entries = [one for one in partner.receive if one.message.isdigit() is not edifact] if partner is not None else []
    for one in entries:
        if one.message == type_ and (not one.releases or release in one.releases):
            return one.acknowledge
    for one in [each for each in entries if each.message == type_] or entries:
        return one.acknowledge
    return Acknowledge("contrl" if edifact else "997")


def turned_back(
    found: Found, now: datetime, version: str, delimiters: Delimiters, charset: str, address: Callable[[str, str], Identity]
) -> OutInterchange:
    """An empty interchange back to where *found* came from; *address* makes an identity of what was sent."""
    sender, receiver = address(*found.receiver), address(*found.sender)
    return OutInterchange(
        syntax="x12" if found.syntax == "x12" else "edifact",
        version=version,
        sender=sender,
        receiver=receiver,
        control_number="",
        prepared_at=now,
        test=found.test,
        delimiters=delimiters,
        charset=charset,
        ack_requested="0" if found.syntax == "x12" else "",
    )
