"""Hints come within milliseconds, and come back when a folder does."""

from __future__ import annotations

import queue
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from edigw.transports.arrivals import Hints


class Told:
    def __init__(self) -> None:
        self.hints: queue.Queue[tuple[str, str, str]] = queue.Queue()
        self.trouble: list[Exception] = []

    def next(self, seconds: float = 5) -> tuple[str, str, str]:
        return self.hints.get(timeout=seconds)

    def rest(self) -> list[tuple[str, str, str]]:
        found = []
        while not self.hints.empty():
            found.append(self.hints.get())
        return found


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def hints(inbox: Path, told: Told) -> Iterator[Hints]:
    watching = Hints({"acme-in": inbox}, lambda *hint: told.hints.put(hint), lambda _channel, said: told.trouble.append(said))
    watching.start()
    yield watching
    watching.stop()


def by_writing(inbox: Path, name: str) -> None:
    (inbox / name).write_bytes(b"x")


def by_renaming_a_sibling(inbox: Path, name: str) -> None:
    (inbox / f".{name}.tmp").write_bytes(b"x")
    (inbox / f".{name}.tmp").rename(inbox / name)


def by_renaming_from_outside(inbox: Path, name: str) -> None:
    (inbox.parent / name).write_bytes(b"x")
    (inbox.parent / name).rename(inbox / name)


@pytest.mark.parametrize(
    ("arrive", "happened"),
    [
        pytest.param(by_writing, "closed", id="closed after writing"),
        pytest.param(by_renaming_a_sibling, "moved", id="renamed from a hidden name"),
        pytest.param(by_renaming_from_outside, "moved", id="renamed from outside"),
    ],
)
def test_a_hint_within_milliseconds(hints, told, inbox, arrive, happened):
    """Also while files leave the folder by renames of which the other end is not watched, as retiring does."""
    (inbox / ".taken").mkdir()
    waited = []
    for number in range(20):
        began = time.monotonic()
        arrive(inbox, f"{number}.edi")
        assert told.next() == ("acme-in", f"{number}.edi", happened)
        waited.append(time.monotonic() - began)
        (inbox / f"{number}.edi").rename(inbox / ".taken" / f"{number}.edi")
    assert statistics.median(waited) < 0.05, waited


def test_hidden_names_and_folders_give_no_hint(hints, told, inbox):
    (inbox / ".po.tmp").write_bytes(b"x")
    (inbox.parent / "folder").mkdir()
    (inbox.parent / "folder").rename(inbox / "folder")
    (inbox / "folder" / "po.edi").write_bytes(b"x")
    (inbox / "last").write_bytes(b"x")
    assert told.next() == ("acme-in", "last", "closed")
    assert told.rest() == []


@pytest.mark.parametrize("name", ["two words", "line\nbreak", "ünï", "\udcff", "-rf", "x" * 255])
def test_odd_names(hints, told, inbox, name):
    (inbox / name).write_bytes(b"x")
    assert told.next() == ("acme-in", name, "closed")


def test_a_folder_that_was_removed_and_made_again_is_watched_again(hints, told, inbox):
    inbox.rmdir()
    wait_until(lambda: not hints.healthy)
    assert hints.blind == {"acme-in"}
    inbox.mkdir()
    assert told.next() == ("acme-in", "", "scan")
    assert hints.healthy
    by_writing(inbox, "po.edi")
    assert told.next() == ("acme-in", "po.edi", "closed")


def test_a_folder_that_was_replaced_is_watched_instead(hints, told, inbox):
    inbox.rename(inbox.with_name("old"))
    inbox.mkdir()
    assert told.next() == ("acme-in", "", "scan")
    by_writing(inbox.with_name("old"), "po.edi")
    by_writing(inbox, "new.edi")
    assert told.next() == ("acme-in", "new.edi", "closed")


def test_a_folder_that_comes_later(told, tmp_path):
    hints = Hints({"late": tmp_path / "late"}, lambda *hint: told.hints.put(hint))
    hints.start()
    assert not hints.healthy
    (tmp_path / "late").mkdir()
    assert told.next() == ("late", "", "scan")
    assert hints.healthy
    hints.stop()
    assert not hints.healthy


def test_what_the_listener_raises_ends_nothing(told, inbox):
    def listen(channel: str, name: str, happened: str) -> None:
        if name == "first":
            raise RuntimeError("event loop is closed")
        told.hints.put((channel, name, happened))

    hints = Hints({"acme-in": inbox}, listen, lambda _channel, said: told.trouble.append(said))
    hints.start()
    by_writing(inbox, "first")
    by_writing(inbox, "second")
    assert told.next() == ("acme-in", "second", "closed")
    assert [str(said) for said in told.trouble] == ["event loop is closed"]
    assert (hints.healthy, hints.failures) == (True, 1)
    hints.stop()


def test_no_hint_after_stop(hints, told, inbox):
    hints.stop()
    by_writing(inbox, "po.edi")
    hints.start()
    by_writing(inbox, "later.edi")
    assert told.next() == ("acme-in", "later.edi", "closed")


def wait_until(what, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
