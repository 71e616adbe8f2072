"""What our inbox allows: bytes and files that wait, and logins in vain."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from edigw.transports.logins import MANY, MOST, Logins, network_of
from edigw.transports.quota import OverQuota, Quota


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def inbox(root: Path, name: str, *sizes: int) -> Path:
    folder = root / name
    folder.mkdir()
    for number, size in enumerate(sizes):
        (folder / f"{number}.edi").write_bytes(size * b"x")
    return folder


def test_what_stands_there_counts_and_what_is_taken_makes_room(tmp_path, clock):
    quota, folder = Quota(100, 10, 1000, clock=clock), inbox(tmp_path, "acme", 60)
    quota.take(folder, 40)
    with pytest.raises(OverQuota, match="100 bytes wait in in/ and 100 may") as said:
        quota.take(folder, 1)
    assert said.value.errno == errno.EDQUOT
    (folder / "0.edi").unlink()
    with pytest.raises(OverQuota):  # looked at less than a second ago
        quota.take(folder, 1)
    clock.now += 1
    quota.take(folder, 100)  # nothing stands there: what was let in before has not been written


def test_files_count_however_small(tmp_path, clock):
    quota, folder = Quota(100, 3, 1000, clock=clock), inbox(tmp_path, "acme", 0, 0)
    quota.take(folder, 0, files=1)
    with pytest.raises(OverQuota, match="3 files wait in in/ and 3 may"):
        quota.take(folder, 0, files=1)


def test_one_partner_cannot_take_the_others_room_but_all_together_can(tmp_path, clock):
    quota = Quota(100, 10, 150, clock=clock)
    acme, nordwind = inbox(tmp_path, "acme", 90), inbox(tmp_path, "nordwind")
    quota.take(acme, 10)
    quota.take(nordwind, 50)
    with pytest.raises(OverQuota, match="all inboxes of this gateway are full"):
        quota.take(nordwind, 1)
    quota.keep({nordwind})
    quota.take(nordwind, 1)


def test_an_inbox_that_is_gone(tmp_path, clock):
    with pytest.raises(FileNotFoundError):
        Quota(1, 1, 1, clock=clock).take(tmp_path / "gone", 1)


def test_an_address_waits_after_too_many_tries_and_is_forgotten(clock):
    logins = Logins(3, 60.0, clock=clock)
    assert [logins.failed("192.0.2.1", "root", known=False) for _ in range(4)] == [(False, False), (False, False), (True, False), (False, False)]
    assert logins.shut_out("192.0.2.1") == 60.0
    assert logins.shut_out("192.0.2.2") == 0.0
    clock.now += 59
    assert logins.shut_out("192.0.2.1") == 1.0
    clock.now += 1
    assert logins.shut_out("192.0.2.1") == 0.0


def test_a_login_that_succeeds_is_forgiven_what_came_before(clock):
    logins = Logins(2, 60.0, clock=clock)
    logins.failed("192.0.2.1", "acme", known=True)
    logins.succeeded("192.0.2.1", "acme")
    assert logins.failed("192.0.2.1", "acme", known=True) == (False, False)


def test_nobody_can_lock_a_partner_out_by_its_name(clock):
    logins = Logins(2, 60.0, clock=clock)
    logins.succeeded("192.0.2.1", "acme")
    told = [logins.failed(f"198.51.100.{number}", "acme", known=True)[1] for number in range(2 * MANY)]
    assert told == [False] * (2 * MANY - 1) + [True]
    assert logins.waits("acme", "203.0.113.9") == 60.0
    assert logins.waits("acme", "192.0.2.1") == 0.0  # from where it always comes
    assert logins.waits("nordwind", "203.0.113.9") == 0.0


def test_memory_is_bounded_whoever_comes(clock):
    logins = Logins(2, 60.0, clock=clock)
    for number in range(2 * MOST):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        logins.failed(address, f"name{number}", known=False)
        logins.succeeded(address, f"name{number}")
        logins.failed(address, f"name{number}", known=True)
    assert logins.remembered() <= 3 * MOST


@pytest.mark.parametrize(
    ("address", "network"),
    [
        pytest.param("192.0.2.1", "192.0.2.1", id="IPv4"),
        pytest.param("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", id="IPv6: a network"),
        pytest.param("::ffff:192.0.2.1", "192.0.2.1", id="IPv4 in IPv6"),
        pytest.param("fe80::1%eth0", "fe80::/64", id="with a zone"),
        pytest.param("", "", id="none"),
    ],
)
def test_what_counts_as_one_address(address, network):
    assert network_of(address) == network
