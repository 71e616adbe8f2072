"""Text from partners made fit for terminals, logs and messages to people.

A terminal obeys what it is sent: ESC sequences move the cursor and rename windows, bidi
marks turn a line around, a line feed forges a second log line. So every character that
does something instead of showing something is shown as its escape.
"""

from __future__ import annotations

import re

# Controls C0, DEL and C1; soft hyphen; marks of direction and of zero width; line and
# paragraph separators; lone surrogates (bytes of file names that are not UTF-8); tags.
_ACTS = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """*text* with every character that acts shown as ``\\x1b``, ``\\u202e``; the rest as it is.

    >>> visible("ACME\\x1b[2J")
    'ACME\\\\x1b[2J'
    """
    return _ACTS.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
