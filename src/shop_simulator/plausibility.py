"""How much a simulated shop resembles real ones: its figures beside published ones."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from returns_risk.errors import ParamsError

__all__ = ["Figure", "gini", "plausibility"]

_KEDIA = "Kedia, Madan & Borar 2019, arXiv:1906.12128"
_EHI = "EHI, Versand- und Retourenmanagement 2023, DE/AT/CH"
_STATISTA = "Statista 2022, worldwide"
_MYNTRA = "Myntra's customers, Shruthi 2021"
_SCHULZE = "Schulze, in The Economist, December 2013"
_SETTLED_DAYS = 60
"""Lines younger than this may still come back."""


@dataclass(frozen=True)
class Figure:
    """One measure of the shop."""

    name: str
    simulated: str
    published: str
    """Or what this shop aims at."""
    source: str
    """Empty for an aim."""


def plausibility(truth: pd.DataFrame) -> list[Figure]:
    """Return the figures of the lines that have shipped and had time to come back, from all rows of the truth file.

    Raises
    ------
    ParamsError
        The shop has fewer than 150 days.
    """
    if not truth["returned"].any() or truth["ordered_on"].max() - truth["ordered_on"].min() < pd.Timedelta(days=150):
        raise ParamsError("the shop is too young: its figures settle after some 150 days. Simulate more of them.")
    youngest = truth["ordered_on"].max() - pd.Timedelta(days=_SETTLED_DAYS)
    lines = truth[truth["shipped"] & (truth["ordered_on"] < youngest)]
    fashion = lines["department"].isin(["apparel", "shoes"])
    back = lines[lines["returned"]]
    size_or_fit = back.loc[back["department"] == "apparel", "reason"].isin(["too_small", "too_large"])
    return [
        Figure("order lines, settled", f"{len(lines):,}", "", ""),
        Figure("returned, apparel", _rate(lines, "apparel"), "26%; 26 to 50%", f"{_STATISTA}; {_EHI}"),
        Figure("returned, shoes", _rate(lines, "shoes"), "27%", _STATISTA),
        Figure("returned, all but apparel and shoes", _rate(lines[~fashion]), "6 to 10% over all goods", _EHI),
        *(
            Figure(f"returned, {department}", _rate(lines, department), "5 to 10%", "")
            for department in ("accessories", "electronics", "pet tech", "toys", "beauty")
        ),
        *_carts(lines),
        Figure("size or fit, of apparel returns", _share(size_or_fit), "about 50%; 52%", "Myntra 2019 to 2021"),
        Figure("reason ticked is other", _share(back["code"] == "other"), "18%", _MYNTRA),
        Figure("days from delivery to return, median", f"{back['delay'].median():.0f}", "about 10", ""),
        *_customers(lines),
        Figure("returned, bought in the weeks before Christmas", _rate(_december(lines)), "", ""),
    ]


def gini(amounts: pd.Series) -> float:
    """Return the Gini coefficient of non-negative amounts: 0 where all are alike, towards 1 where one has it all.

    >>> round(gini(pd.Series([0, 0, 0, 4])), 2)
    0.75
    """
    ordered = np.sort(amounts.to_numpy(dtype=np.float64))
    count = len(ordered)
    return float(2 * (np.arange(1, count + 1) * ordered).sum() / (count * ordered.sum()) - (count + 1) / count)


def _carts(lines: pd.DataFrame) -> list[Figure]:
    carts = lines.groupby("order_no").agg(size=("basket_lines", "first"), back=("returned", "max"))
    return [
        Figure(f"carts with a return, {name}", _share(carts.loc[chosen, "back"]), published, _KEDIA)
        for name, chosen, published in (
            ("one item", carts["size"] == 1, "9%"),
            ("more than five items", carts["size"] > 5, "72%"),
        )
    ]


def _customers(lines: pd.DataFrame) -> list[Figure]:
    people = lines.groupby("customer_no")["returned"].agg(["size", "sum"])
    regular = people[people["size"] >= 5]
    share = (regular["sum"] / regular["size"]).quantile(0.95)
    total = people["sum"].sort_values(ascending=False)
    tenth = total.head(max(1, len(total) // 10)).sum() / total.sum()
    return [
        Figure("returns per customer, Gini", f"{gini(people['sum']):.2f}", "concentrated", ""),
        Figure("returns of the tenth that returns most", f"{tenth:.0%}", "", ""),
        Figure("sent back by the 95th of 100 customers with 5 items", f"{share:.0%}", "80%", _SCHULZE),
    ]


def _december(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of the weeks before Christmas."""
    day = lines["ordered_on"]
    december: pd.DataFrame = lines[(day.dt.month == 12) & (day.dt.day <= 22)]
    return december


def _rate(lines: pd.DataFrame, department: str = "") -> str:
    """Return the share of lines that came back, of all departments or of one."""
    return _share(lines.loc[lines["department"] == department, "returned"] if department else lines["returned"])


def _share(flags: pd.Series) -> str:
    return f"{flags.mean():.1%}" if len(flags) else "none"
