"""Payloads by SHA-256: packing small ones for the ledger, keeping large ones as files.

A payload whose compressed body is at most 256 KB is committed in the ledger together with
the state that names it. A larger one is streamed into ``ab/cdef...`` under the archive's
folder and synced before the transaction that names it: temporary file, fsync, rename,
fsync of the folder. So a name in the ledger always has its bytes; bytes without a name are
what a kill left, and harm nobody.

Hashes are verified at every read. Nothing here knows the ledger or EDI.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from edigw.edges import edge
from edigw.errors import EdigwError
from edigw.records import dataclass

LARGEST_BODY: Final = 256 * 1024  # bytes, compressed: above, a database page store is slower than a file
_PIECE: Final = 1 << 20
_DIGEST: Final = 32  # bytes
_LEVEL: Final = 1  # EDI shrinks to a sixth at level 1; level 6 takes three times as long for a tenth less
_WORTH: Final = 200  # bytes: what is shorter gains nothing from compression


class PayloadDamaged(EdigwError):
    """A payload's bytes are not those of its hash, or are not there. *sha256* names it."""

    code = "EDIGW-ARCHIVE-E001"
    advice = "restore this file of the archive from a backup"

    def __init__(self, sha256: bytes, text: str) -> None:
        self.sha256 = sha256
        self.text = text
        super().__init__(f"payload {sha256.hex()}: {text}")


class PayloadRemoved(PayloadDamaged):
    """A payload's bytes are not there any more: retention removed them, and told so."""


class ArchiveUnavailable(EdigwError):
    """The archive's folder cannot be written or read; nothing was kept."""

    code = "EDIGW-ARCHIVE-E002"
    advice = "make room for the archive's folder, mount its disk, or mend its mode; we try again"


@dataclass(frozen=True, slots=True)
class Stored:
    """A payload that stands in the archive's folder, synced."""

    sha256: bytes
    size: int  #: bytes, uncompressed


@dataclass(frozen=True, slots=True)
class Packed:
    """A payload ready for the ledger. *codec* is ``raw``, ``zlib``, or ``archive`` (then *body* is None)."""

    sha256: bytes
    size: int  #: bytes, uncompressed
    codec: str
    body: bytes | None


def pack(data: bytes) -> Packed:
    """*data* hashed and, where that gains, compressed; its body may be larger than the ledger takes."""
    sha256 = hashlib.sha256(data).digest()
    if len(data) > _WORTH:
        body = zlib.compress(data, _LEVEL)
        if len(body) < len(data):
            return Packed(sha256, len(data), "zlib", body)
    return Packed(sha256, len(data), "raw", data)


def file_name(sha256: bytes) -> str:
    """A payload's path in the archive's folder."""
    return f"{sha256.hex()[:2]}/{sha256.hex()[2:]}"


def unpack(packed: Packed) -> bytes:
    """The bytes of a payload from the ledger. Raises PayloadDamaged when they are not those of its hash."""
    if packed.body is None:
        raise PayloadDamaged(packed.sha256, "has no body here")
    if packed.codec == "zlib":
        try:
            # one byte more than the size is enough to see that it is wrong, and bounds what a damaged body can cost
            data = zlib.decompressobj().decompress(packed.body, packed.size + 1)
        except zlib.error as trouble:
            raise PayloadDamaged(packed.sha256, f"cannot be decompressed: {trouble}") from None
    else:
        data = packed.body
    if hashlib.sha256(data).digest() != packed.sha256:
        raise PayloadDamaged(packed.sha256, f"{len(data)} bytes that have another hash")
    return data


class Archive:
    """The folder of large payloads. Safe for many threads and processes at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def is_large(self, data: bytes) -> bool:
        """Whether *data* belongs into the folder and not into the ledger."""
        if len(data) <= LARGEST_BODY:
            return False
        packed = pack(data)
        return packed.body is not None and len(packed.body) > LARGEST_BODY

    def keep(self, data: bytes) -> Packed:
        """Make *data* ready for the ledger; a large one is in the folder and synced when this returns."""
        packed = pack(data)
        if packed.body is not None and len(packed.body) > LARGEST_BODY:
            stored = self.put(data)
            return Packed(stored.sha256, stored.size, "archive", None)
        return packed

    def put(self, source: bytes | Iterable[bytes]) -> Stored:
        """Keep the bytes of *source*, whole or in pieces; they are on disk when this returns.

        The same bytes again take the place of those that are there. Raises
        ArchiveUnavailable, and leaves at most a temporary file behind.
        """
        pieces = [source] if isinstance(source, bytes) else source
        temporary = self.root / f".{secrets.token_hex(8)}.tmp"
        digest = hashlib.sha256()
        size = 0
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out:
                fcntl.flock(out, fcntl.LOCK_EX)  # until it has its name: ``sweep`` of another node sees that we are at work
                for piece in pieces:
                    digest.update(piece)
                    size += len(piece)
                    out.write(piece)
                out.flush()
                edge("archive:written")
                os.fsync(out.fileno())
            edge("archive:synced")
            self._place(temporary, digest.digest())
        except OSError as trouble:
            raise ArchiveUnavailable(f"{self.root}: {trouble.strerror or trouble}") from trouble
        finally:
            with suppress(OSError):
                temporary.unlink()
        return Stored(digest.digest(), size)

    def _place(self, temporary: Path, sha256: bytes) -> None:
        final = self.path(sha256)
        final.parent.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(self.root)
        # Also over one that stands there: it may be damaged, or about to be removed (see ``discard``),
        # and what was just put must not go with it.
        temporary.replace(final)
        edge("archive:renamed")
        _sync_folder(final.parent)

    def get(self, what: Stored | bytes) -> bytes:
        """The bytes of a payload, by what ``put`` returned or by its hash. Raises PayloadDamaged and ArchiveUnavailable."""
        sha256 = what.sha256 if isinstance(what, Stored) else what
        try:
            data = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise self._missing(sha256) from None
        except OSError as trouble:
            raise ArchiveUnavailable(f"{self.path(sha256)}: {trouble.strerror or trouble}") from trouble
        if hashlib.sha256(data).digest() != sha256:
            raise PayloadDamaged(sha256, f"{self.path(sha256)} has {len(data)} bytes with another hash")
        return data

    def pieces(self, what: Stored | bytes) -> Iterator[bytes]:
        """The bytes of a payload a megabyte at a time; PayloadDamaged comes after the last one."""
        sha256 = what.sha256 if isinstance(what, Stored) else what
        digest = hashlib.sha256()
        try:
            with self.path(sha256).open("rb") as source:
                while piece := source.read(_PIECE):
                    digest.update(piece)
                    yield piece
        except FileNotFoundError:
            raise self._missing(sha256) from None
        except OSError as trouble:
            raise ArchiveUnavailable(f"{self.path(sha256)}: {trouble.strerror or trouble}") from trouble
        if digest.digest() != sha256:
            raise PayloadDamaged(sha256, f"{self.path(sha256)} has another hash")

    def _missing(self, sha256: bytes) -> PayloadDamaged | ArchiveUnavailable:
        """A folder without anything in it has lost no payload: its disk is not mounted, or it was moved away."""
        with suppress(OSError):
            if any(not entry.name.startswith(".") for entry in self.root.iterdir()):
                return PayloadDamaged(sha256, f"is not in {self.root}")
        return ArchiveUnavailable(f"{self.root}: nothing is in it; is its disk mounted?")

    def path(self, what: Stored | bytes) -> Path:
        """Where a payload stands, or would stand."""
        return self.root / file_name(what.sha256 if isinstance(what, Stored) else what)

    def names(self, *, older_than: float) -> Iterator[bytes | str]:
        """The hash of every payload in the folder, and what bears no hash by its path; of those unchanged for *older_than* seconds."""
        if not self.root.is_dir():
            return
        before = time.time() - older_than
        for folder in sorted(self.root.iterdir()):
            for path in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
                with suppress(FileNotFoundError):
                    if path.stat().st_mtime > before:
                        continue
                    name = path.relative_to(self.root).as_posix()
                    try:
                        sha256 = bytes.fromhex(name.replace("/", ""))
                    except ValueError:
                        sha256 = b""
                    yield sha256 if len(sha256) == _DIGEST and self.path(sha256) == path else name

    def discard(self, sha256: bytes, *, older_than: float) -> bool:
        """Remove a payload that the ledger has marked as removed; False when it was put again within *older_than* seconds.

        It is renamed first and looked at then: whoever puts the same bytes meanwhile renames its own
        over the name, and one that was put before that is put back. What a kill leaves is removed by
        the next call.
        """
        final = self.path(sha256)
        private = self.root / f".{sha256.hex()}.removed"
        before = time.time() - older_than
        try:
            if final.exists():
                if final.stat().st_mtime > before:
                    return False
                final.replace(private)
                edge("discard:taken")
            if private.exists() and private.stat().st_mtime > before:
                with suppress(FileExistsError):
                    os.link(private, final)
                private.unlink()
                return False
            private.unlink(missing_ok=True)
            if final.parent.is_dir():
                _sync_folder(final.parent)
        except OSError as trouble:
            raise ArchiveUnavailable(f"{final}: {trouble.strerror or trouble}") from trouble
        return True

    def sweep(self, older_than: float) -> int:
        """Remove temporary files last changed before *older_than* (seconds since 1970); how many.

        A kill leaves them. One that a process of any node still writes stays, whatever its age.
        """
        removed = 0
        for left in self.root.glob(".*.tmp"):
            with suppress(FileNotFoundError, BlockingIOError), left.open("rb") as found:
                fcntl.flock(found, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if left.stat().st_mtime < older_than:
                    left.unlink()
                    removed += 1
        return removed


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
