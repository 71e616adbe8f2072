"""What a person orders, and what came of it: values, and the words for a row."""

from __future__ import annotations

from edigw.errors import EdigwError
from edigw.ledger import Row, Tx
from edigw.records import dataclass
from edigw.states import Kind, show_id

MOST_AT_ONCE = 5_000  # deliveries one ``retry_all`` moves: one transaction must not keep the daemon waiting for seconds


@dataclass(frozen=True, slots=True)
class Order:
    """Who acts, and why. *reason* ``""``: none was given."""

    person: str
    reason: str = ""

    def why(self, done: str) -> str:
        """``released by ada: partner file added``, as the events say it."""
        return f"{done} by {self.person}" + (f": {self.reason}" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Done:
    """One row that was acted on: its id, and what becomes of it now."""

    label: str
    text: str


class NotDone(EdigwError):
    """The action does not fit the row's state; nothing was changed. *label* names the row."""

    code = "EDIGW-OPERATE-E001"

    def __init__(self, label: str, text: str, advice: str = "") -> None:
        self.label = label
        self.advice = advice
        super().__init__(f"{label} {text}")


def wanted(tx: Tx, kind: Kind, number: int) -> Row:
    """The row that an order names. Raises NotDone."""
    row = tx.get(kind, number)
    if row is None:
        raise NotDone(show_id(kind, number), "is not in the ledger", "edigw find, edigw list")
    return row


def named(row: Row) -> str:
    """A row in the words of the trade: ``850 0001 from acme (PO-4711)``."""
    match row.of:
        case Kind.FILE:
            return f"file {row.name}" + (f" from {row.partner}" if row.partner else "")
        case Kind.INTERCHANGE:
            ends = f" from {row.partner or row.sender}" if row.direction == "in" else f" to {row.partner or row.receiver}"
            return f"interchange {row.control_number}{ends}"
        case Kind.MESSAGE:
            ends = " from " if row.direction == "in" else " to "
            return f"{row.type} {row.control_number}{ends}{row.partner}" + (f" ({row.key})" if row.key else "")
        case Kind.DELIVERY:
            what = "answer " + row.name if row.what == "ack" else row.what
            of = f" of M{row.message}" if row.message is not None else ""
            return f"{what}{of} to {row.lane}"
