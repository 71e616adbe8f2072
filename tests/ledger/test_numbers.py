"""Control numbers: up by one, per line, never twice, and what happens at the last of nine digits."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from edigw.ledger import numbers
from edigw.tables import control_number, numbering

US, THEM = "ZZ:OURCOMPANY", "ZZ:ACMESTORES"


def give(ledger, count=1, level="interchange", **more):
    return ledger.run(lambda tx: tx.numbers(US, THEM, level, count, **more))


def stand_at(ledger, last):
    """The line stands at *last*, as if it had given as many."""

    def put(tx):
        tx.connection.execute(numbering.insert(), [{"ours": US, "theirs": THEM, "level": "interchange", "usage": "", "last": last - 1}])

    ledger.run(put)
    assert give(ledger) == [last]


def test_each_line_counts_for_itself(ledger):
    assert give(ledger, 3) == [1, 2, 3]
    assert give(ledger, 1, "group") == [1]
    assert give(ledger, 2, usage="test") == [1, 2]
    assert ledger.run(lambda tx: tx.number(US, "ZZ:NORDWIND", "interchange", first=5001)) == 5001
    assert ledger.run(lambda tx: tx.number(US, "ZZ:NORDWIND", "interchange", first=5001)) == 5002
    assert give(ledger) == [4]
    assert ledger.invariants() == []


def test_first_holds_for_an_unused_line_only(ledger):
    assert (give(ledger, first=100), give(ledger, first=500), give(ledger, first=1)) == ([100], [101], [102])


@pytest.mark.parametrize("first", [0, -1, 1_000_000_000])
def test_a_first_number_that_is_none(ledger, first):
    with pytest.raises(ValueError, match="1 to 999999999"):
        give(ledger, first=first)


def test_a_number_of_a_step_that_raised_was_not_given(ledger):
    def step(tx):
        tx.number(US, THEM, "interchange")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ledger.run(step)
    assert give(ledger) == [1]


def test_the_wrap_is_an_event_and_skips_what_is_open(ledger, clock):
    assert give(ledger, 3) == [1, 2, 3]
    ledger.run(lambda tx: tx.connection.execute(numbering.update().values(last=numbers.LARGEST - 1)))
    assert give(ledger, 3) == [999_999_999, 4, 5]  # 1 to 3 were given today
    (event,) = ledger.events()
    assert (event.kind, event.name, event.facts) == ("gateway", "numbers wrapped", {"level": "interchange", "ours": US, "theirs": THEM, "usage": ""})
    clock.on(days=181)
    ledger.run(lambda tx: tx.connection.execute(numbering.update().values(last=numbers.LARGEST)))
    assert give(ledger, 2) == [1, 2]


def test_an_index_stands_behind_it(ledger):
    give(ledger)
    with pytest.raises(Exception, match=r"(?i)unique"):
        ledger.run(lambda tx: tx.connection.execute(control_number.insert(), [{"numbering": 1, "number": 1, "cycle": 0, "given_at": tx.now}]))


def test_a_void_number_is_explained(ledger):
    give(ledger, 2)
    ledger.run(lambda tx: tx.void(US, THEM, "interchange", 2, "could not be written"))
    (event,) = ledger.events()
    assert (event.name, event.why, event.facts["number"]) == ("number voided", "could not be written", 2)
    for number in (2, 7):
        with pytest.raises(ValueError, match="was not given, or is void"):
            ledger.run(lambda tx, number=number: tx.void(US, THEM, "interchange", number, "again"))
    assert give(ledger) == [3]


def test_nodes_share_a_line(open_ledger):
    nodes = [open_ledger(node=f"n{n}") for n in range(3)]
    got: list[int] = []

    def work(node):
        for _ in range(15):
            got.extend(give(node))

    threads = [threading.Thread(target=work, args=(node,)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(1, 46))
    assert nodes[0].invariants() == []


def test_open_is_180_days():
    assert timedelta(days=180) == numbers.OPEN_FOR
