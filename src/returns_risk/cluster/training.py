"""Training spread over the workers of a cluster: each reads its share of the rows from the file itself.

``lightgbm.dask`` trains the same way, but each worker stops early on its own share of the watched rows: the workers
stop in different rounds and wait for each other for ever (LightGBM issues 4189 and 7009; seen with LightGBM 4.7 on two
workers with equal shares). Here every worker watches the whole calibrate period, so all stop in the same round with
the same trees.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.cluster.client import connected, explain_failures
from returns_risk.config.params import ClusterParams
from returns_risk.contract.parquet import read_rows
from returns_risk.errors import ClusterError, ParamsError
from returns_risk.features import Feature
from returns_risk.model import Encoding, TrainingConfig
from returns_risk.model.binned import BinnedTable
from returns_risk.model.encoding import learn_encoding

if TYPE_CHECKING:
    import lightgbm as lgb
    from distributed import Client

__all__ = ["ClusterTrainingSet", "cluster_rows"]

_MINUTES = 10
_STAGE = "featurize"


@contextmanager
def cluster_rows(
    params: ClusterParams, file: Path, train: npt.NDArray[np.bool_], calibrate: npt.NDArray[np.bool_]
) -> "Iterator[ClusterTrainingSet | None]":
    """Yield the training rows on the workers of the cluster; None where everything runs in this process.

    Parameters
    ----------
    file : ``training.parquet``; workers read it in the same place
    train, calibrate : rows of the file that are learnt from, and that are watched for stopping early

    Raises
    ------
    ParamsError
        The recipe needs rows that a cluster cannot learn from.
    ClusterError
        ``cluster.address`` names a cluster that cannot be used.
    """
    with connected(params) as client:
        if client is None:
            yield None
            return
        with explain_failures(params, "training"):
            yield ClusterTrainingSet(client, file.resolve(), train, calibrate, params.workers)


@dataclass(frozen=True)
class ClusterTrainingSet:
    """A ``TrainingSet`` in a file that all workers see."""

    client: "Client"
    file: Path
    learn: npt.NDArray[np.bool_]
    """Rows of the file that are learnt from."""
    watch: npt.NDArray[np.bool_]
    """Rows of the file that are watched."""
    workers: int

    def columns(self, names: list[str]) -> pd.DataFrame:
        """Return some columns of the rows that are learnt from."""
        return read_rows(self.file, _STAGE, self.learn, names)

    def fit_encoding(self, features: list[Feature], min_lines: int) -> Encoding:
        """Learn the levels of the categories from the rows of both periods, as ``BinnedTable`` does."""
        both = self.learn | self.watch
        return learn_encoding(lambda names: read_rows(self.file, _STAGE, both, names), features, min_lines)

    def with_calibrate(self, censored: pd.DataFrame | None = None) -> "ClusterTrainingSet":
        """Return the rows of both periods.

        Raises
        ------
        ParamsError
            There are censored rows: the workers read labels from the file, and those of such rows are not in it.
        """
        if censored is not None:
            raise ParamsError(
                "params.yaml: train.censored: on a cluster lines with an open return window cannot be learnt from. Set "
                "it to leave_out, or cluster.address to null."
            )
        none = np.zeros(len(self.watch), dtype=bool)
        return ClusterTrainingSet(self.client, self.file, self.learn | self.watch, none, self.workers)

    def boost(self, encoding: Encoding, config: TrainingConfig, rounds: int, patience: int | None) -> "lgb.Booster":
        """Grow the same trees on every worker, each with its share of the rows; the number of shares shapes them.

        Raises
        ------
        ClusterError
            There are fewer rows than workers.
        """
        import lightgbm as lgb

        if self.learn.sum() < self.workers:
            raise ClusterError(
                f"params.yaml: cluster.workers: {self.learn.sum()} rows cannot be shared among {self.workers} workers. "
                "Lower it, or set cluster.address to null."
            )
        workers = sorted(self.client.scheduler_info(n_workers=-1)["workers"])[: self.workers]
        ports = self.client.run(_free_port, workers=workers)
        machines = ",".join(f"{urlparse(worker).hostname}:{ports[worker]}" for worker in workers)
        watched = self.client.scatter(self.watch, workers=workers, broadcast=True, hash=False)
        # LightGBM's workers wait for each other: one task on each, all at once, and none of them a second time.
        tasks = [
            self.client.submit(
                _boost_share, self.file, share, watched, encoding, rounds, patience,
                replace(config, settings=config.settings | _together(self.workers)), (machines, ports[worker]),
                workers=[worker], allow_other_workers=False, pure=False, retries=0,
            )
            for worker, share in zip(workers, self._shares(workers), strict=True)
        ]  # fmt: skip
        texts = self.client.gather(tasks)
        return lgb.Booster(model_str=texts[0])

    def _shares(self, workers: list[str]) -> Iterator[Any]:
        """Deal the rows in turns: LightGBM finds the bins of a column on one worker, from the rows it has."""
        position = np.flatnonzero(self.learn)
        for number, worker in enumerate(workers):
            share = np.zeros(len(self.learn), dtype=bool)
            share[position[number :: self.workers]] = True
            yield self.client.scatter(share, workers=[worker], hash=False)


def _together(workers: int) -> dict[str, Any]:
    return {} if workers == 1 else {"num_machines": workers, "tree_learner": "data"}


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("", 0))
        return int(listening.getsockname()[1])


def _boost_share(
    file: Path,
    share: npt.NDArray[np.bool_],
    watch: npt.NDArray[np.bool_],
    encoding: Encoding,
    rounds: int,
    patience: int | None,
    config: TrainingConfig,
    network: tuple[str, int],
) -> str:
    """Bin and learn from a share of the rows, in step with the other workers; return the model."""
    both = share | watch
    rows = read_rows(file, _STAGE, both, [*encoding.columns, *config.columns])
    machines, port = network
    with _quiet_network(machines, port, config.settings.get("num_machines", 1)):
        part = BinnedTable.encoded(rows, encoding, config.settings).part(share[both], watch[both])
        text: str = part.boost(encoding, config, rounds, patience).model_to_string()
        return text


@contextmanager
def _quiet_network(machines: str, port: int, workers: int) -> Iterator[None]:
    """Join LightGBM's network if there are several workers, leave it in the end, and keep its notices down."""
    import lightgbm as lgb

    # The level of its log belongs to the thread and is first read from a data set; the network speaks before. And the
    # network belongs to the process: any booster can leave it, also where none came out of training.
    silent = {"verbosity": -1}
    any_booster = lgb.Booster(silent, lgb.Dataset(np.zeros((2, 1)), label=np.zeros(2), params=silent))
    try:
        if workers > 1:
            any_booster.set_network(machines, port, _MINUTES, workers)
        yield
    finally:
        any_booster.free_network()
