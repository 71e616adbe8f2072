"""Who trades what with whom: partners, agreements, and the routing of an envelope.

Pure values, compiled from the configuration by ``partners.py`` and carried into pool
workers. Routing decides by identities alone: a file whose envelope says someone else
than its channel is held, an unknown sender is held, nothing is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta
from typing import Literal

from edigw.expects import Rhythm
from edigw.faults import Policy
from edigw.model import Identity, Syntax
from edigw.records import dataclass


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """How received messages are answered. *standard* "none" answers nothing."""

    standard: Literal["997", "999", "contrl", "none"]
    accepted_sets: bool = True  #: AK2/AK5, UCM also for accepted messages


@dataclass(frozen=True, slots=True)
class Receive:
    """One ``receive:`` entry. *releases* empty: any release we have. *map* as named ("acme/850")."""

    message: str
    releases: tuple[str, ...]
    map: str
    deliver: str  #: an endpoint's name
    acknowledge: Acknowledge
    place: str = ""  #: file:line:column, for messages to people


@dataclass(frozen=True, slots=True)
class Send:
    """One ``send:`` entry."""

    document: str
    message: str
    release: str
    map: str
    expect: str = ""  #: "997", "contrl", "" for none
    within: timedelta = timedelta(hours=24)  # what most partner agreements ask
    place: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """``policies:`` of a partner; the defaults are what users rely on."""

    judge: Policy = field(default_factory=Policy)
    forward: Literal["split", "all-or-nothing", "hold-bad", "hold-all"] = "split"
    unknown: Literal["reject", "hold"] = "reject"
    duplicate_key: Literal["hold", "accept", "reject"] = "hold"
    order: Literal["by-key", "none"] = "by-key"
    tolerate: frozenset[str] = frozenset()
    ta1: Literal["asked", "always", "never"] = "asked"  #: "asked": by ISA14, or where the envelope is at fault


@dataclass(frozen=True, slots=True)
class X12Address:
    """A partner's or our own X12 address: interchange identity and, if given, the GS id."""

    identity: Identity
    group: str = ""


@dataclass(frozen=True, slots=True)
class Partner:
    """One ``partner.yaml``, checked."""

    name: str
    title: str
    x12: tuple[X12Address, ...] = ()
    edifact: tuple[Identity, ...] = ()
    channel_in: str = ""
    channel_out: str = ""
    sftp_keys: tuple[str, ...] = ()  #: public keys in OpenSSH form, read from their files
    receive: tuple[Receive, ...] = ()
    send: tuple[Send, ...] = ()
    interchange_number: int = 1  #: first control number we use towards this partner
    group_number: int = 1
    policies: Policies = field(default_factory=Policies)
    expects: tuple[Rhythm, ...] = ()  #: what it sends by when; an alert says that it did not
    broken: str = ""  #: why this partner's file or maps cannot be used; its messages are held

    def agreed(self, message: str, release: str) -> Receive | None:
        """The ``receive:`` entry for a message in this release; None: there is none."""
        entries = (one for one in self.receive if one.message == message)
        return next((one for one in entries if not one.releases or release in one.releases), None)


@dataclass(frozen=True, slots=True)
class Route:
    """Where an interchange belongs. *held* is "" or a code (``EDIGW-ROUTE-E001``)."""

    partner: str
    held: str = ""
    reason: str = ""  #: for people: what was found, what would mend it


# Why an interchange or message is held instead of going on. Stable codes, shown with the row.
UNKNOWN_SENDER = "EDIGW-ROUTE-E001"
RECEIVER_NOT_US = "EDIGW-ROUTE-E002"
CHANNEL_DIFFERS = "EDIGW-ROUTE-E003"
RELEASE_NOT_AGREED = "EDIGW-ROUTE-E004"
MESSAGE_NOT_AGREED = "EDIGW-ROUTE-E005"
PARTNER_BROKEN = "EDIGW-ROUTE-E006"
NUMBER_REUSED = "EDIGW-ROUTE-E007"
POISON = "EDIGW-ROUTE-E008"
DOCUMENT_INCOMPLETE = "EDIGW-ROUTE-E009"
BY_HAND = "EDIGW-ROUTE-E010"
REJECTED_AND_KEPT = "EDIGW-ROUTE-E011"
BESIDE_REJECTED = "EDIGW-ROUTE-E012"
WAITS_FOR_OTHERS = "EDIGW-ROUTE-E013"
KEY_REUSED = "EDIGW-ROUTE-E014"
GIVEN_UP = "EDIGW-DELIVERY-E005"

SHORTEST_MISTYPED = 4  # characters: of anything shorter, one changed makes another name

RELEASED = "released"  #: no cause: ``message.held`` of one that a person let go, until it is judged again

#: Each of them in words: why, and what to do.
HELD: Mapping[str, tuple[str, str]] = {
    UNKNOWN_SENDER: ("no partner has the envelope's sender", "add the identity to a partner.yaml, then edigw release"),
    RECEIVER_NOT_US: ("the envelope's receiver is none of our identities", "add it under gateway: in edigw.yaml, then edigw release"),
    CHANNEL_DIFFERS: ("the envelope names another partner than the channel belongs to", "ask the sender; edigw release lets it go on"),
    RELEASE_NOT_AGREED: ("the message came in a release that is not agreed", "add it to its releases:, then edigw release"),
    MESSAGE_NOT_AGREED: ("the partner has no receive: entry for this message", "add one, then edigw release"),
    PARTNER_BROKEN: ("the partner's file or map cannot be used", "edigw check names the mistakes; mend them, then edigw release"),
    NUMBER_REUSED: ("the control number was used before for other bytes", "ask the sender, then edigw release, or edigw close"),
    POISON: ("judging the message failed or ended its worker", "edigw show has the place; report it, then edigw release"),
    DOCUMENT_INCOMPLETE: ("the document lacks what its kind requires, or the map refuses a value", "mend the map, then edigw release"),
    BY_HAND: ("a person held it", "edigw show says who and why; edigw release lets it go on"),
    REJECTED_AND_KEPT: (
        "it was answered as rejected, and forward: keeps such messages",
        "edigw release delivers it all the same, edigw close gives it up; its sender may send a corrected one",
    ),
    BESIDE_REJECTED: ("it is good, but another message of its interchange is not (forward: hold-all)", "edigw release, or edigw close"),
    WAITS_FOR_OTHERS: (
        "its interchange is taken whole or not at all (forward: all-or-nothing), and another message of it is held",
        "release or close that one",
    ),
    KEY_REUSED: (
        "a document of this kind and number came before with other contents",
        "ask the sender; edigw release delivers it too, edigw close gives it up",
    ),
    GIVEN_UP: ("its document could not be delivered", "mend the endpoint, then edigw retry; or mend the map, then edigw release"),
}


@dataclass(frozen=True, slots=True)
class Book:
    """Every partner and our own identities: the whole that routing needs."""

    gateway: str  #: our name, first part of every webhook-id
    our_x12: tuple[X12Address, ...]
    our_edifact: tuple[Identity, ...]
    partners: Mapping[str, Partner]
    channels: Mapping[str, str] = field(default_factory=dict)  #: inbound channel -> the partner it belongs to

    def route(self, syntax: Syntax, sender: Identity, receiver: Identity, groups: tuple[str, ...] = (), channel: str = "") -> Route:
        """The partner an envelope belongs to, or why it is held.

        *groups* are the GS02 ids inside (X12). An address without a group matches any;
        one with a group wins over one without. EDIFACT identities match with an equal
        qualifier, or where one side states none.
        """
        found = self._sender(syntax, sender, groups)
        if not found:
            line = f"{syntax}: [{{qualifier: {_quoted(sender.qualifier)}, id: {_quoted(sender.id)}}}]"
            near = self._nearest(syntax, sender)
            return Route("", UNKNOWN_SENDER, f"no partner has the sender {sender}{near}; add to its partner.yaml: {line}")
        partner = self.partners[found]
        if channel and self.channels.get(channel, found) != found:
            return Route(found, CHANNEL_DIFFERS, f"the envelope says {found}, but channel {channel} belongs to {self.channels[channel]}")
        if not self._ours(syntax, receiver):
            advice = "add it under gateway: in edigw.yaml, or close this interchange"
            return Route(found, RECEIVER_NOT_US, f"the receiver {receiver} is none of our identities; {advice}")
        if partner.broken:
            return Route(found, PARTNER_BROKEN, partner.broken)
        return Route(found)

    def _sender(self, syntax: Syntax, sender: Identity, groups: tuple[str, ...]) -> str:
        plain = ""
        for partner in self.partners.values():
            if syntax == "x12":
                for address in partner.x12:
                    if address.identity != sender:
                        continue
                    if address.group and address.group in groups:
                        return partner.name
                    if not address.group or not groups:
                        plain = plain or partner.name
            elif any(_same_edifact(sender, ours) for ours in partner.edifact):
                return partner.name
        return plain

    def _nearest(self, syntax: Syntax, sender: Identity) -> str:
        """", but acme is ZZ:ACMESTORES" where a slip of the keyboard would explain *sender*; "" where none does."""
        known = [
            (partner.name, address)
            for partner in self.partners.values()
            for address in (partner.x12 if syntax == "x12" else [X12Address(identity) for identity in partner.edifact])
        ]
        for is_near in (_same_letters, _one_slip_apart):
            for name, address in known:
                if is_near(sender, address.identity):
                    return f", but {name} is {address.identity}" + (f" with group {address.group}" if address.group else "")
        return ""

    def _ours(self, syntax: Syntax, receiver: Identity) -> bool:
        if syntax == "x12":
            return any(address.identity == receiver for address in self.our_x12)
        return any(_same_edifact(receiver, ours) for ours in self.our_edifact)


def _quoted(text: str) -> str:
    """*text* as YAML reads it back unchanged, whatever a partner put into it."""
    return json.dumps(text)


def _same_letters(a: Identity, b: Identity) -> bool:
    """Whether the ids are equal but for case, blanks and punctuation; then the qualifier or the group differs, or these."""
    return _letters(a.id) == _letters(b.id) != ""


def _one_slip_apart(a: Identity, b: Identity) -> bool:
    """Whether one character of the ids is missing, too many or another, or two neighbours changed places.

    Numbers with a check digit (GLN, DUNS) differ in two digits at least, so that a partner's
    neighbour in the same series is not taken for its mistake.
    """
    short, long = sorted((_letters(a.id), _letters(b.id)), key=len)
    if len(short) < SHORTEST_MISTYPED or len(long) - len(short) > 1:
        return False
    same = next((at for at, (one, other) in enumerate(zip(short, long, strict=False)) if one != other), len(short))
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    swapped = short[same + 1 : same + 2] + short[same : same + 1]
    return short[same + 1 :] == long[same + 1 :] or swapped + short[same + 2 :] == long[same:]


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _same_edifact(a: Identity, b: Identity) -> bool:
    return a.id == b.id and (a.qualifier == b.qualifier or not a.qualifier or not b.qualifier)
