"""Addresses of SQLite and PostgreSQL databases: parsed, and shown without their passwords."""

from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from returns_risk.errors import ReturnsRiskError

__all__ = ["display_url", "is_sqlite", "mask_passwords", "parse_url", "sqlite_file"]

_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}


def parse_url(url: str, error: type[ReturnsRiskError]) -> URL:
    """Parse the address of a database and set its driver.

    Raises
    ------
    ``error``
        The address cannot be parsed, or names another kind of database.
    """
    try:
        parsed = make_url(url)
        # A password with an unescaped @ ends up in the host, which error messages repeat.
        driver = None if "@" in (parsed.host or "") else _DRIVERS.get(parsed.get_backend_name())
    except (ArgumentError, ValueError):
        driver = None
    if driver is None:
        # Neither the address nor SQLAlchemy's message is repeated: both may hold a password.
        raise error(
            "the database's address cannot be read. Give sqlite:///data/outbox.db or "
            "postgresql://user:password@host/database; signs like @ in a password as %40."
        )
    return parsed.set(drivername=driver)


def is_sqlite(url: str, error: type[ReturnsRiskError]) -> bool:
    """Return whether an address is that of an SQLite database."""
    return parse_url(url, error).get_backend_name() == "sqlite"


def sqlite_file(url: str, error: type[ReturnsRiskError]) -> Path | None:
    """Return the file of an SQLite database; None for a database in memory or of another kind."""
    name = parse_url(url, error).database or ":memory:"
    in_file = is_sqlite(url, error) and name != ":memory:" and not name.startswith("file:")
    return Path(name) if in_file else None


def display_url(url: URL) -> str:
    """Return an address without its password and its options, which may hold another password."""
    return url.set(drivername=url.get_backend_name(), query={}).render_as_string(hide_password=True)


def mask_passwords(url: URL, text: str) -> str:
    """Replace the passwords of an address by ``***`` in a text, also where they are percent-encoded."""
    options = [value for name, value in url.query.items() if "password" in name and isinstance(value, str)]
    for password in [str(url.password or ""), *options]:
        for written in (password, quote(password, safe=""), quote_plus(password)):
            text = text.replace(written, "***") if written else text
    return text
