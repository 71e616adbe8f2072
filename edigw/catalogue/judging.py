"""An example judged: its faults, and the part of the answer that speaks of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final, Literal

from edigw import acks, judge, parsers
from edigw.agreements import Acknowledge, Book, Partner, Policies, Receive
from edigw.catalogue.examples import Example
from edigw.faults import FaultCode, Policy, Severity
from edigw.judged import FileJudged
from edigw.mappings import Library
from edigw.records import dataclass

_NOW: Final = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
_ENVELOPE: Final = ("ISA", "GS", "ST", "SE", "GE", "IEA", "UNA", "UNB", "UNH", "UNT", "UNZ")
_LINE: Final = re.compile(r"(base/\S+?\.yaml):\d+:\d+")  # a base map's lines move, and the pages should not with them
_NAME: Final = "example/map"


@dataclass(frozen=True, slots=True)
class Shown:
    """What came of an example. *faults* as ``edigw faults`` has them; *answers* without their envelopes."""

    faults: tuple[tuple[str, str, str], ...]  #: code, severity, what is said: place, words, value
    answers: tuple[tuple[str, tuple[str, ...]], ...]  #: TA1, 997, CONTRL -> its segments
    held: str = ""


def judged(example: Example, *, kind: Literal["997", "999"] = "997") -> Shown:
    """Judge *example* as the daemon would, by its map and policy where it has them."""
    found = _file(example, kind)
    if not found.found:
        code = FaultCode.FILE_EMPTY if not example.data else FaultCode.NOTHING_READABLE
        return Shown(((code.code, "reject", code.value.text),), ())
    rows = []
    answers: list[tuple[str, tuple[str, ...]]] = []
    held = ""
    if found.unreadable:
        rows.append((FaultCode.STRAY_BYTES.code, "warn", FaultCode.STRAY_BYTES.value.text))
    for one in found.found:
        assert one.judged is not None
        faults = [*one.judged.faults, *(each for group in one.judged.groups for each in group.faults)]
        faults += [each for message in one.judged.messages for each in message.faults]
        rows += [(each.code, each.severity, _said(each.segment, each.element, each.component, each.text, each.value)) for each in faults]
        held = next((message.held for message in one.judged.messages if message.held), held)
        made = acks.assemble(one, one.judged.groups, one.judged.messages, one.judged.faults, now=_NOW)
        answers += [(answer.kind.upper(), _segments(answer)) for answer in made]
    return Shown(tuple(rows), tuple(answers), held)


def _file(example: Example, kind: Literal["997", "999"]) -> FileJudged:
    policy = Policy(codes={code: Severity[word.upper()] for code, word in example.policy})
    library = Library({_NAME: ("example.yaml", example.map.encode())} if example.map else {})
    if not example.map and not example.agreed:
        terms = judge.Terms(policy=policy, acknowledge=kind, documents=example.documents)
        return judge.file(example.data, "example.edi", "", None, library, terms=terms)
    receive = [_agreed(one, f"x12/{one}", kind) for one in example.agreed] or [_agreed("850", _NAME, kind)]
    partner = Partner("example", "Example", receive=tuple(receive), policies=Policies(judge=policy))
    book = Book("hub", (), (), {"example": partner})
    return judge.file(example.data, "example.edi", "", book, library, terms=judge.Terms(partner="example", documents=example.documents))


def _agreed(message: str, name: str, kind: Literal["997", "999"]) -> Receive:
    return Receive(message, (), name, "", Acknowledge(kind))


def _said(segment: str, element: int, component: int, text: str, value: str) -> str:
    where = segment + (f"{element:02}" if element else "") + (f".{component}" if component else "")
    text = _LINE.sub(r"\1", text)
    head = f"{where}: {text}" if where and not text.startswith(where) else text
    return f"{head}: {value!r}" if value else head


def _segments(answer: acks.Answer) -> tuple[str, ...]:
    """Its segments as written, the envelope's left out."""
    data = parsers.write(acks.number(answer, 1)).decode("latin-1")
    mark = answer.out.delimiters.terminator
    parts = [one + mark for one in data.split(mark) if one]
    return tuple(one for one in parts if not one.startswith(_ENVELOPE))
