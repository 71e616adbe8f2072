"""What is said beside the facts: dates, numbers that point elsewhere, free text."""

from __future__ import annotations

from edigw.documents.values import Clock, Count, Day, Part, Text


class Dated(Part):
    """A date that has no member of its own. *kind* is the standard's qualifier as sent.

    *until* ends a period; *period* keeps what is not a day (a week, a month) as sent.
    """

    kind: Text | None = None
    on: Day | None = None
    time: Clock | None = None
    zone: Text | None = None
    until: Day | None = None
    period: Text | None = None
    format: Text | None = None


class FurtherNumber(Part):
    """A number beside another one. *kind* is the standard's code as sent."""

    kind: Text | None = None
    number: Text | None = None


class Reference(Part):
    """A number that points elsewhere. *kind* is the standard's code or a word of the map's."""

    kind: Text | None = None
    number: Text | None = None
    line: Text | None = None  #: the line within what is referred to
    text: Text | None = None
    version: Text | None = None
    date: Day | None = None
    within: FurtherNumber | None = None  #: what the number belongs to (X12 REF04)
    dates: list[Dated] | None = None  #: others than the number's own *date*


class DocumentReference(Reference):
    """A document asked for or sent along, and in which form (EDIFACT DOC)."""

    status: Text | None = None
    source: Text | None = None
    language: Text | None = None
    revision: Text | None = None
    medium: Text | None = None  #: how it is sent
    copies: Count | None = None
    originals: Count | None = None


class Wording(Part):
    """Free text with what it is about. *lines* in the order sent, not joined."""

    kind: Text | None = None
    number: Text | None = None
    title: Text | None = None
    purpose: Text | None = None
    code: Text | None = None
    code_list: Text | None = None
    agency: Text | None = None
    language: Text | None = None
    format: Text | None = None  #: how the lines are set (EDIFACT 4447)
    form: Text | None = None  #: "note": a note by itself (X12 NTE), where other texts stand under a number (N9)
    on: Day | None = None
    references: list[Reference] | None = None
    dates: list[Dated] | None = None
    lines: list[Text] | None = None
    paragraphs: list[Text] | None = None  #: longer texts sent beside the lines (X12 MTX)
