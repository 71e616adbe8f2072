"""A back office that is down: it is left alone, asked with one, and then sent the rest in its order; what waits too long is given up."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import beside

from edigw.states import DeliveryState, Kind, MessageIn

SINK = Path(__file__).parents[1] / "wire/sink.py"
RATE = 20  # deliveries a second behind the outage


def test_an_outage_from_its_beginning_to_its_end(gateway, traffic, wait_until, tmp_path):
    """acme's orders wait for erp, nordwind's for crm, which is to be given up after some seconds."""
    sinks = beside.module(SINK)
    port = int(gateway.sink.url.rpartition(":")[2].partition("/")[0])
    text = (gateway.root / "edigw.yaml").read_text()
    (line,) = (line for line in text.splitlines() if line.startswith("  erp:"))
    retry = "retry: {first: 100ms, max: 300ms, for: "
    # One at a time, for two that leave together may arrive in either order.
    erp = line[: line.index("retry:")] + "in_flight: 1, " + retry + f"1h}}, resume: {RATE}}}"
    crm = line.replace("  erp:", "  crm:")
    crm = crm[: crm.index("retry:")] + retry + "3s}}"
    (gateway.root / "edigw.yaml").write_text(text.replace(line, f"{erp}\n{crm}"))
    gateway.partner("nordwind", receive='{message: ORDERS, releases: [D96A], map: edifact/ORDERS, deliver: crm, acknowledge: {with: contrl}}')
    gateway.sink.process.kill()
    gateway.sink.process.wait()
    gateway.start()
    gateway.drop(*[traffic.order() for _ in range(5)], *[traffic.edifact() for _ in range(5)])
    wait_until(lambda: {fact["lane"] for fact in gateway.facts("delivery.left_alone")} == {"erp", "crm"}, 60, gateway.tail)
    for fact in gateway.facts("delivery.left_alone"):
        assert (fact["code"], bool(fact["next"]), "no connection" in fact["why"]) == ("EDIGW-DELIVERY-E007", True, True), fact
    orders = [traffic.order() for _ in range(25)]
    for at, order in enumerate(orders, 6):  # one after the other, for files that come together are judged beside each other
        gateway.drop(order)
        wait_until(lambda at=at: gateway.ledger.count(Kind.DELIVERY, lane="erp") == at, 60, gateway.tail)
    # Nobody is asked for all of crm's but the oldest; they are given up all the same, and what erp owes waits on.
    wait_until(lambda: gateway.ledger.count(Kind.DELIVERY, lane="crm", state=DeliveryState.GIVEN_UP) == 5, 60, gateway.tail)
    held = gateway.ledger.rows(Kind.MESSAGE, state=MessageIn.HELD)
    assert [(row.partner, row.held) for row in held] == [("nordwind", "EDIGW-DELIVERY-E005")] * 5
    assert gateway.ledger.count(Kind.DELIVERY, lane="erp", state=DeliveryState.GIVEN_UP) == 0
    asked = len(gateway.facts("delivery.again"))
    assert asked < 100, "who does not answer is asked with one"
    with sinks.running(tmp_path / "again.jsonl", gateway.sink.secret, port=port) as sink:
        secret = gateway.sink.secret
        gateway.sink = _WithSecret(sink, secret)
        wait_until(lambda: len(sink.requests()) >= 30, 120, gateway.tail)
        assert gateway.facts("delivery.receiver_back")
        requests = sink.requests()
        numbers = [json.loads(request["body"])["number"] for request in requests]
        wanted = [order.documents[0] for order in gateway.sent if order.partner == "acme"]
        assert numbers[0] == wanted[0], "the oldest goes ahead"
        assert numbers == wanted, "and the rest in its order"
        times = [datetime.fromisoformat(request["at"]) for request in requests]
        assert (times[-1] - times[0]).total_seconds() >= (len(times) - 3) / RATE  # one ahead, one kept, and the rest at its rate
        assert sum(fact["lane"] == "erp" for fact in gateway.facts("delivery.receiver_back")) == 1
        gateway.command("retry", "--where", "to=crm and state=given_up", "--reason", "crm is back")
        gateway.wait_quiet()
        gateway.check_all()
        assert sink.facts()["repeats"] == 0
    assert gateway.stop() == 0


class _WithSecret:
    def __init__(self, sink: Any, secret: str) -> None:
        self._sink = sink
        self.secret = secret

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)
