"""The range: styles with what only the maker knows about them, and the skus they come in."""

from dataclasses import dataclass

import numpy as np

from returns_risk.simulate.world import CATEGORIES, Floats, Ints, Times, shares

__all__ = ["BRANDS", "COLOURS", "Catalogue", "draw_catalogue"]

BRANDS = (
    "Almhof", "Birk & Sohn", "Carrousel", "Dornfeld", "Elbkind", "Fjordline", "Grachten", "Halina", "Isarglanz",
    "Jolie Rue", "Kaliska", "Lumen", "Marais 12", "Nordkap", "Oderwerk", "Petite Plume",
)  # fmt: skip
COLOURS = ("black", "white", "navy", "grey", "beige", "red", "green", "blue", "rose", "brown")


@dataclass(frozen=True)
class Catalogue:
    """Styles of shape (n_styles,) and, at the end, skus of shape (n_skus,), style by style."""

    category: Ints
    """Position in ``CATEGORIES``."""
    brand: Ints
    launched: Times
    """First day on sale."""
    list_price: Floats
    popularity: Floats
    discounted: Floats
    """Latent: how deep it goes in a sale, 0 to 2 times the usual."""
    quality: Floats
    """Latent: standard normal, high is good."""
    fit_offset: Floats
    """Latent: sizes by which it runs large (positive) or small."""
    dishonesty: Floats
    """Latent: standard normal, high where the photo promises too much."""
    colours: Ints
    """Number of colours."""
    sizes: Ints
    """Number of sizes."""
    first_sku: Ints
    sku_style: Ints
    sku_colour: Ints
    """Position in ``COLOURS``."""
    sku_size: Ints
    """Position among the sizes of the category."""

    def sku(self, style: Ints, colour: Ints, size: Ints) -> Ints:
        """Return the sku of a style's n-th colour and size."""
        return self.first_sku[style] + colour * self.sizes[style] + size


def draw_catalogue(rng: np.random.Generator, styles: int, start: np.datetime64, days: int) -> Catalogue:
    """Draw ``styles`` styles, launched from a year before ``start`` to the end of the ``days`` days."""
    category = rng.choice(len(CATEGORIES), styles, p=shares([c.share for c in CATEGORIES]))
    # The first styles are there from the start, in each category: without one, nothing of it could be sold.
    category[: len(CATEGORIES)] = np.arange(len(CATEGORIES))
    launched = rng.integers(-365, days, styles)
    launched[: len(CATEGORIES)] = -365
    brand = rng.integers(len(BRANDS), size=styles)
    maker = rng.normal(size=(len(BRANDS), 3))
    own = rng.normal(size=(styles, 3))
    # A brand has its hand: a third of what is good or odd about a style is the brand's.
    latent = np.sqrt(1 / 3) * maker[brand] + np.sqrt(2 / 3) * own
    median = np.array([c.median_price for c in CATEGORIES])[category]
    sizes = np.array([len(c.sizes) for c in CATEGORIES])[category]
    colours = rng.choice([1, 2, 3], styles, p=[0.45, 0.35, 0.20])
    palette = rng.permuted(np.tile(np.arange(len(COLOURS)), (styles, 1)), axis=1)
    style = np.repeat(np.arange(styles), colours * sizes)
    first = np.cumsum(colours * sizes) - colours * sizes
    within = np.arange(len(style)) - first[style]
    return Catalogue(
        category=category,
        brand=brand,
        launched=start + launched.astype("timedelta64[D]"),
        list_price=np.maximum(np.round(median * rng.lognormal(0.0, 0.35, styles) / 5) * 5, 10) - 0.05,
        popularity=rng.lognormal(0.0, 0.8, styles),
        discounted=rng.uniform(0.0, 2.0, styles),
        quality=latent[:, 0],
        fit_offset=np.where(sizes > 1, 0.55 * latent[:, 1], 0.0),
        dishonesty=latent[:, 2],
        colours=colours,
        sizes=sizes,
        first_sku=first,
        sku_style=style,
        sku_colour=palette[style, within // sizes[style]],
        sku_size=within % sizes[style],
    )
