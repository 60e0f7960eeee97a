"""The connection to a Dask cluster, if there is one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING

from returns_risk.config.params import ClusterParams
from returns_risk.errors import ClusterError, SourceError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["connected", "explain_failures"]

_CONNECT_SECONDS = 10
_WAIT_SECONDS = 60
_PACKAGES = ("returns-risk", "dask", "distributed", "lightgbm", "numba", "numpy", "pandas", "pyarrow")
_logger = logging.getLogger(__name__)


_FAILED: list[BaseException] = []
"""Keeps clients that failed to start: if such a client is collected while another starts, both block for ever, since
closing and starting take the same lock of distributed."""


@contextmanager
def connected(params: ClusterParams) -> "Iterator[Client | None]":
    """Yield a client of the cluster, or None where everything runs in this process.

    Raises
    ------
    ClusterError
        Dask is not installed, no scheduler answers at the address, there are too few workers, or a worker has other
        versions of the packages that results depend on.
    """
    if params.address is None:
        yield None
        return
    _require_dask()
    import dask
    from distributed import Client

    try:
        client = Client(params.address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        _FAILED.append(error)
        raise ClusterError(
            f"params.yaml: cluster.address: no Dask scheduler answers at {params.address} ({type(error).__name__}). "
            "Start it, correct the address (tcp://host:8786), or set it to null to run in this process."
        ) from error
    # Text stays as it is: Dask would turn it into another type, with another missing value.
    with client, dask.config.set({"dataframe.convert-string": False, "dataframe.shuffle.method": "tasks"}):
        _require_workers(client, params)
        with client.as_current():
            yield client


@contextmanager
def explain_failures(params: ClusterParams, work: str) -> Iterator[None]:
    """Turn failures of a cluster into one line.

    Raises
    ------
    ClusterError
        A worker was lost, or does not see a file, or LightGBM's workers did not reach each other.
    """
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError
    from lightgbm.basic import LightGBMError

    try:
        yield
    except (KilledWorker, FutureCancelledError, MemoryError, OSError, SourceError, LightGBMError) as error:
        raise ClusterError(
            f"{params.address}: {work} broke off ({type(error).__name__}: {str(error).splitlines()[0]}). The workers "
            "need this folder in the same place, memory for their share, and ports open to each other."
        ) from error


def _require_dask() -> None:
    if missing := [name for name in ("dask", "distributed") if find_spec(name) is None]:
        raise ClusterError(
            f"params.yaml: cluster.address: {' and '.join(missing)} not installed. Install the extra with "
            "pip install returns-risk[cluster], or set cluster.address to null to run in this process."
        )


def _require_workers(client: "Client", params: ClusterParams) -> None:
    try:
        client.wait_for_workers(params.workers, timeout=_WAIT_SECONDS)
    except TimeoutError as error:
        running = len(client.scheduler_info(n_workers=-1)["workers"])
        raise ClusterError(
            f"params.yaml: cluster.workers: {params.address} has {running} workers after {_WAIT_SECONDS} seconds, "
            f"{params.workers} are required. Start more, or lower it."
        ) from error
    local = _local_versions()
    for worker, remote in sorted(client.run(_versions, _PACKAGES).items()):
        for package, expected in local.items():
            if remote[package] != expected:
                raise ClusterError(
                    f"{params.address}: worker {worker} has {package} {remote[package]}, here it is {expected}. "
                    "Install requirements.lock and this version of the project on all machines."
                )
    _logger.info("cluster: %d workers at %s", len(client.scheduler_info(n_workers=-1)["workers"]), params.address)


def _local_versions() -> dict[str, str]:
    return _versions(_PACKAGES)


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    return {package: version(package) for package in packages}
