"""Files written by hand, and what a reading of them came to."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from edigw import parsers
from edigw.faults import Fault
from edigw.model import Group, Interchange, Message, Unreadable

ISA = "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000001*0*P*>~"
GS = "GS*PO*ACME*OUR*20261120*1530*1*X*004010~"
UNB = "UNB+UNOC:3+4012345000009:14+4098765000002:14+261120:1530+4711'"


@dataclass
class Seen:
    """All that a file came to: spans, messages, groups, and every fault with its code's name."""

    parts: list[Interchange | Unreadable]
    messages: list[Message] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    loose: list = field(default_factory=list)
    envelope: list[Fault] = field(default_factory=list)

    @property
    def faults(self) -> list[Fault]:
        return [*self.envelope, *(f for g in self.groups for f in g.faults), *(f for m in self.messages for f in m.faults)]

    @property
    def codes(self) -> list[str]:
        """Names of the faults' codes, without the line ends that nearly every file has."""
        return [f.code.name for f in self.faults if f.code.name != "LENIENT_LINE_ENDS"]

    @property
    def interchanges(self) -> list[Interchange]:
        return [part for part in self.parts if isinstance(part, Interchange)]


@pytest.fixture
def look():
    """``look(file)``: split and read to the end, spans checked on the way."""

    def look(file: str | bytes) -> Seen:
        data = file if isinstance(file, bytes) else file.encode("latin-1")
        seen = Seen(parsers.split(data))
        at = 0
        for part in seen.parts:
            assert part.span[0] == at, "a gap between two spans"
            at = part.span[1]
        assert at == len(data), "bytes behind the last span"
        for one in seen.interchanges:
            reading = parsers.read(data, one)
            seen.messages += reading
            seen.groups += reading.groups
            seen.loose += reading.loose
            seen.envelope += reading.faults
        return seen

    return look


@pytest.fixture
def x12():
    """``x12(body)``: *body* between an ISA and its IEA with one group counted."""
    return lambda body, groups=1: f"{ISA}{body}IEA*{groups}*000000001~"


@pytest.fixture
def sets():
    """``sets(body)``: transaction sets between ISA, GS and their trailers, GE01 counted from *body*."""
    return lambda body: f"{ISA}{GS}{body}GE*{body.count('ST*')}*1~IEA*1*000000001~"


@pytest.fixture
def edifact():
    """``edifact(body)``: messages between UNB and UNZ, 0036 counted from *body*."""
    return lambda body, una="": f"{una}{UNB}{body}UNZ+{body.count('UNH+')}+4711'"
