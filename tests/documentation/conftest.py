"""Puts the runner of pages beside its tests."""

from __future__ import annotations

from pathlib import Path

import beside
import pytest


@pytest.fixture(scope="session")
def tutorial():
    return beside.module(Path(__file__).with_name("tutorial.py"))
