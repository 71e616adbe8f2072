"""A configuration is a generation: all its files, read once, under one digest.

The folder is looked at once, by ``read`` (see ``gathering``). From then on there are only bytes: the ledger
stores them under their digest, pool workers build from them, and a task that began under
one generation ends under it, whatever anybody edits meanwhile.

A mistake in ``edigw.yaml`` stops us; a mistake in one partner's folder breaks that partner
only. ``strict`` takes neither, for ``edigw check`` and for a reload, which keeps the old
generation instead.

Secrets are no part of a generation; the public keys of partners are.
"""

from __future__ import annotations

from dataclasses import replace

from edigw import crosscheck, partners, settings
from edigw.agreements import Book, Partner
from edigw.errors import ConfigError, Problem
from edigw.fields import NOT_USABLE, UNKNOWN_NAME, nearest
from edigw.gathering import PARTNERS, Generation, read
from edigw.mappings import Library
from edigw.records import dataclass
from edigw.settings import Settings
from edigw.yamlnodes import in_order, shown

__all__ = ["PARTNERS", "Configuration", "Generation", "build", "library", "read"]

@dataclass(frozen=True, slots=True)
class Configuration:
    """A generation, compiled. *problems* are of broken partners."""

    digest: str
    settings: Settings
    book: Book
    library: Library
    problems: tuple[Problem, ...] = ()


def build(generation: Generation, *, strict: bool = False, judges: bool = False) -> Configuration:
    """Compile *generation*, from its bytes alone.

    Raises ConfigError when ``edigw.yaml`` has a mistake, with the partners' mistakes too. A
    partner with one comes out broken and its problems are listed; with *strict* any mistake
    raises, and every map is compiled for every release it may meet. Who *judges* by it has
    the maps of the releases agreed on compiled beforehand; others keep none, which are many.
    """
    found, wrong = settings.examine(generation.files.get(settings.FILE, b""))
    problems = list(wrong)
    of = found or Settings(settings.Gateway("", (), ()))
    drafts = _drafts(generation)
    library = _library(drafts)
    for made in drafts:
        if found:
            crosscheck.settle_names(made, of)
        crosscheck.settle_maps(made, library, every_release=strict, keep=judges)
    crosscheck.clashes(drafts, of)
    crosscheck.open_folders(drafts)
    problems += _channel_partners(of, drafts)
    ours = tuple(problems)
    for made in drafts:
        problems.extend(made.problems)
    listed = in_order(problems)
    if ours or (strict and listed):
        raise ConfigError(listed)
    book = Book(
        gateway=of.gateway.name,
        our_x12=of.gateway.x12,
        our_edifact=of.gateway.edifact,
        partners={made.partner.name: _broken(made) for made in drafts},
        channels=crosscheck.owners(drafts, of.channels),
    )
    return Configuration(generation.digest, of, book, library, listed)


def _drafts(generation: Generation) -> list[partners.Draft]:
    folders: dict[str, dict[str, bytes]] = {}
    for path, data in generation.files.items():
        top, _, rest = path.partition("/")
        name, _, inside = rest.partition("/")
        if top == PARTNERS and inside:
            folders.setdefault(name, {})[inside] = data
    troubled: dict[str, list[Problem]] = {}
    for path, why in generation.trouble.items():
        top, _, rest = path.partition("/")
        if top == PARTNERS:
            name = rest.partition("/")[0]
            folders.setdefault(name, {})
            troubled.setdefault(name, []).append(Problem(f"{path}:1:1", f"cannot be read: {why}", NOT_USABLE))
    found = [partners.draft(name, f"{PARTNERS}/{name}", files) for name, files in sorted(folders.items()) if name]
    for made in found:
        unreadable = troubled.get(made.partner.name, [])
        if f"{PARTNERS}/{made.partner.name}/{partners.FILE}" in generation.trouble:
            made.problems.clear()  # only that the file is not among the bytes, which is said better
        made.problems[:0] = unreadable
    return found


def _broken(made: partners.Draft) -> Partner:
    if not made.problems:
        return made.partner
    first, *others = in_order(made.problems)
    more = f", and {len(others)} more" if others else ""
    return replace(made.partner, broken=f"the configuration of {made.partner.name} has a mistake: {first}{more}; run edigw check")


def library(generation: Generation) -> Library:
    """The maps of *generation* alone, each loaded when it is asked for; nothing is checked."""
    return _library(_drafts(generation))


def _library(drafts: list[partners.Draft]) -> Library:
    return Library({name: source for made in drafts for name, source in made.maps.items()})


def _channel_partners(of: Settings, drafts: list[partners.Draft]) -> list[Problem]:
    names = {made.partner.name for made in drafts}
    lost = [one for one in of.channels.values() if one.partner and one.partner not in names]
    return [
        Problem(one.place, f"channel {one.name} is {shown(one.partner)}'s, who is no partner", UNKNOWN_NAME, nearest(one.partner, names))
        for one in lost
    ]
