"""Messages written by hand for the dictionaries' tests: cut simply, judged for real."""

from __future__ import annotations

import sys

import pytest

from edigw import standards
from edigw.model import EDIFACT_DELIMITERS, X12_DELIMITERS, Cut, Delimiters, Message, Notation, Repeats, Syntax


def cut_by(delimiters: Delimiters):
    """A cutter without release characters, which no case here needs."""

    def parts(text):
        return text.split(delimiters.component) if delimiters.component in text else text

    def element(text):
        if delimiters.repetition and delimiters.repetition in text:
            return Repeats(parts(one) for one in text.split(delimiters.repetition))
        return parts(text)

    def cut(text: str) -> Cut:
        tag, *rest = text.strip().split(delimiters.element)
        return [parts(tag), *(element(one) for one in rest)]

    return cut


def message(syntax: Syntax, kind: str, release: str, texts: list[str], *, association: str = "", charset: str = "latin-1", **changes: str) -> Message:
    """A message of segment *texts*; ``repetition="^"`` and the like change delimiters."""
    plain = X12_DELIMITERS if syntax == "x12" else EDIFACT_DELIMITERS
    delimiters = Delimiters(**{**{name: getattr(plain, name) for name in Delimiters.__slots__}, **changes})
    end = sum(len(text) + 1 for text in texts)
    return Message(kind, release, association, "0001", Notation(syntax, delimiters, charset, cut_by(delimiters)), texts, 0, end)


class Bench:
    """Builds a message from segments parted by blanks (or a list), and finds its standard."""

    def x12(self, segments: str | list[str], kind: str = "850", release: str = "004010", **options: str):
        inner = segments.split(" ") if isinstance(segments, str) else segments
        texts = [f"ST*{kind}*0001", *(text for text in inner if text), f"SE*{len(inner) + 2}*0001"]
        return message("x12", kind, release, texts, **options), standards.find("x12", kind, release)

    def edifact(self, segments: str | list[str], kind: str = "ORDERS", release: str = "D96A", **options: str):
        inner = segments.split(" ") if isinstance(segments, str) else segments
        texts = [f"UNH+1+{kind}:{release[0]}:{release[1:]}:UN", *(text for text in inner if text), f"UNT+{len(inner) + 2}+1"]
        return message("edifact", kind, release, texts, **options), standards.find("edifact", kind, release)

    message = staticmethod(message)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def calls():
    """``calls(work)``: how many functions *work* calls, which tells how its time grows on any machine."""

    def count(work) -> int:
        made = 0

        def called(_frame, what, _argument):
            nonlocal made
            made += what in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(called)
        try:
            work()
        finally:
            sys.setprofile(before)
        return made

    return count
