"""What a received acknowledgement says, in plain words: the values reconciliation works with.

Only values. ``json`` is what crosses the process border and is kept with the message.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Literal

from edigw.records import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A code as received and what it means; *text* is ``""`` for a code nobody knows."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """One error inside a message: AK3/AK4 or UCS/UCD. Positions are counted from 1, 0 = the whole.

    *element* counts data elements behind the tag, in both syntaxes.
    """

    segment: str  #: its tag where the answer names it (X12)
    position: int  #: of the segment, ST or UNH is 1
    loop: str
    element: int
    component: int
    repeat: int
    element_id: str
    value: str  #: the copy of the bad value, if one came back
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """What was said of one message. *verdict*: accepted, accepted-with-errors, rejected, unknown."""

    type: str
    control_number: str
    verdict: str
    errors: tuple[Said, ...] = ()
    complaints: tuple[Complaint, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupReceipt:
    """What was said of one functional group. *verdict* may also be ``partly``.

    Counts are -1 where none was sent.
    """

    type: str
    control_number: str
    release: str
    verdict: str
    included: int = -1
    received: int = -1
    accepted: int = -1
    errors: tuple[Said, ...] = ()
    messages: tuple[MessageReceipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """One 997, 999, TA1 or CONTRL.

    *control_number* names the interchange answered (TA101, UCI 0020), ``""`` in a 997 or
    999, which answer a group. *verdict* is of the interchange: accepted, accepted-with-errors,
    rejected, received (CONTRL 8, which says nothing of the contents), unknown; in a 997 or 999
    it is its group's. *messages* are those of an ungrouped EDIFACT interchange.
    """

    kind: Literal["997", "999", "ta1", "contrl"]
    control_number: str = ""
    prepared_at: str = ""  #: TA102 and TA103 as sent, joined by a blank
    sender: str = ""  #: UCI S002 as sent: of the interchange answered, so our own
    receiver: str = ""
    verdict: str = "unknown"
    errors: tuple[Said, ...] = ()
    groups: tuple[GroupReceipt, ...] = ()
    messages: tuple[MessageReceipt, ...] = ()

    def json(self) -> bytes:
        """This receipt as JSON; ``from_json`` is its inverse."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, data: str | bytes) -> Receipt:
        """The receipt that ``json`` wrote. Raises ValueError, KeyError or TypeError for anything else."""
        value = json.loads(data)
        value["errors"] = _said(value["errors"])
        value["messages"] = tuple(_message(one) for one in value["messages"])
        value["groups"] = tuple(
            GroupReceipt(**{**one, "errors": _said(one["errors"]), "messages": tuple(_message(m) for m in one["messages"])})
            for one in value["groups"]
        )
        return cls(**value)


def _said(rows: list[dict[str, str]]) -> tuple[Said, ...]:
    return tuple(Said(**one) for one in rows)


def _message(row: dict[str, object]) -> MessageReceipt:
    errors, complaints = row["errors"], row["complaints"]
    assert isinstance(errors, list)
    assert isinstance(complaints, list)
    return MessageReceipt(
        type=str(row["type"]),
        control_number=str(row["control_number"]),
        verdict=str(row["verdict"]),
        errors=_said(errors),
        complaints=tuple(Complaint(**one) for one in complaints),
    )
