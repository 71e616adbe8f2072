"""A folder hands out what is finished and nothing else, and gives nothing up that it did not read."""

from __future__ import annotations

import hashlib
import os
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from edigw.transports import BadName, Changed, ChannelUnavailable, Listing, NameTaken, NoSpace, Probe, TooLarge
from edigw.transports.folder import Folder, file_name

WHOLE = b"ISA*...~GS*...~IEA*1*000000001~"
CUT = b"ISA*...~GS*...~ST*850*00"


def ends(tail: bytes) -> bool:
    return tail.rstrip().endswith(b"~") and b"IEA" in tail


class Hands:
    """The clocks of a channel, moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def inbox(tmp_path: Path, hands: Hands) -> Folder:
    (tmp_path / "in").mkdir()
    # wall 0: every file looks as if it had just been written
    return Folder(tmp_path / "in", complete=ends, clock=hands.clock, wall=lambda: 0.0)


def names(folder: Folder) -> list[tuple[str, str]]:
    return [(entry.path, entry.why) for entry in folder.list().ready]


# -- when a file is finished


@pytest.mark.parametrize(
    ("data", "hint", "waited", "ready"),
    [
        pytest.param(WHOLE, None, 0, [], id="just seen"),
        pytest.param(WHOLE, None, 4.9, [], id="shortly before it has settled"),
        pytest.param(WHOLE, None, 5, [("po.edi", "settled")], id="settled and complete"),
        pytest.param(WHOLE, "moved", 0, [("po.edi", "moved")], id="renamed into place"),
        pytest.param(CUT, "moved", 0, [("po.edi", "moved")], id="renamed into place though cut"),
        pytest.param(WHOLE, "closed", 0, [("po.edi", "closed")], id="closed and complete"),
        pytest.param(CUT, "closed", 0, [], id="closed and cut"),
        pytest.param(CUT, "closed", 59, [], id="closed and cut, for a while"),
        pytest.param(CUT, None, 60, [("po.edi", "stale")], id="cut and never continued"),
        pytest.param(b"", "closed", 0, [], id="created, nothing written yet"),
        pytest.param(b"", None, 5, [], id="empty for a while"),
        pytest.param(b"", None, 60, [("po.edi", "stale")], id="empty and left so"),
        pytest.param(b"", "moved", 0, [("po.edi", "moved")], id="empty and renamed into place"),
        pytest.param(bytes(range(256)) * 10, None, 60, [("po.edi", "stale")], id="no EDI at all"),
    ],
)
def test_ready(inbox, hands, data, hint, waited, ready):
    (inbox.path / "po.edi").write_bytes(data)
    if hint:
        inbox.hint("po.edi", hint)
    inbox.list()
    hands.now += waited
    assert names(inbox) == ready


def test_hint_tells_at_once_without_a_scan(inbox):
    (inbox.path / "po.edi").write_bytes(WHOLE)
    entry = inbox.hint("po.edi", "closed")
    assert (entry.path, entry.size, entry.why) == ("po.edi", len(WHOLE), "closed")


def test_hint_holds_only_for_the_file_as_it_was(inbox, hands):
    path = inbox.path / "po.edi"
    path.write_bytes(WHOLE)
    inbox.hint("po.edi", "closed")
    with path.open("ab") as appending:
        appending.write(WHOLE)  # a second interchange follows, and more may
    assert names(inbox) == []
    hands.now += 5
    assert names(inbox) == [("po.edi", "settled")]


def test_each_change_starts_the_wait_again(inbox, hands):
    path = inbox.path / "po.edi"
    for _ in range(4):
        with path.open("ab") as appending:
            appending.write(WHOLE)
        assert names(inbox) == []
        hands.now += 4
    assert inbox.list().again == pytest.approx(1.0)
    hands.now += 1
    assert names(inbox) == [("po.edi", "settled")]


def test_a_file_that_is_old_at_first_sight_has_settled(tmp_path, hands):
    """After a restart the files of the night need not wait again."""
    (tmp_path / "po.edi").write_bytes(WHOLE)
    written = (tmp_path / "po.edi").stat().st_ctime
    folder = Folder(tmp_path, complete=ends, clock=hands.clock, wall=lambda: written + 6)
    assert names(folder) == [("po.edi", "settled")]


def test_hints_can_be_switched_off(tmp_path, hands):
    (tmp_path / "po.edi").write_bytes(WHOLE)
    folder = Folder(tmp_path, complete=ends, ready=("moved",), clock=hands.clock, wall=lambda: 0.0)
    assert folder.hint("po.edi", "closed") is None
    assert folder.hint("po.edi", "moved").why == "moved"


@pytest.mark.parametrize(
    ("files", "ready", "refused"),
    [
        pytest.param({"po.edi": 10}, [], [], id="no marker"),
        pytest.param({"po.edi": 10, "po.edi.done": 11}, [("po.edi", "marker")], [], id="marker after its file"),
        pytest.param({"po.edi": 10, "po.edi.done": 10}, [("po.edi", "marker")], [], id="marker in the same moment"),
        pytest.param({"po.edi": 10, "po.edi.done": 9}, [], [], id="marker left behind by an earlier file"),
        pytest.param({"po.edi.done": 9}, [], [("po.edi.done", "marker without its file")], id="marker alone"),
    ],
)
def test_marker(tmp_path, hands, files, ready, refused):
    for name, mtime in files.items():
        (tmp_path / name).write_bytes(WHOLE)
        os.utime(tmp_path / name, (mtime, mtime))
    folder = Folder(tmp_path, complete=ends, marker="{name}.done", clock=hands.clock)
    listing = folder.list()
    assert [(entry.path, entry.why) for entry in listing.ready] == ready
    assert [(entry.path, entry.reason) for entry in listing.refused] == refused
    assert all(folder.retire(*listing.ready))
    if ready:
        assert sorted(path.name for path in tmp_path.iterdir()) == [".taken"]


def test_order_is_by_mtime_then_name(inbox):
    for name, mtime in {"b": 2, "a": 2, "z": 1, "c": 3}.items():
        (inbox.path / name).write_bytes(WHOLE)
        os.utime(inbox.path / name, (mtime, mtime))
        inbox.hint(name, "moved")
    assert [name for name, _ in names(inbox)] == ["z", "a", "b", "c"]


# -- what is no file to read


@pytest.mark.parametrize("name", ["a.part", "a.tmp", "a.filepart", "a.edi~", ".hidden", ".D5.tmp"])
def test_unfinished_names_are_not_seen(inbox, name):
    (inbox.path / name).write_bytes(WHOLE)
    assert inbox.hint(name, "moved") is None
    assert inbox.list() == Listing((), (), 0, None)


ODD = ["two words.edi", "line\nbreak.edi", "ünïcödé.edi", "-rf", "--", "*", "x" * 255, "ä" * 127, "\udcff\udcfe.edi", " ", "a\tb", "'\"$(x)`", "\u202egpj.edi"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_files_like_others(inbox, name):
    (inbox.path / name).write_bytes(WHOLE)
    entry = inbox.hint(name, "moved")
    assert names(inbox) == [(name, "moved")]
    assert inbox.fetch(entry, 1000) == WHOLE
    assert inbox.retire(entry) == (True,)
    assert not (inbox.path / name).exists()


def test_only_regular_files_are_read(inbox, tmp_path):
    outside = tmp_path / "secret.edi"
    outside.write_bytes(WHOLE)
    (inbox.path / "link").symlink_to(outside)
    (inbox.path / "dangling").symlink_to(tmp_path / "nothing")
    (inbox.path / "folder").mkdir()
    (inbox.path / "folder" / "po.edi").write_bytes(WHOLE)
    os.mkfifo(inbox.path / "pipe")
    (inbox.path / "closed").write_bytes(WHOLE)
    (inbox.path / "closed").chmod(0)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(inbox.path / "socket"))
        listing = inbox.list()
    assert sorted((entry.path, entry.reason) for entry in listing.refused) == [
        ("closed", "unreadable"),
        ("dangling", "link"),
        ("folder", "folder"),
        ("link", "link"),
        ("pipe", "pipe"),
        ("socket", "socket"),
    ]
    assert listing.ready == ()
    for name in ("link", "dangling", "folder", "pipe", "closed"):
        assert inbox.hint(name, "moved") is None


def test_a_link_put_in_place_of_a_listed_file_is_not_followed(inbox, tmp_path):
    (tmp_path / "secret").write_bytes(WHOLE)
    (inbox.path / "po.edi").write_bytes(WHOLE)
    entry = inbox.hint("po.edi", "moved")
    (inbox.path / "po.edi").unlink()
    (inbox.path / "po.edi").symlink_to(tmp_path / "secret")
    with pytest.raises(Changed):
        inbox.fetch(entry, 1000)
    assert inbox.retire(entry) == (False,)
    assert (tmp_path / "secret").exists()


def test_a_pipe_put_in_place_of_a_listed_file_does_not_hold_us(inbox):
    (inbox.path / "po.edi").write_bytes(WHOLE)
    entry = inbox.hint("po.edi", "moved")
    (inbox.path / "po.edi").unlink()
    os.mkfifo(inbox.path / "po.edi")
    with pytest.raises(Changed):
        inbox.fetch(entry, 1000)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", ".", "", "a\0b", "x" * 256])
def test_no_name_leads_out(inbox, name):
    (inbox.path / "po.edi").write_bytes(WHOLE)
    real = inbox.hint("po.edi", "moved")
    entry = type(real)(name, real.size, real.mtime_ns, real.ident)
    assert name == "x" * 256 or inbox.hint(name, "moved") is None
    with pytest.raises(BadName):
        inbox.fetch(entry, 1000)
    with pytest.raises(BadName):
        inbox.retire(entry)
    with pytest.raises(BadName):
        inbox.put(name, WHOLE, "D1", lambda: None)


# -- taking over


def test_fetch_limit(inbox):
    (inbox.path / "po.edi").write_bytes(WHOLE)
    entry = inbox.hint("po.edi", "moved")
    with pytest.raises(TooLarge):
        inbox.fetch(entry, len(WHOLE) - 1)
    assert inbox.fetch(entry, len(WHOLE)) == WHOLE
    assert [len(piece) for piece in inbox.chunks(entry, 10)] == [10, 10, 10, len(WHOLE) - 30]


def test_a_file_that_grows_while_it_is_read_is_not_what_was_listed(inbox):
    path = inbox.path / "po.edi"
    path.write_bytes(WHOLE)
    entry = inbox.hint("po.edi", "moved")
    pieces = inbox.chunks(entry, 10)
    next(pieces)
    with path.open("ab") as appending:
        appending.write(WHOLE)
    with pytest.raises(Changed):
        list(pieces)
    assert inbox.retire(entry) == (False,)
    assert path.read_bytes() == WHOLE + WHOLE


def _append(path: Path) -> None:
    with path.open("ab") as appending:
        appending.write(b"x")


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(WHOLE)
    os.utime(other, ns=(path.stat().st_mtime_ns, path.stat().st_mtime_ns))  # only the inode tells
    other.rename(path)


def _rewrite(path: Path) -> None:
    path.write_bytes(WHOLE[::-1])


@pytest.mark.parametrize("change", [_append, _replace, _rewrite, lambda path: os.utime(path)], ids=["appended", "replaced", "rewritten", "touched"])
def test_what_changed_after_the_reading_is_not_retired(inbox, change):
    path = inbox.path / "po.edi"
    path.write_bytes(WHOLE)
    os.utime(path, (5, 5))
    entry = inbox.hint("po.edi", "moved")
    inbox.fetch(entry, 1000)
    change(path)
    assert inbox.retire(entry) == (False,)
    assert path.exists()
    assert inbox.hint("po.edi", "moved") != entry


def test_retiring_twice_is_retiring_once(inbox):
    for name in ("a", "b"):
        (inbox.path / name).write_bytes(WHOLE)
    first, second = inbox.hint("a", "moved"), inbox.hint("b", "moved")
    assert inbox.retire(first, second) == (True, True)
    assert inbox.retire(first, second) == (True, True)


def test_the_same_name_again_within_a_second_is_a_new_arrival(inbox):
    path = inbox.path / "po.edi"
    path.write_bytes(WHOLE)
    first = inbox.hint("po.edi", "moved")
    assert inbox.retire(first) == (True,)
    path.write_bytes(WHOLE)
    second = inbox.hint("po.edi", "moved")
    assert (second.path, second.mtime_ns) != (first.path, first.mtime_ns)
    assert inbox.retire(first) == (False,)
    assert inbox.retire(second) == (True,)


def test_an_inbox_that_vanished_is_reported_and_comes_back(inbox):
    inbox.path.rmdir()
    with pytest.raises(ChannelUnavailable, match="No such file"):
        inbox.list()
    with pytest.raises(ChannelUnavailable):
        inbox.hint("po.edi", "moved")
    inbox.path.mkdir()
    (inbox.path / "po.edi").write_bytes(WHOLE)
    assert inbox.list().waiting == 1


def test_nothing_is_lost_when_senders_rename_over_a_file_that_is_being_retired(inbox):
    """Every version that a sender renamed into place is fetched, however the two interleave."""
    versions = 300
    fetched: set[bytes] = set()
    done = threading.Event()

    def send() -> None:
        for number in range(versions):
            temporary = inbox.path / f".{number}"
            temporary.write_bytes(b"%d" % number)
            while (inbox.path / "po.edi").exists():  # a sender that waits for its last file to be fetched
                pass
            temporary.rename(inbox.path / "po.edi")
        done.set()

    sender = threading.Thread(target=send)
    sender.start()
    while not done.is_set() or (inbox.path / "po.edi").exists():
        entry = inbox.hint("po.edi", "moved")
        if entry is not None:
            data = inbox.fetch(entry, 100)
            assert inbox.retire(entry) == (True,)
            fetched.add(data)
    sender.join()
    assert fetched == {b"%d" % number for number in range(versions)}


KILLED = """
import sys
from edigw.transports.folder import Folder
folder = Folder(sys.argv[1], complete=lambda tail: True)
folder.retire(folder.hint("po.edi", "moved"))
"""


@pytest.mark.parametrize(
    ("where", "offered"),
    [
        pytest.param("retire:before-take", True, id="before it is taken"),
        pytest.param("retire:taken", True, id="taken"),
        pytest.param("retire:unlinked", False, id="removed"),
    ],
)
@pytest.mark.parametrize("listed", [True, False], ids=["listed first", "retired first"])
def test_killed_while_retiring(inbox, where, offered, listed):
    (inbox.path / "po.edi").write_bytes(WHOLE)
    entry = inbox.hint("po.edi", "moved")
    assert crash(KILLED, where, inbox.path) == -9
    if listed:
        inbox.list()
        again = inbox.hint("po.edi", "moved")
        assert (again == entry) if offered else (again is None)
    assert inbox.retire(entry) == (True,)
    assert inbox.list().waiting == 0
    assert list((inbox.path / ".taken").iterdir()) == []


def crash(program: str, where: str, *arguments: object) -> int:
    environment = {**os.environ, "EDIGW_CRASH_AT": where}
    return subprocess.run([sys.executable, "-c", program, *map(str, arguments)], env=environment, timeout=60, check=False).returncode


# -- putting


def test_put(tmp_path):
    marks: list[list[str]] = []
    folder = Folder(tmp_path)
    placed = folder.put("997-000000012.edi", WHOLE, "D5", lambda: marks.append(sorted(path.name for path in tmp_path.iterdir())))
    assert (placed.name, placed.already) == ("997-000000012.edi", False)
    assert marks == [[".D5.tmp"]]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"997-000000012.edi": WHOLE}


def test_put_never_overwrites(tmp_path):
    (tmp_path / "a.edi").write_bytes(b"of someone else")
    folder = Folder(tmp_path)
    with pytest.raises(NameTaken):
        folder.put("a.edi", WHOLE, "D5", lambda: pytest.fail("marked"))
    with pytest.raises(NameTaken):  # it comes in the last moment
        folder.put("b.edi", WHOLE, "D5", lambda: (tmp_path / "b.edi").write_bytes(b"of someone else"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.edi", "b.edi"]
    assert (tmp_path / "b.edi").read_bytes() == b"of someone else"


@pytest.mark.parametrize("there", ["folder", "link", "pipe"])
def test_put_where_something_else_stands(tmp_path, there):
    path = tmp_path / "a.edi"
    {"folder": path.mkdir, "link": lambda: path.symlink_to(tmp_path / "x"), "pipe": lambda: os.mkfifo(path)}[there]()
    with pytest.raises(NameTaken):
        Folder(tmp_path).put("a.edi", WHOLE, "D5", lambda: None)
    assert Folder(tmp_path).probe("a.edi", "D5", hashlib.sha256(WHOLE).digest(), len(WHOLE)) is Probe.TAKEN
    assert not (tmp_path / "x").exists()


def test_the_same_bytes_under_the_same_name_are_there_already(tmp_path):
    folder = Folder(tmp_path)
    folder.put("a.edi", WHOLE, "D5", lambda: None)
    assert folder.put("a.edi", WHOLE, "D6", lambda: pytest.fail("marked")).already


def test_when_the_mark_fails_nothing_is_put(tmp_path):
    def superseded() -> None:
        raise RuntimeError("superseded")

    with pytest.raises(RuntimeError):
        Folder(tmp_path).put("a.edi", WHOLE, "D5", superseded)
    assert list(tmp_path.iterdir()) == []


def test_put_into_a_folder_that_is_gone(tmp_path):
    with pytest.raises(ChannelUnavailable):
        Folder(tmp_path / "out").put("a.edi", WHOLE, "D5", lambda: None)


def test_disk_full_by_file_size_limit(tmp_path):
    """The kernel stops the write half way, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(NoSpace):
            Folder(tmp_path).put("a.edi", b"x" * 10_000, "D5", lambda: pytest.fail("marked"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own needs root and the right to mount")
    yield place
    subprocess.run(["umount", place], check=True)


def test_disk_full(small_disk):
    with pytest.raises(NoSpace, match="No space left"):
        Folder(small_disk).put("a.edi", b"x" * 100_000, "D5", lambda: pytest.fail("marked"))
    assert list(small_disk.iterdir()) == []
    assert Folder(small_disk).put("b.edi", WHOLE, "D5", lambda: None).name == "b.edi"


PUT = """
import sys
from edigw.transports.folder import Folder
Folder(sys.argv[1]).put("a.edi", b"ours", "D5", lambda: None)
"""


@pytest.mark.parametrize(
    ("where", "probe"),
    [
        pytest.param("put:before-write", Probe.ABSENT, id="nothing written"),
        pytest.param("put:written", Probe.TEMPORARY, id="written"),
        pytest.param("put:synced", Probe.TEMPORARY, id="synced"),
        pytest.param("put:marked", Probe.TEMPORARY, id="marked"),
        pytest.param("put:linked", Probe.DONE, id="renamed, folder not synced"),
        pytest.param("put:renamed", Probe.DONE, id="all done"),
    ],
)
def test_killed_while_putting(tmp_path, where, probe):
    assert crash(PUT, where, tmp_path) == -9
    folder = Folder(tmp_path)
    assert folder.probe("a.edi", "D5", hashlib.sha256(b"ours").digest(), 4) is probe
    assert folder.put("a.edi", b"ours", "D5", lambda: None).already is (probe is Probe.DONE)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.edi": b"ours"}


def test_probe_tells_other_bytes_of_the_same_length(tmp_path):
    (tmp_path / "a.edi").write_bytes(b"their")
    assert Folder(tmp_path).probe("a.edi", "D5", hashlib.sha256(b"ours!").digest(), 5) is Probe.TAKEN


# -- names


@pytest.mark.parametrize(
    ("template", "name"),
    [
        pytest.param("{kind}-{control}.edi", "997-000000012.edi", id="the default"),
        pytest.param("{partner}_{delivery}", "A_C_ME_.._x_D5", id="whatever leads elsewhere is replaced"),
        pytest.param("out.x12", "out.x12", id="no field"),
    ],
)
def test_file_name(template, name):
    assert file_name(template, {"kind": "997", "control": "000000012", "partner": "A/C ME/../x", "delivery": "D5"}) == name


@pytest.mark.parametrize(
    "template",
    ["{nothing}", "{kind.__class__}", "{kind[0]}", "{kind!r}", "{kind:>9}", "{}", "", ".{kind}", "a/{kind}", "{kind}" * 100, "{kind"],
)
def test_templates_that_make_no_name(template):
    with pytest.raises(ValueError):
        file_name(template, {"kind": "997", "control": "12", "partner": "acme", "delivery": "D5"})


def test_ten_thousand_files(tmp_path):
    for number in range(10_000):
        (tmp_path / f"{number:05}.edi").touch()
    folder = Folder(tmp_path, complete=ends)
    assert folder.list().waiting == 10_000
