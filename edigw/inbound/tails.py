"""Whether the end of a file is the end of an interchange: what a channel asks of us. Pure.

A complete tail alone never makes a file ready, for a second interchange may follow; it is
asked for besides a closed writer or a settled size.
"""

from __future__ import annotations

import re

# The last segment is IEA or UNZ, whatever the separators; its terminator may be missing at the
# end of the file, and line ends, blanks, NUL and SUB may stand behind it. Any byte that is no
# letter or digit may separate, so that foreign delimiters count too.
_PADDING = b" \t\r\n\x00\x1a"
_IEA = re.compile(rb"(?:^|[^A-Za-z0-9])IEA([^A-Za-z0-9])\s*\d{1,5}\s*\1\s*[0-9A-Za-z ()]{1,30}[^A-Za-z0-9]{0,4}\Z")
_UNZ = re.compile(rb"(?:^|[^A-Za-z0-9])UNZ([^A-Za-z0-9])\s*\d{1,6}\s*\1\s*[0-9A-Za-z ._/-]{1,35}[^A-Za-z0-9]{0,4}\Z")
_LOOK = 512  # bytes; a trailer segment with generous padding


def complete(tail: bytes) -> bool:
    """True when *tail*, the last bytes of a file, ends with an IEA or UNZ segment."""
    end = tail[-_LOOK:].rstrip(_PADDING)
    return bool(_IEA.search(end) or _UNZ.search(end))
