"""Where two interchanges differ that bear one control number.

Pure. Places only, never values: the log shows what is said here, and a payload does not
belong there. Whoever wants the values has ``edigw show I7 --payload`` for both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

MOST_SEGMENTS = 1_000  # of an interchange that are matched one by one; the comparison's cost grows with their square


def difference(was: bytes, was_delimiters: Sequence[str], now: bytes, now_delimiters: Sequence[str]) -> str:
    """In words for people. The delimiters are those of an interchange's row: element, component, terminator, repetition, release."""
    before, after = _segments(was, was_delimiters), _segments(now, now_delimiters)
    at = next((at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), min(len(before), len(after)))
    if at == len(before) == len(after):
        return "the same values, with other delimiters or line ends"
    if at == len(after):
        return f"it ends before {_named(at, before)} of the earlier one"
    if at == len(before):
        return f"it goes on with {_named(at, after)} where the earlier one ends"
    old, new = before[at], after[at]
    if old[0] == new[0]:
        element = next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), min(len(old), len(new)))
        where = f"the first difference is in {_named(at, after)}, element {element}"
    else:
        where = f"the first difference is {_named(at, after)}, which was {old[0]}"
    if max(len(before), len(after)) > MOST_SEGMENTS:
        return where
    same = sum(block.size for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks())
    return f"{where}; {same} of {len(after)} segments are the same ({len(before)} then)"


def _named(at: int, segments: Sequence[tuple[str, ...]]) -> str:
    return f"segment {at + 1} ({segments[at][0][:3]})"  # counted from ISA or UNB, a UNA not counted


def _segments(data: bytes, delimiters: Sequence[str]) -> list[tuple[str, ...]]:
    element, _, terminator, _, release = delimiters[:5]
    text = data.decode("latin-1")
    if text.startswith("UNA"):
        text = text[9:]
    stripped = (segment.strip("\r\n ") if terminator not in "\r\n" else segment for segment in _cut(text, terminator, release))
    return [tuple(_cut(segment, element, release)) for segment in stripped if segment.strip("\x00\x1a\r\n ")]


def _cut(text: str, mark: str, release: str) -> list[str]:
    """*text* at every *mark* that no release character frees."""
    if not release.strip():
        return text.split(mark)
    freed, end = re.escape(release), re.escape(mark)
    return [piece for piece, _ in re.findall(rf"((?:{freed}.|[^{freed}{end}])*)({end}|\Z)", text, re.DOTALL)]
