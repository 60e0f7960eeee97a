"""Changes of a source's registered model: new versions, tags, and the aliases champion, challenger and previous."""

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
    "open_client",
    "remove_alias",
    "set_alias",
    "tag_version",
]

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"


def open_client(*, write: bool = False) -> "MlflowClient":
    """Return a client of MLflow's store.

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
        return mlflow.MlflowClient()


def aliases_of(source: str) -> dict[str, int]:
    """Return the version number of each alias that is set, in alphabetical order.

    Raises
    ------
    RegistryError
        The store cannot be reached.
    """
    client = open_client()
    with reporting("reading the aliases"):
        return _read_aliases(client, source)


def add_version(source: str, model: Any, run_id: str, tags: dict[str, str]) -> int:
    """Register a logged model as the next version, without an alias, and return its number.

    Parameters
    ----------
    model : result of ``mlflow.pyfunc.log_model``
    """
    client, name = open_client(write=True), model_name(source)
    with reporting("registering a model"):
        if not client.search_registered_models(filter_string=f"name = '{name}'"):
            client.create_registered_model(name)
        version = client.create_model_version(name, model.model_uri, run_id=run_id, model_id=model.model_id, tags=tags)
        return int(version.version)


def set_alias(source: str, alias: str, number: int) -> None:
    """Move an alias to a version in one step."""
    client = open_client(write=True)
    with reporting(f"setting the alias {alias}"):
        client.set_registered_model_alias(model_name(source), alias, str(number))


def remove_alias(source: str, alias: str, number: int) -> None:
    """Remove an alias from a version; it stays if it points to another version."""
    client = open_client(write=True)
    with reporting(f"removing the alias {alias}"):
        if _read_aliases(client, source).get(alias) == number:
            client.delete_registered_model_alias(model_name(source), alias)


def tag_version(source: str, number: int, tag: str, value: str) -> None:
    """Set a tag of a version."""
    client = open_client(write=True)
    with reporting("tagging a model"):
        client.set_model_version_tag(model_name(source), str(number), tag, value)


def _read_aliases(client: "MlflowClient", source: str) -> dict[str, int]:
    models = client.search_registered_models(filter_string=f"name = '{model_name(source)}'")
    return {alias: int(models[0].aliases[alias]) for alias in sorted(models[0].aliases)} if models else {}
