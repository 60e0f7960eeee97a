"""The size to suggest for each line, with its evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.contract.days import day_number
from returns_risk.contract.keys import is_among, positions_of
from returns_risk.decision import find_brackets
from returns_risk.features import FeatureSet
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["add_sizes", "drop_contradicted", "suggest_sizes"]


def add_sizes(lines: pd.DataFrame, definitions: FeatureSet, snapshot: Snapshot) -> pd.DataFrame:
    """Add the columns of ``suggest_sizes`` and ``size_evidence`` (``count_size_outcomes``), as of the snapshot.

    No size is suggested against an ordered one that the customer kept as often in this category. Without a definition
    of the kind ``fit``, as where the source has no sizes, the lines stay as they are.

    Parameters
    ----------
    lines : candidates with ``line_id``, ``order_id``, ``style`` and ``size``
    definitions : frozen into the risk model
    """
    if not any(isinstance(definition, FitDefinition) for definition in definitions.definitions):
        return lines
    # Brings numba along, which need not be loaded for a source without sizes.
    from returns_risk.features.size_evidence import count_size_outcomes

    # A shop has a million lines, a night some thousand candidates.
    known = snapshot.lines["line_id"]
    places = np.flatnonzero(is_among(known, lines["line_id"]))
    position = places[positions_of(lines["line_id"], known.iloc[places])]
    rows = Rows(position, np.full(len(position), day_number(snapshot.as_of), dtype=np.int32))
    evidence = count_size_outcomes(definitions, snapshot, rows)
    suggested = drop_contradicted(suggest_sizes(lines, definitions, snapshot, rows), lines, evidence)
    return lines.assign(**suggested, size_evidence=pd.Series(evidence, index=lines.index, dtype=object))


def drop_contradicted(
    suggested: pd.DataFrame, lines: pd.DataFrame, evidence: Sequence[Mapping[str, Any] | None]
) -> pd.DataFrame:
    """Drop suggestions where the customer kept an ordered size of this category at least as often.

    Who kept L four times does not want to read that M is usually right, however the style seems to run.

    Parameters
    ----------
    suggested : as of ``suggest_sizes``
    lines : ``order_id``, ``style`` and ``size`` of the same lines
    evidence : of each line, as ``count_size_outcomes`` returns it
    """
    of_lines = zip(lines["size"].astype(object), suggested["suggested_size"].astype(object), evidence, strict=True)
    contradicts = pd.Series([_contradicts(*line) for line in of_lines], index=lines.index, dtype=bool)
    dropped = contradicts.groupby([lines["order_id"], lines["style"].astype(object)], dropna=False).transform("any")
    columns = ["suggested_size", "suggested_size_kept"]
    return suggested.assign(**{name: suggested[name].mask(dropped) for name in columns})


def _contradicts(ordered: Any, suggested: Any, evidence: Mapping[str, Any] | None) -> bool:
    if evidence is None or pd.isna(suggested) or ordered == suggested:
        return False
    kept = {entry["size"]: entry["kept"] for entry in evidence["customer"]}
    return bool(kept.get(ordered, 0) >= max(1, kept.get(suggested, 0)))


def suggest_sizes(lines: pd.DataFrame, definitions: FeatureSet, snapshot: Snapshot, rows: Rows) -> pd.DataFrame:
    """Suggest a size where another one is likelier to be kept, or where the order has several sizes of the style.

    For several sizes of a style in an order, the one that the advice on all of them agrees on is suggested on each;
    none where the advice is a size that is not in the order: the customer has chosen among these.

    Parameters
    ----------
    lines : ``order_id``, ``style`` and ``size`` of the rows
    definitions : with a definition of the kind ``fit``

    Returns
    -------
    ``suggested_size`` (text), ``suggested_size_kept`` and ``ordered_size_kept`` (probability that the size is not sent
    back as too small or too large), missing where there is none; indexed like the lines.
    """
    from returns_risk.features.size_advice import advise_sizes

    advice = advise_sizes(definitions, snapshot, rows).set_index(lines.index)
    size, kept = advice["advised_size"], advice["kept_advised"]
    in_bracket = find_brackets(lines)
    order_style = [lines["order_id"], lines["style"].astype(object)]
    is_agreed = size.groupby(order_style).transform("nunique") == 1
    is_in_order = (size == advice["ordered_size"]).fillna(False).groupby(order_style).transform("any").astype(bool)
    settles = in_bracket & is_agreed & is_in_order
    size = size.where(~in_bracket, size.groupby(order_style).transform("first").where(settles))
    kept = kept.where(~in_bracket, kept.groupby(order_style).transform("first").where(settles))
    is_better = kept > advice["kept_ordered"]
    suggested = (size.notna() & (is_better | settles)).fillna(False).astype(bool)
    return pd.DataFrame(
        {
            "suggested_size": size.where(suggested).astype("str"),
            "suggested_size_kept": kept.where(suggested),
            "ordered_size_kept": advice["kept_ordered"],
        }
    )
