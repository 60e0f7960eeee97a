"""The nightly run from the extract to export, ledger and digest: killed, repeated, refused."""

import json
import re
import shutil
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.config.policy import load_policy
from returns_risk.delivery import read_events
from returns_risk.io.files import locked
from returns_risk.ledger import Ledger
from returns_risk.nightly import Night, run_night
from tests.keys import OTHER_KEY
from tests.tampering import tamper

EXPORT = Path("exports/as_of=2026-03-02")


def night(call, as_of="2026-03-02", *more):
    return call("nightly", "--as-of", as_of, *more)


def the_night(as_of):
    params = load_params().model_copy(update={"as_of": date.fromisoformat(as_of)})
    ledger = Ledger(params.nightly.ledger, Path("data/state"))
    # The raw files end on this morning: read earlier, their latest rows would be of the future.
    return Night(params, "champion", ledger, "2026-03-02T04:00:00+00:00")


def die(*_):
    raise KeyboardInterrupt


def files(folder=EXPORT):
    return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir()) if file.is_file()}


def test_a_night_exports_what_the_chain_exports_and_can_be_recomputed(house, call, workspace):
    code, printed, _ = night(call)
    assert code == 0
    assert printed.startswith("Returns Risk demo 2026-03-02: done, ")
    # The same model on the same features, computed by another path: the same to the byte.
    paper = workspace.folder / "exports/chain/as_of=2026-03-02"
    assert files()["scores.parquet"] == (paper / "scores.parquet").read_bytes()
    assert files()["flagged_orders.csv"] == (paper / "flagged_orders.csv").read_bytes()
    scores = pd.read_parquet(EXPORT / "scores.parquet")
    assert f"4 entries and {len(scores)} lines, all unchanged" in call("ledger", "verify")[1]
    acted = scores.loc[scores["decision"] == "act", "order_id"].iloc[0]
    # What a night saves is one figure, whoever adds it up.
    plan = json.loads((EXPORT / "manifest.json").read_text())["plan"]
    lines = pd.read_csv(EXPORT / "flagged_orders.csv", encoding="utf-8-sig")
    handed = [json.loads(one) for one in (EXPORT / "handoff.jsonl").read_text().splitlines()]
    saved = [
        lines.loc[lines["decision"].isin(["act", "review"]), "value"].sum(),
        sum(order["value"] for order in handed),
        sum(line["value"] for order in handed for line in order["lines"]),
        json.loads((EXPORT / "digest.json").read_text())["value"],
        pd.read_excel(EXPORT / "flagged_orders.xlsx", sheet_name="To do")["expected saving (EUR)"].sum(),
    ]
    assert saved == pytest.approx([plan["value"]] * len(saved), abs=1e-9)
    _, explained, _ = call("explain", acted)
    assert "recomputed: risk " in explained
    assert ": as decided" in explained
    assert "NOT AS DECIDED" not in explained
    alone = scores.loc[scores["no_action_reason"] == "not worth it", "order_id"].iloc[0]
    (savings,) = re.findall(r"expected saving of each intervention: (.*)", call("explain", alone)[1])
    # Less than decision.min_value of the policy.
    assert max(float(one.split()[-1]) for one in savings.split(", ")) <= 0.10
    assert "act: " in call("ledger", "show", acted)[1]
    assert call("explain", "no-such-order")[0] == 16
    # DVC's own files are left alone.
    assert not (house / "data/validated/lock").exists()
    assert call("nightly", "status", "--as-of", "2026-03-02", "--expect-by", "00:00")[0] == 0
    assert call("nightly", "status", "--as-of", "2026-03-01")[0] == 18


def test_the_shops_own_customer_ids_are_only_in_an_export_that_the_policy_marks_as_internal(house_after_night, call):
    assert not (EXPORT / "customers.csv").exists()
    policy = Path("policy.yaml")
    policy.write_text(policy.read_text().replace("internal: [] ", "internal: [customers] "))
    assert night(call, "2026-03-02", "--rerun")[0] == 0
    customers = pd.read_csv(EXPORT / "customers.csv", dtype="str", encoding="utf-8-sig")
    customers = customers.apply(lambda column: column.str.removeprefix("'"))
    assert set(customers["order_id"]) == set(pd.read_parquet(EXPORT / "flagged_orders.parquet")["order_id"])
    raw = set(pd.read_csv("data/raw/demo/customers.csv", dtype="str")["customer_no"])
    assert set(customers["customer_id"]) <= raw
    assert "customers.csv" in json.loads((EXPORT / "manifest.json").read_text())["files"]
    # Nowhere else: beside it, in the ledger.
    for file in [*EXPORT.glob("*.csv"), *EXPORT.glob("*.json*"), *EXPORT.glob("*.html"), *Path("ledger").iterdir()]:
        if file.name != "customers.csv":
            assert customers["customer_id"].iloc[0].encode() not in file.read_bytes()


def test_a_finished_night_is_not_run_again_and_its_export_is_restored(house_after_night, call):
    first = files()
    code, printed, _ = night(call)
    assert (code, printed.split(",")[0]) == (0, "Returns Risk demo 2026-03-02: already done")
    (EXPORT / "flagged_orders.csv").write_text("spoilt")
    assert night(call)[0] == 0
    assert files() == first | {"changed-flagged_orders.csv": b"spoilt"}
    shutil.rmtree(EXPORT)
    shutil.rmtree("data/nightly")
    assert night(call)[0] == 0
    assert files() == first
    for _ in range(2):
        assert night(call, "2026-03-02", "--rerun")[0] == 0
        again = files()
        for name in ("flagged_orders.csv", "scores.parquet", "sensitivity.csv"):
            assert again[name] == first[name]
    assert call("ledger", "verify")[1].startswith("4 entries")


def test_a_finished_night_stays_as_it_was_whatever_has_moved_on(house_after_night, call):
    first = files()
    policy, lines = Path("policy.yaml"), Path("data/raw/demo/order_lines.csv")
    policy.write_text(policy.read_text().replace("handling: 2.00", "handling: 9.50"))
    lines.write_bytes(lines.read_bytes().rsplit(b"\n", 20)[0] + b"\n")
    (EXPORT / "flagged_orders.csv").write_text("order_id,disposition\n1,done\n")
    (EXPORT / "~$flagged_orders.xlsx").write_text("open in a spreadsheet")
    code, printed, _ = night(call)
    assert (code, printed.split(",")[0]) == (0, "Returns Risk demo 2026-03-02: already done")
    found = files()
    assert {name: found[name] for name in first} == first
    # What people have made of it is theirs, and stays.
    assert found["changed-flagged_orders.csv"] == b"order_id,disposition\n1,done\n"
    assert found["~$flagged_orders.xlsx"] == b"open in a spreadsheet"
    (EXPORT / "flagged_orders.csv").write_text("changed once more")
    (EXPORT / "manifest.json").write_text("{")
    (EXPORT / "gone").symlink_to("nowhere")
    assert night(call)[0] == 0
    found = files()
    assert {name: found[name] for name in first} == first
    assert found["changed-flagged_orders.csv"] == b"order_id,disposition\n1,done\n"
    assert found["changed-2-flagged_orders.csv"] == b"changed once more"
    assert found["changed-manifest.json"] == b"{"
    assert (EXPORT / "gone").is_symlink()
    (EXPORT / "flagged_orders.csv").unlink()
    shutil.rmtree("data/nightly")
    code, _, error = night(call)
    assert code == 9
    assert "its files were changed, and cannot be made again as they were" in error
    assert call("ledger", "verify")[1].startswith("4 entries")


def test_a_rerun_keeps_the_decisions_of_the_first_run(house, call):
    lines = Path("data/raw/demo/order_lines.csv")
    whole = lines.read_bytes()
    lines.write_bytes(whole.rsplit(b"\n", 30)[0] + b"\n")
    night(call)
    first = pd.read_parquet(EXPORT / "scores.parquet").set_index("line_id")
    sent = {event.event_id for event in read_events(EXPORT)}
    lines.write_bytes(whole)
    assert night(call, "2026-03-02", "--rerun")[0] == 0
    second = pd.read_parquet(EXPORT / "scores.parquet").set_index("line_id")
    assert len(second) > len(first)
    planned = first[first["decision"] != "none"].index.intersection(second.index)
    assert len(planned) > 0
    columns = ["decision", "arm", "intervention", "value"]
    pd.testing.assert_frame_equal(second.loc[planned, columns], first.loc[planned, columns])
    fresh = second[(second["decision"] != "none") & ~second.index.isin(first.index[first["decision"] != "none"])]
    capacity = load_policy().interventions
    for name, count in pd.concat([first, fresh])["intervention"].value_counts().items():
        assert count <= capacity[str(name)].capacity
    error = call("explain", planned[0].rsplit("-", 1)[0])[1]
    assert "decided by an earlier run of the night; recomputed: risk " in error
    assert "NOT AS DECIDED" not in error
    # The same orders are the same events; the digest of the night is a new one.
    again = {event.event_id: event.kind for event in read_events(EXPORT)}
    assert list(again.values()).count("run_digest") == 1
    digest = next(one for one, kind in again.items() if kind == "run_digest")
    assert (digest in sent) == fresh.empty
    ledger = Ledger(load_params().nightly.ledger)
    rows = pd.DataFrame(ledger.planned_lines("demo", "2026-03-02"))
    assert not rows["line_id"].duplicated().any()


def test_status_asks_for_a_night_whose_export_is_published(house, call, monkeypatch):
    status = ("nightly", "status", "--as-of", "2026-03-02", "--expect-by", "05:00")
    with monkeypatch.context() as broken:
        broken.setattr("returns_risk.nightly.run.publish", die)
        with pytest.raises(KeyboardInterrupt):
            run_night(the_night("2026-03-02"))
    code, _, error = call(*status)
    assert code == 18
    assert "in the ledger, but its export was not published" in error
    night(call)
    night(call, "2026-03-02", "--backfill", "--model", "1")
    assert call(*status)[0] == 0
    code, printed, _ = call("nightly", "status", "--as-of", "2100-01-01")
    assert code == 0
    assert "not run yet, due on 2100-01-01 by 00:00" in printed


def test_another_key_is_refused_unless_it_was_changed_on_purpose(house_after_earlier_night, call, monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_KEY", OTHER_KEY)
    code, _, error = night(call)
    assert code == 3
    assert "that of 2026-03-01 was " in error
    assert night(call, "2026-03-02", "--new-key")[0] == 0


def test_a_ledger_that_was_cut_short_or_begun_anew_is_refused(house_after_earlier_night, call):
    shutil.rmtree("ledger")
    assert call("ledger", "verify")[0] == 16
    code, _, error = night(call)
    assert code == 16
    assert "it has 0 entries and lacks entry 4, which was its last" in error
    assert not EXPORT.exists()
    Path("data/state/ledger-demo.json").unlink()
    code, _, error = night(call)
    assert (code, "exports/as_of=2026-03-01 is the export of a night" in error) == (16, True)
    assert call("ledger", "verify", "--accept")[0] == 0
    assert night(call)[0] == 0


def test_a_night_is_decided_with_the_reasons_that_were_promoted(house, call):
    shutil.rmtree("models/bundles")
    night(call)
    assert json.loads((EXPORT / "manifest.json").read_text())["reason_model_version"]
    assert pd.read_parquet(EXPORT / "scores.parquet")["return_reason_share"].notna().all()


def test_what_was_planned_last_night_is_not_planned_tonight(house_after_earlier_night, call):
    night(call, "2026-03-02")
    last = pd.read_parquet("exports/as_of=2026-03-01/scores.parquet").set_index("line_id")
    tonight = pd.read_parquet(EXPORT / "scores.parquet").set_index("line_id")
    planned = last.index[last["decision"] != "none"].intersection(tonight.index)
    assert len(planned) > 0
    assert (tonight.loc[planned, "decision"] == "none").all()
    assert "planned before" in set(tonight.loc[planned, "no_action_reason"])


def test_nothing_is_decided_with_a_changed_ledger(house_after_earlier_night, call):
    tamper(Path("ledger/ledger.db"), "UPDATE ledger_entries SET at = '2026-03-01T09:00:00+00:00' WHERE kind = 'run'")
    code, _, error = night(call)
    assert code == 16
    assert "entry 3 was changed" in error
    assert not EXPORT.exists()


def test_a_night_killed_between_ledger_and_export_is_decided_anew(house, call, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("returns_risk.nightly.run.publish", die)
        with pytest.raises(KeyboardInterrupt):
            run_night(the_night("2026-03-01"))
    assert not Path("exports/as_of=2026-03-01").exists()
    night(call)
    # Nobody has acted on what the lost night planned: tonight plans it.
    assert "planned before" not in set(pd.read_parquet(EXPORT / "scores.parquet")["no_action_reason"])


def test_a_night_killed_right_after_publishing_counts(house, call, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(Ledger, "append_export", die)
        with pytest.raises(KeyboardInterrupt):
            run_night(the_night("2026-03-01"))
    assert Path("exports/as_of=2026-03-01/_SUCCESS").exists()
    # People have worked with it since.
    Path("exports/as_of=2026-03-01/flagged_orders.csv").write_text("changed")
    night(call)
    assert "planned before" in set(pd.read_parquet(EXPORT / "scores.parquet")["no_action_reason"])
    exports = [entry.as_of for entry in Ledger(load_params().nightly.ledger).entries("export")]
    assert exports == ["2026-03-01", "2026-03-02"]


def test_a_past_night_is_only_computed_for_the_record(house, call):
    night(call, "2026-03-03")
    code, _, error = night(call, "2026-03-02")
    assert code == 3
    assert "--as-of 2026-03-02: the latest night of demo is 2026-03-03" in error
    assert night(call, "2026-03-02", "--backfill")[0] == 2
    code, _, error = night(call, "2026-03-01", "--backfill", "--model", "1")
    assert code == 3
    assert "was trained on data as of 2026-03-02, after 2026-03-01" in error
    code, printed, _ = night(call, "2026-03-02", "--backfill", "--model", "1")
    assert code == 0
    assert "backfill: it is not delivered" in printed
    assert not EXPORT.exists()
    assert json.loads(Path("exports/backfill/as_of=2026-03-02/manifest.json").read_text())["backfill"] is True
    assert call("nightly", "status", "--as-of", "2026-03-02")[0] == 18


def test_of_two_runs_at_once_the_second_names_the_first(house, call):
    Path("data/nightly/demo").mkdir(parents=True)
    with locked(Path("data/nightly/demo/lock")):
        code, _, error = night(call)
    assert code == 17
    assert "runs a night of demo. Exiting without changes" in error
    assert "process " in error
    assert not EXPORT.exists()


def test_a_missing_champion_and_a_late_or_broken_extract_are_errors(house, call, set_params):
    code, _, error = night(call, "2026-03-20")
    assert code == 5
    assert "order_lines" in error
    set_params(nightly__model="previous")
    code, _, error = night(call)
    assert code == 13
    assert "there is no version previous" in error
    set_params(nightly__model="champion")
    lines = Path("data/raw/demo/order_lines.csv")
    found = lines if lines.exists() else next(Path("data/raw/demo").rglob("*order*"))
    found.write_bytes(found.read_bytes()[:-4000] + b"\n\x00broken")
    code, _, error = night(call)
    assert code in (4, 5)
    assert not EXPORT.exists()
    assert call("ledger", "verify")[1].startswith("2 entries")


def test_a_night_without_candidates_exports_an_empty_list(house, call, monkeypatch):
    monkeypatch.setattr(
        "returns_risk.snapshot.shop.opted_out_lines", lambda lines, _: pd.Series(True, index=lines.index).to_numpy()
    )
    code, printed, _ = night(call)
    assert code == 0
    assert "done, no candidates" in printed
    assert len(pd.read_parquet(EXPORT / "flagged_orders.parquet")) == 0
    assert json.loads((EXPORT / "manifest.json").read_text())["rows"] == {"candidates": 0, "flagged": 0}
    assert call("ledger", "verify")[1].startswith("4 entries and 0 lines")


def test_feedback_is_read_back_checked_and_stored_once(house_after_night, call, tmp_path):
    flagged = pd.read_csv(EXPORT / "flagged_orders.csv", dtype="str", encoding="utf-8-sig")
    orders = flagged["order_id"].drop_duplicates().tolist()
    filled = flagged.drop_duplicates("order_id").assign(disposition=["done", "Not possible"] + [""] * (len(orders) - 2))
    filled.to_csv(tmp_path / "back.csv", index=False, sep=";")
    code, printed, _ = call("feedback", "import", str(tmp_path / "back.csv"))
    assert code == 0
    assert "2 stored, 0 unchanged, 0 rejected" in printed
    bad = pd.DataFrame({"order_id": [orders[0], "nobody", orders[1]], "Disposition": ["done", "done", "maybe"]})
    bad.to_excel(tmp_path / "back.xlsx", index=False)
    code, printed, _ = call("feedback", "import", str(tmp_path / "back.xlsx"))
    assert code == 20
    assert "1 stored, 0 unchanged, 2 rejected" in printed
    assert "feedback of" in call("ledger", "show", orders[0].removeprefix("'"))[1]
    book = openpyxl.load_workbook(EXPORT / "flagged_orders.xlsx")
    sheet = book["To do"]
    sheet.cell(2, [cell.value for cell in sheet[1]].index("disposition") + 1, "Customer keeps it")
    book.save(tmp_path / "filled.xlsx")
    assert "1 stored, 0 unchanged, 0 rejected" in call("feedback", "import", str(tmp_path / "filled.xlsx"))[1]
    code, _, error = call("feedback", "import", str(tmp_path / "none.csv"))
    assert code == 4
    assert "cannot be read" in error
