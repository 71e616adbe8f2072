"""``partner.yaml``: one partner's identities, channels, agreements, keys and policies.

Bytes in, values out. A file is first *drafted* by itself; its names are looked up in the
rest of the configuration by ``crosscheck``, for a partner may be read before the maps and
channels it names. A partner with a mistake is kept, broken: its messages are held with the
reason, and the others go on.

Nothing here reaches outside the partner's own folder; what is not among the bytes given
does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, cast

from edigw import standards
from edigw.agreements import Acknowledge, Partner, Policies, Receive, Send
from edigw.errors import Problem
from edigw.expects import Rhythm
from edigw.expects import parse as parse_rhythm
from edigw.faults import Level, Policy, Severity, by_code
from edigw.fields import (
    CLASH,
    DAY,
    HOUR,
    MINUTE,
    MISSING_KEY,
    NOT_IN_STANDARD,
    NOT_SUPPORTED,
    NOT_USABLE,
    PATH_LEAVES,
    SECRET_WRITTEN,
    UNKNOWN_NAME,
    WRONG_SHAPE,
    WRONG_VALUE,
    Fields,
    is_name,
    nearest,
)
from edigw.gathering import PARTNER_FILE
from edigw.identities import edifact_identities, x12_addresses
from edigw.model import Syntax
from edigw.records import dataclass
from edigw.sshkeys import public_keys
from edigw.yamlfile import read
from edigw.yamlnodes import Place, Scalar, shown

if TYPE_CHECKING:
    pass

FILE = PARTNER_FILE
KEYS = ("partner", "name", "x12", "edifact", "channels", "sftp_keys", "receive", "send", "numbering", "policies", "expects", "hooks")
TOLERATED = ("lower-case-unoa", "cp1252-unoc")
HIGHEST_NUMBER = 999_999_999  # ISA13 and GS06 have nine digits
ANSWERS: Mapping[Syntax, tuple[str, ...]] = {"x12": ("997", "999", "none"), "edifact": ("contrl", "none")}
_LEVELS = {level.value: level for level in Level} | {"cross-field": Level.NOTES}
_SEVERITIES = {severity.word: severity for severity in Severity}


@dataclass(frozen=True, slots=True)
class Use:
    """A name in an agreement that must be looked up: a map with what it must be good for."""

    map: str
    place: Place
    syntax: Syntax
    message: str
    releases: tuple[str, ...]
    document: str = ""  #: for ``send:``, what the map must write


@dataclass(slots=True)
class Draft:
    """A partner as its own file says, before its names are looked up."""

    partner: Partner
    problems: list[Problem]
    maps: Mapping[str, tuple[str, bytes]]  #: name -> (file, YAML)
    place: Place
    identities: dict[str, Place] = field(default_factory=dict)  #: as routing compares them
    channels: dict[str, Place] = field(default_factory=dict)  #: "in", "out"
    endpoints: list[tuple[str, Place]] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    keys: Place | None = None  #: of ``sftp_keys:``


def draft(name: str, folder: str, files: Mapping[str, bytes]) -> Draft:
    """The partner whose folder *folder* (``partners/acme``) holds *files*, by paths relative to it. Never raises."""
    file = f"{folder}/{FILE}"
    start = Place(file, 1, 1)
    problems: list[Problem] = []
    maps = {f"{name}/{path[5:-5]}": (f"{folder}/{path}", data) for path, data in sorted(files.items()) if _is_map(path)}
    made = Draft(Partner(name, name), problems, maps, start)
    if FILE not in files:
        problems.append(Problem(str(start), f"the folder of {shown(name)} holds no {FILE}", NOT_USABLE, "write one, or remove the folder"))
        return made
    found = read(files[FILE], file)
    problems.extend(found.problems)
    top = Fields(found.documents[0] if found.documents else None, FILE, KEYS, problems, start)
    if len(found.documents) > 1:
        top.report(found.documents[1].place, "a second document begins here", WRONG_SHAPE, "take the --- line out")
    _named_as_folder(top, name)
    if top.has("hooks"):
        top.report(top.at("hooks"), "hooks are not supported yet", NOT_SUPPORTED, "take the key out")
    channels = Fields(top.node("channels"), "channels", ("in", "out"), problems, start)
    made.channels = {way: channels.at(way) for way in ("in", "out") if channels.text(way)}
    numbering = Fields(top.node("numbering"), "numbering", ("interchange", "group"), problems, start)
    partner = Partner(
        name=name,
        title=top.text("name", name, longest=200),
        x12=x12_addresses(top),
        edifact=edifact_identities(top),
        channel_in=channels.text("in"),
        channel_out=channels.text("out"),
        sftp_keys=_sftp_keys(top, files, made),
        interchange_number=numbering.integer("interchange", 1, 1, HIGHEST_NUMBER),
        group_number=numbering.integer("group", 1, 1, HIGHEST_NUMBER),
        policies=_policies(top, problems),
    )
    if not top.has("x12") and not top.has("edifact"):
        top.report(start, f"{name} has no identity", MISSING_KEY, "give x12:, edifact:, or both: what it writes as sender")
    if partner.policies.ta1 == "always" and not partner.channel_out:
        text = "a TA1 is always sent, but there is no out channel for it"
        top.report(top.at("policies"), text, MISSING_KEY, "channels: {out: NAME}, or take ta1: out")
    receive = _receive(top, partner, made)
    made.partner = replace(partner, receive=receive, send=_send(top, partner, made), expects=_expects(top, receive))
    made.identities = _identity_places(top, made.partner)
    return made


def _is_map(path: str) -> bool:
    return path.startswith("maps/") and path.endswith(".yaml") and path.count("/") == 1


def _named_as_folder(top: Fields, name: str) -> None:
    found = top.text("partner", name, required=True)
    if found != name:
        top.report(top.at("partner"), f"partner {shown(found)} stands in the folder {shown(name)}", WRONG_VALUE, "name both alike")
    if not is_name(name):
        top.report(top.place, f"{shown(name)} cannot name a partner", WRONG_VALUE, "letters, digits, dot, dash, underscore")


def _identity_places(top: Fields, partner: Partner) -> dict[str, Place]:
    """Each identity as it must be unique, with its place (that of the list where an entry is damaged)."""
    found: dict[str, Place] = {}
    for key, names in (
        ("x12", [f"x12 {one.identity}" + (f" group {one.group}" if one.group else "") for one in partner.x12]),
        ("edifact", [f"edifact {one}" for one in partner.edifact]),
    ):
        items = top.items(key)
        for at, name in enumerate(names):
            place = items[at].place if len(items) == len(names) else top.at(key)
            if name in found:
                top.report(place, f"the identity {name} stands twice", CLASH, "keep one")
            found.setdefault(name, place)
    return found


def _sftp_keys(top: Fields, files: Mapping[str, bytes], made: Draft) -> tuple[str, ...]:
    found: list[str] = []
    if top.has("sftp_keys"):
        made.keys = top.at("sftp_keys")
    for entry in top.scalars("sftp_keys"):
        kind, _, name = entry.text.partition(":")
        path = PurePosixPath(name)
        if kind != "file" or not name:
            code = SECRET_WRITTEN if "PRIVATE" in entry.text else WRONG_VALUE
            top.report(entry.place, "sftp_keys name files with public keys", code, "file:NAME.pub, in the partner's folder")
        elif path.is_absolute() or ".." in path.parts:
            top.report(entry.place, f"{shown(name)} is outside the partner's folder", PATH_LEAVES, "copy the public key into it")
        elif path.suffix != ".pub":
            top.report(entry.place, f"{shown(name)} is no public key by its name", WRONG_VALUE, "public keys end in .pub")
        elif str(path) not in files:
            near = nearest(str(path), [one for one in files if one.endswith(".pub")])
            top.report(entry.place, f"the partner's folder holds no {shown(name)}", NOT_USABLE, near)
        else:
            keys, mistakes = public_keys(files[str(path)])
            found += keys
            for line, text in mistakes:
                top.report(Place(f"{made.place.file.rsplit('/', 1)[0]}/{path}", line, 1), text, WRONG_VALUE)
    return tuple(found)


def _syntax(of: Fields, message: str, top: Fields) -> Syntax:
    syntax: Syntax = "x12" if message.isdigit() else "edifact"
    if not standards.known(syntax, message):
        of.report(of.at("message"), f"there is no message {shown(message)}", NOT_IN_STANDARD, nearest(message, standards.types(syntax)))
    elif not top.has(syntax):
        of.report(of.at("message"), f"{message} needs an identity under {syntax}:, and there is none", MISSING_KEY)
    return syntax


def _release(of: Fields, syntax: Syntax, message: str, release: Scalar) -> str:
    if standards.known(syntax, message) and release.text not in standards.releases(syntax, message):
        near = standards.nearest(syntax, message, release.text)
        text = f"there is no {message} in release {shown(release.text)}"
        of.report(release.place, text, NOT_IN_STANDARD, f"the nearest is {near}" if near else "")
    return release.text


def _receive(top: Fields, partner: Partner, made: Draft) -> tuple[Receive, ...]:
    found: list[Receive] = []
    for item in top.items("receive"):
        of = Fields(item, "a receive entry", ("message", "releases", "map", "deliver", "acknowledge"), top.problems, item.place)
        message = of.text("message", required=True, longest=6)
        deliver = of.text("deliver", required=True)
        if deliver:
            made.endpoints.append((deliver, of.at("deliver")))
        if not message:
            continue
        syntax = _syntax(of, message, top)
        releases = tuple(_release(of, syntax, message, one) for one in of.scalars("releases"))
        name = of.text("map", f"{syntax}/{message}")
        made.uses.append(Use(name, of.at("map") if of.has("map") else of.at("message"), syntax, message, releases))
        answer = _acknowledge(of, syntax)
        if answer.standard != "none" and not partner.channel_out:
            text = f"{message} is acknowledged, but there is no out channel for the answer"
            of.report(of.place, text, MISSING_KEY, "channels: {out: NAME}, or acknowledge: none")
        one = Receive(message, releases, name, deliver, answer, str(of.place))
        twice = next((earlier for earlier in found if _overlap(earlier, one)), None)
        if twice:
            text = f"{message} is agreed twice for one release; first at {twice.place}"
            of.report(of.place, text, CLASH, "tell them apart by releases:")
        found.append(one)
    return tuple(found)


def _overlap(one: Receive, other: Receive) -> bool:
    apart = one.releases and other.releases and not set(one.releases) & set(other.releases)
    return one.message == other.message and not apart


def _acknowledge(of: Fields, syntax: Syntax) -> Acknowledge:
    words = ANSWERS[syntax]
    node = of.node("acknowledge")
    inner = of
    key = "acknowledge"
    if node is not None and not isinstance(node, Scalar):
        inner, key = Fields(node, "acknowledge", ("with", "accepted_sets"), of.problems, of.place), "with"
    word = inner.text(key, words[0]).lower()
    if word not in words:
        text = f"{shown(word)} does not answer {'X12' if syntax == 'x12' else 'EDIFACT'}"
        inner.report(inner.at(key), text, WRONG_VALUE, nearest(word, words))
        word = words[0]
    accepted = inner.yes("accepted_sets", True) if inner is not of else True
    return Acknowledge(cast("Literal['997', '999', 'contrl', 'none']", word), accepted)


def _send(top: Fields, partner: Partner, made: Draft) -> tuple[Send, ...]:
    found: list[Send] = []
    for item in top.items("send"):
        of = Fields(item, "a send entry", ("document", "message", "release", "map", "expect"), top.problems, item.place)
        document = of.text("document", required=True, longest=40)
        message = of.text("message", required=True, longest=6)
        release = of.scalar("release", required=True)
        if not document or not message:
            continue
        if not partner.channel_out:
            of.report(of.place, f"{document} cannot be sent: there is no out channel", MISSING_KEY, "channels: {out: NAME}")
        syntax = _syntax(of, message, top)
        chosen = _release(of, syntax, message, release) if release else ""
        name = of.text("map", f"{syntax}/{message}")
        if release:
            made.uses.append(Use(name, of.at("map") if of.has("map") else of.at("message"), syntax, message, (chosen,), document))
        ack, within = "", timedelta(hours=24)
        if of.node("expect"):
            expect = Fields(of.node("expect"), "expect", ("ack", "within"), of.problems, of.place)
            ack = expect.choice("ack", [word for word in ANSWERS[syntax] if word != "none"], required=True)
            within = expect.duration("within", 24 * HOUR, MINUTE, 60 * DAY)
        if any(one.document == document for one in found):
            of.report(of.place, f"{document} is sent twice", CLASH, "keep one")
        found.append(Send(document, message, chosen, name, ack, within, str(of.place)))
    return tuple(found)


def _expects(top: Fields, receive: tuple[Receive, ...]) -> tuple[Rhythm, ...]:
    of = Fields(top.node("expects"), "expects", {one.message for one in receive}, top.problems, top.place)
    found: list[Rhythm] = []
    for key, node in of.map:
        text = of.text(key.text)
        if text:
            try:
                found.append(parse_rhythm(key.text, text))
            except ValueError as error:
                of.report(node.place, str(error), WRONG_VALUE)
    return tuple(found)


def _policies(top: Fields, problems: list[Problem]) -> Policies:
    keys = ("judge", "forward", "unknown", "duplicate_key", "order", "tolerate", "ta1")
    of = Fields(top.node("policies"), "policies", keys, problems, top.place)
    for word in of.scalars("tolerate"):
        if word.text not in TOLERATED:
            of.report(word.place, f"there is no leniency {shown(word.text)}", UNKNOWN_NAME, nearest(word.text, TOLERATED))
    # choice() gives one of the words listed, and those are the types' own; the casts say no more.
    return Policies(
        judge=_judge(of),
        forward=cast(
            "Literal['split', 'all-or-nothing', 'hold-bad', 'hold-all']",
            of.choice("forward", ("split", "all-or-nothing", "hold-bad", "hold-all"), "split"),
        ),
        unknown=cast("Literal['reject', 'hold']", of.choice("unknown", ("reject", "hold"), "reject")),
        duplicate_key=cast("Literal['hold', 'accept', 'reject']", of.choice("duplicate_key", ("hold", "accept", "reject"), "hold")),
        order=cast("Literal['by-key', 'none']", of.choice("order", ("by-key", "none"), "by-key")),
        tolerate=frozenset(of.texts("tolerate")),
        ta1=cast("Literal['asked', 'always', 'never']", of.choice("ta1", ("asked", "always", "never"), "asked")),
    )


def _judge(of: Fields) -> Policy:
    levels: dict[Level, Severity] = {}
    codes: dict[str, Severity] = {}
    inner = Fields(of.node("judge"), "judge", _judge_words(of), of.problems, of.place)
    for key, _ in inner.map:
        severity = _SEVERITIES[inner.choice(key.text, _SEVERITIES, "reject")]
        if key.text in _LEVELS:
            levels[_LEVELS[key.text]] = severity
        else:
            codes[key.text] = severity
    return Policy(levels, codes)


def _judge_words(of: Fields) -> set[str]:
    """What may stand under ``judge:``: the levels, and of the codes those that are used and exist."""
    words = set(_LEVELS)
    node = Fields(of.node("judge"), "judge", (), [], of.place).map
    for key, _ in node:
        if re.fullmatch(r"EDIGW-[A-Z0-9]+-E[0-9]{3}", key.text):
            try:
                by_code(key.text)
            except KeyError:
                continue
            words.add(key.text)
    return words
