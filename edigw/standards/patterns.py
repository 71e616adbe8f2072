"""Regular expressions that cannot run away.

They come from people's files and meet partners' data, and a partner may send the one
value on which a careless pattern takes a day. The effort of matching is bounded by the
product of the ways its repetitions and branches can end, as long as no repetition
repeats another; so that is refused, the product is limited, and no value longer than
``VALUE_MAX`` is tried.
"""

from __future__ import annotations

import re
from typing import Final

from edigw.errors import EdigwError

VALUE_MAX: Final = 256  #: characters a pattern may be tried on: the caller's promise
EFFORT_MAX: Final = 200_000  #: ways in which a match may be attempted
PATTERN_MAX: Final = 200  #: characters of a pattern

_COUNTED: Final = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{0,4}))?\}")


class PatternError(EdigwError):
    """A pattern that is none, or could run away; says why."""

    code = "EDIGW-CONFIG-E021"


def bounded(text: str) -> re.Pattern[str]:
    """*text* compiled. Raises PatternError."""
    if not 0 < len(text) <= PATTERN_MAX:
        raise PatternError(f"a regular expression of 1 to {PATTERN_MAX} characters")
    if _effort(text) > EFFORT_MAX:
        raise PatternError("too many open repetitions; give them counts, {1,10}")
    try:
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError) as error:
        raise PatternError(str(error)) from error


def _effort(text: str) -> int:
    """The product of the ways its repetitions and branches can end. Raises PatternError for what has no bound."""
    effort = 1
    groups: list[bool] = []  # open groups: can one end in several ways?
    closed = False  # whether the group that was just closed can
    at = 0
    while at < len(text):
        one = text[at]
        ways, length = _repetition(text, at)
        if length:
            if closed and one != "?":
                raise PatternError("a repetition of what repeats or branches inside can run away")
            effort *= ways
            if ways > 1 and groups:
                groups[-1] = True
        elif one == "|":
            effort *= 2
            if groups:
                groups[-1] = True
        elif one == ")":
            closed = groups.pop() if groups else False
            if closed and groups:
                groups[-1] = True
            at += 1
            continue
        elif one == "(":
            length = _group(text, at)
            groups.append(False)
        elif one == "[":
            length = _class(text, at)
        elif one == "\\":
            if text[at + 1 : at + 2].isdigit():
                raise PatternError("no references to groups")
            length = 2
        closed = False
        at += max(length, 1)
    return effort


def _repetition(text: str, at: int) -> tuple[int, int]:
    """The ways a repetition at this place can end, and its length in the pattern; (1, 0) if there is none."""
    one = text[at]
    if one in "*+":
        return VALUE_MAX, 1
    if one == "?":
        return 2, 1
    counted = _COUNTED.match(text, at)
    if counted is None:
        return 1, 0
    least, comma, most = int(counted[1]), counted[2], counted[3]
    ways = 1 if comma is None else max((int(most) if most else VALUE_MAX) - least + 1, 1)
    return ways, len(counted[0])


def _group(text: str, at: int) -> int:
    """The length of what opens a group."""
    if text[at + 1 : at + 2] != "?":
        return 1
    if text[at + 2 : at + 3] != ":":
        raise PatternError("groups are ( ) or (?: ), nothing else that begins with (?")
    return 3


def _class(text: str, at: int) -> int:
    """The length of a character class."""
    end = at + 1
    if text[end : end + 1] == "^":
        end += 1
    if text[end : end + 1] == "]":
        end += 1
    while end < len(text) and text[end] != "]":
        end += 2 if text[end] == "\\" else 1
    return end + 1 - at
