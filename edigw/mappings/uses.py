"""What the words of a map cannot say: pairs of pure functions that a base map names with ``use:``.

A map's own words put each value into one member. Where two codes together mean one thing,
or one code is said once for many entries, the map reads them *as sent* into members of the
document, and the pair turns these into what the contract promises, and back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from edigw.mappings import despatches, invoices, responses
from edigw.records import dataclass


@dataclass(frozen=True, slots=True)
class Use:
    """*read* changes a document in place and never raises; *write* gives a new one, as sent.

    *write* raises ``Unsayable`` for what the message cannot say. *fields* are the
    paths that only *read* makes. *strips*: *write* only leaves out what *read* fills in.
    """

    read: Callable[[dict[str, Any]], None]
    write: Callable[[Mapping[str, Any]], dict[str, Any]]
    fields: frozenset[str]
    strips: bool = False


ALL: Final[Mapping[str, Use]] = {
    "x12-order-response": Use(responses.read_x12, responses.write_x12, responses.X12_FIELDS),
    "edifact-order-response": Use(responses.read_edifact, responses.write_edifact, responses.EDIFACT_FIELDS),
    "edifact-despatch-advice": Use(despatches.read, despatches.write, frozenset(), strips=True),
    "x12-invoice": Use(invoices.read, invoices.write_x12, invoices.X12_FIELDS),
    "edifact-invoice": Use(invoices.read, invoices.write_edifact, invoices.EDIFACT_FIELDS),
}
