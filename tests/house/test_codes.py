"""Every code that the gateway prints is in the catalogue, and the catalogue has no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import edigw
from edigw.agreements import HELD
from edigw.codes import CODES
from edigw.faults import FaultCode

CODE = re.compile(r"EDIGW-[A-Z0-9]+-E[0-9]{3}\b")
TABLES = {"faults": {member.code for member in FaultCode}, "held": set(HELD), "operation": set(CODES)}


def printed() -> dict[str, str]:
    """Each code in the source, with the first place it stands in."""
    found: dict[str, str] = {}
    for path in sorted(Path(edigw.__file__).parent.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for code in CODE.findall(line):
                if path.name != "codes.py":
                    found.setdefault(code, f"{path.name}:{number}")
    return found


@pytest.mark.parametrize(("code", "place"), sorted(printed().items()), ids=sorted(printed()))
def test_a_code_of_the_source_is_in_the_catalogue(code, place):
    assert any(code in table for table in TABLES.values()), f"{code} at {place} is in no table"


def test_no_code_is_in_two_tables():
    seen = [code for table in TABLES.values() for code in table]
    assert sorted(seen) == sorted(set(seen))


def test_the_table_of_operations_has_no_code_that_nothing_prints():
    assert set(CODES) - set(printed()) == set()
