"""The truth is whole, speaks of the same lines as the extract, and is none of the chain's business."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from returns_risk.errors import SourceError
from shop_simulator import Shop, read_truth
from shop_simulator.growing import Table
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.plausibility import gini, plausibility
from shop_simulator.truth import write_truth
from shop_simulator.world import REASONS

ROOT = Path(__file__).parents[2]


def test_each_line_of_the_extract_has_its_truth(tables: dict[str, pd.DataFrame], truth: pd.DataFrame) -> None:
    lines = tables["order_lines"]
    assert (lines["order_no"] + "-" + lines["position"].astype(str)).tolist() == truth["line_id"].tolist()
    assert np.allclose(lines["price"], truth["price"])
    back = tables["returns"]["order_no"] + "-" + tables["returns"]["position"].astype(str)
    received = truth["received_on"] < "2026-03-02"
    assert set(back) == set(truth.loc[received, "line_id"])


def test_the_truth_tells_all_potential_outcomes(truth: pd.DataFrame) -> None:
    for item in INTERVENTIONS:
        for what in (
            "probability_if",
            "cancels_if",
            "would_return_if",
            "reason_if",
            "would_cancel_if",
            "would_annoy_if",
        ):
            assert truth[f"{what}_{item.name}"].notna().all()
    comes = truth["reason"] != ""
    assert (truth["would_return"] == (comes & ~truth["overdue"])).all()
    assert truth["probability"].between(0, 1, inclusive="neither").all()


def test_the_truth_of_given_lines_comes_in_their_order(shop: Shop, tmp_path: Path) -> None:
    write_truth(tmp_path, shop)
    selected = read_truth(tmp_path)["line_id"].iloc[[50, 3, 7]].tolist()
    assert read_truth(tmp_path, selected)["line_id"].tolist() == selected
    with pytest.raises(SourceError, match=r"1 of 2 lines are unknown to it, e\.g\. 1-1"):
        read_truth(tmp_path, [selected[0], "1-1"])
    with pytest.raises(SourceError, match="there is no truth here"):
        read_truth(tmp_path / "nowhere")


def test_no_part_of_the_chain_names_the_truth() -> None:
    chain = yaml.safe_load((ROOT / "dvc.yaml").read_text())
    deps = [dep for stage in chain["stages"].values() for dep in stage["deps"]]
    assert not [dep for dep in deps if "truth" in dep or "simulate" in dep]
    library = ROOT / "src/returns_risk"
    chain_files = [
        *(ROOT / "pipelines").glob("*.py"),
        *(ROOT / "sources").rglob("*.sql"),
        *(ROOT / "features/definitions").glob("*.yaml"),
        ROOT / "params.yaml",
        *library.rglob("*.py"),
    ]
    latent = ["truth/", "lines.parquet", "would_return", "probability_if", *(f"probability_{name}" for name in REASONS)]
    # The contract's order_lines.parquet ends like the truth's lines.parquet.
    texts = [(path.name, path.read_text().replace("order_lines.parquet", "")) for path in chain_files]
    assert [(name, packed) for name, text in texts for packed in latent if packed in text] == []


def test_the_extract_tells_nothing_of_the_truth(tables: dict[str, pd.DataFrame], truth: pd.DataFrame) -> None:
    """Neither a column nor the order of the rows gives away what comes back."""
    known = {"order_no", "customer_no", "price", "quantity", "market", "department", "category"}
    columns = {name for table in tables.values() for name in table.columns}
    assert columns & (set(truth.columns) - known) == {"department"} & columns - known
    young = truth["ordered_on"] >= "2026-02-27"
    rank = pd.Series(np.arange(young.sum()), index=truth.index[young])
    assert abs(rank.corr(truth.loc[young, "would_return"].astype(float))) < 0.15


def test_the_figures_of_the_shop_are_near_the_published_ones(truth: pd.DataFrame) -> None:
    figures = {item.name: item.simulated for item in plausibility(truth)}
    assert 0.26 < float(figures["returned, apparel"].rstrip("%")) / 100 < 0.36
    assert 0.5 < float(figures["returns per customer, Gini"]) < 0.8
    assert all(figures.values())


def test_gini_knows_its_ends() -> None:
    assert gini(pd.Series([2, 2, 2])) == pytest.approx(0)
    assert gini(pd.Series([0] * 99 + [5])) == pytest.approx(0.99)


def test_a_growing_table_keeps_its_rows() -> None:
    table = Table({"number": "i4", "pair": np.dtype(("f4", (2,)))})
    positions = [table.append({"number": np.arange(n), "pair": 0.5}) for n in (3, 100, 1000)]
    assert len(table) == 1103
    assert table["number"][:5].tolist() == [0, 1, 2, 0, 1]
    assert table["pair"].shape == (1103, 2)
    assert positions[1].tolist() == list(range(3, 103))
    with pytest.raises(KeyError, match="pair"):
        table.append({"number": np.arange(2)})
