"""Alembic's entry: the schema of `base.models`, on both databases (`render_as_batch`: SQLite)."""

from alembic import context

from app.base.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="models.",
)
with context.begin_transaction():
    context.run_migrations()
