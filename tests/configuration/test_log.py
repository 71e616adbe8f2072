"""The log: facts with keys, nothing that acts, nothing secret, no payloads."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest

from edigw import log, secrets
from edigw.visible import visible


@pytest.fixture(autouse=True)
def as_it_was():
    yield
    log.configure("warning")


def lines(form, write, level="info"):
    stream = io.StringIO()
    log.configure(level, form, stream)
    write(log.get_logger("inbound"))
    return stream.getvalue().splitlines()


def test_text_lines_are_keys_and_values():
    (line,) = lines("text", lambda to: to.info("interchange.split", file=7, messages=12, name="po 1.edi"))
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info    interchange.split room=inbound file=7 messages=12 name="po 1.edi"', line)


def test_json_lines():
    (line,) = lines("json", lambda to: to.info("interchange.split", file=7, partner="Grün"))
    found = json.loads(line)
    assert list(found) == ["at", "level", "event", "room", "file", "partner"]
    assert (found["level"], found["event"], found["file"], found["partner"]) == ("info", "interchange.split", 7, "Grün")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("keys", "shown", "hidden"),
    [
        pytest.param({"who": "A\x1b[2JB"}, "\\x1b[2J", "\x1b", id="ESC"),
        pytest.param({"who": "A\u202eB"}, "\\u202e", "\u202e", id="bidi mark"),
        pytest.param({"who": "A\nlevel=error"}, "\\x0alevel", "\n", id="a forged line"),
        pytest.param({"body": b"ISA*00*SECRETPAYLOAD"}, "<20 bytes>", "PAYLOAD", id="bytes"),
        pytest.param({"text": "x" * 5000}, "x…", "x" * 500, id="a long value"),
        pytest.param({"webhook_secret": "whsec_1"}, "[secret]", "whsec_1", id="a key that sounds secret"),
        pytest.param({"headers": {"Authorization": "Bearer t0ken"}}, "[secret]", "t0ken", id="inside a map"),
        pytest.param({"url": "postgresql://u:pa55@h/x"}, "u:[secret]@h", "pa55", id="a password in a URL"),
        pytest.param({"why": "got known-secret-value"}, "got [secret]", "known-secret", id="a value resolved before"),
    ],
)
def test_nothing_acts_and_nothing_leaks(form, keys, shown, hidden):
    secrets.resolve(secrets.parse("env:S"), "", {"S": "known-secret-value"})  # type: ignore[arg-type]
    (line,) = lines(form, lambda to: to.info("x.y", **keys))
    text = " ".join(str(value) for value in json.loads(line).values()) if form == "json" else line
    assert shown in text
    assert hidden not in line


def test_levels_and_reconfiguring():
    stream = io.StringIO()
    log.configure("warning", "text", stream)
    to = log.get_logger("x")
    to.info("not.shown")
    log.configure("debug", "text", stream)
    to.debug("shown.now")
    assert [line.split()[2] for line in stream.getvalue().splitlines()] == ["shown.now"]


def test_a_traceback_stays_one_event():
    def fail(to):
        try:
            raise ValueError("bad \x1b[31m")
        except ValueError:
            to.exception("step.failed", step="split")

    (found,) = [json.loads(line) for line in lines("json", fail)]
    assert found["event"] == "step.failed"
    assert "ValueError: bad \\x1b[31m" in found["exception"]


def test_libraries_speak_through_us():
    (line,) = lines("text", lambda _: logging.getLogger("asyncssh").warning("login of %s", "x\x1b"))
    assert 'library.said room=library logger=asyncssh text="login of x\\x1b"' in line


def test_what_a_library_says_of_a_line_is_at_most_for_who_looks_for_it():
    """Each of its errors is said by us, with its code."""
    speak = lambda _: logging.getLogger("paramiko.transport").error("Traceback (most recent call last):")  # noqa: E731
    assert lines("json", speak) == []
    stream = io.StringIO()
    log.configure("debug", "json", stream)
    speak(None)
    (said,) = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (said["level"], said["event"]) == ("debug", "library.said")


def test_a_closed_stream_stops_nobody():
    stream = io.StringIO()
    log.configure("info", "text", stream)
    stream.close()
    log.get_logger("x").info("still.alive")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("Grün, 日本, €", "Grün, 日本, €"),
        ("\x00\x1b\x7f\x9b", "\\x00\\x1b\\x7f\\x9b"),
        ("a\tb\r\n", "a\\x09b\\x0d\\x0a"),
        ("\u200b\u2028\u2066\ufeff", "\\u200b\\u2028\\u2066\\ufeff"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown
