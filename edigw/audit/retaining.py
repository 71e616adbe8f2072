"""``edigw retain``: seal what is over, remove what its period is over for, and say how much.

Each step is one transaction that is whole by itself, so a kill at any moment leaves a ledger
that verifies; what is left to do is done by the next run. A file of the archive is removed
only when the ledger says that its payload is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from edigw.archive import Archive
from edigw.errors import EdigwError
from edigw.ledger import Ledger, Tx, retention, seals
from edigw.ledger.damage import Damage
from edigw.records import dataclass

T = TypeVar("T")
NAME: Final = "retain"  #: of the lease: two at once would only be in each other's way
TTL: Final = timedelta(minutes=10)
PUT_LATELY: Final = 3600.0  # seconds: a file of the archive that was put since then may be about to be named again


class RetainTaken(EdigwError):
    """Another ``edigw retain`` is at work on this ledger."""

    code = "EDIGW-RETAIN-E001"
    advice = "wait until it has ended"


@dataclass(slots=True)
class Done:
    """What was, or with ``dry_run`` would be, removed."""

    sealed: int = 0
    payloads: int = 0
    bytes: int = 0
    files: int = 0  #: of the archive
    stretches: int = 0
    events: int = 0
    damaged: list[Damage] = field(default_factory=list)  #: chains that are not sealed, and so not removed


def retain(
    ledger: Ledger, archive: Archive, now: datetime, *, payloads: timedelta | None, events: timedelta | None, dry_run: bool = False
) -> Done:
    """Seal the days that are over; remove what came to its end longer ago than *payloads* and *events*. None: keep for ever.

    Raises RetainTaken when another is at it.
    """
    done = Done()
    stretches, done.damaged = seals.unsealed(ledger, now)
    done.sealed = len(stretches)
    if dry_run:
        _count(ledger, done, now, payloads, events)
        return done
    if not ledger.lease(NAME, TTL):
        holder = ledger.holder(NAME)
        raise RetainTaken("another edigw retain is at work" + (f" (process {holder.pid})" if holder else ""))
    try:
        _run(ledger, partial(seals.write, stretches=stretches))
        if payloads is not None:
            _remove_payloads(ledger, done, now - payloads, f"older than {payloads.days} days")
        for ids in _discarded(ledger, archive):
            _run(ledger, partial(retention.gone_from_archive, ids=ids))
            done.files += len(ids)
        if events is not None:
            why = f"older than {events.days} days"
            for one in list(retention.stretches_over(ledger, now - events)):
                if _run(ledger, partial(retention.remove_stretch, one=one, why=why)):
                    done.stretches += 1
        while removed := _run(ledger, retention.sweep_events):
            done.events += removed
    finally:
        ledger.give_up(NAME)
    return done


def _run(ledger: Ledger, step: Callable[[Tx], T]) -> T:
    ledger.lease(NAME, TTL)
    return ledger.run(step, name="retain")


def _count(ledger: Ledger, done: Done, now: datetime, payloads: timedelta | None, events: timedelta | None) -> None:
    if payloads is not None:
        ids, done.bytes = retention.payloads_over(ledger, now - payloads)
        done.payloads = len(ids)
    if events is not None:
        for one in retention.stretches_over(ledger, now - events):
            done.stretches += 1
            done.events += one.events


def _remove_payloads(ledger: Ledger, done: Done, until: datetime, why: str) -> None:
    ids, _ = retention.payloads_over(ledger, until)
    for at in range(0, len(ids), retention.BATCH):
        some = ids[at : at + retention.BATCH]
        count, size = _run(ledger, partial(retention.remove_payloads, ids=some, until=until, why=why))
        done.payloads += count
        done.bytes += size


def _discarded(ledger: Ledger, archive: Archive) -> Iterator[list[int]]:
    """Files of removed payloads, removed from the archive; a batch at a time."""
    batch: list[int] = []
    for number, sha256 in retention.left_in_archive(ledger):
        if archive.discard(sha256, older_than=PUT_LATELY):
            batch.append(number)
        if len(batch) == retention.BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
