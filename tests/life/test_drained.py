"""A daemon whose deliveries ended by a mistake of ours: it stops, says why, and leaves no process behind."""

from __future__ import annotations

import subprocess
import sys

#: The daemon as ``edigw run`` has it, but for one thing: asking what is due fails where it should not.
FAILING = """
import asyncio, sys
from pathlib import Path
from edigw.daemon import Daemon

def ready(daemon):
    async def fail():
        raise RuntimeError("a mistake of ours")
    daemon._deliveries._claim = fail

daemon = Daemon(Path(sys.argv[1]), ready=ready)
try:
    asyncio.run(daemon.run())
finally:
    print("workers:", daemon._pool.pids(), file=sys.stderr)
"""


def test_deliveries_that_failed_leave_no_worker_behind(gateway):
    daemon = subprocess.Popen([sys.executable, "-c", FAILING, str(gateway.root)], stderr=subprocess.PIPE, start_new_session=True, text=True)
    gateway.sessions.append(daemon.pid)
    _, told = daemon.communicate(timeout=120)
    assert daemon.returncode == 1, told
    assert "RuntimeError: a mistake of ours" in told
    assert "workers: []" in told  # stopped, and not only orphaned
    assert list(gateway.left_lying()) == []
