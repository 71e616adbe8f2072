"""The words of a value: fields, constants, code tables, conditions, and qualifiers in pairs.

What stands within one segment. ``declare`` builds on it and reads what holds segments
together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from edigw import paths
from edigw.mappings import mistakes as m
from edigw.mappings.declared import Element, Others, PairList, Pairs, Value, When
from edigw.mappings.mistakes import Mistakes
from edigw.paths import Address, Field
from edigw.yamlnodes import Map, Node, Place, Scalar, Seq

_VALUE = {"field", "is", "codes", "others", "default", "always", "blank", "format", "time", "period", "type", "when", "count"}
_AT = (_VALUE - {"field", "count"}) | {"at"}
_PAIRS = {"at", "until", "each", "qualifier", "value", "into", "others", "implied"}
_TYPES = frozenset({"gtin", "gln", "sscc", "digits", "text"})
_CONDITIONS = ("present", "absent", "one", "many")


class ValueReader:
    """Reads values and what stands around them; collects mistakes."""

    def __init__(self, problems: Mistakes) -> None:
        self.problems = problems

    # Small readers

    def shape(self, node: Node, wanted: str) -> None:
        self.problems.add(node.place, f"{wanted} is wanted here", m.WRONG_SHAPE)

    def text(self, node: Node | None, wanted: str) -> str:
        if isinstance(node, Scalar):
            return node.text
        if node is not None:
            self.shape(node, wanted)
        return ""

    def yes(self, node: Node) -> bool:
        said = self.text(node, "yes or no").lower()
        if said not in ("yes", "no", "true", "false"):
            self.problems.add(node.place, f"{said!r} is neither yes nor no", m.WRONG_SHAPE)
        return said in ("yes", "true")

    def field(self, text: str, place: Place) -> Field | None:
        try:
            return paths.field(text)
        except paths.PathError as trouble:
            self.problems.add(place, str(trouble), m.NO_PATH)
            return None

    def address(self, node: Node) -> Address | None:
        text = self.text(node, "an element (2, 1.2)")
        try:
            return paths.address(text)
        except paths.PathError as trouble:
            self.problems.add(node.place, str(trouble), m.NO_PATH)
            return None

    def run(self, key: Scalar) -> tuple[Address, ...]:
        try:
            return paths.run(key.text)
        except paths.PathError as trouble:
            self.problems.add(key.place, str(trouble), m.NO_PATH)
            return ()

    def words(self, node: Map, right: set[str], where: str, *, addresses: bool = False) -> Iterator[tuple[Scalar, Node]]:
        """The items of a map whose keys are words; others are mistakes."""
        for key, value in node:
            word = key.text
            if word in right or (addresses and paths.is_address(word)):
                yield key, value
            else:
                self.problems.unknown(key.place, f"{where} has no word", word, right, m.UNKNOWN_WORD)
    def keys(self, key: Scalar, width: int, seen: dict[tuple[str, ...], Place]) -> tuple[tuple[str, ...], ...]:
        """``SU|SE`` or ``5+SA``: each alternative as one value per element, the last ones empty if left out."""
        found = []
        for one in key.text.split("|"):
            parts = tuple(part.strip() for part in one.split("+"))
            if len(parts) > width or not any(parts):
                self.problems.add(key.place, f"{one!r} is no key of {width} element(s)", m.WRONG_SHAPE)
                continue
            full = parts + ("",) * (width - len(parts))
            if full in seen:
                self.problems.add(key.place, f"{one!r} leads to two targets; first in line {seen[full].line}", m.NOT_READ_BACK)
                continue
            seen[full] = key.place
            found.append(full)
        return tuple(found)

    # Values

    def value(self, node: Node, where: str) -> Value | None:
        if isinstance(node, Scalar):
            found = self.field(node.text, node.place)
            return Value(node.place, found) if found else None
        if not isinstance(node, Map):
            self.shape(node, "a field, or {field: ...}")
            return None
        found = None
        if "field" in node:
            named = node.get("field")
            found = self.field(self.text(named, "a field"), named.place if named else node.place)
        value = self.attributes(node, Value(node.place, found), _VALUE, where)
        if value.field is None and not value.expected and not value.count and value.default is None:
            self.problems.add(node.place, f"{where} binds nothing", m.WRONG_SHAPE, "name a field:, an is: or a count:")
            return None
        return value

    def valued(self, node: Node) -> Element | None:
        """``value: 2`` or ``value: {at: 1.2, format: 1.3}``; its attributes hold for every key of into."""
        if isinstance(node, Map):
            at = node.get("at")
            if at is None:
                self.problems.add(node.place, "value: says not where (at: 1.2)", m.WRONG_SHAPE)
                return None
            found = self.address(at)
            return Element((found,), self.attributes(node, Value(node.place), _AT, "value")) if found else None
        found = self.address(node)
        return Element((found,), Value(node.place)) if found else None

    def attributes(self, node: Map, value: Value, right: set[str], where: str) -> Value:
        for key, said in self.words(node, right, where):
            word = key.text
            if word == "is":
                value = replace(value, expected=tuple(self.text(said, "a value").split("|")))
            elif word == "codes":
                value = self.codes(value, said)
            elif word == "others":
                text = self.text(said, "note, keep or fault")
                if text == "note" or text == "keep" or text == "fault":
                    value = replace(value, others=text)  # type: ignore[arg-type]  # narrowed by the comparison
                else:
                    self.problems.unknown(said.place, "others: knows no", text, ("note", "keep", "fault"), m.UNKNOWN_WORD)
            elif word == "default":
                value = replace(value, default=self.text(said, "a value"))
            elif word == "always":
                value = replace(value, always=self.yes(said))
            elif word == "blank":
                value = replace(value, blank=self.text(said, "a value"))
            elif word == "format":
                value = replace(value, format=self.address(said))
            elif word == "time":
                value = replace(value, time=self.address(said))
            elif word == "period":
                value = replace(value, period=self.field(self.text(said, "a field"), said.place))
            elif word == "type":
                text = self.text(said, "a type")
                if text not in _TYPES:
                    self.problems.unknown(said.place, "there is no type", text, _TYPES, m.UNKNOWN_WORD)
                value = replace(value, type=text)
            elif word == "when":
                value = replace(value, when=self.when(said))
            elif word == "count":
                named = self.text(said, "a list's field, or a segment's tag").split("|")
                found = [text if paths.is_tag(text) else self.field(text, said.place) for text in named]
                value = replace(value, count=tuple(one for one in found if one is not None))
        return value

    def codes(self, value: Value, node: Node) -> Value:
        if isinstance(node, Map):
            inline = tuple((key.text, self.text(word, "a word")) for key, word in node)
            for key, word in node:
                if isinstance(word, Scalar) and not word.text:
                    self.problems.add(key.place, f"the code {key.text!r} has no word", m.NOT_READ_BACK)
            return replace(value, inline=inline, codes_place=node.place)
        return replace(value, codes=self.text(node, "a table's name"), codes_place=node.place)

    def when(self, node: Node) -> tuple[When, ...]:
        if not isinstance(node, Map):
            self.shape(node, "{path: value, present, absent, one or many}")
            return ()
        found = []
        for key, said in node:
            wanted = self.text(said, f"a value, or one of {', '.join(_CONDITIONS)}")
            if paths.is_address(key.text):
                at = self.address(key)
                if at is None:
                    continue
                if wanted in ("one", "many"):
                    self.problems.add(said.place, f"{wanted} counts a list, not an element", m.WRONG_SHAPE)
                found.append(When(at, None, wanted, key.place))
                continue
            at_field = self.field(key.text, key.place)
            if at_field:
                found.append(When(None, at_field, wanted, key.place))
        return tuple(found)

    # Pairs

    def all_pairs(self, node: Node) -> tuple[Pairs, ...]:
        nodes = node.items if isinstance(node, Seq) else (node,)
        found = [self.pairs(one) for one in nodes]
        return tuple(one for one in found if one is not None)

    def number(self, node: Node | None, default: int) -> int:
        text = self.text(node, "an element's number") if node is not None else str(default)
        if not (text.isdecimal() and text.isascii() and 0 < len(text) <= 3 and int(text) > 0):
            assert node is not None
            self.problems.add(node.place, f"{text!r} is no element's number", m.NO_PATH)
            return default or 1
        return int(text)

    def pairs(self, node: Node) -> Pairs | None:
        if not isinstance(node, Map):
            self.shape(node, "{at, until, into}")
            return None
        said = {key.text: value for key, value in self.words(node, _PAIRS, "pairs")}
        into = said.get("into")
        if "at" not in said or into is None:
            self.problems.add(node.place, "pairs: wants at: and into:", m.WRONG_SHAPE)
            return None
        at = self.number(said["at"], 1)
        until = self.number(said.get("until"), at)
        qualifier, value, each, inside = Address(0), Address(1), 2, False
        step = said.get("each")
        if isinstance(step, Map):
            parts = {key.text: one for key, one in self.words(step, {"qualifier", "value", "elements"}, "each")}
            qualifier = (self.address(parts["qualifier"]) if "qualifier" in parts else None) or Address(0, 2)
            value = (self.address(parts["value"]) if "value" in parts else None) or Address(0, 1)
            inside, each = True, 1
        elif step is not None:
            each = self.number(step, 2)
        for word in ("qualifier", "value"):  # an address says where it stands, a field where it goes
            one = said.get(word)
            if isinstance(one, Scalar) and paths.is_address(one.text):
                where = self.address(one)
                if where is not None and not where.element:
                    qualifier = where if word == "qualifier" else (qualifier if inside else Address(0, 2))
                    value = where if word == "value" else (value if inside else Address(0, 1))
                    inside, each = True, 1 if step is None else each
                elif where is not None:
                    self.problems.add(one.place, f"{one.text!r}: within pairs a component reads .2", m.NO_PATH)
                del said[word]
        if until < at or (not inside and (until - at + 1) % each) or (not inside and each < 2):
            self.problems.add(node.place, f"elements {at} to {until} are no groups of {each}", m.WRONG_SHAPE)
            return None
        choices: list[tuple[tuple[str, ...], Value]] = []
        listed = None
        if isinstance(into, Scalar):
            listed = self.pair_list(said, node.place, "pairs")
        elif isinstance(into, Map):
            seen: dict[tuple[str, ...], Place] = {}
            for key, one in into:
                keys = self.keys(key, 1, seen)
                bound = self.value(one, f"pairs+{key.text}")
                if keys and bound:
                    choices.append((tuple(code for (code,) in keys), bound))
        else:
            self.shape(into, "a list (places*), or qualifiers that lead to fields")
        others = self.pair_others(said.get("others"))
        implied_at, implied = self.implied(said.get("implied"))
        return Pairs(at, until, each, qualifier, value, tuple(choices), listed, others, node.place, implied, implied_at)

    def implied(self, node: Node | None) -> tuple[int, tuple[tuple[str, str], ...]]:
        """``{at: .4, SA: 91}``: a component, and what it says under a qualifier that is known already."""
        if node is None:
            return 0, ()
        if not isinstance(node, Map) or "at" not in node:
            self.shape(node, "a component and what it says by qualifier ({at: .4, SA: 91})")
            return 0, ()
        where = node.get("at")
        at = self.address(where) if where is not None else None
        rows = tuple((code, self.text(said, "a code")) for key, said in node if key.text != "at" for code in key.text.split("|"))
        return (at.component, rows) if at is not None else (0, ())

    def pair_others(self, node: Node | None) -> Others | PairList:
        if node is None:
            return "note"
        if isinstance(node, Map):
            said = {key.text: value for key, value in self.words(node, {"into", "qualifier", "value"}, "others")}
            return self.pair_list(said, node.place, "others") or "note"
        text = self.text(node, "note, fault or {into, qualifier, value}")
        if text == "keep":
            advice = "others: {into: item.ids*, qualifier: kind, value: id}"
            self.problems.add(node.place, "pairs that no key names cannot be kept beside the others", m.NOT_SUPPORTED, advice)
        elif text not in ("note", "fault"):
            self.problems.unknown(node.place, "others: knows no", text, ("note", "fault"), m.UNKNOWN_WORD)
        return "fault" if text == "fault" else "note"

    def pair_list(self, said: Mapping[str, Node], place: Place, where: str) -> PairList | None:
        into = said.get("into")
        target = self.field(self.text(into, "a list (places*)"), into.place) if into is not None else None
        value = self.value(said["value"], f"{where}.value") if "value" in said else None
        qualifier = self.value(said["qualifier"], f"{where}.qualifier") if "qualifier" in said else None
        if target is None or value is None:
            self.problems.add(place, f"{where}: a list wants into:, qualifier: and value:", m.WRONG_SHAPE)
            return None
        return PairList(target, qualifier, value)
