"""The error catalogue: every code has its words and its example, and docs/errors is what they make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import edigw
from edigw.advice import ADVICE
from edigw.catalogue import pages
from edigw.catalogue.__main__ import main, written
from edigw.catalogue.examples import EXAMPLES, UNRAISED
from edigw.catalogue.judging import judged
from edigw.faults import FaultCode, Place

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "errors"
MEND = "run: .venv/bin/python -m edigw.catalogue docs/errors"


def test_the_pages_are_what_the_tables_make():
    made = written()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert sorted(there) == sorted(made), MEND
    assert [name for name, text in made.items() if there[name] != text] == [], MEND


def test_writing_them_removes_pages_of_codes_that_are_gone(tmp_path):
    (tmp_path / "EDIGW-GONE-E001.md").write_text("old")
    assert main([str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written())


@pytest.mark.parametrize("code", [one.code for one in FaultCode])
def test_a_fault_has_its_words(code):
    assert code in ADVICE, f"say in edigw/advice.py what {code} means and what to do"
    assert ADVICE[code].why.endswith(".")
    assert ADVICE[code].todo
    assert not ADVICE[code].todo.endswith(".")  # it stands behind "what to do:", and pages add the stop


def test_no_words_are_left_over():
    assert set(ADVICE) - {one.code for one in FaultCode} == set()


@pytest.mark.parametrize("code", [one.code for one in FaultCode if one.code not in UNRAISED])
def test_in_its_example_a_fault_occurs_and_no_other(code):
    assert code in EXAMPLES, f"add to edigw/catalogue/examples.py a small file in which {code} occurs"
    example = EXAMPLES[code]
    shown = judged(example)
    assert [one for one, _, _ in shown.faults].count(code) == 1
    assert {one for one, _, _ in shown.faults} == {code, *example.also}


@pytest.mark.parametrize("code", [one for one in FaultCode if one.code in EXAMPLES and one.value.x12], ids=lambda one: one.code)
def test_an_example_is_answered_as_its_row_says(code):
    """The row's X12 code stands in the answer, where the example is X12."""
    if not EXAMPLES[code.code].data.lstrip(b"\xef\xbb\xbf").startswith(b"ISA"):
        assert all(kind == "CONTRL" for kind, _ in judged(EXAMPLES[code.code]).answers)
        return
    tag, at = {
        Place.INTERCHANGE: ("TA1", 5), Place.GROUP: ("AK9", 5), Place.MESSAGE: ("AK5", 2), Place.SEGMENT: ("AK3", 4), Place.ELEMENT: ("AK4", 3)
    }[code.place]  # fmt: skip
    said = [one.rstrip("~").split("*") for _, segments in judged(EXAMPLES[code.code]).answers for one in segments]
    spelled = [one[at] for one in said if one[0] == tag and len(one) > at]
    if code.value.severity_x12.word == "note":
        assert spelled == []
    elif code.code == "EDIGW-X12-E023":
        assert (spelled, said) == ([], [["TA1", "000000905", "261120", "1530", "R", "024"]])  # a group without a number has no AK1
    elif code.code == "EDIGW-CHECK-E030":
        assert spelled == ["3"]  # 12 came with the 997 of 005010; this example's release is older
    else:
        assert code.value.x12 in spelled


def test_what_is_never_raised_is_named_nowhere_else():
    source = "".join(
        path.read_text(encoding="utf-8") for path in Path(edigw.__file__).parent.rglob("*.py") if path.name not in ("faults.py", "examples.py")
    )
    raised = [one.code for one in FaultCode if one.code in UNRAISED and re.search(rf"FaultCode\.{one.name}\b", source)]
    assert raised == [], "give it an example, and take it out of UNRAISED"
    assert set(UNRAISED) & set(EXAMPLES) == set()


def test_every_code_has_a_page_that_says_what_to_do():
    for code in pages.codes():
        assert pages.page(code).todo, code
        assert pages.family(code) in pages.FAMILIES, code


def test_links_of_the_index_lead_to_pages():
    links = re.findall(r"\]\(([^)#]+\.md)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(links) == sorted(f"{code}.md" for code in pages.codes())
