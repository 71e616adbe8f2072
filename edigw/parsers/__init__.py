"""Reading and writing interchanges of X12 and EDIFACT: bytes in, model out, and back.

Pure: no files, no clock, no ledger, no documents. ``split`` finds the interchanges of a
file, ``read`` goes through one of them message by message, ``write`` makes one.

Damage stays local. A header, message or group we cannot read becomes a fault or an
``Unreadable`` with its place, and reading goes on behind it, for the rest of the file
belongs to someone who is waiting for it.
"""

from __future__ import annotations

from edigw.model import Interchange, Message, OutInterchange, Syntax, Unreadable
from edigw.parsers import edifact, x12
from edigw.parsers.edifact import EdifactReading
from edigw.parsers.lone import bare
from edigw.parsers.reading import Reading
from edigw.parsers.scan import envelope, first_head, open_at, split
from edigw.parsers.x12 import X12Reading

__all__ = ["Interchange", "Message", "Reading", "Unreadable", "bare", "envelope", "identify", "read", "split", "write"]


def identify(data: bytes) -> Syntax | None:
    """Which syntax the first interchange in *data* is written in; None if there is none."""
    head = first_head(data)
    return head.interchange.syntax if head is not None else None


def read(data: bytes, interchange: Interchange, *, resume: bytes | None = None) -> Reading:
    """The messages of *interchange*, which ``split`` or ``envelope`` found in *data*.

    With *resume*, from ``Reading.resume`` in this or another process, reading goes on behind
    the message that was given out last. Never raises for what the data holds; ValueError
    for a span that is not this file's, or a *resume* that is not ours.
    """
    head = open_at(data, interchange.span[0])
    if head is None:
        raise ValueError(f"no interchange begins at byte {interchange.span[0]}")
    kind = X12Reading if interchange.syntax == "x12" else EdifactReading
    return kind(data, interchange, head, resume)


def write(out: OutInterchange) -> bytes:
    """*out* as the bytes to send, trailers and counts included, without line ends.

    Raises NotWritable, naming every place, for data with a live separator (X12), for
    characters outside the charset or level, and for envelope values the syntax has no room for.
    """
    return x12.write(out) if out.syntax == "x12" else edifact.write(out)
