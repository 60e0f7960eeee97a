"""Facts about the size of a line: several sizes ordered, what the customer kept, how the style runs."""

from collections.abc import Iterator, Mapping
from typing import Any

from returns_risk.explain.facts import LEAST_DIFFERENCE, Amount, Fact
from returns_risk.explain.rows import Row
from returns_risk.explain.sizes import SIZES
from returns_risk.snapshot.lines import rank_of

__all__ = ["SEVERAL_SIZES", "list_size_facts", "too_large_by"]

SEVERAL_SIZES = "facts.several_sizes"
_RUNS = 0.25
"""Steps of sizes from which a style is said to run small or large."""
_OUTCOMES = 10
"""Fewest outcomes of a style of which that is said."""
_MISFIT = 0.5
"""Steps from which a size is said not to fit."""
_LIKELIER = 2.0
"""And how many times as likely a return for the size must be as at the median of the training rows."""
_CLEAR = 3
"""Fewest lines that were too large, or too small; as many times must they outnumber those of the other side."""


def list_size_facts(row: Row, reference_values: Mapping[str, float]) -> list[Fact]:
    """List the facts about a line's size, the most telling first; those of the same group say nearly the same.

    Facts that contradict the suggested size are left out, and so are those that contradict an earlier one.

    Parameters
    ----------
    row : the features of the line with ``sizes_of_style``, and ``suggested_size`` and ``size_evidence`` where known
    reference_values : median of the training rows, by column
    """
    kept: list[Fact] = []
    towards = too_large_by(row)
    for fact in _facts(row, reference_values):
        if fact.direction and towards and fact.direction != towards:
            continue
        towards = towards or fact.direction
        kept.append(fact)
    return kept


def too_large_by(row: Row) -> int:
    """Return 1 where a smaller size than the ordered one is suggested, -1 for a larger one, 0 without a suggestion."""
    suggested, ordered = row.text("suggested_size"), row.text("size")
    if suggested is None or ordered is None:
        return 0
    of_suggested, of_ordered = rank_of(suggested), rank_of(ordered)
    return int(of_ordered > of_suggested) - int(of_ordered < of_suggested)


def _facts(row: Row, reference_values: Mapping[str, float]) -> Iterator[Fact]:
    yield from _several_sizes(row)
    yield from _kept_by_customer(row)
    yield from _counted(row)
    yield from _runs(row)
    yield from _misfit(row, reference_values)


def _several_sizes(row: Row) -> Iterator[Fact]:
    names, number = row.value(SIZES), row.number("basket_sizes_of_style")
    if names is not None and len(names) > 1:
        amounts: dict[str, Amount] = {"n": ("count", len(names)), "sizes": ("sizes", tuple(names))}
        numbers = {} if number is None else {"basket_sizes_of_style": number}
        yield Fact(SEVERAL_SIZES, "variants", amounts, numbers, "size", plural=len(names))


def _kept_by_customer(row: Row) -> Iterator[Fact]:
    """State which size the customer kept most often, unless it is the ordered one or not the suggested one."""
    ordered, suggested = row.text("size"), row.text("suggested_size")
    counts = {str(entry["size"]): float(entry.get("kept") or 0) for entry in _evidence(row, "customer")}
    counts = {size: kept for size, kept in counts.items() if kept > 0}
    if not counts or ordered is None:
        return
    most = max(counts, key=lambda size: (counts[size], size == suggested))
    in_order = row.value(SIZES) or ()
    if (most == ordered and len(in_order) < 2) or (suggested is not None and most != suggested):
        return
    if most == ordered or (len(in_order) > 1 and most not in in_order):
        key, direction = "facts.kept", 0
    else:
        of_kept, of_ordered = rank_of(most), rank_of(ordered)
        key, direction = "facts.kept_other", int(of_ordered > of_kept) - int(of_ordered < of_kept)
    amounts: dict[str, Amount] = {"kept": ("size", most), "size": ("size", ordered), "n": ("count", counts[most])}
    numbers = {f"size_evidence.customer.{most}.kept": counts[most]}
    yield Fact(key, "customer_fit", amounts, numbers, "size", plural=counts[most], direction=direction)


def _counted(row: Row) -> Iterator[Fact]:
    """State how many lines of the style in this size were too large or too small, of all whose outcome is known."""
    size = row.text("size")
    for entry in _evidence(row, "sizes"):
        small, large = (float(entry.get(name) or 0) for name in ("too_small", "too_large"))
        # What came back for other reasons or none is among ``returned``.
        lines = float(entry.get("kept") or 0) + max(float(entry.get("returned") or 0), small + large)
        more, less = max(small, large), min(small, large)
        if str(entry["size"]) != size or more < max(_CLEAR, 2 * less) or more - less < LEAST_DIFFERENCE * lines:
            continue
        side, direction = ("large", 1) if large > small else ("small", -1)
        amounts: dict[str, Amount] = {
            "size": ("size", size), "n": ("count", more), "lines": ("count", lines), "other": ("count", less or None),
        }  # fmt: skip
        numbers = {
            f"size_evidence.sizes.{size}.{name}": float(entry.get(name) or 0)
            for name in ("kept", "too_small", "too_large", "returned")
        }
        yield Fact(f"facts.too_{side}", "style_fit", amounts, numbers, "size", plural=more, direction=direction)


def _runs(row: Row) -> Iterator[Fact]:
    steps, outcomes = row.number("fit_style_runs"), row.number("fit_outcomes_of_style")
    if steps is None or outcomes is None or outcomes < _OUTCOMES or abs(steps) < _RUNS:
        return
    side = "large" if steps > 0 else "small"
    amounts: dict[str, Amount] = {"n": ("count", outcomes)}
    numbers = {"fit_style_runs": steps, "fit_outcomes_of_style": outcomes}
    yield Fact(f"facts.runs_{side}", "style_fit", amounts, numbers, "size", direction=1 if steps > 0 else -1)


def _misfit(row: Row, reference_values: Mapping[str, float]) -> Iterator[Fact]:
    """State that the size seems not to fit: by half a step at least, and with twice the usual probability."""
    misfit, size = row.number("fit_misfit"), row.text("size")
    if misfit is None or size is None or abs(misfit) < _MISFIT:
        return
    side = "small" if misfit < 0 else "large"
    probability, usual = row.number(f"fit_too_{side}"), reference_values.get(f"fit_too_{side}")
    if probability is None or usual is None or probability < _LIKELIER * usual:
        return
    far = "half" if abs(misfit) < 0.75 else "one" if abs(misfit) < 1.5 else "more"
    numbers = {"fit_misfit": misfit, f"fit_too_{side}": probability, f"fit_too_{side} (usual)": usual}
    amounts: dict[str, Amount] = {"size": ("size", size)}
    direction = -1 if misfit < 0 else 1
    yield Fact(f"facts.misfit_{side}_{far}", "customer_fit", amounts, numbers, "size", direction=direction)


def _evidence(row: Row, part: str) -> list[Mapping[str, Any]]:
    evidence = row.value("size_evidence")
    return list(evidence[part]) if isinstance(evidence, Mapping) and part in evidence else []
