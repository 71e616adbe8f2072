"""Interchanges written out in tests, and what we answer to them."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from edigw import acks, judge, parsers
from edigw.mappings import Library

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)

#: A whole 850 in 004010: mandatory are BEG and one PO1 (with its quantity, unit and price by choice).
BEG = "BEG*00*SA*PO-1**20261120"
PO1 = "PO1*1*10*EA*9.25**VN*A1"
CTT = "CTT*1"


def x12(
    *sets: list[str],
    release: str = "004010",
    type_: str = "850",
    group: str = "PO",
    isa: dict[int, str] | None = None,
    gs06: str = "7",
    ge: str | None = None,
    iea: str | None = None,
    st03: str = "",
) -> bytes:
    """One interchange with one group of *sets*; a set is its segments between ST and SE."""
    values = {1: "00", 2: " " * 10, 3: "00", 4: " " * 10, 5: "ZZ", 6: "ACMESTORES".ljust(15), 7: "ZZ", 8: "OURCOMPANY".ljust(15)}
    values |= {9: "261120", 10: "1530", 11: "U", 12: "00401", 13: "000000905", 14: "0", 15: "P", 16: ">"}
    if release >= "005":
        values |= {11: "^", 12: "00501"}
    values |= isa or {}
    lines = ["ISA*" + "*".join(values[n] for n in range(1, 17))]
    lines.append(f"GS*{group}*ACME*HUB*20261120*1530*{gs06}*X*{release}")
    for number, segments in enumerate(sets, 1):
        control = f"{number:04}"
        lines.append(f"ST*{type_}*{control}" + (f"*{st03}" if st03 else ""))
        lines += segments
        if not segments or not segments[-1].startswith("SE*"):
            lines.append(f"SE*{len(segments) + 2}*{control}")
    lines.append(ge if ge is not None else f"GE*{len(sets)}*{gs06}")
    lines.append(iea if iea is not None else "IEA*1*000000905")
    return ("~".join(line for line in lines if line) + "~").encode()


def edifact(
    *bodies: list[str], syntax: str = "UNOC:3", unz: str | None = None, unb: str | None = None, kind: str = "ORDERS:D:96A:UN:EAN008"
) -> bytes:
    """One ungrouped interchange; a body is a message's segments between UNH and UNT."""
    date = "20261120" if syntax.endswith("4") else "261120"
    lines = [unb or f"UNB+{syntax}+4000001000005:14+4012345000009:14+{date}:1530+REF905"]
    for number, segments in enumerate(bodies, 1):
        lines.append(f"UNH+{number}+{kind}")
        lines += segments
        if not segments or not segments[-1].startswith("UNT+"):
            lines.append(f"UNT+{len(segments) + 2}+{number}")
    lines.append(unz if unz is not None else f"UNZ+{len(bodies)}+REF905")
    return ("'".join(line for line in lines if line) + "'").encode()


def judged(data: bytes, **terms: object) -> judge.Found:
    """The only interchange of *data*, judged by check alone."""
    found = judge.file(data, "in.edi", "", None, Library(), terms=judge.Terms(documents=False, **terms))
    assert len(found.found) == 1, found.unreadable
    return found.found[0]


def answered(data: bytes, partner: object = None, ask: str | None = None, **terms: object) -> list[bytes]:
    """The bytes of every answer to *data*, numbered from 1."""
    found = judged(data, **terms)
    made = acks.assemble(found, found.judged.groups, found.judged.messages, found.judged.faults, now=NOW, partner=partner, ask=ask)
    return [parsers.write(acks.number(one, number, number)) for number, one in enumerate(made, 1)]


def body(answer: bytes) -> list[str]:
    """The segments of an answer between its header and trailer, or a TA1 alone."""
    text = answer.decode()
    lines = text.removeprefix(text[:9]).split("'") if text.startswith("UNA") else text.split("~")
    return [line for line in lines if line and line[:3] not in ("ISA", "GS*", "ST*", "SE*", "GE*", "IEA", "UNB", "UNH", "UNT", "UNZ")]


@pytest.fixture
def reply() -> Callable[..., list[list[str]]]:
    """What we answer to bytes: a list of segments for each answer."""

    def reply(data: bytes, **more: object) -> list[list[str]]:
        return [body(one) for one in answered(data, **more)]

    return reply


@pytest.fixture
def make_x12() -> Callable[..., bytes]:
    return x12


@pytest.fixture
def make_edifact() -> Callable[..., bytes]:
    return edifact


@pytest.fixture
def answer_bytes() -> Callable[..., list[bytes]]:
    return answered


@pytest.fixture
def judge_one() -> Callable[..., judge.Found]:
    return judged
