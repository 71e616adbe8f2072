"""Several daemons on one instance: the nodes of a gateway, each a process with a name, to be killed and started again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import forked


class Node:
    """One node of *gateway*, or its place while it is dead."""

    def __init__(self, gateway: Any, name: str, *, log: str = "") -> None:
        self.gateway = gateway
        self.name = name
        self._log = log or name
        self.starts = 0
        self.process: forked.Process | None = None

    @property
    def log_file(self) -> Path:
        return self.gateway.root / f"{self._log}-{self.starts}.log"

    def start(self) -> None:
        self.starts += 1
        with self.log_file.open("wb") as log:
            words = ["--instance", str(self.gateway.root), "run", "--node", self.name]
            self.process = forked.start(words, cwd=self.gateway.root, stdout=log, stderr=log)

    def facts(self, event: str) -> list[dict[str, Any]]:
        """What this start of the node logged as *event*."""
        lines = self.log_file.read_bytes().splitlines(keepends=True) if self.log_file.exists() else []
        found = (json.loads(line) for line in lines if line.startswith(b"{") and line.endswith(b"\n") and f'"{event}"'.encode() in line)
        return [fact for fact in found if fact.get("event") == event]

    def is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}\n{self.tail()}"
        return bool(self.facts("daemon.ready"))

    @property
    def sftp_port(self) -> int:
        return int(self.facts("sftpd.listening")[0]["port"])

    def tail(self) -> str:
        return self.log_file.read_text(errors="replace")[-3000:] if self.log_file.exists() else ""

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self._over()

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self, within: float = 120) -> int:
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(within)
        self._over()
        return status

    def _over(self) -> None:
        assert self.process is not None
        self.process.wait()
        self.gateway.sessions.append(self.process.pid)  # whatever it left behind is looked for
        self.process = None

    def close(self) -> None:
        if self.process is not None:
            self.process.kill()
            self._over()
        for pid in self.gateway.left_behind():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
