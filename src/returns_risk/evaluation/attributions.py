"""Shares of the features in the SHAP values of a model: their differences between folds and models, and leakage."""

import logging

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import LeakageParams
from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import LeakageError
from returns_risk.model import Classifier

__all__ = ["Shift", "compare_attributions", "require_plausible", "share_attributions", "tabulate_stability"]

_TOP = 20
_NAMED = 3
_logger = logging.getLogger(__name__)


class Shift(Frozen):
    """Share of one feature in the attributions of two models on the same lines."""

    feature: str
    champion: float
    challenger: float


def share_attributions(classifier: Classifier, rows: pd.DataFrame) -> pd.Series:
    """Return the share of each feature in the mean absolute SHAP value of the rows.

    Parameters
    ----------
    rows : features; at least one

    Returns
    -------
    Series indexed by feature, in the booster's order; sums to 1, or is all 0 where no tree was split.
    """
    magnitude = np.abs(classifier.contributions(rows)[..., :-1])
    mean = magnitude.reshape(-1, magnitude.shape[-1]).mean(axis=0)
    return pd.Series(mean / (mean.sum() or 1.0), index=list(classifier.encoding_.columns), name="share")


def tabulate_stability(shares: list[pd.Series], as_of: list[str], entities: dict[str, str]) -> pd.DataFrame:
    """Compare the share of each feature (``share_attributions``) between folds; ``entities`` are those of the features.

    Returns
    -------
    DataFrame, strongest feature first: ``feature``, ``entity``, ``share`` (mean over folds), ``sd``, ``lowest``,
    ``highest``, ``mean_rank`` (1 is the strongest), ``folds_in_top``: folds in which it is among the twenty
    strongest; then the share of each fold under its as-of.
    """
    wide = pd.concat(shares, axis=1, keys=as_of).fillna(0.0)
    ranks = wide.rank(ascending=False, method="min")
    summary = pd.DataFrame(
        {
            "entity": wide.index.map(entities),
            "share": wide.mean(axis=1),
            "sd": wide.std(axis=1, ddof=1),
            "lowest": wide.min(axis=1),
            "highest": wide.max(axis=1),
            "mean_rank": ranks.mean(axis=1),
            "folds_in_top": (ranks <= _TOP).sum(axis=1),
        },
        index=wide.index,
    )
    ordered = summary.join(wide).rename_axis("feature").reset_index()
    return ordered.sort_values(["share", "feature"], ascending=[False, True], ignore_index=True)


def compare_attributions(
    champion: Classifier, champion_rows: pd.DataFrame, challenger: Classifier, challenger_rows: pd.DataFrame
) -> tuple[float, tuple[Shift, ...]]:
    """Measure how far two models rest on other features, on the same lines.

    Parameters
    ----------
    champion_rows, challenger_rows : features of the same lines, each by the model's own definitions

    Returns
    -------
    The drift: half the sum of the differences of shares (total variation distance), from 0, the same, to 1, nothing in
    common; and every feature's share in both, the one that moved most first.
    """
    shares = [share_attributions(*pair) for pair in ((champion, champion_rows), (challenger, challenger_rows))]
    both = pd.concat(shares, axis=1, keys=["champion", "challenger"]).fillna(0.0).sort_index()
    moved: npt.NDArray[np.float64] = (both["challenger"] - both["champion"]).abs().to_numpy()
    order = np.argsort(-moved, kind="stable")
    shifts = tuple(
        Shift(feature=str(both.index[row]), champion=float(both.iloc[row, 0]), challenger=float(both.iloc[row, 1]))
        for row in order
    )
    return float(moved.sum() / 2), shifts


def require_plausible(recipe: str, auc: float, shares: pd.Series, params: LeakageParams) -> dict[str, str]:
    """Stop where a model looks as if a feature contained the outcome.

    Whether an order comes back is open while it waits in the warehouse: no history predicts it nearly for sure (Kaufman
    et al. 2012, Leakage in data mining: formulation, detection, and avoidance, advise to suspect exactly that).

    Parameters
    ----------
    auc : mean of the folds
    shares : of each feature in the attributions, mean of the folds

    Returns
    -------
    The suspicions that are accepted, with the reasons given.

    Raises
    ------
    LeakageError
        The AUC or the share of a feature is above its limit, and ``leakage.accepted`` does not say why it may be.
    """
    strongest = shares.sort_values(ascending=False, kind="stable").head(_NAMED)
    suspicions = {
        str(name): f"{name} makes up {share:.0%} of what the model {recipe} rests on, more than leakage.max_share "
        f"({params.max_share:.0%})"
        for name, share in strongest.items()
        if share > params.max_share
    }
    if auc > params.max_auc:
        named = ", ".join(f"{name} ({share:.0%})" for name, share in strongest.items())
        suspicions["auc"] = (
            f"the model {recipe} has an AUC of {auc:.3f} on lines that had not shipped, more than leakage.max_auc "
            f"({params.max_auc}); it rests most on {named}"
        )
    for name, finding in suspicions.items():
        if name not in params.accepted:
            raise LeakageError(
                f"backtest: {finding}. Find out whether it knows the outcome, e.g. by how its source fills it in after "
                "the return; leave it out in models/recipes, or say in params.yaml under leakage.accepted why "
                f"{name} is right: {{{name}: reason}}."
            )
        _logger.warning("accepted (%s): %s", params.accepted[name], finding)
    return {name: params.accepted[name] for name in suspicions}
