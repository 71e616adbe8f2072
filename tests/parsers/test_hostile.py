"""Files made to hurt: the work grows with the file and not with its square, and so does the memory.

Work is counted, not timed: a ``bytes`` that adds up what every search and slice went over.
"""

from __future__ import annotations

import tracemalloc

import pytest

from edigw import parsers
from edigw.model import Interchange, Unreadable
from edigw.parsers import head, scan

ISA = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *261120*1530*U*00401*000000001*0*P*>~"
SET = ISA + b"GS*PO*A*B*20261120*1530*1*X*004010~ST*850*0001~"
UNB = b"UNA:+.? 'UNB+UNOA:1+A+B+261120:1530+1'"
UNH = UNB + b"UNH+1+ORDERS:D:96A:UN'"
SIZE = 300_000  #: bytes of the part that is repeated


class Counted(bytes):
    """Bytes that count how many of them were gone over."""

    work = 0

    def find(self, sub, start=0, end=None):
        end = len(self) if end is None else min(end, len(self))
        found = super().find(sub, start, end)
        Counted.work += max(0, (found if found >= 0 else end) - start) + 1
        return found

    def rfind(self, sub, start=0, end=None):
        end = len(self) if end is None else min(end, len(self))
        found = super().rfind(sub, start, end)
        Counted.work += max(0, end - (found if found >= 0 else start)) + 1
        return found

    def __getitem__(self, key):
        if isinstance(key, slice):
            start, stop, _ = key.indices(len(self))
            Counted.work += max(0, stop - start) + 1
        else:
            Counted.work += 1
        return super().__getitem__(key)


def effort(data):
    """How many bytes are gone over to read *data* to the end."""
    counted = Counted(data)
    Counted.work = 0
    at = 0
    for part in parsers.split(counted):
        assert part.span[0] == at
        at = part.span[1]
        if isinstance(part, Interchange):
            reading = parsers.read(counted, part)
            for message in reading:
                message.segments()
            reading.resume()
    assert at == len(data)
    return Counted.work


HOSTILE = {
    "no terminator": (SET, b"A"),
    "no terminator in EDIFACT": (UNH, b"A"),
    "letters": (b"", b"A"),
    "blanks": (b"", b" "),
    "empty segments": (SET, b"~"),
    "empty segments on lines": (SET, b"~\r\n"),
    "line ends": (SET, b"\n"),
    "one-letter segments": (SET, b"A~"),
    "elements": (SET + b"BEG", b"*"),
    "components": (SET + b"BEG*", b">"),
    "ISA after ISA": (b"", ISA),
    "ISA* after ISA*": (b"", b"ISA*"),
    "ISA in data": (SET, b"VISA*"),
    "unclosed groups": (ISA, b"GS*PO*A*B*20261120*1530*1*X*004010~"),
    "unclosed sets": (SET, b"ST*850*0001~"),
    "trailers of nothing": (ISA, b"SE*1*0001~GE*1*1~"),
    "IEA without a segment start": (SET, b"XIEA*"),
    "IEA after IEA": (ISA, b"IEA*0*000000001~"),
    "IEA without a terminator": (ISA, b"\nIEA*"),
    "TA1s": (ISA, b"TA1*000000001*261120*1530*A*000~"),
    "binary data": (SET, b"BIN*3*abc~"),
    "binary data of a false length": (SET, b"BIN*9*abc~"),
    "binary data that is the rest": (SET, b"BIN*999999*a~"),
    "BDS only": (SET, b"BDS*A*3*abc~"),
    "records": (ISA[:80] + b"\n" + ISA[80:] + b"\n" * 3, b"N1*ST*" + b"A" * 30 + b"\n"),
    "released terminators": (UNH, b"?'"),
    "release characters": (UNH, b"?"),
    "release characters by three": (UNH, b"???'"),
    "UNB after UNB": (b"", b"UNB+UNOA:1+A+B+261120:1530+1'"),
    "UNA after UNA": (b"", b"UNA:+.? 'UNB"),
    "UNB without end": (b"", b"UNB+UNOA:1"),
    "UNG after UNG": (UNB, b"UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'"),
    "UNH after UNH": (UNB, b"UNH+1+ORDERS:D:96A:UN'"),
    "UNZ after UNZ": (UNB, b"UNZ+0+1'"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_twice_the_file_is_twice_the_work(name):
    start, part = HOSTILE[name]
    once = effort(start + part * (SIZE // len(part)))
    twice = effort(start + part * (2 * SIZE // len(part)))
    assert twice < 2.4 * once + 100_000, f"{once:,} bytes gone over for {SIZE:,}, {twice:,} for twice as many"


def test_a_million_interchanges_are_described_up_to_a_limit(monkeypatch):
    monkeypatch.setattr(scan, "MAX_INTERCHANGES", 100)
    data = ISA * 1_000
    parts = parsers.split(data)
    assert len(parts) == 101
    assert parts[-1] == Unreadable((100 * len(ISA), len(data)), "more than 100 interchanges in one file")


def test_groups_are_read_up_to_a_limit(look):
    seen = look(ISA + b"GS*PO*A*B*20261120*1530*1*X*004010~" * (head.MAX_GROUPS + 5))
    assert len(seen.groups) == head.MAX_GROUPS
    assert seen.codes.count("LIMIT_EXCEEDED") == 1


def test_faults_are_kept_up_to_a_limit(look):
    seen = look(ISA + b"ST*850*0001~SE*2*0001~" * (2 * head.MAX_FAULTS))
    assert len(seen.messages) == 2 * head.MAX_FAULTS
    assert len(seen.envelope) == head.MAX_FAULTS + 1
    assert seen.envelope[-1].code.name == "LIMIT_EXCEEDED"


def test_memory_is_one_window_and_not_the_file():
    sets = b"".join(b"ST*850*%09d~BEG*00*SA*%09d~%bSE*12*%09d~" % (n, n, b"N1*ST*A NAME OF SOME LENGTH~" * 9, n) for n in range(50_000))
    data = ISA + b"GS*PO*A*B*20261120*1530*1*X*004010~" + sets + b"GE*50000*1~IEA*1*000000001~"
    assert len(data) > 15_000_000
    (one,) = parsers.split(data)
    tracemalloc.start()
    try:
        count = sum(1 for _ in parsers.read(data, one))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 50_000
    assert peak < 10_000_000  # the texts of one window of 1 MB, and those of the one before while they are replaced
