"""Whom alerts are told."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import beside
import pytest


def load() -> ModuleType:
    return beside.module(Path(__file__).with_name("post.py"))


@pytest.fixture
def mails():
    with load().running(load().Mails()) as server:
        yield server


@pytest.fixture
def posts():
    with load().running(load().Posts()) as server:
        yield server
