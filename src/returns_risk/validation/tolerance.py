"""The share of a table's rows that each rule may reject before the run fails."""

from difflib import get_close_matches

from returns_risk.config.params import ValidateParams
from returns_risk.errors import ParamsError
from returns_risk.validation.rules import OPT_OUT_TYPE, ROW_RULES, tunable_names

__all__ = ["tolerated_shares"]


def tolerated_shares(params: ValidateParams) -> dict[str, float]:
    """Return the tolerated share of each rule, by its name.

    Rows that a SELECT rejects on purpose (``<table>.source``) and returns of rejected order lines are no new finding:
    their share is 1. That of opt-outs that cannot be read is 0.

    Raises
    ------
    ParamsError
        ``validate.rules`` names a rule that does not exist or has no tolerated share.
    """
    names = tunable_names()
    unknown = [name for name in params.rules if name not in names]
    if unknown:
        close = get_close_matches(unknown[0], names, n=3, cutoff=0.5)
        hint = f"close ones are {close}" if close else f"there are {names}"
        raise ParamsError(
            f"params.yaml: validate.rules: {unknown[0]} is no rule with a tolerated share; {hint}. Correct the name."
        )
    shares = {name: params.rules.get(name, params.tolerated_share) for name in names}
    free = [rule.name for rules in ROW_RULES.values() for rule in rules if not rule.tunable]
    return shares | {OPT_OUT_TYPE: 0.0} | dict.fromkeys([*free, *(f"{table}.source" for table in ROW_RULES)], 1.0)
