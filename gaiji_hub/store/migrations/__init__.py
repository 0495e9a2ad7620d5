"""Alembic scripts, run by `gaiji_hub.store.migrate`; released ones are never edited."""
