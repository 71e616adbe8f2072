"""Which answers are read back by a second reader before they leave, and what a difference means.

The builders of answers are witnessed in tests for every code they can say; in operation a
sample is enough: the first of each partner, and then one in many. An answer of the sample is
marked in the transaction that records it, and the mark stands until it was read back, so a
kill between cannot let it slip through.

One that another reads differently is held: its delivery is given up under a code of its own.
A person who looked at it sends it as it is (``edigw retry``) or keeps it back (``edigw close``).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

WITNESS: Final = "witness"  #: ``delivery.mark`` of an answer that must be read back before it leaves
ANSWER_DIFFERS: Final = "EDIGW-DELIVERY-E006"  #: ``delivery.held`` of one that another reader reads differently

FIRST = 20  # answers of each partner, which show its identities, its version and what it usually sends
THEN_EVERY = 100  # what is read back of the rest: 1 in 100

#: Reads answers back in a worker process; of each what another reader sees differently.
Witness = Callable[[Sequence[bytes]], Awaitable[list[list[str]]]]


def is_sampled(number: int, first: int) -> bool:
    """Whether the answer with this interchange control number is read back; *first* is where the partner's numbers begin."""
    return 0 <= number - first < FIRST or number % THEN_EVERY == 0
