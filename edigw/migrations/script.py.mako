"""${message}"""

import sqlalchemy as sa
from alembic import op

from edigw.tables import Moment, Words

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
