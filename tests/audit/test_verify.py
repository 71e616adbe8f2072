"""``edigw verify``: every kind of damage, made with real bytes on a real ledger, is named with its row and the next command."""

from __future__ import annotations

import json
import os

import pytest
from sqlalchemy import func, select

from edigw.archive import Archive, pack
from edigw.tables import control_number, delivery, event, file, interchange, message, numbering, payload, writer

OLD = 1_700_000_000  # seconds since 1970: long before any test


def one(house, query):
    with house.ledger.snapshot() as connection:
        return connection.execute(query).scalar_one()


def lines(result) -> list[str]:
    assert result.exit_code == 1, result.output
    return result.stdout.splitlines()


def test_a_whole_ledger(edigw):
    result = edigw("verify")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "payloads (1 of the archive)" in result.stderr
    assert result.stderr.rstrip().endswith("all whole")


def last_event(house, **of) -> int:
    return one(house, select(func.max(event.c.id)).where(*(event.c[name] == value for name, value in of.items())))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        pytest.param({"why": "nothing happened"}, "is not what was written", id="a reason"),
        pytest.param({"hash": b"\x00" * 32}, "is not what was written", id="a hash"),
        pytest.param({}, "are missing", id="left out"),
    ],
)
def test_an_event(house, edigw, changed, columns, said):
    with changed(event, last_event(house, kind="message", row=1) - 1, **columns):
        found = lines(edigw("verify"))
    assert any(line.startswith("EDIGW-VERIFY-E001 hub/daemon: event") and said in line for line in found), found
    assert all("; next: " in line for line in found)


def test_an_end_cut_off(house, edigw, changed):
    with changed(event, last_event(house)):
        assert any("E001 hub/daemon: its chain ends at event" in line for line in lines(edigw("verify")))
    with changed(writer, 1, events=3):
        assert any(line.startswith("EDIGW-VERIFY-E001 hub/daemon: its chain ends at event 3, but 3 were") for line in lines(edigw("verify")))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda data: {"body": b"?" + data[1:]}, "cannot be decompressed", id="no stream"),
        pytest.param(lambda data: {"body": pack(b"other bytes, " * 50).body}, "bytes that have another hash", id="other bytes"),
        pytest.param(lambda data: {"body": None}, "has no body here", id="gone"),
        pytest.param(lambda data: {"sha256": b"\x01" * 32}, "bytes that have another hash", id="another name"),
    ],
)
def test_a_payload(house, edigw, changed, change, said):
    number = one(house, select(file.c.payload).where(file.c.id == 1))
    body = one(house, select(payload.c.body).where(payload.c.id == number))
    with changed(payload, number, **change(body)):
        found = lines(edigw("verify"))
    (line,) = [line for line in found if said in line]
    assert line.startswith("EDIGW-VERIFY-E002 F1, F4: payload ")
    assert "; next: edigw show F1" in line


def test_a_payload_of_the_archive(house, edigw):
    sha256 = one(house, select(file.c.sha256).where(file.c.name == "large.pdf"))
    path = Archive(house.folder / "archive").path(sha256)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    (line,) = lines(edigw("verify"))
    assert line.startswith("EDIGW-VERIFY-E002 F6: payload ")
    assert f"; next: restore {sha256.hex()[:2]}/{sha256.hex()[2:]} of the archive" in line
    path.write_bytes(data[:-1])
    assert "another hash" in lines(edigw("verify"))[0]
    path.unlink()
    assert len(lines(edigw("verify"))) == 1
    path.write_bytes(data)
    assert edigw("verify").exit_code == 0


def test_files_that_nobody_names(house, edigw):
    archive = Archive(house.folder / "archive")
    stored = archive.put(b"left by a kill")
    stray = archive.root / "notes.txt"
    stray.write_text("not a payload")
    assert "no payload has this hash" not in edigw("verify").stderr, "a young one may be named in a moment"
    for path in (archive.path(stored), stray):
        os.utime(path, (OLD, OLD))
    result = edigw("verify")
    assert (result.exit_code, result.stdout) == (0, "")
    name = f"{stored.sha256.hex()[:2]}/{stored.sha256.hex()[2:]}"
    assert f"EDIGW-VERIFY-E008 {name}: no payload has this hash; next: remove it ({archive.path(stored)})" in result.stderr
    assert "EDIGW-VERIFY-E008 notes.txt: is no payload's name; next: " in result.stderr
    archive.path(stored).unlink()
    stray.unlink()


def test_spans(house, edigw, changed):
    with changed(interchange, 2, span_start=3):
        (line,) = lines(edigw("verify"))
    assert line == "EDIGW-VERIFY-E003 F2: a span begins at byte 3, but the one before ends at 0; next: edigw show F2"
    size = one(house, select(file.c.size).where(file.c.id == 2))
    with changed(file, 2, size=size + 1):
        found = lines(edigw("verify"))
    assert any(f"E003 F2: its spans end at byte {size} of {size + 1}" in line for line in found)
    assert any(line.startswith(f"EDIGW-VERIFY-E002 F2: has {size + 1} bytes") for line in found)


def test_hashes_of_rows(edigw, changed):
    with changed(delivery, 1, sha256=b"\x02" * 32):
        (line,) = lines(edigw("verify"))
    assert line.startswith("EDIGW-VERIFY-E002 D1: its payload has another hash than it was made with; next: edigw show D1")


def test_states(edigw, changed):
    with changed(message, 1, state="held"):
        found = lines(edigw("verify"))
    assert "EDIGW-VERIFY-E005 M1: is held, but its last event says delivered; next: edigw show M1" in found
    with changed(message, 1, state="lost"):
        assert any(line.startswith("EDIGW-VERIFY-E005 M1: its state 'lost' does not exist; next: edigw show M1") for line in lines(edigw("verify")))


def test_a_move_that_the_table_does_not_allow(house, edigw, changed):
    with changed(event, last_event(house, kind="message", row=1, state="delivered"), was="received"):
        found = lines(edigw("verify"))
    assert "EDIGW-VERIFY-E005 M1: went from received to delivered, which the gateway never does; next: edigw show M1" in found
    assert any("E001" in line and "message 1" in line for line in found)


def test_rows_that_contradict_each_other(house, edigw, changed):
    number = one(house, select(func.min(delivery.c.id)).where(delivery.c.what == "document"))
    with changed(delivery, number, state="due"):
        found = lines(edigw("verify"))
    assert "EDIGW-VERIFY-E006 M1: delivered, with 0 deliveries done; next: edigw show M1" in found


def test_control_numbers(house, edigw, changed):
    line = one(house, select(numbering.c.id).where(numbering.c.theirs == "acme", numbering.c.level == "interchange"))
    middle = one(house, select(control_number.c.id).where(control_number.c.numbering == line, control_number.c.number == 2))
    with changed(control_number, middle):
        found = lines(edigw("verify"))
    assert any(line.startswith("EDIGW-VERIFY-E004 interchange numbers to acme: 2 was never given, although 3 was; next: ") for line in found)
    assert "EDIGW-VERIFY-E004 I2: bears interchange number 2, which was never given; next: edigw show I2" in found
    with changed(control_number, middle, voided_at=house.clock()):
        assert lines(edigw("verify")) == ["EDIGW-VERIFY-E004 I2: bears interchange number 2, which is void; next: edigw show I2"]
    answers = one(house, select(interchange.c.answers).where(interchange.c.id == 3))
    with changed(interchange, 3, answers=[{name: value for name, value in answers[0].items() if name != "group_number"}]):
        assert lines(edigw("verify")) == ["EDIGW-VERIFY-E004 group numbers to acme: 3 was given, neither used nor void; next: edigw find 3"]
    with changed(numbering, line, last=9):
        assert any("E004" in line and "stand at 9, but the last one given is 3" in line for line in lines(edigw("verify")))


def test_what_retention_did_not_remove(house, edigw, changed):
    number = one(house, select(file.c.payload).where(file.c.id == 2))
    with changed(payload, number, removed_at=house.clock()):
        assert "is marked as removed, and its body is still there" in lines(edigw("verify"))[0]
    with changed(payload, number, removed_at=house.clock(), body=None):
        (line,) = lines(edigw("verify"))
    assert line.startswith("EDIGW-VERIFY-E007 F2: payload ")
    assert "no event tells that retention did it; next: edigw show F2" in line


def test_json(edigw, changed):
    with changed(interchange, 2, span_start=3):
        (found,) = [json.loads(line) for line in lines(edigw("verify", "--json"))]
    assert (found["code"], found["where"], found["next"]) == ("EDIGW-VERIFY-E003", "F2", "edigw show F2")
