"""What the commands of an instance share: finding it, opening its ledger, telling its daemon.

A command leaves with status 2 and the next step when there is no instance, its configuration
cannot be read or its database cannot be reached; so its own code begins where all that is well.
"""

from __future__ import annotations

import json
import os
import pwd
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from edigw.cli.inputs import put, say
from edigw.errors import ConfigError, EdigwError, LedgerUnavailable
from edigw.records import dataclass
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.ledger import Ledger
    from edigw.settings import Settings

FINE, NOT_FINE, MISUSED = 0, 1, 2
FILE = "edigw.yaml"

instance_option = click.option(
    "--instance",
    "instance",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="the instance to work in; also before the command's name; default: EDIGW_INSTANCE, then the current folder",
)
json_option = click.option("--json", "as_json", is_flag=True, help="JSON instead of a table")


@dataclass(frozen=True, slots=True)
class Opened:
    """An instance whose ledger is open."""

    folder: Path
    settings: Settings
    ledger: Ledger
    person: str


def fail(text: str, *, code: str = "", advice: str = "", status: int = MISUSED) -> NoReturn:
    """Say why nothing was done and what to do, and leave."""
    say(f"edigw: {code} {text}".replace("  ", " ") + (f"; next: {advice}" if advice else ""))
    sys.exit(status)


def fail_on(trouble: EdigwError) -> NoReturn:
    """Leave because of *trouble*; of a configuration every problem is said."""
    if isinstance(trouble, ConfigError):
        for problem in trouble.problems:
            say(str(problem))
        first = f", the first at {trouble.problems[0].place}" if trouble.problems else ""
        fail(f"the configuration has {_counted(len(trouble.problems), 'problem')}{first}", code=trouble.code, advice=trouble.advice)
    fail(str(trouble), code=trouble.code, advice=trouble.advice)


def find(context: click.Context, given: Path | None) -> Path:
    """The instance: *given* behind the command, before it, by EDIGW_INSTANCE, or the current folder. Leaves with 2."""
    named = given or context.find_root().params.get("instance") or os.environ.get("EDIGW_INSTANCE")
    folder = Path(str(named)) if named else Path()
    if (folder / FILE).exists():
        return folder
    if named:
        fail(f"{folder} is no instance: there is no {FILE} in it", advice=f"edigw init {folder}, or name another with --instance")
    fail(f"this folder is no instance: there is no {FILE} in it", advice="name one with --instance DIR, or make one: edigw init DIR")


@contextmanager
def opened(context: click.Context, given: Path | None, *, asks: bool = False, strict: bool = False) -> Iterator[Opened]:
    """The instance with its ledger open for this person. Leaves with 2 where that cannot be.

    A command that only *asks* needs no lock on the ledger. Unless *strict*, for a command that
    goes by more of edigw.yaml than where the ledger is, mistakes elsewhere in that file are said and passed by.
    """
    from edigw.archive import Archive
    from edigw.ledger import Ledger

    folder = find(context, given)
    name = person()
    try:
        try:
            found = _settings(folder, strict=strict)
            url = found.database_url(folder)
            _has_begun(folder, url)
            archive = Archive(folder / found.archive)
            ledger = Ledger.open(url, node=found.gateway.name, root=folder, archive=archive, person=name, asks=asks)
        except OSError as trouble:
            fail(f"{trouble.filename or folder}: {(trouble.strerror or str(trouble)).lower()}")
        with ledger:
            yield Opened(folder, found, ledger, name)
    except EdigwError as trouble:
        fail_on(trouble)


def _settings(folder: Path, *, strict: bool) -> Settings:
    """edigw.yaml, or what of it says where the ledger is. Raises ConfigError where that is not enough."""
    from edigw import settings

    data = (folder / FILE).read_bytes()
    if strict:
        return settings.load(data)
    found, problems = settings.of_the_ledger(data)
    if found is None:
        raise ConfigError(problems)
    if problems:
        many = _counted(len(problems), "problem")
        say(f"edigw: {ConfigError.code} {FILE} has {many}, and the ledger is used all the same; next: edigw check {folder}")
    return found


def _has_begun(folder: Path, url: str) -> None:
    """A question makes no ledger: its file would belong to whoever asked, and not to the daemon."""
    from edigw import control

    path = url.removeprefix("sqlite:///") if url.startswith("sqlite:///") else ""
    if path and not (folder / path).exists():
        if control.poke_each(folder, "ping"):
            where = folder / path
            fail(
                f"{where} is gone from its place, and the daemon runs and has it open",
                code=LedgerUnavailable.code,
                advice=f"put that file back as {where}, and start nothing before; fuser -v {where}-wal names the daemon's process, "
                "ls -l /proc/PROCESS/fd where the file is now",
            )
        fail(f"{folder / path} is not there yet: no daemon has run here", advice=f"edigw --instance {folder} run")


def person() -> str:
    """Who acts: the login name, and for whom if root was asked to. From the kernel's user id, not from LOGNAME."""
    number = os.getuid()
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        name = f"user {number}"
    behind = os.environ.get("SUDO_USER", "")
    return f"{behind} as {name}" if number == 0 and behind not in ("", name) else name


def reload(open_: Opened) -> None:
    """Have the daemon take the configuration as it is now, and say if it cannot.

    Before an action, not behind it: what is released is taken up within a second, and would
    be judged by what was just mended.
    """
    from edigw import control

    answers = control.poke_each(open_.folder, "wake")
    if not answers:
        if not any(one.alive for one in open_.ledger.daemons()):
            say(f"no daemon runs here; it is taken up when one starts: edigw --instance {open_.folder} run")
        else:
            say("the daemon does not answer; it takes it up by itself, with the configuration it has")
    for answer in answers.values():
        _say_problems(open_, answer)


def _say_problems(open_: Opened, answer: dict[str, object]) -> None:
    problems = answer.get("problems")
    if isinstance(problems, list) and problems:
        for problem in problems:
            say(str(problem))
        counted = _counted(len(problems), "problem")
        say(f"the configuration has {counted}; the old one is still in force; next: edigw check {open_.folder}")
    elif answer.get("error"):
        say(f"the daemon could not reload ({answer['error']}); the configuration it has is still in force")


def wake(open_: Opened) -> None:
    """Have the daemon look at the ledger now instead of within a second."""
    from edigw import control

    control.poke(open_.folder, "wake")


# Printing


def put_json(value: Any) -> None:
    """*value* as one line of JSON on stdout."""
    put(json.dumps(value, ensure_ascii=False, default=_spelled))


def _spelled(value: object) -> str:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def put_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows under their columns: aligned for a person at a terminal, separated by tabs for a program."""
    if not sys.stdout.isatty():
        for row in rows:
            put("\t".join(visible(value) for value in row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, column in enumerate(columns):
        table.add_column(column, no_wrap=at == 0)  # an id is copied into the next command
    for row in rows:
        table.add_row(*(Text(visible(value)) for value in row))
    Console(markup=False, highlight=False, emoji=False).print(table)


def moment(value: datetime) -> str:
    """A time as it is shown: UTC, to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def age(since: datetime, now: datetime) -> str:
    """How long ago: ``34s``, ``12m``, ``5h``, ``3d``."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 7 * 86_400}


def since(context: click.Context, param: click.Parameter, text: str | None) -> datetime | None:
    """The value of ``--since`` as a moment: ``2h`` before now, or a date or time of UTC."""
    if text is None:
        return None
    number, unit = text[:-1], text[-1:]
    if number.isascii() and number.isdecimal() and unit in UNITS and len(number) < 7:
        return datetime.now(UTC) - timedelta(seconds=int(number) * UNITS[unit])
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        how = "say how long ago (90s, 15m, 2h, 3d, 1w) or when (2026-11-20, 2026-11-20T15:30)"
        raise click.BadParameter(f"{text!r} is no time; {how}", context, param) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def ids(texts: Sequence[str]) -> list[tuple[Any, int]]:
    """The rows that *texts* name, each once, files and interchanges before what is in them. Leaves with 2."""
    from edigw.states import Kind, parse_id

    try:
        found = dict.fromkeys(parse_id(text) for text in texts)
    except ValueError as trouble:
        fail(str(trouble))
    order = list(Kind)
    return sorted(found, key=lambda one: (order.index(one[0]), one[1]))


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" + ("" if number == 1 else "s")
