"""The last id of each table, so that a step can number its rows before it inserts them.

For SQLite only, where whoever has begun a transaction is the only writer. Between our commits
others may have written; the database tells whether one has, and then the tables are asked
again.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table

from edigw.ledger import statements


class LastIds:
    """What this process knows of them. Used by one thread at a time: ``begin`` in a transaction, ``keep`` when it is committed."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._connection: Connection | None = None
        self._version = 0  #: of the database as that connection saw it, which others' commits change
        self._kept = False  #: what we know is committed, or was there before
        self._checked = False  #: nobody else has written before this transaction, or all is asked anew

    def begin(self) -> None:
        """A transaction begins. What the one before wrote counts only if it was kept."""
        if not self._kept:
            self._last.clear()
        self._kept = self._checked = False

    def keep(self) -> None:
        """It is committed, with every row whose id was drawn."""
        self._kept = True

    def draw(self, connection: Connection, table: Table, count: int) -> range:
        """The next *count* ids of *table*."""
        if not self._checked:
            self._check(connection)
        last = self._last.get(table.name)
        if last is None:
            last = int(connection.execute(statements.last_id(table)).scalar_one() or 0)
        self._last[table.name] = last + count
        return range(last + 1, last + count + 1)

    def _check(self, connection: Connection) -> None:
        version = int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
        if connection is not self._connection or version != self._version:
            self._last.clear()
        self._connection, self._version, self._checked = connection, version, True
