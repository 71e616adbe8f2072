"""A business key that comes again with other contents: what the partner's ``duplicate_key`` makes of it.

The same bytes again are a duplicate, and a used control number is held; here are documents
that came in interchanges of their own and bear a number that was used before. One that says
the same goes on: it is another receipt of one order, and its number tells. One that says
something else, and does not call itself a change, is a mistake of somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import Protocol, TypeVar

from edigw import acks
from edigw.agreements import KEY_REUSED, REJECTED_AND_KEPT, Partner
from edigw.faults import Verdict
from edigw.inbound.closing import Ending
from edigw.judge import AnswerSegment, FaultRow
from edigw.ledger import Tx
from edigw.records import dataclass
from edigw.states import Kind, MessageIn, show_id

Ident = tuple[str, str, str]  # partner, kind of document, its number

#: Held, and never said to the back office: nothing is compared with such a document.
_UNSAID = frozenset({KEY_REUSED, REJECTED_AND_KEPT})


class Document(Protocol):
    """A judged message as it is compared; ``JudgedMessage`` and ``Told`` are such."""

    @property
    def ordinal(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def contents(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def held(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def answer(self) -> tuple[AnswerSegment, ...]: ...


D = TypeVar("D", bound=Document)


@dataclass(slots=True)
class Said:
    """What is known to have been said under each number: the contents, and where."""

    known: dict[Ident, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def before(cls, tx: Tx, asked: Iterable[tuple[Partner, Document]]) -> Said:
        """What the ledger has of the numbers of *asked*: one statement, whatever their number."""
        keys = {one.key for partner, one in asked if one.contents and partner.policies.duplicate_key != "accept"}
        made = cls()
        for partner, kind, key, contents, last in tx.said(keys, but=_UNSAID):
            made.known.setdefault((partner, kind, key), {})[contents] = show_id(Kind.MESSAGE, last)
        return made

    def changed(self, partner: Partner, messages: Sequence[D]) -> dict[int, str]:
        """Of an interchange's *messages* those that say something else than before, and why, by their ordinals.

        The first under a number in an interchange is what the later ones in it are compared with.
        """
        if partner.policies.duplicate_key == "accept":
            return {}
        here: dict[Ident, dict[str, str]] = {}
        found: dict[int, str] = {}
        for one in messages:
            if not one.contents or not one.verdict or one.verdict == Verdict.REJECTED.value:
                continue
            ident = (partner.name, one.kind, one.key)
            known = self.known.get(ident, {}) | here.get(ident, {})
            if known and one.contents not in known:
                first = next(iter(known.values()))
                words = one.kind.replace("_", " ")
                found[one.ordinal] = f"the {words} {one.key} came before as {first} with other contents"
            else:
                here.setdefault(ident, {})[one.contents] = "an earlier message of this interchange"
        return found

    def learn(self, partner: Partner, messages: Iterable[Document], ending: Ending, label: str) -> None:
        """Remember what *messages* of the interchange *label* say, for those that come behind it in one batch."""
        for one in messages:
            way = ending.ways[one.ordinal]
            if one.contents and one.held != KEY_REUSED and way.end in (MessageIn.MAPPED, MessageIn.HELD) and way.held not in _UNSAID:
                self.known.setdefault((partner.name, one.kind, one.key), {})[one.contents] = label


def weighed(one: D, partner: Partner, why: str) -> D:
    """*one*, whose number came before with other contents, as the partner's policy has it: held or rejected."""
    if partner.policies.duplicate_key == "reject":
        return replace(one, verdict=Verdict.REJECTED.value, answer=acks.duplicate(one.answer))  # type: ignore[type-var]
    if one.held:
        return one  # its document waits for a person already
    return replace(one, held=KEY_REUSED, reason=why)  # type: ignore[type-var]


def fault(why: str, offset: int) -> FaultRow:
    """The fault that a rejected one shows to people; its answer has no place for it in X12."""
    return FaultRow(KEY_REUSED, "reject", "business", offset, "", 0, 0, 0, 0, "", "", "", why)
