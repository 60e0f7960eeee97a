"""Every planted fault is on record and in the files, no other is, and the chain finds those that can be found."""

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams, ValidateParams
from returns_risk.errors import DataError, SourceError
from returns_risk.sources import Source, read_source
from returns_risk.validation import ValidationContext, raise_for_broken, row_counts, validate
from shop_simulator import Definition, simulate, with_dirt, write_raw
from shop_simulator.definition import ROW_FAULTS
from shop_simulator.extract import Extract

ROOT = Path(__file__).parents[2]
CLEAN = Definition(seed=6, start=date(2025, 9, 1), lines_per_day=60)
UNTIL = date(2026, 1, 12)
KEYS = {
    "orders": ["order_no"],
    "order_lines": ["order_no", "position"],
    "returns": ["order_no", "position"],
    "articles": ["article_no"],
}


def frames(definition: Definition, folder: Path, until: date = UNTIL) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    extract: Extract = write_raw(folder, simulate(definition, until))
    read = {name: pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False) for name in extract.tables}
    return read, extract.ledger()


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return frames(CLEAN, tmp_path_factory.mktemp("clean"))[0]


@pytest.fixture(scope="module")
def dirty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dirty")


@pytest.fixture(scope="module")
def dirty(dirty_folder: Path) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    return frames(with_dirt(CLEAN, ["rows"]), dirty_folder)


def source_of(folder: Path) -> Source:
    return read_source(SourceParams(name="demo", raw=folder, time_zone="Europe/Berlin"), b"a key", ROOT / "sources")


def line_ids(frame: pd.DataFrame) -> pd.Series:
    return frame["order_no"] + "-" + frame["position"]


def test_without_dirt_nothing_is_planted(tmp_path: Path) -> None:
    assert frames(CLEAN, tmp_path)[1].empty


def test_all_kinds_are_planted_about_as_often_as_requested(dirty: tuple[dict[str, pd.DataFrame], pd.DataFrame]) -> None:
    tables, ledger = dirty
    lines = len(tables["order_lines"])
    assert set(ledger["fault"]) == set(ROW_FAULTS)
    on_lines = ledger[(ledger["file"] == "order_lines") & (ledger["column"] != "price")]["fault"].value_counts()
    for kind in ("duplicates", "missing_keys", "unknown_skus", "late_rows"):
        assert on_lines[kind] == pytest.approx(ROW_FAULTS[kind] * lines, rel=0.6), kind


@pytest.mark.parametrize("file", list(KEYS))
def test_the_ledger_tells_every_difference_from_the_clean_files(
    clean: dict[str, pd.DataFrame], dirty: tuple[dict[str, pd.DataFrame], pd.DataFrame], file: str
) -> None:
    tables, ledger = dirty
    listed = ledger[(ledger["file"] == file) & (ledger["column"] != "")]
    item = clean[file].set_index(KEYS[file])
    two = tables[file].drop_duplicates().set_index(KEYS[file])
    assert set(two.index) <= set(item.index)
    item = item.loc[two.index]
    report = {
        (_key(place), column, item.loc[place, column], two.loc[place, column])
        for column in item.columns
        for place in item.index[item[column] != two[column]]
    }
    visible = listed[listed["key"].isin([_key(place) for place in two.index])]
    expected = {(row.key, row.column, row.clean, row.dirty) for row in visible.itertuples()}
    assert report == expected
    assert report


def _key(place: object) -> str:
    return "-".join(map(str, place)) if isinstance(place, tuple) else str(place)


def test_a_late_row_is_missing_until_it_is_booked(
    clean: dict[str, pd.DataFrame], dirty: tuple[dict[str, pd.DataFrame], pd.DataFrame]
) -> None:
    tables, ledger = dirty
    late = ledger[(ledger["fault"] == "late_rows") & (ledger["file"] == "order_lines")].set_index("key")
    booked = late["dirty"] < "2026-01-11T23:00:00Z"
    exported = set(line_ids(tables["order_lines"]))
    assert exported.isdisjoint(late.index[~booked])
    assert set(late.index[booked]) <= exported
    assert set(line_ids(clean["order_lines"])) - exported == set(late.index[~booked])
    assert (~booked).any()


def test_a_duplicate_is_exported_twice_unchanged(dirty: tuple[dict[str, pd.DataFrame], pd.DataFrame]) -> None:
    tables, ledger = dirty
    lines = tables["order_lines"]
    assert set(line_ids(lines[lines.duplicated()])) == set(ledger.loc[ledger["fault"] == "duplicates", "key"])
    assert not lines.drop_duplicates().duplicated(["order_no", "position"]).any()


def test_a_fault_stays_the_same_the_next_night(
    dirty: tuple[dict[str, pd.DataFrame], pd.DataFrame], tmp_path: Path
) -> None:
    later = frames(with_dirt(CLEAN, ["rows"]), tmp_path, UNTIL + timedelta(days=1))[1]
    before = dirty[1]
    joined = before.merge(later, how="left", indicator=True)
    assert (joined["_merge"] == "both").all()
    assert len(later) > len(before)
    assert (later["since"] <= "2026-01-13").all()


def test_mended_brands_are_the_real_ones(dirty: tuple[dict[str, pd.DataFrame], pd.DataFrame]) -> None:
    encoded = dirty[1][dirty[1]["fault"] == "encoding"]
    assert encoded["dirty"].map(lambda text: text.encode("latin-1").decode()).tolist() == encoded["clean"].tolist()


def test_the_chain_turns_away_what_is_planted_and_nothing_else(
    dirty: tuple[dict[str, pd.DataFrame], pd.DataFrame], dirty_folder: Path
) -> None:
    tables, ledger = dirty
    source = source_of(dirty_folder)
    as_of = pd.Timestamp("2026-01-11 23:00", tz="UTC")
    params = ValidateParams(tolerated_share=0.05, rules={}, volume_drop=0.2, stale_days=3)
    report = validate(source, ValidationContext(as_of, as_of, params))
    raise_for_broken(report)
    rejected = report.quarantine["order_lines"].groupby("rule")["line_id"].agg(set)
    lines = ledger[ledger["file"] == "order_lines"]
    nameless = ledger.loc[(ledger["fault"] == "missing_keys") & (ledger["file"] == "orders"), "key"]
    exported = tables["order_lines"]
    expected = {
        "order_lines.sku_present": set(lines.loc[lines["fault"] == "missing_keys", "key"]),
        "order_lines.customer_id_present": set(line_ids(exported[exported["order_no"].isin(nameless)])),
        "order_lines.shipped_at_not_before_ordered_at": set(lines.loc[lines["fault"] == "impossible_dates", "key"]),
        "order_lines.line_id_not_repeated": set(lines.loc[lines["fault"] == "duplicates", "key"]),
    }
    everything = set().union(*expected.values())
    assert set().union(*rejected) == everything
    # A row with two faults is rejected for the first.
    for rule, keys in expected.items():
        assert rejected[rule] <= keys
        assert len(rejected[rule]) > 0.9 * len(keys)
    returns = report.quarantine["returns"].groupby("rule")["line_id"].agg(set)
    early = set(ledger.loc[(ledger["fault"] == "impossible_dates") & (ledger["file"] == "returns"), "key"])
    orphans = set(ledger.loc[(ledger["fault"] == "late_rows") & (ledger["file"] == "order_lines"), "key"]) | everything
    assert returns["returns.returned_at_not_before_ordered_at"] <= early
    assert set().union(*returns) - early <= orphans


@pytest.mark.parametrize(
    ("kind", "finding"),
    [
        ("schema_drift", 'Referenced column "qty" not found'),
        ("broken_encoding", "the text is not UTF-8. Name the encoding that the file has"),
    ],
)
def test_an_accident_of_the_night_ends_the_run_with_its_reason(tmp_path: Path, kind: str, finding: str) -> None:
    for until in (UNTIL - timedelta(days=1), UNTIL):
        definition = with_dirt(CLEAN, [f"{kind}=2026-01-12"])
        ledger = ledger_of(definition, tmp_path / str(until), until)
        assert (kind in set(ledger["fault"])) == (until == UNTIL)
    source_of(tmp_path / str(UNTIL - timedelta(days=1)))
    with pytest.raises(SourceError) as error:
        source_of(tmp_path / str(UNTIL))
    assert finding in str(error.value)


def ledger_of(definition: Definition, folder: Path, until: date) -> pd.DataFrame:
    return write_raw(folder, simulate(definition, until)).ledger()


def test_a_collapse_of_the_volume_is_noticed(tmp_path: Path) -> None:
    counts: dict[str, int] | None = None
    for until in (UNTIL - timedelta(days=1), UNTIL):
        folder = tmp_path / str(until)
        write_raw(folder, simulate(with_dirt(CLEAN, ["volume_collapse=2026-01-12"]), until))
        source = source_of(folder)
        as_of = pd.Timestamp(until, tz="Europe/Berlin").tz_convert("UTC")
        params = ValidateParams(tolerated_share=1.0, rules={}, volume_drop=0.2, stale_days=99)
        previous = None if counts is None else row_counts.Extract("2026-01-01", counts)
        report = validate(source, ValidationContext(as_of, as_of, params, previous))
        if counts is None:
            raise_for_broken(report)
            assert report.warnings == ()
            counts = {name: len(table) for name, table in report.tables.items()}
        else:
            with pytest.raises(DataError, match=r"rule order_lines\.volume is broken"):
                raise_for_broken(report)


def test_a_fault_leaves_the_others_where_they_are(tmp_path: Path) -> None:
    alone = ledger_of(with_dirt(CLEAN, ["late_rows=0.02"]), tmp_path, UNTIL)
    beside = ledger_of(with_dirt(CLEAN, ["late_rows=0.02", "duplicates=0.1"]), tmp_path, UNTIL)
    item, two = (set(ledger.loc[ledger["fault"] == "late_rows", "key"]) for ledger in (alone, beside))
    assert two < item
    assert len(two) == pytest.approx(0.9 * len(item), rel=0.1)


def test_faults_without_end_leave_none_out(tmp_path: Path) -> None:
    ledger = ledger_of(with_dirt(CLEAN, ["rows=0.5"]), tmp_path, UNTIL)
    assert set(ledger["fault"]) == set(ROW_FAULTS)


def test_an_accident_stays_on_record_after_its_night(tmp_path: Path) -> None:
    definition = with_dirt(CLEAN, ["volume_collapse=2026-01-11", "broken_encoding=2026-01-11"])
    assert set(ledger_of(definition, tmp_path, UNTIL)["fault"]) == {"volume_collapse", "broken_encoding"}
    assert ledger_of(definition, tmp_path, date(2026, 1, 10)).empty
