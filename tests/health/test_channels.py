"""What is told of a partner's server that cannot be used: one alert for each cause, over when files can be taken again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh
import beside
import pytest

from edigw import generation, newinstance, wiring
from edigw.delivery.tries import Tried, record_tries
from edigw.health import Health, conditions
from edigw.health.alerts import FILE, Book
from edigw.healthsettings import AlertHook, Alerts
from edigw.inbound.arrivals import Arrivals
from edigw.inbound.inlets import Inlet, say_unkept
from edigw.ledger import Ledger
from edigw.secrets import Secret
from edigw.states import DeliveryState, Kind
from edigw.transports import NoSpace
from edigw.transports.breaker import AFTER
from edigw.transports.folder import Folder
from edigw.transports.troubles import Standing

PARTNER = Path(__file__).parents[1] / "wire/partner.py"
ACME = b"""partner: acme
name: ACME Stores
x12: [{qualifier: ZZ, id: ACMESTORES}]
receive:
  - {message: "850", releases: ["004010"], deliver: erp, acknowledge: none}
"""
KEY, REFUSED = "channel:acme:EDIGW-CHANNEL-E008", "channel:acme:EDIGW-CHANNEL-E010"


@pytest.fixture
def server(tmp_path):
    with beside.module(PARTNER).serving(tmp_path / "partner") as running:
        yield running


class Daemon:
    """As much of the daemon as looks into channels and tells alerts; made anew it is a daemon that was started again."""

    def __init__(self, instance: Path, ledger: Ledger, posts) -> None:
        hook = AlertHook(f"http://127.0.0.1:{posts.server_address[1]}/alerts", Secret("file", "keys/hook"))
        self.settings = Alerts(webhook=hook, disk=0)
        self.instance = instance
        self.arrivals = Arrivals(
            ledger, None, {}, partner_of=lambda _: "acme", process=None, spawn=lambda work: work.close(), largest=1 << 20,
        )  # fmt: skip
        self.reload()
        self.health = Health(
            instance, ledger, clock=lambda: datetime.now(UTC), current=lambda: self.configuration,
            hindered=list, channels=self.arrivals.standing, pool=lambda: None,
        )  # fmt: skip

    def reload(self) -> None:
        files = {"edigw.yaml": (self.instance / "edigw.yaml").read_bytes(), "partners/acme/partner.yaml": ACME}
        self.configuration = generation.build(generation.Generation.of(files), strict=True)
        self.arrivals.replace(wiring.inlets(self.configuration, self.instance, self.arrivals.inlets))

    def scan(self, times: int = 1) -> None:
        """Look into the channel, also while it is left alone, and after each look at what is wrong."""
        for _ in range(times):
            asyncio.run(self.arrivals.scan("acme"))
            self.look()
            asyncio.run(self.arrivals.scan("acme"))  # left alone, once the breaker is open
            self.look()
            self.arrivals.inlets["acme"].remote.breaker.hurry()

    def look(self) -> None:
        self.health.look(self.settings)


@pytest.fixture
def told(posts):
    return lambda: [(one["what"], one["key"], one["code"], one["next"]) for _, post, _ in posts.posts for one in post["alerts"]]


@pytest.fixture
def start(tmp_path, server, posts):
    instance = tmp_path / "hub"
    newinstance.make(instance)
    for name, text in (("acme", server.private_key), ("hook", "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0")):
        (instance / "keys" / name).write_text(text)
        (instance / "keys" / name).chmod(0o600)

    def pin(fingerprint: str) -> None:
        login = f'sftp: 127.0.0.1, port: {server.port}, user: hub, key: file:keys/acme, host_key: "{fingerprint}"'
        (instance / "edigw.yaml").write_text(
            f"gateway: {{name: hub, x12: [{{qualifier: ZZ, id: US}}]}}\nchannels:\n  acme: {{{login}, partner: acme, get: /out, timeout: 2s}}\n"
            'endpoints:\n  erp: {http: "http://127.0.0.1:1/edi", secret: env:ERP_SECRET}\n'
        )

    pin(server.fingerprint)
    with Ledger.open("sqlite:///ledger.db", node="hub", root=instance) as ledger:

        def begin() -> Daemon:
            return Daemon(instance, ledger, posts)

        begin.pin = pin
        yield begin


def test_a_host_key_that_changed_is_one_alert_until_files_can_be_taken(start, server, told):
    daemon = start()
    daemon.scan()
    assert told() == []
    server.shut()
    server.keys = [asyncssh.generate_private_key("ssh-ed25519")]
    server.open()
    daemon.scan(AFTER + 2)
    assert daemon.arrivals.inlets["acme"].remote.breaker.failures > AFTER
    raised = ("alert", KEY, "EDIGW-CHANNEL-E008", "edigw check --connect")
    assert told() == [raised]
    (words,) = daemon.arrivals.troubles()
    assert words.startswith(f"acme: EDIGW-CHANNEL-E008 sftp://hub@127.0.0.1:{server.port}: failed ")
    assert (server.fingerprint in words, words.endswith("; next: edigw check --connect")) == (True, True)

    daemon = start()  # nobody has looked yet, so nothing is over
    daemon.look()
    daemon.scan(AFTER)
    assert told() == [raised]

    start.pin(server.fingerprint)
    daemon.reload()
    daemon.look()  # mended perhaps; whether files can be taken nobody knows yet
    assert told() == [raised]
    daemon.scan(2)
    assert told() == [raised, ("resolved", *raised[1:])]
    assert daemon.arrivals.troubles() == []


def test_another_cause_ends_none(start, server, told):
    """A server that is restarted shows another key, refuses meanwhile, and shows the right one again."""
    daemon = start()
    right, wrong = server.keys, [asyncssh.generate_private_key("ssh-ed25519")]
    for keys in (wrong, None, wrong, None):
        server.shut()
        if keys:
            server.keys = keys
            server.open()
        daemon.scan(AFTER)
    assert [(what, key) for what, key, *_ in told()] == [("alert", KEY), ("alert", REFUSED)]
    server.keys = right
    server.open()
    daemon.scan(2)
    assert sorted((what, key) for what, key, *_ in told()[2:]) == [("resolved", KEY), ("resolved", REFUSED)]


def test_a_channel_that_is_no_more_is_over(start, server, told):
    server.shut()
    daemon = start()
    daemon.scan(AFTER)
    text = (daemon.instance / "edigw.yaml").read_text()
    (daemon.instance / "edigw.yaml").write_text(text.partition("channels:")[0] + "endpoints:" + text.partition("endpoints:")[2])
    daemon.reload()
    daemon.look()
    assert [(what, key) for what, key, *_ in told()] == [("alert", REFUSED), ("resolved", REFUSED)]
    assert (daemon.instance / FILE).exists()


def test_files_that_stay_for_one_cause_are_one_alert(tmp_path):
    inlet = Inlet("acme", Folder(tmp_path, settle=0, stale=0), 1.0)
    inlet.looked = True
    for name in ("a.edi", "b.edi"):
        say_unkept(inlet, name, NoSpace(str(tmp_path), "no room"))
    (one,) = conditions.of_channels(Standing(list(inlet.unkept.values()))).found.values()
    assert (one.key, one.code, one.next) == ("channel:acme:EDIGW-CHANNEL-E002", "EDIGW-CHANNEL-E002", NoSpace.advice)
    assert one.title == f"acme: a.edi stays in the inbox: {tmp_path}: no room (and 1 more)"


@pytest.mark.parametrize(
    ("why", "key", "code", "further"),
    [
        pytest.param("EDIGW-CHANNEL-E008 sftp://hub@x:22: the server shows a; pinned is b", "channel:files:EDIGW-CHANNEL-E008", "EDIGW-CHANNEL-E008", "edigw check --connect", id="a person mends it"),
        pytest.param("503", 'case:kind=delivery and to=files and state=given_up,due and why~503', "EDIGW-DELIVERY-E003", "edigw retry", id="it may be over by itself"),
    ],
)
def test_a_delivery_that_is_just_tried_again_is_not_over(tmp_path, why, key, code, further):
    with Ledger.open("sqlite:///ledger.db", node="hub", root=tmp_path) as ledger:
        book = Book.load(tmp_path, "hub")
        by = Alerts(overdue=timedelta(hours=1))

        def looked(hours: int) -> list[str]:
            book.note(conditions.of_ledger(ledger, {}, by, datetime.now(UTC) + timedelta(hours=hours), {}), [], datetime.now(UTC))
            return list(book.open)

        def claim():
            lease = timedelta(minutes=5)
            return ledger.submit_claim(Kind.DELIVERY, DeliveryState.DUE, to=DeliveryState.UNDER_WAY, limit=1, lease=lease, lane="files").result()[0]

        def came_to(row, tried: Tried) -> None:
            ledger.run(lambda tx: record_tries(tx, [(row, tried)]))

        ledger.run(lambda tx: tx.add(Kind.DELIVERY, [{"what": "document", "lane": "files", "due_at": datetime.now(UTC)}]))
        came_to(claim(), Tried(DeliveryState.DUE, why, datetime.now(UTC)))
        assert looked(0) == ([key] if key.startswith("channel:") else [])  # nobody waits for what waiting does not mend
        assert looked(2) == [key]
        assert (book.open[key]["code"], book.open[key]["next"].startswith(further)) == (code, True)
        again = claim()
        assert looked(2) == [key]
        came_to(again, Tried(DeliveryState.DONE, "the receiver has it"))
        assert looked(2) == []


def test_what_does_not_get_on_is_one_cause_however_long():
    (early,), (late,) = (conditions.of_node([f"no look into channel acme-1 for {seconds} s"]).found for seconds in (121, 300))
    assert early == late
