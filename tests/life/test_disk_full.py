"""Disks that are really full. Each scene of ``disk_full.py`` runs in a mount namespace of its own, with small disks mounted there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

SCENES = Path(__file__).with_name("disk_full.py")


@pytest.mark.parametrize("scene", ["test_the_ledgers_disk", "test_an_outboxs_disk", "test_an_inboxs_disk"])
def test_disk_full(scene, smalldisk, tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'inside'}", f"{SCENES}::{scene}"]
    done = smalldisk.in_own_namespace(command, within=600)
    if done is None:
        pytest.skip(smalldisk.NEEDED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
