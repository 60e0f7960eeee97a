"""A limit on the total duration of an exchange with a server."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.pool import ThreadPool
from typing import TypeVar

__all__ = ["within"]

Outcome = TypeVar("Outcome")


def within(seconds: float, action: Callable[[], Outcome]) -> Outcome:
    """Run an action and wait at most ``seconds`` for its result.

    The timeout of a socket begins anew with each byte, and no timeout covers the look-up of a host name. An action that
    exceeds the limit goes on in a daemon thread, which ends with this process at the latest: it may still take effect.

    Raises
    ------
    TimeoutError
        The action took longer.
    """
    pool = ThreadPool(1)
    try:
        return pool.apply_async(action).get(seconds)
    except multiprocessing.TimeoutError:
        raise TimeoutError(f"not done within {seconds:g} s") from None
    finally:
        pool.terminate()
