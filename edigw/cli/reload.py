"""``edigw reload``: the running gateway reads its configuration again, and says what came of it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edigw.cli import opening
from edigw.cli.inputs import put, say
from edigw.cli.opening import FINE, NOT_FINE, instance_option


@click.command("reload")
@instance_option
@click.pass_context
def reload(context: click.Context, instance: Path | None) -> None:
    """Have the running gateway, all its nodes on this machine, read its configuration again, as SIGHUP does, and wait until it is in force.

    With a mistake anywhere the gateway keeps the configuration it has; each is said on
    stderr. `database`, `archive`, `sftpd` and `log` are read at the start only.

    Exit status 0: what is in the folder is in force; 1: it has a mistake, the old one stays;
    2: no gateway answers.
    """
    from edigw import control

    folder = opening.find(context, instance)
    answers = {node: one for node, one in control.poke_each(folder, "reload").items() if not one.get("error")}
    if not answers:
        opening.fail(f"no gateway answers in {folder}; it reads its configuration when it starts", advice=f"edigw --instance {folder} run")
    worst = FINE
    for node, answer in answers.items():
        problems, whose = answer.get("problems"), f"{node}: " if node else ""
        if isinstance(problems, list) and problems:
            for problem in problems:
                say(f"{whose}{problem}")
            say(f"{whose}the configuration {str(answer.get('generation'))[:12]} stays in force; next: edigw check {folder}")
            worst = NOT_FINE
        else:
            put(f"{whose}the configuration {str(answer.get('generation'))[:12]} is in force")
    sys.exit(worst)
