"""What Alembic runs: the steps, on the connection and in the transaction that `store/migrate.py` opened."""

from alembic import context

from monitor.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,  # SQLite changes a table by building it anew
    transactional_ddl=True,  # also on SQLite, where the engine emits BEGIN itself
)
context.run_migrations()
