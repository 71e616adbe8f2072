"""Deliveries that recording makes due: how many there may be, and which of them are claimed with it.

One that is claimed in the transaction that records it is handed over with its bytes, and
nobody looks for it in the ledger; see ``delivery.ahead``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import MutableMapping, Sequence
from typing import Any, TypeAlias

from edigw.delivery.flow import LEASE
from edigw.inbound.closing import Ending
from edigw.inbound.outcome import Recorded, Setting
from edigw.judge import FileJudged
from edigw.ledger import Row, Tx
from edigw.records import dataclass
from edigw.states import DeliveryState, Kind

#: Files, what was judged of each, and what can be decided about its interchanges without the ledger.
Batch: TypeAlias = "Sequence[tuple[Row, FileJudged, Sequence[Ending | None]]]"

_CLAIMED = (DeliveryState.UNDER_WAY,)


def wanted(batch: Batch, setting: Setting) -> Counter[str]:
    """How many deliveries *batch* may make due, by their lanes: no more than these."""
    found: Counter[str] = Counter()
    for _, judged, endings in batch:
        for one, ending in zip(judged.found, endings, strict=True):
            if ending is not None and one.judged is not None:
                found[setting.book.partners[one.partner].channel_out] += len(ending.answers)
                found.update(message.deliver for message in one.judged.messages if message.document)
    return found


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery that is to be inserted: for what became of which file, its columns, its bytes, and why."""

    done: Recorded
    facts: dict[str, Any]
    body: bytes
    why: str
    in_turn: bool = True  #: its order key lets it go now


def deliver(tx: Tx, due: Sequence[Due], room: MutableMapping[str, int]) -> None:
    """The rows of deliveries, claimed by us as far as there is *room*, which goes down by them."""
    ways: list[tuple[tuple[DeliveryState, ...], str]] = []
    for one in due:
        lane = one.facts["lane"]
        if one.in_turn and room.get(lane, 0) > 0:
            room[lane] -= 1
            ways.append((_CLAIMED, one.why))
        else:
            one.done.left_due = True
            ways.append(((), one.why))
    rows = tx.add_each(Kind.DELIVERY, [one.facts for one in due], ways, lease=LEASE)
    for one, (to, _), row in zip(due, ways, rows, strict=True):
        if to is _CLAIMED:
            one.done.claimed.append((row, one.body))
    if any(to for to, _ in ways):
        tx.also.append("claim")
