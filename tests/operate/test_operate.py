"""What a person does to the ledger, on rows that the flows made of real files."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import beside
import pytest

from edigw import operate
from edigw.agreements import BY_HAND, CHANNEL_DIFFERS, DOCUMENT_INCOMPLETE, GIVEN_UP, NUMBER_REUSED, POISON, UNKNOWN_SENDER
from edigw.errors import Superseded
from edigw.operate import NotDone, Order
from edigw.states import DeliveryState, InterchangeIn, Kind, parse_id

ADA = Order("ada", "as agreed by phone")
PARTNER, MAP = "partners/acme/partner.yaml", "partners/acme/maps/850.yaml"
KNOWN, UNKNOWN = "id: ACMESTORES}", "id: SOMEONE}"


@pytest.fixture
def files():
    return beside.module(Path(__file__).with_name("house.py"))


@pytest.fixture
def act(house):
    """``act("release", "M1")``: the texts of what was done."""

    def do(verb: str, label: str, by: Order = ADA, **more: object) -> list[str]:
        return [f"{done.label} {done.text}" for done in getattr(operate, verb)(house.ledger, *parse_id(label), by, **more)]

    return do


@pytest.fixture
def order(house, files):
    """An order is accepted, answered and due: F1, I1, M1, D1 (its answer), D2 (its document)."""
    house.arrive(files.ORDER)
    assert house.state("I1", "M1", "D1", "D2") == ["answered", "mapped", "due", "due"]
    return house


def of_message(house, number: int = 1):
    return house.ledger.rows(Kind.DELIVERY, message=number)


# -- release


def test_an_unknown_sender_is_released_once_the_partner_is_known(house, files, act):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.TWO)
    assert (house.row("I1").held, house.state("I1", "F1")) == (UNKNOWN_SENDER, ["held", "split"])
    house.edit(PARTNER, UNKNOWN, KNOWN)
    assert act("release", "I1") == ["I1 interchange 000000104 from ZZ:ACMESTORES goes on"]
    assert house.state("I1") == ["received"]
    house.carry_on()
    assert house.state("I1", "M1", "M2") == ["answered", "mapped", "mapped"]
    assert (house.row("I1").partner, house.row("I1").held) == ("acme", "")
    assert "released by ada: as agreed by phone" in house.whys("I1")
    house.tried()
    assert house.state("F1", "I1", "M1", "M2") == ["settled", "settled", "delivered", "delivered"]


def test_what_was_not_mended_is_held_again(house, files, act):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    act("release", "I1")
    house.carry_on()
    assert (house.state("I1"), house.row("I1").held) == (["held"], UNKNOWN_SENDER)


def test_the_same_bytes_go_on_with_the_first(house, files, act):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    house.edit(PARTNER, UNKNOWN, KNOWN)
    house.arrive(files.ORDER, "again.edi")
    assert house.row("I2").reason.startswith("the same bytes as I1, which is held")
    with pytest.raises(NotDone, match="I2 has the same bytes as I1, which is held") as refused:
        act("release", "I2")
    assert refused.value.advice == "edigw release I1"
    assert [text[:2] for text in act("release", "I1")] == ["I1", "I2"]
    house.carry_on()
    assert house.state("I1", "I2") == ["answered", "settled"]
    assert (house.row("I2").duplicate_of, house.ledger.count(Kind.MESSAGE)) == (1, 1)  # one order, one document


@pytest.mark.parametrize(
    ("first", "second", "channel", "held"),
    [
        pytest.param("", "ORDER", "nordwind-in", CHANNEL_DIFFERS, id="it came by another's channel"),
        pytest.param("ORDER", "CHANGED", "acme-in", NUMBER_REUSED, id="its control number was used for other bytes"),
    ],
)
def test_what_a_person_vouches_for_is_let_past(house, files, act, first, second, channel, held):
    sent = {"ORDER": files.ORDER, "CHANGED": files.ORDER.replace(b"PO-", b"PX-")}
    if first:
        house.arrive(sent[first])
    house.arrive(sent[second], "second.edi", channel)
    (label,) = house.where(Kind.INTERCHANGE, InterchangeIn.HELD)
    assert house.row(label).held == held
    act("release", label)
    house.carry_on()
    assert house.state(label) == ["answered"]


def test_a_released_message_with_the_same_document_keeps_its_delivery(order, act):
    order.tried(DeliveryState.GIVEN_UP, "400")
    assert (order.state("M1", "D2"), order.row("M1").held) == (["held", "given_up"], GIVEN_UP)
    act("release", "M1")
    order.carry_on()
    assert (order.state("M1", "D2"), len(of_message(order))) == (["mapped", "due"], 1)
    order.tried()
    assert order.state("M1") == ["delivered"]


def test_a_released_message_with_another_document_gets_another_id(order, act):
    order.tried(DeliveryState.GIVEN_UP, "400")
    order.edit(MAP, "extensions.department", "extensions.division")
    act("release", "M1")
    order.carry_on()
    old, new = of_message(order)
    assert (old.state, new.state) == (DeliveryState.CLOSED, DeliveryState.DUE)
    assert (old.webhook_id, new.webhook_id) == ("edigw:hub:M1", "edigw:hub:M1.2")
    assert new.headers["edigw-replay-of"] == "edigw:hub:M1"
    assert old.payload != new.payload
    order.tried()
    assert order.state("M1") == ["delivered"]


def test_a_message_whose_document_is_incomplete(house, files, act):
    house.edit(PARTNER, "policies: {order: none}", "policies: {order: none, judge: {EDIGW-CHECK-E020: warn}}")
    house.arrive(files.NO_NUMBER)
    assert (house.state("M1"), house.row("M1").held) == (["held"], DOCUMENT_INCOMPLETE)
    act("release", "M1")
    assert (house.state("M1"), house.row("M1").held) == (["received"], "released")
    house.carry_on()
    assert (house.state("M1"), house.row("M1").held) == (["held"], DOCUMENT_INCOMPLETE)


def test_a_message_that_was_never_judged_is_answered_once_it_is(house, files, act):
    house.poison = frozenset({0})
    house.arrive(files.TWO)
    assert (house.row("M1").held, house.state("I1", "M1", "M2")) == (POISON, ["checked", "held", "mapped"])
    house.poison = frozenset()
    act("replay", "M1")
    house.carry_on()
    assert house.state("I1", "M1") == ["answered", "mapped"]
    (answer,) = [row for row in house.ledger.rows(Kind.DELIVERY) if row.what == "ack"]
    assert b"AK9*A*2*2*2" in house.ledger.payload(answer.payload)


def test_a_message_that_was_never_judged_takes_its_place_among_those_of_its_order(house, files, act):
    """What it is about is known only when it is judged at last; until then it blocked nobody, and then it goes one at a time."""
    house.edit(PARTNER, "policies: {order: none}", "policies: {order: by-key, duplicate_key: accept}")
    house.poison = frozenset({0})
    house.arrive(files.TWO)
    assert [(row.held, row.order_key != "") for row in house.ledger.rows(Kind.MESSAGE)] == [(POISON, False), ("", True)]
    house.poison = frozenset()
    act("replay", "M1")
    house.carry_on()
    (first,) = of_message(house, 1)
    assert house.row("M1").order_key == first.order_key == f"acme/order/{house.row('M1').key}"


def test_a_quarantined_file_is_looked_at_again(house, act):
    house.arrive(b"%PDF-1.4 an invoice, perhaps", "invoice.pdf")
    assert house.state("F1") == ["quarantined"]
    assert act("release", "F1") == ["F1 file invoice.pdf from acme is judged again"]
    assert house.state("F1") == ["archived"]
    house.carry_on()
    assert house.state("F1") == ["quarantined"]


@pytest.mark.parametrize(
    ("verb", "label", "says"),
    [
        pytest.param("release", "M1", "M1 is mapped, not held", id="release what is not held"),
        pytest.param("release", "F1", "F1 is split, not quarantined", id="release a good file"),
        pytest.param("release", "D1", "D1 is due; a delivery is retried", id="release a delivery"),
        pytest.param("release", "I9", "I9 is not in the ledger", id="release what is not there"),
        pytest.param("replay", "M1", "M1 is mapped: its first delivery is still due", id="replay before it was delivered"),
        pytest.param("replay", "I1", "I1 is answered, and no message in it is held", id="replay a good interchange"),
        pytest.param("replay", "F1", "F1 is split, not quarantined", id="replay a good file"),
        pytest.param("retry", "D1", "D1 is due already", id="retry what is due"),
        pytest.param("retry", "F1", "F1 is a file", id="retry a file"),
        pytest.param("hold", "I1", "I1 is answered and cannot be held", id="hold what is answered"),
        pytest.param("hold", "D1", "D1 is due and cannot be held", id="hold a delivery"),
        pytest.param("close", "M1", "M1 is mapped; what is held", id="close what is on its way"),
        pytest.param("close", "D1", "D1 is due; what is held", id="close a delivery that is due"),
    ],
)
def test_what_does_not_fit_is_left_alone(order, act, verb, label, says):
    before = order.ledger.last_event()
    with pytest.raises(NotDone, match=says):
        act(verb, label)
    assert order.ledger.last_event() == before


# -- replay


def test_a_delivered_message_is_delivered_once_more_under_a_new_id(order, act):
    order.tried()
    with pytest.raises(NotDone, match="reaches the back office a second time"):
        act("replay", "M1")
    assert act("replay", "M1", again=True)[0].startswith("M2 850 0001 from acme")
    assert order.row("M2").replay_of == 1
    order.carry_on()
    order.tried()
    assert order.state("M1", "M2", "I1") == ["delivered", "delivered", "settled"]
    (first,), (second,) = of_message(order), of_message(order, 2)
    assert (second.webhook_id, second.headers["edigw-replay-of"]) == ("edigw:hub:M2", "edigw:hub:M1")
    assert second.payload == first.payload
    assert order.ledger.count(Kind.DELIVERY, what="ack") == 1  # its sender hears nothing of it
    assert [row.label for row in order.ledger.find(order.row("M1").key)] == ["M2", "M1"]


def test_a_replay_is_judged_by_the_map_of_today(order, act):
    order.tried()
    order.edit(MAP, "extensions.department", "extensions.division")
    act("replay", "M1", again=True)
    order.carry_on()
    maps = [json.loads(order.ledger.payload(order.row(label).document))["source"]["map"] for label in ("M1", "M2")]
    assert maps[0] != maps[1]


def test_a_rejected_message_is_not_replayed(house, files, act):
    house.arrive(files.NO_NUMBER)
    with pytest.raises(NotDone, match="its sender was told, and must send a corrected one"):
        act("replay", "M1", again=True)


def test_replaying_an_interchange_replays_its_held_messages(house, files, act):
    house.arrive(files.TWO)
    house.tried(DeliveryState.GIVEN_UP, "400")
    house.ledger.run(lambda tx: None)
    assert [text[:2] for text in act("replay", "I1")] == ["M1", "M2"]
    house.carry_on()
    assert house.state("M1", "M2") == ["mapped", "mapped"]


# -- retry


def test_a_document_that_was_given_up_is_tried_again_with_its_message(order, act):
    order.tried(DeliveryState.GIVEN_UP, "400")
    assert [text[:2] for text in act("retry", "D2", Order("ada"))] == ["D2"]
    assert (order.state("D2", "M1"), order.row("M1").held) == (["due", "mapped"], "")
    assert order.whys("M1")[-2:] == ["retried by ada", "retried by ada"]
    order.tried()
    assert order.state("M1", "D2") == ["delivered", "done"]


def test_a_retry_ends_the_wait_between_two_tries(order, clock, act):
    order.tried(DeliveryState.DUE, "503", due_at=clock() + timedelta(hours=1))
    assert order.tried() == []
    assert act("retry", "M1") == ["D2 document of M1 to erp is due now"]
    assert order.tried() == ["D2"]
    assert act("retry", "I1") == ["D1 answer 997-000000001.edi to acme-out is due now"]


def test_retrying_what_is_uncertain_puts_it_again(order, act):
    (answer,) = order.ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=1, lease=timedelta(minutes=1), lane="acme-out")
    order.ledger.run(lambda tx: tx.move(Kind.DELIVERY, [answer], DeliveryState.UNDER_WAY, DeliveryState.UNCERTAIN, "gone", mark="renaming"))
    assert operate.retry_all(order.ledger, ADA) == []  # it needs somebody who has asked
    act("retry", "D1")
    assert (order.state("D1"), order.row("D1").mark) == (["due"], None)


def test_retry_all(house, files, clock):
    house.arrive(files.TWO)
    house.arrive(files.ORDER)
    operate.hold(house.ledger, Kind.MESSAGE, 3, ADA)
    first = house.tried(DeliveryState.GIVEN_UP, "400")
    assert first == ["D1", "D2", "D3", "D4"]
    done = operate.retry_all(house.ledger, ADA, lane="erp")
    assert [one.label for one in done] == ["D2", "D3"]
    done = operate.retry_all(house.ledger, ADA, partner="acme")
    assert [one.label for one in done] == ["D1", "D4"]  # D5 is of the message that a person holds
    assert house.state("M1", "M2", "M3") == ["mapped", "mapped", "held"]


def test_a_delivery_that_its_message_went_on_without_is_not_tried_again(house, files, act):
    house.arrive(files.ORDER)
    house.tried(DeliveryState.GIVEN_UP, "400")
    house.poison = frozenset({0})
    act("release", "M1")
    house.carry_on()
    assert (house.state("M1"), house.row("M1").held) == (["held"], POISON)
    with pytest.raises(NotDone, match="M1 went on without it"):
        act("retry", "D2")


# -- hold


def test_a_message_is_held_and_released(order, act):
    act("hold", "M1")
    assert (order.state("M1", "D2"), order.row("M1").held) == (["held", "given_up"], BY_HAND)
    assert order.row("M1").reason == "held by ada: as agreed by phone"
    assert order.tried() == ["D1"]
    act("release", "M1")
    order.carry_on()
    assert order.tried() == ["D2"]
    assert order.state("M1", "F1") == ["delivered", "settled"]


def test_a_delivery_under_way_cannot_be_called_back(order, act):
    order.ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=9, lease=timedelta(minutes=1), now=order.clock())
    with pytest.raises(NotDone, match="its delivery D2 is under_way"):
        act("hold", "M1")


def test_an_interchange_is_held_only_while_nobody_works_on_it(house, files, act):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    act("release", "I1")
    house.ledger.claim(Kind.INTERCHANGE, InterchangeIn.RECEIVED, limit=1, lease=timedelta(minutes=10), now=house.clock())
    with pytest.raises(Superseded, match="worked on"):
        from_elsewhere(house, "hold", "I1")
    house.clock.on(minutes=11)
    from_elsewhere(house, "hold", "I1")
    assert (house.state("I1"), house.row("I1").held) == (["held"], BY_HAND)


def from_elsewhere(house, verb: str, label: str) -> None:
    """A person's action comes from another process, with a ledger of its own."""
    from edigw.ledger import Ledger

    with Ledger.open(house.configuration.settings.database_url(house.folder), node="hub", clock=house.clock, root=house.folder, person="ada") as ledger:
        getattr(operate, verb)(ledger, *parse_id(label), ADA)


# -- close


def test_closing_a_held_message_closes_its_delivery_and_settles_the_file(order, act):
    order.tried(DeliveryState.GIVEN_UP, "400")
    act("retry", "D1")
    order.tried()
    assert [text[:2] for text in act("close", "D2")] == ["M1", "D2"]
    assert order.state("M1", "D2", "I1", "F1") == ["closed", "closed", "settled", "settled"]
    assert order.row("M1").reason == "closed by ada: as agreed by phone"


def test_closing_an_answer_that_was_given_up(order, act):
    order.tried(DeliveryState.GIVEN_UP, "name taken")
    act("retry", "M1")
    order.tried()
    assert order.state("M1", "D1", "I1") == ["delivered", "given_up", "answered"]
    act("close", "D1")
    assert order.state("D1", "I1", "F1") == ["closed", "settled", "settled"]


def test_closing_a_held_interchange_leaves_its_repeats_held(house, files, act):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    house.edit(PARTNER, UNKNOWN, KNOWN)
    house.arrive(files.ORDER, "again.edi")
    (text,) = act("close", "I1")
    assert "I2, the same bytes, stay held" in text
    assert house.state("I1", "F1", "I2") == ["closed", "settled", "held"]
    assert house.row("I2").reason.startswith("the same bytes as I1, which was closed")
    act("release", "I2")
    house.carry_on()
    assert house.state("I2", "M1") == ["answered", "mapped"]


def test_closing_what_was_never_judged_says_that_nobody_was_answered(house, files, act):
    house.poison = frozenset({0})
    house.arrive(files.TWO)
    house.tried()
    (text,) = act("close", "M1")
    assert "its sender gets no answer" in text
    assert house.state("M1", "M2", "I1", "F1") == ["closed", "delivered", "settled", "settled"]


def test_closing_one_of_two_that_were_never_judged(house, files, act):
    house.poison = frozenset({0, 1})
    house.arrive(files.TWO)
    act("close", "M1")
    assert house.state("I1") == ["checked"]
    house.poison = frozenset()
    act("release", "M2")
    house.carry_on()
    house.tried()
    assert house.state("M1", "M2", "I1") == ["closed", "delivered", "settled"]


def test_a_quarantined_file_is_closed(house, act):
    house.arrive(b"no EDI at all")
    act("close", "F1")
    assert house.state("F1") == ["closed"]
