"""What a binding fills while a map is compiled: the document, a part of it, or a single value."""

from __future__ import annotations

from pydantic import BaseModel

from edigw.documents import members as documents
from edigw.documents.members import FREE, Member, Shape
from edigw.mappings.plan import Names
from edigw.records import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """What a binding fills: a part of a model, anything (model None), or with *value* a single value."""

    model: type[BaseModel] | None
    path: str  #: from the document, list positions left out; "" the document
    value: Shape | None = None

    def member(self, names: Names) -> Member | None:
        if self.value is not None:
            return Member(self.value, False) if not names else None
        if not names:
            return None
        if self.model is None:
            return FREE
        return documents.member(self.model, ".".join(names))

    def inside(self, names: Names, found: Member) -> Target:
        path = joined(self.path, names)
        if found.shape == "part":
            return Target(found.model, path)
        return Target(None, path) if found.shape == "free" else Target(None, path, found.shape)


def joined(path: str, names: Names) -> str:
    return ".".join([*filter(None, [path]), *(name for name in names if not name.isdecimal())])


def singular(listed: str) -> str:
    """``package`` for ``packages``: the member by which an object of that list is named elsewhere."""
    return listed.removesuffix("s")
