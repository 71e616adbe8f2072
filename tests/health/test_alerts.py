"""Alerts reach a real mail server and a real web server once, are over once, and survive a restart and a failure."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from edigw.health.alerts import FILE, Book
from edigw.health.conditions import Condition, Look, of_certificates, of_disk, of_node
from edigw.health.progress import Progress
from edigw.health.senders import senders
from edigw.healthsettings import AlertHook, Alerts, Smtp
from edigw.secrets import Secret

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
DOWN = Condition("case:to=erp", "EDIGW-DELIVERY-E003", "312 deliveries, 1 cause: erp answers 503", "edigw retry --where 'to=erp'")
FULL = Condition("disk:/", "EDIGW-HEALTH-E002", "10 MB are free", "df -h /")


@pytest.fixture
def channels(tmp_path, mails, posts):
    """Both ways to tell somebody."""
    (tmp_path / "hook").write_text(SECRET)
    (tmp_path / "hook").chmod(0o600)
    settings = Alerts(
        smtp=Smtp("127.0.0.1", mails.server_address[1], "edigw@hub.example", ("ops@hub.example", "boss@hub.example"), "none"),
        webhook=AlertHook(f"http://127.0.0.1:{posts.server_address[1]}/alerts", Secret("file", "hook")),
    )
    return senders(settings, tmp_path)


def look(*found: Condition, unknown: str = "") -> Look:
    made = Look(unknown={unknown} if unknown else set())
    made.add(found)
    return made


def round_of(book: Book, channels, seen: Look, at: datetime = NOW) -> None:
    book.note(seen, list(channels), at)
    book.tell(channels, at)


def test_told_once_and_over_once(tmp_path, channels, mails, posts):
    book = Book.load(tmp_path, "hub")
    for _ in range(3):
        round_of(book, channels, look(DOWN, FULL))
    ((headers, post, body),) = posts.posts
    Webhook(SECRET).verify(body, headers)
    assert [(one["what"], one["code"], one["next"]) for one in post["alerts"]] == [("alert", one.code, one.next) for one in (DOWN, FULL)]
    (mail,) = mails.mails
    assert mail["subject"] == "[hub] 312 deliveries, 1 cause: erp answers 503 (and 1 more)"
    assert (mail["to"], mail["auto-submitted"]) == ("ops@hub.example, boss@hub.example", "auto-generated")
    assert "next: edigw retry --where 'to=erp'" in mail.get_payload()
    round_of(book, channels, look(FULL), NOW + timedelta(hours=1))
    assert [(one["what"], one["title"]) for one in posts.posts[1][1]["alerts"]] == [("resolved", DOWN.title)]
    assert mails.mails[1]["subject"] == "[hub] over: 312 deliveries, 1 cause: erp answers 503"


def test_a_restart_tells_nothing_twice(tmp_path, channels, posts):
    round_of(Book.load(tmp_path, "hub"), channels, look(DOWN))
    round_of(Book.load(tmp_path, "hub"), channels, look(DOWN))
    assert len(posts.posts) == 1
    round_of(Book.load(tmp_path, "hub"), channels, look())
    assert [post["alerts"][0]["what"] for _, post, _ in posts.posts] == ["alert", "resolved"]


def test_a_kill_between_sending_and_writing_repeats_the_id(tmp_path, channels, mails, posts):
    """The one that was sent and not written down is known by its id for the same."""
    book = Book.load(tmp_path, "hub")
    book.note(look(DOWN), list(channels), NOW)
    before = (tmp_path / FILE).read_bytes()
    book.tell(channels, NOW)
    (tmp_path / FILE).write_bytes(before)
    Book.load(tmp_path, "hub").tell(channels, NOW)
    assert len({headers["webhook-id"] for headers, _, _ in posts.posts}) == 1
    assert len({mail["message-id"] for mail in mails.mails}) == 1


def test_a_channel_that_fails_stops_no_other_and_is_told_later(tmp_path, channels, mails, posts):
    book = Book.load(tmp_path, "hub")
    mails.refuse, posts.status = True, 204
    round_of(book, channels, look(DOWN))
    round_of(book, channels, look(), NOW + timedelta(minutes=1))
    assert (len(mails.mails), len(posts.posts)) == (0, 2)
    mails.refuse = False
    Book.load(tmp_path, "hub").tell(channels, NOW + timedelta(minutes=2))
    assert [mail["subject"].partition("] ")[2] for mail in mails.mails] == [DOWN.title, f"over: {DOWN.title}"]  # in their order
    assert len(posts.posts) == 2


@pytest.mark.parametrize("status", [302, 404, 500])
def test_an_answer_that_is_no_yes(tmp_path, channels, posts, status):
    posts.status = status
    book = Book.load(tmp_path, "hub")
    round_of(book, {"webhook": channels["webhook"]}, look(DOWN))
    assert [one["pending"] for one in book.outbox] == [["webhook"]]
    assert f"answers {status}" in book.complained


def test_what_is_never_taken_is_given_up_after_days(tmp_path, channels, posts):
    posts.status = 500
    book = Book.load(tmp_path, "hub")
    round_of(book, {"webhook": channels["webhook"]}, look(DOWN))
    book.tell({"webhook": channels["webhook"]}, NOW + timedelta(days=4))
    assert (book.outbox, list(book.open)) == ([], [DOWN.key])


def test_what_cannot_be_asked_is_not_over(tmp_path, channels, posts):
    book = Book.load(tmp_path, "hub")
    round_of(book, channels, look(DOWN))
    round_of(book, channels, look(unknown="case"))
    assert list(book.open) == [DOWN.key]
    assert len(posts.posts) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"open": 1, "outbox": []}', '{"open": {}, "outbox": [], "known": {"a": 1}}'])
def test_a_damaged_book_is_put_aside(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    book = Book.load(tmp_path, "hub")
    assert (book.open, book.outbox, (tmp_path / f"{FILE}.bad").read_text()) == ({}, [], text)
    book.note(look(DOWN), [], NOW)
    assert list(json.loads((tmp_path / FILE).read_text())["open"]) == [DOWN.key]


def test_a_book_that_could_not_be_written_is_written_when_it_can_be(tmp_path):
    (tmp_path / "alerts.json.tmp").mkdir()  # as a full disk does, it lets no file be made
    book = Book.load(tmp_path, "hub")
    book.note(look(FULL), [], NOW)
    assert (book.unwritten, (tmp_path / FILE).exists()) == (True, False)
    (tmp_path / "alerts.json.tmp").rmdir()
    book.note(look(FULL), [], NOW)
    assert (book.unwritten, list(json.loads((tmp_path / FILE).read_text())["open"])) == (False, [FULL.key])


def test_a_partners_text_is_harmless_in_a_mail(tmp_path, channels, mails):
    evil = Condition("case:x", "EDIGW-ROUTE-E001", "from ZZ:A\r\nBcc: all@example.com\x1b[2J" + "x" * 1000, "edigw show I1")
    round_of(Book.load(tmp_path, "hub"), {"smtp": channels["smtp"]}, look(evil))
    (mail,) = mails.mails
    assert mail["bcc"] is None
    assert "\x1b" not in mail.get_payload(decode=True).decode()


# -- conditions that need no ledger


def test_the_disk(tmp_path):
    assert of_disk([tmp_path], 0).found == {}
    (one,) = of_disk([tmp_path, tmp_path], 1 << 60).found.values()
    assert (one.code, one.source) == ("EDIGW-HEALTH-E002", "disk")
    (gone,) = of_disk([Path("/nowhere")], 0).found.values()
    assert gone.title == "/nowhere: no such file or directory"


def test_what_the_daemon_says_keeps_its_code():
    (one,) = of_node(["north: EDIGW-CHANNEL-E012 the host key changed; next: ask them"]).found.values()
    assert (one.code, one.next, one.source) == ("EDIGW-CHANNEL-E012", "ask them", "node")


@pytest.mark.parametrize(("days", "said"), [(31, ""), (29, "in 29 days"), (-1, "has ended")])
def test_a_certificate_that_ends(days, said):
    found = of_certificates({"erp": NOW + timedelta(days=days)}, Alerts(), NOW).found.values()
    assert [said in one.title for one in found] == ([True] if said else [])


def test_progress_is_not_liveness():
    now = [0.0]
    progress = Progress(lambda: now[0])
    progress.scan("acme-in")
    assert progress.stuck({"acme-in": 60.0}) == []
    now[0] = 100.0
    assert progress.stuck({"acme-in": 60.0}) == ["no sweep of the ledger for 100 s"]
    progress.commit(0.01)
    now[0] = 301.0
    progress.sweep()
    assert progress.stuck({"acme-in": 60.0}) == ["no look into channel acme-in for 301 s"]
    assert progress.committed == 0.01
    progress.scan("acme-in")
    assert progress.stuck({"acme-in": 60.0}) == []
    now[0] += 1000
    progress.waits()  # for workers: hindered, and no restart would mend it
    assert progress.stuck({"acme-in": 60.0}) == []
