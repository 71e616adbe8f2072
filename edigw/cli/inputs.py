"""What the pure commands share: files in, words for people, and the exit status.

No EDI is decided here. Text that came from a partner is shown with the characters that
act on a terminal as escapes.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from edigw.errors import ConfigError
from edigw.records import dataclass
from edigw.visible import visible

if TYPE_CHECKING:
    from edigw.agreements import Book
    from edigw.judge import FileJudged, Found, JudgedMessage, Terms
    from edigw.mappings import Library

ACCEPTED, REFUSED, UNREADABLE = 0, 1, 2

STDIN = "-"

files_argument = click.argument("files", metavar="FILE...", nargs=-1, required=True)
partner_option = click.option("--partner", metavar="P", help="judge by this partner's agreements and maps; needs an instance")
strict_option = click.option("--strict", is_flag=True, help="turn every leniency and warning into a rejection")
bare_option = click.option("--bare", is_flag=True, help="read messages without an interchange around them (ST..SE, UNH..UNT)")
json_option = click.option("--json", "as_json", is_flag=True, help="one JSON object a line instead of columns")


@dataclass(slots=True)
class Status:
    """The worst exit status so far."""

    worst: int = ACCEPTED

    def at_least(self, status: int) -> None:
        self.worst = max(self.worst, status)


@dataclass(frozen=True, slots=True)
class Setting:
    """What files are judged by: a partner's agreements, or the base maps alone."""

    book: Book | None
    library: Library | None
    partner: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """A file as given on the command line. *data* None: it could not be read, and that was said."""

    name: str  #: as given, "-" for standard input
    data: bytes | None = field(repr=False)

    @property
    def short(self) -> str:
        """The file's name without its folder: what a document's ``source`` says."""
        return self.name.rpartition(os.sep)[2]


def say(text: str) -> None:
    """A message to the person, on stderr."""
    click.echo(visible(text), err=True)


def put(text: str) -> None:
    """A line of the product, on stdout, in UTF-8 whatever the locale."""
    put_bytes(text.encode("utf-8", "surrogateescape") + b"\n")


def put_bytes(data: bytes) -> None:
    """Bytes of the product, as they are. Leaves with 2, saying why, when stdout does not take them."""
    if sys.stdout is None:  # closed by who started us
        _lost("it is closed")
    try:
        sys.stdout.buffer.write(data)
    except BrokenPipeError:
        raise  # whoever read it has had enough, which click knows
    except OSError as error:
        _lost(_reason(error))


def finish(status: Status) -> None:
    """Flush the product and leave with the worst status."""
    try:
        if sys.stdout is not None:
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _lost(_reason(error))
    sys.exit(status.worst)


def _lost(why: str) -> NoReturn:
    """The product could not be written: half of it is not what was asked for."""
    say(f"standard output cannot be written: {why}")
    sys.stdout = None  # else the interpreter fails once more over what is in its buffer
    sys.exit(UNREADABLE)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def read(names: Sequence[str], status: Status) -> Iterator[Input]:
    """Each file; one that cannot be opened is said, and the others go on."""
    for name in names:
        try:
            data = _stdin() if name == STDIN else Path(name).read_bytes()
        except OSError as error:
            say(f"{name}: cannot be read: {_reason(error)}")
            status.at_least(UNREADABLE)
            data = None
        yield Input(name, data)


def _stdin() -> bytes:
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return sys.stdin.buffer.read()


def setting(context: click.Context, partner: str | None, *, maps: bool = True) -> Setting:
    """The partner of the instance; without one the base maps, or with *maps* False nothing but the standards.

    Leaves with 2, every problem named, if there is no such partner.
    """
    if not partner and not maps:
        return Setting(None, None)
    if not partner:
        from edigw.mappings import Library

        return Setting(None, Library())
    from edigw import generation

    instance = context.find_root().params.get("instance") or Path()
    try:
        configuration = generation.build(generation.read(Path(instance)), judges=True)
    except ConfigError as error:
        for problem in error.problems:
            say(str(problem))
        sys.exit(UNREADABLE)
    known = configuration.book.partners.get(partner)
    if known is None:
        import difflib

        near = difflib.get_close_matches(partner, configuration.book.partners, 1)
        say(f"{instance}: no partner {partner}" + (f"; did you mean {near[0]}?" if near else ""))
        sys.exit(UNREADABLE)
    if known.broken:
        say(known.broken)
        sys.exit(UNREADABLE)
    return Setting(configuration.book, configuration.library, partner)


def judged(one: Input, by: Setting, terms: Terms, *, bare: bool) -> Iterator[tuple[Found, Sequence[JudgedMessage]]]:
    """Every interchange of a file with all its messages; spans are joined."""
    from edigw import judge

    assert one.data is not None
    terms = replace(terms, partner=by.partner)
    for found in _file(one, by, terms, bare=bare).found:
        if found.judged is None:
            yield found, ()
            continue
        last, messages = found.judged, list(found.judged.messages)
        while last.resume is not None:
            last = judge.span(
                one.data, found, by.book, by.library, name=one.short, offset=last.next_offset, resume=last.resume, terms=terms
            )
            messages += last.messages
        yield replace(found, judged=replace(last, messages=())), messages


def _file(one: Input, by: Setting, terms: Terms, *, bare: bool) -> FileJudged:
    from edigw import judge

    assert one.data is not None
    if bare:
        return judge.bare(one.data, one.short, by.library, terms=terms)
    return judge.file(one.data, one.short, "", by.book, by.library, terms=terms)


def unreadable(one: Input, found: int, *, bare: bool) -> Iterable[tuple[int, int, str]]:
    """The bytes of a file that belong to no interchange: start, end, reason."""
    from edigw import parsers
    from edigw.model import Unreadable

    assert one.data is not None
    if bare:
        return [] if found else [(0, len(one.data), "no ST or UNH: nothing here is a message")]
    return [(*each.span, each.reason) for each in parsers.split(one.data) if isinstance(each, Unreadable)]


def verdicts(found: Found, messages: Sequence[JudgedMessage], status: Status) -> None:
    """Raise *status* by what became of an interchange."""
    from edigw import acks

    if found.judged is None:
        status.at_least(REFUSED)
        return
    refused = acks.refusal(found.judged.faults, found.judged.groups)
    bad = refused.whole or bool(refused.groups) or any(one.held or one.verdict == "rejected" for one in messages)
    status.at_least(REFUSED if bad else ACCEPTED)


def shown(messages: Sequence[JudgedMessage], status: Status) -> None:
    """Raise *status* by the faults that are shown. A received acknowledgement is never refused, however wrong it is."""
    if any(fault.severity == "reject" for message in messages for fault in message.faults):
        status.at_least(REFUSED)


def name_of(found: Found, message: JudgedMessage) -> str:
    """How people speak of a message: interchange, type and number."""
    where = f"interchange {found.control_number} " if found.control_number else ""
    return f"{where}{message.type or 'message'} {message.control_number}"
