"""Received 997, 999 and CONTRL: what they say, whatever their writer thought of the table.

Pure. Read segment by segment and not along the table, because an acknowledgement that is
itself in error still says something, and there is nobody to send it back to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from edigw.acks.receipt import Complaint, GroupReceipt, MessageReceipt, Receipt, Said
from edigw.acks.words import ELEMENT_ERRORS, GROUP_ERRORS, SEGMENT_ERRORS, SET_ERRORS, SYNTAX_ERRORS
from edigw.model import Cut, Element, Message

ANSWERS = frozenset({"997", "999", "CONTRL"})  #: message types that are acknowledgements

MOST_COMPLAINTS = 5_000  # kept of one answer; a partner that refuses more refuses everything

#: M, W and X are security's ways to refuse.
_LETTERS: Mapping[str, str] = {
    "A": "accepted", "E": "accepted-with-errors", "P": "partly", "R": "rejected", "M": "rejected", "W": "rejected", "X": "rejected",
}  # fmt: skip
#: 0083. 1 to 3, 5 and 6 were withdrawn before they came into use.
_ACTIONS: Mapping[str, str] = {"4": "rejected", "7": "accepted", "8": "received"}


def read(message: Message) -> Receipt:
    """What a received 997, 999 or CONTRL says. Raises ValueError for any other message."""
    if message.type == "CONTRL":
        return _contrl(message)
    if message.type in ANSWERS:
        return _functional(message)
    raise ValueError(f"{message.type} is no acknowledgement")


class _Reader:
    """Text of elements, in real characters."""

    def __init__(self, message: Message) -> None:
        self._decode = message.notation.decode
        self.left = MOST_COMPLAINTS

    def text(self, cut: Sequence[Element], element: int, component: int = 0) -> str:
        """Component *component*, from 0, of an element; ``""`` if it was not sent."""
        value: Element = cut[element] if element < len(cut) else ""
        if isinstance(value, list):
            part = value[component] if component < len(value) else ""
            value = part if isinstance(part, str) else ""
        elif component:
            value = ""
        return self._decode(value).strip()

    def count(self, cut: Sequence[Element], element: int, component: int = 0, nothing: int = 0) -> int:
        sent = self.text(cut, element, component)
        return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 16 else nothing

    def said(self, cut: Sequence[Element], elements: range, words: Mapping[str, str]) -> tuple[Said, ...]:
        codes = [self.text(cut, at) for at in elements]
        return tuple(Said(code, words.get(code, "")) for code in codes if code)


def _functional(message: Message) -> Receipt:
    reader = _Reader(message)
    group = GroupReceipt("", "", "", "unknown")
    messages: list[MessageReceipt] = []
    complaints: list[Complaint] = []
    open_set: MessageReceipt | None = None
    segment: Cut = []

    def close() -> None:
        nonlocal open_set
        if open_set is not None:
            messages.append(replace(open_set, complaints=tuple(complaints)))
        open_set = None
        complaints.clear()

    def complain(cut: Cut | None) -> None:
        """The AK3 in hand, or with *cut* an AK4 below it."""
        if reader.left:
            reader.left -= 1
            complaints.append(_noted(reader, segment, cut))

    pending = False  # an AK3 that says "elements in error" is told by its AK4, if it has any
    for cut in message.segments():
        tag = reader.text(cut, 0)
        if tag not in ("AK4", "IK4", "CTX") and pending:
            complain(None)
            pending = False
        if tag == "AK1":
            group = replace(group, type=reader.text(cut, 1), control_number=reader.text(cut, 2), release=reader.text(cut, 3))
        elif tag == "AK2":
            close()
            open_set = MessageReceipt(reader.text(cut, 1), reader.text(cut, 2), "unknown")
        elif tag in ("AK3", "IK3"):
            segment, pending = cut, True
            if reader.text(cut, 4) not in ("", "8"):
                complain(None)
                pending = False
        elif tag in ("AK4", "IK4"):
            complain(cut)
            pending = False
        elif tag in ("AK5", "IK5") and open_set is not None:
            verdict = _LETTERS.get(reader.text(cut, 1), "unknown")
            open_set = replace(open_set, verdict=verdict, errors=reader.said(cut, range(2, 7), SET_ERRORS))
            close()
        elif tag == "AK9":
            group = replace(
                group,
                verdict=_LETTERS.get(reader.text(cut, 1), "unknown"),
                included=reader.count(cut, 2, nothing=-1),
                received=reader.count(cut, 3, nothing=-1),
                accepted=reader.count(cut, 4, nothing=-1),
                errors=reader.said(cut, range(5, 10), GROUP_ERRORS),
            )
    close()
    group = replace(group, messages=tuple(messages))
    return Receipt("999" if message.type == "999" else "997", verdict=group.verdict, groups=(group,))


def _noted(reader: _Reader, segment: Cut, cut: Cut | None) -> Complaint:
    code = reader.text(segment, 4) if cut is None else reader.text(cut, 3)
    return Complaint(
        segment=reader.text(segment, 1),
        position=reader.count(segment, 2),
        loop=reader.text(segment, 3),
        element=0 if cut is None else reader.count(cut, 1),
        component=0 if cut is None else reader.count(cut, 1, 1),
        repeat=0 if cut is None else reader.count(cut, 1, 2),
        element_id="" if cut is None else reader.text(cut, 2),
        value="" if cut is None else reader.text(cut, 4),
        code=code,
        text=(SEGMENT_ERRORS if cut is None else ELEMENT_ERRORS).get(code, ""),
    )


def _contrl(message: Message) -> Receipt:
    reader = _Reader(message)
    receipt = Receipt("contrl")
    groups: list[GroupReceipt] = []
    loose: list[MessageReceipt] = []
    for cut, below in _reports(message.segments(), reader):
        tag = reader.text(cut, 0)
        if tag == "UCI":
            receipt = replace(
                receipt,
                control_number=reader.text(cut, 1),
                sender=_party(reader, cut, 2),
                receiver=_party(reader, cut, 3),
                verdict=_ACTIONS.get(reader.text(cut, 4), "unknown"),
                errors=reader.said(cut, range(5, 6), SYNTAX_ERRORS),
            )
        elif tag == "UCF":
            verdict = _ACTIONS.get(reader.text(cut, 4), "unknown")
            groups.append(GroupReceipt("", reader.text(cut, 1), "", verdict, errors=reader.said(cut, range(5, 6), SYNTAX_ERRORS)))
        else:
            said = MessageReceipt(
                reader.text(cut, 2),
                reader.text(cut, 1),
                _ACTIONS.get(reader.text(cut, 3), "unknown"),
                reader.said(cut, range(4, 5), SYNTAX_ERRORS),
                tuple(below),
            )
            if groups:
                groups[-1] = replace(groups[-1], messages=(*groups[-1].messages, said))
            else:
                loose.append(said)
    return replace(receipt, groups=tuple(groups), messages=tuple(loose))


def _reports(cuts: Sequence[Cut], reader: _Reader) -> Iterator[tuple[Cut, list[Complaint]]]:
    """UCI, UCF and UCM, each with the complaints that stand below it."""
    head: Cut | None = None
    below: list[Complaint] = []
    segment: Cut = []
    pending = False
    end: Cut = ["UNT"]
    for cut in [*cuts, end]:
        tag = reader.text(cut, 0)
        if pending and tag != "UCD":
            below.append(_at(reader, segment, None))
        pending = False
        if tag in ("UCI", "UCF", "UCM", "UNT"):
            if head is not None:
                yield head, below
            head, below = (cut if tag != "UNT" else None), []
        elif tag == "UCS" and reader.left:
            reader.left -= 1
            segment, pending = cut, True
        elif tag == "UCD" and reader.left:
            reader.left -= 1
            if reader.text(segment, 2):
                below.append(_at(reader, segment, None))
                segment = [*segment[:2]]
            below.append(_at(reader, segment, cut))


def _at(reader: _Reader, segment: Cut, cut: Cut | None) -> Complaint:
    code = reader.text(segment, 2) if cut is None else reader.text(cut, 1)
    return Complaint(
        segment="",
        position=reader.count(segment, 1),
        loop="",
        element=0 if cut is None else max(reader.count(cut, 2) - 1, 0),  # 0098 counts the tag as 1
        component=0 if cut is None else reader.count(cut, 2, 1),
        repeat=0 if cut is None else reader.count(cut, 2, 2),
        element_id="",
        value="",
        code=code,
        text=SYNTAX_ERRORS.get(code, ""),
    )


def _party(reader: _Reader, cut: Cut, element: int) -> str:
    """An identity as ``model.Identity`` shows it."""
    name, qualifier = reader.text(cut, element), reader.text(cut, element, 1)
    return f"{qualifier}:{name}" if qualifier else name
