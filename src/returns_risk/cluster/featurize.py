"""Features of training rows and candidates, here or on a cluster."""

from pathlib import Path

from returns_risk.cluster.client import connected
from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.features import FeatureSet, write_features
from returns_risk.snapshot import Snapshot

__all__ = ["featurize"]


def featurize(
    snapshot: Snapshot, validated: Path, features: Path, definitions: FeatureSet, policy: Policy, params: Params
) -> None:
    """Write ``training.parquet`` and ``candidates.parquet``.

    Parameters
    ----------
    snapshot : of the tables, at the as-of of ``params``
    validated : where workers read the same tables, and leave out themselves what is not known yet
    definitions : those the source has the columns for (``drop_unavailable``)

    Raises
    ------
    LabelError
        No line is matured.
    ClusterError
        ``cluster.address`` names a cluster that cannot be used.
    """
    with connected(params.cluster) as client:
        if client is None:
            _featurize_here(snapshot, features, definitions, params)
        else:
            from returns_risk.cluster.features import featurize_on_cluster

            featurize_on_cluster(client, validated, features, definitions, policy, params)


def _featurize_here(snapshot: Snapshot, features: Path, definitions: FeatureSet, params: Params) -> None:
    training = snapshot.training_rows(params.featurize.warm_up_days)
    write_features(features / "training.parquet", snapshot.labels(training), definitions, snapshot, training)
    candidates = snapshot.candidates(params.featurize.open_days)
    write_features(features / "candidates.parquet", snapshot.ids(candidates), definitions, snapshot, candidates)
