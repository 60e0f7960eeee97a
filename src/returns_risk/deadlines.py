"""Work on others' servers, which may take any time they like, within a time of ours."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.pool import ThreadPool
from typing import TypeVar

__all__ = ["within"]

Outcome = TypeVar("Outcome")


def within(seconds: float, action: Callable[[], Outcome]) -> Outcome:
    """Do something, all of it within so many seconds.

    A timeout of a socket begins anew with each byte, and none holds for the look-up of a name. What is not done in time
    is left alone, in a thread that ends with this process at the latest: it may still have its effect.

    Raises
    ------
    TimeoutError
        It took longer.
    """
    pool = ThreadPool(1)
    try:
        return pool.apply_async(action).get(seconds)
    except multiprocessing.TimeoutError:
        raise TimeoutError(f"not done within {seconds:g} s") from None
    finally:
        pool.terminate()
