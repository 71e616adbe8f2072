"""The ledger's indexes: each answers the question that its comment asks.

Apart from the tables, for only a database that is made or compared needs them, and to name a part
of a table for PostgreSQL loads its driver, which nobody who asks a ledger on SQLite should wait for.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Index, Table

from edigw.tables import KINDS, delivery, file, interchange, message

# One file of a folder arrives once until its source is retired; then its name is free again.
Index(
    "ix_file_arrival",
    file.c.channel, file.c.path, file.c.size, file.c.mtime_ns, file.c.ident,
    unique=True, sqlite_where=file.c.retired_at.is_(None), postgresql_where=file.c.retired_at.is_(None),
)  # fmt: skip
# Were these bytes received before?
Index("ix_interchange_digest", interchange.c.digest)
# Was this control number used before, by this partner?
Index("ix_interchange_number", interchange.c.control_number, interchange.c.created_at)
Index("ix_interchange_file", interchange.c.file)
Index("ix_message_interchange", message.c.interchange, message.c.ordinal)
Index("ix_message_key", message.c.key)
# What came from this partner since then?
Index("ix_message_partner", message.c.partner, message.c.created_at)
# What is known by this word?
Index("ix_file_name", file.c.name)
Index("ix_message_number", message.c.control_number)
# Does an earlier one of the same key still wait?
_ordered = message.c.order_key != ""
Index("ix_message_order", message.c.order_key, message.c.id, sqlite_where=_ordered, postgresql_where=_ordered)
Index("ix_delivery_message", delivery.c.message)
Index("ix_delivery_interchange", delivery.c.interchange)
# Who names this payload? Asked before its body is removed.
for _named in (file.c.payload, interchange.c.payload, message.c.document, delivery.c.payload):
    _is_named = _named.is_not(None)
    Index(f"ix_{_named.table.name}_{_named.name}", _named, sqlite_where=_is_named, postgresql_where=_is_named)
# What is due, lane by lane, oldest first?
Index("ix_delivery_lane", delivery.c.state, delivery.c.lane, delivery.c.due_at)


def _leased(table: Table) -> ColumnElement[bool]:
    return table.c.lease_until.is_not(None)


for _table in KINDS.values():
    Index(f"ix_{_table.name}_state", _table.c.state, _table.c.due_at)
    Index(f"ix_{_table.name}_lease", _table.c.lease_until, sqlite_where=_leased(_table), postgresql_where=_leased(_table))
