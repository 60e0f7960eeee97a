"""Markets that a model has not learnt from."""

import pandas as pd

from returns_risk.features.line_definitions import LineDefinition
from returns_risk.model import Classifier

__all__ = ["find_unseen_markets"]


def find_unseen_markets(features: pd.DataFrame, classifier: Classifier) -> list[str]:
    """Return a notice about candidates of markets of which the model saw too few lines, if there are any.

    Parameters
    ----------
    features : of the candidates
    """
    for name in _market_columns(classifier):
        market = features[name].dropna().astype("str")
        unseen = market[~market.isin(classifier.encoding_.levels[name])].value_counts()
        if len(unseen):
            listed = ", ".join(f"{market} ({count:,})" for market, count in unseen.head(3).items())
            notice = (
                f"{unseen.sum():,} of {len(features):,} candidates are from markets that the model has not "
                f"learnt from: {listed}{', ...' if len(unseen) > 3 else ''}. They are scored as from an unknown market"
            )
            return [notice]
    return []


def _market_columns(classifier: Classifier) -> list[str]:
    return [
        name
        for definition in classifier.definitions.definitions
        if isinstance(definition, LineDefinition)
        for name, column in definition.columns.items()
        if column.verb == "category" and column.operands == ["market"] and name in classifier.encoding_.levels
    ]
