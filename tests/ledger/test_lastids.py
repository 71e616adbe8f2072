"""Ids that are kept between commits: never one that another process took meanwhile, and none left out behind a step that failed."""

from __future__ import annotations

import pytest

from edigw.states import Kind


def added(ledger) -> int:
    return ledger.run(lambda tx: tx.add(Kind.MESSAGE, [{}])[0].id)


def test_ids_go_on_behind_what_another_wrote(open_ledger):
    ours, theirs = open_ledger(), open_ledger()
    given = [added(ours), added(ours), added(theirs), added(theirs), added(ours), added(theirs)]
    assert given == sorted(set(given))
    assert [row.id for row in ours.rows(Kind.MESSAGE)] == given


def test_a_step_that_fails_takes_no_id(ledger, add, database_url):
    add(Kind.MESSAGE)

    def fails(tx):
        tx.add(Kind.MESSAGE, [{}])
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        ledger.run(fails)
    if database_url.startswith("sqlite"):  # a sequence gives each number once
        assert added(ledger) == 2
    assert len(ledger.rows(Kind.MESSAGE)) == 1 + database_url.startswith("sqlite")
