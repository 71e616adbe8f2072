"""Values and notes of X12 against another judge: pyx12's, which knows types and syntax notes but no lengths.

Where the two differ it is written down: each difference is a rule of its own.
"""

import itertools

import pytest
from pyx12.segment import Segment
from pyx12.syntax import is_syntax_valid
from pyx12.validation import IsValidDataType

from edigw.faults import FaultCode
from edigw.model import X12_DELIMITERS, Notation
from edigw.standards import elements
from edigw.standards.notes import broken
from edigw.standards.schema import ElementDef, Note

NOTATION = Notation("x12", X12_DELIMITERS, "ascii", lambda text: [text])
#: What a length says is our own affair; pyx12 is asked for the type alone.
LENGTHS = (FaultCode.ELEMENT_TOO_SHORT, FaultCode.ELEMENT_TOO_LONG)

VALUES = {
    "N0": ["0", "1", "-1", "12345", "+1", "1.5", "1,5", "-", "", "1e3", "A", "01", "--1", "1-", " 1", "-0"],
    "N2": ["1250", "-1250", "12.50", ".5", "1E2"],
    "R": ["1", "1.5", "-1.5", ".5", "-.5", "5.", "1,5", "1.5.1", "+1", "1x", "-", ".", "0.00", "--1", "1-", " 1", "1 "],
    "DT": ["20261120", "261120", "20260229", "20240229", "20261332", "20260431", "261332", "2026112", "ABCDEFGH", "00000000", "19000229", "20000229"],
    "TM": ["1530", "153045", "2400", "2360", "15304", "153060", "15304512", "1530451", "153", "AB30", "235959", "0000"],
    "AN": ["ABC", "A B", "a/b", "A@B", "A#B", "A_B", "A!B\"C"],
}
#: (type, value): why we say something else.
DIFFERENT = {
    ("R", "5."): "a decimal point with nothing behind it still is a number",
    ("R", "-"): "a sign without a digit is none",
    ("TM", "153"): "three digits are no time; pyx12 looks at the first two and leaves the rest to the length",
}


@pytest.mark.parametrize(("kind", "value"), [(kind, value) for kind, values in VALUES.items() for value in values if value])
def test_types(kind, value):
    found = elements.wrong(ElementDef("1", kind, 1, 99, "", None), value, "x12", NOTATION)
    ours = found is None or found.code in LENGTHS
    theirs = IsValidDataType(value, kind, "E", "00401")
    assert (ours != theirs) is ((kind, value) in DIFFERENT)


@pytest.mark.parametrize("kind", "PRECL")
@pytest.mark.parametrize("positions", [(1, 2), (2, 4), (1, 2, 3), (3, 1, 4), (2, 3, 4)], ids=str)
def test_notes(kind, positions):
    """Every way of filling four elements."""
    for filled in itertools.product([False, True], repeat=4):
        segment = Segment("XXX*" + "*".join("A" if one else "" for one in filled), "~", "*", ">")
        theirs, _ = is_syntax_valid(segment, [kind, *(f"{one:02}" for one in positions)])
        assert (broken([Note(kind, positions)], [False, *filled]) == []) is theirs, filled
