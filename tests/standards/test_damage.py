"""Damaged messages: check says what is wrong and never raises, and the same bytes get the same faults."""

import random

import pytest

from edigw.standards.check import check

X12 = ["BEG*00*SA*A1**20261120", "CUR*BY*USD", "REF*IA*1", "N1*ST*SHOP*92*1", "N4*DALLAS*TX*75201", "PO1*1*1*EA*9.25**UP*123456", "REF*VN*A>B>C", "SDQ*EA**1*2", "CTT*1"]
EDIFACT = ["BGM+220+PO1+9", "DTM+137:20261120:102", "NAD+BY+4012345000009::9", "LIN+1++4012345678901:EN", "QTY+21:5.5:PCE", "PRI+AAA:1", "UNS+S", "CNT+2:1"]
SIGNS = "*+:>^~'?.,-0123456789AZaz \x00\x1f\x85\xff"


def damaged(texts: list[str], dice: random.Random) -> list[str]:
    """A few characters changed, a few segments dropped, doubled or moved."""
    texts = list(texts)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(texts))
        what = dice.randrange(4)
        if what == 0 and texts[at]:
            place = dice.randrange(len(texts[at]))
            texts[at] = texts[at][:place] + dice.choice(SIGNS) * dice.randint(0, 40) + texts[at][place + 1 :]
        elif what == 1 and len(texts) > 2:
            del texts[at]
        elif what == 2:
            texts.insert(dice.randrange(len(texts)), texts[at])
        else:
            texts.insert(dice.randrange(len(texts)), texts.pop(at))
    return texts


@pytest.mark.parametrize("seed", range(40))
def test_damage(bench, seed):
    dice = random.Random(seed)
    for _ in range(25):
        for build, texts in ((bench.x12, X12), (bench.edifact, EDIFACT)):
            sent = [text for text in damaged(texts, dice) if text.strip()]
            message, standard = build(sent)
            first = check(message, standard)
            assert [str(one) for one in first.faults] == [str(one) for one in check(message, standard).faults]
            for one in first.faults:
                assert 1 <= one.at.segment <= len(message.texts)
                assert len(one.value) <= 99
