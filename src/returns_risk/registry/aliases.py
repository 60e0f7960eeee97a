"""Changes of a source's registered model: new versions, tags, and the aliases champion, challenger and previous."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from returns_risk.registry.store import connect, model_name, reporting

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "add_version",
    "aliases_of",
    "mlflow_client",
    "remove_alias",
    "set_alias",
    "tag_version",
]

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


@contextmanager
def mlflow_client(action: str, *, write: bool = False) -> "Iterator[MlflowClient]":
    """Yield a client of MLflow's store; errors in the block name the action.

    Parameters
    ----------
    write : whether the store will be changed

    Raises
    ------
    RegistryError, BusyError
        The store cannot be reached, or another process has locked it.
    """
    mlflow = connect(write=write)
    with reporting("opening the store"):
        client = mlflow.MlflowClient()
    with reporting(action):
        yield client


def aliases_of(source: str) -> dict[str, int]:
    """Return the version number of each alias that is set, in alphabetical order.

    Raises
    ------
    RegistryError
        The store cannot be reached.
    """
    with mlflow_client("reading the aliases") as client:
        return _read_aliases(client, source)


def add_version(source: str, model: Any, run_id: str, tags: dict[str, str]) -> int:
    """Register a model that MLflow has logged as the next version, without an alias; return its number."""
    name = model_name(source)
    with mlflow_client("registering a model", write=True) as client:
        if not client.search_registered_models(filter_string=f"name = '{name}'"):
            client.create_registered_model(name)
        version = client.create_model_version(name, model.model_uri, run_id=run_id, model_id=model.model_id, tags=tags)
        return int(version.version)


def set_alias(source: str, alias: str, number: int) -> None:
    """Move an alias to a version in one step."""
    with mlflow_client(f"setting the alias {alias}", write=True) as client:
        client.set_registered_model_alias(model_name(source), alias, str(number))


def remove_alias(source: str, alias: str, number: int) -> None:
    """Remove an alias from a version; it stays if it points to another version."""
    with mlflow_client(f"removing the alias {alias}", write=True) as client:
        if _read_aliases(client, source).get(alias) == number:
            client.delete_registered_model_alias(model_name(source), alias)


def tag_version(source: str, number: int, tag: str, value: str) -> None:
    """Set a tag of a version."""
    with mlflow_client("tagging a model", write=True) as client:
        client.set_model_version_tag(model_name(source), str(number), tag, value)


def _read_aliases(client: "MlflowClient", source: str) -> dict[str, int]:
    models = client.search_registered_models(filter_string=f"name = '{model_name(source)}'")
    return {alias: int(models[0].aliases[alias]) for alias in sorted(models[0].aliases)} if models else {}
