"""A span of a file into segment texts, a window at a time.

Pure. A window is cut at a terminator, so a message may go on in the next one; memory is
one window, or one segment where a segment is longer. Every byte is looked at a fixed
number of times, whatever the bytes are.

Empty segments are no segments: they stay in the text of the one that follows, so that
offsets add up and positions count what was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from edigw.model import BLANKS, Delimiters
from edigw.parsers.cutting import BINARY, BLANK_BYTES, leading
from edigw.parsers.sightings import Sightings
from edigw.records import dataclass

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
    service: Collection[str]  #: first characters of the segments that ``marks`` are wanted for
    tag: int  #: how many characters that is
    wrapped: bool = False
    binary: bool = False  #: BIN and BDS hold data that is not cut


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
    d, service = texture.delimiters, texture.service
    step = len(d.terminator)
    initials = "".join({head[0] for head in service})
    sightings = Sightings(data, end)
    hunting = False  # whether binary data was met: then it is looked for before a window is cut
    held: list[str] = []  # empty segments waiting for the one they stand before
    held_at = start
    while start < end:
        stop = _window(data, start, end, d)
        if hunting:
            first, behind = _next_binary(data, start, stop, d, sightings)
            if first == start:
                text = "".join(part + d.terminator for part in held) + data[start : behind - step].decode("latin-1")
                yield Batch(held_at if held else start, [text], [], True, len(held), binary=True)
                held, start = [], behind
                continue
            stop = min(stop, first)
        window = data[start:stop].decode("latin-1")
        texts, terminated = _texts(data, window, start, stop, end, d)
        if not texts:
            break
        # One pass finds an empty text, and one that begins with a blank: both sort before any tag.
        rough = bool(held) or min(texts)[:1] <= " " or "\r" in window or (d.terminator != "\n" and "\n" in window)
        if not rough and not hunting and not texture.wrapped:
            tag = texture.tag
            marks = [i for i, text in enumerate(texts) if text[0] in initials and text[:tag] in service]
            if texture.binary and _any_binary(texts, marks):
                hunting = True
                continue
            yield Batch(start, texts, marks, False, unterminated=not terminated)
            start = stop
            continue
        heads = _heads(texts, texture)
        if texture.binary and not hunting and any(head in _BINARY_HEADS for head in heads):
            hunting = True
            continue
        offset, blank = start, 0
        if held or "" in heads:
            offset, before = (held_at if held else start), len(held)
            texts, held, blank, width = _filled(texts, heads, held, d.terminator)
            blank += before
            held_at = offset + width
            heads = _heads(texts, texture)
        marks = [i for i, head in enumerate(heads) if head in service and head not in _BINARY_HEADS]
        yield Batch(offset, texts, marks, True, blank, _indented(window, d), False, not terminated)
        start = stop


_BINARY_HEADS = frozenset(BINARY)


def _any_binary(texts: list[str], marks: list[int]) -> bool:
    return any(texts[i][:3] in _BINARY_HEADS for i in marks)


def _window(data: bytes, start: int, end: int, d: Delimiters) -> int:
    """Where the window from *start* ends: behind a terminator, or where the span ends."""
    mark, release = d.terminator.encode("latin-1"), d.release.encode("latin-1")
    stop = min(start + WINDOW, end)
    if stop == end:
        return end
    at = data.rfind(mark, start, stop)
    while at >= 0 and release and released(data, at, release, start):
        at = data.rfind(mark, start, at)
    if at < 0:
        at = terminator(data, start, end, d)
    return end if at < 0 else at + len(mark)


def _texts(data: bytes, window: str, start: int, stop: int, end: int, d: Delimiters) -> tuple[list[str], bool]:
    """The window's segment texts, and whether the last one had its terminator."""
    if d.release and d.release + d.terminator in window:
        texts = _parted(window, d.terminator, d.release)
    else:
        texts = window.split(d.terminator)
    terminated = window.endswith(d.terminator)
    if terminated and d.release and stop == end:
        terminated = not released(data, stop - len(d.terminator), d.release.encode("latin-1"), start)
    if terminated:
        texts.pop()
    elif not texts[-1].rstrip(BLANKS):
        texts.pop()
        terminated = True
    else:
        texts[-1] = texts[-1].rstrip(BLANKS)
    return texts, terminated


def _next_binary(data: bytes, start: int, stop: int, d: Delimiters, sightings: Sightings) -> tuple[int, int]:
    """The first segment in the window whose binary length can be believed: (start, behind it)."""
    mark, element = d.terminator.encode("latin-1"), d.element.encode("latin-1")
    at = start
    while True:
        at = min(sightings.after(tag.encode() + element, at) for tag in BINARY)
        if at >= stop:
            return stop, stop
        first = at
        while first > start and data[first - 1] in BLANK_BYTES and not data.endswith(mark, start, first):
            first -= 1
        if first == start or data.endswith(mark, start, first):
            behind = behind_binary(data, at, sightings.end, d)
            if behind:
                return first, behind
        at += 1


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


def _parted(window: str, mark: str, release: str) -> list[str]:
    """``window.split(mark)``, but not at a *mark* that is released."""
    out: list[str] = []
    parts: list[str] = []  # of the segment that goes on behind a released terminator; joined once
    start = 0
    at = window.find(release + mark)
    while at >= 0:
        first = at
        while first > start and window[first - 1] == release:
            first -= 1
        behind = at + 1
        if (behind - first) % 2:
            texts = window[start:behind].split(mark)
            if len(texts) > 1:
                if parts:
                    texts[0] = mark.join([*parts, texts[0]])
                parts = [texts.pop()]
                out += texts
            else:
                parts.append(texts[0])
            start = behind + len(mark)
        at = window.find(release + mark, behind)
    texts = window[start:].split(mark)
    if parts:
        texts[0] = mark.join([*parts, texts[0]])
    out += texts
    return out


def _indented(window: str, d: Delimiters) -> bool:
    mark = d.terminator
    return window[:1] in " \t" or any(edge + blank in window for edge in (mark, "\n", "\r") for blank in " \t")


def _heads(texts: list[str], texture: Texture) -> list[str]:
    tag, strip = texture.tag, leading(texture.delimiters)
    if texture.wrapped:
        return [text.replace("\r", "").replace("\n", "").lstrip(strip)[:tag] for text in texts]
    return [text.lstrip(strip)[:tag] for text in texts]


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
