"""Real servers and clients on loopback."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import beside
import pytest


def load(name: str) -> ModuleType:
    """A helper module beside this."""
    return beside.module(Path(__file__).with_name(f"{name}.py"))


@pytest.fixture(scope="session")
def sink_module() -> ModuleType:
    return load("sink")
