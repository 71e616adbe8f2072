"""A document's number that comes again in another interchange: with the same contents, with others, and what the partner's file says of it."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from edigw import operate
from edigw.agreements import KEY_REUSED, WAITS_FOR_OTHERS
from edigw.operate import Order
from edigw.states import Kind, parse_id

ADA = Order("ada", "asked the buyer")
PARTNER, NORDWIND = "partners/acme/partner.yaml", "partners/nordwind/partner.yaml"


@pytest.fixture
def act(house):
    def do(verb: str, label: str, **more: object) -> list[str]:
        return [f"{done.label} {done.text}" for done in getattr(operate, verb)(house.ledger, *parse_id(label), ADA, **more)]

    return do


def x12(control: int, *sets: tuple[str, int, str], iea: int = 0) -> bytes:
    """An 850 for each (number, quantity, BEG01)."""
    segments = [
        f"ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*{control:09d}*0*P*>",
        f"GS*PO*ACME*OURCOMPANY*20261120*1530*{control}*X*004010",
    ]
    for at, (number, quantity, purpose) in enumerate(sets, 1):
        name = f"{at:04d}"
        segments += [f"ST*850*{name}", f"BEG*{purpose}*SA*{number}**20261120", f"PO1*1*{quantity}*EA*9.25**UP*012345678905", "CTT*1", f"SE*5*{name}"]
    segments += [f"GE*{len(sets)}*{control}", f"IEA*1*{iea or control:09d}"]
    return "~".join(segments).encode() + b"~"


def order(control: int, number: str = "PO-1", quantity: int = 10, purpose: str = "00", iea: int = 0) -> bytes:
    return x12(control, (number, quantity, purpose), iea=iea)


def edifact(reference: str, quantity: int) -> bytes:
    body = ["BGM+220+N-1+9", "DTM+137:20261120:102", "NAD+BY+4012345000016::9", "NAD+SU+4012345000009::9", "LIN+1++4012345100013:EN"]
    body += [f"QTY+21:{quantity}", "UNS+S"]
    head = f"UNA:+.? 'UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+{reference}'UNH+1+ORDERS:D:96A:UN'"
    return f"{head}{chr(39).join(body)}'UNT+{len(body) + 2}+1'UNZ+1+{reference}'".encode()


def answer(house, number: int) -> str:
    """The segments by which interchange *number* was answered for its messages."""
    (row,) = [row for row in house.ledger.rows(Kind.DELIVERY, interchange=number) if row.what == "ack"]
    text = house.ledger.payload(row.payload).decode()
    return " ".join(one for one in text.replace("'", "~").split("~") if one[:3] in ("AK5", "AK9", "UCI", "UCM"))


def held(house) -> list[str]:
    return [row.held if row.state.value == "held" else row.state.value for row in house.ledger.rows(Kind.MESSAGE)]


@pytest.mark.parametrize("span", [500, 1], ids=["one span", "a span for each message"])
@pytest.mark.parametrize(
    ("first", "second", "becomes"),
    [
        pytest.param(order(1), order(2, quantity=11), KEY_REUSED, id="another quantity"),
        pytest.param(order(1), order(2), "mapped", id="the same contents in another envelope"),
        pytest.param(order(1), order(2, "PO-2", 11), "mapped", id="another number"),
        pytest.param(order(1), order(2, quantity=11, purpose="05"), "mapped", id="it says that it replaces the first"),
        pytest.param(order(1, purpose="01"), order(2, quantity=11), "mapped", id="the first was a cancellation, which is no order"),
        pytest.param(order(1, iea=9), order(2, quantity=11), "mapped", id="the first was refused, so this is the corrected one"),
    ],
)
def test_by_default_changed_contents_are_held(house, first, second, becomes, span):
    house.span = span
    house.arrive(first)
    house.arrive(second, "again.edi")
    assert held(house)[1] == becomes
    assert answer(house, 2) == "AK5*A AK9*A*1*1*1"  # whatever is passed on, check found nothing wrong


def test_its_reason_names_the_first(house, act):
    house.arrive(order(1))
    house.arrive(order(2, quantity=11))
    assert house.row("M2").reason == "the order PO-1 came before as M1 with other contents"
    house.arrive(order(3, quantity=11))
    assert held(house) == ["mapped", KEY_REUSED, KEY_REUSED]  # what is held was not said to anybody, so this is no repeat of it
    act("release", "M2")
    house.carry_on()
    assert held(house) == ["mapped", "mapped", KEY_REUSED]
    house.arrive(order(4, quantity=11))
    assert held(house)[3] == "mapped"  # it says what M2 said
    act("close", "M3")
    house.tried()
    assert house.state("I1", "I2", "I3", "I4") == ["settled"] * 4
    assert len([row for row in house.ledger.rows(Kind.DELIVERY) if row.what == "ack"]) == 4


@pytest.mark.parametrize("span", [500, 1], ids=["one span", "a span for each message"])
def test_twice_in_one_interchange(house, span):
    house.span = span
    house.arrive(x12(1, ("PO-1", 10, "00"), ("PO-1", 11, "00"), ("PO-1", 10, "00")))
    assert held(house) == ["mapped", KEY_REUSED, "mapped"]
    assert house.row("M2").reason == "the order PO-1 came before as an earlier message of this interchange with other contents"


def test_twice_in_one_file(house):
    house.arrive(order(1) + order(2, quantity=11))
    assert held(house) == ["mapped", KEY_REUSED]
    assert house.row("M2").reason == "the order PO-1 came before as F1's interchange 000000001 with other contents"


@pytest.mark.parametrize("span", [500, 1], ids=["one span", "a span for each message"])
def test_rejected_where_the_partner_agreed_to_it(house, span):
    house.span = span
    house.edit(PARTNER, "policies: {", "policies: {duplicate_key: reject, ")
    house.edit(NORDWIND, "deliver: erp}", "deliver: erp}\npolicies: {duplicate_key: reject}")
    house.arrive(order(1))
    house.arrive(x12(2, ("PO-1", 11, "00"), ("PO-2", 11, "00")))
    assert held(house) == ["mapped", "rejected", "mapped"]
    assert answer(house, 2) == "AK5*R AK5*A AK9*P*2*2*1"
    (fault,) = house.row("M2").faults
    assert (fault["code"], fault["text"]) == (KEY_REUSED, "the order PO-1 came before as M1 with other contents")
    house.arrive(edifact("A", 10), "orders.edi", "nordwind-in")
    house.arrive(edifact("B", 11), "orders.edi", "nordwind-in")
    assert answer(house, 4) == "UCI+B+4012345000016:14+4012345000009:14+7 UCM+1+ORDERS:D:96A:UN+4+26+UNH"  # 26: a duplicate
    assert held(house)[3:] == ["mapped", "rejected"]


def test_accepted_where_the_partner_does_that(house):
    house.edit(PARTNER, "policies: {", "policies: {duplicate_key: accept, ")
    house.arrive(order(1))
    house.arrive(order(2, quantity=11))
    assert held(house) == ["mapped", "mapped"]


def test_it_keeps_an_interchange_that_is_taken_whole(house, act):
    house.edit(PARTNER, "policies: {", "policies: {forward: all-or-nothing, ")
    house.arrive(order(1))
    house.arrive(x12(2, ("PO-1", 11, "00"), ("PO-2", 11, "00")))
    assert held(house) == ["mapped", KEY_REUSED, WAITS_FOR_OTHERS]
    act("release", "M2")
    house.carry_on()
    assert held(house) == ["mapped", "mapped", "mapped"]


def test_another_partner_has_numbers_of_its_own(house):
    house.arrive(order(1, "N-1"))
    house.arrive(edifact("A", 11), "orders.edi", "nordwind-in")
    assert held(house) == ["mapped", "mapped"]


def test_many_repeats_cost_the_statements_of_one(house):
    """A long interchange in which every number was used before."""
    house.span = 4
    counts = []
    event.listen(house.ledger._database.writing, "before_cursor_execute", lambda *_: counts.append(1))
    spent = []
    for start, count in ((100, 5), (200, 5), (300, 7)):
        house.arrive(x12(start, *((f"PO-{start + at}", 10, "00") for at in range(count))))
        counts.clear()
        house.arrive(x12(start + 50, *((f"PO-{start + at}", 11, "00") for at in range(count))))
        spent.append(len(counts))
    assert spent[1] == spent[2]
    assert held(house).count(KEY_REUSED) == 17
