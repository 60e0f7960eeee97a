"""SQLite replaces a row on INSERT OR REPLACE without asking the triggers of 0001; one of its own refuses that."""

from alembic import op

revision = "0002"
down_revision = "0001"

_KEYS = {
    "ledger_entries": "number = NEW.number OR hash = NEW.hash",
    "ledger_lines": "run = NEW.run AND place = NEW.place",
}


def upgrade() -> None:
    """Create a trigger for each table; PostgreSQL has no such statement."""
    if op.get_bind().dialect.name == "postgresql":
        return
    for table, key in _KEYS.items():
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {key})"  # noqa: S608 - names of ours
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {there} "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
