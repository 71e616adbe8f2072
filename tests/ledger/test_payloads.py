"""Payloads and generations: kept once, read back verified."""

from __future__ import annotations

import hashlib
import random

import pytest
from sqlalchemy import update

from edigw.archive import LARGEST_BODY, Archive, PayloadDamaged, pack
from edigw.errors import LedgerUnavailable
from edigw.tables import payload

NOISE = random.Random(7).randbytes(LARGEST_BODY + 1)  # does not compress


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"ISA*00*", id="short"),
        pytest.param(b"PO1*1*10*EA*9.25~" * 60_000, id="a megabyte that compresses"),
        pytest.param(NOISE[:5000], id="noise"),
        pytest.param(bytes(range(256)) * 4, id="every byte"),
    ],
)
def test_what_is_kept_is_read(ledger, data):
    number = ledger.run(lambda tx: tx.payload(data))
    assert ledger.payload(number) == data
    assert ledger.payload_by_hash(hashlib.sha256(data).digest()) == data


def test_the_same_bytes_are_kept_once(ledger):
    first = ledger.run(lambda tx: tx.payloads([b"a", b"b", b"a"]))
    assert first == [1, 2, 1]
    assert ledger.run(lambda tx: tx.payload(b"b")) == 2


def test_a_large_one_stands_in_the_archive(ledger, tmp_path):
    archive = Archive(tmp_path / "archive")
    with pytest.raises(ValueError, match=r"Archive\.keep"):
        ledger.run(lambda tx: tx.payload(pack(NOISE)))
    stored = archive.put(NOISE)
    number = ledger.run(lambda tx: tx.payload_ref(stored))
    assert ledger.run(lambda tx: tx.payload(archive.keep(NOISE))) == number
    assert ledger.payload(number) == NOISE


def test_bytes_that_are_too_many_for_the_ledger_go_into_its_archive(ledger):
    short, large = ledger.run(lambda tx: tx.payloads([b"short", NOISE]))
    assert (ledger.payload(short), ledger.payload(large)) == (b"short", NOISE)


def test_a_step_waits_for_an_archive_that_takes_nothing(open_ledger, tmp_path):
    (tmp_path / "no-folder").write_bytes(b"a file stands where the archive would be")
    ledger = open_ledger(archive=Archive(tmp_path / "no-folder"))
    with pytest.raises(LedgerUnavailable, match="archive"):
        ledger.run(lambda tx: tx.payload(NOISE))
    assert ledger.payload(ledger.run(lambda tx: tx.payload(b"short"))) == b"short"


def test_a_generation_is_known_by_its_digest(ledger):
    data = b"edigw generation 1\n{}"
    assert ledger.run(lambda tx: tx.generation(data)) == hashlib.sha256(data).hexdigest()
    assert ledger.generation_bytes(hashlib.sha256(data).hexdigest()) == data
    with pytest.raises(KeyError):
        ledger.generation_bytes("00" * 32)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        pytest.param({"body": b"ISB"}, "another hash", id="other bytes"),
        pytest.param({"codec": "zlib"}, "cannot be decompressed", id="no zlib"),
        pytest.param({"body": None}, "no body", id="gone"),
        pytest.param({"codec": "archive"}, "is not in", id="not in the archive"),
    ],
)
def test_damage_is_found(ledger, tmp_path, damage, text):
    Archive(tmp_path / "archive").keep(NOISE)  # an archive with nothing in it is away, and not damaged
    number = ledger.run(lambda tx: tx.payload(b"ISA"))
    ledger.run(lambda tx: tx.connection.execute(update(payload).values(**damage)))
    with pytest.raises(PayloadDamaged, match=text):
        ledger.payload(number)


def test_what_retention_removed_comes_back_with_its_bytes(ledger):
    number = ledger.run(lambda tx: tx.payload(b"ISA"))
    ledger.run(lambda tx: tx.connection.execute(update(payload).values(body=None, removed_at=tx.now)))
    with pytest.raises(PayloadDamaged, match="removed by retention at 2026-11-20"):
        ledger.payload(number)
    assert ledger.run(lambda tx: tx.payload(b"ISA")) == number
    assert ledger.payload(number) == b"ISA"


def test_no_such_payload(ledger):
    with pytest.raises(KeyError):
        ledger.payload(7)
