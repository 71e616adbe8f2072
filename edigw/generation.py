"""A configuration is a generation: all its files, read once, under one digest.

The folder is looked at once, by ``read``. From then on there are only bytes: the ledger
stores them under their digest, pool workers build from them, and a task that began under
one generation ends under it, whatever anybody edits meanwhile.

A mistake in ``edigw.yaml`` stops us; a mistake in one partner's folder breaks that partner
only. ``strict`` takes neither, for ``edigw check`` and for a reload, which keeps the old
generation instead.

Secrets are no part of a generation; the public keys of partners are.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path

from edigw import crosscheck, partners, settings
from edigw.agreements import Book, Partner
from edigw.channels import SftpChannel
from edigw.errors import ConfigError, Problem
from edigw.fields import NOT_SUPPORTED, NOT_USABLE, UNKNOWN_NAME, nearest
from edigw.mappings import Library
from edigw.records import dataclass
from edigw.settings import Settings
from edigw.yamlfile import MAX_BYTES, in_order, shown

MAX_FILES = 20_000  # a thousand partners with twenty files each
MAX_TOTAL = 64 << 20  # bytes
PARTNERS = "partners"
_HEAD = b"edigw generation 1\n"


@dataclass(frozen=True, slots=True)
class Generation:
    """Every file of a configuration by its path in the instance. *digest* is SHA-256 in hex, of ``to_bytes``.

    *trouble* are files that stand there and cannot be read, with the reason.
    """

    digest: str
    files: Mapping[str, bytes]
    trouble: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Mapping[str, bytes], trouble: Mapping[str, str] | None = None) -> Generation:
        """The generation of these files."""
        kept, wrong = dict(sorted(files.items())), dict(sorted((trouble or {}).items()))
        return cls(hashlib.sha256(_pack(kept, wrong)).hexdigest(), kept, wrong)

    def to_bytes(self) -> bytes:
        """The same bytes for the same files, in any process. ``from_bytes`` reads them."""
        return _pack(self.files, self.trouble)

    @classmethod
    def from_bytes(cls, data: bytes) -> Generation:
        """Raises ValueError for bytes that ``to_bytes`` did not write, or that were changed in length."""
        head, _, rest = data.removeprefix(_HEAD).partition(b"\n")
        if not data.startswith(_HEAD):
            raise ValueError("these bytes are no generation")
        index = json.loads(head)
        files: dict[str, bytes] = {}
        at = 0
        for path, length in index["files"]:
            files[path] = rest[at : at + length]
            at += length
        if at != len(rest):
            raise ValueError("this generation is cut or has too much")
        return cls.of(files, index["trouble"])


def _pack(files: Mapping[str, bytes], trouble: Mapping[str, str]) -> bytes:
    paths = sorted(files)
    index = {"files": [[path, len(files[path])] for path in paths], "trouble": dict(sorted(trouble.items()))}
    head = json.dumps(index, ensure_ascii=True, separators=(",", ":"), sort_keys=True).encode()
    return b"".join([_HEAD, head, b"\n", *(files[path] for path in paths)])


@dataclass(frozen=True, slots=True)
class Configuration:
    """A generation, compiled. *problems* are of broken partners; *notes* are no mistakes, but should be said."""

    digest: str
    settings: Settings
    book: Book
    library: Library
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def read(instance: Path) -> Generation:
    """Read every configuration file of the instance at *instance*, once.

    A file that cannot be read is named in ``trouble`` and does not stop the others. Raises
    ConfigError only when there is no ``edigw.yaml`` to read or there is too much of everything.
    """
    files: dict[str, bytes] = {}
    trouble: dict[str, str] = {}
    total = 0
    for path, file in _paths(instance, trouble):
        try:
            with file.open("rb") as source:
                files[path] = source.read(MAX_BYTES + 1)  # one more than is allowed: then its reader says so
        except OSError as error:
            trouble[path] = _why(error)
            continue
        total += len(files[path])
        if len(files) > MAX_FILES or total > MAX_TOTAL:
            text = f"the configuration has more than {MAX_FILES} files or {MAX_TOTAL >> 20} MB"
            raise ConfigError([Problem(f"{path}:1:1", text, NOT_USABLE)])
    if settings.FILE not in files:
        why = trouble.get(settings.FILE, "it is not there")
        raise ConfigError([Problem(f"{settings.FILE}:1:1", f"cannot be read: {why}", NOT_USABLE, f"edigw init {instance}")])
    return Generation.of(files, trouble)


def _paths(instance: Path, trouble: dict[str, str]) -> Iterator[tuple[str, Path]]:
    """Configuration files as (path in the instance, path), in order: edigw.yaml, then partner by partner."""
    yield settings.FILE, instance / settings.FILE
    for partner in _list(instance / PARTNERS, PARTNERS, trouble, Path.is_dir):
        inside = f"{PARTNERS}/{partner.name}"
        if not (partner / partners.FILE).exists():
            trouble[f"{inside}/{partners.FILE}"] = "it is not there"  # misnamed, perhaps; an empty folder is no partner either
        for file in _list(partner, inside, trouble, _is_there):
            if file.name == partners.FILE or file.suffix == ".pub":
                yield f"{inside}/{file.name}", file
        for sub, suffix in (("keys", ".pub"), ("maps", ".yaml")):
            for file in _list(partner / sub, f"{inside}/{sub}", trouble, _is_there) if (partner / sub).is_dir() else ():
                if file.suffix == suffix:
                    yield f"{inside}/{sub}/{file.name}", file


def _list(folder: Path, path: str, trouble: dict[str, str], wanted: Callable[[Path], bool]) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        if error.errno != errno.ENOENT:
            trouble[path] = _why(error)
        return []
    return [one for one in found if not one.name.startswith(".") and wanted(one) and _utf8(one, path, trouble)]


def _is_there(path: Path) -> bool:
    return not path.is_dir()  # a dangling link is there, and is reported when it is read


def _utf8(one: Path, path: str, trouble: dict[str, str]) -> bool:
    try:
        one.name.encode()
    except UnicodeEncodeError:
        trouble[path] = f"the name {os.fsencode(one.name)!r} inside is not UTF-8"
        return False
    return True


def _why(error: OSError) -> str:
    return "it is not there" if error.errno == errno.ENOENT else (error.strerror or "it cannot be read").lower()


def build(generation: Generation, *, strict: bool = False) -> Configuration:
    """Compile *generation*, from its bytes alone.

    Raises ConfigError when ``edigw.yaml`` has a mistake, with the partners' mistakes too. A
    partner with one comes out broken and its problems are listed; with *strict* any mistake
    raises, and every map is compiled for every release it may meet.
    """
    found, wrong = settings.examine(generation.files.get(settings.FILE, b""))
    problems = list(wrong)
    of = found or Settings(settings.Gateway("", (), ()))
    drafts = _drafts(generation)
    library = Library({name: source for made in drafts for name, source in made.maps.items()})
    for made in drafts:
        if found:
            crosscheck.settle_names(made, of)
        crosscheck.settle_maps(made, library, every_release=strict)
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
    return Configuration(generation.digest, of, book, library, listed, _notes(of))


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


def _channel_partners(of: Settings, drafts: list[partners.Draft]) -> list[Problem]:
    names = {made.partner.name for made in drafts}
    lost = [one for one in of.channels.values() if one.partner and one.partner not in names]
    return [
        Problem(one.place, f"channel {one.name} is {shown(one.partner)}'s, who is no partner", UNKNOWN_NAME, nearest(one.partner, names))
        for one in lost
    ]


def _notes(of: Settings) -> tuple[Problem, ...]:
    """What is configured rightly and not run by this version: said, so that nobody relies on it."""
    polled = [
        Problem(one.place, f"channel {name} polls an SFTP server; it is checked, but this version does not run it", NOT_SUPPORTED)
        for name, one in of.channels.items()
        if isinstance(one, SftpChannel)
    ]
    return tuple(polled)
