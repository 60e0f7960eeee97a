"""A real cluster of two worker processes on this machine, reachable from nowhere else."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from distributed import Client, LocalCluster

__all__ = ["local_cluster"]


@contextmanager
def local_cluster() -> Iterator[str]:
    """Yield the address of its scheduler."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        with Client(cluster, set_as_default=False) as client:
            client.run(_keep_quiet)
        yield cluster.scheduler_address


def _keep_quiet() -> None:
    """Tests that provoke errors have no use for the tracebacks that workers print."""
    logging.getLogger("distributed.worker").setLevel(logging.CRITICAL)
