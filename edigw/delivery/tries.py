"""What one try of a delivery came to, and how the ledger and the log say so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from edigw import counted
from edigw.ledger import Row, Tx
from edigw.log import get_logger
from edigw.records import dataclass
from edigw.states import DeliveryState as State
from edigw.states import Kind, MessageIn

log = get_logger("delivery")

OUTCOMES = {State.DONE: "done", State.DUE: "again", State.UNCERTAIN: "uncertain"}  #: as the metrics name them
UNEXPECTED = "EDIGW-DELIVERY-E002"  #: a try that failed for a cause nobody expected
AGAIN = "EDIGW-DELIVERY-E003"  #: it did not get through, and is tried again
CONNECT = "edigw check --connect"  #: tells what a partner's server shows, and what to do about it
GIVEN_UP = "EDIGW-DELIVERY-E005"  #: ``message.held`` when its delivery was given up


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try came to: the state it leads to, why, and when it is due again."""

    to: State
    why: str
    due_at: datetime | None = None
    held: str = ""  #: the code of what a person must look at, where it has one of its own
    mark: str | None = None  #: what the next try must know
    cause: str = ""  #: the code of what a person must mend before anything goes there, where no waiting helps
    no_answer: bool = False  #: the receiver could not be used, whatever is to be delivered


def named(row: Row) -> str:
    """The name of the file that a delivery becomes: its own, or by its id where it was recorded for something that takes no files."""
    if row.name:
        return str(row.name)
    return f"{(row.headers or {}).get('edigw-document') or row.what}-{row.webhook_id.rpartition(':')[2] or row.label}.json"


def record_tries(tx: Tx, tries: Sequence[tuple[Row, Tried]]) -> None:
    """What tries came to, with what follows for their messages; those that succeeded together.

    Raises Superseded when one of the deliveries is no longer ours; then nothing is recorded.
    """
    done = [row for row, tried in tries if tried.to is State.DONE]
    if done:
        tx.move(Kind.DELIVERY, done, State.UNDER_WAY, State.DONE, "the receiver has it", last_error=None, mark=None)
        messages = [row.message for row in done if row.message is not None]
        if messages:
            tx.move(Kind.MESSAGE, messages, MessageIn.MAPPED, MessageIn.DELIVERED, "the receiver has it")
        tx.settle((row.interchange for row in done if row.interchange is not None), messages=messages)
    for row, tried in tries:
        if tried.to is State.DONE:
            continue
        facts: dict[str, Any] = {"last_error": tried.why, "mark": row.mark if tried.to is State.UNCERTAIN else tried.mark}
        if tried.held:
            facts |= {"held": tried.held, "reason": tried.why}
        if tried.due_at is not None:
            facts["due_at"] = tried.due_at
        tx.move(Kind.DELIVERY, [row], State.UNDER_WAY, tried.to, tried.why, **facts)
        if tried.to is State.GIVEN_UP and row.message is not None:
            tx.move(Kind.MESSAGE, [row.message], MessageIn.MAPPED, MessageIn.HELD, tried.why, held=GIVEN_UP, reason=tried.why)


def say(row: Row, tried: Tried) -> None:
    facts = {"delivery": f"D{row.id}", "to": row.lane, "attempt": row.attempt, "what": row.what}
    counted.tried(row.lane, OUTCOMES.get(tried.to, "") or ("held" if tried.held else "given_up"))
    if tried.to is State.DONE:
        log.info("delivery.done", **facts)
    elif tried.to is State.DUE:
        further = f"{CONNECT}; mend it, then edigw retry D{row.id}" if tried.cause else f"edigw retry D{row.id}"
        log.warning("delivery.again", **facts, why=tried.why, due_at=tried.due_at, code=tried.cause or AGAIN, next=further)
    elif tried.to is State.UNCERTAIN:
        further = f"ask the receiver, then edigw done D{row.id} or edigw retry D{row.id}"
        log.error("delivery.uncertain", **facts, why=tried.why, code="EDIGW-DELIVERY-E004", next=further)
    elif tried.held:
        further = f"edigw show D{row.id}; edigw retry D{row.id} sends it as it is, edigw close D{row.id}"
        log.error("delivery.held", **facts, why=tried.why, code=tried.held, next=further)
    else:
        log.error(
            "delivery.given_up", **facts, why=tried.why, code=GIVEN_UP, next=f"edigw show D{row.id}; mend it, then edigw retry D{row.id}"
        )
