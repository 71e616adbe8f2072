"""A gateway without its daemon: an instance in a folder, its ledger, and the flows, run when a test says so.

What arrives is judged by the real flows under the configuration as it stands in the folder;
only the worker processes are left out, for a test has no need of their walls.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edigw import generation, judge, settings
from edigw.archive import Archive
from edigw.delivery import Tried, record_tries
from edigw.inbound import Current, Inbound, Setting
from edigw.inbound.arrivals import Arrived
from edigw.ledger import Ledger, Row
from edigw.pool import FileTask
from edigw.states import DeliveryState, Kind, State, parse_id

SAMPLES = Path(__file__).parents[2] / "samples"
LEASE = timedelta(minutes=10)

EDIGW = """gateway: {name: hub, x12: [{qualifier: ZZ, id: OURCOMPANY}], edifact: [{id: "4012345000009", qualifier: "14"}]}
database: DATABASE
channels:
  acme-in: {folder: inbox/acme}
  acme-out: {folder: outbox/acme}
  nordwind-in: {folder: inbox/nordwind}
  nordwind-out: {folder: outbox/nordwind}
endpoints:
  erp: {http: "http://127.0.0.1:9/edi", secret: file:keys/erp}
"""
ACME = """partner: acme
x12: [{qualifier: ZZ, id: ACMESTORES}]
channels: {in: acme-in, out: acme-out}
receive:
  - {message: "850", map: acme/850, deliver: erp, acknowledge: {with: "997"}}
policies: {order: none}
"""
ACME_MAP = """map: acme/850
extends: x12/850
change: {REF: {into: {DP: extensions.department}}}
"""
NORDWIND = """partner: nordwind
edifact: [{id: "4012345000016", qualifier: "14"}]
channels: {in: nordwind-in, out: nordwind-out}
receive:
  - {message: ORDERS, deliver: erp}
"""

PARTNER, MAP = "partners/acme/partner.yaml", "partners/acme/maps/850.yaml"


def sample(name: str) -> bytes:
    """What a sample's partner sent."""
    return (SAMPLES / name / "in.edi").read_bytes()


ORDER = sample("orders-x12-850-minimal")
TWO = sample("orders-x12-850-two-sets")
NO_NUMBER = sample("orders-x12-850-no-number")


#: What partners' files compile to, once for all tests: they differ in the database's name only.
_BUILT: dict[str, generation.Configuration] = {}


class Clock:
    """Stands still until ``on`` moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **step: float) -> None:
        self.now += timedelta(**step)


class Here:
    """Judges in this process. *poison* are ordinals that end a worker whenever they are looked at."""

    stalled = False  #: this process is there, and takes whatever comes

    def __init__(self, house: House) -> None:
        self._house = house

    async def files(self, tasks: list[FileTask], *, limit: int = 500) -> list[judge.FileJudged]:
        of = self._house.configuration
        return [judge.file(one.read(), one.name, one.channel, of.book, of.library, limit=0 if self._house.poison else limit) for one in tasks]

    async def span(self, task: FileTask, found: Any, *, offset: int, resume: bytes | None, limit: int = 500, first: int = 0) -> judge.Judged:
        of = self._house.configuration
        return judge.span(
            task.read(), found, of.book, of.library, name=task.name, offset=offset, resume=resume, limit=limit, skip=self._house.poison
        )


class House:
    """The instance in *folder*. ``edit`` changes its files, ``arrive`` and ``carry_on`` do what the daemon would."""

    def __init__(self, folder: Path, database: str, clock: Callable[[], datetime]) -> None:
        self.folder = folder
        self.clock = clock
        self.poison: frozenset[int] = frozenset()
        self.span = 500  # messages judged in one task
        files = {"edigw.yaml": EDIGW.replace("DATABASE", database), PARTNER: ACME, MAP: ACME_MAP, "partners/nordwind/partner.yaml": NORDWIND}
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        for name in ("inbox/acme", "outbox/acme", "inbox/nordwind", "outbox/nordwind", "keys"):
            (folder / name).mkdir(parents=True)
        (folder / "keys/erp").write_text("whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\n")
        (folder / "keys/erp").chmod(0o600)
        self.reload()
        self.ledger = Ledger.open(database, node="hub", clock=clock, root=folder, boot="daemon")
        self._arrived = 0

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a configuration file and have it in force."""
        text = (self.folder / path).read_text()
        assert old in text
        (self.folder / path).write_text(text.replace(old, new))
        self.reload()

    def reload(self) -> None:
        read = generation.read(self.folder)
        inside = generation.Generation.of({path: data for path, data in read.files.items() if path != "edigw.yaml"}).digest
        if inside not in _BUILT:
            _BUILT[inside] = generation.build(read)
        self.configuration = replace(_BUILT[inside], digest=read.digest, settings=settings.load(read.files["edigw.yaml"]))

    def _flow(self) -> Inbound:
        def setting(now: datetime) -> Setting:
            return Setting(self.configuration.book, self.configuration.digest, now, dict.fromkeys(("acme-out", "nordwind-out"), "{kind}-{control}.edi"))

        current = Current(setting, Here(self), self.span)  # type: ignore[arg-type]  # what Inbound asks of a pool, without its processes
        return Inbound(self.ledger, Archive(self.folder / "archive"), {}, lambda: current, due=lambda: None, clock=self.clock, largest=1 << 20)

    def arrive(self, data: bytes, name: str = "po.edi", channel: str = "acme-in") -> Row:
        """A file arrives, is archived, judged and recorded; its row."""
        self._arrived += 1
        partner = self.configuration.book.channels.get(channel, "")

        def archive(tx: Any) -> Row:
            return tx.arrive(
                channel=channel, path=name, size=len(data), mtime_ns=self._arrived, ident=str(self._arrived), partner=partner, lease=LEASE, why="moved",
                payload=tx.payload(data), sha256=hashlib.sha256(data).digest(),
            )  # fmt: skip

        row = self.ledger.run(archive)
        self.ledger.run(lambda tx: tx.retired([row.id]))
        asyncio.run(self._flow().process([Arrived(row, FileTask(data, name, channel))]))
        return self.row(row.label)

    def carry_on(self) -> None:
        """What the daemon does within a second of a person's action."""
        asyncio.run(self._flow().carry_on())

    def tried(self, to: DeliveryState = DeliveryState.DONE, why: str = "503", **facts: Any) -> list[str]:
        """Every delivery that is due is tried and comes to this; their ids."""
        rows = self.ledger.claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=100, lease=LEASE, now=self.clock())
        if rows:
            self.ledger.run(lambda tx: record_tries(tx, [(row, Tried(to, why, **facts)) for row in rows]))
        return [row.label for row in rows]

    def row(self, label: str) -> Row:
        found = self.ledger.get(*parse_id(label))
        assert found is not None, f"{label} is not there"
        return found

    def state(self, *labels: str) -> list[str]:
        """Where rows are: ``["held", "done"]``."""
        return [self.row(label).state.value for label in labels]

    def where(self, kind: Kind, *states: State) -> list[str]:
        """The rows in these states, or all of a kind."""
        return [row.label for row in (self.ledger.rows(kind, state=states) if states else self.ledger.rows(kind))]

    def whys(self, label: str) -> list[str]:
        """Why a row went from state to state, in order."""
        return [event.why for event in self.ledger.history(*parse_id(label))]
