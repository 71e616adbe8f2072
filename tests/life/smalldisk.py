"""A file system of a few hundred kilobytes that is really full when it is full.

Only for tests that run in a mount namespace of their own, where it can be seen by nobody
else and goes with the last process in it: ``in_own_namespace`` starts them there, as root or
as whoever may have user namespaces.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

NEEDED = "a file system of one's own needs root, or a kernel that lets users have namespaces (unshare --map-root-user --mount)"


class SmallDisk:
    """*path* is where it is mounted."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, *, leave: int = 0) -> None:
        """Take every byte that is left but for *leave* of them."""
        with self._ballast.open("ab", buffering=0) as ballast:
            with contextlib.suppress(OSError):
                while ballast.write(b"x" * 4096):
                    pass
            os.truncate(ballast.fileno(), os.fstat(ballast.fileno()).st_size - leave)

    def free(self) -> None:
        """Give back what ``fill`` took."""
        self._ballast.unlink()

    def hold(self, folder: Path) -> None:
        """Let *folder*, which is empty, be on this file system from now on."""
        (self.path / folder.name).mkdir()
        folder.rmdir()
        folder.symlink_to(self.path / folder.name)

    @property
    def _ballast(self) -> Path:
        return self.path / ".ballast"


@contextlib.contextmanager
def mounted(place: Path, size: str) -> Iterator[SmallDisk]:
    """A tmpfs of *size* ("512k") over the folder *place*."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield SmallDisk(place)
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def in_own_namespace(command: Sequence[str | Path], *, within: float) -> subprocess.CompletedProcess[str] | None:
    """Run *command* where what it mounts is seen by itself alone; None where nobody may do that."""
    own = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    try:
        allowed = subprocess.run([*own, "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/tmp"], capture_output=True, timeout=20, check=False)
    except FileNotFoundError:  # no unshare here
        return None
    if allowed.returncode:
        return None
    return subprocess.run([*own, *command], capture_output=True, text=True, timeout=within, check=False)
