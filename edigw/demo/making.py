"""The demo's instance: fresh each time, what was there before is moved aside and never deleted.

The samples come with the package (``templates/samples``; in a checkout that is a link to
``samples/``), so an installed wheel shows the same demo as a checkout.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template

import asyncssh

from edigw import control, newinstance
from edigw.demo.ports import HOST
from edigw.errors import EdigwError
from edigw.records import dataclass

PARTNERS = ("acme", "nordwind")
LOG = "edigw.log"


class InUse(EdigwError):
    """The folder is not the demo's to move: a gateway runs in it, or it holds something else."""

    code = "EDIGW-DEMO-E001"


@dataclass(frozen=True, slots=True)
class Made:
    """The demo's instance, before anything runs in it."""

    folder: Path
    sftp_port: int
    http_port: int
    moved: Path | None  #: where an earlier demo was moved to

    @property
    def secret(self) -> str:
        """What signs deliveries; the back office gets it in its environment."""
        return (self.folder / "keys/erp").read_text(encoding="ascii").strip()

    @property
    def host_key(self) -> str:
        """The public line of our SFTP inbox's key."""
        return (self.folder / "keys/sftpd.pub").read_text(encoding="ascii").strip()

    @property
    def ssh_config(self) -> Path:
        """For ``sftp -F``: one Host for each partner, so that ``sftp -F ssh_config acme`` needs nothing else."""
        return self.folder / "ssh_config"


def samples() -> Traversable:
    """The samples that come with the package."""
    return resources.files("edigw") / "templates" / "samples"


def make(folder: Path, ports: tuple[int, int], *, now: Callable[[], datetime]) -> Made:
    """Make the demo's instance in *folder*; an earlier instance there is moved aside.

    *ports*: where the SFTP inbox and the back office are to be found. Raises InUse when a
    gateway runs there or the folder holds something that is no instance, and OSError where
    nothing can be written.
    """
    folder = folder.absolute()
    moved = _move_aside(folder, now)
    newinstance.make(folder)
    made = Made(folder, *ports, moved)
    for name in PARTNERS:
        _copy(samples() / "partners" / name, folder / "partners" / name)
        for way in ("inbox", "outbox"):
            (folder / way / name).mkdir()
        _key(folder, name)
    _ssh_files(made)
    settings = Template((resources.files("edigw") / "templates/demo.yaml").read_text(encoding="utf-8"))
    text = settings.substitute(sftp_port=made.sftp_port, http_port=made.http_port)
    (folder / "edigw.yaml").write_text(text, encoding="utf-8")
    return made


def _move_aside(folder: Path, now: Callable[[], datetime]) -> Path | None:
    if not folder.exists() or not any(folder.iterdir()):
        return None
    if not (folder / "edigw.yaml").is_file():
        raise InUse(f"{folder} holds something that is no instance; name a folder that is empty or not there yet")
    if control.poke(folder, "ping") is not None:
        raise InUse(f"a gateway runs in {folder}; stop it first (Ctrl-C), or name another folder")
    stamp = now().strftime("%Y%m%d-%H%M%S")
    names = [f"{folder.name}-{stamp}"] + [f"{folder.name}-{stamp}-{number}" for number in range(2, 100)]
    aside = next(path for path in map(folder.with_name, names) if not path.exists())
    folder.rename(aside)
    return aside


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir()
    for one in source.iterdir():
        if one.is_dir():
            _copy(one, target / one.name)
        else:
            (target / one.name).write_bytes(one.read_bytes())


def _key(folder: Path, partner: str) -> None:
    """A key pair: the private half under ``keys/``, which in real life only the partner has."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment=f"{partner}, made for the demo")
    with os.fdopen(os.open(folder / "keys" / partner, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(key.export_private_key("openssh"))
    (folder / "partners" / partner / f"{partner}.pub").write_bytes(key.export_public_key("openssh"))


def _ssh_files(made: Made) -> None:
    known = made.folder / "keys/known_hosts"
    known.write_text(f"[{HOST}]:{made.sftp_port} {made.host_key}\n", encoding="ascii")
    lines = ["# sftp -F THIS_FILE acme: what a partner would write into its own ~/.ssh/config"]
    for name in PARTNERS:
        lines += [
            f"Host {name}",
            f"  HostName {HOST}",
            f"  Port {made.sftp_port}",
            f"  User {name}",
            f"  IdentityFile {_quoted(made.folder / 'keys' / name)}",
            "  IdentitiesOnly yes",
            f"  UserKnownHostsFile {_quoted(known)}",
            "  GlobalKnownHostsFile none",
        ]
    made.ssh_config.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(path: Path) -> str:
    """A path as OpenSSH reads it back: its tokens begin with a percent sign."""
    return '"' + str(path).replace("%", "%%") + '"'
