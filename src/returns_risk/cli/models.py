"""The commands `returns-risk models`: what is registered, which model is champion, and how another becomes it."""

from pathlib import Path
from typing import Annotated

import typer

from returns_risk.cli.common import ParamsFile, now, open_ledger

__all__ = ["models"]

models = typer.Typer(help="Models: versions in MLflow and who is champion.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="Alias (champion, challenger, previous) or number of a version.")]


@models.command("list")
def list_models(params: ParamsFile = Path("params.yaml")) -> None:
    """Print the registered versions with their aliases, quality and when they became champion."""
    from returns_risk.cli.model_tables import print_versions
    from returns_risk.config.params import load_params
    from returns_risk.registry.promotion import promotions_of
    from returns_risk.registry.store import model_name
    from returns_risk.registry.versions import list_versions

    loaded = load_params(params)
    source = loaded.source.name
    print_versions(model_name(source), list_versions(source), promotions_of(open_ledger(loaded), source))


@models.command("compare")
def compare_models(
    former: Which = "champion", latter: Which = "challenger", params: ParamsFile = Path("params.yaml")
) -> None:
    """Put two versions before the gate on the second one's untouched test period, and change nothing."""
    from returns_risk.cli.model_tables import print_comparison
    from returns_risk.config.params import load_params
    from returns_risk.registry.comparison import compare, fetch_contender
    from returns_risk.registry.promotion import promotions_of

    loaded = load_params(params)
    decided = promotions_of(open_ledger(loaded), loaded.source.name)
    one, other = (fetch_contender(loaded.source.name, which, decided) for which in (former, latter))
    comparison = compare(one, other, loaded)
    print_comparison(comparison, f"version {one.version.number}", f"version {other.version.number}")


@models.command("tune")
def tune_model(
    recipe: Annotated[str, typer.Argument(help="Name of a recipe of a risk.")] = "risk",
    trials: Annotated[int, typer.Option(min=1, help="At most so many in this run.")] = 40,
    minutes: Annotated[float, typer.Option(min=0.0, help="No trial begins after so long.")] = 20.0,
    study: Annotated[Path, typer.Option(help="Where trials are kept; a run goes on where the last one ended.")] = Path(
        "models/tuning.db"
    ),
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Search parameters of a recipe that would have done better on the past as-of days of the backtest."""
    from returns_risk.cli.model_tables import print_finding
    from returns_risk.config.params import load_params
    from returns_risk.contract.parquet import read_frame
    from returns_risk.features import read_frozen
    from returns_risk.model.recipes import RECIPES, load_recipe
    from returns_risk.registry.trials import log_trial
    from returns_risk.registry.tuning import tune

    loaded, file = load_params(params), Path("features/training.parquet")
    chosen = load_recipe(RECIPES / f"{recipe}.yaml", loaded)
    if chosen.target != "returned":
        raise typer.BadParameter(f"{recipe} does not predict a risk", param_hint="recipe")
    finding = tune(
        file,
        read_frame(file, "featurize"),
        read_frozen(file.with_name("definitions.json")),
        chosen,
        loaded,
        study,
        trials,
        60 * minutes,
        lambda number, tried, losses: log_trial(loaded.source.name, recipe, number, tried, losses),
    )
    print_finding(finding, chosen)


@models.command("promote")
def promote_model(
    version: Annotated[str, typer.Option(help="Alias or number of a version.")] = "challenger",
    force: Annotated[bool, typer.Option("--force", help="Whatever the gate says; needs --reason.")] = False,
    reason: Annotated[str, typer.Option(help="Goes into the ledger; name no person.")] = "",
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Put a version before the gate; if it passes, it is champion, and the champion is previous."""
    from returns_risk.cli.model_tables import print_outcome
    from returns_risk.config.params import load_params
    from returns_risk.errors import GateError
    from returns_risk.registry.promotion import promote

    if force and not reason.strip():
        raise typer.BadParameter("--force needs --reason: it goes into the ledger.")
    loaded = load_params(params)
    outcome = promote(loaded, open_ledger(loaded), now(), version, force=force, reason=reason.strip())
    print_outcome(outcome)
    if outcome.action == "refuse":
        more = f" (and {len(outcome.reasons) - 1} more reasons)" if len(outcome.reasons) > 1 else ""
        raise GateError(
            f"gate: version {outcome.version} is refused and {outcome.after_refusal}: {outcome.reasons[0]}{more}. "
            "Train another, or overrule the gate with --force --reason."
        )


@models.command("rollback")
def roll_back_model(
    reason: Annotated[str, typer.Option(help="Goes into the ledger; name no person.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Make the previous model champion again, and the champion previous."""
    from returns_risk.cli.model_tables import print_outcome
    from returns_risk.config.params import load_params
    from returns_risk.registry.promotion import roll_back

    if not reason.strip():
        raise typer.BadParameter("--reason is empty: it goes into the ledger.")
    loaded = load_params(params)
    print_outcome(roll_back(loaded, open_ledger(loaded), now(), reason.strip()))


@models.command("fetch")
def fetch_model(
    which: Which,
    out: Annotated[Path, typer.Option(help="Folder to write, e.g. models/bundles/risk; a bundle there is replaced.")],
    params: ParamsFile = Path("params.yaml"),
) -> None:
    """Restore the bundle of a version as a folder, bit by bit."""
    from returns_risk.cli.screen import Console
    from returns_risk.config.params import load_params
    from returns_risk.registry.promotion import promotions_of
    from returns_risk.registry.versions import fetch_bundle, find_version, require_recorded

    loaded = load_params(params)
    source = loaded.source.name
    version = find_version(source, which)
    require_recorded(version, [entry.content for entry in promotions_of(open_ledger(loaded), source)])
    fetch_bundle(source, version, out)
    Console().print(f"version {version.number}, bundle {version.bundle}: {out}", highlight=False, soft_wrap=True)


@models.command("verify")
def verify_ledger(params: ParamsFile = Path("params.yaml")) -> None:
    """Hold what the ledger says of promotions against the registry."""
    from returns_risk.cli.screen import Console
    from returns_risk.config.params import load_params
    from returns_risk.errors import RegistryError
    from returns_risk.registry.promotion import promotions_of, verify

    loaded = load_params(params)
    ledger = open_ledger(loaded)
    if findings := verify(loaded, ledger):
        more = f" (and {len(findings) - 1} more findings)" if len(findings) > 1 else ""
        raise RegistryError(f"ledger: {findings[0]}{more}. Restore it from a backup, or say so by a promotion.")
    decided = len(promotions_of(ledger, loaded.source.name))
    Console().print(f"ledger: {decided} entries on models, all as written and as the registry has it", highlight=False)
