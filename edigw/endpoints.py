"""``endpoints:`` of ``edigw.yaml``: where documents go. A back office over HTTP, a folder, or a server by SFTP.

A document that is put as a file bears the id of its message in its name, as a request bears
it in its ``webhook-id``: whatever is repeated is recognised by whoever gets it.
"""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from edigw.channels import FolderChannel, SftpChannel, file_name, folder, secret, server
from edigw.errors import Problem
from edigw.fields import (
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    MISSING_KEY,
    SECOND,
    SECRET_WRITTEN,
    WRONG_SHAPE,
    WRONG_VALUE,
    Fields,
)
from edigw.records import dataclass
from edigw.secrets import Secret
from edigw.yamlnodes import Map, Node, Scalar, shown

DOCUMENT_NAME: Final = "{document}-{id}.json"
NAME_WORDS: Final = ("document", "id", "partner", "number")
HTTP_KEYS: Final = ("http", "secret", "timeout", "in_flight", "retry", "resume", "repeat")
FOLDER_KEYS: Final = ("folder", "name", "retry", "resume")
SFTP_KEYS: Final = ("sftp", "port", "user", "key", "password", "host_key", "timeout", "put", "name", "retry", "resume")
_NOWHERE = Secret("file", "")  #: stands in beside a problem


@dataclass(frozen=True, slots=True)
class Retry:
    """How a delivery is repeated: *first* wait, doubled up to *max*, given up after *total* (``for:``)."""

    first: timedelta = 10 * SECOND
    max: timedelta = HOUR
    total: timedelta = DAY


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A back-office HTTP endpoint. *timeout* is for the whole request."""

    name: str
    url: str
    secret: Secret
    timeout: timedelta = 30 * SECOND
    in_flight: int = 16
    retry: Retry = field(default_factory=Retry)
    resume: int = 50  #: deliveries a second behind an outage, until what waited is gone
    repeat: Literal["safe", "ask"] = "safe"  #: "ask": it cannot tell a repeat, so a person says what became of a lost one
    place: str = ""


@dataclass(frozen=True, slots=True)
class FileEndpoint:
    """Documents as files: into a folder of this machine, or onto a server. *channel* says where and by which name."""

    name: str
    channel: FolderChannel | SftpChannel
    retry: Retry = field(default_factory=Retry)
    resume: int = 50
    place: str = ""


def endpoint(name: Scalar, node: Node, problems: list[Problem]) -> Endpoint | FileEndpoint:
    """One entry of ``endpoints:``."""
    what = f"endpoint {name.text}"
    kinds = [kind for kind in ("http", "folder", "sftp") if isinstance(node, Map) and kind in node]
    if kinds in ([], ["http"]):
        return _http(name, Fields(node, what, HTTP_KEYS, problems, name.place), problems)
    if len(kinds) > 1:
        of = Fields(node, what, {*HTTP_KEYS, *FOLDER_KEYS, *SFTP_KEYS}, problems, name.place)
        of.report(name.place, f"{what} is {' and '.join(kinds)}", WRONG_SHAPE, "give one of http:, folder: and sftp:")
        return FileEndpoint(name.text, FolderChannel(name.text, ""))
    of = Fields(node, what, FOLDER_KEYS if kinds == ["folder"] else SFTP_KEYS, problems, name.place)
    channel: FolderChannel | SftpChannel
    if kinds == ["folder"]:
        channel = FolderChannel(name.text, folder(of, "folder"), out_name=_name(of), place=str(name.place))
    else:
        if not of.has("put"):
            of.report(of.place, f"{what} lacks put", MISSING_KEY, "put: FOLDER, where documents go on that server")
        channel = server(name, of, _name(of))
    retry = _retry(of, problems)
    return FileEndpoint(name.text, channel, retry, of.integer("resume", 50, 1, 10_000), str(name.place))


def _name(of: Fields) -> str:
    return file_name(of, DOCUMENT_NAME, NAME_WORDS, "id", "documents")


def _retry(of: Fields, problems: list[Problem]) -> Retry:
    default = Retry()
    again = Fields(of.node("retry"), f"retry of {of.what}", ("first", "max", "for"), problems, of.place)
    retry = Retry(
        first=again.duration("first", default.first, 10 * MILLISECOND, HOUR),
        max=again.duration("max", default.max, 10 * MILLISECOND, DAY),
        total=again.duration("for", default.total, timedelta(0), 30 * DAY),
    )
    if retry.first > retry.max:
        again.report(again.at("first"), f"first wait is longer than the longest (max) of {of.what}", WRONG_VALUE)
    return retry


def _http(name: Scalar, of: Fields, problems: list[Problem]) -> Endpoint:
    url = of.text("http", required=True)
    if url:
        _check_url(of, url)
    key = secret(of, "secret", required=True)
    retry = _retry(of, problems)
    timeout = of.duration("timeout", 30 * SECOND, 100 * MILLISECOND, 10 * MINUTE)
    in_flight = of.integer("in_flight", 16, 1, 1000)
    return Endpoint(
        name=name.text,
        url=url,
        secret=key or _NOWHERE,
        timeout=timeout,
        in_flight=in_flight,
        retry=retry,
        resume=of.integer("resume", 50, 1, 10_000),
        repeat="ask" if of.choice("repeat", ("safe", "ask"), "safe") == "ask" else "safe",
        place=str(name.place),
    )


def _check_url(of: Fields, text: str) -> None:
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port  # the port is read to have it checked
    except ValueError:
        of.report(of.at("http"), "http is no URL", WRONG_VALUE, "https://host/path")
        return
    if url.scheme not in ("http", "https") or not host or " " in text:
        of.report(of.at("http"), f"http {shown(text) if '@' not in text else 'value'} is no http URL", WRONG_VALUE, "https://host/path")
    elif url.username is not None or url.password is not None:
        of.report(of.at("http"), "http holds a user or password", SECRET_WRITTEN, "requests are signed with secret:, nothing else is sent")
    elif url.fragment:
        of.report(of.at("http"), "http has a # part, which is never sent", WRONG_VALUE, "take it out")
