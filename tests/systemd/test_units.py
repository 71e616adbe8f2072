"""The units are as tight as systemd itself judges, and the installer puts them where they belong and takes them away again."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from edigw import notify

HERE = Path(__file__).parents[2] / "systemd"
UNITS = ("edigw.service", "edigw-openssh.service")
ANALYZE = shutil.which("systemd-analyze")
MOST = 2.0  # of 10; what systemd-analyze calls OK


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is missing; next: apt-get install systemd")
@pytest.mark.parametrize("unit", UNITS)
def test_the_exposure(unit):
    done = subprocess.run([ANALYZE, "security", "--offline=true", f"./{unit}"], cwd=HERE, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) < MOST


@pytest.mark.parametrize("unit", UNITS)
def test_what_the_gateway_relies_on(unit):
    lines = (HERE / unit).read_text().splitlines()
    for line in ("Type=notify-reload", "WatchdogSec=120", "LoadCredential=erp:/etc/edigw/credentials/erp", "Restart=on-failure"):
        assert line in lines
    assert ("DynamicUser=yes" in lines) is (unit == "edigw.service")
    assert ("ReadWritePaths=/srv/edigw" in lines) is (unit == "edigw-openssh.service")


@pytest.mark.parametrize("options", [(), ("--openssh",)], ids=["dynamic", "openssh"])
def test_installed_twice_and_taken_away(tmp_path, options):
    """A second time is an upgrade: secrets stay as they are. Uninstalled, they still stay, until --purge."""
    wheel = tmp_path / "edigw.whl"
    wheel.touch()
    root = tmp_path / "root"
    for _ in range(2):
        subprocess.run([HERE / "install", *options, "--root", root, wheel], check=True, capture_output=True)
        kept = {path.name: path.read_bytes() for path in (root / "etc/edigw/credentials").iterdir()}
    assert sorted(kept) == ["erp", "sftpd", "sftpd.pub"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (root / "etc/edigw/credentials").glob("[es]*[!b]"))
    unit = HERE / ("edigw-openssh.service" if options else "edigw.service")
    assert (root / "etc/systemd/system/edigw.service").read_text() == unit.read_text()
    assert (root / "etc/ssh/sshd_config.d/edigw.conf").exists() is bool(options)
    subprocess.run([HERE / "uninstall", "--root", root], check=True, capture_output=True)
    assert not list(root.rglob("edigw.service"))
    assert not list(root.rglob("edigw.conf"))
    assert {path.name: path.read_bytes() for path in (root / "etc/edigw/credentials").iterdir()} == kept
    subprocess.run([HERE / "uninstall", "--root", root, "--purge"], check=True, capture_output=True)
    assert not (root / "etc/edigw").exists()


@pytest.mark.parametrize(("words", "said"), [([], "name the wheel"), (["none.whl"], "none.whl is no file"), (["--what"], "unknown option --what")])
def test_the_installer_says_what_it_needs(words, said):
    done = subprocess.run([HERE / "install", *words], capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stderr, "next: " in done.stderr) == (2, True, True)


@pytest.mark.parametrize("abstract", [False, True])
def test_systemd_is_told(tmp_path, monkeypatch, abstract):
    address = f"\0edigw-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address.replace("\0", "@"))
        assert notify.ready("2 channels")
        assert manager.recv(1000) == b"READY=1\nSTATUS=2 channels"
        assert notify.reloading()
        assert re.fullmatch(rb"RELOADING=1\nMONOTONIC_USEC=\d+", manager.recv(1000))
    assert notify.progress() is False  # nobody is there any more
    monkeypatch.delenv("NOTIFY_SOCKET")
    assert notify.stopping() is False


def test_the_watchdogs_half(monkeypatch):
    monkeypatch.setenv("WATCHDOG_USEC", "120000000")
    assert notify.watchdog_every() == 60.0
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert notify.watchdog_every() == 0.0  # it is asked of another process
