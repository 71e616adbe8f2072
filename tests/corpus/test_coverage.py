"""docs/coverage.md tells the truth: its numbers are today's, its share is what we promise, its gaps have their reasons."""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("coverage.py")
spec = importlib.util.spec_from_file_location("edigw_corpus_coverage", SCRIPT)
coverage = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = coverage  # dataclasses look their module up
spec.loader.exec_module(coverage)

FOLDER = coverage.corpus()
PROMISED = 0.90  # of the elements of each message

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no corpus at {FOLDER}; name one with EDIGW_CORPUS")


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
