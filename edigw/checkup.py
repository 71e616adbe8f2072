"""What ``edigw check`` looks at besides the configuration's own text.

Secrets are resolved and dropped, folders looked at, keys read, samples judged. Nothing is
created, connected or changed, so it may run beside the daemon and before the first start.
"""

from __future__ import annotations

import base64
import binascii
import importlib.util
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edigw import generation, judge, mappings, secrets, standards
from edigw.agreements import Partner
from edigw.channels import FolderChannel
from edigw.endpoints import FileEndpoint
from edigw.errors import ConfigError, Problem
from edigw.fields import NOT_USABLE, SAMPLE, SECRET_UNUSABLE
from edigw.generation import Configuration
from edigw.records import dataclass
from edigw.secrets import Secret, SecretUnavailable
from edigw.settings import Settings
from edigw.yamlnodes import in_order

MAX_SAMPLE = 8 << 20  # bytes; check is run by hand and must stay quick
MAX_SAMPLES = 200  # of one partner
_SECRET_FORM = "whsec_ and 24 to 64 random bytes in base64"  # noqa: S105 - words for people
_SHORT_SECRET = 24  # bytes: what the Standard Webhooks scheme asks for at least


@dataclass(frozen=True, slots=True)
class Report:
    """Everything found. *notes* are no mistakes; *counted* says what was looked at, for people."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...] = ()
    counted: str = ""


def instance(folder: Path) -> Report:
    """Check the instance in *folder*: its text, and when that holds, its surroundings and samples.

    Raises ConfigError only when there is no configuration to check.
    """
    found = generation.read(folder)
    try:
        configuration = generation.build(found, strict=True)
    except ConfigError as error:
        return Report(error.problems, counted=_many(len(found.files), "file"))
    problems = [*surroundings(folder, configuration.settings), *samples(folder, configuration)]
    partners, channels = len(configuration.book.partners), len(configuration.settings.channels)
    taken = len(list(_sample_files(folder)))
    counted = f"{_many(len(found.files), 'file')}, {_many(partners, 'partner')}, {_many(channels, 'channel')}, {_many(taken, 'sample')}"
    return Report(in_order(problems), (), counted)


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def package() -> Report:
    """Check the maps and dictionaries inside the package: every base map, for the oldest and the newest release it may meet.

    The releases between differ from these in what a map leaves out; that takes half a minute and is a test.
    """
    library = mappings.Library({})
    problems: list[Problem] = []
    tables = 0
    for name in sorted(library):
        syntax, _, message = name.partition("/")
        try:
            library.load(name)
            known = standards.releases("x12" if syntax == "x12" else "edifact", message)
            for release in dict.fromkeys((*known[:1], *known[-1:])):
                standard = standards.find("x12" if syntax == "x12" else "edifact", message, release)
                if standard is not None:
                    library.program(name, standard)
                    tables += 1
        except ConfigError as error:
            problems.extend(error.problems)
    return Report(in_order(problems), counted=f"{len(list(library))} base maps for {tables} releases")


def surroundings(folder: Path, settings: Settings) -> Iterator[Problem]:
    """Secrets that cannot be resolved, folders and keys that are missing or cannot be used."""
    for reference in settings.secrets():
        try:
            secrets.resolve_bytes(reference, folder)
        except SecretUnavailable as error:
            yield Problem(reference.place, str(error), SECRET_UNUSABLE)
    files = [("channel", channel) for channel in settings.channels.values()]
    for endpoint in settings.endpoints.values():
        if isinstance(endpoint, FileEndpoint):
            files.append(("endpoint", endpoint.channel))
        else:
            yield from _webhook_secret(folder, endpoint.secret)
    for what, channel in files:
        if isinstance(channel, FolderChannel):
            yield from _folder(folder / channel.path, channel.place, f"the folder of {what} {channel.name}")
        elif channel.key:
            yield from _client_key(folder, channel.key)
    archive = folder / settings.archive
    if archive.exists():
        yield from _folder(archive, "edigw.yaml:1:1", "the archive")
    if isinstance(settings.database, str):
        yield from _database(folder, settings.database)
    if settings.sftpd:
        if importlib.util.find_spec("asyncssh") is None:
            advice = "pip install 'edigw[sftpd]', or take sftpd: out"
            yield Problem(settings.sftpd.place, "the SFTP inbox needs asyncssh", NOT_USABLE, advice)
        yield from _private_key(folder, settings.sftpd.host_key)


def _webhook_secret(folder: Path, secret: Secret) -> Iterator[Problem]:
    try:
        text = secrets.resolve(secret, folder)
    except SecretUnavailable:
        return  # told already, with all the others
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        yield Problem(secret.place, f"{secret} is no Standard Webhooks secret", SECRET_UNUSABLE, _SECRET_FORM)
        return
    if len(key) < _SHORT_SECRET:
        text = f"{secret} has {len(key)} bytes; a signature needs {_SHORT_SECRET}"
        yield Problem(secret.place, text, SECRET_UNUSABLE, _SECRET_FORM)


def _private_key(folder: Path, secret: Secret) -> Iterator[Problem]:
    if importlib.util.find_spec("asyncssh") is None:
        return
    import asyncssh  # an extra: only where it is installed

    try:
        asyncssh.import_private_key(secrets.resolve_bytes(secret, folder))
    except SecretUnavailable:
        return
    except (asyncssh.KeyImportError, ValueError) as error:
        yield Problem(secret.place, f"{secret} is no private key: {error}", SECRET_UNUSABLE, "ssh-keygen -t ed25519 -N '' -f FILE")


def _client_key(folder: Path, secret: Secret) -> Iterator[Problem]:
    """A private key we log in with: without a passphrase, of a kind the client can use."""
    from edigw.transports import sftpline  # a client library of its own, loaded where there is a key to be read

    try:
        sftpline.private_key(secrets.resolve(secret, folder))
    except SecretUnavailable:
        return  # told already, with all the others
    except ValueError as error:
        yield Problem(secret.place, f"{secret}: {error}", SECRET_UNUSABLE, "ssh-keygen -t ed25519 -N '' -f FILE")


def _folder(path: Path, place: str, what: str) -> Iterator[Problem]:
    if not path.is_dir():
        yield Problem(place, f"{what} is not there: {path}", NOT_USABLE, f"mkdir -p {path}")
    elif not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield Problem(place, f"{what} cannot be read and written by this user: {path}", NOT_USABLE)


def _database(folder: Path, url: str) -> Iterator[Problem]:
    if url.startswith("sqlite:///"):
        path = folder / url.removeprefix("sqlite:///")
        if path.exists() and not os.access(path, os.R_OK | os.W_OK):
            yield Problem("edigw.yaml:1:1", f"the ledger cannot be read and written by this user: {path}", NOT_USABLE)
        yield from _folder(path.parent, "edigw.yaml:1:1", "the ledger's folder")
    elif importlib.util.find_spec("psycopg") is None:
        yield Problem("edigw.yaml:1:1", "a PostgreSQL ledger needs psycopg", NOT_USABLE, "pip install 'edigw[postgres]'")


def _sample_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """(partner, file) of every sample."""
    for path in sorted((folder / generation.PARTNERS).glob("*/samples/*.edi")):
        yield path.parent.parent.name, path


def samples(folder: Path, configuration: Configuration) -> Iterator[Problem]:
    """Judge each partner's samples: every message must be taken, and be the document beside it if there is one."""
    taken: dict[str, int] = {}
    for name, path in _sample_files(folder):
        partner = configuration.book.partners.get(name)
        taken[name] = taken.get(name, 0) + 1
        if partner is None or taken[name] > MAX_SAMPLES:
            continue
        shown = str(path.relative_to(folder))
        try:
            if path.stat().st_size > MAX_SAMPLE:
                yield Problem(f"{shown}:1:1", f"the sample is larger than {MAX_SAMPLE >> 20} MB", SAMPLE)
                continue
            payload, expected = path.read_bytes(), _expected(path)
        except (OSError, ValueError) as error:
            yield Problem(f"{shown}:1:1", f"the sample cannot be read: {error}", SAMPLE)
            continue
        yield from _sample(shown, path.name, payload, expected, partner, configuration)


def _expected(path: Path) -> list[Any] | None:
    """The documents in NAME.json beside NAME.edi, one a line or one in all; None if it is not there."""
    beside = path.with_suffix(".json")
    if not beside.exists():
        return None
    text = beside.read_text(encoding="utf-8")
    try:
        return [json.loads(text)]
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _sample(
    shown: str, name: str, payload: bytes, expected: list[Any] | None, partner: Partner, configuration: Configuration
) -> Iterator[Problem]:
    judged = judge.file(payload, name, partner.channel_in, configuration.book, configuration.library)
    documents: list[Any] = []
    for start, _, reason in judged.unreadable:
        yield Problem(_place(shown, payload, start), f"unreadable: {reason}", SAMPLE)
    for found in judged.found:
        if found.held or found.judged is None:
            yield Problem(_place(shown, payload, found.span[0]), f"the interchange would be held: {found.reason}", SAMPLE)
            continue
        if found.partner != partner.name:
            yield Problem(_place(shown, payload, found.span[0]), f"the interchange is {found.partner}'s, not {partner.name}'s", SAMPLE)
        for fault in found.judged.faults:
            if fault.severity == "reject":
                yield Problem(_place(shown, payload, fault.offset), f"{fault.code} {fault.text}", SAMPLE)
        for message in found.judged.messages:
            rejecting = [fault for fault in message.faults if fault.severity == "reject"]
            for fault in rejecting:
                yield Problem(_place(shown, payload, fault.offset), f"{message.type} {fault.code} {fault.text}", SAMPLE)
            if message.held:
                text = f"{message.type} {message.control_number} would be held: {message.reason}"
                yield Problem(_place(shown, payload, message.span[0]), text, SAMPLE)
            if message.document:
                documents.append(json.loads(message.document))
    if expected is not None:
        yield from _compare(shown, documents, expected)


def _compare(shown: str, documents: list[Any], expected: list[Any]) -> Iterator[Problem]:
    beside = shown.removesuffix(".edi") + ".json"
    if len(documents) != len(expected):
        yield Problem(f"{beside}:1:1", f"{len(expected)} documents expected, {len(documents)} made", SAMPLE)
        return
    for number, (made, wanted) in enumerate(zip(documents, expected, strict=True), 1):
        for path, text in list(_differences(_without_source(made), _without_source(wanted), ""))[:10]:
            yield Problem(f"{beside}:{number}:1", f"{path or 'the document'} {text}", SAMPLE)


def _without_source(document: Any) -> Any:
    """``source`` names file and map digest, which change without the document changing."""
    return {key: value for key, value in document.items() if key != "source"} if isinstance(document, dict) else document


def _differences(made: Any, wanted: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(made, dict) and isinstance(wanted, dict):
        for key in [*wanted, *(key for key in made if key not in wanted)]:
            yield from _differences(made.get(key), wanted.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(made, list) and isinstance(wanted, list) and len(made) == len(wanted):
        for at, (one, other) in enumerate(zip(made, wanted, strict=True)):
            yield from _differences(one, other, f"{path}.{at}")
    elif made != wanted:
        yield path, f"is {_short(made)}, expected {_short(wanted)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if value is not None else "absent"
    return text if len(text) <= 80 else text[:80] + "…"


def _place(shown: str, payload: bytes, offset: int) -> str:
    """file:line:column of a byte; most samples have one segment a line."""
    line = payload.count(b"\n", 0, offset) + 1
    column = offset - payload.rfind(b"\n", 0, offset)
    return f"{shown}:{line}:{column}"


