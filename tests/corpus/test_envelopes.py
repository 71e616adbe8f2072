"""Every file of the corpus, its envelope: the counts of its MANIFEST, and whether it is valid.

The MANIFEST is strict about an envelope. What is read with a note only, because partners do
it every day, is not valid there; ``STRICT`` names those notes, so that the two can be compared.
"""

from __future__ import annotations

import pytest
from collected import FOLDER, needed, rows

from edigw import parsers
from edigw.faults import FaultCode, Severity
from edigw.model import Interchange

pytestmark = needed

ROWS = rows()

COUNTS = ("interchanges", "groups", "messages", "segments")

#: Notes on an envelope that is read and accepted, and that the MANIFEST calls invalid.
STRICT = {
    FaultCode.LENIENT_LAST_TERMINATOR,
    FaultCode.LENIENT_MULTIBYTE,
    FaultCode.LENIENT_REFERENCE_BLANKS,
    FaultCode.LENIENT_ZEROS,
}

#: Where we see something else than the MANIFEST, and why that is right.
DIFFERENT = {
    "edifact/aperak/edinet-apperak-edi-out-issue235.edi": "two UNBs, the first without a trailer: two interchanges, where the MANIFEST counts one",
    "edifact/invoic/progrupa-invoic-message-standalone.edi": "UNH without UNB is Unreadable and never guessed; --bare reads it",
    "edifact/invoic/progrupa-invoic-three-messages.edi": "UNH without UNB is Unreadable and never guessed; --bare reads it",
    "edifact/orders/nantic-order.edi": "UNA and UNH without UNB is Unreadable and never guessed; --bare reads it",
    "edifact/orders/oboe-orders-newdelimiters.edi": "its own separators are found without a UNA; the MANIFEST sees one segment",
    "x12/832/x12parser-example1-hibcc.edi": "ISA12 is 00040, and there is no such version; the MANIFEST asks for five digits only",
    "x12/damaged/gozer-x12-no-line-break-no-delim.edi": "nothing ends a segment; the MANIFEST cuts it at every letter G",
}


def looked_at(row):
    """Counts and validity of one file, as the MANIFEST counts them."""
    data = (FOLDER / row["path"]).read_bytes()
    counts = dict.fromkeys(COUNTS, 0)
    valid = True
    for part in parsers.split(data):
        if not isinstance(part, Interchange):
            valid = False
            continue
        reading = parsers.read(data, part)
        messages = list(reading)
        faults = [fault for message in messages for fault in message.faults]
        faults += [fault for group in reading.groups for fault in group.faults] + reading.faults
        counts["interchanges"] += 1
        counts["groups"] += len(reading.groups)
        counts["messages"] += len(messages)
        counts["segments"] += sum(len(message.segments()) for message in messages) + envelope_segments(part, reading)
        valid = valid and not any(fault.severity is Severity.REJECT or not accepted_by_manifest(fault) for fault in faults)
        valid = valid and "\n" not in header_text(data, part)
    return {**{name: str(count) for name, count in counts.items()}, "valid": "yes" if valid else "no"}


def envelope_segments(part, reading):
    """Segments outside the messages; the MANIFEST counts UNB but not ISA, and strays among the others."""
    strays = [fault for fault in reading.faults if fault.code in (FaultCode.X12_STRAY_SEGMENT, FaultCode.EDIFACT_STRAY_SEGMENT)]
    closed = not any(fault.code in (FaultCode.X12_IEA_MISSING, FaultCode.EDIFACT_UNZ_MISSING) for fault in reading.faults)
    groups = sum(1 + group.closed for group in reading.groups)
    stray = sum(int(fault.note.split()[0]) if fault.note else 1 for fault in strays)
    return (part.syntax == "edifact") + closed + groups + stray + len(reading.loose)


def accepted_by_manifest(fault):
    return fault.code not in STRICT or (fault.code is FaultCode.LENIENT_ZEROS and fault.segment == "GE")


def header_text(data, part):
    """An ISA as it stands in the file: one that a record's end has cut is not 106 characters for the MANIFEST."""
    start = data.find(b"ISA", part.span[0]) if part.syntax == "x12" else part.span[0]
    return data[start : start + 105].decode("latin-1") if part.syntax == "x12" else ""


def expected(row):
    return {name: row[name] or "0" for name in (*COUNTS, "valid")}


@pytest.mark.parametrize("row", [row for row in ROWS if row["path"] not in DIFFERENT], ids=lambda row: row["path"])
def test_the_envelope_is_what_the_manifest_says(row):
    assert looked_at(row) == expected(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row["path"] in DIFFERENT], ids=lambda row: row["path"])
def test_where_we_differ_we_still_do(row):
    assert looked_at(row) != expected(row), f"no difference any more: {DIFFERENT[row['path']]}"


def test_nearly_all_agree():
    assert len(DIFFERENT) <= 0.02 * len(ROWS)
    assert set(DIFFERENT) <= {row["path"] for row in ROWS}
