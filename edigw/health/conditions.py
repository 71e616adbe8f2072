"""What is worth waking somebody for, as it is now: one condition for each cause.

Only asked, never written. A source that could not be asked says so, for what nobody could look
at is not over.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Any

from edigw.agreements import Partner
from edigw.cases import AGAIN, MOST, cases, expression
from edigw.errors import LedgerUnavailable
from edigw.expects import Rhythm
from edigw.healthsettings import Alerts
from edigw.ledger import NODE, Ledger
from edigw.records import dataclass
from edigw.states import DeliveryState, Kind, counted
from edigw.transports import TO_BE_MENDED
from edigw.transports.troubles import Standing, Trouble

DISK_LOW = "EDIGW-HEALTH-E002"
SILENT = "EDIGW-HEALTH-E003"
_TO_BE_MENDED = {one.code for one in TO_BE_MENDED}
_LASTING = re.compile(r" for \d+ s$")  # how long something does not get on: of the moment, no part of its cause
EXPIRING = "EDIGW-HEALTH-E004"
HINDERED = "EDIGW-HEALTH-E005"
GONE = "EDIGW-NODE-E001"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong now. *key* names the cause and stays the same while it lasts; its first word is the source."""

    key: str
    code: str
    title: str
    next: str

    @property
    def source(self) -> str:
        return self.key.partition(":")[0]


@dataclass(slots=True)
class Look:
    """One look: what is wrong, and with what the keys begin of which nobody could tell whether they are over."""

    found: dict[str, Condition] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def may_last(self, key: str) -> bool:
        """Whether what *key* names may be as before, for all that this look could see."""
        return any(key.startswith(beginning) for beginning in self.unknown)

    def add(self, conditions: Iterable[Condition]) -> None:
        self.found.update((one.key, one) for one in conditions)


def of_ledger(ledger: Ledger, partners: Mapping[str, Partner], by: Alerts, now: datetime, known: Mapping[str, datetime]) -> Look:
    """Cases that stand still or were tried in vain for long, and partners that are silent. *known*: since when we know of a rhythm."""
    look = Look()
    try:
        look.unknown |= set(_under_way(ledger))  # before and after: what begins or ends between is in no other, and is not over
        look.add(_cases(ledger, by, now))
        look.unknown |= set(_under_way(ledger))
        look.add(_silent(ledger, partners, now, known))
    except LedgerUnavailable as trouble:
        look.unknown |= {"case:", "silent:", "channel:"}
        look.add([Condition("ledger:unavailable", trouble.code, f"the ledger cannot be used: {trouble}", trouble.advice)])
    return look


def _cases(ledger: Ledger, by: Alerts, now: datetime) -> Iterator[Condition]:
    for case in cases(ledger):
        lane, _, why = case.cause.partition(": ")
        code = why.partition(" ")[0]
        if "due" in case.states and code in _TO_BE_MENDED:  # by a person: told at once, as what hinders polling is
            yield Condition(f"channel:{lane}:{code}", code, case.cause, "edigw check --connect")
        only_due = set(case.states) == {"due"}
        if only_due and (code in _TO_BE_MENDED or (case.code == AGAIN and (case.since is None or now - case.since < by.overdue))):
            continue
        since = f" since {case.since:%Y-%m-%d %H:%M}Z" if case.since else ""
        yield Condition(f"case:{case.where}", case.code, f"{counted(case.kind, case.count)}, 1 cause: {case.cause}{since}", case.command)


def rhythms(partners: Mapping[str, Partner]) -> list[str]:
    """What every partner is expected to send, each by a name that changes with it."""
    return [_name(partner, rhythm) for partner in partners.values() for rhythm in partner.expects]


def _name(partner: Partner, rhythm: Rhythm) -> str:
    return f"{partner.name}:{rhythm.message}:{rhythm.text}"


def _under_way(ledger: Ledger) -> Iterator[str]:
    """With what the keys begin of deliveries that are just tried again: whether they get through nobody knows yet."""
    tried = ledger.rows(Kind.DELIVERY, state=DeliveryState.UNDER_WAY, limit=MOST)
    for lane in {row.lane for row in tried if row.last_error}:
        yield f"case:{expression([('kind', Kind.DELIVERY.value), ('to', lane)])} and "
        yield f"channel:{lane}:"


def _silent(ledger: Ledger, partners: Mapping[str, Partner], now: datetime, known: Mapping[str, datetime]) -> Iterator[Condition]:
    for partner in partners.values():
        for rhythm in partner.expects:
            before, deadline = rhythm.window(now)
            if deadline <= known[_name(partner, rhythm)]:  # what came before nobody had agreed on, or we were not there to see it
                continue
            theirs: dict[str, Any] = {"partner": partner.name, "type": rhythm.message, "direction": "in"}
            came = len(ledger.rows(Kind.MESSAGE, since=before, limit=rhythm.least, **theirs))
            if came < rhythm.least:
                by = f"{deadline:%Y-%m-%d %H:%M}Z ({rhythm.text})"
                yield Condition(
                    f"silent:{partner.name}:{rhythm.message}:{deadline:%Y%m%dT%H%M}",
                    SILENT,
                    f"{partner.name} is silent: {came} of {rhythm.least} {rhythm.message} came by {by}",
                    f"edigw list --partner {partner.name} --kind file, then ask {partner.name}",
                )


def of_disk(folders: Iterable[Path], least: int, node: str = "") -> Look:
    """File systems on which less than *least* bytes are free, as *node* sees them."""
    at = f" on {node}" if node else ""
    look = Look()
    seen: set[int] = set()
    for folder in folders:
        try:
            device = folder.stat().st_dev
            free = shutil.disk_usage(folder).free
        except OSError as trouble:
            why = f"{folder}{at}: {(trouble.strerror or str(trouble)).lower()}"
            look.add([Condition(f"disk:{folder}", DISK_LOW, why, "mend the folder")])
            continue
        if device not in seen and free < least:
            seen.add(device)
            title = f"{free >> 20} MB are free where {folder} is{at}, {least >> 20} MB should be"
            look.add([Condition(f"disk:{folder}", DISK_LOW, title, f"df -h {folder}; make room, nothing else need be done")])
    return look


def of_node(hindered: Iterable[str], node: str = "") -> Look:
    """What the daemon itself says keeps it from its work, besides its channels: a ledger that is gone, workers that do not start."""
    look = Look()
    for text in hindered:
        what, _, advice = text.partition("; next: ")
        code = next((word for word in what.replace(":", " ").split() if word.startswith("EDIGW-")), HINDERED)
        cause = _LASTING.sub("", what)[:200]
        look.add([Condition(f"node:{cause}", code, f"{node}: {what}" if node else what, advice or "edigw status")])
    return look


def of_channels(channels: Standing, node: str = "") -> Look:
    """What keeps channels waiting, one condition for each channel and code however its words change; *node* polls them."""
    at = f"{node}: " if node else ""
    look = Look(unknown={f"channel:{name}:" for name in channels.open})
    alike: dict[str, list[Trouble]] = {}
    for one in channels.troubles:
        alike.setdefault(f"channel:{one.channel}:{one.code}", []).append(one)
    for key, (first, *others) in alike.items():
        more = f" (and {len(others)} more)" if others else ""
        look.add([Condition(key, first.code, f"{at}{first.channel}: {first.cause}{more}", first.next)])
    return look


def of_nodes(ledger: Ledger) -> Look:
    """Nodes that died without a word, for a day or until they are back."""
    look = Look()
    try:
        gone = [one for one in ledger.holders(NODE) if not one.alive]
    except LedgerUnavailable:  # of_ledger says so
        look.unknown.add("gone:")
        return look
    further = "nothing is lost, the others go on with its work; find out why it died, then start it: edigw run --node"
    look.add([Condition(f"gone:{one.node}", GONE, f"node {one.node} is gone without a word", f"{further} {one.node}") for one in gone])
    return look


def of_certificates(ends: Mapping[str, datetime], by: Alerts, now: datetime) -> Look:
    """Certificates of endpoints (*ends*: name to when it ends) that end soon."""
    look = Look()
    for name, end in ends.items():
        if end - now < by.expiring:
            days = (end - now).days
            when = f"ends on {end:%Y-%m-%d}, in {days} days" if days >= 0 else "has ended"
            title = f"the certificate of endpoint {name} {when}"
            look.add([Condition(f"certificate:{name}:{end:%Y%m%d}", EXPIRING, title, f"have whoever runs {name} renew it")])
    return look
