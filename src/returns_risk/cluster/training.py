"""Training here, or spread over the workers of a cluster: each reads its share of the rows from the file itself.

``lightgbm.dask`` trains the same way, but stops early on each worker's own share of what is watched: the workers stop
in different rounds, and training breaks off (LightGBM issues 4189 and 7009). Here every worker watches the whole
calibrate period, so all of them stop in the same round with the same trees.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.classifier import Classifier, Encoding, Provenance, boost, fit_classifier, fit_from
from returns_risk.cluster.client import connected, told_as_errors
from returns_risk.errors import ClusterError
from returns_risk.feature_groups import Definitions
from returns_risk.params import Params
from returns_risk.splits import Periods
from returns_risk.stores import read_frame, read_rows

if TYPE_CHECKING:
    import lightgbm as lgb
    from distributed import Client

__all__ = ["fit"]

_TIMES = ["ordered_on", "closes_on"]
_MINUTES = 10
_STAGE = "featurize"


def fit(file: Path, periods: Periods, definitions: Definitions, params: Params, provenance: Provenance) -> Classifier:
    """Fit on the rows of a feature table.

    Parameters
    ----------
    file : ``training.parquet``; workers read it in the same place

    Raises
    ------
    LabelError
        One of the periods has only one class.
    ClusterError
        ``cluster.address`` names a cluster that cannot be used.
    """
    times = read_frame(file, _STAGE, _TIMES)
    train, calibrate = (periods.select(times, name).to_numpy() for name in ("train", "calibrate"))
    later = read_rows(file, _STAGE, calibrate)
    with connected(params.cluster) as client:
        if client is None:
            earlier = read_rows(file, _STAGE, train)
            return fit_classifier(earlier, later, definitions, params.train, params.seed, provenance)
        examples = ClusterExamples(client, file.resolve(), train, calibrate, params.cluster.workers)
        with told_as_errors(params.cluster, "training"):
            return fit_from(examples, later, definitions, params.train, params.seed, provenance)


@dataclass(frozen=True)
class ClusterExamples:
    """Examples in a file that all workers see."""

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

    def with_calibrate(self) -> "ClusterExamples":
        """Return the rows of both periods."""
        none = np.zeros(len(self.watch), dtype=bool)
        return ClusterExamples(self.client, self.file, self.learn | self.watch, none, self.workers)

    def boost(self, encoding: Encoding, settings: dict[str, Any], rounds: int, patience: int | None) -> "lgb.Booster":
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
        there = sorted(self.client.scheduler_info(n_workers=-1)["workers"])[: self.workers]
        ports = self.client.run(_free_port, workers=there)
        machines = ",".join(f"{urlparse(worker).hostname}:{ports[worker]}" for worker in there)
        watched = self.client.scatter(self.watch, workers=there, broadcast=True, hash=False)
        # LightGBM's workers wait for each other: one task on each, all at once, and none of them a second time.
        tasks = [
            self.client.submit(
                _boost_share, self.file, share, watched, encoding, rounds, patience,
                settings | _network(machines, ports[worker], self.workers),
                workers=[worker], allow_other_workers=False, pure=False, retries=0,
            )
            for worker, share in zip(there, self._shares(there), strict=True)
        ]  # fmt: skip
        texts = self.client.gather(tasks)
        return lgb.Booster(model_str=texts[0])

    def _shares(self, there: list[str]) -> Iterator[Any]:
        """Deal the rows in turns: LightGBM finds the bins of a column on one worker, from the rows it has."""
        position = np.flatnonzero(self.learn)
        for number, worker in enumerate(there):
            share = np.zeros(len(self.learn), dtype=bool)
            share[position[number :: self.workers]] = True
            yield self.client.scatter(share, workers=[worker], hash=False)


def _network(machines: str, port: int, workers: int) -> dict[str, Any]:
    if workers == 1:
        return {}
    return {
        "machines": machines,
        "local_listen_port": port,
        "num_machines": workers,
        "time_out": _MINUTES,
        "tree_learner": "data",
    }


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
    settings: dict[str, Any],
) -> str:
    """Train on a share of the rows, in step with the other workers; return the model without their addresses."""
    wanted = [*encoding.columns, "returned"]
    learn = read_rows(file, _STAGE, share, wanted)
    watched = read_rows(file, _STAGE, watch, wanted) if watch.any() else None
    with _quiet_network():
        text = boost(encoding, settings, rounds, patience, learn, watched).model_to_string()
    # Addresses and ports differ from run to run, the model does not.
    text = re.sub(r"(?m)^\[machines: .*\]$", "[machines: ]", text)
    return re.sub(r"(?m)^\[local_listen_port: .*\]$", "[local_listen_port: 12400]", text)


@contextmanager
def _quiet_network() -> Iterator[None]:
    """Leave LightGBM's network in the end, and keep its notices down in between."""
    import lightgbm as lgb

    # The level of its log belongs to the thread and is first read from a data set; the network speaks before. And the
    # network belongs to the process: any booster can leave it, also where none came out of training.
    silent = {"verbosity": -1}
    any_booster = lgb.Booster(silent, lgb.Dataset(np.zeros((2, 1)), label=np.zeros(2), params=silent))
    try:
        yield
    finally:
        any_booster.free_network()
