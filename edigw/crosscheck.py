"""One partner against the rest: the names its file uses, and identities that must be unique.

Adds to the drafts' problems, never raises: one partner's mistake must not hide another's.
"""

from __future__ import annotations

from collections.abc import Mapping

from edigw import standards
from edigw.channels import Channel, FolderChannel, SftpChannel
from edigw.errors import ConfigError, Problem
from edigw.fields import CLASH, MISSING_KEY, UNKNOWN_NAME, WRONG_VALUE, nearest
from edigw.mappings import Library
from edigw.partners import Draft, Use
from edigw.settings import Settings
from edigw.yamlnodes import Place, shown


def settle_names(made: Draft, settings: Settings) -> None:
    """Look up the channels and endpoints that *made* names."""
    report = made.problems.append
    for way, place in made.channels.items():
        name = made.partner.channel_in if way == "in" else made.partner.channel_out
        channel = settings.channels.get(name)
        if channel is None:
            report(Problem(str(place), f"there is no channel {shown(name)}", UNKNOWN_NAME, nearest(name, settings.channels)))
        elif channel.partner and channel.partner != made.partner.name:
            report(Problem(str(place), f"channel {name} belongs to {channel.partner}, says {channel.place}", CLASH))
        elif isinstance(channel, SftpChannel) and not (channel.get if way == "in" else channel.put):
            lacks = "get: a folder to fetch from" if way == "in" else "put: a folder to put into"
            report(Problem(str(place), f"channel {name} is the {way} channel and lacks {lacks}", MISSING_KEY, f"see {channel.place}"))
        elif made.keys and not isinstance(channel, FolderChannel):
            report(Problem(str(made.keys), f"sftp_keys need a folder as {way} channel, and {name} is none", WRONG_VALUE))
    if made.keys and not settings.sftpd:
        report(Problem(str(made.keys), "sftp_keys need our SFTP inbox, and edigw.yaml has none", UNKNOWN_NAME, "sftpd: {listen: …}"))
    if made.keys and len(made.channels) < 2:
        report(Problem(str(made.keys), "sftp_keys need folders to put into and fetch from", MISSING_KEY, "channels: {in: NAME, out: NAME}"))
    for name, place in made.endpoints:
        if name not in settings.endpoints:
            report(Problem(str(place), f"there is no endpoint {shown(name)}", UNKNOWN_NAME, nearest(name, settings.endpoints)))


def settle_maps(made: Draft, library: Library, *, every_release: bool, keep: bool) -> None:
    """Load every map of the partner's folder, and compile those its agreements name.

    *every_release* compiles for all releases where an agreement names none; else only for
    those named, and the rest when a message of one comes. *keep* what is compiled in *library*.
    """
    broken: set[str] = set()
    for name in sorted(made.maps):
        try:
            library.load(name)
        except ConfigError as error:
            broken.add(name)
            made.problems.extend(error.problems)
    for use in made.uses:
        if use.map in broken:
            continue
        if use.map not in library:
            advice = nearest(use.map, library)
            made.problems.append(Problem(str(use.place), f"there is no map {shown(use.map)}", UNKNOWN_NAME, advice))
            continue
        if standards.known(use.syntax, use.message):
            _settle_use(made, use, library, every_release=every_release, keep=keep)


def _whole(base: str, use: Use) -> bool:
    """Whether *base* is a map that a partner wrote whole, of this message: acme/850 for an 850."""
    owner, _, message = base.partition("/")
    return owner not in ("x12", "edifact") and message == use.message


def _settle_use(made: Draft, use: Use, library: Library, *, every_release: bool, keep: bool) -> None:
    try:
        declared = library.load(use.map)
        if declared.base != f"{use.syntax}/{use.message}" and not _whole(declared.base, use):
            text = f"the map {use.map} is for {declared.base}, not for {use.syntax}/{use.message}"
            made.problems.append(Problem(str(use.place), text, WRONG_VALUE, "take a map of that message"))
            return
        if use.document and declared.document != use.document:
            text = f"the map {use.map} is of {declared.document}, not of {use.document}"
            made.problems.append(Problem(str(use.place), text, WRONG_VALUE, f"document: {declared.document}, or another map"))
        have = standards.releases(use.syntax, use.message)
        for release in use.releases or (have if every_release else ()):
            standard = standards.find(use.syntax, use.message, release)
            if standard is not None and keep:
                _ = library.program(use.map, standard).guide  # read at first use; here is a better place to complain
            elif standard is not None:
                library.examine(use.map, standard)
    except ConfigError as error:
        made.problems.extend(error.problems)


def clashes(drafts: list[Draft], settings: Settings) -> None:
    """Identities that two partners claim, or that are ours, break every partner that claims them."""
    claims: dict[str, list[tuple[Draft, Place]]] = {}
    for made in drafts:
        for name, place in made.identities.items():
            claims.setdefault(name, []).append((made, place))
    for name, sides in claims.items():
        for made, place in sides:
            for other, there in sides:
                if other is not made:
                    text = f"the identity {name} is also {other.partner.name}'s, at {there}"
                    made.problems.append(Problem(str(place), text, CLASH, "one sender, one partner"))
    _qualifier_clashes(drafts)
    ours = {f"x12 {one.identity}" for one in settings.gateway.x12} | {f"edifact {one}" for one in settings.gateway.edifact}
    for made in drafts:
        for name, place in made.identities.items():
            if name in ours:
                made.problems.append(Problem(str(place), f"the identity {name} is our own, in edigw.yaml", CLASH))


def open_folders(drafts: list[Draft]) -> None:
    """A partner who logs in sees its channels' folders; so they must not be another partner's too."""
    users: dict[str, set[str]] = {}
    for made in drafts:
        for name in (made.partner.channel_in, made.partner.channel_out):
            users.setdefault(name, set()).add(made.partner.name)
    for made in drafts:
        for way, place in made.channels.items() if made.keys else ():
            name = made.partner.channel_in if way == "in" else made.partner.channel_out
            others = sorted(users[name] - {made.partner.name})
            if others:
                text = f"{made.partner.name} logs in to the folder of channel {name}, which is also for {', '.join(others)}"
                made.problems.append(Problem(str(place), text, CLASH, "one partner would read the other's files; give each its own"))


def _qualifier_clashes(drafts: list[Draft]) -> None:
    """An EDIFACT id without qualifier matches any qualifier, so it excludes the same id with one elsewhere."""
    by_id: dict[str, list[tuple[Draft, str]]] = {}
    for made in drafts:
        for identity in made.partner.edifact:
            by_id.setdefault(identity.id, []).append((made, identity.qualifier))
    for ident, sides in by_id.items():
        if any(not qualifier for _, qualifier in sides):
            for made, qualifier in sides:
                others = sorted({other.partner.name for other, theirs in sides if other is not made and theirs != qualifier})
                if others:
                    place = made.identities.get(f"edifact {qualifier}:{ident}" if qualifier else f"edifact {ident}", made.place)
                    text = f"the identity edifact {ident} cannot be told from that of {', '.join(others)}"
                    made.problems.append(Problem(str(place), text, CLASH, "give each its qualifier"))


def owners(drafts: list[Draft], channels: Mapping[str, Channel]) -> dict[str, str]:
    """Inbound channel -> the partner it belongs to: as the channel says, or the only partner that names it."""
    found = {name: channel.partner for name, channel in channels.items() if channel.partner}
    claims: dict[str, set[str]] = {}
    for made in drafts:
        if made.partner.channel_in:
            claims.setdefault(made.partner.channel_in, set()).add(made.partner.name)
    for name, names in claims.items():
        if len(names) == 1:
            found.setdefault(name, next(iter(names)))
    return found
