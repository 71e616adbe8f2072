"""The first schema of the ledger."""

import sqlalchemy as sa
from alembic import op

from edigw.tables import Moment, Words

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", Words(), nullable=False),
        sa.Column("holder", Words(), nullable=False),
        sa.Column("machine", Words(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "numbering",
        sa.Column("id", ID, nullable=False),
        sa.Column("ours", Words(), nullable=False),
        sa.Column("theirs", Words(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("usage", Words(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_numbering")),
    )
    op.create_index("ix_numbering_line", "numbering", ["ours", "theirs", "level", "usage"], unique=True)
    op.create_table(
        "payload",
        sa.Column("id", ID, nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("codec", sa.String(length=8), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payload")),
        sa.UniqueConstraint("sha256", name=op.f("uq_payload_sha256")),
    )
    op.create_table(
        "writer",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("person", Words(), server_default="", nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("events", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_writer")),
        sa.UniqueConstraint("name", name=op.f("uq_writer_name")),
    )
    op.create_table(
        "control_number",
        sa.Column("id", ID, nullable=False),
        sa.Column("numbering", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("cycle", sa.Integer(), server_default="0", nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("voided_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["numbering"], ["numbering.id"], name=op.f("fk_control_number_numbering")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_control_number")),
    )
    op.create_index("ix_control_number_once", "control_number", ["numbering", "number", "cycle"], unique=True)
    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        sa.Column("writer", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("name", Words(), nullable=False),
        sa.Column("was", Words(), server_default="", nullable=False),
        sa.Column("state", Words(), server_default="", nullable=False),
        sa.Column("why", Words(), server_default="", nullable=False),
        sa.Column("facts", Words(), server_default="", nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["writer"], ["writer.id"], name=op.f("fk_event_writer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_kind_row", "event", ["kind", "row", "id"], unique=False)
    op.create_index("ix_event_writer_number", "event", ["writer", "number"], unique=True)
    op.create_table(
        "file",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("owner", Words(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("held", Words(), server_default="", nullable=False),
        sa.Column("channel", Words(), server_default="", nullable=False),
        sa.Column("partner", Words(), server_default="", nullable=False),
        sa.Column("path", Words(), server_default="", nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mtime_ns", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("ident", Words(), server_default="", nullable=False),
        sa.Column("payload", ID, nullable=True),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("generation", Words(), server_default="", nullable=False),
        sa.Column("retired_at", Moment(), nullable=True),
        sa.Column("unreadable", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["payload"], ["payload.id"], name=op.f("fk_file_payload")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
    )
    op.create_index(
        "ix_file_arrival",
        "file",
        ["channel", "path", "size", "mtime_ns", "ident"],
        unique=True,
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_index(
        "ix_file_lease",
        "file",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index("ix_file_state", "file", ["state", "due_at"], unique=False)
    op.create_table(
        "interchange",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("owner", Words(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("held", Words(), server_default="", nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("file", ID, nullable=True),
        sa.Column("partner", Words(), server_default="", nullable=False),
        sa.Column("channel", Words(), server_default="", nullable=False),
        sa.Column("syntax", Words(), server_default="", nullable=False),
        sa.Column("version", Words(), server_default="", nullable=False),
        sa.Column("sender", Words(), server_default="", nullable=False),
        sa.Column("receiver", Words(), server_default="", nullable=False),
        sa.Column("control_number", Words(), server_default="", nullable=False),
        sa.Column("prepared_at", Words(), server_default="", nullable=False),
        sa.Column("test", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("span_start", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("span_end", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("digest", Words(), server_default="", nullable=False),
        sa.Column("header", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("groups", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("faults", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("cursor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("read", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resume", sa.LargeBinary(), nullable=True),
        sa.Column("acknowledge", Words(), server_default="", nullable=False),
        sa.Column("payload", ID, nullable=True),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("duplicate_of", ID, nullable=True),
        sa.Column("repeat_of", ID, nullable=True),
        sa.Column("generation", Words(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["duplicate_of"], ["interchange.id"], name=op.f("fk_interchange_duplicate_of")),
        sa.ForeignKeyConstraint(["file"], ["file.id"], name=op.f("fk_interchange_file")),
        sa.ForeignKeyConstraint(["payload"], ["payload.id"], name=op.f("fk_interchange_payload")),
        sa.ForeignKeyConstraint(["repeat_of"], ["interchange.id"], name=op.f("fk_interchange_repeat_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interchange")),
    )
    op.create_index("ix_interchange_digest", "interchange", ["digest"], unique=False)
    op.create_index("ix_interchange_file", "interchange", ["file"], unique=False)
    op.create_index(
        "ix_interchange_lease",
        "interchange",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index("ix_interchange_number", "interchange", ["control_number", "created_at"], unique=False)
    op.create_index("ix_interchange_state", "interchange", ["state", "due_at"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("owner", Words(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("held", Words(), server_default="", nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("file", ID, nullable=True),
        sa.Column("interchange", ID, nullable=True),
        sa.Column("partner", Words(), server_default="", nullable=False),
        sa.Column("ordinal", sa.Integer(), server_default="0", nullable=False),
        sa.Column("group", sa.Integer(), server_default="-1", nullable=False),
        sa.Column("type", Words(), server_default="", nullable=False),
        sa.Column("release", Words(), server_default="", nullable=False),
        sa.Column("association", Words(), server_default="", nullable=False),
        sa.Column("control_number", Words(), server_default="", nullable=False),
        sa.Column("span_start", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("span_end", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("verdict", Words(), server_default="", nullable=False),
        sa.Column("kind", Words(), server_default="", nullable=False),
        sa.Column("document", ID, nullable=True),
        sa.Column("key", Words(), server_default="", nullable=False),
        sa.Column("order_key", Words(), server_default="", nullable=False),
        sa.Column("standard", Words(), server_default="", nullable=False),
        sa.Column("map", Words(), server_default="", nullable=False),
        sa.Column("deliver", Words(), server_default="", nullable=False),
        sa.Column("generation", Words(), server_default="", nullable=False),
        sa.Column("faults", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answer", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("answered_by", ID, nullable=True),
        sa.Column("replay_of", ID, nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["message.id"], name=op.f("fk_message_answered_by")),
        sa.ForeignKeyConstraint(["document"], ["payload.id"], name=op.f("fk_message_document")),
        sa.ForeignKeyConstraint(["file"], ["file.id"], name=op.f("fk_message_file")),
        sa.ForeignKeyConstraint(["interchange"], ["interchange.id"], name=op.f("fk_message_interchange")),
        sa.ForeignKeyConstraint(["replay_of"], ["message.id"], name=op.f("fk_message_replay_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index("ix_message_interchange", "message", ["interchange", "ordinal"], unique=False)
    op.create_index("ix_message_key", "message", ["key"], unique=False)
    op.create_index(
        "ix_message_lease",
        "message",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index(
        "ix_message_order",
        "message",
        ["order_key", "id"],
        unique=False,
        sqlite_where=sa.text("order_key != ''"),
        postgresql_where=sa.text("order_key != ''"),
    )
    op.create_index("ix_message_state", "message", ["state", "due_at"], unique=False)
    op.create_table(
        "business_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("message", ID, nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("value", Words(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name=op.f("fk_business_key_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_key")),
    )
    op.create_index(op.f("ix_business_key_message"), "business_key", ["message"], unique=False)
    op.create_index(op.f("ix_business_key_value"), "business_key", ["value"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("owner", Words(), nullable=True),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("held", Words(), server_default="", nullable=False),
        sa.Column("what", Words(), server_default="", nullable=False),
        sa.Column("partner", Words(), server_default="", nullable=False),
        sa.Column("interchange", ID, nullable=True),
        sa.Column("message", ID, nullable=True),
        sa.Column("payload", ID, nullable=True),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=True),
        sa.Column("lane", Words(), server_default="", nullable=False),
        sa.Column("name", Words(), server_default="", nullable=False),
        sa.Column("headers", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("webhook_id", Words(), server_default="", nullable=False),
        sa.Column("order_key", Words(), server_default="", nullable=False),
        sa.Column("mark", Words(), nullable=True),
        sa.Column("last_error", Words(), nullable=True),
        sa.Column("reply_to", Words(), server_default="", nullable=False),
        sa.Column("replay_of", ID, nullable=True),
        sa.ForeignKeyConstraint(["interchange"], ["interchange.id"], name=op.f("fk_delivery_interchange")),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name=op.f("fk_delivery_message")),
        sa.ForeignKeyConstraint(["payload"], ["payload.id"], name=op.f("fk_delivery_payload")),
        sa.ForeignKeyConstraint(["replay_of"], ["delivery.id"], name=op.f("fk_delivery_replay_of")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_interchange", "delivery", ["interchange"], unique=False)
    op.create_index("ix_delivery_lane", "delivery", ["state", "lane", "due_at"], unique=False)
    op.create_index(
        "ix_delivery_lease",
        "delivery",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_index("ix_delivery_message", "delivery", ["message"], unique=False)
    op.create_index("ix_delivery_state", "delivery", ["state", "due_at"], unique=False)
