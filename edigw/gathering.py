"""Every configuration file of an instance, read once, under one digest. Nothing is compiled or judged here.

So who only asks whether the configuration is still the daemon's reads a few files and loads no map.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from edigw import settings
from edigw.errors import ConfigError, Problem
from edigw.fields import NOT_USABLE
from edigw.records import dataclass
from edigw.yamlfile import MAX_BYTES

MAX_FILES = 20_000  # a thousand partners with twenty files each
MAX_TOTAL = 64 << 20  # bytes
PARTNERS = "partners"
PARTNER_FILE = "partner.yaml"
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
        if not (partner / PARTNER_FILE).exists():
            trouble[f"{inside}/{PARTNER_FILE}"] = "it is not there"  # misnamed, perhaps; an empty folder is no partner either
        for file in _list(partner, inside, trouble, _is_there):
            if file.name == PARTNER_FILE or file.suffix == ".pub":
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
