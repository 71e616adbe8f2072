"""Where a segment does not fit: the ways it may be meant, and which of them the segments behind it bear out.

A segment may be one too many, stand in a wrong place, or stand where another one is
missing; or it may be called by a wrong name. Nobody can tell from the segment alone, but
the segments that follow tell: they fit along the way that was meant, and soon do not fit
along the others. So every way is followed ``SIGHT`` segments far, and the one that goes
on longest, with the fewest faults, is taken.

What is left out of the tree may take its loop along: the segments that belong to a
misplaced or unknown trigger are *astray* with it and are no mistakes of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol, TypeAlias

from edigw.faults import Fault, FaultCode
from edigw.records import dataclass
from edigw.standards.schema import Loop, Node, Standard
from edigw.standards.tracks import TRAILERS, Track, next_row

#: Segments looked ahead. What a mistake in one loop disturbs is seen well before.
SIGHT: Final = 32


class Frame:
    """An open loop: which row it stands at, and how often that row was taken."""

    __slots__ = ("count", "node", "row", "track")

    def __init__(self, track: Track, node: Node, row: int = 0, count: int = 0) -> None:
        self.track = track
        self.node = node  #: nowhere in the tree for a loop astray or looked ahead
        self.row = row
        self.count = count

    def copy(self) -> Frame:
        return Frame(self.track, self.node, self.row, self.count)

    def take(self, at: int) -> None:
        """One more segment, or loop, in row *at*."""
        if at == self.row:
            self.count += 1
        else:
            self.row, self.count = at, 1


#: How it stood before a segment was placed: its index, the depth of its loop, the loops that it closed,
#: and the row and count of its own.
Before: TypeAlias = "tuple[int, int, list[Frame], int, int]"


class Road(Protocol):
    """What is asked of the walk: where it stands, and how a segment finds its row."""

    standard: Standard
    track: Track
    stack: list[Frame]
    misplaced: set[str]
    missed: dict[str, Fault]
    before: Before | None

    def clean(self, stack: Sequence[Frame], tag: str, index: int) -> tuple[int, int] | None: ...
    def candidate(self, stack: Sequence[Frame], tag: str, index: int) -> tuple[int, int] | None: ...
    def tag(self, index: int) -> str: ...
    def comes(self, tag: str, index: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Way:
    """One way to go on. Rows are (depth in the stack, row in its loop)."""

    code: FaultCode | None = None  #: what is said of the segment itself
    place: tuple[int, int] | None = None  #: the row that takes it; None: it stays out of the tree
    missing: tuple[tuple[int, int], ...] = ()  #: rows that are missing before it
    stands_for: tuple[int, int] | None = None  #: out of the tree, but that row is not missing
    missing_here: Loop | None = None  #: the loop whose missing trigger is what is said
    astray: tuple[Frame, ...] = ()  #: the loop whose segments follow it out of the tree
    orphan: str = ""  #: the trigger it lacks
    instead: bool = False  #: the segment before it is the one in a wrong place
    pays: frozenset[str] = frozenset()  #: tags that were misplaced, and account for this

    @property
    def faults(self) -> int:
        return len(self.missing) + (self.code is not None) + (self.missing_here is not None) + self.instead


def ways(road: Road, index: int, tag: str) -> Iterator[Way]:
    """Every way to go on at segment *index*, one at least; of ways that are equally good the first is to be taken."""
    stack = road.stack
    full = _full(stack, tag)
    if full is not None and not _left_out(stack, *full):
        row = stack[full[0]].track.loop.rows[full[1]]
        code = FaultCode.LOOP_TOO_OFTEN if isinstance(row, Loop) else FaultCode.SEGMENT_TOO_OFTEN
        yield Way(code, place=full)
        return
    candidate = road.candidate(stack, tag, index)
    missing = _left_out(stack, *candidate) if candidate is not None else []
    if candidate is not None and (tag in TRAILERS or not (missing and _leaves(road, stack, candidate, index))):
        pays = frozenset(_tag(stack, one) for one in missing) & road.misplaced
        yield Way(place=candidate, missing=tuple(one for one in missing if _tag(stack, one) not in pays), pays=pays)
        if tag in TRAILERS:  # the end is the end, whatever is missing before it
            return
    code = _misfit(road, tag)
    yield Way(code)
    if code in (FaultCode.SEGMENT_OUT_OF_ORDER, FaultCode.SEGMENT_UNEXPECTED):
        opened = _opens(road, tag)
        if opened is not None:
            yield Way(code, astray=_gone(opened, 0))
        yield from _orphaned(road, index, tag, code)
        yield from _behind(stack, tag, code)
        if road.before is not None and road.before[0] == index - 1:
            instead = road.clean(_taken_back(stack, road.before), tag, index)
            if instead is not None:
                yield Way(place=instead, instead=True)
    yield from _renamed(stack, code, road.tag(index + 1))


def paid(road: Road, stack: Sequence[Frame], tag: str, index: int, misplaced: set[str]) -> Way | None:
    """The way of a segment that only seems not to fit, because another one was misplaced: nothing is said of it."""
    if not misplaced:
        return None
    candidate = road.candidate(stack, tag, index)
    if candidate is not None:
        owed = frozenset(_tag(stack, one) for one in _left_out(stack, *candidate))
        if owed and owed <= misplaced:
            return Way(place=candidate, pays=owed)
    for _, _, inner, row in _holders(stack, tag):
        if inner.loop.tag in misplaced:
            return Way(astray=_gone(inner, row), pays=frozenset((inner.loop.tag,)))
    return None


def outlook(road: Road, way: Way, index: int, tag: str) -> tuple[int, int, int]:
    """How good a *way* is: how far one gets on it, how little must be said, how much finds its place."""
    first = tag
    stack = [frame.copy() for frame in road.stack]
    misplaced = set(road.misplaced)
    missed = {*road.missed, *(_tag(stack, one) for one in way.missing), way.orphan}
    if way.missing_here is not None:
        missed.add(way.missing_here.tag)
    if way.instead and road.before is not None:
        misplaced.add(road.tag(index - 1))
        stack = _taken_back(stack, road.before)
    stray = _set_out(stack, misplaced, way, tag)
    placed = int(way.place is not None) - SIGHT * way.instead  # the later of two that changed places is named
    far = ends = 0
    while far < SIGHT:
        tag = road.tag(index + far + 1)
        if not tag:
            far = SIGHT
            break
        far += 1
        if stray and follows(stray, tag):
            continue
        stray = []
        if tag in road.track.floating:
            continue
        row = road.clean(stack, tag, index + far)
        if row is not None:
            _take(stack, row)
            placed += 1
            continue
        bridge = paid(road, stack, tag, index + far, misplaced)
        if bridge is None and tag in missed:
            missed.discard(tag)
            placed -= SIGHT
        elif bridge is None:  # so far; what would be missing here decides between ways that end here
            end = road.candidate(stack, tag, index + far)
            ends = sum(_tag(stack, one) not in misplaced for one in _left_out(stack, *end)) if end is not None else 1
            far = SIGHT if tag in TRAILERS else far - 1
            break
        else:
            stray = _set_out(stack, misplaced, bridge, tag)
            placed += bridge.place is not None
    said = way.faults - (way.code is not None and first in road.missed) - (way.instead and road.tag(index - 1) in road.missed)
    return far, -said - ends, placed


def follows(stray: list[Frame], tag: str) -> bool:
    """Whether *tag* goes with the loop that is astray, which then stands there."""
    for depth in range(len(stray) - 1, -1, -1):
        frame = stray[depth]
        found = frame.track.ahead.get(tag)
        at = next_row(found, frame.row, frame.count, frame.track.most) if found else -1
        if at < 0:
            continue
        del stray[depth + 1 :]
        frame.take(at)
        inner = frame.track.inner[at]
        if inner is not None:
            stray.append(_astray(inner, 0))
        return True
    return False


def _set_out(stack: list[Frame], misplaced: set[str], way: Way, tag: str) -> list[Frame]:
    """*stack* and *misplaced* after the first step of a *way*; what is astray then."""
    misplaced -= way.pays
    if way.place is not None:
        _take(stack, way.place)
    elif way.stands_for is not None:
        depth, at = way.stands_for
        del stack[depth + 1 :]
        stack[depth].take(at)
    elif way.code in (FaultCode.SEGMENT_OUT_OF_ORDER, FaultCode.SEGMENT_UNEXPECTED):
        misplaced.add(tag)
    return [frame.copy() for frame in way.astray]


def _taken_back(stack: Sequence[Frame], before: Before) -> list[Frame]:
    """*stack* as it stood before the last segment was placed."""
    _, depth, closed, row, count = before
    frame = stack[depth]
    return [*(one.copy() for one in stack[:depth]), Frame(frame.track, frame.node, row, count), *(one.copy() for one in closed)]


def _take(stack: list[Frame], row: tuple[int, int]) -> None:
    depth, at = row
    del stack[depth + 1 :]
    frame = stack[depth]
    frame.take(at)
    inner = frame.track.inner[at]
    if inner is not None:
        stack.append(_astray(inner, 0))


def _astray(track: Track, row: int) -> Frame:
    """A loop that stands at *row* and has no node in the tree."""
    return Frame(track, Node(track.loop, 0), row, 1)


def _gone(track: Track, row: int) -> tuple[Frame, ...]:
    """A loop astray that stands at *row*, with the loop that begins there."""
    inner = track.inner[row] if row else None
    return (_astray(track, row),) if inner is None else (_astray(track, row), _astray(inner, 0))


def _tag(stack: Sequence[Frame], row: tuple[int, int]) -> str:
    return stack[row[0]].track.loop.rows[row[1]].tag


def _full(stack: Sequence[Frame], tag: str) -> tuple[int, int] | None:
    """The row at which an open loop stands, if it takes *tag* but no more of it."""
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        found = frame.track.ahead.get(tag)
        if found is None:
            continue
        if next_row(found, frame.row, frame.count, frame.track.most) >= 0:
            return None
        if frame.row in found and (frame.row or not depth):
            return depth, frame.row
    return None


def _left_out(stack: Sequence[Frame], depth: int, at: int) -> list[tuple[int, int]]:
    """The mandatory rows that taking row *at* at *depth* would jump over, innermost loop first."""
    jumped: list[tuple[int, int]] = []
    for level in range(len(stack) - 1, depth - 1, -1):
        frame = stack[level]
        end = at if level == depth else len(frame.track.most)
        row = frame.track.mandatory[frame.row]
        while row < end:
            jumped.append((level, row))
            row = frame.track.mandatory[row]
    return jumped


def _leaves(road: Road, stack: Sequence[Frame], row: tuple[int, int], index: int) -> bool:
    """Whether going on to *row* leaves loops of the message behind that still come: then it is not there that one is."""
    depth, at = row
    frame = stack[depth]
    loops = frame.track.passed[at] if not depth else ()
    return any(place >= frame.row and road.comes(frame.track.loop.rows[place].tag, index) for place in loops)


def _misfit(road: Road, tag: str) -> FaultCode:
    """What is said of a segment that stays out of the tree."""
    if tag not in road.standard.segments:
        return FaultCode.SEGMENT_UNKNOWN
    if tag not in road.track.within:
        return FaultCode.SEGMENT_NOT_IN_SET
    known = any(tag in frame.track.ahead for frame in road.stack)
    return FaultCode.SEGMENT_OUT_OF_ORDER if known else FaultCode.SEGMENT_UNEXPECTED


def _renamed(stack: Sequence[Frame], code: FaultCode, following: str) -> Iterator[Way]:
    """It stands for another segment: a mandatory one, or the trigger of a loop that takes the next segment."""
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        inside, needed = frame.track, frame.track.mandatory[frame.row]
        for at in range(frame.row, min(needed + 1, len(inside.most))):
            if at == frame.row and frame.count >= inside.most[at]:
                continue
            inner = inside.inner[at]
            if inner is not None and (at == needed or (following in inner.ahead and following != inner.loop.tag)):
                yield Way(code, stands_for=(depth, at), astray=_gone(inner, 0))
            elif inner is None and at == needed:
                yield Way(code, stands_for=(depth, at))
        if needed < len(inside.most):
            return


def _orphaned(road: Road, index: int, tag: str, code: FaultCode) -> Iterator[Way]:
    """It belongs to a loop whose trigger is missing. A trigger that must stand, and does not come, is what is said."""
    for depth, at, inner, row in _holders(road.stack, tag):
        frame = road.stack[depth]
        owed = at > frame.row and inner.loop.required and not road.comes(inner.loop.tag, index)
        if owed:
            yield Way(stands_for=(depth, at), missing_here=inner.loop, astray=_gone(inner, row))
        else:
            yield Way(code, astray=_gone(inner, row), orphan=inner.loop.tag)


def _behind(stack: Sequence[Frame], tag: str, code: FaultCode) -> Iterator[Way]:
    """It stands behind its place in an open loop, and what belongs behind it comes after it."""
    for depth in range(len(stack) - 1, 0, -1):
        frame = stack[depth]
        for at in frame.track.ahead.get(tag, ()):
            if 0 < at < frame.row:
                yield Way(code, astray=_gone(frame.track, at))
                break


def _holders(stack: Sequence[Frame], tag: str) -> Iterator[tuple[int, int, Track, int]]:
    """Loops that could begin here and hold *tag* behind their trigger: depth, row, loop, and its row for *tag*."""
    for depth in range(len(stack) - 1, -1, -1):
        frame = stack[depth]
        inside, needed = frame.track, frame.track.mandatory[frame.row]
        for at in range(frame.row, min(needed + 1, len(inside.most))):
            inner = inside.inner[at]
            rows = inner.ahead.get(tag, ()) if inner is not None else ()
            if inner is not None and rows and rows[-1] > 0 and inner.loop.tag != tag:
                yield depth, at, inner, rows[-1] if rows[0] == 0 else rows[0]
        if needed < len(inside.most):
            return


def _opens(road: Road, tag: str) -> Track | None:
    """The loop that a misplaced *tag* begins: of an open loop before any other; None if it begins none."""
    pending = [frame.track for frame in reversed(road.stack) if tag in frame.track.ahead] + [road.track]
    while pending:
        inside = pending.pop(0)
        for at in inside.ahead.get(tag, ()):
            inner = inside.inner[at]
            if inner is not None:
                return inner
            if at:
                return None
        pending += [inner for inner in inside.inner if inner is not None and tag in inner.within and inner.loop.tag != tag]
    return None
