"""``list``, ``find`` and ``tail``: questions to the ledger."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edigw.cli import opening
from edigw.cli.inputs import put, say
from edigw.cli.opening import FINE, NOT_FINE, fail, instance_option, json_option, put_json, put_table
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.ledger import Event, Ledger, Row
    from edigw.states import Kind, State

KINDS = ("file", "interchange", "message", "delivery")
LOOK_EVERY = 0.5  # seconds between looks of ``tail --follow``
PAGE = 1_000  # events read at once
OVERLAP = 200  # events read again when following: two writers of a PostgreSQL may commit in another order than they numbered
FARTHEST = 200_000  # events that ``tail`` looks back through for those that its filters let pass

partner_option = click.option("--partner", metavar="P", default="", help="only of this partner")


@click.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="only of this kind; without it messages, with --state whatever can be in it")
@partner_option
@click.option("--state", metavar="S", default="", help="only in this state: held, given_up, ...")
@click.option("--since", metavar="WHEN", callback=opening.since, help="made since then: 2h, 3d, or 2026-11-20 (UTC)")
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="at most so many of each kind")
@instance_option
@json_option
@click.pass_context
def list_(
    context: click.Context,
    kind: str | None,
    partner: str,
    state: str,
    since: datetime | None,
    limit: int,
    instance: Path | None,
    as_json: bool,
) -> None:
    """List messages, or another kind, the newest first. With --state: every kind of thing that can be in it.

    Columns at a terminal have headings; elsewhere they are separated by tabs. --json prints
    one array. When nothing is in the state, that is said on stderr.

    Exit status 0; 2: there is no such state.
    """
    from edigw.states import Kind

    filters: dict[str, Any] = {"partner": partner} if partner else {}
    wanted: dict[Kind, dict[str, Any]] = {Kind(kind or "message"): filters}
    if state:
        states = _states([Kind(kind)] if kind else [Kind(each) for each in KINDS], state)
        wanted = {of: filters | {"state": some} for of, some in states.items()}
    with opening.opened(context, instance, asks=True) as open_:
        found = [open_.ledger.rows(of, limit=limit, newest=True, since=since, **by) for of, by in wanted.items()]
        _put_rows([row for rows in found for row in rows], as_json)
    if state and not any(found):
        narrowed = " that was asked for" if partner or since else ""
        say(f"no {' or '.join(of.value for of in wanted)}{narrowed} is {state.replace('-', '_')}")
    for of, rows in zip(wanted, found, strict=True):
        if len(rows) == limit:
            say(f"the newest {limit}{'' if len(wanted) == 1 else f' of kind {of.value}'}; there may be more (--limit)")


def _states(kinds: Sequence[Kind], word: str) -> dict[Kind, list[State]]:
    """The states that are written *word*, in and out, by the kind that has them. Leaves with 2 when none has."""
    from edigw.states import machine

    every = {kind: [*dict.fromkeys(state for direction in ("in", "out") for state in machine(kind, direction))] for kind in kinds}
    found = {kind: some for kind in kinds if (some := [state for state in every[kind] if state.value == word.replace("-", "_")])}
    if not found:
        values = dict.fromkeys(state.value for kind in kinds for state in every[kind])
        fail(f"{f'no {kinds[0].value}' if len(kinds) == 1 else 'nothing'} is ever {word}; there are {', '.join(values)}")
    return found


def _put_rows(rows: Sequence[Row], as_json: bool) -> None:
    from edigw.cli import shown

    if as_json:
        put_json([shown.facts(row) for row in rows])
        return
    for kind in KINDS:
        if some := [row for row in rows if row.of.value == kind]:
            put_table(shown.COLUMNS[kind], [shown.columns(row) for row in some])


@click.command("find")
@click.argument("text")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="at most so many of each kind")
@instance_option
@json_option
@click.pass_context
def find(context: click.Context, text: str, limit: int, instance: Path | None, as_json: bool) -> None:
    """Find what has TEXT as its document's number, control number or file name; PO-47* finds what begins so.

    What is in an interchange that is held was not read yet; where nothing is found it is said how many there are.

    Exit status 0: found; 1: nothing.
    """
    from edigw.states import InterchangeIn, Kind

    with opening.opened(context, instance, asks=True) as open_:
        rows = open_.ledger.find(text, limit=limit)
        _put_rows(rows, as_json)
        unread = open_.ledger.count(Kind.INTERCHANGE, state=InterchangeIn.HELD) if not rows else 0
    if not rows:
        say(f"nothing is known by {text}" + ("" if text.endswith("*") else f"; what begins so: edigw find '{text}*'"))
        if unread:
            are = "1 interchange is" if unread == 1 else f"{unread} interchanges are"
            say(f"{are} held and not read yet, and it may be in there; next: edigw list --kind interchange --state held")
        sys.exit(NOT_FINE)


@click.command("tail")
@click.option("-n", "count", type=click.IntRange(0, 100_000), default=20, show_default=True, help="so many of the last ones")
@click.option("--follow", "-f", is_flag=True, help="and the next ones, until Ctrl-C")
@partner_option
@click.option("--kind", type=click.Choice((*KINDS, "gateway")), help="only of this kind")
@click.option("--state", metavar="S", default="", help="only those that led to this state")
@instance_option
@click.option("--json", "as_json", is_flag=True, help="one JSON object a line")
@click.pass_context
def tail(
    context: click.Context, count: int, follow: bool, partner: str, kind: str | None, state: str, instance: Path | None, as_json: bool
) -> None:
    """Print the last events of the ledger, the newest at the end: when, what, where it went, why, by whom.

    Exit status 0.
    """
    from edigw.cli import shown

    def show(event: Event) -> None:
        if as_json:
            put_json(shown.event_facts(event))
        else:
            put("\t".join(visible(value) for value in shown.event_columns(event)).rstrip("\t"))

    with opening.opened(context, instance, asks=True) as open_, suppress(KeyboardInterrupt):
        wanted = Wanted(open_.ledger, partner, kind or "", state.replace("-", "_"))
        end = open_.ledger.last_event()
        for event in last_events(open_.ledger, wanted, count, end):
            show(event)
        sys.stdout.flush()
        if follow:
            for event in next_events(open_.ledger, wanted, end):
                show(event)
                sys.stdout.flush()
    sys.exit(FINE)


class Wanted:
    """The filters of ``tail``. An event's partner is that of its row."""

    def __init__(self, ledger: Ledger, partner: str = "", kind: str = "", state: str = "") -> None:
        self._ledger = ledger
        self._partner = partner
        self._kind = kind
        self._state = state

    def of(self, events: Sequence[Event]) -> list[Event]:
        """Those of *events* that pass."""
        found = [one for one in events if self._kind in ("", one.kind) and self._state in ("", one.state)]
        return [one for one in found if (one.kind, one.row) in self._theirs(found)] if self._partner else found

    def _theirs(self, events: Sequence[Event]) -> set[tuple[str, int]]:
        from edigw.states import Kind

        theirs: set[tuple[str, int]] = set()
        for kind in KINDS:
            numbers = {one.row for one in events if one.kind == kind}
            if numbers:
                rows = self._ledger.rows(Kind(kind), id=numbers, partner=self._partner, limit=len(numbers))
                theirs |= {(kind, row.id) for row in rows}
        return theirs


def last_events(ledger: Ledger, wanted: Wanted, count: int, end: int) -> list[Event]:
    """The last *count* events up to *end* that are *wanted*, in order. Looks back through FARTHEST at most."""
    found: list[Event] = []
    last = end
    while count and len(found) < count and last > max(0, end - FARTHEST):
        start = max(0, last - PAGE)
        page = [event for event in ledger.events(after=start, limit=PAGE) if event.id <= last]
        found = wanted.of(page) + found
        last = start
    return found[-count:] if count else []


def next_events(ledger: Ledger, wanted: Wanted, end: int) -> Iterator[Event]:
    """Events behind *end* that are *wanted*, as they come; for ever."""
    seen = {event.id for event in ledger.events(after=max(0, end - OVERLAP), limit=PAGE) if event.id <= end}
    version = -1
    while True:
        if (now := ledger.watch()) != version:
            version = now
            while fresh := [event for event in ledger.events(after=max(0, end - OVERLAP), limit=PAGE) if event.id not in seen]:
                seen |= {event.id for event in fresh}
                end = max(end, fresh[-1].id)
                yield from wanted.of(fresh)
            seen = {number for number in seen if number > end - 2 * OVERLAP}
        time.sleep(LOOK_EVERY)
