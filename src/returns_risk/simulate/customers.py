"""The customers: what the shop knows of them, and the habits it can only guess."""

from dataclasses import dataclass

import numpy as np

from returns_risk.simulate.world import MARKETS, SIZES, Flags, Floats, Ints, Times, shares

__all__ = ["LANGUAGES", "SEGMENTS", "Customers", "draw_customers"]

LANGUAGES = ("de", "nl", "fr", "pl", "en")
SEGMENTS = ("new", "regular", "vip")
_FOREIGNERS = 0.06
"""Share of customers who read English."""
_OPTED_OUT = 0.02
_UNKNOWN_BIRTH = 0.04


@dataclass(frozen=True)
class Customers:
    """Customers in the order of their registration, arrays of shape (n_customers,)."""

    registered: Times
    birth_year: Ints
    """0 where it is not known."""
    market: Ints
    """Home market, position in ``MARKETS``."""
    language: Ints
    segment: Ints
    opted_out: Flags
    activity: Floats
    """Latent: relative number of orders."""
    appetite: Floats
    """Latent: expected items per order beyond the first."""
    fussiness: Floats
    """Latent: standard normal, high sends more back."""
    bracketing: Floats
    """Latent: probability of ordering a second size of a sized item."""
    wardrobing: Flags
    """Latent: buys for one evening."""
    size: Floats
    """Latent: body size in each size system, in positions of its sizes, shape (n_customers, n_systems)."""


def draw_customers(rng: np.random.Generator, count: int, start: np.datetime64, days: int) -> Customers:
    """Draw customers, half of them registered in the four years before ``start``, half during the ``days`` days."""
    market = rng.choice(len(MARKETS), count, p=shares([m.share for m in MARKETS]))
    registered = _draw_registered(rng, count, start, days)
    activity = rng.lognormal(0.0, 0.9, count)
    birth = rng.integers(18, 86, count)
    # Fashion is bought at 25 to 50 more than at 80: the younger of two draws.
    age = np.minimum(birth, rng.integers(18, 86, count))
    birth_year = start.astype("datetime64[Y]").astype(np.int64) + 1970 - age
    return Customers(
        registered=registered,
        birth_year=np.where(rng.random(count) < _UNKNOWN_BIRTH, 0, birth_year),
        market=market,
        language=_draw_language(rng, market),
        segment=_segment(registered, activity, start + np.timedelta64(days, "D")),
        opted_out=rng.random(count) < _OPTED_OUT,
        activity=activity,
        appetite=rng.gamma(1.6, 0.62, count),
        fussiness=rng.normal(size=count),
        bracketing=np.where(rng.random(count) < 0.12, rng.uniform(0.3, 0.7, count), 0.03),
        wardrobing=rng.random(count) < 0.05,
        size=_draw_size(rng, count),
    )


def _draw_registered(rng: np.random.Generator, count: int, start: np.datetime64, days: int) -> Times:
    before = rng.uniform(-4 * 365 * 86_400, -1, count - count // 2)
    during = rng.uniform(0, days * 86_400, count // 2)
    seconds = np.sort(np.concatenate([before, during])).astype("timedelta64[s]")
    times: Times = start.astype("datetime64[s]") + seconds
    return times


def _draw_language(rng: np.random.Generator, market: Ints) -> Ints:
    home = np.array([LANGUAGES.index(m.language) for m in MARKETS])[market]
    return np.where(rng.random(len(market)) < _FOREIGNERS, LANGUAGES.index("en"), home)


def _segment(registered: Times, activity: Floats, until: np.datetime64) -> Ints:
    """Return the shop's own view at ``until``: the busiest tenth are vip, accounts of the last 90 days new."""
    vip = activity > np.quantile(activity, 0.9)
    new = registered >= until - np.timedelta64(90, "D")
    return np.select([new, vip], [0, 2], 1)


def _draw_size(rng: np.random.Generator, count: int) -> Floats:
    """Return sizes around the middle of each system; big people are big in all of them."""
    build = rng.normal(size=count)
    centre = np.array([(len(sizes) - 1) / 2 for sizes in SIZES])
    spread = np.array([len(sizes) / 6 for sizes in SIZES])
    own = 0.9 * build[:, None] + 0.44 * rng.normal(size=(count, len(SIZES)))
    return np.clip(centre + spread * own, 0, 2 * centre)
