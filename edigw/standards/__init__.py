"""The dictionaries of X12 and UN/EDIFACT: what a message in a release is made of.

Pure values out of the packs that come with the package (``standards/data``); a release's
table is built when its message is first asked for, a segment's definition when the
segment is first met, and both are kept for the life of the process. Nothing here reads a
message: ``walk`` does that along a table, ``check`` judges.

    find("x12", "850", "004010").segments["BEG"].elements[2].element.max    # 22
    releases("edifact", "ORDERS")                                           # ("D911", ..., "D24A")
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

from edigw.model import Syntax
from edigw.standards.pack import Pack
from edigw.standards.schema import CompositeDef, ElementDef, ElementRef, Loop, Note, Row, SegmentDef, Standard

__all__ = [
    "code_name",
    "dictionary",
    "find",
    "functional_groups",
    "group_type",
    "has_dictionary",
    "interchange_versions",
    "known",
    "nearest",
    "releases",
    "segment_name",
    "service",
    "types",
]

#: How many messages in how many releases stay built; a gateway of many partners needs some dozens.
KEPT: Final = 256


@lru_cache(maxsize=KEPT)
def find(syntax: Syntax, type: str, release: str) -> Standard | None:
    """The table and dictionary of message *type* in *release*, or None where we have none.

    *release* is the dictionary's key as a message carries it: ``004010`` (the first six of
    GS08 or ST03), ``D96A`` (UNH 0052 and 0054 together), ``D3`` or ``41`` for CONTRL. An
    association code (``EAN008``, ``VICS``) is no part of it.
    """
    source = _pack(syntax)
    held = _messages(syntax).get(type, {}).get(release)
    if held is None:
        return None
    table = source.get(f"table/{type}/{held}")
    segments = _segments(syntax, release)
    digest = hashlib.sha256(source.raw(f"table/{type}/{held}"))
    for name in segments.sources:
        digest.update(source.raw(name))
    digest.update(_codes_digest(syntax))
    return Standard(
        syntax=syntax,
        type=type,
        release=release,
        name=table["name"],
        group=group_type(type) if syntax == "x12" else "",
        root=_table(table["rows"]),
        segments=segments,
        digest=digest.hexdigest(),
    )


def types(syntax: Syntax) -> tuple[str, ...]:
    """Every message type there is a table for."""
    return tuple(_messages(syntax))


def known(syntax: Syntax, type: str) -> bool:
    """Whether there is a table for *type* in any release."""
    return type in _messages(syntax)


def releases(syntax: Syntax, type: str) -> tuple[str, ...]:
    """The releases we have of a message type, oldest first; empty for a type we do not know."""
    held = _messages(syntax).get(type, {})
    order = {"D3": 0, "41": 1} if type == "CONTRL" else _order(syntax)  # CONTRL follows the syntax versions
    return tuple(sorted(held, key=order.__getitem__))


def nearest(syntax: Syntax, type: str, release: str) -> str:
    """The release of *type* that comes closest in time to *release*: for advice to people, never to judge by.

    The older one where two are equally near; ``""`` for a type we do not know.
    """
    held = releases(syntax, type)
    if not held:
        return ""
    wanted = _age(syntax, release)
    return min(held, key=lambda one: (abs(_age(syntax, one) - wanted), _age(syntax, one)))


def segment_name(syntax: Syntax, tag: str, release: str = "") -> str:
    """The name of a segment in *release*, or in the newest that has it; ``""`` for one nobody knows."""
    order = list(_order(syntax))
    for key in ([release] if release in order else []) + order[::-1]:
        found = _segments(syntax, key).get(tag)
        if found is not None:
            return found.name
    named = service(syntax).get(tag)
    return named.name if named is not None else ""


def code_name(syntax: Syntax, element: str, code: str) -> str:
    """What an EDIFACT code means, in the newest directory's words; ``""`` where we have none (all of X12)."""
    return _code_names(syntax, element).get(code, "")


def dictionary(syntax: Syntax, release: str) -> Mapping[str, SegmentDef]:
    """Every segment of *release* by tag; of the release nearest in time where we do not have it.

    For showing a message to people whose type has no table; nothing is judged by it.
    """
    order = _order(syntax)
    wanted = _age(syntax, release)
    return _segments(syntax, release if release in order else min(order, key=lambda one: abs(_age(syntax, one) - wanted)))


def service(syntax: Syntax, version: str = "4") -> Mapping[str, SegmentDef]:
    """The envelope's segments: ISA..IEA and TA1, or UNB..UNZ of an EDIFACT syntax *version* (1 to 4).

    X12 has two ISA by version; ``ISA`` is that from 00402 on, ``ISA00200`` the one before.
    """
    return _segments(syntax, "", version if syntax == "edifact" else "")


def group_type(set_id: str) -> str:
    """The functional identifier code (GS01) that a transaction set travels under; ``""`` if unknown."""
    found: str = _pack("x12").get("groups").get(set_id, "") if set_id in _messages("x12") else ""
    return found


@cache
def functional_groups() -> frozenset[str]:
    """Every functional identifier code (GS01) there is, in any release."""
    return frozenset(code for codes in _pack("x12").get("codes/479").values() for code in codes)


def has_dictionary(syntax: Syntax, release: str) -> bool:
    """Whether there is a dictionary of *release* at all, whatever messages it has tables for."""
    return release in _order(syntax)


@cache
def interchange_versions() -> tuple[str, ...]:
    """Every ISA12 there is, oldest first."""
    return tuple(_pack("x12").get("codes/I11")[""])


# Loading


@cache
def _pack(syntax: Syntax) -> Pack:
    return Pack(resources.files("edigw.standards").joinpath(f"data/{syntax}.pack").read_bytes())


@cache
def _messages(syntax: Syntax) -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = _pack(syntax).get("messages")
    return found


@cache
def _order(syntax: Syntax) -> Mapping[str, int]:
    return {release: place for place, release in enumerate(_pack(syntax).get("order"))}


@cache
def _codes_digest(syntax: Syntax) -> bytes:
    """All code lists of a family as one digest: they are shared by its releases."""
    return _pack(syntax).digest("codes/")


@lru_cache(maxsize=512)
def _code_names(syntax: Syntax, element: str) -> Mapping[str, str]:
    source = _pack(syntax)
    names: Mapping[str, str] = source.get(f"names/{element}") if f"names/{element}" in source else {}
    return names


def _age(syntax: Syntax, release: str) -> float:
    """A release as a number that grows with its time; what cannot be read is older than all."""
    if syntax == "x12":
        return float(release) if release.isdecimal() and release.isascii() else 0.0
    year, half = release[1:3], release[3:4]
    if not (year.isdecimal() and year.isascii()):
        return 0.0
    full = int(year) + (1900 if int(year) > 80 else 2000)
    return full + (0.5 if half in ("B", "2") else 0.0)


def _table(rows: list[Any]) -> Loop:
    """The root loop of a table; numbers run through it from 1 in the order of the rows."""
    count = 0

    def build(source: list[Any]) -> tuple[Row | Loop, ...]:
        nonlocal count
        built: list[Row | Loop] = []
        for entry in source:
            count += 1
            number = count
            if len(entry) == 4:  # nesting is the table's own, at most seven deep
                name, required, most, inner = entry
                built.append(Loop(name, inner[0][0], required == "M", most, number, build(inner)))
            else:
                tag, required, most = entry
                built.append(Row(tag, required == "M", most, number, required == "F"))
        return tuple(built)

    return Loop("", "", True, 1, 0, build(rows))


@cache
def _segments(syntax: Syntax, release: str, version: str = "") -> _Segments:
    """The dictionary of a release with the service segments that stand inside messages.

    CONTRL's own keys name the syntax version. For every other EDIFACT release the message
    header of version 4 is taken, which only adds to that of 1 to 3.
    """
    if syntax == "x12":
        return _Segments(syntax, release, (f"dictionary/{release}" if release else "service/",))
    if not release:
        return _Segments(syntax, "", (f"service/{version}",))
    if release in ("D3", "41"):
        return _Segments(syntax, release, (f"service/{'3' if release == 'D3' else '4'}",))
    return _Segments(syntax, release, (f"dictionary/{release}", "service/4"))


class _Segments(Mapping[str, SegmentDef]):
    """Segment definitions of one release by tag, each built when first looked up."""

    def __init__(self, syntax: Syntax, release: str, sources: tuple[str, ...]) -> None:
        self.sources = sources  #: names in the pack; the first that has a segment or element wins
        self._pack = _pack(syntax)
        self._release = release
        self._place = _order(syntax).get(release, -1)
        self._order = _order(syntax)
        self._raw: dict[str, list[str]] = {}
        self._composites: dict[str, list[str]] = {}
        self._elements: dict[str, list[Any]] = {}
        for name in reversed(sources):
            part = self._pack.get(name)
            self._raw.update(part["segments"])
            self._composites.update(part["composites"])
            self._elements.update(part["elements"])
        if "ISA00402" in self._raw:
            self._raw["ISA"] = self._raw["ISA00402"]
        self._built: dict[str, SegmentDef] = {}
        self._references: dict[str, ElementRef] = {}
        self._simple: dict[str, ElementDef] = {}

    def __getitem__(self, tag: str) -> SegmentDef:
        found = self._built.get(tag)
        if found is None:
            name, references, notes = self._raw[tag]
            found = self._built[tag] = SegmentDef(tag, name, self._refer(references), _notes(notes))
        return found

    def __contains__(self, tag: object) -> bool:
        return tag in self._raw

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def _refer(self, references: str) -> tuple[ElementRef, ...]:
        return tuple(self._reference(one) for one in references.split())

    def _reference(self, text: str) -> ElementRef:
        """``353M``, ``C040O*3``: an id, how it is required, how often it may repeat."""
        found = self._references.get(text)
        if found is None:
            plain, _, repeat = text.partition("*")
            key, required = plain[:-1], plain[-1]
            composite: CompositeDef | None = None
            element: ElementDef | None = None
            if key in self._composites:
                name, components, notes = self._composites[key]
                composite = CompositeDef(key, name, self._refer(components), _notes(notes))
            else:
                element = self._element(key)
            found = self._references[text] = ElementRef(key, required, int(repeat or 1), element, composite)
        return found

    def _element(self, key: str) -> ElementDef:
        found = self._simple.get(key)
        if found is None:
            kind, least, most, name = self._elements[key]
            found = self._simple[key] = ElementDef(key, kind, least, most, name, self._codes(key))
        return found

    def _codes(self, key: str) -> frozenset[str] | None:
        """The codes of an element in this release; None where no list is known for it."""
        if f"codes/{key}" not in self._pack:
            return None
        codes: list[str] = []
        for spans, listed in self._pack.get(f"codes/{key}").items():
            if not spans or any(self._covers(span) for span in spans.split(",")):
                codes += listed
        return frozenset(codes) or None

    def _covers(self, span: str) -> bool:
        first, dash, last = span.partition("-")
        if self._order[first] > self._place:
            return False
        return self._order[first] == self._place or (dash == "-" and (not last or self._place <= self._order[last]))


def _notes(text: str) -> tuple[Note, ...]:
    """``P0304 C0506`` (X12, two digits a position) or ``D5(4,3)`` (EDIFACT)."""
    notes: list[Note] = []
    for one in text.split():
        kind, bracket, inner = one.partition("(")
        if bracket:
            positions = tuple(int(part) for part in inner.rstrip(")").split(","))
        else:
            kind, digits = one[0], one[1:]
            positions = tuple(int(digits[at : at + 2]) for at in range(0, len(digits), 2))
        notes.append(Note(kind, positions))
    return tuple(notes)
