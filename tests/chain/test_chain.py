"""The chain from raw files to the export, as a data scientist and the nightly run use it."""

import json
import re
import sqlite3
from pathlib import Path

import pandas as pd
import yaml

from returns_risk.cli.results import show_results

STAGES = ["validate", "featurize", "backtest", "train", "evaluate", "score"]


def test_a_run_ends_in_a_finished_export(workspace):
    export = workspace.folder / "exports/chain/as_of=2026-03-02"
    assert sorted(path.name for path in export.iterdir()) == [
        "_SUCCESS",
        "digest.json",
        "flagged_orders.csv",
        "flagged_orders.parquet",
        "flagged_orders.xlsx",
        "handoff.jsonl",
        "manifest.json",
        "report.html",
        "scores.parquet",
        "sensitivity.csv",
        "skus.csv",
    ]
    manifest = json.loads((export / "manifest.json").read_text())
    scores = pd.read_parquet(export / "scores.parquet")
    flagged = pd.read_parquet(export / "flagged_orders.parquet")
    assert manifest["rows"] == {"candidates": len(scores), "flagged": len(flagged)}
    assert 0 < len(flagged) < len(scores)
    assert ((scores["risk"] >= 0.4) | (scores["decision"] != "none")).sum() == len(flagged)
    assert manifest["plan"]["method"] == "exact"
    assert sum(manifest["plan"][name] for name in ("act", "review", "holdout", "none")) == len(scores)
    assert 0 < manifest["plan"]["act"] <= 150
    assert flagged.loc[flagged["risk"] >= 0.4, "reason_1"].notna().all()
    orders = [json.loads(line) for line in (export / "handoff.jsonl").read_text().splitlines()]
    handed_off = {line["line_id"] for order in orders for line in order["lines"]}
    assert handed_off == set(flagged.loc[flagged["decision"].isin(["act", "review"]), "line_id"])


def test_the_second_run_skips_every_stage(workspace):
    printed = workspace.run("dvc", "repro")
    for stage in STAGES:
        assert f"Stage '{stage}' didn't change, skipping" in printed


def test_no_stage_asks_anything_of_the_network(workspace):
    assert not Path(workspace.environment["NETWORK_LOG"]).exists()


def test_each_stage_writes_all_its_outputs(workspace):
    chain = yaml.safe_load((workspace.folder / "dvc.yaml").read_text())["stages"]
    for stage in chain.values():
        for out in [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]:
            place = next(iter(out)).replace("${as_of}", "2026-03-02")
            assert (workspace.folder / place).exists(), place


def test_the_same_run_twice_gives_the_same_bytes(workspace, shop, run_stage):
    for stage in STAGES:
        assert run_stage(stage) == (0, "")
    made = (
        "exports",
        "features",
        "data/validated",
        "models/backtest",
        "models/bundles",
        "models/metrics.json",
        "models/plots",
        "models/shap",
    )
    here = type(workspace)(shop, {}).hashes(*made)
    assert here == workspace.hashes(*made)


def test_the_model_beats_both_baselines_on_the_untouched_period(workspace):
    both = json.loads((workspace.folder / "models/metrics.json").read_text())
    assert list(both) == ["reason", "risk"]
    reasons, metrics = both["reason"], both["risk"]
    assert list(reasons) == ["model", "base_rate"]
    assert reasons["model"]["log_loss"] < reasons["base_rate"]["log_loss"]
    assert list(metrics) == ["model", "base_rate", "smoothed_rate"]
    for baseline in ("base_rate", "smoothed_rate"):
        assert metrics["model"]["auc"] > metrics[baseline]["auc"]
        assert metrics["model"]["log_loss"] < metrics[baseline]["log_loss"]


def test_a_third_model_is_a_file(finished_shop, run_stage):
    text = "target: returned\nmeaning: less\nleave_out: [customer]\nmonotone: {line_value: increasing}\n"
    (finished_shop / "models/recipes/plain.yaml").write_text(text)
    risk = (finished_shop / "models/bundles/risk/booster.txt").read_bytes()
    for stage in ("backtest", "train", "evaluate", "score"):
        assert run_stage(stage) == (0, "")
    bundles = sorted(place.name for place in (finished_shop / "models/bundles").iterdir())
    assert bundles == ["plain", "reason", "risk"]
    assert (finished_shop / "models/bundles/risk/booster.txt").read_bytes() == risk
    metrics = json.loads((finished_shop / "models/metrics.json").read_text())
    assert 0.5 < metrics["plain"]["model"]["auc"] != metrics["risk"]["model"]["auc"]
    assert (finished_shop / "models/plots/plain/roc.csv").exists()
    assert (finished_shop / "models/backtest/plain/slices.csv").exists()
    assert (finished_shop / "models/shap/plain/shap_beeswarm.png").exists()


def test_a_wrong_recipe_ends_the_run_and_leaves_all_as_it_was(finished_shop, run_stage):
    before = (finished_shop / "models/bundles/risk/booster.txt").read_bytes()
    (finished_shop / "models/recipes/own.yaml").write_text("target: returned\nmeaning: x\nleave_out: [colours]\n")
    code, line = run_stage("backtest")
    assert code == 3
    assert "models/recipes/own.yaml: leave_out: colours is no feature of this source" in line
    assert (finished_shop / "models/bundles/risk/booster.txt").read_bytes() == before


def test_a_model_too_good_to_be_true_stops_the_chain_until_a_reason_is_given(finished_shop, run_stage, set_params):
    before = (finished_shop / "models/backtest/risk/summary.json").read_bytes()
    set_params(leakage__max_auc=0.55)
    code, line = run_stage("backtest")
    assert code == 10
    assert "the model risk has an AUC of 0.7" in line
    assert "more than leakage.max_auc (0.55); it rests most on " in line
    assert (finished_shop / "models/backtest/risk/summary.json").read_bytes() == before
    set_params(leakage__accepted={"auc": "the shop asks each customer before"})
    assert run_stage("backtest") == (0, "")
    accepted = json.loads((finished_shop / "models/backtest/risk/summary.json").read_text())["accepted"]
    assert accepted == {"auc": "the shop asks each customer before"}
    assert run_stage("train") == (0, "")
    assert (finished_shop / "models/shap/risk/shap_dependence.png").exists()


def test_likely_reasons_are_those_of_the_shop(workspace):
    scores = pd.read_parquet(workspace.folder / "exports/chain/as_of=2026-03-02/scores.parquet")
    returns = pd.read_parquet(workspace.folder / "data/validated/returns.parquet")
    told = scores["return_reason"].dropna()
    assert 0 < len(told) <= len(scores)
    assert set(told) <= set(returns["reason"].dropna()) - {"other", "unknown"}
    assert scores["return_reason_share"].between(0.1, 1).all()


def test_nothing_stored_or_exported_holds_a_customer_or_a_comment(workspace):
    customers = pd.read_csv(workspace.folder / "data/raw/demo/customers.csv", dtype=str).iloc[:, 0]
    returns = pd.read_csv(workspace.folder / "data/raw/demo/returns.csv", dtype=str)
    comments = returns["comment"].dropna().loc[lambda texts: texts.str.len() > 12]
    assert len(comments) > 50
    planted = [*customers.head(200), *comments.head(200)]
    for name in ("validated", "quarantine"):
        for file in (workspace.folder / "data" / name).glob("*.parquet"):
            assert not pd.read_parquet(file).isin(planted).any(axis=None), file
    texts = [*(workspace.folder / "exports").rglob("*.csv"), *(workspace.folder / "models").rglob("*.json")]
    texts += [*(workspace.folder / "data/data_docs").rglob("*.html"), *(workspace.folder / "data/gx_results").iterdir()]
    texts += [*(workspace.folder / "exports").rglob("*.json*")]
    for file in texts:
        content = file.read_text()
        assert not [text for text in planted if text in content], file


def test_mlflow_holds_run_model_and_alias_in_sqlite(workspace):
    with sqlite3.connect(workspace.folder / "mlflow.db") as database:
        aliases = database.execute("SELECT name, alias, version FROM registered_model_aliases").fetchall()
        params = dict(database.execute("SELECT key, value FROM params").fetchall())
        metrics = [name for (name,) in database.execute("SELECT key FROM latest_metrics").fetchall()]
        tags = dict(database.execute("SELECT key, value FROM tags").fetchall())
    assert aliases == [("returns-risk-demo", "challenger", 1)]
    assert params["train.num_boost_round"] == "40"
    assert {"model_auc", "smoothed_rate_auc"} <= set(metrics)
    assert {"sha256.training.parquet", "bundle_version"} <= set(tags)


def test_the_show_command_prints_flagged_lines_with_reasons_and_places(workspace):
    printed = workspace.run("returns-risk", "show", "--top", "100")
    flagged = pd.read_parquet(workspace.folder / "exports/chain/as_of=2026-03-02/flagged_orders.parquet")
    planned = flagged[flagged["decision"].isin(["act", "review"])]
    assert planned["order_id"].iloc[0] in printed
    assert planned["reason_1"].iloc[0] in " ".join(printed.split())
    for place in ("exports/chain/as_of=2026-03-02/flagged_orders.csv", "data/data_docs/index.html", "smoothed rate"):
        assert place in printed


def test_an_experiment_changes_one_parameter_and_can_be_compared(workspace):
    before = workspace.hashes("models/bundles")
    workspace.run("dvc", "exp", "run", "--name", "small-trees", "-S", "train.num_leaves=5")
    assert workspace.hashes("models/bundles") != before
    shown = workspace.run("dvc", "exp", "show", "--csv")
    assert "small-trees" in shown
    assert "train.num_leaves" in shown
    difference = json.loads(workspace.run("dvc", "metrics", "diff", "--json"))
    assert difference["models/metrics.json"]["risk.model.auc"]["diff"] != 0
    plots = workspace.run("dvc", "plots", "diff", "--out", "compared")
    assert "index.html" in plots
    assert (workspace.folder / "compared/index.html").stat().st_size > 10_000
    workspace.run("git", "checkout", "--quiet", "params.yaml", "dvc.lock", "models/metrics.json")
    workspace.run("dvc", "checkout", "--quiet")
    assert workspace.hashes("models/bundles") == before


def test_a_night_on_which_nothing_is_flagged_still_ends_in_an_export(finished_shop, run_stage, set_params, capsys):
    set_params(score__min_risk=0.99)
    policy = yaml.safe_load(Path("policy.yaml").read_text())
    Path("policy.yaml").write_text(yaml.safe_dump(policy | {"interventions": {}}))
    assert run_stage("score") == (0, "")
    export = finished_shop / "exports/chain/as_of=2026-03-02"
    assert json.loads((export / "manifest.json").read_text())["rows"]["flagged"] == 0
    assert len((export / "flagged_orders.csv").read_text().splitlines()) == 1
    show_results(Path("params.yaml"), 5)
    assert "reaches a risk of 99%; the highest is" in " ".join(capsys.readouterr().out.split())


def test_the_audit_goes_back_to_past_nights_and_nothing_moves(workspace):
    printed = workspace.run("returns-risk", "features", "audit", "--nights", "3", "--lines", "40")
    assert re.search(r"[1-9]\d columns of \d+ lines of 3 nights: 0 differ", printed)
