"""What a partner or a sender chooses of our answers: TA1 or none, a receipt only, accepted sets listed or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edigw import acks, judge, parsers
from edigw.agreements import Acknowledge, Book, Partner, Policies, Receive, X12Address
from edigw.mappings import Library
from edigw.model import Identity

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
ENTRIES = (
    Receive("850", (), "x12/850", "erp", Acknowledge("997")),
    Receive("ORDERS", (), "edifact/ORDERS", "erp", Acknowledge("contrl")),
)
ACME = Partner("acme", "ACME", x12=(X12Address(Identity("ZZ", "ACME")),), edifact=(Identity("14", "4012345000016"),), receive=ENTRIES)
LIBRARY = Library({})


def x12(*, asked: str = "0", iea: str = "000000007") -> bytes:
    segments = [
        f"ISA*00*          *00*          *ZZ*ACME           *ZZ*US             *261120*1530*U*00401*000000007*{asked}*P*>",
        "GS*PO*ACME*US*20261120*1530*7*X*004010",
        *("ST*850*0001", "BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**UP*012345678905", "CTT*1", "SE*5*0001"),
        "GE*1*7",
        f"IEA*1*{iea}",
    ]
    return "~".join(segments).encode() + b"~"


def edifact(*, asked: str = "", unz: int = 2) -> bytes:
    """Two ORDERS, the second without BGM."""
    segments = [f"UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+NW7++++{asked}".rstrip("+")]
    for at, bgm in ((1, ["BGM+220+N-1+9"]), (2, [])):
        segments += [f"UNH+{at}+ORDERS:D:96A:UN", *bgm, "DTM+137:20261120:102", "NAD+BY+1::9", "LIN+1++4012345100013:EN", "UNS+S"]
        segments.append(f"UNT+{7 if bgm else 6}+{at}")
    return ("UNA:+.? '" + "'".join([*segments, f"UNZ+{unz}+NW7"]) + "'").encode()


def said(data: bytes, partner: Partner, *wanted: str) -> list[list[str]]:
    """Of each answer the segments that begin with one of *wanted*."""
    book = Book("hub", (X12Address(Identity("ZZ", "US")),), (Identity("14", "4012345000009"),), {"acme": partner})
    (found,) = judge.file(data, "in.edi", "", book, LIBRARY).found
    assert found.judged is not None
    made = acks.assemble(found, found.judged.groups, found.judged.messages, found.judged.faults, now=NOW, partner=partner)
    texts = [parsers.write(acks.number(one, 1)).decode() for one in made]
    return [[one for one in text.replace("'", "~").split("~") if one[:3] in wanted] for text in texts]


OURS = ("TA1", "AK2", "AK5", "AK9")
ACCEPTED = ["AK2*850*0001", "AK5*A", "AK9*A*1*1*1"]
REFUSED = ["AK2*850*0001", "AK5*R", "AK9*R*1*1*0"]


@pytest.mark.parametrize(
    ("ta1", "data", "answers"),
    [
        pytest.param("asked", x12(), [ACCEPTED], id="nobody asks"),
        pytest.param("asked", x12(asked="1"), [["TA1*000000007*261120*1530*A*000"], ACCEPTED], id="ISA14 asks"),
        pytest.param("asked", x12(iea="000000008"), [["TA1*000000007*261120*1530*R*001"], REFUSED], id="the envelope is at fault"),
        pytest.param("always", x12(), [["TA1*000000007*261120*1530*A*000"], ACCEPTED], id="always"),
        pytest.param("never", x12(asked="1"), [ACCEPTED], id="never, though ISA14 asks"),
        pytest.param("never", x12(iea="000000008"), [REFUSED], id="never, though the envelope is at fault"),
    ],
)
def test_a_ta1(ta1, data, answers):
    partner = replace(ACME, policies=Policies(ta1=ta1))
    assert said(data, partner, *OURS) == answers


def test_a_ta1_without_a_997():
    """Some partners agree on the interchange acknowledgement alone."""
    none = replace(ENTRIES[0], acknowledge=Acknowledge("none"))
    partner = replace(ACME, receive=(none,), policies=Policies(ta1="always"))
    assert said(x12(), partner, *OURS) == [["TA1*000000007*261120*1530*A*000"]]
    assert said(x12(asked="1"), replace(partner, policies=Policies()), *OURS) == []


def test_accepted_sets_are_left_out():
    brief = replace(ENTRIES[0], acknowledge=Acknowledge("997", accepted_sets=False))
    assert said(x12(), replace(ACME, receive=(brief,)), *OURS) == [["AK9*A*1*1*1"]]
    brief = replace(ENTRIES[1], acknowledge=Acknowledge("contrl", accepted_sets=False))
    uci = "UCI+NW7+4012345000016:14+4012345000009:14+7"
    assert said(edifact(), replace(ACME, receive=(brief,)), "UCI", "UCM") == [[uci, "UCM+2+ORDERS:D:96A:UN+4"]]


@pytest.mark.parametrize(
    ("asked", "unz", "answer"),
    [
        pytest.param("", 2, ["7", "UCM+1+ORDERS:D:96A:UN+7", "UCM+2+ORDERS:D:96A:UN+4"], id="0031 empty: as agreed, a full one"),
        pytest.param("1", 2, ["7", "UCM+1+ORDERS:D:96A:UN+7", "UCM+2+ORDERS:D:96A:UN+4"], id="1: a full one"),
        pytest.param("2", 2, ["8"], id="2: a receipt, which says nothing of the messages"),
        pytest.param("2", 3, ["4+29+UNZ+2"], id="2, and the envelope is refused"),
    ],
)
def test_a_contrl_receipt(asked, unz, answer):
    action, *messages = answer
    uci = f"UCI+NW7+4012345000016:14+4012345000009:14+{action}"
    assert said(edifact(asked=asked, unz=unz), ACME, "UCI", "UCM") == [[uci, *messages]]
