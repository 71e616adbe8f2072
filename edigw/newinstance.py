"""What ``edigw init`` makes: an instance that starts, listens on loopback only and knows nobody.

Keys are made here, readable by their owner alone. Nothing that exists is ever written over.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import secrets as random
from importlib import resources
from pathlib import Path

from edigw.errors import EdigwError
from edigw.records import dataclass

FOLDERS = ("partners", "inbox", "outbox")
PRIVATE = ("keys", "archive")  # mode 0700: keys, and everything partners ever sent
SECRET_BYTES = 32


class NotEmpty(EdigwError):
    """The folder holds something already; nothing was written."""

    code = "EDIGW-INIT-E001"


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, as paths in the instance. *host_key* is False where asyncssh is missing."""

    written: tuple[str, ...]
    host_key: bool


def make(folder: Path) -> Made:
    """Make an instance in *folder*. Raises NotEmpty, or OSError where the folder cannot be written."""
    if folder.exists() and any(folder.iterdir()):
        what = "is an instance already" if (folder / "edigw.yaml").exists() else "is not empty"
        raise NotEmpty(f"{folder} {what}; name a folder that is empty or not there yet")
    folder.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir()
    for name in PRIVATE:
        (folder / name).mkdir(mode=0o700)
    written = ["keys/erp"]
    _write(folder / "keys/erp", b"whsec_" + base64.b64encode(random.token_bytes(SECRET_BYTES)) + b"\n", 0o600)
    host_key = importlib.util.find_spec("asyncssh") is not None
    if host_key:
        import asyncssh  # an extra: only where it is installed

        key = asyncssh.generate_private_key("ssh-ed25519", comment="edigw SFTP inbox")
        _write(folder / "keys/sftpd", key.export_private_key("openssh"), 0o600)
        _write(folder / "keys/sftpd.pub", key.export_public_key("openssh"), 0o644)
        written += ["keys/sftpd", "keys/sftpd.pub"]
    templates = resources.files("edigw") / "templates"
    settings = (templates / "edigw.yaml").read_text(encoding="utf-8")
    if not host_key:
        settings = settings.replace("\nsftpd:", "\n# sftpd:")
    _write(folder / "partners/README.md", (templates / "partners/README.md").read_bytes(), 0o644)
    # The settings come last: what was cut short by a full disk or a kill is no instance and says so.
    _write(folder / "edigw.yaml", settings.encode(), 0o644)
    return Made(("edigw.yaml", "partners/README.md", *written), host_key)


def _write(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
