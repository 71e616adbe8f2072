"""``edigw faults --strict`` against the MANIFEST: is the envelope of each file valid?

The MANIFEST speaks of envelopes only: header, separators, counts, references. So only
faults of the level ``envelope`` count here, and those leniencies that are about an
envelope (ENVELOPE_NOTES). Where we see something else, DIFFERENT says why.
"""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from collected import FOLDER, needed, rows

from edigw.cli import main

pytestmark = needed

VALID = {row["path"]: row["valid"] for row in rows()}

#: Read and noted, and invalid by the MANIFEST: last terminator missing, an ISA broken by records, leading zeros, separators of several bytes, blanks in a reference.
ENVELOPE_NOTES = {"EDIGW-READ-E005", "EDIGW-READ-E007", "EDIGW-READ-E011", "EDIGW-READ-E013", "EDIGW-READ-E014"}
#: Notes that it does not mind: zeros in front of a group's number; records where no ISA of 106 characters is broken.
MINDED_NOT = {"x12": {"EDIGW-READ-E011 GE"}, "edifact": {"EDIGW-READ-E007 "}}

#: Envelope faults that the MANIFEST does not look for, or that it sees otherwise, and why.
DIFFERENT = {
    "x12/832/x12parser-example1-hibcc.edi": "ISA12 is 00040, which is no version; the MANIFEST does not look at it",
}


def reported(paths: list[str]) -> tuple[int, dict[str, list[str]]]:
    """The exit status of ``edigw faults --strict`` on files, and of each file that it says anything of, the envelope's faults."""
    ran = CliRunner().invoke(main, ["faults", "--strict", "--json", *(str(FOLDER / path) for path in paths)])
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    found: dict[str, list[str]] = {}
    for row in map(json.loads, ran.stdout.splitlines()):
        path = str(Path(row["file"]).relative_to(FOLDER))
        faults = found.setdefault(path, [])
        fault = f"{row['code']} {row['segment']}"
        if (row["level"] == "envelope" or row["code"] in ENVELOPE_NOTES) and fault not in MINDED_NOT[path.partition("/")[0]]:
            faults.append(fault)
    return ran.exit_code, found


def test_nearly_all_agree():
    _, seen = reported(list(VALID))
    silent = [path for path in VALID if path not in seen]
    assert reported(silent) == (0, {}), "nothing is said of a file that is not accepted"
    found = {path: faults for path, faults in {**{path: [] for path in silent}, **seen}.items() if (VALID[path] == "yes") != (not faults)}
    assert sorted(found) == sorted(DIFFERENT), {path: (VALID[path], faults) for path, faults in found.items() if path not in DIFFERENT}
    assert len(DIFFERENT) <= 0.02 * len(VALID)
