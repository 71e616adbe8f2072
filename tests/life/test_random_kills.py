"""Kills at moments that nobody chose, on both databases, while partners go on sending and the back office has a bad day.

``EDIGW_KILLS=300`` kills so often in each test, which takes a quarter of an hour each; without it they kill as often as here stands.
"""

from __future__ import annotations

import datetime
import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import paramiko
import pytest

KILLS = {"sqlite": 50, "postgresql": 12, "served": 12}
SURELY = 50  # kills of which some meet a request under way; of a dozen, none may
SEED = 20261124
BY_EXEC = (0, 9)  # of ten lives, those that begin with the interpreter; one of them is ended while it starts
#: How the back office answers during one life of the daemon.
MOODS = [("200", {}), ("200", {}), ("500", {"times": 4}), ("slow", {"seconds": 0.2}), ("close", {"times": 2}), ("503", {"times": 3, "headers": {"retry-after": "1"}})]
#: How a partner's own SFTP server misbehaves during one life of the daemon; a "cut" comes once, the rest goes on.
SERVED: list[dict[str, Any]] = [{}, {"cut_after": 3_000}, {"late": True}, {"hang": {"read"}}, {"refuse": {"rename"}}, {"refuse": {"list"}}, {"off": 7}, {"drip": True}]


class Partners(threading.Thread):
    """Send a mixed load without a pause, by folder and by SFTP, until told to stop. *uploaded* makes what is put by SFTP."""

    def __init__(self, gateway: Any, traffic: Any, chance: random.Random, uploaded: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.gateway = gateway
        self.traffic = traffic
        self.chance = chance
        self.uploaded = uploaded
        self.over = threading.Event()
        self.trouble: BaseException | None = None
        self.uploads: list[Any] = []  #: cut off: the partner does not know, and sends them again

    def run(self) -> None:
        try:
            while not self.over.wait(self.chance.uniform(0.05, 0.25)):
                kind = self.chance.random()
                if kind < 0.06:
                    self.gateway.drop(self.traffic.orders(14))
                elif kind < 0.08:
                    self.gateway.drop(self.traffic.large())
                elif kind < 0.2 and self.gateway.sftp_port:
                    self.send(self.uploads.pop() if self.uploads else self.uploaded())
                else:
                    self.gateway.drop(self.traffic.mix(5)[self.chance.randrange(5)])
        except BaseException as trouble:
            self.trouble = trouble
            raise

    def send(self, sent: Any) -> None:
        try:
            self.gateway.upload(sent)
        except (OSError, EOFError, paramiko.SSHException):
            self.uploads.append(sent)


@pytest.mark.xdist_group("random kills")
def test_random_kills_on_sqlite(make_gateway, traffic):
    killed_at_random(KILLS["sqlite"], make_gateway(settings="limits: {span: 4}", timeout="1s"), traffic)


def test_random_kills_on_postgresql(make_gateway, traffic, postgresql):
    gateway = make_gateway(settings="limits: {span: 4}", timeout="1s", database=postgresql.database())
    killed_at_random(KILLS["postgresql"], gateway, traffic)


def test_random_kills_while_a_partners_server_misbehaves(make_gateway, traffic, partner_server):
    gateway = make_gateway(settings="limits: {span: 4}", timeout="1s")
    gateway.serve(partner_server)
    killed_at_random(KILLS["served"], gateway, traffic, partner_server)


def killed_at_random(kills: int, gateway: Any, traffic: Any, server: Any = None) -> None:
    kills = int(os.environ.get("EDIGW_KILLS", kills))
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    partners = Partners(gateway, traffic, random.Random(SEED + 1), traffic.edifact if server else traffic.order)
    partners.start()
    begin, begun = time.monotonic(), datetime.datetime.now(datetime.UTC)
    try:
        for number in range(kills):
            mood, settings = chance.choice(MOODS)
            gateway.sink.mode(mood, **settings)
            if server is not None:
                server.well()
                vars(server).update(chance.choice(SERVED))
            starting = number % 5 == 4  # one in five does not live to say that it is ready
            gateway.start(ready=not starting, by_exec=number % 10 in BY_EXEC)
            time.sleep(chance.uniform(0.0, 2.0 if starting else 0.7))  # the kill's moment: chance, and nothing is waited for
            gateway.kill()
            assert partners.trouble is None
    finally:
        partners.over.set()
        partners.join(30)
    print(f"{kills} kills in {time.monotonic() - begin:.0f} s, {len(gateway.sent)} files")
    gateway.sink.mode("200")
    if server is not None:
        server.well()
    gateway.start()
    for sent in partners.uploads:
        gateway.upload(sent)
    gateway.wait_quiet(300 + len(gateway.sent) / 4)  # what piled up behind a server that misbehaved takes its time
    gateway.check_all()
    print(gateway.sink.facts())
    gateway.command("verify")
    today = datetime.datetime.now(datetime.UTC).date()
    for day in {today, begun.date()}:
        gateway.command("reconcile", "--day", day.isoformat())  # nothing is unexplained
    if kills >= SURELY:
        assert gateway.sink.facts()["repeats"] > 0, "no request was repeated: the kills missed the deliveries"
    assert gateway.stop() == 0
