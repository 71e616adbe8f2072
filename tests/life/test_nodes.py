"""Two nodes on one PostgreSQL: both work, one is killed again and again under load, and nobody outside can tell."""

from __future__ import annotations

import itertools
import json
import os
import random
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import beside
import paramiko
import pytest

from edigw.daemon.nodes import share

# Every kill costs the start of a daemon, some four seconds of one processor: three show the same as ten, and fit into a suite.
KILLS = int(os.environ.get("EDIGW_NODE_KILLS", "3"))
SEED = int(os.environ.get("EDIGW_SEED", "20261128"))
TAKEN_OVER = 30.0  # seconds on a busy machine; a dead process is seen within two


@pytest.mark.parametrize(
    ("channels", "nodes", "shares"),
    [
        pytest.param("abc", ["east"], {"east": "abc"}, id="alone"),
        pytest.param("abc", ["west", "east"], {"east": "ac", "west": "b"}, id="in turn, by name"),
        pytest.param("a", ["east", "west"], {"east": "a", "west": ""}, id="fewer than nodes"),
        pytest.param("abc", ["east"], {"west": ""}, id="a node that is not alive polls nothing"),
    ],
)
def test_channels_are_shared_out(channels, nodes, shares):
    assert {node: "".join(sorted(share(channels, nodes, node))) for node in shares} == shares


@pytest.fixture
def make_node():
    """``make_node(gateway, "east")``: a node that is started and killed by the test."""
    module = beside.module(Path(__file__).with_name("nodes.py"))
    made = []

    def make(gateway, name, **more):
        made.append(module.Node(gateway, name, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


@dataclass
class Load(threading.Thread):
    """Partners that send without a pause: orders and, under the same numbers, their changes; by folder, polled server and SFTP inbox."""

    gateway: object
    traffic: object
    module: object  #: traffic's
    sent: type  #: its record of a file
    port: object  #: () -> the SFTP port of a node that lives
    chance: random.Random
    over: threading.Event = field(default_factory=threading.Event)
    trouble: BaseException | None = None
    versions: dict = field(default_factory=dict)  #: of each order: the next
    uploads: list = field(default_factory=list)  #: cut off: the partner does not know, and sends them again

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.versions = defaultdict(lambda: itertools.count(1))

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            while not self.over.wait(self.chance.uniform(0.02, 0.1)):
                what = self.chance.random()
                if what < 0.5:
                    self.gateway.drop(self.version(f"PO-{self.chance.randrange(6)}"))
                elif what < 0.85:
                    self.gateway.drop(self.traffic.edifact())
                else:
                    self.upload(self.uploads.pop() if self.uploads else self.traffic.edifact())
        except BaseException as trouble:
            self.trouble = trouble
            raise

    def version(self, po: str):
        """The next version of an order: one more of its one line, in an interchange of its own."""
        number = next(self.traffic._numbers)
        data = self.module.x12(number, [self.traffic.purchase_order(next(self.versions[po]), po)])
        answer = self.module.Answer("acme", (f"AK1*PO*{number}", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"))
        return self.sent(f"po{number:06}.edi", "acme", data, (po,), (), (answer,))

    def upload(self, sent) -> None:
        try:
            self.gateway.sftp_port = self.port()
            self.gateway.upload(sent)
        except (OSError, EOFError, paramiko.SSHException):
            self.uploads.append(sent)


def test_one_of_two_nodes_is_killed_again_and_again(make_gateway, make_node, traffic, traffic_module, postgresql, partner_server, wait_until):
    gateway = make_gateway(database=postgresql.database(), settings="limits: {span: 4}\nalerts: {every: 2s}", retry="{first: 50ms, max: 200ms, for: 1h}")
    gateway.serve(partner_server)
    text = (gateway.root / "partners/acme/partner.yaml").read_text()
    (gateway.root / "partners/acme/partner.yaml").write_text(f"{text}policies: {{duplicate_key: accept}}\n")
    nodes = {name: make_node(gateway, name) for name in ("east", "west")}
    for node in nodes.values():
        node.start()
    for node in nodes.values():
        wait_until(node.is_ready, 120, node.tail)
    began = datetime.now(UTC)
    both_work(gateway, nodes, wait_until)
    refused(gateway, make_node(gateway, "east", log="third"))

    load = Load(
        gateway, traffic, traffic_module, traffic_module.Sent, lambda: next(node.sftp_port for node in nodes.values() if node.process), random.Random(SEED)
    )
    chance = random.Random(SEED + 1)
    load.start()
    try:
        for number in range(KILLS):
            time.sleep(chance.uniform(0.3, 1.5))  # the kill's moment: chance, and nothing is waited for
            name = chance.choice(sorted(nodes))
            dead, alive = nodes.pop(name), next(iter(nodes.values()))
            dead.kill()
            assert [law for law in gateway.ledger.invariants() if "under way for" in law] == []
            wait_until(lambda alive=alive: polls(gateway, alive.name) == ["acme-in", "nordwind-in"], TAKEN_OVER, alive.tail)
            if number == 0:
                gone(gateway, name, alive, wait_until)
            dead.start()
            nodes[name] = dead
            wait_until(dead.is_ready, 120, dead.tail)
            wait_until(lambda name=name: polls(gateway, name), TAKEN_OVER, dead.tail)
            assert load.trouble is None
    finally:
        load.over.set()
        load.join(30)
    for sent in load.uploads:
        gateway.sftp_port = nodes["east"].sftp_port
        gateway.upload(sent)
    gateway.wait_quiet(300)
    database_restarts(gateway, nodes, postgresql, traffic, wait_until)
    print(f"{KILLS} kills, {len(gateway.sent)} files, {(datetime.now(UTC) - began).total_seconds():.0f} s")
    wait_until(lambda: not json.loads((gateway.root / "alerts.json").read_text())["open"], TAKEN_OVER, "every alert is over")
    for node in nodes.values():
        assert node.stop() == 0, node.tail()
    assert [one.node for one in gateway.ledger.daemons()] == []  # they said goodbye
    gateway.check_all()
    versions_in_order(gateway)
    polled_by_the_holder(gateway)
    gateway.command("verify")
    for day in sorted({f"{began:%Y-%m-%d}", f"{datetime.now(UTC):%Y-%m-%d}"}):
        gateway.command("reconcile", "--day", day)


def polls(gateway, node: str) -> list[str]:
    """The channels that *node* polls."""
    return [one.name.removeprefix("channel:") for one in gateway.ledger.holders("channel:") if one.node == node and one.alive]


def both_work(gateway, nodes, wait_until) -> None:
    """Each polls its share of the channels, and ``status`` says so."""
    wait_until(lambda: polls(gateway, "east") and polls(gateway, "west"), TAKEN_OVER, lambda: "".join(node.tail() for node in nodes.values()))
    assert (polls(gateway, "east"), polls(gateway, "west")) == (["acme-in"], ["nordwind-in"])

    def told():
        found = json.loads(gateway.command("status", "--json"))["daemon"]["nodes"]
        return [(one["node"], one["alive"], one["here"], one["polls"]) for one in found]

    want = [("east", True, True, ["acme-in"]), ("west", True, True, ["nordwind-in"])]
    wait_until(lambda: told() == want, TAKEN_OVER, lambda: str(told()))
    assert gateway.command("reload").count("is in force") == len(nodes)


def refused(gateway, third) -> None:
    """A second daemon of one name does not start, and the first goes on."""
    third.start()
    assert third.process.wait(120) == 2
    assert "EDIGW-DAEMON-E001 another daemon runs as node east (process " in third.tail()
    third._over()


def gone(gateway, name: str, alive, wait_until) -> None:
    """What the operator sees of a node that was killed."""
    shown = gateway.command("status", status=1)
    assert f"node {name} (process " in shown
    assert re.search(rf"is gone without a word for \d+s; the others go on with its work; next: edigw run --node {name}\n", shown)
    (told,) = [fact for fact in alive.facts("node.gone") if fact["node"] == name][-1:]
    assert told["code"] == "EDIGW-NODE-E001"
    alert = f"gone:{name}"
    wait_until(lambda: [fact for fact in alive.facts("alert.raised") if fact["alert"] == alert], TAKEN_OVER, alive.tail)


def database_restarts(gateway, nodes, postgresql, traffic, wait_until) -> None:
    """Both go on, and neither takes the other for dead."""
    before = {name: len(node.facts("node.gone")) for name, node in nodes.items()}
    postgresql.stop()
    gateway.drop(traffic.edifact())
    postgresql.start(port=postgresql.port)
    for node in nodes.values():
        wait_until(lambda node=node: polls(gateway, node.name), TAKEN_OVER, node.tail)
    gateway.drop(traffic.edifact())
    gateway.wait_quiet(120)
    assert {name: len(node.facts("node.gone")) for name, node in nodes.items()} == before


def versions_in_order(gateway) -> None:
    """Every request of one version of an order comes before every request of the next: one is under way at a time, in the order they came."""
    came = defaultdict(list)
    for request in gateway.sink.requests():
        document = json.loads(request["body"])
        if document["source"]["type"] == "850":
            came[document["number"]].append(int(document["lines"][0]["quantity"]))
    assert len(came) > 1
    assert any(len(versions) > 2 for versions in came.values())
    for number, versions in came.items():
        assert versions == sorted(versions), f"{number}: {versions}"


def polled_by_the_holder(gateway) -> None:
    """Each file was archived by the node that held its channel's lease at that moment, as the journal has it."""
    holder: dict[str, str] = {}
    channel = {row.id: row.channel for row in gateway.files()}
    archived, after = 0, 0
    while events := gateway.ledger.events(after=after, limit=5000):
        after = events[-1].id
        for event in events:
            if event.name == "channel taken":
                holder[event.facts["channel"]] = event.writer
            elif (event.kind, event.name) == ("file", "added"):
                archived += 1
                assert event.writer == holder[channel[event.row]], f"F{event.row} of {channel[event.row]}"
    assert archived == len(gateway.sent)
