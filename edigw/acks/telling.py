"""What a received acknowledgement says, in lines that a person reads.

Pure. The codes stand beside their words, for the partner's coordinator speaks in codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edigw.acks.receipt import Complaint, GroupReceipt, MessageReceipt, Receipt, Said

_VERDICTS = {
    "accepted": "accepted",
    "accepted-with-errors": "accepted with errors",
    "partly": "accepted in part",
    "rejected": "rejected",
    "received": "received, which says nothing of its contents",
}


def lines(receipt: Receipt) -> list[str]:
    """*receipt* line by line, two blanks deeper for each level: interchange, group, message, error."""
    return list(_lines(receipt))


def _lines(receipt: Receipt) -> Iterator[str]:
    depth = ""
    if receipt.kind in ("ta1", "contrl"):
        made = f" of {receipt.prepared_at}" if receipt.prepared_at else ""
        yield f"interchange {receipt.control_number}{made} {_verdict(receipt.verdict)}{_because(receipt.errors)}"
        depth = "  "
    for group in receipt.groups:
        yield from _group(group, depth)
    for message in receipt.messages:
        yield from _message(message, depth)


def _group(group: GroupReceipt, depth: str) -> Iterator[str]:
    name = f"group {group.type} {group.control_number}".replace("  ", " ")
    yield f"{depth}{name} {_verdict(group.verdict)}{_counts(group)}{_because(group.errors)}"
    for message in group.messages:
        yield from _message(message, depth + "  ")


def _counts(group: GroupReceipt) -> str:
    if group.accepted < 0 or group.received < 0:
        return ""
    sent = f" ({group.included} were sent)" if group.included not in (-1, group.received) else ""
    return f", {group.accepted} of {group.received} messages{sent}"


def _message(message: MessageReceipt, depth: str) -> Iterator[str]:
    yield f"{depth}{message.type} {message.control_number} {_verdict(message.verdict)}{_because(message.errors)}"
    for one in message.complaints:
        yield f"{depth}  {_complaint(one)}"


def _complaint(one: Complaint) -> str:
    place = f"{one.segment or 'segment'} {one.position}".strip()
    if one.element:
        place += f"/{one.element}" + (f".{one.component}" if one.component else "") + (f" repeat {one.repeat}" if one.repeat else "")
    number = f" (element {one.element_id})" if one.element_id else ""
    loop = f" in loop {one.loop}" if one.loop else ""
    value = f" {one.value!r}" if one.value else ""
    return f"{place}{number}{loop}: {_code(one.code, one.text)}{value}"


def _verdict(word: str) -> str:
    return _VERDICTS.get(word, "answered in a way we do not know")


def _because(errors: Sequence[Said]) -> str:
    return ": " + "; ".join(_code(one.code, one.text) for one in errors) if errors else ""


def _code(code: str, text: str) -> str:
    if not code:
        return text or "in error, and no code says how"
    return f"{code} {text}" if text else f"{code}, a code we do not know"
