"""Room in lanes for what is still being recorded, so that it is claimed in the transaction that makes it due."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from edigw.delivery.lanes import Lane
from edigw.records import dataclass


@dataclass(frozen=True, eq=False, slots=True)
class Ahead:
    """Room kept in lanes, which count it as busy and stay open until it is given back or filled."""

    granted: Mapping[str, tuple[Lane, int]]  #: by a lane's name
    over: asyncio.Future[None]  #: done when it is given back; among each lane's tasks until then

    @property
    def room(self) -> Mapping[str, int]:
        """How many deliveries may be claimed for each lane; one that is not named has no room."""
        return {name: count for name, (_, count) in self.granted.items()}
