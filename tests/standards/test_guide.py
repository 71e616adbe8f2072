"""Partners' guides: rules read, refused, and held against messages."""

import time

import pytest

from edigw.faults import Severity
from edigw.standards.check import check
from edigw.standards.guide import Guide, GuideError, rule
from edigw.standards.patterns import PatternError, bounded

BEG = "BEG*00*SA*A1**20261120"
MESSAGE = [BEG, "REF*DP*038", "TD5****M", "N1*ST*SHOP*92*0042", "N3*1 MAIN ST", "PO1*1*1*EA*9.25**UP*123456", "REF*VN*AB12", "PO1*2*1*DZ*9.25**UP*123456", "REF*VN*12AB"]


def broken(bench, path, says):
    checked = check(*bench.x12(MESSAGE), guide=Guide([rule(path, says)]))
    return [f"{one.segment} {one.at.short} {one.code.value.code[-4:]} {one.value}".rstrip() for one in checked.faults]


@pytest.mark.parametrize(
    ("path", "says", "faults"),
    [
        pytest.param("TD5", "forbidden", ["TD5 4 E002"], id="a forbidden segment"),
        pytest.param("TD3", "forbidden", [], id="one that is not there"),
        pytest.param("REF+DP", "required", [], id="a required qualifier"),
        pytest.param("REF+IA", "required", ["REF 4 E001"], id="one that is missing: where it should stand, behind the last REF"),
        pytest.param("PO1/REF+VN", "required", [], id="required in every line"),
        pytest.param("PO1/PID", "required", ["PID 8 E011", "PID 10 E011"], id="missing in every line"),
        pytest.param("PO1", {"max": "1"}, ["PO1 9 E010"], id="a second line of one"),
        pytest.param("PO1", {"min": "3"}, ["PO1 11 E011"], id="two lines of three: behind the last"),
        pytest.param("PO1/REF+VN", {"max": "0"}, ["REF 8 E009", "REF 10 E009"], id="none of a segment"),
        pytest.param("PO1.3", {"codes": ["EA", "CS"]}, ["PO1 9/3 E005 DZ"], id="a code of the partner's few"),
        pytest.param("BEG.4", "required", ["BEG 2/4 E003"], id="a required element"),
        pytest.param("BEG.5", "forbidden", ["BEG 2/5 E004 20261120"], id="a forbidden element"),
        pytest.param("PO1/REF+VN.2", {"length": "5..10"}, ["REF 8/2 E008 AB12", "REF 10/2 E008 12AB"], id="too short for the partner"),
        pytest.param("PO1/REF+VN.2", {"length": "4"}, [], id="an exact length"),
        pytest.param("BEG.3", {"max": "1"}, ["BEG 2/3 E006 A1"], id="too long"),
        pytest.param("PO1/REF+VN.2", {"pattern": "[A-Z]{2}[0-9]{1,6}"}, ["REF 10/2 E007 12AB"], id="a form"),
        pytest.param("N1+ST.4", {"required": "yes", "when": {"3": "92"}}, [], id="a condition that holds"),
        pytest.param("N1+ST.2", {"forbidden": "yes", "when": {"3": "92"}}, ["N1 5/2 E004 SHOP"], id="a value under it"),
        pytest.param("N1+ST.2", {"forbidden": "yes", "when": {"3": "9"}}, [], id="a condition that does not"),
        pytest.param("N1+ST.2", {"forbidden": "yes", "when": {"4": "absent"}}, [], id="something that is present"),
        pytest.param("N1/N4", {"required": "yes", "when": {"1": "ST"}}, ["N4 7 E001"], id="of a loop, by its trigger"),
    ],
)
def test_rules(bench, path, says, faults):
    assert broken(bench, path, says) == faults


def test_severity(bench):
    checked = check(*bench.x12(MESSAGE), guide=Guide([rule("TD5", {"forbidden": "yes", "severity": "note"})]))
    assert [one.severity for one in checked.faults] == [Severity.NOTE]


def test_edifact_components(bench):
    guide = Guide([rule("NAD+BY.2.1", {"length": "13"}), rule("LIN/PIA+5+SA", "required")])
    checked = check(*bench.edifact("BGM+220+1+9 DTM+137:20261120:102 NAD+BY+401234500::9 LIN+1 PIA+5+A1:SA LIN+2 PIA+5+A1:IN UNS+S"), guide=guide)
    assert [(one.segment, one.at.short, one.element_id, one.loop) for one in checked.faults] == [("NAD", "4/2.1", "3039", "SG2"), ("PIA", "8", "", "SG25")]


@pytest.mark.parametrize(
    ("path", "says", "text"),
    [
        pytest.param("PO1", {"requird": "yes"}, "no word of a guide", id="a word that is none"),
        pytest.param("PO1", "maybe", "no word of a guide", id="another"),
        pytest.param("po1", "required", "no segment tag", id="a path that is none"),
        pytest.param("PO1#2", "required", "leave # out", id="one occurrence"),
        pytest.param("PO1", {"required": "yes", "forbidden": "yes"}, "exclude", id="both"),
        pytest.param("PO1", {"codes": ["EA"]}, "asked of an element", id="codes of a segment"),
        pytest.param("PO1.3", {"codes": []}, "list of codes", id="no codes"),
        pytest.param("PO1.3", {"length": "x"}, "whole number", id="no number"),
        pytest.param("PO1.3", {"length": "5..2"}, "cannot both be", id="an empty span"),
        pytest.param("PO1.3", {"length": "5", "min": "2"}, "one of them", id="two spans"),
        pytest.param("PO1.3", {"required": "1"}, "yes or no", id="neither yes nor no"),
        pytest.param("PO1.3", {"severity": "fatal"}, "severity is one of", id="no severity"),
        pytest.param("PO1.3", {"when": {"REF": "x"}}, "when", id="a condition elsewhere"),
        pytest.param("PO1.3", {"pattern": "(a+)+"}, "pattern", id="a pattern that runs away"),
    ],
)
def test_rules_that_cannot_be_used(path, says, text):
    with pytest.raises(GuideError, match=text):
        rule(path, says)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("PO1.3", "", id="there it is"),
        pytest.param("PO1/REF+VN.2", "", id="in a loop"),
        pytest.param("N1/N4.1", "", id="in another"),
        pytest.param("HL/LIN", "no loop HL", id="another message's loop"),
        pytest.param("BIG.1", "no BIG", id="another message's segment"),
        pytest.param("BEG.20", "12 elements", id="an element too far"),
        pytest.param("REF.4.9", "6 components", id="a component too far"),
    ],
)
def test_places_the_release_does_not_have(bench, path, text):
    _, standard = bench.x12(MESSAGE)
    problems = [why for _, why in Guide([rule(path, "required")]).problems(standard)]
    assert (problems == []) if not text else (text in problems[0])


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("[A-Z]{2}[0-9]{1,6}", id="counts"),
        pytest.param("(?:AB|CD)[0-9]+", id="a branch"),
        pytest.param("[0-9]{4}(-[0-9]{2})?", id="an optional group"),
        pytest.param(r"(\d{3}-){2}\d{4}", id="a fixed group repeated"),
        pytest.param(r"[]\]a-z+*]{3}", id="a class with everything in it"),
        pytest.param(r"\(\d+\)", id="escaped brackets"),
        pytest.param("A.*", id="a beginning"),
    ],
)
def test_patterns_that_are_taken(pattern):
    assert bounded(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("(a+)+", id="a repetition repeated"),
        pytest.param("(a|aa)*", id="a branch repeated"),
        pytest.param("((a?){3}){9}", id="nested"),
        pytest.param("(?:x[ab]{1,3}){2,}", id="counted and repeated"),
        pytest.param(".*a.*b.*c", id="three open ends"),
        pytest.param(r"(a)\1", id="a reference"),
        pytest.param("(?=a)b", id="a look ahead"),
        pytest.param("(?P<n>a)", id="a name"),
        pytest.param("(", id="no pattern at all"),
        pytest.param("", id="nothing"),
        pytest.param("a" * 201, id="very long"),
    ],
)
def test_patterns_that_are_refused(pattern):
    with pytest.raises(PatternError):
        bounded(pattern)


def test_the_worst_value_for_a_pattern_we_take():
    started = time.process_time()
    assert not bounded(".*a.*b").fullmatch("a" * 256)
    assert time.process_time() - started < 1  # seconds of the processor; microseconds where it was written
