"""A partner's guide: what it narrows in the standard, judged beside the standard.

A guide is a list of rules, each a path and what holds there:

    TD5: forbidden                              no such segment in the heading
    REF+DP: required                            a REF with DP in the heading
    PO1.3: {codes: [EA, CS]}                    of the line's own segment
    PO1/REF+VN.2: {length: "1..10", pattern: "[A-Z]{2}[0-9]+"}
    N1+ST.4: {required: yes, when: {3: "92"}, severity: warn}

A path names loops by their triggers; the last step is a segment of the loop before it, or
the trigger of a loop there. A qualifier is compared with the first value of the segment;
where several are joined (``5+SA``) the others may stand anywhere behind it.

A pattern must match the whole value; which patterns are taken says ``patterns``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from edigw.errors import EdigwError
from edigw.faults import Fault, FaultCode, Severity, fault
from edigw.model import Cut, Element, Message, Position, Repeats
from edigw.paths import Address, Path, PathError, Step, address, parse
from edigw.records import dataclass
from edigw.standards.patterns import VALUE_MAX, PatternError, bounded
from edigw.standards.schema import Loop, Node, Placed, Row, SegmentDef, Standard
from edigw.standards.walk import tag_of

#: What stands behind a path: one word, or words with values.
Says: TypeAlias = "str | Mapping[str, str | Sequence[str] | Mapping[str, str]]"

WORDS: Final = ("required", "forbidden", "codes", "min", "max", "length", "pattern", "when", "severity")


class GuideError(EdigwError):
    """A rule that cannot be used; says why. The caller knows its place in the file."""

    code = "EDIGW-CONFIG-E020"


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule holds: a value of the same segment is *equal* to something, or present, or absent."""

    at: Address
    present: bool
    equal: str = ""  #: "" asks only whether it is present


@dataclass(frozen=True, slots=True)
class Rule:
    """What a guide asks at one path. *least* and *most* count occurrences of a segment, or characters of a value; -1 = not asked."""

    path: Path
    required: bool = False
    forbidden: bool = False
    codes: frozenset[str] | None = None
    least: int = -1
    most: int = -1
    pattern: re.Pattern[str] | None = None
    when: tuple[Condition, ...] = ()
    severity: Severity | None = None  #: None: the fault's own


def rule(path: str, says: Says) -> Rule:
    """One line of a guide. Raises GuideError, also for a path that cannot be read."""
    try:
        where = parse(path)
    except PathError as error:
        raise GuideError(str(error)) from error
    if any(step.occurrence for step in where.steps):
        raise GuideError("a guide speaks of every occurrence: leave # out")
    words = {says: "yes"} if isinstance(says, str) else dict(says)
    unknown = [word for word in words if word not in WORDS]
    if unknown:
        raise GuideError(f"{unknown[0]!r} is no word of a guide; there are {', '.join(WORDS)}")
    required, forbidden = _yes(words, "required"), _yes(words, "forbidden")
    if required and forbidden:
        raise GuideError("required and forbidden exclude each other")
    of_value = [word for word in ("codes", "length", "pattern") if word in words]
    if of_value and not where.element:
        raise GuideError(f"{of_value[0]!r} is asked of an element: write {path}.1 or the like")
    least, most = _span(words)
    return Rule(
        where,
        required,
        forbidden,
        _codes(words.get("codes")),
        least,
        most,
        _pattern(words.get("pattern")),
        _conditions(words.get("when")),
        _severity(words.get("severity")),
    )


class Guide:
    """A partner's rules, ready to judge by. Immutable."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self.rules = tuple(rules)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def problems(self, standard: Standard) -> list[tuple[Rule, str]]:
        """Rules that *standard* has no place for, each with why: they would never say anything, or always."""
        found = []
        for one in self.rules:
            text = _misplaced(one.path, standard)
            if text:
                found.append((one, text))
        return found

    def judge(self, message: Message, standard: Standard, root: Node) -> list[Fault]:
        """What *root*, a message walked along *standard*, breaks of the guide."""
        found: list[Fault] = []
        for one in self.rules:
            _Judge(message, standard, one, found).run(root)
        return found


# Judging


class _Judge:
    """One rule held against one message."""

    def __init__(self, message: Message, standard: Standard, rule: Rule, found: list[Fault]) -> None:
        self.message = message
        self.standard = standard
        self.rule = rule
        self.found = found
        self.path = rule.path

    def run(self, root: Node) -> None:
        for node in _within([root], self.path.steps[:-1]):
            placed = list(_segments(node, self.path.steps[-1]))
            if self.path.element:
                for one, owner in placed:
                    if self._holds(one.cut):
                        self._value(one, owner)
            elif self._holds(node.children[0].cut if node.children and isinstance(node.children[0], Placed) else []):
                self._occurrences(node, placed)

    def _holds(self, cut: Cut) -> bool:
        """Whether the rule's conditions hold in its segment; for a segment as a whole, in the trigger of its loop."""
        for condition in self.rule.when:
            value = _values(cut, condition.at)
            if condition.equal:
                if (condition.equal in value) is not condition.present:
                    return False
            elif any(value) is not condition.present:
                return False
        return True

    def _occurrences(self, node: Node, placed: list[tuple[Placed, Node]]) -> None:
        rule, number = self.rule, len(placed)
        tag = self.path.steps[-1].tag
        row = next((one for one in node.loop.rows if one.tag == tag), None)
        loops = isinstance(row, Loop)
        start = node.children[0] if node.children else None
        because = self._because(start.cut, start.index) if isinstance(start, Placed) else None
        if rule.forbidden:
            for one, owner in placed:
                self._fault(FaultCode.GUIDE_FORBIDDEN, one.index, tag, owner, because=because)
        least = max(rule.least, 1 if rule.required else 0)
        if number < least:
            note = f"{self.path}, {number} of at least {least}" if least > 1 else str(self.path)
            code = FaultCode.GUIDE_LOOP_REQUIRED if loops else FaultCode.GUIDE_REQUIRED
            # As for every missing segment: X12 counts where it should stand, EDIFACT the last one before.
            index = _last_before(node, row.number if row is not None else 0) + (self.standard.syntax == "x12")
            self._fault(code, index, tag, node, note=note, because=because, loop=row if isinstance(row, Loop) else None)
        if 0 <= rule.most < number:
            over, owner = placed[rule.most]
            code = FaultCode.GUIDE_LOOP_TOO_OFTEN if loops else FaultCode.GUIDE_SEGMENT_TOO_OFTEN
            self._fault(code, over.index, tag, owner, note=f"{self.path}, {number} of at most {rule.most}")

    def _value(self, placed: Placed, node: Node) -> None:
        rule, path = self.rule, self.path
        decode = self.message.notation.decode
        values = [value for value in _values(placed.cut, Address(path.element, path.component)) if value]
        because = self._because(placed.cut, placed.index)
        if not values:
            if rule.required:
                self._fault(FaultCode.GUIDE_ELEMENT_REQUIRED, placed.index, tag_of(placed.cut), node, because=because)
            return
        for raw in values:
            value = decode(raw)
            code, note = self._wrong(value)
            if code is not None:
                self._fault(code, placed.index, tag_of(placed.cut), node, value=value, note=note, because=because)

    def _wrong(self, value: str) -> tuple[FaultCode | None, str]:
        rule = self.rule
        if rule.forbidden:
            return FaultCode.GUIDE_ELEMENT_FORBIDDEN, ""
        if rule.codes is not None and value not in rule.codes:
            return FaultCode.GUIDE_CODE, ", ".join(sorted(rule.codes)[:10])
        if len(value) < rule.least:
            return FaultCode.GUIDE_TOO_SHORT, f"{len(value)} of at least {rule.least}"
        if 0 <= rule.most < len(value):
            return FaultCode.GUIDE_LENGTH, f"{len(value)} of at most {rule.most}"
        if rule.pattern is not None and (len(value) > VALUE_MAX or not rule.pattern.fullmatch(value)):
            return FaultCode.GUIDE_PATTERN, rule.pattern.pattern
        return None, ""

    def _because(self, cut: Cut, index: int) -> tuple[str, Position] | None:
        """Where the first condition of the rule is met: in *cut*, segment *index*. None without one."""
        if not self.rule.when:
            return None
        at = self.rule.when[0].at
        return tag_of(cut), self.message.position(index, at.element, at.component)

    def _fault(
        self,
        code: FaultCode,
        index: int,
        tag: str,
        node: Node,
        value: str = "",
        note: str = "",
        because: tuple[str, Position] | None = None,
        loop: Loop | None = None,
    ) -> None:
        definition = self.standard.segments.get(tag)
        at = self.message.position(index, self.path.element, self.path.component)
        name = (loop or node.loop).name
        made = fault(self.standard.syntax, code, at, value, note, segment=tag, loop=name, element_id=_element_id(definition, self.path))
        severity = made.severity if self.rule.severity is None else self.rule.severity
        self.found.append(replace(made, severity=severity, because=because))


def _last_before(node: Node, number: int) -> int:
    """The last segment in *node* that stands in a row up to *number*, or in a loop there; its trigger at least."""
    last = 1
    for child in node.children:
        row = child.loop if isinstance(child, Node) else child.row
        if row.number <= number or last == 1:
            while isinstance(child, Node):
                child = child.children[-1]
            last = max(last, child.index)
    return last


def _within(nodes: list[Node], steps: Sequence[Step]) -> list[Node]:
    """Every occurrence of the loops that *steps* lead through."""
    for step in steps:
        nodes = [child for node in nodes for child in node.children if isinstance(child, Node) and _is(child, step)]
    return nodes


def _segments(node: Node, step: Step) -> Iterator[tuple[Placed, Node]]:
    """The segments of *node* that a last step names, rows of its own or triggers of loops in it, each with its loop."""
    for child in node.children:
        one, owner = (child.children[0], child) if isinstance(child, Node) else (child, node)
        if isinstance(one, Placed) and one.row.tag == step.tag and _qualified(one.cut, step.qualifier):
            yield one, owner


def _is(node: Node, step: Step) -> bool:
    trigger = node.children[0] if node.children else None
    return node.loop.tag == step.tag and isinstance(trigger, Placed) and _qualified(trigger.cut, step.qualifier)


def _qualified(cut: Cut, qualifier: str) -> bool:
    if not qualifier:
        return True
    first, *others = qualifier.split("+")
    values = [value for element in cut[1:] for value in _flat(element)]
    return bool(values) and values[0] == first and all(other in values[1:] for other in others)


def _values(cut: Cut, at: Address) -> list[str]:
    """The values at an address, one for each repeat; of a composite as a whole all its components."""
    element: Element = cut[at.element] if at.element < len(cut) else ""
    found: list[str] = []
    for one in element if isinstance(element, Repeats) else [element]:
        parts = [one] if isinstance(one, str) else list(one)
        if at.component:
            found += parts[at.component - 1 : at.component]
        else:
            found += parts
    return found


def _flat(element: Element) -> Iterator[str]:
    if isinstance(element, str):
        yield element
    else:
        for part in element:
            yield from _flat(part)  # repeats of components: two deep


def _element_id(definition: SegmentDef | None, path: Path) -> str:
    if definition is None or not 0 < path.element <= len(definition.elements):
        return ""
    ref = definition.elements[path.element - 1]
    if path.component and ref.composite is not None and path.component <= len(ref.composite.components):
        return ref.composite.components[path.component - 1].id
    return ref.id


def _misplaced(path: Path, standard: Standard) -> str:
    """Why *standard* has no such place; ``""`` if it has."""
    loops = [standard.root]
    for step in path.steps[:-1]:
        loops = [row for loop in loops for row in loop.rows if isinstance(row, Loop) and row.tag == step.tag]
        if not loops:
            return f"{standard.type} {standard.release} has no loop {step.tag} there"
    last = path.steps[-1].tag
    if not any(row.tag == last for loop in loops for row in loop.rows if isinstance(row, Row | Loop)):
        return f"{standard.type} {standard.release} has no {last} there"
    definition = standard.segments[last]
    if path.element > len(definition.elements):
        return f"{last} has {len(definition.elements)} elements in {standard.release}"
    if path.component:
        composite = definition.elements[path.element - 1].composite
        most = len(composite.components) if composite is not None else 1
        if path.component > most:
            return f"{last} {path.element} has {most} component{'s' if most > 1 else ''} in {standard.release}"
    return ""


# Reading a rule's words


def _yes(words: Mapping[str, object], word: str) -> bool:
    said = words.get(word, "no")
    if said not in ("yes", "no"):
        raise GuideError(f"{word} is yes or no")
    return said == "yes"


def _codes(said: object) -> frozenset[str] | None:
    if said is None:
        return None
    listed = [said] if isinstance(said, str) else list(said) if isinstance(said, Sequence) else []
    if not listed or not all(isinstance(one, str) and one for one in listed):
        raise GuideError("codes is a list of codes")
    return frozenset(listed)


def _span(words: Mapping[str, object]) -> tuple[int, int]:
    """min and max, or length, which is both: ``10`` or ``1..10``."""
    least, most = _number(words, "min"), _number(words, "max")
    if "length" in words:
        if least >= 0 or most >= 0:
            raise GuideError("length says what min and max say: write one of them")
        first, dots, last = str(words["length"]).partition("..")
        least, most = _number({"length": first}, "length"), _number({"length": last if dots else first}, "length")
    if 0 <= most < least:
        raise GuideError(f"at least {least} and at most {most} cannot both be")
    return least, most


def _number(words: Mapping[str, object], word: str) -> int:
    said = words.get(word)
    if said is None:
        return -1
    if not (isinstance(said, str) and said.isascii() and said.isdecimal() and len(said) < 10):
        raise GuideError(f"{word} is a whole number, not {said!r}")
    return int(said)


def _conditions(said: object) -> tuple[Condition, ...]:
    if said is None:
        return ()
    if not isinstance(said, Mapping) or not said:
        raise GuideError("when is {element: value}, or present, or absent")
    found = []
    for where, what in said.items():
        try:
            at = address(str(where))
        except PathError as error:
            raise GuideError(f"when: {error}") from error
        if not at.element or not isinstance(what, str) or not what:
            raise GuideError("when names elements (2, 1.2) of the same segment, each with a value, present or absent")
        found.append(Condition(at, what != "absent", "" if what in ("present", "absent") else what))
    return tuple(found)


def _severity(said: object) -> Severity | None:
    if said is None:
        return None
    known = {one.word: one for one in Severity}
    if not isinstance(said, str) or said not in known:
        raise GuideError(f"severity is one of {', '.join(known)}")
    return known[said]


def _pattern(said: object) -> re.Pattern[str] | None:
    if said is None:
        return None
    try:
        return bounded(said if isinstance(said, str) else "")
    except PatternError as error:
        raise GuideError(f"pattern: {error}") from error
