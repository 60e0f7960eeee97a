"""Facts about the size: several sizes, what the customer kept, how the style runs, and whether the size fits."""

import pytest

SMALL = {"fit_misfit": -0.6, "fit_too_small": 0.2, "fit_too_large": 0.01, "size": "M"}
RUNS = {"fit_style_runs": 0.5, "fit_outcomes_of_style": 58.0}
LARGE = {"size": "XL", "kept": 104, "too_small": 3, "too_large": 20}
FIT = {"fit_misfit": 0.5, "fit_style_runs": 0.5}


def evidence(sizes=(), customer=()):
    return {"sizes": list(sizes), "customer": list(customer)}


def said(reasons, count=3, **values):
    return reasons(FIT, count=count, intervention="sizing_guidance", **values)


def test_the_counts_of_the_ordered_size_come_before_what_is_estimated(reasons):
    sentence = "Size XL: 20 of 127 were too large, 3 too small."
    assert said(reasons, size="XL", size_evidence=evidence([LARGE]), **RUNS) == [sentence]
    assert said(reasons, size="L", size_evidence=evidence([LARGE]), **RUNS) == [
        "This style runs large (known from 58 purchases)."
    ]


def test_a_side_without_lines_is_not_counted(reasons):
    assert said(reasons, size="XL", size_evidence=evidence([LARGE | {"too_small": 0}])) == [
        "Size XL: 20 of 124 were too large."
    ]


def test_lines_that_came_back_for_other_reasons_are_counted_among_all(reasons):
    assert said(reasons, size="XL", size_evidence=evidence([LARGE | {"returned": 30}])) == [
        "Size XL: 20 of 134 were too large, 3 too small."
    ]


@pytest.mark.parametrize("counts", [{"too_large": 2}, {"too_small": 15}, {"kept": 3000}])
def test_counts_that_do_not_clearly_lie_on_one_side_say_nothing(reasons, counts):
    assert said(reasons, size="XL", size_evidence=evidence([LARGE | counts])) == ["No single reason."]


def test_what_the_customer_kept_is_said_where_it_is_another_size(reasons):
    kept = evidence(customer=[{"size": "44", "kept": 2}, {"size": "42", "kept": 1}])
    assert said(reasons, size="40", size_evidence=kept) == [
        "This customer kept size 44 in 2 earlier purchases; ordered is 40."
    ]
    assert said(reasons, size="44", size_evidence=kept) == ["No single reason."]
    assert said(reasons, size="40", suggested_size="42", size_evidence=kept) == ["No single reason."]
    bracket = {"sizes_of_style": ("42", "44"), "basket_sizes_of_style": 2.0}
    assert said(reasons, size="44", size_evidence=kept, **bracket) == [
        "Ordered in 2 sizes: 42 and 44.",
        "This customer kept size 44 in 2 earlier purchases.",
    ]


def test_nothing_contradicts_the_suggested_size(reasons):
    assert said(reasons, suggested_size="L", **SMALL, **RUNS) == ["Size M seems slightly too small for this customer."]
    assert said(reasons, suggested_size="S", **SMALL, **RUNS) == ["This style runs large (known from 58 purchases)."]


def test_facts_do_not_contradict_each_other(reasons):
    assert said(reasons, **SMALL, **RUNS) == ["This style runs large (known from 58 purchases)."]


@pytest.mark.parametrize(
    ("misfit", "sentence"),
    [
        (-0.6, "Size M seems slightly too small for this customer."),
        (-1.2, "Size M seems one size too small for this customer."),
        (-2.0, "Size M seems more than one size too small for this customer."),
    ],
)
def test_a_size_that_does_not_fit_says_by_how_much(reasons, misfit, sentence):
    assert said(reasons, **SMALL | {"fit_misfit": misfit}) == [sentence]


@pytest.mark.parametrize(
    "change",
    [
        {"fit_misfit": -0.4},
        {"fit_too_small": 0.07},  # less than twice 4 %
        {"size": None},
        {"fit_misfit": None},
        {"fit_misfit": None, "fit_style_runs": -0.9, "fit_outcomes_of_style": 9.0},
        {"fit_misfit": None, "fit_style_runs": -0.2, "fit_outcomes_of_style": 58.0},
    ],
)
def test_a_size_is_no_reason_unless_it_clearly_does_not_fit(reasons, change):
    assert said(reasons, **SMALL | change) == ["No single reason."]
