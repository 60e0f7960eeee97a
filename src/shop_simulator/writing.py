"""The files of a shop: exports of its systems, the truth, and the state from which the next day continues."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow.csv

from returns_risk.contract.days import day_number
from returns_risk.errors import ParamsError
from returns_risk.io.files import atomic_file, write_csv, write_json
from shop_simulator.applied import Applied, read_applied
from shop_simulator.definition import Definition
from shop_simulator.dirt import soil
from shop_simulator.extract import Extract
from shop_simulator.raw import raw_tables
from shop_simulator.shop import Shop
from shop_simulator.simulation import simulate
from shop_simulator.truth import write_truth

__all__ = ["FAULTS_FILE", "SHOP_FILE", "Places", "next_day", "write_raw", "write_shop"]

FAULTS_FILE = "faults.csv"
SHOP_FILE = "shop.json"
_UNQUOTED = ("orders", "order_lines")
"""Files of mere codes and numbers, which need no quotes."""


@dataclass(frozen=True)
class Places:
    """Where the files of a shop are."""

    raw: Path
    """Folder of the extracts, for the chain."""
    truth: Path
    """Folder of the truth, never for the chain."""
    applied: Path
    """CSV file of the interventions that operations carried out."""


def write_raw(folder: Path, shop: Shop) -> Extract:
    """Write tonight's extract as ``folder/<table>.csv``, each file atomically, and return it."""
    extract = soil(shop, raw_tables(shop))
    for name, table in extract.tables.items():
        with atomic_file(folder / f"{name}.csv") as aside:
            style = "none" if name in _UNQUOTED else "needed"
            pyarrow.csv.write_csv(table, aside, pyarrow.csv.WriteOptions(quoting_style=style))
            if name in extract.encodings:
                text = aside.read_text(encoding="utf-8")
                aside.write_text(text, encoding=extract.encodings[name], errors="replace", newline="\n")
    return extract


def write_shop(places: Places, definition: Definition, until: date) -> tuple[Shop, Extract]:
    """Simulate the shop up to the beginning of ``until`` and write extract, truth, planted faults and definition.

    Raises
    ------
    ParamsError, SourceError
        As ``simulate`` and ``read_applied``.
    """
    applied = read_applied(places.applied)
    shop = simulate(definition, until, applied)
    return shop, _write(places, shop, until, applied)


def next_day(places: Places, days: int = 1) -> tuple[Shop, Extract]:
    """Continue the shop whose definition is in ``places.truth`` by some days.

    Interventions on the new days take effect; the known past stays unchanged.

    Raises
    ------
    ParamsError
        There is no shop, or its past would change since interventions of earlier days were added or removed.
    """
    path = places.truth / SHOP_FILE
    if not path.exists():
        raise ParamsError(f"{path}: there is no shop to continue. Start one with shop-simulator simulate --until DATE.")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        definition = Definition.from_json(json.dumps(stored["definition"]))
        reached, digest = date.fromisoformat(stored["until"]), stored["applied_before"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParamsError(f"{path}: was not written by shop-simulator simulate. Simulate the shop anew.") from error
    applied = read_applied(places.applied)
    if applied.digest(day_number(reached)) != digest:
        raise ParamsError(
            f"{places.applied}: interventions before {reached} differ from those the shop has lived through, and its "
            f"past would change. Date new interventions {reached} or later, or start anew with "
            f"shop-simulator simulate --until {reached}."
        )
    until = reached + timedelta(days=days)
    shop = simulate(definition, until, applied)
    return shop, _write(places, shop, until, applied)


def _write(places: Places, shop: Shop, until: date, applied: Applied) -> Extract:
    extract = write_raw(places.raw, shop)
    write_truth(places.truth, shop)
    write_csv(places.truth / FAULTS_FILE, extract.ledger())
    # Last: where a run is cut off before, the same day is simulated again.
    write_json(
        places.truth / SHOP_FILE,
        {
            "definition": json.loads(shop.definition.as_json()),
            "until": until.isoformat(),
            "applied_before": applied.digest(shop.day),
        },
    )
    return extract
