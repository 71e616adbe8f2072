"""``verify``, ``reconcile`` and ``export``: what an auditor asks."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

from edigw.cli import opening
from edigw.cli.inputs import put, put_bytes, say
from edigw.cli.opening import FINE, NOT_FINE, instance_option, json_option, put_json
from edigw.visible import visible


@click.command("verify")
@instance_option
@json_option
@click.pass_context
def verify(context: click.Context, instance: Path | None, as_json: bool) -> None:
    """Look at every event, payload, span, control number and state, and name what is not as it was written.

    Reads only, and may run while the daemon does. One line for each damage: code, row, what, and the next command. What is
    harmless (a file that a kill left in the archive) is told on stderr.

    Exit status 0: whole; 1: something is damaged; 2: there is no instance, or its ledger cannot be reached.
    """
    from edigw.archive import Archive
    from edigw.ledger.verify import verify as look

    counts: Counter[str] = Counter()
    damaged = 0
    with opening.opened(context, instance, asks=True) as open_:
        for one in look(open_.ledger, Archive(open_.folder / open_.settings.archive), counts):
            damaged += not one.harmless
            if as_json:
                put_json({"code": one.code, "where": one.where, "text": one.text, "next": one.advice, "harmless": one.harmless})
            elif one.harmless:
                say(f"{one.code} {one.where}: {one.text}; next: {one.advice}")
            else:
                put(visible(f"{one.code} {one.where}: {one.text}; next: {one.advice}"))
    looked = f"{counts['events']} events, {counts['bodies'] + counts['archived']} payloads ({counts['archived']} of the archive)"
    removed = f", {counts['removed']} payloads removed by retention" if counts["removed"] else ""
    found = "all whole" if not damaged else "1 damage" if damaged == 1 else f"{damaged} damages"
    say(f"{looked}, {counts['numbers']} control numbers{removed}: {found}")
    sys.exit(NOT_FINE if damaged else FINE)


@click.command("reconcile")
@click.option("--day", metavar="D", default="yesterday", show_default=True, help="2026-11-20, today or yesterday: when the files came")
@click.option("--zone", metavar="Z", default="UTC", show_default=True, help="whose day it is: a zone's name, such as America/Chicago")
@click.option("--partner", metavar="P", default="", help="only of this partner")
@instance_option
@json_option
@click.pass_context
def reconcile(context: click.Context, day: str, zone: str, partner: str, instance: Path | None, as_json: bool) -> None:
    """Show that what came in on a day is accounted for: bytes and messages, partner by partner.

    Bytes in = interchanges + remainders. Messages in, counted anew from the bytes, = delivered + rejected + duplicate + held +
    closed, acknowledgements beside them; what is still under way is told apart.

    Exit status 0: nothing is unexplained; 1: something is, and where; 2: misused, or the ledger cannot be reached.
    """
    from datetime import UTC, date, datetime, timedelta
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from edigw.audit import conservation

    try:
        where = UTC if zone == "UTC" else ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        opening.fail(f"there is no zone {zone}", advice="name one as the zone database does: Europe/Berlin, America/Chicago")
    today = datetime.now(where).date()
    try:
        wanted = {"today": today, "yesterday": today - timedelta(days=1)}.get(day) or date.fromisoformat(day)
    except ValueError:
        opening.fail(f"{day!r} is no day", advice="--day 2026-11-20, --day today or --day yesterday")
    with opening.opened(context, instance, asks=True) as open_:
        accounts = conservation.reconcile(open_.ledger, wanted, where, partner=partner)
    for one in accounts:
        unexplained = {"bytes": one.unexplained_bytes, "messages": one.unexplained_messages}
        if as_json:
            facts = {"partner": one.partner, "day": wanted.isoformat(), "zone": zone, "files": one.files, "removed": one.unknown}
            facts |= {"bytes": {"in": one.bytes_in, **{word: one.bytes[word] for word in conservation.BYTES}}}
            facts |= {"messages": {"in": one.messages_in, **{word: one.messages[word] for word in conservation.MESSAGES}}}
            put_json(facts | {"unexplained": unexplained, "gaps": [{"row": row, "text": text} for row, text in one.gaps]})
            continue
        for name, total, words, found in (
            ("bytes", one.bytes_in, conservation.BYTES, one.bytes),
            ("messages", one.messages_in, conservation.MESSAGES, one.messages),
        ):
            shown = " + ".join(f"{found[word]} {word.replace('_', ' ')}" for word in words if found[word]) or "0"
            put(visible(f"{one.partner}: {total} {name} in = {shown}; unexplained {unexplained[name]}"))
        if one.unknown:
            say(f"{one.partner}: the bytes of {one.unknown} of {one.files} files are gone; their messages are those of the ledger")
    for one in accounts:
        for row, text in one.gaps:
            say(f"EDIGW-RECONCILE-E001 {row}: {text}; next: edigw show {row}, then edigw verify")
    if not accounts:
        say(f"nothing came on {wanted} ({zone})" + (f" from {partner}" if partner else ""))
    sys.exit(FINE if all(one.whole for one in accounts) else NOT_FINE)


@click.command("export")
@click.argument("name", metavar="ID")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="write it there, and nothing over what is there")
@instance_option
@click.pass_context
def export(context: click.Context, name: str, out: Path | None, instance: Path | None) -> None:
    """Write the whole life of M31 (or I7, F12, D5) as a tar archive: bytes, answers, document, events with their chain, configuration.

    INDEX.txt in it is for people; sha256sum -c SHA256SUMS checks every file, and every event against the ledger's chain. The same
    ledger gives the same bytes. Without --out it goes to stdout.

    Exit status 0: whole; 1: there is no such row, or something in it is not as it was written; 2: it could not be written,
    and then nothing of it is left.
    """
    from edigw.audit import bundle

    if out is None and sys.stdout.isatty():
        opening.fail("an archive is nothing for a terminal", advice=f"edigw export {name} --out {name}.tar")
    ((kind, number),) = opening.ids([name])
    with opening.opened(context, instance, asks=True) as open_:
        made = bundle.bundle(open_.ledger, kind, number)
    if made is None:
        opening.fail(f"{name} is not in the ledger", advice="edigw find, edigw list", status=NOT_FINE)
    if out is None:
        put_bytes(made.tar())
    else:
        try:
            bundle.write(made, out)
        except bundle.NotWritten as trouble:
            opening.fail_on(trouble)
        say(f"{out}: {len(made.files)} files; tar -xf {out} && cd {made.label} && sha256sum -c SHA256SUMS")
    for note in made.notes:
        say(f"{made.label}: {note}" + ("; next: edigw verify" if made.damaged else ""))
    sys.exit(NOT_FINE if made.damaged else FINE)
