"""One interchange, message by message, with its envelope judged on the way.

Pure. What both syntaxes share stands here: messages and groups that open, close, or are
left open; what stands between them; and the state from which another process goes on.
``x12`` and ``edifact`` say what the numbers and counts of their segments mean.

A missing trailer ends with the next header. A message is given out before the segment
that ended it is acted upon, so the state between two messages is always whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from edigw.faults import Fault, FaultCode, by_code, fault
from edigw.model import Cut, Group, Interchange, Message, Notation, Position
from edigw.parsers.batches import Batch, Texture, batches, terminator
from edigw.parsers.cutting import BINARY, BLANK_BYTES, leading, notation
from edigw.parsers.head import MAX_GROUPS, Head, keep, several
from edigw.parsers.references import References

#: What a service segment does to the reading.
OPENS_MESSAGE, CLOSES_MESSAGE, OPENS_GROUP, CLOSES_GROUP, CLOSES_INTERCHANGE, STANDS_LOOSE = range(1, 7)

MAX_LOOSE = 1_000  #: TA1 and other service segments kept of one interchange


class Reading:
    """The messages of one interchange, in order. Iterate once.

    ``groups``, ``faults`` and ``loose`` grow while reading and are complete when it is
    exhausted. ``faults`` begins with what ``split`` found wrong with the header.
    """

    service: dict[str, int] = {}  #: first characters of a segment -> what it does
    tag: int = 3
    group_tag = trailer_tag = message_trailer = ""
    code_group_missing = code_message_missing = code_interchange_missing = code_stray = FaultCode.STRAY_BYTES

    def __init__(self, data: bytes, interchange: Interchange, head: Head, resume: bytes | None = None) -> None:
        self.groups: list[Group] = []
        self.faults: list[Fault] = list(interchange.faults)
        self.loose: list[Cut] = []
        self.offset = head.body  #: byte offset behind the last message given out
        self._data = data
        self._interchange = interchange
        self._end = interchange.span[1]
        self._wrapped = head.wrapped
        self._notations: dict[tuple[bool, bool], Notation] = {}
        self._delimiters = head.interchange.notation.delimiters
        self._charset = head.interchange.notation.charset
        self._cut = self._notation(rough=True).cut
        self._group: Group | None = None
        self._count = 0  # messages given out
        self._ungrouped = 0
        self._mismatched = 0  # number of the group whose wrong type was noted
        self._closed = False
        self._done = False
        self._numbers = References()  # of messages, in the group or the interchange
        self._group_numbers = References()
        self._strip = leading(self._delimiters)
        self._padding = BLANK_BYTES + self._delimiters.terminator.encode("latin-1")
        self._stray = -1  # index of the fault that a run of stray segments is noted in
        self._stray_segments = 0
        self._message: Cut | None = None  # header of the open message
        self._texts: list[str] = []
        self._start = 0
        self._rough = self._blank = self._indented = self._binary = False
        if resume is not None:
            self._restore(resume)
        self._messages = self._run()

    def __iter__(self) -> Iterator[Message]:
        return self

    def __next__(self) -> Message:
        return next(self._messages)

    def _wrong(
        self,
        message: Message,
        code: FaultCode,
        tag: str,
        segment: int,
        element: int = 0,
        component: int = 0,
        value: str = "",
        note: str = "",
    ) -> None:
        """A fault of a message's own header or trailer."""
        at = message.position(segment, element, component)
        message.faults.append(fault(self._interchange.syntax, code, at, value, note, segment=tag))

    def _first_mismatch(self, code: FaultCode) -> bool:
        """Whether *code*, a message of another type than its group, is news in this group."""
        if self._mismatched == len(self.groups):
            return False
        self._mismatched = len(self.groups)
        return not any(one.code is code for one in self.groups[-1].faults)  # a resumed reading knows it from the faults

    def _note(self, faults: list[Fault], code: FaultCode, tag: str, at: int, element: int = 0, value: str = "", note: str = "") -> None:
        """A fault of a group or of the interchange, at byte *at*."""
        keep(faults, fault(self._interchange.syntax, code, Position(at, 0, element), value, note, segment=tag))

    # What a syntax says of its segments. *at* is the segment's byte offset.

    def begin_message(self, message: Message, header: Cut) -> None:
        raise NotImplementedError

    def end_message(self, message: Message, trailer: Cut) -> None:
        raise NotImplementedError

    def make_group(self, cut: Cut, at: int) -> Group:
        raise NotImplementedError

    def begin_group(self, group: Group) -> None:
        raise NotImplementedError

    def end_group(self, group: Group, cut: Cut, at: int) -> None:
        raise NotImplementedError

    def end_interchange(self, cut: Cut, at: int) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Called once, behind the last byte."""

    # The machine.

    def _notation(self, *, rough: bool, binary: bool = False) -> Notation:
        known = self._notations.get((rough, binary))
        if known is None:
            syntax, d, wrapped = self._interchange.syntax, self._delimiters, self._wrapped
            known = notation(syntax, d, self._charset, rough=rough, wrapped=wrapped, binary=binary)
            self._notations[rough, binary] = known
        return known

    def _texture(self) -> Texture:
        binary = self._interchange.syntax == "x12" and not self._wrapped
        service = self.service | dict.fromkeys(BINARY, STANDS_LOOSE) if binary else self.service
        return Texture(self._delimiters, service, self.tag, self._wrapped, binary)

    def _run(self) -> Iterator[Message]:
        if self._done:
            return
        step = len(self._delimiters.terminator)
        service, tag = self.service, self.tag
        for batch in batches(self._data, self.offset, self._end, self._texture()):
            texts, at, done = batch.texts, batch.offset, 0
            for i in batch.marks:
                text = texts[i]
                kind = service[text[:tag]] if not batch.rough else service[self._head(text)]
                if self._message is not None:
                    if kind == STANDS_LOOSE:
                        continue
                    stop = i + 1 if kind == CLOSES_MESSAGE else i
                    chunk = texts[done:stop]
                    self._take(chunk, batch)
                    at += sum(map(len, chunk)) + step * len(chunk)
                    done = stop
                    yield self._finished(at, self._cut(text) if kind == CLOSES_MESSAGE else None)
                    if kind == CLOSES_MESSAGE:
                        continue
                elif i > done:
                    at = self._strays(texts[done:i], at, step)
                    done = i
                if kind == OPENS_MESSAGE:
                    if self._closed:
                        at = self._strays([text], at, step)
                        done = i + 1
                        continue
                    self._message, self._start, self._stray = self._cut(text), at, -1
                    self._rough = self._blank = self._indented = self._binary = False
                else:
                    self._act(kind, text, at, step if i + 1 < len(texts) or not batch.unterminated else 0)
                    if self._done:
                        return
                    at += len(text) + step
                    done = i + 1
            if done < len(texts):
                rest = texts[done:]
                if self._message is not None:
                    self._take(rest, batch)
                else:
                    self._strays(rest, at, step)
        if self._message is not None:
            yield self._finished(self._end, None)
        self._end_of_span()

    def _head(self, text: str) -> str:
        if self._wrapped:
            text = text.replace("\r", "").replace("\n", "")
        return text.lstrip(self._strip)[: self.tag]

    def _take(self, chunk: list[str], batch: Batch) -> None:
        if self._texts:
            self._texts += chunk
        else:
            self._texts = chunk
        if batch.rough:
            self._rough = True
            self._blank = self._blank or batch.blank > 0
            self._indented = self._indented or batch.indented
        self._binary = self._binary or batch.binary

    def _finished(self, end: int, trailer: Cut | None) -> Message:
        """The open message, closed and judged. *trailer* None: it was left open."""
        header, texts = self._message, self._texts
        assert header is not None
        group = self._group
        message = Message(
            type="", release="", association="", control_number="",
            notation=self._notation(rough=self._rough, binary=self._binary),
            texts=texts, start=self._start, end=min(end, self._end), ordinal=self._count,
            group=len(self.groups) - 1 if group is not None else -1,
        )  # fmt: skip
        self._message, self._texts = None, []
        self._count += 1
        if group is not None:
            group.counted += 1
        else:
            self._ungrouped += 1
        self.begin_message(message, header)
        if trailer is not None:
            self.end_message(message, trailer)
        else:
            self._wrong(message, self.code_message_missing, self.message_trailer, len(texts))
        if self._rough:
            self._lenient(message)
        self.offset = message.end
        return message

    def _lenient(self, message: Message) -> None:
        """Note what was overlooked before the tags of *message*."""
        mark = self._delimiters.terminator
        if self._blank:
            blank = sum(text[: len(text) - len(text.lstrip(self._strip))].count(mark) for text in message.texts)
            if blank and mark not in "\r\n":
                self._wrong(message, FaultCode.LENIENT_BLANK_SEGMENT, "", 1, note=f"{blank} of them")
        if self._indented:
            indented = sum(1 for text in message.texts if text[: len(text) - len(text.lstrip(self._strip))].strip("\r\n" + mark))
            if indented:
                self._wrong(message, FaultCode.LENIENT_INDENT, "", 1, note=several(indented, "segment"))

    def _strays(self, texts: list[str], at: int, step: int) -> int:
        """Segments that belong to nothing; one fault for a run of them. Returns the offset behind."""
        if self._stray < 0:
            text = texts[0].lstrip(self._strip)
            tag = text[:20].partition(self._delimiters.element)[0]
            self._stray, self._stray_segments = len(self.faults), 0
            self._note(self.faults, self.code_stray, tag[:3], at + len(texts[0]) - len(text), value=tag)
        self._stray_segments += len(texts)
        if self._stray < len(self.faults) and self._stray_segments > 1:
            self.faults[self._stray] = replace(self.faults[self._stray], note=several(self._stray_segments, "segment"))
        return at + sum(map(len, texts)) + step * len(texts)

    def _act(self, kind: int, text: str, at: int, step: int) -> None:
        """What a service segment outside a message does. *step* 0: its terminator is missing."""
        behind = at + len(text) + step
        at += len(text) - len(text.lstrip(self._strip))
        cut = self._cut(text)
        if kind == OPENS_GROUP and not self._closed:
            self._leave_group(at)
            if len(self.groups) >= MAX_GROUPS:
                self._note(self.faults, FaultCode.LIMIT_EXCEEDED, "", at, note=f"more than {MAX_GROUPS} groups; the rest is not read")
                self._done = True
                self.offset = self._end
                return
            self._group = self.make_group(cut, at)
            self.groups.append(self._group)
            self.begin_group(self._group)
            self._stray = -1
        elif kind == CLOSES_GROUP and self._group is not None:
            self._group.closed = True
            self.end_group(self._group, cut, at)
            self._group = None
            self._stray = -1
        elif kind == CLOSES_INTERCHANGE and not self._closed:
            self._leave_group(at)
            self._closed = True
            self.end_interchange(cut, at)
            self._stray = -1
            if not step:
                self._note(self.faults, FaultCode.LENIENT_LAST_TERMINATOR, self.trailer_tag, at)
            if self._data[behind : self._end].strip(b"\r\n") and not self._data[behind : self._end].strip(self._padding):
                self._note(self.faults, FaultCode.LENIENT_PADDING, "", behind)
        elif kind == STANDS_LOOSE and not self._closed:
            if len(self.loose) < MAX_LOOSE:
                self.loose.append(cut)
        else:
            self._strays([text], at, 0)

    def _leave_group(self, at: int) -> None:
        if self._group is not None:
            self._note(self._group.faults, self.code_group_missing, self.group_tag, at)
            self._group = None

    def _end_of_span(self) -> None:
        self._leave_group(self._end)
        if not self._closed:
            self._note(self.faults, self.code_interchange_missing, self.trailer_tag, self._end)
        start = self._interchange.span[0]
        if self._data.find(b"\n", start, self._end) >= 0 or self._data.find(b"\r", start, self._end) >= 0:
            self._note(self.faults, FaultCode.LENIENT_LINE_ENDS, "", start)
        self.finish()
        self._done = True
        self.offset = self._end

    # Going on in another process.

    def resume(self) -> bytes:
        """What ``read(..., resume=)`` goes on from: the state behind the last message given out."""
        state = {
            "at": self.offset, "count": self._count, "loose_messages": self._ungrouped, "closed": self._closed, "done": self._done,
            "open": self._group is not None,
            "groups": [[g.start, g.declared, g.counted, g.closed, _packed(g.faults)] for g in self.groups],
            "faults": _packed(self.faults), "loose": self.loose,
            "numbers": self._numbers.runs(), "group_numbers": self._group_numbers.runs(), **self.more(),
        }  # fmt: skip
        return json.dumps(state, separators=(",", ":")).encode()

    def more(self) -> dict[str, Any]:
        """What a syntax adds to the state."""
        return {}

    def _restore(self, resume: bytes) -> None:
        state = json.loads(resume)
        self.offset, self._count, self._ungrouped = state["at"], state["count"], state["loose_messages"]
        self._closed, self._done = state["closed"], state["done"]
        self._numbers, self._group_numbers = References(state["numbers"]), References(state["group_numbers"])
        self.faults = _unpacked(self._interchange.syntax, state["faults"])
        self.loose = state["loose"]
        for start, declared, count, closed, faults in state["groups"]:
            stop = terminator(self._data, start, self._end, self._delimiters)
            group = self.make_group(self._cut(self._data[start : stop if stop >= 0 else self._end].decode("latin-1")), start)
            group.declared, group.counted, group.closed = declared, count, closed
            group.faults = _unpacked(self._interchange.syntax, faults)
            self.groups.append(group)
        self._group = self.groups[-1] if state["open"] else None
        self.again(state)

    def again(self, state: dict[str, Any]) -> None:
        """Take back what ``more`` gave."""


def _packed(faults: list[Fault]) -> list[list[Any]]:
    return [[f.code.code, f.at.offset, f.at.segment, f.at.element, f.at.component, f.value, f.note, f.segment] for f in faults]


def _unpacked(syntax: Any, rows: list[list[Any]]) -> list[Fault]:
    return [
        fault(syntax, by_code(code), Position(offset, segment, element, component), value, note, segment=tag)
        for code, offset, segment, element, component, value, note, tag in rows
    ]
