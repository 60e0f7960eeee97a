"""Changes a ledger in SQLite without its triggers, as anybody with write access to the file could."""

import sqlite3
from pathlib import Path


def tamper(file: Path, statement: str) -> None:
    """Drop the triggers that refuse every change, run a statement, and restore the triggers."""
    with sqlite3.connect(file) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
    connection.close()
