"""``cases``, and one command on all that an expression means: looked at first, cut off, said again."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from edigw import where
from edigw.edges import CRASH_AT
from edigw.operate import Order, bulk
from edigw.states import DeliveryState, Kind, MessageIn

ORDER = 7  # of them, in two batches


def order(files, number: int) -> bytes:
    data: bytes = files.ORDER.replace(b"000000102", b"%09d" % number)
    return data.replace(b"PO-4712", b"PO-%d" % number)


@pytest.fixture
def full(house, files):
    """Seven orders whose deliveries were given up, six for one cause."""
    for number in range(201, 201 + ORDER):
        house.arrive(order(files, number), f"po-{number}.edi")
    house.tried(DeliveryState.GIVEN_UP, "503 Service Unavailable; given up after 9 tries")
    return house


def counts(house) -> tuple[int, int]:
    return house.ledger.count(Kind.DELIVERY, what="document", state=DeliveryState.DUE), house.ledger.count(Kind.MESSAGE, state=MessageIn.HELD)


def test_a_case_and_the_command_that_mends_it(full, edigw):
    others, case = sorted(json.loads(edigw("cases", "--json").stdout), key=lambda one: one["cause"])
    assert (case["count"], case["cause"], case["states"], case["partners"]) == (ORDER, "erp answers 503 Service Unavailable", {"given_up": ORDER}, ["acme"])
    assert others["cause"] == "acme-out answers 503 Service Unavailable"  # the answers, which were not put
    shown = edigw("cases")
    assert shown.exit_code == 1
    assert f"{ORDER} deliveries, 1 cause: erp answers 503 Service Unavailable since" in shown.stdout
    dry = edigw("retry", "--where", case["where"], "--reason", "erp is back", "--dry-run")
    assert (dry.exit_code, counts(full)) == (0, (0, ORDER))
    assert f"{ORDER} would be made due; nothing was done" in dry.stderr
    real = edigw("retry", "--where", case["where"], "--reason", "erp is back")
    assert real.stdout == dry.stdout  # what the dry run told is what was done
    assert (real.exit_code, counts(full)) == (0, (ORDER, 0))
    assert {event.why.partition(" by ")[0] for event in full.ledger.history(Kind.DELIVERY, 2) if event.was == "given_up"} == {"retried"}
    assert edigw("retry", "--where", case["where"], "--reason", "erp is back").stderr.startswith("0 made due")


def test_what_is_tried_in_vain_is_a_case_too(full, edigw):
    edigw("retry", "--where", "to=erp", "--reason", "x")
    full.tried(DeliveryState.DUE, "503 Service Unavailable", due_at=full.clock().replace(year=2030))
    (case,) = [one for one in json.loads(edigw("cases", "--json").stdout) if "erp" in one["cause"]]
    assert (case["count"], case["code"], case["states"]) == (ORDER, "EDIGW-DELIVERY-E003", {"due": ORDER})


@pytest.mark.parametrize(
    "reason",
    [
        "503; given up, for it has waited longer than its retry allows (for:)",
        "sftp://hub@127.0.0.1:39211: the host key is SHA256:abc: 17 tries",
        'it said "no more than 100000 lines"',
        "100000 lines are too many",
    ],
)
def test_the_command_of_a_case_finds_its_rows_whatever_the_reason(house, files, edigw, reason):
    """Also where parts of the reason are only this row's, or would end the expression."""
    house.arrive(files.ORDER)
    house.tried(DeliveryState.GIVEN_UP, reason)
    for case in json.loads(edigw("cases", "--json").stdout):
        dry = edigw("retry", "--where", case["where"], "--reason", "x", "--dry-run")
        assert "1 would be made due" in dry.stderr, case["where"]


def test_one_outage_is_one_case_however_it_ended(full, edigw, files):
    full.arrive(order(files, 299), "po-299.edi")
    full.tried(DeliveryState.GIVEN_UP, "503 Service Unavailable; given up, for it has waited longer than its retry allows (for:)")
    cases = [one for one in json.loads(edigw("cases", "--json").stdout) if "erp" in one["cause"]]
    assert [one["count"] for one in cases] == [ORDER + 1]


def test_what_may_have_come_through_is_listed_and_not_sent_again(house, files, edigw):
    """Which of three commands is right, the receiver must say."""
    house.arrive(files.ORDER)
    house.tried(DeliveryState.UNCERTAIN, "no answer")
    for case in json.loads(edigw("cases", "--json").stdout):
        assert case["command"] == "edigw list --kind delivery --state uncertain"
        assert case["advice"] == "ask the receiver: edigw done if it came, edigw retry if it did not, edigw close to leave it"
    shown = edigw("status").stdout
    assert "edigw list --kind delivery --state uncertain" in shown
    assert "edigw retry D" not in shown


def test_what_is_due_already_is_counted_apart(full, edigw):
    """Behind a receiver that does not answer one is asked with, and the others are due as it is."""
    edigw("retry", "--where", "to=erp", "--reason", "x")
    result = edigw("retry", "--where", "to=erp", "--reason", "x", "--dry-run")
    assert result.stderr.splitlines() == ["0 would be made due; nothing was done", f"{ORDER} more are due already: they go in their order as soon as the receiver answers"]


def test_what_becomes_due_by_itself_meanwhile_is_done(full, edigw, monkeypatch):
    """Between the look and the act its next try has come."""
    edigw("retry", "--where", "to=erp", "--reason", "x")
    full.tried(DeliveryState.DUE, "503", due_at=full.clock().replace(year=2030))
    found = bulk.meant(full.ledger, "retry", where.parse("to=erp"), now=full.clock())
    assert len(found) == ORDER
    full.ledger.run(lambda tx: tx.set(Kind.DELIVERY, [row.id for row in found], due_at=tx.now))
    (batch,) = bulk.act(full.ledger, "retry", found, Order("ada", "x"))
    assert (len(batch.done), batch.left) == (ORDER, [])


def test_a_file_in_which_nothing_can_be_read_is_closed(house, edigw):
    for data, name in ((b"%PDF-1.4 perhaps", "a.pdf"), (b"", "b.edi")):
        house.arrive(data, name)
    commands = sorted(case["command"].split(" --where")[0] for case in json.loads(edigw("cases", "--json").stdout))
    assert commands == ["edigw close", "edigw close"]


def test_no_case(house, edigw):
    result = edigw("cases")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "no case: nothing stands still, and nothing is tried again\n")


def test_a_batch_that_is_killed_is_carried_on(full, edigw, monkeypatch):
    """The process dies behind its first commit; the same command does the rest, and no row twice."""
    script = "from edigw.operate import bulk; bulk.BATCH = 3; from edigw.cli import main; main()"
    words = ["--instance", str(full.folder), "retry", "--where", "to=erp and state=given_up", "--reason", "back"]
    died = subprocess.run([sys.executable, "-c", script, *words], env=os.environ | {CRASH_AT: "ledger:committed"}, capture_output=True, text=True, check=False)
    assert died.returncode == -9, died.stderr
    assert counts(full) == (3, ORDER - 3)
    monkeypatch.setattr(bulk, "BATCH", 3)
    assert edigw(*words[2:]).exit_code == 0
    assert counts(full) == (ORDER, 0)
    for row in full.ledger.rows(Kind.DELIVERY, what="document"):
        assert [one.state for one in full.ledger.history(Kind.DELIVERY, row.id)].count("due") == 2  # made, and once more


def test_the_limit_is_said(full, edigw):
    result = edigw("close", "--where", "to=erp and state=given_up", "--reason", "no", "--limit", "2")
    assert "that were the first 2; there are more" in result.stderr
    assert counts(full)[1] == ORDER - 2


def test_what_does_not_fit_is_left_alone_and_said(full, edigw):
    """A person holds one back; it is not swept along, and the others go."""
    edigw("retry", "--where", "to=erp and state=given_up", "--reason", "x")
    (held,) = full.ledger.rows(Kind.MESSAGE, limit=1)
    assert edigw("hold", held.label, "--reason", "wait").exit_code == 0
    result = edigw("retry", "--where", "to=erp and state=given_up", "--reason", "x")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"is held back by a person; edigw release {held.label}" in result.stderr


def test_a_day_is_replayed_once(full, edigw):
    """Delivered documents: asked for by their state, with --yes, and the same reason never sends one twice."""
    edigw("retry", "--where", "to=erp and state=given_up", "--reason", "x")
    full.tried()
    assert edigw("replay", "--where", "partner=acme", "--reason", "erp lost a day").stderr.startswith("0 replayed")  # delivered ones must be named
    words = ("replay", "--where", "state=delivered and partner=acme", "--reason", "erp lost a day")
    assert "were delivered; deliver their documents a second time" in edigw(*words).stderr
    assert full.ledger.count(Kind.MESSAGE) == ORDER
    assert edigw(*words, "--yes", "--limit", "3").exit_code == 0
    again = edigw(*words, "--yes")
    assert again.exit_code == 1
    assert "was replayed already for this reason" in again.stderr
    assert full.ledger.count(Kind.MESSAGE) == 2 * ORDER


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("release", "M1", "--where", "state=held"), "name the same thing twice"),
        (("release",), "say which with --where EXPR; next: edigw cases"),
        (("release", "M1", "--dry-run"), "a dry run is for --where"),
        (("release", "--where", "stat=held"), "EDIGW-OPERATE-E002 --where, column 1: there is no stat; did you mean state?"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_misused(house, edigw, words, said):
    result = edigw(*words, "--reason", "x")
    assert result.exit_code == 2
    assert said in result.stderr
