"""A ledger, a configuration and the steps of the inbound flow without a daemon around them."""

from __future__ import annotations

import contextlib
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from edigw import generation, judge, wiring
from edigw.inbound import Setting
from edigw.inbound.record import prepare, record_files
from edigw.ledger import Ledger

EDIGW = """gateway: {name: hub, x12: [{qualifier: ZZ, id: OURCOMPANY}], edifact: [{id: "4012345000009", qualifier: "14"}]}
channels:
  acme-in: {folder: inbox/acme}
  acme-out: {folder: outbox/acme}
endpoints:
  erp: {http: "http://127.0.0.1:1/edi", secret: env:ERP_SECRET}
"""
ACME = """partner: acme
name: ACME Stores
x12: [{qualifier: ZZ, id: ACMESTORES}]
channels: {in: acme-in, out: acme-out}
receive:
  - {message: "850", releases: ["004010"], deliver: erp, acknowledge: {with: "997"}}
"""
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def order(number: str, control: int, *, beg: str = "", sender: str = "ACMESTORES", iea: str = "", release: str = "004010") -> bytes:
    """One 850 in an interchange of its own; *beg* replaces its BEG, *iea* the control number in its IEA."""
    control_number = f"{control:09d}"
    body = [
        "ST*850*0001",
        beg or f"BEG*00*SA*{number}**20261120",
        "N1*ST*STORE 12*92*0012",
        "PO1*1*10*EA*9.25**UP*012345678905",
        "CTT*1",
        "SE*6*0001",
    ]
    segments = [
        f"ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*OURCOMPANY     *261120*1530*U*00401*{control_number}*0*P*>",
        f"GS*PO*{sender}*OURCOMPANY*20261120*1530*{control}*X*{release}",
        *body,
        f"GE*1*{control}",
        f"IEA*1*{iea or control_number}",
    ]
    return "~".join(segments).encode() + b"~"


class Flow:
    """What the daemon does with arrived files, step by step and in this thread."""

    def __init__(self, ledger: Ledger, configuration: generation.Configuration) -> None:
        self.ledger = ledger
        self.configuration = configuration
        self.now = START
        self._arrivals = itertools.count(1)

    @property
    def setting(self) -> Setting:
        names = {name: channel.out_name for name, channel in wiring.folder_channels(self.configuration).items()}
        return Setting(self.configuration.book, self.configuration.digest, self.now, names)

    def arrive(self, *payloads: bytes):
        """Files with these bytes, archived and ours."""

        def archive(tx):
            kept = [(next(self._arrivals), data, payload) for data, payload in zip(payloads, tx.payloads(payloads), strict=True)]
            rows = [
                {"channel": "acme-in", "path": f"{at}.edi", "size": len(data), "mtime_ns": at, "ident": str(at), "payload": payload}
                for at, data, payload in kept
            ]
            return tx.arrive_all(rows, lease=timedelta(minutes=5), why="ready")

        return self.ledger.run(archive)

    def judged(self, data: bytes, limit: int = 500):
        return judge.file(data, "in.edi", "acme-in", self.configuration.book, self.configuration.library, limit=limit)

    def record(self, *payloads: bytes, limit: int = 500):
        """Take, judge and record files with these bytes as one batch; what became of each."""
        rows = self.arrive(*payloads)
        judged = [self.judged(data, limit) for data in payloads]
        batch = [(row, each, prepare(each, self.setting)) for row, each in zip(rows, judged, strict=True)]
        return self.ledger.run(lambda tx: record_files(tx, batch, self.setting))


@pytest.fixture
def configuration():
    files = {"edigw.yaml": EDIGW.encode(), "partners/acme/partner.yaml": ACME.encode()}
    return generation.build(generation.Generation.of(files), strict=True)


@pytest.fixture
def flow(database_url, configuration, tmp_path):
    with Ledger.open(database_url, node="hub", root=tmp_path) as ledger:
        yield Flow(ledger, configuration)


@pytest.fixture
def make_order():
    return order


@pytest.fixture
def make_flow(tmp_path):
    """``make_flow(acme)``: a flow on SQLite with this for acme's file."""
    with contextlib.ExitStack() as opened:

        def make(acme: str) -> Flow:
            files = {"edigw.yaml": EDIGW.encode(), "partners/acme/partner.yaml": acme.encode()}
            ledger = opened.enter_context(Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path))
            return Flow(ledger, generation.build(generation.Generation.of(files), strict=True))

        yield make
