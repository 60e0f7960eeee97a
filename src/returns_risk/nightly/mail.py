"""The digest by mail."""

import os
import smtplib
from email.message import EmailMessage

from returns_risk.errors import DeliveryError
from returns_risk.nightly.digest import Digest
from returns_risk.params import MailParams

__all__ = ["send_mail"]

_PASSWORD = "RETURNS_RISK_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
_TIMEOUT = 30  # seconds


def send_mail(digest: Digest, params: MailParams) -> None:
    """Send a digest over SMTP.

    Raises
    ------
    DeliveryError
        The server cannot be reached or refuses; the night itself stands.
    """
    message = EmailMessage()
    message["Subject"], message["From"] = digest.subject, params.sender
    message["To"] = ", ".join(params.recipients)
    message.set_content(digest.text())
    kind = smtplib.SMTP_SSL if params.security == "tls" else smtplib.SMTP
    try:
        with kind(params.host, params.port, timeout=_TIMEOUT) as server:
            if params.security == "starttls":
                server.starttls()
            if params.user is not None:
                server.login(params.user, os.environ.get(_PASSWORD, ""))
            server.send_message(message)
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryError(
            f"mail: {params.host}:{params.port} did not take the digest ({error}). Check nightly.mail in params.yaml "
            f"and {_PASSWORD}; export and ledger are written."
        ) from error
