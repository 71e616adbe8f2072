"""A second opinion on what we built: other people's readers read our bytes back.

Pure: bytes in, differences out. pyx12 reads X12 of the versions 00401 and 00501, pydifact
reads one EDIFACT interchange at a time; neither is fit to be the front door (one stops at
an empty segment, the other merges interchanges), but neither shares our mistakes.

A difference is not weighed here: what was built is held back if there is any.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import zip_longest

from edigw.model import Cut, Element, Group, Interchange, Repeats
from edigw.parsers import read, split

PYX12_VERSIONS = ("00401", "00501")  # pyx12 refuses all others

#: A segment as plain lists: tag, then elements as lists of components.
_Plain = list[list[str]]


def warm() -> None:
    """Import the second readers now, so that the first answer does not wait for them."""
    import pydifact.parser  # noqa: F401
    import pyx12.x12file  # noqa: F401


def can_read(interchange: Interchange) -> bool:
    """Whether there is a second reader for this interchange: its version, and its separators."""
    d = interchange.notation.delimiters
    if interchange.syntax == "x12":
        return interchange.version in PYX12_VERSIONS and len(d.terminator) == 1
    return bool(d.release)  # pydifact would take a blank for the release character


def differences(data: bytes) -> list[str]:
    """Where the second reader sees something else in *data* than ours; empty if they agree.

    *data* is what ``write`` made: one interchange. One that no second reader knows
    (``can_read``) differs nowhere, for nobody looked.
    """
    parts = split(data)
    ours = [part for part in parts if isinstance(part, Interchange)]
    if len(ours) != 1 or len(parts) != 1:
        return [f"{len(ours)} interchanges and {len(parts) - len(ours)} other spans instead of one interchange"]
    interchange = ours[0]
    if not can_read(interchange):
        return []
    found: list[str] = []
    theirs = _by_pyx12(data, found) if interchange.syntax == "x12" else _by_pydifact(data, interchange)
    try:
        for number, (mine, other) in enumerate(zip_longest(_ours(data, interchange, found), theirs), 1):
            if mine != other:
                found.append(f"segment {number}: {_shown(mine)} is read as {_shown(other)}")
                break  # what follows differs by being shifted
    except Exception as error:  # noqa: BLE001 - whatever the other reader raises is its opinion
        found.append(f"the second reader gave up: {type(error).__name__}: {error}")
    return found


def _ours(data: bytes, interchange: Interchange, found: list[str]) -> Iterator[_Plain]:
    """Every segment we read, envelope included, in the order of the file."""
    decode = interchange.notation.decode

    def plain(cut: Cut) -> _Plain:
        return _trimmed([_components(element, interchange) for element in cut], decode)

    reading = read(data, interchange)
    is_x12 = interchange.syntax == "x12"
    yield _trimmed([[str(value)] for value in interchange.header], decode) if is_x12 else plain(interchange.header)
    begun = loose = messages = 0

    def groups(upto: int) -> Iterator[_Plain]:
        for index in range(begun, upto):
            if index:
                yield _group_trailer(is_x12, reading.groups[index - 1])
            yield plain(reading.groups[index].header)

    for message in reading:
        for cut in reading.loose[loose:]:
            yield plain(cut)
        loose = len(reading.loose)
        yield from groups(message.group + 1)
        begun = max(begun, message.group + 1)
        messages += 1
        for cut in message.segments():
            yield plain(cut)
        found += [f"{message.type} {message.control_number}: {fault}" for fault in message.faults]
    for cut in reading.loose[loose:]:
        yield plain(cut)
    yield from groups(len(reading.groups))
    if reading.groups:
        yield _group_trailer(is_x12, reading.groups[-1])
    count = len(reading.groups) if reading.groups or is_x12 else messages
    yield [["IEA" if is_x12 else "UNZ"], [str(count)], [decode(interchange.control_number)]]
    found += [str(fault) for fault in (*reading.faults, *(fault for group in reading.groups for fault in group.faults))]


def _group_trailer(is_x12: bool, group: Group) -> _Plain:
    return [["GE" if is_x12 else "UNE"], [str(group.declared)], [group.control_number]]


def _components(element: Element, interchange: Interchange) -> list[str]:
    """An element as components; repeats as the second readers leave them, with their separator inside."""
    if isinstance(element, str):
        return [element]
    if not isinstance(element, Repeats):
        return element
    d = interchange.notation.delimiters
    whole = d.repetition.join(one if isinstance(one, str) else d.component.join(one) for one in element)
    return whole.split(d.component) if d.component else [whole]


def _trimmed(rows: _Plain, decode: object) -> _Plain:
    """Values as real characters, without what stands empty behind the last one."""
    out: _Plain = []
    for row in rows:
        values = [decode(value) for value in row] if callable(decode) else list(row)
        while len(values) > 1 and not values[-1]:
            values.pop()
        out.append(values)
    while len(out) > 1 and out[-1] == [""]:
        out.pop()
    return out


def _by_pyx12(data: bytes, found: list[str]) -> Iterator[_Plain]:
    from pyx12.x12file import X12Reader  # imported late: only what we send is witnessed

    reader = X12Reader(io.StringIO(data.decode("utf-8", "surrogateescape")))
    for segment in reader:
        rows = [[segment.get_seg_id() or ""], *([one.get_value() for one in composite.elements] for composite in segment.elements)]
        yield _trimmed(rows, None)
        found += [f"pyx12 {kind} {code}: {text}" for kind, code, text, *_ in reader.pop_errors()]
    reader.cleanup()
    found += [f"pyx12 {kind} {code}: {text}" for kind, code, text, *_ in reader.pop_errors()]


def _by_pydifact(data: bytes, interchange: Interchange) -> Iterator[_Plain]:
    from pydifact.control.characters import Characters  # imported late: only what we send is witnessed
    from pydifact.parser import Parser
    from pydifact.tokenizer import Tokenizer

    # Its segments are taken raw: its factory opens a dictionary file for each of them.
    d = interchange.notation.delimiters
    text = data.decode(interchange.notation.charset)
    characters = Characters.from_str(f"UNA{d.component}{d.element}{d.decimal or '.'}{d.release}{d.repetition or ' '}{d.terminator}")
    tokens = Tokenizer().get_tokens(text[9:] if text.startswith("UNA") else text, characters)
    for segment in Parser().convert_tokens_to_raw_segments(tokens):
        yield _trimmed([[one] if isinstance(one, str) else list(one) for one in segment], None)


def _shown(segment: _Plain | None) -> str:
    return "nothing" if segment is None else "+".join(":".join(row) for row in segment)[:120]
