"""Whatever partners do with our SFTP inbox, one after the other in one running gateway.

Each case says what its client was told, which files were taken, and which lines the log has
of it. Behind each the ledger's laws hold: every document once, every answer once, and
nothing is left lying about.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import shutil
import subprocess
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncssh
import beside
import paramiko
import pytest

from edigw.states import FileState, Kind
from edigw.transports.sftpd import new_key

HERE = Path(__file__).parent
TRAFFIC = beside.module(HERE / "traffic.py")
SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
SETTINGS = "limits: {file: 256MB}\n"
WAITING = 12  # files of a partner that may wait
LARGE = 200 << 20  # bytes; the server may not hold a file of that size in its memory


class Scene:
    """The running gateway, with acme's clients."""

    def __init__(self, gateway: Any, traffic: Any, wait_until: Any, folder: Path) -> None:
        self.gateway = gateway
        self.traffic = traffic
        self.wait_until = wait_until
        self.folder = folder
        self.inbox = gateway.root / "inbox/acme"
        self.key = folder / "acme.key"

    def order(self, name: str = "", *, partner_knows: bool = True) -> Any:
        """A good order, called *name*, which is to arrive."""
        sent = self.traffic.order()
        sent = replace(sent, name=name or sent.name)
        if partner_knows:
            self.gateway.sent.append(sent)
        return sent

    def quarantined(self, name: str) -> None:
        """A file called *name* is to arrive in which nothing can be read."""
        self.gateway.sent.append(TRAFFIC.Sent(name, "acme", b"", (), (), (), "quarantined"))

    def local(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return name

    def openssh(self, *lines: str) -> subprocess.CompletedProcess[str]:
        """OpenSSH's client with *lines* as its batch, in a folder of the partner's."""
        options = ["-F", "none", "-b", "-", "-P", str(self.gateway.sftp_port), "-i", str(self.key)]
        for one in ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "IdentityAgent=none"):
            options += ["-o", one]
        return subprocess.run(
            ["sftp", *options, "acme@127.0.0.1"], input="\n".join(lines) + "\n", cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )

    def paramiko(self) -> contextlib.AbstractContextManager[paramiko.SFTPClient]:
        return self.gateway.sftp("acme")

    def asyncssh(self, use: Callable[[asyncssh.SFTPClient], Coroutine[Any, Any, Any]]) -> Any:
        """Whatever *use* makes of asyncssh's client with names of bytes, which sends what the others would not."""

        async def go() -> Any:
            login: dict[str, Any] = {"username": "acme", "client_keys": [str(self.key)], "known_hosts": None, "config": None}
            async with asyncssh.connect("127.0.0.1", self.gateway.sftp_port, **login) as connection, connection.start_sftp_client(path_encoding=None) as client:
                return await use(client)

        return asyncio.run(go())

    def told(self, event: str) -> list[dict[str, Any]]:
        return self.gateway.facts(event)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("uploads")
    sinks, gateways = beside.module(HERE.parent / "wire/sink.py"), beside.module(HERE / "gateway.py")
    with sinks.running(folder / "sink.jsonl", SECRET) as sink:
        gateway = gateways.Gateway(folder / "gateway", _WithSecret(sink), settings=SETTINGS)
        try:
            (folder / "acme").mkdir()
            private, public = new_key("acme")
            (folder / "acme/acme.key").write_text(private)
            (folder / "acme/acme.key").chmod(0o600)
            (gateway.root / "partners/acme/acme.pub").write_text(public)
            text = (gateway.root / "edigw.yaml").read_text()
            (gateway.root / "edigw.yaml").write_text(text.replace("host_key: file:keys/sftpd}", f"host_key: file:keys/sftpd, waiting: {WAITING}}}"))
            gateway.keys["acme"] = paramiko.Ed25519Key.from_private_key(io.StringIO(private))
            gateway.start()
            yield Scene(gateway, TRAFFIC.Traffic(), gateways.wait_until, folder / "acme")
            assert gateway.stop() == 0
        finally:
            gateway.close()


class _WithSecret:
    def __init__(self, sink: Any) -> None:
        self._sink = sink
        self.secret = SECRET

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)


# -- what partners do


def slow_and_partial(scene: Scene) -> None:
    """Nobody takes a file that is still open, however long its sender pauses."""
    order = scene.order("slow.edi")
    with scene.paramiko() as client, client.open("in/slow.edi", "wb") as file:
        for at in range(0, len(order.data), 100):
            file.write(order.data[at : at + 100])
            file.flush()
            time.sleep(0.25 if at in (100, 200, 300, 400) else 0)  # longer than settle of its channel together
        assert not [row for row in scene.gateway.files() if row.name == "slow.edi"]


def cut_off(scene: Scene) -> None:
    """Half a file never arrives; sent again it does."""
    order = scene.order("cut.edi")
    with scene.paramiko() as client:
        file = client.open("in/cut.edi", "wb")
        file.write(order.data[:100])
        file.flush()
        client.get_channel().get_transport().close()
    scene.wait_until(lambda: [fact for fact in scene.told("sftpd.cut_off") if fact["bytes"] == 100], 30, scene.gateway.tail)
    assert [path.name for path in scene.inbox.iterdir() if path.name != ".taken"] == []
    with scene.paramiko() as client:
        assert client.putfo(io.BytesIO(order.data), "in/cut.edi").st_size == len(order.data)


def temporary_then_renamed(scene: Scene) -> None:
    order = scene.order("renamed.edi")
    done = scene.openssh(f"put {scene.local('renamed.edi', order.data)} in/renamed.edi.tmp", "ls -1 in", "rename in/renamed.edi.tmp in/renamed.edi")
    assert done.returncode == 0, done.stderr
    assert "in/renamed.edi.tmp" in done.stdout


def one_name_again_and_again(scene: Scene) -> None:
    """Three files within a second under one name, whether the earlier ones were taken meanwhile or not."""
    with scene.paramiko() as client:
        for _ in range(3):
            order = scene.order("again.edi")
            assert client.putfo(io.BytesIO(order.data), "in/again.edi").st_size == len(order.data)


def appended_after_close(scene: Scene) -> None:
    """What is closed is handed over; the rest alone is no file, and is dropped."""
    order = scene.order("append.edi")
    with scene.paramiko() as client:
        client.putfo(io.BytesIO(order.data), "in/append.edi")
        with contextlib.suppress(OSError), client.open("in/append.edi", "a") as file:
            file.write(order.data)  # refused at the opening while it stands there, at the close when it was taken
    done = scene.openssh(f"reput {scene.local('append.edi', order.data + order.data)} in/append2.edi", "ls -1 in")
    assert "in/append2.edi" not in done.stdout.splitlines()  # what is not there cannot be resumed either


def zero_bytes(scene: Scene) -> None:
    """It is a file like any other: kept, told, and for a person to look at."""
    scene.quarantined("zero.edi")
    done = scene.openssh(f"put {scene.local('zero.edi', b'')} in/zero.edi")
    assert done.returncode == 0, done.stderr


def mode_000(scene: Scene) -> None:
    """Modes are a matter of the gateway's; a partner's are taken without effect."""
    order = scene.order("mode.edi")
    name = scene.local("mode.edi", order.data)
    (scene.folder / name).chmod(0)
    with scene.paramiko() as client, client.open("in/mode.edi.part", "wb") as file:
        file.chmod(0)
        file.write(order.data)
    done = scene.openssh("chmod 000 in/mode.edi.part", "rename in/mode.edi.part in/mode.edi")
    assert done.returncode == 0, done.stderr


ODD = [b"two words.edi", b"line\nbreak.edi", b"-rf.edi", "\u00fcn\u0457\u202e.edi".encode(), b"\xff\xfe.edi", b"n" * 251 + b".edi"]


def odd_names(scene: Scene) -> None:
    orders = [scene.order(name.decode("utf-8", "surrogateescape")) for name in ODD]

    async def use(client: asyncssh.SFTPClient) -> None:
        for order, name in zip(orders, ODD, strict=True):
            async with client.open(b"/in/" + name, "wb") as file:
                await file.write(order.data)
        with pytest.raises(asyncssh.SFTPError, match="a name may have 255 bytes"):
            await client.open(b"/in/" + b"n" * 256, "wb")

    scene.asyncssh(use)


def out_of_the_inbox(scene: Scene) -> None:
    """There is nothing but in/ and out/, by whichever way it is named."""
    before = sorted(str(path) for path in scene.gateway.root.parent.rglob("*") if "ledger.db" not in path.name)

    async def use(client: asyncssh.SFTPClient) -> None:
        for name in (b"/in/../../escape.edi", b"../escape.edi", b"/in/../escape.edi", b"/etc/escape.edi", b"/in/sub/escape.edi", b"/out/escape.edi"):
            with pytest.raises(asyncssh.SFTPError):
                await client.open(name, "wb")

    scene.asyncssh(use)
    assert sorted(str(path) for path in scene.gateway.root.parent.rglob("*") if "ledger.db" not in path.name) == before


def links(scene: Scene) -> None:
    """None can be made, and one that stands there is not followed."""
    order = scene.order("behind.edi", partner_knows=False)
    target = scene.folder / scene.local("behind.edi", order.data)
    (scene.inbox / "link.edi").symlink_to(target)

    async def use(client: asyncssh.SFTPClient) -> None:
        for attempt in (client.symlink(b"/in/x.edi", b"/in/y.edi"), client.link(b"/in/x.edi", b"/in/y.edi"), client.readlink(b"/in/link.edi")):
            with pytest.raises(asyncssh.SFTPError):
                await attempt
        assert sorted(await client.listdir(b"/in")) == [b".", b".."]

    scene.asyncssh(use)
    scene.wait_until(lambda: [fact for fact in scene.told("channel.refused") if fact["path"] == "link.edi"], 30, scene.gateway.tail)
    (scene.inbox / "link.edi").unlink()
    assert target.read_bytes() == order.data


def folders(scene: Scene) -> None:
    done = scene.openssh("-mkdir in/sub", "-mkdir sub", "-rmdir in", "ls -1")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not line.startswith("sftp>")] == ["in", "out"]
    (scene.inbox / "order").mkdir()  # made by somebody here
    scene.wait_until(lambda: [fact for fact in scene.told("channel.refused") if fact["path"] == "order"], 30, scene.gateway.tail)
    (scene.inbox / "order").rmdir()


def two_hundred_megabytes(scene: Scene) -> None:
    """It goes through the server to the disk, and from there to the archive, never through the gateway's memory."""
    with (scene.folder / "large.bin").open("wb") as file:
        file.truncate(LARGE)
    before = _peak(scene.gateway.process.pid)
    done = scene.openssh("put large.bin in/large.bin")
    assert done.returncode == 0, done.stderr
    (scene.folder / "large.bin").unlink()
    scene.quarantined("large.bin")
    scene.wait_until(lambda: [row for row in scene.gateway.files() if row.name == "large.bin" and row.state is FileState.QUARANTINED], 120, scene.gateway.tail)
    grown = _peak(scene.gateway.process.pid) - before
    assert grown < LARGE / 4, f"the gateway's memory grew by {grown >> 20} MB"
    (row,) = (row for row in scene.gateway.files() if row.name == "large.bin")
    assert row.size == LARGE


def too_much_waits(scene: Scene) -> None:
    """What waits is counted in files, too; the operator sees who is refused, and there is room again when some are gone."""
    order = scene.order("room.edi")
    with scene.paramiko() as client:
        for number in range(WAITING):
            client.putfo(io.BytesIO(b""), f"in/{number}.part")
        with pytest.raises(OSError, match=f"{WAITING} files wait in in/ and {WAITING} may"):
            client.open("in/room.edi", "wb")
        assert "sftpd: acme is refused uploads, for too much waits in the inbox: EDIGW-SFTPD-E003" in scene.gateway.command("status", status=1)
        for number in range(WAITING):
            client.remove(f"in/{number}.part")
        time.sleep(1.0)  # looked at again once a second at most
        client.putfo(io.BytesIO(order.data), "in/room.edi")
        scene.gateway.wait_quiet()
        assert "refused uploads" not in scene.gateway.command("status", status=1)


def inbox_removed_and_made_again(scene: Scene) -> None:
    """Its client is told that it failed, and the operator why; made again the inbox works on."""
    order = scene.order("folder.edi")
    shutil.rmtree(scene.inbox)
    with scene.paramiko() as client:
        with pytest.raises(OSError):
            client.putfo(io.BytesIO(order.data), "in/folder.edi")
        scene.wait_until(lambda: scene.told("channel.unavailable"), 30, scene.gateway.tail)
        scene.inbox.mkdir()
        client.putfo(io.BytesIO(order.data), "in/folder.edi")


def _peak(pid: int) -> int:
    """The most memory that a process ever had, in bytes."""
    (line,) = (line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10


@dataclass(frozen=True)
class Case:
    act: Callable[[Scene], None]
    taken: tuple[str, ...] = ()  #: files that became rows, without the numbers of names in use
    log: tuple[tuple[str, str, str], ...] = ()  #: event, code, what its path ends with


CASES = [
    Case(slow_and_partial, ("slow.edi",), (("sftpd.uploaded", "", "slow.edi"),)),
    Case(cut_off, ("cut.edi",), (("sftpd.cut_off", "EDIGW-SFTPD-E001", "cut.edi"), ("sftpd.uploaded", "", "cut.edi"))),
    Case(temporary_then_renamed, ("renamed.edi",), (("sftpd.uploaded", "", "renamed.edi.tmp"), ("sftpd.uploaded", "", "renamed.edi"))),
    Case(one_name_again_and_again, ("again.edi",) * 3, (("sftpd.uploaded", "", ".edi"),) * 3),
    Case(appended_after_close, ("append.edi",), (("sftpd.uploaded", "", "append.edi"), ("sftpd.denied", "EDIGW-SFTPD-E002", "append.edi"))),
    Case(zero_bytes, ("zero.edi",), (("sftpd.uploaded", "", "zero.edi"), ("file.quarantined", "EDIGW-FILE-E003", "zero.edi"))),
    Case(mode_000, ("mode.edi",), (("sftpd.uploaded", "", "mode.edi"),)),
    Case(
        odd_names, tuple(name.decode("utf-8", "surrogateescape") for name in ODD),
        (("sftpd.uploaded", "", "two words.edi"), ("sftpd.uploaded", "", "-rf.edi"), ("sftpd.denied", "EDIGW-SFTPD-E002", "nnn")),
    ),
    Case(out_of_the_inbox, (), (("sftpd.denied", "EDIGW-SFTPD-E002", "escape.edi"),) * 5),
    Case(links, (), (("sftpd.denied", "EDIGW-SFTPD-E002", ""), ("channel.refused", "EDIGW-CHANNEL-E007", "link.edi"))),
    Case(folders, (), (("sftpd.denied", "EDIGW-SFTPD-E002", "in/sub"), ("channel.refused", "EDIGW-CHANNEL-E007", "order"))),
    Case(two_hundred_megabytes, ("large.bin",), (("sftpd.uploaded", "", "large.bin"), ("file.quarantined", "EDIGW-FILE-E001", "large.bin"))),
    Case(too_much_waits, ("room.edi",), (("sftpd.over_quota", "EDIGW-SFTPD-E003", "room.edi"), ("sftpd.uploaded", "", "room.edi"))),
    Case(
        inbox_removed_and_made_again, ("folder.edi",),
        (("sftpd.failed", "EDIGW-SFTPD-E005", "folder.edi"), ("channel.unavailable", "EDIGW-CHANNEL-E001", ""), ("sftpd.uploaded", "", "folder.edi")),
    ),
]  # fmt: skip


@pytest.mark.xdist_group("uploads")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.act.__name__)
def test_upload(scene, case):
    gateway = scene.gateway
    known, said = len(gateway.files()), len(gateway.facts())
    case.act(scene)
    gateway.wait_quiet()
    scene.wait_until(lambda: len(gateway.files()) >= known + len(case.taken), 30, gateway.tail)
    gateway.wait_quiet()
    assert sorted(_plain(row.name) for row in gateway.files()[known:]) == sorted(case.taken)
    facts = gateway.facts()[said:]
    for event, code, path in set(case.log):
        found = [fact for fact in facts if fact["event"] == event and fact.get("code", "") == code and fact.get("path", "").endswith(path)]
        assert len(found) >= case.log.count((event, code, path)), (event, code, path, facts)
        assert all(fact["next"] for fact in found if code), found
    gateway.check_all()
    assert not [fact for fact in facts if "exception" in fact]
    assert gateway.ledger.count(Kind.FILE) == known + len(case.taken)


def _plain(name: str) -> str:
    """*name* without the number that it gets where a file of its name stands already."""
    stem, _, ending = name.rpartition(".")
    return f"{stem.rpartition('.')[0]}.{ending}" if stem.rpartition(".")[2].isdecimal() else name
