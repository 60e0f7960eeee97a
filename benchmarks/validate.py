"""Seconds and memory of validating a shop's tables, report included, in a fresh process.

``python benchmarks/validate.py --lines 1000000 --bad 0.05``
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from returns_risk.config.params import ValidateParams
from returns_risk.sources import Source
from returns_risk.validation import ValidationContext, validate, write_docs

__all__ = ["main", "make_tables"]

AS_OF = pd.Timestamp("2026-03-02", tz="UTC")
_DAY = 86_400_000_000  # microseconds


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Make tables, validate them in a process of their own, print and return the figures."""
    parser = argparse.ArgumentParser(description="Time returns_risk.validation.validate.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines; returns are 30 %% of them")
    parser.add_argument("--bad", type=float, default=0.05, help="share of rows with a fault")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        measured = _measure(options.measure)
        print(json.dumps(measured))
        return measured
    with tempfile.TemporaryDirectory() as folder:
        for name, table in make_tables(options.lines, options.bad, options.seed).items():
            table.to_parquet(Path(folder, f"{name}.parquet"), index=False)
        command = [sys.executable, __file__, "--measure", folder]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, float] = json.loads(output)
    print(
        f"{options.lines} order lines, {options.bad:.1%} bad: {figures['seconds']:.1f} s, "
        f"{figures['rows_per_second']:,.0f} rows/s, peak {figures['peak_gb']:.2f} GB "
        f"({figures['tables_gb']:.2f} GB before validation), {figures['rejected']:,.0f} rows rejected"
    )
    return figures


def make_tables(lines: int, bad: float, seed: int) -> dict[str, pd.DataFrame]:
    """Return typed contract tables of ``lines`` order lines in which about a share ``bad`` of rows has a fault."""
    rng = np.random.default_rng(seed)
    products, customers = max(lines // 50, 5), max(lines // 5, 5)
    order_lines = _order_lines(rng, lines, products, customers)
    tables = {
        "order_lines": order_lines,
        "returns": _returns(rng, order_lines, 3 * lines // 10),
        "products": pd.DataFrame({"sku": _ids("S", np.arange(products)), "list_price": rng.uniform(5, 200, products)}),
        "customers": pd.DataFrame(
            {
                "customer_id": _ids("C", np.arange(customers)),
                "birth_year": pd.array(rng.integers(1940, 2008, customers), dtype="Int64"),
            }
        ),
    }
    return {name: _spoil(rng, table, bad) for name, table in tables.items()}


def _order_lines(rng: np.random.Generator, lines: int, products: int, customers: int) -> pd.DataFrame:
    ordered = AS_OF - pd.to_timedelta(np.sort(rng.integers(1, 730 * _DAY, lines))[::-1], unit="us")
    ordered_at = pd.Series(ordered).astype("datetime64[us, UTC]")
    shipped_at = ordered_at + pd.to_timedelta(rng.integers(0, 3 * _DAY, lines), unit="us")
    delivered_at = shipped_at + pd.to_timedelta(rng.integers(0, 4 * _DAY, lines), unit="us")
    order, item = np.arange(lines) // 2, rng.integers(0, products, lines)
    price = rng.uniform(5, 200, products).round(2)[item]
    text = {
        "order_id": _ids("O", order),
        "line_id": _ids("L", np.arange(lines)),
        "customer_id": _ids("C", rng.integers(0, customers, lines)[order]),
        "sku": _ids("S", item),
        **{name: _pick(rng, lines, name) for name in ("market", "warehouse", "channel", "device", "payment_method")},
    }
    return pd.DataFrame(
        {
            **text,
            "ordered_at": ordered_at,
            "quantity": pd.array(rng.integers(1, 4, lines), dtype="Int64"),
            "unit_price": price,
            "list_price": price,
            "currency": pd.array(["EUR"] * lines, dtype="str"),
            "promised_at": ordered_at + pd.Timedelta(days=5),
            "shipped_at": shipped_at.where(shipped_at < AS_OF),
            "delivered_at": delivered_at.where(delivered_at < AS_OF),
            "cancelled_at": ordered_at.where(pd.Series(rng.random(lines) < 0.02)),
            "recorded_at": ordered_at,
        }
    )


def _returns(rng: np.random.Generator, lines: pd.DataFrame, count: int) -> pd.DataFrame:
    sent = lines.iloc[np.sort(rng.choice(len(lines), count, replace=False))].reset_index(drop=True)
    later = sent["ordered_at"] + pd.to_timedelta(rng.integers(0, 30 * _DAY, count), unit="us")
    return pd.DataFrame(
        {
            "line_id": sent["line_id"],
            "returned_at": later.where(later < AS_OF, sent["ordered_at"]),
            "quantity": pd.array(np.ones(count, dtype="int64"), dtype="Int64"),
            "reason": _pick(rng, count, "reason"),
            "condition": _pick(rng, count, "condition"),
        }
    )


def _spoil(rng: np.random.Generator, table: pd.DataFrame, bad: float) -> pd.DataFrame:
    """Empty values, and repeat, contradict and antedate rows, each fault in its part of the bad share."""
    faults = [
        name for name in ("sku", "quantity", "ordered_at", "returned_at", "shipped_at", "list_price") if name in table
    ]
    table = table.copy()
    share = bad / (len(faults) + 2)
    for name in faults:
        hit = rng.random(len(table)) < share
        if name == "shipped_at":
            table.loc[hit, name] = table.loc[hit, "ordered_at"] - pd.Timedelta(days=1)
        elif name == "list_price":
            table.loc[hit, name] = -1.0
        else:
            table.loc[hit, name] = None
    copies = table[rng.random(len(table)) < share]
    others = table[rng.random(len(table)) < share].assign(**{table.columns[-1]: None})
    return pd.concat([table, copies, others.astype(table.dtypes)], ignore_index=True)


def _ids(letter: str, numbers: np.ndarray) -> pd.Series:
    return letter + pd.Series(numbers).astype("str").str.zfill(8)


def _pick(rng: np.random.Generator, count: int, name: str) -> pd.Series:
    return (
        pd.Series(pd.array([f"{name} {i}" for i in range(6)], dtype="str"))
        .take(rng.integers(0, 6, count))
        .reset_index(drop=True)
    )


def _measure(folder: Path) -> dict[str, float]:
    tables = {file.stem: pd.read_parquet(file) for file in sorted(folder.glob("*.parquet"))}
    rows = sum(map(len, tables.values()))
    before = _peak_gb()
    params = ValidateParams(tolerated_share=1.0, rules={}, volume_drop=0.2, stale_days=3)
    started = time.perf_counter()
    validation = validate(Source(tables, {}, {}), ValidationContext(AS_OF, AS_OF, params))
    write_docs(validation, AS_OF, folder / "docs")
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "rows": rows,
        "rows_per_second": rows / seconds,
        "peak_gb": _peak_gb(),
        "tables_gb": before,
        "rejected": sum(map(len, validation.quarantine.values())),
    }


def _peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # kilobytes on Linux


if __name__ == "__main__":
    main()
