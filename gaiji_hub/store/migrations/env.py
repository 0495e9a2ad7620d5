"""Alembic's entry: runs the steps on the connection (and inside the transaction) that the caller opened."""

from alembic import context

from gaiji_hub.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can roll DDL back too, because the engine begins transactions itself.
    transactional_ddl=True,
)
context.run_migrations()
