"""Changes a ledger in SQLite behind its back, as somebody with the file could."""

import sqlite3
from pathlib import Path


def tamper(file: Path, statement: str) -> None:
    """Take the triggers away that refuse every change, and run a statement."""
    with sqlite3.connect(file) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
    connection.close()
