"""``health:`` and ``alerts:`` of ``edigw.yaml``: where we are looked at, and whom we tell."""

from __future__ import annotations

import re
from datetime import timedelta
from email.utils import parseaddr
from typing import Literal, cast

from edigw.channels import is_host, secret
from edigw.fields import DAY, HOUR, MINUTE, SECOND, WRONG_VALUE, Fields
from edigw.records import dataclass
from edigw.secrets import Secret
from edigw.yamlnodes import shown

ALERT_KEYS = ("smtp", "webhook", "every", "overdue", "disk", "expiring")


@dataclass(frozen=True, slots=True)
class Listen:
    """Where ``/healthz`` and ``/metrics`` are."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server and whom it is asked to tell."""

    host: str
    port: int
    sender: str
    to: tuple[str, ...]
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = ""
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class AlertHook:
    """A program that is told, signed as deliveries are."""

    url: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Alerts:
    """Whom we tell, and from when on something is worth it."""

    smtp: Smtp | None = None
    webhook: AlertHook | None = None
    every: timedelta = MINUTE
    overdue: timedelta = HOUR  #: a delivery tried in vain for so long
    disk: int = 1 << 30  #: bytes that should be free
    expiring: timedelta = 30 * DAY  #: before a certificate ends


def listen(top: Fields) -> Listen | None:
    """``health: {listen: 127.0.0.1:9464}``; None: nobody asks."""
    if top.node("health") is None:
        return None
    of = Fields(top.node("health"), "health", ("listen",), top.problems, top.place)
    text = of.text("listen", "127.0.0.1:9464")
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and is_host(host) and re.fullmatch("[0-9]{1,5}", port) and int(port) < 65536):
        of.report(of.at("listen"), f"listen {shown(text)} is no address", WRONG_VALUE, "127.0.0.1:9464, [::]:9464; port 0: any")
        return None
    return Listen(host, int(port))


def alerts(top: Fields) -> Alerts | None:
    """``alerts:``; None: nobody is told, and the log says it all the same."""
    if top.node("alerts") is None:
        return None
    of = Fields(top.node("alerts"), "alerts", ALERT_KEYS, top.problems, top.place)
    default = Alerts()
    return Alerts(
        smtp=_smtp(of),
        webhook=_webhook(of),
        every=of.duration("every", default.every, SECOND, HOUR),
        overdue=of.duration("overdue", default.overdue, SECOND, 30 * DAY),
        disk=of.size("disk", default.disk, 0, 1 << 50),
        expiring=of.duration("expiring", default.expiring, HOUR, 365 * DAY),
    )


def _smtp(of: Fields) -> Smtp | None:
    if of.node("smtp") is None:
        return None
    one = Fields(of.node("smtp"), "smtp", ("host", "port", "from", "to", "tls", "user", "password"), of.problems, of.place)
    host = one.text("host", required=True)
    if host and not is_host(host):
        one.report(one.at("host"), f"host {shown(host)} is no host", WRONG_VALUE)
    sender, to = one.text("from", required=True), one.texts("to")
    for address in (sender, *to):
        if address and "@" not in parseaddr(address)[1]:
            one.report(one.at("to"), f"{shown(address)} is no mail address", WRONG_VALUE, "ops@example.com")
    if not to:
        one.report(one.at("to"), "smtp lacks to", WRONG_VALUE, "to: [ops@example.com]")
    tls = cast('Literal["starttls", "implicit", "none"]', one.choice("tls", ("starttls", "implicit", "none"), "starttls"))
    port = one.integer("port", 465 if tls == "implicit" else 587 if tls == "starttls" else 25, 1, 65535)
    return Smtp(host, port, sender, to, tls, one.text("user"), secret(one, "password"))


def _webhook(of: Fields) -> AlertHook | None:
    if of.node("webhook") is None:
        return None
    one = Fields(of.node("webhook"), "webhook", ("http", "secret"), of.problems, of.place)
    url = one.text("http", required=True)
    if url and not re.match(r"https?://[^\s@]+$", url):
        one.report(one.at("http"), "http is no URL, or holds a user", WRONG_VALUE, "https://host/path")
    return AlertHook(url, secret(one, "secret", required=True) or Secret("file", ""))
