"""One document's whole life as an archive that a person can read and check with ``sha256sum``.

What came, what was made of it, what was answered and delivered, every event with its link in
the chain, and the configuration it was judged by. The same ledger gives the same bytes: no
time of the export, no user, no order that chance decides.

Each event stands in a file of its own as it was hashed: the hash of the event before it and
its own content. So the sum in ``SHA256SUMS`` is the hash that the ledger's chain has, and
one check goes through contents and chain alike. No secret is in it: a configuration has
references to secrets only.

A file of it has its name only once it is whole: what was cut off would look like evidence.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import tarfile
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from edigw.archive import PayloadDamaged, PayloadRemoved
from edigw.errors import EdigwError
from edigw.generation import Generation
from edigw.ledger import Ledger, Row, links
from edigw.ledger.links import Linked
from edigw.operate import named
from edigw.records import dataclass
from edigw.states import Kind, show_id
from edigw.transports import files

SUMS: Final = "SHA256SUMS"
INDEX: Final = "INDEX.txt"
_MOST: Final = 100_000


@dataclass(slots=True)
class Bundle:
    """*files* by path; *notes* of what is not there, and why; *damaged*: bytes that are not those of their hash."""

    label: str
    at: datetime  #: when it came: the time that every file bears
    files: dict[str, bytes] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)  #: SHA-256 by path, as the ledger has it
    words: dict[str, str] = field(default_factory=dict)  #: what each file is
    notes: list[str] = field(default_factory=list)
    damaged: int = 0

    def add(self, path: str, data: bytes, what: str, sha256: bytes | None = None) -> None:
        self.files[path] = data
        self.sums[path] = (sha256 or hashlib.sha256(data).digest()).hex()
        self.words[path] = what

    def tar(self) -> bytes:
        """The archive, its index first."""
        out = io.BytesIO()
        first = (INDEX, SUMS)
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in (*first, *(path for path in sorted(self.files) if path not in first)):
                entry = tarfile.TarInfo(f"{self.label}/{path}")
                entry.size, entry.mtime, entry.mode = len(self.files[path]), int(self.at.timestamp()), 0o644
                archive.addfile(entry, io.BytesIO(self.files[path]))
        return out.getvalue()


class NotWritten(EdigwError):
    """An archive could not be written to the file asked for; nothing of it is left, and what has the name is as it was."""

    code = "EDIGW-EXPORT-E001"

    def __init__(self, out: Path, trouble: OSError) -> None:
        super().__init__(f"{out}: {(trouble.strerror or str(trouble)).lower()}; nothing was written")
        taken = isinstance(trouble, FileExistsError)
        self.advice = "name another file with --out" if taken else "mend that, or name a file elsewhere with --out"


def write(made: Bundle, out: Path) -> None:
    """*made* as the new file *out*, which is on disk then. Raises NotWritten.

    A kill can only leave a file ``.export-….part`` beside it, which hinders nobody.
    """
    part = f".export-{secrets.token_hex(8)}.part"
    try:
        folder = os.open(out.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as trouble:
        raise NotWritten(out, trouble) from trouble
    try:
        descriptor = files.create(folder, part)
        try:
            files.write_all(descriptor, made.tar())
            os.fsync(descriptor)
            files.rename(folder, part, out.name)
        except BaseException:
            os.unlink(part, dir_fd=folder)
            raise
        finally:
            os.close(descriptor)
        os.fsync(folder)
    except OSError as trouble:
        raise NotWritten(out, trouble) from trouble
    finally:
        os.close(folder)


def bundle(ledger: Ledger, kind: Kind, number: int) -> Bundle | None:
    """The life of a message, or of everything in an interchange or a file; None when there is no such row."""
    row = ledger.get(kind, number)
    if row is not None and row.of is Kind.DELIVERY:
        of = (Kind.MESSAGE, row.message) if row.message is not None else (Kind.INTERCHANGE, row.interchange)
        row = ledger.get(*of)
    if row is None:
        return None
    rows = _life(ledger, row)
    made = Bundle(row.label, rows[0].created_at)
    for one in rows:
        _bytes(ledger, made, one)
    facts = [{"id": one.label, "kind": one.of.value, **{name: _spelled(value) for name, value in one.facts.items()}} for one in rows]
    made.add("rows.json", _json(facts), "every row, as the ledger has it")
    events = links.of(ledger, [(one.of, one.id) for one in rows])
    for event in events:
        path = f"events/{event.id:09}.event"
        made.add(path, event.hashed, f"{show_id(Kind(event.kind), event.row)} {event.name} {event.state}".rstrip(), event.hash)
        if not event.holds:
            made.damaged += 1
            made.notes.append(f"{path} is not what was written: its hash in the ledger is another")
    made.add("events.jsonl", b"".join(_event(one) for one in events), "the events in order, with their links")
    for digest in sorted({one.facts.get("generation") or "" for one in rows} - {""}):
        _configuration(ledger, made, digest, {one.partner for one in rows if one.facts.get("partner")})
    made.add(INDEX, "".join(f"{line}\n" for line in _index(made, row, rows, events)).encode(), "this")
    made.files[SUMS] = "".join(f"{made.sums[path]}  {path}\n" for path in sorted(made.sums)).encode()
    return made


def _life(ledger: Ledger, row: Row) -> list[Row]:
    """The rows of *row*'s life: its file, interchanges, messages, deliveries; in that order."""
    messages: list[Row]
    match row.of:
        case Kind.MESSAGE:
            messages = [row, *ledger.rows(Kind.MESSAGE, replay_of=row.id, limit=_MOST)]
            numbers = {one.interchange for one in messages if one.interchange is not None}
            interchanges = ledger.rows(Kind.INTERCHANGE, id=sorted(numbers), limit=_MOST) if numbers else []
        case Kind.INTERCHANGE:
            interchanges = [row]
            messages = ledger.rows(Kind.MESSAGE, interchange=row.id, limit=_MOST)
        case _:
            interchanges = ledger.rows(Kind.INTERCHANGE, file=row.id, limit=_MOST)
            messages = ledger.rows(Kind.MESSAGE, file=row.id, limit=_MOST)
    files = {one.file for one in (*interchanges, *messages) if one.file is not None} | ({row.id} if row.of is Kind.FILE else set())
    found = ledger.rows(Kind.FILE, id=sorted(files), limit=_MOST) if files else []
    found += [*interchanges, *messages]
    leaving = ledger.rows(Kind.DELIVERY, interchange=[one.id for one in interchanges], limit=_MOST) if interchanges else []
    leaving += ledger.rows(Kind.DELIVERY, message=[one.id for one in messages], limit=_MOST) if messages else []
    return found + sorted(leaving, key=lambda one: one.id)


def _bytes(ledger: Ledger, made: Bundle, row: Row) -> None:
    """What *row* stands for, as bytes."""
    match row.of:
        case Kind.FILE:
            _payload(ledger, made, row.payload, f"received/{row.label}.edi", f"the file {row.name} as it came", row.label)
        case Kind.INTERCHANGE:
            _cut(ledger, made, row, f"received/{row.label}.edi", f"interchange {row.control_number}, cut from the file")
        case Kind.MESSAGE:
            _cut(ledger, made, row, f"received/{row.label}.edi", f"message {row.type} {row.control_number}, cut from the file")
            _payload(ledger, made, row.document, f"documents/{row.label}.json", "the document that was made of it", row.label)
        case Kind.DELIVERY:
            suffix = "json" if row.what == "document" else "edi"
            words = f"to {row.lane}: {row.name or row.webhook_id}, {row.state.value}"
            _payload(ledger, made, row.payload, f"delivered/{row.label}.{suffix}", words, row.label)


def _payload(ledger: Ledger, made: Bundle, number: int | None, path: str, what: str, label: str) -> None:
    if number is None:
        return
    try:
        data = ledger.payload(number)
    except PayloadDamaged as trouble:
        made.notes.append(f"{path} ({label}): {trouble}")
        made.damaged += not isinstance(trouble, PayloadRemoved)
        return
    made.add(path, data, what)


def _cut(ledger: Ledger, made: Bundle, row: Row, path: str, what: str) -> None:
    file = ledger.get(Kind.FILE, row.file) if row.file is not None else None
    data = made.files.get(f"received/{file.label}.edi") if file is not None else None
    if data is not None and row.span_end > row.span_start:
        made.add(path, data[row.span_start : row.span_end], f"{what} (bytes {row.span_start} to {row.span_end})")


def _configuration(ledger: Ledger, made: Bundle, digest: str, partners: set[str]) -> None:
    """The configuration's files that the partners of these rows were judged by; others' are nobody's business here."""
    try:
        found = Generation.from_bytes(ledger.generation_bytes(digest))
    except KeyError:
        made.notes.append(f"the configuration {digest[:12]} is not in the ledger")
        return
    for path, data in found.files.items():
        parts = path.split("/")
        if parts[0] != "partners" or (len(parts) > 1 and parts[1] in partners):
            made.add(f"configuration/{digest[:12]}/{path}", data, "configuration; secrets are references")


def _event(one: Linked) -> bytes:
    facts: dict[str, Any] = {"id": one.id, "row": show_id(Kind(one.kind), one.row), "at": _spelled(one.at)}
    facts |= {"name": one.name, "was": one.was, "state": one.state}
    facts |= {"why": one.why, "facts": json.loads(one.facts) if one.facts else {}, "writer": one.writer, "person": one.person}
    facts |= {"number": one.number, "previous": one.previous.hex(), "hash": one.hash.hex()}
    return json.dumps(facts, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _index(made: Bundle, row: Row, rows: list[Row], events: list[Linked]) -> Iterator[str]:
    yield f"{row.label} {named(row)}: {row.state.value.replace('_', ' ')}".encode("ascii", "backslashreplace").decode()
    yield ""
    yield "To check every file of this folder, and every event against the ledger's chain:  sha256sum -c SHA256SUMS"
    yield "An event's file is the hash of the event before it (32 bytes) and its content; its SHA-256 is its own hash in the chain."
    yield ""
    yield "Rows"
    for one in rows:
        yield f"  {one.label:<8} {one.state.value.replace('_', ' '):<12} {ascii(named(one))[1:-1]}"
    yield ""
    yield "What happened (UTC)"
    for event in events:
        move = f"{event.was} -> {event.state}" if event.was else event.state or event.name
        who = event.person or event.writer
        label = show_id(Kind(event.kind), event.row)
        yield f"  {event.at:%Y-%m-%d %H:%M:%S}  {label:<8} {move:<24} {ascii(event.why)[1:-1]} [{ascii(who)[1:-1]}]"
    yield ""
    yield "Files"
    for path in sorted(made.sums):
        yield f"  {path:<44} {len(made.files[path]):>9} bytes  {ascii(made.words[path])[1:-1]}"
    if made.notes:
        yield ""
        yield "Not here, or not as it was"
        for note in made.notes:
            yield f"  {ascii(note)[1:-1]}"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=True, indent=1, sort_keys=True).encode() + b"\n"


def _spelled(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, bytes):
        return value.hex()
    return value.value if hasattr(value, "value") else value
