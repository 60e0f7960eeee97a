"""The made-up world: markets, categories, sizes and codes that all rooms share. Plain facts, nothing random."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "ALPHA",
    "CATEGORIES",
    "CURRENCY",
    "MARKETS",
    "ONE_SIZE",
    "PAYMENTS",
    "REASONS",
    "SIZES",
    "TIME_ZONE",
    "Category",
    "Flags",
    "Floats",
    "Ints",
    "Market",
    "Times",
    "shares",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]
"""Wall-clock times of the shop, ``datetime64[s]`` without a zone; NaT for what never happens."""

TIME_ZONE = "Europe/Berlin"
"""The shop's; all rooms count in its wall-clock time and only ``raw`` turns that into UTC."""
CURRENCY = "EUR"
PAYMENTS = ("invoice", "paypal", "card", "instalments", "prepayment", "ideal", "blik")
REASONS = ("too_small", "too_large", "not_as_pictured", "quality", "damaged", "changed_mind", "late", "other")


@dataclass(frozen=True)
class Market:
    """One country the shop sells to."""

    code: str
    language: str
    share: float
    """Of customers."""
    return_window_days: int
    """After delivery; the same as in ``policy.yaml``, which a test asserts."""
    promised_days: int
    """From the order to the promised delivery."""
    transit: tuple[float, ...]
    """Shares of parcels that take 1, 2 ... 6 days."""
    payments: tuple[float, ...]
    """Shares of ``PAYMENTS``."""


MARKETS = (
    Market("DE", "de", 0.48, 30, 4, (0.35, 0.35, 0.17, 0.08, 0.03, 0.02), (0.44, 0.30, 0.15, 0.07, 0.04, 0.0, 0.0)),
    Market("AT", "de", 0.12, 30, 5, (0.15, 0.38, 0.27, 0.12, 0.05, 0.03), (0.42, 0.25, 0.24, 0.05, 0.04, 0.0, 0.0)),
    Market("NL", "nl", 0.15, 30, 4, (0.25, 0.38, 0.22, 0.10, 0.03, 0.02), (0.22, 0.10, 0.10, 0.03, 0.0, 0.55, 0.0)),
    Market("FR", "fr", 0.14, 14, 6, (0.05, 0.22, 0.33, 0.24, 0.10, 0.06), (0.03, 0.27, 0.62, 0.08, 0.0, 0.0, 0.0)),
    Market("PL", "pl", 0.11, 14, 6, (0.08, 0.26, 0.32, 0.20, 0.09, 0.05), (0.05, 0.08, 0.25, 0.04, 0.08, 0.0, 0.50)),
)

ALPHA = ("XS", "S", "M", "L", "XL", "XXL")
_DRESS = ("34", "36", "38", "40", "42", "44", "46")
_SHOE = ("36", "37", "38", "39", "40", "41", "42", "43", "44", "45")
ONE_SIZE = ("one size",)
SIZES = (ALPHA, _DRESS, _SHOE, ONE_SIZE)
"""The size systems; a customer has one latent size in each."""


@dataclass(frozen=True)
class Category:
    """One product group."""

    name: str
    share: float
    """Of the styles."""
    median_price: float
    """List price, EUR."""
    sizes: tuple[str, ...]
    return_logit: float
    """Log-odds of a return of a well-fitting, honest, full-price item, alone in its order."""
    warm: float
    """-1 for winter goods to 1 for summer goods."""
    worn_once: bool = False
    """Whether it is a thing some people buy for one evening and send back."""

    @property
    def sized(self) -> bool:
        """Whether it can fit badly."""
        return len(self.sizes) > 1


CATEGORIES = (
    Category("dresses", 0.15, 59.0, _DRESS, -1.60, 0.6, worn_once=True),
    Category("jeans", 0.13, 69.0, _DRESS, -1.85, 0.0),
    Category("shirts", 0.18, 29.0, ALPHA, -2.15, 0.4),
    Category("knitwear", 0.10, 49.0, ALPHA, -2.15, -0.8),
    Category("jackets", 0.09, 119.0, ALPHA, -1.80, -0.5, worn_once=True),
    Category("shoes", 0.10, 79.0, _SHOE, -1.85, 0.2, worn_once=True),
    Category("sneakers", 0.12, 89.0, _SHOE, -2.00, 0.1),
    Category("bags", 0.06, 59.0, ONE_SIZE, -3.00, 0.1, worn_once=True),
    Category("accessories", 0.07, 19.0, ONE_SIZE, -3.00, -0.1),
)


def shares(weights: npt.ArrayLike) -> Floats:
    """Return weights as shares that add up to one.

    >>> shares([1, 3]).tolist()
    [0.25, 0.75]
    """
    values = np.asarray(weights, dtype=np.float64)
    normalised: Floats = values / values.sum()
    return normalised
