"""The page about the made-up shop says what the code does."""

import re
from datetime import date
from pathlib import Path

from shop_simulator import Definition, simulate
from shop_simulator.definition import ACCIDENTS, DRIFTS, ROW_FAULTS
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.plausibility import plausibility
from shop_simulator.truth import truth_table

PAGE = (Path(__file__).parents[2] / "docs/simulator.md").read_text()


def rows_after(heading):
    table = PAGE[PAGE.index(heading) :].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_plausibility_table_is_what_the_command_prints():
    truth = truth_table(simulate(Definition(), date(2026, 3, 2))).to_pandas()
    printed = [[one.name, one.simulated, one.published, one.source] for one in plausibility(truth)]
    assert rows_after("| measure | simulated |") == printed


def test_all_faults_are_listed_with_their_usual_share():
    told = {row[0].strip("`"): row[2] for row in rows_after("| fault of rows |")}
    assert list(told) == list(ROW_FAULTS)
    assert {kind: float(share.split("%")[0]) / 100 for kind, share in told.items()} == ROW_FAULTS
    assert [row[0].strip("`") for row in rows_after("| with a date: `KIND=DATE` |")] == [*ACCIDENTS, *DRIFTS]


def test_the_interventions_are_listed_with_their_effects_and_costs():
    for row, one in zip(rows_after("| intervention | lowers |"), INTERVENTIONS, strict=True):
        assert row[0].startswith(f"`{one.name}`")
        told = sorted(float(share) / 100 for share in re.findall(r"(\d+)%", row[1]))
        assert set(told) == set(one.effect.values())
        assert float(row[2].strip("%") or 0) / 100 == one.cancels
        assert float(row[3].strip("%") or 0) / 100 == one.annoys
        assert float(row[4].split()[0]) == one.cost
        assert all(department in row[0] for department in one.departments)
