"""One step in one transaction: the new state, its event, and whatever must be true with it.

A step gets a ``Tx`` and writes through it. It may be run more than once (another node was
in its way, a commit was refused), so it changes nothing but the ledger, and tells what it
did by what it returns. A step that raises has done nothing.

Every method costs a fixed number of statements, however many rows it is given.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, select

from edigw import states
from edigw.archive import Packed, pack
from edigw.errors import Superseded
from edigw.ledger import claims, events, fences, numbers, settling, statements, turns
from edigw.ledger.earlier import Earlier
from edigw.ledger.holding import Holding
from edigw.ledger.keeping import Keeping
from edigw.ledger.lastids import LastIds
from edigw.ledger.row import Row, Rows, id_of
from edigw.states import DeliveryState, FileState, InterchangeIn, Kind, State
from edigw.tables import KINDS

To = State | Sequence[State]


class Tx(Holding, Earlier, Keeping):
    """One step's transaction. Valid while the step runs."""

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        owner: str,
        ids: LastIds,
        *,
        keep: Callable[[bytes], Packed] = pack,
        own_clock: bool = False,
    ) -> None:
        self.now = now  #: the same for the whole step
        self.owner = owner  #: who we are: node and boot
        self.connection = connection  #: for the ledger's own modules
        self._keep = keep
        self._sqlite = connection.dialect.name == "sqlite"
        self._last_ids = ids
        self._own_clock = own_clock  # somebody brought it; leases go by it even where the database has one
        self._keys: list[dict[str, Any]] = []
        self._given: list[dict[str, Any]] = []  # control numbers
        self._locked: set[str] = set()  # keys that no other node is in a step about
        self.drafts: list[events.Draft] = []
        self.also: list[str] = []  #: other steps, by their names in ``edges``, that this one does the work of

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        yield self.connection

    # -- rows with a state

    def add(
        self,
        kind: Kind,
        rows: Sequence[Mapping[str, Any]],
        *,
        why: str = "",
        to: To = (),
        direction: str = "in",
        lease: timedelta | None = None,
    ) -> list[Row]:
        """Insert *rows* in their machine's first state, with an event each; in the order given.

        *to* takes them on at once through one or several moves, each with its event. With
        *lease* they are claimed by us from the start. A row's ``direction`` member wins over
        the argument. Columns not given are empty.
        """
        return self.add_each(kind, rows, [(to, why)] * len(rows), direction=direction, lease=lease)

    def add_each(
        self,
        kind: Kind,
        rows: Sequence[Mapping[str, Any]],
        ways: Sequence[tuple[To, str]],
        *,
        direction: str = "in",
        lease: timedelta | None = None,
    ) -> list[Row]:
        """``add`` for rows that go different ways: of each where *to*, and why. Their ids are in the order given."""
        if not rows:
            return []
        table = KINDS[kind]
        directions = {row.get("direction", direction) for row in rows}
        if len(directions) > 1:
            raise ValueError("rows of one direction at a time")
        first = states.INITIAL[states.machine(kind, directions.pop())]
        common: dict[int, dict[str, Any]] = {}
        for to, _ in ways:
            if id(to) not in common:
                common[id(to)] = self._begun(kind, [first, *_way(to)], lease)
        names: dict[str, None] = dict.fromkeys(next(iter(common.values())))
        for row in rows:
            names.update(dict.fromkeys(row))
        _check_columns(table, kind, names)
        empty = statements.empty(table)
        blank = {name: empty[name] for name in names if name in empty}
        if kind is Kind.MESSAGE:  # another node that takes up a delivery of an order key sees this one
            self.alone(turns.locked(key) for row in rows if (key := row.get("order_key")))
        numbers = self._ids(table, len(rows))
        full = [{**blank, **common[id(to)], **row, "id": number} for number, row, (to, _) in zip(numbers, rows, ways, strict=True)]
        self.connection.execute(statements.insert_rows(table), full)
        for one, (to, why) in zip(full, ways, strict=True):
            self._draft_way(kind, one["id"], [first, *_way(to)], why, "", added=True)
        return [Row(kind, {**empty, **one}) for one in full]

    def _begun(self, kind: Kind, way: Sequence[State], lease: timedelta | None) -> dict[str, Any]:
        """What every row has that went this *way* from its first state."""
        _check_way(way)
        claimed = lease is not None and way[-1] in states.WORKED_ON
        common: dict[str, Any] = {"created_at": self.now, "changed_at": self.now, "due_at": self.now, "state": way[-1].value}
        common |= {"owner": self.owner if claimed else None, "attempt": 1 if claimed else 0}
        common["lease_until"] = None
        if claimed and lease is not None:
            common["lease_until"] = claims.lease_end(self.connection, lease, self.now, given=self._own_clock)
        if kind in states.DIRECTED:
            common["direction"] = states.place(way[-1])[1]
        return common

    def move(self, kind: Kind, rows: Rows, was: State, to: To, why: str, /, **changes: Any) -> list[Row | int]:
        """Take *rows* from *was* to *to*, or through all of *to* in turn; one event for each state.

        *changes* are written with it. A row that was claimed moves only while its owner and
        attempt still hold; one named by its id, or never claimed, only while nobody else's
        lease runs on it. A claim ends when the row comes to a state that is nobody's work
        (``states.WORKED_ON``). Returns what it was given, rows as they are now.

        Raises Superseded when one of *rows* is not, or no longer, in *was*, or not ours; then
        the step must end. ValueError when the table of moves does not allow it.
        """
        way = [was, *_way(to)]
        if len(way) < 2:
            raise ValueError("a move needs a state to go to")
        _check_way(way)
        if states.place(was)[0] is not kind:
            raise ValueError(f"{was} is no state of a {kind.value}")
        written = {**changes, "state": way[-1].value, "changed_at": self.now}
        ends = way[-1] not in states.WORKED_ON
        if ends:
            written |= {"owner": None, "lease_until": None}
        self._write(kind, rows, was, written)
        facts = events.spell({name: value for name, value in changes.items() if name != "reason" and isinstance(value, _FACTUAL)})
        for row in rows:
            self._draft_way(kind, id_of(row), way, why, facts)
        return [row.but(**written) if isinstance(row, Row) else row for row in rows]

    def set_each(self, kind: Kind, changes: Mapping[int, Mapping[str, Any]]) -> None:
        """``set`` for rows that differ in what is written, named by their ids; all of the same columns, in one statement."""
        if not changes:
            return
        first, *others = changes.values()
        if any(one.keys() != first.keys() for one in others):
            raise ValueError("rows of the same columns at a time")
        self._write(kind, list(changes), None, first, changes)

    def set(self, kind: Kind, rows: Rows, /, **changes: Any) -> list[Row | int]:
        """Write facts that are no state (a cursor, a mark) into *rows*, under the rules of ``move``.

        No event: what deserves one is a move, or ``event``. Raises Superseded.
        """
        for name in ("id", "state", "direction", "owner", "attempt", "lease_until"):
            if name in changes:
                raise ValueError(f"{name} is written by moves and claims only")
        self._write(kind, rows, None, changes)
        return [row.but(**changes) if isinstance(row, Row) else row for row in rows]

    def claim(
        self,
        kind: Kind,
        state: State,
        *,
        to: State | None = None,
        limit: int,
        lease: timedelta,
        now: datetime | None = None,
        **filters: Any,
    ) -> list[Row]:
        """Take up to *limit* rows in *state* that are due, oldest first, for *lease*; see ``Ledger.claim``."""
        if to is not None:
            _check_way([state, to])
        found = claims.claim(
            self.connection,
            kind,
            state,
            to=to,
            limit=limit,
            lease=lease,
            now=now or self.now,
            given=now is not None,
            owner=self.owner,
            filters=filters,
        )
        for row, earlier in found:
            if to is not None:
                why = "" if earlier is state else "the lease of the one before ended"
                self._draft(kind, row.id, "claimed", earlier.value, to.value, why, "")
        return [row for row, _ in found]

    def settle(self, interchanges: Iterable[int], *, messages: Collection[int] = ()) -> None:
        """Settle those of the received *interchanges*, and of those of *messages*, of which nothing is left to do, and their files.

        An interchange is settled when it is answered, every message in it is at an end and
        every delivery of it done; a file when all its interchanges are at an end. Those that
        are not there yet stay as they are.
        """
        every = set(interchanges)
        if messages:
            every.update(self.connection.execute(statements.INTERCHANGES_OF, {"messages": list(messages)}).scalars())
        done, files = settling.finished(self.connection, list(every))
        if done:
            self.move(Kind.INTERCHANGE, done, InterchangeIn.ANSWERED, InterchangeIn.SETTLED, "every message is at an end")
        if files and (over := settling.finished_files(self.connection, files)):
            self.move(Kind.FILE, over, FileState.SPLIT, FileState.SETTLED, "every interchange is at an end")

    # -- facts beside the states

    def event(self, kind: Kind | str, row: Row | int, name: str, why: str = "", **facts: Any) -> None:
        """Record that something happened to a row, or with row 0 and kind "gateway" to all of us."""
        self._draft(kind, id_of(row), name, "", "", why, events.spell(facts))

    def keys(self, message: Row | int, pairs: Iterable[tuple[str, str]]) -> None:
        """Let ``find`` know *message* by these (name, value) pairs; written when the step ends."""
        number = id_of(message)
        self._keys += [{"message": number, "name": name, "value": value} for name, value in pairs]

    # -- control numbers

    def number(self, ours: str, theirs: str, level: str, *, usage: str = "", first: int = 1) -> int:
        """The next control number from *ours* to *theirs*, given in this transaction.

        Unique per (ours, theirs, level, usage) until 999999999 wraps to 1, which is an event
        and skips numbers given within 180 days. *first* is where an unused line begins.
        """
        return self.numbers(ours, theirs, level, 1, usage=usage, first=first)[0]

    def numbers(self, ours: str, theirs: str, level: str, count: int, *, usage: str = "", first: int = 1) -> list[int]:
        """*count* control numbers of one line, in order."""
        given, wrapped = numbers.give(self.connection, (ours, theirs, level, usage), count, first, self.now, self._given)
        if wrapped:
            self.event("gateway", 0, "numbers wrapped", ours=ours, theirs=theirs, level=level, usage=usage)
        return given

    def void(self, ours: str, theirs: str, level: str, number: int, why: str, *, usage: str = "") -> None:
        """Say that a number was given and never sent, so that a gap is explained."""
        numbers.remember(self.connection, self._given)
        if not numbers.void(self.connection, (ours, theirs, level, usage), number, self.now):
            raise ValueError(f"{level} number {number} from {ours} to {theirs} was not given, or is void")
        self.event("gateway", 0, "number voided", why, ours=ours, theirs=theirs, level=level, usage=usage, number=number)

    # -- arrivals

    def arrive(
        self,
        *,
        channel: str,
        path: str,
        size: int,
        mtime_ns: int,
        ident: str,
        lease: timedelta,
        why: str,
        payload: int | None = None,
        sha256: bytes | None = None,
        **facts: Any,
    ) -> Row:
        """``arrive_all`` for one file."""
        key = {"channel": channel, "path": path, "size": size, "mtime_ns": mtime_ns, "ident": ident}
        row = {**key, "payload": payload, "sha256": sha256, **facts}
        return self.arrive_all([row], lease=lease, why=why)[0]

    def arrive_all(self, rows: Sequence[Mapping[str, Any]], *, lease: timedelta, why: str) -> list[Row]:
        """Files that are new: claimed by us for *lease*, and archived if the first has its ``payload``.

        Each row says channel, path, size, mtime_ns and ident, and what else is known. Its id is
        its arrival number. Ask ``arrivals`` first: one that is there already has only its retire
        left to do.
        """
        to = FileState.ARCHIVED if rows and rows[0].get("payload") is not None else ()
        named = [{**row, "name": row["path"].rpartition("/")[2]} for row in rows]
        return self.add(Kind.FILE, named, why=why, to=to, lease=lease)

    def retired(self, files: Sequence[int], *, changed: Sequence[int] = ()) -> None:
        """The sources of *files* are gone, or (*changed*) stay because they are other files by now.

        Their arrival keys are free. Files already known as retired stay as they are.
        """
        if not files:
            return
        fresh = set(self.connection.execute(statements.RETIRE, {"ids": list(files), "now": self.now}).scalars())
        grown = set(changed)
        for number in files:
            if number in fresh:
                self._draft(Kind.FILE, number, "source changed" if number in grown else "retired", "", "", "", "")

    # -- how it is written

    def finish(self) -> None:
        """Send what was gathered; the step has ended well."""
        numbers.remember(self.connection, self._given)
        if self._keys:
            self.connection.execute(statements.KEYS, self._keys)
            self._keys = []

    def _write(
        self,
        kind: Kind,
        rows: Rows,
        was: State | None,
        changes: Mapping[str, Any],
        own: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        _check_columns(KINDS[kind], kind, changes)
        if not fences.write(self.connection, kind, rows, was, changes, own, owner=self.owner, now=self.now):
            query = select(KINDS[kind]).where(KINDS[kind].c.id.in_([id_of(row) for row in rows][:500]))
            raise Superseded(fences.who_moved(kind, rows, was, changes, {row.id: row for row in self._all(kind, query)}, self.owner))

    def _ids(self, table: Table, count: int) -> Sequence[int]:
        """Ids for *count* rows. On SQLite we are the only writer; elsewhere the sequence gives them out."""
        if self._sqlite:
            return self._last_ids.draw(self.connection, table, count)
        return sorted(self.connection.execute(statements.DRAW, {"sequence": f"{table.name}_id_seq", "count": count}).scalars())

    def _draft_way(self, kind: Kind, row: int, way: Sequence[State], why: str, facts: str, *, added: bool = False) -> None:
        if added:
            self._draft(kind, row, "added", "", way[0].value, why, facts)
        last = len(way) - 2
        for index, (was, to) in enumerate(itertools.pairwise(way)):
            name = "claimed" if to is DeliveryState.UNDER_WAY else "moved"
            self._draft(kind, row, name, was.value, to.value, why, facts if index == last else "")

    def _draft(self, kind: Kind | str, row: int, name: str, was: str, state: str, why: str, facts: str) -> None:
        self.drafts.append(events.Draft(self.now, kind.value if isinstance(kind, Kind) else kind, row, name, was, state, why, facts))


_FACTUAL = (str, int, datetime, type(None))


def _way(to: To) -> list[State]:
    return list(to) if isinstance(to, Sequence) else [to]


def _check_way(way: Sequence[State]) -> None:
    for was, to in itertools.pairwise(way):
        if not states.follows(was, to):
            allowed = ", ".join(sorted(state.value for state in states.MOVES[was])) or "nothing"
            raise ValueError(f"{to} does not follow {was}; what may: {allowed}")


def _check_columns(table: Table, kind: Kind, names: Iterable[str]) -> None:
    for name in names:
        if name not in table.c:
            near = difflib.get_close_matches(name, table.c.keys(), n=1)
            raise TypeError(f"a {kind.value} has no {name!r}" + (f"; nearest is {near[0]!r}" if near else ""))
