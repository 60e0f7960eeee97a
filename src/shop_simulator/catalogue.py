"""The range: styles with what only the maker knows about them, and the skus they come in."""

from dataclasses import dataclass, field

import numpy as np

from shop_simulator.definition import Definition, random_numbers
from shop_simulator.growing import Table
from shop_simulator.seasons import launch_pace
from shop_simulator.world import (
    BRANDS,
    CATEGORIES,
    COLOURS,
    DEPARTMENTS,
    RENEWED,
    SIZED,
    Flags,
    Floats,
    Ints,
    of_category,
    shares,
)

__all__ = ["BRAND_NAMES", "NEW_BRAND", "Catalogue", "Makers", "draw_makers"]

NEW_BRAND = "Zwirnwerk"
BRAND_NAMES = (*dict.fromkeys(name for names in BRANDS.values() for name in names), NEW_BRAND)
"""All brands; the last only appears with the drift ``new_brand``."""

_STYLES_PER_LINE = 2.0
"""Styles on sale per order line of a day."""
_SUCCESSOR_EARLY = 30
"""Days by which the better model comes before its predecessor goes."""
_BAD_LOTS = 0.08
"""Share of styles of which some weeks' deliveries are faulty."""
_STYLE_TYPES = {
    "category": "i1", "brand": "i1", "launched": "i4", "ends": "i4", "successor_on": "i4", "generation": "i2",
    "list_price": "i4", "popularity": "f4", "discounted": "f4", "quality": "f4", "fit_offset": "f4",
    "dishonesty": "f4", "lot_begins": "i4", "lot_ends": "i4", "colours": "i1", "sizes": "i1", "first_sku": "i4",
    "fault": "f4",
}  # fmt: skip


@dataclass(frozen=True)
class Makers:
    """Style of a brand, standard normal, shape (n_brands,)."""

    quality: Floats
    fit: Floats
    dishonesty: Floats


def draw_makers(definition: Definition) -> Makers:
    """Draw the brands; the one that may come later runs small and its photos flatter."""
    latent = random_numbers(definition, "makers", 0).normal(size=(3, len(BRAND_NAMES)))
    latent[:, -1] = (-0.8, -2.4, 2.2)
    return Makers(*latent)


@dataclass(frozen=True)
class Catalogue:
    """Styles and skus, in the order of their launch.

    Of ``styles``: prices in cents; ``launched``, ``ends``, ``successor_on``, ``lot_begins`` and ``lot_ends`` in
    days since 1970-01-01 (the day after the last, -1 for no successor). Latent: ``popularity``; ``discounted``,
    how deep it goes in a sale, 0 to 2 times the usual; ``quality`` and ``dishonesty`` of the photo, standard
    normal; ``fit_offset``, sizes by which it runs large (positive) or small; the days of a faulty lot.
    """

    definition: Definition
    makers: Makers
    styles: Table = field(default_factory=lambda: Table(_STYLE_TYPES))
    skus: Table = field(default_factory=lambda: Table({"style": "i4", "colour": "i1", "size": "i1"}))

    def open_shop(self) -> None:
        """Fill the shelves for the day the shop opens."""
        first = self.definition.first_day
        rng = random_numbers(self.definition, "first styles", first)
        count = max(6 * len(CATEGORIES), int(_STYLES_PER_LINE * self.definition.lines_per_day))
        category = rng.choice(len(CATEGORIES), count, p=shares(of_category("share")))
        # A few styles of each category are there from the start: without one, nothing of it could be sold.
        category[: 3 * len(CATEGORIES)] = np.tile(np.arange(len(CATEGORIES)), 3)
        life = _draw_life(rng, category)
        self._launch(rng, category, first - np.floor(rng.random(count) * life).astype(int), life)

    def open_day(self, day: int) -> None:
        """Launch the new styles of a day: successors, the season's, and what a drift brings."""
        rng = random_numbers(self.definition, "styles", day)
        self._succeed(rng, day)
        self._launch_season(rng, day, self._pace(day))
        if self.definition.day_of("new_brand") == day:
            self._launch_brand(rng, day)

    def on_sale(self, day: int) -> Flags:
        """Mark the styles one can buy on a day."""
        flags: Flags = (self.styles["launched"] <= day) & (day < self.styles["ends"])
        return flags

    def sku(self, style: Ints, colour: Ints, size: Ints) -> Ints:
        """Return the sku of a style's n-th colour and size."""
        sku: Ints = self.styles["first_sku"][style] + colour.astype(np.int64) * self.styles["sizes"][style] + size
        return sku

    def _pace(self, day: int) -> float:
        weight = shares(of_category("share"))
        turnover = (weight / (of_category("months") * 30))[~RENEWED].sum()
        pace = _STYLES_PER_LINE * self.definition.lines_per_day * turnover * launch_pace(day)
        return float(pace * (8 if self.definition.day_of("new_season") == day else 1))

    def _launch_season(self, rng: np.random.Generator, day: int, pace: float) -> None:
        usual = np.where(RENEWED, 0.0, of_category("share") / of_category("months"))
        category = rng.choice(len(CATEGORIES), rng.poisson(pace), p=shares(usual))
        self._launch(rng, category, np.full(len(category), day), _draw_life(rng, category))
        if self.definition.day_of("new_season") == day:
            self._clear_shelves(rng, day)

    def _clear_shelves(self, rng: np.random.Generator, day: int) -> None:
        """Take half of last season's apparel off the shelves."""
        styles = self.styles
        apparel = np.isin(styles["category"], [i for i, c in enumerate(CATEGORIES) if c.department == "apparel"])
        gone = apparel & self.on_sale(day) & (styles["launched"] < day) & (rng.random(len(styles)) < 0.5)
        styles["ends"][gone] = day

    def _launch_brand(self, rng: np.random.Generator, day: int) -> None:
        apparel = np.array([group.share if group.department == "apparel" else 0.0 for group in CATEGORIES])
        category = rng.choice(len(CATEGORIES), max(5, self.definition.lines_per_day // 6), p=shares(apparel))
        brand = np.full(len(category), len(BRAND_NAMES) - 1)
        self._launch(rng, category, np.full(len(category), day), _draw_life(rng, category), brand, popular=2.0)

    def _succeed(self, rng: np.random.Generator, day: int) -> None:
        old = np.flatnonzero(self.styles["successor_on"] == day)
        category = self.styles["category"][old].astype(np.int64)
        new = self._launch(
            rng, category, np.full(len(old), day), _draw_life(rng, category), self.styles["brand"][old].astype(np.int64)
        )
        self.styles["generation"][new] = self.styles["generation"][old] + 1

    def _launch(
        self,
        rng: np.random.Generator,
        category: Ints,
        launched: Ints,
        life: Ints,
        brand: Ints | None = None,
        popular: float = 1.0,
    ) -> Ints:
        """Add styles and their skus; return the positions of the styles."""
        count = len(category)
        if not count:
            return np.arange(0)
        brand = _draw_brand(rng, category) if brand is None else brand
        traits = rng.normal(size=(3, count))
        # A third of the quality and fit of a style comes from its brand.
        mix = np.sqrt(1 / 3), np.sqrt(2 / 3)
        sized, renewed = SIZED[category], RENEWED[category]
        sizes = np.array([len(group.sizes) for group in CATEGORIES])[category]
        colours = rng.choice([1, 2, 3], count, p=[0.45, 0.35, 0.20])
        lot = launched + np.floor(rng.random(count) * life * 0.8).astype(int)
        bad = rng.random(count) < _BAD_LOTS
        price = of_category("median_price")[category] * rng.lognormal(0.0, 0.35, count)
        styles = self.styles.append(
            {
                "category": category,
                "brand": brand,
                "launched": launched,
                "ends": launched + life,
                "successor_on": np.where(renewed, launched + life - _SUCCESSOR_EARLY, -1),
                "generation": 1,
                "list_price": np.maximum(np.round(price / 5) * 500, 500).astype(int) - 5,
                "popularity": popular * rng.lognormal(0.0, 0.7, count),
                "discounted": rng.uniform(0.0, 2.0, count),
                "quality": mix[0] * self.makers.quality[brand] + mix[1] * traits[0],
                "fit_offset": np.where(sized, 0.6 * (mix[0] * self.makers.fit[brand] + mix[1] * traits[1]), 0.0),
                "dishonesty": mix[0] * self.makers.dishonesty[brand] + mix[1] * traits[2],
                "lot_begins": np.where(bad, lot, -1),
                "lot_ends": np.where(bad, lot + rng.integers(20, 60, count), -1),
                "colours": colours,
                "sizes": sizes,
                "first_sku": len(self.skus) + np.cumsum(colours * sizes) - colours * sizes,
                "fault": rng.random(count),
            }
        )
        self._add_skus(rng, styles, colours, sizes)
        return styles

    def _add_skus(self, rng: np.random.Generator, styles: Ints, colours: Ints, sizes: Ints) -> None:
        palette = rng.permuted(np.tile(np.arange(len(COLOURS)), (len(styles), 1)), axis=1)
        row = np.repeat(np.arange(len(styles)), colours * sizes)
        within = np.arange(len(row)) - np.repeat(np.cumsum(colours * sizes) - colours * sizes, colours * sizes)
        self.skus.append(
            {"style": styles[row], "colour": palette[row, within // sizes[row]], "size": within % sizes[row]}
        )


def _draw_life(rng: np.random.Generator, category: Ints) -> Ints:
    """Return days on sale."""
    return np.maximum(of_category("months")[category] * 30 * rng.uniform(0.7, 1.3, len(category)), 60).astype(int)


def _draw_brand(rng: np.random.Generator, category: Ints) -> Ints:
    brand = np.empty(len(category), dtype=np.int64)
    for department in DEPARTMENTS:
        here = np.isin(category, [i for i, group in enumerate(CATEGORIES) if group.department == department])
        names = np.array([BRAND_NAMES.index(name) for name in BRANDS[department]])
        brand[here] = names[rng.integers(len(names), size=int(here.sum()))]
    return brand
