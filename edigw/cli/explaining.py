"""``explain``: an EDI file for people, with the faults where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from edigw.cli import inputs
from edigw.cli.inputs import REFUSED, UNREADABLE, Input, Setting, Status, put, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edigw.judge import Terms


@click.command("explain")
@click.argument("file", metavar="FILE")
@inputs.partner_option
@inputs.strict_option
@inputs.bare_option
@click.option(
    "--max", "most", metavar="N", type=click.IntRange(min=0), help="show N segments of each message, and then only those at fault"
)
@click.pass_context
def explain(context: click.Context, file: str, partner: str | None, strict: bool, bare: bool, most: int | None) -> None:
    """Print FILE for people: each segment indented by its loop, its elements with their names
    and what their codes stand for, and each fault under its segment, with what to do.

    "!!" marks what rejects, "!" a warning, "-" a note. "--max 0" shows the segments at fault
    alone. Characters that act on a terminal are shown as \\x1b. "-" reads standard input.

    Exit status: 0 nothing is rejected; 1 something is; 2 nothing readable.
    """
    from edigw.judge import Terms

    status = Status()
    by = inputs.setting(context, partner, maps=False)
    terms = Terms(strict=strict, documents=False)
    for one in inputs.read([file], status):
        if one.data is None:
            continue
        for line in _lines(one, by, terms, status, most, bare=bare):
            put(line)
    inputs.finish(status)


def _lines(one: Input, by: Setting, terms: Terms, status: Status, most: int | None, *, bare: bool) -> Iterator[str]:
    """A file's interchanges and what belongs to none, in the order of its bytes."""
    from edigw import explain
    from edigw.faults import FaultCode
    from edigw.judge import BARE_RELEASE

    assert one.data is not None
    found = list(inputs.judged(one, by, terms, bare=bare))
    lost = list(inputs.unreadable(one, len(found), bare=bare))
    if lost or not found:
        status.at_least(REFUSED if found else UNREADABLE)
    if not found and not lost:
        say(f"{one.name}: {FaultCode.FILE_EMPTY.code} {FaultCode.FILE_EMPTY.value.text}")
    parts = [(each.span[0], each, messages) for each, messages in found] + [(span[0], span, ()) for span in lost]
    for at, (_, part, messages) in enumerate(sorted(parts, key=lambda each: each[0])):
        if at:
            yield from ("", "=" * 100, "")
        if isinstance(part, tuple):
            yield from explain.lost(one.data, *part)
            if "--bare" in part[2]:
                say(f"{one.name}: {part[2]}; next: edigw explain --bare {one.name}")
            continue
        inputs.verdicts(part, messages, status)
        inputs.shown(messages, status)
        if bare:
            yield from explain.alone(one.data, messages, release=BARE_RELEASE, most=most)
        else:
            yield from explain.interchange(one.data, part, messages, most=most)
