"""A partner's map is only what differs: ``extends:`` and ``change:`` worked into the base.

Done on the composed nodes, before anything is declared, so that a changed map is read by
the same rules as one written whole. Maps merge key by key, an empty value removes, an
anchor that is not there is a mistake. A body's entries are found by tag or ``name:``.
"""

from __future__ import annotations

from collections.abc import Sequence

from edigw import paths
from edigw.mappings import mistakes as m
from edigw.mappings.mistakes import Mistakes
from edigw.yamlnodes import Map, Node, Place, Scalar, Seq

_SPEC_WORDS = frozenset({"into", "by", "body", "pairs", "cases"})  # bindings, not what a value is like
_TRIGGER_WORDS = frozenset({"pairs"})  # with element numbers: what belongs to a loop's first segment


def change(body: Node | None, node: Node | None, problems: Mistakes) -> Node | None:
    """*body* with the ``change:`` in *node* worked in; *body* itself is not touched."""
    if node is None or (isinstance(node, Scalar) and not node.text):
        return body
    if not isinstance(node, Map):
        problems.add(node.place, "change: is a map from paths to what differs", m.WRONG_SHAPE)
        return body
    if not isinstance(body, Seq):
        problems.add(node.place, "the base has no body to change", m.NO_ANCHOR)
        return body
    for key, patch in node:
        if key.text == "body":
            body = _bodies(body, patch, problems)
        else:
            body = _at(body, key.text.split("/"), key, patch, problems)
    return body


def _at(body: Seq, steps: Sequence[str], key: Scalar, patch: Node, problems: Mistakes) -> Seq:
    """The entry that *steps* leads to, changed."""
    found = _find(body, steps[0], key, problems)
    if found < 0:
        return body
    entry = body.items[found]
    assert isinstance(entry, Map)
    tag, spec = entry.items[0]
    if len(steps) == 1:
        if isinstance(patch, Scalar) and not patch.text:
            return Seq(body.items[:found] + body.items[found + 1 :], body.place)
        _note(problems, key.place, tag.place)
        new = _merge(spec, patch, problems)
    elif isinstance(spec, Map) and isinstance(inner := spec.get("body"), Seq):
        new = _with(spec, "body", _at(inner, steps[1:], key, patch, problems))
    else:
        problems.add(key.place, f"{key.text!r} is not there: {steps[0]} has no body", m.NO_ANCHOR)
        return body
    return Seq((*body.items[:found], Map(((tag, new),), entry.place), *body.items[found + 1 :]), body.place)


def _find(body: Seq, step: str, key: Scalar, problems: Mistakes) -> int:
    """The entry of that tag or name; -1, and a mistake, if there is none or more than one."""
    tags: list[str] = []
    found: list[int] = []
    for at, entry in enumerate(body.items):
        if not isinstance(entry, Map) or len(entry.items) != 1:
            continue
        tag, spec = entry.items[0]
        name = spec.get("name") if isinstance(spec, Map) else None
        if isinstance(name, Scalar):
            tags.append(name.text)
            if name.text == step:
                return at
        tags.append(tag.text)
        if tag.text == step:
            found.append(at)
    if len(found) == 1:
        return found[0]
    if found:
        problems.add(key.place, f"{step} stands {len(found)} times in the base", m.NO_ANCHOR, "use its name:")
    else:
        where = "the base" if step == key.text else f"at {key.text} the base"
        problems.unknown(key.place, f"{where} has no", step, tags, m.NO_ANCHOR)
    return -1


def _merge(base: Node, patch: Node, problems: Mistakes, *, of_value: bool = False) -> Node:
    """*patch* worked into *base*, of which *of_value* says that a text there is a field. Depth is bounded by that of the files."""
    attributes = isinstance(patch, Map) and not any(paths.is_address(key.text) or key.text in _SPEC_WORDS for key, _ in patch)
    if of_value and attributes and isinstance(base, Scalar) and base.text:
        base = Map(((Scalar("field", base.place), base),), base.place)  # {codes: x} upon a plain field
    _note(problems, patch.place, base.place)
    if not isinstance(base, Map) or not isinstance(patch, Map):
        return patch
    for key, value in patch:
        if key.text == "into" and isinstance(value, Map) and isinstance(old := base.get("into"), Map):
            base = _with(base, "into", _choices(old, value, problems))
        elif key.text == "body" and isinstance(inside := base.get("body"), Seq):
            base = _with(base, "body", _bodies(inside, value, problems))
        elif (trigger := _trigger(base)) is not None and (paths.is_address(key.text) or key.text in _TRIGGER_WORDS):
            base = _with(base, "body", _at(trigger[0], [trigger[1]], key, Map(((key, value),), patch.place), problems))
        else:
            base = _set(base, key, value, problems, of_value=paths.is_address(key.text))
    return Map(base.items, patch.place)


def _trigger(base: Map) -> tuple[Seq, str] | None:
    """The body of a loop whose first entry is the loop's own first segment: element numbers mean that one."""
    inner = base.get("body")
    if not isinstance(inner, Seq) or not inner.items or any(paths.is_address(key.text) for key, _ in base):
        return None
    first = inner.items[0]
    if not isinstance(first, Map) or len(first.items) != 1:
        return None
    tag, spec = first.items[0]
    bound = isinstance(spec, Map) and not any(key.text in ("into", "body") for key, _ in spec)
    return (inner, tag.text) if bound else None


def _set(base: Map, key: Scalar, node: Node, problems: Mistakes, *, of_value: bool) -> Map:
    """One key of a map replaced, merged, added, or with an empty value removed."""
    old = base.key(key.text)
    if isinstance(node, Scalar) and not node.text and not node.quoted:
        if old is None:
            words = [one.text for one, _ in base]
            problems.unknown(key.place, "the base has nothing to remove at", key.text, words, m.NO_ANCHOR)
            return base
        return Map(tuple(item for item in base.items if item[0].text != key.text), base.place)
    if old is None:
        _note(problems, key.place, base.place)
        return Map((*base.items, (key, node)), base.place)
    _note(problems, key.place, old.place)
    merged = _merge(base.get(key.text) or node, node, problems, of_value=of_value)
    return Map(tuple((key, merged) if one.text == key.text else (one, was) for one, was in base.items), base.place)


def _choices(base: Map, patch: Map, problems: Mistakes) -> Map:
    """The keys of an ``into``: ``SU: x`` upon ``SU|SE: y`` takes SU out of the shared key."""
    here: dict[str, Scalar] = {}
    for key, value in patch:
        for code in key.text.split("|"):
            first = here.setdefault(code.strip(), key)
            if first is not key:
                text = f"{code.strip()!r} leads to two targets; first in line {first.place.line}"
                problems.add(key.place, text, m.NOT_READ_BACK)
        if key.text in base:
            base = _set(base, key, value, problems, of_value=True)
            continue
        codes = [one.strip() for one in key.text.split("|")]
        present = {one.strip() for old, _ in base for one in old.text.split("|")}
        removes = isinstance(value, Scalar) and not value.text
        missing = [code for code in codes if code not in present]
        if removes and missing:
            problems.unknown(key.place, "the base has nothing to remove at", missing[0], present, m.NO_ANCHOR)
            continue
        items: list[tuple[Scalar, Node]] = []
        for old, node in base:
            left = [one for one in old.text.split("|") if one.strip() not in codes]
            if len(left) == len(old.text.split("|")):
                items.append((old, node))
            else:
                _note(problems, key.place, old.place)
                if left:
                    items.append((Scalar("|".join(left), old.place, old.quoted), node))
        if not removes:
            items.append((key, value))
        base = Map(tuple(items), base.place)
    return base


def _bodies(base: Seq, patch: Node, problems: Mistakes) -> Seq:
    """Entries whose tag (or name) stands there are merged, others are added behind."""
    if not isinstance(patch, Seq):
        problems.add(patch.place, "a list of segments (- REF: {...}) is wanted here", m.WRONG_SHAPE)
        return base
    for entry in patch:
        if isinstance(entry, Map) and len(entry.items) == 1:
            key, spec = entry.items[0]
            name = spec.get("name") if isinstance(spec, Map) else None
            wanted = name.text if isinstance(name, Scalar) else key.text
            if wanted in _anchors(base):
                base = _at(base, [wanted], key, spec, problems)
                continue
        base = Seq((*base.items, entry), base.place)
    return base


def _anchors(body: Seq) -> set[str]:
    found = set()
    for entry in body.items:
        if isinstance(entry, Map) and len(entry.items) == 1:
            tag, spec = entry.items[0]
            name = spec.get("name") if isinstance(spec, Map) else None
            found.add(name.text if isinstance(name, Scalar) else tag.text)
    return found


def _with(node: Map, word: str, value: Node) -> Map:
    return Map(tuple((key, value) if key.text == word else (key, old) for key, old in node.items), node.place)


def _note(problems: Mistakes, new: Place, base: Place) -> None:
    if new != base:
        problems.changed.setdefault(new, base)
