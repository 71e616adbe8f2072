"""Failures grouped by their cause: what is wrong, since when, how much of it, and the one command that mends all.

Three hundred deliveries that wait because one back office answers 503 are one case. A case is
known by what its rows have in common, and that is also the expression by which a command finds
them all again, those that join it in the meantime included.

Only asked, never written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from edigw.agreements import BY_HAND, GIVEN_UP
from edigw.ledger import Ledger, Row
from edigw.overview import STANDING, UNKNOWN_OUTCOMES, code_of, verb_of, words_of
from edigw.records import dataclass
from edigw.states import DeliveryState, Kind, MessageIn, State, place

MOST: Final = 10_000  # rows looked at of one kind; a case says when there may be more
PAGE: Final = 2_000
SHOWN_IDS: Final = 5
AGAIN: Final = "EDIGW-DELIVERY-E003"

#: What differs from row to row in a reason and is no part of the cause.
_SINGLE = re.compile(r"; given up.*$|\b[FIMD]\d+\b|\b[0-9a-f]{16,}\b|\d{5,}")


@dataclass(slots=True)
class Case:
    """Rows that stand still, or go round in circles, for one cause."""

    kind: Kind
    code: str
    cause: str  #: in words: ``erp answers 503``
    where: str  #: the expression that finds every row of it
    verb: str  #: the command that lets them go on; "": somebody must say first what became of each
    advice: str  #: what to mend first
    partners: set[str] = field(default_factory=set)
    states: dict[str, int] = field(default_factory=dict)
    labels: list[str] = field(default_factory=list)
    since: datetime | None = None
    count: int = 0
    more: bool = False  #: not every row was looked at

    @property
    def command(self) -> str:
        """The command that mends all of it, with a dry run to look first; or that lists it, where each must be asked about."""
        if not self.verb:
            return UNKNOWN_OUTCOMES
        quoted = self.where.replace("'", "'\\''")
        return f"edigw {self.verb} --where '{quoted}' --reason \"...\" --dry-run"


def cases(ledger: Ledger) -> list[Case]:
    """Every case there is, the largest first."""
    found: dict[tuple[Kind, str], Case] = {}
    for kind in Kind:
        for row, more in _rows(ledger, kind):
            made = _case(row)
            if made is None:
                continue
            case = found.setdefault((kind, made.where), made)
            case.count += 1
            case.more = case.more or more
            case.states[row.state.value] = case.states.get(row.state.value, 0) + 1
            if row.partner:
                case.partners.add(row.partner)
            if len(case.labels) < SHOWN_IDS:
                case.labels.append(row.label)
                began = _began(ledger, row)  # of the first few: the oldest ids come first
                case.since = began if case.since is None else min(case.since, began)
    return sorted(found.values(), key=lambda case: (-case.count, case.where))


def _rows(ledger: Ledger, kind: Kind) -> Iterator[tuple[Row, bool]]:
    states = [state for state in STANDING if place(state)[0] is kind]
    yield from _paged(ledger, kind, states, lambda _: True)
    if kind is Kind.DELIVERY:
        yield from _paged(ledger, kind, [DeliveryState.DUE], lambda row: bool(row.last_error))


def _paged(ledger: Ledger, kind: Kind, states: list[State], wanted: Callable[[Row], bool]) -> Iterator[tuple[Row, bool]]:
    after = looked = 0
    while states and looked < MOST:
        page = ledger.rows(kind, state=states, limit=PAGE, after=after)
        looked += len(page)
        more = looked >= MOST
        yield from ((row, more) for row in page if wanted(row))
        if len(page) < PAGE:
            return
        after = page[-1].id


def _began(ledger: Ledger, row: Row) -> datetime:
    """When it first went wrong: for a delivery the end of its first try, for others when it came to rest."""
    if row.of is Kind.DELIVERY:
        tried = next((one.at for one in ledger.history(row.of, row.id) if one.was == DeliveryState.UNDER_WAY.value), None)
        if tried is not None:
            return tried
    rested: datetime = row.changed_at
    return rested


def _case(row: Row) -> Case | None:
    if row.of is Kind.DELIVERY:
        return _of_delivery(row)
    if row.state is MessageIn.HELD and row.held == GIVEN_UP:
        return None  # its delivery tells
    code = code_of(row)
    words, advice = words_of(code)
    terms: list[tuple[str, str]] = [("kind", row.of.value), ("state", row.state.value)]
    if code:
        terms.append(("code", code))
    if row.of is Kind.FILE:
        terms.append(("channel", row.channel))
        about = f"in {row.channel}"
    elif row.of is Kind.INTERCHANGE:
        terms.append(("sender", row.sender))
        about = f"from {row.partner or row.sender}"
    else:
        terms += [("partner", row.partner), ("type", row.type)]
        about = f"{row.type} from {row.partner}"
    cause = f"{about}: {words or _cause(row.reason) or row.state.value}"
    return Case(row.of, code, cause, expression(terms), verb_of(row.state, code), advice)


def _of_delivery(row: Row) -> Case | None:
    code = AGAIN if row.state is DeliveryState.DUE else code_of(row)
    if row.held == BY_HAND:
        return None
    said = _cause(row.last_error or "")
    told = f"{row.lane} answers {said}" if said[:3].isdecimal() else f"{row.lane}: {said or row.state.value}"
    terms = [("kind", "delivery"), ("to", row.lane)]
    if row.state is DeliveryState.UNCERTAIN:
        terms.append(("state", row.state.value))
        return Case(row.of, code, told, expression(terms), "", words_of(code)[1])
    text = f"{expression(terms)} and state=given_up,due"
    if key := _key(row.last_error or ""):
        text += f" and why~{_quoted(key)}"
    return Case(row.of, code, told, text, "retry", f"mend {row.lane}, then let all of them go on at once")


def _cause(reason: str) -> str:
    """A reason without what is only this row's: its numbers, ids, tries."""
    return " ".join(_SINGLE.sub("", reason).split()).strip(" ;:,")


def _key(reason: str) -> str:
    """The part of a cause that stands as it is in every row's own reason: its first words, before anything that is only this row's."""
    single = _SINGLE.search(reason)
    return re.split(r'"|: |;', reason[: single.start() if single else None], maxsplit=1)[0][:60].strip()


def expression(terms: Iterable[tuple[str, Any]]) -> str:
    """Terms as ``--where`` reads them."""
    return " and ".join(f"{word}={_quoted(str(value))}" for word, value in terms)


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[^\s,\"'*]+", value) else '"' + value.replace('"', "") + '"'
