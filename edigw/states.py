"""The states of files, interchanges, messages and deliveries, and what may follow what.

Each table of moves stands beside its picture; a test reads the pictures and fails when
one differs from its table. Nothing else in the gateway decides what may follow what: the
ledger asks ``follows`` before it writes.

Two directions of one kind are two machines: a received message and one we send share
their table in the ledger and nothing else, so they have enumerations of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Final, TypeAlias


class Kind(Enum):
    """What has a state. The value is the name of its table and of its events."""

    FILE = "file"
    INTERCHANGE = "interchange"
    MESSAGE = "message"
    DELIVERY = "delivery"


class FileState(Enum):
    """A received file."""

    CLAIMED = "claimed"  #: seen and ours, its bytes are not kept yet
    ARCHIVED = "archived"  #: its bytes are kept, its source may be retired
    SPLIT = "split"  #: every interchange in it is a row
    SETTLED = "settled"  #: every interchange in it is at an end
    QUARANTINED = "quarantined"  #: nothing in it can be read
    CLOSED = "closed"  #: a person gave it up, or it was gone before it was kept


class InterchangeIn(Enum):
    """A received interchange."""

    RECEIVED = "received"
    CHECKED = "checked"  #: every span judged, the envelope closed; its answer waits for a message that a person holds
    ANSWERED = "answered"  #: what is to be said about it is recorded
    SETTLED = "settled"
    HELD = "held"
    DUPLICATE = "duplicate"  #: the same bytes as one that was answered
    REFUSED = "refused"  #: its envelope is wrong
    CLOSED = "closed"


class MessageIn(Enum):
    """A received message."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    MAPPED = "mapped"  #: its document is kept and has its delivery
    DELIVERED = "delivered"
    REJECTED = "rejected"
    HELD = "held"
    RECONCILED = "reconciled"  #: an acknowledgement that found what it speaks of
    UNMATCHED = "unmatched"
    CLOSED = "closed"


class MessageOut(Enum):
    """A message we send."""

    SUBMITTED = "submitted"
    BUILT = "built"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    HELD = "held"
    OVERDUE = "overdue"
    DISPUTED = "disputed"  #: two answers that contradict each other
    REPLACED = "replaced"
    CLOSED = "closed"


class InterchangeOut(Enum):
    """An interchange we send."""

    COLLECTING = "collecting"
    NUMBERED = "numbered"  #: control numbers, date and time are fixed
    READY = "ready"  #: written and read back by a witness
    SENT = "sent"
    RECEIPTED = "receipted"
    ANSWERED = "answered"
    SETTLED = "settled"
    HELD = "held"
    VOIDED = "voided"
    OVERDUE = "overdue"
    CLOSED = "closed"


class DeliveryState(Enum):
    """Whatever must leave: an answer, a document, an interchange."""

    DUE = "due"
    UNDER_WAY = "under_way"
    DONE = "done"
    UNCERTAIN = "uncertain"  #: it may or may not have got through
    GIVEN_UP = "given_up"
    CLOSED = "closed"


State: TypeAlias = FileState | InterchangeIn | MessageIn | MessageOut | InterchangeOut | DeliveryState
Moves: TypeAlias = Mapping[State, frozenset[State]]

# Pictures: ``a → b | c`` is two moves; words in brackets are for the reader; lines without
# an arrow too.

# FileState
#   claimed → archived → split → settled
#   archived | split → quarantined           nothing in it can be read
#   quarantined → archived | closed          a person looks again, or gives it up
#   claimed → closed                         its sender took it back before it was kept
FILE: Final[Moves] = MappingProxyType(
    {
        FileState.CLAIMED: frozenset({FileState.ARCHIVED, FileState.CLOSED}),
        FileState.ARCHIVED: frozenset({FileState.SPLIT, FileState.QUARANTINED}),
        FileState.SPLIT: frozenset({FileState.SETTLED, FileState.QUARANTINED}),
        FileState.QUARANTINED: frozenset({FileState.ARCHIVED, FileState.CLOSED}),
        FileState.SETTLED: frozenset(),
        FileState.CLOSED: frozenset(),
    }
)

# InterchangeIn
#   received → checked → answered → settled
#   received → held → received | closed      sender, agreement, or same number with other bytes
#   received → duplicate → answered
#   received → refused → answered
INTERCHANGE_IN: Final[Moves] = MappingProxyType(
    {
        InterchangeIn.RECEIVED: frozenset({InterchangeIn.CHECKED, InterchangeIn.HELD, InterchangeIn.DUPLICATE, InterchangeIn.REFUSED}),
        InterchangeIn.CHECKED: frozenset({InterchangeIn.ANSWERED}),
        InterchangeIn.ANSWERED: frozenset({InterchangeIn.SETTLED}),
        InterchangeIn.HELD: frozenset({InterchangeIn.RECEIVED, InterchangeIn.CLOSED}),
        InterchangeIn.DUPLICATE: frozenset({InterchangeIn.ANSWERED}),
        InterchangeIn.REFUSED: frozenset({InterchangeIn.ANSWERED}),
        InterchangeIn.SETTLED: frozenset(),
        InterchangeIn.CLOSED: frozenset(),
    }
)

# MessageIn
#   received → accepted → mapped → delivered
#   received → rejected
#   received | accepted | mapped → held
#   held → received | accepted | rejected | closed       (rejected only if it is not yet answered)
#   received → reconciled | unmatched                    (acknowledgements)
#   unmatched → reconciled
MESSAGE_IN: Final[Moves] = MappingProxyType(
    {
        MessageIn.RECEIVED: frozenset({MessageIn.ACCEPTED, MessageIn.REJECTED, MessageIn.HELD, MessageIn.RECONCILED, MessageIn.UNMATCHED}),
        MessageIn.ACCEPTED: frozenset({MessageIn.MAPPED, MessageIn.HELD}),
        MessageIn.MAPPED: frozenset({MessageIn.DELIVERED, MessageIn.HELD}),
        MessageIn.HELD: frozenset({MessageIn.RECEIVED, MessageIn.ACCEPTED, MessageIn.REJECTED, MessageIn.CLOSED}),
        MessageIn.UNMATCHED: frozenset({MessageIn.RECONCILED}),
        MessageIn.DELIVERED: frozenset(),
        MessageIn.REJECTED: frozenset(),
        MessageIn.RECONCILED: frozenset(),
        MessageIn.CLOSED: frozenset(),
    }
)

# MessageOut
#   submitted → built → sent → confirmed | refused
#   submitted | built → held → submitted | closed
#   sent → overdue → sent | confirmed | refused | closed     (sent: it was sent again)
#   refused → closed | replaced
#   confirmed → disputed → closed
#   built → submitted                                        (its interchange was voided)
MESSAGE_OUT: Final[Moves] = MappingProxyType(
    {
        MessageOut.SUBMITTED: frozenset({MessageOut.BUILT, MessageOut.HELD}),
        MessageOut.BUILT: frozenset({MessageOut.SENT, MessageOut.HELD, MessageOut.SUBMITTED}),
        MessageOut.SENT: frozenset({MessageOut.CONFIRMED, MessageOut.REFUSED, MessageOut.OVERDUE}),
        MessageOut.HELD: frozenset({MessageOut.SUBMITTED, MessageOut.CLOSED}),
        MessageOut.OVERDUE: frozenset({MessageOut.SENT, MessageOut.CONFIRMED, MessageOut.REFUSED, MessageOut.CLOSED}),
        MessageOut.REFUSED: frozenset({MessageOut.CLOSED, MessageOut.REPLACED}),
        MessageOut.CONFIRMED: frozenset({MessageOut.DISPUTED}),
        MessageOut.DISPUTED: frozenset({MessageOut.CLOSED}),
        MessageOut.REPLACED: frozenset(),
        MessageOut.CLOSED: frozenset(),
    }
)

# InterchangeOut
#   collecting → numbered → ready → sent → receipted → answered → settled
#   ready → held → ready | voided
#   sent | receipted → overdue
#   overdue → sent | receipted | answered | closed           (sent: it was sent again)
INTERCHANGE_OUT: Final[Moves] = MappingProxyType(
    {
        InterchangeOut.COLLECTING: frozenset({InterchangeOut.NUMBERED}),
        InterchangeOut.NUMBERED: frozenset({InterchangeOut.READY}),
        InterchangeOut.READY: frozenset({InterchangeOut.SENT, InterchangeOut.HELD}),
        InterchangeOut.SENT: frozenset({InterchangeOut.RECEIPTED, InterchangeOut.OVERDUE}),
        InterchangeOut.RECEIPTED: frozenset({InterchangeOut.ANSWERED, InterchangeOut.OVERDUE}),
        InterchangeOut.ANSWERED: frozenset({InterchangeOut.SETTLED}),
        InterchangeOut.HELD: frozenset({InterchangeOut.READY, InterchangeOut.VOIDED}),
        InterchangeOut.OVERDUE: frozenset({InterchangeOut.SENT, InterchangeOut.RECEIPTED, InterchangeOut.ANSWERED, InterchangeOut.CLOSED}),
        InterchangeOut.SETTLED: frozenset(),
        InterchangeOut.VOIDED: frozenset(),
        InterchangeOut.CLOSED: frozenset(),
    }
)

# DeliveryState
#   due → under_way → done | due | uncertain | given_up
#   due → given_up                           a person holds its message, or its receiver did not answer for too long
#   uncertain → done | due | given_up
#   given_up → due | closed
DELIVERY: Final[Moves] = MappingProxyType(
    {
        DeliveryState.DUE: frozenset({DeliveryState.UNDER_WAY, DeliveryState.GIVEN_UP}),
        DeliveryState.UNDER_WAY: frozenset({DeliveryState.DONE, DeliveryState.DUE, DeliveryState.UNCERTAIN, DeliveryState.GIVEN_UP}),
        DeliveryState.UNCERTAIN: frozenset({DeliveryState.DONE, DeliveryState.DUE, DeliveryState.GIVEN_UP}),
        DeliveryState.GIVEN_UP: frozenset({DeliveryState.DUE, DeliveryState.CLOSED}),
        DeliveryState.DONE: frozenset(),
        DeliveryState.CLOSED: frozenset(),
    }
)

MOVES: Final[Moves] = MappingProxyType({**FILE, **INTERCHANGE_IN, **MESSAGE_IN, **MESSAGE_OUT, **INTERCHANGE_OUT, **DELIVERY})

#: Where a row of each machine begins.
INITIAL: Final[Mapping[type[State], State]] = MappingProxyType(
    {
        FileState: FileState.CLAIMED,
        InterchangeIn: InterchangeIn.RECEIVED,
        InterchangeOut: InterchangeOut.COLLECTING,
        MessageIn: MessageIn.RECEIVED,
        MessageOut: MessageOut.SUBMITTED,
        DeliveryState: DeliveryState.DUE,
    }
)

#: Nothing more is expected of a row here, although a person may still move some of them. A
#: file is settled when its interchanges are at an end, an interchange when its messages are.
AT_END: Final[frozenset[State]] = frozenset(
    {
        FileState.SETTLED, FileState.CLOSED,
        InterchangeIn.SETTLED, InterchangeIn.CLOSED,
        InterchangeOut.SETTLED, InterchangeOut.VOIDED, InterchangeOut.CLOSED,
        MessageIn.DELIVERED, MessageIn.REJECTED, MessageIn.RECONCILED, MessageIn.UNMATCHED, MessageIn.CLOSED,
        MessageOut.CONFIRMED, MessageOut.REPLACED, MessageOut.CLOSED,
        DeliveryState.DONE, DeliveryState.CLOSED,
    }
)  # fmt: skip

#: The gateway itself has the next step, under a lease. A claim lasts while the row moves among
#: these and ends when it leaves them. After a restart nothing may stay here past its lease.
WORKED_ON: Final[frozenset[State]] = frozenset(
    {
        FileState.CLAIMED, FileState.ARCHIVED,
        InterchangeIn.RECEIVED, InterchangeIn.DUPLICATE, InterchangeIn.REFUSED,
        MessageIn.RECEIVED, MessageIn.ACCEPTED,
        MessageOut.SUBMITTED,
        InterchangeOut.NUMBERED,
        DeliveryState.UNDER_WAY,
    }
)  # fmt: skip

_MACHINES: Final[Mapping[tuple[Kind, str], type[State]]] = MappingProxyType(
    {
        (Kind.FILE, "in"): FileState,
        (Kind.INTERCHANGE, "in"): InterchangeIn,
        (Kind.INTERCHANGE, "out"): InterchangeOut,
        (Kind.MESSAGE, "in"): MessageIn,
        (Kind.MESSAGE, "out"): MessageOut,
        (Kind.DELIVERY, "out"): DeliveryState,
    }
)
_PLACES: Final[Mapping[type[State], tuple[Kind, str]]] = MappingProxyType({machine: place for place, machine in _MACHINES.items()})
_BY_VALUE: Final[Mapping[tuple[Kind, str], Mapping[str, State]]] = MappingProxyType(
    {place: {state.value: state for state in machine} for place, machine in _MACHINES.items()}
)
#: Kinds whose table has a direction; files only come in, deliveries only go out.
DIRECTED: Final = frozenset({Kind.INTERCHANGE, Kind.MESSAGE})


def follows(was: State, to: State) -> bool:
    """Whether the table allows a row to go from *was* to *to* in one move."""
    return to in MOVES[was]


def machine(kind: Kind, direction: str = "in") -> type[State]:
    """The states a row of *kind* may be in; *direction* ("in", "out") matters where the kind has both."""
    if kind is Kind.DELIVERY:
        direction = "out"
    return _MACHINES[kind, direction if kind in DIRECTED or kind is Kind.DELIVERY else "in"]


def place(state: State) -> tuple[Kind, str]:
    """The kind and direction whose state this is."""
    return _PLACES[type(state)]


def read(kind: Kind, direction: str, value: str) -> State:
    """The state that the ledger wrote as *value*. Raises KeyError for one it never writes."""
    if kind not in DIRECTED:
        direction = "out" if kind is Kind.DELIVERY else "in"
    return _BY_VALUE[kind, direction][value]


_LETTERS: Final[Mapping[Kind, str]] = MappingProxyType({Kind.FILE: "F", Kind.INTERCHANGE: "I", Kind.MESSAGE: "M", Kind.DELIVERY: "D"})
_MANY: Final[Mapping[Kind, str]] = MappingProxyType({Kind.DELIVERY: "deliveries"})
_KINDS: Final[Mapping[str, Kind]] = MappingProxyType({letter: kind for kind, letter in _LETTERS.items()})


def show_id(kind: Kind, number: int) -> str:
    """``F12``, ``I7``, ``M31``, ``D5``: how people name a row."""
    return f"{_LETTERS[kind]}{number}"


def counted(kind: Kind, count: int) -> str:
    """``1 delivery``, ``312 deliveries``: how many rows of *kind*, in words."""
    return f"{count} {kind.value if count == 1 else _MANY.get(kind, f'{kind.value}s')}"


def parse_id(text: str) -> tuple[Kind, int]:
    """The row that *text* names (``M31``, ``m31``). Raises ValueError saying what an id looks like."""
    kind = _KINDS.get(text[:1].upper())
    digits = text[1:]
    if kind is None or not (digits.isascii() and digits.isdecimal()) or len(digits) > 18 or int(digits) == 0:
        raise ValueError(f"{text!r} is not an id; ids read F12 (file), I7 (interchange), M31 (message), D5 (delivery)")
    return kind, int(digits)
