"""A kill while an interchange that is taken whole is judged span by span: all of it goes on or none, and it is answered once."""

from __future__ import annotations

import sys
from typing import Any

import pytest

BAD = ["BEG*00*SA*PO-{0}-bad**20261332", "PO1*1*10*EA*9.25*PE*UP*614141100118", "CTT*1"]  # no such date: AK403 8


def refused(traffic: Any) -> Any:
    """An interchange of ten orders, more than two spans, of which the ninth is bad."""
    module = sys.modules[type(traffic).__module__]
    whole = traffic.orders(9)
    number = int(whole.name[2:-4])
    bodies = [traffic.purchase_order(at, po) for at, po in enumerate(whole.documents, 1)]
    bodies.insert(8, [line.format(number) for line in BAD])
    parts = []
    for at in range(1, 11):
        reason = ("AK3*BEG*2**8", "AK4*5*373*8*20261332", "AK5*R*5") if at == 9 else ("AK5*R",)
        parts += [f"AK2*850*{at:04}", *reason]
    answer = module.Answer("acme", (f"AK1*PO*{number}", *parts, "AK9*R*10*10*0"))
    return module.Sent(whole.name, "acme", module.x12(number, bodies), (), whole.documents, (answer,))


@pytest.mark.parametrize(
    "crash_at", ["record:before-commit", "record:committed", "span:before-commit:1", "span:committed:1", "span:before-commit:2", "span:committed:2", "claim:committed:2"]
)
def test_all_or_nothing(crash_at, make_gateway, traffic, wait_until):
    gateway = make_gateway(settings="limits: {span: 4}")
    gateway.partner("acme", more="policies: {forward: all-or-nothing}\n")
    gateway.start(crash_at=crash_at)
    gateway.drop(refused(traffic), traffic.orders(9))
    gateway.died()
    gateway.start()
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0
    gateway.check_all()
