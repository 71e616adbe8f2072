"""README.md holds: its commands and options exist, its table names every command, its links lead somewhere.

The blocks of *Ten minutes with it* are run as they stand by tests/life/test_demo.py.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from edigw.cli import COMMANDS, main

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "edigw/templates/partners/README.md"]


def blocks(text: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def called(text: str) -> list[list[str]]:
    """The words behind ``edigw`` of every command line in the blocks, here-documents and what follows a pipe left out."""
    found = []
    for block in blocks(text):
        for line in re.sub(r"<<'(\w+)'\n.*?^\1$", "", block, flags=re.MULTILINE | re.DOTALL).splitlines():
            words = shlex.split(line, comments=True)
            if words[:1] == ["edigw"]:
                found.append(words[1 : words.index("|") if "|" in words else None])
    return found


def test_the_pages_have_commands_to_check():
    assert len(called(README)) >= 20


@pytest.mark.parametrize("words", called(README), ids=" ".join)
def test_a_command_of_the_readme_is_understood(words: list[str]):
    """click reads the line as it stands: the command, its options, their values and how many arguments there are."""
    context = main.make_context("edigw", list(words), resilient_parsing=False)
    with context:
        name, command, rest = main.resolve_command(context, [*context._protected_args, *context.args])
        assert command is not None
        assert name in COMMANDS
        command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_running_text_exist(page: Path):
    """``edigw release`` in a sentence or a table: a word behind edigw in code spans is a command."""
    spans = re.findall(r"`edigw ([a-z]+)[^`]*`", page.read_text(encoding="utf-8"))
    assert [word for word in spans if word not in COMMANDS] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_set_in_blocks(page: Path):
    """A heading and a table stand apart, a table has a head, a fence is closed: else readers see one long line."""
    before, fenced, wrong = "", False, []
    lines = page.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced:
            if line.startswith("#") and before:
                wrong.append(f"{number}: {line}")
            if line.startswith("|") and not before.startswith("|") and (before or not lines[number : number + 1][0].startswith("| --")):
                wrong.append(f"{number}: {line}")
        before = line
    assert not wrong
    assert not fenced


def test_the_table_names_every_command_and_no_other():
    table = README.partition("\n## Commands\n")[2].partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [span.split()[0] for cell in first_cells for span in re.findall(r"`([^`]+)`", cell)]
    assert sorted(named) == sorted(COMMANDS)


def test_make_has_the_targets_that_are_named():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", " ".join(blocks(README)))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_command_says_what_it_does():
    context = click.Context(main)
    assert [name for name in COMMANDS if not (main.get_command(context, name) or click.Command(name)).help] == []
