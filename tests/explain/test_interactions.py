"""What the effect of a feature depends on is found, and chance is not taken for it."""

import numpy as np
import pandas as pd

from returns_risk.explain.dependence import measure_interactions, plot_dependence, plot_interactions

FEATURES = ["price", "size", "pieces", "noise"]


def make_lines(lines=4000):
    rng = np.random.default_rng(4)
    encoded = pd.DataFrame(
        {
            "price": rng.normal(size=lines),
            "size": rng.integers(0, 3, lines).astype(float),
            "pieces": np.where(rng.random(lines) < 0.9, 1.0, 2.0),
            "noise": np.where(rng.random(lines) < 0.2, np.nan, rng.normal(size=lines)),
        }
    ).astype("float32")
    # The effect of the price turns around with the size; that of the pieces depends on nothing.
    effect = encoded["price"].round() * (encoded["size"] - 1)
    contributions = np.column_stack(
        [effect, np.zeros(lines), encoded["pieces"] - 1, rng.normal(0, 0.1, lines), np.full(lines, -1.0)]
    )
    return contributions, encoded


def test_the_partner_is_found_and_chance_is_not_taken_for_one():
    contributions, encoded = make_lines()
    strengths = measure_interactions(contributions, encoded, FEATURES)
    assert strengths.loc["price"].idxmax() == "size"
    assert strengths.to_numpy()[0, 1] > 0.5
    assert strengths.loc["price", ["pieces", "noise"]].max() < 0.1
    assert strengths.loc["pieces"].max() == 0
    assert strengths.loc["noise"].max() < 0.02
    assert (np.diag(strengths) == 0).all()


def test_pictures_are_drawn_alike_on_every_run(tmp_path):
    contributions, encoded = make_lines(300)
    strengths = measure_interactions(contributions, encoded, FEATURES)
    levels: dict[str, tuple[str, ...]] = {"size": ("S", "M", "L")}
    for run in ("one", "two"):
        plot_interactions(strengths, tmp_path / run / "interactions.png")
        plot_dependence(contributions, encoded, levels, strengths.head(3), tmp_path / run / "dependence.png")
    for name in ("interactions.png", "dependence.png"):
        content = (tmp_path / "one" / name).read_bytes()
        assert content.startswith(b"\x89PNG")
        assert content == (tmp_path / "two" / name).read_bytes()


def test_one_line_and_missing_values_are_no_obstacle(tmp_path):
    contributions, encoded = make_lines(300)
    few = encoded.head(1).assign(size=np.nan)
    strengths = measure_interactions(contributions[:1], few, FEATURES)
    assert (strengths == 0).all(axis=None)
    assert plot_dependence(contributions[:1], few, {"size": ("S",)}, strengths, tmp_path / "one.png").exists()
