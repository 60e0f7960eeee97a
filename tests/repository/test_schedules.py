"""The examples of docs/how-to/run-the-night.md are valid for systemd, cron and Airflow."""

import ast
import configparser
import re
from pathlib import Path

TEXT = (Path(__file__).parents[2] / "docs/how-to/run-the-night.md").read_text()
FIELDS = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.DOTALL)


def units():
    parsed = []
    for block in blocks("ini"):
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(block)
        parsed.append(unit)
    return parsed


def test_the_units_of_systemd_are_a_service_and_its_timer():
    service, timer = units()
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["ExecStart"].startswith("/")
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_the_lines_of_cron_have_five_fields_in_range():
    lines = blocks("crontab")[0].splitlines()
    assert len(lines) == 2
    for line in lines:
        for value, (low, high) in zip(line.split()[:5], FIELDS, strict=True):
            assert value == "*" or low <= int(value) <= high


def test_the_dag_is_python_that_calls_bash_once_and_one_run_at_a_time():
    tree = ast.parse(blocks("python")[0])
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    calls = {node.func.id: node for node in named if isinstance(node.func, ast.Name)}
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in calls["DAG"].keywords}
    assert (options["schedule"], options["max_active_runs"], options["catchup"]) == ("'30 2 * * *'", "1", "False")
    assert "BashOperator" in calls
