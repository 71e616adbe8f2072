"""From judged messages to the interchanges that answer them.

Pure. ``assemble`` puts the parts that were prepared while judging under their groups and
envelopes; ``number`` puts in the control numbers, which only the ledger can give.

A message's verdict at this moment is what counts: where a policy has changed it since it
was judged, its part is answered accordingly. An acknowledgement is never acknowledged, and
a group with an undecided message has no answer yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Literal, Protocol

from edigw import standards
from edigw.acks import contrl, ta1
from edigw.acks import x12 as sets
from edigw.agreements import Acknowledge, Partner
from edigw.faults import Place, Verdict, by_code
from edigw.judged import COMPONENT, AnswerSegment, FaultRow, Found, JudgedGroup
from edigw.model import EDIFACT_DELIMITERS, X12_DELIMITERS, Cut, Delimiters, Identity, OutGroup, OutInterchange, OutMessage
from edigw.records import dataclass

Kind = Literal["997", "999", "ta1", "contrl"]

_UNTOLD = ("997", "999")  # transaction sets that are themselves answers
_EDIFACT_4 = replace(EDIFACT_DELIMITERS, repetition="*")
#: Characters a level A interchange may hold; an answer that copies others needs a wider set.
_LEVEL_A = re.compile(r"[A-Z0-9 .,\-()/='+:?!\"%&*;<>]*")


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
        return _contrl(found, groups, by_group, faults, refused, now, partner) if ask in (None, "contrl") else []
    return _x12(found, groups, by_group, faults, refused, now, partner, ask)


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


# X12


def _x12(
    found: Found,
    groups: Sequence[JudgedGroup],
    by_group: dict[int, list[Part]],
    faults: Sequence[FaultRow],
    refused: Refusal,
    now: datetime,
    partner: Partner | None,
    ask: Kind | None,
) -> list[Answer]:
    real = [group for group in groups if not _is_answer(group, by_group.get(group.ordinal, []))]
    nameless = any(not _nameable(group) for group in real)
    # Taken whole or not at all: one message that is undecided leaves every group so.
    whole = partner is not None and partner.policies.forward == "all-or-nothing"
    waits = whole and any(not one.verdict for several in by_group.values() for one in several)
    answers: list[Answer] = []
    faulty = nameless or any(one.severity in ("warn", "reject") for one in faults)
    empty = not groups and faulty and not (found.judged is not None and found.judged.loose)  # TA1s alone are answers
    if _wants_ta1(found, partner, ask, faulty=faulty) and (real or empty):
        out = _envelope(found, now, found.version)
        out.loose.append(cut(ta1.build(found, faults, unanswerable=nameless)))
        answers.append(Answer("ta1", out, ta1.element(found, 13)))
    for group in real:
        parts = by_group.get(group.ordinal, [])
        if waits or not _nameable(group) or any(not one.verdict for one in parts):
            continue
        kind = _kind(group, parts, partner)
        if kind is None or ask not in (None, kind):
            continue
        answers.append(_functional(found, group, parts, refused, now, partner, kind))
    return answers


def _wants_ta1(found: Found, partner: Partner | None, ask: Kind | None, *, faulty: bool) -> bool:
    """Asked for by ISA14, by the caller or by the partner's file, or owed because the envelope is at fault."""
    if ask is not None:
        return ask == "ta1"
    wanted = partner.policies.ta1 if partner is not None else "asked"
    if wanted != "asked":
        return wanted == "always"
    if partner is not None and partner.receive and all(one.acknowledge.standard == "none" for one in partner.receive):
        return False
    return faulty or found.ack_requested == "1"


def _is_answer(group: JudgedGroup, parts: Sequence[Part]) -> bool:
    return group.type.strip() == "FA" or (bool(parts) and all(one.type in _UNTOLD for one in parts))


def _nameable(group: JudgedGroup) -> bool:
    """Whether an AK1 can name the group: GS01 and GS06 are what they must be."""
    return bool(re.fullmatch("[A-Z0-9]{2}", group.type.strip())) and bool(re.fullmatch("[0-9]{1,9}", group.control_number.strip()))


def _kind(group: JudgedGroup, parts: Sequence[Part], partner: Partner | None) -> Literal["997", "999"] | None:
    for one in parts:
        for segment in one.answer:
            if segment[0] in ("AK5", "IK5"):
                return "999" if segment[0] == "IK5" else "997"
    standard = agreed(partner, parts[0].type if parts else "000", group.release[:6]).standard
    if parts or standard == "none":  # messages were judged and none of them is to be answered
        return None
    return "999" if standard == "999" else "997"


def _functional(
    found: Found,
    group: JudgedGroup,
    parts: Sequence[Part],
    refused: Refusal,
    now: datetime,
    partner: Partner | None,
    kind: Literal["997", "999"],
) -> Answer:
    release = sets.answer_release(kind, parts[0].release if parts else group.release[:6])
    words = sets.Words(release)
    body: list[AnswerSegment] = [
        sets.trimmed("AK1", group.type.strip(), group.control_number.strip(), sets.safe(group.release)[:12] if words.versions else "")
    ]
    accepted = 0
    noted = False
    for one in parts:
        verdict = Verdict.REJECTED if refused.covers(one.group) else Verdict(one.verdict)
        accepted += verdict is not Verdict.REJECTED
        noted = noted or verdict is Verdict.ACCEPTED_WITH_ERRORS
        if verdict is not Verdict.ACCEPTED or agreed(partner, one.type, one.release).accepted_sets:
            body += _set(one, verdict, kind)
    codes = _group_codes(group.faults, words)
    if refused.covers(group.ordinal) or (parts and not accepted):
        letter = "R"
    elif accepted < len(parts):
        letter = "P"
    else:
        noted = noted or any(one.severity == "warn" for one in group.faults)  # an empty group has no code of its own
        letter = "E" if noted else "A"
    declared = group.declared if 0 <= group.declared <= 999_999 else len(parts)
    body.append(("AK9", letter, str(declared), str(len(parts)), str(accepted), *codes))
    whole = sets.IMPLEMENTATION if kind == "999" else release
    message = OutMessage(kind, release, "", [cut(one) for one in body], convention=sets.IMPLEMENTATION if kind == "999" else "")
    out = _envelope(found, now, "00501" if kind == "999" else found.version)
    sender, receiver = _group_address(group.receiver, out.sender), _group_address(group.sender, out.receiver)
    out.groups.append(OutGroup("FA", sender, receiver, "", whole, [message]))
    return Answer(kind, out, group.control_number.strip())


def _group_codes(faults: Sequence[FaultRow], words: sets.Words) -> list[str]:
    """AK905..AK909 of a group's own faults; notes are not reported."""
    rows = [by_code(one.code) for one in faults if one.severity in ("warn", "reject")]
    codes = dict.fromkeys(words.group(row.spelling("x12")) for row in rows if row.place is Place.GROUP)
    return [code for code in codes if code][: sets.MOST_CODES]


def _set(one: Part, verdict: Verdict, kind: Literal["997", "999"]) -> list[AnswerSegment]:
    """The set's prepared part, its AK5 saying *verdict*."""
    trailer = "IK5" if kind == "999" else "AK5"
    letter = {Verdict.ACCEPTED: "A", Verdict.ACCEPTED_WITH_ERRORS: "E", Verdict.REJECTED: "R"}[verdict]
    if not one.answer or one.answer[-1][0] != trailer:
        return [("AK2", sets.set_id(one.type), sets.set_number(one.control_number)), (trailer, letter)]
    return [*one.answer[:-1], (trailer, letter, *one.answer[-1][2:])]


def _envelope(found: Found, now: datetime, version: str) -> OutInterchange:
    """An interchange back to where *found* came from."""
    used = version if version in standards.interchange_versions() else "00401"
    delimiters = replace(X12_DELIMITERS, repetition="^") if used >= "00402" else X12_DELIMITERS
    return _swapped(found, now, used, delimiters, "ascii")


def _swapped(found: Found, now: datetime, version: str, delimiters: Delimiters, charset: str) -> OutInterchange:
    address = _x12_address if found.syntax == "x12" else _edifact_address
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


def _x12_address(qualifier: str, id_: str) -> Identity:
    """An identity as an ISA can carry it; a qualifier that is none becomes ZZ, mutually defined."""
    kept = sets.safe(qualifier)
    return Identity(kept if len(kept) == 2 else "ZZ", sets.safe(id_)[:15])


def _edifact_address(qualifier: str, id_: str) -> Identity:
    return Identity(contrl.safe(qualifier)[:4], contrl.safe(id_)[:35])


def _group_address(sent: str, identity: Identity) -> str:
    """GS02 or GS03: 2 to 15 characters; the interchange's where the group sent none."""
    kept = sets.safe(sent)[:15]
    return kept if len(kept) > 1 else identity.id.ljust(2, "0")


# EDIFACT


def _contrl(
    found: Found,
    groups: Sequence[JudgedGroup],
    by_group: dict[int, list[Part]],
    faults: Sequence[FaultRow],
    refused: Refusal,
    now: datetime,
    partner: Partner | None,
) -> list[Answer]:
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
    out = _swapped(found, now, version, _EDIFACT_4 if four else EDIFACT_DELIMITERS, charset)
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
