"""Puts the runner of pages beside its tests."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

NAME = "edigw_tests_tutorial"


@pytest.fixture(scope="session")
def tutorial():
    if NAME not in sys.modules:
        spec = importlib.util.spec_from_file_location(NAME, Path(__file__).parent / "tutorial.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[NAME] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[NAME])
    return sys.modules[NAME]
