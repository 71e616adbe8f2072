"""``edigw check --connect``: what partners' servers show, before anybody relies on them."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import beside
import pytest

from edigw import newinstance

PARTNER = Path(__file__).with_name("partner.py")


@pytest.fixture
def instance(tmp_path):
    newinstance.make(tmp_path / "hub")
    return tmp_path / "hub"


def test_what_each_server_shows(instance, tmp_path):
    with beside.module(PARTNER).serving(tmp_path / "partner") as server, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        (instance / "keys/hub").write_text(server.private_key)
        (instance / "keys/hub").chmod(0o600)
        (instance / "keys/word").write_text("wrong")
        (instance / "keys/word").chmod(0o600)
        (tmp_path / "partner/out/po.edi").write_bytes(b"x")
        rest = "user: hub, timeout: 1s, get: /out, put: /in"
        pinned = f'host_key: "{server.fingerprint}"'
        channels = {
            "good": f"port: {server.port}, key: file:keys/hub, {pinned}, {rest}",
            "changed": f'port: {server.port}, key: file:keys/hub, host_key: "SHA256:{43 * "A"}", {rest}',
            "stranger": f"port: {server.port}, password: file:keys/word, {pinned}, {rest}",
            "away": f"port: {nobody.getsockname()[1]}, key: file:keys/hub, {pinned}, {rest}",
            "folder": f"port: {server.port}, key: file:keys/hub, {pinned}, user: hub, get: /nowhere",
        }
        text = 'gateway: {name: hub, x12: [{qualifier: ZZ, id: US}]}\nchannels:\n' + "".join(
            f"  {name}: {{sftp: 127.0.0.1, {words}}}\n" for name, words in channels.items()
        )
        (instance / "edigw.yaml").write_text(text)
        done = subprocess.run([sys.executable, "-m", "edigw", "check", "--connect", "--json", str(instance)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("checked ")] == []  # nothing but our own lines
    said = {row["line"]: row for row in json.loads(done.stdout) if "channel " in row["text"]}
    place = f"sftp://hub@127.0.0.1:{server.port}"
    assert said[3]["text"] == f"channel good: {place} shows {server.fingerprint} (ssh-ed25519), as pinned; logged in as hub; get: /out has 1 name; put: /in has 0 names"
    assert [(said[line]["kind"], said[line]["code"]) for line in range(3, 8)] == [
        ("note", ""),
        ("problem", "EDIGW-CHANNEL-E008"),
        ("problem", "EDIGW-CHANNEL-E009"),
        ("problem", "EDIGW-CHANNEL-E010"),
        ("problem", "EDIGW-CHANNEL-E001"),
    ]
    assert server.fingerprint in said[4]["text"]  # what a person compares by telephone
    assert "does not let hub in by password" in said[5]["text"]
    assert "connection refused" in said[6]["text"]
    assert "logged in, but get: the folder /nowhere cannot be listed: No such file" in said[7]["text"]
    assert all(said[line]["advice"] for line in range(4, 7))


def test_nothing_is_tried_with_a_mistake_in_edigw_yaml(instance):
    (instance / "edigw.yaml").write_text("gateway: {nam: hub}\n")
    done = subprocess.run([sys.executable, "-m", "edigw", "check", "--connect", str(instance)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, "no server was tried" in done.stderr) == (1, True), done.stderr
