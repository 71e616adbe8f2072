"""What a person does to the ledger: release, replay, retry, hold, close.

Each action is one transaction that compares and sets, with the person's name and reason in
its events. Nothing is judged or sent here: a row is put where the daemon takes it up, and
what it comes to then is decided by the flows and by the configuration of that day.

A row that is not where the action expects it is left alone: ``NotDone`` says where it is
instead. A row that somebody else moved at the same moment raises Superseded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edigw.agreements import BY_HAND
from edigw.ledger import Ledger, Row, Tx
from edigw.operate import closing, releasing, retrying
from edigw.operate.orders import MOST_AT_ONCE, Done, NotDone, Order, wanted
from edigw.states import DeliveryState, Kind


def release(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Let what is held go on: an interchange with all that repeat its bytes, a message, a quarantined file.

    It is judged by the configuration that the daemon has then. A verdict that was answered
    stands. Raises NotDone for what is not held.
    """
    return _run(ledger, "released", by, lambda tx, why: releasing.release(tx, wanted(tx, kind, number), why))


def replay(ledger: Ledger, kind: Kind, number: int, by: Order, *, again: bool = False) -> list[Done]:
    """Do it once more: what is held goes on as with ``release``; a delivered message is delivered again.

    The repeat is a message of its own, linked to the first, judged by today's configuration
    and delivered under a new id, so its document reaches the back office twice: *again* says
    that this is meant. Raises NotDone without it, and for what cannot be replayed.
    """
    return _run(ledger, "replayed", by, lambda tx, why: releasing.replay(tx, wanted(tx, kind, number), why, again=again))


def retry(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Make a delivery due now, with its id and bytes; a message or an interchange names its deliveries.

    For one that was given up, is uncertain, or waits before its next try. Raises NotDone.
    """

    def work(tx: Tx, why: str) -> list[Done]:
        row = wanted(tx, kind, number)
        every = retrying.deliveries(tx, row)
        tries = [one for one in every if one.state in retrying.RETRIED]
        if not tries and row.of is Kind.DELIVERY:
            raise NotDone(row.label, f"is {row.state.value}; there is nothing to retry", f"edigw show {row.label}")
        if not tries:
            found = ", ".join(f"{one.label} {one.state.value}" for one in every) or "none"
            raise NotDone(row.label, f"has nothing to retry; its deliveries: {found}", f"edigw show {row.label}")
        done, left = retrying.retry(tx, tries, why)
        if not done:
            raise left[0]
        return done

    return _run(ledger, "retried", by, work)


def retry_all(ledger: Ledger, by: Order, *, lane: str = "", partner: str = "") -> list[Done]:
    """``retry`` whatever was given up or waits before its next try, on one *lane* or for one *partner* if given.

    Uncertain ones are left out: each needs a person who has asked whether it came through.
    So are those that a person holds back.
    At most MOST_AT_ONCE at a time, the oldest first.
    """
    filters: dict[str, Any] = {name: value for name, value in (("lane", lane), ("partner", partner)) if value}

    def work(tx: Tx, why: str) -> list[Done]:
        lost = tx.rows(Kind.DELIVERY, state=DeliveryState.GIVEN_UP, limit=MOST_AT_ONCE, **filters)
        due = tx.rows(Kind.DELIVERY, state=DeliveryState.DUE, limit=MOST_AT_ONCE - len(lost), **filters)
        messages = retrying.messages_of(tx, lost)
        lost = [row for row in lost if row.message is None or messages[row.message].held != BY_HAND]
        return retrying.retry(tx, [*lost, *(row for row in due if row.due_at > tx.now)], why)[0]

    return _run(ledger, "retried", by, work)


def hold(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Keep a message from being delivered, or an interchange from being judged, until it is released.

    Only while nobody works on it: a delivery under way cannot be called back. Raises NotDone.
    """
    return _run(ledger, "held", by, lambda tx, why: closing.hold(tx, wanted(tx, kind, number), why))


def close(ledger: Ledger, kind: Kind, number: int, by: Order) -> list[Done]:
    """Give up what is held, quarantined, given up or uncertain: nothing more comes of it. Raises NotDone.

    What was not answered stays unanswered; the texts say so where the sender must be told.
    """
    return _run(ledger, "closed", by, lambda tx, why: closing.close(tx, wanted(tx, kind, number), why))


def step(tx: Tx, verb: str, row: Row, why: str) -> list[Done]:
    """What *verb* ("release", "replay", "retry", "close") does to *row*, inside a transaction of the caller's.

    A replay of a delivered message is meant to reach the back office twice. Raises NotDone before anything is written.
    """
    match verb:
        case "release":
            return releasing.release(tx, row, why)
        case "replay":
            return releasing.replay(tx, row, why, again=True)
        case "retry":
            done, left = retrying.retry(tx, [row], why)
            if not done:
                raise left[0]
            return done
        case "close":
            return closing.close(tx, row, why)
    raise ValueError(f"{verb!r} is not done to many at once")


def _run(ledger: Ledger, verb: str, by: Order, work: Callable[[Tx, str], list[Done]]) -> list[Done]:
    def act(tx: Tx) -> list[Done]:
        return work(tx, by.why(verb))

    return ledger.run(act, name=f"person {verb}")
