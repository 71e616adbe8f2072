"""docs/maps.md is gone through from its first line to its last: every file written, every command given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edigw.mappings import declare, declaretrees, declarevalues
from edigw.standards import guide

PAGE = Path(__file__).parents[2] / "docs" / "maps.md"
TEXT = PAGE.read_text(encoding="utf-8")
BUILT = TEXT.partition("\n## What is not built\n")[0]

WORDS = declare._SPEC | declare._TOP | declarevalues._VALUE | declarevalues._AT | declarevalues._PAIRS | declaretrees._TREE | {"like"}
VALUES = {*declarevalues._CONDITIONS, *declarevalues._TYPES, "ordinal", "note", "keep", "fault"}
CODES_OF_A_RULE = {"required", "forbidden", "codes", "min", "max", "length", "pattern", "when", "severity"}


def test_the_page_does_what_it_says(tutorial, tmp_path):
    run = tutorial.Run(tmp_path)
    for step in tutorial.steps(TEXT):
        if isinstance(step, tutorial.Written):
            run.write(step)
            continue
        printed = run.give(step)
        assert tutorial.agrees(step.expected, printed), f"docs/maps.md:{step.line}: $ {step.text}\nprints\n{printed}\nand not\n{step.expected}"


def test_no_block_is_only_shown(tutorial):
    assert tutorial.shown(TEXT) == []


@pytest.mark.parametrize("word", sorted(WORDS | VALUES | CODES_OF_A_RULE))
def test_every_word_of_the_language_is_taught(word):
    assert re.search(rf"`[^`\n]*\b{word}\b[^`\n]*`", BUILT), f"docs/maps.md says nothing of {word}"


def test_the_words_of_a_rule_are_all_there_are():
    assert frozenset(guide.WORDS) == CODES_OF_A_RULE
