"""Alembic's entry: migrates the connection that `cobrex_db.migrate` hands over."""

from __future__ import annotations

from alembic import context

from cobrex_db.schema import VIEWS, metadata


def _renew_views() -> None:
    # a view has no rows to keep: made anew after every migration, it cannot drift
    for name, body in VIEWS.items():
        context.execute(f"DROP VIEW IF EXISTS {name}")
        context.execute(f"CREATE VIEW {name} AS {body}")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
    _renew_views()
