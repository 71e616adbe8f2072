"""Once a day the daemon has done what ``edigw retain`` does: days sealed, and removed what ``retention:`` says.

In a process of its own, and a patient one: it goes through each event of the day. Cut off, it
leaves a ledger that verifies, and the next day's does the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Final

from edigw.audit.retaining import RetainTaken
from edigw.log import get_logger

log = get_logger("retain")

FAILED: Final = "EDIGW-RETAIN-E002"
DAMAGED: Final = "EDIGW-RETAIN-E003"
NICE: Final = 10
STOP_WITHIN: Final = 10.0  # seconds for a step to end


class Retainer:
    """Runs ``edigw retain`` on one instance; *command* is how it is called, for tests."""

    def __init__(self, instance: Path, command: tuple[str, ...] = (sys.executable, "-m", "edigw", "retain", "--json")) -> None:
        self._command = (*command, "--instance", str(instance))
        self._process: asyncio.subprocess.Process | None = None
        self._running = False
        self._stopped = False
        self._trouble = ""  #: why the last run did not do all of it

    def troubles(self) -> list[str]:
        """Why the last run did not do all of it, and what mends it."""
        return [self._trouble] if self._trouble else []

    async def run(self) -> None:
        """One run. What goes wrong is logged and kept in ``troubles``, never raised."""
        if self._stopped or self._running:
            return
        self._running = True
        try:
            await self._run()
        finally:
            self._running, self._process = False, None

    async def _run(self) -> None:
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except OSError as trouble:
            self._failed(f"edigw retain cannot be started: {trouble.strerror or trouble}")
            return
        if self._stopped:  # while it was being started
            await self._end(process)
            return
        with contextlib.suppress(OSError):  # gone already, or not allowed: then it takes its full share
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        said, complaints = await process.communicate()
        if not self._stopped:
            self._ended(process.returncode, _counts(said), (complaints.decode(errors="replace").strip().splitlines() or [""])[-1])

    def _ended(self, status: int | None, counts: dict[str, int], last: str) -> None:
        if status == 0 and counts:
            self._trouble = ""
            log.info("retain.done", **{name: count for name, count in counts.items() if name not in ("dry_run", "damaged")})
        elif status == 1 and counts.get("damaged"):  # and not the end of a program that failed
            self._trouble = f"{DAMAGED} a chain does not hold and is not sealed; next: edigw verify"
            log.error("retain.damaged", why=last, code=DAMAGED, next="edigw verify")
        elif RetainTaken.code in last:
            log.info("retain.elsewhere", why=last)
        else:
            self._failed(last or f"edigw retain ended with status {status}")

    async def stop(self) -> None:
        """End what is under way, and begin nothing more."""
        self._stopped = True
        if self._process is not None:
            await self._end(self._process)

    @staticmethod
    async def _end(process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_WITHIN)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def _failed(self, why: str) -> None:
        self._trouble = f"{FAILED} {why}; next: edigw retain"
        log.error("retain.failed", why=why, code=FAILED, next="edigw retain")


def _counts(said: bytes) -> dict[str, int]:
    """What a run counted; nothing if it did not come so far."""
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
