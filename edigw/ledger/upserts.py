"""Inserts that meet a row which is there already; each database spells them in its own dialect.

The dialect is loaded when the first is made: PostgreSQL's takes as long as a short command.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table


def insert_into(table: Table, dialect: str) -> Any:
    """An insert with ``on_conflict_do_nothing`` and ``on_conflict_do_update``. *dialect*: ``sqlite`` or ``postgresql``."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
