"""A limit on the total duration of a call, e.g. a request to a server."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.pool import ThreadPool
from typing import TypeVar

__all__ = ["within"]

Outcome = TypeVar("Outcome")


def within(seconds: float, action: Callable[[], Outcome]) -> Outcome:
    """Run an action and return its result, waiting at most ``seconds``.

    The timeout of a socket restarts with each byte, and no timeout covers the look-up of a host name. An action that
    exceeds the limit continues in a daemon thread until the process ends, so it may still take effect.

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
