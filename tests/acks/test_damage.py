"""Whatever bytes come in, what goes out can be written, read back and is of our own making.

Interchanges are damaged at random, always alike: characters changed, pieces cut out,
doubled or moved. Nothing may raise on the way to the answer.
"""

import random

import pytest

from edigw import acks, judge, parsers
from edigw.mappings import Library

ALPHABET = "*~>^+:'?\n\r\x00\x1f\xe4AZ09 "


def _damaged(data: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    text = data.decode("latin-1")
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text))
        to = min(len(text), at + chance.randint(1, 40))
        text = chance.choice(
            [
                text[:at] + chance.choice(ALPHABET) + text[at + 1 :],
                text[:at] + text[to:],
                text[:to] + text[at:],
                text[:at] + text[to:] + text[at:to],
            ]
        )
    return text.encode("latin-1")


@pytest.mark.parametrize("seeds", [range(start, start + 100) for start in range(0, 600, 100)], ids=str)
def test_damaged_interchanges_are_answered(make_x12, make_edifact, seeds):
    from datetime import UTC, datetime

    now = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
    x12 = make_x12(
        ["BEG*00*SA*PO-1**20261120", "N1*BY*ACME*92", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"], ["BEG*00*SA*PO-2**20261120"], release="005010"
    )
    edifact = make_edifact(["BGM+220+PO-1+9", "DTM+137:20261120:102", "NAD+BY+1::9", "LIN+1", "QTY+21:10", "UNS+S"], syntax="UNOC:4")
    library = Library()
    for seed in seeds:
        data = _damaged(x12 if seed % 2 else edifact, seed)
        for found in judge.file(data, "damaged.edi", "", None, library).found:
            assert found.judged is not None
            assert not [message.reason for message in found.judged.messages if message.held == "EDIGW-ROUTE-E008"], seed
            for kind in (None, "ta1", "997", "contrl"):
                for answer in acks.assemble(found, found.judged.groups, found.judged.messages, found.judged.faults, now=now, ask=kind):
                    written = parsers.write(acks.number(answer, 1))
                    (again,) = parsers.split(written)
                    assert [str(fault) for fault in again.faults if "qualifier" not in str(fault)] == [], seed
