"""Alembic's entry: runs on the connection that app.store.migrate hands over, nothing else."""

from alembic import context

from app.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
