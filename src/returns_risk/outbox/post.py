"""One message to a receiver, and what its answer means."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from returns_risk.outbox.signature import sign

if TYPE_CHECKING:
    from requests import Response, Session

__all__ = ["Answer", "post"]

_AGAIN = (408, 425, 429)
"""Refusals that a later try may not meet: too slow, too early, too many."""
_EXCERPT = 200


@dataclass(frozen=True)
class Answer:
    """What came of a try."""

    error: str | None
    """None where the message has arrived."""
    again: bool = False
    """Whether a later try may fare better."""
    wait: float = 0.0
    """Seconds that the receiver asks for before it (``Retry-After``)."""


def post(
    session: "Session", url: str, secret: str, event_id: str, body: bytes, timestamp: str, timeout: float
) -> Answer:
    """Send one event as JSON, signed; redirects are not followed.

    Parameters
    ----------
    timestamp : Unix time, whole seconds
    timeout : seconds to connect, and again to answer
    """
    from requests import RequestException, Timeout

    headers = {
        "Content-Type": "application/json",
        "User-Agent": "returns-risk",
        "X-Returns-Risk-Event": event_id,
        "X-Returns-Risk-Timestamp": timestamp,
        "X-Returns-Risk-Signature": sign(secret, timestamp, body),
    }
    try:
        with session.post(
            url, data=body, headers=headers, timeout=timeout, allow_redirects=False, stream=True
        ) as response:
            return _judge(response)
    except Timeout:
        return Answer(f"no answer within {timeout:g} s", again=True)
    except RequestException as error:
        # The library's own text repeats the address, which may hold a secret.
        return Answer(f"cannot be reached ({type(error).__name__})", again=True)


def _judge(response: "Response") -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(None)
    if 300 <= status < 400:
        return Answer(f"{status}: redirects are not followed; give the final address")
    excerpt = next(response.iter_content(_EXCERPT), b"").decode("utf-8", errors="replace")
    told = " ".join(f"{status} {response.reason or ''} {excerpt}".split())
    return Answer(told, again=status >= 500 or status in _AGAIN, wait=_wait(response))


def _wait(response: "Response") -> float:
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0
