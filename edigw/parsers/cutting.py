"""A segment's text into its elements, and elements back into text.

Pure, and the hottest code of the package: a cut is built once for one set of service
characters and kept. Release characters, repetitions, composites and line ends take a
slower path, and only in the segments where the character stands.

A released character must survive the splitting of its segment. Text is latin-1 here, so
characters above 0xFF are free to stand in for released ones until the split is done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from edigw.model import BLANKS, Cut, Delimiters, Element, Notation, Repeats, Syntax

BLANK_BYTES = BLANKS.encode("latin-1")

#: X12 segments with binary data, and the element that says how many bytes follow it.
BINARY = {"BIN": 1, "BDS": 2}

Cutter: TypeAlias = Callable[[str], Cut]


@lru_cache(maxsize=512)  # a hostile file may declare other service characters in every interchange
def notation(
    syntax: Syntax, delimiters: Delimiters, charset: str, *, rough: bool = True, wrapped: bool = False, binary: bool = False
) -> Notation:
    """How texts with these service characters are cut.

    *rough*: blanks, line ends or empty segments may stand before a tag. *wrapped*: line ends
    inside a segment are those of fixed records and are dropped. *binary*: BIN or BDS may
    occur, whose data is not cut.
    """
    cut = _released(delimiters) if delimiters.release else _plain(delimiters)
    if wrapped or rough:
        cut = _smoothed(cut, delimiters, wrapped)
    if binary:
        cut = _binary(cut, delimiters)
    return Notation(syntax, delimiters, charset, cut)


def leading(delimiters: Delimiters) -> str:
    """What is stripped before a tag: blanks, line ends, and the terminators of empty segments."""
    service = (delimiters.element, delimiters.component, delimiters.repetition, delimiters.release)
    return "".join(c for c in BLANKS if c not in service) + delimiters.terminator


def _plain(d: Delimiters) -> Cutter:
    element, component, repetition = d.element, d.component, d.repetition
    divide = _divider(component, repetition)

    def divided(text: Any) -> Cut:
        return [divide(part) for part in text.split(element)]

    def simple(text: Any) -> Cut:
        row: Cut = text.split(element)
        return row

    def composite(text: Any) -> Cut:
        if component in text:
            return divided(text)
        row: Cut = text.split(element)
        return row

    def repeated(text: Any) -> Cut:
        if component in text or repetition in text:
            return divided(text)
        row: Cut = text.split(element)
        return row

    if not component and not repetition:
        return simple
    if not repetition:
        return composite
    return repeated if component else divided


def _divider(component: str, repetition: str) -> Callable[[str], Element]:
    def parts(part: str) -> str | list[str]:
        return part.split(component) if component and component in part else part

    def repeats(part: str) -> Element:
        return Repeats(parts(one) for one in part.split(repetition)) if repetition in part else parts(part)

    return repeats if repetition else parts


def _released(d: Delimiters) -> Cutter:
    element, component, repetition, release = d.element, d.component, d.repetition, d.release
    divide = _divider(component, repetition)
    # "??" goes first: a run of release characters pairs off from its left end, so what is left
    # over stands before a freed character. See PARITY in the tests.
    service = [release, element, component, d.terminator[:1], repetition]
    stand_ins = [(release + c, chr(0x100 + ord(c)), c) for c in dict.fromkeys(service) if c]

    def restore(text: str) -> str:
        if not text.isascii():
            for _, stand_in, c in stand_ins:
                text = text.replace(stand_in, c)
        return text

    parted = [release + c for c in (release, element, component, repetition) if c]

    def freed(text: str) -> Cut:
        for pair in parted:
            if pair in text:
                break
        else:  # nothing freed would divide the segment, as in 5?'' or O?'NEILL
            return [divide(part.replace(release, "")) for part in text.split(element)]
        for pair, stand_in, _ in stand_ins:
            text = text.replace(pair, stand_in)
        row: Cut = []
        for part in text.replace(release, "").split(element):  # what is left frees an ordinary character
            whole = divide(part)
            if isinstance(whole, str):
                row.append(restore(whole))
            elif isinstance(whole, Repeats):
                row.append(Repeats(restore(one) if isinstance(one, str) else [restore(c) for c in one] for one in whole))
            else:
                row.append([restore(one) for one in whole])
        return row

    # Plain loops: in CPython 3.11 a comprehension is a call, which these many would feel.

    def composite(text: Any) -> Cut:
        if release in text:
            return freed(text)
        row: Any = text.split(element)
        if component in text:
            i = 0
            for part in row:
                if component in part:
                    row[i] = part.split(component)
                i += 1  # noqa: SIM113 - enumerate() costs a tenth of the whole here
        cut: Cut = row
        return cut

    def simple(text: Any) -> Cut:
        if release in text:
            return freed(text)
        row: Cut = text.split(element)
        return row

    undivided = composite if component else simple  # a damaged UNB may leave no component separator

    def repeated(text: Any) -> Cut:
        if release in text:
            return freed(text)
        if repetition in text:
            return [divide(part) for part in text.split(element)]
        return undivided(text)

    return repeated if repetition else undivided


def _smoothed(cut: Cutter, d: Delimiters, wrapped: bool) -> Cutter:
    strip = leading(d)
    by_line = d.terminator == "\n"

    def smooth(text: Any) -> Cut:
        return cut(text.lstrip(strip))

    def unwrapped(text: Any) -> Cut:
        return cut(text.replace("\r", "").replace("\n", "").lstrip(strip))

    def line(text: Any) -> Cut:
        return cut(text.strip(strip) if text[-1:] == "\r" else text.lstrip(strip))  # LF ends the segment, this line ended CR LF

    if wrapped:
        return unwrapped
    return line if by_line else smooth


def _binary(cut: Cutter, d: Delimiters) -> Cutter:
    strip, element = leading(d), d.element

    def guarded(text: Any) -> Cut:
        bare = text.lstrip(strip)
        if bare[3:4] == element and bare[:3] in BINARY:
            row: Cut = bare.split(element, BINARY[bare[:3]] + 1)
            return row
        return cut(text)

    return guarded


def joined(cut: Cut, delimiters: Delimiters, put: Callable[[str], str]) -> str:
    """*cut* as text, without terminator; *put* makes one value safe, or raises.

    What stands empty behind the last value is not written: neither elements nor components.
    """
    parts = [_joined(element, delimiters, put) for element in cut]
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return delimiters.element.join(parts)


def _joined(element: Element, delimiters: Delimiters, put: Callable[[str], str]) -> str:
    if isinstance(element, str):
        return put(element)
    if isinstance(element, Repeats):
        return delimiters.repetition.join(_joined(one, delimiters, put) for one in element)
    parts = [put(one) for one in element]
    while parts and not parts[-1]:
        parts.pop()
    return delimiters.component.join(parts)
