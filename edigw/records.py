"""``dataclass`` as the standard library has it, made in a tenth of the time.

A command of ours loads 150 of these classes and does little more than that. The standard
library writes and compiles six functions for each of them, which was a third of the time
of ``edigw translate``. Here one function is compiled, ``__init__``, for it is what runs
often; comparing, hashing, printing, pickling and refusing to be changed are shared.

Only what we use is made here: slots, frozen or not, compared or not, with defaults and
``field``. Everything else (``order``, no slots, bases, ``ClassVar``) goes to the standard
library. To ``dataclasses.replace``, ``fields`` and ``asdict``, and to type checkers, it is
one of theirs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any

_put = object.__setattr__


def _dataclass(cls: type[Any] | None = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True, order: bool = False) -> Any:
    def made(found: type[Any]) -> Any:
        bare = found.__bases__ == (object,) and "__slots__" not in found.__dict__
        members: dict[str, Any] = found.__annotations__ if bare else {}
        if not slots or order or not members or any("ClassVar" in str(one) or "InitVar" in str(one) for one in members.values()):
            return dataclasses.dataclass(frozen=frozen, slots=slots, eq=eq, order=order)(found)
        return _make(found, members, frozen=frozen, eq=eq)

    return made if cls is None else made(cls)


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass


class _Fields:
    """``__dataclass_fields__``, found out when somebody asks: few classes are ever replaced or taken apart."""

    def __init__(self, members: dict[str, Any], defaults: dict[str, Any]) -> None:
        self._members, self._defaults = members, defaults

    def __get__(self, instance: object, owner: type[Any]) -> dict[str, Field[Any]]:
        plain = type(owner.__name__, (), {"__annotations__": dict(self._members), "__module__": owner.__module__, **self._defaults})
        known: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(plain)
        found: dict[str, Field[Any]] = known.__dataclass_fields__
        owner.__dataclass_fields__ = found
        return found


def _make(cls: type[Any], members: dict[str, Any], *, frozen: bool, eq: bool) -> Any:
    names = tuple(members)
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    inside: dict[str, Any] = {name: value for name, value in cls.__dict__.items() if name not in defaults}
    for gone in ("__dict__", "__weakref__"):
        inside.pop(gone, None)
    special = {name: one for name, one in defaults.items() if isinstance(one, Field)}
    plain = {name: value for name, value in defaults.items() if name not in special}
    for name, value in plain.items():
        if type(value).__hash__ is None:
            raise ValueError(f"the default of {cls.__qualname__}.{name} would be shared by all; use field(default_factory=...)")
    inside["__slots__"] = names
    inside.setdefault("__match_args__", names)
    inside["__dataclass_fields__"] = _Fields(members, defaults)
    inside["__init__"] = _init(cls, names, special, plain, frozen=frozen)
    inside.setdefault("__repr__", _repr([name for name in names if name not in special or special[name].repr]))
    if eq:
        _compared(inside, [name for name in names if name not in special or special[name].compare], frozen=frozen)
    if frozen:
        _closed(inside, names)
    made: Any = type(cls.__name__, cls.__bases__, inside)
    made.__qualname__ = cls.__qualname__
    return made


def _init(
    cls: type[Any], names: tuple[str, ...], special: dict[str, Field[Any]], plain: dict[str, Any], *, frozen: bool
) -> Callable[..., None]:
    """The one function that is written and compiled, with the values its text names."""
    known: dict[str, Any] = {"_put": _put, "_none": MISSING}
    words, lines = [], []
    for name in names:
        value, word = name, name
        one = special.get(name)
        if name in plain or (one is not None and one.default is not MISSING):
            known[f"_of_{name}"] = plain[name] if one is None else one.default
            word = f"{name}=_of_{name}"
        elif one is not None and one.default_factory is not MISSING:
            known[f"_of_{name}"] = one.default_factory
            word, value = f"{name}=_none", f"_of_{name}() if {name} is _none else {name}"
        words.append(word)
        lines.append(f" _put(self, {name!r}, {value})" if frozen else f" self.{name} = {value}")
    if "__post_init__" in cls.__dict__:
        lines.append(" self.__post_init__()")
    exec(f"def __init__(self, {', '.join(words)}):\n" + "\n".join(lines), known)  # noqa: S102  names are those of our own classes
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _repr(names: list[str]) -> Callable[[Any], str]:
    @recursive_repr()
    def printed(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return printed


def _compared(inside: dict[str, Any], names: list[str], *, frozen: bool) -> None:
    values: Callable[[Any], Any] = attrgetter(*names) if names else type  # no members: all of a class are equal

    def equal(self: Any, other: Any) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    own_hash = inside.get("__hash__") is not None
    inside.setdefault("__eq__", equal)
    if not own_hash:
        inside["__hash__"] = hashed if frozen else None


def _closed(inside: dict[str, Any], names: tuple[str, ...]) -> None:
    def refuse(self: Any, name: str, value: object) -> None:  # noqa: ARG001  Python's signature
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def refuse_deletion(self: Any, name: str) -> None:  # noqa: ARG001  Python's signature
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def state(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def restore(self: Any, values: list[Any]) -> None:
        for name, value in zip(names, values, strict=True):
            _put(self, name, value)

    shared = {"__setattr__": refuse, "__delattr__": refuse_deletion, "__getstate__": state, "__setstate__": restore}
    for name, function in shared.items():
        inside.setdefault(name, function)
