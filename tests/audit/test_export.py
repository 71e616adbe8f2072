"""``edigw export``: a document's life, checked with tar and sha256sum by a process of their own."""

from __future__ import annotations

import json
import os
import resource
import subprocess

import pytest
from sqlalchemy import select

from edigw.audit import bundle
from edigw.states import Kind
from edigw.tables import event, message, payload


def unpacked(edigw, name, folder):
    """The archive of *name*, unpacked below *folder*; its folder."""
    out = folder / f"{name}.tar"
    result = edigw("export", name, "--out", str(out))
    assert result.exit_code == 0, result.output
    subprocess.run(["tar", "-xf", str(out), "-C", str(folder)], check=True)
    return folder / name


def check(folder):
    return subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)


def test_a_life(house, edigw, files, tmp_path):
    folder = unpacked(edigw, "M2", tmp_path)
    done = check(folder)
    assert done.returncode == 0, done.stdout
    assert (folder / "received/F2.edi").read_bytes() == files.TWO
    row = house.row("M2")
    assert (folder / "received/M2.edi").read_bytes() == files.TWO[row.span_start : row.span_end]
    assert json.loads((folder / "documents/M2.json").read_bytes())["document"] == "order"
    answers = [path.read_bytes() for path in (folder / "delivered").glob("*.edi")]
    assert len(answers) == 1
    assert b"AK5*A" in answers[0]
    configuration = {path.relative_to(folder / "configuration").as_posix().partition("/")[2] for path in (folder / "configuration").rglob("*.yaml")}
    assert configuration == {"edigw.yaml", "partners/acme/partner.yaml", "partners/acme/maps/850.yaml"}
    index = (folder / "INDEX.txt").read_text("ascii")
    assert index.startswith("M2 850 0001 from acme")
    assert "mapped -> delivered" in index
    assert all(f"  {path}" in index for path in ("received/F2.edi", "documents/M2.json", "events.jsonl"))
    listed = {line.split("  ", 1)[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == listed | {"SHA256SUMS"}


def test_its_events_are_links_of_the_chain(house, edigw, tmp_path):
    folder = unpacked(edigw, "M1", tmp_path)
    told = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    with house.ledger.snapshot() as connection:
        hashes = {row.id: row.hash.hex() for row in connection.execute(select(event.c.id, event.c.hash))}
    assert {one["id"]: one["hash"] for one in told}.items() <= hashes.items()
    sums = dict(reversed(line.split("  ", 1)) for line in (folder / "SHA256SUMS").read_text().splitlines())
    assert all(sums[f"events/{one['id']:09}.event"] == one["hash"] for one in told)
    assert all((folder / f"events/{one['id']:09}.event").read_bytes()[:32].hex() == one["previous"] for one in told)
    assert [one["state"] for one in told if one["row"] == "M1" and one["state"]] == ["received", "accepted", "mapped", "delivered"]


def test_no_secret_is_in_it(house, edigw, tmp_path):
    secret = (house.folder / "keys/erp").read_bytes().strip()
    folder = unpacked(edigw, "F1", tmp_path)
    assert all(secret not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_same_ledger_gives_the_same_bytes(edigw):
    first, second = edigw("export", "M1"), edigw("export", "M1")
    assert first.exit_code == 0
    assert first.stdout_bytes == second.stdout_bytes
    assert edigw("export", "D1").stdout_bytes in (first.stdout_bytes, edigw("export", "I1").stdout_bytes)


def test_what_was_changed_shows(house, edigw, changed, tmp_path):
    with house.ledger.snapshot() as connection:
        last = select(event.c.id).where(event.c.kind == "message", event.c.row == 1).order_by(event.c.id.desc()).limit(1)
        number = connection.execute(last).scalar_one()
        document = connection.execute(select(message.c.document).where(message.c.id == 1)).scalar_one()
    with changed(event, number, why="nothing happened"), changed(payload, document, body=b"?"):
        result = edigw("export", "M1", "--out", str(tmp_path / "M1.tar"))
    assert result.exit_code == 1
    assert f"events/{number:09}.event is not what was written" in result.stderr
    assert "documents/M1.json (M1): payload " in result.stderr
    subprocess.run(["tar", "-xf", str(tmp_path / "M1.tar"), "-C", str(tmp_path)], check=True)
    done = check(tmp_path / "M1")
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if not line.endswith(": OK")] == [f"events/{number:09}.event: FAILED"]


def test_misused(edigw, tmp_path):
    assert edigw("export", "M999").exit_code == 1
    assert edigw("export", "X1").exit_code == 2
    (tmp_path / "there.tar").write_bytes(b"mine")
    result = edigw("export", "M1", "--out", str(tmp_path / "there.tar"))
    assert result.exit_code == 2
    assert (tmp_path / "there.tar").read_bytes() == b"mine"
    assert "EDIGW-EXPORT-E001" in result.stderr
    assert "there.tar: file exists; nothing was written; next: name another file with --out" in result.stderr
    result = edigw("export", "M1", "--out", str(tmp_path / "nowhere" / "M1.tar"))
    assert (result.exit_code, "EDIGW-EXPORT-E001" in result.stderr) == (2, True)
    assert [path.name for path in tmp_path.glob("*.tar")] == ["there.tar"]
    assert list(tmp_path.glob(".export-*")) == []


def test_no_room_for_it(edigw, tmp_path):
    """Cut off by the kernel in the middle of a write: nothing is left, and the same command does it once there is room."""
    out = tmp_path / "out"
    out.mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        result = edigw("export", "M1", "--out", str(out / "M1.tar"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (result.exit_code, list(out.iterdir())) == (2, [])
    assert "EDIGW-EXPORT-E001" in result.stderr
    assert "M1.tar: file too large; nothing was written; next: mend that, or name a file elsewhere with --out" in result.stderr
    assert edigw("export", "M1", "--out", str(out / "M1.tar")).exit_code == 0
    assert (out / "M1.tar").read_bytes() == edigw("export", "M1").stdout_bytes
    assert [path.name for path in out.iterdir()] == ["M1.tar"]


def test_a_name_taken_meanwhile_is_not_replaced(house, tmp_path, monkeypatch):
    """Somebody else makes the file between our write and the rename."""
    made = bundle.bundle(house.ledger, Kind.MESSAGE, 1)
    assert made is not None
    out = tmp_path / "M1.tar"
    sync = os.fsync

    def theirs(descriptor: int) -> None:
        sync(descriptor)
        out.write_bytes(b"theirs")

    monkeypatch.setattr(os, "fsync", theirs)
    with pytest.raises(bundle.NotWritten, match="file exists"):
        bundle.write(made, out)
    assert (out.read_bytes(), list(tmp_path.glob(".export-*"))) == (b"theirs", [])
