"""``edigw init`` and ``edigw check``: a new instance, and everything wrong with one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from edigw.errors import ConfigError, Problem


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def init(folder: Path) -> None:
    """Make a new instance in DIR, which must be empty or not there yet.

    Exit status 0: made; 2: DIR holds something already, or cannot be written.
    """
    from edigw import newinstance

    try:
        made = newinstance.make(folder)
    except newinstance.NotEmpty as error:
        _say(f"edigw init: {error}")
        sys.exit(2)
    except OSError as error:
        _say(f"edigw init: {error.filename}: {error.strerror}")
        sys.exit(2)
    _say(f"instance {folder} made: " + ", ".join(made.written))
    if not made.host_key:
        _say("no SFTP host key made: asyncssh is not installed (pip install 'edigw[sftpd]'); sftpd: is commented out")
    _say("next:")
    _say(f"  1. {folder}/edigw.yaml: your identities under gateway:, your back office under endpoints:")
    _say(f"     its signing secret is in {folder}/keys/erp; give it to the back office")
    _say(f"  2. {folder}/partners/NAME/partner.yaml: one folder for each partner; see {folder}/partners/README.md")
    _say(f"  3. edigw check {folder}")
    _say(f"  4. edigw --instance {folder} run")


@click.command("check")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="print the problems as JSON on stdout")
@click.option("--connect", is_flag=True, help="log in to partners' SFTP servers too, and say what they show; nothing is changed there")
@click.pass_context
def check(context: click.Context, folder: Path | None, as_json: bool, connect: bool) -> None:
    """Show every configuration problem of the instance in DIR at once, and its samples' mismatches.

    Without DIR and outside an instance the base maps and dictionaries of the package are
    checked. With --connect each server of channels: is tried once: its host key, our login,
    our folders there. Exit status 0: no problem; 1: problems; 2: nothing there to check.
    """
    from edigw import checkup
    from edigw.settings import FILE

    chosen = folder or _instance(context)
    try:
        if chosen is None:
            subject, report = "the maps and dictionaries of the package (no instance here)", checkup.package()
        else:
            subject, report = f"the instance {chosen}", checkup.instance(chosen)
    except ConfigError as error:
        _print(error.problems, (), as_json, chosen)
        sys.exit(2)
    problems, notes = report.problems, report.notes
    if connect:
        wrong, well = _connect(chosen)
        problems, notes = (*problems, *wrong), (*notes, *well)
    _print(problems, notes, as_json, chosen)
    if chosen is not None and not (chosen / FILE).exists():
        sys.exit(2)
    total = len(problems)
    _say(f"checked {subject}, {report.counted}: {f'{total} problem' + ('s' if total != 1 else '') if total else 'no problem'}")
    sys.exit(1 if problems else 0)


def _connect(folder: Path | None) -> tuple[list[Problem], list[Problem]]:
    """What partners' servers say: what is wrong, and what is well. Nothing is tried while edigw.yaml has mistakes."""
    from edigw import connecting, settings

    if folder is None:
        return [], []
    try:
        read = settings.load((folder / settings.FILE).read_bytes())
    except (ConfigError, OSError):
        _say("no server was tried, for edigw.yaml cannot be used as it is")
        return [], []
    return connecting.servers(read, folder)


def _instance(context: click.Context) -> Path | None:
    """The instance of ``--instance`` or EDIGW_INSTANCE; else the current folder if it is one."""
    from edigw.settings import FILE

    named = context.find_root().params.get("instance") or os.environ.get("EDIGW_INSTANCE")
    if named:
        return Path(str(named))
    return Path() if Path(FILE).exists() else None


def _print(problems: tuple[Problem, ...], notes: tuple[Problem, ...], as_json: bool, folder: Path | None) -> None:
    from edigw.visible import visible

    if as_json:
        rows = [_row(kind, problem) for kind, some in (("problem", problems), ("note", notes)) for problem in some]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    start = "" if folder is None or folder == Path() else f"{folder}/"
    for problem in problems:
        _say(start + visible(str(problem)))
    for note in notes:
        _say(f"{start}{visible(str(note))} [note]")


def _row(kind: str, problem: Problem) -> dict[str, str | int]:
    file, line, column = problem.place.rsplit(":", 2)
    numbers = {"line": int(line), "column": int(column)}
    return {"kind": kind, "file": file, **numbers, "code": problem.code, "text": problem.text, "advice": problem.advice}


def _say(text: str) -> None:
    click.echo(text, err=True)
