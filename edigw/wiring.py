"""From a configuration to the things that move bytes: inlets, lanes, the SFTP inbox's partners.

Here, and only here, settings become transports. A name that cannot be used now (a secret
that is not set, a folder that is gone) leaves its lane out with the reason; what is due
there waits and says so, and the rest goes on.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from edigw import secrets
from edigw.channels import FolderChannel, SftpChannel
from edigw.delivery import CHANNEL_BATCH, CHANNEL_RETRY, CLAIMED_AHEAD, Lane
from edigw.delivery.outages import RATE
from edigw.endpoints import FileEndpoint, Retry
from edigw.generation import Configuration
from edigw.inbound import Inlet, complete
from edigw.log import get_logger
from edigw.settings import Sftpd
from edigw.transports import sftpd
from edigw.transports.breaker import NEVER, Breaker
from edigw.transports.folder import Folder
from edigw.transports.http import HttpEndpoint
from edigw.transports.sftp import Sftp
from edigw.transports.sftpline import Server

log = get_logger("wiring")


PARTIAL = "fetching"  # folder of the instance for what was read of large files

MOST_WAIT = 900.0  # seconds between looks at a server that does not answer


def folder_channels(configuration: Configuration) -> dict[str, FolderChannel]:
    """The channels that are folders of this machine."""
    return {name: one for name, one in configuration.settings.channels.items() if isinstance(one, FolderChannel)}


def sftp_channels(configuration: Configuration) -> dict[str, SftpChannel]:
    """The channels that are partners' SFTP servers."""
    return {name: one for name, one in configuration.settings.channels.items() if isinstance(one, SftpChannel)}


def server(channel: SftpChannel, instance: Path) -> Server:
    """Whom *channel* connects to. Raises SecretUnavailable."""
    key = secrets.resolve(channel.key, instance) if channel.key is not None else ""
    password = secrets.resolve(channel.password, instance) if channel.password is not None else ""
    return Server(
        channel.host, channel.port, channel.user, frozenset(channel.host_keys), key, password, channel.timeout.total_seconds()
    )


def sftp(channel: SftpChannel, instance: Path, breaker: Breaker | None = None) -> Sftp:
    """*channel* as a transport with a connection of its own. Raises SecretUnavailable."""
    every = channel.every.total_seconds()
    return Sftp(
        server(channel, instance),
        get=channel.get,
        put=channel.put,
        partial=instance / PARTIAL / channel.name,
        taken=channel.taken,
        prefetch=channel.prefetch,
        complete=complete,
        ignore=channel.ignore,
        settle=channel.settle.total_seconds(),
        stale=channel.stale.total_seconds(),
        breaker=breaker if breaker is not None else Breaker(first=min(every, MOST_WAIT), most=MOST_WAIT),
    )


def inlets(configuration: Configuration, instance: Path, earlier: Mapping[str, Inlet] | None = None) -> dict[str, Inlet]:
    """One inlet for each folder, here or on a server, that a partner sends into.

    Inlets of servers are taken over from an *earlier* generation where nothing of them has changed: with their
    connection, and with what they know of the files there.
    """
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
    for name, remote in sftp_channels(configuration).items():
        if name not in wanted or not remote.get:
            continue
        try:
            polled = sftp(remote, instance)
        except secrets.SecretUnavailable as trouble:
            log.error("channel.unusable", channel=name, code="EDIGW-CONFIG-E092", why=str(trouble), next="edigw check; then reload")
            continue
        made_of = (replace(remote, place=""), polled.line.server)
        before = (earlier or {}).get(name)
        if before is not None and before.made_of == made_of:
            polled.close()
            made[name] = before
        else:
            made[name] = Inlet(name, polled, remote.every.total_seconds(), made_of=made_of)
    return made


def lanes(configuration: Configuration, instance: Path, *, clock: Callable[[], datetime]) -> dict[str, Lane]:
    """One lane for each endpoint and each folder that a partner fetches from."""
    made: dict[str, Lane] = {}
    for name, endpoint in configuration.settings.endpoints.items():
        if isinstance(endpoint, FileEndpoint):
            if (lane := _file_lane(endpoint.channel, instance, endpoint.retry, endpoint.resume)) is not None:
                made[name] = lane
            continue
        try:
            secret = secrets.resolve(endpoint.secret, instance)
            timeout = endpoint.timeout.total_seconds()
            http = HttpEndpoint(
                endpoint.url, secret, timeout=timeout, in_flight=endpoint.in_flight, now=clock, repeat=endpoint.repeat
            )
        except (secrets.SecretUnavailable, ValueError) as trouble:
            log.error("endpoint.unusable", endpoint=name, code="EDIGW-CONFIG-E090", why=str(trouble), next="edigw check; then reload")
            continue
        made[name] = Lane(name, endpoint.retry, endpoint.in_flight * CLAIMED_AHEAD, endpoint=http, rate=endpoint.resume)
    outgoing = {partner.channel_out for partner in configuration.book.partners.values()}
    for name, channel in configuration.settings.channels.items():
        if name in outgoing and (lane := _file_lane(channel, instance, CHANNEL_RETRY)) is not None:
            made[name] = lane
    return made


def _file_lane(channel: FolderChannel | SftpChannel, instance: Path, retry: Retry, rate: float = RATE) -> Lane | None:
    """The lane that puts files into *channel*; None for one that is not for that, or cannot be used now, which is said."""
    if isinstance(channel, FolderChannel):
        return Lane(channel.name, retry, CHANNEL_BATCH, target=Folder(instance / channel.path), rate=rate)
    if not channel.put:
        return None
    try:
        target = sftp(channel, instance, Breaker(after=NEVER))  # the lane's own breaker counts
    except secrets.SecretUnavailable as trouble:
        log.error("channel.unusable", channel=channel.name, code="EDIGW-CONFIG-E092", why=str(trouble), next="edigw check; then reload")
        return None
    return Lane(channel.name, retry, CHANNEL_BATCH, target=target, threads=target.threads, rate=rate)


def file_names(configuration: Configuration) -> dict[str, str]:
    """The template of the names of files, by the channel or endpoint that they are put into."""
    names = {name: channel.out_name for name, channel in configuration.settings.channels.items()}
    files = {name: one.channel.out_name for name, one in configuration.settings.endpoints.items() if isinstance(one, FileEndpoint)}
    return names | files


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


def inbox(
    configuration: Configuration,
    instance: Path,
    settings: Sftpd,
    uploaded: Callable[[str, Path], None],
    listening: socket.socket | None = None,
) -> sftpd.SftpInbox:
    """Our SFTP inbox as ``sftpd:`` has it. Raises SecretUnavailable when its host key cannot be used."""
    key = secrets.resolve(settings.host_key, instance)
    limits = sftpd.Limits(
        file=configuration.settings.limits.file,
        sessions=settings.per_partner,
        connections=settings.connections,
        login=settings.login.total_seconds(),
        idle=settings.idle.total_seconds(),
        quota=settings.quota,
        waiting=settings.waiting,
        together=settings.quota_all,
        tries=settings.tries,
        shut_out=settings.shut_out.total_seconds(),
    )
    partners = sftp_partners(configuration, instance)
    try:
        return sftpd.SftpInbox(
            settings.host, settings.port, key, partners, uploaded, listening=listening, limits=limits, report=_say_of_inbox
        )
    except ValueError as trouble:
        raise secrets.SecretUnavailable(f"{settings.host_key} is no private key: {str(trouble).lower()}") from None


def _say_of_inbox(fact: str, keys: Mapping[str, object]) -> None:
    """A fact of our SFTP inbox for the log; what went wrong with its code and what to do."""
    match fact:
        case "sftpd.cut_off":
            log.warning("sftpd.cut_off", **keys, code="EDIGW-SFTPD-E001", next="nothing: its sender knows, and sends it again")
        case "sftpd.denied":
            log.warning("sftpd.denied", **keys, code="EDIGW-SFTPD-E002", next="tell the partner what to do instead, if it asks")
        case "sftpd.over_quota":
            log.error("sftpd.over_quota", **keys, code="EDIGW-SFTPD-E003", next="edigw status; or raise quota: of sftpd")
        case "sftpd.too_large":
            log.error("sftpd.too_large", **keys, code="EDIGW-SFTPD-E004", next="raise limits.file in edigw.yaml, or have it sent in parts")
        case "sftpd.failed":
            log.error("sftpd.failed", **keys, code="EDIGW-SFTPD-E005", next="edigw check; make room, or mend the folder or its mode")
        case "sftpd.shut_out":
            log.warning("sftpd.shut_out", **keys, code="EDIGW-SFTPD-E006", next="if it is a partner compare its key with sftp_keys:")
        case _:
            log.info(fact, **keys)
