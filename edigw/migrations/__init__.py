"""The ledger's schema, version by version. Shipped with the package and run when a ledger is opened."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def configuration(connection: Connection) -> Config:
    """Alembic's view of the ledger behind *connection*; its transaction is the caller's."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version, within the caller's transaction."""
    command.upgrade(configuration(connection), "head")
