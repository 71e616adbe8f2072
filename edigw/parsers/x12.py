"""X12 interchanges: the envelope judged while reading, and the writer beside it.

Pure: bytes in, model out, and back. What the header says is ``isa``'s; here the counts
and control numbers of IEA, GE and SE are held against what was found.

X12 has no release character. Data that holds a live separator cannot be written, and is
refused rather than changed.
"""

from __future__ import annotations

import re

from edigw.errors import NotWritable
from edigw.faults import FaultCode
from edigw.model import Cut, Group, Interchange, Message, OutGroup, OutInterchange, OutMessage
from edigw.parsers import isa
from edigw.parsers.cutting import joined
from edigw.parsers.head import Head, counted, difference, is_date, text_of
from edigw.parsers.reading import (
    CLOSES_GROUP,
    CLOSES_INTERCHANGE,
    CLOSES_MESSAGE,
    OPENS_GROUP,
    OPENS_MESSAGE,
    STANDS_LOOSE,
    Reading,
)

_GROUP_NUMBER = re.compile("[0-9]{1,9}")
_SET_ID = re.compile("[0-9]{3}")


class X12Reading(Reading):
    """The transaction sets of an X12 interchange."""

    group_tag, trailer_tag, message_trailer = "GE", "IEA", "SE"
    code_group_missing, code_message_missing = FaultCode.X12_GE_MISSING, FaultCode.X12_SE_MISSING
    code_interchange_missing, code_stray = FaultCode.X12_IEA_MISSING, FaultCode.X12_STRAY_SEGMENT

    def __init__(self, data: bytes, interchange: Interchange, head: Head, resume: bytes | None = None) -> None:
        element = head.interchange.notation.delimiters.element
        kinds = {"ST": OPENS_MESSAGE, "SE": CLOSES_MESSAGE, "GS": OPENS_GROUP, "GE": CLOSES_GROUP}
        loose = {"IEA": CLOSES_INTERCHANGE, "TA1": STANDS_LOOSE, "ISB": STANDS_LOOSE, "ISE": STANDS_LOOSE, "ISX": STANDS_LOOSE}
        self.service = kinds | {tag + element: kind for tag, kind in kinds.items()} | loose
        self._release = ("", "")
        super().__init__(data, interchange, head, resume)
        if self._group is not None:
            self._release = isa.release_key(self._group.release)

    def begin_message(self, message: Message, header: Cut) -> None:
        message.type = text_of(header, 1).strip()
        message.control_number = text_of(header, 2)
        number = message.control_number.strip()
        group = self._group
        if len(header) > 3:  # ST03 wins: it names the guide of this very set
            message.release, message.association = isa.release_key(text_of(header, 3))
        else:
            message.release, message.association = self._release
        if not _SET_ID.fullmatch(message.type):
            self._wrong(message, FaultCode.X12_SET_ID, "ST", 1, 1, value=message.type)
        if not number or len(number) > 9:  # shorter than four is a short value, which check weighs
            self._wrong(message, FaultCode.X12_SET_NUMBER, "ST", 1, 2, value=number)
        elif not self._numbers.add(number):
            self._wrong(message, FaultCode.X12_SET_DUPLICATE, "ST", 1, 2, value=number)
        if group is None:
            at, note = message.position(1).offset, "a transaction set outside every functional group"
            self._note(self.faults, FaultCode.X12_GS_DAMAGED, "ST", at, 0, message.type, note)
        elif group.type != isa.GROUPS.get(message.type, group.type) and self._first_mismatch(FaultCode.LENIENT_GROUP_TYPE):
            note = f"{isa.GROUPS[message.type]} for a {message.type}"
            self._note(group.faults, FaultCode.LENIENT_GROUP_TYPE, "GS", group.start, 1, group.type, note)

    def end_message(self, message: Message, trailer: Cut) -> None:
        last = len(message.texts)
        sent = text_of(trailer, 1)
        if counted(sent) != last:
            note = f"{sent or 'nothing'} declared, {last} counted"
            self._wrong(message, FaultCode.X12_SEGMENT_COUNT, "SE", last, 1, value=sent, note=note)
        number = text_of(trailer, 2)
        code = difference(number, message.control_number, FaultCode.X12_SE_DIFFERS)
        if code is not None and message.control_number:  # else it is the header's that is missing
            self._wrong(message, code, "SE", last, 2, value=number, note=f"ST02 is {message.control_number}")

    def make_group(self, cut: Cut, at: int) -> Group:
        return isa.group(cut, at)

    def begin_group(self, group: Group) -> None:
        self._release = isa.release_key(group.release)
        self._numbers = type(self._numbers)()
        at = group.start
        if len(group.header) < 9:
            self._note(self.faults, FaultCode.X12_GS_DAMAGED, "GS", at, 0, note=f"{len(group.header) - 1} of 8 elements")
        if not _GROUP_NUMBER.fullmatch(group.control_number):
            self._note(group.faults, FaultCode.X12_GROUP_NUMBER, "GS", at, 6, group.control_number)
        elif not self._group_numbers.add(group.control_number):
            self._note(group.faults, FaultCode.X12_GROUP_DUPLICATE, "GS", at, 6, group.control_number)
        date = text_of(group.header, 4)
        if len(date) == 6 and is_date(date) and self._release[0] >= "004010":  # before that release six digits were right
            self._note(group.faults, FaultCode.LENIENT_GROUP_DATE, "GS", at, 4, date)

    def end_group(self, group: Group, cut: Cut, at: int) -> None:
        sent = text_of(cut, 1)
        group.declared = counted(sent)
        if group.declared != group.counted:
            note = f"{sent or 'nothing'} declared, {group.counted} counted"
            self._note(group.faults, FaultCode.X12_SET_COUNT, "GE", at, 1, sent, note)
        elif not group.counted:  # another number than 0 is said already
            self._note(group.faults, FaultCode.X12_GROUP_EMPTY, "GS", group.start, 0)
        number = text_of(cut, 2)
        code = difference(number, group.control_number, FaultCode.X12_GE_DIFFERS)
        if code is not None:
            self._note(group.faults, code, "GE", at, 2, number, f"GS06 is {group.control_number}")

    def end_interchange(self, cut: Cut, at: int) -> None:
        sent = text_of(cut, 1)
        if counted(sent) != len(self.groups):
            note = f"{sent or 'nothing'} declared, {len(self.groups)} counted"
            self._note(self.faults, FaultCode.X12_GROUP_COUNT, "IEA", at, 1, sent, note)
        elif not self.groups and not self.loose and not self.faults:  # TA1s alone are answers; what stands stray is no nothing
            self._note(self.faults, FaultCode.X12_EMPTY, "IEA", at, 0)
        number, expected = text_of(cut, 2), self._interchange.control_number
        code = difference(number, expected, FaultCode.X12_IEA_DIFFERS)
        if code is not None:
            self._note(self.faults, code, "IEA", at, 2, number, f"ISA13 is {expected}")


def write(out: OutInterchange) -> bytes:
    """*out* as bytes, without line ends. Raises NotWritable with every place that cannot be sent."""
    return _Writer(out).bytes()


class _Writer:
    def __init__(self, out: OutInterchange) -> None:
        self._out = out
        self._problems: list[tuple[str, str]] = []
        self._where = "ISA"
        d = out.delimiters
        self._live = {"\r": "line end", "\n": "line end", d.element: "element separator", d.component: "component separator"}
        self._live |= {d.terminator: "terminator", d.repetition: "repetition separator"}
        self._live.pop("", None)

    def bytes(self) -> bytes:
        out, d = self._out, self._out.delimiters
        parts = [self._isa()]
        for cut in out.loose:
            self._where = str(cut[0])
            parts.append(self._line(cut))
        for group in out.groups:
            self._group(group, parts)
        self._where = "IEA"
        parts.append(self._line(["IEA", str(len(out.groups)), out.control_number]))
        if out.messages:
            self._problems.append(("ISA", "X12 messages stand in functional groups"))
        if self._problems:
            raise NotWritable(self._problems)
        return (d.terminator.join(parts) + d.terminator).encode(out.charset)

    def _isa(self) -> str:
        out, d = self._out, self._out.delimiters
        for name, c in (("element", d.element), ("component", d.component), ("terminator", d.terminator)):
            if len(c) != 1 or c.isalnum() or c == " ":
                self._problems.append(("ISA", f"{c!r} cannot be the {name} separator"))
        used = [c for c in (d.element, d.component, d.terminator, d.repetition) if c]
        if len(set(used)) != len(used):
            self._problems.append(("ISA", "two separators are the same character"))
        if not re.fullmatch("[0-9]{9}", out.control_number):
            self._problems.append(("ISA13", f"{out.control_number!r} is not nine digits"))
        eleventh = (d.repetition or "U") if out.version >= "00402" else "U"
        if d.repetition and out.version < "00402":
            self._problems.append(("ISA11", f"version {out.version} has no repetition separator"))
        values = [
            "00", "", "00", "", out.sender.qualifier, out.sender.id, out.receiver.qualifier, out.receiver.id,
            out.prepared_at.strftime("%y%m%d"), out.prepared_at.strftime("%H%M"), eleventh, out.version, out.control_number,
            out.ack_requested or "0", "T" if out.test else "P", d.component,
        ]  # fmt: skip
        fields = ["ISA"]
        for number, (value, width) in enumerate(zip(values, isa.WIDTHS, strict=True), 1):
            fits = len(value) <= width if number in (2, 4, 6, 8) else len(value) == width
            if number != 13 and not (fits and value.isascii()):  # ISA13 was judged above
                self._problems.append((f"ISA{number:02}", f"{value!r} is not {width} characters"))
            if number not in (11, 16):
                self._where = f"ISA{number:02}"
                self._put(value)
            fields.append(value.ljust(width))
        return d.element.join(fields)

    def _group(self, group: OutGroup, parts: list[str]) -> None:
        self._where = f"GS {group.control_number}"
        out = self._out
        if not _GROUP_NUMBER.fullmatch(group.control_number):
            self._problems.append(("GS06", f"{group.control_number!r} is not one to nine digits"))
        date = out.prepared_at.strftime("%Y%m%d" if group.release >= "004010" else "%y%m%d")
        responsible = "T" if group.release.startswith("T") else "X"
        time = out.prepared_at.strftime("%H%M")
        parts.append(
            self._line(["GS", group.type, group.sender, group.receiver, date, time, group.control_number, responsible, group.release])
        )
        for message in group.messages:
            self._message(message, parts)
        self._where = f"GE {group.control_number}"
        parts.append(self._line(["GE", str(len(group.messages)), group.control_number]))

    def _message(self, message: OutMessage, parts: list[str]) -> None:
        name = f"{message.type} {message.control_number}"
        self._where = f"{name} segment 1 (ST)"
        if not 4 <= len(message.control_number) <= 9:
            self._problems.append((f"{name} ST02", f"{message.control_number!r} is not four to nine characters"))
        parts.append(self._line(["ST", message.type, message.control_number, message.convention]))
        for number, cut in enumerate(message.segments, 2):
            self._where = f"{name} segment {number} ({cut[0]})"
            parts.append(self._line(cut))
        self._where = f"{name} SE"
        parts.append(self._line(["SE", str(len(message.segments) + 2), message.control_number]))

    def _line(self, cut: Cut) -> str:
        return joined(cut, self._out.delimiters, self._put)

    def _put(self, value: str) -> str:
        for c, name in self._live.items():
            if c in value:
                self._problems.append((self._where, f"{value!r} holds {c!r}, the {name}; X12 cannot free it"))
        try:
            value.encode(self._out.charset)
        except UnicodeEncodeError as error:
            self._problems.append((self._where, f"{value!r} has a character outside {self._out.charset}: {value[error.start]!r}"))
        return value
