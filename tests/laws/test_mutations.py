"""Every sample, damaged again and again, always alike: ``faults`` and ``ack`` say something and never break.

Cut short, a byte changed, a piece lost, doubled or moved, two segments changed places. An
answer to whatever remains is itself without a fault of its envelope.
"""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edigw import acks, judge, parsers
from edigw.mappings import Library

SAMPLES = sorted((Path(__file__).parents[2] / "samples").glob("*/in.edi"))
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
SIGNS = b"*~>^+:'?\n\r\x00\x1f\xe4\xffAZ09 "
TRIES = 24


def damaged(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    to = min(len(data), at + chance.randint(1, 60))
    kind = chance.randrange(6)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([chance.choice(SIGNS)]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + data[to:]
    if kind == 3:
        return data[:to] + data[at:]
    ends = b"~" if b"~" in data else b"'"
    lines = data.split(ends)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    if kind == 4:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines.insert(one, lines.pop(other))
    return ends.join(lines)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.parent.name)
def test_damaged_samples_are_judged_and_answered(path):
    whole, library = path.read_bytes(), Library()
    for seed in range(TRIES):
        chance = random.Random(f"{path.parent.name} {seed}")
        data = whole
        for _ in range(chance.randint(1, 3)):
            data = damaged(data, chance) or whole
        judged = judge.file(data, "damaged.edi", "", None, library)
        for found in judged.found:
            assert found.judged is not None
            assert [one.reason for one in found.judged.messages if one.held == "EDIGW-ROUTE-E008"] == [], seed
            for one in found.judged.messages:
                assert all(fault.segment_position >= 1 for fault in one.faults), seed
            for ask in (None, "ta1", "997", "999", "contrl"):
                for answer in acks.assemble(found, found.judged.groups, found.judged.messages, found.judged.faults, now=NOW, ask=ask):
                    (again,) = parsers.split(parsers.write(acks.number(answer, 1)))
                    assert [str(fault) for fault in again.faults if "qualifier" not in str(fault)] == [], seed
