"""The digest by mail."""

import os
import smtplib
import ssl
from email.message import EmailMessage

from returns_risk.config.params import MailParams
from returns_risk.errors import DeliveryError
from returns_risk.io.deadlines import within
from returns_risk.nightly.digest import Digest

__all__ = ["send_mail"]

_PASSWORD = "RETURNS_RISK_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
_SECONDS = 60.0
"""Limit on the whole exchange: look-up of the host name, connection, all answers of the server."""


def send_mail(digest: Digest, params: MailParams, seconds: float = _SECONDS) -> None:
    """Send a digest over SMTP; with TLS, only to a server whose certificate and host name are valid.

    Parameters
    ----------
    seconds : limit on the whole exchange

    Raises
    ------
    DeliveryError
        The server cannot be reached, has no valid certificate, refuses or takes too long.
    """
    try:
        context = ssl.create_default_context(cafile=params.ca_file)
    except OSError as error:
        raise DeliveryError(
            f"mail: nightly.mail.ca_file {params.ca_file} cannot be read as certificates in PEM ({error.strerror}). "
            "Give the file of the authority that has signed the server's."
        ) from error
    try:
        within(seconds, lambda: _send(_write(digest, params), params, context, seconds))
    # A malformed host name or address raises ValueError.
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise DeliveryError(
            f"mail: {params.host}:{params.port} did not take the digest ({error}). Check nightly.mail in params.yaml "
            f"and {_PASSWORD}."
        ) from error


def _write(digest: Digest, params: MailParams) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"] = digest.subject, params.sender
    message["To"] = ", ".join(params.recipients)
    message.set_content(digest.text())
    return message


def _send(message: EmailMessage, params: MailParams, context: ssl.SSLContext, timeout: float) -> None:
    server = (
        smtplib.SMTP_SSL(params.host, params.port, timeout=timeout, context=context)
        if params.security == "tls"
        else smtplib.SMTP(params.host, params.port, timeout=timeout)
    )
    with server:
        if params.security == "starttls":
            server.starttls(context=context)
        if params.user is not None:
            server.login(params.user, os.environ.get(_PASSWORD, ""))
        server.send_message(message)
