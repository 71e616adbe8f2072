"""A compiled map, as its writing half sees it: what ``library.Program`` promises to ``write``."""

from __future__ import annotations

from collections.abc import Set
from typing import Protocol

from edigw.mappings.plan import Plan
from edigw.standards.guide import Guide
from edigw.standards.schema import Standard


class Bound(Protocol):
    """A map made ready for one release. Read-only."""

    @property
    def name(self) -> str:
        """``acme/850``, for messages."""

    @property
    def standard(self) -> Standard:
        """The table it was compiled for."""

    @property
    def plan(self) -> Plan:
        """Its bindings, resolved."""

    @property
    def fields(self) -> Set[str]:
        """Paths bound, list positions left out."""

    @property
    def guide(self) -> Guide:
        """What is judged beside the table; empty where the map has none."""
