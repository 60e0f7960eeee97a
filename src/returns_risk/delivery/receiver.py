"""The receiver of a webhook: its address, its secret, and the checks of both."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from returns_risk.errors import DeliveryError

__all__ = ["Receiver"]

_MIN_LENGTH = 16
_MIN_DISTINCT = 8


@dataclass(frozen=True)
class Receiver:
    """The address that events are posted to, and the secret that signs them.

    Raises
    ------
    DeliveryError
        The address is not one of a web server, or the secret can be guessed.
    """

    url: str = field(repr=False)
    secret: str = field(repr=False)
    timeout: float = 10.0
    """Seconds for one try: connecting, sending and the whole answer."""

    def __post_init__(self) -> None:
        if len(self.secret) < _MIN_LENGTH or len(set(self.secret)) < _MIN_DISTINCT:
            raise DeliveryError(
                f"the webhook's secret has {len(self.secret)} characters, {len(set(self.secret))} different ones; at "
                f"least {_MIN_LENGTH} random ones are needed, as `openssl rand -hex 32` prints them. "
                "Set RETURNS_RISK_WEBHOOK_SECRET to the receiver's secret."
            )
        if not _has_host(self.url):
            # The address is not repeated: it may hold a secret.
            raise DeliveryError("the webhook's address cannot be read. Give one like https://host/path.")


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
