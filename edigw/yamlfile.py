"""YAML composed into nodes with places: bytes in, nodes out.

Pure. No YAML type is ever resolved: every scalar, key or value, is the text that stands
in the file, for ``00`` is not zero and ``NO`` is not false. An empty value is the text
``""``. Whoever reads the nodes decides what a text means.

What makes a file say something else than it shows is refused: anchors and aliases, tags,
merge keys, directives, a key written twice. What makes it grow without bound is capped.

The one decision behind it: nodes are built from the parser's events with a stack of our
own, not by recursion, so that a file nested a thousand deep is a mistake in that file
and not the end of the process.
"""

from __future__ import annotations

import re

from edigw.errors import ConfigError, Problem
from edigw.yamlnodes import (
    CHARACTER,
    DOCUMENTS,
    MAX_PROBLEMS,
    TOO_MUCH,
    Composed,
    Node,
    Place,
    Scalar,
)

MAX_BYTES = 256 * 1024  # a base map is 20 KB; a configuration this large is something else

# What YAML does not allow in a stream (C0 and C1 controls, lone surrogates, U+FFFE, U+FFFF), and the
# marks that turn the direction of writing: with them a line reads otherwise than it is.
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def compose(data: bytes, file: str) -> Node:
    """The only document of *data*; ``Scalar("")`` if there is none. *file* names it in places.

    Raises ConfigError with every problem that can be found.
    """
    found = read(data, file)
    problems = list(found.problems)
    if len(found.documents) > 1:
        place = found.documents[1].place
        problems.append(Problem(str(place), "a second document begins here", DOCUMENTS, "this file holds one; take the --- line out"))
    if problems:
        raise ConfigError(problems)
    return found.documents[0] if found.documents else Scalar("", Place(file, 1, 1))


def compose_all(data: bytes, file: str) -> tuple[Node, ...]:
    """Every document of *data*, split at its ``---`` lines; none for an empty file.

    Raises ConfigError with every problem that can be found.
    """
    found = read(data, file)
    if found.problems:
        raise ConfigError(found.problems)
    return found.documents


def read(data: bytes, file: str) -> Composed:
    """What *data* holds, and its problems. Never raises: a caller may check what could be read.

    After a mistake in the YAML itself nothing more is read, for what follows cannot be told.
    A mistake that leaves the rest readable (a key twice, an anchor) is reported and passed by;
    the first of two equal keys stands.
    """
    if len(data) > MAX_BYTES:
        size = f"the file has {len(data)} bytes; {MAX_BYTES} are read at most"
        return Composed((), (Problem(f"{file}:1:1", size, TOO_MUCH),))
    problems: list[Problem] = []
    text = _decode(data, file, problems)
    if text is None:
        return Composed((), tuple(problems))
    from edigw.yamlevents import documents  # the YAML library: a command that reads no YAML does without

    return Composed(documents(text, file, problems), tuple(problems[:MAX_PROBLEMS]))


def _decode(data: bytes, file: str, problems: list[Problem]) -> str | None:
    """*data* as text that YAML allows; what it does not is a problem and stands as U+FFFD."""
    if data.startswith(_UTF16):
        problems.append(Problem(f"{file}:1:1", "the file is UTF-16", CHARACTER, "save it as UTF-8"))
        return None
    if data.startswith(b"\xef\xbb\xbf"):
        problems.append(Problem(f"{file}:1:1", "a byte order mark stands before the text", CHARACTER, "save it as UTF-8 without BOM"))
        data = data[3:]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")  # each bad byte stays visible, at its place
    if not _NOT_ALLOWED.search(text):
        return text
    for number, line in enumerate(re.split("\r\n|[\n\r]", text), 1):
        if len(problems) >= MAX_PROBLEMS:
            break
        wrong = _NOT_ALLOWED.search(line)  # one a line: the next ones are the same mistake
        if wrong:
            code = ord(wrong.group())
            what = f"byte 0x{code - 0xDC00:02X} is not UTF-8" if code >= 0xDC80 else f"the control character U+{code:04X}"
            advice = "save the file as UTF-8" if code >= 0xDC80 else "take it out"
            problems.append(Problem(f"{file}:{number}:{wrong.start() + 1}", what, CHARACTER, advice))
    return _NOT_ALLOWED.sub("\ufffd", text)
