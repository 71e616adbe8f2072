"""An instance whose flows run when a test says so, on both databases."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import beside
import pytest


def load() -> ModuleType:
    """The helper module beside this, which the tests of other rooms use too."""
    return beside.module(Path(__file__).with_name("house.py"))


@pytest.fixture
def clock():
    return load().Clock()


@pytest.fixture
def house(database_url, clock, tmp_path):
    """The instance; at its end the ledger must be at peace with itself."""
    made = load().House(tmp_path / "instance", database_url, clock)
    with made.ledger:
        yield made
        assert made.ledger.invariants() == []
