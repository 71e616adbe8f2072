"""The audit of a ledger: chains, payloads, spans, numbers, states, removals; each answer is one ``Damage``.

May run while the daemon does: each question sees one moment, and payloads are looked at page
by page, so that nobody waits for an audit. Nothing is written.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, and_, func, or_, select

from edigw import states
from edigw.archive import Archive, ArchiveUnavailable, Packed, PayloadDamaged, file_name, unpack
from edigw.ledger import chains, check
from edigw.ledger.book import Ledger
from edigw.ledger.damage import NUMBERS, ORPHAN, PAYLOAD, REMOVAL, STATES, Damage
from edigw.states import Kind
from edigw.tables import KINDS, control_number, delivery, event, file, interchange, message, numbering, payload

_PAGE: Final = 200  # payloads at once: at most 50 MB of bodies
GROWN: Final = 3600  # seconds: a younger file without a row may be another process's, about to be named

_REFERENCES: Final = (file.c.payload, interchange.c.payload, message.c.document, delivery.c.payload)
_LABEL: Final = re.compile(r"([FIMD][0-9]+): ")


def verify(ledger: Ledger, archive: Archive, counts: Counter[str]) -> Iterator[Damage]:
    """Everything that is not as it was written, one by one as it is found; *counts* says what was looked at."""
    with ledger.snapshot() as connection:
        yield from chains.broken(connection)
        counts["events"] = connection.execute(select(func.count()).select_from(event)).scalar_one()
    for code, law in check.LAWS:
        with ledger.snapshot() as connection:
            yield from (_by_law(code, line) for line in law(connection))
    with ledger.snapshot() as connection:
        yield from _moves(connection)
        yield from _control_numbers(connection, counts)
        yield from _hashes(connection)
    yield from _payloads(ledger, archive, counts)
    yield from _orphans(ledger, archive, counts)


def _by_law(code: str, line: str) -> Damage:
    found = _LABEL.match(line)
    where = found[1] if found else line.partition(":")[0]
    return Damage(code, where, line.removeprefix(f"{where}: "), f"edigw show {where}" if found else "edigw status")


# -- states and moves


def _moves(connection: Connection) -> Iterator[Damage]:
    """Every row is in a state there is, and no event tells of a move that the table does not allow."""
    for kind, table in KINDS.items():
        direction = table.c.direction if kind in states.DIRECTED else None
        columns = [table.c.state] if direction is None else [table.c.state, direction]
        for row in connection.execute(select(*columns).distinct()).all():
            try:
                states.read(kind, "" if direction is None else row[1], row[0])
            except KeyError:
                for number in connection.execute(select(table.c.id).where(table.c.state == row[0]).limit(check.SHOWN)).scalars():
                    label = states.show_id(kind, number)
                    yield Damage(STATES, label, f"its state {row[0]!r} does not exist", f"edigw show {label}; {chains.RESTORE}")
    told = select(event.c.kind, event.c.was, event.c.state, event.c.name).where(event.c.state != "", event.c.was != "").distinct()
    for row in connection.execute(told).all():
        if row.kind not in {kind.value for kind in KINDS} or _allowed(Kind(row.kind), row.was, row.state, row.name):
            continue
        wrong = select(event.c.row).where(event.c.kind == row.kind, event.c.was == row.was, event.c.state == row.state)
        for number in connection.execute(wrong.limit(check.SHOWN)).scalars():
            label = states.show_id(Kind(row.kind), number)
            yield Damage(STATES, label, f"went from {row.was} to {row.state}, which the gateway never does", f"edigw show {label}")


def _allowed(kind: Kind, was: str, to: str, name: str) -> bool:
    if was == to and name == "claimed":
        return True  # the lease of the one before ended
    for direction in ("in", "out"):
        try:
            if states.follows(states.read(kind, direction, was), states.read(kind, direction, to)):
                return True
        except KeyError:
            continue
    return False


# -- control numbers


def _control_numbers(connection: Connection, counts: Counter[str]) -> Iterator[Damage]:
    """Each number that was given is used or void, each used one was given, and none between was skipped."""
    used = _used(connection)
    for line in connection.execute(select(numbering).order_by(numbering.c.id)).all():
        rows = connection.execute(
            select(control_number.c.number, control_number.c.cycle, control_number.c.voided_at)
            .where(control_number.c.numbering == line.id)
            .order_by(control_number.c.cycle, control_number.c.number)
        ).all()
        counts["numbers"] += len(rows)
        where = f"{line.level} numbers to {line.theirs}"
        for last, following in itertools.pairwise(rows):
            if last.cycle == following.cycle == 0 and following.number != last.number + 1:  # behind a wrap open numbers are skipped
                gap = _run(last.number + 1, following.number - 1)
                yield Damage(NUMBERS, where, f"{gap} never given, although {following.number} was", chains.RESTORE)
        if line.level not in ("interchange", "group"):
            continue
        named = used.get((line.theirs, line.level), {})
        given = {row.number for row in rows}
        void = {row.number for row in rows if row.voided_at is not None}
        unused = sorted(given - void - named.keys())
        for start, end in _runs(unused):
            yield Damage(NUMBERS, where, f"{_run(start, end)} given, neither used nor void", f"edigw find {start}")
        for wrong, why in ((named.keys() - given, "was never given"), (void & named.keys(), "is void")):
            for number in sorted(wrong):
                label = named[number]
                yield Damage(NUMBERS, label, f"bears {line.level} number {number}, which {why}", f"edigw show {label}")


def _used(connection: Connection) -> dict[tuple[str, str], dict[int, str]]:
    """What bears each number: (partner, level) to number to the interchange's id."""
    found: dict[tuple[str, str], dict[int, str]] = {}
    ours = (interchange.c.answers.is_not(None), interchange.c.duplicate_of.is_(None))
    query = select(interchange.c.id, interchange.c.partner, interchange.c.direction, interchange.c.control_number, interchange.c.answers)
    for row in connection.execute(query.where(or_(and_(*ours), interchange.c.direction == "out"))):
        label = states.show_id(Kind.INTERCHANGE, row.id)
        for one in row.answers or ():
            for name, level in (("control_number", "interchange"), ("group_number", "group")):
                if name in one:
                    found.setdefault((row.partner, level), {})[int(one[name])] = label
        if row.direction == "out" and row.control_number.isdecimal():
            found.setdefault((row.partner, "interchange"), {})[int(row.control_number)] = label
    return found


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = end = None
    for number in numbers:
        if start is None or end is None or number != end + 1:
            if start is not None and end is not None:
                yield start, end
            start = number
        end = number
    if start is not None and end is not None:
        yield start, end


def _run(start: int, end: int) -> str:
    return f"{start} was" if start == end else f"{start} to {end} were"


# -- payloads


def _hashes(connection: Connection) -> Iterator[Damage]:
    """A row names the payload whose size and hash it says."""
    query = select(file.c.id, file.c.size, file.c.sha256, payload.c.size.label("kept"), payload.c.sha256.label("hash"))
    for row in connection.execute(query.join(payload, payload.c.id == file.c.payload).where(
        or_(file.c.size != payload.c.size, file.c.sha256 != payload.c.sha256)
    )):  # fmt: skip
        text = f"has {row.size} bytes and hash {_hex(row.sha256)}, but its payload {row.kept} bytes and {_hex(row.hash)}"
        yield Damage(PAYLOAD, f"F{row.id}", text, f"edigw show F{row.id}; {chains.RESTORE}")
    other = select(delivery.c.id).join(payload, payload.c.id == delivery.c.payload).where(delivery.c.sha256 != payload.c.sha256)
    for number in connection.execute(other.limit(check.SHOWN)).scalars():
        yield Damage(PAYLOAD, f"D{number}", "its payload has another hash than it was made with", f"edigw show D{number}; {chains.RESTORE}")


def _payloads(ledger: Ledger, archive: Archive, counts: Counter[str]) -> Iterator[Damage]:
    """Every body has the bytes of its hash; one that is not there was removed by retention, which told so."""
    after = 0
    while True:
        with ledger.snapshot() as connection:
            page = connection.execute(select(payload).where(payload.c.id > after).order_by(payload.c.id).limit(_PAGE)).all()
            removed = [(one, chains.told(connection, one.removed_at)) for one in page if one.removed_at is not None]
        for one, was_told in removed:
            counts["removed"] += 1
            if one.body is not None:
                yield _wrong(ledger, one, "is marked as removed, and its body is still there", REMOVAL)
            elif not was_told:
                yield _wrong(ledger, one, "is marked as removed, and no event tells that retention did it", REMOVAL)
        for one in page:
            if one.removed_at is None:
                counts["archived" if one.codec == "archive" else "bodies"] += 1
                try:
                    _look(archive, one)
                except PayloadDamaged as trouble:
                    if _was_removed(ledger, one.id):
                        continue  # by retention, since this page was read
                    yield _wrong(ledger, one, trouble.text, PAYLOAD)
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _was_removed(ledger: Ledger, number: int) -> bool:
    with ledger.snapshot() as connection:
        return connection.execute(select(payload.c.removed_at).where(payload.c.id == number)).scalar_one() is not None


def _look(archive: Archive, one: Any) -> None:
    if one.codec != "archive":
        unpack(Packed(one.sha256, one.size, one.codec, one.body))
        return
    try:
        size = sum(map(len, archive.pieces(one.sha256)))
    except ArchiveUnavailable as trouble:
        raise PayloadDamaged(one.sha256, str(trouble)) from trouble
    if size != one.size:
        raise PayloadDamaged(one.sha256, f"has {size} bytes, not {one.size}")


def _wrong(ledger: Ledger, one: Any, text: str, code: str) -> Damage:
    labels = names_of(ledger, one.id)
    where = ", ".join(labels[:5]) or f"payload {one.id}"
    advice = f"edigw show {labels[0]}" if labels else chains.RESTORE
    if one.codec == "archive":
        advice = f"restore {file_name(one.sha256)} of the archive from a backup, then edigw verify"
    elif labels:
        advice = f"{advice}; {chains.RESTORE}"
    return Damage(code, where, f"payload {one.sha256.hex()} {text}", advice)


def names_of(ledger: Ledger, number: int) -> list[str]:
    """The rows that name a payload, files first."""
    found: list[str] = []
    with ledger.snapshot() as connection:
        for (kind, table), column in zip(KINDS.items(), _REFERENCES, strict=True):
            ids = connection.execute(select(table.c.id).where(column == number).order_by(table.c.id).limit(check.SHOWN)).scalars()
            found += [states.show_id(kind, row) for row in ids]
    return found


def _orphans(ledger: Ledger, archive: Archive, counts: Counter[str]) -> Iterator[Damage]:
    """Files of the archive that no payload names: what a kill left, or a ledger older than its archive."""
    for names in _batches(archive.names(older_than=GROWN)):
        hashes = [name for name in names if isinstance(name, bytes)]
        with ledger.snapshot() as connection:
            found = connection.execute(select(payload.c.sha256, payload.c.removed_at).where(payload.c.sha256.in_(hashes))).all()
        known = {one.sha256: one for one in found}
        for name in names:
            counts["files"] += 1
            shown = name if isinstance(name, str) else file_name(name)
            place = archive.root / shown
            if isinstance(name, str):
                yield Damage(ORPHAN, shown, "is no payload's name", f"look what it is, and remove it: {place}", harmless=True)
            elif name not in known:
                advice = f"remove it ({place}), unless the ledger was restored from a backup older than its archive"
                yield Damage(ORPHAN, shown, "no payload has this hash", advice, harmless=True)
            elif known[name].removed_at is not None:
                yield Damage(ORPHAN, shown, "its payload was removed, the file still stands", "edigw retain", harmless=True)


def _batches(many: Iterable[bytes | str]) -> Iterator[list[bytes | str]]:
    batch: list[bytes | str] = []
    for one in many:
        batch.append(one)
        if len(batch) == _PAGE:
            yield batch
            batch = []
    if batch:
        yield batch


def _hex(sha256: bytes | None) -> str:
    return sha256.hex()[:12] if sha256 else "none"
