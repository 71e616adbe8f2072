"""An instance on each database whose ledger the flows have filled; made once, for the tests only read it or put back what they change."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import beside
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, insert, select, update

from edigw import generation
from edigw.archive import Archive
from edigw.inbound.arrivals import Arrived
from edigw.pool import FileTask
from edigw.states import DeliveryState

HOUSE = Path(__file__).parents[1] / "operate" / "house.py"
LARGE = b"%PDF-1.4\n" + random.Random(4).randbytes(400_000)  # stays above 256 KB when it is compressed


def load() -> ModuleType:
    return beside.module(HOUSE)


@pytest.fixture(scope="session")
def files() -> ModuleType:
    return load()


def arrive_large(house: Any, data: bytes = LARGE) -> Any:
    """A file that belongs into the archive's folder arrives; nothing in it can be read."""
    packed = Archive(house.folder / "archive").keep(data)
    assert packed.codec == "archive"
    payload = house.ledger.run(lambda tx: tx.payload(packed))
    row = house.ledger.run(
        lambda tx: tx.arrive(
            channel="acme-in", path="large.pdf", size=len(data), mtime_ns=77, ident=hashlib.sha256(data).hexdigest()[:8], partner="acme",
            lease=load().LEASE, why="moved", payload=payload, sha256=packed.sha256,
        )
    )  # fmt: skip
    house.ledger.run(lambda tx: tx.retired([row.id]))
    asyncio.run(house._flow().process([Arrived(row, FileTask(data, "large.pdf", "acme-in"))]))
    return house.row(row.label)


def filled(folder: Path, database: str, clock: Callable[[], Any]) -> Any:
    """Orders answered and delivered, one refused, one twice, one held, a file that is no EDI."""
    house = load().House(folder, database, clock)
    data = generation.read(folder).to_bytes()
    house.ledger.run(lambda tx: tx.generation(data))
    house.arrive(load().ORDER)
    house.arrive(load().TWO, "two.edi")
    house.arrive(load().NO_NUMBER, "bad.edi")
    house.arrive(load().ORDER, "again.edi")
    house.tried(DeliveryState.DONE, "200")
    house.arrive(b"no EDI at all", "note.txt")
    return house


@pytest.fixture(name="filled", scope="session")
def filled_() -> Callable[..., Any]:
    return filled


@pytest.fixture(name="arrive_large", scope="session")
def arrive_large_() -> Callable[..., Any]:
    return arrive_large


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request, tmp_path_factory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("audit") / "instance"
    database = f"sqlite:///{folder}/ledger.db" if request.param == "sqlite" else request.getfixturevalue("postgresql").database()
    made = filled(folder, database, load().Clock())
    arrive_large(made)
    with made.ledger:
        yield made
        assert made.ledger.verify_chain() == []


@pytest.fixture
def edigw(house) -> Callable[..., Result]:
    """``edigw("verify")`` in the instance: its result."""
    from edigw.cli import main

    return lambda *words: CliRunner().invoke(main, ["--instance", str(house.folder), *words])


@pytest.fixture
def changed(house) -> Callable[..., Any]:
    """``with changed(table, number, size=3)``: the row has other bytes meanwhile; without columns it is not there."""

    @contextlib.contextmanager
    def change(table: Any, number: int, **columns: Any) -> Iterator[None]:
        engine = house.ledger._database.writing
        with engine.connect() as connection, connection.begin():
            before = dict(connection.execute(select(table).where(table.c.id == number)).mappings().one())
            connection.execute(update(table).where(table.c.id == number).values(columns) if columns else delete(table).where(table.c.id == number))
        try:
            yield
        finally:
            with engine.connect() as connection, connection.begin():
                back = update(table).where(table.c.id == number).values({name: before[name] for name in columns}) if columns else insert(table).values(before)
                connection.execute(back)

    return change
