"""Tonight's features from the kept history: of tonight's keys only, whatever the length of the past."""

from pathlib import Path

import pandas as pd

from returns_risk.contract.days import day_number
from returns_risk.errors import HistoryError
from returns_risk.features.build import FeatureRequest, build_features
from returns_risk.features.definitions import FeatureSet
from returns_risk.features.histories import KeptHistories
from returns_risk.features.upkeep import kept_entities
from returns_risk.history.manifest import read_manifest

__all__ = ["tonight_features"]


def tonight_features(definitions: FeatureSet, asked: FeatureRequest, folder: Path) -> pd.DataFrame:
    """Compute the features of candidates from the kept history.

    O(n_rows + tiles of their keys), after a look at the keys of all tiles.

    Parameters
    ----------
    asked : candidates; ``lines`` need hold no more than the orders they stand in
    folder : of the kept history, of the day of the candidates or later

    Returns
    -------
    As ``build_features``, and the same values as from all lines.

    Raises
    ------
    HistoryError
        The history is missing, damaged, of an earlier day or of other definitions.
    """
    manifest = read_manifest(folder)
    for entity, asked_for in kept_entities(definitions).items():
        kept = manifest.entities.get(entity)
        if kept is None or kept.key != asked_for.key or (asked_for.sizes and not kept.sizes):
            raise HistoryError(
                f"{folder}: the history of entity {entity} is {kept or 'not there'}, the definitions have {asked_for}. "
                "Run returns-risk history rebuild."
            )
    latest = int(asked.as_of.max(initial=0))
    if latest > day_number(manifest.as_of):
        raise HistoryError(
            f"{folder}: the history is of {manifest.as_of}, {latest - day_number(manifest.as_of)} days before the "
            "candidates' night. Run returns-risk history append."
        )
    histories = KeptHistories(folder, manifest, asked.lines, asked.position)
    return build_features(definitions, asked, histories)
