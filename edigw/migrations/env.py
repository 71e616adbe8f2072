"""What Alembic runs: on the caller's connection and in its transaction, never on its own."""

from alembic import context

from edigw.migrations import indexes  # noqa: F401  they belong to the metadata
from edigw.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
