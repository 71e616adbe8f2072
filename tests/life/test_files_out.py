"""Documents that leave as files, into a folder and onto a server: each once, under a name that is its own, whatever is killed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edigw.states import DeliveryState, Kind, MessageIn

RECEIVE = '{message: "850", releases: ["004010"], map: x12/850, deliver: files, acknowledge: none}'  # unanswered, so that all that is put is a document
FOLDER = '  files: {folder: documents, name: "{document}-{id}-{number}.json", retry: {first: 50ms, max: 500ms, for: 1h}}'


def files_into(gateway: Any, endpoint: str) -> Path:
    """Have acme's orders go to *endpoint*, whose files end in the folder that is given."""
    text = (gateway.root / "edigw.yaml").read_text().replace("endpoints:\n", f"endpoints:\n{endpoint}\n")
    (gateway.root / "edigw.yaml").write_text(text)
    gateway.partner("acme", receive=RECEIVE)
    folder = gateway.root / "documents"
    folder.mkdir()
    return folder


def over_sftp(gateway: Any, server: Any) -> str:
    server.folder = gateway.root
    (gateway.root / "keys/server").write_text(server.private_key)
    (gateway.root / "keys/server").chmod(0o600)
    login = f'user: hub, key: file:keys/server, host_key: "{server.fingerprint}", put: /documents, timeout: 2s'
    return f"  files: {{sftp: 127.0.0.1, port: {server.port}, {login}, retry: {{first: 50ms, max: 500ms, for: 1h}}}}"


def unanswered(*files: Any) -> list[Any]:
    return [replace(one, answers=(), documents=()) for one in files]


def check(gateway: Any, folder: Path, numbers: list[str], name: str) -> None:
    """Each document stands there once under its name, and the ledger knows it."""
    found = {path.name: json.loads(path.read_bytes()) for path in folder.iterdir()}
    assert sorted(one["number"] for one in found.values()) == sorted(numbers)
    rows = gateway.ledger.rows(Kind.DELIVERY, what="document")
    assert {row.state for row in rows} == {DeliveryState.DONE}
    assert found.keys() == {row.name for row in rows}
    messages = {row.id: row for row in gateway.ledger.rows(Kind.MESSAGE)}
    assert found.keys() == {name.format(id=f"M{row.message}", number=messages[row.message].key, document="order", partner="acme") for row in rows}
    assert {row.state for row in messages.values()} == {MessageIn.DELIVERED}
    assert gateway.ledger.invariants(quiet=True) == []
    assert not [fact for fact in gateway.facts() if "exception" in fact]


@pytest.mark.parametrize("edge", ["put:synced", "put:marked", "put:renamed"])
def test_killed_while_a_document_is_put(gateway, traffic, edge):
    folder = files_into(gateway, FOLDER)
    gateway.start(crash_at=edge)
    orders = [traffic.order(), traffic.order()]
    for one in unanswered(*orders):
        gateway.drop(one)
    gateway.died()
    gateway.start()
    gateway.wait_quiet()
    check(gateway, folder, [one.documents[0] for one in orders], "{document}-{id}-{number}.json")
    assert gateway.stop() == 0


@pytest.mark.parametrize("edge", ["send:marked", "send:renamed"])
def test_killed_while_a_document_is_put_on_a_server(gateway, traffic, partner_server, edge):
    folder = files_into(gateway, over_sftp(gateway, partner_server))
    gateway.start(crash_at=edge)
    order = traffic.order()
    gateway.drop(*unanswered(order))
    gateway.died()
    gateway.start()
    gateway.wait_quiet()
    check(gateway, folder, [order.documents[0]], "{document}-{id}.json")
    assert gateway.stop() == 0


def test_a_document_that_was_fetched_before_we_knew(gateway, traffic, wait_until):
    """Killed behind its rename, and taken by the back office meanwhile: nobody knows, so nothing is sent, and a person says what is so."""
    folder = files_into(gateway, FOLDER)
    gateway.drop(*unanswered(traffic.order(), traffic.order(), traffic.order()))  # before the start, so that they are put together
    gateway.start(crash_at="put:renamed")
    gateway.died()
    for path in list(folder.iterdir()):
        path.unlink()  # fetched
    gateway.start()
    wait_until(lambda: len(gateway.facts("delivery.uncertain")) == 3, 60, gateway.tail)
    assert {(fact["code"], fact["next"].startswith("ask the receiver, then edigw done D")) for fact in gateway.facts("delivery.uncertain")} == {("EDIGW-DELIVERY-E004", True)}
    one, two, three = (f"D{row.id}" for row in gateway.ledger.rows(Kind.DELIVERY, state=DeliveryState.UNCERTAIN))
    assert list(folder.iterdir()) == []
    gateway.command("done", one, "--reason", "the back office has it")
    gateway.command("close", two, "--reason", "ordered by telephone meanwhile")
    gateway.command("retry", three, "--reason", "the back office lost it")
    gateway.wait_quiet()
    assert len(list(folder.iterdir())) == 1
    states = {row.label: row.state for row in gateway.ledger.rows(Kind.DELIVERY)}
    assert states == {one: DeliveryState.DONE, two: DeliveryState.CLOSED, three: DeliveryState.DONE}
    assert sorted(row.state.value for row in gateway.ledger.rows(Kind.MESSAGE)) == ["closed", "delivered", "delivered"]
    (said,) = (event for event in gateway.ledger.history(Kind.DELIVERY, int(one[1:])) if "said to be there" in event.why)
    assert said.why.endswith("the back office has it")
    assert gateway.ledger.invariants(quiet=True) == []
    assert gateway.stop() == 0
