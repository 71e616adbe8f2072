"""edigw.yaml: what it means, what is refused, all at once."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path

import pytest

from edigw import endpoints, settings
from edigw.agreements import X12Address
from edigw.channels import FolderChannel, SftpChannel
from edigw.errors import ConfigError
from edigw.fields import duration, nearest, size
from edigw.model import Identity
from edigw.secrets import Secret

GATEWAY = "gateway: {name: hub, x12: [{qualifier: ZZ, id: OURCOMPANY}], edifact: [{id: '4012345000009', qualifier: '14'}]}\n"
FINGERPRINT = "SHA256:" + 43 * "A"


def load(text: str) -> settings.Settings:
    return settings.load(text.encode())


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(text)
    return [str(problem) for problem in caught.value.problems]


def test_the_file_of_the_contract():
    found = load(
        GATEWAY
        + f"""
channels:
  acme-in:  {{folder: inbox/acme, ready: [moved, closed], ignore: ["*.part", "*.tmp", "*.filepart", "*~"]}}
  acme-out: {{folder: outbox/acme, name: "{{kind}}-{{control}}.edi"}}
  nordwind: {{sftp: sftp.nordwind.example, port: 22, user: hub, key: file:keys/nordwind, host_key: "{FINGERPRINT}", get: /out, put: /in, every: 60s}}
endpoints:
  erp: {{http: "https://erp.internal/edi", secret: env:ERP_SECRET, timeout: 30s, retry: {{first: 10s, max: 1h, for: 24h}}}}
sftpd: {{listen: 127.0.0.1:2222, host_key: file:keys/sftpd}}
"""
    )
    assert found.gateway == settings.Gateway("hub", (X12Address(Identity("ZZ", "OURCOMPANY")),), (Identity("14", "4012345000009"),))
    assert found.channels["acme-in"] == FolderChannel("acme-in", "inbox/acme", place="edigw.yaml:4:3")
    assert found.channels["acme-out"].out_name == "{kind}-{control}.edi"
    sftp = found.channels["nordwind"]
    assert isinstance(sftp, SftpChannel)
    assert (sftp.host, sftp.user, sftp.host_keys, sftp.get, sftp.put) == ("sftp.nordwind.example", "hub", (FINGERPRINT,), "/out", "/in")
    assert found.endpoints["erp"].retry == endpoints.Retry(timedelta(seconds=10), timedelta(hours=1), timedelta(days=1))
    assert found.sftpd is not None
    assert (found.sftpd.host, found.sftpd.port, str(found.sftpd.host_key)) == ("127.0.0.1", 2222, "file:keys/sftpd")
    assert [str(one) for one in found.secrets()] == ["file:keys/nordwind", "env:ERP_SECRET", "file:keys/sftpd"]


def test_defaults():
    found = load(GATEWAY)
    assert found.database_url(Path("/srv/edi")) == "sqlite:////srv/edi/ledger.db"
    assert (found.archive, found.workers, found.sftpd) == ("archive", 2, None)
    assert found.limits == settings.Limits(100 * 1024 * 1024, 500, timedelta(minutes=1), 2 * 1024**3)


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        pytest.param("gatway: {}", "E010", "edigw.yaml has no key gatway (did you mean gateway?)", id="unknown key"),
        pytest.param("workers: -1", "E013", "workers is -1, not a whole number from 0 to 256", id="no worker"),
        pytest.param("workers: [1]", "E012", "workers of edigw.yaml must be one value", id="a list for a value"),
        pytest.param("channels: [a]", "E012", "channels must be a map from a channel's name to the channel", id="a list for a map"),
        pytest.param("channels: {a/b: {folder: x}}", "E013", "a/b cannot name a channel", id="a slash in a name"),
        pytest.param("channels: {a: {folder: ../x}}", "E018", "folder ../x leaves the instance", id="a path that leaves"),
        pytest.param("channels: {a: {folder: x}, b: {folder: x/}}", "E015", "channel b has the folder of channel a: x", id="one folder, two channels"),
        pytest.param("channels: {a: {}}", "E011", "channel a lacks its kind (give folder: PATH or sftp: HOST)", id="no kind"),
        pytest.param("channels: {a: {folder: x, sftp: y}}", "E012", "channel a is both folder and sftp", id="two kinds"),
        pytest.param("channels: {a: {folder: x, redy: [moved]}}", "E010", "channel a has no key redy (did you mean ready?)", id="key of a channel"),
        pytest.param("channels: {a: {folder: x, ready: [done]}}", "E013", "ready cannot be done", id="unknown readiness"),
        pytest.param("channels: {a: {folder: x, name: '{kind}.edi'}}", "E013", "would be the same for two files", id="a name that repeats"),
        pytest.param("channels: {a: {folder: x, name: '{kynd}-{control}'}}", "E013", "name has no word {kynd} (did you mean kind?)", id="a word of a name"),
        pytest.param("channels: {a: {folder: x, name: '../{control}'}}", "E013", "cannot name a file", id="a name with a path"),
        pytest.param("channels: {a: {folder: x, settle: 5 s}}", "E013", "settle: '5 s' is no duration (write 30s, 5m, 1h or 24h)", id="duration with a blank"),
        pytest.param("channels: {a: {folder: x, settle: 2d}}", "E013", "settle is 2d; it may be 100ms to 1h", id="duration too long"),
        pytest.param("channels: {a: {folder: x, marker: done}}", "E013", "marker done cannot be told from its file", id="marker without name"),
        pytest.param("endpoints: {e: {http: 'ftp://h', secret: env:S}}", "E013", "is no http URL", id="another scheme"),
        pytest.param("endpoints: {e: {http: 'http://h:99999', secret: env:S}}", "E013", "http is no URL", id="port too large"),
        pytest.param("endpoints: {e: {http: 'http://u:p@h', secret: env:S}}", "E016", "http holds a user or password", id="password in a URL"),
        pytest.param("endpoints: {e: {http: 'http://h'}}", "E011", "endpoint e lacks secret", id="no secret"),
        pytest.param("endpoints: {e: {http: 'http://h', secret: hunter2}}", "E016", "secret: a secret is named, never written here (env:NAME, file:PATH or credential:NAME)", id="literal secret"),
        pytest.param("endpoints: {e: {http: 'http://h', secret: env:S, retry: {first: 1h, max: 1m}}}", "E013", "first wait is longer", id="waits the wrong way round"),
        pytest.param("sftpd: {listen: 22}", "E013", "listen 22 is no address", id="no address"),
        pytest.param("sftpd: {host_key: 'env:A B'}", "E016", "host_key: a secret is named", id="no reference"),
        pytest.param("database: mysql://x", "E013", "database is no URL of a database we know", id="another database"),
        pytest.param("database: postgresql+psycopg://u:pw@h/x", "E016", "database holds a password", id="password of the database"),
        pytest.param("database: sqlite://x", "E013", "a SQLite URL reads sqlite:///ledger.db", id="two slashes"),
        pytest.param("limits: {file: 1TB}", "E013", "file: 1TB is no size (write 64KB, 100MB or 2GB)", id="size"),
        pytest.param("log: {level: loud}", "E013", "level cannot be loud", id="log level"),
        pytest.param("hooks: [acme]", "E019", "hooks are not supported yet", id="hooks"),
    ],
)
def test_one_mistake_each(line, code, says):
    found = mistakes(GATEWAY + line + "\n")
    assert len(found) == 1, found
    assert f"EDIGW-CONFIG-{code}" in found[0]
    assert says in found[0]
    assert found[0].startswith("edigw.yaml:2:" if code != "E011" or "lacks" in says else "edigw.yaml:")


@pytest.mark.parametrize(
    ("gateway", "says"),
    [
        pytest.param("workers: 1", "edigw.yaml lacks gateway", id="none"),
        pytest.param("gateway: {name: hub}", "gateway lacks identities", id="no identity"),
        pytest.param("gateway: {x12: [{qualifier: Z, id: A}]}", "qualifier is Z; it has 2 characters", id="qualifier too short"),
        pytest.param("gateway: {x12: [{qualifier: ZZ, id: ABCDEFGHIJKLMNOP}]}", "it has 1 to 15 characters", id="id of 16 characters"),
        pytest.param("gateway: {x12: [{qualifier: ZZ}]}", "an x12 identity lacks id", id="no id"),
        pytest.param("gateway: {name: 'a b', edifact: [{id: X}]}", "'a b' cannot name a gateway", id="a blank in the name"),
    ],
)
def test_identities(gateway, says):
    assert [line for line in mistakes(gateway) if says in line]


def test_all_mistakes_at_once_in_the_order_of_the_file():
    found = mistakes(
        """gateway: {name: hub, x12: [{qualifier: ZZ, id: US, grup: A}]}
database: oracle
channels:
  a: {folder: ../x, redy: [moved]}
  d: {sftp: "h:22", user: u, host_key: md5}
endpoints:
  erp: {http: "http://h", secret: hunter2hunter2}
workers: many
"""
    )
    assert [line.split(": ")[0] for line in found] == [
        "edigw.yaml:1:52",  # grup
        "edigw.yaml:2:11",  # oracle
        "edigw.yaml:4:15",  # ../x
        "edigw.yaml:4:21",  # redy
        "edigw.yaml:5:6",  # no key or password
        "edigw.yaml:5:6",  # neither gets nor puts
        "edigw.yaml:5:13",  # h:22
        "edigw.yaml:5:40",  # md5
        "edigw.yaml:7:35",  # a secret
        "edigw.yaml:8:10",  # many
    ]
    assert "hunter2" not in "\n".join(found)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("1h30m", 5400), ("24h", 86400), ("7d", 604800)],
)
def test_durations(text, seconds):
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "1 h", "1h ", "-1s", "1.5h", "१s", "1w", "1e3s"])
def test_no_durations(text):
    with pytest.raises(ValueError, match="is no duration"):
        duration(text)


def test_sizes():
    assert [size(text) for text in ("512", "64KB", "100MB", "2GB")] == [512, 65536, 104857600, 2147483648]
    with pytest.raises(ValueError, match="is no size"):
        size("1kb")


def test_nearest_names_the_right_word():
    assert nearest("folde", ["folder", "sftp"]) == "did you mean folder?"
    assert nearest("zzz", ["folder", "sftp"]) == "one of folder, sftp"
    assert nearest("zzz", []) == ""


def test_a_reference_for_the_whole_database_url(tmp_path, monkeypatch):
    monkeypatch.setenv("LEDGER_URL", "postgresql+psycopg://u:p@h/db")
    found = load(GATEWAY + "database: env:LEDGER_URL\n")
    assert found.database == Secret("env", "LEDGER_URL", "edigw.yaml:2:11")
    assert found.database_url(tmp_path) == "postgresql+psycopg://u:p@h/db"


ENDPOINTS = """gateway: {edifact: {id: A}}
channels: {in: {folder: inbox}}
endpoints:
  erp: {http: "http://h", secret: env:S}
  files: {folder: out/erp}
  hub: {sftp: sftp.example, user: us, key: file:keys/hub, host_key: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", put: /in, name: "{partner}-{number}-{id}.json"}
"""


def test_endpoints_that_take_files():
    found = settings.load(ENDPOINTS.encode()).endpoints
    assert (found["files"].channel.path, found["files"].channel.out_name) == ("out/erp", "{document}-{id}.json")
    assert (found["hub"].channel.put, found["hub"].channel.out_name) == ("/in", "{partner}-{number}-{id}.json")
    assert [str(one) for one in settings.load(ENDPOINTS.encode()).secrets()] == ["env:S", "file:keys/hub"]


@pytest.mark.parametrize(
    ("good", "bad", "text"),
    [
        pytest.param("folder: out/erp}", "folder: out/erp, http: x}", "endpoint files is http and folder", id="two kinds"),
        pytest.param("put: /in, ", "", "endpoint hub lacks put", id="no folder to put into"),
        pytest.param("{partner}-{number}-{id}", "{partner}-{number}", "would be the same for two documents", id="no id"),
        pytest.param("{partner}-{number}-{id}", "{control}-{id}", "name has no word {control}", id="a word of channels"),
        pytest.param("folder: out/erp}", "folder: inbox}", "channel files has the folder of channel in", id="a channel's folder"),
        pytest.param("files:", "in:", "endpoint in has the name of a channel", id="a channel's name"),
        pytest.param("folder: out/erp}", "folder: out/erp, secret: env:S}", "endpoint files has no key secret", id="what only HTTP has"),
    ],
)
def test_mistakes_of_endpoints_that_take_files(good, bad, text):
    assert ENDPOINTS.count(good) == 1
    with pytest.raises(ConfigError) as said:
        settings.load(ENDPOINTS.replace(good, bad).encode())
    assert text in str(said.value)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param("sftpd: {quota: 10MB}\nlimits: {file: 20MB}", True, id="less than one file"),
        pytest.param("sftpd: {quota_all: 10MB}\nlimits: {file: 20MB}", True, id="all together less than one file"),
        pytest.param("sftpd: {quota: 20MB, quota_all: 20MB}\nlimits: {file: 20MB}", False, id="one file"),
        pytest.param("sftpd: {}\nlimits: {file: 20GB}", False, id="as it is by itself"),
    ],
)
def test_an_inbox_has_room_for_the_largest_file(words, problem):
    text = f"gateway: {{edifact: {{id: A}}}}\n{words}\n"
    found, problems = settings.examine(text.encode())
    assert found is not None
    assert [one.text.split(",")[0] for one in problems] == (["quota or quota_all of sftpd is less than limits: file"] if problem else [])


@pytest.mark.parametrize(
    ("words", "at"),
    [
        pytest.param("", time(2), id="default"),
        pytest.param('at: "23:45"', time(23, 45), id="quoted"),
        pytest.param("at: 7:05", time(7, 5), id="bare"),
        pytest.param("at: never", None, id="never"),
    ],
)
def test_when_the_daemon_retains(words, at):
    assert load(f"{GATEWAY}retention: {{{words}}}\n").retention.at == at


@pytest.mark.parametrize("words", ["24:00", "2", "02:60", "always", "2:5"])
def test_what_is_no_time_of_day(words):
    (mistake,) = mistakes(f"{GATEWAY}retention:\n  at: {words}\n")
    assert mistake.startswith("edigw.yaml:3:7: EDIGW-CONFIG-E")
    assert f"at cannot be {words} (" in mistake
