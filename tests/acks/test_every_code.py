"""Every code we can say, in every release: written, checked by our own check, read back, and witnessed.

Not by hand: the law is that whatever is found wrong, the answer is itself without fault.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from edigw import acks, judge, parsers, standards
from edigw.acks import words, x12
from edigw.faults import Fault, FaultCode, Place, Severity, Verdict
from edigw.judging import rows
from edigw.model import Position
from edigw.parsers import witness
from edigw.standards import check

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
OK_X12 = ["BEG*00*SA*PO-1**20261120", "PO1*1*10*EA*9.25**VN*A1", "CTT*1"]
OK_EDIFACT = ["BGM+220+PO-1+9", "DTM+137:20261120:102", "NAD+BY+4000001000005::9", "LIN+1", "UNS+S"]

#: What an element may hold that was wrong: separators of ours, controls, bidi marks, letters of other scripts, much of it.
UGLY = "A*B~C>D^E'F+G:H?\x1b\x1f\u202eÄЖ" + 90 * "9"


def _fault(code: FaultCode, severity: Severity = Severity.REJECT) -> Fault:
    where = Position(100, 3, 2, 1, 2) if code.place is Place.ELEMENT else Position(100, 3)
    return Fault(code, where, UGLY[:99], "", "N1", "N1", "93", severity)


def _bytes(found: judge.Found, message: judge.JudgedMessage) -> list[bytes]:
    assert found.judged is not None
    made = acks.assemble(found, found.judged.groups, [message], found.judged.faults, now=NOW)
    return [parsers.write(acks.number(one, number)) for number, one in enumerate(made, 1)]


def _flawless(data: bytes) -> list[acks.Receipt]:
    """What our own reader makes of an answer that has no fault at all, by check and by the witness."""
    (interchange,) = parsers.split(data)
    assert not hasattr(interchange, "reason")
    assert [str(one) for one in interchange.faults] == []
    reading = parsers.read(data, interchange)
    receipts = []
    for message in reading:
        standard = standards.find(message.notation.syntax, message.type, message.release)
        assert standard is not None
        # IK502 I5 came into the list with 005040, and into the 999 that everybody uses with its addendum.
        assert [str(one) for one in check.check(message, standard).faults if (one.segment, one.value) != ("IK5", "I5")] == []
        receipts.append(acks.read(message))
    assert [str(one) for one in reading.faults] == []
    assert [str(one) for group in reading.groups for one in group.faults] == []
    receipts += [acks.read_ta1(cut) for cut in reading.loose]
    assert witness.differences(data) == []
    return receipts


def _message(data: bytes):
    return next(parsers.read(data, parsers.split(data)[0]))


INSIDE = [code for code in FaultCode if code.place in (Place.MESSAGE, Place.SEGMENT, Place.ELEMENT)]


@pytest.mark.parametrize(
    ("release", "kind"), [*((one, "997") for one in sorted(x12.RELEASES) if standards.find("x12", "850", one)), ("005010", "999")]
)
def test_sets(make_x12, judge_one, release, kind):
    data = make_x12(OK_X12, release=release)
    found, message = judge_one(data), _message(data)
    assert found.judged is not None
    for code in INSIDE:
        if code.code.startswith("EDIGW-EDIFACT"):
            continue
        part = acks.message_part(message, [_fault(code)], Verdict.REJECTED, kind)
        (answer,) = _bytes(found, replace(found.judged.messages[0], verdict="rejected", answer=part))
        (receipt,) = _flawless(answer)
        (group,) = receipt.groups
        (said,) = group.messages
        assert (group.verdict, group.included, group.received, group.accepted) == ("rejected", 1, 1, 0)
        assert (said.type, said.control_number, said.verdict) == ("850", "0001", "rejected")
        assert said.errors, code
        assert all(one.text for one in said.errors), said.errors
        if code.place is not Place.MESSAGE:
            (complaint,) = said.complaints
            assert (complaint.segment, complaint.position, complaint.loop) == ("N1", 3, "N1")
            bare = release < "003050" and not complaint.element  # before 003050 nothing says "elements are in error"
            assert complaint.text or (bare and complaint.code == "")


def test_all_at_once(make_x12, judge_one):
    data = make_x12(OK_X12)
    found, message = judge_one(data), _message(data)
    assert found.judged is not None
    every = [_fault(code, severity) for code in INSIDE for severity in (Severity.NOTE, Severity.WARN, Severity.REJECT)]
    part = acks.message_part(message, every, Verdict.REJECTED, "997")
    (answer,) = _bytes(found, replace(found.judged.messages[0], verdict="rejected", answer=part))
    _flawless(answer)


@pytest.mark.parametrize("code", [code for code in FaultCode if code.place is Place.GROUP], ids=lambda code: code.code)
@pytest.mark.parametrize("release", ["003010", "004010", "004030", "005010"])
def test_x12_groups(make_x12, judge_one, release, code):
    found = judge_one(make_x12(OK_X12, release=release))
    assert found.judged is not None
    (group,) = found.judged.groups
    judged = replace(found.judged, groups=(replace(group, faults=tuple(rows([_fault(code)]))),))
    (answer,) = _bytes(replace(found, judged=judged), found.judged.messages[0])
    (receipt,) = _flawless(answer)
    assert receipt.verdict == "rejected"
    assert all(one.text == words.GROUP_ERRORS[one.code] for one in receipt.groups[0].errors)


@pytest.mark.parametrize("code", [code for code in FaultCode if code.place is Place.INTERCHANGE], ids=lambda code: code.code)
def test_interchanges(make_x12, make_edifact, judge_one, code):
    for data, kind in (
        (make_x12(OK_X12), "ta1"),
        (make_edifact(OK_EDIFACT), "contrl"),
        (make_edifact(OK_EDIFACT, syntax="UNOC:4"), "contrl"),
    ):
        found = judge_one(data)
        assert found.judged is not None
        where = replace(_fault(code), at=Position(3, 0, 5, 2), segment="UNB" if kind == "contrl" else "ISA")
        judged = replace(found.judged, faults=tuple(rows([where])))
        receipts = [one for answer in _bytes(replace(found, judged=judged), found.judged.messages[0]) for one in _flawless(answer)]
        assert (receipts[0].kind, receipts[0].verdict) == (kind, "rejected")
        assert receipts[0].errors[0].text


@pytest.mark.parametrize("syntax", ["UNOB:1", "UNOC:2", "UNOC:3", "UNOY:4"])
def test_messages(make_edifact, judge_one, syntax):
    data = make_edifact(OK_EDIFACT, syntax=syntax)
    found, message = judge_one(data), _message(data)
    assert found.judged is not None
    for code in INSIDE:
        if code.code.startswith("EDIGW-X12"):
            continue
        part = acks.message_part(message, [_fault(code)], Verdict.REJECTED, "contrl")
        (answer,) = _bytes(found, replace(found.judged.messages[0], verdict="rejected", answer=part))
        (receipt,) = _flawless(answer)
        assert (receipt.kind, receipt.verdict, receipt.control_number) == ("contrl", "accepted", "REF905")
        assert (receipt.sender, receipt.receiver) == ("14:4000001000005", "14:4012345000009")
        (said,) = receipt.messages
        assert (said.type, said.control_number, said.verdict) == ("ORDERS", "1", "rejected")
        if code.place is Place.MESSAGE:
            assert said.errors[0].text
        else:
            (complaint,) = said.complaints
            assert complaint.position == 3
            assert complaint.text
            if code.place is Place.ELEMENT:
                assert (complaint.element, complaint.component) == (2, 1)


def test_the_releases_with_a_997_are_those_of_the_dictionary():
    assert frozenset(standards.releases("x12", "997")) == x12.RELEASES


@pytest.mark.parametrize("release", sorted(x12.RELEASES))
def test_the_words_of_a_release_are_in_its_lists(release):
    standard = standards.find("x12", "997", release)
    assert standard is not None
    said = x12.Words(release)
    for place, segment, element, spoken in (
        (Place.ELEMENT, "AK4", 3, said.element),
        (Place.MESSAGE, "AK5", 2, said.message),
        (Place.GROUP, "AK9", 5, said.group),
    ):
        definition = standard.segments[segment].elements[element - 1].element
        assert definition is not None
        if definition.codes is None:
            continue
        spelled = {spoken(code.spelling("x12")) for code in FaultCode if code.place is place} - {""}
        assert spelled <= definition.codes
