"""Block ``nightly`` of ``params.yaml``."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from returns_risk.config.yaml_files import Frozen

__all__ = ["MailParams", "NightlyParams"]


class MailParams(Frozen):
    """Recipients and SMTP server of the nightly digest."""

    host: str
    port: Annotated[int, Field(gt=0, lt=65536)]
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    """User name; the password is in ``RETURNS_RISK_SMTP_PASSWORD``. None to send without signing in."""
    sender: str
    recipients: Annotated[tuple[str, ...], Field(min_length=1)]
    ca_file: Path | None = None
    """PEM file of a private certificate authority that signed the server's certificate."""

    @model_validator(mode="after")
    def _refuse_password_in_clear(self) -> Self:
        if self.security == "none" and self.user is not None:
            raise ValueError("user with security none would send the password in clear; give starttls or tls")
        return self


class NightlyParams(Frozen):
    """Model, ledger and deliveries of the nightly run; no stage reads it."""

    model: str = "champion"
    """Alias or number of a registered version."""
    ledger: str = "sqlite:///ledger/ledger.db"
    """Address of the ledger's database; ``RETURNS_RISK_LEDGER`` overrides it."""
    keep_nights: PositiveInt = 14
    """Nights whose working data is kept; exports and the ledger stay."""
    mail: MailParams | None = None
    database: str | None = None
    """Address of a database that gets the flagged lines as a table; ``RETURNS_RISK_DATABASE`` overrides it."""
    webhook: str | None = None
    """Address that events are posted to; ``RETURNS_RISK_WEBHOOK_URL`` overrides it."""
