"""A message read along its table: which segment stands in which row, loop by loop.

Greedy, as the tables are made to be read: a segment belongs to the nearest row ahead
that takes its tag, the innermost open loop first. Counts, mandatory rows and the order
are judged on the way; what segments carry is ``check``'s business.

One mistake gives one fault. Where a segment does not fit, ``ways`` lists how it may be
meant, and the one on which the segments behind it fit longest is taken. What was found in
a wrong place is not missing as well; what does not fit is left out of the tree and kept.
One pass, no recursion: a message of a million segments is bounded by its length times
the depth of its table.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import field
from typing import Final

from edigw.faults import Fault, FaultCode, fault
from edigw.model import Cut, Element, Message
from edigw.records import dataclass
from edigw.standards import ways
from edigw.standards.schema import Loop, Node, Placed, Row, Standard
from edigw.standards.tracks import next_row, track
from edigw.standards.ways import Before, Frame, Way

#: More faults than this in one message and the rest is not kept: it is refused anyway, and a
#: hostile million of them must fill neither memory nor the ledger.
FAULTS_KEPT: Final = 5000
#: So many are looked at closely. A message with more has not been put together by one mistake.
LOOKED_AT: Final = 500
_NEVER: Final = 1 << 60


@dataclass(slots=True)
class Unplaced:
    """A segment that found no row: *index* is 1-based from ST/UNH."""

    index: int
    cut: Cut


@dataclass(slots=True)
class Walk:
    """A message as a tree. *places* has one entry a segment: its loop, or None where it found no row."""

    root: Node
    faults: list[Fault]
    unplaced: list[Unplaced] = field(default_factory=list)
    places: list[Loop | None] = field(default_factory=list)


def walk(message: Message, standard: Standard) -> Walk:
    """Every segment of *message* put into its row of *standard*'s table.

    Header and trailer are rows like any other. A missing trailer is not repeated here: the
    parser has said so in ``Message.faults``. Never raises on what a partner sent.
    """
    return _Walker(message, standard).run()


class _Walker:
    """One walk: the open loops, innermost last, and what was found on the way."""

    def __init__(self, message: Message, standard: Standard) -> None:
        self.message = message
        self.standard = standard
        self.cuts = message.segments()
        self.track = track(standard)
        self.root = Node(standard.root, 1)
        self.stack = [Frame(self.track, self.root)]
        self.faults: list[Fault] = []
        self.unplaced: list[Unplaced] = []
        self.places: list[Loop | None] = []
        self.floated: dict[str, int] = {}
        self.misplaced: set[str] = set()  # tags that were read, but not in their place
        self.missed: dict[str, Fault] = {}  # tags that were said to be missing
        self.before: Before | None = None  # how it stood before the last segment was placed cleanly
        self.stray: list[Frame] = []  # the loop whose segments follow its trigger out of the tree
        self._occurrences: dict[str, list[int]] | None = None

    def run(self) -> Walk:
        stack, places = self.stack, self.places
        for index, cut in enumerate(self.cuts, 1):
            tag = cut[0]
            if not isinstance(tag, str):  # EDIFACT's explicit nesting (LIN:1), or damage
                tag = tag_of(cut)
            if self.stray:
                if ways.follows(self.stray, tag):
                    self.unplaced.append(Unplaced(index, cut))
                    places.append(None)
                    continue
                self.stray = []
            # The common case, in line: the next clean row, innermost loop first.
            depth = len(stack) - 1
            while depth >= 0:
                frame = stack[depth]
                inside, row = frame.track, frame.row
                found = inside.ahead.get(tag)
                if found is not None:
                    at = next_row(found, row, frame.count, inside.most)
                    if at >= 0:
                        if inside.mandatory[row] >= at:
                            if tag in inside.twins:
                                at = self.told_apart(frame, found, at, index)
                            elif at in inside.marks and self.too_early(frame, at, index):
                                depth = -1
                            break
                        depth = -1
                        break
                if inside.mandatory[row] < len(inside.most):  # leaving this loop leaves something mandatory out
                    depth = -1
                    break
                depth -= 1
            if depth >= 0:
                places.append(self._place(depth, at, index, cut))
            else:
                places.append(self._trouble(index, cut, tag))
        self._close()
        return Walk(self.root, self.faults, self.unplaced, places)

    # What a segment's place depends on, asked here and by ``ways`` when it looks ahead.

    def clean(self, stack: Sequence[Frame], tag: str, index: int) -> tuple[int, int] | None:
        """The row that takes *tag* with nothing left out, as (depth, row): what ``run`` does in line."""
        for depth in range(len(stack) - 1, -1, -1):
            frame = stack[depth]
            inside, row = frame.track, frame.row
            found = inside.ahead.get(tag)
            at = next_row(found, row, frame.count, inside.most) if found is not None else -1
            if found is not None and at >= 0:
                if inside.mandatory[row] < at:
                    return None
                if tag in inside.twins:
                    at = self.told_apart(frame, found, at, index)
                elif at in inside.marks and self.too_early(frame, at, index):
                    return None
                return depth, at
            if inside.mandatory[row] < len(inside.most):
                return None
        return None

    def told_apart(self, frame: Frame, found: tuple[int, ...], at: int, index: int) -> int:
        """Of neighbouring loops with one trigger (LS, N1, NAD), the one that takes the next segment."""
        following = self.tag(index + 1)
        inside = frame.track
        for other in found:
            inner = inside.inner[other]
            if other >= at and other <= inside.mandatory[frame.row] and inner is not None and following in inner.ahead:
                return other
        return at

    def too_early(self, frame: Frame, at: int, index: int) -> bool:
        """Whether the end of a section stands before loops of that section: then it is misplaced, not they.

        Behind loops of a kind that comes again it is so only if the next segment is theirs.
        """
        inside = frame.track
        for place in inside.marks[at]:
            loop = inside.loop.rows[place]
            if place > frame.row and self.comes(loop.tag, index):
                return True
            if place == frame.row and self.comes(loop.tag, index):
                following, inner, own = self.tag(index + 1), inside.inner[place], inside.inner[at]
                theirs = inner is not None and following in inner.within and (own is None or following not in own.ahead)
                if theirs and not any(row > at for row in inside.ahead.get(following, ())):
                    return True
        return False

    def candidate(self, stack: Sequence[Frame], tag: str, index: int) -> tuple[int, int] | None:
        """The row that takes *tag* if what lies before it were left out."""
        for depth in range(len(stack) - 1, -1, -1):
            frame = stack[depth]
            found = frame.track.ahead.get(tag)
            at = next_row(found, frame.row, frame.count, frame.track.most) if found is not None else -1
            if at >= 0:
                early = at in frame.track.marks and self.too_early(frame, at, index)
                return None if early else (depth, at)
        return None

    def tag(self, index: int) -> str:
        """The tag of segment *index*; ``""`` behind the last."""
        return tag_of(self.cuts[index - 1]) if 0 < index <= len(self.cuts) else ""

    def after(self, tag: str, index: int) -> int:
        """The first place of *tag* behind *index*."""
        if self._occurrences is None:
            self._occurrences = defaultdict(list)
            for at, cut in enumerate(self.cuts, 1):
                if isinstance(cut[0], str):
                    self._occurrences[cut[0]].append(at)
        places = self._occurrences.get(tag, [])
        found = bisect_right(places, index)
        return places[found] if found < len(places) else _NEVER

    def comes(self, tag: str, index: int) -> bool:
        """Whether *tag* stands anywhere behind *index*."""
        return self.after(tag, index) != _NEVER

    # Placing

    def _place(self, depth: int, at: int, index: int, cut: Cut) -> Loop:
        """Put a segment into row *at* of the open loop at *depth*; inner loops close."""
        stack = self.stack
        frame = stack[depth]
        self.before = index, depth, stack[depth + 1 :], frame.row, frame.count
        del stack[depth + 1 :]
        frame.take(at)
        inner = frame.track.inner[at]
        if inner is None:
            row = frame.track.loop.rows[at]
            assert isinstance(row, Row)
            frame.node.children.append(Placed(cut, index, row))
            return frame.track.loop
        node = Node(inner.loop, frame.count)
        frame.node.children.append(node)
        trigger = inner.loop.rows[0]
        assert isinstance(trigger, Row)
        node.children.append(Placed(cut, index, trigger))
        stack.append(Frame(inner, node, 0, 1))
        return inner.loop

    # Trouble: everything below is off the common path.

    def _trouble(self, index: int, cut: Cut, tag: str) -> Loop | None:
        """A segment that fits no clean row: floating, misplaced before, or one of several ways."""
        if tag in self.track.floating:
            return self._float(index, cut, tag)
        paid = ways.paid(self, self.stack, tag, index, self.misplaced)
        if paid is None:
            known = ways.ways(self, index, tag)
            close = len(self.faults) < LOOKED_AT
            paid = max(known, key=lambda way: ways.outlook(self, way, index, tag)) if close else next(known)
        return self._go(paid, index, cut, tag)

    def _go(self, way: Way, index: int, cut: Cut, tag: str) -> Loop | None:
        """Do what *way* says with segment *index*."""
        stack = self.stack
        self.misplaced -= way.pays
        if way.instead:
            self._take_back()
        for depth, at in way.missing:
            frame = stack[depth]
            self._missing(frame.track.loop.rows[at], frame.track.loop, index)
        if way.place is not None:
            depth, at = way.place
            loop = stack[depth].track.loop
            if way.code is not None:
                row = loop.rows[at]
                self._fault(way.code, index, tag, row if isinstance(row, Loop) else loop, f"{row.max} allowed")
            placed = self._place(depth, at, index, cut)
            self.before = None
            return placed
        if way.code is not None:
            said = self._misfit(way.code, index, tag)
            if said is not None and way.orphan:
                self.missed[way.orphan] = said
        if way.stands_for is not None:
            depth, at = way.stands_for
            del stack[depth + 1 :]
            stack[depth].take(at)
        self.unplaced.append(Unplaced(index, cut))
        self.stray = list(way.astray)
        if way.missing_here is not None:
            self._missing(way.missing_here, stack[-1].track.loop, index)
        return None

    def _take_back(self) -> None:
        """The segment before is the one in a wrong place: out of the tree with it."""
        assert self.before is not None
        index, depth, closed, row, count = self.before
        frame = self.stack[depth]
        self.stack[depth + 1 :] = closed
        frame.row, frame.count = row, count
        frame.node.children.pop()
        self.places[-1] = None
        cut = self.cuts[index - 1]
        self.unplaced.append(Unplaced(index, cut))
        self._misfit(FaultCode.SEGMENT_OUT_OF_ORDER, index, tag_of(cut))

    def _misfit(self, code: FaultCode, index: int, tag: str) -> Fault | None:
        """A segment out of its place. One that was said to be missing is not: here it stands."""
        missed = self.missed.pop(tag, None)
        if missed is not None:
            self.faults.remove(missed)
        elif code in (FaultCode.SEGMENT_OUT_OF_ORDER, FaultCode.SEGMENT_UNEXPECTED):
            self.misplaced.add(tag)
        return self._fault(code, index, tag, self.stack[-1].track.loop)

    def _float(self, index: int, cut: Cut, tag: str) -> Loop:
        """X12 NTE in early releases: anywhere between header and trailer, so many in all."""
        row = self.track.floating[tag]
        self.floated[tag] = self.floated.get(tag, 0) + 1
        if row.max and self.floated[tag] > row.max:
            self._fault(FaultCode.SEGMENT_TOO_OFTEN, index, tag, self.standard.root, f"{row.max} allowed")
        self.root.children.append(Placed(cut, index, row))
        return self.standard.root

    def _close(self) -> None:
        """The message ends: what the open loops still ask for is missing. Of one that was cut off nobody knows what it held."""
        if cut_off(self.message):
            return
        for frame in reversed(self.stack):
            inside, row = frame.track, frame.track.mandatory[frame.row]
            while row < len(inside.most):
                self._missing(inside.loop.rows[row], inside.loop, len(self.cuts) + (self.standard.syntax == "edifact"))
                row = inside.mandatory[row]

    def _missing(self, row: Row | Loop, loop: Loop, index: int) -> None:
        """A missing segment has no place of its own. X12 counts where it should stand, which is the
        segment found instead; EDIFACT (CONTRL, UCS 0096) the last one read before it. What was
        read in a wrong place is not missing as well."""
        if row.tag in self.misplaced:
            self.misplaced.discard(row.tag)
            return
        at = index if self.standard.syntax == "x12" else max(index - 1, 1)
        said = self._fault(FaultCode.SEGMENT_MISSING, at, row.tag, row if isinstance(row, Loop) else loop)
        if said is not None:
            self.missed[row.tag] = said

    def _fault(self, code: FaultCode, index: int, tag: str, loop: Loop, note: str = "") -> Fault | None:
        if len(self.faults) > FAULTS_KEPT:  # one more than is kept: so that it is seen
            return None
        position = self.message.position(index)
        said = fault(self.standard.syntax, code, position, note=note, segment=tag, loop=loop.name)
        self.faults.append(said)
        return said


def cut_off(message: Message) -> bool:
    """Whether *message* ends without its trailer, as the parser has said."""
    return any(one.code in (FaultCode.X12_SE_MISSING, FaultCode.EDIFACT_UNT_MISSING) for one in message.faults)


def tag_of(cut: Cut) -> str:
    """A segment's tag, also where components or repeats were sent behind it."""
    element: Element = cut[0]
    while not isinstance(element, str):  # Repeats of lists of text: two deep at most
        element = element[0] if element else ""
    return element
