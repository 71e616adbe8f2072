"""Putting on a partner's SFTP server: temporary name, size compared, mark, rename; and what became of it.

Nothing of anybody else's is replaced. What a lost answer to a rename means is found out by
the next try's ``probe``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from edigw.edges import edge
from edigw.transports import (
    ChannelUnavailable,
    LineDown,
    NameTaken,
    NoSpace,
    OutcomeUnknown,
    Placed,
    Probe,
    Repeat,
    TransportError,
    files,
)
from edigw.transports.sftpline import Client, Status, raw
from edigw.transports.sftpremote import PIECE, Remote


class Putting(Remote):
    """The folder ``_put`` of a server as a target."""

    repeat: Final[Repeat] = "probe"
    _put: str

    def put(self, name: str, data: bytes, delivery: str, mark: Callable[[], None]) -> Placed:
        """Let *data* appear whole under *name*. Raises NameTaken, BadName, NoSpace, ChannelUnavailable, and what *mark* raises."""
        (placed,) = self.put_all([(name, data, delivery)], lambda _: mark())
        if isinstance(placed, TransportError):
            raise placed
        return placed

    def put_all(self, items: Sequence[tuple[str, bytes, str]], mark: Callable[[Sequence[int]], None]) -> list[Placed | TransportError]:
        """``put`` for several (name, data, delivery) that share their *mark*, which gets the indexes of those to be renamed.

        One that cannot be put gives its error and the others go on; when the line breaks, all that are left give
        LineDown, and the one that was being renamed OutcomeUnknown.
        """
        results: dict[int, Placed | TransportError] = {}
        staged: list[int] = []
        for at, (name, data, delivery) in enumerate(items):
            try:
                if self._stage(name, data, delivery):
                    staged.append(at)
                else:
                    results[at] = Placed(name, already=True)
            except TransportError as said:
                results[at] = said
        if staged:
            mark(staged)
            edge("send:marked")
        for at in staged:
            name, _, delivery = items[at]
            try:
                results[at] = self._publish(name, f".{delivery}.tmp")
            except TransportError as said:
                results[at] = said
        return [results[at] for at in range(len(items))]

    def _stage(self, name: str, data: bytes, delivery: str) -> bool:
        """Write the temporary file; False when our bytes stand under *name* already."""
        temporary = self._in(self._put, files.plain(f".{delivery}.tmp", self.place))
        files.plain(name, self.place)
        with self.line.client(len(data)) as client:
            if self._stands(client, name, hashlib.sha256(data).digest(), len(data)):
                self._remove(client, temporary)
                return False
            edge("send:before-write")
            try:
                self._write(client, temporary, data)
            except Status as said:
                self._remove(client, temporary)
                text = f"{name!r} cannot be written: {said}"
                if said.is_denied or said.is_missing:
                    raise ChannelUnavailable(self.place, text) from said
                raise NoSpace(self.place, f"{text}; its disk or our quota there may be full") from said
            found = self._look(client, self._put, temporary.rpartition("/")[2])
            if found is None or found.st_size != len(data):
                self._remove(client, temporary)
                size = "is gone" if found is None else f"has {found.st_size} bytes"
                text = f"{name!r} has {len(data)} bytes; what the server kept of it {size}: its disk or our quota there may be full"
                raise NoSpace(self.place, text)
        edge("send:sized")
        return True

    @staticmethod
    def _write(client: Client, path: str, data: bytes) -> None:
        # Pipelined, the library swallows what the server says of a write; the size tells.
        with client.open(raw(path), "wb") as remote:
            remote.set_pipelined(True)
            for at in range(0, len(data), PIECE):
                remote.write(data[at : at + PIECE])
        edge("send:written")

    def _publish(self, name: str, temporary: str) -> Placed:
        asked = False
        try:
            with self.line.client() as client:
                asked = True
                try:
                    self._rename(client, self._in(self._put, temporary), self._in(self._put, name))
                except Status as said:
                    found = self._look(client, self._put, name)
                    self._remove(client, self._in(self._put, temporary))
                    if found is not None:
                        raise NameTaken(self.place, f"{name!r} was put there by someone else meanwhile") from said
                    raise self._said(f"{name!r} cannot get its name; the server refuses the rename", said) from said
        except LineDown as said:
            if asked:
                raise OutcomeUnknown(self.place, f"{said.text}, after {name!r} was to be renamed") from said
            raise
        edge("send:renamed")
        return Placed(name)

    def probe(self, name: str, delivery: str, sha256: bytes, size: int) -> Probe:
        """What became of an earlier ``put``. Raises ChannelUnavailable."""
        files.plain(name, self.place)
        temporary = f".{delivery}.tmp"
        with self.line.client(size) as client:
            try:
                if self._stands(client, name, sha256, size):
                    self._remove(client, self._in(self._put, temporary))
                    return Probe.DONE
            except NameTaken:
                return Probe.TAKEN
            return Probe.ABSENT if self._look(client, self._put, temporary) is None else Probe.TEMPORARY

    def _stands(self, client: Client, name: str, sha256: bytes, size: int) -> bool:
        """Whether our bytes stand under *name*, whatever size the server tells; raises NameTaken when anything else does."""
        found = self._look(client, self._put, name)
        if found is None:
            return False
        taken = NameTaken(self.place, f"another file stands under {name!r}")
        try:
            digest = self._digest(client, self._put, name, size)
        except Status as said:
            if said.is_missing:  # fetched while we looked
                return False
            if found.st_size != size:
                raise taken from said
            # A folder that may only be written to: the name is ours alone, and so is the size.
            raise ChannelUnavailable(self.place, f"{name!r} stands there and cannot be compared: {said}") from said
        self._look(client, self._put, name)  # an end of the line looks like an end of the file; this tells
        if digest != sha256:
            raise taken
        return True
