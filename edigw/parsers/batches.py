"""A span of a file into segment texts, a window at a time.

Pure. A window is cut at a terminator, so a message may go on in the next one; memory is
one window, or one segment where a segment is longer. Every byte is looked at a fixed
number of times, whatever the bytes are.

Empty segments are no segments: they stay in the text of the one that follows, so that
offsets add up and positions count what was sent.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from edigw.model import Delimiters
from edigw.parsers.cutting import BINARY, BLANKS, leading

WINDOW = 1 << 20  #: bytes; large enough that its edges cost nothing, small beside any file that matters


@dataclass(slots=True)
class Batch:
    """Texts in order, the first at byte *offset*; *marks* are the indices of service segments."""

    offset: int
    texts: list[str]
    marks: list[int]
    rough: bool  #: line ends or blanks may stand before a tag
    blank: int = 0  #: empty segments found among them
    indented: bool = False
    binary: bool = False
    unterminated: bool = False  #: the last text ends where the span ends


@dataclass(frozen=True, slots=True)
class Texture:
    """What the windows of one interchange have in common."""

    delimiters: Delimiters
    service: Container[str]  #: first characters of the segments that ``marks`` are wanted for
    tag: int  #: how many characters that is
    wrapped: bool = False
    binary: bool = False


def released(data: bytes, at: int, release: bytes, floor: int) -> bool:
    """Whether the byte at *at* is freed: an odd run of release characters stands before it."""
    first = at
    while first > floor and data[first - 1 : first] == release:
        first -= 1
    return (at - first) % 2 == 1


def terminator(data: bytes, start: int, end: int, delimiters: Delimiters) -> int:
    """Offset of the next terminator that is not released, or -1."""
    mark, release = delimiters.terminator.encode("latin-1"), delimiters.release.encode("latin-1")
    at = data.find(mark, start, end)
    while at >= 0 and release and released(data, at, release, start):
        at = data.find(mark, at + len(mark), end)
    return at


def batches(data: bytes, start: int, end: int, texture: Texture) -> Iterator[Batch]:
    """The segments of ``data[start:end]``. Blank bytes at the very end belong to no segment."""
    d = texture.delimiters
    step = len(d.terminator)
    strip = leading(d)
    held: list[str] = []  # empty segments waiting for the one they stand before
    held_at = start
    while start < end:
        stop, binary = _window(data, start, end, texture)
        window = data[start:stop].decode("latin-1")
        terminated = window.endswith(d.terminator) and (binary or stop < end or not d.release or not released(data, stop - step, d.release.encode("latin-1"), start))
        texts = [window[:-step]] if binary else window.split(d.terminator)
        if not binary:
            if d.release and d.release + d.terminator in window:
                texts = _rejoined(window, texts, d.terminator, d.release)
            if terminated:
                texts.pop()
            elif not texts[-1].rstrip(BLANKS):
                texts.pop()
                terminated = True
            else:
                texts[-1] = texts[-1].rstrip(BLANKS)
        rough = _rough(window, d)
        heads = _heads(texts, texture, rough)
        offset, blank = start, 0
        if held or "" in heads:
            if held:
                offset = held_at
            else:
                held_at = start
            texts, held, blank, width = _filled(texts, heads, held, d.terminator)
            if held:
                held_at = offset + width
            rough = True
            heads = [text.lstrip(strip)[: texture.tag] for text in texts] if not texture.wrapped else _heads(texts, texture, True)
        if texts or blank:
            service = texture.service
            marks = [i for i, head in enumerate(heads) if head in service]
            yield Batch(offset, texts, marks, rough, blank, rough and _indented(window, d), binary, not terminated)
        start = stop


def _window(data: bytes, start: int, end: int, texture: Texture) -> tuple[int, bool]:
    """Where the window from *start* ends, and whether it is one segment of binary data."""
    d = texture.delimiters
    mark, release = d.terminator.encode("latin-1"), d.release.encode("latin-1")
    stop = min(start + WINDOW, end)
    if texture.binary:
        found = _binary(data, start, stop, end, d)
        if found is not None:
            first, behind = found
            return (behind, True) if first == start else (first, False)
    if stop == end:
        return end, False
    at = data.rfind(mark, start, stop)
    while at >= 0 and release and released(data, at, release, start):
        at = data.rfind(mark, start, at)
    if at < 0:
        at = terminator(data, start, end, d)
    return (end if at < 0 else at + len(mark)), False


def _binary(data: bytes, start: int, stop: int, end: int, d: Delimiters) -> tuple[int, int] | None:
    """The first segment in the window whose length element can be believed: (start, behind it)."""
    mark, element = d.terminator.encode("latin-1"), d.element.encode("latin-1")
    nearest: tuple[int, int] | None = None
    for tag in BINARY:
        at = data.find(tag.encode() + element, start, stop)
        while at >= 0 and (nearest is None or at < nearest[0]):
            first = at
            while first > start and data[first - 1 : first] in (b" ", b"\t", b"\r", b"\n") and data[first - 1 : first] != mark:
                first -= 1
            if first == start or data.endswith(mark, start, first):
                behind = behind_binary(data, at, end, d)
                if behind:
                    nearest = (first, behind)
                    break
            at = data.find(tag.encode() + element, at + 4, stop)
    return nearest


def behind_binary(data: bytes, at: int, end: int, d: Delimiters) -> int:
    """Offset behind the BIN or BDS at *at* and its terminator; 0 if its length cannot be believed."""
    which = BINARY.get(data[at : at + 3].decode("latin-1"))
    if which is None:
        return 0
    mark = d.terminator.encode("latin-1")
    parts = data[at : at + 40].split(d.element.encode("latin-1"), which + 1)
    if len(parts) != which + 2 or not parts[which].isdigit() or len(parts[which]) > 15:
        return 0
    behind = at + sum(len(part) + 1 for part in parts[:-1]) + int(parts[which])
    return behind + len(mark) if behind <= end and data.startswith(mark, behind) else 0


def _rejoined(window: str, texts: list[str], mark: str, release: str) -> list[str]:
    """*texts* with those put together again that a released terminator had cut."""
    joints: list[int] = []
    counted, index = 0, 0
    at = window.find(release + mark)
    while at >= 0:
        first = at
        while first > 0 and window[first - 1] == release:
            first -= 1
        behind = at + 1
        if (behind - first) % 2:
            index += window.count(mark, counted, behind)
            counted = behind
            joints.append(index)
        at = window.find(release + mark, behind)
    out: list[str] = []
    done = k = 0
    while k < len(joints):
        first = joints[k]
        last = first + 1
        while k + 1 < len(joints) and joints[k + 1] == last:
            k += 1
            last += 1
        out += texts[done:first]
        out.append(mark.join(texts[first : last + 1]))
        done = last + 1
        k += 1
    return out + texts[done:]


def _rough(window: str, d: Delimiters) -> bool:
    mark = d.terminator
    if "\r" in window or (mark != "\n" and "\n" in window):
        return True
    return window[:1] in BLANKS or any(mark + blank in window for blank in " \t\x00\x1a\x0b\x0c")


def _indented(window: str, d: Delimiters) -> bool:
    mark = d.terminator
    return any(edge + blank in window for edge in (mark, "\n", "\r") for blank in " \t")


def _heads(texts: list[str], texture: Texture, rough: bool) -> list[str]:
    tag = texture.tag
    if texture.wrapped:
        strip = leading(texture.delimiters)
        return [text.replace("\r", "").replace("\n", "").lstrip(strip)[:tag] for text in texts]
    if rough:
        strip = leading(texture.delimiters)
        return [text.lstrip(strip)[:tag] for text in texts]
    return [text[:tag] for text in texts]


def _filled(texts: list[str], heads: list[str], held: list[str], mark: str) -> tuple[list[str], list[str], int, int]:
    """Empty segments joined to the text behind them: texts, what is left over, how many, width of the texts."""
    out: list[str] = []
    blank = width = 0
    for text, head in zip(texts, heads, strict=True):
        if head:
            whole = mark.join([*held, text]) if held else text
            held = []
            out.append(whole)
            width += len(whole) + len(mark)
        else:
            held.append(text)
            blank += 1
    return out, held, blank, width
