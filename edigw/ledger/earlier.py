"""What came before: the part of a step that asks whether this file, these bytes, this number or this document was here already."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from edigw.ledger import statements
from edigw.ledger.queries import Questions
from edigw.ledger.row import Row
from edigw.states import Kind

SAME_BYTES: Final = 10  # received interchanges with the same bytes that a step is shown: so many first and so many last ones


class Earlier(Questions):
    """What a step may ask of what came before; see ``Tx``, which has the rest."""

    connection: Connection
    now: datetime

    def arrivals(self, channel: str, paths: Collection[str]) -> dict[tuple[str, int, int, str], Row]:
        """Files of *channel* whose source is not known to be gone, by (path, size, mtime_ns, ident)."""
        found = self._all(Kind.FILE, statements.ARRIVALS, {"channel": channel, "paths": list(paths)})
        return {(row.path, row.size, row.mtime_ns, row.ident): row for row in found}

    def arrival(self, channel: str, path: str, size: int, mtime_ns: int, ident: str) -> Row | None:
        """The file that arrived as this one and whose source is not known to be gone, or None."""
        return self.arrivals(channel, [path]).get((path, size, mtime_ns, ident))

    def seen(self, digests: Collection[str]) -> dict[str, list[Row]]:
        """Received interchanges with the same bytes, by digest, in order; no duplicates of them.

        Of many the first ones, to link to, and the last ones: whichever was accepted is among
        them, for what came behind it is its duplicate.
        """
        return self.before(digests, (), self.now)[0]

    def said(self, keys: Collection[str], *, but: Collection[str]) -> list[tuple[str, str, str, str, int]]:
        """What documents with these business keys say: partner, kind, key, digest of the contents, the last such message.

        Of received messages that were not rejected, not closed and not held by one of the codes *but*.
        """
        if not keys:
            return []
        found = self.connection.execute(statements.SAID, {"keys": list(keys), "held": list(but)})
        return [(row.partner, row.kind, row.key, row.contents, row.last) for row in found]

    def numbered(self, control_numbers: Collection[str], since: datetime) -> list[Row]:
        """Received interchanges with one of these control numbers made *since* then, the newest first.

        Those that a person closed, and duplicates, do not count. Whose they are is for the caller to compare.
        """
        return self.before((), control_numbers, since)[1]

    def before(self, digests: Collection[str], control_numbers: Collection[str], since: datetime) -> tuple[dict[str, list[Row]], list[Row]]:
        """``seen`` and ``numbered`` in one statement."""
        seen: dict[str, list[Row]] = {}
        numbered: list[Row] = []
        if digests or control_numbers:
            asked = {"digests": list(digests), "most": SAME_BYTES, "numbers": list(control_numbers), "since": since}
            found = self.connection.execute(statements.BEFORE, asked).mappings().all()
            for one in sorted(found, key=lambda one: int(one["id"])):
                facts = dict(one)
                row = Row(Kind.INTERCHANGE, facts)
                if facts.pop("asked") == "seen":
                    seen.setdefault(row.digest, []).append(row)
                else:
                    numbered.insert(0, row)
        return seen, numbered
