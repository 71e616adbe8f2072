"""Secrets by reference: found, refused, never shown."""

from __future__ import annotations

import os

import pytest

from edigw import secrets
from edigw.secrets import Secret, SecretUnavailable, parse, resolve, resolve_bytes


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("env:ERP_SECRET", Secret("env", "ERP_SECRET")),
        ("file:keys/erp", Secret("file", "keys/erp")),
        ("file:/run/secrets/erp", Secret("file", "/run/secrets/erp")),
        ("credential:erp", Secret("credential", "erp")),
    ],
)
def test_references(text, secret):
    assert parse(text) == secret
    assert str(secret) == text


@pytest.mark.parametrize("text", ["", "hunter2", "env:", "env:A-B", "env:1A", "credential:../x", "credential:a/b", "vault:x", "file:a\nb", "ENV:X"])
def test_no_references_and_not_repeated(text):
    with pytest.raises(ValueError, match="a secret is named, never written here") as caught:
        parse(text)
    assert "hunter2" not in str(caught.value)


def test_values_come_from_where_they_are_named(tmp_path):
    (tmp_path / "key").write_text("whsec_abc\n")
    (tmp_path / "key").chmod(0o600)
    where = {"ERP": "from the environment", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert resolve(parse("env:ERP"), tmp_path, where) == "from the environment"
    assert resolve(parse("file:key"), tmp_path, where) == "whsec_abc"
    assert resolve(parse("credential:key"), tmp_path, where) == "whsec_abc"
    assert resolve_bytes(parse("file:key"), tmp_path) == b"whsec_abc\n"


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        pytest.param(0o644, "may be read or changed by others (mode 644); chmod 600", id="everybody reads"),
        pytest.param(0o620, "may be read or changed by others (mode 620)", id="the group writes"),
        pytest.param(0o601, "may be read or changed by others (mode 601)", id="everybody executes"),
    ],
)
def test_files_that_others_reach(tmp_path, mode, says):
    (tmp_path / "key").write_text("x")
    (tmp_path / "key").chmod(mode)
    with pytest.raises(SecretUnavailable, match="others") as caught:
        resolve(parse("file:key"), tmp_path)
    assert says in str(caught.value)


def test_a_group_may_read(tmp_path):
    (tmp_path / "key").write_text("x")
    (tmp_path / "key").chmod(0o640)
    assert resolve(parse("file:key"), tmp_path) == "x"


def test_what_is_no_secret(tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "empty").chmod(0o600)
    (tmp_path / "large").write_bytes(b"x" * 70_000)
    (tmp_path / "large").chmod(0o600)
    os.mkfifo(tmp_path / "pipe", 0o600)
    cases = {
        "file:absent": "cannot be read: No such file",
        "file:empty": "is empty",
        "file:large": "more than 65536 bytes",
        "file:pipe": "is no file",
        "env:ABSENT": "is not set",
        "credential:x": "needs CREDENTIALS_DIRECTORY",
    }
    for reference, says in cases.items():
        with pytest.raises(SecretUnavailable, match=says):
            resolve(parse(reference), tmp_path, {})


def test_handed_out_values_are_blanked():
    resolve(parse("env:S"), "", {"S": "a-very-secret-value"})  # type: ignore[arg-type]
    assert secrets.redact("the header was a-very-secret-value!") == "the header was [secret]!"
