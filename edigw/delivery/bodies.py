"""The bytes of deliveries, read before they leave; of one that cannot be read, why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from edigw.archive import ArchiveUnavailable, PayloadDamaged
from edigw.errors import LedgerUnavailable
from edigw.ledger import Ledger, Row
from edigw.ledger.outage import AGAIN_AFTER


async def when_there(ledger: Ledger, rows: Sequence[Row], stopping: Callable[[], bool]) -> dict[int, bytes | Exception]:
    """The payload of each delivery by its id, or why it cannot be read.

    Waits for a database that cannot be reached. Raises LedgerUnavailable only when *stopping* says so meanwhile.
    """
    while True:
        try:
            return await asyncio.to_thread(_read, ledger, rows)
        except LedgerUnavailable:
            if stopping():
                raise
            await asyncio.sleep(AGAIN_AFTER)


def _read(ledger: Ledger, rows: Sequence[Row]) -> dict[int, bytes | Exception]:
    try:
        found = ledger.payloads([row.payload for row in rows])
        return {row.id: found[row.payload] for row in rows}
    except (PayloadDamaged, ArchiveUnavailable, KeyError) as trouble:
        if len(rows) == 1:
            return {rows[0].id: trouble}
    return {number: body for row in rows for number, body in _read(ledger, [row]).items()}
