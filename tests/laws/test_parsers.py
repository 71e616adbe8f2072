"""Laws of reading and writing: any bytes are read, every byte has its span, and what is written is read back."""

from __future__ import annotations

from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edigw import parsers
from edigw.model import (
    Delimiters,
    Identity,
    Interchange,
    OutGroup,
    OutInterchange,
    OutMessage,
    Repeats,
    Unreadable,
)
from edigw.parsers import batches

ISA = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *261120*1530*^*00501*000000001*0*P*>~"
AT = datetime(2026, 11, 20, 15, 30)  # noqa: DTZ001 - written as it stands

#: Pieces that files are made of, so that random files come near to real ones.
PIECES = st.sampled_from(
    [
        ISA, ISA.replace(b"*", b"|").replace(b"~", b"\n"), ISA[:50], ISA[:80] + b"\n" + ISA[80:], b"GS*PO*A*B*20261120*1530*1*X*004010~",
        b"ST*850*0001~", b"BEG*00^01*SA>B~", b"BIN*5*a~b*c~", b"BDS*X*2*~~~", b"SE*3*0001~", b"GE*1*1~", b"IEA*1*000000001~", b"TA1*1~", b"IEA*",
        b"UNA:+.? '", b"UNA=*.? ~", b"UNB+UNOC:3+A:14+B:14+261120:1530+1'", b"UNB+UNOA:4+A+B+20261120:1530+1'", b"UNH+1+ORDERS:D:96A:UN'", b"FTX+?'??'",
        b"UNT+3+1'", b"UNG+ORDERS+A+B+261120:1530+7+UN+D:96A'", b"UNE+1+7'", b"UNZ+1+1'", b"\n", b"\r\n", b" ", b"~", b"'", b"?", b"\x1a", b"\xef\xbb\xbf", b"\xe2\x80\xa6", b"ISA*", b"UNB", b"x",
    ]
)  # fmt: skip
FILES = st.one_of(st.binary(max_size=400), st.lists(st.one_of(PIECES, st.binary(max_size=6)), max_size=40).map(b"".join))


def outcome(data, part, resume_after=None):
    """All that a reading gives, in values; resumed behind message *resume_after*."""
    reading = parsers.read(data, part)
    found = []
    for message in reading:
        found.append((message.type, message.control_number, message.start, message.end, message.group, message.faults, message.segments()))
        if len(found) == resume_after:
            reading = parsers.read(data, parsers.envelope(data, part.span), resume=reading.resume())
            found += [(m.type, m.control_number, m.start, m.end, m.group, m.faults, m.segments()) for m in reading]
            break
    return (
        found,
        [(g.start, g.counted, g.declared, g.closed, g.faults) for g in reading.groups],
        [f.code for f in reading.faults],
        reading.loose,
    )


@settings(max_examples=400, deadline=None)
@given(FILES)
def test_any_bytes_are_read_and_every_byte_has_its_span(data):
    at = 0
    for part in parsers.split(data):
        assert part.span[0] == at < part.span[1]
        at = part.span[1]
        assert isinstance(part, Interchange | Unreadable)
        if isinstance(part, Interchange):
            behind = part.span[0]
            for message in parsers.read(data, part):
                assert behind <= message.start < message.end <= part.span[1]
                behind = message.end
                assert len(message.segments()) == len(message.texts)
                for number, cut in enumerate(message.segments(), 1):
                    place = message.position(number).offset
                    assert message.start <= place < message.end
                    release = message.notation.delimiters.release.encode("latin-1") or b" "
                    if isinstance(cut[0], str) and cut[0] and not data.startswith(release, place):
                        assert data[place : place + 1].decode("latin-1") == cut[0][0]
    assert at == len(data)
    parsers.identify(data)
    for message in parsers.bare(data):
        message.segments()


@settings(max_examples=200, deadline=None)
@given(FILES, st.integers(1, 5))
def test_a_resumed_reading_is_the_same_reading(data, after):
    for part in parsers.split(data):
        if isinstance(part, Interchange):
            assert outcome(data, part, after) == outcome(data, part)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=FILES, window=st.integers(1, 60))
def test_the_window_is_not_seen(data, window, monkeypatch):
    parts = [part for part in parsers.split(data) if isinstance(part, Interchange)]
    whole = [outcome(data, part) for part in parts]
    with monkeypatch.context() as small:
        small.setattr(batches, "WINDOW", window)
        assert [outcome(data, part) for part in parts] == whole


def values(alphabet):
    return st.text(alphabet, max_size=8)


def cuts(value):
    """Segments as they come back: nothing empty at an end, no composite or repeat of one part."""
    full = value.filter(bool)
    composite = st.builds(lambda front, last: [*front, last], st.lists(value, min_size=1, max_size=3), full)
    repeats = st.lists(st.one_of(full, composite), min_size=2, max_size=3).map(Repeats)
    element = st.one_of(value, composite, repeats)
    return st.builds(lambda front, last: ["ZZZ", *front, last], st.lists(element, max_size=4), st.one_of(full, composite, repeats))


def read_back(out):
    data = parsers.write(out)
    (one,) = parsers.split(data)
    reading = parsers.read(data, one)
    (message,) = reading
    assert message.faults == [] == reading.faults
    assert [fault for group in reading.groups for fault in group.faults] == []
    assert (one.sender, one.receiver, one.control_number, one.test) == (out.sender, out.receiver, out.control_number, out.test)
    return [[decoded(element, message.notation.decode) for element in cut] for cut in message.segments()[1:-1]]


def decoded(element, decode):
    if isinstance(element, str):
        return decode(element)
    return type(element)(decoded(one, decode) for one in element)


@settings(max_examples=200, deadline=None)
@given(st.lists(cuts(values(st.characters(codec="latin-1", exclude_characters="*>~^\r\n\x85"))), max_size=5))
def test_x12_that_is_written_is_read_back(segments):
    order = OutMessage("850", "005010", "0001", segments)
    group = OutGroup("PO", "A", "B", "1", "005010", [order])
    delimiters = Delimiters("*", ">", "~", "^")
    out = OutInterchange("x12", "00501", Identity("ZZ", "A"), Identity("ZZ", "B"), "000000001", AT, True, delimiters, "utf-8", [group])
    assert read_back(out) == segments


@settings(max_examples=200, deadline=None)
@given(
    st.lists(cuts(values(st.characters(codec="latin-1", exclude_characters="\r\n"))), max_size=5),
    st.sampled_from([":+'*?", "=*~^!", ";|}#\\"]),
)
def test_edifact_that_is_written_is_read_back(segments, service):
    component, element, terminator, repetition, release = service
    delimiters = Delimiters(element, component, terminator, repetition, release, "")
    order = OutMessage("ORDERS", "D01B", "1", segments, "EAN010")
    out = OutInterchange("edifact", "UNOY:4", Identity("14", "A"), Identity("", "B"), "1", AT, False, delimiters, "utf-8", messages=[order])
    assert read_back(out) == segments
