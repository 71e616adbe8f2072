"""Log events: stable names, and whatever failed says its code and the next command."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import edigw

ROOT = Path(edigw.__file__).parent
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\.[a-z][a-z0-9]*(_[a-z0-9]+)*")
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
FAILED = {"warning", "error", "critical", "exception"}


def calls(source: str) -> list[tuple[int, str, str | None, set[str | None]]]:
    """Line, level, event name (None: not a literal), and keys of each call of a logger in *source*."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "log"):
            continue
        first = node.args[0] if node.args else None
        name = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        found.append((node.lineno, node.func.attr, name, {keyword.arg for keyword in node.keywords}))
    return found


def problems(source: str) -> list[str]:
    said = []
    for line, level, name, keys in calls(source):
        if name is not None and not NAME.fullmatch(name):
            said.append(f"{line}: {name!r} is no stable name (room.what_happened)")
        if name is None and level in FAILED:
            said.append(f"{line}: a {level} whose name is made at run time")
        if level in FAILED and (lacking := {"code", "next"} - keys):
            said.append(f"{line}: {name} lacks {' and '.join(sorted(lacking))}")
    return said


EVERY = sorted(ROOT.rglob("*.py"))
SAYING = re.compile(rf"\blog\.({'|'.join(sorted(LEVELS))})\(")


@pytest.mark.parametrize("path", [path for path in EVERY if SAYING.search(path.read_text("utf-8"))], ids=lambda path: str(path.relative_to(ROOT)))
def test_what_failed_says_its_code_and_the_next_command(path: Path):
    assert problems(path.read_text("utf-8")) == []


def test_the_rule_sees_the_gateway_and_its_breach():
    assert sum(len(calls(path.read_text("utf-8"))) for path in EVERY) >= 50
    assert problems('log.warning("a.b", code="X")') == ["1: a.b lacks next"]
    assert problems('log.error(f"a.{b}", code="X", next="y")') == ["1: a error whose name is made at run time"]
    assert problems('log.info("It went well")') == ["1: 'It went well' is no stable name (room.what_happened)"]
