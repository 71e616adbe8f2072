"""What came out of a map, held against the standard: check's faults told as members and lines.

The same check judges what partners send. Its positions become drafts again, and these know
which member and which line of the map filled each place.
"""

from __future__ import annotations

from collections.abc import Sequence

from edigw.faults import Fault, Policy, Severity
from edigw.mappings.drafts import bound
from edigw.mappings.fill import Filler
from edigw.mappings.plan import spot_text
from edigw.model import Cut, Delimiters, Message, Notation
from edigw.standards import check
from edigw.standards.schema import Standard


def judge(filler: Filler, cuts: Sequence[Cut], association: str, policy: Policy) -> None:
    """What check says of what came out, told as members of the document."""
    message = _message(filler.standard, cuts, filler.delimiters, filler.charset, association)
    guide = filler.program.guide
    checked = check.check(message, filler.standard, guide=guide or None, policy=policy)
    for one in checked.faults:
        if one.severity >= Severity.WARN:
            _tell(filler, one)


def _tell(filler: Filler, one: Fault) -> None:
    text = one.code.value.text + (f", {one.value!r}" if one.value else "") + (f", {one.note}" if one.note else "")
    number = one.at.segment - 2
    if not 0 <= number < len(filler.drafts):
        filler.problem("", None, f"{one.segment}: {text} ({one.code.code})")
        return
    draft = filler.drafts[number]
    spot = (one.at.element, one.at.component)
    said = draft.values.get(spot) or draft.values.get((spot[0], 1)) or draft.values.get((spot[0], 0))
    where = f"{draft.tag}.{spot_text(spot)}" if spot[0] else one.segment or draft.tag
    path, place = (said.path, said.place) if said else bound(draft, spot)
    filler.problem(path, place, f"{where}: {text} ({one.code.code})")


def _message(standard: Standard, cuts: Sequence[Cut], delimiters: Delimiters, charset: str, association: str) -> Message:
    """The segments as a message, with header and trailer, for check."""
    if standard.syntax == "x12":
        header: Cut = ["ST", standard.type, "0001"]
        trailer: Cut = ["SE", str(len(cuts) + 2), "0001"]
    else:
        version, release = standard.release[:1], standard.release[1:]
        identifier = [standard.type, version, release, "UN"] + ([association] if association else [])
        header = ["UNH", "1", identifier]
        trailer = ["UNT", str(len(cuts) + 2), "1"]
    notation = Notation(standard.syntax, delimiters, charset, list)
    texts = [""] * (len(cuts) + 2)
    message = Message(standard.type, standard.release, association, "1", notation, texts, 0, 0)
    message._cuts = [header, *(_encoded(cut, charset) for cut in cuts), trailer]
    return message


def _encoded(cut: Cut, charset: str) -> Cut:
    """Real characters as latin-1 text of their bytes, as they will be read."""
    return [_bytes(one, charset) if isinstance(one, str) else [_bytes(str(part), charset) for part in one] for one in cut]


def _bytes(text: str, charset: str) -> str:
    return text if text.isascii() else text.encode(charset).decode("latin-1")
