"""Every folder under samples/ that says what is wrong with its in.edi, and what we answer.

``faults.json`` holds one fault a line as ``edigw faults --json`` prints it, without file
and text; no such file means no fault. ``ack.edi`` is ``edigw ack --now 2026-11-24T15:30``.
The answers to bad samples are worked out in their ``why.md``.
"""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from edigw.cli import main

SAMPLES = Path(__file__).parents[2] / "samples"
FOLDERS = sorted(path.parent for path in SAMPLES.glob("*/in.edi"))


def _run(*args: str) -> str:
    return CliRunner().invoke(main, [*args], prog_name="edigw").stdout


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_faults(folder):
    found = [json.loads(line) for line in _run("faults", "--json", str(folder / "in.edi")).splitlines()]
    for row in found:
        del row["file"], row["text"]
    expected = folder / "faults.json"
    assert found == ([json.loads(line) for line in expected.read_text(encoding="utf-8").splitlines()] if expected.exists() else [])


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if (folder / "ack.edi").exists()], ids=lambda folder: folder.name)
def test_answers(folder):
    assert _run("ack", "--now", "2026-11-24T15:30", str(folder / "in.edi")) == (folder / "ack.edi").read_text(encoding="utf-8")


def test_every_sample_has_its_answer():
    assert [folder.name for folder in FOLDERS if not (folder / "ack.edi").exists()] == []
