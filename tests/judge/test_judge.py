"""A file judged: whose it is, what was agreed, what each message became, and what is held."""

import copy
import json
import pickle
from dataclasses import replace

import pytest

from edigw import acks, judge
from edigw.agreements import Acknowledge, Book, Partner, Policies, Receive, X12Address
from edigw.faults import Level, Policy, Severity
from edigw.mappings import Library
from edigw.model import Identity

BASE = Library()

RECEIVE = Receive("850", ("004010",), "x12/850", "erp", Acknowledge("997"), "partners/acme/partner.yaml:6:5")
ACME = Partner("acme", "ACME", x12=(X12Address(Identity("ZZ", "ACMESTORES")),), channel_in="acme-in", receive=(RECEIVE,))

GOOD = ["BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"]
BAD = ["BEG*00*SA***20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"]


def book(partner: Partner = ACME, **more: object) -> Book:
    ours = (X12Address(Identity("ZZ", "OURCOMPANY")),)
    return Book(
        "hub", ours, (Identity("14", "4012345000009"),), {partner.name: partner}, channels={"acme-in": "acme", "else-in": "else"}, **more
    )


def interchange(
    *sets: list[str], kind: str = "850", release: str = "004010", sender: str = "ACMESTORES", number: str = "000000905"
) -> bytes:
    isa = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{sender:15}*ZZ*{'OURCOMPANY':15}*261120*1530*U*00401*{number}*0*P*>"
    group = {"850": "PO", "997": "FA", "810": "IN"}.get(kind, "PO")
    lines = [isa, f"GS*{group}*ACME*HUB*20261120*1530*7*X*{release}"]
    for at, segments in enumerate(sets, 1):
        lines += [f"ST*{kind}*{at:04}", *segments, f"SE*{len(segments) + 2}*{at:04}"]
    return ("~".join([*lines, f"GE*{len(sets)}*7", f"IEA*1*{number}"]) + "~").encode()


def one(data: bytes, of: Book | None = None, channel: str = "", **more: object) -> judge.Found:
    found = judge.file(data, "po.edi", channel, of, BASE, **more)
    assert len(found.found) == 1
    return found.found[0]


def only(data: bytes, of: Book | None = None, **more: object) -> judge.JudgedMessage:
    found = one(data, of, **more)
    assert found.judged is not None
    (message,) = found.judged.messages
    return message


# What a message becomes


def test_an_order_of_a_partner():
    message = only(interchange(GOOD), book())
    assert (message.verdict, message.held, message.deliver, message.kind, message.key) == ("accepted", "", "erp", "order", "PO-1")
    assert ("number", "PO-1") in message.keys
    document = json.loads(message.document)
    assert document["number"] == "PO-1"
    assert document["source"] == {
        "file": "po.edi",
        "syntax": "x12",
        "interchange": "000000905",
        "group": "7",
        "message": "0001",
        "type": "850",
        "release": "004010",
        "sender": "ZZ:ACMESTORES",
        "receiver": "ZZ:OURCOMPANY",
        "test": False,
        "map": message.map,
    }
    assert message.map.startswith("x12/850@")
    assert message.answer == (("AK2", "850", "0001"), ("AK5", "A"))


def test_a_rejected_order_is_read_and_goes_nowhere():
    message = only(interchange(["BEG*00*SA*PO-1**20261332", *GOOD[1:]]), book())
    assert (message.verdict, message.deliver, message.held) == ("rejected", "", "")
    assert [(fault.code, fault.severity, fault.segment_position, fault.element) for fault in message.faults][:1] == [
        ("EDIGW-CHECK-E027", "reject", 2, 5)
    ]
    assert json.loads(message.document)["number"] == "PO-1"


def test_an_accepted_message_without_its_number_is_held_though_the_answer_accepts():
    lenient = replace(ACME, policies=Policies(judge=Policy(levels={Level.ELEMENT: Severity.NOTE})))
    message = only(interchange(BAD), book(lenient))
    assert (message.verdict, message.held, message.document) == ("accepted", "EDIGW-ROUTE-E009", b"")
    assert message.reason == "number: is required and was not sent"
    assert message.answer[-1] == ("AK5", "A")


def test_everything_crosses_the_process_border():
    found = judge.file(interchange(GOOD, BAD), "po.edi", "acme-in", book(), BASE)
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_received_997_says_what_it_says_and_is_not_answered():
    found = one(interchange(["AK1*IN*12", "AK9*A*1*1*1"], kind="997"), book())
    assert found.judged is not None
    (message,) = found.judged.messages
    receipt = acks.Receipt.from_json(message.answers)
    assert (receipt.kind, receipt.verdict, receipt.groups[0].control_number) == ("997", "accepted", "12")
    assert (message.document, message.answer, message.held) == (b"", (), "")


def test_received_ta1s_are_loose():
    isa = interchange(GOOD).split(b"~")[0]
    found = one(isa + b"~TA1*000000031*261119*0800*R*001~IEA*0*000000905~", book())
    assert found.judged is not None
    (said,) = found.judged.loose
    assert acks.Receipt.from_json(said).control_number == "000000031"


# Agreements


@pytest.mark.parametrize(
    ("partner", "data", "held", "verdict", "words"),
    [
        pytest.param(ACME, interchange(GOOD, release="004030"), "EDIGW-ROUTE-E004", "", "850 is agreed in 004010 and came in 004030", id="release not agreed"),
        pytest.param(ACME, interchange(GOOD, release="004060"), "EDIGW-ROUTE-E004", "", "the nearest is", id="a release nobody has"),
        pytest.param(ACME, interchange(GOOD, kind="810"), "", "rejected", "", id="message not agreed: refused"),
        pytest.param(
            replace(ACME, policies=Policies(unknown="hold")), interchange(GOOD, kind="810"), "EDIGW-ROUTE-E005", "", "acme has no receive: entry for 810; agreed are 850", id="message not agreed: held",
        ),
        pytest.param(
            replace(ACME, receive=(replace(RECEIVE, releases=()),)), interchange(GOOD, release="004060"), "", "rejected", "", id="any release we have, and we have it not",
        ),
        pytest.param(
            replace(ACME, receive=(replace(RECEIVE, releases=()),), policies=Policies(unknown="hold")), interchange(GOOD, release="004060"), "EDIGW-ROUTE-E004", "", "850 in 004060; the nearest we have is", id="a release nobody has: held",
        ),
        pytest.param(
            replace(ACME, receive=(replace(RECEIVE, map="acme/nothing"),)), interchange(GOOD), "EDIGW-ROUTE-E006", "", "the map cannot be used", id="the map is not there",
        ),
    ],
)  # fmt: skip
def test_what_is_not_agreed(partner, data, held, verdict, words):
    message = only(data, book(partner))
    assert (message.held, message.verdict, message.deliver) == (held, verdict, "")
    assert words in message.reason
    if not verdict:
        assert message.answer == ()


def test_a_message_that_is_not_agreed_is_answered_so():
    message = only(interchange(GOOD, kind="810"), book())
    assert message.answer == (("AK2", "810", "0001"), ("AK5", "R", "1"))
    (fault,) = [fault for fault in message.faults if fault.severity == "reject"]
    assert (fault.code, fault.level) == ("EDIGW-CHECK-E002", "structure")


def test_an_unknown_release_is_read_by_the_nearest_and_refused():
    message = only(interchange(GOOD, release="004060"))
    assert message.verdict == "rejected"
    assert json.loads(message.document)["number"] == "PO-1"


@pytest.mark.parametrize(
    ("data", "channel", "held"),
    [
        (interchange(GOOD), "acme-in", ""),
        (interchange(GOOD, sender="SOMEBODY"), "acme-in", "EDIGW-ROUTE-E001"),
        (interchange(GOOD), "else-in", "EDIGW-ROUTE-E003"),
        (interchange(GOOD).replace(b"OURCOMPANY", b"THEIRNAME "), "", "EDIGW-ROUTE-E002"),
    ],
)
def test_routes(data, channel, held):
    found = one(data, book(), channel)
    assert (found.held, found.judged is None) == (held, bool(held))


def test_a_broken_partner_holds_its_interchanges():
    found = one(interchange(GOOD), book(replace(ACME, broken="partner.yaml:3:1 is wrong")))
    assert (found.held, found.reason, found.judged) == ("EDIGW-ROUTE-E006", "partner.yaml:3:1 is wrong", None)


def test_strict_terms_reject_what_is_only_noted():
    data = interchange(["BEG*00*SA*PO-1**20261120*", *GOOD[1:]])
    assert only(data).verdict == "accepted"
    assert only(data, terms=judge.Terms(strict=True)).verdict == "rejected"


# Neighbours


class Exploding(Library):
    """A library whose program for one order raises what no map should."""

    def program(self, name, standard):
        program = copy.copy(super().program(name, standard))  # the base's own is everybody's
        whole = program.read

        def read(root, message, unplaced):
            if message.control_number == "0002":
                raise KeyError("ACME's secret price list")
            return whole(root, message, unplaced)

        program.read = read
        return program


def test_a_map_that_raises_holds_its_message_only():
    found = judge.file(interchange(GOOD, GOOD, GOOD), "po.edi", "", book(), Exploding()).found[0]
    assert found.judged is not None
    first, second, third = found.judged.messages
    assert (first.held, third.held) == ("", "")
    assert (second.held, second.verdict, second.document) == ("EDIGW-ROUTE-E008", "accepted", b"")
    assert second.reason.startswith("the map x12/850 failed: KeyError at test_judge.py:")
    assert "secret" not in second.reason


def test_a_message_named_as_poison_is_not_looked_at():
    data = interchange(GOOD, GOOD)
    found = one(data, book(), limit=0)
    judged = judge.span(data, found, book(), BASE, name="po.edi", skip=frozenset({1}))
    assert [(message.held, message.verdict) for message in judged.messages] == [("", "accepted"), ("EDIGW-ROUTE-E008", "")]


@pytest.mark.parametrize(
    ("segments", "why"),
    [
        pytest.param(["BEG*00*SA*PO-1**20261120", *("MSG*X" for _ in range(200_001))], "segments", id="segments"),
        pytest.param(["BEG*00*SA*PO-1**20261120", "MSG" + "*X" * 2_000], "2000 elements", id="elements"),
        pytest.param(["BEG*00*SA*PO-1**20261120", "MSG*" + "X" * 1_100_000], "bytes", id="bytes"),
    ],
)
def test_limits(segments, why):
    message = only(interchange(segments))
    assert message.verdict == "rejected"
    assert [fault.code for fault in message.faults] == ["EDIGW-CHECK-E050"]
    assert why in message.faults[0].text


# Spans


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 500])
def test_spans_add_up_to_the_whole(limit):
    data = interchange(GOOD, BAD, GOOD)
    whole = one(data, book())
    assert whole.judged is not None
    assert whole.judged.resume is None
    found = one(data, book(), limit=limit)
    judged = found.judged
    assert judged is not None
    messages = list(judged.messages)
    rounds = 0
    while judged.resume is not None:
        judged = judge.span(data, found, book(), BASE, name="po.edi", offset=judged.next_offset, resume=judged.resume, limit=max(limit, 1))
        messages += judged.messages
        rounds += 1
        assert rounds < 9
    assert tuple(messages) == whole.judged.messages
    assert (judged.groups, judged.faults, judged.next_offset) == (whole.judged.groups, whole.judged.faults, whole.judged.next_offset)


def test_a_span_of_other_bytes_is_refused():
    found = one(interchange(GOOD), book())
    with pytest.raises(ValueError, match="no interchange stands at"):
        judge.span(b"nothing", found, book(), BASE, name="po.edi")


def test_two_interchanges_with_different_delimiters():
    second = interchange(["BEG*00*SA*PO-2**20261120", *GOOD[1:]], number="000000906").replace(b"*", b"|").replace(b"~", b"!")
    judged = judge.file(interchange(GOOD) + b"\r\n" + second, "two.edi", "", book(), BASE)
    assert judged.unreadable == ()
    assert [found.judged.messages[0].key for found in judged.found if found.judged] == ["PO-1", "PO-2"]


# Digests


@pytest.mark.parametrize(
    ("sent", "same"),
    [
        pytest.param(interchange(GOOD).replace(b"~", b"~\r\n"), True, id="CR LF behind terminators"),
        pytest.param(interchange(GOOD).replace(b"~", b"~\n") + b"\n\n\x1a", True, id="LF and a SUB at the end"),
        pytest.param(interchange(GOOD).replace(b"PO-1", b"PO-2"), False, id="another order"),
        pytest.param(interchange(GOOD).replace(b"*SA*", b"*S\nA*"), False, id="a line end inside an element"),
    ],
)
def test_digests_disregard_line_ends(sent, same):
    assert (one(sent).digest == one(interchange(GOOD)).digest) is same


@pytest.mark.parametrize("ends", [b"\n\n", b"\n\r\n", b"\r\n"])
def test_digests_of_lines(ends):
    lines = interchange(GOOD).replace(b"~", b"\n")
    assert one(lines.replace(b"\n", ends)).digest == one(lines).digest


# Bare messages


def test_bare_messages():
    judged = judge.bare(b"ST*850*0001~BEG*00*SA*PO-1**20261120~PO1*1*10*EA*9.25**VN*A1~CTT*1~SE*5*0001~", "bare.edi", BASE)
    assert judged.found[0].judged is not None
    (message,) = judged.found[0].judged.messages
    assert (message.release, message.verdict, message.key) == ("004010", "accepted", "PO-1")


def test_bare_nothing():
    assert judge.bare(b"%PDF-1.7", "a.pdf", BASE).unreadable[0][:2] == (0, 8)


@pytest.mark.parametrize(
    ("segments", "told"),
    [
        # check says what is wrong with a value; that the map could not make one of it says nothing more
        pytest.param(["BEG*00*SA*PO-1**20261332", *GOOD[1:]], [("EDIGW-CHECK-E027", "2/5")], id="a date that is none"),
        pytest.param([GOOD[0], "PO1*1*1A*EA*9.25**VN*A1", GOOD[2]], [("EDIGW-CHECK-E025", "3/2")], id="a quantity that is none"),
        pytest.param([GOOD[0], "LS*A", "LE*B", *GOOD[1:]], [("EDIGW-CHECK-E011", "3")], id="a segment"),
        # what the standard allows and the map has no place for is the map's to tell
        pytest.param([GOOD[0], "DTM*002*20261127", "DTM*002*20261128", *GOOD[1:]], [("EDIGW-MAP-E103", "4/1")], id="a second day"),
    ],
)
def test_one_mistake_is_told_once(segments, told):
    (message,) = judge.file(interchange(segments), "po.edi", "", None, BASE).found[0].judged.messages
    shown = [(one.code, f"{one.segment_position}" + (f"/{one.element}" if one.element else "")) for one in message.faults]
    assert shown == told
    assert ("20261332" in message.document.decode()) == ("20261332" in segments[0])  # it stands in unmapped all the same
