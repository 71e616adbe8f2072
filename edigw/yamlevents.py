"""From a parser's events to nodes: the part of ``yamlfile`` that needs the YAML library.

Loaded when a file is read and not before, for the base maps come composed.
"""

from __future__ import annotations

from dataclasses import field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from edigw.errors import Problem
from edigw.records import dataclass
from edigw.yamlnodes import (
    CHARACTER,
    DUPLICATE,
    KEY,
    MAX_DEPTH,
    MAX_NODES,
    MAX_PROBLEMS,
    REFUSED,
    SYNTAX,
    TOO_MUCH,
    Map,
    Node,
    Place,
    Scalar,
    Seq,
    shown,
)


def documents(text: str, file: str, problems: list[Problem]) -> tuple[Node, ...]:
    """The documents of *text*, as far as they can be read; what is wrong is added to *problems*. Never raises."""
    builder = _Builder(file, problems)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if not builder.take(event):
                break
    except MarkedYAMLError as error:
        problems.append(_syntax(error, file))
    except (YAMLError, ValueError, OverflowError) as error:  # ruamel: int() of a wild \U escape or version
        problems.append(Problem(f"{file}:1:1", f"this is no YAML: {error}", SYNTAX))
    return tuple(builder.documents)


def _syntax(error: MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else f"{file}:1:1"
    text = " ".join(str(error.problem or "this is no YAML").split())[:300]
    context = " ".join(str(error.context or "").split())[:300]
    if context:
        began = f" begun in line {error.context_mark.line + 1}" if error.context_mark else ""
        text = f"{text}, {context}{began}"
    if "\\t" in text:
        return Problem(place, "a tab stands where YAML wants blanks", CHARACTER, "indent with blanks")
    if "found character" in text and "cannot start" in text:
        return Problem(place, text, SYNTAX, "put the value in quotes")
    if "mapping values are not allowed" in text:
        return Problem(place, text, SYNTAX, "look at the indentation, or quote a value that holds ': '")
    return Problem(place, text, SYNTAX)


@dataclass(slots=True)
class _Open:
    """A map or list whose end has not come yet."""

    place: Place
    mapping: bool
    values: list[Node] = field(default_factory=list)
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)
    seen: dict[str, Place] = field(default_factory=dict)
    key: Node | None = None  #: a key that waits for its value


class _Builder:
    """Takes events, holds finished documents."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.documents: list[Node] = []
        self._file = file
        self._problems = problems
        self._open: list[_Open] = []
        self._nodes = 0

    def take(self, event: Event) -> bool:
        """Work *event* in. False: a cap is reached and reading must stop."""
        place = Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, DocumentStartEvent):
            if event.version or event.tags:
                self._refuse(place, "a % directive")
            return True
        if isinstance(event, CollectionEndEvent):
            self._close()
            return True
        if isinstance(event, AliasEvent):
            self._refuse(place, f"the alias {shown('*' + event.anchor)}", "write the value out, or quote a text that begins with *")
            self._add(Scalar("", place, quoted=True))
        elif isinstance(event, ScalarEvent):
            self._look(event, place)
            self._add(Scalar(event.value, place, quoted=event.style is not None))
        elif isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            self._look(event, place)
            self._open.append(_Open(place, isinstance(event, MappingStartEvent)))
        else:
            return True
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._problems.append(Problem(str(place), f"more than {MAX_NODES} keys and values", TOO_MUCH))
        elif len(self._open) > MAX_DEPTH:
            self._problems.append(Problem(str(place), f"nested deeper than {MAX_DEPTH} levels", TOO_MUCH))
        else:
            return len(self._problems) < MAX_PROBLEMS
        return False

    def _look(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent, place: Place) -> None:
        if event.anchor is not None:
            self._refuse(place, f"the anchor {shown('&' + event.anchor)}", "write values out, or quote a text that begins with &")
        if event.ctag is not None:
            self._refuse(place, f"the tag {shown(str(event.tag))}", "every value is text already; quote a text that begins with !")

    def _refuse(self, place: Place, what: str, advice: str = "") -> None:
        self._problems.append(Problem(str(place), f"{what} is not taken", REFUSED, advice))

    def _close(self) -> None:
        done = self._open.pop()
        self._add(Map(tuple(done.pairs), done.place) if done.mapping else Seq(tuple(done.values), done.place))

    def _add(self, node: Node) -> None:
        if not self._open:
            self.documents.append(node)
            return
        around = self._open[-1]
        if not around.mapping:
            around.values.append(node)
        elif around.key is None:
            around.key = node
        else:
            key, around.key = around.key, None
            self._pair(around, key, node)

    def _pair(self, around: _Open, key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            self._problems.append(Problem(str(key.place), "a key must be text", KEY, "quote it if the brackets belong to it"))
        elif key.text == "<<" and not key.quoted:
            self._refuse(key.place, "the merge key <<", "write the keys out")
        elif key.text in around.seen:
            first = around.seen[key.text]
            text = f"the key {shown(key.text)} stands twice; first in line {first.line}"
            self._problems.append(Problem(str(key.place), text, DUPLICATE, "keep one"))
        else:
            around.seen[key.text] = key.place
            around.pairs.append((key, value))
