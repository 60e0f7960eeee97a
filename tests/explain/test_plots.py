"""SHAP summaries are drawn, and the same on every run."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.explain.plots import plot_attributions

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def attributions():
    rng = np.random.default_rng(2)
    encoded = pd.DataFrame(rng.normal(size=(60, 4)), columns=["discount", "quantity", "brand", "value"]).astype(
        "float32"
    )
    encoded.loc[:5, "brand"] = np.nan
    contributions = np.column_stack([encoded.fillna(0).to_numpy(dtype=float) * [1, 0.5, 0.2, 0.1], np.full(60, -1.0)])
    return contributions, encoded


def draw(attributions: tuple[Any, pd.DataFrame], folder: Path) -> list[Path]:
    return plot_attributions(*attributions, folder)


def test_both_pictures_are_written_and_nothing_else(attributions, tmp_path):
    paths = draw(attributions, tmp_path / "plots")
    assert [path.name for path in paths] == ["shap_beeswarm.png", "shap_bar.png"]
    assert sorted(path.name for path in (tmp_path / "plots").iterdir()) == ["shap_bar.png", "shap_beeswarm.png"]
    assert all(path.read_bytes().startswith(PNG) for path in paths)


def test_two_runs_give_the_same_bytes(attributions, tmp_path):
    one, two = draw(attributions, tmp_path / "one"), draw(attributions, tmp_path / "two")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_one_line_and_a_column_without_any_value_are_drawn_too(attributions, tmp_path):
    contributions, encoded = attributions
    assert encoded.head(1)["brand"].isna().all()
    assert len(draw((contributions[:1], encoded.head(1)), tmp_path)) == 2


def test_no_figure_stays_open(attributions, tmp_path):
    import matplotlib.pyplot as plt

    draw(attributions, tmp_path)
    assert plt.get_fignums() == []
