"""Members of a plain document, reached by name: set once, listed, looked up, pruned.

Functions made once for each path and called for each value, so that the common path of
one name costs one look into a dict.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from edigw.mappings.plan import Names

Value: TypeAlias = "dict[str, Any]"


def get(target: Any, names: Names) -> Any:
    """The member at *names*, or None."""
    for name in names:
        if isinstance(target, list):
            target = target[int(name)] if name.isdecimal() and int(name) < len(target) else None
        elif isinstance(target, dict):
            target = target.get(name)
        else:
            return None
    return target


def fulfils(value: Any, wanted: str) -> bool:
    """Whether a ``when`` that wants *wanted* holds for *value*."""
    if wanted == "present":
        return value not in (None, "", [], {})
    if wanted == "absent":
        return value in (None, "", [], {})
    if wanted == "one":
        return isinstance(value, list) and len(value) == 1
    if wanted == "many":
        return isinstance(value, list) and len(value) > 1
    return value is not None and str(value) == wanted


def put(names: Names) -> Callable[[Value, Any], bool]:
    """Sets a member that is not there yet; False if it is."""
    if not names:
        return put_whole
    if len(names) == 1:
        name = names[0]

        def one(target: Value, value: Any) -> bool:
            if name in target:
                return False
            target[name] = value
            return True

        return one
    reach = entering(names[:-1], last_is_item=names[-1].isdecimal())
    last = names[-1]
    if last.isdecimal():
        place = int(last)

        def item(target: Value, value: Any) -> bool:
            listed: Any = reach(target)
            if len(listed) != place:
                return False
            listed.append(value)
            return True

        return item

    def deep(target: Value, value: Any) -> bool:
        owner = reach(target)
        if last in owner:
            return False
        owner[last] = value
        return True

    return deep


def put_whole(target: Value, value: Any) -> bool:
    """``.``: the item is the value; it stands under the empty name until it is listed."""
    if "" in target:
        return False
    target[""] = value
    return True


def append(names: Names) -> Callable[[Value, Any], bool]:
    """Adds to the list at *names*."""
    find = listing(names)

    def add(target: Value, value: Any) -> bool:
        find(target).append(value)
        return True

    return add


def entering(names: Names, *, last_is_item: bool = False) -> Callable[[Value], Any]:
    """The object at *names*, made where it is not there."""
    steps: list[tuple[Any, bool]] = []
    for at, name in enumerate(names):
        following = names[at + 1].isdecimal() if at + 1 < len(names) else last_is_item
        steps.append((int(name) if name.isdecimal() else name, following))

    def enter(target: Any) -> Any:
        for name, listed in steps:
            if isinstance(target, list):
                while len(target) <= name:
                    target.append([] if listed else {})
                target = target[name]
            else:
                found = target.get(name)
                if found is None:
                    found = target[name] = [] if listed else {}
                target = found
        return target

    return enter


def listing(names: Names) -> Callable[[Value], list[Any]]:
    """The list at *names*, made where it is not there."""
    if len(names) == 1:
        name = names[0]

        def one(target: Value) -> list[Any]:
            found = target.get(name)
            if found is None:
                found = target[name] = []
            return found

        return one
    owner, last = entering(names[:-1]), names[-1]

    def deep(target: Value) -> list[Any]:
        around = owner(target)
        found = around.get(last)
        if found is None:
            found = around[last] = []
        return found  # type: ignore[no-any-return]  # as above

    return deep


def prune(around: Value, names: Names) -> list[Any]:
    """Take what stayed empty at *names* out again, innermost first; gives what was taken."""
    taken: list[Any] = []
    chain: list[tuple[Any, Any]] = []
    at: Any = around
    for name in names:
        key: Any = int(name) if isinstance(at, list) else name
        if (isinstance(at, list) and key >= len(at)) or (isinstance(at, dict) and key not in at):
            return taken
        chain.append((at, key))
        at = at[key]
    while chain and not at and at != 0 and isinstance(at, (dict, list)):
        owner, key = chain.pop()
        taken.append(at)
        del owner[key]
        at = owner
        if at is around:
            break
    return taken
