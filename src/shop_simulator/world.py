"""The made-up world: markets, categories, carriers, sizes and codes that all rooms share; nothing is random."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "ALPHA", "BRANDS", "CARRIERS", "CATEGORIES", "CHANNELS", "COLOURS", "CONDITIONS", "CURRENCY", "DAY", "DEPARTMENTS",
    "DEVICES", "LANES", "LANGUAGES", "MARKETS", "NEVER", "ONE_SIZE", "PAYMENTS", "REASONS", "REASON_CODES", "RENEWED",
    "SEGMENTS", "SIZED", "SIZES", "SYSTEM", "TIME_ZONE", "VOUCHERS", "WAREHOUSES", "WORN_ONCE", "Carrier", "Category",
    "Flags", "Floats", "Ints", "Market", "Times", "later", "of_category", "of_market", "shares",
]  # fmt: skip

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Flags = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]
"""Wall-clock times of the shop, ``datetime64[s]`` without a zone; NaT for what never happens."""

DAY = np.timedelta64(1, "D")
NEVER = np.datetime64("NaT", "s")
TIME_ZONE = "Europe/Berlin"
"""The shop's; all rooms count in its wall-clock time and only ``raw`` turns that into UTC."""
CURRENCY = "EUR"
LANGUAGES = ("de", "nl", "fr", "pl", "en")
SEGMENTS = ("new", "regular", "vip")
CHANNELS = ("web", "app", "store_pickup")
DEVICES = ("phone", "desktop", "tablet", "terminal")
PAYMENTS = ("invoice", "paypal", "card", "instalments", "prepayment", "ideal", "blik")
VOUCHERS = ("", "newsletter", "welcome", "birthday")
WAREHOUSES = ("LEJ1", "POZ1")
CONDITIONS = ("new", "worn", "damaged")
COLOURS = ("black", "white", "navy", "grey", "beige", "red", "green", "blue", "rose", "brown")
REASONS = ("too_small", "too_large", "not_as_pictured", "quality", "damaged", "changed_mind", "late", "gift")
"""The true reasons of returns."""
REASON_CODES = (*REASONS, "other")
"""What customers tick on the slip."""


@dataclass(frozen=True)
class Market:
    """One country the shop sells to."""

    code: str
    """ISO 3166, by which its public holidays are looked up."""
    language: str
    share: float
    """Of customers."""
    return_window_days: int
    """After delivery; the same as in ``policy.yaml``, which a test asserts."""
    return_fee: float
    """What a return costs the customer, EUR."""
    promised_days: int
    """From the order to the promised delivery."""
    payments: tuple[float, ...]
    """Shares of ``PAYMENTS``."""


MARKETS = (
    Market("DE", "de", 0.48, 30, 0.00, 4, (0.44, 0.30, 0.15, 0.07, 0.04, 0.0, 0.0)),
    Market("AT", "de", 0.12, 30, 0.00, 5, (0.42, 0.25, 0.24, 0.05, 0.04, 0.0, 0.0)),
    Market("NL", "nl", 0.15, 30, 0.00, 4, (0.22, 0.10, 0.10, 0.03, 0.0, 0.55, 0.0)),
    Market("FR", "fr", 0.14, 14, 4.95, 6, (0.03, 0.27, 0.62, 0.08, 0.0, 0.0, 0.0)),
    Market("PL", "pl", 0.11, 14, 2.99, 6, (0.05, 0.08, 0.25, 0.04, 0.08, 0.0, 0.50)),
)


@dataclass(frozen=True)
class Carrier:
    """Who brings the parcels."""

    name: str
    late: float
    """Share of its parcels that come after the promised day, outside the gift season."""
    damaged: float
    """Share of its parcels that suffer on the way."""


CARRIERS = (
    Carrier("Eilbote", 0.03, 0.008),
    Carrier("Hermelin", 0.09, 0.024),
    Carrier("Oranjepost", 0.05, 0.010),
    Carrier("Colis Vite", 0.08, 0.018),
    Carrier("Szybka", 0.06, 0.014),
)
LANES = np.array(
    [
        [[0.70, 0.30, 0, 0, 0], [0.55, 0.40, 0, 0, 0.05]],
        [[0.60, 0.40, 0, 0, 0], [0.30, 0.55, 0, 0, 0.15]],
        [[0.15, 0.15, 0.70, 0, 0], [0.10, 0.45, 0.40, 0, 0.05]],
        [[0.15, 0.20, 0, 0.65, 0], [0.05, 0.50, 0, 0.35, 0.10]],
        [[0.20, 0.30, 0, 0, 0.50], [0, 0.10, 0, 0, 0.90]],
    ]
)
"""Share of each carrier by market and warehouse."""

ALPHA = ("XS", "S", "M", "L", "XL", "XXL")
_DRESS = ("34", "36", "38", "40", "42", "44", "46")
_SHOE = ("36", "37", "38", "39", "40", "41", "42", "43", "44", "45")
ONE_SIZE = ("one size",)
SIZES = (ALPHA, _DRESS, _SHOE, ONE_SIZE)
"""The size systems; a customer has one latent body size in each."""
DEPARTMENTS = ("apparel", "shoes", "accessories", "electronics", "pet tech", "toys", "beauty")


@dataclass(frozen=True)
class Category:
    """One product group."""

    name: str
    department: str
    share: float
    """Of the styles."""
    median_price: float
    """List price, EUR."""
    sizes: tuple[str, ...]
    warm: float
    """-1 for winter goods to 1 for summer goods."""
    fit: float
    """How hard a bad fit weighs."""
    doubt: float
    """Hazard of a mere change of mind."""
    pictured: float
    """Hazard of looking other than on the photo, at average honesty."""
    faulty: float
    """Hazard of poor quality or a defect, at average quality."""
    fragile: float = 1.0
    """How much more often than usual it is damaged on the way."""
    worn_once: bool = False
    """Whether some people buy it for one evening and send it back."""
    months: int = 10
    """Usual life of a style."""

    @property
    def sized(self) -> bool:
        """Whether it can fit badly."""
        return len(self.sizes) > 1

    @property
    def renewed(self) -> bool:
        """Whether its styles are followed by a better model every year."""
        return self.department in ("electronics", "pet tech")


CATEGORIES = (
    Category("dresses", "apparel", 0.12, 59.0, _DRESS, 0.6, 0.27, 0.062, 0.050, 0.016, worn_once=True),
    Category("jeans", "apparel", 0.10, 69.0, _DRESS, 0.0, 0.27, 0.035, 0.026, 0.014),
    Category("shirts", "apparel", 0.13, 29.0, ALPHA, 0.4, 0.19, 0.035, 0.030, 0.018),
    Category("knitwear", "apparel", 0.08, 49.0, ALPHA, -0.8, 0.19, 0.035, 0.032, 0.022),
    Category("jackets", "apparel", 0.06, 119.0, ALPHA, -0.5, 0.25, 0.053, 0.036, 0.016, worn_once=True),
    Category("shoes", "shoes", 0.06, 79.0, _SHOE, 0.2, 0.12, 0.03, 0.020, 0.012, worn_once=True),
    Category("sneakers", "shoes", 0.07, 89.0, _SHOE, 0.1, 0.09, 0.023, 0.014, 0.008),
    Category("bags", "accessories", 0.05, 59.0, ONE_SIZE, 0.1, 0.0, 0.017, 0.013, 0.006, worn_once=True),
    Category("jewellery", "accessories", 0.05, 25.0, ONE_SIZE, 0.0, 0.0, 0.014, 0.011, 0.007),
    Category("headphones", "electronics", 0.05, 99.0, ONE_SIZE, 0.0, 0.0, 0.010, 0.004, 0.012, 1.2, months=13),
    Category("smart watches", "electronics", 0.03, 199.0, ONE_SIZE, 0.0, 0.0, 0.013, 0.004, 0.014, 1.2, months=13),
    Category("pet trackers", "pet tech", 0.02, 49.0, ONE_SIZE, 0.3, 0.0, 0.011, 0.003, 0.026, months=13),
    Category("pet feeders", "pet tech", 0.02, 89.0, ONE_SIZE, 0.0, 0.0, 0.011, 0.004, 0.022, 1.5, months=13),
    Category("toys", "toys", 0.08, 25.0, ONE_SIZE, -0.2, 0.0, 0.008, 0.006, 0.008, 1.2, months=18),
    Category("beauty", "beauty", 0.08, 19.0, ONE_SIZE, 0.0, 0.0, 0.009, 0.005, 0.006, 2.0, months=30),
)
SYSTEM = np.array([SIZES.index(category.sizes) for category in CATEGORIES])
"""Size system of each category."""
SIZED, RENEWED, WORN_ONCE = (
    np.array([getattr(category, name) for category in CATEGORIES]) for name in ("sized", "renewed", "worn_once")
)
"""Properties of each category."""

_FASHION = (
    "Almhof", "Birk & Sohn", "Carrousel", "Dornfeld", "Elbkind", "Fjällbo", "Grachten", "Halina", "Isarglanz",
    "Jolie Rue", "Kaliska", "Lümmel", "Marais 12", "Nordkap", "Oderwerk", "Petite Plume",
)  # fmt: skip
BRANDS = {
    "apparel": _FASHION,
    "shoes": ("Almhof", "Dornfeld", "Kaliska", "Nordkap", "Sohle & Co", "Trittfest"),
    "accessories": ("Carrousel", "Isarglanz", "Jolie Rue", "Marais 12", "Taschenfreund"),
    "electronics": ("Klangwerk", "Ohmega", "Pulsar"),
    "pet tech": ("Fellnase", "Napfwerk"),
    "toys": ("Bauklotz", "Drachenstark", "Kunterbunt", "Räuberhöhle"),
    "beauty": ("Belle Peau", "Morgentau", "Rosenholz"),
}
"""Brands of each department; some have more than one."""


def later(times: Times, by: np.timedelta64 | npt.NDArray[np.timedelta64]) -> Times:
    """Return times moved by a span."""
    moved: Times = np.add(times, by)
    return moved


def of_category(name: str) -> Floats:
    """Return one number per category."""
    return np.array([getattr(category, name) for category in CATEGORIES], dtype=np.float64)


def of_market(name: str) -> Floats:
    """Return one number per market."""
    return np.array([getattr(market, name) for market in MARKETS], dtype=np.float64)


def shares(weights: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return weights as shares that add up to one.

    >>> shares([1, 3]).tolist()
    [0.25, 0.75]
    """
    values = np.asarray(weights, dtype=np.float64)
    normalised: npt.NDArray[np.float64] = values / values.sum()
    return normalised
