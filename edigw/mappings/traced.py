"""Values that bear where they come from: for ``why``, and for nothing that is delivered.

Texts and numbers stay what they are to everybody who handles them: compared, copied,
moved from one object to another, they keep their origin. What is made anew of them loses
it, unless its maker says ``like``.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from edigw.model import Position
from edigw.records import dataclass
from edigw.yamlnodes import Place

#: *sent*: read from an element; *default*: the map's, for nothing was sent; *constant*: the map's own word.
How: TypeAlias = Literal["sent", "default", "constant"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one value of a document comes from."""

    how: How
    path: str  #: of the segment, by its loops: ``PO1/REF``
    at: Position  #: of the element; of the segment for what was not sent
    sent: str  #: as it stood there, in real characters
    place: Place  #: the line of the map


class _Text(str):
    origin: Origin

    __slots__ = ("origin",)


class _Number(int):
    origin: Origin


def marked(value: Any, origin: Origin) -> Any:
    """*value* with its origin; what is neither text nor number cannot bear one."""
    made: _Text | _Number
    if isinstance(value, str):
        made = _Text(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        made = _Number(value)
    else:
        return value
    made.origin = origin
    return made


def origin(value: Any) -> Origin | None:
    """Where *value* comes from, if it bears that."""
    return value.origin if isinstance(value, (_Text, _Number)) else None


def like(value: Any, other: Any) -> Any:
    """*value* with the origin of *other*, of which it was made; as it is where that bears none."""
    found = origin(other)
    return value if found is None else marked(value, found)
