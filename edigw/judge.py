"""What one pool task does: a span of a file in, ``Judged`` out. Pure.

Parse, check, read into the document, prepare the answer's parts. No clock, no ledger,
no control numbers: those are given when the answer is recorded. What crosses the
process border is bytes, text, numbers and tuples only (``judged``).
"""

from __future__ import annotations

from edigw.judged import AnswerSegment, FaultRow, FileJudged, Found, Judged, JudgedGroup, JudgedMessage

__all__ = ["AnswerSegment", "FaultRow", "FileJudged", "Found", "Judged", "JudgedGroup", "JudgedMessage"]
