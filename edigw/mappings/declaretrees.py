"""The words of a tree: where its pointers stand, what each level becomes, how it is written.

``like:`` takes over what another level says; words beside it take their place.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

from edigw import paths
from edigw.mappings import mistakes as m
from edigw.mappings.declared import Element, Spec, Tree, TreeLevel
from edigw.mappings.declarevalues import ValueReader
from edigw.paths import Address
from edigw.yamlnodes import Map, Node, Seq

_TREE = {"id", "parent", "code", "children", "structure", "without"}


class TreeReader(ValueReader):
    """Reads what is said of a tree; collects mistakes."""

    @abstractmethod
    def spec(self, node: Map, where: str, *, by: tuple[Address, ...] = ()) -> Spec: ...

    def tree(self, node: Node) -> Tree | None:
        if not isinstance(node, Map):
            self.shape(node, "{id: 1, parent: 2}")
            return None
        said = {key.text: value for key, value in self.words(node, _TREE, "tree")}
        found = {word: self.address(said[word]) for word in ("id", "parent", "code", "children") if word in said}
        id, parent = found.get("id"), found.get("parent")
        if id is None or parent is None:
            self.problems.add(node.place, "tree: wants id: and parent:", m.WRONG_SHAPE, "{id: 1, parent: 2}")
            return None
        tree = Tree(node.place, id, parent, found.get("code"), found.get("children"))
        if "without" in said:
            tag = self.text(said["without"], "a segment tag")
            if not paths.is_tag(tag):
                self.problems.add(said["without"].place, f"{tag!r} is no segment tag", m.NO_PATH)
            tree = replace(tree, without=tag)
        return self.structures(tree, said["structure"]) if "structure" in said else tree

    def structures(self, tree: Tree, node: Node) -> Tree:
        """``[S, O, P, I]``, or several by a member of the document: ``{by: structure, 0002: [S, O, I, P], others: [...]}``."""
        if isinstance(node, Seq):
            return replace(tree, structures=(("", self.codes_of(node)),))
        if not isinstance(node, Map):
            self.shape(node, "the levels in order ([S, O, P, I])")
            return tree
        by = node.get("by")
        chooses = self.field(self.text(by, "a field"), by.place) if by is not None else None
        if chooses is None or "others" not in node:
            self.problems.add(node.place, "structures are chosen by: a field, and one is for all others:", m.WRONG_SHAPE)
        found = []
        for key, value in node:
            if key.text != "by":
                found.append(("" if key.text == "others" else key.text, self.codes_of(value)))
        return replace(tree, chooses=chooses, structures=tuple(found))

    def codes_of(self, node: Node) -> tuple[str, ...]:
        if not isinstance(node, Seq):
            self.shape(node, "the levels in order ([S, O, P, I])")
            return ()
        return tuple(self.text(one, "a level's code") for one in node)

    def levels(self, node: Node, where: str) -> tuple[TreeLevel, ...]:
        if not isinstance(node, Map):
            self.shape(node, "the levels by their codes")
            return ()
        found: list[TreeLevel] = []
        for key, value in node:
            if not isinstance(value, Map):
                self.shape(value, "bindings ({into: orders*, body: [...]})")
                continue
            spec = self.spec(self.likened(node, value), f"{where}+{key.text}")
            found += [TreeLevel(code.strip(), spec, key.place) for code in key.text.split("|")]
        return tuple(found)

    def likened(self, levels: Map, node: Map) -> Map:
        """A level with what it takes over by ``like:``."""
        like = node.get("like")
        if like is None:
            return node
        name = self.text(like, "another level's code")
        base = levels.get(name)
        own = tuple(item for item in node.items if item[0].text != "like")
        if not isinstance(base, Map) or "like" in base:
            right = [key.text for key, value in levels if isinstance(value, Map) and "like" not in value]
            self.problems.unknown(like.place, "no level says all it does itself and is called", name, right, m.WRONG_SHAPE)
            return Map(own, node.place)
        words = {key.text for key, _ in own}
        return Map((*(item for item in base.items if item[0].text not in words), *own), node.place)

    def beside(self, node: Node, where: str) -> tuple[Element, ...]:
        if not isinstance(node, Map):
            self.shape(node, "bindings for the object around ({1.3: order_line})")
            return ()
        found = []
        for key, value in node:
            if not paths.is_address(key.text):
                self.problems.unknown(key.place, f"{where}: beside: holds elements, not", key.text, (), m.UNKNOWN_WORD)
                continue
            run, bound = self.run(key), self.value(value, f"{where}.{key.text}")
            if run and bound:
                found.append(Element(run, bound))
        return tuple(found)
