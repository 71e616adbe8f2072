"""EDIFACT interchanges: the envelope judged while reading, and the writer beside it.

Pure: bytes in, model out, and back. What the header says is ``unb``'s; here the counts
and references of UNZ, UNE and UNT are held against what was found.

Lenient in, strict out: a level's character set is not stretched when writing.
"""

from __future__ import annotations

import re
from typing import Any

from edigw.errors import NotWritable
from edigw.faults import FaultCode
from edigw.model import Cut, Element, Group, Interchange, Message, OutGroup, OutInterchange, OutMessage
from edigw.parsers import unb
from edigw.parsers.cutting import joined
from edigw.parsers.head import Head, counted, difference, several
from edigw.parsers.reading import CLOSES_GROUP, CLOSES_INTERCHANGE, CLOSES_MESSAGE, OPENS_GROUP, OPENS_MESSAGE, Reading
from edigw.parsers.unb import part


class EdifactReading(Reading):
    """The messages of an EDIFACT interchange."""

    tag = 4
    group_tag, trailer_tag, message_trailer = "UNE", "UNZ", "UNT"
    code_group_missing, code_message_missing = FaultCode.EDIFACT_UNE_MISSING, FaultCode.EDIFACT_UNT_MISSING
    code_interchange_missing, code_stray = FaultCode.EDIFACT_UNZ_MISSING, FaultCode.EDIFACT_STRAY_SEGMENT

    def __init__(self, data: bytes, interchange: Interchange, head: Head, resume: bytes | None = None) -> None:
        element = head.interchange.notation.delimiters.element
        kinds = {"UNH": OPENS_MESSAGE, "UNT": CLOSES_MESSAGE, "UNG": OPENS_GROUP, "UNE": CLOSES_GROUP, "UNZ": CLOSES_INTERCHANGE}
        self.service = kinds | {tag + element: kind for tag, kind in kinds.items()}
        d = head.interchange.notation.delimiters
        service = re.escape("".join((d.element, d.component, d.terminator, d.repetition, d.release)))
        level_a = interchange.version.startswith("UNOA")
        self._beyond = re.compile(rf"[!-~](?<![A-Z0-9.,\-()/='+:?!\"%&*;<>{service}])") if level_a else None
        super().__init__(data, interchange, head, resume)

    def begin_message(self, message: Message, header: Cut) -> None:
        decode = message.notation.decode
        message.control_number = number = part(header, 1)
        message.type = decode(part(header, 2)).strip()
        message.release = unb.release_key(message.type, part(header, 2, 1), part(header, 2, 2))
        message.association = decode(part(header, 2, 4)).strip()
        lacking = next((at for at in range(3) if not part(header, 2, at).strip()), None)  # 0065, 0052, 0054
        if not number.strip():
            self._wrong(message, FaultCode.EDIFACT_UNH_INCOMPLETE, "UNH", 1, 1, note="0062 message reference")
        elif lacking is not None:
            note = ("0065 message type", "0052 version", "0054 release")[lacking]
            self._wrong(message, FaultCode.EDIFACT_UNH_INCOMPLETE, "UNH", 1, 2, lacking + 1, note=note)
        elif not self._numbers.add(number.strip()):
            self._wrong(message, FaultCode.EDIFACT_REFERENCE_DUPLICATE, "UNH", 1, 1, value=number)
        self._level_a(message)
        group = self._group
        if group is not None and message.type != group.type and self._first_mismatch(FaultCode.EDIFACT_GROUP_TYPES):
            at, note = message.position(1).offset, f"the UNG says {group.type}"
            self._note(group.faults, FaultCode.EDIFACT_GROUP_TYPES, "UNH", at, 0, message.type, note)

    def _level_a(self, message: Message) -> None:
        """Note lower case and signs that UNOA has not. Nearly everybody sends them under it; they are read."""
        if self._beyond is None:
            return
        found = [(at, odd[0]) for at, text in enumerate(message.texts, 1) if (odd := self._beyond.search(text))]
        if found:
            at, sign = found[0]
            tag = message.texts[at - 1].lstrip(self._strip)[:3]
            note = f"UNOA has no {sign!r}" + (f", nor others in {len(found)} segments" if len(found) > 1 else "")
            self._wrong(message, FaultCode.LENIENT_CHARSET, tag, at, note=note)

    def end_message(self, message: Message, trailer: Cut) -> None:
        last = len(message.texts)
        sent = part(trailer, 1)
        if counted(sent) != last:
            note = f"{sent or 'nothing'} declared, {last} counted"
            self._wrong(message, FaultCode.EDIFACT_SEGMENT_COUNT, "UNT", last, 1, value=sent, note=note)
        number = part(trailer, 2)
        code = difference(number, message.control_number, FaultCode.EDIFACT_UNT_DIFFERS)
        if code is not None and message.control_number:  # else it is the header's that is missing
            self._wrong(message, code, "UNT", last, 2, value=number, note=f"UNH 0062 is {message.control_number}")

    def make_group(self, cut: Cut, at: int) -> Group:
        return unb.group(cut, at)

    def begin_group(self, group: Group) -> None:
        """A UNG needs no judgement of its own: its reference is compared when it closes."""

    def end_group(self, group: Group, cut: Cut, at: int) -> None:
        sent = part(cut, 1)
        group.declared = counted(sent)
        if group.declared != group.counted:
            note = f"{sent or 'nothing'} declared, {group.counted} counted"
            self._note(group.faults, FaultCode.EDIFACT_UNE_COUNT, "UNE", at, 1, sent, note)
        elif not group.counted:
            self._note(group.faults, FaultCode.EDIFACT_GROUP_EMPTY, "UNG", group.start, 0)
        number = part(cut, 2)
        code = difference(number, group.control_number, FaultCode.EDIFACT_UNE_DIFFERS)
        if code is not None:
            self._note(group.faults, code, "UNE", at, 2, number, f"UNG 0048 is {group.control_number}")

    def end_interchange(self, cut: Cut, at: int) -> None:
        sent = part(cut, 1)
        found = len(self.groups) if self.groups else self._count
        mixed = self.groups and self._ungrouped  # then neither number is right, and to mix them is the mistake
        if counted(sent) != found and not mixed:
            note = f"{sent or 'nothing'} declared, {several(found, 'group' if self.groups else 'message')} counted"
            self._note(self.faults, FaultCode.EDIFACT_UNZ_COUNT, "UNZ", at, 1, sent, note)
        number, expected = part(cut, 2), self._interchange.control_number
        code = difference(number, expected, FaultCode.EDIFACT_UNZ_DIFFERS)
        if code is not None:
            self._note(self.faults, code, "UNZ", at, 2, number, f"UNB 0020 is {expected}")

    def finish(self) -> None:
        start = self._interchange.span[0]
        if self.groups and self._ungrouped:
            outside = f"{several(self._ungrouped, 'message')} outside every group"
            self._note(self.faults, FaultCode.EDIFACT_MIXED, "", start, 0, note=outside)
        if not self._count:
            self._note(self.faults, FaultCode.EDIFACT_EMPTY, "", start, 0)


#: What level A may hold, service characters apart: they are released where they stand in data.
_UNOA = re.compile(r"[A-Z0-9 .,\-()/='+:?!\"%&*;<>]*")
_S009 = {"D911": ("1", "911"), "D912": ("2", "912"), "D921": ("D", "92.1"), "D932": ("D", "93.2")}


def message_identifier(message: OutMessage) -> Any:
    """UNH S009 of *message*: ``ORDERS:D:96A:UN:EAN008``, the reverse of ``unb.release_key``."""
    version, release = _S009.get(message.release, (message.release[:1], message.release[1:]))
    return [message.type, version, release, "UN", *([message.association] if message.association else [])]


def write(out: OutInterchange) -> bytes:
    """*out* as bytes, UNA first, without line ends. Raises NotWritable with every place that cannot be sent."""
    return _Writer(out).bytes()


class _Writer:
    def __init__(self, out: OutInterchange) -> None:
        self._out = out
        self._problems: list[tuple[str, str]] = []
        self._where = "UNB"
        d = out.delimiters
        self._service = [c for c in (d.release, d.element, d.component, d.terminator, d.repetition) if c]
        self._capitals = out.version.startswith("UNOA")

    def bytes(self) -> bytes:
        out, d = self._out, self._out.delimiters
        identifier, _, version = out.version.partition(":")
        self._judge(version)
        date = out.prepared_at.strftime("%Y%m%d" if version == "4" else "%y%m%d")
        parts = [
            self._line([
                "UNB", [identifier, version], [out.sender.id, out.sender.qualifier], [out.receiver.id, out.receiver.qualifier],
                [date, out.prepared_at.strftime("%H%M")], out.control_number, "", "", "", out.ack_requested, "", "1" if out.test else "",
            ])
        ]  # fmt: skip
        for group in out.groups:
            self._group(group, version, parts)
        for message in out.messages:
            self._message(message, parts)
        self._where = "UNZ"
        parts.append(self._line(["UNZ", str(len(out.groups) or len(out.messages)), out.control_number]))
        if self._problems:
            raise NotWritable(self._problems)
        una = f"UNA{d.component}{d.element}{d.decimal or '.'}{d.release or ' '}{d.repetition or ' '}{d.terminator}"
        return (una + d.terminator.join(parts) + d.terminator).encode(out.charset)

    def _judge(self, version: str) -> None:
        out, d = self._out, self._out.delimiters
        for name, c in (("element", d.element), ("component", d.component), ("terminator", d.terminator)):
            if len(c) != 1 or c.isalnum() or c == " ":
                self._problems.append(("UNA", f"{c!r} cannot be the {name} separator"))
        if len(set(self._service)) != len(self._service):
            self._problems.append(("UNA", "two service characters are the same"))
        if d.repetition and version != "4":
            self._problems.append(("UNA", f"syntax version {version} has no repetition separator"))
        if not out.control_number or len(out.control_number) > 14:
            self._problems.append(("UNB 0020", f"{out.control_number!r} is not one to fourteen characters"))
        if out.groups and out.messages:
            self._problems.append(("UNB", "groups and loose messages may not mix"))
        for name, identity in (("S002", out.sender), ("S003", out.receiver)):
            if not identity.id or len(identity.id) > 35:
                self._problems.append((f"UNB {name}", f"{identity.id!r} is not 1 to 35 characters"))

    def _group(self, group: OutGroup, syntax_version: str, parts: list[str]) -> None:
        self._where = f"UNG {group.control_number}"
        out = self._out
        date = out.prepared_at.strftime("%Y%m%d" if syntax_version == "4" else "%y%m%d")
        version, release = _S009.get(group.release, (group.release[:1], group.release[1:]))
        stamp: Element = [date, out.prepared_at.strftime("%H%M")]
        header: Cut = ["UNG", group.type, group.sender, group.receiver, stamp, group.control_number, "UN", [version, release]]
        parts.append(self._line(header))
        for message in group.messages:
            self._message(message, parts)
        self._where = f"UNE {group.control_number}"
        parts.append(self._line(["UNE", str(len(group.messages)), group.control_number]))

    def _message(self, message: OutMessage, parts: list[str]) -> None:
        name = f"{message.type} {message.control_number}"
        self._where = f"{name} segment 1 (UNH)"
        if not 1 <= len(message.control_number) <= 14:
            self._problems.append((f"{name} UNH 0062", f"{message.control_number!r} is not one to fourteen characters"))
        parts.append(self._line(["UNH", message.control_number, message_identifier(message)]))
        for number, cut in enumerate(message.segments, 2):
            self._where = f"{name} segment {number} ({cut[0]})"
            parts.append(self._line(cut))
        self._where = f"{name} UNT"
        parts.append(self._line(["UNT", str(len(message.segments) + 2), message.control_number]))

    def _line(self, cut: Cut) -> str:
        return joined(cut, self._out.delimiters, self._put)

    def _put(self, value: str) -> str:
        out = self._out
        if self._capitals and not _UNOA.fullmatch(value):
            self._problems.append((self._where, f"{value!r} has a character outside UNOA"))
        else:
            try:
                value.encode(out.charset)
            except UnicodeEncodeError as error:
                self._problems.append((self._where, f"{value!r} has a character outside {out.charset}: {value[error.start]!r}"))
        release = out.delimiters.release
        for c in self._service:
            if c in value:
                if not release:
                    self._problems.append((self._where, f"{value!r} holds {c!r} and there is no release character"))
                    break
                value = value.replace(c, release + c)
        return value
