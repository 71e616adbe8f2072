"""Alerts: told when a cause appears, told again when it is over, and never twice.

The book is a file of the instance and not the ledger, for the ledger may be what has failed. It is
written before anything is sent and after: a kill between leaves a message whose id is sent again,
the same Message-ID and webhook-id, which is how a receiver knows it for the same.

    nothing → open (told) → nothing (told)        a cause that goes on is not told again
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from edigw import alertbook
from edigw.alertbook import FILE
from edigw.errors import EdigwError
from edigw.health.conditions import Look
from edigw.log import get_logger
from edigw.records import dataclass

log = get_logger("health")

NOT_SENT = "EDIGW-HEALTH-E001"
MOST_MESSAGES: Final = 200  # not yet told; beyond that the oldest is given up, and the log says so
GIVEN_UP_AFTER: Final = timedelta(days=3)
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class AlertNotSent(EdigwError):
    """A mail server or program did not take an alert; it is tried again."""

    code = NOT_SENT
    advice = "mend alerts: in edigw.yaml or whoever is told; it is tried again"


#: Sends one message; raises AlertNotSent.
Sender = Callable[[Mapping[str, Any]], None]


@dataclass(slots=True)
class Book:
    """What is open, and what is still to be told. One daemon has it."""

    path: Path
    gateway: str
    open: dict[str, dict[str, Any]]
    outbox: list[dict[str, Any]]
    known: dict[str, datetime]  #: since when we know what each partner is expected to send
    remembers: bool = True  #: False: a book was there, and did not say since when; then it is taken for long
    complained: str = ""  #: what was said of a channel that does not take messages
    unwritten: bool = False  #: the file lags behind, and that was said

    @classmethod
    def load(cls, folder: Path, gateway: str, name: str = FILE) -> Book:
        """The book in *folder*. One that cannot be read is put aside: better told twice than not."""
        path = folder / name
        try:
            found = alertbook.read(path)
            known = {rhythm: datetime.fromisoformat(since).astimezone(UTC) for rhythm, since in found.get("known", {}).items()}
            return cls(path, gateway, found["open"], found["outbox"], known, "known" in found)
        except FileNotFoundError:
            return cls(path, gateway, {}, [], {})
        except (OSError, ValueError, TypeError, AttributeError) as trouble:
            log.error("alert.book_unreadable", path=str(path), error=str(trouble), code=NOT_SENT, next=f"look at {path}.bad")
            try:
                path.rename(path.with_suffix(".json.bad"))
            except OSError as still:
                log.error("alert.book_stays", path=str(path), error=str(still), code=NOT_SENT, next=f"move {path} away")
            return cls(path, gateway, {}, [], {}, remembers=False)

    def expected(self, rhythms: Iterable[str], now: datetime, *, all_there: bool) -> Mapping[str, datetime]:
        """Since when each of *rhythms* is known, those that are new from *now* on; written down before anything is made of it.

        What is there no more is forgotten, and begins anew if it comes back, unless not *all_there*: a partner
        whose file has a mistake is not there either.
        """
        since = LONG_AGO if not self.remembers else now
        known = {one: min(self.known.get(one, since), now) for one in rhythms}
        if not all_there:
            known = self.known | known
        if known != self.known or not self.remembers:
            self.known, self.remembers = known, True
            self.save()
        return known

    def note(self, look: Look, channels: list[str], now: datetime) -> None:
        """Compare a look with what is open: what is new and what is over becomes one message."""
        new = [one for key, one in look.found.items() if key not in self.open]
        over = [key for key in self.open if key not in look.found and not look.may_last(key)]
        if not new and not over:
            if self.unwritten:
                self.save()
            return
        said: list[dict[str, Any]] = []
        for one in new:
            self.open[one.key] = {"source": one.source, "code": one.code, "title": one.title, "next": one.next, "since": now.isoformat()}
            said.append({"what": "alert", "key": one.key, **self.open[one.key]})
            log.warning("alert.raised", alert=one.key, title=one.title, code=one.code, next=one.next)
        for key in over:
            said.append({"what": "resolved", "key": key, **self.open.pop(key), "until": now.isoformat()})
            log.info("alert.resolved", alert=key, title=said[-1]["title"])
        if channels:
            number = f"edigw-alert:{self.gateway}:{secrets.token_hex(8)}"
            self.outbox.append({"id": number, "gateway": self.gateway, "at": now.isoformat(), "alerts": said, "pending": list(channels)})
        self.save()

    def tell(self, senders: Mapping[str, Sender], now: datetime) -> None:
        """Send what waits, in order, to each channel; one that fails keeps its place and stops no other channel."""
        failed: dict[str, str] = {}
        for message in list(self.outbox):
            for channel in list(message["pending"]):
                if channel in failed:
                    continue
                if channel in senders:
                    try:
                        senders[channel]({name: value for name, value in message.items() if name != "pending"})
                    except AlertNotSent as trouble:
                        failed[channel] = str(trouble)
                        continue
                message["pending"].remove(channel)  # told, or a channel that is configured no more
                self.save()
        late = [one for one in self.outbox if now - datetime.fromisoformat(one["at"]) > GIVEN_UP_AFTER and one["pending"]]
        for one in [*late, *self.outbox[: max(0, len(self.outbox) - MOST_MESSAGES)]]:
            log.error("alert.given_up", alert=one["id"], to=one["pending"], code=NOT_SENT, next="edigw status; edigw cases")
            one["pending"] = []
        kept = [one for one in self.outbox if one["pending"]]
        if len(kept) != len(self.outbox):
            self.outbox = kept
            self.save()
        said = "; ".join(f"{channel}: {why}" for channel, why in sorted(failed.items()))
        if said and said != self.complained:
            log.error("alert.not_sent", why=said, waiting=len(self.outbox), code=NOT_SENT, next=AlertNotSent.advice)
        elif self.complained and not said:
            log.info("alert.channels_back")
        self.complained = said

    def save(self) -> None:
        """Write the book. A disk that is full keeps nobody from being told; a restart before there is room may tell it again."""
        known = {rhythm: since.isoformat() for rhythm, since in self.known.items()}
        try:
            alertbook.write(self.path, {"open": self.open, "outbox": self.outbox, "known": known})
            self.unwritten = False
        except OSError as trouble:
            if self.unwritten:
                return
            self.unwritten = True
            log.error("alert.book_not_written", path=str(self.path), error=str(trouble), code=NOT_SENT, next=f"df -h {self.path.parent}")
