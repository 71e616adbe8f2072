"""What the demo's partners send, and what became of it, read from the ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncssh

from edigw.demo.making import Made, samples
from edigw.demo.ports import HOST
from edigw.errors import EdigwError
from edigw.ledger import Ledger, Row
from edigw.records import dataclass
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn

TAKEN_WITHIN = 30.0  # seconds from the close of an upload until its file is judged; usually a tenth of one
QUIET_WITHIN = 60.0  # seconds until every document and answer has left
LOOK_EVERY = 0.05


@dataclass(frozen=True, slots=True)
class Sent:
    """One upload: the partner who logs in, the sample's path, the name it gives the file."""

    partner: str
    sample: str
    name: str


#: Good ones first, then what goes wrong in practice, each once.
SENT = (
    Sent("acme", "orders-x12-850/in.edi", "order-4711.edi"),
    Sent("acme", "orders-x12-850-rich/in.edi", "order-4713.edi"),
    Sent("acme", "orders-x12-850-two-sets/in.edi", "two-orders.edi"),
    Sent("nordwind", "orders-edifact/in.edi", "order-1001.edi"),
    Sent("nordwind", "orders-edifact-syntax-4/in.edi", "order-1002.edi"),
    Sent("nordwind", "orders-edifact-bad-quantity/in.edi", "bad-quantity.edi"),
    Sent("acme", "orders-x12-850-impossible-date/in.edi", "thirteenth-month.edi"),
    Sent("acme", "orders-x12-850-wrong-count/in.edi", "wrong-count.edi"),
    Sent("acme", "orders-x12-850-unknown-sender/in.edi", "unknown-sender.edi"),
    Sent("acme", "orders-x12-850/in.edi", "order-4711-again.edi"),
    Sent("acme", "not-edi/letter.txt", "letter.txt"),
)


class NotTaken(EdigwError):
    """The gateway did not do in time what it does at once."""

    code = "EDIGW-DEMO-E003"


@dataclass(frozen=True, slots=True)
class Became:
    """What became of one file, in words for the table. *why* has a line for whatever did not go through."""

    id: str
    file: str
    partner: str
    messages: str
    verdict: str
    delivered: str
    answer: str
    why: tuple[str, ...] = ()


def lay_out(folder: Path) -> None:
    """Put what is sent into *folder* under the names it is sent by, to look at and to edit."""
    folder.mkdir()
    for one in SENT:
        (folder / one.name).write_bytes(samples().joinpath(*one.sample.split("/")).read_bytes())


async def send(made: Made, ledger: Ledger) -> None:
    """Upload every sample as its partner, one after the other, each when the one before is judged.

    Raises NotTaken when the gateway does not take one, OSError or asyncssh.Error when it
    does not let a partner in.
    """
    for one in SENT:
        await _upload(made, one)
        await _until(lambda name=one.name: _is_judged(ledger, name), TAKEN_WITHIN, f"{one.name} was uploaded and not taken")


async def quiet(ledger: Ledger) -> bool:
    """Wait until no document and no answer is left to deliver; False when that takes too long."""
    try:
        await _until(lambda: not ledger.count(Kind.DELIVERY, state=(DeliveryState.DUE, DeliveryState.UNDER_WAY)), QUIET_WITHIN, "")
    except NotTaken:
        return False
    return True


def became(ledger: Ledger) -> list[Became]:
    """Every file in the ledger, in the order of arrival."""
    return [_became(ledger, file) for file in ledger.rows(Kind.FILE, limit=1000)]


async def _upload(made: Made, one: Sent) -> None:
    known = asyncssh.import_known_hosts(f"[{HOST}]:{made.sftp_port} {made.host_key}\n")
    async with (
        asyncssh.connect(
            HOST, made.sftp_port, username=one.partner, client_keys=[str(made.folder / "keys" / one.partner)],
            known_hosts=known, agent_path=None, config=None, login_timeout=TAKEN_WITHIN,
        ) as connection,
        connection.start_sftp_client() as sftp,
        sftp.open(f"in/{one.name}", "wb") as file,
    ):  # fmt: skip
        await file.write((made.folder / "samples" / one.name).read_bytes())


async def _until(met: Any, within: float, why: str) -> None:
    end = time.monotonic() + within
    while not await asyncio.to_thread(met):
        if time.monotonic() > end:
            raise NotTaken(f"{why} within {within:g} s")
        await asyncio.sleep(LOOK_EVERY)


def _is_judged(ledger: Ledger, name: str) -> bool:
    found = ledger.rows(Kind.FILE, name=name)
    if not found or found[0].state in (FileState.CLAIMED, FileState.ARCHIVED):
        return False
    return not ledger.count(Kind.INTERCHANGE, file=found[0].id, state=InterchangeIn.RECEIVED)


def _became(ledger: Ledger, file: Row) -> Became:
    interchanges = ledger.rows(Kind.INTERCHANGE, file=file.id, direction="in")
    messages = ledger.rows(Kind.MESSAGE, file=file.id, direction="in", limit=1000)
    partners = {one.partner for one in interchanges if one.partner}
    verdicts, why = list(_verdicts(file, interchanges, messages)), list(_why(file, interchanges, messages))
    return Became(
        id=file.label,
        file=file.name,
        partner=", ".join(sorted(partners)) or ("unknown" if interchanges else file.partner),
        messages=_counted([one.type for one in messages]),
        verdict="\n".join(verdicts),
        delivered="\n".join(_documents(messages)),
        answer="\n".join(_answers(ledger, interchanges)),
        why=tuple(why),
    )


def _verdicts(file: Row, interchanges: Sequence[Row], messages: Sequence[Row]) -> Iterator[str]:
    if file.state is FileState.QUARANTINED:
        yield "quarantined"
    for one in interchanges:
        if one.state is InterchangeIn.HELD:
            yield "held"
        elif one.duplicate_of is not None:
            yield f"duplicate of I{one.duplicate_of}"
    if messages:
        ended = (MessageIn.REJECTED, MessageIn.HELD)  # else the verdict says more than the state
        yield _counted([one.state.value if one.state in ended else str(one.verdict).replace("_", " ") for one in messages])


def _documents(messages: Sequence[Row]) -> Iterator[str]:
    for one in messages:
        if one.state in (MessageIn.MAPPED, MessageIn.DELIVERED):
            yield f"{one.kind} {one.key}" + ("" if one.state is MessageIn.DELIVERED else " (waits)")


def _answers(ledger: Ledger, interchanges: Sequence[Row]) -> Iterator[str]:
    for one in interchanges:
        given: Sequence[Mapping[str, Any]] = one.answers or ()
        if given and not ledger.count(Kind.DELIVERY, interchange=one.id, what="ack"):
            yield "given before"  # the same bytes again within the hour
            continue
        for answer in given:
            yield answer["name"]


def _why(file: Row, interchanges: Sequence[Row], messages: Sequence[Row]) -> Iterator[str]:
    if file.state is FileState.QUARANTINED:
        yield f"{file.label} quarantined: {file.reason}"
    for one in interchanges:
        if one.state is InterchangeIn.HELD:
            yield f"{one.label} held: {one.reason}"
    for one in messages:
        if one.state is MessageIn.HELD:
            yield f"{one.label} held: {one.reason}"
        elif one.state is MessageIn.REJECTED:
            yield f"{one.label} rejected: {_first(one.faults)}"


def _first(faults: Sequence[Mapping[str, Any]]) -> str:
    """The first fault that rejects, with its place."""
    found = next((one for one in faults if one["severity"] == "reject"), None)
    if found is None:
        return "its envelope is at fault"
    where = found["segment"] + (f"{found['element']:02}" if found["element"] else "")
    text = str(found["text"])
    value = f" ({found['value']})" if found["value"] and found["value"] not in text else ""
    return f"{text if text.startswith(where) else f'{where}: {text}'}{value}"


def _counted(words: Sequence[str]) -> str:
    """``850``, ``accepted ×2, rejected``: each word once, in order of appearance."""
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(word if count == 1 else f"{word} ×{count}" for word, count in counts.items())
