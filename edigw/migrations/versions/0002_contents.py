"""What a document says, as a digest: by it a number that comes again with other contents is known."""

import sqlalchemy as sa
from alembic import op

from edigw.tables import Words

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("message", sa.Column("contents", Words(), server_default="", nullable=False))
