"""What waits, what stands still and why, and what mends it: the ledger's answer to "is all well?".

Only asked, never written. Troubles are grouped by their code, because a hundred interchanges
held for one missing line of a partner's file are one trouble with one remedy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from edigw.agreements import GIVEN_UP, HELD
from edigw.ledger import Ledger, Row
from edigw.records import dataclass
from edigw.states import AT_END, DeliveryState, FileState, InterchangeIn, InterchangeOut, Kind, MessageIn, MessageOut, State, place

MOST = 2_000  # rows looked at for one state; the counts say how many there are in all
SHOWN_IDS = 12  # of one trouble: enough for one command line
SHOWN_REASONS = 3

UNCERTAIN = "EDIGW-DELIVERY-E004"
ANSWER_DIFFERS = "EDIGW-DELIVERY-E006"
UNREADABLE = "EDIGW-FILE-E001"
EMPTY = "EDIGW-FILE-E003"
UNKNOWN_OUTCOMES = "edigw list --kind delivery --state uncertain"  # which of three commands is right, the receiver must say

#: States in which a row waits for a person.
STANDING: Final[Sequence[State]] = (
    FileState.QUARANTINED,
    InterchangeIn.HELD, InterchangeOut.HELD, InterchangeOut.OVERDUE,
    MessageIn.HELD, MessageOut.HELD, MessageOut.REFUSED, MessageOut.OVERDUE, MessageOut.DISPUTED,
    DeliveryState.GIVEN_UP, DeliveryState.UNCERTAIN,
)  # fmt: skip

#: Codes that only rows carry: why, and what to do. Those of routing and judging stand in ``agreements.HELD``.
_WORDS = MappingProxyType(
    {
        **HELD,
        UNREADABLE: ("nothing in the file can be read", "tell its sender, then edigw close; edigw show --payload has its bytes"),
        EMPTY: ("the file is empty", "ask its sender, then edigw close"),
        "EDIGW-FILE-E004": ("judging the file ended its worker", "report it, then edigw replay"),
        "EDIGW-ARCHIVE-E001": ("its bytes are damaged or missing", "restore them from a backup, then edigw replay; or close it"),
        "EDIGW-INBOUND-E003": ("carrying it on failed three times", "edigw show says where; report it, then edigw replay"),
        "EDIGW-INBOUND-E001": ("recording the file failed", "edigw show says where; report it, then edigw replay"),
        ANSWER_DIFFERS: (
            "another reader reads the answer differently than ours, so it was not sent",
            "edigw show --payload has its bytes, please report them; edigw retry sends it as it is, edigw close keeps it back",
        ),
        UNCERTAIN: (
            "it may have come through, and nobody knows",
            "ask the receiver: edigw done if it came, edigw retry if it did not, edigw close to leave it",
        ),
    }
)
_VERB = MappingProxyType({FileState.QUARANTINED: "replay", DeliveryState.GIVEN_UP: "retry"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows on their way: how many are in *state*, and since when the first of them."""

    kind: Kind
    state: State
    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """Rows that stand still for one cause."""

    kind: Kind
    state: State
    code: str
    count: int  #: of the rows looked at
    since: datetime  #: the first of them
    words: str  #: the cause, in the catalogue's words
    reasons: tuple[str, ...]  #: what the rows themselves say, each once, a few
    labels: tuple[str, ...]  #: a few of the rows, oldest first
    advice: str  #: what to mend
    command: str  #: what then lets them go on


@dataclass(frozen=True, slots=True)
class Overview:
    """Answers for an operator. *standing* counts all rows that wait for a person, looked at or not."""

    waiting: tuple[Waiting, ...]
    troubles: tuple[Trouble, ...]
    standing: int
    arrivals: tuple[Row, ...]  #: files, the newest first


def overview(ledger: Ledger, *, arrivals: int = 5) -> Overview:
    """Ask *ledger* what waits and what stands still, and for its last *arrivals*."""
    waiting: list[Waiting] = []
    groups: dict[tuple[State, str], list[Row]] = {}
    standing = 0
    for kind in Kind:
        open_states = [state for state in _states(kind) if state not in AT_END or state in STANDING]
        for state, (count, since) in ledger.tally(kind, state=open_states).items():
            if state not in STANDING:
                waiting.append(Waiting(kind, state, count, since))
                continue
            standing += count
            for row in ledger.rows(kind, state=state, limit=MOST):
                groups.setdefault((state, code_of(row)), []).append(row)
    # A message held for its delivery is one trouble with it: the delivery's if that was given up, else the message's.
    given_up = groups.get((DeliveryState.GIVEN_UP, GIVEN_UP), [])
    other = {row.id for (state, code), rows in groups.items() if state is MessageIn.HELD and code != GIVEN_UP for row in rows}
    groups[DeliveryState.GIVEN_UP, GIVEN_UP] = given_up = [row for row in given_up if row.message not in other]
    theirs = {row.message for row in given_up}
    troubles = []
    for (state, code), rows in groups.items():
        left = [row for row in rows if not (state is MessageIn.HELD and code == GIVEN_UP and row.id in theirs)]
        if left:
            troubles.append(_trouble(state, code, left))
    return Overview(tuple(waiting), tuple(troubles), standing, tuple(ledger.rows(Kind.FILE, newest=True, limit=arrivals)))


def code_of(row: Row) -> str:
    """The stable code of what a standing row waits for, ``""`` if it has none."""
    if row.state is DeliveryState.UNCERTAIN:
        return UNCERTAIN
    if row.state is DeliveryState.GIVEN_UP:
        return str(row.held) or GIVEN_UP
    return str(row.held)


def words_of(code: str) -> tuple[str, str]:
    """What a row's code means, and what to do; empty texts for one that is not known."""
    return _WORDS.get(code, ("", ""))


def verb_of(state: State, code: str) -> str:
    """The command that takes a row of this state and code on. Not for what is uncertain: that needs somebody's word first."""
    return "close" if code in (UNREADABLE, EMPTY) else _VERB.get(state, "release")


def _trouble(state: State, code: str, rows: Sequence[Row]) -> Trouble:
    kind, _ = place(state)
    labels = tuple(row.label for row in rows[:SHOWN_IDS])
    words, advice = words_of(code)
    verb = verb_of(state, code)
    reason = "" if verb == "retry" else ' --reason "..."'
    return Trouble(
        kind=kind,
        state=state,
        code=code,
        count=len(rows),
        since=min(row.changed_at for row in rows),
        words=words or state.value.replace("_", " "),
        reasons=tuple(_first(_reason(row) for row in rows)),
        labels=labels,
        advice=advice,
        command=UNKNOWN_OUTCOMES if state is DeliveryState.UNCERTAIN else f"edigw {verb} {' '.join(labels)}{reason}",
    )


def _reason(row: Row) -> str:
    if row.of is Kind.DELIVERY:
        return f"{row.lane}: {row.last_error or 'no reason kept'}"
    return str(row.reason)


def _first(reasons: Iterable[str]) -> list[str]:
    different = dict.fromkeys(reason for reason in reasons if reason)
    return [*different][:SHOWN_REASONS]


def _states(kind: Kind) -> list[State]:
    machines = (FileState, InterchangeIn, InterchangeOut, MessageIn, MessageOut, DeliveryState)
    return [state for machine in machines for state in machine if place(state)[0] is kind]
