"""Training here, or spread over the workers of a cluster: each reads its share of the rows from the file itself.

``lightgbm.dask`` trains the same way, but each worker stops early on its own share of the watched rows: the workers
stop in different rounds and wait for each other for ever (LightGBM issues 4189 and 7009; seen with LightGBM 4.7 on two
workers with equal shares). Here every worker watches the whole calibrate period, so all stop in the same round with
the same trees.
"""

import re
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
from returns_risk.config.params import ClusterParams, Params
from returns_risk.contract.parquet import read_frame, read_rows
from returns_risk.errors import ClusterError, ParamsError
from returns_risk.features import FeatureSet, read_frozen
from returns_risk.model import (
    Classifier,
    Encoding,
    FrameTrainingSet,
    Provenance,
    Target,
    TrainingConfig,
    boost,
    describe_provenance,
    find_target,
    make_classifier,
)
from returns_risk.model.recipes import Recipe
from returns_risk.model.splits import PERIODS, Periods
from returns_risk.snapshot.labels import LABELS

if TYPE_CHECKING:
    import lightgbm as lgb
    from distributed import Client

__all__ = ["fit", "fit_recipes"]

_MINUTES = 10
_STAGE = "featurize"


def fit_recipes(
    recipes: list[Recipe], file: Path, definitions_file: Path, periods: Periods, params: Params
) -> dict[str, Classifier]:
    """Fit all recipes whose target the source has lines enough for.

    Parameters
    ----------
    file : ``training.parquet``; workers read it in the same place
    definitions_file : what its features were computed from, as ``read_frozen`` reads it

    Raises
    ------
    LabelError, ParamsError, ClusterError
        As ``fit``.
    """
    labels = read_frame(file, _STAGE, LABELS)
    classifiers = {}
    for recipe in recipes:
        train, calibrate = (labels[periods.select(labels, name)] for name in ("train", "calibrate"))
        target = find_target(recipe, train, calibrate)
        if target is not None:
            known = labels[target.known(labels)]
            parts = {name: known[periods.select(known, name)] for name in PERIODS}
            provenance = describe_provenance(params, periods, parts, [file, definitions_file])
            definitions = read_frozen(definitions_file)
            classifiers[recipe.name] = fit(file, periods, definitions, recipe, target, params.cluster, provenance)
    return classifiers


def fit(
    file: Path,
    periods: Periods,
    definitions: FeatureSet,
    recipe: Recipe,
    target: Target,
    cluster: ClusterParams,
    provenance: Provenance,
) -> Classifier:
    """Fit a recipe on the rows of a feature table that have a label.

    Parameters
    ----------
    file : ``training.parquet``; workers read it in the same place

    Raises
    ------
    LabelError
        One of the periods has only one class.
    ParamsError
        The recipe leaves out or constrains what is no feature, or asks for what a cluster cannot do.
    ClusterError
        ``cluster.address`` names a cluster that cannot be used.
    """
    labels = read_frame(file, _STAGE, LABELS)
    known = target.known(labels)
    train, calibrate = (periods.select(labels, name).to_numpy() & known for name in ("train", "calibrate"))
    later = read_rows(file, _STAGE, calibrate)
    censored = (
        read_rows(file, _STAGE, periods.censored(labels).to_numpy()) if recipe.train.censored == "weigh" else None
    )
    classifier = make_classifier(recipe, definitions)
    provenance = provenance.model_copy(update={"recipe": recipe})
    with connected(cluster) as client:
        if client is None:
            rows = FrameTrainingSet(read_rows(file, _STAGE, train), later)
            return classifier.fit_training_set(rows, later, provenance=provenance, censored=censored)
        examples = ClusterExamples(client, file.resolve(), train, calibrate, cluster.workers)
        with explain_failures(cluster, "training"):
            return classifier.fit_training_set(examples, later, provenance=provenance, censored=censored)


@dataclass(frozen=True)
class ClusterExamples:
    """TrainingSet in a file that all workers see."""

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

    def with_calibrate(self, censored: pd.DataFrame | None = None) -> "ClusterExamples":
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
        return ClusterExamples(self.client, self.file, self.learn | self.watch, none, self.workers)

    def boost(self, encoding: Encoding, lesson: TrainingConfig, rounds: int, patience: int | None) -> "lgb.Booster":
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
                replace(lesson, settings=lesson.settings | _network(machines, ports[worker], self.workers)),
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
    lesson: TrainingConfig,
) -> str:
    """Train on a share of the rows, in step with the other workers; return the model without their addresses."""
    wanted = [*encoding.columns, *lesson.columns]
    learn = read_rows(file, _STAGE, share, wanted)
    watched = read_rows(file, _STAGE, watch, wanted) if watch.any() else None
    with _quiet_network():
        text = boost(encoding, lesson, rounds, patience, learn, watched).model_to_string()
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
