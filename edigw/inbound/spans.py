"""Interchanges that are rows already: their further spans, and those that a person released.

A large interchange is judged span by span, each committed with its cursor; its messages
stay *received* until the last span closes the envelope. Here rows are moved one by one,
which is what the hot path in ``record`` avoids.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from edigw.agreements import POISON, Partner
from edigw.inbound import closing, repeats
from edigw.inbound.outcome import Recorded, Setting
from edigw.inbound.record import SPAN_LEASE, message_facts, repeat_answer, untraded
from edigw.judge import FaultRow, Found, Judged
from edigw.ledger import Row, Tx, locked
from edigw.pool import Poison
from edigw.states import InterchangeIn, Kind, MessageIn


def record_span(tx: Tx, interchange: Row, found: Found, judged: Judged | Poison, setting: Setting) -> Recorded:
    """A further span of an interchange that is received and ours, or its first after a release.

    Raises Superseded when another has taken it on; then nothing is recorded.
    """
    done = Recorded([interchange.id])
    if isinstance(judged, Poison):
        return _held(tx, interchange, POISON, f"its envelope cannot be judged: {judged.why}", done)
    held, reason = untraded(judged)
    if held:
        return _held(tx, interchange, held, reason, done)
    partner = setting.book.partners[found.partner]
    facts = [message_facts(one, interchange.id, interchange.file, partner, setting) for one in judged.messages]
    bodies = iter(tx.payloads([one.document for one in judged.messages if one.document]))
    for fact, one in zip(facts, judged.messages, strict=True):
        fact["document"] = next(bodies) if one.document else None
    rows = tx.add(Kind.MESSAGE, facts, why="judged")
    for row, one in zip(rows, judged.messages, strict=True):
        if one.keys:
            tx.keys(row, one.keys)
    if judged.resume is not None:
        tx.set(Kind.INTERCHANGE, [interchange], cursor=judged.next_offset, resume=judged.resume)
        tx.renew(Kind.INTERCHANGE, [interchange], SPAN_LEASE)
        done.unfinished.append((interchange.id, found))
        return done
    _close(tx, interchange, found, judged, setting, done)
    tx.settle([interchange.id])
    return done


def record_released(tx: Tx, interchange: Row, found: Found, setting: Setting) -> Recorded:
    """A received interchange that a person released: routed and judged by today's generation.

    What a person let pass is not held for the same cause again: a control number used
    before is theirs to answer for. *found* is its envelope with the first span judged.
    """
    done = Recorded([interchange.id])
    changes = {"partner": found.partner, "generation": setting.generation, "held": "", "reason": ""}
    (ours,) = tx.set(Kind.INTERCHANGE, [interchange], **changes)
    if found.held or found.judged is None:
        return _held(tx, interchange, found.held, found.reason, done)
    tx.alone([f"bytes {found.digest}"])
    standing = closing.standing([row for row in tx.seen([found.digest]).get(found.digest, []) if row.id != interchange.id])
    if standing is not None:
        way = [InterchangeIn.DUPLICATE, InterchangeIn.ANSWERED]
        why = f"the same bytes as {standing.label}"
        tx.move(Kind.INTERCHANGE, [interchange], InterchangeIn.RECEIVED, way, why, duplicate_of=standing.id, answers=standing.answers)
        repeat_answer(tx, interchange.id, standing, setting)
        done.duplicates.append((interchange.id, standing.id))
        tx.settle([interchange.id])
        return done
    return record_span(tx, ours if isinstance(ours, Row) else interchange, found, found.judged, setting)


def hold(tx: Tx, interchange: Row, held: str, reason: str) -> None:
    """A received interchange waits for a person; *held* is the stable code why."""
    tx.move(Kind.INTERCHANGE, [interchange], InterchangeIn.RECEIVED, InterchangeIn.HELD, reason, held=held, reason=reason)


def _held(tx: Tx, interchange: Row, held: str, reason: str, done: Recorded) -> Recorded:
    hold(tx, interchange, held, reason)
    done.held.append((interchange.label, held, reason))
    return done


def _close(tx: Tx, interchange: Row, found: Found, judged: Judged, setting: Setting, done: Recorded) -> None:
    rows = tx.rows(Kind.MESSAGE, interchange=interchange.id, limit=closing.MOST_MESSAGES)
    partner = setting.book.partners[found.partner]
    receipts = closing.interchange_receipts(judged, found.span, len(rows))
    facts = [message_facts(one, interchange.id, interchange.file, partner, setting) for one in receipts]
    rows += tx.add(Kind.MESSAGE, facts, why="judged")
    tx.alone(locked(f"{row.partner}/{row.kind}/{row.key}") for row in rows if row.key)
    parts, reused = _weighed(tx, [closing.told(row) for row in rows], partner)
    ending = closing.ending(found, judged.groups, judged.faults, parts, partner, setting.now)
    (written,) = closing.write_answers(tx, [(partner, ending.answers)], setting)
    changes = {**closing.facts(ending, judged, setting), "answers": written.facts}
    tx.move(Kind.INTERCHANGE, [interchange], InterchangeIn.RECEIVED, ending.way, ending.why, **changes)
    add_answers(tx, interchange.id, written, done)
    ways: dict[closing.Way, list[Row]] = {}
    for row in rows:
        ways.setdefault(ending.ways[row.ordinal], []).append(row)
    for way, some in ways.items():
        tx.move(Kind.MESSAGE, some, MessageIn.RECEIVED, way.states, way.why, **way.facts)
        for row in some:
            own = [FaultRow(**fault) for fault in row.faults or ()]
            held, reason = row.held, row.reason
            if (one := reused.get(row.id)) is not None:
                held, reason = one.held, one.reason
                own.append(repeats.fault(one.reason, row.span_start))
            faults = closing.faults_of(own, row.group, judged)
            done.count(row.label, way.held or held, way.why if way.held else reason, way.end, faults)
    _write_reused(tx, {row.id: (row, reused[row.id], ending.ways[row.ordinal]) for row in rows if row.id in reused})
    make_due(tx, ways.get(closing.GOOD, []), setting)


def _weighed(tx: Tx, parts: list[closing.Told], partner: Partner) -> tuple[list[closing.Told], dict[int, closing.Told]]:
    """*parts* as they are by the partner's ``duplicate_key``, and those of them that it changed, by their rows' ids."""
    changed = repeats.Said.before(tx, ((partner, one) for one in parts)).changed(partner, parts)
    weighed = [repeats.weighed(one, partner, changed[one.ordinal]) if one.ordinal in changed else one for one in parts]
    rejected = {one.id for one, was in zip(weighed, parts, strict=True) if one.verdict != was.verdict}
    reused = {one.id: replace(one, reason=changed[one.ordinal]) if one.id in rejected else one for one in weighed if one.ordinal in changed}
    return weighed, reused


def _write_reused(tx: Tx, reused: dict[int, tuple[Row, closing.Told, closing.Way]]) -> None:
    """What ``duplicate_key`` changed of messages that are rows already; one statement."""
    changes: dict[int, dict[str, Any]] = {}
    for number, (row, one, way) in reused.items():
        faults = row.faults or []
        if one.verdict != row.verdict:
            faults = [*faults, closing.rows_of(repeats.fault(one.reason, row.span_start))]
        told = {"held": one.held, "reason": one.reason} | way.facts
        changes[number] = {"verdict": one.verdict, "answer": one.answer, "faults": faults, **told}
    tx.set_each(Kind.MESSAGE, changes)


def add_answers(tx: Tx, interchange: int, written: closing.Written, done: Recorded) -> None:
    """The deliveries of an interchange's answers."""
    payloads = tx.payloads(written.bodies)
    rows: list[dict[str, Any]] = [
        {**row, "interchange": interchange, "payload": payload} for row, payload in zip(written.rows, payloads, strict=True)
    ]
    tx.add(Kind.DELIVERY, rows, why="an answer is due")
    done.answers += [row["name"] for row in rows]


def make_due(tx: Tx, messages: list[Row], setting: Setting) -> None:
    """The deliveries of the documents of *messages*, which are mapped."""
    rows = [closing.document_delivery(setting, row.partner, closing.told(row)) for row in messages]
    tx.add(Kind.DELIVERY, rows, why="a document is due")


def found_of(row: Row) -> Found:
    """The envelope of an interchange as it was found, from its row; nothing of it is judged."""
    header = row.header
    return Found(
        syntax=row.syntax,
        version=row.version,
        sender=tuple(header["sender"]),
        receiver=tuple(header["receiver"]),
        control_number=row.control_number,
        prepared_at=row.prepared_at,
        test=row.test,
        ack_requested=header["ack_requested"],
        delimiters=tuple(header["delimiters"]),
        charset=header["charset"],
        span=(row.span_start, row.span_end),
        digest=row.digest,
        header=tuple(header["elements"]),
        partner=row.partner,
        held="",
        reason="",
        judged=None,
    )
