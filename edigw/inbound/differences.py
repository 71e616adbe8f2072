"""What an interchange held for its control number is told of: where it differs from the one that had the number before."""

from __future__ import annotations

import asyncio

from edigw.archive import ArchiveUnavailable, PayloadDamaged
from edigw.errors import LedgerUnavailable
from edigw.inbound.comparing import difference
from edigw.inbound.outcome import Recorded
from edigw.ledger import Ledger, Tx
from edigw.log import get_logger
from edigw.states import InterchangeIn, Kind, show_id

log = get_logger("inbound")


async def tell_differences(ledger: Ledger, done: Recorded) -> None:
    """Add to the reason of each interchange held for its control number where it differs from the one that had it before.

    Behind the commit that holds them, for comparing is slow; a kill between leaves the reason without it.
    """
    for number, earlier in done.reused:
        try:
            reason = await asyncio.to_thread(_reason_with_difference, ledger, number, earlier)
        except (LedgerUnavailable, ArchiveUnavailable) as trouble:
            held = show_id(Kind.INTERCHANGE, number)
            log.warning("interchange.not_compared", interchange=held, code=trouble.code, why=str(trouble), next=f"edigw show {held}")
            continue
        label = show_id(Kind.INTERCHANGE, number)
        done.held = [(held, code, reason if held == label else why) for held, code, why in done.held]


def _reason_with_difference(ledger: Ledger, number: int, earlier: int) -> str:
    spans = []
    for one in (earlier, number):
        interchange = ledger.get(Kind.INTERCHANGE, one)
        file = ledger.get(Kind.FILE, interchange.file) if interchange is not None else None
        if interchange is None or file is None:
            raise LookupError(f"{show_id(Kind.INTERCHANGE, one)} is not in the ledger")
        try:
            data = ledger.payload(file.payload)[interchange.span_start : interchange.span_end]
        except PayloadDamaged as trouble:
            return f"{interchange.reason}; they cannot be compared: {trouble}"
        spans += [data, interchange.header["delimiters"]]
        reason = interchange.reason
    reason = f"{reason}; {difference(*spans)}"

    def tell_difference(tx: Tx) -> None:
        held = tx.get(Kind.INTERCHANGE, number)
        if held is not None and held.state is InterchangeIn.HELD:  # not released meanwhile
            tx.set(Kind.INTERCHANGE, [number], reason=reason)

    ledger.run(tell_difference)
    return reason
