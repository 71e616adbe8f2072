"""A map as it was written: composed YAML in, declarations with places out.

Only the language is read here: words, paths, fields. Whether a release has the elements
and a document kind has the fields is found in ``plan``, where both are known. Every
mistake is collected and reading goes on behind it.
"""

from __future__ import annotations

from dataclasses import replace

from edigw import paths
from edigw.mappings import mistakes as m
from edigw.mappings.declared import Choice, Element, Entry, Others, Spec, Value
from edigw.mappings.declaretrees import TreeReader
from edigw.mappings.mistakes import Mistakes
from edigw.paths import Address, Field
from edigw.yamlnodes import Map, Node, Place, Scalar, Seq

_SPEC = {
    *("into", "by", "value", "pairs", "others", "body", "when", "cases", "after", "name", "set"),
    *("tree", "levels", "link", "same", "only", "beside", "write"),
}
_TOP = {"map", "document", "use", "extends", "guide", "change", "body"}


def top(node: Map, problems: Mistakes) -> None:
    """The words of a map's top level."""
    for key, _ in node:
        if key.text not in _TOP:
            problems.unknown(key.place, "a map has no", key.text, _TOP, m.UNKNOWN_WORD)
    if "extends" in node and "body" in node:
        text = "a map that extends another changes it; body: belongs to the base"
        problems.add(_key(node, "body").place, text, m.UNKNOWN_WORD, "put it under change:, as body: there")
    if "use" in node and "extends" in node:
        problems.add(_key(node, "use").place, "a map uses what its base uses", m.UNKNOWN_WORD, "take it out")
    if "change" in node and "extends" not in node:
        problems.add(_key(node, "change").place, "change: without extends: has nothing to change", m.UNKNOWN_WORD)


def _key(node: Map, word: str) -> Scalar:
    found = node.key(word)
    assert found is not None
    return found


def body(node: Node | None, problems: Mistakes) -> tuple[Entry, ...]:
    """The entries of a ``body:`` list."""
    return _Reader(problems).body(node)

class _Reader(TreeReader):
    """Reads bodies and what becomes of their segments and loops; collects mistakes."""

    # Bodies and specs

    def body(self, node: Node | None) -> tuple[Entry, ...]:
        if node is None or (isinstance(node, Scalar) and not node.text):
            return ()
        if not isinstance(node, Seq):
            self.shape(node, "a list of segments (- REF: {...})")
            return ()
        entries = []
        for item in node:
            if not isinstance(item, Map) or len(item.items) != 1:
                self.shape(item, "one segment or loop (- REF: {...})")
                continue
            entries.append(self.entry(*item.items[0]))
        return tuple(entry for entry in entries if entry is not None)

    def entry(self, key: Scalar, node: Node) -> Entry | None:
        if not paths.is_tag(key.text):
            self.problems.add(key.place, f"{key.text!r} is no segment tag", m.NO_PATH)
            return None
        if not isinstance(node, Map):
            self.shape(node, "bindings ({1: kind, 2: number})")
            return None
        after, name = self.text(node.get("after"), "a segment tag"), self.text(node.get("name"), "a name")
        return Entry(key.text, key.place, self.spec(node, key.text), after, name)

    def spec(self, node: Map, where: str, *, by: tuple[Address, ...] = ()) -> Spec:
        found = Spec(node.place, by=by)
        elements: list[Element] = []
        into: Node | None = None
        for key, value in self.words(node, _SPEC, where, addresses=True):
            word = key.text
            if paths.is_address(word):
                run = self.run(key)
                bound = self.value(value, f"{where}.{word}")
                if run and bound:
                    elements.append(Element(run, bound))
            elif word == "into":
                into = value
            elif word == "by":
                found = replace(found, by=self.by(value))
            elif word == "value":
                found = replace(found, value=self.valued(value))
            elif word == "pairs":
                found = replace(found, pairs=self.all_pairs(value))
            elif word == "others":
                found = replace(found, others=self.others(value, where))
            elif word == "body":
                found = replace(found, body=self.body(value))
            elif word == "when":
                found = replace(found, when=self.when(value))
            elif word == "set":
                found = replace(found, set=self.constants(value))
            elif word == "cases":
                found = replace(found, cases=self.cases(value, where))
            elif word == "tree":
                found = replace(found, tree=self.tree(value))
            elif word == "link":
                found = replace(found, link=self.field(self.text(value, "a field"), value.place))
            elif word == "same":
                found = replace(found, same=self.field(self.text(value, "a field, or ."), value.place))
            elif word == "only":
                found = replace(found, only=self.yes(value))
            elif word == "beside":
                found = replace(found, beside=self.beside(value, where))
            elif word == "write":
                found = replace(found, written=self.yes(value))
            elif word == "levels":
                found = replace(found, levels=self.levels(value, where))
        found = replace(found, elements=tuple(elements))
        if into is not None:
            found = self.into(found, into, where)
        if (found.tree is None and found.levels) or (found.tree is not None and bool(found.levels) is (found.into is not None)):
            text = "a tree: goes into levels:, or all of it into one list"
            self.problems.add(node.place, text, m.WRONG_SHAPE)
        if found.link is not None and found.into is None:
            self.problems.add(node.place, "link: wants the list that into: leads to", m.WRONG_SHAPE)
        if found.by and not found.choices and not by:
            text = "by: chooses among the keys of into:, and there are none"
            self.problems.add(node.place, text, m.WRONG_SHAPE)
        return found

    def into(self, spec: Spec, node: Node, where: str) -> Spec:
        if isinstance(node, Scalar):
            if not node.text:
                return spec
            return replace(spec, into=self.field(node.text, node.place))
        if not isinstance(node, Map):
            self.shape(node, "a field, or keys that lead to fields")
            return spec
        if not spec.by:
            self.problems.add(node.place, "into: has keys, but no by: says which element they are", m.WRONG_SHAPE)
        choices: list[Choice] = []
        seen: dict[tuple[str, ...], Place] = {}
        for key, value in node:
            keys = self.keys(key, len(spec.by) or 1, seen)
            target = self.target(spec, value, f"{where}+{key.text}")
            if keys and target is not None:
                choices.append(Choice(keys, target, key.place))
        return replace(spec, choices=tuple(choices))

    def target(self, spec: Spec, node: Node, where: str) -> Field | Value | Spec | None:
        if isinstance(node, Scalar):
            if not node.text:
                self.problems.add(node.place, f"{where} leads nowhere", m.WRONG_SHAPE, "name a field; only change: removes")
                return None
            found = self.field(node.text, node.place)
            return Value(node.place, found) if found and spec.value else found
        if not isinstance(node, Map):
            self.shape(node, "a field or bindings")
            return None
        if "field" in node and spec.value:
            return self.value(node, where)
        return self.spec(node, where)

    def others(self, node: Node, where: str) -> Others | Spec:
        if isinstance(node, Scalar):
            if node.text == "note" or node.text == "keep" or node.text == "fault":
                return node.text  # type: ignore[return-value]  # narrowed by the comparison
            if node.text.endswith("*"):
                return Spec(node.place, into=self.field(node.text, node.place))
            self.problems.unknown(node.place, "others: knows no", node.text, ("note", "keep", "fault", "parties*"), m.UNKNOWN_WORD)
            return "note"
        if not isinstance(node, Map):
            self.shape(node, "note, keep, fault, a list (parties*) or bindings")
            return "note"
        return self.spec(node, f"{where}/others")

    def by(self, node: Node) -> tuple[Address, ...]:
        nodes = node.items if isinstance(node, Seq) else (node,)
        found = [self.address(one) for one in nodes]
        return tuple(one for one in found if one is not None)

    def cases(self, node: Node, where: str) -> tuple[Spec, ...]:
        if not isinstance(node, Seq):
            self.shape(node, "a list of {by, value, into}")
            return ()
        for one in node:
            if not isinstance(one, Map):
                self.shape(one, "{by, value, into}")
        return tuple(self.spec(one, where) for one in node if isinstance(one, Map))

    def constants(self, node: Node) -> tuple[tuple[Field, str, Place], ...]:
        if not isinstance(node, Map):
            self.shape(node, "fields with their values")
            return ()
        found = []
        for key, value in node:
            at = self.field(key.text, key.place)
            if at:
                found.append((at, self.text(value, "a value"), key.place))
        return tuple(found)
