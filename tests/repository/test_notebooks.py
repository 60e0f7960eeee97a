"""Notebooks in Git hold no outputs: no personal data, and readable differences."""

from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


def test_the_readme_names_all_notebooks():
    readme = (NOTEBOOKS[0].parent / "README.md").read_text()
    assert [file.stem for file in NOTEBOOKS] == ["1-source", "2-experiments", "3-one-order", "4-fairness"]
    assert all(f"({file.name})" in readme for file in NOTEBOOKS)


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_valid_and_stripped(file):
    book = nbformat.read(file, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        assert cell.metadata == {}
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert set(book.metadata) == {"kernelspec", "language_info"}
