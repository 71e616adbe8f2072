"""The log: facts with keys on stderr, one event a line, times in UTC.

An event is a stable name and keys (``log.info("interchange.split", file=7, messages=12)``);
programs may filter on both. Never prose, never a payload, never a secret: bytes are shown
as their count, long values are cut, secrets that were resolved and keys that sound like one
are blanked, and what a partner sent cannot act on the terminal that shows it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from edigw.secrets import redact
from edigw.visible import visible

LONGEST = 400  # characters of one value; a line must stay readable and bounded
_SECRET_KEY = re.compile(r"passw|secret|token|authorization|credential|private|passphrase|signature", re.IGNORECASE)
_PASSWORD_IN_URL = re.compile(r"(://[^/\s:@]*):[^/\s@]+@")
_BARE = re.compile(r"[^\s\"'=\\]+")  # a value that needs no quotes in a key=value line
_QUIET = ("apscheduler", "asyncssh", "asyncio", "paramiko", "sqlalchemy", "alembic", "watchdog", "aiohttp", "pyx12", "pydifact")

_SAID_BY_US = "paramiko"  # each of its errors is raised besides, and said once, with its code; it writes a traceback line by line

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "text", "json"]


class _Lines:
    """Writes finished lines. A log that cannot be written has nowhere to complain and must not stop the gateway."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def __call__(self, *_: Any) -> _Lines:  # structlog asks a factory; one writer serves all loggers
        return self

    def _write(self, line: str) -> None:
        stream = self._stream if self._stream is not None else sys.stderr
        try:
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):  # gone, full, or closed at exit
            return

    msg = debug = info = warning = error = critical = exception = _write


def configure(level: Level = "info", form: Format = "auto", stream: TextIO | None = None) -> None:
    """Set the log up, or anew: loggers already handed out follow. *stream* is stderr unless given."""
    target = stream if stream is not None else sys.stderr
    as_json = form == "json" or (form == "auto" and not target.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    render = _json if as_json else _text
    shared: list[Any] = [_stamp, structlog.processors.format_exc_info, _clean]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, *shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_Lines(stream),
        cache_logger_on_first_use=False,  # so that SIGHUP can change the level
    )
    handler = _Library(number)
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if not isinstance(old, _Library)] + [handler]
    root.setLevel(logging.WARNING)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" and name in ("asyncssh", "paramiko") else logging.WARNING)
    if level != "debug":
        logging.getLogger(_SAID_BY_US).setLevel(logging.CRITICAL)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # warns of every round that comes while the one before goes on


def get_logger(room: str) -> FilteringBoundLogger:
    """A logger whose events carry ``room=``. Before ``configure`` it writes warnings and worse to stderr."""
    if not structlog.is_configured():
        configure("warning")
    return cast(FilteringBoundLogger, structlog.get_logger(room=room))


class _Library(logging.Handler):
    """What libraries log, as our events: ``library.said logger=asyncssh text=…``."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(room="library")
        word = "error" if record.levelno >= logging.ERROR else "warning" if record.levelno >= logging.WARNING else "debug"
        if record.name.partition(".")[0] == _SAID_BY_US:
            word = "debug"
        try:
            text = record.getMessage()
        except (TypeError, ValueError):  # arguments that do not fit the library's own format
            text = str(record.msg)
        getattr(log, word)("library.said", logger=record.name, text=text, exc_info=record.exc_info)


def _stamp(_: Any, __: str, event: EventDict) -> EventDict:
    event["at"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return event


def _clean(_: Any, __: str, event: EventDict) -> EventDict:
    return {key: "[secret]" if _SECRET_KEY.search(key) and value else _plain(value, key) for key, value in event.items()}


def _plain(value: Any, key: str = "") -> Any:
    """A value that is short, harmless and made of text, numbers, lists and maps."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in list(value)[:50]]
    if isinstance(value, MutableMapping):
        return {str(name): "[secret]" if _SECRET_KEY.search(str(name)) else _plain(item) for name, item in list(value.items())[:50]}
    text = redact(_PASSWORD_IN_URL.sub(r"\1:[secret]@", str(value)))
    if key == "exception":
        return "\n".join(visible(line) for line in text.splitlines()[-60:])
    return visible(text if len(text) <= LONGEST else text[:LONGEST] + "…")


def _json(_: Any, __: str, event: EventDict) -> str:
    first = {key: event.pop(key) for key in ("at", "level", "event") if key in event}
    return json.dumps(first | dict(event), ensure_ascii=False, default=str)


def _text(_: Any, __: str, event: EventDict) -> str:
    exception = event.pop("exception", None)
    head = [str(event.pop(key, "")) for key in ("at", "level", "event")]
    pairs = [f"{visible(str(key))}={_quoted(value)}" for key, value in event.items()]
    trace = "".join(f"\n    | {line}" for line in str(exception).splitlines()) if exception else ""
    return " ".join([head[0], f"{head[1]:7}", head[2], *pairs]) + trace


def _quoted(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    text = str(value)
    return text if _BARE.fullmatch(text) else '"' + text.replace('"', '\\"') + '"'
