"""An instance whose flows run when a test says so, on both databases."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def load() -> ModuleType:
    """The helper module beside this, which is no package."""
    name = "edigw_tests_house"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("house.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


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
