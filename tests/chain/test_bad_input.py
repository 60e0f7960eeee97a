"""What a user's data or machine can do wrong: one line that says so, its exit code, and the former outputs unharmed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.keys import KEY

RAW = Path("data/raw/demo")
KEPT = ("data/validated", "features", "models/bundles", "models/metrics.json", "exports")


def read(name):
    return pd.read_csv(RAW / name, dtype=str, keep_default_na=False)


def write(name, frame):
    frame.to_csv(RAW / name, index=False)


def change(name, column, value, rows=slice(0, 2000)):
    frame = read(name)
    frame.loc[frame.index[rows], column] = value
    write(name, frame)


@pytest.fixture
def unharmed(finished_shop, workspace):
    """Check after the test that the former outputs are what they were, and nothing temporary is left."""
    space = type(workspace)(finished_shop, {})
    before = space.hashes(*KEPT)
    yield
    assert space.hashes(*KEPT) == before
    assert not [path for path in finished_shop.rglob("*.tmp") if path.is_file()]


def refused(result, code, *parts):
    assert result[0] == code, result
    assert result[1].startswith("error: ")
    for part in parts:
        assert re.search(part, result[1]), (part, result[1])


@pytest.mark.usefixtures("unharmed")
class TestValidate:
    def test_a_missing_file_is_named(self, run_stage):
        (RAW / "order_lines.csv").unlink()
        finding = r"order_lines\.sql: no file in \S+ is called order_lines\.csv"
        refused(run_stage("validate"), 4, finding, r"Correct the SELECT or source\.raw")

    def test_a_missing_folder_of_raw_files_is_named(self, run_stage, set_params):
        set_params(source__raw="data/raw/nowhere")
        refused(
            run_stage("validate"), 4, r"data/raw/nowhere: the raw files of source demo are not there", "params.yaml"
        )

    def test_an_unknown_source_names_those_there_are(self, run_stage, set_params):
        set_params(source__name="shop")
        refused(run_stage("validate"), 4, r"sources/shop: there is no such source; .*'demo', 'online-retail'")

    def test_an_empty_file_is_named(self, run_stage):
        (RAW / "returns.csv").write_bytes(b"")
        refused(run_stage("validate"), 4, r"returns\.csv: the file is empty \(0 bytes\)", "Deliver it again")

    def test_a_file_with_a_header_and_no_rows_is_told(self, run_stage):
        write("order_lines.csv", read("order_lines.csv").iloc[:0])
        refused(run_stage("validate"), 4, r"order_lines.sql selects no rows", "Check the raw files")

    def test_a_missing_column_is_named(self, run_stage):
        write("order_lines.csv", read("order_lines.csv").drop(columns="price"))
        refused(run_stage("validate"), 4, r"order_lines.sql: ", r"price", "Correct the SELECT or the raw file")

    def test_a_missing_contract_column_is_named(self, run_stage):
        file = Path("sources/demo/returns.sql")
        file.write_text(file.read_text().replace("AS returned_at", "AS received_at"))
        refused(
            run_stage("validate"), 4, r"returns: columns \['returned_at'\] are missing from sources/demo/returns.sql"
        )

    def test_times_that_do_not_parse_are_counted(self, run_stage):
        change("orders.csv", "ordered_at", "31.31.2025", slice(0, 500))
        count = len(read("order_lines.csv"))
        refused(
            run_stage("validate"),
            5,
            rf"order_lines\.ordered_at: \d+ of {count} rows \(\d+\.\d+%, tolerated 1\.00%\)",
            r"order_lines\.ordered_at_type: the text does not parse, for example line_id '[\d-]+'",
            "Correct the raw file",
        )

    def test_negative_quantities_are_counted(self, run_stage):
        change("order_lines.csv", "qty", "-1")
        count = len(read("order_lines.csv"))
        share = re.escape(f"{2000 / count:.2%}")
        refused(
            run_stage("validate"),
            5,
            rf"order_lines\.quantity: 2000 of {count} rows \({share}, tolerated 1\.00%\) break rule "
            r"order_lines\.quantity_at_least_1: quantity is below 1, for example line_id '[\d-]+'",
        )

    def test_line_ids_that_stand_twice_are_counted(self, run_stage):
        lines = read("order_lines.csv")
        write("order_lines.csv", pd.concat([lines, lines.head(300).assign(qty="7")]))
        refused(
            run_stage("validate"),
            5,
            rf"order_lines\.line_id: 600 of {len(lines) + 300} rows",
            "line_id_unique",
            "Make line_id unique",
        )

    def test_returns_without_a_line_are_counted(self, run_stage):
        change("returns.csv", "position", "99", slice(0, 400))
        refused(
            run_stage("validate"), 5, r"returns\.line_id: 400 of \d+ rows", "return without a line", "validate.rules"
        )

    def test_times_in_the_future_are_counted(self, run_stage):
        change("orders.csv", "ordered_at", "2199-01-01T10:00:00Z", slice(0, 500))
        count = len(read("order_lines.csv"))
        refused(
            run_stage("validate"),
            5,
            rf"order_lines\.ordered_at: \d+ of {count} rows",
            "later than both the as-of and the time at which the extract was read",
            "clock",
        )

    def test_a_few_bad_rows_are_tolerated_and_kept_apart_with_their_reason(self, run_stage, finished_shop, unharmed):
        del unharmed
        lines = read("order_lines.csv")
        lines.loc[7, "qty"] = "-3"
        original = (RAW / "order_lines.csv").read_bytes()
        write("order_lines.csv", lines)
        assert run_stage("validate") == (0, "")
        away = pd.read_parquet(finished_shop / "data/quarantine/order_lines.parquet")
        row = away[away["quantity"] == "-3"]
        assert row["rule"].tolist() == ["order_lines.quantity_at_least_1"]
        assert row["reason"].tolist() == ["quantity is below 1"]
        accepted = pd.read_parquet(finished_shop / "data/validated/order_lines.parquet")
        assert len(accepted) == len(lines) - 1
        (RAW / "order_lines.csv").write_bytes(original)
        assert run_stage("validate") == (0, "")

    def test_a_table_that_collapses_is_noticed(self, run_stage):
        write("articles.csv", read("articles.csv").head(50))
        refused(run_stage("validate"), 5, r"rule order_lines\.sku_matches_kept: fewer .* \(and 1 more\)")
        page = Path("data/data_docs/index.html").read_text()
        assert re.search(r'products\.volume</th>\s*<td class="failed">failed', page)

    def test_a_stale_delivery_is_noticed(self, run_stage, set_params):
        set_params(as_of="2026-04-02")
        refused(
            run_stage("validate"), 5, r"order_lines\.ordered_at: rule order_lines\.fresh is broken", "found 2026-03-01"
        )

    def test_an_unknown_parameter_is_named(self, run_stage, set_params):
        set_params(train__leaves=3)
        refused(run_stage("validate"), 3, r"params\.yaml: .*train\.leaves")


@pytest.mark.usefixtures("unharmed")
class TestLaterStages:
    def test_no_open_line_tonight_leaves_the_former_export(self, run_stage, finished_shop):
        rows = pd.read_parquet("features/candidates.parquet")
        original = (finished_shop / "features/candidates.parquet").read_bytes()
        rows.iloc[:0].to_parquet("features/candidates.parquet")
        refused(run_stage("score"), 7, "no order line is open at the as-of 2026-03-02", "the previous export stays")
        (finished_shop / "features/candidates.parquet").write_bytes(original)

    @pytest.mark.parametrize(("returned", "count"), [(True, r"(\d+) of \1"), (False, r"0 of \d+")])
    def test_labels_of_one_class_are_refused(self, run_stage, finished_shop, returned, count):
        original = (finished_shop / "features/training.parquet").read_bytes()
        pd.read_parquet("features/training.parquet").assign(returned=returned).to_parquet("features/training.parquet")
        refused(
            run_stage("train"), 6, f"labels: {count} lines of the train period were returned; both classes are needed"
        )
        (finished_shop / "features/training.parquet").write_bytes(original)

    def test_a_history_without_matured_lines_is_refused(self, run_stage, set_params):
        set_params(featurize__warm_up_days=400)
        refused(run_stage("featurize"), 6, r"none of \d+ lines is matured", "Deliver a longer history")

    def test_a_history_too_short_for_the_split_is_refused(self, run_stage, set_params):
        set_params(split__test_days=300)
        refused(run_stage("train"), 6, "period from .* holds no matured line", "Shorten split.test_days")

    def test_labels_that_are_not_final_stop_training(self, run_stage, set_params):
        set_params(as_of="2025-10-01")
        refused(run_stage("train"), 6, r"\d+ of \d+ rows have a return window that closes at or after 2025-10-01")

    def test_a_missing_model_is_named(self, run_stage, finished_shop):
        kept = (finished_shop / "models/bundles/risk/booster.txt").read_bytes()
        (finished_shop / "models/bundles/risk/booster.txt").unlink()
        refused(run_stage("score"), 8, r"models/bundles/risk/booster\.txt: cannot be read", "Run the train stage")
        (finished_shop / "models/bundles/risk/booster.txt").write_bytes(kept)

    def test_features_from_other_definitions_are_refused(self, run_stage, finished_shop):
        file = finished_shop / "features/definitions.json"
        kept = file.read_text()
        file.write_text(kept.replace('"strength": 5.0', '"strength": 6.0'))
        refused(run_stage("score"), 8, "computed from other definitions")
        file.write_text(kept)

    def test_a_place_that_cannot_be_written_is_named(self, run_stage, finished_shop):
        # Permissions do not stop root; a file where the folder should be stops anyone.
        (finished_shop / "exports").rename(finished_shop / "kept")
        (finished_shop / "exports").write_text("")
        refused(
            run_stage("score"),
            9,
            r"exports/chain/as_of=2026-03-02: cannot be written",
            "the previous content is unchanged",
        )
        (finished_shop / "exports").unlink()
        (finished_shop / "kept").rename(finished_shop / "exports")


def test_a_stage_ends_with_one_line_and_its_exit_code_and_no_traceback(finished_shop):
    (finished_shop / "data/raw/demo/orders.csv").write_bytes(b"")
    done = subprocess.run(
        [sys.executable, "pipelines/validate.py"],
        cwd=finished_shop,
        capture_output=True,
        text=True,
        env=os.environ | {"RETURNS_RISK_KEY": KEY},
    )
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1].startswith("error: data/raw/demo/orders.csv: the file is empty")
    assert "Traceback" not in done.stderr


def test_a_broken_stage_stops_dvc_and_leaves_the_former_export(workspace):
    raw = workspace.folder / "data/raw/demo/orders.csv"
    kept, before = raw.read_bytes(), workspace.hashes("exports", "data/validated")
    raw.write_bytes(b"")
    printed = workspace.run("dvc", "repro", check=False)
    raw.write_bytes(kept)
    assert "orders.csv: the file is empty (0 bytes)" in printed
    assert "failed to reproduce 'validate'" in printed
    assert workspace.hashes("exports", "data/validated") == before
