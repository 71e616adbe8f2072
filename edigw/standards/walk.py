"""A message read along its table: which segment stands in which row, loop by loop.

Greedy, as the tables are made to be read: a segment belongs to the nearest row ahead
that takes its tag, the innermost open loop first. Counts, mandatory rows and the order
are judged on the way; what segments carry is ``check``'s business.

One mistake gives one fault. A segment that only fits by jumping over something
mandatory that still comes is itself the one out of order; a misplaced trigger takes the
segments of its loop with it; what does not fit is left out of the tree, kept, and the
walk goes on where it stood. One pass, no recursion: a message of a million segments
is bounded by its length times the depth of its table.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from edigw.faults import Fault, FaultCode, fault
from edigw.model import Cut, Element, Message
from edigw.standards.schema import Loop, Node, Placed, Row, Standard

#: More faults than this in one message and the rest is not kept: it is refused anyway, and a
#: hostile million of them must fill neither memory nor the ledger.
FAULTS_KEPT: Final = 5000
_TRAILERS: Final = frozenset({"SE", "UNT"})
_UNLIMITED: Final = 1 << 60
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


@dataclass(slots=True)
class _Plan:
    """A loop made ready to be walked."""

    loop: Loop
    ahead: dict[str, tuple[int, ...]]  #: tag -> rows that take it, in order
    most: tuple[int, ...]  #: by row: how often it may stand
    inner: tuple[_Plan | None, ...]  #: by row: the loop it opens
    mandatory: tuple[int, ...]  #: by row: the next mandatory row behind it, len(rows) if none
    twins: frozenset[str]  #: tags that open several loops here
    marks: dict[int, tuple[int, ...]]  #: root only: rows that stand once -> loops before them that cannot come after
    floating: dict[str, Row]  #: root only: rows that may stand anywhere
    within: frozenset[str]  #: every tag in here, inner loops included


class _Frame:
    """An open loop: which row it stands at, and how often that row was taken."""

    __slots__ = ("count", "node", "plan", "row", "start")

    def __init__(self, plan: _Plan, node: Node, start: int) -> None:
        self.plan = plan
        self.node = node
        self.row = 0
        self.count = 0
        self.start = start  #: index of its trigger


def walk(message: Message, standard: Standard) -> Walk:
    """Every segment of *message* put into its row of *standard*'s table.

    Header and trailer are rows like any other. A missing trailer is not repeated here: the
    parser has said so in ``Message.faults``. Never raises on what a partner sent.
    """
    return _Walker(message, standard).run()


@lru_cache(maxsize=256)
def _plan(standard: Standard) -> _Plan:
    return _compile(standard.root, standard.root.rows)


def _compile(loop: Loop, rows: tuple[Row | Loop, ...]) -> _Plan:
    ahead: dict[str, list[int]] = defaultdict(list)
    floating: dict[str, Row] = {}
    within: set[str] = set()
    inner: list[_Plan | None] = []
    for at, row in enumerate(rows):
        within.add(row.tag)
        if isinstance(row, Row) and row.floating:
            floating[row.tag] = row
            inner.append(None)
            continue
        ahead[row.tag].append(at)
        plan = _compile(row, row.rows) if isinstance(row, Loop) else None  # as deep as the table, which is ours
        inner.append(plan)
        if plan is not None:
            within |= plan.within
    end = len(rows)
    needed = [row.required and row.tag not in _TRAILERS for row in rows]
    mandatory: list[int] = [end] * end
    following = end
    for at in range(end - 1, -1, -1):
        mandatory[at] = following
        if needed[at]:
            following = at
    return _Plan(
        loop,
        {tag: tuple(places) for tag, places in ahead.items()},
        tuple(row.max or _UNLIMITED for row in rows),
        tuple(inner),
        tuple(mandatory),
        frozenset(tag for tag, places in ahead.items() if sum(inner[at] is not None for at in places) > 1),
        {} if loop.tag else _marks(rows, inner),
        floating,
        frozenset(within),
    )


def _marks(rows: tuple[Row | Loop, ...], inner: list[_Plan | None]) -> dict[int, tuple[int, ...]]:
    """Where a section ends (UNS, CTT): rows that stand once, with the loops before them whose triggers stand nowhere behind."""
    marks: dict[int, tuple[int, ...]] = {}
    behind: set[str] = set()
    for at in range(len(rows) - 1, -1, -1):
        plan = inner[at]
        behind |= plan.within if plan is not None else {rows[at].tag}
        if rows[at].max == 1 and rows[at].tag not in _TRAILERS:
            before = tuple(place for place in range(at) if inner[place] is not None and rows[place].tag not in behind)
            if before:
                marks[at] = before
    return marks


class _Walker:
    """One walk: the open loops, innermost last, and what was found on the way."""

    def __init__(self, message: Message, standard: Standard) -> None:
        self.message = message
        self.standard = standard
        self.cuts = message.segments()
        self.plan = _plan(standard)
        self.root = Node(standard.root, 1)
        self.stack = [_Frame(self.plan, self.root, 1)]
        self.faults: list[Fault] = []
        self.unplaced: list[Unplaced] = []
        self.places: list[Loop | None] = []
        self.floated: dict[str, int] = {}
        self.misplaced: set[str] = set()  # tags that were read, but not in their place
        self.stray: list[_Frame] = []  # the misplaced loop whose segments follow it out of the tree
        self._occurrences: dict[str, list[int]] | None = None

    def run(self) -> Walk:
        stack, places = self.stack, self.places
        for index, cut in enumerate(self.cuts, 1):
            tag = cut[0]
            if not isinstance(tag, str):  # EDIFACT's explicit nesting (LIN:1), or damage
                tag = tag_of(cut)
            if self.stray and self._follows_stray(index, tag):
                self.unplaced.append(Unplaced(index, cut))
                places.append(None)
                continue
            # The common case, in line: the next clean row, innermost loop first.
            depth = len(stack) - 1
            while depth >= 0:
                frame = stack[depth]
                plan, row = frame.plan, frame.row
                found = plan.ahead.get(tag)
                if found is not None:
                    at = _next(found, row, frame.count, plan.most)
                    if at >= 0:
                        if plan.mandatory[row] >= at:
                            if tag in plan.twins:
                                at = self._told_apart(frame, found, at, index)
                            elif at in plan.marks and self._too_early(plan, row, at, index):
                                depth = -1
                            break
                        depth = -1
                        break
                if plan.mandatory[row] < len(plan.most):  # leaving this loop leaves something mandatory out
                    depth = -1
                    break
                depth -= 1
            if depth >= 0:
                places.append(self._place(depth, at, index, cut))
            else:
                places.append(self._trouble(index, cut, tag))
        self._close()
        return Walk(self.root, self.faults, self.unplaced, places)

    def _place(self, depth: int, at: int, index: int, cut: Cut) -> Loop:
        """Put a segment into row *at* of the open loop at *depth*; inner loops close."""
        stack = self.stack
        del stack[depth + 1 :]
        frame = stack[depth]
        if at == frame.row:
            frame.count += 1
        else:
            frame.row, frame.count = at, 1
        inner = frame.plan.inner[at]
        if inner is None:
            row = frame.plan.loop.rows[at]
            assert isinstance(row, Row)
            frame.node.children.append(Placed(cut, index, row))
            return frame.plan.loop
        node = Node(inner.loop, frame.count)
        frame.node.children.append(node)
        opened = _Frame(inner, node, index)
        opened.count = 1
        trigger = inner.loop.rows[0]
        assert isinstance(trigger, Row)
        node.children.append(Placed(cut, index, trigger))
        stack.append(opened)
        return inner.loop

    def _told_apart(self, frame: _Frame, found: tuple[int, ...], at: int, index: int) -> int:
        """Of neighbouring loops with one trigger (LS, N1, NAD), the one that takes the next segment."""
        following = tag_of(self.cuts[index]) if index < len(self.cuts) else ""
        plan = frame.plan
        for other in found:
            inner = plan.inner[other]
            if other >= at and other <= plan.mandatory[frame.row] and inner is not None and following in inner.ahead:
                return other
        return at

    def _too_early(self, plan: _Plan, row: int, at: int, index: int) -> bool:
        """Whether the end of a section stands before loops of that section: then it is misplaced, not they."""
        jumped = (plan.loop.rows[place].tag for place in plan.marks[at] if place > row)
        return any(self._after(tag, index) != _NEVER for tag in jumped)

    # Trouble: everything below is off the common path.

    def _trouble(self, index: int, cut: Cut, tag: str) -> Loop | None:
        """A segment that fits no clean row: floating, too often, something missing before it, or stray."""
        candidate: tuple[int, int] | None = None
        full: tuple[int, int] | None = None
        for depth in range(len(self.stack) - 1, -1, -1):
            frame = self.stack[depth]
            found = frame.plan.ahead.get(tag)
            if found is None:
                continue
            at = _next(found, frame.row, frame.count, frame.plan.most)
            if at >= 0:
                candidate = (depth, at)
                break
            if full is None and frame.row in found and (frame.row or not depth):
                full = (depth, frame.row)
        if tag in self.plan.floating:
            return self._float(index, cut, tag)
        if full is not None and not self._leaves_out(*full):
            return self._too_often(full, index, cut, tag)
        if candidate is not None and not self._early(candidate, index):
            missing = self._leaves_out(*candidate)
            if not any(self._still_comes(depth, row, index) for depth, row in missing):
                for depth, row in missing:
                    self._missing(row, self.stack[depth].plan.loop, index)
                return self._place(*candidate, index, cut)
        self._left_out(index, cut, tag)
        return None

    def _early(self, candidate: tuple[int, int], index: int) -> bool:
        depth, at = candidate
        frame = self.stack[depth]
        return at in frame.plan.marks and self._too_early(frame.plan, frame.row, at, index)

    def _leaves_out(self, depth: int, at: int) -> list[tuple[int, Row | Loop]]:
        """The mandatory rows that taking row *at* at *depth* would jump over, innermost loop first."""
        jumped: list[tuple[int, Row | Loop]] = []
        for level in range(len(self.stack) - 1, depth - 1, -1):
            frame = self.stack[level]
            end = at if level == depth else len(frame.plan.most)
            row = frame.plan.mandatory[frame.row]
            while row < end:
                jumped.append((level, frame.plan.loop.rows[row]))
                row = frame.plan.mandatory[row]
        return jumped

    def _still_comes(self, depth: int, row: Row | Loop, index: int) -> bool:
        """Whether a jumped row's segment follows before its loop, or one around it, begins again."""
        comes = self._after(row.tag, index)
        if comes == _NEVER:
            return False
        around = (frame.plan.loop.tag for frame in self.stack[1 : depth + 1])
        return all(comes < self._after(tag, index - 1) for tag in around)

    def _after(self, tag: str, index: int) -> int:
        """The first place of *tag* behind *index*."""
        if self._occurrences is None:
            self._occurrences = defaultdict(list)
            for at, cut in enumerate(self.cuts, 1):
                if isinstance(cut[0], str):
                    self._occurrences[cut[0]].append(at)
        places = self._occurrences.get(tag, [])
        found = bisect_right(places, index)
        return places[found] if found < len(places) else _NEVER

    def _float(self, index: int, cut: Cut, tag: str) -> Loop:
        """X12 NTE in early releases: anywhere between header and trailer, so many in all."""
        row = self.plan.floating[tag]
        self.floated[tag] = self.floated.get(tag, 0) + 1
        if row.max and self.floated[tag] > row.max:
            self._fault(FaultCode.SEGMENT_TOO_OFTEN, index, tag, self.standard.root, f"{row.max} allowed")
        self.root.children.append(Placed(cut, index, row))
        return self.standard.root

    def _too_often(self, place: tuple[int, int], index: int, cut: Cut, tag: str) -> Loop:
        """Over its count, but in its place: named, and kept in the tree."""
        depth, at = place
        loop = self.stack[depth].plan.loop
        row = loop.rows[at]
        code = FaultCode.LOOP_TOO_OFTEN if isinstance(row, Loop) else FaultCode.SEGMENT_TOO_OFTEN
        self._fault(code, index, tag, row if isinstance(row, Loop) else loop, f"{row.max} allowed")
        return self._place(depth, at, index, cut)

    def _left_out(self, index: int, cut: Cut, tag: str) -> None:
        """Out of the tree, with its reason; a trigger takes its loop's segments along."""
        self.unplaced.append(Unplaced(index, cut))
        loop = self.stack[-1].plan.loop
        if tag not in self.standard.segments:
            self._fault(FaultCode.SEGMENT_UNKNOWN, index, tag, loop)
        elif tag not in self.plan.within:
            self._fault(FaultCode.SEGMENT_NOT_IN_SET, index, tag, loop)
        else:
            around = [frame for frame in reversed(self.stack) if tag in frame.plan.ahead]
            self._fault(FaultCode.SEGMENT_OUT_OF_ORDER if around else FaultCode.SEGMENT_UNEXPECTED, index, tag, loop)
            self.misplaced.add(tag)
            opened = self._opens(tag, around)
            if opened is not None:
                frame = _Frame(opened, Node(opened.loop, 1), index)
                frame.count = 1
                self.stray = [frame]

    def _opens(self, tag: str, around: list[_Frame]) -> _Plan | None:
        """The loop that a misplaced *tag* begins: of an open loop before any other; None if it begins none."""
        pending = [frame.plan for frame in around] + [self.plan]
        while pending:
            plan = pending.pop(0)
            for at in plan.ahead.get(tag, ()):
                inner = plan.inner[at]
                if inner is not None:
                    return inner
                if at:
                    return None
            pending += [inner for inner in plan.inner if inner is not None and tag in inner.within and inner.loop.tag != tag]
        return None

    def _follows_stray(self, index: int, tag: str) -> bool:
        """Whether this segment goes with the misplaced loop; the first that does not ends it."""
        stray = self.stray
        for depth in range(len(stray) - 1, -1, -1):
            frame = stray[depth]
            found = frame.plan.ahead.get(tag)
            at = _next(found, frame.row, frame.count, frame.plan.most) if found else -1
            if at < 0:
                continue
            del stray[depth + 1 :]
            frame.count = frame.count + 1 if at == frame.row else 1
            frame.row = at
            inner = frame.plan.inner[at]
            if inner is not None:
                stray.append(_Frame(inner, Node(inner.loop, 1), index))
                stray[-1].count = 1
            return True
        self.stray = []
        return False

    def _close(self) -> None:
        """The message ends: what the open loops still ask for is missing."""
        for frame in reversed(self.stack):
            plan, row = frame.plan, frame.plan.mandatory[frame.row]
            while row < len(plan.most):
                self._missing(plan.loop.rows[row], plan.loop, len(self.cuts) + (self.standard.syntax == "edifact"))
                row = plan.mandatory[row]

    def _missing(self, row: Row | Loop, loop: Loop, index: int) -> None:
        """A missing segment has no place of its own. X12 counts where it should stand, which is the
        segment found instead; EDIFACT (CONTRL, UCS 0096) the last one read before it. What was
        read in a wrong place is not missing as well."""
        if row.tag in self.misplaced:
            self.misplaced.discard(row.tag)
            return
        at = index if self.standard.syntax == "x12" else max(index - 1, 1)
        self._fault(FaultCode.SEGMENT_MISSING, at, row.tag, row if isinstance(row, Loop) else loop)

    def _fault(self, code: FaultCode, index: int, tag: str, loop: Loop, note: str = "") -> None:
        if len(self.faults) > FAULTS_KEPT:  # one more than is kept: so that it is seen
            return
        position = self.message.position(index)
        self.faults.append(fault(self.standard.syntax, code, position, note=note, segment=tag, loop=loop.name))


def tag_of(cut: Cut) -> str:
    """A segment's tag, also where components or repeats were sent behind it."""
    element: Element = cut[0]
    while not isinstance(element, str):  # Repeats of lists of text: two deep at most
        element = element[0] if element else ""
    return element


def _next(found: tuple[int, ...], row: int, count: int, most: tuple[int, ...]) -> int:
    """The first of the rows *found* at or behind *row* that still takes one; -1 if none does."""
    for at in found:
        if at > row or (at == row and count < most[at]):
            return at
    return -1
