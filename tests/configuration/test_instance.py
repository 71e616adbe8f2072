"""edigw init and edigw check, as commands."""

from __future__ import annotations

import base64
import json
import stat

import asyncssh
import pytest
from click.testing import CliRunner

from edigw import newinstance, secrets, settings
from edigw.cli.instance import check, init


@pytest.fixture
def run(monkeypatch):
    monkeypatch.delenv("EDIGW_INSTANCE", raising=False)
    monkeypatch.setenv("ERP_SECRET", "whsec_" + base64.b64encode(32 * b"s").decode())
    return lambda command, *words: CliRunner().invoke(command, [str(word) for word in words])


def mode(path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


def test_init_makes_an_instance_that_check_finds_sound(tmp_path, run):
    folder = tmp_path / "new" / "hub"
    done = run(init, folder)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "next:" in done.stderr
    assert f"edigw check {folder}" in done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["archive", "edigw.yaml", "inbox", "keys", "outbox", "partners"]
    assert {name: mode(folder / name) for name in ("keys", "archive", "keys/erp", "keys/sftpd", "keys/sftpd.pub")} == {
        "keys": "700",
        "archive": "700",
        "keys/erp": "600",
        "keys/sftpd": "600",
        "keys/sftpd.pub": "644",
    }
    assert asyncssh.read_private_key(folder / "keys/sftpd").get_algorithm() == "ssh-ed25519"
    assert len(base64.b64decode(secrets.resolve(secrets.parse("file:keys/erp"), folder).removeprefix("whsec_"))) == 32
    checked = run(check, folder)
    assert checked.exit_code == 0, checked.stderr
    assert "no problem" in checked.stderr


def test_two_instances_have_different_keys(tmp_path, run):
    assert [run(init, tmp_path / name).exit_code for name in "ab"] == [0, 0]
    for key in ("erp", "sftpd"):
        assert (tmp_path / "a/keys" / key).read_bytes() != (tmp_path / "b/keys" / key).read_bytes()


@pytest.mark.parametrize(
    ("name", "says"),
    [pytest.param("edigw.yaml", "is an instance already", id="an instance"), pytest.param("notes.txt", "is not empty", id="something else")],
)
def test_init_refuses_what_is_not_empty(tmp_path, run, name, says):
    (tmp_path / name).write_text("mine")
    done = run(init, tmp_path)
    assert done.exit_code == 2
    assert says in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_init_where_nothing_can_be_made(tmp_path, run):
    (tmp_path / "file").write_text("")
    done = run(init, tmp_path / "file" / "hub")
    assert done.exit_code == 2


def test_without_asyncssh_there_is_no_inbox(tmp_path, monkeypatch):
    monkeypatch.setattr(newinstance.importlib.util, "find_spec", lambda name: None)
    made = newinstance.make(tmp_path)
    assert not made.host_key
    assert settings.load((tmp_path / "edigw.yaml").read_bytes()).sftpd is None
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["erp"]


def test_check_tells_everything_with_its_place(write_instance, instance_files, run):
    instance_files["edigw.yaml"] += b"workrs: 2\n"
    instance_files["partners/acme/partner.yaml"] += b"sned: []\n"
    folder = write_instance()
    done = run(check, folder)
    assert done.exit_code == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert f"{folder}/edigw.yaml:10:1: EDIGW-CONFIG-E010 edigw.yaml has no key workrs (did you mean workers?)" in lines
    assert f"{folder}/partners/acme/partner.yaml:10:1: EDIGW-CONFIG-E010 partner.yaml has no key sned (did you mean send?)" in lines
    assert lines[-1].endswith("2 problems")


def test_check_as_json(write_instance, instance_files, run):
    instance_files["edigw.yaml"] += b"workrs: 2\n"
    done = run(check, write_instance(), "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == [
        {
            "kind": "problem",
            "file": "edigw.yaml",
            "line": 10,
            "column": 1,
            "code": "EDIGW-CONFIG-E010",
            "text": "edigw.yaml has no key workrs",
            "advice": "did you mean workers?",
        }
    ]


def test_check_looks_at_the_surroundings(write_instance, run, monkeypatch):
    monkeypatch.delenv("ERP_SECRET")
    folder = write_instance()
    (folder / "keys/sftpd").write_text("not a key")
    (folder / "keys/sftpd").chmod(0o600)
    (folder / "inbox/acme").rmdir()
    done = run(check, folder)
    assert done.exit_code == 1
    assert "edigw.yaml:8:51: EDIGW-CONFIG-E017 env:ERP_SECRET is not set" in done.stderr
    assert "edigw.yaml:3:3: EDIGW-CONFIG-E020 the folder of channel acme-in is not there" in done.stderr
    assert "EDIGW-CONFIG-E017 file:keys/sftpd is no private key" in done.stderr


@pytest.mark.parametrize(
    ("value", "says"),
    [
        pytest.param("whsec_" + base64.b64encode(b"short").decode(), "env:ERP_SECRET has 5 bytes; a signature needs 24", id="short"),
        pytest.param("pass word!", "env:ERP_SECRET is no Standard Webhooks secret", id="no base64"),
    ],
)
def test_check_looks_at_webhook_secrets(write_instance, run, monkeypatch, value, says):
    monkeypatch.setenv("ERP_SECRET", value)
    done = run(check, write_instance())
    assert says in done.stderr
    assert value not in done.stderr


def test_check_where_there_is_no_instance(tmp_path, run):
    done = run(check, tmp_path)
    assert done.exit_code == 2
    assert "edigw.yaml:1:1: EDIGW-CONFIG-E020 cannot be read: it is not there (edigw init" in done.stderr


def test_check_of_the_package(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run(check)
    assert done.exit_code == 0, done.stderr
    assert "checked the maps and dictionaries of the package (no instance here)" in done.stderr


@pytest.mark.parametrize("by", ["folder", "environment"])
def test_check_finds_the_instance(write_instance, run, monkeypatch, tmp_path, by):
    folder = write_instance()
    newinstance._write(folder / "keys/sftpd", asyncssh.generate_private_key("ssh-ed25519").export_private_key(), 0o600)
    if by == "folder":
        monkeypatch.chdir(folder)
    else:
        monkeypatch.setenv("EDIGW_INSTANCE", str(folder))
    done = run(check)
    assert done.exit_code == 0, done.stderr
    assert "2 partners, 4 channels" in done.stderr


PO = (
    b"ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000001*0*P*>~\n"
    b"GS*PO*ACME*OURCOMPANY*20261120*1530*1*X*004010~\n"
    b"ST*850*0001~\n"
    b"BEG*00*SA*PO-4711**20261120~\n"
    b"REF*DP*038~\n"
    b"N1*BY*ACME STORES*92*0042~\n"
    b"PO1*1*120*EA*9.25**VN*AB3542~\n"
    b"CTT*1~\n"
    b"SE*7*0001~\n"
    b"GE*1*1~\n"
    b"IEA*1*000000001~\n"
)


def sample(folder, payload: bytes, document: object = None) -> None:
    (folder / "partners/acme/samples").mkdir()
    (folder / "partners/acme/samples/po.edi").write_bytes(payload)
    if document is not None:
        (folder / "partners/acme/samples/po.json").write_text(json.dumps(document))
    newinstance._write(folder / "keys/sftpd", asyncssh.generate_private_key("ssh-ed25519").export_private_key(), 0o600)


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        pytest.param(b"ACMESTORES ", b"SOMEONE    ", "po.edi:1:1: EDIGW-CONFIG-E021 the interchange would be held: no partner has the sender ZZ:SOMEONE", id="of somebody else"),
        pytest.param(b"SE*7", b"SE*9", "po.edi:9:1: EDIGW-CONFIG-E021 850 EDIGW-X12-E029", id="a count"),
        pytest.param(b"BEG*00*SA*PO-4711**20261120", b"BEG*00*SA*PO-4711**20261332", "po.edi:4:1: EDIGW-CONFIG-E021 850 EDIGW-CHECK-E027", id="a date"),
        pytest.param(b"ISA*", b"xSA*", "EDIGW-CONFIG-E021 unreadable", id="no interchange"),
    ],
)
def test_check_judges_samples(write_instance, run, was, now, says):
    folder = write_instance()
    sample(folder, PO.replace(was, now))
    done = run(check, folder)
    assert done.exit_code == 1
    assert says in done.stderr


def test_check_compares_a_sample_with_its_document(write_instance, run):
    folder = write_instance()
    sample(folder, PO, {"document": "order", "number": "PO-4712"})
    done = run(check, folder)
    assert done.exit_code == 1
    assert 'partners/acme/samples/po.json:1:1: EDIGW-CONFIG-E021 number is "PO-4711", expected "PO-4712"' in done.stderr


def test_a_sound_sample(write_instance, run):
    folder = write_instance()
    sample(folder, PO)
    done = run(check, folder)
    assert done.exit_code == 0, done.stderr
    assert "1 sample:" in done.stderr
