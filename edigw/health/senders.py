"""Alerts by mail and to a program: one message for all that appeared or ended together."""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from standardwebhooks.webhooks import Webhook

from edigw import secrets
from edigw.health.alerts import AlertNotSent, Sender
from edigw.healthsettings import AlertHook, Alerts, Smtp
from edigw.visible import visible

WITHIN: Final = 20.0  # seconds for a mail server or a program to answer
LONGEST: Final = 300  # characters of a line that a partner's text may be part of


def senders(settings: Alerts, instance: Path) -> dict[str, Sender]:
    """A sender for each channel of *settings*; secrets are resolved when a message is sent."""
    found: dict[str, Sender] = {}
    if settings.smtp is not None:
        smtp = settings.smtp
        found["smtp"] = lambda message: by_mail(smtp, message, instance)
    if settings.webhook is not None:
        hook = settings.webhook
        found["webhook"] = lambda message: by_webhook(hook, message, instance)
    return found


def by_mail(smtp: Smtp, message: Mapping[str, Any], instance: Path) -> None:
    """Send *message* as one mail. Raises AlertNotSent."""
    mail = written(smtp, message)
    try:
        context = ssl.create_default_context()
        if smtp.tls == "implicit":
            server: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=WITHIN, context=context)
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=WITHIN)
        with server:
            if smtp.tls == "starttls":
                server.starttls(context=context)
            if smtp.user and smtp.password is not None:
                server.login(smtp.user, secrets.resolve(smtp.password, instance))
            server.send_message(mail)
    except (OSError, ValueError, smtplib.SMTPException, secrets.SecretUnavailable) as trouble:
        raise AlertNotSent(f"{smtp.host}:{smtp.port}: {trouble or type(trouble).__name__}") from None


def written(smtp: Smtp, message: Mapping[str, Any]) -> EmailMessage:
    """The mail: what is wrong in the subject, each cause with its next command in the body."""
    raised = [one for one in message["alerts"] if one["what"] == "alert"]
    over = [one for one in message["alerts"] if one["what"] == "resolved"]
    first = _line((raised or over)[0]["title"])
    more = len(message["alerts"]) - 1
    mail = EmailMessage()
    mail["Subject"] = f"[{message['gateway']}] {'' if raised else 'over: '}{first[:120]}" + (f" (and {more} more)" if more else "")
    mail["From"] = smtp.sender
    mail["To"] = ", ".join(smtp.to)
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{message['id'].replace(':', '.')}@{smtp.sender.rpartition('@')[2].rstrip('>')}>"
    mail["Auto-Submitted"] = "auto-generated"
    lines: list[str] = []
    for one in raised:
        lines += [f"WRONG  {_line(one['title'])}", f"       {one['code']} since {one['since']}", f"       next: {_line(one['next'])}", ""]
    for one in over:
        lines += [f"OVER   {_line(one['title'])}", f"       from {one['since']} until {one['until']}", ""]
    mail.set_content("\n".join(lines))
    return mail


def _line(text: str) -> str:
    return visible(text)[:LONGEST]


def by_webhook(hook: AlertHook, message: Mapping[str, Any], instance: Path) -> None:
    """Post *message* as JSON, signed; ``webhook-id`` is the same on every try. Raises AlertNotSent."""
    body = json.dumps(message, ensure_ascii=False)
    now = datetime.now(UTC)
    try:
        signature = Webhook(secrets.resolve(hook.secret, instance)).sign(message["id"], now, body)
        headers = {
            "content-type": "application/json",
            "webhook-id": message["id"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        request = urllib.request.Request(hook.url, body.encode(), headers, method="POST")  # noqa: S310  the settings take http and https only
        with _OPENER.open(request, timeout=WITHIN) as answer:
            answer.read(64 << 10)
    except urllib.error.HTTPError as trouble:
        raise AlertNotSent(f"{hook.url} answers {trouble.code}") from None
    except (OSError, ValueError, HTTPException, secrets.SecretUnavailable) as trouble:
        raise AlertNotSent(f"{hook.url}: {trouble or type(trouble).__name__}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A signed alert goes where it was meant to go and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
