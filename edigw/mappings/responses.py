"""An order response as sent, and as the document says it: the answer, and what becomes of each line.

An X12 855 says what becomes of a line in one ACK for each part of it. An EDIFACT ORDRSP says
it in pieces: the action of the line once (LIN 1229), quantities by qualifier (113 to be
delivered, 83 backordered, 185 rejected), dates beside the line or in schedules (SCC). The
document has ``confirmed`` for both, an entry for each part.

As sent means: the maps' members hold codes (``confirmed.status: IQ``, ``action: 3``), and what
is about dates and quantities stands in ``dates``, ``quantities`` and ``schedule``. Writing asks
reading whether it would be understood: what came out is read again, and what would not come
back is refused, with its place.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeAlias

from edigw.mappings import codes
from edigw.mappings.codes import Table
from edigw.mappings.traced import like
from edigw.mappings.unsayable import Unsayable

Json: TypeAlias = "dict[str, Any]"

#: Dates of a confirmed part: qualifier -> what sort of promise; "" is the plain one, which is written.
DELIVER_X12: Final = {"067": "", "069": "promised", "017": "estimated", "002": "requested"}
SHIP_X12: Final = {"068": "", "079": "promised", "010": "requested", "011": "shipped"}
DELIVER_EDIFACT: Final = {"67": "", "69": "promised", "17": "estimated", "2": "requested", "76": "scheduled"}
SHIP_EDIFACT: Final = {"79": "", "11": "shipped", "10": "requested"}

#: EDIFACT 6063: quantities that say what becomes of a part. SIDE: and that say so by themselves.
SIDE: Final = {"83": "backordered", "185": "rejected", "182": "deleted"}
MAIN: Final = ("113", "12", "66", "131", "187")
X12_ANSWERS: Final = frozenset({"AT", "RD", "RF", "RJ", "RO"})  # of 587; no directory has them in 4343
FIRM: Final = "1"  # 4017: what a schedule is where nothing else is said

X12_FIELDS: Final = frozenset(
    {"number", "response", "lines.confirmed.reason"}
    | {f"lines.confirmed.{name}" for name in ("deliver_on", "deliver_basis", "ship_on", "ship_basis")}
)
PART: Final = (
    "status",
    "reason",
    "quantity",
    "quantity_kind",
    "unit",
    "deliver_on",
    "deliver_basis",
    "ship_on",
    "ship_basis",
    "item",
    "dates",
)
EDIFACT_FIELDS: Final = frozenset({"response"} | {f"lines.confirmed.{name}" for name in PART if name != "item"})


@cache
def _table(name: str) -> Table:
    found = codes.find(name)
    assert isinstance(found, Table)
    return found


def _own(table: Table, word: Any) -> str:
    """The code that a word has of its own; ``""`` if none."""
    return table.codes.get(word, ("",))[0] if isinstance(word, str) else ""


def _word(table: Table, code: Any) -> str:
    """What a code means; ``""`` for what is none."""
    return table.words.get(code, "") if isinstance(code, str) else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _objects(value: Any) -> list[Json]:
    """The objects of a list; whatever else stands there is the map's to complain of."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _put(target: Json, **members: Any) -> None:
    for name, value in members.items():
        if value not in (None, "", [], {}):
            target[name] = value


# The answer to the order as a whole


def _answer_x12(answer: str) -> tuple[str, str]:
    """BAK02 as kind, and as response where the kind does not tell it."""
    table = _table("acknowledgement-type")
    kind = table.words.get(answer, "")
    return kind, "" if answer == _own(table, kind) else answer


def _answer_edifact(function: str, answer: str) -> tuple[str, str, str]:
    """BGM 1225 and 4343 as kind, purpose and response."""
    functions, answers, words = _table("response-function"), _table("response-answer"), _table("message-function")
    purpose = words.words.get(function, function)
    verdict = functions.words.get(function, "")
    own = function == _own(functions, verdict)
    if verdict and (words.words.get(function) != "change" or answer not in answers.words):
        return verdict, "" if own else purpose, answer
    kind = answers.words.get(answer, "")
    return kind, purpose, "" if answer == _own(answers, kind) else answer


def _said_edifact(kind: str, purpose: str, response: str) -> tuple[str, str] | None:
    """The 1225 and 4343 that read as these; None if there are none. A response of another standard's is left out."""
    functions, words = _table("response-function"), _table("message-function")
    if purpose in words.words:
        purpose = ""  # a code of X12's: ours has a word
    function = _own(words, purpose) or purpose
    if response in X12_ANSWERS:
        response = ""
    for wanted in (response, ""):
        for first in (function,) if function else (_own(functions, kind), ""):
            for second in ("", wanted, _own(_table("response-answer"), kind)):
                if _answer_edifact(first, second) == (kind, purpose, wanted):
                    return first, second
    return None


# Dates of a part


def _take_dates(entry: Json, deliver: Mapping[str, str], ship: Mapping[str, str]) -> None:
    """The first day of each sort out of ``dates`` into members of their own."""
    for name, kinds in (("deliver", deliver), ("ship", ship)):
        left = []
        for one in _objects(entry.get("dates")):
            basis = kinds.get(str(one.get("kind")))
            if basis is None or f"{name}_on" in entry or set(one) != {"kind", "on"}:
                left.append(one)
            else:
                _put(entry, **{f"{name}_on": one["on"], f"{name}_basis": like(basis, one["kind"])})
        if "dates" in entry:
            entry["dates"] = left
    if entry.get("dates") == []:
        del entry["dates"]


def _give_dates(entry: Json, deliver: Mapping[str, str], ship: Mapping[str, str]) -> list[Json]:
    """The members again as dates, before those there are."""
    found = []
    for name, kinds in (("deliver", deliver), ("ship", ship)):
        on, basis = entry.pop(f"{name}_on", None), entry.pop(f"{name}_basis", "")
        if on is not None:
            code = next((code for code, one in kinds.items() if one == basis), next(iter(kinds)))
            found.append({"kind": code, "on": on})
    return found + list(entry.pop("dates", None) or [])


# X12


def read_x12(document: Json) -> None:
    """An 855 as sent, into what the contract says. An 855 has no number of its own: the order's stands for it."""
    if "order_number" in document:
        document.setdefault("number", document["order_number"])
    if isinstance(document.get("kind"), str):
        sent = document.pop("kind")
        kind, response = _answer_x12(sent)
        _put(document, kind=like(kind, sent), response=like(response, sent))
    table = _table("line-status")
    for line in _objects(document.get("lines")):
        for entry in _objects(line.get("confirmed")):
            _take_dates(entry, DELIVER_X12, SHIP_X12)
            sent = entry.pop("status", None)
            if isinstance(sent, str):
                word = table.words.get(sent, sent)
                _put(entry, status=like(word, sent), reason="" if sent in (_own(table, word), word) else sent)


def write_x12(document: Mapping[str, Any]) -> Json:
    """A response as an 855 says it. Codes of another standard in ``response`` and ``reason`` give way to the word's own."""
    found: Json = copy.deepcopy(dict(document))
    number = found.pop("number", None)
    if number is not None:
        found.setdefault("order_number", number)
    kind, response = _text(found.pop("kind", None)), _text(found.pop("response", None))
    types = _table("acknowledgement-type")
    _put(found, kind=response if response and _answer_x12(response)[0] == kind else _own(types, kind) or kind)
    table = _table("line-status")
    for line in _objects(found.get("lines")):
        for entry in _objects(line.get("confirmed")):
            _put(entry, dates=_give_dates(entry, DELIVER_X12, SHIP_X12))
            word, reason = entry.pop("status", None), entry.pop("reason", "")
            if isinstance(word, str):
                entry["status"] = reason if _word(table, reason) == word else _own(table, word) or word
    return found


# EDIFACT


def read_edifact(document: Json) -> None:
    """An ORDRSP as sent, into what the contract says."""
    if isinstance(document.get("purpose"), str) or isinstance(document.get("kind"), str):
        function, answer = document.pop("purpose", ""), document.pop("kind", "")
        kind, purpose, response = _answer_edifact(str(function), str(answer))
        _put(document, kind=like(kind, function or answer), purpose=like(purpose, function), response=like(response, answer))
    for line in _objects(document.get("lines")):
        _read_line(line)


def write_edifact(document: Mapping[str, Any]) -> Json:
    """A response as an ORDRSP says it. Raises Unsayable for an answer or a line that no codes can say."""
    found: Json = copy.deepcopy(dict(document))
    problems: list[tuple[str, str]] = []
    kind, purpose, response = (_text(found.pop(name, None)) for name in ("kind", "purpose", "response"))
    if kind or purpose or response:
        said = _said_edifact(kind, purpose, response)
        if said is None:
            problems.append(("kind", f"no 1225 and 4343 say {kind or 'no answer'!r} with the purpose {purpose or 'none'!r}"))
        else:
            _put(found, purpose=said[0], kind=said[1])
    for number, line in enumerate(found.get("lines") or [] if isinstance(found.get("lines"), list) else []):
        given = isinstance(line, dict) and ("confirmed" in line or "action" in line)
        if given and (wrong := _misshapen(line) or _write_line(line)):
            problems.append((f"lines.{number}.{wrong[0]}", wrong[1]))
    if problems:
        raise Unsayable(problems)
    return found


def _sort(entry: Mapping[str, Any]) -> str:
    """The quantity's qualifier: its own, or what the status says."""
    status = entry.get("status")
    return str(entry.get("quantity_kind") or next((kind for kind, word in SIDE.items() if word == status), MAIN[0]))


def _entry(kind: str, quantity: Mapping[str, Any]) -> Json:
    """A confirmed part from a quantity that says what becomes of it."""
    made: Json = {}
    _put(made, status=like(SIDE.get(kind), quantity.get("kind")), quantity=quantity.get("quantity"), unit=quantity.get("unit"))
    return made


def _read_line(line: Json) -> None:
    """A line's pieces put together: schedules and quantities into parts, then the action, dates and substitute into these."""
    sent = _objects(line.pop("confirmed", None))  # a substitute's item alone: all that the map puts there itself
    mains: list[tuple[str, Json]] = []
    parts: list[Json] = []
    planned: list[tuple[str, Json]] = []
    left: list[Json] = []
    for one in _objects(line.pop("schedule", None)):
        made = _flattened(one)
        planned += made
        if not made:
            left.append(one)
    scheduled = any(kind in MAIN for kind, _ in planned)
    quantities = []
    for one in _objects(line.pop("quantities", None)):
        kind = str(one.get("kind"))
        if kind in SIDE or (kind in MAIN and not mains and not scheduled):
            parts.append(_entry(kind, one))
            if kind in MAIN:
                mains.append((kind, parts[-1]))
        else:
            quantities.append(one)
    beside = list(mains)
    parts += [entry for _, entry in planned]
    mains += [(kind, entry) for kind, entry in planned if kind in MAIN]
    table = _table("line-action")
    action = line.get("action")
    word = _word(table, action)
    item = sent[0].get("item") if sent else None
    dated = not scheduled and _dated(line)
    implied = word and word in [entry.get("status") for entry in parts] and word in SIDE.values() and not (item or dated)
    if not mains and (item or dated or (word and not implied)):
        mains = beside = [(MAIN[0], {})]
        parts.insert(0, mains[0][1])
    if word:
        del line["action"]
    if item:
        mains[0][1]["item"] = item
    for kind, entry in mains:
        if item and action in (None, "3", "6"):
            _put(entry, status=like("substituted", action), reason="6" if action == "6" else "")
        elif word:
            _put(entry, status=like(word, action), reason="" if action == _own(table, word) else action)
        _put(entry, quantity_kind=kind if "quantity" in entry and kind != _sort(entry) else "")
    if beside and not scheduled:
        entry = beside[0][1]
        _put(entry, dates=line.pop("dates", None))
        _take_dates(entry, DELIVER_EDIFACT, SHIP_EDIFACT)
        _put(line, dates=entry.pop("dates", None))
    _put(line, confirmed=[_ordered(entry) for entry in parts], quantities=quantities, schedule=left)


def _ordered(entry: Json) -> Json:
    return {name: entry[name] for name in PART if name in entry}


def _dated(line: Mapping[str, Any]) -> bool:
    """Whether a line has a day that is the seller's: those the buyer asked for have members of the line."""
    kinds = {*DELIVER_EDIFACT, *SHIP_EDIFACT}
    return any(one.get("kind") in kinds and set(one) == {"kind", "on"} for one in _objects(line.get("dates")))


def _flattened(schedule: Json) -> list[tuple[str, Json]]:
    """A firm schedule's quantities as parts; empty where it says more than a part can hold."""
    if set(schedule) != {"status", "parts"} or schedule["status"] != FIRM:
        return []
    found = []
    for one in _objects(schedule["parts"]):
        kind = str(one.get("kind"))
        if kind not in SIDE and kind not in MAIN:
            return []
        entry = _entry(kind, one)
        _put(entry, dates=one.get("dates"))
        _take_dates(entry, DELIVER_EDIFACT, SHIP_EDIFACT)
        found.append((kind, entry))
    return found


def _misshapen(line: Json) -> tuple[str, str] | None:
    """The first of a line's members that are to be taken apart and are no lists of objects."""
    for name in ("confirmed", "quantities", "dates", "schedule"):
        several = line.get(name) or []
        if not isinstance(several, list) or len(_objects(several)) != len(several):
            return name, "a list of objects belongs here"
    return None


def _write_line(line: Json) -> tuple[str, str] | None:
    """A line's parts as pieces again; where and why that cannot be, or None."""
    for entry in _objects(line.get("confirmed")):
        if set(entry) - set(PART):
            return "confirmed", f"an ORDRSP says nothing of {', '.join(sorted(set(entry) - set(PART)))}"
    asked = copy.deepcopy(line)
    for form in (_beside, _apart):
        for bare in (False, True):  # a reason of another standard's gives way to the status alone
            expected = copy.deepcopy(asked)
            if bare:
                for entry in _objects(expected.get("confirmed")):
                    _plain(entry)
            made = form(copy.deepcopy(expected))
            again = copy.deepcopy(made)
            _read_line(again)
            if again == _tidy(expected):
                line.clear()
                line.update(made)
                return None
    return "confirmed", "an ORDRSP has one action for a line (LIN 1229), beside what is backordered, rejected or deleted; these are more"


def _plain(entry: Json) -> None:
    entry.pop("reason", None)
    if entry.get("deliver_basis") not in DELIVER_EDIFACT.values():
        entry.pop("deliver_basis", None)
    if entry.get("ship_basis") not in SHIP_EDIFACT.values():
        entry.pop("ship_basis", None)


def _tidy(line: Json) -> Json:
    _put(line, confirmed=[_ordered(entry) for entry in _objects(line.get("confirmed"))])
    return line


def _begin(line: Json) -> list[Json]:
    """The action and the substitute's item out of the parts; gives these."""
    entries = _objects(line.pop("confirmed", None))
    mains = [entry for entry in entries if _sort(entry) in MAIN or "quantity" not in entry]
    table = _table("line-action")
    for entry in (mains or entries)[:1]:
        status, reason = entry.get("status"), entry.get("reason", "")
        action = reason if _word(table, reason) == status else _own(table, status)
        if status == "substituted" and "item" in entry:
            action = reason or "3"
        _put(line, action=action)
    item = next((entry["item"] for entry in entries if "item" in entry), None)
    if item is not None:
        line["confirmed"] = [{"item": item}]
    return entries


def _beside(line: Json) -> Json:
    """All parts as quantities and dates of the line itself."""
    entries = _begin(line)
    quantities, dates = [], []
    for entry in entries:
        if "quantity" in entry:
            quantities.append(_quantity(entry))
        dates += _give_dates(entry, DELIVER_EDIFACT, SHIP_EDIFACT)
    _put(line, quantities=quantities + (line.get("quantities") or []), dates=dates + (line.get("dates") or []))
    return line


def _apart(line: Json) -> Json:
    """Each part that has a quantity as a schedule of its own."""
    schedules = []
    for entry in _begin(line):
        if "quantity" not in entry:
            continue
        part = _quantity(entry)
        _put(part, dates=_give_dates(entry, DELIVER_EDIFACT, SHIP_EDIFACT))
        schedules.append({"status": FIRM, "parts": [part]})
    _put(line, schedule=schedules + (line.get("schedule") or []))
    return line


def _quantity(entry: Mapping[str, Any]) -> Json:
    made: Json = {"kind": _sort(entry), "quantity": entry["quantity"]}
    _put(made, unit=entry.get("unit"))
    return made
