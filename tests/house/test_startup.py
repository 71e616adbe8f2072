"""A command imports what it needs when it runs: its start must not be noticed. By what is loaded, not by the clock."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
X12 = str(SAMPLES / "orders-x12-850/in.edi")
EDIFACT = str(SAMPLES / "orders-edifact/in.edi")

SERVERS = {"aiohttp", "alembic", "apscheduler", "asyncio", "asyncssh", "rich", "sqlalchemy", "structlog", "watchdog"}
MAPS = {"edigw.mappings", "pydantic", "ruamel.yaml"}
WITNESSES = {"pydifact", "pyx12"}
OTHER_KINDS = {"edigw.documents.despatch_advice", "edigw.documents.invoice", "edigw.documents.order_response"}

RUN = """
import sys
from edigw.cli import main
try:
    main(standalone_mode=False)
except SystemExit as left:
    assert left.code == 0, left.code
print("\\n".join(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "without"),
    [
        pytest.param(["--help"], SERVERS | MAPS | WITNESSES | {"edigw.standards"}, id="the overview"),
        pytest.param(["translate", "--help"], SERVERS | MAPS | WITNESSES | {"edigw.standards"}, id="help of translate"),
        pytest.param(["run", "--help"], SERVERS | MAPS | WITNESSES | {"edigw.standards"}, id="help of run"),
        pytest.param(["errors"], SERVERS | MAPS | WITNESSES | {"edigw.standards"}, id="errors"),
        pytest.param(["tree", X12], SERVERS | MAPS | WITNESSES | {"edigw.acks"}, id="tree"),
        pytest.param(["ack", X12], SERVERS | MAPS | WITNESSES, id="ack to X12"),
        pytest.param(["ack", EDIFACT], SERVERS | MAPS | WITNESSES, id="ack to EDIFACT"),
        pytest.param(["schema", "order"], SERVERS | WITNESSES | OTHER_KINDS | {"edigw.mappings", "ruamel.yaml", "edigw.standards"}, id="schema"),
        pytest.param(["translate", X12], SERVERS | WITNESSES | OTHER_KINDS | {"ruamel.yaml"}, id="translate X12"),
        pytest.param(["translate", EDIFACT], SERVERS | WITNESSES | OTHER_KINDS | {"ruamel.yaml"}, id="translate EDIFACT"),
        pytest.param(["faults", X12], SERVERS | WITNESSES | OTHER_KINDS | {"ruamel.yaml"}, id="faults"),
    ],
)
def test_a_command_loads_only_what_it_needs(words, without, tmp_path):
    ran = subprocess.run([sys.executable, "-c", RUN, *words], capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False)
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stderr.splitlines())
    assert "edigw.cli" in loaded
    assert sorted(loaded & without) == []


@pytest.mark.parametrize("words", [["status"], ["list"], ["find", "PO-1"]], ids=["status", "list", "find"])
def test_a_question_to_the_ledger_loads_no_map(words, tmp_path):
    from edigw import newinstance, settings
    from edigw.archive import Archive
    from edigw.ledger import Ledger

    folder = tmp_path / "instance"
    newinstance.make(folder)
    found = settings.load((folder / "edigw.yaml").read_bytes())
    Ledger.open(found.database_url(folder), node=found.gateway.name, root=folder, archive=Archive(folder / found.archive), person="test").close()
    ran = subprocess.run(
        [sys.executable, "-c", RUN.replace("== 0", "in (None, 0, 1)"), "--instance", str(folder), *words],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    loaded = set(ran.stderr.splitlines())
    assert "edigw.ledger" in loaded
    not_wanted = (SERVERS - {"asyncio", "sqlalchemy"}) | WITNESSES | {"pydantic", "edigw.mappings", "edigw.documents", "edigw.standards", "edigw.judge"}
    assert sorted(loaded & not_wanted) == []
