"""A reading goes on in another process as if it had never stopped."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from edigw import parsers
from edigw.parsers import scan
from edigw.parsers.references import MAX_RUNS, References

ISA = "ISA*00*          *00*          *ZZ*A              *ZZ*B              *261120*1530*U*00401*000000001*0*P*>~"


def group(number, *sets):
    return f"GS*PO*A*B*261120*1530*{number}*X*004010~{''.join(sets)}GE*{len(sets)}*{number}~"


def order(number, end="SE*3"):
    return f"ST*850*{number}~BEG*00*SA*{number}~{end}*{number}~"


#: Every kind of fault before, between and behind the places where it may be resumed.
X12 = (
    ISA
    + "XX*1~TA1*000000007*261119*1200*A*000~"
    + group(1, order("0001"), order("0002"), order("0002"), order("0003", "SE*9"))
    + "YY*1~"
    + group(1, order("0001"), "ST*850*0009~BEG*00~")
    + group(3, "ST*810*0001~SE*2*0001~")
    + "IEA*9*000000001~  "
).encode()
EDIFACT = (
    b"UNA:+.?*'UNB+UNOC:4+A+B+20261120:1530+1'UNH+1+ORDERS:D:96A:UN'BGM+a?'b'UNT+3+1'XXX'UNH+1+ORDERS:D:96A:UN'UNT+2+1'"
    b"UNG+ORDERS+A+B+20261120:1530+7+UN+D:96A'UNH+2+INVOIC:D:96A:UN'UNT+2+2'UNH+3+INVOIC:D:96A:UN'UNT+2+3'UNZ+1+1'"
)


def told(message):
    return message.type, message.release, message.control_number, message.start, message.end, message.ordinal, message.group, message.faults, message.segments()


def outcome(reading):
    groups = [(g.control_number, g.declared, g.counted, g.closed, g.faults, g.start, g.header) for g in reading.groups]
    return groups, sorted(map(str, reading.faults)), reading.loose


@pytest.mark.parametrize("data", [pytest.param(X12, id="x12"), pytest.param(EDIFACT, id="edifact")])
def test_resumed_behind_every_message_the_reading_is_the_same(data):
    (one,) = parsers.split(data)
    whole = parsers.read(data, one)
    expected = [told(message) for message in whole]
    assert len(expected) >= 4
    seen = []
    state = None
    while True:
        again = parsers.envelope(data, one.span)
        reading = parsers.read(data, again, resume=state)
        message = next(reading, None)
        if message is None:
            break
        seen.append(told(message))
        assert reading.offset == message.end
        state = reading.resume()
        assert json.loads(state)["at"] == message.end
    assert seen == expected
    assert outcome(reading) == outcome(whole)
    assert next(parsers.read(data, one, resume=reading.resume()), None) is None


def test_resumed_in_another_process():
    (one,) = parsers.split(X12)
    first = parsers.read(X12, one)
    next(first)
    code = (
        "import sys; from edigw import parsers; data = sys.stdin.buffer.read(); (one,) = parsers.split(data);"
        "print(*(m.control_number for m in parsers.read(data, one, resume=sys.argv[1].encode())))"
    )
    found = subprocess.run([sys.executable, "-c", code, first.resume().decode()], input=X12, capture_output=True, check=True)
    assert found.stdout.decode().split() == [message.control_number for message in first]


def test_many_messages_fit_into_few_bytes():
    body = "".join(f"ST*850*{n:06}~SE*2*{n:06}~" for n in range(20_000))
    data = f"{ISA}GS*PO*A*B*261120*1530*1*X*004010~{body}GE*20000*1~IEA*1*000000001~".encode()
    (one,) = parsers.split(data)
    reading = parsers.read(data, one)
    for _ in range(19_000):
        next(reading)
    assert len(reading.resume()) < 1_000
    assert sum(1 for _ in parsers.read(data, one, resume=reading.resume())) == 1_000


@pytest.mark.parametrize(
    ("numbers", "repeats"),
    [
        pytest.param(["1", "2", "3", "2"], ["2"], id="inside a run"),
        pytest.param(["1", "3", "2", "1", "3"], ["1", "3"], id="two runs that grew together"),
        pytest.param(["3", "2", "1", "3"], ["3"], id="downwards"),
        pytest.param(["1", "01", "001"], [], id="leading zeros make another number"),
        pytest.param(["A1", "B1", "A2", "A1"], ["A1"], id="prefixes"),
        pytest.param(["9", "10", "9"], ["9"], id="one digit more"),
        pytest.param(["A", "A", ""], ["A"], id="no digits"),
        pytest.param(["1" * 40, "1" * 40], ["1" * 40], id="longer than a number is"),
    ],
)
def test_references(numbers, repeats):
    seen = References()
    found = []
    for number in numbers:
        if not seen.add(number):
            found.append(number)
        seen = References(json.loads(json.dumps(seen.runs())))
    assert found == repeats


def test_references_are_bounded():
    seen = References()
    for n in range(0, 4 * MAX_RUNS, 2):
        seen.add(str(1_000_000 + n))
    assert len(seen.runs()) == MAX_RUNS
    assert not seen.add("1000000")


def test_a_span_of_other_bytes_is_refused():
    (one,) = parsers.split(X12)
    with pytest.raises(ValueError, match="no interchange begins at byte 0"):
        parsers.read(b"something else", one)
    assert scan.envelope(b"something else", one.span) is None
