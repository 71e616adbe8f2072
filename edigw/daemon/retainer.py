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
        self._stopped = False
        self._trouble = ""  #: why the last run did not do all of it

    def troubles(self) -> list[str]:
        """Why the last run did not do all of it, and what mends it."""
        return [self._trouble] if self._trouble else []

    async def run(self) -> None:
        """One run. What goes wrong is logged and kept in ``troubles``, never raised."""
        if self._stopped or self._process is not None:
            return
        pipe = asyncio.subprocess.PIPE
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe, start_new_session=True
            )
        except OSError as trouble:
            self._failed(f"edigw retain cannot be started: {trouble.strerror or trouble}")
            return
        with contextlib.suppress(OSError):  # gone already, or not allowed: then it takes its full share
            os.setpriority(os.PRIO_PROCESS, process.pid, NICE)
        try:
            said, complaints = await process.communicate()
        finally:
            self._process = None
        if self._stopped:
            return
        last = (complaints.decode(errors="replace").strip().splitlines() or [""])[-1]
        if process.returncode == 0:
            self._trouble = ""
            log.info("retain.done", **self._counts(said))
        elif process.returncode == 1:
            self._trouble = f"{DAMAGED} a chain does not hold and is not sealed; next: edigw verify"
            log.error("retain.damaged", why=last, code=DAMAGED, next="edigw verify")
        else:
            self._failed(last or f"edigw retain ended with status {process.returncode}")

    async def stop(self) -> None:
        """End what is under way, and begin nothing more."""
        self._stopped = True
        if (process := self._process) is None:
            return
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

    @staticmethod
    def _counts(said: bytes) -> dict[str, int]:
        return {name: count for name, count in json.loads(said).items() if name not in ("dry_run", "damaged")}
