import numpy as np
import pytest

from returns_risk.evaluation import interval, resample_weights


def test_lines_of_a_cluster_share_their_weight():
    clusters = np.array(["a", "b", "a", "c", "b"])
    for weight in resample_weights(clusters, 50, 1):
        assert weight[0] == weight[2]
        assert weight[1] == weight[4]
        assert weight.any()


def test_the_same_seed_draws_the_same_weights():
    first, repeated, other = (list(resample_weights(np.arange(9), 3, seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, repeated)
    assert not np.array_equal(first, other)


def test_the_interval_of_a_mean_covers_it_about_as_often_as_it_says():
    draws = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        values = draws.normal(size=60)
        weights = resample_weights(np.arange(60), 200, trial)
        low, high = interval([np.average(values, weights=weight) for weight in weights])
        covered += low <= 0.0 <= high
    assert 0.89 <= covered / 200 <= 0.99


def test_samples_that_are_all_missing_have_no_interval():
    assert np.isnan(interval([])).all()
    assert interval([np.nan, 2.0]) == pytest.approx((2.0, 2.0))
