"""From when on a partner that does not send is told: its rhythm must have been known before the deadline passed."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from edigw.agreements import Partner
from edigw.expects import parse
from edigw.health.alerts import FILE, Book
from edigw.health.conditions import of_ledger, rhythms
from edigw.healthsettings import Alerts
from edigw.ledger import Ledger

RHYTHM = "daily 30+ by 23:45"
YESTERDAY, TODAY = "2026-11-27 23:45", "2026-11-28 23:45"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def look(tmp_path):
    """The deadlines for which acme is told to be silent, as a daemon started on this instance finds at *now*."""
    ledger = Ledger.open(f"sqlite:///{tmp_path}/ledger.db", node="hub", root=tmp_path)

    def found(now: str, text: str = RHYTHM, *, all_there: bool = True) -> list[str]:
        book = Book.load(tmp_path, "hub")
        partners = {"acme": Partner("acme", "ACME", expects=(parse("850", text),) if text else ())}
        known = book.expected(rhythms(partners), at(now), all_there=all_there)
        seen = of_ledger(ledger, partners, Alerts(), at(now), known)
        assert not seen.unknown
        return [one.title.partition(" by ")[2][:16] for one in seen.found.values()]

    with ledger:
        yield found


def test_a_deadline_before_the_rhythm_was_known_is_not_told(look):
    assert look("2026-11-28 08:00") == []
    assert look("2026-11-28 23:44") == []
    assert look("2026-11-28 23:45") == [TODAY]


def test_a_deadline_that_passed_while_no_daemon_ran_is_told(look):
    assert look("2026-11-28 08:00") == []
    assert look("2026-11-29 07:00") == [TODAY]  # each look is a restart: the file alone remembers
    assert look("2026-11-29 07:01") == [TODAY]


def test_a_rhythm_that_is_changed_begins_anew(look):
    look("2026-11-27 08:00")
    assert look("2026-11-28 08:00") == [YESTERDAY]
    assert look("2026-11-28 08:01", "daily 20+ by 23:45") == []
    assert look("2026-11-28 08:02", "daily 20+  by 23:45") == []
    assert look("2026-11-29 08:00", "daily 20+ by 23:45") == [TODAY]


def test_a_rhythm_that_was_taken_away_begins_anew(look):
    look("2026-11-27 08:00")
    look("2026-11-28 08:00", "")
    assert look("2026-11-28 08:01") == []


def test_a_mistake_in_a_partners_file_forgets_nothing(look):
    look("2026-11-27 08:00")
    look("2026-11-28 08:00", "", all_there=False)
    assert look("2026-11-28 08:01") == [YESTERDAY]


def test_a_clock_that_was_set_back_hides_no_deadline(look):
    look("2027-01-01 00:00")
    look("2026-11-28 08:00")
    assert look("2026-11-28 23:50") == [TODAY]


@pytest.mark.parametrize("text", ['{"open": {}, "outbox": []}', "{"], ids=["of a version that did not remember", "damaged"])
def test_a_book_that_does_not_remember(look, tmp_path, text):
    """Better told once too often than not at all."""
    (tmp_path / FILE).write_text(text)
    assert look("2026-11-28 08:00") == [YESTERDAY]
    assert list(json.loads((tmp_path / FILE).read_text())["known"]) == [f"acme:850:{RHYTHM}"]
    assert look("2026-11-28 08:00") == [YESTERDAY]
