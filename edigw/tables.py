"""The ledger's tables, the same on SQLite and PostgreSQL.

State and work queue are the same rows. The migrations make this schema, and the indexes of
``migrations/indexes.py``; a test compares the two.

Times are aware and UTC everywhere. SQLite has no type for them: there they are text of one
width (``2026-11-20T15:30:00.000000+00:00``), which sorts, and which a person can read with
any SQLite shell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

from edigw.states import Kind


def storable(value: str) -> str:
    """*value* as ``Words`` writes it."""
    if value.isascii() and "\x00" not in value:
        return value
    return _UNSTORABLE.sub(lambda found: chr(_PRIVATE + ord(found[0])), value)


@lru_cache(maxsize=64)  # a step writes the same moment into every row
def moment(value: datetime) -> str:
    """*value* as ``Moment`` writes it where the database has no type for it; raises ValueError without a zone."""
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no zone; the ledger keeps UTC")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


class Words(TypeDecorator[str]):
    """Text of a partner or of a file system: whatever it is, it goes in and comes out.

    PostgreSQL takes no NUL in a text, and no database takes the lone surrogates by which
    Python carries a file name that is not UTF-8. Both are kept as private characters of
    plane 15, where nobody's text is.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else storable(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None or value.isascii():
            return value
        return _STORED.sub(lambda found: chr(ord(found[0]) - _PRIVATE), value)


_PRIVATE: Final = 0xF0000
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_STORED: Final = re.compile("[\U000f0000\U000fd800-\U000fdfff]")


class Moment(TypeDecorator[datetime]):
    """A point in time. Takes aware datetimes only, gives them back in UTC."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        spelled = moment(value)
        return value if dialect.name == "postgresql" else spelled

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else datetime.fromisoformat(value)


#: SQLite numbers a table's rows itself only where the key's type is INTEGER.
_ID: Final = BigInteger().with_variant(Integer(), "sqlite")
_FACTS: Final = JSON(none_as_null=True)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _key() -> Column[int]:
    return Column("id", _ID, primary_key=True)


def _reference(name: str, table: str) -> Column[int]:
    return Column(name, _ID, ForeignKey(f"{table}.id"))


def _text(name: str) -> Column[str]:
    """Text that is never NULL; ``""`` says that there is none."""
    return Column(name, Words, nullable=False, server_default="")


def _work() -> list[Column[Any]]:
    """What every row with a state has: the state, its times, and who works on it."""
    return [
        Column("state", String(16), nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("changed_at", Moment, nullable=False),  #: when the state last changed
        Column("due_at", Moment, nullable=False),  #: not claimed before
        Column("owner", Words),  #: node and boot that claimed it; NULL: nobody
        Column("attempt", Integer, nullable=False, server_default="0"),  #: claims so far
        Column("lease_until", Moment),
        Column("reason", Words, nullable=False, server_default=""),  #: why it is where it is, for people
        Column("held", Words, nullable=False, server_default=""),  #: a stable code while it waits for a person
    ]


payload = Table(
    "payload",
    metadata,
    _key(),
    Column("sha256", LargeBinary(32), nullable=False, unique=True),
    Column("size", BigInteger, nullable=False),  #: bytes, uncompressed
    Column("codec", String(8), nullable=False),  #: raw, zlib; "archive": the body is a file of the archive
    Column("body", LargeBinary),  #: NULL when it is in the archive, or removed
    Column("created_at", Moment, nullable=False),
    Column("removed_at", Moment),
)

file = Table(
    "file",
    metadata,
    _key(),
    *_work(),
    _text("channel"),
    _text("partner"),  #: whose channel it came by, or who its envelopes say it is
    _text("path"),  #: in the channel
    _text("name"),
    Column("size", BigInteger, nullable=False, server_default="0"),
    Column("mtime_ns", BigInteger, nullable=False, server_default="0"),
    _text("ident"),  #: inode, or a remote server's id
    _reference("payload", "payload"),
    Column("sha256", LargeBinary(32)),  #: of its payload
    _text("generation"),
    Column("retired_at", Moment),  #: when its source was taken away; NULL: its arrival key is taken
    Column("unreadable", _FACTS),  #: [{start, end, reason}]
)

interchange = Table(
    "interchange",
    metadata,
    _key(),
    *_work(),
    Column("direction", String(3), nullable=False),  #: in, out
    _reference("file", "file"),
    _text("partner"),
    _text("channel"),
    _text("syntax"),
    _text("version"),
    _text("sender"),  #: "ZZ:ACMESTORES"
    _text("receiver"),
    _text("control_number"),
    _text("prepared_at"),  #: as sent
    Column("test", Boolean, nullable=False, server_default="0"),
    Column("span_start", BigInteger, nullable=False, server_default="0"),
    Column("span_end", BigInteger, nullable=False, server_default="0"),
    _text("digest"),  #: SHA-256 of the span's bytes without line padding, hex
    Column("header", _FACTS),  #: the envelope: delimiters, charset, header elements as sent
    Column("groups", _FACTS),
    Column("faults", _FACTS),
    Column("cursor", BigInteger, nullable=False, server_default="0"),  #: judged so far, byte offset in the file
    Column("read", Integer, nullable=False, server_default="0"),  #: messages recorded so far
    Column("resume", LargeBinary),  #: the parser's state at the cursor
    _text("acknowledge"),  #: what its answer came to, "" while there is none
    _reference("payload", "payload"),  #: out: the bytes as written
    Column("answers", _FACTS),  #: the answers it got: kind, control number, file name
    Column("answered_at", Moment),  #: when the answer was last given, for repeats
    _reference("duplicate_of", "interchange"),
    _reference("repeat_of", "interchange"),  #: same bytes as one that was refused, rejected or quarantined
    _text("generation"),
)

message = Table(
    "message",
    metadata,
    _key(),
    *_work(),
    Column("direction", String(3), nullable=False),
    _reference("file", "file"),
    _reference("interchange", "interchange"),
    _text("partner"),
    Column("ordinal", Integer, nullable=False, server_default="0"),
    Column("group", Integer, nullable=False, server_default="-1"),
    _text("type"),
    _text("release"),
    _text("association"),
    _text("control_number"),
    Column("span_start", BigInteger, nullable=False, server_default="0"),
    Column("span_end", BigInteger, nullable=False, server_default="0"),
    _text("verdict"),
    _text("kind"),  #: of the document
    _reference("document", "payload"),
    _text("key"),  #: business key: the document's number
    _text("contents"),  #: digest of what the document says but for its source; "" if its number may stand again
    _text("order_key"),  #: what must be delivered in order has the same one; "" for none
    _text("standard"),
    _text("map"),
    _text("deliver"),  #: endpoint
    _text("generation"),
    Column("faults", _FACTS),
    Column("answer", _FACTS),  #: its part of the answer: AK2..AK5, UCM..UCD
    Column("answers", _FACTS),  #: what an acknowledgement says
    _reference("answered_by", "message"),  #: the acknowledgement that speaks of it
    _reference("replay_of", "message"),
)

delivery = Table(
    "delivery",
    metadata,
    _key(),
    *_work(),
    _text("what"),  #: ack, document, interchange
    _text("partner"),
    _reference("interchange", "interchange"),
    _reference("message", "message"),
    _reference("payload", "payload"),
    Column("sha256", LargeBinary(32)),  #: of its payload
    _text("lane"),  #: endpoint or channel
    _text("name"),  #: the file's, in a channel
    Column("headers", _FACTS),
    _text("webhook_id"),
    _text("order_key"),  #: of its message
    Column("mark", Words),  #: "renaming": the final name may stand; "witness": to be read back before it leaves
    Column("last_error", Words),
    _text("reply_to"),
    _reference("replay_of", "delivery"),
)

#: By what ``find`` knows a message: its document's numbers, parties, references.
business_key = Table(
    "business_key",
    metadata,
    _key(),
    Column("message", _ID, ForeignKey("message.id"), nullable=False, index=True),
    _text("name"),
    Column("value", Words, nullable=False, index=True),
)

#: Who writes events: one node from its start to its end, or one session of a person.
writer = Table(
    "writer",
    metadata,
    _key(),
    Column("name", Words, nullable=False, unique=True),  #: node and boot
    _text("person"),
    Column("started_at", Moment, nullable=False),
    Column("events", BigInteger, nullable=False, server_default="0"),  #: how many it wrote
    Column("head", LargeBinary(32), nullable=False),  #: the last one's hash
)

event = Table(
    "event",
    metadata,
    _key(),
    Column("writer", _ID, ForeignKey("writer.id"), nullable=False),
    Column("number", BigInteger, nullable=False),  #: from 1 in its writer's chain
    Column("at", Moment, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("row", BigInteger, nullable=False),  #: 0: it speaks of no row
    Column("name", Words, nullable=False),
    _text("was"),
    _text("state"),  #: "" when it moved nothing
    _text("why"),
    _text("facts"),  #: JSON as it was hashed
    Column("hash", LargeBinary(32), nullable=False),
    Index("ix_event_writer_number", "writer", "number", unique=True),
    Index("ix_event_kind_row", "kind", "row", "id"),
)

#: A closed stretch of one writer's chain: what is behind it holds even when its events were removed.
seal = Table(
    "seal",
    metadata,
    _key(),
    Column("writer", _ID, ForeignKey("writer.id"), nullable=False),
    Column("number", Integer, nullable=False),  #: from 1 for its writer
    Column("first", BigInteger, nullable=False),  #: its first event's number in the chain
    Column("last", BigInteger, nullable=False),
    Column("first_id", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("head", LargeBinary(32), nullable=False),  #: the last event's hash
    Column("hash", LargeBinary(32), nullable=False),  #: of this seal, behind the one before
    Column("sealed_at", Moment, nullable=False),
    Column("removed_at", Moment),  #: when retention removed its events
    Index("ix_seal_writer_number", "writer", "number", unique=True),
)

#: What retention must leave alone until somebody lifts it.
legal_hold = Table(
    "legal_hold",
    metadata,
    _key(),
    _text("partner"),  #: everything of this partner, or ""
    _text("kind"),  #: or this row, and the whole file it came in
    Column("row", BigInteger, nullable=False, server_default="0"),
    _text("person"),
    _text("reason"),
    Column("placed_at", Moment, nullable=False),
    Column("lifted_at", Moment),
)

#: One line of numbers: what we send as *ours* to *theirs*.
numbering = Table(
    "numbering",
    metadata,
    _key(),
    Column("ours", Words, nullable=False),
    Column("theirs", Words, nullable=False),
    Column("level", String(16), nullable=False),
    Column("usage", Words, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("cycle", Integer, nullable=False, server_default="0"),  #: how often it went from 999999999 to 1
    Index("ix_numbering_line", "ours", "theirs", "level", "usage", unique=True),
)

control_number = Table(
    "control_number",
    metadata,
    _key(),
    Column("numbering", _ID, ForeignKey("numbering.id"), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("cycle", Integer, nullable=False, server_default="0"),
    Column("given_at", Moment, nullable=False),
    Column("voided_at", Moment),
    Index("ix_control_number_once", "numbering", "number", "cycle", unique=True),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Words, primary_key=True),
    Column("holder", Words, nullable=False),  #: node and boot; "": it was given up
    Column("machine", Words, nullable=False),  #: where the holder runs, to tell at once that it has died
    Column("until", Moment, nullable=False),
    Column("fence", Integer, nullable=False, server_default="1"),  #: how often it went to another holder
)

KINDS: Final[Mapping[Kind, Table]] = MappingProxyType(
    {Kind.FILE: file, Kind.INTERCHANGE: interchange, Kind.MESSAGE: message, Kind.DELIVERY: delivery}
)
