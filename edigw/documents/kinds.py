"""From the dict a map filled to the bytes that are delivered: validated once.

Nothing here raises over what a partner sent. A value its member cannot hold is taken out,
said as a fault and kept in ``unmapped``; only a document without what its kind requires
comes back without bytes. Bytes depend on the values alone, never on the order in which a
map filled them.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, MutableSequence
from functools import cache
from typing import TYPE_CHECKING, Any

from edigw.documents.totals import check as _totals
from edigw.records import dataclass

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError


class _Kinds(Mapping[str, "type[BaseModel]"]):
    """The names are known at once; a model, and pydantic with it, is imported when it is asked for."""

    _NAMES = ("order", "order_response", "despatch_advice", "invoice")

    def __getitem__(self, kind: str) -> type[BaseModel]:
        match kind:
            case "order":
                from edigw.documents.order import Order

                return Order
            case "order_response":
                from edigw.documents.order_response import OrderResponse

                return OrderResponse
            case "despatch_advice":
                from edigw.documents.despatch_advice import DespatchAdvice

                return DespatchAdvice
            case "invoice":
                from edigw.documents.invoice import Invoice

                return Invoice
        raise KeyError(kind)

    def __contains__(self, kind: object) -> bool:
        return kind in self._NAMES

    def __iter__(self) -> Iterator[str]:
        return iter(self._NAMES)

    def __len__(self) -> int:
        return len(self._NAMES)


#: Every kind of document there is, by the name that stands in its ``document`` member.
KINDS: Mapping[str, type[BaseModel]] = _Kinds()

MOST_KEYS = 20  # numbers people type into ``find``; a pallet list of thousands is not that

#: Members whose numbers people search by, besides ``number``.
_NUMBERS = (
    "order_number",
    "customer_order_number",
    "contract_number",
    "release_number",
    "despatch_number",
    "original_number",
    "seller_order_number",
)


_SSCC_RANGES = frozenset({"GM", "SM", "BJ", "AW"})  # X12 88 and EDIFACT 7405: serial shipping container codes

#: Kinds that are whole without lines.
_LINELESS = frozenset({"cancellation", "confirmation", "status"})

#: Our words for the commonest mistakes; pydantic's own for the rest.
_WORDS = {
    "missing": "is required and was not sent",
    "extra_forbidden": "is no member of this document",
    "string_pattern_mismatch": "is not written as this member wants it",
    "string_too_short": "is empty",
    "string_too_long": "is too long",
}

_GONE = object()


@dataclass(frozen=True, slots=True)
class Finished:
    """What came of a document.

    *json* is the canonical document, ``b""`` when it lacks what its kind requires: then it
    cannot be delivered and the message is held. *faults* are ``(path, text)``: what is
    missing or did not fit; a value that did not fit stands in ``unmapped`` instead. *notes*
    are ``(path, text)``: totals that do not add up. *keys* are ``(name, value)`` by which
    ``find`` knows the document, at most 20, its own number first.
    """

    json: bytes
    faults: tuple[tuple[str, str], ...]
    keys: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...] = ()


def finish(kind: str, fields: Mapping[str, Any]) -> Finished:
    """Validate *fields* as a document of *kind*; canonical JSON, what is wrong, and its keys.

    *fields* is not changed. Raises KeyError for a kind that does not exist.
    """
    from pydantic import ValidationError

    model = KINDS[kind]
    values: Any = fields
    faults: list[tuple[str, str]] = []
    try:
        document = model.model_validate(values)
    except ValidationError as trouble:
        values, faults = _without(fields, trouble)
        try:
            document = model.model_validate(values)
        except ValidationError as still:
            faults += [each for each in _said(still) if each not in faults]
            return Finished(b"", tuple(faults), _keys(values))
    if missing := _wanted(kind, values):
        faults.append(missing)
    written = document.__pydantic_serializer__.to_json(document, exclude_none=True)
    return Finished(written, tuple(faults), _keys(values), _totals(kind, values))


def _wanted(kind: str, fields: Mapping[str, Any]) -> tuple[str, str] | None:
    """What a document of *kind* should have to be acted on, though it is delivered without.

    A cancellation says all it has to say with its number, and so may any answer to an order.
    """
    if fields.get("lines") or fields.get("kind") in _LINELESS or kind == "order_response":
        return None
    return "lines", f"the {kind.replace('_', ' ')} has no lines"


def _path(where: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in where)


def _said(trouble: ValidationError) -> list[tuple[str, str]]:
    """Each mistake as ``(path, text)``, in the members' order."""
    return [
        (_path(error["loc"]), _WORDS.get(error["type"], error["msg"]))
        for error in trouble.errors(include_url=False, include_context=False, include_input=False)
    ]


def _without(fields: Mapping[str, Any], trouble: ValidationError) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A copy of *fields* without the values that did not fit; those stand in ``unmapped``."""
    values = copy.deepcopy(dict(fields))
    kept: list[dict[str, Any]] = []
    emptied: dict[int, MutableSequence[Any]] = {}
    for error in trouble.errors(include_url=False, include_context=False, include_input=False):
        where = error["loc"]
        if error["type"] == "missing":
            continue
        holder: Any = values
        for step in where[:-1]:
            holder = holder[step]
        last = where[-1]
        value = holder[last]
        text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
        kept.append({"field": _path(where), "value": text})
        if isinstance(holder, list):
            holder[int(last)] = _GONE
            emptied[id(holder)] = holder
        else:
            del holder[last]
    for items in emptied.values():
        items[:] = [item for item in items if item is not _GONE]
    if kept:
        before = values.get("unmapped")
        values["unmapped"] = [*(before if isinstance(before, list) else ()), *kept]
    return values, _said(trouble)


def _keys(fields: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for key in _numbers(fields):
        if isinstance(key[1], str) and key[1]:
            found[key] = None
            if len(found) == MOST_KEYS:
                break
    return tuple(found)


def _numbers(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "number", fields.get("number")
    for name in _NUMBERS:
        if name in fields:
            yield name, fields[name]
    for order in fields.get("orders") or ():
        yield "order_number", order.get("number")
    for line in fields.get("lines") or ():  # a collective invoice, a despatch of several orders
        for name in ("order_number", "despatch_number"):
            if name in line:
                yield name, line[name]
    transport = fields.get("transport")
    for number in (transport.get("tracking") if transport else None) or ():
        yield "tracking_number", number
    for package in fields.get("packages") or ():
        yield "tracking_number", package.get("tracking_number")
        for marked in (package, *(package.get("packaging") or ())):
            for number in marked.get("sscc") or ():
                yield "sscc", number
            for run in marked.get("ranges") or ():  # by its ends: what lies between is not spelled out
                if run.get("kind") in _SSCC_RANGES:
                    yield from (("sscc", run.get(end)) for end in ("first", "last"))
    for line in fields.get("lines") or ():
        for number in line.get("sscc") or ():
            yield "sscc", number


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of *kind*. Raises KeyError for a kind that does not exist."""
    made = KINDS[kind].model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:edigw:document:{kind}:1", **made}
