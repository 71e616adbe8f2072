"""``release``, ``replay``, ``retry``, ``hold``, ``close``: what a person does to the ledger.

Each id is an action of its own, so that one that does not fit never stops the others; the
exit status is the worst of all. The daemon is told of a changed configuration first, for what
is released is taken up at once; then the ledger is written, and the daemon woken, which only
saves it a second.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from edigw.cli import opening
from edigw.cli.inputs import put, say
from edigw.cli.opening import FINE, NOT_FINE, Opened, fail, instance_option
from edigw.errors import Superseded
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.operate import Done, Order
    from edigw.states import Kind

_ids = click.argument("names", metavar="ID...", nargs=-1, required=True)
_ids_or_where = click.argument("names", metavar="[ID]...", nargs=-1)
_BY_WHERE = (
    click.option("--where", metavar="EXPR", default="", help="instead of ids: all that EXPR means"),
    click.option("--dry-run", "dry", is_flag=True, help="with --where: say what would be done, and do nothing"),
    click.option("--limit", type=click.IntRange(1, 1_000_000), default=5_000, show_default=True, help="with --where: at most so many"),
)
_EXPR = """EXPR behind --where is terms joined by "and": state=given_up and to=erp and why~503. Words: kind,
    id, state, code, partner, channel, sender, receiver, to, type, what, document, number, control,
    name, map, file, interchange, message, why; with = or != (a,b is either, a* begins so) or ~
    (contains). made and due take < or > and a time, age < or > and 90s, 15m, 2h, 3d. It is done in
    batches; whatever cuts it off, the same command carries on."""
_reason = click.option("--reason", metavar="TEXT", required=True, help="why; recorded with your name")


def _by_where(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that is done to many; where its docstring says {EXPR}, what they take is told."""
    command.__doc__ = (command.__doc__ or "").replace("{EXPR}", _EXPR)
    for option in reversed(_BY_WHERE):
        command = option(command)
    return command


@click.command("release")
@_ids_or_where
@_by_where
@_reason
@instance_option
@click.pass_context
def release(context: click.Context, names: tuple[str, ...], where: str, dry: bool, limit: int, reason: str, instance: Path | None) -> None:
    """Let held interchanges, held messages and quarantined files go on: I7, M31, F12.

    They are judged by the configuration as it is now. An interchange takes along those that
    were held as repeats of its bytes. An answer that was given stands.

    {EXPR}

    Exit status 0: released; 1: one was not held, and the state it is in instead.
    """
    if _many(names, where, dry=dry):
        _bulk(context, instance, "release", where, reason, dry=dry, limit=limit)
    from edigw import operate

    def one(open_: Opened, kind: Kind, number: int, by: Order) -> list[Done]:
        return operate.release(open_.ledger, kind, number, by)

    _act(context, instance, names, reason, one)


@click.command("replay")
@_ids_or_where
@_by_where
@_reason
@click.option("--yes", is_flag=True, help="deliver what was delivered a second time, without being asked")
@instance_option
@click.pass_context
def replay(
    context: click.Context, names: tuple[str, ...], where: str, dry: bool, limit: int, reason: str, yes: bool, instance: Path | None
) -> None:
    """Do it once more: M31 (held or delivered), I7 (or its held messages), F12 (quarantined).

    What is held goes on as with release. A delivered message becomes a new one, judged by the
    configuration as it is now and delivered under a new id that names the old one: the back
    office gets its document twice, so this asks first.

    {EXPR}

    Exit status 0: replayed; 1: one cannot be, and why.
    """
    if _many(names, where, dry=dry):
        _bulk(context, instance, "replay", where, reason, dry=dry, limit=limit, yes=yes)
    from edigw import operate
    from edigw.states import MessageIn

    def one(open_: Opened, kind: Kind, number: int, by: Order) -> list[Done]:
        row = open_.ledger.get(kind, number)
        again = row is not None and row.state is MessageIn.DELIVERED
        if again and row is not None and not yes:
            _ask(f"{row.label} ({visible(operate.named(row))}) was delivered; deliver its document a second time, under a new id?")
        return operate.replay(open_.ledger, kind, number, by, again=again)

    _act(context, instance, names, reason, one)


@click.command("retry")
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="whatever was given up or waits before its next try")
@_by_where
@click.option("--to", "lane", metavar="NAME", default="", help="with --all: only to this endpoint or channel")
@click.option("--partner", metavar="P", default="", help="with --all: only of this partner")
@click.option("--reason", metavar="TEXT", default="", help="why; recorded with your name")
@instance_option
@click.pass_context
def retry(
    context: click.Context,
    names: tuple[str, ...],
    everything: bool,
    where: str,
    dry: bool,
    limit: int,
    lane: str,
    partner: str,
    reason: str,
    instance: Path | None,
) -> None:
    """Make deliveries due now, with their ids and bytes: D5, or those of M31 or I7, or --all.

    For what was given up, is uncertain, or waits before its next try. --all leaves uncertain
    ones alone: ask the partner, then name them.

    {EXPR}

    Exit status 0: due, or with --all nothing to do; 1: one was not to be retried, and why.
    """
    from edigw import operate

    if not everything and (names or where or dry) and _many(names, where, dry=dry):
        _bulk(context, instance, "retry", where, reason, dry=dry, limit=limit)
    if bool(names) == everything or where:
        fail("name deliveries, say which with --where, or say --all", advice="edigw list --kind delivery --state given_up")
    if names:

        def one(open_: Opened, kind: Kind, number: int, by: Order) -> list[Done]:
            return operate.retry(open_.ledger, kind, number, by)

        _act(context, instance, names, reason, one)
    with opening.opened(context, instance) as open_:
        opening.reload(open_)
        done = operate.retry_all(open_.ledger, operate.Order(open_.person, reason), lane=lane, partner=partner)
        for each in done:
            put(visible(f"{each.label} {each.text}"))
        due = "1 delivery is" if len(done) == 1 else f"{len(done)} deliveries are"
        say(f"{due} due now" + ("; there may be more, say it again" if len(done) >= operate.MOST_AT_ONCE else ""))
        if done:
            opening.wake(open_)
    sys.exit(FINE)


@click.command("done")
@_ids_or_where
@_by_where
@_reason
@instance_option
@click.pass_context
def done(context: click.Context, names: tuple[str, ...], where: str, dry: bool, limit: int, reason: str, instance: Path | None) -> None:
    """Say that uncertain deliveries got through, for you have asked the receiver: D5.

    It is recorded with your name, nothing is sent again. If it never came: edigw retry.
    With --where say state=uncertain, too.

    {EXPR}

    Exit status 0: done; 1: one is not uncertain, and the state it is in instead.
    """
    if _many(names, where, dry=dry):
        _bulk(context, instance, "done", where, reason, dry=dry, limit=limit)
    from edigw import operate
    from edigw.operate import outcomes
    from edigw.states import Kind, show_id

    def one(open_: Opened, kind: Kind, number: int, by: Order) -> list[Done]:
        if kind is not Kind.DELIVERY:
            raise operate.NotDone(show_id(kind, number), "is no delivery", "edigw list --kind delivery --state uncertain")
        return outcomes.done(open_.ledger, number, by)

    _act(context, instance, names, reason, one)


@click.command("hold")
@_ids
@_reason
@instance_option
@click.pass_context
def hold(context: click.Context, names: tuple[str, ...], reason: str, instance: Path | None) -> None:
    """Keep messages from being delivered, interchanges and files from being judged: M31, I7, F12; release lets them go on.

    A message can be held while its delivery is due, not when it is under way; a file while it is archived and nobody works on it.

    Exit status 0: held; 1: one cannot be, and the state it is in.
    """
    from edigw import operate

    def one(open_: Opened, kind: Kind, number: int, by: Order) -> list[Done]:
        return operate.hold(open_.ledger, kind, number, by)

    _act(context, instance, names, reason, one)


@click.command("close")
@_ids_or_where
@_by_where
@_reason
@instance_option
@click.pass_context
def close(context: click.Context, names: tuple[str, ...], where: str, dry: bool, limit: int, reason: str, instance: Path | None) -> None:
    """Give up what is held, quarantined, given up or uncertain: M31, I7, F12, D5. Their bytes are kept.

    {EXPR}

    Exit status 0: closed; 1: one is in a state that nobody need give up.
    """
    if _many(names, where, dry=dry):
        _bulk(context, instance, "close", where, reason, dry=dry, limit=limit)
    from edigw import operate

    def one(open_: Opened, kind: Kind, number: int, by: Order) -> list[Done]:
        return operate.close(open_.ledger, kind, number, by)

    _act(context, instance, names, reason, one)


def _act(
    context: click.Context,
    instance: Path | None,
    names: tuple[str, ...],
    reason: str,
    one: Callable[[Opened, Kind, int, Order], list[Done]],
) -> None:
    """Do *one* to each row that *names* name, wake the daemon, and leave with the worst status."""
    from edigw import operate
    from edigw.states import show_id

    rows = opening.ids(names)
    status, acted = FINE, dict[str, None]()
    with opening.opened(context, instance) as open_:
        by = operate.Order(open_.person, reason.strip())
        opening.reload(open_)
        for kind, number in rows:
            if show_id(kind, number) in acted:
                continue  # it went along with one before
            try:
                done = one(open_, kind, number, by)
            except operate.NotDone as trouble:
                status = NOT_FINE
                say(str(trouble) + (f"; next: {trouble.advice}" if trouble.advice else ""))
                continue
            except Superseded as trouble:
                status = NOT_FINE
                say(f"{show_id(kind, number)} was moved by another meanwhile: {trouble}; next: edigw show {show_id(kind, number)}")
                continue
            for each in done:
                acted[each.label] = None
                put(visible(f"{each.label} {each.text}"))
        if acted:
            sys.stdout.flush()
            opening.wake(open_)
    sys.exit(status)


def _many(names: tuple[str, ...], where: str, *, dry: bool) -> bool:
    """Whether rows are named by --where. Leaves with 2 where both or neither name some."""
    if names and (where or dry):
        fail("ids and --where name the same thing twice; a dry run is for --where")
    if dry and not where:
        fail("--dry-run belongs to --where")
    if not where and not names:
        fail("name some, or say which with --where EXPR", advice="edigw cases has the expressions for what stands still")
    return bool(where)


def _bulk(
    context: click.Context, instance: Path | None, verb: str, text: str, reason: str, *, dry: bool, limit: int, yes: bool = False
) -> NoReturn:
    """Do *verb* to all that *text* means, batch by batch, and leave with the worst status."""
    from datetime import UTC, datetime

    from edigw import where
    from edigw.operate import Order, bulk
    from edigw.states import MessageIn

    status = FINE
    with opening.opened(context, instance) as open_:
        by = Order(open_.person, reason.strip())
        wanted, now = where.parse(text), datetime.now(UTC)
        rows = bulk.meant(open_.ledger, verb, wanted, now=now, limit=limit)
        waiting = bulk.due_already(open_.ledger, wanted, now=now, limit=limit) if verb == "retry" else 0
        more, rows = len(rows) > limit, rows[:limit]
        again = sum(row.state is MessageIn.DELIVERED for row in rows)
        if again and not dry and not yes:
            _ask(f"{again} of these were delivered; deliver their documents a second time, under new ids?")
        if rows and not dry:
            opening.reload(open_)
        done = left = 0
        for batch in bulk.act(open_.ledger, verb, rows, by, dry=dry):
            for each in batch.done:
                put(visible(f"{each.label} {each.text}"))
            sys.stdout.flush()  # what is said is on disk; whoever is cut off here knows how far it came
            for label, why in batch.left:
                say(f"{label} {why}")
            done, left = done + len(batch.done), left + len(batch.left)
        status = NOT_FINE if left else FINE
        words = f"{done} would be {_PAST[verb]}" if dry else f"{done} {_PAST[verb]}"
        say(words + (f", {left} left alone" if left else "") + ("; nothing was done" if dry else ""))
        if waiting:
            say(f"{waiting} more {'is' if waiting == 1 else 'are'} due already: they go in their order as soon as the receiver answers")
        if more:
            say(f"that were the first {limit}; there are more: {'--limit' if dry else 'say it again, or give --limit'}")
        if done and not dry:
            opening.wake(open_)
    sys.exit(status)


_PAST = {"release": "released", "replay": "replayed", "retry": "made due", "close": "closed", "done": "done"}


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        fail(question.replace("?", "") + ": nobody is here to be asked", advice="the same command with --yes", status=NOT_FINE)
    if not click.confirm(question, err=True):
        fail("nothing was replayed", status=NOT_FINE)
