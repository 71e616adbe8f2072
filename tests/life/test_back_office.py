"""A back office on a bad day: what may get through is tried again with the same id and bytes, what cannot waits for a person."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from edigw.states import DeliveryState, Kind, MessageIn

AGAIN = "EDIGW-DELIVERY-E003"
GIVEN_UP = "EDIGW-DELIVERY-E005"


#: What the back office does, how often, how many tries that fails, and why it is said to be tried again.
BAD_DAYS = [
    ("500", {"times": 2}, 2, "500"),
    ("503", {"times": 1, "headers": {"retry-after": "1"}}, 1, "503"),
    ("hang", {"times": 1}, 1, "no answer within 3 s"),
    ("close", {"times": 3}, 2, "connection"),  # a connection that stood idle is not worth a try: the first is repeated at once
]
#: What it answers for good, and what is said of that.
REFUSALS = [
    ("400", {}, "400 "),
    ("302", {"headers": {"location": "http://127.0.0.1:9/elsewhere"}}, "302 redirects to 'http://127.0.0.1:9/elsewhere'; redirects are not followed"),
]


def test_tried_again(make_gateway, traffic):
    """It comes again under the same id with the same bytes until it is answered."""
    gateway = make_gateway(timeout="3s")  # long enough for a back office on a busy machine, which is not to be tried again
    gateway.start()
    for mode, settings, tries, why in BAD_DAYS:
        before, asked = len(gateway.facts("delivery.again")), len(gateway.sink.requests())
        gateway.sink.mode(mode, **settings)
        gateway.drop(traffic.order())
        gateway.wait_quiet()
        told = gateway.facts("delivery.again")[before:]
        assert [(fact["code"], fact["to"], fact["attempt"]) for fact in told] == [(AGAIN, "erp", number) for number in range(1, tries + 1)], mode
        assert all(why in fact["why"] and fact["next"] == f"edigw retry {fact['delivery']}" for fact in told), told
        requests = gateway.sink.requests()[asked:]
        assert (len(requests), len({request["id"] for request in requests}), len({request["sha256"] for request in requests})) == (settings["times"] + 1, 1, 1), mode
    gateway.check_all()
    assert gateway.stop() == 0


def test_given_up(gateway, traffic, wait_until):
    """Asked once and never again by itself: the message is held with the reason, and a person's ``retry`` keeps its id."""
    gateway.start()
    for mode, settings, why in REFUSALS:
        before, asked = len(gateway.facts("delivery.given_up")), gateway.sink.facts()["requests"]
        gateway.sink.mode(mode, **settings)
        gateway.drop(traffic.order())
        wait_until(lambda before=before: len(gateway.facts("delivery.given_up")) > before, 120, gateway.tail)
        told = gateway.facts("delivery.given_up")[-1]
        assert told["why"].startswith(why)
        (held,) = gateway.ledger.rows(Kind.MESSAGE, state=MessageIn.HELD)
        assert (held.held, held.reason) == (GIVEN_UP, told["why"])
        assert (told["code"], told["to"], told["next"]) == (GIVEN_UP, "erp", f"edigw show {told['delivery']}; mend it, then edigw retry {told['delivery']}")
        gateway.sink.mode("200")
        gateway.drop(traffic.order(), traffic.edifact())  # its neighbours do not wait for it
        gateway.wait_quiet()
        assert gateway.sink.facts()["requests"] == asked + 3
        gateway.command("retry", told["delivery"], "--reason", "the back office is mended")
        gateway.wait_quiet()
    gateway.check_all()
    assert [len(requests) for requests in gateway.documents().values()] == [2, 1, 1, 2, 1, 1]
    assert gateway.stop() == 0


def test_down(gateway, traffic, wait_until):
    """Nobody listens: documents wait, answers leave, and all comes once when somebody does."""
    gateway.start()
    port = _free_port()
    url, there = gateway.sink.url, f"http://127.0.0.1:{port}/edi"
    settings = (gateway.root / "edigw.yaml").read_text()
    (gateway.root / "edigw.yaml").write_text(settings.replace(url, there))
    assert gateway.reload() == []
    gateway.drop(*traffic.mix(4))
    wait_until(lambda: len(gateway.facts("delivery.again")) > 4, 120, gateway.tail)
    told = gateway.facts("delivery.again")
    assert {(fact["code"], fact["to"], fact["what"]) for fact in told} == {(AGAIN, "erp", "document")}
    assert all("no connection" in fact["why"] for fact in told), told
    waiting = (DeliveryState.DUE, DeliveryState.UNDER_WAY)
    wait_until(lambda: not gateway.ledger.rows(Kind.DELIVERY, what="ack", state=waiting), 120, gateway.tail)
    assert gateway.ledger.count(Kind.DELIVERY, what="ack") == 5  # of four files, one of which holds two interchanges
    (gateway.root / "edigw.yaml").write_text(settings)
    assert gateway.reload() == []
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.sink.facts()["repeats"] == 0
    assert gateway.stop() == 0


def test_whoever_cannot_tell_a_repeat(make_gateway, traffic, wait_until):
    """What may have got through is sent once, and then a person says what became of it; what surely did not is tried again."""
    gateway = make_gateway(timeout="1s")
    text = (gateway.root / "edigw.yaml").read_text()
    (gateway.root / "edigw.yaml").write_text(text.replace("secret: file:keys/erp,", "secret: file:keys/erp, repeat: ask,"))
    gateway.start(crash_at="post:answered:5")  # passed twice by each; the first order is answered 503, and then 200
    gateway.sink.mode("503", times=1)
    gateway.drop(traffic.order())
    gateway.wait_quiet()
    assert gateway.sink.facts()["requests"] == 2
    gateway.drop(traffic.order())
    gateway.died()  # its request was answered, and nobody wrote it down
    gateway.start()
    (said,) = wait_until(lambda: gateway.facts("delivery.uncertain"), 60, gateway.tail)
    assert (said["code"], "ended while it was being sent" in said["why"]) == ("EDIGW-DELIVERY-E004", True)
    gateway.sink.mode("hang", times=1)
    gateway.drop(traffic.order())
    _, other = wait_until(lambda: len(found := gateway.facts("delivery.uncertain")) == 2 and found, 60, gateway.tail)
    assert other["why"].startswith("no answer within 1 s")
    assert gateway.sink.facts() | {"mode": ""} == {"requests": 4, "ids": 3, "repeats": 1, "other_bytes": 0, "bad_signatures": 0, "mode": ""}
    gateway.command("done", said["delivery"], "--reason", "the back office has it")
    gateway.command("retry", other["delivery"], "--reason", "it has never seen it")
    gateway.wait_quiet()
    gateway.check_all()
    assert gateway.sink.facts()["requests"] == 5
    assert gateway.stop() == 0


def test_an_answer_without_end(gateway, traffic):
    """Its status counts; the body is read to its limit and left, and the daemon neither waits nor grows."""
    with _babbling() as url:
        settings = (gateway.root / "edigw.yaml").read_text()
        (gateway.root / "edigw.yaml").write_text(settings.replace(gateway.sink.url, url))
        gateway.start()
        gateway.drop(traffic.order(), traffic.edifact())
        gateway.wait_quiet()
        assert [row.state for row in gateway.ledger.rows(Kind.DELIVERY)] == [DeliveryState.DONE] * 4
        assert gateway.facts("delivery.again") == []
        assert gateway.ledger.invariants(quiet=True) == []
        assert gateway.stop() == 0


@contextlib.contextmanager
def _babbling() -> Iterator[str]:
    """A server that answers 200 and never stops talking."""
    server = socket.create_server(("127.0.0.1", 0))

    def talk(line: socket.socket) -> None:
        with line, contextlib.suppress(OSError):
            line.recv(1 << 20)
            line.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while True:
                line.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/edi"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def _free_port() -> Any:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
