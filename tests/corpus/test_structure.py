"""The corpus' files of the eight messages, judged: verdicts, and that each has its reason."""

from pathlib import Path

import beside
import pytest
from collected import FOLDER, needed, paths

from edigw import parsers, standards
from edigw.model import Unreadable
from edigw.standards.check import check
from edigw.standards.plans import plans

verdicts = beside.module(Path(__file__).with_name("verdicts.py"))
ROWS = verdicts.table()



@needed
def test_every_file_of_the_eight_messages_is_in_the_table():
    assert [row.path for row in ROWS] == paths(verdicts.KINDS, valid=False)


def test_what_is_not_accepted_has_a_reason():
    assert [row.path for row in ROWS if row.verdict != "accepted" and len(row.why) < 20] == []


@needed
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)
def test_verdict(row):
    found = verdicts.judge(row.path, (FOLDER / row.path).read_bytes())
    assert (found.verdict, found.first_fault) == (row.verdict, row.first_fault)


@needed
def test_the_quick_look_and_the_exact_one_agree():
    """Every segment of the corpus: one that is called clean has no fault of its elements."""
    seen = 0
    for path in sorted(FOLDER.rglob("*.edi")):
        data = path.read_bytes()
        for part in parsers.split(data):
            if isinstance(part, Unreadable):
                continue
            for message in parsers.read(data, part):
                standard = standards.find(message.notation.syntax, message.type, message.release)
                if standard is None:
                    continue
                faulty = {one.at.segment for one in check(message, standard).faults if one.at.element and one.code.name != "COUNT_DISAGREES"}
                faulty -= {one.at.segment for one in message.faults}
                ready = plans(standard, message.notation.delimiters.decimal)
                for index, cut in enumerate(message.segments(), 1):
                    if index in faulty:
                        assert not ready.make(str(cut[0])).clean(cut), (path.name, index, cut)
                    seen += 1
    assert seen > 10_000
