"""Beliefs and fit are reasons only where a fact is clear."""

import pytest

KNOWN = {"customer_returned_lines_all": 9.0, "customer_kept_lines_all": 11.0}
SMALL = {"fit_misfit": -0.6, "fit_too_small": 0.2, "fit_too_large": 0.01, "size": "M"}


@pytest.mark.parametrize(
    "values",
    [
        {"customer_return_rate_all": 0.32} | KNOWN,  # hardly above 31 %
        {"customer_return_rate_all": 0.2} | KNOWN,
        {"customer_return_rate_all": 0.4, "customer_returned_lines_all": 0.0, "customer_kept_lines_all": 0.0},
        {"customer_return_rate_all": 0.4, "customer_returned_lines_all": 1.0, "customer_kept_lines_all": 9.0},
        {},
    ],
)
def test_a_customer_without_a_clearly_high_rate_is_no_reason(reasons, values):
    assert reasons({"belief_customer": 1.0}, belief_customer=0.4, **values) == []


def test_a_clearly_low_rate_is_a_reason_for_a_lower_risk(lowering):
    low = {"customer_return_rate_all": 0.1, "customer_returned_lines_all": 1.0, "customer_kept_lines_all": 19.0}
    (sentence,) = lowering({"belief_customer": -1.0}, **low)
    assert sentence == (
        "1 of 20 lines from this customer came back so far, 19 stayed (10% smoothed, typical is 31%); "
        "lowers the risk, well evidenced (20 lines)."
    )


def test_the_next_factor_gives_the_reason_where_none_is_clear(reasons):
    raised = {"belief_customer": 1.0, "line_value": 0.5}
    assert reasons(raised, line_value=49.9) == ["The line is worth 49.90 (typical is 20.00); raises the risk."]


def test_a_far_weaker_fact_of_the_same_factor_does_not_pass_for_the_beliefs(reasons):
    values = {"customer_cancelled_lines_all": 1.0}
    assert reasons({"belief_customer": 1.0, "customer_cancelled_lines_all": 0.2}, **values) == []
    assert len(reasons({"belief_customer": 1.0, "customer_cancelled_lines_all": 0.3}, **values)) == 1


def test_a_number_whose_own_value_points_the_other_way_is_not_stated(reasons):
    values = {"basket_sizes_of_style": 2.0, "basket_colours_of_style": 2.0}
    raised = {"belief_order": 1.0, "basket_sizes_of_style": -0.1}
    assert reasons(raised, **values) == ["This style is in the order in 2 colours (typical is 1); raises the risk."]


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("fit_misfit", {"fit_misfit": -0.4}),
        ("fit_misfit", {"fit_too_small": 0.07}),  # less than twice 4 %
        ("fit_misfit", {"size": None}),
        ("fit_misfit", {"fit_misfit": None}),
        ("fit_too_large", {}),
        ("fit_misfit_sd", {"fit_misfit_sd": 0.9}),
        ("fit_outcomes_of_style", {"fit_outcomes_of_style": 400.0}),
        ("fit_style_runs", {"fit_style_runs": 0.9, "fit_outcomes_of_style": 58.0}),  # large, and the size too small
        ("fit_style_runs", {"fit_style_runs": -0.9, "fit_outcomes_of_style": 9.0}),
        ("fit_style_runs", {"fit_style_runs": -0.2, "fit_outcomes_of_style": 58.0}),
    ],
)
def test_a_size_is_no_reason_unless_it_clearly_does_not_fit(reasons, customer_reasons, column, change):
    assert reasons({column: 1.0}, **SMALL | change) == []
    assert customer_reasons({column: 1.0}, **SMALL | change) == []


def test_a_size_that_fits_lowers_the_risk(lowering):
    fits = {"fit_misfit": 0.1, "fit_too_small": 0.03, "fit_too_large": 0.03, "size": "M"}
    assert lowering({"fit_misfit": -1.0}, **fits) == ["Size M seems right for this customer; lowers the risk."]
    assert lowering({"fit_misfit": -1.0}, **SMALL) == []


def test_uncertainty_is_never_a_reason(reasons):
    assert (
        reasons({"belief_order_variance": 1.0, "fit_misfit_sd": 1.0}, belief_order_variance=0.5, fit_misfit_sd=1) == []
    )
