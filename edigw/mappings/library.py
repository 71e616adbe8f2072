"""Maps by name: loaded, extended, checked, and compiled for a release; each once.

Base maps come with the package, a partner's from its configuration. Nothing is loaded
before it is asked for, and a map that is broken stops nobody who does not use it. What the
package's maps compile to depends on no configuration: libraries share it, so that a
configuration that is read again compiles its partners' maps only.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

from edigw import documents, standards
from edigw.errors import ConfigError, NotWritable
from edigw.faults import Policy
from edigw.mappings import codes, compile, composed, declare, guides, inherit, read, uses, write
from edigw.mappings import mistakes as m
from edigw.mappings.declared import Declared
from edigw.mappings.mistakes import Mistakes
from edigw.mappings.plan import Absent, Plan
from edigw.mappings.reading import Read
from edigw.mappings.unsayable import Unsayable
from edigw.model import Cut, Delimiters, Message, Syntax
from edigw.standards.guide import Guide
from edigw.standards.schema import Node, Standard
from edigw.standards.walk import Unplaced
from edigw.yamlnodes import Map, Place, Scalar

LANGUAGE: Final = "1"  # of the mapping language; part of every digest, for a new reading is a new map
DEEPEST: Final = 8  # maps that extend each other; three are common (partner, industry, base)
MOST_RIGHT: Final = 100_000  # maps with releases that are remembered to be right: some 20 MB

_right: set[tuple[str, str]] = set()  # digests of maps, with what they extend, and of standards; "": read, and held against the newest


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Compiling makes thousands of small things, all of which stay: looking through them for what does not took two thirds of its time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Library:
    """Every map there is: those of the package and *partner_maps* (name -> (file, YAML)).

    *partner_maps* are only looked into when a name is asked for. A partner's map may not
    take a packaged name; ``load`` of such a name says so.
    """

    def __init__(self, partner_maps: Mapping[str, tuple[str, bytes]] | None = None) -> None:
        self._partners = dict(partner_maps or {})
        self._loaded: dict[str, Declared | ConfigError] = {}
        self._programs: dict[tuple[str, str], Program | ConfigError] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._partners or name in _packaged()

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*self._partners, *_packaged()}))

    def __len__(self) -> int:
        return len({*self._partners, *_packaged()})

    def load(self, name: str) -> Declared:
        """The map *name* with what it extends worked in. Raises ConfigError with every mistake.

        A partner's map is held against the newest release of its base's message; what that
        release lacks is a mistake only if no release has it.
        """
        if self._shares(name):
            return _package().load(name)
        found = self._loaded.get(name)
        if found is None:
            try:
                found = self._load(name)
            except ConfigError as trouble:
                found = trouble
            self._loaded[name] = found
        if isinstance(found, ConfigError):
            raise found
        return found

    def program(self, name: str, standard: Standard) -> Program:
        """The map *name* compiled for *standard*; kept. Raises ConfigError with every mistake."""
        if self._shares(name):
            return _package().program(name, standard)
        key = (name, standard.digest + standard.type)
        found = self._programs.get(key)
        if found is None:
            try:
                found = self._compile(self.load(name), standard)
            except ConfigError as trouble:
                found = trouble
            self._programs[key] = found
        if isinstance(found, ConfigError):
            raise found
        return found

    def examine(self, name: str, standard: Standard) -> None:
        """Compile the map *name* for *standard* and keep nothing of it. Raises ConfigError with every mistake.

        That it is right is remembered for the life of the process: a configuration that is read
        again has the same maps, but for the one that was edited.
        """
        declared = self.load(name)
        if (declared.digest, standard.digest + standard.type) not in _right:
            _ = self._compile(declared, standard).guide  # its rules are read at first use; here is a better place to complain
            _remember(declared.digest, standard.digest + standard.type)

    def _shares(self, name: str) -> bool:
        """Whether *name* is a map of the package, of which no partner's map claims a name."""
        return name in _packaged() and self._partners.keys().isdisjoint(_packaged()) and self is not _package()

    # Loading

    @_collector_at_rest()
    def _load(self, name: str) -> Declared:
        problems = Mistakes()
        chain = self._chain(name, problems)
        problems.stop()
        newest, base = chain[0], chain[-1]
        body = base.node.get("body")
        for one in reversed(chain[:-1]):
            body = inherit.change(body, one.node.get("change"), problems)
        entries = declare.body(body, problems)
        kind = _text(base.node, "document")
        named = next((one.node.get("document") for one in chain if "document" in one.node), None)
        if kind not in documents.KINDS:
            place = named.place if named is not None else base.node.place
            problems.unknown(place, "there is no kind of document", kind, documents.KINDS, m.NO_SUCH_KIND)
        for one in chain[:-1]:
            other = one.node.get("document")
            if isinstance(other, Scalar) and other.text != kind:
                problems.add(other.place, f"the base makes a document of kind {kind}", m.NO_SUCH_KIND)
        if body is None:
            problems.add(base.node.place, "the map has no body", m.WRONG_SHAPE)
        nodes = tuple(guide for one in reversed(chain) if isinstance(guide := one.node.get("guide"), Map))
        for one in chain:
            guide = one.node.get("guide")
            if guide is not None and not isinstance(guide, Map):
                problems.add(guide.place, "guide: is a map from paths to what holds there", m.WRONG_SHAPE)
        rules = guides.make(nodes, problems)
        digest = hashlib.sha256(LANGUAGE.encode())
        for one in chain:
            digest.update(hashlib.sha256(one.data).digest())
        use = base.node.get("use")
        if isinstance(use, Scalar) and use.text not in uses.ALL:
            problems.unknown(use.place, "there is nothing to use called", use.text, uses.ALL, m.NO_SUCH_TABLE)
        declared = Declared(
            name,
            base.name,
            kind,
            entries,
            rules,
            newest.node.place.file,
            base.node.place.file,
            digest.hexdigest(),
            dict(problems.changed),
            _text(base.node, "use"),
        )
        if kind in documents.KINDS and name not in _packaged() and (declared.digest, "") not in _right:
            self._try(declared, problems)
        problems.stop()
        _remember(declared.digest, "")
        return declared

    def _try(self, declared: Declared, problems: Mistakes) -> None:
        """Compile for the newest release: fields, types, tables, and what no release has.

        What the base map binds for some releases only is not the partner's to mend; to look for
        it would compile the map for every release there is.
        """
        syntax, _, message = declared.base.partition("/")
        if syntax != "x12" and syntax != "edifact":
            return
        known: Syntax = "x12" if syntax == "x12" else "edifact"
        absent: dict[Place, Absent] | None = None
        for release in reversed(standards.releases(known, message)):
            standard = standards.find(known, message, release)
            if standard is None:
                continue
            first = absent is None
            plan = compile.make(declared, documents.KINDS[declared.document], standard, problems if first else Mistakes())
            missing = {one.place: one for one in plan.absent if one.place.file != declared.base_file}
            absent = missing if absent is None else {place: one for place, one in absent.items() if place in missing}
            if not absent:
                return
        for one in (absent or {}).values():
            problems.add(one.place, one.text, m.NOT_IN_RELEASE, one.advice)

    def _chain(self, name: str, problems: Mistakes) -> list[_Source]:
        """The map and those it extends, itself first."""
        chain: list[_Source] = []
        wanted, place = name, Place(name, 1, 1)
        while True:
            if any(one.name == wanted for one in chain):
                problems.add(place, f"{wanted} extends itself", m.NO_SUCH_MAP)
                return chain
            if len(chain) == DEEPEST:
                problems.add(place, f"more than {DEEPEST} maps extend each other", m.NO_SUCH_MAP)
                return chain
            source = self._source(wanted, place, problems)
            if source is None:
                return chain
            chain.append(source)
            extends = source.node.get("extends")
            if extends is None:
                return chain
            place = extends.place
            wanted = extends.text if isinstance(extends, Scalar) else ""

    def _source(self, name: str, place: Place, problems: Mistakes) -> _Source | None:
        held = self._partners.get(name)
        packaged = _packaged().get(name)
        if held is not None and packaged is not None:
            advice = f"call it by the partner: acme/{name.rpartition('/')[2]}"
            problems.add(Place(held[0], 1, 1), f"the name {name} is that of a base map", m.NAMED_TWICE, advice)
            return None
        if held is None and packaged is None:
            problems.unknown(place, "there is no map", name, self, m.NO_SUCH_MAP)
            return None
        file, data = held if held is not None else packaged or ("", b"")
        found = composed.read(data, file)
        problems.found += found.problems
        for node in found.documents:
            if not isinstance(node, Map):
                problems.add(node.place, "a map begins with map: and its name", m.WRONG_SHAPE)
            elif _text(node, "map") == name:
                declare.top(node, problems)
                return _Source(name, node, data)
        if not found.problems:
            names = [_text(node, "map") for node in found.documents if isinstance(node, Map)]
            problems.add(Place(file, 1, 1), f"{file} holds no map {name}", m.NO_SUCH_MAP, m.nearest(name, names))
        return None

    @_collector_at_rest()
    def _compile(self, declared: Declared, standard: Standard) -> Program:
        problems = Mistakes()
        problems.changed.update(declared.changed)
        plan = compile.make(declared, documents.KINDS[declared.document], standard, problems)
        for one in plan.absent:
            if one.place.file != declared.base_file:  # a base map serves all releases, a partner's knows its own
                problems.add(one.place, one.text, m.NOT_IN_RELEASE, one.advice)
        guides.misplaced(declared.rules, standard, problems)
        problems.stop()
        return Program(declared, standard, plan)


def _remember(map_digest: str, standard: str) -> None:
    if len(_right) >= MOST_RIGHT:
        _right.clear()
    _right.add((map_digest, standard))


class _Source:
    """One map as it stands in its file."""

    __slots__ = ("data", "name", "node")

    def __init__(self, name: str, node: Map, data: bytes) -> None:
        self.name, self.node, self.data = name, node, data


class Program:
    """A map compiled for one release, both ways. Immutable; shared by everything in a process."""

    def __init__(self, declared: Declared, standard: Standard, plan: Plan) -> None:
        self.name = declared.name
        self.kind = declared.document
        self.standard = standard
        self.plan = plan
        self.use = uses.ALL.get(declared.use)
        self.fields = plan.fields | self.use.fields if self.use else plan.fields  #: paths bound, list positions left out
        self.absent = plan.absent  #: what the release does not have
        self.digest = hashlib.sha256((declared.digest + standard.digest + codes.digest()).encode()).hexdigest()
        self.rules = declared.rules  #: of ``guide:``, by path
        self._read = read.program(plan)

    @property
    def label(self) -> str:
        """``acme/850@3f9c1a``: what a document's ``source.map`` and a message's row say."""
        return f"{self.name}@{self.digest[:6]}"

    @cached_property
    def guide(self) -> Guide:
        """The rules of the map's ``guide:`` and of those it extends, ready to judge by."""
        return Guide([one for one, _ in self.rules.values()])

    def read(self, root: Node, message: Message, unplaced: Sequence[Unplaced] = ()) -> Read:
        """The document in a message's tree. Never raises on what a partner sent.

        Values no binding takes stand in ``unmapped``, those of *unplaced* segments behind
        them and marked; faults are notes at their places.
        """
        found = self._read(root, message, unplaced)
        self.shape(found.document)
        return found

    def trace(self, root: Node, message: Message, unplaced: Sequence[Unplaced] = ()) -> dict[str, Any]:
        """The document that ``read`` gives, its values bearing where they come from: ``traced.origin`` asks them."""
        found = self._read(root, message, unplaced, tracing=True)
        self.shape(found.document)
        return found.document

    def shape(self, document: dict[str, Any]) -> None:
        """Make of a document as sent, as the map's own words read it, the one the contract promises; in place."""
        if self.use:
            self.use.read(document)

    def write(
        self, document: dict[str, Any], *, delimiters: Delimiters, charset: str, association: str = "", policy: Policy | None = None
    ) -> list[Cut]:
        """The segments between header and trailer, in the order of the table.

        Raises NotWritable with every field that cannot be written, the line of the map that
        binds it and the rule; then nothing was written. What comes out is free of faults by
        check and the map's guide, weighed by *policy*. Members the map does not bind are not
        written; ``unwritten`` names them.
        """
        return write.write(self, self._as_sent(document), delimiters, charset, association, policy)

    def _as_sent(self, document: dict[str, Any]) -> dict[str, Any]:
        if not self.use:
            return document
        try:
            return self.use.write(document)
        except Unsayable as trouble:
            raise NotWritable(tuple((path, f"{text} ({self.name})") for path, text in trouble.problems)) from None

    def unwritten(self, document: dict[str, Any]) -> tuple[str, ...]:
        """The members of *document* that this map does not bind, by path; source and unmapped left out."""
        if self.use and self.use.strips:
            document = self.use.write(document)
        return tuple(one for one in write.unbound(self.plan, document) if one not in self.fields)


def _text(node: Map, word: str) -> str:
    found = node.get(word)
    return found.text if isinstance(found, Scalar) else ""


@cache
def _package() -> Library:
    """The maps of the package alone, as all libraries of this process share them."""
    return Library()


@cache
def _packaged() -> Mapping[str, tuple[str, bytes]]:
    """The base maps by name: ``x12/850`` stands in base/x12/850.yaml."""
    found = {}
    for folder in resources.files("edigw.mappings").joinpath("base").iterdir():
        if not folder.is_dir():
            continue
        for entry in folder.iterdir():
            if entry.name.endswith(".yaml"):
                found[f"{folder.name}/{entry.name.removesuffix('.yaml')}"] = (f"base/{folder.name}/{entry.name}", entry.read_bytes())
    return found
