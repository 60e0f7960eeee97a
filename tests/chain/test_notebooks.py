"""The notebooks run from the first cell to the last on what a real run has made."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_runs(file, finished_shop, workspace, tmp_path, monkeypatch):
    shutil.copytree(workspace.folder / "mlruns", finished_shop / "mlruns")
    (finished_shop / "notebooks").mkdir()
    monkeypatch.delenv("MPLBACKEND", raising=False)
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{workspace.folder}/mlflow.db")
    book = nbformat.read(file, as_version=4)
    place = {"metadata": {"path": str(finished_shop / "notebooks")}}
    NotebookClient(book, timeout=300, resources=place).execute()
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert all(cell.outputs for cell in code)
    assert any("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
