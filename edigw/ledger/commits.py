"""Commits shared among those who wait: one thread writes, and a sync pays for many steps.

A commit costs a sync of the disk, a millisecond or more; the statements of a step cost a
tenth of that. Steps that arrive while a commit is under way are run together in the next,
each in a savepoint, so that one that raises takes only itself along. After a shared commit
the thread waits a moment for those it has just told; a step that comes alone never waits.

A *patient* step is one that nobody waits for: it goes with the next commit that somebody
does wait for, and makes one of its own only when none comes.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from edigw.edges import NAMES, edge
from edigw.errors import LedgerUnavailable
from edigw.ledger.engine import is_locked, unavailable
from edigw.ledger.events import Chain
from edigw.ledger.lastids import LastIds
from edigw.ledger.transaction import Tx
from edigw.records import dataclass

T = TypeVar("T")
Step = Callable[[Tx], T]

SILENCE: Final = 0.0004  # seconds, after a commit that was shared: longer than a waiting thread takes to come again
WINDOW: Final = 0.003  # seconds to gather in all
MOST: Final = 200  # steps in one commit: about 50 ms of statements
PATIENCE: Final = 0.02  # seconds until a patient step gets a commit of its own; a kill meanwhile makes its work be done again
CLAIM: Final = "claim"  # how steps that claim are named
TRIES: Final = 4  # of a commit that another process was in the way of

#: SQLSTATEs after which the same steps may succeed: serialization failure, deadlock, lock timeout.
_IN_THE_WAY: Final = frozenset({"40001", "40P01", "55P03"})
_UNIQUE: Final = "23505"


@dataclass(slots=True)
class _Waiting:
    step: Step[Any]
    name: str
    future: Future[Any]
    patient: bool = False
    names: tuple[str, ...] = ()  #: whose edges it passes by: its own and what else it turned out to be
    tries: int = 0
    result: Any = None
    trouble: BaseException | None = None


class _InTheWay(Exception):
    """Another process was in the way of this transaction; run its steps again."""


class Writer:
    """The one writer of this process. Its thread starts with the first step."""

    def __init__(self, engine: Engine, chain: Chain, begin: Callable[[Connection, LastIds], Tx]) -> None:
        self._engine = engine
        self._chain = chain
        self._begin = begin
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._connection: Connection | None = None
        self._ids = LastIds()
        self._patient: list[_Waiting] = []
        self._patient_until = 0.0
        self._shared = False  #: the last commit carried several steps
        self.commits = 0  #: how many there were, for those who measure
        self.steps = 0  #: how many steps they carried

    def submit(self, step: Step[T], name: str, *, patient: bool = False) -> Future[T]:
        """Run *step* in the next commit; the future has what it returned once that is on disk.

        A *patient* one waits for company, PATIENCE at the longest.

        A future cancelled before its step began never runs it.
        """
        future: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise LedgerUnavailable("the ledger is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
                self._thread.start()
            self._queue.put(_Waiting(step, name, future, patient))
        return future

    def is_here(self) -> bool:
        """Whether the caller is the writer's own thread: a step."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Commit what was submitted, then end."""
        with self._lock:
            self._closed = True
            self._queue.put(None)
            thread = self._thread
        if thread is not None:
            thread.join()

    # -- the thread

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            batch: list[_Waiting] = []
            open_for_more = self._gather(batch)
            batch = [one for one in batch if one.future.set_running_or_notify_cancel()]
            while batch:
                again = self._carry(batch)
                batch = again
        self._drop_connection()

    def _gather(self, batch: list[_Waiting]) -> bool:
        """Fill *batch* with what waits; False when that is the last there will be."""
        if not self._wait(batch):
            return False
        urgent = sum(not one.patient for one in batch)
        until = time.monotonic() + WINDOW
        while len(batch) < MOST:
            patience = min(SILENCE, until - time.monotonic()) if self._shared else 0.0
            try:
                one = self._queue.get(timeout=patience) if patience > 0.0 else self._queue.get_nowait()
            except queue.Empty:
                break
            if one is None:
                return False
            batch.append(one)
            urgent += not one.patient
        self._shared = urgent > 1
        batch.sort(key=lambda one: one.name == CLAIM)  # they hold order keys, which no step behind them shall wait for
        return True

    def _wait(self, batch: list[_Waiting]) -> bool:
        """Wait until somebody waits, or a patient step has waited long enough; False when no more will come."""
        open_for_more = True
        while len(self._patient) < MOST:
            left = max(0.0, self._patient_until - time.monotonic()) if self._patient else None
            try:
                one = self._queue.get(timeout=left)
            except queue.Empty:
                break
            if one is None:
                open_for_more = False
                break
            if not one.patient:
                batch.append(one)
                break
            if not self._patient:
                self._patient_until = time.monotonic() + PATIENCE
            self._patient.append(one)
        batch[:0], self._patient = self._patient, []  # they came first
        return open_for_more

    def _carry(self, batch: list[_Waiting]) -> list[_Waiting]:
        """Run and commit *batch*, and tell those who wait; returns those to be run once more."""
        try:
            again = self._commit(batch)
        except BaseException as trouble:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            for one in batch:
                one.future.set_exception(trouble)
            return []
        for one in batch:
            if one in again:
                continue
            if one.trouble is not None:
                one.future.set_exception(one.trouble)
            else:
                one.future.set_result(one.result)
        return again

    def _commit(self, batch: list[_Waiting]) -> list[_Waiting]:
        for attempt in range(TRIES):
            try:
                return self._try(batch)
            except _InTheWay as trouble:
                self._roll_back()
                if attempt == TRIES - 1:
                    if isinstance(trouble.__cause__, DBAPIError) and is_locked(trouble.__cause__):
                        raise unavailable(trouble.__cause__, self._engine.url) from trouble
                    raise LedgerUnavailable(f"other transactions were in the way {TRIES} times: {trouble}") from trouble
                time.sleep(0.01 * 2**attempt)
            except DBAPIError as trouble:
                self._drop_connection()
                raise unavailable(trouble, self._engine.url) from trouble
            except BaseException:
                self._roll_back()
                raise
        raise AssertionError("unreachable")

    def _try(self, batch: list[_Waiting]) -> list[_Waiting]:
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            connection = self._connection
            connection.begin()
            drafts, done, again = [], [], []
            self._ids.begin()
            for one in batch:
                tx = self._attempt(connection, one, alone=len(batch) == 1)
                if tx is not None:
                    drafts += tx.drafts
                    done.append(one)
                elif _sqlstate(one.trouble) == _UNIQUE and one.tries < TRIES:
                    one.tries += 1  # another node wrote the same row since the step looked: it will see it now
                    again.append(one)
            if not done:
                connection.rollback()
                return again
            self._chain.write(connection, drafts)
            _edges(done, "before-commit")
            connection.commit()
        except DBAPIError as trouble:
            self._chain.forget()
            if _is_in_the_way(trouble):
                raise _InTheWay(str(trouble.orig)) from trouble
            raise
        except BaseException:
            self._chain.forget()
            raise
        self._chain.keep()
        if len(done) == len(batch):
            self._ids.keep()
        self.commits += 1
        self.steps += len(done)
        _edges(done, "committed")
        return again

    def _attempt(self, connection: Connection, one: _Waiting, *, alone: bool) -> Tx | None:
        """Run one step; None when it raised, and then nothing of it is left in the transaction."""
        one.trouble = None
        if not alone:
            connection.exec_driver_sql("SAVEPOINT step")
        tx = self._begin(connection, self._ids)
        try:
            one.result = one.step(tx)
            tx.finish()
            one.names = (one.name, *tx.also)
        except BaseException as trouble:
            if isinstance(trouble, DBAPIError) and (trouble.connection_invalidated or _is_in_the_way(trouble) or not _is_data(trouble)):
                raise
            one.trouble = trouble
            if not alone:
                connection.exec_driver_sql("ROLLBACK TO SAVEPOINT step")
                connection.exec_driver_sql("RELEASE SAVEPOINT step")
            return None
        if not alone:
            connection.exec_driver_sql("RELEASE SAVEPOINT step")
        return tx

    def _roll_back(self) -> None:
        if self._connection is not None:
            try:
                self._connection.rollback()
            except DBAPIError:
                self._drop_connection()

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError):  # it is broken already
                connection.rollback()
            with suppress(DBAPIError):
                connection.close()


def _edges(batch: list[_Waiting], name: str) -> None:
    for one in batch:
        for step in one.names:
            if f"{step}:{name}" in NAMES:
                edge(f"{step}:{name}")
    edge(f"ledger:{name}")


def _sqlstate(trouble: BaseException | None) -> str:
    return str(getattr(trouble.orig, "sqlstate", "") or "") if isinstance(trouble, DBAPIError) else ""


def _is_in_the_way(trouble: DBAPIError) -> bool:
    return _sqlstate(trouble) in _IN_THE_WAY or is_locked(trouble)


def _is_data(trouble: DBAPIError) -> bool:
    """The step's own values were wrong, and the transaction can go on without it."""
    return isinstance(trouble, IntegrityError) or _sqlstate(trouble)[:2] in ("22", "23", "42") or "no such" in str(trouble.orig)
