"""What a kill or a person left to do, one payload of it damaged: the others go on all the same."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import beside
import pytest
from sqlalchemy import update

from edigw import operate, tables
from edigw.agreements import UNKNOWN_SENDER
from edigw.archive import Archive
from edigw.operate import Order
from edigw.states import FileState, Kind, MessageIn, parse_id

DAMAGED = "EDIGW-ARCHIVE-E001"
ADA = Order("ada", "as agreed by phone")
PARTNER = "partners/acme/partner.yaml"
KNOWN, UNKNOWN = "id: ACMESTORES}", "id: SOMEONE}"


@pytest.fixture
def files():
    return beside.module(Path(__file__).with_name("house.py"))


def left(house, *payloads: bytes):
    """Files that a killed daemon had archived, each in the archive's folder, and not judged."""
    archive = Archive(house.folder / "archive")

    def arrive(tx):
        rows = [
            {"channel": "acme-in", "path": f"left{at}.edi", "size": len(data), "mtime_ns": 1000 + at, "ident": str(at), "partner": "acme",
             "payload": tx.payload_ref(archive.put(data)), "sha256": hashlib.sha256(data).digest()}
            for at, data in enumerate(payloads)
        ]  # fmt: skip
        return tx.arrive_all(rows, lease=timedelta(0), why="moved")

    return [row.label for row in house.ledger.run(arrive)]


def spoil(house, data: bytes) -> None:
    """Damage the bytes of a payload in the archive's folder."""
    path = Archive(house.folder / "archive").path(hashlib.sha256(data).digest())
    path.write_bytes(b"\0" + data[1:])


def damage_in_ledger(house, payload: int) -> None:
    def damage(tx):
        tx.connection.execute(update(tables.payload).where(tables.payload.c.id == payload).values(body=b"x" * 40, codec="raw"))

    house.ledger.run(damage)


def test_a_damaged_file_is_quarantined_and_those_behind_it_are_judged(house, files):
    first, second = left(house, files.ORDER, files.TWO)
    spoil(house, files.ORDER)
    house.carry_on()
    row = house.row(first)
    assert (row.state, row.held) == (FileState.QUARANTINED, DAMAGED)
    assert hashlib.sha256(files.ORDER).hexdigest() in row.reason
    assert house.state(second) == ["split"]
    Archive(house.folder / "archive").put(files.ORDER)  # restored from a backup
    operate.replay(house.ledger, *parse_id(first), ADA)
    house.carry_on()
    assert house.state(first) == ["split"]


def test_an_archive_that_is_not_mounted_holds_nothing(house, files):
    """However often it is looked at meanwhile: nothing is set aside, and what is left is judged when it is back."""
    (left_file,) = left(house, files.ORDER)
    archive = house.folder / "archive"
    archive.rename(house.folder / "elsewhere")
    for _ in range(4):
        house.carry_on()
        house.ledger.release(Kind.FILE, [house.row(left_file)])  # as if its lease had ended
    assert house.state(left_file) == ["archived"]
    assert house.row(left_file).attempt > 3
    (house.folder / "elsewhere").rename(archive)
    house.carry_on()
    assert house.state(left_file) == ["split"]


def test_a_damaged_interchange_that_was_released_is_held_and_the_next_goes_on(house, files):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    house.arrive(files.TWO, "two.edi")
    assert [house.row(label).held for label in ("I1", "I2")] == [UNKNOWN_SENDER] * 2
    house.edit(PARTNER, UNKNOWN, KNOWN)
    for label in ("I1", "I2"):
        operate.release(house.ledger, *parse_id(label), ADA)
    damage_in_ledger(house, house.row("F1").payload)
    house.carry_on()
    assert (house.state("I1"), house.row("I1").held) == (["held"], DAMAGED)
    assert house.state("I2") == ["answered"]
    assert house.where(Kind.MESSAGE, MessageIn.MAPPED) == ["M1", "M2"]
