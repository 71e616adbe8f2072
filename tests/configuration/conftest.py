"""An instance as bytes, to be changed line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from edigw.generation import Generation

ROOT = Path(__file__).parents[2]
PUBLIC_KEY = (ROOT / "partners/acme/acme.pub").read_bytes()

EDIGW = b"""gateway: {name: hub, x12: [{qualifier: ZZ, id: OURCOMPANY}], edifact: [{id: "4012345000009", qualifier: "14"}]}
channels:
  acme-in: {folder: inbox/acme}
  acme-out: {folder: outbox/acme}
  nordwind-in: {folder: inbox/nordwind}
  nordwind-out: {folder: outbox/nordwind}
endpoints:
  erp: {http: "https://erp.internal/edi", secret: env:ERP_SECRET}
sftpd: {}
"""
ACME = b"""partner: acme
name: ACME Stores
x12: [{qualifier: ZZ, id: ACMESTORES, group: ACME}]
channels: {in: acme-in, out: acme-out}
sftp_keys: [file:acme.pub]
receive:
  - {message: "850", releases: ["004010", "004030"], map: acme/850, deliver: erp, acknowledge: {with: "997", accepted_sets: yes}}
numbering: {interchange: 7}
policies: {judge: {codes: note, business: off, EDIGW-CHECK-E020: warn}, forward: hold-bad, tolerate: [lower-case-unoa]}
"""
ACME_MAP = b"""map: acme/850
extends: x12/850
change: {REF: {into: {DP: extensions.department}}}
"""
NORDWIND = b"""partner: nordwind
edifact: [{id: "4012345000016", qualifier: "14"}]
channels: {in: nordwind-in, out: nordwind-out}
receive:
  - {message: ORDERS, releases: [D96A], deliver: erp}
"""


@pytest.fixture
def instance_files() -> dict[str, bytes]:
    """The files of a sound configuration with two partners, by path; free to be changed."""
    return {
        "edigw.yaml": EDIGW,
        "partners/acme/partner.yaml": ACME,
        "partners/acme/maps/850.yaml": ACME_MAP,
        "partners/acme/acme.pub": PUBLIC_KEY,
        "partners/nordwind/partner.yaml": NORDWIND,
    }


@pytest.fixture
def write_instance(tmp_path, instance_files):
    """Writes the configuration, as it is when called, into a folder with its folders and secrets."""

    def write() -> Path:
        for path, data in instance_files.items():
            file = tmp_path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        for name in ("inbox/acme", "outbox/acme", "inbox/nordwind", "outbox/nordwind", "keys"):
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
        return tmp_path

    return write


@pytest.fixture
def generation(instance_files):
    """The generation of the files as they are when called."""
    return lambda: Generation.of(instance_files)
