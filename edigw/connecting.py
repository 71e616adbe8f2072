"""``edigw check --connect``: each partner's SFTP server tried once, changing nothing there.

What it shows is what the gateway would meet: the same line, the same pinned keys, the same
time-outs. One that hangs keeps nobody waiting, for all are tried at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from edigw import wiring
from edigw.channels import SftpChannel
from edigw.endpoints import FileEndpoint
from edigw.errors import Problem
from edigw.secrets import SecretUnavailable
from edigw.settings import Settings
from edigw.transports import ChannelUnavailable

AT_ONCE: Final = 16  # servers tried at one time


def servers(settings: Settings, instance: Path) -> tuple[list[Problem], list[Problem]]:
    """Try every server that *settings* name: what is wrong, and what was found where nothing is, each at its channel's place."""
    wrong: list[Problem] = []
    well: list[Problem] = []
    files = [("channel", one) for one in settings.channels.values()]
    files += [("endpoint", one.channel) for one in settings.endpoints.values() if isinstance(one, FileEndpoint)]
    named = [(what, one) for what, one in files if isinstance(one, SftpChannel)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        for found, good in threads.map(lambda one: _try(one[0], one[1], instance), named):
            (well if good else wrong).append(found)
    return wrong, well


def _try(kind: str, channel: SftpChannel, instance: Path) -> tuple[Problem, bool]:
    what, place = f"{kind} {channel.name}", channel.place
    try:
        remote = wiring.sftp(channel, instance)
    except SecretUnavailable as trouble:
        return Problem(place, f"{what} was not tried: {trouble}", trouble.code, trouble.advice), False
    try:
        found = remote.test()
    except ChannelUnavailable as trouble:
        return Problem(place, f"{what}: {trouble}", trouble.code, trouble.advice), False
    finally:
        remote.close()
        remote.threads.shutdown(wait=False)
    folders = "; ".join(f"{word}: {path} has {count} {'name' if count == 1 else 'names'}" for word, path, count in found.folders)
    return Problem(place, f"{what}: {remote.place} shows {found.host_key}, as pinned; logged in as {channel.user}; {folders}", ""), True
