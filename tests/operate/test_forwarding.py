"""What is passed on of an interchange with bad messages, by the partner's ``forward``; what a person does then.

The answer says what check said and leaves at once, whatever is passed on.
"""

from __future__ import annotations

import pytest

from edigw import operate
from edigw.agreements import (
    BESIDE_REJECTED,
    DOCUMENT_INCOMPLETE,
    MESSAGE_NOT_AGREED,
    POISON,
    REJECTED_AND_KEPT,
    RELEASE_NOT_AGREED,
    WAITS_FOR_OTHERS,
)
from edigw.operate import NotDone, Order
from edigw.states import Kind, parse_id

ADA = Order("ada", "as agreed by phone")
PARTNER, NORDWIND, MAP = "partners/acme/partner.yaml", "partners/nordwind/partner.yaml", "partners/acme/maps/850.yaml"


@pytest.fixture
def act(house):
    def do(verb: str, label: str, **more: object) -> list[str]:
        return [f"{done.label} {done.text}" for done in getattr(operate, verb)(house.ledger, *parse_id(label), ADA, **more)]

    return do


@pytest.fixture
def forward(house):
    """``forward("hold-bad")``: both partners' policy."""

    def do(mode: str) -> None:
        house.edit(PARTNER, "policies: {", f"policies: {{forward: {mode}, ")
        house.edit(NORDWIND, "deliver: erp}", f"deliver: erp}}\npolicies: {{forward: {mode}}}")

    return do


def orders(*numbers: str, control: int = 7, groups: int = 1, iea: int = 0) -> bytes:
    """An interchange with an 850 for each of *numbers*, so many in each group; "" is one without its number, which is rejected."""
    sets = []
    for at, number in enumerate(numbers, 1):
        name = f"{at:04d}"
        sets.append([f"ST*850*{name}", f"BEG*00*SA*{number}**20261120", "PO1*1*10*EA*9.25**UP*012345678905", "CTT*1", f"SE*5*{name}"])
    each = -(-len(sets) // groups)
    segments = [f"ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*{control:09d}*0*P*>"]
    for group in range(groups):
        mine = sets[group * each : (group + 1) * each]
        segments += [f"GS*PO*ACME*OURCOMPANY*20261120*1530*{control + group}*X*004010", *(line for one in mine for line in one)]
        segments.append(f"GE*{len(mine)}*{control + group}")
    segments.append(f"IEA*{groups}*{iea or control:09d}")
    return "~".join(segments).encode() + b"~"


def edifact(*numbers: str) -> bytes:
    """The same as ORDERS; "" is one without BGM, which is rejected."""
    segments = ["UNA:+.? '", "UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+NW7"]
    for at, number in enumerate(numbers, 1):
        body = [f"BGM+220+{number}+9"] if number else []
        body += ["DTM+137:20261120:102", "NAD+BY+4012345000016::9", "NAD+SU+4012345000009::9", "LIN+1++4012345100013:EN", "QTY+21:120", "UNS+S"]
        segments += [f"UNH+{at}+ORDERS:D:96A:UN", *body, f"UNT+{len(body) + 2}+{at}"]
    segments.append(f"UNZ+{len(numbers)}+NW7")
    return (segments[0] + "'".join(segments[1:]) + "'").encode()


def answers(house) -> list[str]:
    """Of each answer what stands behind its own header, segments joined by blanks."""
    found = []
    for row in house.ledger.rows(Kind.DELIVERY):
        if row.what == "ack":
            text = house.ledger.payload(row.payload).decode()
            end = "'" if text.startswith("UNA") else "~"
            found.append(" ".join(one for one in text.split(end) if one[:3] in ("AK1", "AK2", "AK3", "AK4", "AK5", "AK9", "UCI", "UCM", "UCS", "UCD", "TA1")))
    return found


def held(house, *labels: str) -> list[str]:
    """The codes by which messages are held, "" for one that is not."""
    rows = [house.row(label) for label in labels]
    return [row.held if row.state.value == "held" else "" for row in rows]


def documents(house) -> list[int]:
    """The messages whose document is due or was delivered, in order."""
    return [row.message for row in house.ledger.rows(Kind.DELIVERY) if row.what == "document"]


GOOD_AND_BAD = "AK1*PO*7 AK2*850*0001 AK5*A AK2*850*0002 AK3*BEG*2**8 AK4*3*324*1 AK5*R*5 AK2*850*0003 AK5*A AK9*P*3*3*2"
#: The innocent sets bear no AK502: nothing is wrong with them, and what is wrong stands at the one that refused them.
ALL_REJECTED = "AK1*PO*7 AK2*850*0001 AK5*R AK2*850*0002 AK3*BEG*2**8 AK4*3*324*1 AK5*R*5 AK2*850*0003 AK5*R AK9*R*3*3*0"
#: UCI 4 rejects everything below it; the message that did it is named, and why (BGM missing: 13, behind UNH).
UCI = "UCI+NW7+4012345000016:14+4012345000009:14"
MISSING = "UCM+2+ORDERS:D:96A:UN+4 UCS+1+13"


@pytest.mark.parametrize("span", [500, 1], ids=["one span", "a span for each message"])
@pytest.mark.parametrize(
    ("mode", "x12", "contrl", "states", "codes", "due"),
    [
        pytest.param(
            "split",
            GOOD_AND_BAD,
            f"{UCI}+7 UCM+1+ORDERS:D:96A:UN+7 {MISSING} UCM+3+ORDERS:D:96A:UN+7",
            ["mapped", "rejected", "mapped"],
            ["", "", ""],
            [1, 3],
            id="split",
        ),
        pytest.param("all-or-nothing", ALL_REJECTED, f"{UCI}+4 {MISSING}", ["rejected"] * 3, ["", "", ""], [], id="all-or-nothing"),
        pytest.param(
            "hold-bad",
            GOOD_AND_BAD,
            f"{UCI}+7 UCM+1+ORDERS:D:96A:UN+7 {MISSING} UCM+3+ORDERS:D:96A:UN+7",
            ["mapped", "held", "mapped"],
            ["", REJECTED_AND_KEPT, ""],
            [1, 3],
            id="hold-bad",
        ),
        pytest.param(
            "hold-all",
            GOOD_AND_BAD,
            f"{UCI}+7 UCM+1+ORDERS:D:96A:UN+7 {MISSING} UCM+3+ORDERS:D:96A:UN+7",
            ["held", "held", "held"],
            [BESIDE_REJECTED, REJECTED_AND_KEPT, BESIDE_REJECTED],
            [],
            id="hold-all",
        ),
    ],
)
def test_one_bad_message_of_three(house, forward, mode, x12, contrl, states, codes, due, span):
    forward(mode)
    house.span = span
    house.arrive(orders("PO-1", "", "PO-3"))
    assert answers(house) == [x12]
    assert house.state("M1", "M2", "M3") == states
    assert held(house, "M1", "M2", "M3") == codes
    assert documents(house) == due
    house.arrive(edifact("N-1", "", "N-3"), "orders.edi", "nordwind-in")
    assert answers(house)[1] == contrl
    assert house.state("M4", "M5", "M6") == states
    assert documents(house)[len(due) :] == [number + 3 for number in due]


@pytest.mark.parametrize("mode", ["split", "all-or-nothing", "hold-bad", "hold-all"])
def test_a_good_interchange_is_passed_on_in_every_mode(house, forward, mode):
    forward(mode)
    house.arrive(orders("PO-1", "PO-2"))
    assert house.state("I1", "M1", "M2") == ["answered", "mapped", "mapped"]
    assert answers(house) == ["AK1*PO*7 AK2*850*0001 AK5*A AK2*850*0002 AK5*A AK9*A*2*2*2"]


def test_a_bad_message_refuses_the_other_groups_too(house, forward):
    forward("all-or-nothing")
    house.arrive(orders("PO-1", "", groups=2))
    assert answers(house) == [
        "AK1*PO*7 AK2*850*0001 AK5*R AK9*R*1*1*0",
        "AK1*PO*8 AK2*850*0002 AK3*BEG*2**8 AK4*3*324*1 AK5*R*5 AK9*R*1*1*0",
    ]
    assert house.state("M1", "M2") == ["rejected", "rejected"]


def test_nothing_is_due_before_the_envelope_closes(house, forward):
    """A wrong IEA at the end of a long interchange refuses what its first spans found good."""
    forward("hold-bad")
    house.span = 1
    house.arrive(orders("PO-1", "PO-2", iea=8))
    assert house.state("I1", "M1", "M2") == ["answered", "held", "held"]
    assert [house.row(label).held for label in ("M1", "M2")] == [REJECTED_AND_KEPT] * 2
    assert documents(house) == []
    assert answers(house) == ["TA1*000000007*261120*1530*R*001", "AK1*PO*7 AK2*850*0001 AK5*R AK2*850*0002 AK5*R AK9*R*2*2*0"]


def test_a_kept_message_is_delivered_when_a_person_says_so_and_not_answered_again(house, forward, act):
    forward("hold-bad")
    house.arrive(orders("PO-1", "PO-2", iea=8))
    told = "; its sender was told that it is rejected, and may send a corrected one"
    assert act("release", "M2") == [f"M2 850 0002 from acme (PO-2) goes on{told}"]
    house.carry_on()
    assert house.state("M1", "M2") == ["held", "mapped"]
    assert (house.row("M2").verdict, house.row("M2").deliver, documents(house)) == ("accepted", "erp", [2])
    assert act("close", "M1")[0].startswith("M1 850 0001 from acme (PO-1) is given up")
    house.tried()
    assert house.state("F1", "I1", "M1", "M2") == ["settled", "settled", "closed", "delivered"]
    assert len(answers(house)) == 2


def test_a_kept_message_whose_own_check_failed_goes_with_what_could_be_read(house, forward, act):
    """The unit is no code of the list, which this partner's file makes a rejection; the document is whole all the same."""
    forward("hold-bad")
    house.edit(PARTNER, "policies: {", "policies: {judge: {codes: reject}, ")
    house.arrive(orders("PO-1").replace(b"*EA*", b"*QQ*"))
    assert (house.state("M1"), house.row("M1").verdict) == (["held"], "rejected")
    act("release", "M1")
    house.carry_on()
    assert (house.state("M1"), house.row("M1").verdict, documents(house)) == (["mapped"], "rejected", [1])
    house.tried()
    assert house.state("F1", "I1", "M1") == ["settled", "settled", "delivered"]
    assert len(answers(house)) == 1
    act("replay", "M1", again=True)
    house.carry_on()
    assert house.state("M2") == ["mapped"]


def test_a_kept_message_without_a_document_is_held_again(house, forward, act):
    forward("hold-bad")
    house.arrive(orders("PO-1", ""))
    act("replay", "M2")
    house.carry_on()
    assert (house.state("M2"), house.row("M2").held, documents(house)) == (["held"], DOCUMENT_INCOMPLETE, [1])
    assert len(answers(house)) == 1


def test_the_good_ones_of_hold_all_go_on_one_by_one(house, forward, act):
    forward("hold-all")
    house.arrive(orders("PO-1", "", "PO-3"))
    assert act("release", "M1") == ["M1 850 0001 from acme (PO-1) goes on"]
    house.carry_on()
    assert (house.state("M1", "M2", "M3"), documents(house)) == (["mapped", "held", "held"], [1])
    act("close", "M2")
    act("close", "M3")
    house.tried()
    assert house.state("F1", "I1", "M1") == ["settled", "settled", "delivered"]


def test_a_sender_that_wants_a_receipt_only_is_told_nothing_of_its_messages(house):
    house.arrive(edifact("N-1", "").replace(b"+NW7'UNH", b"+NW7++++2'UNH"), "orders.edi", "nordwind-in")
    assert answers(house) == [f"{UCI}+8"]
    assert house.state("I1", "M1", "M2") == ["answered", "mapped", "rejected"]
    assert house.whys("M2") == ["its sender asked for a receipt only, and is not told"] * 2


# -- all-or-nothing and what is not decided yet


def test_an_undecided_message_lets_the_others_wait_unanswered(house, forward, act):
    forward("all-or-nothing")
    house.poison = frozenset({1})
    house.arrive(orders("PO-1", "PO-2", "PO-3", groups=3))
    assert (answers(house), documents(house)) == ([], [])
    assert house.state("I1", "M1", "M2", "M3") == ["checked", "held", "held", "held"]
    assert [house.row(label).held for label in ("M1", "M2", "M3")] == [WAITS_FOR_OTHERS, POISON, WAITS_FOR_OTHERS]
    with pytest.raises(NotDone, match="M1 waits for M2"):
        act("release", "M1")
    house.poison = frozenset()
    assert act("replay", "I1") == ["M2 850 0002 from acme goes on"]
    house.carry_on()
    assert house.state("I1", "M1", "M2", "M3") == ["answered", "mapped", "mapped", "mapped"]
    assert answers(house) == [f"AK1*PO*{7 + at} AK2*850*{at + 1:04d} AK5*A AK9*A*1*1*1" for at in range(3)]
    assert sorted(documents(house)) == [1, 2, 3]
    house.tried()
    assert house.state("F1", "I1") == ["settled", "settled"]


def test_an_undecided_message_that_turns_out_bad_refuses_those_that_waited(house, forward, act):
    forward("all-or-nothing")
    house.poison = frozenset({1})
    house.arrive(orders("PO-1", "", "PO-3"))
    house.poison = frozenset()
    act("release", "M2")
    house.carry_on()
    assert answers(house) == [ALL_REJECTED]
    assert house.state("I1", "M1", "M2", "M3") == ["answered", "rejected", "rejected", "rejected"]
    assert documents(house) == []
    assert house.row("I1").acknowledge == "refused"  # the same bytes again are judged anew


def test_two_undecided_ones_wait_for_each_other(house, forward, act):
    forward("all-or-nothing")
    house.poison = frozenset({0, 1})
    house.arrive(orders("PO-1", "PO-2", "PO-3"))
    house.poison = frozenset({1})
    act("release", "M1")
    house.carry_on()
    assert (house.state("I1", "M1", "M2", "M3"), answers(house)) == (["checked", "held", "held", "held"], [])
    assert house.row("M1").held == WAITS_FOR_OTHERS
    house.poison = frozenset()
    act("release", "M2")
    house.carry_on()
    assert house.state("I1", "M1", "M2", "M3") == ["answered", "mapped", "mapped", "mapped"]


def test_a_document_that_cannot_be_made_keeps_the_others_though_all_are_answered_as_accepted(house, forward, act):
    forward("all-or-nothing")
    house.edit(PARTNER, "policies: {", "policies: {judge: {EDIGW-CHECK-E020: warn}, ")
    house.arrive(orders("PO-1", ""))
    assert answers(house) == ["AK1*PO*7 AK2*850*0001 AK5*A AK2*850*0002 AK3*BEG*2**8 AK4*3*324*1 AK5*E*5 AK9*E*2*2*2"]
    assert (house.state("I1"), held(house, "M1", "M2"), documents(house)) == (["answered"], [WAITS_FOR_OTHERS, DOCUMENT_INCOMPLETE], [])
    act("release", "M2")
    with pytest.raises(NotDone, match="M1 waits for M2"):
        act("release", "M1")
    house.carry_on()
    assert held(house, "M1", "M2") == [WAITS_FOR_OTHERS, DOCUMENT_INCOMPLETE]
    act("close", "M2")
    act("release", "M1")
    house.carry_on()
    house.tried()
    assert house.state("F1", "I1", "M1", "M2") == ["settled", "settled", "delivered", "closed"]
    assert len(answers(house)) == 1


def test_closing_what_others_wait_for_frees_them(house, forward, act):
    forward("all-or-nothing")
    house.poison = frozenset({1})
    house.arrive(orders("PO-1", "PO-2"))
    (text,) = act("close", "M2")
    assert text.endswith("M1 waited for it, and can be released or closed now")
    act("release", "M1")
    house.carry_on()
    house.tried()
    assert house.state("F1", "I1", "M1", "M2") == ["settled", "settled", "delivered", "closed"]
    assert answers(house) == []


# -- unknown: reject or hold


@pytest.mark.parametrize(
    ("data", "code", "answer"),
    [
        pytest.param(
            orders("PO-1").replace(b"*850*", b"*875*").replace(b"GS*PO*", b"GS*OG*"),
            MESSAGE_NOT_AGREED,
            "AK1*OG*7 AK2*875*0001 AK5*R*1 AK9*R*1*1*0",
            id="a set that is not agreed",
        ),
        pytest.param(
            orders("PO-1").replace(b"*X*004010", b"*X*009990"),
            RELEASE_NOT_AGREED,
            "AK1*PO*7 AK2*850*0001 AK5*R*1 AK9*R*1*1*0*2",
            id="a release that nobody has",
        ),
    ],
)
def test_what_is_unknown_is_rejected_or_held(house, act, data, code, answer):
    house.edit(PARTNER, "policies: {", "policies: {unknown: hold, ")
    house.arrive(data)
    assert (house.state("I1"), house.row("I1").held, answers(house)) == (["held"], code, [])
    house.edit(PARTNER, "unknown: hold", "unknown: reject")
    act("release", "I1")  # rejected now, by a person who changed their mind
    house.carry_on()
    assert (house.state("I1", "M1"), answers(house), documents(house)) == (["answered", "rejected"], [answer], [])
