"""One signed request to a receiver, and the meaning of its answer."""

from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from requests import Request, RequestException, Response, Session, Timeout
from requests.exceptions import SSLError

from returns_risk.delivery.outbox import OutboxEvent
from returns_risk.delivery.receiver import Receiver
from returns_risk.delivery.signature import sign
from returns_risk.io.deadlines import within

__all__ = ["Answer", "post_event"]

_RETRYABLE = (408, 425, 429)
"""Refusals that a later try may not get: request timeout, too early, too many requests."""
_EXCERPT = 200


@dataclass(frozen=True)
class Answer:
    """The result of one try."""

    error: str | None
    """None where the event arrived."""
    retryable: bool = False
    """Whether a later try may succeed."""
    retry_after: float = 0.0
    """Seconds that the receiver asks to wait (``Retry-After``)."""


def post_event(session: Session, receiver: Receiver, event: OutboxEvent, timestamp: str) -> Answer:
    """Send one event as signed JSON; redirects are not followed.

    Parameters
    ----------
    timestamp : Unix time, whole seconds
    """
    body, timeout = event.body.encode(), receiver.timeout
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "returns-risk",
        "X-Returns-Risk-Event": event.event_id,
        "X-Returns-Risk-Timestamp": timestamp,
        "X-Returns-Risk-Signature": sign(receiver.secret, timestamp, body),
    }
    late = Answer(f"no complete answer within {timeout:g} s", retryable=True)
    try:
        return within(timeout, lambda: _post(session, receiver.url, body, headers, timeout)) or late
    except TimeoutError:
        return late


def _post(session: Session, url: str, body: bytes, headers: dict[str, str], timeout: float) -> Answer | None:
    """Return the answer; None where the receiver sent nothing for too long."""
    try:
        request = session.prepare_request(Request("POST", url, data=body, headers=headers))
        settings = session.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
        # Through the adapter: the session reads the whole body of a redirect, however long, to find its target.
        with session.get_adapter(url).send(request, timeout=timeout, **settings) as response:
            return _interpret(response, url)
    except Timeout:
        return None
    except SSLError:
        return Answer("its certificate is not accepted: unknown issuer, other host or expired", retryable=True)
    except RequestException as error:
        # The message of requests repeats the address, which may hold a secret.
        return Answer(f"cannot be reached ({type(error).__name__})", retryable=True)


def _interpret(response: Response, url: str) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(None)
    if 300 <= status < 400:
        target = _redirect_target(url, response.headers.get("Location", ""))
        return Answer(f"{status}: points to {target}; redirects are not followed, give the final address")
    excerpt = next(response.iter_content(_EXCERPT), b"").decode("utf-8", errors="replace")
    error = " ".join(f"{status} {response.reason or ''} {excerpt}".split())
    return Answer(error, retryable=status >= 500 or status in _RETRYABLE, retry_after=_retry_after(response))


def _redirect_target(url: str, location: str) -> str:
    """Return scheme and host that a redirect points to; user, path and query may hold a secret."""
    try:
        source, target = urlsplit(url), urlsplit(urljoin(url, location))
        if (target.scheme, target.hostname, target.port) == (source.scheme, source.hostname, source.port):
            return "another path of the same host" if location else "no address"
        return f"{target.scheme}://{target.hostname}" + (f":{target.port}" if target.port else "")
    except ValueError:
        return "an address that cannot be read"


def _retry_after(response: Response) -> float:
    seconds = response.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() else 0.0
