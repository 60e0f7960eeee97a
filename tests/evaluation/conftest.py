"""Ten lines whose metrics can be computed by hand."""

import numpy as np
import numpy.typing as npt
import pytest


@pytest.fixture(scope="session")
def returned() -> npt.NDArray[np.bool_]:
    return np.array([1, 0, 1, 0, 0, 1, 0, 0, 0, 0], dtype=bool)


@pytest.fixture(scope="session")
def risk() -> npt.NDArray[np.float64]:
    return np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05])
