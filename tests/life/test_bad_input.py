"""Whatever partners get wrong, all at once in one gateway: each gets its exact answer, and its neighbours go on.

The expected answers were worked out by hand from the standards' code lists: AK304, AK403,
AK502, AK905, TA105 and 0085.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest

from edigw.states import Kind

#: What ``Traffic.purchase_order`` and ``edifact`` hold where a case puts a mistake.
BEG, DATE = "BEG*00*SA*", "**20261120~"
ANY_RELEASE = '{message: "850", deliver: erp, acknowledge: {with: "997"}}'
RANDOM = random.Random(20261125).randbytes(3000)
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"

REJECTED = "edigw show {id}; the answer tells the sender, who must send it corrected"
QUARANTINED = "edigw show {id}; then edigw replay {id}, or edigw close {id}"
HELD = {
    "EDIGW-ROUTE-E001": "add the identity to a partner.yaml, then edigw release {id}",
    "EDIGW-ROUTE-E004": "add it to its releases:, then edigw release {id}",
}


@dataclass(frozen=True)
class Case:
    """What a partner sends as *number*, and all that must come of it. "{n}" stands for the number."""

    name: str
    number: int
    changes: tuple[tuple[str, str], ...] = ()  #: made in a good file of the partner, which has nothing but this mistake
    data: bytes | None = None  #: or these bytes
    partner: str = "acme"
    file: str = "settled"
    interchange: str = "settled refused"  #: state, and its answer or why it is held
    messages: tuple[str, ...] = ("rejected",)
    answers: tuple[tuple[str, ...], ...] = ()
    documents: tuple[str, ...] = ()
    log: tuple[str, ...] = ()  #: event, code, the text at its offset, next command
    why: str = ""  #: stands in the log's reason


def refused(name: str, number: int, *changes: tuple[str, str], code: str, at: str, why: str, answers: tuple[tuple[str, ...], ...], **more: Any) -> Case:
    """The one message of the file is rejected with *code*, which stands at *at*."""
    return Case(name, number, changes, answers=answers, log=("message.rejected", code, at, REJECTED), why=why, **more)


def unreadable(name: str, number: int, data: bytes, code: str, why: str) -> Case:
    """Nothing in it is an interchange, so nobody can be answered."""
    return Case(name, number, data=data, file="quarantined", interchange="", messages=(), log=("file.quarantined", code, "", QUARANTINED), why=why)


def held(name: str, number: int, *changes: tuple[str, str], code: str, why: str, **more: Any) -> Case:
    """The whole interchange waits for a person, unanswered."""
    return Case(name, number, changes, file="split", interchange=f"held {code}", messages=(), log=("row.held", code, "", HELD[code]), why=why, **more)


def accepted(name: str, number: int, *changes: tuple[str, str], note: str = "", answer: tuple[str, ...], po: str = "PO-{n}-1", **more: Any) -> Case:
    """Read, delivered, and no line in the log; *note* is the code of what was found."""
    return Case(name, number, changes, interchange="settled answered", messages=(f"delivered {note}".strip(),), answers=(answer,), documents=(po,), **more)


def part(*inner: str, ak9: str = "AK9*R*1*1*0", ak1: str = "AK1*PO*{n}", ak2: str = "AK2*850*0001") -> tuple[str, ...]:
    """A 997's segments between ST and SE for one set."""
    return (ak1, ak2, *inner, ak9)


def ta1(code: str) -> tuple[str, ...]:
    """A TA1 that rejects: ISA13, ISA09 and ISA10 as they were sent, and the note code."""
    return ("TA1*{n:09}*261120*1530*R*" + code,)


def contrl(*inner: str, uci: str = "7") -> tuple[str, ...]:
    """A CONTRL's segments between UNH and UNT; UCI copies the parties as they were sent."""
    return (f"UCI+{{n}}+4012345000016:14+4012345000009:14+{uci}", *inner)


UCM = "UCM+{n}+ORDERS:D:96A:UN:EAN008+"

CASES = [
    unreadable("empty.edi", 1, b"", "EDIGW-FILE-E003", "the file is empty"),
    unreadable("random.bin", 2, RANDOM, "EDIGW-FILE-E001", "no ISA, UNA or UNB"),
    unreadable("scan.pdf", 3, PDF, "EDIGW-FILE-E001", "no ISA, UNA or UNB"),
    unreadable("isa-cut.edi", 4, b"ISA*00*          *00*          *ZZ*ACMESTORES     *", "EDIGW-FILE-E001", "an ISA that is cut short"),
    # X12: the interchange (TA105), the group (AK905), the set (AK502)
    refused(
        "iea-missing.edi", 11, ("IEA*1*000000011~\n", ""),
        code="EDIGW-X12-E003", at="", why="the interchange ends without IEA", answers=(ta1("023"), part("AK5*R")),
    ),
    refused(
        "iea01.edi", 12, ("IEA*1*", "IEA*2*"),
        code="EDIGW-X12-E004", at="IEA*2", why="2 declared, 1 counted", answers=(ta1("021"), part("AK5*R")),
    ),
    refused(
        "iea02.edi", 13, ("IEA*1*000000013", "IEA*1*000000999"),
        code="EDIGW-X12-E002", at="IEA*1", why="ISA13 is 000000013", answers=(ta1("001"), part("AK5*R")),
    ),
    refused(
        "ge01.edi", 14, ("GE*1*", "GE*2*"),
        code="EDIGW-X12-E022", at="GE*2", why="2 declared, 1 counted", answers=(part("AK5*R", ak9="AK9*R*2*1*0*5"),),
    ),
    refused(
        "ge02.edi", 15, ("GE*1*15~", "GE*1*999~"),
        code="EDIGW-X12-E021", at="GE*1", why="GS06 is 15", answers=(part("AK5*R", ak9="AK9*R*1*1*0*4"),),
    ),
    refused(
        "se01.edi", 16, ("SE*8*", "SE*9*"),
        code="EDIGW-X12-E029", at="SE*9", why="9 declared, 8 counted", answers=(part("AK5*R*4"),),
    ),
    refused(
        "se02.edi", 17, ("SE*8*0001", "SE*8*0002"),
        code="EDIGW-X12-E028", at="SE*8", why="ST02 is 0001", answers=(part("AK5*R*3"),),
    ),
    # who sends it, and what was agreed
    held(
        "stranger.edi", 21, ("*ZZ*ACMESTORES     *", "*ZZ*STRANGERS      *"), code="EDIGW-ROUTE-E001",
        why='no partner has the sender ZZ:STRANGERS; add to its partner.yaml: x12: [{qualifier: "ZZ", id: "STRANGERS"}]',
    ),
    held(
        "stranger-edifact.edi", 22, ("+4012345000016:14+", "+4099999000003:14+"), partner="nordwind", code="EDIGW-ROUTE-E001",
        why='no partner has the sender 14:4099999000003; add to its partner.yaml: edifact: [{qualifier: "14", id: "4099999000003"}]',
    ),
    refused(
        "875.edi", 23, ("GS*PO*", "GS*OG*"), ("ST*850*", "ST*875*"), code="EDIGW-CHECK-E002", at="ST*875",
        why="acme has no receive: entry for 875; agreed are 850", answers=(part("AK5*R*1", ak1="AK1*OG*{n}", ak2="AK2*875*0001"),),
    ),
    refused(
        "invoic.edi", 24, ("ORDERS:D:96A", "INVOIC:D:96A"), partner="nordwind", code="EDIGW-CHECK-E002", at="UNH+24",
        why="nordwind has no receive: entry for INVOIC; agreed are ORDERS", answers=(contrl("UCM+24+INVOIC:D:96A:UN:EAN008+4+17+UNH+3:1"),),
    ),
    refused(
        "850-004099.edi", 25, ("*X*004010", "*X*004099"), code="EDIGW-CHECK-E001", at="ST*850",
        why="a message type or release we have no table for", answers=(part("AK5*R*1", ak9="AK9*R*1*1*0*2"),),  # the group's version, too
    ),
    held(
        "orders-d99z.edi", 27, ("ORDERS:D:96A", "ORDERS:D:99Z"), partner="nordwind", code="EDIGW-ROUTE-E004",
        why="ORDERS is agreed in D96A and came in D99Z; we have no D99Z, the nearest is D99A; add it to releases: (partners/nordwind/partner.yaml:7:5)",
    ),
    # X12: segments (AK304) and elements (AK403); ST is segment 1
    refused(
        "segment.edi", 31, ("REF*DP*038", "ZZZ*DP*038"), code="EDIGW-CHECK-E010", at="ZZZ*",
        why="the release has no such segment", answers=(part("AK3*ZZZ*3**1", "AK5*R*5"),),
    ),
    accepted(
        "code.edi", 32, (BEG, "BEG*00*??*"), note="EDIGW-CHECK-E026",  # BEG02 is element 92; a code that is not in the list is told, and let pass
        answer=part("AK3*BEG*2**8", "AK4*2*92*7*??", "AK5*E*5", ak9="AK9*E*1*1*1"),
    ),
    refused(
        "date.edi", 33, (DATE, "**20261332~"), code="EDIGW-CHECK-E027", at="BEG*", why="the value is no date",
        answers=(part("AK3*BEG*2**8", "AK4*5*373*8*20261332", "AK5*R*5"),),
    ),
    refused(
        "beg03.edi", 34, ("*PO-34-1*", f"*{30 * '9'}*"), code="EDIGW-CHECK-E024", at="BEG*", why="30 of at most 22",
        answers=(part("AK3*BEG*2**8", f"AK4*3*324*5*{30 * '9'}", "AK5*R*5"),),
    ),
    accepted(
        "blank.edi", 35, ("REF*DP*038~\n", "~REF*DP*038~\n"), note="EDIGW-READ-E003", answer=part("AK5*A", ak9="AK9*A*1*1*1"),
    ),
    # EDIFACT: the interchange (UCI), the message (UCM), segments and elements (UCS, UCD); UNH is segment 1, a tag element 1
    refused(
        "unz-missing.edi", 41, ("UNZ+1+41'\n", ""), partner="nordwind", code="EDIGW-EDIFACT-E001", at="",
        why="the interchange ends without UNZ", answers=(contrl(uci="4+13+UNZ"),),
    ),
    refused(
        "unz-count.edi", 42, ("UNZ+1+", "UNZ+2+"), partner="nordwind", code="EDIGW-EDIFACT-E003", at="UNZ+2",
        why="2 declared, 1 message counted", answers=(contrl(uci="4+29+UNZ+2"),),
    ),
    refused(
        "unz-reference.edi", 43, ("UNZ+1+43", "UNZ+1+999"), partner="nordwind", code="EDIGW-EDIFACT-E002", at="UNZ+1",
        why="UNB 0020 is 43", answers=(contrl(uci="4+28+UNZ+3"),),
    ),
    refused(
        "unt-count.edi", 44, ("UNT+12+", "UNT+13+"), partner="nordwind", code="EDIGW-EDIFACT-E021", at="UNT+13",
        why="13 declared, 12 counted", answers=(contrl(UCM + "4+29+UNT+2"),),
    ),
    refused(
        "unt-reference.edi", 45, ("UNT+12+45", "UNT+12+999"), partner="nordwind", code="EDIGW-EDIFACT-E020", at="UNT+12",
        why="UNH 0062 is 45", answers=(contrl(UCM + "4+28+UNT+3"),),
    ),
    refused(
        "segment-edifact.edi", 46, ("DTM+2:20261127:102", "ZZZ+2"), partner="nordwind", code="EDIGW-CHECK-E010", at="ZZZ+2",
        why="the release has no such segment", answers=(contrl(UCM + "4", "UCS+4+15"),),
    ),
    accepted(
        "code-edifact.edi", 47, ("BGM+220+", "BGM+999+"), partner="nordwind", note="EDIGW-CHECK-E026", po="NW-{n}", answer=contrl(UCM + "7"),
    ),
    refused(
        "date-edifact.edi", 48, ("DTM+137:20261120", "DTM+137:20261332"), partner="nordwind", code="EDIGW-CHECK-E027", at="DTM+137",
        why="the value is no date", answers=(contrl(UCM + "4", "UCS+3", "UCD+12+2:2"),),
    ),
    refused(
        "long-edifact.edi", 49, ("+NW-49+", f"+{40 * 'X'}+"), partner="nordwind", code="EDIGW-CHECK-E024", at="BGM+220",
        why="40 of at most 35", answers=(contrl(UCM + "4", "UCS+2", "UCD+39+3"),),
    ),
    accepted(
        "blank-edifact.edi", 50, ("DTM+2:", "'DTM+2:"), partner="nordwind", note="EDIGW-READ-E003", po="NW-{n}", answer=contrl(UCM + "7"),
    ),
]  # fmt: skip


@dataclass
class Dropped:
    """The running gateway after every case, and what became of each file by name."""

    gateway: Any
    case: Case
    data: bytes

    @property
    def file(self) -> Any:
        (row,) = (row for row in self.gateway.files() if row.name == self.case.name)
        return row

    def said(self) -> list[dict[str, Any]]:
        """What the log says of the file, beyond that it arrived and was judged."""
        return [fact for fact in self.gateway.facts() if fact.get("file") == self.file.label and fact["event"] not in ("file.archived", "file.judged")]


def filled(text: str, number: int) -> str:
    return text.replace("{n:09}", f"{number:09}").replace("{n}", str(number))


def test_every_mistake_at_once(gateway, traffic_module):
    traffic = traffic_module.Traffic(first=900)
    gateway.partner("acme", receive=ANY_RELEASE)
    gateway.start()
    sent = {case.name: _sent(case, traffic, traffic_module) for case in CASES}
    neighbours = [*traffic.mix(4), traffic.edifact(), traffic.two()]
    gateway.drop(*neighbours[:3], *sent.values(), *neighbours[3:])
    gateway.wait_quiet()
    problems = [f"{case.name}: {problem}" for case in CASES for problem in _differences(Dropped(gateway, case, sent[case.name].data))]
    assert not problems, "\n".join(problems)
    gateway.check_all()
    assert not [fact for fact in gateway.facts() if "exception" in fact]
    gateway.drop(traffic.order(), traffic.edifact())  # and it goes on
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0


def _sent(case: Case, traffic: Any, module: Any) -> Any:
    po = f"PO-{case.number}-1"
    if case.data is not None:
        data = case.data
    elif case.partner == "nordwind":
        po = f"NW-{case.number}"
        data = module.edifact(case.number, po)
    else:
        data = module.x12(case.number, [traffic.purchase_order(1, po)])
    for old, new in case.changes:
        assert data.count(old.encode()) == 1, f"{case.name}: {old} stands {data.count(old.encode())} times in the good file"
        data = data.replace(old.encode(), new.encode())
    answers = tuple(module.Answer(case.partner, tuple(filled(segment, case.number) for segment in one)) for one in case.answers)
    documents = tuple(filled(number, case.number) for number in case.documents)
    return module.Sent(case.name, case.partner, data, documents, () if documents else (po,), answers, case.file)


def _differences(dropped: Dropped) -> list[str]:
    """Where ledger or log say something else than the case; documents and answers are compared by ``check_all``."""
    case, file, ledger = dropped.case, dropped.file, dropped.gateway.ledger
    interchanges = ledger.rows(Kind.INTERCHANGE, file=file.id)
    messages = ledger.rows(Kind.MESSAGE, file=file.id)
    found = {
        "file": file.state.value,
        "interchange": ", ".join(f"{row.state.value} {row.held or row.acknowledge}" for row in interchanges),
        "messages": tuple(f"{row.state.value} {_first(row) if row.state.value == 'delivered' else ''}".strip() for row in messages),
        "log": (),
    }
    wanted = {"file": case.file, "interchange": case.interchange, "messages": case.messages, "log": ()}
    said = dropped.said()
    if case.log:
        event, code, at, command = case.log
        rows = [file] if event == "file.quarantined" else interchanges if event == "row.held" else messages
        if len(rows) != 1 or len(said) != 1:
            return [f"it became {found}, and the log says {said}"]
        (row,) = rows
        wanted["log"] = ((event, file.path, code, at, command.replace("{id}", row.label)),)
        found["log"] = tuple(
            (fact["event"], fact["path"], fact["code"], dropped.data[fact.get("offset", 0) :].decode("latin-1")[: len(at)], fact["next"]) for fact in said
        )
        if not all(case.why in fact["why"] for fact in said):
            return [f"the log's reason is {[fact['why'] for fact in said]}, not {case.why!r}"]
        if event != "message.rejected" and (row.held, row.reason) != (code, said[0]["why"] if said else ""):
            return [f"the ledger says {row.held} {row.reason!r}"]
    else:
        found["log"] = tuple(said)
    return [f"{name} is {found[name]!r}, not {wanted[name]!r}" for name in wanted if found[name] != wanted[name]]


def _first(row: Any) -> str:
    return row.faults[0]["code"] if row.faults else ""


def test_two_interchanges_with_different_delimiters(gateway, traffic, traffic_module):
    """The second has delimiters of its own; nothing of the first ISA holds for it. Each is answered, in its own group."""
    gateway.start()
    one, other = traffic.order(), traffic.order()
    data = other.data.replace(b"*", b"|").replace(b">~", b"^!").replace(b"~", b"!")
    both = traffic_module.Sent("both.edi", "acme", one.data + data, (*one.documents, *other.documents), (), (*one.answers, *other.answers))
    gateway.drop(both)
    gateway.wait_quiet()
    first, second = gateway.ledger.rows(Kind.INTERCHANGE)
    assert [row.header["delimiters"][:3] for row in (first, second)] == [["*", ">", "~"], ["|", "^", "!"]]
    assert (first.span_start, first.span_end, second.span_start, second.span_end) == (0, len(one.data), len(one.data), len(both.data))
    gateway.check_all()
    assert gateway.stop() == 0


@pytest.mark.parametrize("sense", [pytest.param("before", id="junk before"), pytest.param("behind", id="junk behind")])
def test_junk_beside_an_interchange(gateway, traffic, traffic_module, sense):
    """Bytes that belong to no interchange are kept and told; the interchange beside them goes on."""
    gateway.start()
    one = traffic.order()
    junk = b"HTTP/1.1 200 OK\r\n\r\n"
    data = junk + one.data if sense == "before" else one.data + junk
    gateway.drop(traffic_module.Sent("junk.edi", "acme", data, one.documents, (), one.answers, "settled"))
    gateway.wait_quiet()
    (file,) = gateway.files()
    start = 0 if sense == "before" else len(one.data)
    assert [(span["start"], span["end"]) for span in file.unreadable] == [(start, start + len(junk))]
    (said,) = gateway.facts("file.unreadable")
    assert (said["offset"], said["bytes"], said["code"], said["path"]) == (start, len(junk), "EDIGW-FILE-E002", "junk.edi")
    assert said["next"] == "edigw show F1; ask the sender what it is"
    gateway.check_all()
    assert gateway.stop() == 0
