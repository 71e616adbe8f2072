"""A fence for each named lease: by it a holder that hung learns that another held it meanwhile."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("lease", sa.Column("fence", sa.Integer(), server_default="1", nullable=False))
