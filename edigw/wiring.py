"""From a configuration to the things that move bytes: inlets, lanes, the SFTP inbox's partners.

Here, and only here, settings become transports. A name that cannot be used now (a secret
that is not set, a folder that is gone) leaves its lane out with the reason; what is due
there waits and says so, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from edigw import secrets
from edigw.channels import FolderChannel
from edigw.delivery import CHANNEL_BATCH, CHANNEL_RETRY, CLAIMED_AHEAD, Lane
from edigw.generation import Configuration
from edigw.inbound import Inlet, complete
from edigw.log import get_logger
from edigw.transports import sftpd
from edigw.transports.folder import Folder
from edigw.transports.http import HttpEndpoint

log = get_logger("wiring")


def folder_channels(configuration: Configuration) -> dict[str, FolderChannel]:
    """The channels this version runs."""
    return {name: one for name, one in configuration.settings.channels.items() if isinstance(one, FolderChannel)}


def inlets(configuration: Configuration, instance: Path) -> dict[str, Inlet]:
    """One inlet for each folder that a partner sends into."""
    wanted = {partner.channel_in for partner in configuration.book.partners.values()} | set(configuration.book.channels)
    made: dict[str, Inlet] = {}
    for name, channel in folder_channels(configuration).items():
        if name not in wanted:
            continue
        folder = Folder(
            instance / channel.path,
            complete=complete,
            ready=channel.ready,
            ignore=channel.ignore,
            marker=channel.marker or None,
            settle=channel.settle.total_seconds(),
            stale=channel.stale.total_seconds(),
        )
        made[name] = Inlet(name, folder, channel.every.total_seconds())
    return made


def lanes(configuration: Configuration, instance: Path, *, clock: Callable[[], datetime]) -> dict[str, Lane]:
    """One lane for each endpoint and each folder that a partner fetches from."""
    made: dict[str, Lane] = {}
    for name, endpoint in configuration.settings.endpoints.items():
        try:
            secret = secrets.resolve(endpoint.secret, instance)
            http = HttpEndpoint(endpoint.url, secret, timeout=endpoint.timeout.total_seconds(), in_flight=endpoint.in_flight, now=clock)
        except (secrets.SecretUnavailable, ValueError) as trouble:
            log.error("endpoint.unusable", endpoint=name, code="EDIGW-CONFIG-E090", why=str(trouble), next="edigw check; then reload")
            continue
        made[name] = Lane(name, endpoint.retry, endpoint.in_flight * CLAIMED_AHEAD, endpoint=http)
    outgoing = {partner.channel_out for partner in configuration.book.partners.values()}
    for name, channel in folder_channels(configuration).items():
        if name in outgoing:
            made[name] = Lane(name, CHANNEL_RETRY, CHANNEL_BATCH, target=Folder(instance / channel.path))
    return made


def sftp_partners(configuration: Configuration, instance: Path) -> dict[str, sftpd.Partner]:
    """Who may log in to our SFTP inbox: partners with keys and folders of their own both ways."""
    channels = folder_channels(configuration)
    made: dict[str, sftpd.Partner] = {}
    for partner in configuration.book.partners.values():
        inbox, outbox = channels.get(partner.channel_in), channels.get(partner.channel_out)
        if not partner.sftp_keys or inbox is None or outbox is None:
            continue
        one = sftpd.Partner(partner.name, partner.sftp_keys, instance / inbox.path, instance / outbox.path, inbox.ignore)
        try:
            one.public_keys()
        except ValueError as trouble:
            log.error(
                "sftpd.key_unusable", partner=partner.name, code="EDIGW-CONFIG-E091", why=str(trouble), next="edigw check; then reload"
            )
            continue
        made[partner.name] = one
    return made
