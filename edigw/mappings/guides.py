"""``guide:`` nodes made into the rules that check judges by, with their places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edigw.mappings import mistakes as m
from edigw.mappings.mistakes import Mistakes
from edigw.standards.guide import Guide, GuideError, Rule, Says, rule
from edigw.standards.schema import Standard
from edigw.yamlnodes import Map, Node, Place, Scalar, Seq


def make(nodes: Sequence[Map], problems: Mistakes) -> Mapping[str, tuple[Rule, Place]]:
    """Rules by path, base first; a later one for a path takes its place, an empty one removes it."""
    rules: dict[str, tuple[Rule, Place]] = {}
    for node in nodes:
        for key, value in node:
            if isinstance(value, Scalar) and not value.text:
                if rules.pop(key.text, None) is None:
                    problems.unknown(key.place, "the base's guide has nothing to remove at", key.text, rules, m.NO_ANCHOR)
                continue
            says = _says(value, problems)
            if says is None:
                continue
            try:
                rules[key.text] = (rule(key.text, says), key.place)
            except GuideError as trouble:
                problems.add(key.place, f"{key.text}: {trouble}", m.WRONG_SHAPE)
    return rules


def misplaced(rules: Mapping[str, tuple[Rule, Place]], standard: Standard, problems: Mistakes) -> None:
    """Rules that *standard* has no place for become problems."""
    places = {id(one): place for one, place in rules.values()}
    for one, text in Guide([one for one, _ in rules.values()]).problems(standard):
        problems.add(places[id(one)], text, m.NOT_IN_RELEASE)


def _says(node: Node, problems: Mistakes) -> Says | None:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Seq):
        problems.add(node.place, "a rule is a word, or words with values", m.WRONG_SHAPE)
        return None
    words: dict[str, str | Sequence[str] | Mapping[str, str]] = {}
    for key, value in node:
        if isinstance(value, Scalar):
            words[key.text] = value.text
        elif isinstance(value, Seq):
            words[key.text] = [one.text for one in value if isinstance(one, Scalar)]
        else:
            words[key.text] = {inner.text: one.text for inner, one in value if isinstance(one, Scalar)}
    return words
