"""Whatever must leave: documents to endpoints, answers to partners' channels. Table of contents of the room.

Each endpoint or channel is a *lane* with its own number of deliveries under way, so one
that hangs never holds the others.
"""

from edigw.delivery.ahead import Ahead
from edigw.delivery.flow import Deliveries
from edigw.delivery.lanes import CHANNEL_BATCH, CHANNEL_RETRY, CLAIMED_AHEAD, Lane
from edigw.delivery.tries import GIVEN_UP, Tried, record_tries

__all__ = ["CHANNEL_BATCH", "CHANNEL_RETRY", "CLAIMED_AHEAD", "GIVEN_UP", "Ahead", "Deliveries", "Lane", "Tried", "record_tries"]
