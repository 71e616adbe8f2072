"""Commands as a person gives them, on an instance whose ledger the flows have filled."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import beside
import pytest
from click.testing import CliRunner, Result

HOUSE = Path(__file__).parents[1] / "operate" / "house.py"


def load() -> ModuleType:
    """The instance that the tests of ``operate`` use too."""
    return beside.module(HOUSE)


@pytest.fixture
def files() -> ModuleType:
    return load()


@pytest.fixture
def build_house(tmp_path):
    """Makes the instance on a database, by default its own ledger.db; at its end the ledger must be at peace."""
    made = []

    def build(database: str = ""):
        folder = tmp_path / "instance"
        made.append(load().House(folder, database or f"sqlite:///{folder}/ledger.db", lambda: datetime.now(UTC)))
        return made[-1]

    yield build
    for house in made:
        with house.ledger:
            assert house.ledger.invariants() == []


@pytest.fixture
def house(build_house):
    return build_house()


@pytest.fixture
def edigw(house):
    """``edigw("list", "--json")`` in the instance: its result."""

    def call(*words: str, **more: object) -> Result:
        from edigw.cli import main

        return CliRunner().invoke(main, ["--instance", str(house.folder), *words], **more)

    return call
