"""Calibration: margins (log-odds) to probabilities, and the Venn-Abers interval of a risk."""

from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from returns_risk.config.yaml_files import Frozen

__all__ = ["CALIBRATIONS", "Calibrator", "VennAbers", "fit_calibrator", "fit_temperature", "fit_venn_abers"]

Values = npt.NDArray[np.float64]
CALIBRATIONS = ("none", "platt", "beta", "isotonic")
"""For a risk, the simplest first."""
_LOG_SLOPES = (-3.0, 3.0)
_FARTHEST = 5.0  # shift of log-odds that is tried
_DIGITS = 6  # of a shift; processors differ in the last ones of a sum
_SIMILAR, _Z = 0.05, 1.96
_LEVELS = 256
"""Margins are rounded to this number of levels; the guarantee holds for any score, and so for the rounded margin."""


class Calibrator(Frozen):
    """A fitted map from margin (log-odds) to probability, or from the margins of several classes to shares."""

    kind: Literal["platt", "beta", "isotonic", "temperature", "none"]
    slope: float = 1.0
    upper_slope: float = 1.0
    """Beta: weight of ``-log(1 - p)``, where ``slope`` is that of ``log(p)``."""
    intercept: float = 0.0
    shift: float = 0.0
    """Of a risk: added to each margin first, see ``at_level``."""
    margins: tuple[float, ...] = ()
    """Isotonic: knots of the step-free map, ascending."""
    probabilities: tuple[float, ...] = ()

    def __call__(self, margin: Values) -> Values:
        """Return the calibrated probability of each margin, shape (n,), or the shares of each row, (n, n_classes)."""
        from scipy.special import expit, softmax

        if margin.ndim > 1:
            return np.asarray(softmax(self.slope * margin, axis=1))
        margin = margin + self.shift
        if self.kind == "isotonic":
            # Between knots rounding may reach beyond them by one bit.
            return np.clip(np.interp(margin, self.margins, self.probabilities), 0.0, 1.0)
        if self.kind == "beta":
            low, high = _beta_features(margin)
            return np.asarray(expit(self.slope * low + self.upper_slope * high + self.intercept))
        return np.asarray(expit(self.slope * margin + self.intercept))

    def at_level(self, margin: Values, share: float) -> Self:
        """Return the same map with the shift at which the mean probability of lines is the share that came back.

        The map was fitted on lines that the booster had not seen, and corrects by how much more or fewer of them came
        back than of those before. A booster that has since learnt from these lines, too, knows of that itself, and the
        correction would be made twice. ``none`` corrects nothing and stays as it is, as does a map that no shift brings
        to the share, e.g. a flat one.

        Parameters
        ----------
        margin : of lines by the present booster, shape (n_lines,)
        share : of these lines that came back, above 0 and below 1
        """
        from scipy.optimize import brentq

        if self.kind == "none":
            return self
        plain = self.model_copy(update={"shift": 0.0})

        def excess(shift: float) -> float:
            return float(plain(margin + shift).mean()) - share

        if excess(-_FARTHEST) * excess(_FARTHEST) >= 0:
            return plain
        return plain.model_copy(update={"shift": round(brentq(excess, -_FARTHEST, _FARTHEST), _DIGITS)})


def fit_calibrator(kind: str, margin: Values, returned: npt.NDArray[np.bool_]) -> Calibrator:
    """Fit a calibrator on lines that the booster has not seen.

    ``platt`` fits slope and intercept of the log-odds (Platt 1999, Probabilistic outputs for support
    vector machines), ``beta`` two slopes, one for either end (Kull, Silva Filho & Flach 2017, Beta calibration: a
    well-founded and easily implemented improvement on logistic calibration), ``isotonic`` any non-decreasing map
    (Zadrozny & Elkan 2002), ``none`` keeps the booster's own probability.

    Parameters
    ----------
    margin, returned : shape (n_lines,), both classes present
    """
    if kind == "platt":
        from sklearn.linear_model import LogisticRegression

        fitted = LogisticRegression(C=np.inf).fit(margin[:, None], returned)
        return Calibrator(kind="platt", slope=float(fitted.coef_[0, 0]), intercept=float(fitted.intercept_[0]))
    if kind == "beta":
        return _fit_beta(margin, returned)
    if kind == "isotonic":
        from sklearn.isotonic import IsotonicRegression

        step = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(margin, returned)
        return Calibrator(
            kind="isotonic",
            margins=tuple(step.X_thresholds_.tolist()),
            probabilities=tuple(step.y_thresholds_.tolist()),
        )
    if kind != "none":
        raise ValueError(f"{kind} is no calibration")  # the backtest replaces auto
    return Calibrator(kind="none")


def _beta_features(margin: Values) -> tuple[Values, Values]:
    """Return log(p) and -log(1 - p) of p = expit(margin)."""
    return -np.logaddexp(0, -margin), np.logaddexp(0, margin)


def _fit_beta(margin: Values, returned: npt.NDArray[np.bool_]) -> Calibrator:
    """Fit both slopes; one below 0 is set to 0 and the other fitted alone, so that the map never falls."""
    from sklearn.linear_model import LogisticRegression

    features = np.column_stack(_beta_features(margin))
    used = [0, 1]
    while used:
        fitted = LogisticRegression(C=np.inf).fit(features[:, used], returned)
        slopes = dict(zip(used, fitted.coef_[0], strict=True))
        if min(slopes.values()) >= 0:
            return Calibrator(
                kind="beta",
                slope=float(slopes.get(0, 0.0)),
                upper_slope=float(slopes.get(1, 0.0)),
                intercept=float(fitted.intercept_[0]),
            )
        used = [max(slopes, key=lambda column: slopes[column])] if len(used) == 2 else []
    share = returned.mean()
    return Calibrator(kind="beta", slope=0.0, upper_slope=0.0, intercept=float(np.log(share / (1 - share))))


def fit_temperature(kind: str, margins: Values, label: npt.NDArray[np.int64]) -> Calibrator:
    """Fit one factor on the margins of several classes (Guo et al. 2017, On calibration of modern neural networks).

    Parameters
    ----------
    kind : ``temperature``, or ``none`` for the booster's own shares
    margins : shape (n_lines, n_classes)
    label : class of each line, shape (n_lines,)
    """
    if kind == "none":
        return Calibrator(kind="none")
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    of_label = margins[np.arange(len(label)), label]

    def loss(log_slope: float) -> float:
        slope = np.exp(log_slope)
        return float(np.mean(logsumexp(slope * margins, axis=1) - slope * of_label))

    result = minimize_scalar(loss, bounds=_LOG_SLOPES, method="bounded")
    return Calibrator(kind="temperature", slope=float(np.exp(result.x)))


class VennAbers(Frozen):
    """Inductive Venn-Abers predictor (Vovk & Petej 2014, Venn-Abers predictors), by level of the margin.

    Own code: scikit-learn has none, and MAPIE computes the interval anew from all calibration lines at each prediction;
    a bundle stores one small table instead.
    """

    edges: tuple[float, ...]
    """Margin from which on the next level begins, ascending; one fewer than levels."""
    low: tuple[float, ...]
    """Probability of return if the line were kept, per level."""
    high: tuple[float, ...]
    """Probability of return if the line were returned."""
    lines: int = 0
    """Number of lines that it was fitted on; 0 in bundles of older versions."""

    def __call__(self, margin: Values) -> tuple[Values, Values]:
        """Return the lower and the upper probability of each margin, each of shape (n_lines,)."""
        level = np.searchsorted(self.edges, margin, side="right")
        return np.asarray(self.low)[level], np.asarray(self.high)[level]

    def around(self, risk: Values, margin: Values) -> tuple[Values, Values]:
        """Return the interval of the calibrated risk of each margin, each of shape (n_lines,).

        The Venn-Abers probabilities say how little one more line would change the calibration; of many lines they are
        all but equal. So the interval also spans what chance does to the share returned among the twentieth of the
        lines whose scores are the most similar (Wilson 1927, 95 %), around the risk.
        """
        low, high = self(margin)
        if not self.lines:
            return np.minimum(low, risk), np.maximum(high, risk)
        count = max(self.lines * _SIMILAR, 1.0)
        centre = (risk + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
        reach = _Z / (1 + _Z**2 / count) * np.sqrt(risk * (1 - risk) / count + _Z**2 / (4 * count**2))
        # At a risk of nearly 0 or 1, rounding would carry a bound across it.
        least, most = np.clip(centre - reach, 0.0, risk), np.clip(centre + reach, risk, 1.0)
        return np.minimum(low, least), np.maximum(high, most)


def fit_venn_abers(margin: Values, returned: npt.NDArray[np.bool_]) -> VennAbers:
    """Fit on lines that the booster has not seen.

    A new line is added, once as kept and once as returned; each time isotonic regression of all lines gives it a
    probability. The isotonic value at a level is the greatest, over all starts at or before it, of the smallest mean up
    to any end after it (Barlow et al. 1972), so that all levels are computed in advance.

    Parameters
    ----------
    margin, returned : shape (n_lines,), at least one line
    """
    order = np.argsort(margin, kind="stable")
    values, positive = margin[order], returned[order].astype(np.float64)
    wanted = np.linspace(0, len(values), min(_LEVELS, len(values)) + 1).round().astype(np.int64)[1:-1]
    # A level begins where the margin changes: equal margins are on the same level.
    begins = np.unique(np.searchsorted(values, values[wanted], side="left"))
    begins = np.append(0, begins[begins > 0])
    lines = np.append(0, np.cumsum(np.diff(np.append(begins, len(values)))))
    returns = np.append(0, np.cumsum(np.add.reduceat(positive, begins)))
    low, high = (tuple(_at_level(lines, returns, level, label) for level in range(len(begins))) for label in (0.0, 1.0))
    edges = (values[begins[1:]] + values[begins[1:] - 1]) / 2
    return VennAbers(edges=tuple(edges.tolist()), low=low, high=high, lines=len(values))


def _at_level(lines: npt.NDArray[np.int64], returns: Values, level: int, label: float) -> float:
    """Return the isotonic value of a new line at a level; ``lines`` and ``returns`` are sums before each level."""
    start, end = np.arange(level + 1), np.arange(level + 1, len(lines))
    means = (returns[end][None, :] - returns[start][:, None] + label) / (
        lines[end][None, :] - lines[start][:, None] + 1
    )
    return float(means.min(axis=1).max())
