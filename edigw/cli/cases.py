"""``edigw cases``: failures grouped by cause, each with the command that mends all of them."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from edigw.cli import opening
from edigw.cli.inputs import put, say
from edigw.cli.opening import FINE, NOT_FINE, age, instance_option, json_option, put_json
from edigw.visible import visible


@click.command("cases")
@instance_option
@json_option
@click.pass_context
def cases(context: click.Context, instance: Path | None, as_json: bool) -> None:
    """Group what stands still, and what is tried again and again, by its cause; the largest case first.

    Each case says how many rows it has, since when, whose they are, what to mend, and the one
    command that then lets all of them go on. That command is given with --dry-run: look, then
    say it again without.

    Exit status 0: there is none; 1: there are some.
    """
    from edigw.cases import cases as ask
    from edigw.states import counted

    with opening.opened(context, instance, asks=True) as open_:
        found = ask(open_.ledger)
    now = datetime.now(UTC)
    if as_json:
        put_json(
            [
                {
                    "kind": one.kind.value, "count": one.count, "more": one.more, "code": one.code, "cause": one.cause, "since": one.since,
                    "states": one.states, "partners": sorted(one.partners), "ids": one.labels, "where": one.where,
                    "advice": one.advice, "command": one.command,
                }
                for one in found
            ]
        )  # fmt: skip
    else:
        for one in found:
            since = f" since {one.since:%Y-%m-%d %H:%M}Z ({age(one.since, now)})" if one.since else ""
            put(visible(f"{'at least ' if one.more else ''}{counted(one.kind, one.count)}, 1 cause: {one.cause}{since}"))
            states = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(one.states.items()))
            put(visible(f"  {one.code or 'no code'}; {states}; {', '.join(sorted(one.partners)) or 'no partner'}; {', '.join(one.labels)}"))
            if one.advice:
                put(visible(f"  next: {one.advice}"))
            put(visible(f"  with: {one.command}"))
    if not found:
        say("no case: nothing stands still, and nothing is tried again")
    sys.exit(NOT_FINE if found else FINE)
