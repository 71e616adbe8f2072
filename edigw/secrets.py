"""Secrets by reference: ``env:NAME``, ``file:PATH``, ``credential:NAME``.

A configuration names where a secret is and never holds one, so it can be shown, stored in
the ledger and put under version control. A reference becomes a value at the moment it is
used and not before; what was handed out is remembered here only to keep it out of the log.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from edigw.errors import EdigwError
from edigw.records import dataclass

MAX_BYTES = 64 * 1024  # the largest private key in use is 13 KB
_WORTH_HIDING = 6  # characters; shorter values would blank out ordinary words of the log
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")

_handed_out: set[str] = set()


class SecretUnavailable(EdigwError):
    """A referenced secret cannot be read, or may be read by others. Never carries its value."""

    code = "EDIGW-SECRET-E001"
    advice = "edigw check"


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is. Printing one shows the reference."""

    kind: Literal["env", "file", "credential"]
    name: str
    place: str = ""  #: file:line:column of the reference

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


def parse(text: str, place: str = "") -> Secret:
    """The reference *text* is. Raises ValueError, which does not repeat *text*: it may be the secret itself."""
    kind, colon, name = text.partition(":")
    if colon and name:
        if kind == "env" and _ENV.fullmatch(name):
            return Secret("env", name, place)
        if kind == "credential" and _CREDENTIAL.fullmatch(name):
            return Secret("credential", name, place)
        if kind == "file" and name.isprintable():
            return Secret("file", name, place)
    raise ValueError("a secret is named, never written here")


def resolve(secret: Secret, base: Path, environ: Mapping[str, str] = os.environ) -> str:
    """The secret's text, without line ends behind it. Relative paths start at *base*, the instance.

    Raises SecretUnavailable when it is not there, is empty, is no text, or when a file may be
    read by everybody or written by others than its owner.
    """
    raw = resolve_bytes(secret, base, environ)
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise SecretUnavailable(f"{secret} is no text") from None
    if not text:
        raise SecretUnavailable(f"{secret} is empty")
    if len(text) >= _WORTH_HIDING:
        _handed_out.add(text)
    return text


def resolve_bytes(secret: Secret, base: Path, environ: Mapping[str, str] = os.environ) -> bytes:
    """The secret as it stands, for keys. Raises as ``resolve`` does."""
    if secret.kind == "env":
        value = environ.get(secret.name)
        if value is None:
            raise SecretUnavailable(f"{secret} is not set")
        return value.encode("utf-8", "surrogateescape")
    if secret.kind == "file":
        return _read(secret, base / secret.name)
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretUnavailable(f"{secret} needs CREDENTIALS_DIRECTORY, which systemd sets; see LoadCredential=")
    return _read(secret, Path(folder) / secret.name)


def _read(secret: Secret, path: Path) -> bytes:
    try:
        # O_NONBLOCK: a FIFO in the secret's place must not hang the start.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise SecretUnavailable(f"{secret} is no file")
            if secret.kind == "file" and state.st_mode & 0o027:
                raise SecretUnavailable(f"{secret} may be read or changed by others (mode {state.st_mode & 0o777:o}); chmod 600 {path}")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SecretUnavailable(f"{secret} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BYTES:
        raise SecretUnavailable(f"{secret} has more than {MAX_BYTES} bytes")
    if not data.strip():
        raise SecretUnavailable(f"{secret} is empty")
    return data


def redact(text: str) -> str:
    """*text* with every secret handed out so far replaced by ``[secret]``."""
    for value in _handed_out:
        if value in text:
            text = text.replace(value, "[secret]")
    return text
