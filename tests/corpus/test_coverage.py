"""docs/coverage.md tells the truth: its numbers are today's, its share is what we promise, its gaps have their reasons."""

from pathlib import Path

import beside
import pytest
from collected import FOLDER, needed

coverage = beside.module(Path(__file__).with_name("coverage.py"))

PROMISED = 0.90  # of the elements of each message

pytestmark = needed


@pytest.fixture(scope="module")
def found():
    return coverage.measure(FOLDER, without=coverage.GENERATED)


@pytest.mark.parametrize("kind", coverage.MESSAGES)
def test_the_share_bound(found, kind):
    assert found[kind].files
    assert found[kind].bound >= PROMISED


@pytest.mark.parametrize("kind", coverage.MESSAGES)
def test_every_gap_has_its_reason(found, kind):
    assert [what for what, _, _ in coverage.rows(found[kind]) if not coverage.reason(kind, what)] == []


def test_the_page_is_todays():
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(FOLDER), "python tests/corpus/coverage.py writes it anew"
