"""Features of training rows and candidates, here or on a cluster."""

from pathlib import Path

import pandas as pd

from returns_risk.cluster.client import connected
from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.features import FeatureRequest, FeatureSet, write_features
from returns_risk.history import find_outcomes
from returns_risk.snapshot.labels import candidate_rows, id_columns, label_frame, opted_out_lines, training_rows
from returns_risk.snapshot.lines import join_attributes

__all__ = ["featurize"]


def featurize(
    tables: dict[str, pd.DataFrame],
    validated: Path,
    features: Path,
    definitions: FeatureSet,
    policy: Policy,
    params: Params,
) -> None:
    """Write ``training.parquet`` and ``candidates.parquet``.

    Parameters
    ----------
    tables : contract tables by name, as known at the as-of
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
            _featurize_here(tables, features, definitions, policy, params)
        else:
            from returns_risk.cluster.features import featurize_on_cluster

            featurize_on_cluster(client, validated, features, definitions, policy, params)


def _featurize_here(
    tables: dict[str, pd.DataFrame], features: Path, definitions: FeatureSet, policy: Policy, params: Params
) -> None:
    zone, as_of = params.source.time_zone, params.as_of
    lines = join_attributes(tables)
    outcomes = find_outcomes(lines, tables["returns"], policy, zone)
    learnt = training_rows(outcomes, as_of, params.featurize.warm_up_days)
    asked = FeatureRequest(lines, outcomes, learnt.position, learnt.as_of, zone)
    write_features(features / "training.parquet", label_frame(lines, outcomes, learnt), definitions, asked)
    tonight = candidate_rows(outcomes, as_of, params.featurize.open_days, opted_out_lines(lines, tables))
    asked = FeatureRequest(lines, outcomes, tonight.position, tonight.as_of, zone)
    write_features(features / "candidates.parquet", id_columns(lines, outcomes, tonight), definitions, asked)
