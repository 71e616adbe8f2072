"""``edigw.yaml``: our identities, the database, channels, endpoints, the inbox, limits.

Bytes in, settings out; nothing is opened, connected or resolved here. Defaults stand
beside the fields they fill, and docs/configuration.md repeats them for people.

A default is chosen so that the empty instance is safe: loopback, no plain password,
no key that others read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from datetime import time, timedelta
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from edigw import healthsettings, secrets
from edigw.agreements import X12Address
from edigw.channels import Channel, SftpChannel, channel, folder, is_host, secret, separate
from edigw.endpoints import Endpoint, FileEndpoint, endpoint
from edigw.errors import ConfigError, Problem
from edigw.fields import (
    CLASH,
    DAY,
    HOUR,
    MINUTE,
    MISSING_KEY,
    NOT_SUPPORTED,
    SECOND,
    SECRET_WRITTEN,
    WRONG_SHAPE,
    WRONG_VALUE,
    Fields,
    is_name,
)
from edigw.healthsettings import Alerts, Listen
from edigw.identities import edifact_identities, x12_addresses
from edigw.model import Identity
from edigw.records import dataclass
from edigw.secrets import Secret
from edigw.yamlfile import read as compose_what_can_be
from edigw.yamlnodes import DUPLICATE, KEY, REFUSED, Place, in_order, shown

FILE = "edigw.yaml"
RETAIN_AT = time(2)
KEYS = (
    "gateway", "database",
    "archive", "channels", "endpoints", "sftpd", "limits", "retention", "workers", "log", "health", "alerts", "hooks",
)  # fmt: skip
SFTPD_KEYS = (
    "listen", "host_key", "connections", "per_partner", "login", "idle", "quota", "waiting", "quota_all", "tries", "shut_out",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gateway:
    """Who we are. *name* is the first part of every webhook-id and must not change."""

    name: str
    x12: tuple[X12Address, ...]
    edifact: tuple[Identity, ...]


@dataclass(frozen=True, slots=True)
class Sftpd:
    """Our own SFTP inbox."""

    host: str
    port: int
    host_key: Secret
    connections: int = 64  #: at once, of all partners
    per_partner: int = 8
    login: timedelta = 30 * SECOND  #: from connect to logged in
    idle: timedelta = 10 * MINUTE
    quota: int = 1 << 30  #: bytes of one partner that may wait to be taken
    waiting: int = 10_000  #: files of one partner that may wait
    quota_all: int = 10 << 30  #: bytes of all partners that may wait
    tries: int = 20  #: failed logins from one address, until it waits for *shut_out*
    shut_out: timedelta = 10 * MINUTE
    place: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file, one task and one worker may take."""

    file: int = 100 << 20  #: bytes; a larger file is quarantined
    span: int = 500  #: messages judged in one task
    task: timedelta = MINUTE
    memory: int = 2 << 30  #: bytes of address space of one worker


@dataclass(frozen=True, slots=True)
class Retention:
    """How long after its end something is kept; None: for ever."""

    payloads: timedelta | None = None  #: bodies of files, documents and answers
    events: timedelta | None = None  #: by whole sealed days
    at: time | None = RETAIN_AT  #: of UTC, when the daemon seals and removes each day; None: whoever operates it does


@dataclass(frozen=True, slots=True)
class Log:
    """*format* "auto" is text on a terminal and JSON elsewhere."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


@dataclass(frozen=True, slots=True)
class Settings:
    """One ``edigw.yaml``, checked."""

    gateway: Gateway
    database: str | Secret = "sqlite:///ledger.db"  #: a URL without password, or where the URL is
    archive: str = "archive"  #: folder for large payloads, relative to the instance
    channels: Mapping[str, Channel] = field(default_factory=dict)
    endpoints: Mapping[str, Endpoint | FileEndpoint] = field(default_factory=dict)
    sftpd: Sftpd | None = None
    limits: Limits = field(default_factory=Limits)
    retention: Retention = field(default_factory=Retention)
    workers: int = 2  #: judging processes; 0 = as many as processors
    log: Log = field(default_factory=Log)
    health: Listen | None = None
    alerts: Alerts | None = None

    def database_url(self, instance: Path) -> str:
        """The URL to open: a reference resolved, a relative SQLite path made absolute. May raise SecretUnavailable."""
        url = self.database if isinstance(self.database, str) else secrets.resolve(self.database, instance)
        if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            return f"sqlite:///{(instance / url[len('sqlite:///') :]).absolute()}"
        return url

    def secrets(self) -> tuple[Secret, ...]:
        """Every reference of this configuration, in the order of the file's sections."""
        found: list[Secret | str | None] = [self.database]
        for one in self.channels.values():
            if isinstance(one, SftpChannel):
                found += [one.key, one.password]
        for each in self.endpoints.values():
            if isinstance(each, Endpoint):
                found.append(each.secret)
            elif isinstance(each.channel, SftpChannel):
                found += [each.channel.key, each.channel.password]
        if self.sftpd:
            found.append(self.sftpd.host_key)
        if self.alerts:
            found += [self.alerts.smtp.password if self.alerts.smtp else None, self.alerts.webhook.secret if self.alerts.webhook else None]
        return tuple(one for one in found if isinstance(one, Secret))


def load(data: bytes, file: str = FILE) -> Settings:
    """The settings in *data*. Raises ConfigError with every problem at once."""
    settings, problems = examine(data, file)
    if problems or settings is None:
        raise ConfigError(problems)
    return settings


def examine(data: bytes, file: str = FILE) -> tuple[Settings | None, tuple[Problem, ...]]:
    """What can be read of *data*, and every problem. Beside a problem the settings are good for one
    thing: to see which names there are. None when no part of the file could be read.
    """
    found = compose_what_can_be(data, file)
    problems = list(found.problems)
    start = Place(file, 1, 1)
    if not found.documents and problems:
        return None, tuple(problems)
    top = Fields(found.documents[0] if found.documents else None, FILE, KEYS, problems, start)
    if len(found.documents) > 1:
        top.report(found.documents[1].place, "a second document begins here", WRONG_SHAPE, "take the --- line out")
    if top.has("hooks"):
        top.report(top.at("hooks"), "hooks are not supported yet", NOT_SUPPORTED, "take the key out")
    limits = _limits(top, problems)
    settings = Settings(
        gateway=_gateway(top, problems),
        database=_database(top),
        archive=folder(top, "archive", "archive"),
        channels={name.text: channel(name, node, problems) for name, node in top.named("channels", "channel")},
        endpoints={name.text: endpoint(name, node, problems) for name, node in top.named("endpoints", "endpoint")},
        sftpd=_sftpd(top, problems, limits.file),
        limits=limits,
        retention=_retention(top, problems),
        workers=top.integer("workers", 2, 0, 256),
        log=_log(top, problems),
        health=healthsettings.listen(top),
        alerts=healthsettings.alerts(top),
    )
    files = [one.channel for one in settings.endpoints.values() if isinstance(one, FileEndpoint)]
    separate([*settings.channels.values(), *files], problems)
    if settings.sftpd is not None and min(settings.sftpd.quota, settings.sftpd.quota_all) < settings.limits.file:
        text = "quota or quota_all of sftpd is less than limits: file, so a file that may be sent could never be uploaded"
        problems.append(Problem(settings.sftpd.place, text, CLASH, "raise them, or lower file: of limits"))
    for name, both in settings.endpoints.items():
        if name in settings.channels:
            text = f"endpoint {name} has the name of a channel ({settings.channels[name].place})"
            problems.append(Problem(both.place, text, CLASH, "what is due there is told by its name alone; give one of them another"))
    return settings, in_order(problems)


#: Mistakes in the YAML behind which the rest of the file is read as it stands.
_PASSED_BY = (DUPLICATE, REFUSED, KEY)


def of_the_ledger(data: bytes, file: str = FILE) -> tuple[Settings | None, tuple[Problem, ...]]:
    """What is needed to ask the ledger, as far as it can be relied on, and every problem of *data*.

    Beside problems only the gateway's name, *database* and *archive* are of the file, and all
    else is as if it were not written: what one mistake is about nobody shall go by. None where
    *database* or *archive* may be the mistake; another ledger would be asked.
    """
    settings, problems = examine(data, file)
    if settings is None or not problems:
        return settings, problems
    found = compose_what_can_be(data, file)
    own: list[Problem] = []
    top = Fields(found.documents[0] if found.documents else None, FILE, KEYS, own, Place(file, 1, 1))
    own.clear()  # what is about other keys
    _database(top)
    folder(top, "archive", "archive")
    for key in ("database", "archive"):
        if own or (top.has(key) and key not in top.map):  # it is spelled wrong
            return None, problems
        line = f"{file}:{top.at(key).line}:" if key in top.map else "no line"
        if any(one.code not in _PASSED_BY or key in one.text or one.place.startswith(line) for one in found.problems):
            return None, problems
    name = settings.gateway.name if is_name(settings.gateway.name) else "edigw"
    return Settings(Gateway(name, (), ()), settings.database, settings.archive), problems


def _gateway(top: Fields, problems: list[Problem]) -> Gateway:
    of = Fields(top.node("gateway", required=True), "gateway", ("name", "x12", "edifact"), problems, top.place)
    name = of.text("name", "edigw")
    if not is_name(name):
        of.report(of.at("name"), f"{shown(name)} cannot name a gateway", WRONG_VALUE, "letters, digits, dot, dash, underscore")
    ours = Gateway(name, x12_addresses(of), edifact_identities(of))
    if top.has("gateway") and not of.has("x12") and not of.has("edifact"):
        of.report(of.place, "gateway lacks identities", MISSING_KEY, "give x12:, edifact:, or both: what partners write as receiver")
    return ours


def _database(top: Fields) -> str | Secret:
    found = top.scalar("database")
    default = "sqlite:///ledger.db"
    if found is None:
        return default
    if found.text.startswith(("env:", "file:", "credential:")):
        return secret(top, "database") or default
    url = urlsplit(found.text)
    if url.scheme == "sqlite":
        if not found.text.startswith("sqlite:///") or len(found.text) == len("sqlite:///"):
            top.report(found.place, "a SQLite URL reads sqlite:///ledger.db, or sqlite:////var/lib/… for a whole path", WRONG_VALUE)
        return found.text
    if url.scheme != "postgresql+psycopg":
        advice = "sqlite:///ledger.db or postgresql+psycopg://user@host/name"
        top.report(found.place, "database is no URL of a database we know", WRONG_VALUE, advice)
    elif "@" in url.netloc and ":" in url.netloc.rsplit("@", 1)[0]:
        advice = "leave it out and use ~/.pgpass or PGPASSWORD, or put the whole URL behind env:NAME"
        top.report(found.place, "database holds a password", SECRET_WRITTEN, advice)
    return found.text


def _sftpd(top: Fields, problems: list[Problem], largest: int) -> Sftpd | None:
    """Our inbox; *largest* is bytes of a file, for which there is room unless somebody says less."""
    if top.node("sftpd") is None:
        return None
    of = Fields(top.node("sftpd"), "sftpd", SFTPD_KEYS, problems, top.place)
    listen = of.text("listen", "127.0.0.1:2222")
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and is_host(host) and re.fullmatch("[0-9]{1,5}", port) and int(port) < 65536):
        of.report(of.at("listen"), f"listen {shown(listen)} is no address", WRONG_VALUE, "127.0.0.1:2222, [::]:2222; port 0: any")
        host, port = "127.0.0.1", "2222"
    return Sftpd(
        host=host,
        port=int(port),
        host_key=secret(of, "host_key") or Secret("file", "keys/sftpd", str(of.place)),
        connections=of.integer("connections", 64, 1, 10_000),
        per_partner=of.integer("per_partner", 8, 1, 1000),
        login=of.duration("login", 30 * SECOND, SECOND, 10 * MINUTE),
        idle=of.duration("idle", 10 * MINUTE, SECOND, DAY),
        quota=of.size("quota", max(1 << 30, largest), 1 << 10, 1 << 50),
        waiting=of.integer("waiting", 10_000, 1, 1_000_000),
        quota_all=of.size("quota_all", max(10 << 30, largest), 1 << 10, 1 << 50),
        tries=of.integer("tries", 20, 1, 10_000),
        shut_out=of.duration("shut_out", 10 * MINUTE, SECOND, DAY),
        place=str(of.place),
    )


def _limits(top: Fields, problems: list[Problem]) -> Limits:
    of = Fields(top.node("limits"), "limits", ("file", "span", "task", "memory"), problems, top.place)
    default = Limits()
    return Limits(
        file=of.size("file", default.file, 1 << 10, 1 << 40),
        span=of.integer("span", default.span, 1, 100_000),
        task=of.duration("task", default.task, SECOND, HOUR),
        memory=of.size("memory", default.memory, 256 << 20, 1 << 40),
    )


def _retention(top: Fields, problems: list[Problem]) -> Retention:
    of = Fields(top.node("retention"), "retention", ("payloads", "events", "at"), problems, top.place)
    payloads, events = (of.duration(name, DAY, DAY, 36_500 * DAY) if of.has(name) else None for name in ("payloads", "events"))
    return Retention(payloads, events, _time_of_day(of))


def _time_of_day(of: Fields) -> time | None:
    text = of.text("at", f"{RETAIN_AT:%H:%M}")
    if text == "never":
        return None
    if found := re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text):
        return time(int(found[1]), int(found[2]))
    of.report(of.at("at"), f"at cannot be {shown(text)}", WRONG_VALUE, 'a time of UTC, as "02:00", or never')
    return RETAIN_AT


def _log(top: Fields, problems: list[Problem]) -> Log:
    of = Fields(top.node("log"), "log", ("level", "format"), problems, top.place)
    # The words are the types' own, so the cast below cannot say anything else.
    level = of.choice("level", ("debug", "info", "warning", "error"), "info")
    form = of.choice("format", ("auto", "text", "json"), "auto")
    return Log(cast("Literal['debug', 'info', 'warning', 'error']", level), cast("Literal['auto', 'text', 'json']", form))
