"""A kill at every edge: a daemon is ended there, started again, and nothing is lost or doubled.

Each edge has its scene, which brings a running daemon to the edge; an edge of which a file
passes by more than once is also taken at a later passage. An edge without a scene fails
the first test.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import paramiko
import pytest

from edigw import edges
from edigw.states import InterchangeIn, Kind, MessageIn

#: What a client may be told when the gateway dies under it.
CUT_OFF = (OSError, EOFError, paramiko.SSHException)


@dataclass(frozen=True)
class Case:
    edge: str
    passage: int = 1
    scene: str = "mix"

    @property
    def crash_at(self) -> str:
        return f"{self.edge}:{self.passage}"


def cases(scene: str, *names: str, later: int = 0) -> list[Case]:
    """Each of *names* at its first passage, and at the *later* one when it is given."""
    return [Case(name, passage, scene) for name in names for passage in (1, later) if passage]


CASES = [
    *cases("large", "archive:written", "archive:synced", "archive:renamed", later=2),
    *cases("mix", "ledger:before-commit", "ledger:committed", later=9),
    *cases("mix", "archive:before-commit", "archive:committed", "retired:before-commit", "retired:committed", later=3),
    *cases("mix", "record:before-commit", "record:committed", later=3),
    *cases("mix", "claim:before-commit", "claim:committed", later=4),
    *cases("mix", "mark:before-commit", "delivered:before-commit", "delivered:committed", later=3),
    *cases("mix", "retire:before-take", "retire:taken", "retire:unlinked", later=3),
    *cases("mix", "put:before-write", "put:written", "put:synced", "put:marked", "put:linked", "put:renamed", later=3),
    *cases("mix", "post:before-send", "post:answered", later=3),
    *cases("spans", "span:before-commit", "span:committed", later=3),
    *cases("upload", "upload:written", "upload:synced", "upload:linked", later=3),
    *cases("server", "fetch:before-read", "fetch:piece", "fetch:complete", "drop:before-look", "drop:removed"),
    *cases("server", "send:before-write", "send:written", "send:sized", "send:marked", "send:renamed"),
    *cases("released interchange", "release:before-commit"),
    *cases("released message", "again:before-commit"),
]

#: Of every scene one whose daemons are started as an operator starts them, interpreter and all.
BY_EXEC = {"archive:renamed:1", "put:linked:1", "span:committed:1", "upload:linked:1", "send:renamed:1", "release:before-commit:1", "again:before-commit:1"}

#: Edges of commands and not of the daemon; tests/audit/test_retain.py kills these.
BY_COMMAND = {"retain:before-commit", "retain:committed", "discard:taken"}


def test_every_edge_has_a_case():
    assert {case.edge for case in CASES} | BY_COMMAND == set(edges.NAMES)
    assert {case.scene for case in CASES if case.crash_at in BY_EXEC} == set(SCENES)


# -- scenes: bring a running daemon to the edge, and give what a partner or a person must do again when it died on the way


def mix(gateway: Any, traffic: Any, wait_until: Any) -> Callable[[], None]:
    """One file after the other has come to rest, so that each passes by every edge for itself.

    Files that are merely known may share a batch, and their deliveries a claim; then a later passage never comes.
    """
    for sent in traffic.mix(6):
        gateway.drop(sent)
        wait_until(lambda: gateway.dying() or not gateway.unfinished(), 120, gateway.tail)  # dead: the rest waits in the inbox
    return lambda: None


def large(gateway: Any, traffic: Any, wait_until: Any) -> Callable[[], None]:
    gateway.drop(traffic.order(), traffic.large(), traffic.large(), traffic.edifact())
    return lambda: None


def spans(gateway: Any, traffic: Any, wait_until: Any) -> Callable[[], None]:
    gateway.drop(traffic.orders(18), traffic.bad(), traffic.orders(7))
    return lambda: None


def upload(gateway: Any, traffic: Any, wait_until: Any) -> Callable[[], None]:
    """A partner that is cut off cannot know whether its file got through, and sends it again."""
    files = [traffic.order(), traffic.edifact(), traffic.order(), traffic.bad()]
    gateway.sent.extend(files)
    sent = 0
    with contextlib.suppress(*CUT_OFF):
        for one in files:
            gateway.upload(one)
            sent += 1

    def again() -> None:
        for one in files[sent:]:
            gateway.upload(one)

    return again


def server(gateway: Any, traffic: Any, wait_until: Any) -> Callable[[], None]:
    """Over acme's own server: a file of several pieces, and answers put there."""
    gateway.drop(traffic.orders(12, notes=400), traffic.order(), traffic.bad())
    return lambda: None


def released_interchange(gateway: Any, traffic: Any, wait_until: Any) -> Callable[[], None]:
    """The number of an interchange used again for other bytes: held until somebody lets it pass."""
    first, other = traffic.order(), traffic.order()
    number, another = (int(sent.name[2:-4]) for sent in (first, other))
    data = other.data.replace(b"%09d" % another, b"%09d" % number)
    gateway.drop(first)
    gateway.wait_quiet()
    gateway.drop(replace(other, data=data))
    gateway.wait_quiet()
    (held,) = gateway.ledger.rows(Kind.INTERCHANGE, state=InterchangeIn.HELD)
    gateway.command("release", held.label, "--reason", "looked at")  # the daemon may die while it is told
    return lambda: None


def released_message(gateway: Any, traffic: Any, wait_until: Any) -> Callable[[], None]:
    """A map that leaves out what every order must have: the message is held until it is mended."""
    maps = gateway.root / "partners/acme/maps"
    maps.mkdir()
    (maps / "850.yaml").write_text("map: acme/850\nextends: x12/850\nchange:\n  BEG: {3: extensions.po}\n")
    gateway.partner("acme", receive='{message: "850", releases: ["004010"], map: acme/850, deliver: erp, acknowledge: {with: "997"}}')
    assert gateway.reload() == []
    gateway.drop(traffic.order(), traffic.edifact())
    gateway.wait_quiet()
    (held,) = gateway.ledger.rows(Kind.MESSAGE, state=MessageIn.HELD)
    gateway.partner("acme")
    assert gateway.reload() == []
    gateway.command("release", held.label, "--reason", "looked at")  # the daemon may die while it is told
    return lambda: None


#: The ledger's own edges, each once more on PostgreSQL: what is written there and what is not decides all else.
COMMITS = [case for case in CASES if case.passage == 1 and case.edge.endswith((":before-commit", ":committed"))]

SCENES = {
    "mix": mix,
    "large": large,
    "spans": spans,
    "upload": upload,
    "server": server,
    "released interchange": released_interchange,
    "released message": released_message,
}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.crash_at) for case in CASES])
def test_kill(case, make_gateway, traffic, wait_until, request):
    gateway = make_gateway(settings="limits: {span: 4}")
    if case.scene == "server":
        gateway.serve(request.getfixturevalue("partner_server"))
    killed_and_carried_on(case, gateway, traffic, wait_until, by_exec=case.crash_at in BY_EXEC)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.crash_at) for case in COMMITS])
def test_kill_on_postgresql(case, make_gateway, traffic, wait_until, postgresql):
    gateway = make_gateway(settings="limits: {span: 4}", database=postgresql.database())
    killed_and_carried_on(case, gateway, traffic, wait_until)


def killed_and_carried_on(case: Case, gateway: Any, traffic: Any, wait_until: Any, *, by_exec: bool = False) -> None:
    gateway.start(crash_at=case.crash_at, by_exec=by_exec)
    again = SCENES[case.scene](gateway, traffic, wait_until)
    gateway.died()
    gateway.start(by_exec=by_exec)
    again()
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.stop() == 0
    gateway.check_all()
