"""What can be wrong with a map, collected: every mistake at once, each at its place.

A node that a ``change:`` brought in names both files: where it was written, and what of
the base it changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from edigw.errors import ConfigError, Problem
from edigw.yamlnodes import Place

UNKNOWN_WORD = "EDIGW-MAP-E001"
UNKNOWN_FIELD = "EDIGW-MAP-E002"
WRITTEN_TWICE = "EDIGW-MAP-E003"
NOT_READ_BACK = "EDIGW-MAP-E004"  #: a table of which two rows read the same
NOT_IN_RELEASE = "EDIGW-MAP-E005"  #: a segment, loop, element or component nobody has there
NOT_TOLD_APART = "EDIGW-MAP-E006"  #: two bindings for one segment and nothing to choose by
NO_ANCHOR = "EDIGW-MAP-E007"  #: ``change:`` names what is not there
WRONG_SHAPE = "EDIGW-MAP-E008"
NOT_SUPPORTED = "EDIGW-MAP-E009"
NO_SUCH_MAP = "EDIGW-MAP-E010"  #: also a circle of ``extends:``
NO_SUCH_TABLE = "EDIGW-MAP-E011"
NO_PATH = "EDIGW-MAP-E012"
CONTRADICTS = "EDIGW-MAP-E013"  #: a type, format or list that the dictionary or the document denies
NO_SUCH_KIND = "EDIGW-MAP-E014"
NAMED_TWICE = "EDIGW-MAP-E015"

MAX_MISTAKES = 100  # of one map; nobody reads more at a time


class Mistakes:
    """The mistakes of one map and what it extends."""

    def __init__(self) -> None:
        self.found: list[Problem] = []
        self.changed: dict[Place, Place] = {}  #: a changed node's place -> the base's

    def add(self, place: Place, text: str, code: str, advice: str = "") -> None:
        base = self.changed.get(place)
        if base is not None:
            text = f"{text} (changes {base})"
        problem = Problem(str(place), text, code, advice)
        if len(self.found) < MAX_MISTAKES and problem not in self.found:
            self.found.append(problem)

    def unknown(self, place: Place, what: str, word: str, right: Iterable[str], code: str) -> None:
        """*word* is none of the words that are *right*; the nearest is named."""
        self.add(place, f"{what} {word!r}", code, nearest(word, right))

    def stop(self) -> None:
        """Raise ConfigError if anything was found."""
        if self.found:
            raise ConfigError(self.found)


def nearest(word: str, right: Iterable[str]) -> str:
    """Advice that names the right word nearest to *word*; a few of them where none is near."""
    words = sorted(set(right))
    close = get_close_matches(word, words, 1, 0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"one of {', '.join(words[:12])}" + (" ..." if len(words) > 12 else "") if words else ""
