"""``channels:`` of ``edigw.yaml``: where partners' files come from and go to.

Values and their reading, side by side. What a word means in operation is the transport's
affair (``transports/folder.py``); the defaults here are the ones it was built for.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from edigw import secrets
from edigw.errors import Problem
from edigw.fields import (
    CLASH,
    DAY,
    HOUR,
    MILLISECOND,
    MINUTE,
    MISSING_KEY,
    PATH_LEAVES,
    SECOND,
    SECRET_WRITTEN,
    WRONG_SHAPE,
    WRONG_VALUE,
    Fields,
    nearest,
)
from edigw.records import dataclass
from edigw.secrets import Secret
from edigw.yamlnodes import Map, Node, Scalar, shown

Ready: TypeAlias = Literal["moved", "closed"]
READY: tuple[Ready, ...] = ("moved", "closed")
IGNORE = ("*.part", "*.tmp", "*.filepart", "*~")  # names that SFTP clients give to what is still under way
OUT_NAME = "{kind}-{control}.edi"
NAME_WORDS = ("kind", "control", "partner")


@dataclass(frozen=True, slots=True)
class FolderChannel:
    """A folder of this machine. *path* is relative to the instance, or absolute."""

    name: str
    path: str
    ready: tuple[Ready, ...] = READY  #: what makes a file ready at once; one left alone is ready after *settle* anyhow
    ignore: tuple[str, ...] = IGNORE
    marker: str = ""  #: ``{name}.done``: a file counts only when this stands beside it; "" for none
    settle: timedelta = 5 * SECOND  #: unchanged for this long, with a complete end
    stale: timedelta = MINUTE  #: unchanged for this long, whatever its end
    every: timedelta = MINUTE  #: the rescan; changes are seen at once besides
    out_name: str = OUT_NAME  #: ``name:``, what we call a file we write
    partner: str = ""  #: whose it is; "" is the partner that names it as its ``in`` channel
    place: str = ""


@dataclass(frozen=True, slots=True)
class SftpChannel:
    """A partner's SFTP server, which we poll and put to."""

    name: str
    host: str
    user: str
    host_keys: tuple[str, ...]  #: SHA256:… fingerprints; nothing else is trusted
    port: int = 22
    key: Secret | None = None
    password: Secret | None = None
    get: str = ""  #: the folder we fetch from, "" for none
    put: str = ""
    taken: str = ""  #: the server's folder that files go to when we have them; "" removes them
    prefetch: bool = True  #: ask for many pieces of a file at once
    timeout: timedelta = 30 * SECOND  #: for connecting and for each packet; an operation ends after twice as long
    every: timedelta = MINUTE
    settle: timedelta = 5 * SECOND  #: between the two looks that must find a file the same
    stale: timedelta = 5 * MINUTE  #: unchanged for this long, whatever its end
    ignore: tuple[str, ...] = IGNORE
    out_name: str = OUT_NAME
    partner: str = ""
    place: str = ""


Channel: TypeAlias = FolderChannel | SftpChannel


_CHANNEL_KEYS = ("ignore", "settle", "every", "name", "partner")
_FOLDER_KEYS = (*_CHANNEL_KEYS, "folder", "ready", "marker", "stale")
_SERVER_KEYS = ("sftp", "port", "user", "key", "password", "host_key", "timeout", "prefetch")
_SFTP_KEYS = (*_CHANNEL_KEYS, *_SERVER_KEYS, "get", "put", "taken", "stale")


def channel(name: Scalar, node: Node, problems: list[Problem]) -> Channel:
    """One entry of ``channels:``."""
    what = f"channel {name.text}"
    kinds = [kind for kind in ("folder", "sftp") if isinstance(node, Map) and kind in node]
    if kinds == ["folder"]:
        return _folder_channel(name, Fields(node, what, _FOLDER_KEYS, problems, name.place))
    if kinds == ["sftp"]:
        of = Fields(node, what, _SFTP_KEYS, problems, name.place)
        return server(name, of, _out_name(of))
    of = Fields(node, what, {*_FOLDER_KEYS, *_SFTP_KEYS}, problems, name.place)
    text = f"{what} is both folder and sftp" if kinds else f"{what} lacks its kind"
    of.report(name.place, text, WRONG_SHAPE if kinds else MISSING_KEY, "give folder: PATH or sftp: HOST")
    return FolderChannel(name.text, "")


def _folder_channel(name: Scalar, of: Fields) -> FolderChannel:
    default = FolderChannel(name.text, "")
    named = {word.text: word.place for word in of.scalars("ready")}
    for word, place in named.items():
        if word not in READY:
            of.report(place, f"ready cannot be {shown(word)}", WRONG_VALUE, nearest(word, READY))
    marker = of.text("marker", longest=40)
    if marker and (marker.count("{name}") != 1 or marker == "{name}" or "/" in marker):
        of.report(of.at("marker"), f"marker {shown(marker)} cannot be told from its file", WRONG_VALUE, "such as {name}.done")
    if of.node("folder", required=True) is None:
        return default
    return FolderChannel(
        name=name.text,
        path=folder(of, "folder"),
        ready=tuple(word for word in READY if word in named) if of.has("ready") else READY,
        ignore=of.texts("ignore", default.ignore),
        marker=marker,
        settle=of.duration("settle", default.settle, 100 * MILLISECOND, HOUR),
        stale=of.duration("stale", default.stale, SECOND, DAY),
        every=of.duration("every", default.every, SECOND, DAY),
        out_name=_out_name(of),
        partner=of.text("partner"),
        place=str(name.place),
    )


def server(name: Scalar, of: Fields, out_name: str) -> SftpChannel:
    """A partner's or a back office's SFTP server. What *of* may not have is as if it were not there."""
    host_keys = tuple(of.scalars("host_key"))
    for one in host_keys:
        if not re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", one.text):
            of.report(one.place, f"host_key {shown(one.text)} is no fingerprint", WRONG_VALUE, "SHA256:… as ssh-keygen -lf prints it")
    if not of.has("host_key"):
        of.report(of.place, f"{of.what} lacks host_key", MISSING_KEY, "the server's fingerprint, by ssh-keyscan HOST | ssh-keygen -lf -")
    if not of.has("key") and not of.has("password"):
        of.report(of.place, f"{of.what} lacks key or password", MISSING_KEY, "key: file:keys/NAME")
    if of.has("get") and of.has("put") and PurePosixPath(of.text("get")) == PurePosixPath(of.text("put")):
        of.report(of.at("put"), "put is the folder we fetch from: what we put there would come back to us", CLASH, "name another folder")
    if not of.has("get") and not of.has("put"):
        of.report(of.place, f"{of.what} neither gets nor puts", MISSING_KEY, "give get: FOLDER, put: FOLDER, or both")
    host = of.text("sftp", required=True)
    if host and not is_host(host):
        of.report(of.at("sftp"), f"sftp {shown(host)} is no host name", WRONG_VALUE, "the port goes to port:, the folders to get: and put:")
    return SftpChannel(
        name=name.text,
        host=host,
        user=of.text("user", required=True),
        host_keys=tuple(one.text for one in host_keys),
        port=of.integer("port", 22, 1, 65535),
        key=secret(of, "key"),
        password=secret(of, "password"),
        get=_remote_folder(of, "get"),
        put=_remote_folder(of, "put"),
        taken=_remote_folder(of, "taken"),
        prefetch=of.yes("prefetch", True),
        timeout=of.duration("timeout", 30 * SECOND, SECOND, 10 * MINUTE),
        every=of.duration("every", MINUTE, SECOND, DAY),
        settle=of.duration("settle", 5 * SECOND, 100 * MILLISECOND, HOUR),
        stale=of.duration("stale", 5 * MINUTE, SECOND, DAY),
        ignore=of.texts("ignore", IGNORE),
        out_name=out_name,
        partner=of.text("partner"),
        place=str(name.place),
    )


def _remote_folder(of: Fields, key: str) -> str:
    """A folder of a server: from its root, or from where a login begins."""
    found = of.text(key)
    if found and (not found.isprintable() or ".." in PurePosixPath(found).parts):
        of.report(of.at(key), f"{key} {shown(found)} is no folder of a server", WRONG_VALUE, "such as /out")
    if key == "taken" and found:
        if not of.has("get"):
            of.report(of.at(key), "taken is for files we fetch, and there is no get", MISSING_KEY, "get: FOLDER, or take it out")
        elif PurePosixPath(found) == PurePosixPath(of.text("get")):
            of.report(of.at(key), "taken is the folder we fetch from: a file moved there would come again", CLASH, "name another folder")
    return found


def file_name(of: Fields, default: str, words: Sequence[str], unique: str, things: str) -> str:
    """The template ``name:`` of files we write, of *words* in braces; without *unique* two *things* would have one name."""
    name = of.text("name", default, longest=120)
    written = re.findall(r"\{([^{}]*)\}", name)
    for word in written:
        if word not in words:
            of.report(of.at("name"), f"name has no word {{{word[:40]}}}", WRONG_VALUE, nearest(word, words))
    bare = re.sub(r"\{[^{}]*\}", "", name)
    if "/" in bare or "{" in bare or "}" in bare or name.startswith("."):
        of.report(of.at("name"), f"name {shown(name)} cannot name a file", WRONG_VALUE, default)
    elif unique not in written:
        of.report(of.at("name"), f"name {shown(name)} would be the same for two {things}", WRONG_VALUE, f"put {{{unique}}} into it")
    return name


def _out_name(of: Fields) -> str:
    return file_name(of, OUT_NAME, NAME_WORDS, "control", "files")


def is_host(text: str) -> bool:
    """A host name or an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        labels = text.removesuffix(".").split(".")
        return len(text) <= 253 and all(re.fullmatch("[A-Za-z0-9_-]{1,63}", label) for label in labels)
    return True


def secret(of: Fields, key: str, *, required: bool = False) -> Secret | None:
    """The reference under *key*. A secret that is written out is a problem, and is not repeated in it."""
    found = of.scalar(key, required=required)
    if found is None:
        return None
    try:
        return secrets.parse(found.text, str(found.place))
    except ValueError as error:
        of.report(found.place, f"{key}: {error}", SECRET_WRITTEN, "env:NAME, file:PATH or credential:NAME")
        return None


def folder(of: Fields, key: str, default: str = "") -> str:
    """A folder under *key*: absolute, or inside the instance."""
    found = of.scalar(key)
    if found is None:
        return default
    text = of.text(key)
    if not text or ".." in PurePosixPath(text).parts:
        of.report(found.place, f"{key} {shown(found.text)} leaves the instance", PATH_LEAVES, "name a folder inside, or a whole path")
        return default
    return str(PurePosixPath(text))


def separate(channels: Iterable[Channel], problems: list[Problem]) -> None:
    """No two channels on one folder: what one writes the other would take in."""
    seen: dict[str, FolderChannel] = {}
    for channel in channels:
        if not isinstance(channel, FolderChannel) or not channel.path:
            continue
        first = seen.setdefault(channel.path, channel)
        if first is not channel:
            text = f"channel {channel.name} has the folder of channel {first.name}: {shown(channel.path)}"
            problems.append(Problem(channel.place, text, CLASH, "what one writes the other would take in; give each its own"))
