"""An interchange laid out for people: segments by loop, elements by name, faults in their places.

Pure: bytes and what was judged of them in, lines of text out, one after the other, so that
a message of a million segments is never held as text. Nothing is judged here. Whatever a
partner wrote is shown with the characters that act on a terminal as escapes.
"""

from __future__ import annotations

from edigw.explain.listing import alone, interchange, lost

__all__ = ["alone", "interchange", "lost"]
