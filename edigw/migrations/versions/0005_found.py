"""What is asked of a ledger of years: what a partner sent since then, and what is known by a word."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_index("ix_message_partner", "message", ["partner", "created_at"])
    op.create_index("ix_file_name", "file", ["name"])
    op.create_index("ix_message_number", "message", ["control_number"])
