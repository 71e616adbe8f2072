"""The pictures of states.py say what its tables say."""

from __future__ import annotations

import inspect
import itertools
import re

import pytest

from edigw import states
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, MessageIn, MessageOut

MACHINES = {machine.__name__: machine for machine in states.INITIAL}


def pictures() -> dict[str, list[str]]:
    """The lines of the comment above each table that have an arrow, by the name of the machine."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in inspect.getsource(states).splitlines():
        if title := re.fullmatch(r"# (\w+)", line):
            name = title[1] if title[1] in MACHINES else ""
        elif name and line.startswith("#"):
            found.setdefault(name, []).append(line.lstrip("# "))
        else:
            name = ""
    return found


def moves(lines: list[str]) -> set[tuple[str, str]]:
    """``a → b | c → d``: (a, b), (a, c), (b, d), (c, d). What stands behind two blanks is for the reader."""
    drawn = set()
    for line in lines:
        chain = [[word.strip() for word in part.split("|")] for part in re.split(r" {2,}", line)[0].split("→")]
        for before, behind in itertools.pairwise(chain):
            drawn |= set(itertools.product(before, behind))
    return drawn


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_the_picture_is_the_table(name):
    table = {(was.value, to.value) for was in MACHINES[name] for to in states.MOVES[was]}
    assert moves(pictures()[name]) == table


def test_a_picture_is_read_as_it_is_drawn():
    assert moves(["a | b → c → a", "c → d     → not this"]) == {("a", "c"), ("b", "c"), ("c", "a"), ("c", "d")}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_can_be_reached(machine):
    reached, left = set(), {states.INITIAL[machine]}
    while left:
        reached |= left
        left = {to for was in left for to in states.MOVES[was]} - reached
    assert reached == set(machine)


@pytest.mark.parametrize("state", [state for state in states.MOVES if not states.MOVES[state]], ids=str)
def test_where_nothing_follows_is_an_end(state):
    assert state in states.AT_END
    assert state not in states.WORKED_ON


def test_states_of_one_name_are_different_states():
    assert MessageIn.HELD != MessageOut.HELD
    assert states.follows(MessageIn.HELD, MessageIn.RECEIVED)
    assert not states.follows(MessageIn.HELD, MessageOut.SUBMITTED)


@pytest.mark.parametrize("state", states.MOVES, ids=str)
def test_a_state_is_read_as_it_was_written(state):
    kind, direction = states.place(state)
    assert states.read(kind, direction, state.value) is state


@pytest.mark.parametrize(
    ("kind", "number", "text"),
    [
        pytest.param(Kind.FILE, 12, "F12", id="file"),
        pytest.param(Kind.INTERCHANGE, 7, "I7", id="interchange"),
        pytest.param(Kind.MESSAGE, 31, "M31", id="message"),
        pytest.param(Kind.DELIVERY, 5, "D5", id="delivery"),
    ],
)
def test_ids(kind, number, text):
    assert states.show_id(kind, number) == text
    assert states.parse_id(text) == (kind, number)
    assert states.parse_id(text.lower()) == (kind, number)


@pytest.mark.parametrize("text", ["", "M", "31", "X3", "M-1", "M 1", "M1.0", "M٣", "M0", "M" + 19 * "9", "M²"])
def test_what_is_no_id(text):
    with pytest.raises(ValueError, match="ids read F12"):
        states.parse_id(text)


@pytest.mark.parametrize("state", [FileState.SPLIT, DeliveryState.DUE, InterchangeIn.HELD, MessageIn.MAPPED])
def test_a_claim_ends_where_nobody_works(state):
    assert state not in states.WORKED_ON
