"""Every file of the corpus is answered: nothing raises, and each answer stands up to our own reading and check.

Files that are nonsense in one way or another are answered too, or the reason why not is
known: only acknowledgements inside, or an envelope whose copied fields are broken.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from collected import FOLDER, needed

from edigw import acks, judge, parsers, standards
from edigw.faults import FaultCode, Severity, Verdict
from edigw.mappings import Library
from edigw.standards import check

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
TERMS = judge.Terms(documents=False)

COPIED = (FaultCode.ELEMENT_CODE, FaultCode.X12_SENDER_QUALIFIER, FaultCode.X12_RECEIVER_QUALIFIER)

pytestmark = needed


def _files() -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file() and path.suffix not in (".csv", ".md"))


def _worst(data: bytes) -> list[str]:
    """Every fault above a note in an answer of ours, but for codes and qualifiers that are copies of what was sent."""
    (interchange,) = parsers.split(data)
    reading = parsers.read(data, interchange)
    found = []
    for message in reading:
        standard = standards.find(message.notation.syntax, message.type, message.release)
        assert standard is not None
        found += check.check(message, standard).faults
    found += [*interchange.faults, *reading.faults, *(one for group in reading.groups for one in group.faults)]
    return [str(one) for one in found if one.severity > Severity.NOTE and one.code not in COPIED]


@pytest.mark.parametrize("path", _files() if FOLDER.is_dir() else [])
def test_answers(path):
    data = (FOLDER / path).read_bytes()
    for found in judge.file(data, path, "", None, Library(), terms=TERMS, limit=1_000_000).found:
        judged = found.judged
        assert judged is not None
        assert not [message.reason for message in judged.messages if message.held == "EDIGW-ROUTE-E008"]
        answers = acks.assemble(found, judged.groups, judged.messages, judged.faults, now=NOW)
        for number, answer in enumerate(answers, 1):
            written = parsers.write(acks.number(answer, number))
            assert _worst(written) == []
            if answer.kind in ("997", "999"):
                (message,) = answer.out.groups[0].messages
                assert message.segments[-1][0] == "AK9"
        groups = [group.type for group in judged.groups]
        wanted = any(one.type not in acks.ANSWERS and (one.group < 0 or groups[one.group] != "FA") for one in judged.messages)
        assert bool(answers) >= (wanted and not acks.unanswerable(found))


def _verdict(data: bytes, path: str) -> str:
    """The worst of a file, as its answers say it."""
    worst = Verdict.ACCEPTED.value
    for found in judge.file(data, path, "", None, Library(), terms=TERMS, limit=1_000_000).found:
        assert found.judged is not None
        refused = acks.refusal(found.judged.faults, found.judged.groups)
        envelope = [*found.judged.faults, *(fault for group in found.judged.groups for fault in group.faults)]
        said = {message.verdict for message in found.judged.messages}
        if refused.whole or refused.groups or "rejected" in said:
            return Verdict.REJECTED.value
        if "accepted-with-errors" in said or any(fault.severity == "warn" for fault in envelope):
            worst = Verdict.ACCEPTED_WITH_ERRORS.value
    return worst


def test_answers_agree_with_the_verdicts():
    with Path(__file__).with_name("VERDICTS.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["verdict"] != "unreadable"]
    assert {row["path"]: row["verdict"] for row in rows} == {
        row["path"]: _verdict((FOLDER / row["path"]).read_bytes(), row["path"]) for row in rows
    }
