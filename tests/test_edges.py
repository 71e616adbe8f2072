"""An edge ends the process with SIGKILL, at the passage asked for and at no other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from edigw import edges

WALK = """
from edigw.edges import edge
for step in ("put:written", "put:synced", "put:written", "put:written"):
    edge(step)
    print(step, flush=True)
"""


def walk(crash_at: str | None) -> tuple[int, list[str], str]:
    environment = {name: value for name, value in os.environ.items() if name != edges.CRASH_AT}
    if crash_at is not None:
        environment[edges.CRASH_AT] = crash_at
    done = subprocess.run([sys.executable, "-c", WALK], env=environment, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout.split(), done.stderr


@pytest.mark.parametrize(
    ("crash_at", "status", "passed"),
    [
        pytest.param(None, 0, 4, id="not armed"),
        pytest.param("", 0, 4, id="set but empty"),
        pytest.param("put:written", -signal.SIGKILL, 0, id="first passage by default"),
        pytest.param("put:written:1", -signal.SIGKILL, 0, id="first passage"),
        pytest.param("put:written:3", -signal.SIGKILL, 3, id="third passage"),
        pytest.param("put:written:4", 0, 4, id="fewer passages than asked"),
        pytest.param("put:renamed", 0, 4, id="an edge that is never passed"),
    ],
)
def test_kill(crash_at, status, passed):
    returned, lines, _ = walk(crash_at)
    assert (returned, len(lines)) == (status, passed)


def test_a_misspelt_kill_is_refused_and_not_ignored():
    returned, lines, complaint = walk("put:writen")
    assert (returned, lines) == (1, [])
    assert "nearest is 'put:written'" in complaint


def test_an_undeclared_edge_raises():
    with pytest.raises(edges.UndeclaredEdge) as caught:
        edges.edge("put:wirtten")
    assert caught.value.name == "put:wirtten"


@pytest.mark.parametrize("name", sorted(edges.NAMES))
def test_names_read_step_and_edge(name):
    step, separator, place = name.partition(":")
    assert separator
    assert step.isidentifier()
    assert place.replace("-", "").isalpha()
