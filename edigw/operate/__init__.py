"""What a person does to the ledger. Table of contents of the room."""

from edigw.operate.orders import MOST_AT_ONCE, Done, NotDone, Order, named
from edigw.operate.verbs import close, hold, release, replay, retry, retry_all, step

__all__ = ["MOST_AT_ONCE", "Done", "NotDone", "Order", "close", "hold", "named", "release", "replay", "retry", "retry_all", "step"]
