"""What a judged file becomes in the ledger: everything that must be true together, in one transaction.

Messages become *due* only in the transaction that closes their interchange's envelope and
records its answer, never before: a wrong IEA must still refuse them. Duplicates are judged
here too, because only the ledger knows what was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from edigw.agreements import MESSAGE_NOT_AGREED, NUMBER_REUSED, POISON, RELEASE_NOT_AGREED, Partner
from edigw.inbound import closing
from edigw.inbound.outcome import Recorded, Setting
from edigw.judge import FileJudged, Found, Judged, JudgedMessage
from edigw.ledger import Row, Tx
from edigw.pool import Poison
from edigw.states import FileState, InterchangeIn, Kind

NUMBERS_UNIQUE_FOR = timedelta(days=180)  # the window in which a control number names one interchange

#: Held before it is answered: somebody must first say whether we trade this at all.
UNANSWERED = frozenset({RELEASE_NOT_AGREED, MESSAGE_NOT_AGREED})


def record_file(tx: Tx, file: Row, judged: FileJudged, setting: Setting) -> Recorded:
    """Split *file* into its interchanges and carry each as far as its first span allows.

    *file* must be archived and claimed by us. Raises Superseded when another has taken it
    on; then nothing is recorded.
    """
    done = Recorded()
    unreadable = [{"start": start, "end": end, "reason": reason} for start, end, reason in judged.unreadable]
    facts = {"unreadable": unreadable, "generation": setting.generation}
    if not judged.found:
        reason = judged.unreadable[0][2] if judged.unreadable else "the file is empty"
        tx.move(Kind.FILE, [file], FileState.ARCHIVED, FileState.QUARANTINED, reason, reason=reason, held="EDIGW-FILE-E001", **facts)
        done.held.append((f"F{file.id}", "EDIGW-FILE-E001", reason))
        return done
    tx.move(Kind.FILE, [file], FileState.ARCHIVED, FileState.SPLIT, f"{len(judged.found)} interchanges", **facts)
    for found in judged.found:
        _interchange(tx, file, found, setting, done)
    tx.settle(done.interchanges)
    return done


def record_span(tx: Tx, interchange: Row, found: Found, judged: Judged | Poison, setting: Setting) -> Recorded:
    """A further span of an interchange that is received and claimed by us; see ``record_file``."""
    done = Recorded([interchange.id])
    if isinstance(judged, Poison):
        _hold(tx, interchange.id, POISON, f"its envelope cannot be judged: {judged.why}", done)
    else:
        _span(tx, interchange.id, interchange.file, found, judged, setting, done)
        tx.settle([interchange.id])
    return done


def quarantine(tx: Tx, file: Row, code: str, why: str) -> None:
    """*file*, archived and ours, cannot be judged at all; a person looks at it."""
    tx.move(Kind.FILE, [file], FileState.ARCHIVED, FileState.QUARANTINED, why, held=code, reason=why)


def record_again(tx: Tx, interchange: Row, found: Found, setting: Setting) -> Recorded:
    """A received interchange that a person released: routed and judged by today's generation.

    What a person let pass is not held for the same cause again: a control number used
    before is theirs to answer for. *found* is its envelope with the first span judged.
    """
    done = Recorded([interchange.id])
    tx.set(Kind.INTERCHANGE, [interchange.id], partner=found.partner, generation=setting.generation, held="", reason="")
    _decide(tx, interchange.id, interchange.file, found, setting, done, earlier=_earlier(tx, found, interchange.id), held=found.held, reason=found.reason)
    tx.settle([interchange.id])
    return done


def _interchange(tx: Tx, file: Row, found: Found, setting: Setting, done: Recorded) -> None:
    """One interchange of *file*: a duplicate, held, or judged. Adds what it came to to *done*."""
    number = tx.add(Kind.INTERCHANGE, [_facts(file, found, setting)], why=f"bytes {found.span[0]} to {found.span[1]}")[0].id
    done.interchanges.append(number)
    earlier = _earlier(tx, found, number)
    held, reason = found.held, found.reason
    waiting = next((row for row in earlier if row.state is InterchangeIn.HELD), None)
    if waiting is not None:
        held, reason = waiting.held, f"the same bytes as I{waiting.id}, which is held; release or close that one first"
    elif not held and not any(_stands(row) for row in earlier):
        held, reason = _number_reused(tx, found, number, setting)
    _decide(tx, number, file.id, found, setting, done, earlier=earlier, held=held, reason=reason)


def _earlier(tx: Tx, found: Found, number: int) -> list[Row]:
    """Other receipts of the same bytes, oldest first."""
    return [row for row in tx.seen(found.digest) if row.id != number]


def _decide(tx: Tx, number: int, file: int, found: Found, setting: Setting, done: Recorded, *, earlier: Sequence[Row], held: str, reason: str) -> None:
    standing = next((row for row in earlier if _stands(row)), None)
    if standing is not None and not found.held:
        closing.repeat_answer(tx, number, standing, setting.now)
        done.duplicates.append((number, standing.id))
        return
    if earlier and not held:  # refused or rejected before: processed anew, linked
        tx.set(Kind.INTERCHANGE, [number], repeat_of=earlier[0].id)
    if held or found.judged is None:
        _hold(tx, number, held, reason, done)
        return
    _span(tx, number, file, found, found.judged, setting, done)


def _stands(row: Row) -> bool:
    """Whether an earlier receipt of the same bytes was answered with something to repeat."""
    return row.state in (InterchangeIn.ANSWERED, InterchangeIn.SETTLED, InterchangeIn.CHECKED) and row.acknowledge != closing.REFUSED


def _number_reused(tx: Tx, found: Found, number: int, setting: Setting) -> tuple[str, str]:
    """Why an interchange is held when its control number named other bytes before."""
    clash = tx.same_number(
        partner=found.partner,
        syntax=found.syntax,
        sender=":".join(found.sender),
        receiver=":".join(found.receiver),
        control_number=found.control_number,
        digest=found.digest,
        since=setting.now - NUMBERS_UNIQUE_FOR,
    )
    if clash is None:
        return "", ""
    was, now = clash.span_end - clash.span_start, found.span[1] - found.span[0]
    return NUMBER_REUSED, (
        f"control number {found.control_number} was used by {clash.label} for other bytes ({was} then, {now} now); "
        f"ask the sender, then edigw release I{number} or close it"
    )


def _span(tx: Tx, number: int, file: int, found: Found, judged: Judged, setting: Setting, done: Recorded) -> None:
    """The messages of one span; with the last one the interchange is closed and answered."""
    untraded = next((one for one in judged.messages if one.held in UNANSWERED), None)
    if untraded is not None:
        _hold(tx, number, untraded.held, untraded.reason, done)
        return
    rows = _messages(tx, number, file, found, judged, setting)
    if judged.resume is not None:
        tx.set(Kind.INTERCHANGE, [number], cursor=judged.next_offset, resume=judged.resume)
        done.unfinished.append((number, found))
        return
    if judged.messages and judged.messages[0].ordinal > 0:  # spans before this one
        rows = tx.rows(Kind.MESSAGE, interchange=number, limit=closing.MOST_MESSAGES)
    done.messages += len(rows)
    closing.close(tx, number, found, judged, rows, setting, done)


def hold(tx: Tx, number: int, held: str, reason: str) -> None:
    """A received interchange waits for a person; *held* is the stable code why."""
    tx.move(Kind.INTERCHANGE, [number], InterchangeIn.RECEIVED, InterchangeIn.HELD, reason, held=held, reason=reason)


def _hold(tx: Tx, number: int, held: str, reason: str, done: Recorded) -> None:
    hold(tx, number, held, reason)
    done.held.append((f"I{number}", held, reason))


def _facts(file: Row, found: Found, setting: Setting) -> dict[str, Any]:
    header = {
        "delimiters": found.delimiters,
        "charset": found.charset,
        "elements": found.header,
        "sender": found.sender,
        "receiver": found.receiver,
        "ack_requested": found.ack_requested,
    }
    return {
        "direction": "in",
        "file": file.id,
        "partner": found.partner,
        "channel": file.channel,
        "syntax": found.syntax,
        "version": found.version,
        "sender": ":".join(found.sender),
        "receiver": ":".join(found.receiver),
        "control_number": found.control_number,
        "prepared_at": found.prepared_at,
        "test": found.test,
        "span_start": found.span[0],
        "span_end": found.span[1],
        "cursor": found.span[0],
        "digest": found.digest,
        "header": header,
        "generation": setting.generation,
    }


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


def _messages(tx: Tx, number: int, file: int, found: Found, judged: Judged, setting: Setting) -> list[Row]:
    with_document = [one for one in judged.messages if one.document]
    documents = dict(zip((one.ordinal for one in with_document), tx.payloads([one.document for one in with_document]), strict=True))
    partner = setting.book.partners[found.partner]
    common = {"direction": "in", "file": file, "interchange": number, "partner": found.partner, "generation": setting.generation}
    rows = tx.add(
        Kind.MESSAGE, [{**common, **_message(one), "document": documents.get(one.ordinal), "order_key": _order_key(partner, one)} for one in judged.messages], why="judged"
    )  # fmt: skip
    for row, one in zip(rows, judged.messages, strict=True):
        if one.keys:
            tx.keys(row, one.keys)
    return rows


def _order_key(partner: Partner, one: JudgedMessage) -> str:
    """What must reach the back office in the order of its arrival: everything about one order of one partner."""
    return f"{partner.name}/{one.kind}/{one.key}" if one.key and partner.policies.order == "by-key" else ""


def _message(one: JudgedMessage) -> dict[str, Any]:
    return {
        "ordinal": one.ordinal,
        "group": one.group,
        "type": one.type,
        "release": one.release,
        "association": one.association,
        "control_number": one.control_number,
        "span_start": one.span[0],
        "span_end": one.span[1],
        "verdict": one.verdict,
        "kind": one.kind,
        "key": one.key,
        "standard": one.standard,
        "map": one.map,
        "deliver": one.deliver,
        "faults": [asdict(fault) for fault in one.faults],
        "answer": one.answer,
        "answers": one.answers.decode() if one.answers else None,
        "held": one.held,
        "reason": one.reason,
    }
