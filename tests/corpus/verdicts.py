"""What we say of every order, confirmation, despatch advice and invoice in the corpus, and why: VERDICTS.csv.

    python tests/corpus/verdicts.py [CORPUS]

writes the table anew. Verdict and first fault are computed; the reasons are written by
hand, after looking at the file beside the dictionary, and kept as long as what they
explain stays the same. A row without its reason fails the test.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as a program it stands alone

import collected

from edigw import parsers, standards
from edigw.faults import Fault, FaultCode, Severity, fault, verdict
from edigw.model import Message, Unreadable
from edigw.standards.check import check

TABLE = Path(__file__).with_name("VERDICTS.csv")
COLUMNS = ("path", "verdict", "first_fault", "why")
KINDS = ("850", "855", "856", "810", "ORDERS", "ORDRSP", "DESADV", "INVOIC")


@dataclass(frozen=True)
class Row:
    path: str
    verdict: str  #: the worst of the file: accepted, accepted-with-errors, rejected, unreadable
    first_fault: str  #: the first of the weightiest faults: code, segment, place; "" if accepted
    why: str = ""


def judge(path: str, data: bytes) -> Row:
    """The verdict on one file, its envelopes and all its messages."""
    found: list[Fault] = []
    parts = parsers.split(data)
    for part in parts:
        if isinstance(part, Unreadable):
            continue
        reading = parsers.read(data, part)
        inside = [one for message in reading for one in _message(message)]
        found += [*reading.faults, *(one for group in reading.groups for one in group.faults), *inside]
    if all(isinstance(part, Unreadable) for part in parts):
        return Row(path, "unreadable", parts[0].reason if parts and isinstance(parts[0], Unreadable) else "empty")
    worst = max((one.severity for one in found), default=Severity.OFF)
    if worst < Severity.WARN:
        return Row(path, verdict(found).value, "")
    first = next(one for one in found if one.severity is worst)
    return Row(path, verdict(found).value, f"{first.code.code} {first.segment} {first.at.short}")


def _message(message: Message) -> list[Fault]:
    standard = standards.find(message.notation.syntax, message.type, message.release)
    if standard is not None:
        return check(message, standard).faults
    unknown = fault(message.notation.syntax, FaultCode.MESSAGE_UNKNOWN, message.position(1), segment=str(message.segments()[0][0]))
    return [*message.faults, unknown]


def table() -> list[Row]:
    """VERDICTS.csv as it stands."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return [Row(**entry) for entry in csv.DictReader(file)]


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else collected.FOLDER
    reasons = {(row.path, row.verdict, row.first_fault): row.why for row in table()} if TABLE.exists() else {}
    rows = [judge(path, (folder / path).read_bytes()) for path in collected.paths(KINDS, valid=False, folder=folder)]
    missing = 0
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            why = reasons.get((row.path, row.verdict, row.first_fault), "")
            missing += row.verdict != "accepted" and not why
            writer.writerow((row.path, row.verdict, row.first_fault, why))
    sys.stderr.write(f"{TABLE.name}: {len(rows)} files, {missing} without a reason\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
