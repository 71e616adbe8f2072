"""Partners' SFTP servers, polled and put to: OpenSSH's, and one that misbehaves on demand."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import asyncssh
import beside
import pytest

from edigw.transports import (
    Changed,
    ChannelUnavailable,
    Entry,
    HostKeyChanged,
    LineDown,
    LoginRefused,
    NameTaken,
    NoSpace,
    OutcomeUnknown,
    Placed,
    Probe,
    TooLarge,
)
from edigw.transports.breaker import NEVER, Breaker
from edigw.transports.sftp import Sftp
from edigw.transports.sftpd import new_key
from edigw.transports.sftpline import Server

LIMIT = 64 << 20
WHOLE = b"ISA*whole IEA~"


def partner_module() -> ModuleType:
    return beside.module(Path(__file__).with_name("partner.py"))


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with partner_module().serving(tmp_path_factory.mktemp("partner")) as server:
        yield server


@pytest.fixture
def partner(shared: Any) -> Any:
    """The server, well again, with empty folders."""
    shared.well()
    for name in ("out", "in", "done"):
        for path in (shared.folder / name).iterdir():
            path.unlink()
    return shared


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def channel(partner: Any, tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Sftp]]:
    made: list[Sftp] = []

    def make(**settings: Any) -> Sftp:
        login = {name: settings.pop(name) for name in ("key", "password", "host_keys", "timeout", "port") if name in settings}
        login = {"key": partner.private_key, "host_keys": frozenset({partner.fingerprint}), "timeout": 5.0, "port": partner.port} | login
        settings = {"get": "/out", "put": "/in", "partial": tmp_path / "fetching", "clock": clock, "breaker": Breaker(after=NEVER)} | settings
        server = Server("127.0.0.1", login.pop("port"), "hub", **login)
        made.append(Sftp(server, complete=lambda tail: tail.rstrip().endswith(b"~"), **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def ready(channel: Sftp, clock: Clock) -> tuple[Entry, ...]:
    """Two looks, far enough apart."""
    channel.list()
    clock.now += 5.0
    return channel.list().ready


# -- OpenSSH


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, str, str]]:
    """(port, folder, private key, fingerprint) of a real sshd that knows one key."""
    if not Path("/usr/sbin/sshd").exists():
        pytest.skip("no sshd; apt install openssh-server")
    home = tmp_path_factory.mktemp("sshd")
    folder = home / "files"
    for name in ("out", "in", "done"):
        (folder / name).mkdir(parents=True)
    private, public = new_key("hub")
    (home / "authorized").write_text(public + "\n")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / "host")], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", str(home / "rsa")], check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (home / "config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {home}/host\nHostKey {home}/rsa\nAuthorizedKeysFile {home}/authorized\nPidFile none\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(home / "config")], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "Server listening" in line:
            break
    threading.Thread(target=process.stderr.read, daemon=True).start()
    pin = subprocess.run(["ssh-keygen", "-lf", str(home / "rsa.pub")], capture_output=True, text=True, check=True).stdout.split()[1]
    yield port, folder, private, pin
    process.terminate()
    process.wait()


def test_openssh(sshd, tmp_path, clock):
    """A file comes and goes, another is put; the pinned key is not the one the server would show first."""
    port, folder, private, pin = sshd
    channel = Sftp(
        Server("127.0.0.1", port, getpass.getuser(), frozenset({pin}), private), get=f"{folder}/out", put=f"{folder}/in",
        partial=tmp_path, taken=f"{folder}/done", complete=lambda tail: True, clock=clock,
    )  # fmt: skip
    channel.test()
    large = os.urandom(3 << 20)
    (folder / "out/large.edi").write_bytes(large)
    odd = os.fsencode(folder / "out") + b"/-n \xe4\n\xc3\xa4.edi"  # a dash, a blank, a line end, latin-1 and UTF-8
    Path(os.fsdecode(odd)).write_bytes(WHOLE)
    (folder / "out/sub").mkdir()
    (folder / "out/link.edi").symlink_to("large.edi")
    (folder / "out/more.part").write_bytes(b"half")
    channel.list()
    clock.now += 5
    listing = channel.list()
    assert [(one.path, one.reason) for one in listing.refused] == [("link.edi", "link")]
    assert {one.path for one in listing.ready} == {"large.edi", os.fsdecode(odd.rpartition(b"/")[2])}
    assert {one.path: channel.fetch(one, LIMIT) for one in listing.ready}["large.edi"] == large
    assert channel.retire(*listing.ready) == (True, True)
    assert channel.retire(*listing.ready) == (True, True)
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["link.edi", "more.part", "sub"]
    assert (folder / "done/large.edi").read_bytes() == large
    marked = []
    assert channel.put("997-1.edi", b"answer", "D1", lambda: marked.append(sorted(path.name for path in (folder / "in").iterdir()))) == Placed("997-1.edi")
    assert marked == [[".D1.tmp"]]
    assert channel.put("997-1.edi", b"answer", "D1", lambda: marked.append([])) == Placed("997-1.edi", already=True)
    with pytest.raises(NameTaken):
        channel.put("997-1.edi", b"other", "D2", lambda: None)
    assert {path.name: path.read_bytes() for path in (folder / "in").iterdir()} == {"997-1.edi": b"answer"}
    (folder / "in/.D3.tmp").write_bytes(b"half")
    seen = {name: channel.probe(name, delivery, _sha(data), len(data)) for name, delivery, data in [("997-1.edi", "D1", b"answer"), ("997-1.edi", "D2", b"others"), ("x.edi", "D3", b"half a"), ("y.edi", "D4", b"")]}
    assert list(seen.values()) == [Probe.TAKEN, Probe.TEMPORARY, Probe.ABSENT]
    assert channel.probe("997-1.edi", "D1", _sha(b"answer"), 6) is Probe.DONE
    assert channel.line.opened == 1
    channel.close()
    with pytest.raises(LineDown):
        channel.list()


def _sha(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(data).digest()


# -- when a file counts


def test_two_looks_and_a_complete_end(partner, channel, clock):
    one = channel(stale=60.0)
    out = partner.folder / "out"
    (out / "po.edi").write_bytes(b"ISA*half")
    first = one.list()
    assert (first.ready, first.waiting, first.again) == ((), 1, 5.0)
    clock.now += 4.9
    assert one.list().ready == ()
    clock.now += 0.1
    (entry,) = one.list().ready
    with pytest.raises(Changed, match="no complete end"):
        one.fetch(entry, LIMIT)
    asked = partner.asked["read"]
    clock.now += 5
    assert one.list().ready == ()  # and it is not read again before it changes
    assert partner.asked["read"] == asked
    (out / "po.edi").write_bytes(WHOLE)
    (entry,) = ready(one, clock)
    assert one.fetch(entry, LIMIT) == WHOLE
    (out / "po.edi").write_bytes(b"ISA*never ends")
    (out / "empty.edi").write_bytes(b"")
    one.list()
    clock.now += 60
    stale = one.list().ready
    assert {each.why for each in stale} == {"stale"}
    assert {each.path: one.fetch(each, LIMIT) for each in stale} == {"po.edi": b"ISA*never ends", "empty.edi": b""}


def test_a_file_that_changes_is_never_removed(partner, channel, clock):
    one = channel()
    path = partner.folder / "out/po.edi"
    path.write_bytes(WHOLE)
    (entry,) = ready(one, clock)
    one.fetch(entry, LIMIT)
    path.write_bytes(WHOLE + b"ISA*more~")
    assert one.retire(entry) == (False,)
    with pytest.raises(Changed, match="changed after it was listed"):
        one.fetch(entry, LIMIT)
    path.unlink()
    assert one.retire(entry) == (True,)
    with pytest.raises(Changed, match="is gone"):
        one.fetch(entry, LIMIT)
    with pytest.raises(TooLarge):
        one.fetch(entry, 3)


def test_taken_files_get_a_free_name(partner, channel, clock):
    one = channel(taken="/done")
    for content in (WHOLE, b"ISA*second~"):
        (partner.folder / "out/po.edi").write_bytes(content)
        assert one.retire(*ready(one, clock)) == (True,)
    assert {path.name: path.read_bytes() for path in (partner.folder / "done").iterdir()} == {"po.edi": WHOLE, "po.2.edi": b"ISA*second~"}


# -- who it is


def test_a_changed_key_is_an_alarm(partner, channel):
    """Nothing is told to such a server, neither user nor password."""
    pinned = "SHA256:" + 43 * "A"
    one = channel(host_keys=frozenset({pinned}), password="secret")
    with pytest.raises(HostKeyChanged) as told:
        one.list()
    assert all(str(key.get_fingerprint()) in told.value.text for key in partner.keys)
    assert pinned in told.value.text
    assert (partner.logins["password"], partner.logins["connected"]) == (0, 3)  # each of its keys was looked at, and that it has no third


def test_any_of_its_keys_may_be_pinned(partner, channel):
    channel(host_keys=frozenset({str(partner.keys[1].get_fingerprint())})).list()


@pytest.mark.parametrize(
    ("login", "text"),
    [
        pytest.param({"key": "", "password": "wrong"}, "does not let hub in by password", id="password"),
        pytest.param({"key": new_key("stranger")[0]}, "does not let hub in by key", id="key"),
        pytest.param({"key": "no key at all"}, "no private key", id="no key"),
    ],
)
def test_a_login_that_is_refused(partner, channel, clock, login, text):
    """It is not repeated at every poll: servers lock the account of who tries too often."""
    one = channel(breaker=Breaker(first=1, after=NEVER, clock=clock, spread=lambda: 1.0), **login)
    with pytest.raises(LoginRefused, match=text):
        one.list()
    with pytest.raises(LoginRefused):
        one.list()
    connected = partner.logins["connected"]
    with pytest.raises(LoginRefused, match="failed 2 times"):  # an open breaker makes it no outage
        one.list()
    clock.now += 299
    with pytest.raises(LoginRefused):
        one.list()
    assert partner.logins["connected"] == connected


def test_a_password(partner, channel):
    channel(key="", password=partner.password).list()
    partner.password = "changed"
    channel(password=partner.password).list()  # the key is enough


# -- servers that hang, drip, cut


def timed(step: Callable[[], Any], error: type[Exception], text: str, within: float) -> None:
    began = time.monotonic()
    with pytest.raises(error, match=text):
        step()
    assert time.monotonic() - began < within


@pytest.mark.parametrize("request_", ["list", "read", "stat"])
def test_a_server_that_hangs(partner, channel, clock, request_):
    one = channel(timeout=0.3, prefetch=False)
    (partner.folder / "out/po.edi").write_bytes(WHOLE)
    (entry,) = ready(one, clock)
    partner.hang = {request_}
    step = one.list if request_ == "list" else lambda: one.fetch(entry, LIMIT)
    timed(step, LineDown, "no answer in time|not done within", 5)
    partner.hang = set()
    assert one.fetch(entry, LIMIT) == WHOLE  # over a new connection
    assert one.line.opened == 2


def test_a_server_that_drips(partner, channel, clock):
    """Each byte comes in time; the operation as a whole does not."""
    one = channel(timeout=0.3, prefetch=False)
    (partner.folder / "out/po.edi").write_bytes(3000 * b"x" + b"~")
    (entry,) = ready(one, clock)
    partner.drip = True
    timed(lambda: one.fetch(entry, LIMIT), LineDown, "not done within 1 s", 5)


def test_a_server_that_says_nothing_or_is_not_there(partner, channel):
    partner.shut()
    try:
        with pytest.raises(LineDown, match="refused"):
            channel().list()
        partner.open(greet=False)
        timed(channel(timeout=0.3).list, LineDown, "", 5)
        partner.shut()
    finally:
        partner.open()
    channel().list()


def test_a_download_that_is_cut_goes_on_from_there(partner, channel, clock):
    one = channel(prefetch=False)
    data = os.urandom((8 << 20) - 1) + b"~"
    (partner.folder / "out/large.edi").write_bytes(data)
    (entry,) = ready(one, clock)
    partner.cut_after = 6 << 20
    with pytest.raises(LineDown):
        one.fetch(entry, LIMIT)
    partner.asked.clear()
    assert one.fetch(entry, LIMIT) == data
    assert partner.asked["read"] <= 100  # 2 MB in pieces of 32 KB, and not 8
    assert list((one._partial).iterdir()) == []


def test_what_was_read_of_a_file_that_changed_is_thrown_away(partner, channel, clock):
    one = channel(prefetch=False)
    path = partner.folder / "out/large.edi"
    path.write_bytes((4 << 20) * b"a" + b"~")
    (entry,) = ready(one, clock)
    partner.cut_after = 3 << 20
    with pytest.raises(LineDown):
        one.fetch(entry, LIMIT)
    path.write_bytes((4 << 20) * b"b" + b"~")
    os.utime(path, (2_000_000_000, 2_000_000_000))
    (entry,) = ready(one, clock)
    assert one.fetch(entry, LIMIT) == path.read_bytes()


def test_a_read_that_breaks_off_is_tried_once_without_prefetch(partner, channel, clock):
    one = channel()
    (partner.folder / "out/po.edi").write_bytes(40_000 * b"x" + b"~")
    (entry,) = ready(one, clock)
    partner.cut_after = 10_000
    assert len(one.fetch(entry, LIMIT)) == 40_001
    assert one.line.opened == 2
    partner.cut_after = 10_000  # now it knows, and there is no second try
    with pytest.raises(LineDown):
        one.fetch(entry, LIMIT)


def test_wrong_sizes(partner, channel, clock):
    one = channel()
    (partner.folder / "out/po.edi").write_bytes(WHOLE)
    partner.off = 1
    (entry,) = ready(one, clock)
    with pytest.raises(Changed, match="has 15 bytes, says the server, and gives 14"):
        one.fetch(entry, LIMIT)
    partner.off = -1
    with pytest.raises(NoSpace, match="has 6 bytes; what the server kept of it has 5 bytes"):
        one.put("a.edi", b"answer", "D1", lambda: None)
    assert [path.name for path in (partner.folder / "in").iterdir()] == []
    assert (partner.folder / "out/po.edi").exists()


@pytest.mark.parametrize("off", [1, -1])
def test_a_wrong_size_makes_no_other_file_of_one_that_was_read(partner, channel, clock, off):
    """Killed between archive and retire: the next start asks again, and a freed name would be a second arrival."""
    one = channel()
    path = partner.folder / "out/po.edi"
    path.write_bytes(WHOLE)
    (entry,) = ready(one, clock)
    archived = replace(entry, sha256=hashlib.sha256(one.fetch(entry, LIMIT)).digest())
    mtime = path.stat().st_mtime_ns
    for other in (WHOLE + b"ISA*more~", WHOLE[:-1], WHOLE.lower() + b"~"):  # within the second that the protocol tells
        path.write_bytes(other)
        os.utime(path, ns=(mtime, mtime))
        assert one.retire(archived) == (False,)
    path.write_bytes(WHOLE)
    os.utime(path, ns=(mtime + 2_000_000_000, mtime + 2_000_000_000))
    partner.off = off
    assert one.retire(archived) == (False,)  # put there anew
    os.utime(path, ns=(mtime, mtime))
    assert one.retire(entry) == (False,)  # whoever does not know the bytes cannot tell
    partner.refuse = {"read"}
    with pytest.raises(ChannelUnavailable, match="cannot be compared"):
        one.retire(archived)
    assert path.exists()
    partner.refuse = set()
    looked, looks = one._look, []

    def look(client, folder, name):
        looks.append(name)
        if len(looks) == 2:  # it was compared, and its sender puts another under the name just now
            path.write_bytes(WHOLE + b"ISA*another~")
        return looked(client, folder, name)

    one._look = look
    assert one.retire(archived) == (False,)
    one._look = looked
    assert len(looks) == 2
    assert path.read_bytes() == WHOLE + b"ISA*another~"
    path.write_bytes(WHOLE)
    os.utime(path, ns=(mtime, mtime))
    assert one.retire(archived) == (True,)
    assert not path.exists()


def test_fifty_thousand_files(partner, channel, clock):
    one = channel(timeout=60.0)
    partner.names = 50_000
    listing = one.list()
    assert (listing.ready, listing.waiting) == ((), 50_000)
    partner.names = 3_000
    clock.now += 5
    found = one.list().ready
    assert (len(found), found[0].path, found[-1].path) == (3_000, "po000000.edi", "po002999.edi")
    assert len(one._seen) == 3_000  # what is there no more is forgotten


# -- putting, and what FAILURE may mean


def test_a_full_server(partner, channel):
    partner.refuse = {"write"}
    one = channel()
    with pytest.raises(NoSpace, match="kept of it has 0 bytes: its disk or our quota there may be full"):
        one.put("a.edi", b"answer", "D1", lambda: None)
    assert list((partner.folder / "in").iterdir()) == []
    partner.refuse = set()
    assert one.put("a.edi", b"answer", "D1", lambda: None) == Placed("a.edi")


@pytest.mark.parametrize("off", [1, -1])
def test_what_stands_under_our_name_is_known_by_its_bytes(partner, channel, off):
    """Killed after the rename: the next start looks, and a server that tells a wrong size just then makes no other file of ours."""
    one = channel()
    body = b"answer"
    digest = hashlib.sha256(body).digest()
    assert one.put("a.edi", body, "D1", lambda: None) == Placed("a.edi")
    partner.off = off
    assert one.probe("a.edi", "D1", digest, len(body)) is Probe.DONE
    assert one.put("a.edi", body, "D1", lambda: None) == Placed("a.edi", already=True)
    for other in (b"answer and more", b"answe", b"ANSWER"):
        (partner.folder / "in/a.edi").write_bytes(other)
        assert one.probe("a.edi", "D1", digest, len(body)) is Probe.TAKEN
    partner.refuse = {"read"}
    assert one.probe("a.edi", "D1", digest, len(body)) is Probe.TAKEN
    partner.off = 0
    with pytest.raises(ChannelUnavailable, match="cannot be compared"):  # of our size, in a folder that may only be written to
        one.probe("a.edi", "D1", digest, len(body))


def test_servers_of_other_dialects(partner, channel):
    one = channel()
    partner.refuse = {"stat"}  # it has no stat: the folder is listed
    assert one.put("a.edi", b"answer", "D1", lambda: None) == Placed("a.edi")
    with pytest.raises(NameTaken):
        one.put("a.edi", b"another", "D2", lambda: None)
    partner.refuse = {"rename"}  # it has only OpenSSH's
    assert one.put("b.edi", b"answer", "D3", lambda: None) == Placed("b.edi")
    partner.refuse = {"posix-rename"}
    assert one.put("c.edi", b"answer", "D4", lambda: None) == Placed("c.edi")
    partner.refuse = {"rename", "posix-rename"}  # it forbids renames
    with pytest.raises(ChannelUnavailable, match="the server refuses the rename"):
        one.put("d.edi", b"answer", "D5", lambda: None)
    partner.refuse, partner.deny = set(), {"rename", "posix-rename"}
    with pytest.raises(ChannelUnavailable, match="the server refuses the rename: Permission denied"):
        one.put("d.edi", b"answer", "D5", lambda: None)
    assert sorted(path.name for path in (partner.folder / "in").iterdir()) == ["a.edi", "b.edi", "c.edi"]


@pytest.mark.parametrize("overwrite", [False, True], ids=["as OpenSSH", "replacing"])
def test_nothing_of_anothers_is_replaced(partner, channel, overwrite):
    """Somebody takes the name while ours is uploaded. A server whose rename replaces gets no second look, so we look before."""
    partner.overwrite = overwrite
    one = channel()
    (partner.folder / "in/a.edi").write_bytes(b"theirs")
    with pytest.raises(NameTaken):
        one.put("a.edi", b"answer", "D1", lambda: None)

    def meanwhile() -> None:
        (partner.folder / "in/b.edi").write_bytes(b"theirs")

    if not overwrite:
        with pytest.raises(NameTaken, match="meanwhile"):
            one.put("b.edi", b"answer", "D2", meanwhile)
        assert (partner.folder / "in/b.edi").read_bytes() == b"theirs"
    assert (partner.folder / "in/a.edi").read_bytes() == b"theirs"
    assert not list((partner.folder / "in").glob(".*"))


def test_a_rename_whose_answer_is_lost(partner, channel):
    """The first is known to be there, of the second nobody knows, the third was not begun."""
    one = channel()
    assert one.put("a.edi", b"a", "D1", lambda: None) == Placed("a.edi")
    marked: list[int] = []
    partner.late = True
    first, second = one.put_all([("b.edi", b"b", "D2"), ("c.edi", b"c", "D3")], marked.extend)
    assert marked == [0, 1]
    assert isinstance(first, OutcomeUnknown)
    assert second == Placed("c.edi")  # over a new connection
    assert one.probe("b.edi", "D2", _sha(b"b"), 1) is Probe.DONE


def test_a_removal_whose_answer_is_lost(partner, channel, clock):
    one = channel()
    for name in ("a.edi", "b.edi"):
        (partner.folder / "out" / name).write_bytes(WHOLE)
    entries = ready(one, clock)
    partner.late = True
    with pytest.raises(LineDown):
        one.retire(*entries)
    assert one.retire(*entries) == (True, True)
    assert list((partner.folder / "out").iterdir()) == []


def test_a_server_that_forbids_removing(partner, channel, clock):
    one = channel()
    (partner.folder / "out/a.edi").write_bytes(WHOLE)
    entries = ready(one, clock)
    partner.deny = {"remove"}
    with pytest.raises(ChannelUnavailable, match="was read and cannot be removed: Permission denied"):
        one.retire(*entries)
    assert (partner.folder / "out/a.edi").exists()


@pytest.mark.parametrize(("request_", "unknown"), [("stat", False), ("write", False), ("rename", True)])
def test_a_server_that_hangs_while_something_is_put(partner, channel, request_, unknown):
    """It is given up in time. Only behind a rename it may stand there, and nobody says that it does or does not."""
    one = channel(timeout=0.3)
    marked: list[int] = []
    partner.hang = {request_}
    (said,) = one.put_all([("a.edi", b"answer", "D1")], marked.extend)
    assert isinstance(said, OutcomeUnknown if unknown else LineDown)
    assert (isinstance(said, OutcomeUnknown), marked) == (unknown, [0] if unknown else [])
    partner.hang = set()
    assert one.probe("a.edi", "D1", _sha(b"answer"), 6) is not Probe.TAKEN
    assert one.put("a.edi", b"answer", "D1", lambda: None) == Placed("a.edi")
    assert {path.name: path.read_bytes() for path in (partner.folder / "in").iterdir()} == {"a.edi": b"answer"}


def test_a_server_that_hangs_while_a_file_is_removed(partner, channel, clock):
    one = channel(timeout=0.3)
    (partner.folder / "out/a.edi").write_bytes(WHOLE)
    entries = ready(one, clock)
    partner.hang = {"remove"}
    timed(lambda: one.retire(*entries), LineDown, "no answer in time|not done within", 5)
    partner.hang = set()
    assert one.retire(*entries) == (True,)


def test_an_upload_that_is_cut(partner, channel):
    """Half a temporary file is left there; the next try writes it anew, and nothing ever stood under the name."""
    one = channel()
    data = os.urandom(1 << 20)
    partner.cut_after = 300_000
    with pytest.raises(LineDown):
        one.put("a.edi", data, "D1", lambda: None)
    assert [path.name for path in (partner.folder / "in").iterdir()] == [".D1.tmp"]
    assert one.put("a.edi", data, "D1", lambda: None) == Placed("a.edi")
    assert {path.name: path.read_bytes() for path in (partner.folder / "in").iterdir()} == {"a.edi": data}


@pytest.mark.parametrize("how", ["refuse", "deny"])
def test_a_server_that_refuses_to_give_what_it_lists(partner, channel, clock, how):
    """One file stays there and is told; it is no trouble with the line, and the others go on."""
    one = channel()
    (partner.folder / "out/a.edi").write_bytes(WHOLE)
    (entry,) = ready(one, clock)
    setattr(partner, how, {"read"})
    with pytest.raises(ChannelUnavailable, match=r"'a\.edi' cannot be read") as said:
        one.fetch(entry, LIMIT)
    assert not isinstance(said.value, LineDown)
    setattr(partner, how, set())
    assert one.fetch(entry, LIMIT) == WHOLE
    assert one.line.opened == 1


def test_a_server_that_refuses_to_list(partner, channel):
    one = channel()
    partner.deny = {"list"}
    with pytest.raises(ChannelUnavailable, match="the folder /out cannot be listed: Permission denied"):
        one.list()


def test_a_server_that_changes_its_key_under_us(partner, channel):
    """What is open goes on; the next connection shows it, and nothing is told to the stranger."""
    one = channel()
    one.list()
    partner.shut()
    before = partner.keys
    try:
        partner.keys = [asyncssh.generate_private_key("ssh-ed25519")]
        partner.open()
        for _ in range(2):  # that the old connection is gone may be said first
            with pytest.raises((HostKeyChanged, LineDown)) as said:
                one.list()
        assert isinstance(said.value, HostKeyChanged)
        assert partner.logins["password"] == 0
    finally:
        partner.shut()
        partner.keys = before
        partner.open()
    one.list()


def test_what_a_test_tells(partner, channel):
    one = channel(taken="/done")
    (partner.folder / "out/a.edi").write_bytes(WHOLE)
    tested = one.test()
    assert tested.host_key == f"{partner.fingerprint} (ssh-ed25519)"
    assert tested.folders == (("get", "/out", 1), ("taken", "/done", 0), ("put", "/in", 0))
    with pytest.raises(ChannelUnavailable, match="logged in, but get: the folder /nowhere cannot be listed: No such file"):
        channel(get="/nowhere").test()


def test_closing_ends_what_hangs(partner, channel):
    one = channel(timeout=60.0)
    one.list()
    partner.hang = {"list"}
    threading.Timer(0.2, one.close).start()
    timed(one.list, LineDown, "", 10)
    with contextlib.suppress(LineDown):
        one.list()
    assert one.line.opened == 1
