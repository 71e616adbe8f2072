"""Putting files where a partner fetches them: whole or not at all, never over another's.

A file is written under a hidden name that says whose delivery it is, synced, and renamed.
Just before the rename the caller marks in the ledger that it is coming; with that mark and
a look at both names (``probe``) a restart knows what became of a delivery that was cut off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Final

from edigw.edges import edge
from edigw.transports import NameTaken, Placed, Probe, Repeat, TransportError, files

_CHUNK: Final = 1 << 20  # bytes

def file_name(template: str, values: Mapping[str, str]) -> str:
    """The name of an outgoing file: *template* with ``{kind}``, ``{control}`` and whatever else *values* name filled in.

    What is filled in keeps letters, digits, ``.``, ``_`` and ``-``; anything else becomes ``_``. Raises ValueError
    for a field that does not exist and for a template that does not make a plain, visible name.
    """
    name = ""
    for text, field, spec, conversion in Formatter().parse(template):
        name += text
        if field is None:
            continue
        if field not in values or spec or conversion:
            raise ValueError(f"{{{field}}} is not one of {', '.join(sorted(values))}")
        name += "".join(char if char.isascii() and (char.isalnum() or char in "._-") else "_" for char in values[field])
    if not name or name.startswith(".") or "/" in name or "\0" in name or len(os.fsencode(name)) > files.NAME_MAX:
        raise ValueError(f"{name!r} is not a plain, visible file name")
    return name


class Outbox:
    """One folder to put files into. Safe to use from several threads."""

    repeat: Final[Repeat] = "probe"

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

    def put(self, name: str, data: bytes, delivery: str, mark: Callable[[], None]) -> Placed:
        """Let *data* appear whole under *name*: temporary name, sync, *mark*, rename, sync.

        *delivery* names the temporary file (``.D5.tmp``), so that a repeat finds its own. Raises NameTaken when other
        bytes stand under *name*, BadName, NoSpace, ChannelUnavailable, and what *mark* raises; then nothing was put.
        """
        (placed,) = self.put_all([(name, data, delivery)], lambda _: mark())
        if isinstance(placed, TransportError):
            raise placed
        return placed

    def put_all(self, items: Sequence[tuple[str, bytes, str]], mark: Callable[[Sequence[int]], None]) -> list[Placed | TransportError]:
        """``put`` for several (name, data, delivery) that share their mark and the sync of the folder.

        *mark* is called once, with the indexes of those of which only the rename is left. One that cannot be put
        gives its error and the others go on. Raises ChannelUnavailable when the folder is gone, and what *mark*
        raises; then nothing was put.
        """
        place = str(self.path)
        results: dict[int, Placed | TransportError] = {}
        with files.opened(self.path) as folder:
            staged = [at for at, item in enumerate(items) if self._stage(folder, item, at, results)]
            try:
                if staged:
                    mark(staged)
                    edge("put:marked")
                for at in staged:
                    name, _, delivery = items[at]
                    results[at] = self._publish(folder, name, f".{delivery}.tmp")
            except BaseException:
                for at in staged:
                    with contextlib.suppress(OSError):
                        os.unlink(f".{items[at][2]}.tmp", dir_fd=folder)
                raise
            if staged:
                with files.trouble(place):
                    os.fsync(folder)
                edge("put:renamed")
        return [results[at] for at in range(len(items))]

    def _stage(self, folder: int, item: tuple[str, bytes, str], at: int, results: dict[int, Placed | TransportError]) -> bool:
        """Write and sync the temporary file; False when the result is known without a rename."""
        name, data, delivery = item
        place = str(self.path)
        try:
            files.plain(name, place)
            temporary = files.plain(f".{delivery}.tmp", place)
            if self._stands(folder, name, hashlib.sha256(data).digest(), len(data)):
                results[at] = self._settled(folder, name, temporary)
                return False
            edge("put:before-write")
            try:
                with files.trouble(place):
                    self._write(folder, temporary, data)
            except Exception:
                with contextlib.suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise
            edge("put:synced")
        except TransportError as said:
            results[at] = said
            return False
        return True

    def _publish(self, folder: int, name: str, temporary: str) -> Placed | TransportError:
        """Give a staged file its name, over nobody else's."""
        place = str(self.path)
        try:
            with files.trouble(place):
                try:
                    files.rename(folder, temporary, name)
                except FileExistsError as said:
                    raise NameTaken(place, f"{name!r} was put there by someone else meanwhile") from said
        except TransportError as said:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            return said
        edge("put:linked")
        return Placed(name)

    @staticmethod
    def _write(folder: int, temporary: str, data: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):  # of an earlier try of this very delivery
            os.unlink(temporary, dir_fd=folder)
        descriptor = files.create(folder, temporary)
        try:
            files.write_all(descriptor, data)
            edge("put:written")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def probe(self, name: str, delivery: str, sha256: bytes, size: int) -> Probe:
        """What became of an earlier ``put``. Raises ChannelUnavailable."""
        place = str(self.path)
        files.plain(name, place)
        temporary = files.plain(f".{delivery}.tmp", place)
        with files.opened(self.path) as folder:
            try:
                if self._stands(folder, name, sha256, size):
                    self._settled(folder, name, temporary)
                    return Probe.DONE
            except NameTaken:
                return Probe.TAKEN
            with files.trouble(place):
                return Probe.ABSENT if files.status(folder, temporary) is None else Probe.TEMPORARY

    def _stands(self, folder: int, name: str, sha256: bytes, size: int) -> bool:
        """Whether our bytes stand under *name*; raises NameTaken when anything else does."""
        place = str(self.path)
        taken = NameTaken(place, f"another file stands under {name!r}")
        try:
            descriptor = files.open_regular(folder, name)
        except FileNotFoundError:
            return False
        except OSError as said:
            raise taken from said
        try:
            with files.trouble(place):
                if os.fstat(descriptor).st_size != size:
                    raise taken
                digest = hashlib.sha256()
                while piece := os.read(descriptor, _CHUNK):
                    digest.update(piece)
        finally:
            os.close(descriptor)
        if digest.digest() != sha256:
            raise taken
        return True

    def _settled(self, folder: int, name: str, temporary: str) -> Placed:
        """Make sure of what an earlier try put under *name*, and remove what it may have left."""
        with files.trouble(str(self.path)):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)
            os.fsync(folder)
        return Placed(name, already=True)
