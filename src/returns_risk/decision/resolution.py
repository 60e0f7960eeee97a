"""What is recommended should a line come back, by the first rule of the policy that fits it."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.config.resolutions import ResolutionRule, find_placeholders
from returns_risk.decision.eligibility import find_brackets
from returns_risk.decision.values import line_economics, texts_of

__all__ = ["recommend_resolutions"]

Flags = npt.NDArray[np.bool_]


def recommend_resolutions(lines: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Recommend a resolution for each line.

    Parameters
    ----------
    lines : ``order_id``, ``line_value``, ``return_reason``, and ``market``, ``currency``, ``style``, ``size``,
        ``suggested_size``, ``size_evidence`` where the source has them

    Returns
    -------
    ``resolution`` and ``resolution_text`` (for the agent, in the team's language), missing where no rule fits; indexed
    like the lines.

    Raises
    ------
    ParamsError
        The policy has no rate for a currency.
    """
    value = line_economics(lines, policy).value
    sizes = {name: texts_of(lines, name) for name in ("size", "suggested_size")}
    is_right = _is_right_size(lines, sizes["size"], sizes["suggested_size"])
    in_bracket = find_brackets(lines)
    # An exchange for the ordered size is none.
    sizes["suggested_size"] = sizes["suggested_size"].where(sizes["suggested_size"] != sizes["size"])
    chosen = np.full(len(lines), -1)
    for number, rule in reversed([*enumerate(policy.resolutions)]):
        excluded = is_right & _offers_any_size(rule)
        if rule.resolution == "exchange":
            # The other size is in the same parcel.
            excluded = excluded | in_bracket
        chosen[_fits(rule, lines, value, sizes) & ~excluded] = number
    fields = pd.DataFrame({"order_id": lines["order_id"].astype(object), **sizes}).to_dict("records")
    rules = [policy.resolutions[number] if number >= 0 else None for number in chosen]
    texts = [
        rule and rule.text_in(policy.languages.team).format_map(line) for rule, line in zip(rules, fields, strict=True)
    ]
    columns = {"resolution": [rule and rule.resolution for rule in rules], "resolution_text": texts}
    return pd.DataFrame({name: pd.Series(values, index=lines.index, dtype="str") for name, values in columns.items()})


def _fits(
    rule: ResolutionRule, lines: pd.DataFrame, value: npt.NDArray[np.float64], sizes: dict[str, pd.Series]
) -> Flags:
    fits = value >= rule.value_from
    if rule.value_below is not None:
        fits &= value < rule.value_below
    for column, names in (("return_reason", rule.reasons), ("market", rule.markets)):
        if names:
            fits &= texts_of(lines, column).isin(names).to_numpy()
    for name in find_placeholders(rule.text_in("en")):
        if name in sizes:
            fits &= sizes[name].notna().to_numpy()
    return np.asarray(fits, dtype=bool)


def _offers_any_size(rule: ResolutionRule) -> bool:
    return rule.resolution == "exchange" and "suggested_size" not in find_placeholders(rule.text_in("en"))


def _is_right_size(lines: pd.DataFrame, size: pd.Series, suggested: pd.Series) -> Flags:
    """Say of each line whether its size is the one to keep of several, or one that the customer has kept before."""
    is_right = (size == suggested).fillna(False).to_numpy(dtype=bool)
    if "size_evidence" in lines:
        was_kept = [
            isinstance(evidence, dict) and any(kept["size"] == name for kept in evidence["customer"])
            for evidence, name in zip(lines["size_evidence"], size, strict=True)
        ]
        is_right = is_right | np.array(was_kept, dtype=bool)
    return is_right
