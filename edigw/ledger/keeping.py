"""Bytes that a step keeps: payloads, each once whatever names it, and configurations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from edigw.archive import LARGEST_BODY, ArchiveUnavailable, Packed, Stored, pack
from edigw.errors import LedgerUnavailable
from edigw.ledger import statements


class Keeping:
    """What a step may do with bytes; see ``Tx``, which has the rest."""

    connection: Connection
    now: datetime
    _keep: Callable[[bytes], Packed]
    _sqlite: bool

    def payload(self, data: bytes | Packed) -> int:
        """Keep the bytes of a payload and return its id; the same bytes have the same id.

        Give what ``Archive.keep`` made of anything that may be large: hashing, compressing and a
        file's sync hold up everybody else's steps here. Bytes as they are go into the archive
        themselves where they must; a rollback leaves a file that nothing refers to. Raises
        ValueError for a packed body the ledger does not take, LedgerUnavailable when the
        archive cannot keep one.
        """
        return self.payloads([data])[0]

    def payloads(self, many: Sequence[bytes | Packed]) -> list[int]:
        """``payload`` for many at once; ids in the order given."""
        if not many:
            return []
        packed = [one if isinstance(one, Packed) else self._kept(one) for one in many]
        for one in packed:
            if one.body is not None and len(one.body) > LARGEST_BODY:
                raise ValueError(f"{len(one.body)} bytes, compressed, belong into the archive: Archive.keep, before the transaction")
        each = {
            one.sha256: {"sha256": one.sha256, "size": one.size, "codec": one.codec, "body": one.body, "created_at": self.now}
            for one in packed
        }
        written = self.connection.execute(statements.payload_insert(self._sqlite), list(each.values()))
        known = {row.sha256: int(row.id) for row in written}
        if there := each.keys() - known.keys():
            known |= {row.sha256: int(row.id) for row in self.connection.execute(statements.PAYLOAD_IDS, {"hashes": list(there)})}
        return [known[one.sha256] for one in packed]

    def _kept(self, data: bytes) -> Packed:
        try:
            return self._keep(data)
        except ArchiveUnavailable as trouble:  # a full disk, mostly: the step waits for it as for the ledger's own
            raise LedgerUnavailable(f"the archive: {trouble}") from trouble

    def payload_ref(self, stored: Stored) -> int:
        """The id of a payload that stands in the archive, synced."""
        return self.payload(Packed(stored.sha256, stored.size, "archive", None))

    def generation(self, data: bytes | Packed) -> str:
        """Keep a configuration's bytes; its name is their SHA-256 in hex."""
        packed = data if isinstance(data, Packed) else pack(data)
        self.payload(packed)
        return packed.sha256.hex()
