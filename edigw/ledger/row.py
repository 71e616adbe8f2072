"""A row of the ledger as the flows hold it: its state as a word, its facts by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from edigw import states
from edigw.states import Kind, State


class Row:
    """One file, interchange, message or delivery, as it was when it was read. Never changes.

    Its facts are attributes (``row.partner``, ``row.span_start``), named as in ``tables.py``.
    A row that was claimed carries its owner and attempt: whatever is written by it is written
    only while both still hold.
    """

    __slots__ = ("_facts", "_kind")

    def __init__(self, kind: Kind, facts: Mapping[str, Any]) -> None:
        self._kind = kind
        self._facts = facts

    @property
    def id(self) -> int:
        return cast(int, self._facts["id"])

    @property
    def state(self) -> State:
        return states.read(self._kind, self._facts.get("direction", ""), self._facts["state"])

    @property
    def owner(self) -> str | None:
        """Who claimed it, node and boot; None: nobody."""
        return cast("str | None", self._facts["owner"])

    @property
    def attempt(self) -> int:
        """How often it was claimed."""
        return cast(int, self._facts["attempt"])

    @property
    def label(self) -> str:
        """``M31``: how people name it."""
        return states.show_id(self._kind, self.id)

    @property
    def of(self) -> Kind:
        """What it is; ``kind`` is a message's document kind."""
        return self._kind

    @property
    def facts(self) -> Mapping[str, Any]:
        """Every column by name, the state as its text."""
        return self._facts

    def but(self, **changes: Any) -> Row:
        """A copy with *changes*."""
        return Row(self._kind, {**self._facts, **changes})

    def __getattr__(self, name: str) -> Any:
        try:
            return self._facts[name]
        except KeyError:
            raise AttributeError(f"a {self._kind.value} has no {name!r}") from None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Row) and self._kind is other._kind and self._facts == other._facts

    def __hash__(self) -> int:
        return hash((self._kind, self.id))

    def __repr__(self) -> str:
        return f"<{self.label} {self._facts['state']}>"


#: Steps name rows by the row they claimed or read, or by id alone.
Rows: TypeAlias = "Sequence[Row | int]"


def id_of(row: Row | int) -> int:
    return row if isinstance(row, int) else row.id
