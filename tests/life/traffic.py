"""What partners send to the gateway under test, each with what must come of it.

Every piece is unique: its purchase order numbers, its control numbers, and so its answers.
A ``Sent`` says by hand what is to arrive at the back office and what is to stand in the
outbox; nothing here asks the gateway's own code what is right.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@dataclass(frozen=True)
class Answer:
    """What the partner must find in its outbox, once: the segments between ST or UNH and SE or UNT."""

    partner: str
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """A file, and what must come of it."""

    name: str
    partner: str
    data: bytes
    documents: tuple[str, ...] = ()  #: order numbers that reach the back office, each once
    refused: tuple[str, ...] = ()  #: order numbers that never do
    answers: tuple[Answer, ...] = ()
    state: str = "settled"  #: where the file ends


@dataclass
class Traffic:
    """Files of the partners acme (X12 850) and nordwind (EDIFACT ORDERS), numbered from *first*."""

    seed: int = 1
    first: int = 1
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self._numbers = itertools.count(self.first)

    # -- pieces

    def order(self) -> Sent:
        """One good 850."""
        return self.orders(1)

    def orders(self, sets: int, *, lines: int = 1, notes: int = 0) -> Sent:
        """One X12 interchange of *sets* good 850s; *notes* of 264 random letters in each make it large."""
        number = next(self._numbers)
        numbers = [f"PO-{number}-{index}" for index in range(1, sets + 1)]
        data = x12(number, [self.purchase_order(index, po, lines, notes) for index, po in enumerate(numbers, 1)])
        parts = [segment for index in range(1, sets + 1) for segment in (f"AK2*850*{index:04}", "AK5*A")]
        answer = Answer("acme", (f"AK1*PO*{number}", *parts, f"AK9*A*{sets}*{sets}*{sets}"))
        return Sent(f"po{number}.edi", "acme", data, tuple(numbers), (), (answer,))

    def edifact(self) -> Sent:
        """One good ORDERS."""
        number = next(self._numbers)
        po = f"NW-{number}"
        answer = Answer("nordwind", (f"UCI+{number}+4012345000016:14+4012345000009:14+7", f"UCM+{number}+ORDERS:D:96A:UN:EAN008+7"))
        return Sent(f"orders{number}.edi", "nordwind", edifact(number, po), (po,), (), (answer,))

    def bad(self) -> Sent:
        """An 850 with an impossible date: refused, with the reason in its 997."""
        number = next(self._numbers)
        po = f"PO-{number}-1"
        data = x12(number, [[f"BEG*00*SA*{po}**20261332", "PO1*1*10*EA*9.25*PE*UP*614141100118", "CTT*1"]])
        segments = (f"AK1*PO*{number}", "AK2*850*0001", "AK3*BEG*2**8", "AK4*5*373*8*20261332", "AK5*R*5", "AK9*R*1*1*0")
        return Sent(f"bad{number}.edi", "acme", data, (), (po,), (Answer("acme", segments),))

    def two(self) -> Sent:
        """Two interchanges in one file, the second with one good and one bad set."""
        one, other = self.order(), next(self._numbers)
        good, bad = f"PO-{other}-1", f"PO-{other}-2"
        sets = [self.purchase_order(1, good), [f"BEG*00*SA*{bad}**20261332", "PO1*1*10*EA*9.25*PE*UP*614141100118", "CTT*1"]]
        segments = ("AK2*850*0001", "AK5*A", "AK2*850*0002", "AK3*BEG*2**8", "AK4*5*373*8*20261332", "AK5*R*5", "AK9*P*2*2*1")
        answer = Answer("acme", (f"AK1*PO*{other}", *segments))
        return Sent(f"two{other}.edi", "acme", one.data + x12(other, sets), (*one.documents, good), (bad,), (*one.answers, answer))

    def large(self) -> Sent:
        """An interchange that stays above 256 KB when it is compressed; none of its documents does."""
        return self.orders(5, notes=400)

    def mix(self, count: int) -> list[Sent]:
        """*count* files of all small kinds, the first ones one of each."""
        makers = [self.order, self.edifact, self.bad, self.two]
        return [makers[index]() if index < len(makers) else self.random.choice(makers)() for index in range(count)]

    def purchase_order(self, index: int, number: str, lines: int = 1, notes: int = 0) -> list[str]:
        body = [f"BEG*00*SA*{number}**20261120", "REF*DP*038", "DTM*002*20261127"]
        if notes:
            body += ["N9*L1*NOTES", *(f"MSG*{''.join(self.random.choices(LETTERS, k=264))}" for _ in range(notes))]
        body.append("N1*BY*ACME RETAIL INC*UL*0614141000012")
        body += [f"PO1*{line}*{index}*EA*9.25*PE*UP*614141100118*VN*AB{line}" for line in range(1, lines + 1)]
        return [*body, f"CTT*{lines}"]


def x12(number: int, sets: Sequence[Sequence[str]], *, sender: str = "ACMESTORES", kind: str = "850", trailer: bool = True) -> bytes:
    """An interchange and group, both numbered *number*, around *sets* (without ST and SE)."""
    segments = [
        f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*OURCOMPANY     *261120*1530*U*00401*{number:09}*0*P*>",
        f"GS*PO*ACME*OURCOMPANY*20261120*1530*{number}*X*004010",
    ]
    for index, body in enumerate(sets, 1):
        segments += [f"ST*{kind}*{index:04}", *body, f"SE*{len(body) + 2}*{index:04}"]
    segments.append(f"GE*{len(sets)}*{number}")
    if trailer:
        segments.append(f"IEA*1*{number:09}")
    return ("~\n".join(segments) + "~\n").encode()


def edifact(number: int, po: str, *, trailer: bool = True) -> bytes:
    """One ORDERS D.96A in an interchange of its own, both numbered *number*."""
    body = [
        f"UNH+{number}+ORDERS:D:96A:UN:EAN008",
        f"BGM+220+{po}+9",
        "DTM+137:20261120:102",
        "DTM+2:20261127:102",
        "NAD+BY+4012345000016::9",
        "NAD+SU+4012345000009::9",
        "LIN+1++4012345100013:EN",
        "QTY+21:120:PCE",
        "PRI+AAA:9.25::NTP:1:PCE",
        "UNS+S",
        "CNT+2:1",
    ]
    segments = ["UNA:+.? ", f"UNB+UNOC:3+4012345000016:14+4012345000009:14+261120:1530+{number}", *body, f"UNT+{len(body) + 1}+{number}"]
    if trailer:
        segments.append(f"UNZ+1+{number}")
    return ("'\n".join(segments) + "'\n").encode().replace(b"UNA:+.? '", b"UNA:+.? '")
