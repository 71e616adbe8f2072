"""Our ``dataclass`` against the standard library's: the same class text, the same behaviour."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from edigw.records import _dataclass


def place(maker):
    @maker(frozen=True, slots=True)
    class Place:
        """Where."""

        file: str
        line: int = 1
        tags: list[str] = field(default_factory=list)
        inner: dict[str, int] = field(default_factory=dict, repr=False, compare=False)
        name: str = field(default="x", repr=False)

    return Place


def counted(maker):
    @maker(slots=True)
    class Counted:
        count: int
        seen: int = 0

        def __post_init__(self) -> None:
            self.seen += 1

    return Counted


def single(maker):
    @maker(frozen=True, slots=True)
    class Single:
        only: str

        def __repr__(self) -> str:
            return "mine"

    return Single


def same(maker):
    @maker(frozen=True, slots=True, eq=False)
    class Same:
        only: str

    return Same


def describe(maker_of, maker):
    """What a class does, as values that do not name the class object."""
    made = maker_of(maker)
    first = made("a") if made.__name__ != "Counted" else made(1)
    other = made("a") if made.__name__ != "Counted" else made(1)
    told = [repr(first).replace("records_", ""), first == other, first != other, first == 1, asdict(first), is_dataclass(made), made.__match_args__]
    told += [[one.name for one in fields(made)], [str(one.type) for one in fields(first)], made.__slots__, hasattr(first, "__dict__")]
    told.append(copy.deepcopy(first) == first)
    name = fields(made)[0].name
    told.append(repr(replace(first, **{name: "b"})))
    for act in (lambda: setattr(first, name, "z"), lambda: delattr(first, name), lambda: hash(first), made, lambda: made("a", wrong=1)):
        try:
            act()
            told.append("did")
        except (FrozenInstanceError, TypeError) as trouble:
            told.append((type(trouble).__name__, str(trouble).rpartition("__init__()")[2]))
    return told


@pytest.mark.parametrize("maker_of", [place, counted, single, same])
def test_it_behaves_as_the_standard_one(maker_of):
    assert describe(maker_of, _dataclass) == describe(maker_of, dataclasses.dataclass)


def test_hashes_and_comparisons_follow_the_members():
    made = single(_dataclass)
    assert (hash(made("a")) == hash(made("a")), made("a") == made("b"), made("a") == single(_dataclass)("a")) == (True, False, False)
    assert len({made("a"), made("a"), made("b")}) == 2
    kept = same(_dataclass)
    assert (kept("a") == kept("a"), len({kept("a"), kept("a")})) == (False, 2)


def test_each_record_has_its_own_default():
    made = place(_dataclass)
    made("a").tags.append("x")
    assert made("a").tags == []


def test_a_default_that_all_would_share_is_refused():
    with pytest.raises(ValueError, match="tags would be shared by all"):

        @_dataclass(slots=True)
        class Shared:
            tags: list[str] = []


def test_what_it_does_not_know_is_made_by_the_standard_library():
    @_dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        at: int

    @_dataclass(slots=True)
    class Known:
        at: int
        table: ClassVar[dict[str, int]] = {}

    assert (Ordered(1) < Ordered(2), Known(1).table, [one.name for one in fields(Known)]) == (True, {}, ["at"])


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_records_cross_a_process_border(protocol):
    from edigw.yamlnodes import Place, Scalar

    sent = Scalar("00", Place("a.yaml", 3, 7), quoted=True)
    got = pickle.loads(pickle.dumps(sent, protocol))
    assert (got, hash(got)) == (sent, hash(sent))


def test_no_module_takes_the_slow_one():
    package = Path(__file__).parents[1] / "edigw"
    slow = re.compile(r"^ *(from dataclasses import .*\bdataclass\b|@dataclasses\.dataclass)", re.MULTILINE)
    found = [path.name for path in package.rglob("*.py") if slow.search(path.read_text(encoding="utf-8"))]
    assert found == ["records.py"]  # for type checkers


def test_every_class_of_ours_says_its_members_as_written():
    """Of all classes that are loaded: the members stand in the order of the text, and each is found."""
    script = """
import dataclasses, gc, sys
import edigw.daemon, edigw.cli.pure, edigw.judge
ours = [one for one in gc.get_objects() if isinstance(one, type) and str(one.__module__).startswith("edigw") and "__dataclass_fields__" in one.__dict__]
for one in ours:
    assert [f.name for f in dataclasses.fields(one)] == list(one.__annotations__), one
print(len(ours))
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    assert int(ran.stdout) > 100
