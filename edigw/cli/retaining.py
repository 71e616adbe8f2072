"""``retain`` and ``preserve``: what is removed when its time is over, and what is not to be."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edigw.cli import opening
from edigw.cli.inputs import put, say
from edigw.cli.opening import FINE, NOT_FINE, Opened, fail, instance_option, json_option, moment, put_json, put_table
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.states import Kind


@click.command("retain")
@click.option("--dry-run", is_flag=True, help="say what would be removed, and change nothing")
@instance_option
@json_option
@click.pass_context
def retain(context: click.Context, dry_run: bool, instance: Path | None, as_json: bool) -> None:
    """Seal the days that are over, and remove what retention: in edigw.yaml says has been kept long enough.

    Bodies of payloads go, and the events of whole sealed days; rows, hashes, seals and control numbers stay, and edigw verify
    goes on to hold. What is not at an end, and what edigw preserve names, is kept. May run while the daemon does, once a day.

    Exit status 0: done; 1: a chain does not hold, so it was not sealed and nothing of it removed; 2: it could not be done.
    """
    from datetime import UTC, datetime

    from edigw.archive import Archive
    from edigw.audit import retaining

    with opening.opened(context, instance, strict=True) as open_:
        periods = open_.settings.retention
        archive = Archive(open_.folder / open_.settings.archive)
        now = datetime.now(UTC)
        done = retaining.retain(open_.ledger, archive, now, payloads=periods.payloads, events=periods.events, dry_run=dry_run)
    for one in done.damaged:
        say(f"{one.code} {one.where}: {one.text}; next: {one.advice}")
    names = ("sealed", "payloads", "bytes", "files", "stretches", "events")
    if as_json:
        put_json({name: getattr(done, name) for name in names} | {"dry_run": dry_run, "damaged": len(done.damaged)})
    else:
        would = "would be " if dry_run else ""
        put(f"{done.sealed} stretches of events {would}sealed")
        kept = "kept for ever: retention has no payloads" if periods.payloads is None else f"those older than {periods.payloads.days} days"
        put(f"{done.payloads} payloads ({done.bytes} bytes) {would}removed; {kept}")
        kept = "kept for ever: retention has no events" if periods.events is None else f"those older than {periods.events.days} days"
        put(f"{done.events} events of {done.stretches} stretches {would}removed; {kept}")
        if done.files:
            put(f"{done.files} files of the archive removed")
    sys.exit(NOT_FINE if done.damaged else FINE)


@click.command("preserve")
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--partner", metavar="P", default="", help="everything of this partner")
@click.option("--lift", is_flag=True, help="let go of what is preserved")
@click.option("--reason", metavar="TEXT", default="", help="why; recorded with your name")
@instance_option
@json_option
@click.pass_context
def preserve(
    context: click.Context, names: tuple[str, ...], partner: str, lift: bool, reason: str, instance: Path | None, as_json: bool
) -> None:
    """Put a legal hold on M31, I7, F12, D5 or on all of a partner: retain removes nothing of it until it is lifted.

    A row takes along the whole file it came in, with everything that came of that. Without an id and --partner: what is
    preserved, since when, by whom and why. A person's hold of a message (edigw hold) is another thing.

    Exit status 0: done, or listed; 1: there is no such row, or nothing to lift; 2: misused.
    """
    if not names and not partner:
        _list(context, instance, as_json)
        sys.exit(FINE)
    if not reason.strip():
        fail("a legal hold needs its reason", advice="the same with --reason TEXT")
    wanted: list[tuple[str, Kind | None, int]] = [("", kind, number) for kind, number in opening.ids(names)]
    if partner:
        wanted.append((partner, None, 0))
    status = FINE
    with opening.opened(context, instance) as open_:
        for name, kind, number in wanted:
            done = (_lift if lift else _place)(open_, name, kind, number, reason.strip())
            status = max(status, FINE if done else NOT_FINE)
    sys.exit(status)


def _list(context: click.Context, instance: Path | None, as_json: bool) -> None:
    from edigw.ledger import retention

    with opening.opened(context, instance, asks=True) as open_, open_.ledger.snapshot() as connection:
        found = retention.holds(connection)
    rows: list[dict[str, Any]] = [
        {"on": one.on, "since": moment(one.placed_at), "person": one.person, "reason": one.reason} for one in found
    ]
    if as_json:
        for row in rows:
            put_json(row)
        return
    put_table(("on", "since", "person", "reason"), [list(row.values()) for row in rows])
    if not rows:
        say("nothing is preserved")


def _place(open_: Opened, partner: str, kind: Kind | None, number: int, reason: str) -> bool:
    from edigw.ledger import retention
    from edigw.states import show_id

    label = partner or (show_id(kind, number) if kind else "")
    if kind is not None and open_.ledger.get(kind, number) is None:
        say(f"{label} is not in the ledger; next: edigw find, edigw list")
        return False
    open_.ledger.run(lambda tx: retention.place(tx, open_.person, reason, partner=partner, kind=kind, row=number), name="person preserves")
    put(visible(f"{label} is preserved"))
    return True


def _lift(open_: Opened, partner: str, kind: Kind | None, number: int, reason: str) -> bool:
    from edigw.ledger import retention
    from edigw.states import show_id

    label = partner or (show_id(kind, number) if kind else "")
    with open_.ledger.snapshot() as connection:
        found = [one for one in retention.holds(connection) if one.on == label and bool(one.partner) == bool(partner)]
    lift = [partial(retention.lift, hold=one, person=open_.person, reason=reason) for one in found]
    lifted = [open_.ledger.run(step, name="person lifts") for step in lift]
    if not any(lifted):
        say(f"{label} is not preserved; next: edigw preserve")
        return False
    put(visible(f"{label} is not preserved any more"))
    return True
