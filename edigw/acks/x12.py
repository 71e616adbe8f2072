"""What a 997 or 999 says of one transaction set: its faults as AK2..AK5 or AK2..IK5.

Pure, and without control numbers. The rule that shapes it: a partner's system reads the
answer by the table of the release it stands in, so nothing is said that this release has
no code or no element for. A fault without a code of its own is still counted (AK502 5).

One AK3 for each position and code; element errors of a segment share one AK3 with code 8.
Notes are never reported: they are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from edigw.faults import Fault, FaultCode, Place, Severity, Verdict
from edigw.judged import COMPONENT, AnswerSegment
from edigw.model import Element, Message
from edigw.records import dataclass

Kind = Literal["997", "999"]

#: Releases that have a 997. A group in any other is answered in FALLBACK.
# fmt: off
RELEASES: Final = frozenset({
    "002001", "002002", "002003", "002040", "003010", "003020", "003030", "003040", "003050", "003060", "003070",
    "004010", "004020", "004030", "004040", "004050", "005010", "005020", "005030", "005040", "005050", "006010", "006020", "006030",
})
# fmt: on
FALLBACK: Final = "004010"
IMPLEMENTATION: Final = "005010X231A1"  # the one 999 there is in use

MOST_ELEMENTS: Final = 99  # AK4 in one AK3, by the table of every release
MOST_CODES: Final = 5  # AK502..AK506, AK905..AK909

#: What the service characters of our answers are; a copied value may hold none of them.
_LIVE = re.compile(r"[*>~^\x00-\x1f\x7f-\U0010ffff]")

_SETS_LETTER: Final = {Verdict.ACCEPTED: "A", Verdict.ACCEPTED_WITH_ERRORS: "E", Verdict.REJECTED: "R"}

#: Faults of a partner's guide have words of their own in a 999 (IK304, IK403): as such, and where a
#: condition of the guide asked for it.
_GUIDE: Final = {
    FaultCode.GUIDE_REQUIRED: ("I8", "I6"),
    FaultCode.GUIDE_LOOP_REQUIRED: ("I7", "I6"),
    FaultCode.GUIDE_FORBIDDEN: ("I4", "I9"),
    FaultCode.GUIDE_ELEMENT_REQUIRED: ("1", "I9"),
    FaultCode.GUIDE_ELEMENT_FORBIDDEN: ("I10", "I13"),
    FaultCode.GUIDE_CODE: ("I6", "I6"),
    FaultCode.GUIDE_PATTERN: ("I12", "I12"),
}
#: Codes whose bad value is not copied: it would carry the invalid characters back.
_NO_COPY: Final = "6"


@dataclass(frozen=True, slots=True)
class Words:
    """What the 997 of one release can say."""

    release: str

    @property
    def segment_code_8(self) -> bool:
        return self.release >= "003050"

    @property
    def composite_position(self) -> bool:
        """AK401 is a composite with the component, and from 004020 with the repeat."""
        return self.release >= "003050"

    @property
    def repeats(self) -> bool:
        return self.release >= "004020"

    @property
    def versions(self) -> bool:
        """AK103 and AK203 are there."""
        return self.release >= "004050"

    @property
    def widest_loop(self) -> int:
        return 6 if "003070" <= self.release <= "004040" else 4

    @property
    def last_position(self) -> int:
        return 9_999_999_999 if self.release >= "005010" else 999_999

    def element(self, code: str) -> str:
        """AK403 *code*, or the nearest that this release has."""
        if code in ("12", "13") and self.release < "004020":
            return "3"
        if code == "10" and self.release < "003020":
            return "2"
        return code

    def message(self, code: str) -> str:
        """AK502 *code*, or the nearest that this release has."""
        return "7" if code == "23" and self.release < "003030" else code

    def group(self, code: str) -> str:
        """AK905 *code*; ``""`` where this release has none for it."""
        if code in ("6", "19") and self.release < "003020":
            return ""
        return "" if code == "19" and self.release in ("004020", "004030") else code


def answer_release(kind: Kind, release: str) -> str:
    """The release an answer to a group in *release* is written in."""
    if kind == "999":
        return IMPLEMENTATION[:6]
    return release if release in RELEASES else FALLBACK


def message_part(message: Message, faults: Iterable[Fault], verdict: Verdict, kind: Kind) -> tuple[AnswerSegment, ...]:
    """AK2..AK5 (997) or AK2..IK5 (999) of one transaction set.

    *faults* are weighed by the partner's policy; those below a warning are left out.
    """
    words = Words(answer_release(kind, message.release))
    header = message.header()
    told = [one for one in faults if one.severity >= Severity.WARN]
    out = [trimmed("AK2", set_id(message.type), set_number(message.control_number), safe(_text(header, 3))[:35] if words.versions else "")]
    errors = list(_segments(told, kind, words))
    out += errors
    codes = list(dict.fromkeys(words.message(one.code.spelling("x12")) for one in told if one.code.place is Place.MESSAGE))
    inside = [one for one in told if one.code.place is not Place.MESSAGE]
    if errors or inside:
        guides = [kind == "999" and one.code in _GUIDE for one in inside]
        codes += ["5"] * (not all(guides)) + ["I5"] * any(guides)
    said = [code for code in dict.fromkeys(codes) if code]
    if not said and verdict is not Verdict.ACCEPTED and told:
        said = ["5"]
    out.append(trimmed("IK5" if kind == "999" else "AK5", _SETS_LETTER[verdict], *said[:MOST_CODES]))
    return tuple(out)


def set_id(sent: str) -> str:
    """ST01 as AK201 can carry it: three characters."""
    bare = re.sub("[^A-Z0-9]", "", sent.upper())
    return bare[:3].rjust(3, "0")


def set_number(sent: str) -> str:
    """ST02 as AK202 can carry it: 4 to 9 characters. A short number gets the zeros it lacks, as an
    otherwise equal reference does when we read one."""
    return safe(sent).replace(" ", "")[:9].rjust(4, "0")


def safe(value: str) -> str:
    """*value* without what would cut or damage the answer: such characters become blanks.

    Blanks at its ends go too. ``""``: nothing is left that could be shown.
    """
    return _LIVE.sub(" ", value).strip()


def trimmed(*segment: str) -> AnswerSegment:
    """A segment without the empty elements behind its last value."""
    end = len(segment)
    while end > 1 and not segment[end - 1]:
        end -= 1
    return segment[:end]


def _text(cut: Sequence[Element], element: int) -> str:
    value = cut[element] if element < len(cut) else ""
    return value if isinstance(value, str) else ""


def _segments(told: Sequence[Fault], kind: Kind, words: Words) -> Iterable[AnswerSegment]:
    """AK3 with its AK4, by position. Faults of the set as a whole are not here."""
    placed: dict[int, list[Fault]] = {}
    for one in told:
        if one.code.place in (Place.SEGMENT, Place.ELEMENT) and one.at.segment:
            placed.setdefault(one.at.segment, []).append(one)
    for at in sorted(placed):
        yield from _segment(at, placed[at], kind, words)


def _segment(at: int, faults: Sequence[Fault], kind: Kind, words: Words) -> Iterable[AnswerSegment]:
    seen: set[tuple[str, str]] = set()
    elements: list[Fault] = []
    bare: Fault | None = None  # the segment has errors that no AK4 can carry
    for one in faults:
        if one.code.place is Place.ELEMENT and one.at.element and element_code(one, kind, words):
            elements.append(one)
            continue
        code = _segment_code(one, kind)
        if code in ("", "8"):
            bare = bare or one
        elif (one.segment, code) not in seen:
            seen.add((one.segment, code))
            yield _note(at, one, code, kind, words)
            yield from _context(one, kind)
    if not elements and bare is None:
        return
    yield _note(at, elements[0] if elements else bare or faults[0], "8" if words.segment_code_8 else "", kind, words)
    for one in elements[:MOST_ELEMENTS]:
        yield from _element(one, kind, words)


def _segment_code(one: Fault, kind: Kind) -> str:
    if one.code.place is not Place.SEGMENT:
        return ""
    return _guide_code(one, kind) or one.code.spelling("x12")


def element_code(one: Fault, kind: Kind, words: Words) -> str:
    """AK403 or IK403 of a fault; ``""`` where neither has a word for it."""
    return _guide_code(one, kind) or words.element(one.code.spelling("x12"))


def _guide_code(one: Fault, kind: Kind) -> str:
    """What only a 999 can say of a partner's guide; ``""`` for any other fault."""
    if kind != "999" or one.code not in _GUIDE:
        return ""
    return _GUIDE[one.code][one.because is not None]


def _note(at: int, one: Fault, code: str, kind: Kind, words: Words) -> AnswerSegment:
    loop = safe(one.loop)[: words.widest_loop]
    return trimmed("IK3" if kind == "999" else "AK3", _tag(one.segment), str(min(at, words.last_position)), loop, code)


def _tag(sent: str) -> str:
    """A segment id as AK301 can carry it: two or three letters and digits, as they were sent."""
    bare = re.sub("[^A-Za-z0-9]", "", sent)[:3]
    return bare if len(bare) > 1 else "ZZZ"


def _element(one: Fault, kind: Kind, words: Words) -> Iterable[AnswerSegment]:
    place = [str(min(one.at.element, 99))]
    if words.composite_position:
        if one.at.component:
            place.append(str(min(one.at.component, 99)))
        if one.at.repeat and words.repeats:
            place += [""] * (2 - len(place)) + [str(min(one.at.repeat, 9999))]
    code = element_code(one, kind, words)
    number = one.element_id if re.fullmatch("[0-9]{1,4}", one.element_id) else ""
    value = "" if code == _NO_COPY else safe(one.value)[:99]
    yield trimmed("IK4" if kind == "999" else "AK4", COMPONENT.join(place), number, code, value)
    yield from _context(one, kind)


def _context(one: Fault, kind: Kind) -> Iterable[AnswerSegment]:
    """CTX: which element of which segment made the guide ask for this. The base standard's own notes need none."""
    if kind != "999" or one.because is None:
        return
    tag, where = one.because
    place = [str(min(where.element, 99))] if where.element else []
    if place and where.component:
        place.append(str(min(where.component, 99)))
    yield trimmed("CTX", "SITUATIONAL TRIGGER", _tag(tag), str(where.segment), "", COMPONENT.join(place))
