"""docs/configuration.md names every key, default and code, and its examples can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edigw import channels, endpoints, fields, partners, settings, yamlnodes

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
CODES = sorted(
    {value for module in (yamlnodes, fields) for name, value in vars(module).items() if name.isupper() and str(value).startswith("EDIGW-CONFIG-")}
)


def examples(language: str = "yaml") -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", REFERENCE, re.DOTALL)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_listed(code):
    assert f"| `{code}` |" in REFERENCE


def test_no_code_is_listed_that_nothing_uses():
    assert sorted(re.findall(r"^\| `(EDIGW-CONFIG-E\d+)`", REFERENCE, re.MULTILINE)) == CODES


@pytest.mark.parametrize(
    "key",
    sorted({*settings.KEYS, *partners.KEYS, *channels._FOLDER_KEYS, *channels._SFTP_KEYS, *settings.SFTPD_KEYS, *endpoints.HTTP_KEYS, *endpoints.FOLDER_KEYS, *endpoints.SFTP_KEYS, "in_flight", "accepted_sets"}),
)
def test_every_key_is_explained(key):
    assert re.search(rf"`[^`]*\b{key}\b[^`]*`", REFERENCE), key


def test_the_defaults_written_down_are_the_ones_used():
    found = settings.load(b"gateway: {edifact: {id: A}}\nchannels: {a: {folder: x}}\nendpoints: {e: {http: 'http://h', secret: env:S}}\nsftpd: {listen: '127.0.0.1:2222'}\n")
    written = settings.load(
        b"""gateway: {name: edigw, edifact: {id: A}}
channels: {a: {folder: x, ready: [moved, closed], settle: 5s, stale: 1m, every: 1m, ignore: ["*.part", "*.tmp", "*.filepart", "*~"], name: "{kind}-{control}.edi"}}
endpoints: {e: {http: 'http://h', secret: env:S, timeout: 30s, in_flight: 16, retry: {first: 10s, max: 1h, for: 24h}, repeat: safe}}
sftpd: {listen: '127.0.0.1:2222', host_key: file:keys/sftpd, connections: 64, per_partner: 8, login: 30s, idle: 10m, quota: 1GB, waiting: 10000, quota_all: 10GB, tries: 20, shut_out: 10m}
database: sqlite:///ledger.db
archive: archive
workers: 2
limits: {file: 100MB, span: 500, task: 1m, memory: 2GB}
log: {level: info, format: auto}
"""
    )
    plain = re.compile(r"place='[^']*'")
    assert plain.sub("", repr(found)) == plain.sub("", repr(written))
    for default in ("`100MB`", "`2GB`", "`{first: 10s, max: 1h, for: 24h}`", "`64`", "`10m`", "`[moved, closed]`"):
        assert default in REFERENCE


def test_the_examples_are_sound():
    edigw, partner = examples()
    assert settings.load(edigw.encode()).gateway.name == "hub"
    made = partners.draft("acme", "partners/acme", {"partner.yaml": partner.encode(), "acme.pub": (ROOT / "partners/acme/acme.pub").read_bytes()})
    assert made.problems == []
    assert settings.load((ROOT / "config/edigw.yaml").read_bytes()).endpoints["erp"].url == "http://127.0.0.1:8089/edi"
