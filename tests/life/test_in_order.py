"""What is said about one order reaches the back office as it came, however long each file takes to be judged."""

from __future__ import annotations

import json

import pytest

from edigw.states import Kind

SETS = 400


@pytest.mark.parametrize("span", [1000, 40], ids=["a large file judged whole", "a large file judged in pieces"])
def test_what_comes_behind_a_large_file_does_not_overtake_it(gateway, traffic, traffic_module, wait_until, span):
    """The first orders of the large file and its last one are said again by small files, which are ready long before it."""
    gateway.configure(settings=f"limits: {{span: {span}}}")
    gateway.partner("acme", more="policies: {duplicate_key: accept}\n")
    gateway.start()
    warm = traffic.order()  # so that the map is compiled, and small files are fast
    gateway.drop(warm)
    gateway.wait_quiet()
    large = traffic.orders(SETS, lines=20)
    again = [
        traffic_module.Sent(f"again{at}.edi", "acme", traffic_module.x12(7_000 + at, [traffic.purchase_order(1, number)]), (number,))
        for at, number in enumerate((large.documents[0], large.documents[SETS // 2], large.documents[-1]))
    ]
    gateway.drop(large)
    wait_until(lambda: gateway.ledger.count(Kind.FILE) == 2, 60, gateway.tail)
    gateway.drop(*again)
    gateway.wait_quiet()
    said: dict[str, list[int]] = {}
    for request in gateway.sink.requests():
        document = json.loads(request["body"])
        said.setdefault(document["number"], []).append(len(document["lines"]))
    assert len(said) == 1 + SETS
    assert {number: counts for number, counts in said.items() if counts not in ([20], [1])} == {one.documents[0]: [20, 1] for one in again}
    recorded = gateway.ledger.rows(Kind.MESSAGE, key=large.documents[-1])
    assert len(recorded) == 2
    if span < SETS:  # else it depends on the machine
        assert recorded[0].file > recorded[1].file, "the small file was to be recorded first"
    assert gateway.stop() == 0

