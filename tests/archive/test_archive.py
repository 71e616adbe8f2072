"""Large payloads as files: there when named, verified when read, whatever a kill left behind."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import stat
import subprocess
import sys
import threading

import pytest

from edigw.archive import LARGEST_BODY, Archive, ArchiveUnavailable, Packed, PayloadDamaged, pack, unpack

NOISE = random.Random(3).randbytes(3 * LARGEST_BODY)
EDI = b"PO1*1*10*EA*9.25**UP*012345678905~\n" * 40_000  # 1.4 MB, and 5 KB compressed


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def files(archive):
    return sorted(str(path.relative_to(archive.root)) for path in archive.root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        pytest.param(b"", "raw", id="nothing"),
        pytest.param(b"ISA", "raw", id="short"),
        pytest.param(EDI, "zlib", id="long"),
        pytest.param(NOISE[:1000], "raw", id="does not compress"),
    ],
)
def test_packed_and_unpacked(data, codec):
    packed = pack(data)
    assert (packed.codec, packed.size, packed.sha256) == (codec, len(data), hashlib.sha256(data).digest())
    assert unpack(packed) == data


def test_a_body_that_grows_without_end_costs_its_size_only():
    bomb = pack(bytes(50_000_000))
    with pytest.raises(PayloadDamaged, match="11 bytes that have another hash"):
        unpack(Packed(bomb.sha256, 10, bomb.codec, bomb.body))


@pytest.mark.parametrize(
    ("data", "large"),
    [
        pytest.param(b"ISA", False, id="short"),
        pytest.param(EDI, False, id="long, and short compressed"),
        pytest.param(NOISE[:LARGEST_BODY], False, id="as large as the ledger takes"),
        pytest.param(NOISE[: LARGEST_BODY + 1], True, id="one byte more"),
    ],
)
def test_where_a_payload_belongs(archive, data, large):
    assert archive.is_large(data) is large
    packed = archive.keep(data)
    assert (packed.codec == "archive", packed.body is None) == (large, large)
    assert (archive.path(packed.sha256).exists(), packed.size) == (large, len(data))


def test_put_and_get(archive):
    stored = archive.put(NOISE)
    name = hashlib.sha256(NOISE).hexdigest()
    assert files(archive) == [f"{name[:2]}/{name[2:]}"]
    assert archive.get(stored) == archive.get(stored.sha256) == b"".join(archive.pieces(stored)) == NOISE
    assert stat.S_IMODE(archive.path(stored).stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.path(stored).parent.stat().st_mode) == 0o700


def test_pieces_come_to_the_same(archive):
    assert archive.put(iter([NOISE[:10], b"", NOISE[10:]])) == archive.put(NOISE)
    assert len(files(archive)) == 1


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        pytest.param(lambda path: path.write_bytes(NOISE[:-1] + b"x"), "another hash", id="a byte changed"),
        pytest.param(lambda path: path.write_bytes(b""), "another hash", id="cut"),
        pytest.param(lambda path: path.unlink(), "is not in", id="gone"),
    ],
)
def test_damage_is_found(archive, damage, text):
    stored = archive.put(NOISE)
    damage(archive.path(stored))
    with pytest.raises(PayloadDamaged, match=text) as caught:
        archive.get(stored)
    assert caught.value.sha256 == stored.sha256
    with pytest.raises(PayloadDamaged, match=text):
        list(archive.pieces(stored))


@pytest.mark.parametrize(
    "away",
    [
        pytest.param(lambda root: root.rename(root.with_name("moved")), id="no folder"),
        pytest.param(lambda root: (root.rename(root.with_name("moved")), root.mkdir()), id="an empty one, its disk is not mounted"),
        pytest.param(lambda root: (root.rename(root.with_name("moved")), root.write_text("")), id="a file in its place"),
    ],
)
def test_an_archive_that_is_away_has_lost_nothing(archive, away):
    stored = archive.put(NOISE)
    away(archive.root)
    with pytest.raises(ArchiveUnavailable):
        archive.get(stored)
    with pytest.raises(ArchiveUnavailable):
        list(archive.pieces(stored))


def test_a_cut_file_is_replaced_by_good_bytes(archive):
    stored = archive.put(NOISE)
    archive.path(stored).write_bytes(b"")
    assert archive.get(archive.put(NOISE)) == NOISE


def test_a_source_that_breaks_leaves_nothing(archive):
    def broken():
        yield NOISE
        raise ConnectionResetError("in the middle")

    with pytest.raises(ArchiveUnavailable, match="in the middle"):
        archive.put(broken())
    assert files(archive) == []


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "archive").write_text("a file")
    with pytest.raises(ArchiveUnavailable):
        Archive(tmp_path / "archive").put(NOISE)


def test_many_put_the_same_at_once(archive):
    threads = [threading.Thread(target=archive.put, args=(NOISE,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(archive)) == 1


PUT = """
import random, sys
from pathlib import Path
from edigw.archive import Archive
Archive(Path(sys.argv[1])).put(random.Random(3).randbytes(786432))
"""


@pytest.mark.parametrize(
    ("edge", "there"),
    [
        pytest.param("archive:written", False, id="before the sync"),
        pytest.param("archive:synced", False, id="before the rename"),
        pytest.param("archive:renamed", True, id="behind the rename"),
    ],
)
def test_killed_at_an_edge(archive, edge, there):
    done = subprocess.run([sys.executable, "-c", PUT, str(archive.root)], env={**os.environ, "EDIGW_CRASH_AT": edge}, timeout=60)
    assert done.returncode == -signal.SIGKILL
    sha256 = hashlib.sha256(NOISE).digest()
    assert archive.path(sha256).exists() is there
    assert archive.get(archive.put(NOISE)) == NOISE
    assert archive.sweep(older_than=0) == 0  # what is younger may be at work
    assert archive.sweep(older_than=2**33) == (0 if there else 1)
    assert len(files(archive)) == 1


def test_a_sweep_spares_what_another_still_writes(archive):
    """A node that starts beside one that is putting a large file, whatever its age."""
    swept = []

    def slowly():
        yield NOISE
        swept.append(Archive(archive.root).sweep(older_than=2**33))
        yield b"and its end"

    stored = archive.put(slowly())
    assert swept == [0]
    assert archive.get(stored) == NOISE + b"and its end"
