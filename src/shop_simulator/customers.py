"""The customers: what the shop knows of them, the habits it can only guess, and what they have learnt."""

import numpy as np
import numpy.typing as npt

from shop_simulator.growing import Table
from shop_simulator.world import DEPARTMENTS, LANGUAGES, MARKETS, PAYMENTS, SIZES, Floats, Ints, Times, shares

__all__ = ["arrive", "customer_table", "draw_payment"]

_FOREIGNERS = 0.06
"""Share of customers who read English."""
_OPTED_OUT = 0.02
_UNKNOWN_BIRTH = 0.04
_BRACKETERS = 0.18
_WARDROBERS = 0.04
_TASTE = (0.42, 0.12, 0.10, 0.11, 0.06, 0.09, 0.10)
"""Share of customers who like each department best."""

_TYPES: dict[str, npt.DTypeLike] = {
    "registered": "M8[s]", "birth_year": "i2", "market": "i1", "language": "i1", "opted_out": "?",
    "channel": "i1", "device": "i1", "payment": "i1",
    "activity": "f8", "appetite": "f4", "spending": "f4", "taste": "i1", "fussiness": "f4", "fit_uncertainty": "f4",
    "bracketing": "f4", "wardrobing": "?", "receptive": "f4", "body": np.dtype(("f4", (len(SIZES),))),
    "belief": np.dtype(("f4", (len(SIZES),))), "kept_size": np.dtype(("i1", (len(SIZES),))), "kept_sku": "i4",
    "orders": "i4",
}  # fmt: skip


def customer_table() -> Table:
    """Return an empty table of customers in the order in which they came to the shop's notice.

    Known to the shop: ``registered``, ``birth_year`` (0 for unknown), ``market``, ``language``, ``opted_out`` and
    ``orders`` so far. Habits: preferred ``channel``, ``device`` and ``payment``. Latent: ``activity``, relative
    number of orders, 0 once they have left; ``appetite``, items beyond the first; ``spending``, taste for dear
    articles; ``taste``, favourite department; ``fussiness``, standard normal, high sends more back;
    ``fit_uncertainty``, sizes by which they misjudge themselves at first; ``bracketing``, probability of ordering
    an item in several variants; ``wardrobing``, buys for one evening; ``receptive``, 0 to 1, how well advice
    reaches them; ``body``, true size in each size system. Learnt: ``belief``, the size they think they have;
    ``kept_size``, the size last kept, -1 for none; ``kept_sku``, the article last kept, -1 for none.
    """
    return Table(_TYPES)


def arrive(rng: np.random.Generator, customers: Table, registered: Times) -> Ints:
    """Add a customer at each time, ascending; return their positions."""
    count = len(registered)
    if not count:
        return np.arange(0)
    market = rng.choice(len(MARKETS), count, p=shares([m.share for m in MARKETS]))
    channel = rng.choice(3, count, p=[0.58, 0.34, 0.08])
    uncertainty = rng.uniform(0.05, 0.5, count)
    body = _draw_body(rng, count)
    return customers.append(
        {
            "registered": registered,
            "birth_year": _draw_birth_year(rng, registered),
            "market": market,
            "language": _draw_language(rng, market),
            "opted_out": rng.random(count) < _OPTED_OUT,
            "channel": channel,
            "device": _draw_device(rng, channel),
            "payment": draw_payment(rng, market),
            "activity": rng.lognormal(0.0, 0.9, count),
            "appetite": rng.gamma(1.1, 0.72, count),
            "spending": rng.normal(0.0, 0.4, count),
            "taste": rng.choice(len(DEPARTMENTS), count, p=_TASTE),
            "fussiness": rng.normal(size=count),
            "fit_uncertainty": uncertainty,
            "bracketing": np.where(rng.random(count) < _BRACKETERS, rng.uniform(0.35, 0.8, count), 0.02),
            "wardrobing": rng.random(count) < _WARDROBERS,
            "receptive": rng.beta(2.0, 2.0, count),
            "body": body,
            "belief": body + uncertainty[:, None] * rng.normal(size=body.shape),
            "kept_size": -1,
            "kept_sku": -1,
            "orders": 0,
        }
    )


def draw_payment(rng: np.random.Generator, market: Ints) -> Ints:
    """Draw the way to pay, as is usual in each market."""
    mix = np.cumsum([shares(terms.payments) for terms in MARKETS], axis=1)[market]
    drawn = (rng.random(len(market))[:, None] >= mix).sum(axis=1)
    payment: Ints = np.minimum(drawn, len(PAYMENTS) - 1)
    return payment


def _draw_device(rng: np.random.Generator, channel: Ints) -> Ints:
    """Return devices: the app runs on phone and tablet, a pickup is half ordered at the shop's terminal."""
    mix: Floats = np.cumsum([[0.42, 0.50, 0.08, 0.0], [0.9, 0.0, 0.1, 0.0], [0.3, 0.2, 0.0, 0.5]], axis=1)
    device: Ints = (rng.random(len(channel))[:, None] >= mix[channel, :-1]).sum(axis=1)
    return device


def _draw_birth_year(rng: np.random.Generator, registered: Times) -> Ints:
    """Return years of birth, 0 where unknown. Fashion is bought at 25 to 50 more than at 80."""
    count = len(registered)
    age = np.minimum(rng.integers(18, 86, count), rng.integers(18, 86, count))
    year: Ints = registered.astype("M8[Y]").astype(np.int64) + 1970 - age
    return np.where(rng.random(count) < _UNKNOWN_BIRTH, 0, year)


def _draw_language(rng: np.random.Generator, market: Ints) -> Ints:
    home = np.array([LANGUAGES.index(m.language) for m in MARKETS])[market]
    return np.where(rng.random(len(market)) < _FOREIGNERS, LANGUAGES.index("en"), home)


def _draw_body(rng: np.random.Generator, count: int) -> Floats:
    """Return sizes around the middle of each system; big people are big in all of them."""
    build = rng.normal(size=count)
    centre = np.array([(len(sizes) - 1) / 2 for sizes in SIZES])
    spread = np.array([len(sizes) / 6 for sizes in SIZES])
    deviation = 0.9 * build[:, None] + 0.44 * rng.normal(size=(count, len(SIZES)))
    return np.clip(centre + spread * deviation, 0, 2 * centre)
