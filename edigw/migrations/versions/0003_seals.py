"""Seals of the chains, legal holds, and who names a payload: what retention goes by."""

import sqlalchemy as sa
from alembic import op

from edigw.tables import Moment, Words

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAMED = [("file", "payload"), ("interchange", "payload"), ("message", "document"), ("delivery", "payload")]


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("id", ID, nullable=False),
        sa.Column("writer", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sealed_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["writer"], ["writer.id"], name=op.f("fk_seal_writer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seal")),
    )
    op.create_index("ix_seal_writer_number", "seal", ["writer", "number"], unique=True)
    op.create_table(
        "legal_hold",
        sa.Column("id", ID, nullable=False),
        sa.Column("partner", Words(), server_default="", nullable=False),
        sa.Column("kind", Words(), server_default="", nullable=False),
        sa.Column("row", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("person", Words(), server_default="", nullable=False),
        sa.Column("reason", Words(), server_default="", nullable=False),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("lifted_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    for table, column in NAMED:
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=where, postgresql_where=where)
