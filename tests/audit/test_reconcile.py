"""``edigw reconcile``: a day adds up, and what is missing from it is named."""

from __future__ import annotations

import json
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, func, select

from edigw.audit.conservation import bounds
from edigw.tables import business_key, delivery, file, interchange, message

DAY = ("--day", "2026-11-20")


def test_a_day_adds_up(house, edigw, files):
    result = edigw("reconcile", *DAY)
    assert result.exit_code == 0, result.output
    sizes = [len(one) for one in (files.ORDER, files.TWO, files.NO_NUMBER, files.ORDER)]
    (told,) = [json.loads(line) for line in edigw("reconcile", *DAY, "--json").stdout.splitlines()]
    whole = house.ledger.get(*_id("F5")).size + house.ledger.get(*_id("F6")).size
    assert told["bytes"] == {"in": sum(sizes) + whole, "interchanges": sum(sizes), "remainders": 0, "quarantined": whole, "taken_back": 0, "under_way": 0}
    # one order, two, one without a number, and the first one again
    assert told["messages"] == {
        "in": 5, "delivered": 3, "rejected": 1, "duplicate": 1, "held": 0, "closed": 0, "acknowledgements": 0, "under_way": 0,
    }  # fmt: skip
    assert told["unexplained"] == {"bytes": 0, "messages": 0}
    assert "acme: 5 messages in = 3 delivered + 1 rejected + 1 duplicate; unexplained 0" in result.stdout


def _id(label):
    from edigw.states import parse_id

    return parse_id(label)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--day", "2026-11-19"], "nothing came on 2026-11-19 (UTC)", id="the day before"),
        pytest.param([*DAY, "--partner", "nordwind"], "nothing came on 2026-11-20 (UTC) from nordwind", id="another partner"),
        pytest.param(["--day", "2026-11-20", "--zone", "Pacific/Auckland"], "nothing came on 2026-11-20 (Pacific/Auckland)", id="another zone"),
    ],
)
def test_a_day_of_nothing(edigw, words, said):
    result = edigw("reconcile", *words)
    assert (result.exit_code, result.stdout) == (0, "")
    assert said in result.stderr


def test_the_day_of_a_zone(edigw):
    """15:30 of UTC is the next morning in Auckland."""
    assert "acme: 5 messages in" in edigw("reconcile", "--day", "2026-11-21", "--zone", "Pacific/Auckland").stdout


def test_a_day_when_clocks_change():
    begin, end = bounds(date(2026, 11, 1), ZoneInfo("America/Chicago"))
    assert (end - begin).total_seconds() == 25 * 3600


@pytest.mark.parametrize("words", [["--day", "20-11-2026"], ["--day", "today", "--zone", "Mars/Olympus"]], ids=["no day", "no zone"])
def test_misused(edigw, words):
    result = edigw("reconcile", *words)
    assert result.exit_code == 2
    assert "; next: " in result.stderr


def test_bytes_that_are_not_accounted_for(edigw, changed):
    with changed(interchange, 2, span_end=100):
        result = edigw("reconcile", *DAY)
    assert result.exit_code == 1
    assert "EDIGW-RECONCILE-E001 F2: " in result.stderr
    assert "; next: edigw show F2, then edigw verify" in result.stderr
    assert "unexplained 0" not in result.stdout.splitlines()[0]


def test_a_message_that_was_lost(house, edigw):
    """A message is taken out of the ledger with everything that speaks of it: only its bytes remember it."""
    with house.ledger.snapshot() as connection:
        number = connection.execute(select(func.max(message.c.id)).where(message.c.interchange == 2)).scalar_one()
        kept = {
            table: [dict(row) for row in connection.execute(select(table).where(column == number)).mappings()]
            for table, column in ((message, message.c.id), (delivery, delivery.c.message), (business_key, business_key.c.message))
        }
    engine = house.ledger._database.writing
    with engine.connect() as connection, connection.begin():
        for table, column in ((business_key, business_key.c.message), (delivery, delivery.c.message), (message, message.c.id)):
            connection.execute(delete(table).where(column == number))
    result = edigw("reconcile", *DAY)
    with engine.connect() as connection, connection.begin():
        for table, rows in kept.items():
            for row in rows:
                connection.execute(table.insert(), row)
    assert result.exit_code == 1
    assert "acme: 5 messages in = 2 delivered + 1 rejected + 1 duplicate; unexplained 1" in result.stdout
    assert "EDIGW-RECONCILE-E001 I2: its bytes hold 2 messages, the ledger 1; next: edigw show I2, then edigw verify" in result.stderr


def test_what_is_not_at_an_end(house, edigw, changed):
    with changed(file, 5, state="archived"), changed(message, 1, state="mapped"), changed(message, 2, state="held"):
        told = json.loads(edigw("reconcile", *DAY, "--json").stdout)
    assert told["bytes"]["under_way"] == house.ledger.get(*_id("F5")).size
    assert (told["messages"]["under_way"], told["messages"]["held"], told["messages"]["delivered"]) == (1, 1, 1)
    assert told["unexplained"] == {"bytes": 0, "messages": 0}
