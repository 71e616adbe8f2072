"""Runs a page of the documentation: its blocks are files to be written and commands to be given, in order.

A fenced block whose info string has a path (```` ```yaml partners/x/partner.yaml ````) is
written to that file. In a ``console`` block a line ``$ COMMAND`` is run by the shell in the
folder the page has gone to, and the lines behind it are all that it prints, messages first;
``...`` stands for anything within a line, such as a digest.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Command:
    """One command of a page, where it stands, and what it must print."""

    line: int
    text: str
    expected: str


@dataclass(frozen=True)
class Written:
    """One file of a page."""

    line: int
    path: str
    text: str


def steps(page: str) -> Iterator[Command | Written]:
    """What a page does, in order. Other blocks are only shown."""
    for found in _FENCE.finditer(page):
        info, body = found[1].strip(), found[2]
        line = page.count("\n", 0, found.start()) + 1
        language, _, path = info.partition(" ")
        if language == "console":
            for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
                command, _, expected = part.partition("\n")
                if command:
                    yield Command(line + 1 + body[: body.index(part)].count("\n"), command.removeprefix("$ "), expected)
        elif path:
            yield Written(line, path, body)


def shown(page: str) -> list[tuple[int, str]]:
    """The blocks that nothing is done with: line and info string."""
    done = [(page.count("\n", 0, one.start()) + 1, one[1].strip()) for one in _FENCE.finditer(page)]
    return [(line, info) for line, info in done if info != "console" and " " not in info]


@dataclass
class Run:
    """A shell that goes through a page."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        beside = str(Path(sys.executable).parent)
        self.environment = {**os.environ, "PATH": beside + os.pathsep + os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}  # as on a terminal, line by line
        self.environment.pop("EDIGW_INSTANCE", None)

    def write(self, step: Written) -> None:
        target = self.folder / step.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(step.text, encoding="utf-8")

    def give(self, step: Command) -> str:
        """What the command prints: stderr and stdout as they come."""
        if step.text.startswith("cd "):
            self.folder = self.folder / step.text.removeprefix("cd ")
            return ""
        ran = subprocess.run(
            ["/bin/sh", "-c", step.text],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return ran.stdout


def agrees(expected: str, printed: str) -> bool:
    """Whether *printed* is *expected*, ``...`` standing for anything within a line."""
    pattern = "".join("[^\n]*?" if part == "..." else re.escape(part) for part in re.split(r"(\.\.\.)", expected))
    return re.fullmatch(pattern, printed) is not None
