"""One message to a receiver, and what its answer means."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from returns_risk.delivery.signature import sign
from returns_risk.io.deadlines import within

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
    timeout : seconds for all of it: the look-up of the name, the connection, sending and the answer
    """
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "returns-risk",
        "X-Returns-Risk-Event": event_id,
        "X-Returns-Risk-Timestamp": timestamp,
        "X-Returns-Risk-Signature": sign(secret, timestamp, body),
    }
    late = Answer(f"no complete answer within {timeout:g} s", again=True)
    try:
        return within(timeout, lambda: _post(session, url, body, headers, timeout)) or late
    except TimeoutError:
        return late


def _post(session: "Session", url: str, body: bytes, headers: dict[str, str], timeout: float) -> Answer | None:
    """Return what came of it; None where a connection kept silent for too long."""
    from requests import Request, RequestException, Timeout
    from requests.exceptions import SSLError

    try:
        request = session.prepare_request(Request("POST", url, data=body, headers=headers))
        settings = session.merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
        # By the adapter: the session itself reads the whole body of a redirect, however long, to see where it points.
        with session.get_adapter(url).send(request, timeout=timeout, **settings) as response:
            return _judge(response, url)
    except Timeout:
        return None
    except SSLError:
        return Answer("its certificate is not accepted: unknown issuer, other host or expired", again=True)
    except RequestException as error:
        # The library's own text repeats the address, which may hold a secret.
        return Answer(f"cannot be reached ({type(error).__name__})", again=True)


def _judge(response: "Response", url: str) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(None)
    if 300 <= status < 400:
        target = _target(url, response.headers.get("Location", ""))
        return Answer(f"{status}: points to {target}; redirects are not followed, give the final address")
    excerpt = next(response.iter_content(_EXCERPT), b"").decode("utf-8", errors="replace")
    finding = " ".join(f"{status} {response.reason or ''} {excerpt}".split())
    return Answer(finding, again=status >= 500 or status in _AGAIN, wait=_wait(response))


def _target(url: str, location: str) -> str:
    """Return scheme and host that a redirect points to; user, path and query may hold a secret."""
    try:
        here, there = urlsplit(url), urlsplit(urljoin(url, location))
        if (there.scheme, there.hostname, there.port) == (here.scheme, here.hostname, here.port):
            return "another path of the same host" if location else "no address"
        return f"{there.scheme}://{there.hostname}" + (f":{there.port}" if there.port else "")
    except ValueError:
        return "an address that cannot be read"


def _wait(response: "Response") -> float:
    asked = response.headers.get("Retry-After", "")
    return float(asked) if asked.isascii() and asked.isdigit() else 0.0
