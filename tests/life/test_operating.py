"""The incidents of docs/operating.md, made on one running gateway; every command of the page is run as it stands."""

from __future__ import annotations

import json
import re
import shlex
import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import beside
import forked
import pytest

from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn

#: One gateway lives through all of them, so one process runs them all.
pytestmark = pytest.mark.xdist_group("operating")

PAGE = (Path(__file__).parents[2] / "docs/operating.md").read_text(encoding="utf-8")
INCIDENTS = {int(number): text for number, text in re.findall(r"^## (\d+)\. .*?\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)}
FIRST = PAGE.partition("## The first minute")[2].partition("\n## ")[0]


def commands(text: str) -> list[str]:
    """The lines of the page's blocks."""
    return [line.partition("  #")[0].strip() for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def scene(request, tmp_path_factory):
    """One gateway for all incidents, in their order."""
    here = Path(__file__).parent
    sinks, gateways = beside.module(here.parent / "wire" / "sink.py"), beside.module(here / "gateway.py")
    root = tmp_path_factory.mktemp("operating")
    secret = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
    with sinks.running(root / "sink.jsonl", secret) as sink:
        sink_with = type("WithSecret", (), {"secret": secret, "__getattr__": lambda _, name: getattr(sink, name)})()
        gateway = gateways.Gateway(
            root / "hub", sink_with, retry="{first: 1h, max: 1h, for: 24h}", settings="alerts: {every: 1s, overdue: 1s, disk: 0}\nlimits: {span: 50}\n"
        )
        gateway.start()
        yield Scene(gateway, beside.module(here / "traffic.py"), gateways.wait_until)
        gateway.close()


class Scene:
    """What happens to the gateway, and the page's commands."""

    def __init__(self, gateway, traffic_module, wait_until) -> None:
        self.gateway = gateway
        self.module = traffic_module
        self.traffic = traffic_module.Traffic(first=5000)
        self._wait = wait_until
        self.ids: dict[str, str] = {}

    def wait(self, what):
        return self._wait(what, 60, self.gateway.tail)

    def logged(self, event: str, code: str) -> None:
        """What the page says the operator sees."""
        self.wait(lambda: any(one.get("code") == code and one.get("next") for one in self.gateway.facts(event)))

    def run(self, number: int, *, start: int = 0, end: int | None = None, status: tuple[int, ...] = (0,)) -> list[subprocess.CompletedProcess[str]]:
        """The page's commands *start* to *end* of incident *number*; each must end with one of *status*."""
        ran = []
        for line in commands(INCIDENTS[number] if number else FIRST)[start:end]:
            words = [self.ids.get(word, word) for word in shlex.split(line)]
            if words[0] == "edigw":
                done = forked.run(words[1:], cwd=self.gateway.root)
            else:
                done = subprocess.run(words, cwd=self.gateway.root, capture_output=True, text=True, errors="replace", timeout=120, check=False)
            assert done.returncode in status, f"{line} ended with {done.returncode}\n{done.stdout}{done.stderr}\n{self.gateway.tail()}"
            ran.append(done)
        return ran

    def held(self, kind: Kind, state, code: str = ""):
        (row,) = self.wait(lambda: [one for one in self.gateway.ledger.rows(kind, state=state) if code in ("", one.held)])
        return row

    def over(self) -> None:
        """No case is left."""
        self.wait(lambda: forked.run(["cases"], cwd=self.gateway.root).returncode == 0)


def test_the_first_minute(scene):
    status, cases, tail = scene.run(0)
    assert "all is well" in status.stdout
    assert "no case" in cases.stderr
    assert tail.returncode == 0


def test_1_the_back_office_is_down(scene):
    scene.gateway.sink.mode("503")
    scene.gateway.drop(scene.traffic.order(), scene.traffic.order(), scene.traffic.edifact())
    scene.logged("delivery.again", "EDIGW-DELIVERY-E003")
    scene.wait(lambda: len([one for one in scene.gateway.ledger.rows(Kind.DELIVERY, state=DeliveryState.DUE) if one.last_error]) == 3)
    (cases,) = scene.run(1, end=1, status=(1,))
    assert "3 deliveries, 1 cause: erp answers 503" in cases.stdout
    scene.gateway.sink.mode("200")
    dry, real = scene.run(1, start=1)
    assert dry.stdout == real.stdout
    scene.gateway.wait_quiet()
    scene.over()


def test_2_a_sender_nobody_knows(scene):
    sent = scene.traffic.order()
    scene.gateway.drop(replace(sent, data=sent.data.replace(b"ACMESTORES     ", b"ACMEWEST       ")))
    scene.logged("row.held", "EDIGW-ROUTE-E001")
    scene.run(2, end=1)
    path = scene.gateway.root / "partners/acme/partner.yaml"
    path.write_text(path.read_text().replace("x12: [", "x12: [{qualifier: ZZ, id: ACMEWEST}, "))
    _, release = scene.run(2, start=1)
    assert "goes on" in release.stdout
    scene.gateway.wait_quiet()
    scene.over()


def test_3_a_map_is_broken(scene):
    path = scene.gateway.root / "partners/acme/maps/850.yaml"
    path.parent.mkdir()
    path.write_text("map: acme/850\nextends: x12/851\n")
    check, reload, _ = scene.run(3, status=(0, 1, 2))
    assert (check.returncode != 0, reload.returncode != 0) == (True, True)
    assert "partners/acme/maps/850.yaml:2" in check.stdout + check.stderr
    scene.logged("configuration.kept", "EDIGW-CONFIG-E000")
    scene.logged("configuration.problem", scene.gateway.facts("configuration.problem")[-1]["code"])
    path.unlink()
    path.parent.rmdir()
    scene.run(3)
    scene.over()


def test_4_a_control_number_came_twice(scene):
    first, second = scene.traffic.order(), scene.traffic.order()
    numbers = [sent.name[2:-4].encode() for sent in (first, second)]
    scene.gateway.drop(first)
    scene.gateway.wait_quiet()
    data = second.data.replace(b"%09d" % int(numbers[1]), b"%09d" % int(numbers[0]))
    scene.gateway.drop(replace(second, data=data))
    scene.logged("row.held", "EDIGW-ROUTE-E007")
    listed, closed = scene.run(4)
    assert "EDIGW-ROUTE-E007" in listed.stdout
    assert "nobody is answered" in closed.stdout
    scene.over()


def test_5_we_rejected_an_order(scene):
    scene.gateway.drop(scene.traffic.bad())
    scene.logged("message.rejected", "EDIGW-CHECK-E027")
    row = scene.held(Kind.MESSAGE, MessageIn.REJECTED)
    scene.ids = {"M31": row.label, "I7": f"I{row.interchange}"}
    listed, shown, payload = scene.run(5)
    assert row.label in listed.stdout
    assert "BEG" in shown.stdout
    assert payload.stdout.startswith("ISA*")
    scene.over()


def test_6_the_disk_is_full(scene):
    """A disk that really fills up is in disk_full.py; here the alert that comes before."""
    path = scene.gateway.root / "edigw.yaml"
    text = path.read_text()
    path.write_text(text.replace("disk: 0", "disk: 900000GB"))
    assert scene.gateway.reload() == []
    scene.logged("alert.raised", "EDIGW-HEALTH-E002")
    _, status = scene.run(6, status=(0, 1))
    assert re.search(r"open alerts:\n  EDIGW-HEALTH-E002 since ", status.stdout), status.stdout
    assert (status.returncode, "all is well" in status.stdout) == (1, False)
    path.write_text(text)
    assert scene.gateway.reload() == []
    scene.wait(lambda: any(one["alert"].startswith("disk:") for one in scene.gateway.facts("alert.resolved")))


def test_7_the_database_is_gone(scene):
    """The command, while another program locks the file; outages that last are in the tests of flows."""
    with sqlite3.connect(scene.gateway.root / "ledger.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        (status,) = scene.run(7, status=(0, 1))
        retry = forked.run(["retry", "--all"], cwd=scene.gateway.root)
        other.execute("ROLLBACK")
    assert "the daemon runs" in status.stdout
    assert (retry.returncode, retry.stdout) == (2, "")
    assert "EDIGW-LEDGER-E001" in retry.stderr
    assert "fuser -v" in retry.stderr
    (status,) = scene.run(7)
    assert "all is well" in status.stdout


def test_8_a_partner_is_silent(scene):
    scene.gateway.partner("acme", more='expects: {850: "daily 90000+ by 00:00 UTC"}\n')
    assert scene.gateway.reload() == []
    book = scene.gateway.root / "alerts.json"
    scene.wait(lambda: json.loads(book.read_text()).get("known"))
    assert scene.gateway.stop() == 0
    found = json.loads(book.read_text())
    assert found["open"] == {}, "the deadline passed before the rhythm was agreed on"
    book.write_text(json.dumps(found | {"known": dict.fromkeys(found["known"], "2026-01-01T00:00:00+00:00")}))
    scene.gateway.start()
    scene.logged("alert.raised", "EDIGW-HEALTH-E003")
    listed, _, status = scene.run(8, status=(0, 1))
    assert listed.stdout
    assert re.search(r"open alerts:\n  EDIGW-HEALTH-E003 since \S+: acme is silent: \d+ of 90000 850 came by", status.stdout), status.stdout
    assert (status.returncode, "all is well" in status.stdout) == (1, False)
    scene.gateway.partner("acme")
    assert scene.gateway.reload() == []
    scene.wait(lambda: any(one["alert"].startswith("silent:") for one in scene.gateway.facts("alert.resolved")))


def test_9_a_host_key_changed(scene):
    """The commands; a server whose key changes is in the tests of the SFTP client."""
    scene.run(9)


def test_10_a_poison_message(scene):
    """A message that takes longer than a task may is held; with a longer deadline it is judged again and delivered."""
    path = scene.gateway.root / "edigw.yaml"
    text = path.read_text()
    path.write_text(text.replace("limits: {span: 50}", "limits: {span: 50, task: 1s}"))
    assert scene.gateway.reload() == []
    scene.gateway.drop(scene.traffic.orders(1, lines=40_000))  # two seconds of a processor; its document is just within what the ledger keeps
    scene.logged("row.held", "EDIGW-ROUTE-E008")
    held = scene.held(Kind.MESSAGE, MessageIn.HELD)
    path.write_text(text)
    assert scene.gateway.reload() == []
    listed, dry, real = scene.run(10)
    assert held.label in listed.stdout
    assert dry.stdout == real.stdout != ""
    scene.gateway.wait_quiet()
    scene.over()


def test_11_the_back_office_lost_a_day(scene):
    before = len(scene.gateway.documents())
    dry, real = scene.run(11)
    count = len(real.stdout.splitlines())
    assert len(dry.stdout.splitlines()) == count > 3
    scene.gateway.wait_quiet()
    assert len(scene.gateway.documents()) == before + count
    scene.over()


def test_12_nothing_can_be_read(scene):
    inbox = scene.gateway.root / "inbox/acme"
    (inbox / ".a.part").write_bytes(b"%PDF-1.7\n" * 100)
    (inbox / ".a.part").rename(inbox / "invoice.pdf")
    scene.logged("file.quarantined", "EDIGW-FILE-E001")
    scene.held(Kind.FILE, FileState.QUARANTINED)
    scene.run(12)
    assert scene.gateway.ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.HELD) == []
    scene.over()


def test_the_page_has_its_incidents():
    assert sorted(INCIDENTS) == list(range(1, 13))
    for number, text in INCIDENTS.items():
        for part in ("**You see**", "**Why.**", "**Do**", "**It is over**"):
            assert part in text, (number, part)
