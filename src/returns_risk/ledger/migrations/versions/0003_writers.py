"""Who writes to a ledger in SQLite for the time being; PostgreSQL has advisory locks for that."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create the table."""
    if op.get_bind().dialect.name == "postgresql":
        return
    op.create_table(
        "ledger_writers",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("process", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.Integer, nullable=False),
    )
