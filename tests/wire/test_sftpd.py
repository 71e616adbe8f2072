"""Our SFTP inbox, used by the clients that partners use: OpenSSH, paramiko, asyncssh."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

from edigw.transports.sftpd import Limits, Partner, SftpInbox, new_key

HOST_KEY, _ = new_key("edigw")
DROPPED = (OSError, EOFError, paramiko.SSHException)  # what a client of paramiko sees of a lost connection
KEYS = {name: new_key(name) for name in ("acme", "nordwind", "nobody")}


class Served:
    """A server in a loop of its own, and what it said."""

    def __init__(self, root: Path, limits: Limits, on_arrival: Callable[[str, Path], None] | None = None) -> None:
        self.root = root
        self.arrived: list[tuple[str, str]] = []
        self.facts: list[tuple[str, dict[str, object]]] = []
        self.take: Callable[[str, Path], None] | None = on_arrival
        for name in ("acme", "nordwind"):
            (root / "inbox" / name).mkdir(parents=True)
            (root / "outbox" / name).mkdir(parents=True)
        for name, (private, _) in KEYS.items():
            (root / f"{name}.key").write_text(private)
            (root / f"{name}.key").chmod(0o600)
        self.partners = {name: self.partner(name, name) for name in ("acme", "nordwind")}
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server = SftpInbox("127.0.0.1", 0, HOST_KEY, self.partners, self.on_arrival, limits=limits, report=self.on_report)
        self.run(self.server.start())
        self.port = self.server.port

    def partner(self, name: str, *keys: str, **settings: Any) -> Partner:
        return Partner(name, tuple(KEYS[key][1] for key in keys), self.root / "inbox" / name, self.root / "outbox" / name, **settings)

    def on_arrival(self, partner: str, path: Path) -> None:
        if self.take is not None:
            self.take(partner, path)
        self.arrived.append((partner, path.name))

    def on_report(self, fact: str, keys: Any) -> None:
        self.facts.append((fact, dict(keys)))

    def run(self, step: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(step, self.loop).result(30)

    def stop(self) -> None:
        self.run(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def inbox(self, name: str = "acme") -> dict[str, bytes]:
        """Everything in an inbox, hidden files too; without what is removed while we look."""
        found = {}
        for path in (self.root / "inbox" / name).iterdir():
            with contextlib.suppress(FileNotFoundError):
                found[path.name] = path.read_bytes()
        return found

    def ssh(self, program: str, *arguments: str, user: str = "acme", key: str | None = None, **settings: Any) -> subprocess.CompletedProcess[str]:
        options = ["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"]
        options += ["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", str(self.root / f"{key or user}.key")]
        port = ["-p" if program == "ssh" else "-P", str(self.port)]
        return subprocess.run([program, *options, *port, *arguments], capture_output=True, text=True, timeout=60, check=False, **settings)

    def sftp(self, *lines: str, user: str = "acme", key: str | None = None) -> subprocess.CompletedProcess[str]:
        """OpenSSH's client, with *lines* as its batch."""
        return self.ssh("sftp", "-b", "-", f"{user}@127.0.0.1", user=user, key=key, input="\n".join(lines) + "\n", cwd=self.root)

    @contextlib.contextmanager
    def paramiko(self, user: str = "acme", key: str | None = None) -> Iterator[paramiko.SFTPClient]:
        transport = paramiko.Transport(("127.0.0.1", self.port))
        try:
            transport.connect(username=user, pkey=paramiko.Ed25519Key.from_private_key(io.StringIO(KEYS[key or user][0])))
            client = paramiko.SFTPClient.from_transport(transport)
            assert client is not None
            yield client
        finally:
            transport.close()

    def asyncssh(self, use: Callable[[asyncssh.SFTPClient], Coroutine[Any, Any, Any]], user: str = "acme") -> Any:
        """Whatever *use* makes of asyncssh's client with byte paths, which sends what the others would not."""

        async def go() -> Any:
            async with (
                asyncssh.connect("127.0.0.1", self.port, username=user, client_keys=[asyncssh.import_private_key(KEYS[user][0])], known_hosts=None, config=None) as connection,
                connection.start_sftp_client(path_encoding=None) as client,
            ):
                return await use(client)

        return asyncio.run(go())


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def served(tmp_path: Path, limits: Limits) -> Iterator[Served]:
    running = Served(tmp_path, limits)
    yield running
    running.stop()


def wait_until(what: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


# -- the ordinary day


def test_openssh(served):
    (served.root / "po.edi").write_bytes(b"ISA" * 100_000)
    (served.root / "outbox" / "acme" / "997-000000012.edi").write_bytes(b"answer")
    (served.root / "outbox" / "acme" / ".D5.tmp").write_bytes(b"not ready")
    done = served.sftp("pwd", "ls -1", "put -p po.edi in/po.edi", "ls -1 in", "ls -1a out", "get out/997-000000012.edi got", "rm out/997-000000012.edi", "ls -1 out")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if not line.startswith("sftp>")] == [
        "Remote working directory: /",
        "in", "out",
        "in/po.edi",
        "out/.", "out/..", "out/997-000000012.edi",
    ]  # fmt: skip
    assert served.inbox() == {"po.edi": b"ISA" * 100_000}
    assert served.arrived == [("acme", "po.edi")]
    assert (served.root / "got").read_bytes() == b"answer"
    assert [path.name for path in (served.root / "outbox" / "acme").iterdir()] == [".D5.tmp"]


def test_the_gateway_may_take_a_file_at_once(served):
    """paramiko looks after its upload, by the name it asked for, and wants to see its size."""
    served.take = lambda _partner, path: path.unlink()
    with served.paramiko() as client:
        for size in (10, 20, 0):
            assert client.putfo(io.BytesIO(b"x" * size), "in/po.edi").st_size == size
        client.putfo(io.BytesIO(b"x"), "in/po.part")
        client.rename("in/po.part", "in/po.edi")
        assert client.stat("/in/po.edi").st_size == 1
    assert served.inbox() == {}
    assert served.arrived == [("acme", "po.edi")] * 4


def test_a_name_in_use_gets_a_number(served):
    with served.paramiko() as client:
        for content in (b"first", b"second", b"3rd"):
            assert client.putfo(io.BytesIO(content), "in/po.edi").st_size == len(content)
        client.putfo(io.BytesIO(b"fourth"), "in/po.tmp")
        client.rename("in/po.tmp", "in/po.edi")
    assert served.inbox() == {"po.edi": b"first", "po.2.edi": b"second", "po.3.edi": b"3rd", "po.4.edi": b"fourth"}
    assert [name for _, name in served.arrived] == ["po.edi", "po.2.edi", "po.3.edi", "po.4.edi"]


def test_partners_see_only_their_own(served):
    (served.root / "outbox" / "nordwind" / "theirs.edi").write_bytes(b"x")
    (served.root / "po.edi").write_bytes(b"x")
    served.sftp("put po.edi in/po.edi")
    with served.paramiko("nordwind") as client:
        assert client.listdir("in") == []
        assert client.listdir("out") == ["theirs.edi"]
        client.putfo(io.BytesIO(b"y"), "in/po.edi")
    assert (served.inbox("acme"), served.inbox("nordwind")) == ({"po.edi": b"x"}, {"po.edi": b"y"})


@pytest.mark.parametrize("name", ["po.tmp", "po.part", "po.filepart", "po.edi~", ".po.edi"])
def test_an_unfinished_name_arrives_when_it_is_renamed(served, name):
    with served.paramiko() as client:
        client.putfo(io.BytesIO(b"x"), f"in/{name}")
        assert served.arrived == []
        client.posix_rename(f"in/{name}", "in/final.edi")
    assert served.arrived == [("acme", "final.edi")]
    assert served.inbox() == {"final.edi": b"x"}


@pytest.mark.parametrize("name", [b"two words.edi", b"line\nbreak", "ünï.edi".encode(), b"\xff\xfe.edi", b"-rf", b"*", b"x" * 255, b"\x01\x1b[2J", "\u202e.edi".encode()])
def test_odd_names(served, name):
    async def use(client: asyncssh.SFTPClient) -> bytes:
        async with client.open(b"/in/" + name, "wb") as file:
            await file.write(b"x")
        return (await client.listdir(b"/in"))[-1]

    assert served.asyncssh(use) == name
    assert served.arrived == [("acme", os.fsdecode(name))]
    assert served.inbox() == {os.fsdecode(name): b"x"}


def test_an_inbox_that_was_removed_and_made_again(served):
    inbox = served.root / "inbox" / "acme"
    with served.paramiko() as client:
        inbox.rmdir()
        with pytest.raises(OSError):
            client.putfo(io.BytesIO(b"x"), "in/po.edi")
        inbox.mkdir()
        client.putfo(io.BytesIO(b"x"), "in/po.edi")
    assert served.inbox() == {"po.edi": b"x"}


# -- what a partner may not do


def _flags(client: paramiko.SFTPClient, path: str, mode: str) -> None:
    client.open(path, mode).close()


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(lambda c: c.open("in/there.edi", "r"), id="read what was handed over"),
        pytest.param(lambda c: _flags(c, "in/there.edi", "a"), id="append to what was handed over"),
        pytest.param(lambda c: _flags(c, "in/there.edi", "r+"), id="change what was handed over"),
        pytest.param(lambda c: _flags(c, "in/there.edi", "x"), id="create anew what is there"),
        pytest.param(lambda c: c.remove("in/there.edi"), id="take back what was handed over"),
        pytest.param(lambda c: c.rename("in/there.edi", "in/other.edi"), id="rename what was handed over"),
        pytest.param(lambda c: c.truncate("in/there.edi", 0), id="truncate"),
        pytest.param(lambda c: c.chown("in/there.edi", 1, 1), id="chown"),
        pytest.param(lambda c: _flags(c, "out/answer.edi", "w"), id="write into out"),
        pytest.param(lambda c: _flags(c, "out/new.edi", "w"), id="create in out"),
        pytest.param(lambda c: _flags(c, "out/answer.edi", "r+"), id="change an answer"),
        pytest.param(lambda c: c.rename("out/answer.edi", "out/other.edi"), id="rename an answer"),
        pytest.param(lambda c: c.rename("in/mine.tmp", "out/mine.edi"), id="rename from in to out"),
        pytest.param(lambda c: c.rename("in/mine.tmp", "mine.edi"), id="rename to the root"),
        pytest.param(lambda c: c.rename("in/mine.tmp", "../../../mine.edi"), id="rename out of the root"),
        pytest.param(lambda c: _flags(c, "po.edi", "w"), id="write into the root"),
        pytest.param(lambda c: _flags(c, "in/../po.edi", "w"), id="write into the root by dots"),
        pytest.param(lambda c: _flags(c, "in/a/po.edi", "w"), id="write into a folder"),
        pytest.param(lambda c: _flags(c, "in/" + "x" * 256, "w"), id="a name too long"),
        pytest.param(lambda c: _flags(c, "in/.taken", "w"), id="a name of ours"),
        pytest.param(lambda c: _flags(c, "in/.edigw-1.upload", "w"), id="another name of ours"),
        pytest.param(lambda c: c.open("/etc/passwd", "r"), id="read a file by its path"),
        pytest.param(lambda c: c.open("../../../../etc/passwd", "r"), id="read a file by dots"),
        pytest.param(lambda c: c.open("out/../../outbox/nordwind/theirs.edi", "r"), id="another partner's answer"),
        pytest.param(lambda c: c.open("out/link", "r"), id="read through a link"),
        pytest.param(lambda c: c.open("out/pipe", "r"), id="read a pipe"),
        pytest.param(lambda c: c.open("out/.D5.tmp", "r"), id="read what is not ready"),
        pytest.param(lambda c: c.stat("out/link"), id="look through a link"),
        pytest.param(lambda c: c.remove("out/link"), id="remove a link"),
        pytest.param(lambda c: c.mkdir("in/folder"), id="make a folder"),
        pytest.param(lambda c: c.mkdir("folder"), id="make a folder beside"),
        pytest.param(lambda c: c.rmdir("in"), id="remove a folder"),
        pytest.param(lambda c: c.remove("in"), id="remove a folder like a file"),
        pytest.param(lambda c: c.rename("in", "in2"), id="rename a folder"),
        pytest.param(lambda c: c.symlink("/etc/passwd", "in/link.edi"), id="make a link"),
        pytest.param(lambda c: c.readlink("out/link"), id="read a link"),
        pytest.param(lambda c: c.listdir("/etc"), id="list another folder"),
        pytest.param(lambda c: c.listdir("in/.taken"), id="list a folder of ours"),
        pytest.param(lambda c: c.stat("/etc/passwd"), id="look at another file"),
        pytest.param(lambda c: c.normalize("/etc"), id="resolve another path"),
    ],
)
def test_refused(served, attempt):
    inbox, outbox = served.root / "inbox" / "acme", served.root / "outbox" / "acme"
    (inbox / "there.edi").write_bytes(b"there")
    (inbox / "mine.tmp").write_bytes(b"mine")
    (inbox / ".taken").mkdir()
    (outbox / "answer.edi").write_bytes(b"answer")
    (outbox / ".D5.tmp").write_bytes(b"not ready")
    (outbox / "link").symlink_to("/etc/passwd")
    os.mkfifo(outbox / "pipe")
    (served.root / "outbox" / "nordwind" / "theirs.edi").write_bytes(b"theirs")
    before = sorted((str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in served.root.rglob("*"))
    with served.paramiko() as client, pytest.raises(OSError) as caught:
        attempt(client)
    assert str(served.root) not in str(caught.value)
    assert sorted((str(path), path.lstat().st_size, path.lstat().st_mtime_ns) for path in served.root.rglob("*")) == before
    assert served.arrived == []


def test_what_the_log_is_told_of_a_session(served):
    """Each refusal once; that a name is not there is no refusal, and a client that looks every minute fills no log."""
    with served.paramiko() as client:
        for attempt in (
            lambda: client.open("out/997-1.edi", "r"), lambda: client.remove("in/gone.tmp"), lambda: client.stat("in/po.edi"),
            lambda: client.mkdir("in/a"), lambda: client.mkdir("in/a"), lambda: client.open("/etc/passwd", "r"),
        ):  # fmt: skip
            with pytest.raises(OSError):
                attempt()
        for number in range(60):
            with pytest.raises(OSError):
                client.mkdir(f"in/{number}")
    told = [(keys["request"], keys["path"]) for fact, keys in served.facts if fact == "sftpd.denied"]
    assert told[:3] == [("mkdir", "in/a"), ("open", "/etc/passwd"), ("mkdir", "in/0")]
    assert len(told) == 51
    assert str(served.facts[-1][1]["reason"]).endswith("; more is not told of this session")


def test_a_nul_in_a_name(served):
    async def use(client: asyncssh.SFTPClient) -> None:
        async with client.open(b"/in/po.edi\0.tmp", "wb") as file:
            await file.write(b"x")

    with pytest.raises(asyncssh.SFTPError):
        served.asyncssh(use)
    assert served.inbox() == {}


def test_extensions_that_reach_around_are_not_there(served):
    async def use(client: asyncssh.SFTPClient) -> list[bool]:
        async with client.open(b"/in/po.tmp", "wb") as file:
            await file.write(b"x")
        refused = []
        for attempt in (client.link(b"/in/po.tmp", b"/in/b.edi"), client.statvfs(b"/in"), client.symlink(b"/in/po.tmp", b"/in/c"), client.readlink(b"/in/po.tmp")):
            try:
                await attempt
            except asyncssh.SFTPError:
                refused.append(True)
        return refused

    assert served.asyncssh(use) == [True] * 4
    assert served.inbox() == {"po.tmp": b"x"}


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        pytest.param("ssh", ("acme@127.0.0.1", "id"), id="command"),
        pytest.param("ssh", ("-tt", "acme@127.0.0.1"), id="shell"),
        pytest.param("ssh", ("-s", "acme@127.0.0.1", "netconf"), id="another subsystem"),
        pytest.param("ssh", ("-W", "127.0.0.1:PORT", "acme@127.0.0.1"), id="forwarding to us"),
        pytest.param("ssh", ("-o", "ExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:PORT", "acme@127.0.0.1"), id="forwarding from us"),
        pytest.param("scp", ("-O", "acme@127.0.0.1:out/answer.edi", "got"), id="old scp"),
    ],
)
def test_nothing_but_sftp(served, program, arguments):
    done = served.ssh(program, *(argument.replace("PORT", str(served.port)) for argument in arguments), cwd=served.root)
    assert done.returncode != 0
    assert done.stdout == ""


def test_new_scp_is_sftp(served):
    (served.root / "po.edi").write_bytes(b"x")
    for _ in range(2):
        done = served.ssh("scp", "po.edi", "acme@127.0.0.1:in/po.edi", cwd=served.root)
        assert done.returncode == 0, done.stderr
    assert served.inbox() == {"po.edi": b"x", "po.2.edi": b"x"}


def test_resuming_an_upload_is_refused(served):
    """The part that came first is handed over; the rest alone is no file."""
    (served.root / "inbox" / "acme" / "po.edi").write_bytes(b"ISA")
    (served.root / "po.edi").write_bytes(b"ISA...IEA")
    assert served.sftp("reput po.edi in/po.edi").returncode != 0
    assert served.inbox() == {"po.edi": b"ISA"}
    assert served.arrived == []


# -- who may come in


@pytest.mark.parametrize(
    ("user", "key", "status"),
    [
        pytest.param("acme", "acme", 0, id="partner with its key"),
        pytest.param("acme", "nordwind", 255, id="another partner's key"),
        pytest.param("acme", "nobody", 255, id="nobody's key"),
        pytest.param("nobody", "nobody", 255, id="unknown name"),
        pytest.param("../acme", "acme", 255, id="a name that is a path"),
    ],
)
def test_login(served, user, key, status):
    assert served.sftp("ls", user=user, key=key).returncode == status


def test_no_password(served):
    transport = paramiko.Transport(("127.0.0.1", served.port))
    with pytest.raises(paramiko.BadAuthenticationType) as caught:
        transport.connect(username="acme", password="acme")
    transport.close()
    assert caught.value.allowed_types == ["publickey"]


def test_keys_are_exchanged_at_run_time(served):
    with served.paramiko() as client, served.paramiko("nordwind") as other:
        served.run(served.server.reload_keys({"acme": served.partner("acme", "nobody"), "nordwind": served.partners["nordwind"]}))
        with pytest.raises(DROPPED):  # cut off
            client.listdir("in")
        assert other.listdir("in") == []
    assert served.sftp("ls").returncode == 255
    assert served.sftp("ls", key="nobody").returncode == 0


def test_a_key_that_cannot_be_read_changes_nothing(served):
    broken = Partner("acme", ("ssh-ed25519 AAAA broken",), served.root, served.root)
    with pytest.raises(ValueError, match="a key of acme cannot be read"):
        served.run(served.server.reload_keys({"acme": broken}))
    assert served.sftp("ls").returncode == 0


def test_several_keys_and_comments(served):
    text = f"# acme's keys\n\n{KEYS['nobody'][1]} second\n{KEYS['acme'][1]}\n"
    partner = Partner("acme", (text,), served.root / "inbox" / "acme", served.root / "outbox" / "acme")
    served.run(served.server.reload_keys({"acme": partner}))
    assert [served.sftp("ls", key=key).returncode for key in ("acme", "nobody", "nordwind")] == [0, 0, 255]


@pytest.mark.parametrize("limits", [Limits(keys=3)])
def test_too_many_keys(served):
    async def go() -> None:
        keys = [asyncssh.import_private_key(new_key("x")[0]) for _ in range(5)] + [asyncssh.import_private_key(KEYS["acme"][0])]
        async with asyncssh.connect("127.0.0.1", served.port, username="acme", client_keys=keys, known_hosts=None, config=None):
            pass

    with pytest.raises(asyncssh.DisconnectError):
        asyncio.run(go())
    assert "too many keys tried" in [keys.get("reason") for _, keys in served.facts]


@pytest.mark.parametrize("limits", [Limits(login=0.3)])
def test_who_does_not_log_in_is_cut_off(served):
    with socket.create_connection(("127.0.0.1", served.port)) as silent:
        silent.settimeout(10)
        while silent.recv(4096):
            pass


@pytest.mark.parametrize("limits", [Limits(idle=0.4)])
def test_who_says_nothing_is_cut_off(served):
    with served.paramiko() as client:
        wait_until(lambda: not client.get_channel().get_transport().is_active())
    assert "idle" in [keys.get("reason") for _, keys in served.facts]


@pytest.mark.parametrize("limits", [Limits(sessions=2)])
def test_sessions_of_a_partner(served):
    with served.paramiko() as one, served.paramiko():
        with pytest.raises(DROPPED), served.paramiko() as third:
            third.listdir("in")
        transport = one.get_channel().get_transport()
        second = paramiko.SFTPClient.from_transport(transport)
        assert second.listdir("in") == []
        with pytest.raises(paramiko.SSHException):
            paramiko.SFTPClient.from_transport(transport)
        with served.paramiko("nordwind") as other:
            assert other.listdir("in") == []
    wait_until(lambda: served.server.connections_of("acme") == 0)
    with served.paramiko() as again:
        assert again.listdir("in") == []


@pytest.mark.parametrize("limits", [Limits(connections=2)])
def test_connections_in_all(served):
    with socket.create_connection(("127.0.0.1", served.port)), socket.create_connection(("127.0.0.1", served.port)) as second:
        second.recv(10)
        with socket.create_connection(("127.0.0.1", served.port)) as third:
            third.settimeout(10)
            while third.recv(4096):
                pass
    wait_until(lambda: served.sftp("ls").returncode == 0)


@pytest.mark.parametrize("limits", [Limits(tries=2, shut_out=600.0)])
def test_an_address_with_too_many_failed_logins_is_shut_out(served):
    """Also with the right key; a connection that names nobody counts for nothing."""
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", served.port)) as look:
            look.recv(10)
    assert [served.sftp("ls", user="acme", key=key).returncode for key in ("acme", "nobody", "nordwind")] == [0, 255, 255]
    wait_until(lambda: ("sftpd.shut_out", {"peer": "127.0.0.1", "user": "", "seconds": 600}) in served.facts)
    done = served.sftp("ls")
    assert (done.returncode, "onnection" in done.stderr) == (255, True), done.stderr  # closed or reset, before a key was exchanged
    named = [(keys["user"], keys["reason"]) for fact, keys in served.facts if fact == "sftpd.no_login" and keys["user"]]
    assert named == [("acme", "no key of this partner")] * 2


@pytest.mark.parametrize("limits", [Limits(strangers=2)])
def test_one_address_cannot_take_every_connection(served):
    with served.paramiko() as client, socket.create_connection(("127.0.0.1", served.port)) as one, socket.create_connection(("127.0.0.1", served.port)) as other:
        one.recv(10)
        other.recv(10)
        with pytest.raises(DROPPED), served.paramiko():
            pass
        assert client.listdir("in") == []  # who is logged in does not count


@pytest.mark.parametrize("limits", [Limits(quota=100_000, waiting=3)])
def test_an_inbox_that_is_full(served):
    """The client is told how much waits, nothing of the file is kept, and there is room when some were taken."""
    with served.paramiko() as client:
        client.putfo(io.BytesIO(60_000 * b"x"), "in/a.edi")
        with pytest.raises(OSError, match="bytes wait in in/ and 100000 may"), client.open("in/b.edi", "wb") as file:
            file.write(60_000 * b"x")
        assert set(served.inbox()) == {"a.edi"}
        (served.root / "inbox/acme/a.edi").unlink()
        time.sleep(1.0)  # looked at again once a second at most
        for name in ("b", "c", "d"):
            client.putfo(io.BytesIO(b""), f"in/{name}.edi")
        with pytest.raises(OSError, match="3 files wait in in/ and 3 may"):
            client.open("in/e.edi", "wb")
    assert [keys["path"] for fact, keys in served.facts if fact == "sftpd.over_quota"] == ["b.edi", "in/e.edi"]


@pytest.mark.parametrize("limits", [Limits(handles=3)])
def test_open_files_and_listings(served):
    with served.paramiko() as client:
        opened = [client.open(f"in/{number}.edi", "w") for number in range(3)]
        with pytest.raises(OSError):
            client.open("in/4.edi", "w")
        opened[0].close()
        client.open("in/4.edi", "w").close()

    async def use(client: asyncssh.SFTPClient) -> None:
        listings = [await client._handler.opendir(b"/in") for _ in range(3)]
        with pytest.raises(asyncssh.SFTPError, match="too many open listings"):
            await client._handler.opendir(b"/in")
        await client._handler.close(listings[0])
        await client._handler.opendir(b"/in")

    served.asyncssh(use)


# -- what must not arrive


HALF = """
import io, sys, time, paramiko
transport = paramiko.Transport(("127.0.0.1", int(sys.argv[1])))
transport.connect(username="acme", pkey=paramiko.Ed25519Key.from_private_key_file(sys.argv[2]))
file = paramiko.SFTPClient.from_transport(transport).open("in/po.edi", "wb")
file.write(b"ISA" * 10000)
file.flush()
print("half", flush=True)
time.sleep(60)
"""


def test_an_upload_whose_client_is_killed(served):
    with subprocess.Popen([sys.executable, "-c", HALF, str(served.port), str(served.root / "acme.key")], stdout=subprocess.PIPE, text=True) as client:
        assert client.stdout.readline() == "half\n"
        assert len(served.inbox()) == 1
        client.kill()
    wait_until(lambda: served.inbox() == {})
    assert served.arrived == []


def test_an_upload_that_its_client_forgets(served):
    with served.paramiko() as client:
        file = client.open("in/po.edi", "wb")
        file.write(b"x" * 1000)
        file.flush()
        client.get_channel().get_transport().close()
    wait_until(lambda: served.inbox() == {})
    assert served.arrived == []


@pytest.mark.parametrize("limits", [Limits(file=100_000)])
def test_a_file_that_is_too_large(served):
    (served.root / "po.edi").write_bytes(b"x" * 100_001)
    done = served.sftp("put po.edi in/po.edi")
    assert done.returncode != 0
    assert served.inbox() == {}
    (served.root / "po.edi").write_bytes(b"x" * 100_000)
    assert served.sftp("put po.edi in/po.edi").returncode == 0


def test_a_file_with_a_hole(served):
    async def use(client: asyncssh.SFTPClient) -> None:
        file = await client.open(b"/in/po.edi", "wb")
        await file.write(b"ISA", 0)
        await file.write(b"IEA", 10)
        with pytest.raises(asyncssh.SFTPError, match="never written"):
            await file.close()

    served.asyncssh(use)
    assert served.inbox() == {}
    assert served.arrived == []


def test_pieces_out_of_order(served):
    async def use(client: asyncssh.SFTPClient) -> None:
        async with client.open(b"/in/po.edi", "wb") as file:
            for offset in (4, 0, 6, 2, 3):
                await file.write(b"abcdefgh"[offset : offset + 2], offset)

    served.asyncssh(use)
    assert served.inbox() == {"po.edi": b"abcdefgh"}


def test_disk_full(served, tmp_path):
    inbox = served.root / "inbox" / "acme"
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", inbox], capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own needs root and the right to mount")
    try:
        (served.root / "po.edi").write_bytes(b"x" * 200_000)
        done = served.sftp("put po.edi in/po.edi")
        assert done.returncode != 0
        assert served.inbox() == {}
        (served.root / "po.edi").write_bytes(b"x")
        assert served.sftp("put po.edi in/po.edi").returncode == 0
    finally:
        subprocess.run(["umount", inbox], check=True)


def test_stopping_ends_sessions_and_drops_what_is_not_closed(served):
    with served.paramiko() as client:
        file = client.open("in/po.edi", "wb")
        file.write(b"x")
        file.flush()
        served.run(served.server.stop())
        file.close()  # which tells nobody, as paramiko's close never does
    wait_until(lambda: served.inbox() == {})


def test_modes_of_a_new_file(served):
    with served.paramiko() as client:
        client.putfo(io.BytesIO(b"x"), "in/po.edi")
    assert stat.S_IMODE((served.root / "inbox" / "acme" / "po.edi").stat().st_mode) & 0o007 == 0


# -- killed


SERVE = """
import asyncio, pathlib, sys
from edigw.transports.sftpd import Partner, SftpInbox
root = pathlib.Path(sys.argv[1])
async def main():
    partner = Partner("acme", (sys.argv[3],), root / "inbox", root / "outbox")
    server = SftpInbox("127.0.0.1", 0, sys.argv[2], {"acme": partner}, lambda *_: None)
    await server.start()
    print(server.port, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("where", "stands"),
    [
        pytest.param("upload:written", False, id="written"),
        pytest.param("upload:synced", False, id="synced"),
        pytest.param("upload:linked", True, id="in place, not answered"),
        pytest.param("", True, id="not killed"),
    ],
)
def test_killed_while_an_upload_is_closed(tmp_path, where, stands):
    """The client is told of success only if the file is there; a restart removes what is left of the others."""
    (tmp_path / "inbox").mkdir()
    (tmp_path / "outbox").mkdir()
    command = [sys.executable, "-c", SERVE, str(tmp_path), HOST_KEY, KEYS["acme"][1]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "EDIGW_CRASH_AT": where}) as server:
        port = int(server.stdout.readline())
        transport = paramiko.Transport(("127.0.0.1", port))
        transport.connect(username="acme", pkey=paramiko.Ed25519Key.from_private_key(io.StringIO(KEYS["acme"][0])))
        answered = True
        try:
            paramiko.SFTPClient.from_transport(transport).putfo(io.BytesIO(b"ISA"), "in/po.edi", confirm=False)
        except DROPPED:
            answered = False
        transport.close()
        server.kill()
    assert answered is (where == "")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as again:
        assert again.stdout.readline()
        again.kill()
    assert {path.name: path.read_bytes() for path in (tmp_path / "inbox").iterdir()} == ({"po.edi": b"ISA"} if stands else {})
