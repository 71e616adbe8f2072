"""Messages walked along their tables: where segments land, and what one mistake costs."""

from functools import partial

import pytest

from edigw.standards.schema import Node
from edigw.standards.walk import walk


def outline(node: Node) -> str:
    """A tree on one line: loops in parentheses behind their name."""
    parts = [f"{child.loop.name}({outline(child)})" if isinstance(child, Node) else child.row.tag for child in node.children]
    return " ".join(parts)


def found(walked) -> list[str]:
    return [f"{one.at.segment} {one.segment} {one.code.value.x12}" for one in walked.faults]


@pytest.mark.parametrize(
    ("segments", "tree"),
    [
        pytest.param("BEG REF REF N1 N3 N4 PO1 PID PO1 CTT", "ST BEG REF REF N1(N1 N3 N4) PO1(PO1 PID(PID)) PO1(PO1) CTT(CTT) SE", id="heading, lines, summary"),
        pytest.param("BEG N1 REF N1 PO1 REF N1 REF CTT AMT", "ST BEG N1(N1 REF) N1(N1) PO1(PO1 REF N1(N1 REF)) CTT(CTT AMT) SE", id="the same tags in several loops"),
        pytest.param("BEG PO1 LS LDT QTY LDT LE PO1", "ST BEG PO1(PO1 LS(LS LDT(LDT QTY) LDT(LDT) LE)) PO1(PO1) SE", id="a bounded loop"),
        pytest.param("BEG SAC CUR PO1 SAC CUR CTP", "ST BEG SAC(SAC CUR) PO1(PO1 SAC(SAC CUR CTP)) SE", id="loops told apart by where they stand"),
    ],
)
def test_trees(bench, segments, tree):
    walked = walk(*bench.x12(segments))
    assert walked.faults == []
    assert outline(walked.root) == tree


def test_an_edifact_tree(bench):
    walked = walk(*bench.edifact("BGM DTM NAD NAD CTA COM CUX LIN PIA QTY PRI LIN QTY UNS MOA CNT"))
    assert walked.faults == []
    assert outline(walked.root) == "UNH BGM DTM SG2(NAD) SG2(NAD SG5(CTA COM)) SG7(CUX) SG25(LIN PIA QTY SG28(PRI)) SG25(LIN QTY) UNS MOA CNT UNT"


def test_ordinals_count_within_the_parent(bench):
    walked = walk(*bench.x12("BEG PO1 PID PID PO1 PID"))
    lines = [child for child in walked.root.children if isinstance(child, Node)]
    assert [line.ordinal for line in lines] == [1, 2]
    assert [[child.ordinal for child in line.children if isinstance(child, Node)] for line in lines] == [[1, 2], [1]]


@pytest.mark.parametrize(
    ("segments", "faults"),
    [
        pytest.param("BEG XYZ PO1", ["3 XYZ 1"], id="a segment nobody knows"),
        pytest.param("BEG CLD PO1", ["3 CLD 6"], id="one that other sets have"),
        pytest.param("BEG PO1 CTT BEG", ["5 BEG 7"], id="one whose place is past"),
        pytest.param("BEG FA2 PO1", ["3 FA2 2"], id="one of a loop that is not open"),
        pytest.param("REF PO1", ["2 BEG 3"], id="BEG missing, counted where it should stand"),
        pytest.param("BEG CTT", ["3 PO1 3"], id="no line at all"),
        pytest.param("BEG", ["3 PO1 3"], id="nothing but a beginning"),
        pytest.param("BEG BEG PO1", ["3 BEG 5"], id="BEG twice"),
        pytest.param("BEG PER PER PER PER PO1", ["6 PER 5"], id="a fourth PER of three"),
        pytest.param("BEG PO1 CTT CTT", ["5 CTT 4"], id="a loop once too often"),
        pytest.param("BEG AMT FA1 PO1", ["5 FA2 3"], id="a loop left without its mandatory segment"),
        pytest.param("BEG DTM REF PO1", ["4 REF 7"], id="two segments changed places"),
        pytest.param("BEG CTT PO1 PO1 CTT", ["3 CTT 7"], id="the summary's segment too early does not cost the lines"),
        pytest.param("BEG PO1 CTT N1 N3 N4 REF", ["5 N1 7"], id="a misplaced trigger takes its loop along"),
        pytest.param("BEG AMT FA1 N9 MSG FA2 PO1", ["5 N9 7"], id="a stray loop inside another"),
        pytest.param("BEG XYZ ZYX PO1 CTT CTT", ["3 XYZ 1", "4 ZYX 1", "7 CTT 4"], id="three mistakes"),
    ],
)
def test_one_mistake_is_one_fault(bench, segments, faults):
    assert found(walk(*bench.x12(segments))) == faults


@pytest.mark.parametrize(
    ("segments", "faults"),
    [
        pytest.param("DTM LIN UNS", ["1 BGM 3"], id="BGM missing: at the last segment before it"),
        pytest.param("BGM DTM LIN QTY", ["5 UNS 3"], id="UNS missing"),
        pytest.param("BGM LIN UNS CNT", ["2 DTM 3"], id="DTM missing"),
        pytest.param("BGM DTM UNS LIN QTY LIN QTY CNT", ["4 UNS 7"], id="UNS before the lines"),
        pytest.param("BGM DTM LIN QTY UNS CNT LIN", ["8 LIN 7"], id="a line behind the summary"),
        pytest.param("DTM BGM LIN UNS", ["2 DTM 7"], id="BGM and DTM changed places"),
        pytest.param("BGM DTM NAD LIN QTY NAD UNS", [], id="NAD at a line"),
    ],
)
def test_places_of_faults_in_edifact(bench, segments, faults):
    assert found(walk(*bench.edifact(segments))) == faults


def test_a_missing_trailer_is_not_said_twice(bench):
    message, standard = bench.x12("BEG PO1")
    del message.texts[-1]
    assert walk(message, standard).faults == []


def test_what_does_not_fit_is_kept_outside_the_tree(bench):
    walked = walk(*bench.x12("BEG XYZ PO1 CTT N1 N3"))
    assert [(one.index, one.cut[0]) for one in walked.unplaced] == [(3, "XYZ"), (6, "N1"), (7, "N3")]
    assert outline(walked.root) == "ST BEG PO1(PO1) CTT(CTT) SE"
    assert [loop is None for loop in walked.places] == [False, False, True, False, False, True, True, False]


def test_what_comes_too_often_stays_in_the_tree(bench):
    walked = walk(*bench.x12("BEG PO1 CTT CTT"))
    assert outline(walked.root) == "ST BEG PO1(PO1) CTT(CTT) CTT(CTT) SE"


def test_floating_segments(bench):
    """NTE stands anywhere in early releases, a hundred times in all."""
    walked = walk(*bench.x12("BIG NTE IT1 NTE TDS CTT NTE", "810", "003010"))
    assert walked.faults == []
    assert outline(walked.root) == "ST BIG NTE IT1(IT1) NTE TDS CTT NTE SE"
    many = walk(*bench.x12("BIG " + "NTE " * 101 + "IT1 TDS CTT", "810", "003010"))
    assert found(many) == ["103 NTE 5"]


def test_neighbouring_loops_with_one_trigger(bench):
    """832 004040 has two bounded loops side by side; what follows LS tells which is meant."""
    message, standard = bench.x12("BCT LIN CTP LS LX LE", "832", "004040")
    loops = [row for row in _loops(standard.root) if row.tag == "LS"]
    inner = [row.rows[1].tag for row in loops]
    second = next(tag for tag in inner if tag != inner[0])
    message, standard = bench.x12(f"BCT LIN CTP LS {second} LE", "832", "004040")
    walked = walk(message, standard)
    assert [one for one in walked.faults if one.segment in ("LS", second)] == []


def _loops(root):
    pending = [root]
    while pending:
        for row in pending.pop().rows:
            if hasattr(row, "rows"):
                pending.append(row)
                yield row


def test_a_tag_with_components(bench):
    """EDIFACT's explicit nesting (LIN:1) is read by its tag."""
    walked = walk(*bench.edifact("BGM DTM LIN:1 UNS"))
    assert walked.faults == []


@pytest.mark.parametrize(
    "segments",
    [
        pytest.param("PO1 PID REF ", id="clean"),
        pytest.param("XYZ ", id="unknown"),
        pytest.param("CTT PO1 ", id="jumps there and back"),
        pytest.param("AMT FA1 N9 ", id="something mandatory missing every time"),
        pytest.param("FA2 N1 N3 SPI ", id="strays"),
    ],
)
def test_work_grows_with_length_only(bench, segments, calls):
    few, many = (calls(partial(walk, *_read(bench, "BEG " + segments * times))) for times in (500, 4_000))
    assert many < 9 * few


def _read(bench, segments):
    message, standard = bench.x12(segments)
    message.segments()
    return message, standard
