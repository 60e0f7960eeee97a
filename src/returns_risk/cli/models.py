"""The commands `returns-risk models`: registered versions, comparison, promotion and rollback."""

from pathlib import Path
from typing import Annotated

import typer

from returns_risk.cli.common import ParamsFile, load_source, now

__all__ = ["models"]

models = typer.Typer(help="Models: versions in MLflow, and which one is champion.", no_args_is_help=True)

Version = Annotated[str, typer.Argument(help="Alias (champion, challenger, previous) or number of a version.")]


@models.command("list")
def list_models(params: ParamsFile = Path("params.yaml")) -> None:
    """Print the registered versions with their aliases, quality and time of promotion."""
    from returns_risk.cli.model_tables import print_versions
    from returns_risk.registry.decisions import decisions_of
    from returns_risk.registry.store import model_name
    from returns_risk.registry.versions import list_versions

    _, ledger, source = load_source(params)
    print_versions(model_name(source), list_versions(source), decisions_of(ledger, source))


@models.command("compare")
def compare_models(
    first: Version = "champion", second: Version = "challenger", params: ParamsFile = Path("params.yaml")
) -> None:
    """Compare two versions on the second one's test period, as the gate does. Changes nothing."""
    from returns_risk.cli.model_tables import print_comparison
    from returns_risk.registry.comparison import compare, fetch_contender
    from returns_risk.registry.decisions import decisions_of

    loaded, ledger, source = load_source(params)
    decisions = decisions_of(ledger, source)
    current, new = (fetch_contender(source, which, decisions) for which in (first, second))
    comparison = compare(current, new, loaded)
    print_comparison(comparison, f"version {current.version.number}", f"version {new.version.number}")


@models.command("tune")
def tune_model(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe that predicts a risk.")] = "risk",
    trials: Annotated[int, typer.Option(min=1, help="Maximal number of trials in this run.")] = 40,
    minutes: Annotated[float, typer.Option(min=0.0, help="Minutes after which no trial starts.")] = 20.0,
    study: Annotated[Path, typer.Option(help="SQLite file of the trials; an existing study is continued.")] = Path(
        "models/tuning.db"
    ),
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Search parameters of a recipe that do better on the folds of the backtest."""
    from returns_risk.cli.model_tables import print_tuning
    from returns_risk.config.params import load_params
    from returns_risk.model.recipes import RECIPES, load_recipe
    from returns_risk.registry.runs import log_trial
    from returns_risk.registry.tuning import tune

    loaded = load_params(params)
    chosen = load_recipe(RECIPES / f"{recipe}.yaml", loaded)
    if chosen.target != "returned":
        raise typer.BadParameter(f"{recipe} does not predict a risk", param_hint="recipe")

    def report(number: int, values: dict[str, object], losses: list[float]) -> None:
        log_trial(loaded.source.name, recipe, number, values, losses)

    print_tuning(tune(chosen, loaded, study, trials, 60 * minutes, report), chosen)


@models.command("promote")
def promote_model(
    version: Annotated[str, typer.Option(help="Alias or number of a version.")] = "challenger",
    force: Annotated[bool, typer.Option("--force", help="Promote even if the gate refuses; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Stored in the ledger; do not name persons.")] = "",
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Make a version champion if it passes the gate; the champion becomes previous."""
    from returns_risk.cli.model_tables import print_outcome
    from returns_risk.errors import GateError
    from returns_risk.registry.promotion import promote

    if force and not reason.strip():
        raise typer.BadParameter("--force needs --reason: it is stored in the ledger.")
    loaded, ledger, _ = load_source(params)
    outcome = promote(loaded, ledger, now(), version, force=force, reason=reason.strip())
    print_outcome(outcome)
    if outcome.action == "refuse":
        more = f" (and {len(outcome.reasons) - 1} more reasons)" if len(outcome.reasons) > 1 else ""
        raise GateError(
            f"gate: version {outcome.version} is refused and {outcome.after_refusal}: {outcome.reasons[0]}{more}. "
            "Train another, or overrule the gate with --force --reason."
        )


@models.command("rollback")
def roll_back_model(
    reason: Annotated[str, typer.Option(help="Stored in the ledger; do not name persons.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Make the previous model champion; the champion becomes previous."""
    from returns_risk.cli.model_tables import print_outcome
    from returns_risk.registry.promotion import roll_back

    if not reason.strip():
        raise typer.BadParameter("--reason is empty: it is stored in the ledger.")
    loaded, ledger, _ = load_source(params)
    print_outcome(roll_back(loaded, ledger, now(), reason.strip()))


@models.command("fetch")
def fetch_model(
    version: Version,
    out: Annotated[Path, typer.Option(help="Folder to write, e.g. models/bundles/risk; a bundle in it is replaced.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Restore the bundle of a version as a folder, bit by bit."""
    from returns_risk.cli.screen import Console
    from returns_risk.registry.decisions import decisions_of
    from returns_risk.registry.versions import fetch_bundle, find_version, require_recorded

    _, ledger, source = load_source(params)
    match = find_version(source, version)
    require_recorded(match, [entry.content for entry in decisions_of(ledger, source)])
    fetch_bundle(source, match, out)
    Console().print(f"version {match.number}, bundle {match.bundle}: {out}", highlight=False, soft_wrap=True)


@models.command("verify")
def verify_registry(params: ParamsFile = Path("params.yaml")) -> None:
    """Check that the ledger's promotions agree with the registry."""
    from returns_risk.cli.screen import Console
    from returns_risk.errors import RegistryError
    from returns_risk.registry.decisions import decisions_of, find_disagreements

    loaded, ledger, source = load_source(params)
    if findings := find_disagreements(loaded, ledger):
        more = f" (and {len(findings) - 1} more findings)" if len(findings) > 1 else ""
        raise RegistryError(
            f"ledger: {findings[0]}{more}. Restore ledger or registry from a backup, or promote a version."
        )
    count = len(decisions_of(ledger, source))
    Console().print(f"ledger: {count} entries on models, unchanged and in agreement with the registry", highlight=False)
