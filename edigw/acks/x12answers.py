"""TA1, 997 and 999: the answers to an X12 interchange, one for it and one for each of its groups."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from edigw import standards
from edigw.acks import ta1
from edigw.acks import x12 as sets
from edigw.acks.parts import Answer, Kind, Part, Refusal, agreed, cut, turned_back
from edigw.agreements import Partner
from edigw.faults import Place, Verdict, by_code
from edigw.judged import AnswerSegment, FaultRow, Found, JudgedGroup
from edigw.model import X12_DELIMITERS, Identity, OutGroup, OutInterchange, OutMessage

_UNTOLD = ("997", "999")  # transaction sets that are themselves answers


def answers_of(
    found: Found,
    groups: Sequence[JudgedGroup],
    by_group: dict[int, list[Part]],
    faults: Sequence[FaultRow],
    refused: Refusal,
    now: datetime,
    partner: Partner | None,
    ask: Kind | None,
) -> list[Answer]:
    """The TA1 if one is wanted or owed, and a 997 or 999 for each group that can be named; see ``answers.assemble``."""
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
    return turned_back(found, now, used, delimiters, "ascii", _address)


def _address(qualifier: str, id_: str) -> Identity:
    """An identity as an ISA can carry it; a qualifier that is none becomes ZZ, mutually defined."""
    kept = sets.safe(qualifier)
    return Identity(kept if len(kept) == 2 else "ZZ", sets.safe(id_)[:15])


def _group_address(sent: str, identity: Identity) -> str:
    """GS02 or GS03: 2 to 15 characters; the interchange's where the group sent none."""
    kept = sets.safe(sent)[:15]
    return kept if len(kept) > 1 else identity.id.ljust(2, "0")
