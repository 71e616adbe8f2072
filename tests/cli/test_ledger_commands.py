"""The commands that ask the ledger and act on it, and the daemon they speak to."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import forked
import pytest
from click.testing import CliRunner

from edigw import alertbook, control, generation
from edigw.cli import main
from edigw.cli.questions import Wanted, last_events, next_events
from edigw.cli.status import _alerts
from edigw.control import Control
from edigw.daemon import Daemon
from edigw.states import DeliveryState, Kind

PARTNER = "partners/acme/partner.yaml"
KNOWN, UNKNOWN = "id: ACMESTORES}", "id: SOMEONE}"
ME = pwd.getpwuid(os.getuid()).pw_name


def lines(result) -> list[list[str]]:
    return [line.split("\t") for line in result.stdout.splitlines()]


# -- the instance


@pytest.mark.parametrize(
    ("before", "behind", "environment", "inside"),
    [
        pytest.param(True, False, False, False, id="before the command"),
        pytest.param(False, True, False, False, id="behind the command"),
        pytest.param(False, False, True, False, id="EDIGW_INSTANCE"),
        pytest.param(False, False, False, True, id="the current folder"),
    ],
)
def test_where_the_instance_is(house, monkeypatch, tmp_path, before, behind, environment, inside):
    monkeypatch.chdir(house.folder if inside else tmp_path)
    named = ["--instance", str(house.folder)]
    words = [*(named if before else []), "list", *(named if behind else [])]
    result = CliRunner().invoke(main, words, env={"EDIGW_INSTANCE": str(house.folder) if environment else None})
    assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("command", [["status"], ["list"], ["show", "M1"], ["find", "x"], ["tail"], ["retry", "--all"], ["run"]], ids=lambda one: one[0])
def test_no_instance(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EDIGW_INSTANCE", raising=False)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert "name one with --instance DIR, or make one: edigw init DIR" in result.stderr
    assert f"no instance: there is no edigw.yaml in it; next: edigw init {tmp_path}" in CliRunner().invoke(main, [*command, "--instance", str(tmp_path)]).stderr


def test_a_question_makes_no_ledger(house, edigw):
    house.ledger.close()
    (house.folder / "ledger.db").rename(house.folder / "elsewhere.db")
    result = edigw("status")
    assert (result.exit_code, (house.folder / "ledger.db").exists()) == (2, False)
    assert "no daemon has run here; next: edigw --instance" in result.stderr
    (house.folder / "elsewhere.db").rename(house.folder / "ledger.db")


def test_a_ledger_that_is_gone_from_under_its_daemon(house, edigw):
    """To start another daemon would make an empty ledger in its place."""
    house.ledger.close()
    path = house.folder / "ledger.db"
    path.rename(house.folder / "elsewhere.db")
    with answering(house.folder, {"generation": "0" * 64}):
        result = edigw("status")
    (house.folder / "elsewhere.db").rename(path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"EDIGW-LEDGER-E001 {path} is gone from its place, and the daemon runs and has it open; next: put that file back as {path}" in result.stderr
    assert " run" not in result.stderr.partition("next:")[2]


def test_every_problem_of_the_settings_is_said(house, edigw):
    text = (house.folder / "edigw.yaml").read_text()
    (house.folder / "edigw.yaml").write_text(text.replace("endpoints:", "endpoint:") + "log: {level: loud}\n")
    result = edigw("retain")
    assert result.exit_code == 2
    assert "edigw.yaml:8:1: EDIGW-CONFIG-E010 edigw.yaml has no key endpoint (did you mean endpoints?)" in result.stderr
    assert "edigw.yaml:10:14: EDIGW-CONFIG-E013 level cannot be loud" in result.stderr


# -- status


def test_status_says_what_stands_still_and_what_mends_it(house, files, edigw):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    house.arrive(files.TWO, "two.edi")
    house.arrive(b"%PDF-1.4", "invoice.pdf")
    result = edigw("status")
    assert result.exit_code == 1
    said = result.stdout
    assert "no daemon runs; next: edigw --instance" in said
    assert re.search("2 interchanges held for [0-9]+s: EDIGW-ROUTE-E001 no partner has the envelope's sender", said)
    assert 'add to its partner.yaml: x12: [{qualifier: "ZZ", id: "ACMESTORES"}]' in said
    assert 'edigw release I1 I2 --reason "..."' in said
    assert "1 file quarantined" in said
    assert "F3 invoice.pdf from acme," in said
    told = json.loads(edigw("status", "--json").stdout)
    assert (told["standing"], told["daemon"]) == (3, None)
    assert [(one["state"], one["code"], one["ids"]) for one in told["troubles"]] == [
        ("quarantined", "EDIGW-FILE-E001", ["F3"]),
        ("held", "EDIGW-ROUTE-E001", ["I1", "I2"]),
    ]


def test_a_document_given_up_is_one_trouble(house, files, edigw):
    house.arrive(files.TWO)
    house.tried(DeliveryState.GIVEN_UP, "400 no such customer")
    edigw("retry", "D1")
    house.tried()
    (trouble,) = json.loads(edigw("status", "--json").stdout)["troubles"]
    assert (trouble["code"], trouble["ids"], trouble["command"]) == ("EDIGW-DELIVERY-E005", ["D2", "D3"], "edigw retry D2 D3")
    assert trouble["reasons"] == ["erp: 400 no such customer"]


@contextmanager
def answering(folder, answer):
    """The daemon's end of the socket, in a thread: ``ping`` gets *answer*."""
    loop = asyncio.new_event_loop()

    async def handle(request):
        return answer if request == {"do": "ping"} else {"error": "unknown request"}

    control = Control(folder, handle)
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(control.start(), loop).result(30)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(control.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_status_says_what_the_daemon_found_broken(house, edigw):
    house.edit(PARTNER, "receive:", "recieve:")
    daemon = Daemon(house.folder)
    daemon._generation = generation.read(house.folder)
    daemon._configuration = generation.build(daemon._generation)
    now = daemon._configuration.digest
    with answering(house.folder, {"generation": now, "sftpd": 0, "troubles": [], "problems": daemon._told_problems()}):
        result, told = edigw("status"), json.loads(edigw("status", "--json").stdout)
        house.edit(PARTNER, "recieve:", "receive:")
        mended = edigw("status")
    assert result.exit_code == 1
    assert "partners/acme/partner.yaml:4:1: EDIGW-CONFIG-E010 partner.yaml has no key recieve (did you mean receive?)" in result.stdout
    assert (told["problems"][0]["code"], "problems" in told["daemon"]) == ("EDIGW-CONFIG-E010", False)
    assert ("broken" in mended.stdout, "the configuration was changed since; next: edigw --instance" in mended.stdout) == (False, True)


SILENT = {"source": "silent", "code": "EDIGW-HEALTH-E003", "title": "acme is silent", "next": "ask acme", "since": "2026-11-20T12:00:00+00:00"}
NO_FOLDER = {"source": "channel", "code": "EDIGW-CHANNEL-E001", "title": "acme-in: EDIGW-CHANNEL-E001 no such folder", "next": "make it"}
STUCK = {"source": "node", "code": "EDIGW-HEALTH-E005", "title": "no sweep of the ledger for 120 s", "next": "edigw status"}
STUCK |= {"since": "2026-11-20T12:00:00+00:00"}
NO_FOLDER |= {"since": "2026-11-20T11:00:00+00:00"}
HELD = {"source": "case", "code": "EDIGW-ROUTE-E001", "title": "1 interchange held", "next": "edigw release", "since": "2026-11-20T10:00:00+00:00"}
IN_VAIN = HELD | {"code": "EDIGW-DELIVERY-E003", "title": "1 delivery, 1 cause: erp answers 503", "next": "edigw retry"}


@pytest.mark.parametrize(
    ("opened", "troubles", "shown"),
    [
        pytest.param([SILENT], [], ["acme is silent"], id="nothing else tells of it"),
        pytest.param([SILENT, NO_FOLDER], [], [NO_FOLDER["title"], "acme is silent"], id="the oldest first"),
        pytest.param([NO_FOLDER], ["acme-in: EDIGW-CHANNEL-E001 no such folder, 3 tries; next: make it"], [], id="the daemon says that it is hindered by it"),
        pytest.param([NO_FOLDER], ["nord-in: EDIGW-CHANNEL-E001 no such folder"], [NO_FOLDER["title"]], id="it is hindered by another"),
        pytest.param([STUCK], ["no sweep of the ledger for 150 s"], [STUCK["title"]], id="a code that is none's of its own"),
        pytest.param([STUCK], [f"{STUCK['title']}; next: edigw status"], [], id="no code of its own, and the same words"),
        pytest.param([HELD], [], [], id="a case stands still, and is said there"),
        pytest.param([IN_VAIN], [], [IN_VAIN["title"]], id="a case that goes round in circles stands not still"),
    ],
)
def test_status_shows_alerts_that_are_open(house, edigw, opened, troubles, shown):
    found = alertbook.said({f"{one['source']}:{one['title'].partition(': ')[0]}:{one['code']}": one for one in opened})
    with answering(house.folder, {"sftpd": 0, "troubles": troubles, "problems": {}, "alerts": {"": found}}):
        result, told = edigw("status"), json.loads(edigw("status", "--json").stdout)
    assert [one["text"] for one in told["alerts"]] == shown
    assert re.findall("^  EDIGW-\\S+ since 2026-11-20T1[0-2]:00:00Z: (.*)\n    next: .+$", result.stdout, re.MULTILINE) == shown
    assert (result.exit_code, "all is well" in result.stdout) == ((1, False) if shown or troubles else (0, True))
    assert "alerts" not in told["daemon"]


def test_status_asks_each_node_for_its_own_book(tmp_path):
    """East answers for itself and the gateway, west is on another machine, south is gone: what it had open is no longer so."""
    gone = SILENT | {"source": "gone", "code": "EDIGW-NODE-E001", "title": "node south is gone without a word"}
    disks = {node: SILENT | {"source": "disk", "code": "EDIGW-HEALTH-E002", "title": f"1 MB are free on {node}"} for node in ("east", "west", "south")}
    for book in ("", *disks):  # as east's and the gateway's were when they could be written last
        alertbook.write(tmp_path / alertbook.file_name(book), {"open": {"disk:/": disks.get(book, SILENT)}, "outbox": []})
    books = {"": alertbook.said({"gone:south": gone, "silent:acme": SILENT}), "east": alertbook.said({"disk:/": disks["east"]})}
    nodes = [{"node": name, "alive": name != "south"} for name in disks]
    found = _alerts(tmp_path, {"alerts": books, "nodes": nodes, "troubles": []})
    assert [one["text"] for one in found] == ["acme is silent", "1 MB are free on east", "1 MB are free on west"]


def test_status_reads_the_book_of_a_daemon_that_does_not_answer(house, edigw):
    alertbook.write(house.folder / alertbook.FILE, {"open": {"silent:acme": SILENT}, "outbox": []})
    assert "open alerts, as they were written down last:\n  EDIGW-HEALTH-E003 since 2026-11-20T12:00:00Z: acme is silent\n" in edigw("status").stdout
    (house.folder / alertbook.FILE).write_text("{")
    result = edigw("status")
    assert (result.exit_code, "which alerts are open is not known" in result.stderr) == (1, True)


def test_status_without_a_daemon_says_who_knows_whether_the_configuration_is_right(house, edigw):
    house.edit(PARTNER, "receive:", "recieve:")
    result = edigw("status")
    assert result.exit_code == 1
    assert f"is not known without the daemon; next: edigw check {house.folder}" in result.stdout


# -- list, find, tail


@pytest.mark.parametrize(
    ("words", "found"),
    [
        pytest.param([], ["M3", "M2", "M1"], id="messages, the newest first"),
        pytest.param(["--kind", "file"], ["F3", "F2", "F1"], id="files"),
        pytest.param(["--kind", "delivery", "--state", "due"], ["D4", "D3", "D2", "D1"], id="deliveries in a state"),
        pytest.param(["--state", "mapped", "--partner", "acme"], ["M3", "M2"], id="of a partner in a state"),
        pytest.param(["--partner", "nordwind"], [], id="of another partner"),
        pytest.param(["--limit", "1"], ["M3"], id="one"),
        pytest.param(["--since", "2h"], ["M3", "M2", "M1"], id="since two hours"),
        pytest.param(["--since", "2199-01-01"], [], id="since a day that has not come"),
    ],
)
def test_list(house, files, edigw, words, found):
    house.arrive(files.NO_NUMBER)
    house.arrive(files.TWO, "two.edi")
    house.arrive(b"nothing", "x")
    result = edigw("list", *words)
    assert (result.exit_code, [row[0] for row in lines(result)]) == (0, found)
    assert [row["id"] for row in json.loads(edigw("list", "--json", *words).stdout)] == found


@pytest.mark.parametrize(
    ("words", "found", "says"),
    [
        pytest.param(["--state", "held"], ["I2", "M1"], "", id="of every kind"),
        pytest.param(["--state", "held", "--kind", "message"], ["M1"], "", id="of one"),
        pytest.param(["--state", "held", "--partner", "acme"], ["M1"], "", id="of a partner"),
        pytest.param(["--state", "held", "--kind", "interchange", "--partner", "acme"], [], "no interchange that was asked for is held", id="none of a partner"),
        pytest.param(["--state", "under-way"], [], "no delivery is under_way", id="none"),
        pytest.param(["--state", "held", "--limit", "1"], ["I2", "M1"], "the newest 1 of kind message; there may be more (--limit)", id="at most one of each"),
    ],
)
def test_list_of_a_state(house, files, edigw, words, found, says):
    """What is held is listed whatever it is: a message by a person, an interchange for its sender is a stranger."""
    house.arrive(files.ORDER)
    edigw("hold", "M1", "--reason", "wait")
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.TWO, "two.edi")
    house.edit(PARTNER, UNKNOWN, KNOWN)
    result = edigw("list", *words)
    assert (result.exit_code, [row[0] for row in lines(result)]) == (0, found)
    assert says in result.stderr
    assert bool(result.stderr) is bool(says)


def test_list_says_why(house, files, edigw):
    house.arrive(files.NO_NUMBER)
    ((*_, why),) = lines(edigw("list"))
    assert why == "EDIGW-CHECK-E020 a mandatory element is missing"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["list", "--state", "delivert"], "nothing is ever delivert; there are claimed, archived, split, settled", id="no such state"),
        pytest.param(["list", "--kind", "message", "--state", "due"], "no message is ever due; there are received, accepted", id="no such state of this kind"),
        pytest.param(["list", "--since", "soon"], "'soon' is no time", id="no time"),
        pytest.param(["show", "X1"], "'X1' is not an id; ids read F12 (file)", id="no id"),
        pytest.param(["retry"], "name deliveries, say which with --where, or say --all", id="retry nothing"),
        pytest.param(["release", "M1"], "Missing option '--reason'", id="no reason"),
    ],
)
def test_misused(edigw, words, says):
    result = edigw(*words)
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize(
    ("words", "status", "found"),
    [
        pytest.param("PO-4714", 0, ["M1"], id="a document's number"),
        pytest.param("PO-47*", 0, ["M2", "M1"], id="what begins so"),
        pytest.param("000000104", 0, ["I1"], id="a control number"),
        pytest.param("two.edi", 0, ["F1"], id="a file's name"),
        pytest.param("PO-47", 1, [], id="nothing"),
    ],
)
def test_find(house, files, edigw, words, status, found):
    house.arrive(files.TWO, "two.edi")
    result = edigw("find", words)
    assert (result.exit_code, [row[0] for row in lines(result)]) == (status, found)


def test_find_says_that_it_may_be_in_what_was_not_read(house, files, edigw):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    for number, says in ((1, "1 interchange is held and not read yet, and it"), (2, "2 interchanges are held and not read yet, and it")):
        house.arrive(files.ORDER.replace(b"000000101", b"00000090%d" % number), f"{number}.edi")
        result = edigw("find", "PO-4712")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.splitlines()[-1] == f"{says} may be in there; next: edigw list --kind interchange --state held"
    assert len(lines(edigw("list", "--kind", "interchange", "--state", "held"))) == 2
    house.edit(PARTNER, UNKNOWN, KNOWN)
    assert edigw("release", "I1", "I2", "--reason", "a test").exit_code == 0
    house.carry_on()
    assert edigw("find", "PO-4712").exit_code == 0
    assert "not read" not in edigw("find", "PO-4799").stderr


def test_tail(house, files, edigw):
    house.arrive(files.ORDER)
    house.tried()
    every = lines(edigw("tail", "-n", "1000"))
    assert len(every) == house.ledger.last_event()
    assert [row[1:3] for row in lines(edigw("tail", "-n", "2"))] == [["I1", "answered → settled"], ["F1", "split → settled"]]
    assert [row[1:3] for row in lines(edigw("tail", "--kind", "message", "--state", "delivered"))] == [["M1", "mapped → delivered"]]
    assert lines(edigw("tail", "--partner", "nordwind")) == []
    (last,) = [json.loads(line) for line in edigw("tail", "-n", "1", "--json").stdout.splitlines()]
    assert (last["id"], last["was"], last["state"], last["why"]) == ("F1", "split", "settled", "every interchange is at an end")


def test_tail_looks_far_enough_back(house, files):
    house.arrive(files.ORDER)
    for _ in range(3):
        house.ledger.run(lambda tx: [tx.event("gateway", 0, "noise") for _ in range(700)])
    end = house.ledger.last_event()
    found = last_events(house.ledger, Wanted(house.ledger, kind="message"), 2, end)
    assert [event.state for event in found] == ["accepted", "mapped"]
    assert len(last_events(house.ledger, Wanted(house.ledger), 1500, end)) == 1500


def test_tail_follows(house, files):
    end = house.ledger.last_event()
    house.arrive(files.ORDER)  # between the look at the end and the first look for more
    following = next_events(house.ledger, Wanted(house.ledger, partner="acme", state="done"), end)
    later = threading.Timer(0.3, house.tried)
    later.start()
    assert [next(following).row for _ in range(2)] == [1, 2]
    later.join()


# -- show


def test_show_a_message(house, files, edigw):
    house.arrive(files.NO_NUMBER, "\x1b[2Jpo.edi")
    said = edigw("show", "M1").stdout
    assert said.startswith("M1 850 0001 from acme: rejected since ")
    assert "  why: EDIGW-CHECK-E020 a mandatory element is missing\n" in said
    assert "  EDIGW-CHECK-E020 reject at BEG 2/3 (byte 170): a mandatory element is missing\n" in said
    assert "  F1     split        file \\x1b[2Jpo.edi from acme\n" in said
    assert "  I1     answered     interchange 000000105 from acme\n" in said
    assert "received → rejected" in said
    assert "\x1b" not in said


def test_show_its_parents_and_children(house, files, edigw):
    house.arrive(files.ORDER)
    shown = {label: json.loads(edigw("show", label, "--json").stdout) for label in ("F1", "I1", "M1", "D1", "D2")}
    ids = {label: ([one["id"] for one in row["parents"]], [one["id"] for one in row["children"]]) for label, row in shown.items()}
    assert ids == {
        "F1": ([], ["I1", "M1", "D1", "D2"]),
        "I1": (["F1"], ["M1", "D1", "D2"]),
        "M1": (["F1", "I1"], ["D2"]),
        "D1": (["F1", "I1"], []),
        "D2": (["F1", "I1", "M1"], []),
    }
    assert [event["state"] for event in shown["M1"]["events"]] == ["received", "accepted", "mapped"]
    assert shown["M1"]["known_by"] == [["number", "PO-4712"]]
    assert shown["I1"]["answers"][0]["name"] == "997-000000001.edi"


def test_show_what_waits_for_what(house, files, edigw):
    """Documents about one order go one after the other; the held one in front says whom it keeps back, the due one whom it waits for."""
    house.edit("partners/acme/partner.yaml", "order: none", "order: by-key")
    house.arrive(files.ORDER)
    edigw("hold", "M1", "--reason", "asked for")
    again = files.ORDER.replace(b"000000102", b"000000177")
    assert again != files.ORDER
    house.arrive(again, "again.edi")
    assert "  keeps back      M2 850 0001 from acme (PO-4712), which is mapped\n" in edigw("show", "M1").stdout
    (due,) = house.ledger.rows(Kind.DELIVERY, message=2)
    for label in ("M2", due.label):
        assert "  waits for       M1 850 0001 from acme (PO-4712), which is held\n" in edigw("show", label).stdout
    house.tried()
    assert house.state("M2", due.label) == ["mapped", "due"]
    edigw("close", "M1", "--reason", "not wanted")
    house.tried()
    assert house.state("M2", due.label) == ["delivered", "done"]
    assert "waits for" not in edigw("show", "M2").stdout


def test_show_what_a_partner_answered(house, edigw):
    body = "GS*FA*ACME*US*20261120*1530*42*X*004010~ST*997*0001~AK1*IN*12~AK2*810*0001~AK3*IT1*4**8~AK4*2*358*6~AK5*R*5~AK9*R*1*1*0~SE*8*0001~GE*1*42~"
    isa = "ISA*00*          *00*          *ZZ*ACMESTORES     *ZZ*OURCOMPANY     *261120*1530*U*00401*000000042*0*P*>~"
    house.arrive(f"{isa}TA1*000000031*261119*0800*A*000~{body}IEA*1*000000042~".encode())
    said = edigw("show", "M1").stdout
    assert "  says            group IN 12 rejected, 0 of 1 messages\n" in said
    assert "                    810 0001 rejected: 5 segments are in error\n" in said
    assert "                      IT1 4/2 (element 358): 6 the value holds an invalid character\n" in said
    assert "  says            interchange 000000031 of 261119 0800 accepted\n" in edigw("show", "M2").stdout


def test_show_payloads(house, files, edigw):
    house.arrive(files.ORDER + files.NO_NUMBER, "both.edi")
    assert edigw("show", "F1", "--payload").stdout_bytes == files.ORDER + files.NO_NUMBER
    assert edigw("show", "I2", "--payload").stdout_bytes == files.NO_NUMBER
    document = edigw("show", "M1", "--payload").stdout_bytes
    assert json.loads(document)["number"] == "PO-4712"
    (delivery,) = house.ledger.rows(Kind.DELIVERY, message=1)
    assert edigw("show", delivery.label, "--payload").stdout_bytes == document
    assert b"AK1*PO*102" in edigw("show", "D1", "--payload").stdout_bytes


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["M9"], "M9 is not in the ledger", id="not there"),
        pytest.param(["M1", "--payload"], "M1 has no document; next: edigw show I1 --payload has what came", id="no document"),
    ],
)
def test_show_what_is_not_there(house, files, edigw, words, says):
    house.poison = frozenset({0})
    house.arrive(files.ORDER)
    result = edigw("show", *words)
    assert (result.exit_code, says in result.stderr, result.stdout) == (1, True, "")


# -- actions


def test_release_is_recorded_with_the_login_name(house, files, edigw):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    result = edigw("release", "I1", "--reason", "partner file added")
    assert (result.exit_code, result.stdout) == (0, "I1 interchange 000000102 from ZZ:ACMESTORES goes on\n")
    assert "no daemon runs here; it is taken up when one starts" in result.stderr
    last = house.ledger.history(Kind.INTERCHANGE, 1)[-1]
    assert (last.why, last.person, last.writer.startswith("hub/")) == (f"released by {ME}: partner file added", ME, True)


def test_one_that_does_not_fit_does_not_stop_the_others(house, files, edigw):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    house.arrive(files.TWO, "two.edi")
    result = edigw("release", "I2", "F1", "I1", "I1", "--reason", "go")
    assert result.exit_code == 1
    assert [line[:2] for line in result.stdout.splitlines()] == ["I1", "I2"]
    assert "F1 is split, not quarantined; next: edigw show F1" in result.stderr


def test_repeats_named_beside_the_first_are_no_mistake(house, files, edigw):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    house.arrive(files.ORDER)
    house.arrive(files.ORDER, "again.edi")
    result = edigw("release", "I2", "I1", "--reason", "go")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)


def test_replaying_a_delivered_message_asks_first(house, files, edigw):
    house.arrive(files.ORDER)
    house.tried()
    result = edigw("replay", "M1", "--reason", "they lost it")
    assert result.exit_code == 1
    assert "M1 (850 0001 from acme (PO-4712)) was delivered" in result.stderr
    assert "the same command with --yes" in result.stderr
    result = edigw("replay", "M1", "--reason", "they lost it", "--yes")
    assert result.exit_code == 0
    house.carry_on()
    assert house.state("M2") == ["mapped"]
    assert "part of:\n  F1     settled" in edigw("show", "M2").stdout


def test_hold_close_and_retry(house, files, edigw):
    house.arrive(files.TWO)
    assert edigw("hold", "M1", "--reason", "ask the buyer").exit_code == 0
    house.tried(DeliveryState.GIVEN_UP, "400")
    result = edigw("retry", "--all", "--to", "erp")
    assert (result.exit_code, result.stdout) == (0, "D3 document of M2 to erp is due now\n")
    house.tried()
    assert edigw("close", "M1", "--reason", "never mind").exit_code == 0
    assert house.state("M1", "M2", "D2") == ["closed", "delivered", "closed"]
    result = edigw("retry", "D2")
    assert (result.exit_code, "D2 is closed; there is nothing to retry" in result.stderr) == (1, True)


def test_on_postgresql(build_house, postgresql, files):
    house = build_house(postgresql.database())
    house.arrive(files.ORDER)
    house.tried(DeliveryState.DUE, "503", due_at=house.clock() + timedelta(hours=1))

    def edigw(*words: str):
        return CliRunner().invoke(main, [*words, "--instance", str(house.folder)])

    assert edigw("retry", "--all").stdout.splitlines() == ["D1 answer 997-000000001.edi to acme-out is due now", "D2 document of M1 to erp is due now"]
    house.tried()
    assert lines(edigw("list"))[0][:2] == ["M1", "delivered"]
    assert lines(edigw("tail", "-n", "1"))[0][1:3] == ["F1", "split → settled"]
    assert "D2     done         document of M1 to erp" in edigw("show", "M1").stdout


# -- the daemon


@pytest.fixture
def daemon(house):
    """Starts ``edigw run`` in the instance; ends it with SIGTERM. Its maps are compiled for one release each: for every one it takes seconds."""
    house.edit(PARTNER, '"850",', '"850", releases: ["004010"],')
    house.edit("partners/nordwind/partner.yaml", "ORDERS,", "ORDERS, releases: [D96A],")
    started: list[forked.Process] = []

    def start() -> forked.Process:
        with (house.folder / "log").open("wb") as log:
            process = forked.start(["run", "--instance", str(house.folder)], cwd=house.folder, stdout=log, stderr=log)
        started.append(process)
        until(lambda: control.poke(house.folder, "ping") is not None, process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def until(happened, process: forked.Process, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, "the daemon ended by itself"
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_mend_release_and_drain(house, daemon, edigw, files):
    house.edit(PARTNER, KNOWN, UNKNOWN)
    running = daemon()
    (house.folder / "inbox/acme/.new").write_bytes(files.ORDER)
    (house.folder / "inbox/acme/.new").rename(house.folder / "inbox/acme/po.edi")
    until(lambda: house.where(Kind.INTERCHANGE), running)
    until(lambda: house.state("I1") == ["held"], running)
    assert f"the daemon runs (process {running.pid})" in edigw("status").stdout

    house_file = house.folder / PARTNER
    house_file.write_text(house_file.read_text().replace(UNKNOWN, KNOWN).replace("receive:", "recieve:"))
    result = edigw("release", "I1", "--reason", "too early")
    assert "did you mean receive?" in result.stderr
    assert "the configuration has 1 problem; the old one is still in force; next: edigw check" in result.stderr
    until(lambda: house.state("I1") == ["held"], running)

    house_file.write_text(house_file.read_text().replace("recieve:", "receive:"))
    assert edigw("release", "I1", "--reason", "partner file added").exit_code == 0
    until(lambda: (house.folder / "outbox/acme/997-000000001.edi").exists(), running)
    assert house.where(Kind.MESSAGE) == ["M1"]

    running.terminate()
    assert running.wait(60) == 0
    assert "no daemon runs" in edigw("status").stdout


def test_a_reload_says_whether_the_configuration_is_in_force(house, daemon, edigw):
    nobody = edigw("reload")
    assert (nobody.exit_code, nobody.stdout) == (2, "")
    assert nobody.stderr == f"edigw: no gateway answers in {house.folder}; it reads its configuration when it starts; next: edigw --instance {house.folder} run\n"
    daemon()
    before = control.poke(house.folder, "ping")["generation"][:12]

    house.edit(PARTNER, "receive:", "recieve:")
    refused = edigw("reload")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "did you mean receive?" in refused.stderr.splitlines()[0]
    assert refused.stderr.splitlines()[-1] == f"the configuration {before} stays in force; next: edigw check {house.folder}"

    house.edit(PARTNER, "recieve:", "receive: ")
    loaded = edigw("reload")
    now = control.poke(house.folder, "ping")["generation"][:12]
    assert now != before
    assert (loaded.exit_code, loaded.stdout, loaded.stderr) == (0, f"the configuration {now} is in force\n", "")
    assert edigw("reload").stdout == loaded.stdout


def test_a_partner_that_was_broken_at_the_start_is_told_again_by_a_reload(house, daemon, edigw):
    house.edit(PARTNER, "receive:", "recieve:")
    daemon()
    result = edigw("reload")
    assert result.exit_code == 1
    assert "did you mean receive?" in result.stderr


def test_a_second_daemon_does_not_start(house, daemon, edigw):
    running = daemon()
    second = forked.run(["--instance", str(house.folder), "run"], cwd=house.folder)
    assert second.returncode == 2
    assert second.stderr.splitlines()[-1] == f"edigw: EDIGW-DAEMON-E001 another daemon runs on this instance (process {running.pid}); next: edigw status"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("endpoints:", "sftpd: {listen: 127.0.0.1:PORT, host_key: file:keys/sftpd}\nendpoints:", "EDIGW-DAEMON-E003 the SFTP inbox cannot listen", id="port in use"),
        pytest.param("endpoints:", "sftpd: {listen: 127.0.0.1:0, host_key: file:keys/none}\nendpoints:", "EDIGW-SECRET-E001 file:keys/none cannot be read", id="no host key"),
        pytest.param("endpoints:", "sftpd: {listen: 127.0.0.1:0, host_key: file:keys/erp}\nendpoints:", "EDIGW-SECRET-E001 file:keys/erp is no private key", id="not a key"),
        pytest.param("/ledger.db", "/keys/erp/ledger.db", "EDIGW-LEDGER-E001", id="no database"),
        pytest.param("endpoints:", "endpoint:", "EDIGW-CONFIG-E000 the configuration has 3 problems, the first at edigw.yaml:", id="a broken configuration"),
    ],
)
def test_what_the_daemon_cannot_start_with_is_one_line(house, old, new, says):
    asyncssh = pytest.importorskip("asyncssh", reason="asyncssh is missing: pip install 'edigw[sftpd]'")
    key = house.folder / "keys/sftpd"
    key.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    key.chmod(0o600)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        text = (house.folder / "edigw.yaml").read_text()
        assert old in text
        (house.folder / "edigw.yaml").write_text(text.replace(old, new.replace("PORT", str(taken.getsockname()[1]))))
        done = forked.run(["run", "--instance", str(house.folder)], cwd=house.folder)
    assert done.returncode == 2
    assert says in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param("none", "is no socket to listen on: bad file descriptor", id="not open"),
        pytest.param("file", "is no socket to listen on: socket operation on non-socket", id="a file"),
        pytest.param("socket", "is no socket to listen on: it does not listen", id="a socket that does not listen"),
    ],
)
def test_an_inherited_socket_must_listen(house, given, says):
    with socket.socket() as idle, (house.folder / "edigw.yaml").open() as file:
        number = {"none": 4711, "file": file.fileno(), "socket": idle.fileno()}[given]
        words = [sys.executable, "-m", "edigw", "--instance", str(house.folder), "run", "--sftp-fd", str(number)]
        kept = () if given == "none" else (number,)
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, pass_fds=kept)
    assert done.returncode == 2
    assert done.stderr == f"edigw: EDIGW-DAEMON-E003 --sftp-fd {number} {says}; next: edigw run --help\n"


def listens_to_ctrl_c() -> None:
    """In the child: a job in the background of a script inherits SIGINT ignored, which a terminal's never is."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_tail_follow_ends_well_with_ctrl_c(house, files):
    words = [sys.executable, "-m", "edigw", "tail", "--follow", "-n", "0", "--json", "--instance", str(house.folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, preexec_fn=listens_to_ctrl_c) as tail:
        try:
            assert tail.stdout is not None
            seen: list[str] = []
            reader = threading.Thread(target=lambda: seen.extend(tail.stdout or ()))
            reader.start()
            number = 0
            while not seen:  # it cannot say when it has begun to look
                house.ledger.run(lambda tx: tx.event("gateway", 0, "noise"))
                number += 1
                time.sleep(0.1)
                assert tail.poll() is None
                assert number < 600
            tail.send_signal(signal.SIGINT)
            assert tail.wait(30) == 0
            reader.join(30)
        finally:
            tail.kill()
    assert json.loads(seen[0])["name"] == "noise"


def test_a_pipe_that_closes_early_is_no_trouble(house, files):
    house.arrive(files.ORDER)
    done = subprocess.run(f"{sys.executable} -m edigw tail -n 1000 --instance {house.folder} | head -1", shell=True, capture_output=True, text=True, timeout=60)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_a_command_starts_without_the_daemon_and_its_libraries():
    """What ``edigw list`` imports: never the flows, the transports or the maps."""
    code = "import edigw.cli.questions, edigw.cli.show, edigw.cli.actions, edigw.cli.status, edigw.operate, edigw.overview, sys; print(*sys.modules)"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout.split())
    assert not loaded & {"edigw.inbound", "edigw.delivery", "edigw.daemon", "edigw.mappings", "aiohttp", "asyncssh", "rich"}
