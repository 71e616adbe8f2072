"""Which members a kind has, asked by path: what maps, rules and their mistakes need to know."""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel

from edigw.documents import values
from edigw.records import dataclass

Shape: TypeAlias = Literal["text", "decimal", "day", "clock", "count", "flag", "part", "free"]


@dataclass(frozen=True, slots=True)
class Member:
    """What stands at a path: its shape, whether it is a list, and the part's model if it is one.

    *shape* ``free``: under ``extensions`` anything goes.
    """

    shape: Shape
    many: bool
    model: type[BaseModel] | None = None


FREE = Member("free", False)

Members: TypeAlias = "Mapping[str, Member]"  #: of one model, by name, in its order

_SHAPES: tuple[tuple[Any, Shape], ...] = (
    (values.Text, "text"),
    (values.Amount, "decimal"),
    (values.Day, "day"),
    (values.Clock, "clock"),
    (values.Count, "count"),
    (bool, "flag"),
    (str, "text"),
)


def _of(annotation: Any) -> Member:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        return _of(inner[0])
    if origin is list:
        one = _of(get_args(annotation)[0])
        return Member(one.shape, True, one.model)
    if origin is dict:
        return FREE
    if origin is Literal:
        return Member("text", False)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Member("part", False, annotation)
    for known, shape in _SHAPES:
        if annotation == known:
            return Member(shape, False)
    raise TypeError(f"a document member may not be {annotation!r}")


@cache
def members(model: type[BaseModel]) -> Mapping[str, Member]:
    """The members of a model in its order."""
    hints = {name: info.rebuild_annotation() for name, info in model.model_fields.items()}
    return {name: _of(hint) for name, hint in hints.items()}


def member(model: type[BaseModel], path: str) -> Member | None:
    """What stands at *path* (``lines.item.gtin``, ``lines.0.notes``, ``extensions.department``).

    List positions may be left out. ``None``: the kind has no such member.
    """
    found = Member("part", False, model)
    for name in path.split("."):
        if name.isdigit() and found.many:
            continue
        if found.shape == "free":
            return FREE
        if found.model is None or name not in members(found.model):
            return None
        found = members(found.model)[name]
    return found
